//! Root keys in a service that keeps named secrets, as most hosts have one: five answers of it are
//! a whole [`Kms`].
//!
//! ```text
//! secret "state"     store (16) | writer (16) | active epoch u64 | oldest that may exist u64
//! secret "root-N"    the root key of epoch N (32)
//! ```
//! For: hosts. Not for: services that encrypt without giving the key away; implement [`Kms`] for
//! these. Invariants: the state changes by compare-and-set alone; a root is named by the state
//! only after it was made, and is never written twice.

use super::{
    Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer, unwrap_under,
    wrap_under,
};
use crate::secret::{Plain, Secret};
use base::{Cursor, Entropy, StoreId};

/// A service that keeps named secrets for one store.
pub trait NamedSecrets: Send + Sync {
    /// A word for receipts and messages, such as the name of the service.
    fn kind(&self) -> &'static str;

    /// What [`Self::destroy`] is worth.
    fn forgetting(&self) -> Forgetting;

    /// The secret `name`, if there is one.
    ///
    /// # Errors
    /// What keeps the service from answering.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KmsError>;

    /// Keeps `secret` under `name`, durably, if what is there now is `before` (`None`: nothing);
    /// whether it was so.
    ///
    /// # Errors
    /// What keeps the service from answering.
    fn replace(&self, name: &str, before: Option<&[u8]>, secret: &[u8]) -> Result<bool, KmsError>;

    /// Destroys the secret `name`. Nothing changes when there is none.
    ///
    /// # Errors
    /// What keeps the service from answering.
    fn destroy(&self, name: &str) -> Result<Destruction, KmsError>;
}

/// Keeps the roots of a store in a service of named secrets.
pub struct Named<S>(pub S);

/// What the secret "state" says.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    store: StoreId,
    writer: Writer,
    active: Epoch,
    oldest: Epoch,
}

impl<S: NamedSecrets> Named<S> {
    fn state(&self) -> Result<Option<State>, KmsError> {
        let bytes = self.0.read(STATE)?;
        bytes.map(|bytes| State::parse(&bytes)).transpose()
    }

    /// The state, changed by `change` until nobody else has changed it meanwhile. `None` changes
    /// nothing.
    fn change(
        &self,
        change: impl Fn(State) -> Result<Option<State>, KmsError>,
    ) -> Result<(), KmsError> {
        for _ in 0..TRIES {
            let before = self.state()?.ok_or(KmsError::Unbound)?;
            let Some(after) = change(before)? else {
                return Ok(());
            };
            let (before, after) = (before.bytes(), after.bytes());
            if self.0.replace(STATE, Some(&before), &after)? {
                return Ok(());
            }
        }
        let what = "its state changes all the time".to_owned();
        Err(KmsError::Unreachable { what })
    }

    fn held_by(&self, writer: Writer) -> Result<State, KmsError> {
        let state = self.state()?.ok_or(KmsError::Unbound)?;
        state.held_by(writer)
    }

    fn root(&self, epoch: Epoch) -> Result<Secret, KmsError> {
        let bytes = self.0.read(&name(epoch))?.map(Plain::new);
        let bytes = bytes.ok_or(KmsError::NoRoot { epoch })?;
        let what = "a root key of another length";
        let bytes = (*bytes)
            .try_into()
            .map_err(|_| KmsError::Damaged { what })?;
        Ok(Secret::from_bytes(bytes))
    }

    fn has(&self, epoch: Epoch) -> Result<bool, KmsError> {
        Ok(self.0.read(&name(epoch))?.map(Plain::new).is_some())
    }

    fn make(&self, epoch: Epoch, entropy: &dyn Entropy) -> Result<Staging, KmsError> {
        let root = Secret::random(entropy)?;
        let made = self.0.replace(&name(epoch), None, root.expose())?;
        Ok(if made { Staging::Fresh } else { Staging::Found })
    }
}

impl<S: NamedSecrets> Kms for Named<S> {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn forgetting(&self) -> Forgetting {
        self.0.forgetting()
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        let mut state = self.state()?;
        if state.is_none() && purpose == Use::Create {
            // Nothing is wrapped under a root before the state names it.
            self.make(Epoch::FIRST, &base::OsEntropy)?;
            let new = State::new(store);
            self.0.replace(STATE, None, &new.bytes())?;
            state = self.state()?;
        }
        let state = state.ok_or(KmsError::Unbound)?;
        if state.store != store {
            return Err(KmsError::OtherStore);
        }
        let mut retired = Vec::new();
        for epoch in (state.oldest.number()..state.active.number()).map(Epoch::new) {
            if self.has(epoch)? {
                retired.push(epoch);
            }
        }
        Ok(KmsState {
            writer: state.writer,
            active: state.active,
            next_staged: self.has(state.active.next())?,
            retired,
        })
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.change(|state| match state.writer {
            writer if writer == to => Ok(None),
            writer if writer == from => Ok(Some(State {
                writer: to,
                ..state
            })),
            _ => Err(KmsError::OtherWriter),
        })
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        let state = self.held_by(writer)?;
        if next == state.active.next() {
            self.make(next, entropy)
        } else {
            Err(state.conflict(next))
        }
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.change(|state| {
            let state = state.held_by(writer)?;
            if next == state.active {
                Ok(None)
            } else if next != state.active.next() {
                Err(state.conflict(next))
            } else if self.has(next)? {
                Ok(Some(State {
                    active: next,
                    ..state
                }))
            } else {
                Err(KmsError::NoRoot { epoch: next })
            }
        })
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        _: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        let state = self.held_by(writer)?;
        if epoch >= state.active {
            return Err(state.conflict(epoch));
        }
        let destroyed = self.0.destroy(&name(epoch))?;
        self.change(|state| {
            let oldest = epoch.next();
            Ok((state.oldest == epoch).then_some(State { oldest, ..state }))
        })?;
        Ok(destroyed)
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        wrap_under(&self.root(epoch)?, epoch, context, secret, entropy)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        unwrap_under(&self.root(epoch)?, epoch, context, wrapped)
    }
}

impl State {
    const fn new(store: StoreId) -> Self {
        Self {
            store,
            writer: Writer::NOBODY,
            active: Epoch::FIRST,
            oldest: Epoch::FIRST,
        }
    }

    fn held_by(self, writer: Writer) -> Result<Self, KmsError> {
        let held = self.writer == writer;
        held.then_some(self).ok_or(KmsError::OtherWriter)
    }

    const fn conflict(self, asked: Epoch) -> KmsError {
        let active = self.active;
        KmsError::Conflict { active, asked }
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = self.store.as_bytes().to_vec();
        bytes.extend(self.writer.as_bytes());
        bytes.extend(self.active.number().to_le_bytes());
        bytes.extend(self.oldest.number().to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Self, KmsError> {
        let what = "its secret \"state\" cannot be read";
        let parsed = Self::take(&mut Cursor::new(bytes));
        let sound = parsed.filter(|it| it.bytes() == bytes && it.oldest <= it.active);
        sound.ok_or(KmsError::Damaged { what })
    }

    fn take(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            store: StoreId::from_bytes(cursor.array().ok()?),
            writer: Writer::from_bytes(cursor.array().ok()?),
            active: Epoch::new(u64::from_le_bytes(cursor.array().ok()?)),
            oldest: Epoch::new(u64::from_le_bytes(cursor.array().ok()?)),
        })
    }
}

fn name(epoch: Epoch) -> String {
    format!("root-{epoch}")
}

const STATE: &str = "state";
/// How often a change is tried anew when another was faster.
const TRIES: usize = 8;

#[cfg(test)]
mod tests;
