//! The text syntax of a search: words, "phrases", -exclusion, OR, parentheses, prefix*, fuzzy~,
//! NEAR/n, field:value. `docs/search.md` gives it with examples.
//!
//! For: turning what a clinician types into a [`Node`]. Not for: what a word means to the index,
//! or what a field holds. Invariants: nothing that was typed is passed over in silence; every
//! limit is syntactic; an error points at a character and repeats nothing of the text; no text
//! makes it panic.

mod tokens;
mod typed;

pub(crate) use typed::is_combining;
pub use typed::{TypedWord, open_word, typed_words};

use crate::dates;
use base::limit;
use index::{Expr, ExprError, WordOptions};
use std::fmt;
use thiserror::Error;
use tokens::{Kind, Token, tokens};

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
    /// A distance is not a number within the limit.
    #[error("give a distance from 0 to {}", limit::QUERY_SLOP_MAX)]
    BadDistance,
    /// Something other than two words stands around NEAR.
    #[error("NEAR stands between two words, without star, tilde or quotation marks")]
    NotNear,
    /// A tilde behind a word has another number.
    #[error("a tilde ends a word, or has 1 or 2 behind it")]
    BadTilde,
    /// Words beside each other have two contexts.
    #[error(
        "words beside each other have one context: put each context and its words in parentheses"
    )]
    TwoContexts,
    /// A context stands behind an operator, so that it is not plain what it holds for.
    #[error("put the context and its words in parentheses: (context:negated fievre)")]
    LooseContext,
    /// A date cannot be read.
    #[error("a date is a year, a month or a day, or two of them around `..`: 2024-03..2024-06")]
    BadDate,
    /// A word cannot be asked of the index.
    #[error(transparent)]
    Words(ExprError),
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
                    if context.is_some() {
                        return Err(SyntaxError {
                            at: token.at,
                            what: Fault::TwoContexts,
                        });
                    }
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
        let wrong = |what| Err(SyntaxError { at, what });
        let (Some(left), Some(right)) = (left, self.next()) else {
            return wrong(Fault::NoOperand);
        };
        let Kind::Word(right_word) = &right.kind else {
            let operator = matches!(
                right.kind,
                Kind::Close | Kind::Or | Kind::And | Kind::Near(_)
            );
            return wrong(if operator {
                Fault::NoOperand
            } else {
                Fault::NotNear
            });
        };
        self.count(at)?;
        match (left, word_node(right_word, right.at)?) {
            (Node::Word(left), Node::Word(right)) => Ok(Node::Near {
                left,
                right,
                distance,
            }),
            _ => wrong(Fault::NotNear),
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
            "context" | "contexte" => {
                return Err(SyntaxError {
                    at,
                    what: Fault::LooseContext,
                });
            }
            _ => {
                return Err(SyntaxError {
                    at,
                    what: Fault::UnknownField,
                });
            }
        };
        self.count(at)?;
        let place = self.here();
        let value = self.value(at)?;
        check_value(field, &value).map_err(|what| SyntaxError { at: place, what })?;
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
        if let Err(error) = Expr::prefix(stem, &WordOptions::default()) {
            return Err(SyntaxError {
                at,
                what: Fault::Words(error),
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
    let Some((stem, edits)) = word.split_once('~').filter(|(stem, _)| !stem.is_empty()) else {
        return Ok(Node::Word(word.to_owned()));
    };
    let what = match edits {
        "" | "1" | "2" => Expr::fuzzy(stem, &WordOptions::default())
            .err()
            .map(Fault::Words),
        _ => Some(Fault::BadTilde),
    };
    match what {
        Some(what) => Err(SyntaxError { at, what }),
        None => Ok(Node::Fuzzy(stem.to_owned())),
    }
}

/// What is wrong with the value of a field, if anything is.
fn check_value(field: Field, value: &str) -> Result<(), Fault> {
    if field == Field::Date {
        return dates::range(value).map(drop).ok_or(Fault::BadDate);
    }
    if !value.chars().any(char::is_alphanumeric) {
        return Err(Fault::NoValue);
    }
    if field == Field::Title {
        return match word_node(value, 0) {
            Ok(Node::Fuzzy(_)) => Err(Fault::BadTilde),
            Ok(_) => Ok(()),
            Err(error) => Err(error.what),
        };
    }
    if value.contains('*') {
        return Err(Fault::StrayStar);
    }
    Ok(())
}

fn one_or(mut parts: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        join(parts)
    }
}

#[cfg(test)]
mod tests;
