//! `retain`: traces whose time is over are closed for good, class by class, month by month.
//!
//! Invariants: the log keeps every entry and all its proofs; what is destroyed is the key of a
//! class and month, in the key store too.

use crate::engine::Engine;
use crate::erasing;
use crate::error::Result;
use journal::Class;
use std::sync::PoisonError;

/// Which traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceClass {
    /// Readings.
    Reading,
    /// Changes of dossiers.
    Writing,
    /// Bris de glace, and readings in an emergency.
    Emergency,
    /// Requests that were refused.
    Refusal,
    /// Counts over many dossiers.
    Aggregate,
    /// Acts of erasing.
    Erasure,
}

impl TraceClass {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Reading,
        Self::Writing,
        Self::Emergency,
        Self::Refusal,
        Self::Aggregate,
        Self::Erasure,
    ];

    /// The code that commands use.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.class().code()
    }

    const fn class(self) -> Class {
        match self {
            Self::Reading => Class::Reading,
            Self::Writing => Class::Writing,
            Self::Emergency => Class::Emergency,
            Self::Refusal => Class::Refusal,
            Self::Aggregate => Class::Aggregate,
            Self::Erasure => Class::Erasure,
        }
    }
}

impl Engine {
    /// Destroys the keys of the traces of `class` that are older than this many whole months,
    /// for all patients; how many months went. What the law asks for is the host's to know:
    /// three years from each access in the European Health Data Space.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] for no month at all; those of the key store, as for an erasure.
    pub fn retain(&self, class: TraceClass, months: u16) -> Result<usize> {
        let shared = &self.shared;
        let turn = shared.erasing.lock();
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let gone = erasing::retain(&mut &**shared, class.class(), months)?;
        Ok(gone.len())
    }
}
