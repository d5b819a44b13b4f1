//! From the errors of the rooms to the error of the facade: who must act, and what to do.
//!
//! Invariant: nothing here adds content; a room's message is kept as it is or replaced.

use crate::error::{Code, Error, REINDEX, RESTORE};
use index::IndexError;
use journal::JournalError;
use policy::PackError;
use query::QueryError;
use std::io::ErrorKind;
use store::StoreError;
use vault::{KmsError, TreeError};

/// What to do with a copy that is not the one that is written.
const OPEN_THE_OTHER: &str = "open the copy that was; if the key file is an older \
                              copy, bring the newest; if the other copy is gone, take over with \
                              `liasse adopt`, and never open it again";

pub(crate) fn store(error: &StoreError) -> Error {
    let message = error.to_string();
    let say = |code, hint| Error::new(code, message.clone(), hint);
    match error {
        StoreError::NotAStore => say(
            Code::NotAStore,
            "check the path, or make a store there with `liasse create`",
        ),
        StoreError::NotEmpty => say(Code::Exists, "name a new or empty directory"),
        StoreError::NewerFormat { .. } => say(
            Code::NewerFormat,
            "install the version of Liasse that wrote it, or a later one",
        ),
        StoreError::OlderFormat { .. } => say(Code::NewerFormat, "run `liasse upgrade`"),
        StoreError::DamagedFormat { .. } => say(Code::CatalogDamaged, RESTORE).at("FORMAT"),
        StoreError::TruncatedCatalog
        | StoreError::DamagedCatalog { .. }
        | StoreError::Environment(ErrorKind::UnexpectedEof) => {
            say(Code::CatalogDamaged, RESTORE).at("catalog.redb")
        }
        StoreError::LockedElsewhere => say(Code::Busy, "wait until the other process is done"),
        StoreError::NeedsRecovery => say(Code::Busy, "open it once for writing"),
        StoreError::ReadOnly => say(Code::ReadOnly, "check the permissions of the directory"),
        StoreError::Full => say(Code::Full, "free some space; nothing was lost"),
        StoreError::Closed => Error::closed(),
        StoreError::Poisoned | StoreError::Orphaned => {
            say(Code::Poisoned, "close the store and open it again")
        }
        StoreError::NoFile => say(
            Code::Io,
            "look what FORMAT, OPEN and passphrase are in its folder",
        ),
        StoreError::Environment(_) => say(Code::Io, "check the disk and its permissions"),
        StoreError::DamagedSegment { segment, .. } => {
            say(Code::Corrupt, RESTORE).at(format!("body/{segment:08}.seg"))
        }
        StoreError::DamagedRow { table } => {
            say(Code::Corrupt, RESTORE).at(format!("catalog.redb, table {table}"))
        }
        StoreError::DamagedRoll => say(
            Code::Corrupt,
            "bring a whole copy of it, or go without it to an older state",
        ),
        StoreError::OtherRoll { .. } => say(Code::Invalid, "bring the files of one sink together"),
        StoreError::OverLimit { .. } => say(Code::Limit, "split it"),
        StoreError::NoEntropy => say(Code::NoEntropy, "check that the system is healthy"),
        StoreError::Bug(bug) => bug.clone().into(),
        _ => say(Code::Io, "check the disk"),
    }
}

impl From<TreeError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: TreeError) -> Self {
        let message = error.to_string();
        match error {
            TreeError::Rows(rows) => rows.into(),
            TreeError::Kms(kms) => kms.into(),
            TreeError::Entropy(none) => none.into(),
            TreeError::Bug(bug) => bug.into(),
            TreeError::OlderCopy { .. } => Self::new(
                Code::OlderCopy,
                message,
                "bring the newest copy, or restore from the backup and the keyring sink, which \
                 holds what was written after this one",
            ),
            TreeError::OtherCopy => Self::new(Code::OtherCopy, message, OPEN_THE_OTHER),
            TreeError::Elsewhere => Self::new(
                Code::OtherCopy,
                message,
                "if it is the only copy that is left in use, take over with `liasse adopt`; if \
                 it is a copy beside the original, look at it with `liasse verify` and leave the \
                 original the one that is written",
            ),
            TreeError::OlderKey { .. } => Self::new(Code::WrongKey, message, ""),
            // INVARIANT(S18): what is a store by its FORMAT had its keys, so that they are lost.
            TreeError::Absent | TreeError::Damaged { .. } => {
                Self::new(Code::Corrupt, message, RESTORE).at("catalog.redb, table key_nodes")
            }
            TreeError::UnknownVersion => Self::new(
                Code::NewerFormat,
                message,
                "install a later version of Liasse",
            ),
            _ => Self::new(Code::Bug, message, "keep the store and report it"),
        }
    }
}

impl From<KmsError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: KmsError) -> Self {
        let message = error.to_string();
        let (code, hint) = match &error {
            KmsError::OtherStore | KmsError::Unbound => (
                Code::WrongKey,
                "give the key file that this store was created with",
            ),
            KmsError::OtherWriter => (Code::OtherCopy, OPEN_THE_OTHER),
            KmsError::WrongPassphrase => (Code::WrongKey, "give the passphrase of this store"),
            KmsError::NotWrappedHere | KmsError::NoRoot { .. } => (
                Code::WrongKey,
                "give the key that this store was created with",
            ),
            KmsError::NoKey { .. } => (
                Code::WrongKey,
                "check the name; the first key of a name is made, once, before the store is",
            ),
            KmsError::Exists { .. } => (Code::Exists, "name another"),
            KmsError::LoosePermissions { .. } => (Code::KeyStore, ""),
            KmsError::Unreachable { .. } => (
                Code::KeyUnreachable,
                "check that the key service or the token is there, then try again; what was \
                 begun is completed when the store is next opened",
            ),
            KmsError::Damaged { .. } => (Code::KeyStore, "bring a copy of the key file"),
            KmsError::Entropy(_) => (Code::NoEntropy, "check that the system is healthy"),
            _ => (Code::KeyStore, "check the key file"),
        };
        Self::new(code, message, hint)
    }
}

impl From<JournalError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: JournalError) -> Self {
        let message = error.to_string();
        match error {
            JournalError::Rows(rows) => rows.into(),
            JournalError::Bug(bug) => bug.into(),
            JournalError::TooLong => Self::new(
                Code::Limit,
                message,
                "shorten the motive or ask for less at once",
            ),
            JournalError::NoEntropy => {
                Self::new(Code::NoEntropy, message, "check that the system is healthy")
            }
            JournalError::Stale => {
                Self::new(Code::Poisoned, message, "close the store and open it again")
            }
            _ => Self::new(Code::Corrupt, message, RESTORE).at("the journal"),
        }
    }
}

impl From<IndexError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: IndexError) -> Self {
        let message = error.to_string();
        match error {
            IndexError::Rows(rows) => rows.into(),
            IndexError::Bug(bug) => bug.into(),
            IndexError::Entropy(none) => none.into(),
            IndexError::Query(query) => {
                Self::new(Code::QuerySyntax, query.to_string(), "see docs/search.md")
            }
            IndexError::TextTooLong | IndexError::TitleTooLong | IndexError::TooManyCodes => {
                Self::new(Code::Limit, message, "split the document")
            }
            IndexError::Damaged { file } => {
                Self::new(Code::Corrupt, message, REINDEX).at(format!("index/{file}"))
            }
            IndexError::Manifest { .. } | IndexError::Key => {
                Self::new(Code::Corrupt, message, RESTORE).at("the index manifest")
            }
            IndexError::Analyzer { .. } => Self::new(
                Code::NewerFormat,
                message,
                "install a later version of Liasse",
            ),
            IndexError::Stale => Self::new(Code::Changed, message, "try again"),
            IndexError::Environment(system) => store(&StoreError::from(system)),
            _ => Self::new(Code::Io, message, "check the disk"),
        }
    }
}

impl From<PackError> for Error {
    fn from(error: PackError) -> Self {
        Self::new(
            Code::Pack,
            error.to_string(),
            "correct the pack, or name one that is built in: dmp-2011, dmp-2023",
        )
    }
}

impl From<QueryError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: QueryError) -> Self {
        let place = match &error {
            QueryError::Syntax(syntax) => Some(format!("character {}", syntax.at)),
            _ => None,
        };
        let message = match &error {
            QueryError::Syntax(syntax) => syntax.what.to_string(),
            _ => error.to_string(),
        };
        let error = Self::new(Code::QuerySyntax, message, "see docs/search.md");
        match place {
            Some(place) => error.at(place),
            None => error,
        }
    }
}

impl From<query::PlanError> for Error {
    fn from(error: query::PlanError) -> Self {
        if let query::PlanError::Query(query) = error {
            return query.into();
        }
        if let query::PlanError::Index(index) = error {
            return index.into();
        }
        base::Bug::new("a pass leaves a plan that can be run").into()
    }
}

impl From<query::RunError> for Error {
    fn from(error: query::RunError) -> Self {
        let message = error.to_string();
        if let query::RunError::Index(index) = error {
            return index.into();
        }
        if matches!(error, query::RunError::Late) {
            return Self::new(Code::Late, message, "ask for less, or give more");
        }
        Self::new(Code::Cancelled, message, "ask again")
    }
}

impl From<query::WrittenError> for Error {
    fn from(error: query::WrittenError) -> Self {
        Self::new(Code::Invalid, error.to_string(), "see docs/search.md")
    }
}

impl From<policy::WrongProof> for Error {
    fn from(_: policy::WrongProof) -> Self {
        base::Bug::new("a trace names what is released").into()
    }
}
