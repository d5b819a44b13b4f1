//! A broken assumption of ours, told to the host instead of taking its process down.
//!
//! For: read paths. Before a commit a broken assumption is an `assert!`, because a doubt must
//! never become durable. Not for: what disks or callers can cause; those are errors of a room.

use std::fmt;

/// A state that only a fault in Liasse can cause.
#[derive(Clone, PartialEq, Eq)]
pub struct Bug {
    what: &'static str,
}

impl Bug {
    /// Names a broken assumption. The text is fixed at compile time, so it holds no content.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        Self { what }
    }

    /// The assumption that did not hold.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }
}

impl fmt::Debug for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bug({})", self.what)
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a fault in Liasse itself, please report it: {}",
            self.what
        )
    }
}

impl std::error::Error for Bug {}
