//! A KMS that can be taken back from those who still hold it.
//!
//! For: a host that ends what its KMS stands on as soon as its store is closed, whoever still
//! holds a part of the engine. Not for: deadlines; see `timed`. Invariant: once it was taken back
//! no call reaches it, and none is under way.

use super::{Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer};
use crate::secret::Secret;
use base::{Entropy, StoreId};
use std::sync::{Arc, PoisonError, RwLock};

/// A KMS until it is taken back.
pub struct Lent {
    kind: &'static str,
    forgetting: Forgetting,
    inner: RwLock<Option<Arc<dyn Kms>>>,
}

impl Lent {
    /// `inner`, until [`Self::take_back`].
    #[must_use]
    pub fn new(inner: Arc<dyn Kms>) -> Self {
        Self {
            kind: inner.kind(),
            forgetting: inner.forgetting(),
            inner: RwLock::new(Some(inner)),
        }
    }

    /// Takes the KMS back, once the calls under way have ended; from then on it is unreachable.
    pub fn take_back(&self) -> Option<Arc<dyn Kms>> {
        let inner = self.inner.write();
        inner.unwrap_or_else(PoisonError::into_inner).take()
    }

    fn call<T>(&self, work: impl FnOnce(&dyn Kms) -> Result<T, KmsError>) -> Result<T, KmsError> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        match &*inner {
            Some(inner) => work(&**inner),
            None => Err(KmsError::Unreachable {
                what: "the engine was closed".to_owned(),
            }),
        }
    }
}

impl Kms for Lent {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn forgetting(&self) -> Forgetting {
        self.forgetting
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        self.call(|kms| kms.load(store, purpose))
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.call(|kms| kms.hand_over(from, to))
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        self.call(|kms| kms.stage(writer, next, entropy))
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.call(|kms| kms.activate(writer, next))
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.call(|kms| kms.destroy(writer, epoch, entropy))
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        self.call(|kms| kms.wrap(epoch, context, secret, entropy))
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        self.call(|kms| kms.unwrap(epoch, context, wrapped))
    }
}

#[cfg(test)]
mod tests;
