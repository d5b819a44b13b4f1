//! Why the command stops, and the exit code that says who must act.

use liasse::{Class, Error};
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

/// A reason to stop.
pub(crate) struct Fault {
    exit: u8,
    message: String,
}

impl Fault {
    /// The input is wrong: exit 2.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self {
            exit: EXIT_INPUT,
            message: message.into(),
        }
    }

    /// The disk or the system failed: exit 3.
    pub(crate) fn environment(message: impl Into<String>) -> Self {
        Self {
            exit: EXIT_ENVIRONMENT,
            message: message.into(),
        }
    }

    /// There are findings, or something was refused: exit 1.
    pub(crate) fn findings(message: impl Into<String>) -> Self {
        Self {
            exit: EXIT_REFUSED,
            message: message.into(),
        }
    }

    /// A file that the caller named cannot be read or written.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        let message = format!("{}: {error}", path.display());
        let named_wrongly = [ErrorKind::NotFound, ErrorKind::AlreadyExists];
        if named_wrongly.contains(&error.kind()) {
            Self::input(message)
        } else {
            Self::environment(message)
        }
    }

    /// The exit code.
    pub(crate) const fn exit(&self) -> u8 {
        self.exit
    }
}

impl From<Error> for Fault {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the engine may add classes")]
    fn from(error: Error) -> Self {
        let exit = match error.class() {
            Class::Refused => EXIT_REFUSED,
            Class::Misuse => EXIT_INPUT,
            Class::Retry | Class::Environment | Class::Corrupt => EXIT_ENVIRONMENT,
            _ => EXIT_BUG,
        };
        Self {
            exit,
            message: error.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Refused, or findings.
const EXIT_REFUSED: u8 = 1;
/// Bad input.
const EXIT_INPUT: u8 = 2;
/// Disk, permissions, keys.
const EXIT_ENVIRONMENT: u8 = 3;
/// A fault in Liasse.
const EXIT_BUG: u8 = 70;
