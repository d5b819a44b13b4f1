//! A KMS whose calls end in time, whatever the service or the module behind it does.
//!
//! For: services over a network and PKCS#11 modules, which know no deadline of their own. Each
//! call runs in a thread of its own; when it has not answered in time the caller goes on with
//! [`KmsError::Unreachable`] and the call is left to end by itself. That is sound because every
//! call of a [`Kms`] may be repeated, and what one that was given up does later is what a crash
//! right after it would have left. Not for: trying again, which is the caller's to decide.
//!
//! Invariants: at most one call is under way, also one that was given up: until it ends every
//! other is refused at once, so that a service that hangs takes one thread and no more. A call
//! that answered holds the service no more.

use super::{Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer};
use crate::digest::derive;
use crate::secret::Secret;
use base::entropy::NoEntropy;
use base::{Entropy, StoreId};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A KMS with a deadline.
pub struct Timed {
    inner: Arc<dyn Kms>,
    deadline: Duration,
    under_way: Arc<AtomicBool>,
    turn: Mutex<()>,
}

impl Timed {
    /// `inner`, each of whose calls ends within `deadline`.
    #[must_use]
    pub fn new(inner: Arc<dyn Kms>, deadline: Duration) -> Self {
        Self {
            inner,
            deadline,
            under_way: Arc::new(AtomicBool::new(false)),
            turn: Mutex::new(()),
        }
    }

    fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Kms) -> Result<T, KmsError> + Send + 'static,
    ) -> Result<T, KmsError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = UnderWay::begin(&self.under_way)
            .ok_or_else(|| unreachable_because("an earlier call has not ended yet"))?;
        let inner = Arc::clone(&self.inner);
        let (answer, answered) = sync_channel(1);
        thread::Builder::new()
            .name("liasse-kms".to_owned())
            .spawn(move || {
                // Let go of before the answer is, also when the call panics.
                let result = {
                    let held = inner;
                    work(&*held)
                };
                drop(under_way);
                // Nobody waits for an answer that comes too late.
                let _ = answer.send(result);
            })
            .map_err(|error| KmsError::Environment {
                what: error.to_string(),
            })?;
        match answered.recv_timeout(self.deadline) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                let seconds = self.deadline.as_secs_f32();
                Err(unreachable_because(&format!("no answer in {seconds} s")))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(unreachable_because("it broke off the call"))
            }
        }
    }
}

impl Kms for Timed {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn forgetting(&self) -> Forgetting {
        self.inner.forgetting()
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        self.call(move |kms| kms.load(store, purpose))
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.call(move |kms| kms.hand_over(from, to))
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        let entropy = Stream::drawn_from(entropy)?;
        self.call(move |kms| kms.stage(writer, next, &entropy))
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.call(move |kms| kms.activate(writer, next))
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        let entropy = Stream::drawn_from(entropy)?;
        self.call(move |kms| kms.destroy(writer, epoch, &entropy))
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        let entropy = Stream::drawn_from(entropy)?;
        let (context, secret) = (context.to_vec(), secret.copy());
        self.call(move |kms| kms.wrap(epoch, &context, &secret, &entropy))
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        let (context, wrapped) = (context.to_vec(), wrapped.to_vec());
        self.call(move |kms| kms.unwrap(epoch, &context, &wrapped))
    }
}

/// Says that a call is under way until it is dropped, also when the call panics.
struct UnderWay(Arc<AtomicBool>);

impl UnderWay {
    fn begin(flag: &Arc<AtomicBool>) -> Option<Self> {
        (!flag.swap(true, Ordering::AcqRel)).then(|| Self(Arc::clone(flag)))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Random bytes for one call, which may outlive the source they come from.
struct Stream {
    seed: Secret,
    drawn: AtomicU64,
}

impl Stream {
    fn drawn_from(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self {
            seed: Secret::random(entropy)?,
            drawn: AtomicU64::new(0),
        })
    }
}

impl Entropy for Stream {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        derive(&self.seed, STREAM_LABEL, &[&number], out);
        Ok(())
    }
}

fn unreachable_because(what: &str) -> KmsError {
    KmsError::Unreachable {
        what: what.to_owned(),
    }
}

const STREAM_LABEL: &str = "liasse kms call v1";

#[cfg(test)]
mod tests;
