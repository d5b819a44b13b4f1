//! A key file whose calls a test watches, holds up, refuses, or answers into nothing.

use base::{Entropy, StoreId};
use liasse::Kms;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use vault::kms::{Destruction, Epoch, Forgetting, KmsState, Staging, Use, Writer};
use vault::{KeyFile, KmsError, Secret};

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is made.
    Made,
    /// It is not.
    Refused,
    /// It is, and its answer is lost.
    Lost,
}

/// A key file, and who decides about each of its calls, by the call's name.
pub(crate) struct Gated<G> {
    pub(crate) file: KeyFile,
    pub(crate) gate: G,
}

/// Lets as many calls that change the key store through as are left.
pub(crate) fn changes(left: Arc<AtomicI32>) -> impl Fn(&'static str) -> Turn + Send + Sync {
    move |call| {
        let changes = ["stage", "activate", "destroy"].contains(&call);
        if changes && left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            Turn::Refused
        } else {
            Turn::Made
        }
    }
}

impl<G: Fn(&'static str) -> Turn> Gated<G> {
    fn call<T>(
        &self,
        name: &'static str,
        make: impl FnOnce(&KeyFile) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        let turn = (self.gate)(name);
        if turn == Turn::Made {
            return make(&self.file);
        }
        if turn == Turn::Lost {
            drop(make(&self.file)?);
        }
        let what = "planted".to_owned();
        Err(KmsError::Unreachable { what })
    }
}

impl<G: Fn(&'static str) -> Turn + Send + Sync> Kms for Gated<G> {
    fn kind(&self) -> &'static str {
        self.file.kind()
    }
    fn forgetting(&self) -> Forgetting {
        self.file.forgetting()
    }
    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        self.call("load", |file| file.load(store, purpose))
    }
    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.call("hand_over", |file| file.hand_over(from, to))
    }
    fn stage(&self, writer: Writer, next: Epoch, it: &dyn Entropy) -> Result<Staging, KmsError> {
        self.call("stage", |file| file.stage(writer, next, it))
    }
    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.call("activate", |file| file.activate(writer, next))
    }
    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.call("destroy", |file| file.destroy(writer, epoch, entropy))
    }
    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        self.call("wrap", |file| file.wrap(epoch, context, secret, entropy))
    }
    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        self.call("unwrap", |file| file.unwrap(epoch, context, wrapped))
    }
}
