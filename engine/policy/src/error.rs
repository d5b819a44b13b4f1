//! Why a pack is refused.
//!
//! A pack is the host's own text: its errors may quote it. No error of this room speaks of a
//! patient, an actor or a document.

use std::fmt;
use thiserror::Error;

/// Why a pack, or a set of packs, is not accepted. What was in force stays in force.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackError {
    /// A file of the pack cannot be read.
    #[error("the pack's file {file} cannot be read: {kind}")]
    Unreadable {
        /// The file.
        file: &'static str,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// A file of the pack is something else: a directory, a pipe.
    #[error("the pack's {file} is not a file")]
    NoFile {
        /// The file.
        file: &'static str,
    },
    /// A file is larger than allowed.
    #[error("the pack's file {file} is larger than {limit} bytes")]
    TooLarge {
        /// The file.
        file: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A line of the manifest or of the matrix is wrong.
    #[error("{file}, line {line}: {reason}")]
    Line {
        /// The file.
        file: &'static str,
        /// The line, from 1; of what a whole table has too much of, its head.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The pack was written for another schema.
    #[error("the pack's schema is not {expected}, the one this engine knows")]
    Schema {
        /// The schema's version.
        expected: &'static str,
    },
    /// The rules are not Cedar.
    #[error("policies.cedar, line {line}: {reason}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What Cedar said.
        reason: String,
    },
    /// The rules do not fit the schema.
    #[error("policies.cedar, line {line}, rule {rule}: {reason}")]
    Invalid {
        /// The line, from 1.
        line: usize,
        /// The rule's id.
        rule: String,
        /// What Cedar said.
        reason: String,
    },
    /// A rule cannot be made part of a plan, or could fail while it is evaluated.
    #[error("policies.cedar, line {line}, rule {rule}: `{expression}`: {reason}")]
    NotPushable {
        /// The line, from 1.
        line: usize,
        /// The rule's id.
        rule: String,
        /// The part of the rule.
        expression: String,
        /// Why.
        reason: Reason,
    },
    /// More rules than a pack may have.
    #[error("the pack has {found} rules; the limit is {limit}")]
    TooManyRules {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// No pack of this name is built in.
    #[error("no pack of this name is built in, and there is no such directory")]
    Unknown,
    /// What was named is there, and is no directory.
    #[error("a pack is a directory of four files; this is none")]
    NoDirectory,
    /// Two packs would be in force at once.
    #[error(
        "the packs {first} and {second} would be in force at the same time: {second} begins \
         {begins}, so {first} ends by then: `valid-until {begins}` in its pack.txt"
    )]
    Overlap {
        /// The one that begins first.
        first: String,
        /// The other.
        second: String,
        /// When the other begins.
        begins: base::Instant,
    },
    /// A set of packs holds none.
    #[error("there is no pack")]
    NoPack,
    /// A set of packs holds too many.
    #[error("there are more packs than {limit}")]
    TooManyPacks {
        /// The limit.
        limit: usize,
    },
    /// One pack of several is wrong.
    #[error("pack {pack}: {error}")]
    In {
        /// The directory of the pack.
        pack: String,
        /// What is wrong with it.
        error: Box<PackError>,
    },
    /// The bytes are no packs in their canonical form.
    #[error("the packs kept in the store cannot be read")]
    NotCanonical,
}

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Cedar has it, the accepted subset does not.
    NotInTheSubset,
    /// It can fail while evaluated, and Cedar skips a rule that fails.
    MayError,
    /// It names one dossier or document, or a resource by hierarchy.
    NamesOneResource,
    /// It asks whether someone else than the principal is a member.
    NamesAnother,
    /// It is not a condition.
    NotACondition,
    /// It is compared with something that is not a literal.
    NotALiteral,
    /// Only moments and whole numbers can be ordered.
    NotAMoment,
    /// The attribute does not exist.
    UnknownAttribute,
    /// The code does not exist in the pack.
    UnknownCode,
    /// It asks for the size of a set that hangs on a dossier or document.
    SizeOfASet,
    /// It is nested too deep.
    TooDeep,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInTheSubset => "this form cannot be made part of a plan",
            Self::MayError => "it can fail while evaluated, and a failing rule is skipped",
            Self::NamesOneResource => "a rule cannot name one dossier or document",
            Self::NamesAnother => "only the principal's own membership can be asked for",
            Self::NotACondition => "a condition is needed here",
            Self::NotALiteral => "it can only be compared with literals",
            Self::NotAMoment => "only moments and whole numbers can be ordered",
            Self::UnknownAttribute => "there is no such attribute",
            Self::UnknownCode => "the pack does not know this code",
            Self::SizeOfASet => "the size of this set cannot be asked for",
            Self::TooDeep => "it is nested too deep",
        })
    }
}
