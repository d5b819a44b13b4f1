//! From the notation to tokens. The data is ours, so a fault in it is a fault of ours.

use super::{Grammar, PARTS, Phrase, Range, Rule, RuleId, Slot, Token};
use std::collections::BTreeMap;

impl Grammar {
    /// Compiles phrases and conditions.
    pub(super) fn compile(phrases: &'static str, conditions: &'static str) -> Self {
        let lines = || phrases.lines().filter(|line| !line.starts_with('#'));
        let heads = lines().filter_map(head);
        let names: BTreeMap<_, _> = heads
            .enumerate()
            .map(|(at, name)| (name, RuleId(at)))
            .collect();
        let mut rules: Vec<Rule> = Vec::new();
        for line in lines().filter(|line| !line.is_empty()) {
            if head(line).is_some() {
                rules.push(Vec::new());
            } else if let Some(rule) = rules.last_mut() {
                rule.push(phrase(line, &names));
            }
        }
        let mut grammar = Self {
            rules,
            names,
            conditions: Vec::new(),
        };
        grammar.add_conditions(conditions);
        grammar
    }

    fn add_conditions(&mut self, conditions: &'static str) {
        for line in conditions.lines().filter(|line| !line.starts_with('#')) {
            if head(line).is_some() {
                self.conditions.push([None; PARTS.len()]);
            } else if let (Some((part, text)), Some(parts)) =
                (line.split_once(" = "), self.conditions.last_mut())
            {
                let rule: Rule = text
                    .split(" || ")
                    .map(|text| phrase(text, &self.names))
                    .collect();
                let known = PARTS.iter().position(|known| *known == part);
                let at = known.unwrap_or_else(|| unreachable!("no part {part}"));
                parts[at] = Some(RuleId(self.rules.len()));
                self.rules.push(rule);
            }
        }
    }
}

/// The keys of the conditions, in their order.
pub(crate) fn condition_keys(conditions: &'static str) -> impl Iterator<Item = &'static str> {
    conditions.lines().filter_map(head)
}

fn head(line: &'static str) -> Option<&'static str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

fn phrase(text: &'static str, names: &BTreeMap<&'static str, RuleId>) -> Phrase {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        if !before.is_empty() {
            tokens.push(Token::Text(before));
        }
        let close = matching(after).unwrap_or_else(|| unreachable!("no closing brace: {text}"));
        tokens.push(token(&after[1..close], names));
        rest = &after[close + 1..];
    }
    if !rest.is_empty() {
        tokens.push(Token::Text(rest));
    }
    tokens
}

/// The index of the brace that closes the one at the start.
fn matching(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn token(text: &'static str, names: &BTreeMap<&'static str, RuleId>) -> Token {
    let part = |name: &str| {
        let known = PARTS.iter().position(|known| *known == name);
        known.unwrap_or_else(|| unreachable!("no part {name}"))
    };
    if let Some(name) = text.strip_prefix('@') {
        return Token::Current(part(name));
    }
    if let Some(name) = text.strip_prefix('%') {
        return Token::Lasting(part(name));
    }
    if let Some((percent, inner)) = text.strip_prefix('?').and_then(|text| text.split_once(':')) {
        let percent = percent
            .parse()
            .unwrap_or_else(|_| unreachable!("no percentage: {text}"));
        return Token::Maybe(percent, phrase(inner, names));
    }
    if let Some(range) = range(text) {
        return Token::Number(range);
    }
    if let Some(slot) = slot(text) {
        return Token::Slot(slot);
    }
    if let Some(rule) = names.get(text) {
        return Token::Rule(*rule);
    }
    let choices = split(text, b'|');
    if let ([_], [man, woman]) = (choices.as_slice(), split(text, b'/').as_slice()) {
        return Token::Agreed(phrase(man, names), phrase(woman, names));
    }
    Token::Choice(
        choices
            .into_iter()
            .map(|text| phrase(text, names))
            .collect(),
    )
}

/// Splits at `separator`, but not inside braces.
fn split(text: &'static str, separator: u8) -> Vec<&'static str> {
    let mut pieces = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            byte if byte == separator && depth == 0 => {
                pieces.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[from..]);
    pieces
}

fn range(text: &str) -> Option<Range> {
    let (low, high) = text.split_once("..")?;
    let decimals = low
        .split_once(',')
        .map_or(0, |(_, decimals)| decimals.len());
    let units = |text: &str| text.replace(',', "").parse::<i64>().ok();
    Some(Range {
        low: units(low)?,
        high: units(high)?,
        decimals: u32::try_from(decimals).ok()?,
    })
}

fn slot(text: &str) -> Option<Slot> {
    Some(match text {
        "AGE" => Slot::Age,
        "NOM" => Slot::Name,
        "CIV" => Slot::Civility,
        "NAISSANCE" => Slot::Birth,
        "CONFRERE" => Slot::Colleague,
        "DATE" => Slot::Date,
        "DATEFIN" => Slot::EndDate,
        "DATEAVANT" => Slot::DateBefore,
        "DATEAPRES" => Slot::DateAfter,
        "DUREE" => Slot::Span,
        "RARE" => Slot::Rare,
        "ANNEE" => Slot::Year,
        "LIEU" => Slot::Place,
        _ => return None,
    })
}
