//! What is asked of the index: a tree of words, phrases and codes.
//!
//! For: `query`, whose parser builds it from a text. Not for: the textual syntax. Invariants:
//! leaves are made by the analyzer alone, so a query's words meet a document's; every limit is
//! syntactic; `Debug` shows no word.

mod words;

use crate::analysis::Code;
use crate::synonyms::Synonyms;
use base::{Instant, limit};
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use words::Together;

/// Why an expression cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExprError {
    /// There is no letter or digit in it.
    #[error("the query holds no word")]
    Empty,
    /// Its text is above the limit.
    #[error("the query is too long: the limit is {} bytes", limit::QUERY_BYTES_MAX)]
    TooLong,
    /// It has too many terms, synonyms counted.
    #[error(
        "the query has too many terms: the limit is {}",
        limit::QUERY_TERMS_MAX
    )]
    TooManyTerms,
    /// It is nested too deep.
    #[error(
        "the query is nested too deep: the limit is {}",
        limit::QUERY_DEPTH_MAX
    )]
    TooDeep,
    /// A prefix is too short.
    #[error(
        "a prefix needs at least {} letters before the star",
        limit::QUERY_PREFIX_CHARACTERS_MIN
    )]
    PrefixTooShort,
    /// A prefix or fuzzy query is not one word.
    #[error("a star or a tilde stands behind one word")]
    NotOneWord,
    /// The distance asked for is above the limit.
    #[error("the words may be at most {} words apart", limit::QUERY_SLOP_MAX)]
    SlopTooLarge,
    /// A code holds no letter or digit.
    #[error("the code holds no letter or digit")]
    NotACode,
}

/// Where a word is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum In {
    /// In the title and in the text.
    #[default]
    Anywhere,
    /// In the title.
    Title,
}

/// What the document must say of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// No matter what.
    #[default]
    Any,
    /// That the patient has or had it.
    Affirmed,
    /// That it is absent.
    Negated,
    /// That a relative has or had it.
    Family,
}

/// How the words of a text are taken.
#[derive(Clone, Default)]
pub struct WordOptions {
    /// Where they are looked for.
    pub field: In,
    /// What must be said of them.
    pub context: Context,
    /// Synonyms and abbreviations to look for as well, if any.
    pub synonyms: Option<Arc<Synonyms>>,
}

/// An expression over documents.
#[derive(Clone, PartialEq, Eq)]
pub struct Expr {
    pub(crate) node: Node,
}

/// The parts of an expression.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Every document.
    Every,
    /// Words in sequence; one word is a sequence of one.
    Phrase(Scope, Vec<String>),
    /// Groups of words, each given by one of its sequences, near each other.
    Near(Scope, Vec<Vec<Vec<String>>>, Nearness),
    /// Any word that starts so, or one of these stems: a word that starts so has it.
    Prefix(Scope, String, Vec<String>),
    /// Any word at most so many edits away.
    Fuzzy(Scope, String, u8),
    /// A coded value.
    Code(String),
    /// Documents of these dates, both included.
    Dated(i64, i64),
    /// All of them.
    And(Vec<Node>),
    /// Any of them; scores add up.
    Or(Vec<Node>),
    /// Any of them; they mean the same, the best one counts.
    Best(Vec<Node>),
    /// Not it.
    Not(Box<Node>),
}

/// Where and in what context a leaf is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) field: In,
    pub(crate) context: Context,
}

/// How near groups of words must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nearness {
    /// Most other words between the first and the last.
    pub(crate) slop: u32,
    /// Whether the order of the query holds.
    pub(crate) order: Order,
}

/// Whether the order of words holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Any order.
    Any,
    /// The query's.
    Given,
}

impl Expr {
    /// Every document of the filter.
    #[must_use]
    pub const fn every() -> Self {
        Self { node: Node::Every }
    }

    /// Every content word of `text`, in any order.
    ///
    /// # Errors
    /// [`ExprError`] when there is no word or a limit is passed.
    pub fn all_words(text: &str, options: &WordOptions) -> Result<Self, ExprError> {
        Self::checked(Node::And(words::words(text, options, Together::All)?))
    }

    /// Any content word of `text`; more of them score higher.
    ///
    /// # Errors
    /// [`ExprError`] when there is no word or a limit is passed.
    pub fn any_word(text: &str, options: &WordOptions) -> Result<Self, ExprError> {
        Self::checked(Node::Or(words::words(text, options, Together::Any)?))
    }

    /// The words of `text` in sequence.
    ///
    /// # Errors
    /// [`ExprError`] when there is no word or a limit is passed.
    pub fn phrase(text: &str, options: &WordOptions) -> Result<Self, ExprError> {
        Self::checked(words::phrase(text, options)?)
    }

    /// The content words of `text` in any order, with at most `slop` others from the first of
    /// them to the last.
    ///
    /// # Errors
    /// [`ExprError`] when there is no word or a limit is passed.
    pub fn near(text: &str, slop: u32, options: &WordOptions) -> Result<Self, ExprError> {
        Self::nearby(
            text,
            Nearness {
                slop,
                order: Order::Any,
            },
            options,
        )
    }

    /// The content words of `text` in its order, with at most `slop` others from the first of
    /// them to the last.
    ///
    /// # Errors
    /// [`ExprError`] when there is no word or a limit is passed.
    pub fn near_in_order(text: &str, slop: u32, options: &WordOptions) -> Result<Self, ExprError> {
        Self::nearby(
            text,
            Nearness {
                slop,
                order: Order::Given,
            },
            options,
        )
    }

    fn nearby(text: &str, nearness: Nearness, options: &WordOptions) -> Result<Self, ExprError> {
        if nearness.slop > limit::QUERY_SLOP_MAX {
            return Err(ExprError::SlopTooLarge);
        }
        Self::checked(words::near(text, nearness, options)?)
    }

    /// Any word that starts with `text`.
    ///
    /// # Errors
    /// [`ExprError`] when `text` is not one word or too short.
    pub fn prefix(text: &str, options: &WordOptions) -> Result<Self, ExprError> {
        Self::checked(words::prefix(text, options)?)
    }

    /// The word `text`, perhaps misspelt: one edit, two from seven letters on.
    ///
    /// # Errors
    /// [`ExprError`] when `text` is not one word.
    pub fn fuzzy(text: &str, options: &WordOptions) -> Result<Self, ExprError> {
        Self::checked(words::fuzzy(text, options)?)
    }

    /// Any content word of `text`, each perhaps misspelt; synonyms too.
    ///
    /// # Errors
    /// [`ExprError`] when there is no word or a limit is passed.
    pub fn any_word_fuzzy(text: &str, options: &WordOptions) -> Result<Self, ExprError> {
        Self::checked(words::any_fuzzy(text, options)?)
    }

    /// Documents coded so; without a system in any system.
    ///
    /// # Errors
    /// [`ExprError::NotACode`] when the code holds no letter or digit.
    pub fn code(code: &Code<'_>) -> Result<Self, ExprError> {
        let (plain, full) = code.terms();
        if plain.is_empty() {
            return Err(ExprError::NotACode);
        }
        let any = code.system.is_empty();
        Self::checked(Node::Code(if any { plain } else { full }))
    }

    /// Documents that speak of a date in `from..=to`.
    #[must_use]
    pub const fn dated(from: Instant, to: Instant) -> Self {
        Self {
            node: Node::Dated(from.millis(), to.millis()),
        }
    }

    /// All of `parts`.
    ///
    /// # Errors
    /// [`ExprError`] when there are none or a limit is passed.
    pub fn and(parts: Vec<Self>) -> Result<Self, ExprError> {
        Self::checked(Node::And(nodes(parts)))
    }

    /// Any of `parts`.
    ///
    /// # Errors
    /// [`ExprError`] when there are none or a limit is passed.
    pub fn or(parts: Vec<Self>) -> Result<Self, ExprError> {
        Self::checked(Node::Or(nodes(parts)))
    }

    /// Documents of the filter that do not match `part`.
    ///
    /// # Errors
    /// [`ExprError::TooDeep`].
    #[expect(clippy::should_implement_trait, reason = "it can fail; `!` cannot")]
    pub fn not(part: Self) -> Result<Self, ExprError> {
        Self::checked(Node::Not(Box::new(part.node)))
    }

    /// How many terms it holds.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.node.terms()
    }

    fn checked(node: Node) -> Result<Self, ExprError> {
        if node.depth() > limit::QUERY_DEPTH_MAX {
            return Err(ExprError::TooDeep);
        }
        if node.terms() > limit::QUERY_TERMS_MAX {
            return Err(ExprError::TooManyTerms);
        }
        match &node {
            Node::And(parts) | Node::Or(parts) | Node::Best(parts) if parts.is_empty() => {
                Err(ExprError::Empty)
            }
            Node::Every
            | Node::Phrase(..)
            | Node::Near(..)
            | Node::Prefix(..)
            | Node::Fuzzy(..)
            | Node::Code(_)
            | Node::Dated(..)
            | Node::And(_)
            | Node::Or(_)
            | Node::Best(_)
            | Node::Not(_) => Ok(Self { node }),
        }
    }
}

impl Node {
    fn depth(&self) -> usize {
        match self {
            Self::Every
            | Self::Phrase(..)
            | Self::Near(..)
            | Self::Prefix(..)
            | Self::Fuzzy(..)
            | Self::Code(_)
            | Self::Dated(..) => 1,
            Self::And(parts) | Self::Or(parts) | Self::Best(parts) => {
                1 + parts.iter().map(Self::depth).max().unwrap_or(0)
            }
            Self::Not(part) => 1 + part.depth(),
        }
    }

    fn terms(&self) -> usize {
        match self {
            Self::Every | Self::Dated(..) => 0,
            Self::Prefix(..) | Self::Fuzzy(..) | Self::Code(_) => 1,
            Self::Phrase(_, words) => words.len(),
            Self::Near(_, groups, _) => groups.iter().flatten().map(Vec::len).sum(),
            Self::And(parts) | Self::Or(parts) | Self::Best(parts) => {
                parts.iter().map(Self::terms).sum()
            }
            Self::Not(part) => part.terms(),
        }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({} terms)", self.node.terms())
    }
}

fn nodes(parts: Vec<Expr>) -> Vec<Node> {
    parts.into_iter().map(|part| part.node).collect()
}

#[cfg(test)]
mod tests;
