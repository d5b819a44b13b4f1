//! The data compiles, every rule ends, and sentences are written as French is.

use super::parse::condition_keys;
use super::{GRAMMAR, Grammar, PARTS, Phrase, RuleId, Slot, Token, Writer, polished, push_decimal};
use crate::stream::Stream;

struct Plain(Stream);

impl Writer for Plain {
    fn stream(&mut self) -> &mut Stream {
        &mut self.0
    }

    fn is_woman(&self) -> bool {
        true
    }

    fn condition(&self) -> usize {
        2
    }

    fn lasting(&mut self) -> usize {
        3
    }

    fn fill(&mut self, slot: Slot, out: &mut String) {
        out.push_str(&format!("<{slot:?}>"));
    }
}

/// Walks everything a phrase can become; parts of every condition are among it.
fn depth(grammar: &Grammar, phrase: &Phrase, above: &mut Vec<usize>) -> usize {
    let rule = |id: RuleId, above: &mut Vec<usize>| {
        assert!(!above.contains(&id.0), "rule {} calls itself", id.0);
        above.push(id.0);
        let deepest = grammar.rules[id.0]
            .iter()
            .map(|phrase| depth(grammar, phrase, above));
        let deepest = deepest.max().unwrap_or(0);
        above.pop();
        deepest + 1
    };
    let inner = phrase.iter().map(|token| match token {
        Token::Text(_) | Token::Number(_) | Token::Slot(_) => 0,
        Token::Rule(id) => rule(*id, above),
        Token::Current(part) | Token::Lasting(part) => {
            let ids: Vec<_> = grammar
                .conditions
                .iter()
                .filter_map(|parts| parts[*part])
                .collect();
            ids.into_iter().map(|id| rule(id, above)).max().unwrap_or(0)
        }
        Token::Choice(phrases) => {
            let inner = phrases.iter().map(|phrase| depth(grammar, phrase, above));
            inner.max().unwrap_or(0)
        }
        Token::Maybe(_, phrase) => depth(grammar, phrase, above),
        Token::Agreed(man, woman) => depth(grammar, man, above).max(depth(grammar, woman, above)),
    });
    inner.max().unwrap_or(0)
}

#[test]
fn every_rule_ends() {
    for rule in 0..GRAMMAR.rules.len() {
        for phrase in &GRAMMAR.rules[rule] {
            let depth = depth(&GRAMMAR, phrase, &mut vec![rule]);
            assert!(depth < 8, "rule {rule} nests {depth} deep");
        }
        assert!(!GRAMMAR.rules[rule].is_empty(), "rule {rule} says nothing");
    }
}

#[test]
fn the_default_condition_has_every_part() {
    for (part, name) in PARTS.iter().enumerate() {
        assert!(
            GRAMMAR.conditions[super::DEFAULT_CONDITION][part].is_some(),
            "{name}"
        );
    }
    let keys: Vec<_> = condition_keys(include_str!("../../data/conditions.txt")).collect();
    assert_eq!(keys.len(), GRAMMAR.conditions.len());
    assert_eq!((keys[0], keys[1]), ("defaut", "rien"));
}

#[test]
fn the_notation_is_understood() {
    let grammar = Grammar::compile(
        "# not read\n[a]\nx {b} {n\u{e9}/n\u{e9}e} {?100:oui}{?0:non} {1,5..1,5} {=|=} \
         {@nom} {%nom} {AGE}\n\
         [b]\n{7..7}\n",
        "[defaut]\nnom = d\n[rien]\nnom = r\n[c]\nnom = c\n[d]\nmotif = m\n",
    );
    let mut writer = Plain(Stream::of(1, &[]));
    let sentence = grammar.sentence(grammar.rule("a"), &mut writer);
    assert_eq!(sentence, "X 7 n\u{e9}e oui 1,5 = c d <Age>");
}

#[test]
fn no_notation_is_left_in_a_sentence() {
    let mut writer = Plain(Stream::of(3, &[]));
    for rule in 0..GRAMMAR.rules.len() {
        for _ in 0..40 {
            let sentence = GRAMMAR.sentence(RuleId(rule), &mut writer);
            let odd = ['{', '}', '|', '@', '=']
                .iter()
                .find(|c| sentence.contains(**c));
            assert_eq!(odd, None, "{sentence}");
            assert!(!sentence.contains("  "), "{sentence}");
        }
    }
}

#[test]
fn sentences_are_polished() {
    assert_eq!(
        polished("suivi  de asthme , connu ."),
        "Suivi d'asthme, connu."
    );
    assert_eq!(
        polished("de hypertension et de hanche"),
        "D'hypertension et de hanche"
    );
    assert_eq!(polished("de h\u{e9}patite"), "D'h\u{e9}patite");
}

#[test]
fn numbers_have_a_decimal_comma() {
    let written = |units, decimals| {
        let mut out = String::new();
        push_decimal(units, decimals, &mut out);
        out
    };
    assert_eq!(written(65, 1), "6,5");
    assert_eq!(written(1205, 2), "12,05");
    assert_eq!(written(5, 2), "0,05");
    assert_eq!(written(140, 0), "140");
}
