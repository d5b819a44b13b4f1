//! The text syntax of a search: words, "phrases", -exclusion, OR, parentheses, prefix*, fuzzy~,
//! NEAR/n, field:value. `docs/search.md` gives it with examples.
//!
//! For: turning what a clinician types into a [`Node`]. Not for: what a word means to the index,
//! or what a field holds. Invariants: every limit is syntactic; an error points at a character
//! and repeats nothing of the text; no text makes it panic.

mod typed;

pub use typed::{TypedWord, open_word, typed_words};

use base::limit;
use std::fmt;
use thiserror::Error;

/// What was asked, before the index or the heads are looked at.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Node {
    /// Every part must hold.
    And(Vec<Node>),
    /// At least one part must hold.
    Or(Vec<Node>),
    /// The part must not hold.
    Not(Box<Node>),
    /// One word, as typed.
    Word(String),
    /// Words in sequence, with at most `slop` other words between them.
    Phrase {
        /// The words, as typed.
        text: String,
        /// Words allowed between.
        slop: u32,
    },
    /// A word that starts so.
    Prefix(String),
    /// A word that may be misspelt.
    Fuzzy(String),
    /// Both words with at most `distance` words between, in any order.
    Near {
        /// One word.
        left: String,
        /// The other.
        right: String,
        /// Words allowed between.
        distance: u32,
    },
    /// A field of the document, not its text.
    Field {
        /// Which.
        field: Field,
        /// What it must hold, as typed.
        value: String,
    },
    /// The part must hold in this context.
    Context(Context, Box<Node>),
}

/// A field that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// Words of the title.
    Title,
    /// typeCode.
    Type,
    /// classCode.
    Class,
    /// Who wrote it: id or name.
    Author,
    /// The structure it comes from.
    Structure,
    /// A code in the document (CIM-10, LOINC, ATC, CCAM).
    Code,
    /// Creation date: `2024`, `2024-03`, `2024-03-01`, or `FROM..TO` with either end left out.
    Date,
}

/// In which context a finding is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Context {
    /// No matter.
    Any,
    /// Stated of the patient.
    Affirmed,
    /// Stated to be absent.
    Negated,
    /// Stated of a relative.
    Family,
}

/// Why a text is not a query, and at which character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{what} (character {at})")]
pub struct SyntaxError {
    /// The character it concerns, counted from 1.
    pub at: usize,
    /// What is wrong and what to do.
    pub what: Fault,
}

/// What can be wrong with a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing to look for.
    #[error("type at least one word to look for")]
    Empty,
    /// Too long.
    #[error("the query is too long: at most {} bytes", limit::QUERY_BYTES_MAX)]
    TooLong,
    /// Too many terms.
    #[error("the query has too many terms: at most {}", limit::QUERY_TERMS_MAX)]
    TooManyTerms,
    /// Nested too deeply.
    #[error(
        "the query is nested too deeply: at most {} levels",
        limit::QUERY_DEPTH_MAX
    )]
    TooDeep,
    /// A quotation mark has no partner.
    #[error("close the quotation mark")]
    OpenQuote,
    /// A parenthesis has no partner.
    #[error("close the parenthesis")]
    OpenParenthesis,
    /// A closing parenthesis has no partner.
    #[error("this parenthesis was never opened")]
    StrayParenthesis,
    /// An operator has nothing on one side.
    #[error("an operator needs a word on both sides")]
    NoOperand,
    /// A prefix is too short.
    #[error(
        "give at least {} characters before the star",
        limit::QUERY_PREFIX_CHARACTERS_MIN
    )]
    ShortPrefix,
    /// A star stands inside a word.
    #[error("a star may only end a word")]
    StrayStar,
    /// A field has no such name.
    #[error("no such field; known: title, type, class, author, structure, code, date, context")]
    UnknownField,
    /// A field has no value.
    #[error("give the field a value, for example type:11502-2")]
    NoValue,
    /// A context has no such name.
    #[error("no such context; known: any, affirmed, negated, family")]
    UnknownContext,
    /// A distance is not a number from 0 to 100.
    #[error("give a distance from 0 to 100")]
    BadDistance,
    /// Only exclusions.
    #[error("an exclusion alone finds nothing; add a word to look for")]
    OnlyExclusions,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Node(..)")
    }
}

/// Reads a query.
///
/// # Errors
/// [`SyntaxError`] with the character it concerns.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    if text.len() > limit::QUERY_BYTES_MAX {
        return Err(SyntaxError {
            at: 1,
            what: Fault::TooLong,
        });
    }
    let tokens = tokens(text)?;
    let end = text.chars().count() + 1;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        end,
        terms: 0,
    };
    let node = parser.alternatives(0)?;
    if let Some(token) = parser.peek() {
        return Err(SyntaxError {
            at: token.at,
            what: Fault::StrayParenthesis,
        });
    }
    if node.only_excludes() {
        return Err(SyntaxError {
            at: 1,
            what: Fault::OnlyExclusions,
        });
    }
    Ok(node)
}

impl Node {
    fn only_excludes(&self) -> bool {
        match self {
            Self::Not(_) => true,
            Self::And(parts) => parts.iter().all(Self::only_excludes),
            Self::Or(parts) => parts.iter().any(Self::only_excludes),
            Self::Context(_, part) => part.only_excludes(),
            Self::Word(_)
            | Self::Phrase { .. }
            | Self::Prefix(_)
            | Self::Fuzzy(_)
            | Self::Near { .. }
            | Self::Field { .. } => false,
        }
    }
}

#[derive(PartialEq, Eq)]
enum Kind {
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

struct Token {
    at: usize,
    kind: Kind,
}

fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
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
            '-' | '!' if starts_word => Kind::Minus,
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
        .filter(|distance| *distance <= DISTANCE_MAX)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn here(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    fn alternatives(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        if depth > limit::QUERY_DEPTH_MAX {
            return Err(SyntaxError {
                at: self.here(),
                what: Fault::TooDeep,
            });
        }
        let mut parts = vec![self.conjunction(depth)?];
        while self.peek().is_some_and(|token| token.kind == Kind::Or) {
            self.at += 1;
            parts.push(self.conjunction(depth)?);
        }
        Ok(one_or(parts, Node::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let mut parts = Vec::new();
        let mut context = None;
        while let Some(token) = self.peek() {
            match &token.kind {
                Kind::Close | Kind::Or => break,
                Kind::And if parts.is_empty() => {
                    return Err(SyntaxError {
                        at: token.at,
                        what: Fault::NoOperand,
                    });
                }
                Kind::And => {
                    self.at += 1;
                    parts.push(self.factor(depth)?);
                }
                Kind::Field(name) if name == "context" || name == "contexte" => {
                    self.at += 1;
                    context = Some(self.context(token.at)?);
                }
                Kind::Near(distance) => {
                    self.at += 1;
                    let near = self.near(parts.pop(), *distance, token.at)?;
                    parts.push(near);
                }
                Kind::Open | Kind::Minus | Kind::Word(_) | Kind::Quoted { .. } | Kind::Field(_) => {
                    parts.push(self.factor(depth)?);
                }
            }
        }
        if parts.is_empty() {
            let what = if self.tokens.is_empty() {
                Fault::Empty
            } else {
                Fault::NoOperand
            };
            return Err(SyntaxError {
                at: self.here(),
                what,
            });
        }
        let node = one_or(parts, Node::And);
        Ok(match context {
            Some(context) => Node::Context(context, Box::new(node)),
            None => node,
        })
    }

    fn factor(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let end = self.end;
        let no_operand = |at| SyntaxError {
            at,
            what: Fault::NoOperand,
        };
        let token = self.next().ok_or_else(|| no_operand(end))?;
        match &token.kind {
            Kind::Open => {
                let node = self.alternatives(depth + 1)?;
                match self.next() {
                    Some(Token {
                        kind: Kind::Close, ..
                    }) => Ok(node),
                    _ => Err(SyntaxError {
                        at: token.at,
                        what: Fault::OpenParenthesis,
                    }),
                }
            }
            Kind::Minus if depth >= limit::QUERY_DEPTH_MAX => Err(SyntaxError {
                at: token.at,
                what: Fault::TooDeep,
            }),
            Kind::Minus => Ok(Node::Not(Box::new(self.factor(depth + 1)?))),
            Kind::Word(word) => {
                self.count(token.at)?;
                word_node(word, token.at)
            }
            Kind::Quoted { text, slop } => {
                self.count(token.at)?;
                Ok(Node::Phrase {
                    text: text.clone(),
                    slop: *slop,
                })
            }
            Kind::Field(name) => self.field(name, token.at),
            Kind::Close | Kind::Or | Kind::And | Kind::Near(_) => Err(no_operand(token.at)),
        }
    }

    fn near(&mut self, left: Option<Node>, distance: u32, at: usize) -> Result<Node, SyntaxError> {
        let right = self.next().map(|token| &token.kind);
        match (left, right) {
            (Some(Node::Word(left)), Some(Kind::Word(right))) => {
                self.count(at)?;
                Ok(Node::Near {
                    left,
                    right: right.clone(),
                    distance,
                })
            }
            _ => Err(SyntaxError {
                at,
                what: Fault::NoOperand,
            }),
        }
    }

    fn field(&mut self, name: &str, at: usize) -> Result<Node, SyntaxError> {
        let field = match name {
            "title" | "titre" => Field::Title,
            "type" => Field::Type,
            "class" | "classe" => Field::Class,
            "author" | "auteur" => Field::Author,
            "structure" => Field::Structure,
            "code" => Field::Code,
            "date" => Field::Date,
            _ => {
                return Err(SyntaxError {
                    at,
                    what: Fault::UnknownField,
                });
            }
        };
        self.count(at)?;
        let value = self.value(at)?;
        Ok(Node::Field { field, value })
    }

    fn value(&mut self, at: usize) -> Result<String, SyntaxError> {
        match self.next().map(|token| &token.kind) {
            Some(Kind::Word(value) | Kind::Quoted { text: value, .. }) => Ok(value.clone()),
            _ => Err(SyntaxError {
                at,
                what: Fault::NoValue,
            }),
        }
    }

    fn context(&mut self, at: usize) -> Result<Context, SyntaxError> {
        match self.value(at)?.as_str() {
            "any" => Ok(Context::Any),
            "affirmed" => Ok(Context::Affirmed),
            "negated" => Ok(Context::Negated),
            "family" => Ok(Context::Family),
            _ => Err(SyntaxError {
                at,
                what: Fault::UnknownContext,
            }),
        }
    }

    fn count(&mut self, at: usize) -> Result<(), SyntaxError> {
        self.terms += 1;
        if self.terms > limit::QUERY_TERMS_MAX {
            return Err(SyntaxError {
                at,
                what: Fault::TooManyTerms,
            });
        }
        Ok(())
    }
}

fn word_node(word: &str, at: usize) -> Result<Node, SyntaxError> {
    if let Some(stem) = word.strip_suffix('*') {
        if stem.contains('*') {
            return Err(SyntaxError {
                at,
                what: Fault::StrayStar,
            });
        }
        if stem.chars().filter(|c| c.is_alphanumeric()).count() < limit::QUERY_PREFIX_CHARACTERS_MIN
        {
            return Err(SyntaxError {
                at,
                what: Fault::ShortPrefix,
            });
        }
        return Ok(Node::Prefix(stem.to_owned()));
    }
    if word.contains('*') {
        return Err(SyntaxError {
            at,
            what: Fault::StrayStar,
        });
    }
    if !word.chars().any(char::is_alphanumeric) {
        return Err(SyntaxError {
            at,
            what: Fault::Empty,
        });
    }
    match word.split_once('~') {
        Some((stem, "" | "1" | "2")) => Ok(Node::Fuzzy(stem.to_owned())),
        _ => Ok(Node::Word(word.to_owned())),
    }
}

fn one_or(mut parts: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        join(parts)
    }
}

const DISTANCE_MAX: u32 = 100;

#[cfg(test)]
mod tests;
