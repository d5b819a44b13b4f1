//! Engines that are asked the same questions of the same documents.
//!
//! For: relevance and speed side by side. Each is the real thing: SQLite as rusqlite bundles it,
//! a PostgreSQL server of the machine's own, started in a scratch folder, tantivy with its own
//! analysis. Invariants: a peer is given every document whole, and asked in its own way for
//! what a question means; what it cannot do is left out, never done for it.

mod liasse;
mod postgres;
mod sqlite;
mod tantivy;

pub use self::liasse::{Liasse, Typed};
pub use self::postgres::{Postgres, Psql, Server};
pub use self::sqlite::Sqlite;
pub use self::tantivy::{Chain, Tantivy};

/// Why a peer could not be made or did not answer.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A document.
pub struct Document {
    /// Its name in the judgements.
    pub id: String,
    /// Its title, which may be empty.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// How the words of a question go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every word, in any order.
    All,
    /// Any word, the best documents first.
    Any,
    /// The words in sequence.
    Phrase,
    /// The words in any order, with at most so many others between.
    Near(u32),
    /// Some word starts so.
    Prefix,
    /// The word may be misspelt.
    Fuzzy,
}

/// In which context the words are stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// No matter.
    Any,
    /// Of the patient.
    Affirmed,
    /// As absent.
    Negated,
    /// Of a relative.
    Family,
}

/// Whether a word stands for its synonyms and abbreviations too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As written.
    Literal,
    /// Expanded.
    Expanded,
}

/// Whether the words may be misspelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// They are right.
    Right,
    /// They may be wrong.
    Doubtful,
}

/// A question.
pub struct Asked {
    /// The words.
    pub text: String,
    /// How they go together.
    pub mode: Mode,
    /// In which context.
    pub said: Said,
    /// Whether synonyms count.
    pub reading: Reading,
    /// Whether a word may be misspelt.
    pub spelling: Spelling,
    /// A word that must not occur.
    pub without: Option<String>,
}

/// A document that answers: its place among those loaded, and its score.
pub type Found = (usize, f64);

/// An engine with documents in it.
pub trait Peer {
    /// The documents that answer a question.
    ///
    /// # Errors
    /// What the engine says.
    fn ask(&mut self, asked: &Asked) -> Result<Vec<Found>, Fault>;
}

/// The words of a question, parted by whatever is neither letter nor digit.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
