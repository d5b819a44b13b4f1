//! Origins: the names of logs, as they stand in the first line of a checkpoint.
//!
//! Invariant: an origin is also a valid key name of a signed note, so that the key which signs
//! a log's checkpoints can bear its name.

use crate::error::JournalError;
use base::StoreId;
use std::fmt;

/// The name of a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// The origin written `name`.
    ///
    /// # Errors
    /// [`JournalError::Origin`] when it is empty, longer than 255 bytes, or holds a space, a
    /// plus or a control character.
    pub fn new(name: &str) -> Result<Self, JournalError> {
        let plain = |character: char| !character.is_control() && character != '\u{2014}';
        if name.len() > 255 || !signed_note::is_key_name_valid(name) || !name.chars().all(plain) {
            return Err(JournalError::Origin);
        }
        Ok(Self(name.to_owned()))
    }

    /// The origin of a store's log, the `generation`-th: a restore opens the next.
    #[must_use]
    pub fn of_store(store: StoreId, generation: u32) -> Self {
        Self(format!("liasse/{store}/{generation}"))
    }

    /// How many restores lie before this log.
    #[must_use]
    pub fn generation(&self) -> u32 {
        let last = self.0.rsplit('/').next();
        last.and_then(|it| it.parse().ok()).unwrap_or(0)
    }

    /// The origin of the log that a restore of this store's log opens.
    #[must_use]
    pub fn next_of_store(&self, store: StoreId) -> Self {
        Self::of_store(store, self.generation().saturating_add(1))
    }

    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}
