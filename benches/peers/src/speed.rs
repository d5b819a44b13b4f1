//! The same work done by several engines over the same documents, side by side.
//!
//! For: `src/bin/speed.rs`. Each engine keeps the documents, who may see them, and a full-text
//! index, in the way its own users would; what it leaks or lacks is said in its name. Invariants:
//! every answer is compared with a plain scan before anything is timed; a document's words are
//! made so that all analyses agree on them.

mod bare;
mod liasse;
mod postgres;
mod sqlite;
mod world;

pub use self::bare::Bare;
pub use self::liasse::Liasse;
pub use self::postgres::{Leak, Postgres};
pub use self::sqlite::{Cipher, Sqlite};
pub use self::world::{COMMON, Document, OTHER, RARE, World};

use crate::peer::Fault;
use std::collections::BTreeMap;

/// A document of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its number.
    pub number: u32,
    /// Its type.
    pub kind: String,
    /// Its title.
    pub title: String,
}

/// An engine that keeps a world's documents and answers for the one physician of it.
pub trait Engine {
    /// Its name in the tables.
    fn name(&self) -> String;

    /// Takes the whole world in, durably, so many documents a commit.
    ///
    /// # Errors
    /// What the engine says.
    fn load(&mut self, world: &World) -> Result<(), Fault>;

    /// The documents of one patient that the physician may see.
    ///
    /// # Errors
    /// What the engine says.
    fn list(&mut self, patient: u32) -> Result<Vec<Listed>, Fault>;

    /// The body of a document that she may see.
    ///
    /// # Errors
    /// What the engine says.
    fn fetch(&mut self, number: u32) -> Result<Vec<u8>, Fault>;

    /// The documents of one patient that hold both words.
    ///
    /// # Errors
    /// What the engine says.
    fn inside(&mut self, patient: u32, words: [&str; 2]) -> Result<Vec<u32>, Fault>;

    /// The ten documents of all her patients that say the word best.
    ///
    /// # Errors
    /// What the engine says.
    fn top(&mut self, word: &str) -> Result<Vec<u32>, Fault>;

    /// How many documents of all her patients hold the word.
    ///
    /// # Errors
    /// What the engine says.
    fn count(&mut self, word: &str) -> Result<u64, Fault>;

    /// How many of each type.
    ///
    /// # Errors
    /// What the engine says.
    fn facets(&mut self, word: &str) -> Result<BTreeMap<String, u64>, Fault>;

    /// Bytes it keeps on disk, when it can tell.
    fn bytes(&self) -> Option<u64>;
}

/// Compares an engine's answers with a plain scan.
///
/// # Errors
/// Which answer is another, or what the engine says.
pub fn check(engine: &mut dyn Engine, world: &World) -> Result<(), Fault> {
    for patient in world.some_patients() {
        let mut listed = engine.list(patient)?;
        listed.sort();
        expect(listed == world.list(patient), engine, "a list")?;
        for one in listed.iter().take(2) {
            let body = engine.fetch(one.number)?;
            expect(body == world.document(one.number).body(), engine, "a body")?;
        }
        let mut inside = engine.inside(patient, [COMMON, OTHER])?;
        inside.sort_unstable();
        let expected = world.answers(Some(patient), &[COMMON, OTHER]);
        expect(inside == expected, engine, "two words in a dossier")?;
    }
    for word in [RARE, COMMON] {
        let expected = world.answers(None, &[word]);
        let top = engine.top(word)?;
        let all = top
            .iter()
            .all(|number| expected.binary_search(number).is_ok());
        let full = top.len() == expected.len().min(10);
        expect(all && full, engine, "the ten best")?;
        expect(
            engine.count(word)? == expected.len() as u64,
            engine,
            "a count",
        )?;
        expect(
            engine.facets(word)? == world.facets(&expected),
            engine,
            "facets",
        )?;
    }
    Ok(())
}

fn expect(holds: bool, engine: &dyn Engine, what: &str) -> Result<(), Fault> {
    if holds {
        return Ok(());
    }
    Err(format!("{}: {what} is not that of a plain scan", engine.name()).into())
}

/// Bytes of all files below a folder.
pub(crate) fn bytes_below(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                bytes_below(&path)
            } else {
                entry.metadata().map_or(0, |it| it.len())
            }
        })
        .sum()
}

/// Documents of one commit.
pub(crate) const BATCH: usize = 100;
