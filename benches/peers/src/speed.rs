//! The same work done by several engines over the same documents, side by side.
//!
//! For: `src/bin/speed.rs`. Each engine keeps the documents, who may see them, and a full-text
//! index, in the way its own users would; what it leaks or lacks is said in its name. Invariants:
//! every answer is compared with a plain scan before anything is timed; a document's words are
//! made so that all analyses agree on them.

mod bare;
mod contender;
mod liasse;
mod permitted;
mod postgres;
mod scan;
mod sqlite;
mod world;

pub use self::bare::{Bare, Rules};
pub use self::contender::{Contender, Kept};
pub use self::liasse::Liasse;
pub use self::postgres::{Leak, Postgres};
pub use self::scan::Scan;
pub use self::sqlite::{Cipher, Sqlite};
pub use self::world::{COMMON, Document, OTHER, RARE, World, word_of};

use crate::peer::Fault;
use std::collections::BTreeMap;
use std::time::Duration;

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
    fn name(&self) -> &'static str;

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

    /// Takes one document in, durably: found by the next search.
    ///
    /// # Errors
    /// What the engine says.
    fn deposit(&mut self, document: &Document) -> Result<(), Fault>;

    /// Erases a patient whom the physician does not see, and says when the keys were destroyed;
    /// `None` when it cannot so that no bytes that open stay behind.
    ///
    /// # Errors
    /// What the engine says.
    fn erase(&mut self, _patient: u32) -> Result<Option<Duration>, Fault> {
        Ok(None)
    }

    /// Bytes it keeps on disk, its traces apart, when it can tell.
    fn bytes(&mut self) -> Option<u64>;

    /// Processor time it has taken so far, when it can tell.
    fn processor(&mut self) -> Option<Duration> {
        processor_of("self")
    }
}

/// Processor time of a process and its threads.
fn processor_of(process: &str) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
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
