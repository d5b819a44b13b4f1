//! What can go wrong, sorted by who must act.
//!
//! For: hosts, the C boundary and the command, which all show the same code, message, hint and
//! place. Invariants: no message holds medical content, a name, an INS, query text or key bytes;
//! absent and forbidden are the same value (R24).

use base::Bug;
use std::borrow::Cow;
use std::fmt;

/// Who must act for the call to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// Nobody: the rules say no, or there is nothing; the two look the same.
    Refused,
    /// The caller: the input is wrong.
    Misuse,
    /// Nobody for now: try again.
    Retry,
    /// The operator: disk, permissions, key store.
    Environment,
    /// The operator: the store is damaged at a place.
    Corrupt,
    /// Us.
    Bug,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $class:ident;)*) => {
        /// What went wrong, as a stable name and number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name, for machines.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The stable number, for the C boundary.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self { $(Self::$name => $number,)* }
            }

            /// Who must act.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }
        }
    };
}

error_codes! {
    /// The rules refuse it, or it does not exist.
    Refused = 1, "refused", Refused;
    /// A write the rules do not allow.
    WriteRefused = 2, "write_refused", Refused;
    /// The purpose is never allowed.
    PurposeRefused = 3, "purpose_refused", Refused;
    /// A field, a code or a combination of options is wrong.
    Invalid = 10, "invalid", Misuse;
    /// The query cannot be read.
    QuerySyntax = 11, "query_syntax", Misuse;
    /// The session's purpose cannot do this.
    WrongPurpose = 12, "wrong_purpose", Misuse;
    /// A limit would be passed.
    Limit = 13, "limit", Misuse;
    /// The document is not well-formed.
    DocumentSyntax = 14, "document_syntax", Misuse;
    /// The document names no patient.
    NoPatient = 15, "no_patient", Misuse;
    /// The document's kind is not known.
    DocumentKind = 16, "document_kind", Misuse;
    /// The document would be a bomb.
    DocumentBomb = 17, "document_bomb", Misuse;
    /// There is something where the store should be created.
    Exists = 18, "exists", Misuse;
    /// The engine was closed.
    Closed = 19, "closed", Misuse;
    /// The policy pack is not valid.
    Pack = 20, "pack", Misuse;
    /// Another process has the store.
    Busy = 30, "busy", Retry;
    /// What was seen changed meanwhile.
    Changed = 31, "changed", Retry;
    /// The service or the token that keeps the root key does not answer.
    KeyUnreachable = 32, "key_unreachable", Retry;
    /// The host ended it.
    Cancelled = 34, "cancelled", Retry;
    /// It took longer than the time it was given.
    Late = 35, "late", Retry;
    /// The disk or the system failed.
    Io = 40, "io", Environment;
    /// No space is left.
    Full = 41, "full", Environment;
    /// The directory may not be written.
    ReadOnly = 42, "read_only", Environment;
    /// The key does not open this store.
    WrongKey = 43, "wrong_key", Environment;
    /// The key store cannot be used.
    KeyStore = 44, "key_store", Environment;
    /// The directory is not a store.
    NotAStore = 45, "not_a_store", Environment;
    /// The store was written by a newer version.
    NewerFormat = 46, "newer_format", Environment;
    /// The store is an older copy; its root was rotated since.
    OlderCopy = 47, "older_copy", Environment;
    /// A commit failed, and whether what was asked for was kept is not known: reopen the store.
    /// After every other error nothing of it was.
    Poisoned = 48, "poisoned", Environment;
    /// The system gives no random bytes.
    NoEntropy = 49, "no_entropy", Environment;
    /// A keyring sink is behind; an erasure waits for it.
    Sink = 50, "sink", Environment;
    /// Another copy of the store is the one that is written.
    OtherCopy = 51, "other_copy", Environment;
    /// Bytes of the store are damaged.
    Corrupt = 60, "corrupt", Corrupt;
    /// The catalog is damaged or cut.
    CatalogDamaged = 61, "catalog_damaged", Corrupt;
    /// A fault in Liasse.
    Bug = 70, "bug", Bug;
}

/// Why a call did not do what it should.
#[derive(Clone)]
pub struct Error {
    code: Code,
    message: Cow<'static, str>,
    hint: &'static str,
    place: Option<String>,
}

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with what happened and what to do.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>, hint: &'static str) -> Self {
        Self {
            code,
            message: message.into(),
            hint,
            place: None,
        }
    }

    /// The same error, at a place: a file, a table, a line and column.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// The same error, with more of what happened.
    pub(crate) fn and(mut self, more: &str) -> Self {
        self.message = format!("{}; {more}", self.message).into();
        self
    }

    /// What is told of a change that may have become durable, or not, before this happened. No
    /// other code than [`Code::Poisoned`] leaves that open.
    pub(crate) fn uncertain(&self) -> Self {
        if self.code == Code::Poisoned {
            return self.clone();
        }
        let message = format!("whether it was kept is not known: {}", self.message);
        let mut told = Self::new(Code::Poisoned, message, LOOK_AGAIN);
        told.place.clone_from(&self.place);
        told
    }

    /// The same error for whoever is not the operator: without where a sink lies.
    pub(crate) fn without_sink(mut self) -> Self {
        if self.code == Code::Sink {
            self.place = None;
        }
        self
    }

    /// What absent and forbidden both give.
    #[must_use]
    pub fn refused() -> Self {
        Self::new(
            Code::Refused,
            "nothing by that id is open to this session",
            "check the id; if it is right, an authorisation is missing",
        )
    }

    /// What is told of a store that was closed by whatever of it is still held.
    pub(crate) fn closed() -> Self {
        Self::new(
            Code::Closed,
            "the engine was closed",
            "open the store again",
        )
    }

    /// What went wrong, as a stable name.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Who must act.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.code.class()
    }

    /// What happened, in a sentence without full stop.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do, in a sentence without full stop.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.hint
    }

    /// Where, when it is known.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(f, " (at {place})")?;
        }
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self})", self.code.name())
    }
}

impl std::error::Error for Error {}

impl From<Bug> for Error {
    fn from(bug: Bug) -> Self {
        Self::new(Code::Bug, bug.to_string(), "keep the store and report it")
    }
}

impl From<base::entropy::NoEntropy> for Error {
    fn from(error: base::entropy::NoEntropy) -> Self {
        Self::new(
            Code::NoEntropy,
            error.to_string(),
            "check that the system is healthy",
        )
    }
}

impl From<base::RowError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: base::RowError) -> Self {
        use base::RowError as E;
        match &error {
            E::Full => Self::new(Code::Full, error.to_string(), "free some space"),
            E::Closed => Self::closed(),
            E::Corrupt { table } => {
                let at = format!("catalog.redb, table {table}");
                Self::new(Code::CatalogDamaged, "the catalog is damaged", RESTORE).at(at)
            }
            _ => Self::new(
                Code::Io,
                error.to_string(),
                "check the disk and its permissions",
            ),
        }
    }
}

const LOOK_AGAIN: &str =
    "close the store, open it again and look; a document is deposited anew without harm";
pub(crate) const RESTORE: &str = "restore it from a backup";
pub(crate) const REINDEX: &str = "rebuild the index with `liasse reindex`";
