//! Who is measured: how each is begun, over a new folder or over one that a load has filled.

use super::{Bare, Cipher, Engine, Leak, Liasse, Postgres, Rules, Sqlite, World};
use crate::peer::Fault;
use std::path::{Path, PathBuf};

/// One of those who are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// redb and tantivy, rules asked of what was found.
    PostFiltered,
    /// The same store, rules as a bitmap of the documents that may be seen.
    Fused,
    /// SQLite.
    Sqlite,
    /// SQLite, its pages encrypted.
    Sqlcipher,
    /// PostgreSQL as it comes.
    Honest,
    /// The same store, text matching declared leakproof.
    Leakproof,
    /// Ours.
    Liasse,
}

/// Whether a store lies in the folder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It does.
    Yes,
    /// It is to be made.
    No,
}

impl Contender {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PostFiltered,
        Self::Fused,
        Self::Sqlite,
        Self::Sqlcipher,
        Self::Honest,
        Self::Leakproof,
        Self::Liasse,
    ];

    /// Its name in the tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostFiltered => "redb+tantivy, post-filtered",
            Self::Fused => "redb+tantivy, fused",
            Self::Sqlite => "SQLite+FTS5",
            Self::Sqlcipher => "SQLCipher+FTS5",
            Self::Honest => "PostgreSQL RLS+GIN",
            Self::Leakproof => "PostgreSQL RLS+GIN, LEAKPROOF",
            Self::Liasse => "Liasse",
        }
    }

    /// Where its store lies; two may share one.
    #[must_use]
    pub fn folder(self, stores: &Path) -> PathBuf {
        stores.join(match self {
            Self::PostFiltered | Self::Fused => "bare",
            Self::Sqlite => "sqlite",
            Self::Sqlcipher => "sqlcipher",
            Self::Honest | Self::Leakproof => "postgres",
            Self::Liasse => "liasse",
        })
    }

    /// Whether it lives in a process of its own, which is to be stopped.
    #[must_use]
    pub const fn is_a_server(self) -> bool {
        match self {
            Self::Honest | Self::Leakproof => true,
            Self::PostFiltered | Self::Fused | Self::Sqlite | Self::Sqlcipher | Self::Liasse => {
                false
            }
        }
    }

    /// Makes or opens its store; `None` when this machine or this build lacks it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn begin(
        self,
        folder: &Path,
        kept: Kept,
        world: &World,
    ) -> Result<Option<Box<dyn Engine>>, Fault> {
        std::fs::create_dir_all(folder)?;
        let sqlite = |cipher| {
            let begun = Sqlite::begin(folder, cipher, kept)?;
            Ok(begun.map(|it| Box::new(it) as Box<dyn Engine>))
        };
        let postgres = |leak| {
            let begun = Postgres::begin(folder, leak, kept)?;
            Ok(begun.map(|it| Box::new(it) as Box<dyn Engine>))
        };
        let bare = |rules| {
            let begun = Bare::begin(folder, rules, kept, world)?;
            Ok(Some(Box::new(begun) as Box<dyn Engine>))
        };
        match self {
            Self::PostFiltered => bare(Rules::PostFiltered),
            Self::Fused => bare(Rules::Fused),
            Self::Sqlite => sqlite(Cipher::None),
            Self::Sqlcipher => sqlite(Cipher::Sqlcipher),
            Self::Honest => postgres(Leak::Honest),
            Self::Leakproof => postgres(Leak::Leakproof),
            Self::Liasse => {
                let begun = Liasse::begin(folder, kept, world)?;
                Ok(Some(Box::new(begun)))
            }
        }
    }
}
