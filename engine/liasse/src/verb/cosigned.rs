//! `record_cosignature`: a witness's word for a checkpoint comes back to its log.
//!
//! For: the last step of the exchange of files with a witness; from then on the log itself says
//! up to which entry she saw it, and when. Not for: asking her or answering; see `audit`.
//! Invariant: what is told was signed by this log and by her, and this log continues it.

use crate::answer::Cosigned;
use crate::engine::Engine;
use crate::error::{Code, Error, Result};
use crate::group::Group;
use base::limit;
use journal::{Fact, Log, NoteError, SignedCheckpoint, VerifierKey};
use store::Spending;

impl Engine {
    /// Has the log told that a witness cosigned a checkpoint of it: `checkpoint` is the signed
    /// note with her line, `witness` her verifier key. Brought again, it is told again.
    ///
    /// # Errors
    /// [`Code::Invalid`] when this log's key did not sign it or she did not, as after a restore,
    /// which begins a log under a key of its own;
    /// [`Code::OtherCopy`] when this log does not continue it: then keep it, it is evidence of
    /// another log under the same key. Nothing is told then. What the catalog gives.
    pub fn record_cosignature(&self, checkpoint: &str, witness: &str) -> Result<Cosigned> {
        let core = &self.shared.core;
        let log_key = self.checkpoint_key()?.parse();
        let log_key: VerifierKey = log_key.map_err(|it| unproved(&it))?;
        let witness = witness_key(witness)?;
        let signed = SignedCheckpoint::open(checkpoint, &log_key).map_err(|it| unproved(&it))?;
        let by = signed.cosignatures(&[&witness]);
        let by = by.map_err(|it| unproved(&it))?;
        let Some(by) = by.first() else {
            return Err(unproved(&NoteError::Unsigned));
        };
        let (seen, signed) = (signed.checkpoint().clone(), by.at);
        let view = core.view()?;
        let log = Log::open(view.rows())?;
        if let Some(finding) = log.compare(view.rows(), &seen)? {
            return Err(Error::new(
                Code::OtherCopy,
                format!("the log does not continue what the witness signed: {finding}"),
                "keep the file, it is evidence of another log; audit the store with a notebook",
            ));
        }
        drop(view);
        let (size, root) = (seen.size, seen.root);
        let tell = move |group: &mut Group<'_>| {
            let at = group.now();
            group.tell(&Fact::Witnessed {
                at,
                signed,
                size,
                root,
                witness: witness.to_string(),
            })
        };
        let told = self.shared.submit(Spending::Reserve, tell, move |_, _| {
            Ok(Cosigned { size, at: signed })
        });
        told.wait()
    }
}

fn witness_key(text: &str) -> Result<VerifierKey> {
    let text = text.trim();
    let wrong = |why: &'static str| {
        let hint = "give the witness's own line: name+id+key, at most 255 bytes";
        Error::new(Code::Invalid, why, hint)
    };
    if text.len() > limit::VERIFIER_KEY_BYTES_MAX {
        return Err(wrong("the verifier key is too long for the log to name it"));
    }
    let key = text.parse();
    key.map_err(|_| wrong("the text is not a verifier key"))
}

fn unproved(why: &NoteError) -> Error {
    Error::new(
        Code::Invalid,
        format!("no checkpoint of this log that the witness cosigned: {why}"),
        "bring the checkpoint of this store with her line added, and her own key",
    )
}
