//! The thread that joins small segments of the index's tail.
//!
//! For: joins too long for the writer to wait for; they change no answer. Invariant: the thread
//! has ended when this is dropped, so that nothing holds the store once the writer has ended.

use super::spawn;
use crate::core::Core;
use crate::error::Result;
use crossbeam_channel::{Sender, bounded};
use std::sync::Arc;
use std::thread::JoinHandle;

/// The thread, and the way to ask it.
pub(super) struct Tender {
    ask: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Tender {
    /// Starts the thread.
    pub(super) fn start(core: Arc<Core>) -> Result<Self> {
        let (ask, asked) = bounded(1);
        let thread = spawn("liasse-tail", move || {
            while asked.recv().is_ok() {
                core.index.settle_tail();
            }
        })?;
        Ok(Self {
            ask: Some(ask),
            thread: Some(thread),
        })
    }

    /// Asks it to look; one that is still busy finds what is new by itself.
    pub(super) fn look(&self) {
        if let Some(ask) = &self.ask {
            let _ = ask.try_send(());
        }
    }
}

impl Drop for Tender {
    fn drop(&mut self) {
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
