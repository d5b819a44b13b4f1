//! A grammar of French reports: rules with alternatives, compiled once, expanded by a stream.
//!
//! The notation stands at the head of `data/phrases.txt`. Not for: what a document is made of
//! (`plan`). Invariant: rules do not call themselves, so every expansion ends; a test walks
//! them all.

pub(crate) mod parse;

use crate::stream::Stream;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The compiled grammar.
pub(crate) struct Grammar {
    rules: Vec<Rule>,
    names: BTreeMap<&'static str, RuleId>,
    conditions: Vec<[Option<RuleId>; PARTS.len()]>,
}

/// The number of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RuleId(usize);

/// A rule: its alternatives.
type Rule = Vec<Phrase>;

/// A sequence of tokens.
type Phrase = Vec<Token>;

/// A piece of a phrase.
enum Token {
    Text(&'static str),
    Rule(RuleId),
    /// A part of the current condition.
    Current(usize),
    /// A part of one of the patient's lasting conditions.
    Lasting(usize),
    Choice(Vec<Phrase>),
    /// Percent, phrase.
    Maybe(u64, Phrase),
    /// For a man, for a woman.
    Agreed(Phrase, Phrase),
    Number(Range),
    Slot(Slot),
}

/// A range of numbers, in units of the last decimal.
struct Range {
    low: i64,
    high: i64,
    decimals: u32,
}

/// What the writer fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// Age of the patient.
    Age,
    /// Family name of the patient.
    Name,
    /// Madame, Monsieur.
    Civility,
    /// Birth date.
    Birth,
    /// Another physician.
    Colleague,
    /// Day of the act.
    Date,
    /// Day its report is made.
    EndDate,
    /// A day before.
    DateBefore,
    /// A day after.
    DateAfter,
    /// A span of time.
    Span,
    /// A year of the patient's life.
    Year,
    /// A rare word.
    Rare,
    /// A place.
    Place,
}

/// What a grammar is expanded for.
pub(crate) trait Writer {
    /// The stream that decides.
    fn stream(&mut self) -> &mut Stream;
    /// Whether the patient is a woman.
    fn is_woman(&self) -> bool;
    /// The condition the document is about.
    fn condition(&self) -> usize;
    /// One of the patient's lasting conditions.
    fn lasting(&mut self) -> usize;
    /// Writes what goes into a slot.
    fn fill(&mut self, slot: Slot, out: &mut String);
}

/// The grammar of the repository's data.
pub(crate) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    Grammar::compile(
        include_str!("../data/phrases.txt"),
        include_str!("../data/conditions.txt"),
    )
});

impl Grammar {
    /// The rule with this name.
    ///
    /// # Panics
    /// When the data has no such rule: a fault of ours that the first test meets.
    pub(crate) fn rule(&self, name: &str) -> RuleId {
        let known = self.names.get(name);
        *known.unwrap_or_else(|| unreachable!("the grammar has no rule {name}"))
    }

    /// The rule for children that stands for this one, if there is one.
    pub(crate) fn rule_for_children(&self, name: &str) -> Option<RuleId> {
        self.names.get(format!("{name}.enfant").as_str()).copied()
    }

    /// Expands one alternative of a rule as a sentence.
    pub(crate) fn sentence(&self, rule: RuleId, writer: &mut dyn Writer) -> String {
        polished(&self.words(rule, writer))
    }

    /// Expands one alternative of a rule as it stands.
    pub(crate) fn words(&self, rule: RuleId, writer: &mut dyn Writer) -> String {
        let mut raw = String::new();
        self.expand_rule(rule, writer, &mut raw);
        raw
    }

    /// Expands the alternative with this index of a rule.
    pub(crate) fn nth(&self, rule: RuleId, at: usize, writer: &mut dyn Writer) -> String {
        let mut raw = String::new();
        if let Some(phrase) = self.rules[rule.0].get(at) {
            self.expand(phrase, writer, &mut raw);
        }
        raw
    }

    fn expand_rule(&self, rule: RuleId, writer: &mut dyn Writer, out: &mut String) {
        let rule = &self.rules[rule.0];
        let at = writer.stream().index(rule.len());
        if let Some(phrase) = rule.get(at) {
            self.expand(phrase, writer, out);
        }
    }

    fn expand_part(
        &self,
        condition: usize,
        part: usize,
        writer: &mut dyn Writer,
        out: &mut String,
    ) {
        let own = self.conditions.get(condition).and_then(|parts| parts[part]);
        if let Some(rule) = own.or(self.conditions[DEFAULT_CONDITION][part]) {
            self.expand_rule(rule, writer, out);
        }
    }

    fn expand(&self, phrase: &[Token], writer: &mut dyn Writer, out: &mut String) {
        for token in phrase {
            match token {
                Token::Text(text) => out.push_str(text),
                Token::Rule(rule) => self.expand_rule(*rule, writer, out),
                Token::Current(part) => {
                    let condition = writer.condition();
                    self.expand_part(condition, *part, writer, out);
                }
                Token::Lasting(part) => {
                    let condition = writer.lasting();
                    self.expand_part(condition, *part, writer, out);
                }
                Token::Choice(phrases) => {
                    let at = writer.stream().index(phrases.len());
                    self.expand(&phrases[at], writer, out);
                }
                Token::Maybe(percent, phrase) => {
                    if writer.stream().chance(percent * 10) {
                        self.expand(phrase, writer, out);
                    }
                }
                Token::Agreed(man, woman) => {
                    let phrase = if writer.is_woman() { woman } else { man };
                    self.expand(phrase, writer, out);
                }
                Token::Number(range) => {
                    let drawn = writer.stream().between(range.low, range.high);
                    push_decimal(drawn, range.decimals, out);
                }
                Token::Slot(slot) => writer.fill(*slot, out),
            }
        }
    }
}

/// Writes `units` of the last decimal with a decimal comma.
pub(crate) fn push_decimal(units: i64, decimals: u32, out: &mut String) {
    use std::fmt::Write;
    let scale = 10_i64.pow(decimals);
    let width = usize::try_from(decimals).unwrap_or(0);
    let written = if decimals == 0 {
        write!(out, "{units}")
    } else {
        write!(out, "{},{:0width$}", units / scale, units % scale)
    };
    written.unwrap_or_default();
}

/// One space between words, none before a comma or a full stop, "d'" before a vowel, a capital
/// first.
fn polished(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for word in raw.split(' ').filter(|word| !word.is_empty()) {
        let glued = word.starts_with([',', '.', ')']);
        if !glued && !out.is_empty() {
            let elided = starts_with_vowel(word) && (out.ends_with(" de") || out == "de");
            if elided {
                out.pop();
                out.push('\'');
            } else {
                out.push(' ');
            }
        }
        out.push_str(word);
    }
    crate::words::capital(&out)
}

fn starts_with_vowel(word: &str) -> bool {
    word.starts_with("hy")
        || word.starts_with("h\u{e9}")
        || word.starts_with([
            'a', 'e', 'i', 'o', 'u', '\u{e9}', '\u{e8}', '\u{ea}', '\u{e2}', '\u{ee}', '\u{f4}',
            '\u{153}',
        ])
}

/// The parts a condition can have.
pub(crate) const PARTS: [&str; 15] = [
    "nom",
    "motif",
    "drug",
    "histoire",
    "examen",
    "bio",
    "complementaire",
    "evolution",
    "conclusion",
    "suivi",
    "img",
    "imgc",
    "famille",
    "atcd",
    "operation",
];

/// The condition whose parts stand for those that another lacks.
pub(crate) const DEFAULT_CONDITION: usize = 0;
/// The condition of who has none.
pub(crate) const NO_CONDITION: usize = 1;

#[cfg(test)]
mod tests;
