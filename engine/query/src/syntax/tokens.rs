//! The marks and words that a query is made of, each with the character it begins at.
//!
//! For: the parser. Not for: how they go together. Invariant: no text makes it panic.

use super::{Fault, SyntaxError};
use base::limit;

#[derive(PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Minus,
    Or,
    And,
    Near(u32),
    Word(String),
    Quoted { text: String, slop: u32 },
    Field(String),
}

pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut next = 0;
    while let Some(character) = characters.get(next) {
        let at = next + 1;
        let starts_word = tokens.last().is_none_or(|token: &Token| {
            !matches!(token.kind, Kind::Field(_)) || token_ended_before(&characters, next)
        });
        let kind = match character {
            c if c.is_whitespace() || c.is_control() => {
                next += 1;
                continue;
            }
            '(' => Kind::Open,
            ')' => Kind::Close,
            '-' | '!' | '\u{2010}'..='\u{2014}' | '\u{2212}' if starts_word => Kind::Minus,
            '"' | '\u{ab}' | '\u{201c}' => {
                let (kind, used) = quoted(&characters[next..], at)?;
                tokens.push(Token { at, kind });
                next += used;
                continue;
            }
            _ => {
                let (kind, used) = bare(&characters[next..], at)?;
                tokens.push(Token { at, kind });
                next += used;
                continue;
            }
        };
        tokens.push(Token { at, kind });
        next += 1;
    }
    Ok(tokens)
}

fn token_ended_before(characters: &[char], next: usize) -> bool {
    next.checked_sub(1)
        .and_then(|before| characters.get(before))
        .is_some_and(|c| c.is_whitespace())
}

fn quoted(rest: &[char], at: usize) -> Result<(Kind, usize), SyntaxError> {
    let closes = |c: &char| matches!(c, '"' | '\u{bb}' | '\u{201d}');
    let length = rest[1..].iter().position(closes);
    let length = length.ok_or(SyntaxError {
        at,
        what: Fault::OpenQuote,
    })?;
    let text: String = rest[1..=length].iter().collect();
    let mut used = length + 2;
    let mut slop = 0;
    if rest.get(used) == Some(&'~') {
        let digits: String = rest[used + 1..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .collect();
        slop = distance(&digits).ok_or(SyntaxError {
            at: at + used,
            what: Fault::BadDistance,
        })?;
        used += 1 + digits.len();
    }
    if text.trim().is_empty() {
        return Err(SyntaxError {
            at,
            what: Fault::Empty,
        });
    }
    if let Some(star) = text.chars().position(|c| c == '*') {
        return Err(SyntaxError {
            at: at + 1 + star,
            what: Fault::StrayStar,
        });
    }
    Ok((Kind::Quoted { text, slop }, used))
}

fn bare(rest: &[char], at: usize) -> Result<(Kind, usize), SyntaxError> {
    let ends = |c: &char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\u{ab}' | '\u{201c}');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let word: String = rest[..length].iter().collect();
    if let Some(colon) = rest[..length].iter().position(|c| *c == ':') {
        let name: String = rest[..colon].iter().collect();
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()) {
            return Ok((Kind::Field(name.to_ascii_lowercase()), colon + 1));
        }
    }
    let kind = match word.as_str() {
        "OR" | "OU" => Kind::Or,
        "AND" | "ET" => Kind::And,
        "NOT" | "SAUF" => Kind::Minus,
        _ => match word
            .strip_prefix("NEAR/")
            .or_else(|| word.strip_prefix("PRES/"))
        {
            Some(digits) => Kind::Near(distance(digits).ok_or(SyntaxError {
                at,
                what: Fault::BadDistance,
            })?),
            None => Kind::Word(word),
        },
    };
    Ok((kind, length))
}

fn distance(digits: &str) -> Option<u32> {
    digits
        .parse()
        .ok()
        .filter(|distance| *distance <= limit::QUERY_SLOP_MAX)
}
