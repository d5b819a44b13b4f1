//! The proof of one access, for a patient or a judge, and its check without the store.
//!
//! Invariants: nothing is signed or proved of a log that the store's key did not sign as it is
//! (J12), wherever that key is known; what is proved is the entry's sealed bytes, and what the
//! trace says is told beside them by whoever holds the audit keys, and is not part of the proof.

use super::traces::{Openers, Opening};
use super::{Auditor, Keys};
use crate::error::{Code, Error, Result};
use crate::signing;
use base::{AuditHandle, Digest, Instant};
use journal::{
    AccessProof, Algorithm, Checkpoint, Entry, Log, Prover, SignedCheckpoint, VaultSigner,
    VerifierKey,
};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// The proof of an entry, as it is handed over.
#[derive(Clone)]
#[non_exhaustive]
pub struct Proved {
    /// The proof, a text in the form of c2sp.org/tlog-proof.
    pub proof: String,
    /// The entry's bytes, as the log hashed them.
    pub entry: Vec<u8>,
    /// How many entries the log had at the checkpoint that it is proved under.
    pub size: u64,
    /// The key that verifies the proof; whoever checks it must have it from elsewhere.
    pub key: String,
    /// What the trace says, when there are keys that open it.
    pub trace: Option<String>,
}

/// What a proof proves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryFacts {
    /// The name of the log.
    pub origin: String,
    /// The number of the entry.
    pub index: u64,
    /// How many entries the log had when its key signed it.
    pub size: u64,
    /// The root it had then.
    pub root: Digest,
    /// What kind of act the entry says.
    pub kind: String,
    /// The hour it bears in clear.
    pub hour: Instant,
    /// The handle it stands under.
    pub handle: Option<String>,
}

/// What one proof leaves for the next.
#[derive(Default)]
pub(super) struct Proving {
    prover: Option<Prover>,
    given: Option<Given>,
    own: Option<(SignedCheckpoint, String)>,
    slots: BTreeMap<AuditHandle, u32>,
}

/// A checkpoint that was given, and verified with the key that was given with it.
struct Given {
    text: String,
    key: String,
    checkpoint: SignedCheckpoint,
}

impl Given {
    fn is(&self, text: &str, key: &str) -> bool {
        self.text == text && self.key == key
    }
}

/// Checks a proof and the entry that travels beside it against the log's key, without the store.
///
/// # Errors
/// [`Code::Invalid`] when it is no proof, when its checkpoint is of another log, and when it is of
/// another entry.
pub fn check_proof(proof: &str, entry: &[u8], key: &str) -> Result<EntryFacts> {
    let key: VerifierKey = key.trim().parse().map_err(|_| unproved(NOT_A_KEY))?;
    let opened =
        AccessProof::open(proof, entry, &key).map_err(|error| unproved(&format!("{error}")))?;
    let read = Entry::from_bytes(entry.to_vec());
    let read = read.map_err(|_| unproved("the log holds it, and it is no entry"))?;
    let (header, checkpoint) = (read.header(), opened.checkpoint());
    Ok(EntryFacts {
        origin: checkpoint.origin.as_str().to_owned(),
        index: opened.index(),
        size: checkpoint.size,
        root: checkpoint.root,
        kind: header.kind.code().to_owned(),
        hour: header.hour,
        handle: header.handle.map(|handle| handle.to_string()),
    })
}

impl Auditor {
    /// Proves the entry `index` under a checkpoint that the log's key signed: one that is given
    /// with that key, or one that this store signs now.
    ///
    /// # Errors
    /// [`Code::Invalid`] when there is no such entry or the checkpoint is not of this log,
    /// [`Code::WrongKey`] when there is neither a checkpoint nor a key to sign one with, and
    /// damage, when the store's key did not sign the log as it is.
    pub fn prove(&self, index: u64, signed: Option<(&str, &str)>) -> Result<Proved> {
        let mut ready = self.proving.lock().unwrap_or_else(PoisonError::into_inner);
        let Proving {
            prover,
            given,
            own,
            slots,
        } = &mut *ready;
        let prover = match prover {
            Some(prover) => prover,
            None => prover.insert(Prover::new(Log::open(&*self.rows)?)),
        };
        let (checkpoint, key) = match signed {
            Some((text, key)) => match given {
                Some(known) if known.is(text, key) => (known.checkpoint.clone(), key.to_owned()),
                _ => {
                    let (checkpoint, _) = self.given(prover.log(), text, key)?;
                    let known = given.insert(Given {
                        text: text.to_owned(),
                        key: key.to_owned(),
                        checkpoint,
                    });
                    (known.checkpoint.clone(), key.to_owned())
                }
            },
            None => match own {
                Some(own) => own.clone(),
                None => own.insert(self.sign(prover.log())?).clone(),
            },
        };
        let entry = prover.log().entry(&*self.rows, index);
        let entry = entry.map_err(|error| no_entry(&error))?;
        let size = checkpoint.checkpoint().size;
        let proof = AccessProof::new(prover, &*self.rows, index, checkpoint);
        let proof = proof.map_err(|error| no_entry(&error))?;
        Ok(Proved {
            proof: proof.text(),
            trace: self.told(&entry, slots)?,
            entry: entry.bytes().to_vec(),
            size,
            key: key.trim().to_owned(),
        })
    }

    /// A checkpoint of the log as it is, signed by the store's key, and the key that verifies it.
    ///
    /// # Errors
    /// [`Code::WrongKey`] when there are no keys; damage, when they did not sign the log as it is.
    pub fn checkpoint(&self) -> Result<(String, String)> {
        let (signed, key) = self.sign(&Log::open(&*self.rows)?)?;
        Ok((signed.text().to_owned(), key))
    }

    /// The three lines of a checkpoint of the log as it is, which nobody signed.
    ///
    /// # Errors
    /// Damage of the log.
    pub fn unsigned_checkpoint(&self) -> Result<String> {
        Ok(Checkpoint::of(&Log::open(&*self.rows)?).body())
    }

    pub(super) fn sign(&self, log: &Log) -> Result<(SignedCheckpoint, String)> {
        let Keys::Open(keys, _) = &self.keys else {
            return Err(Error::new(
                Code::WrongKey,
                "there is no key to sign a checkpoint with",
                "give a checkpoint that the store signed, or the store's key",
            ));
        };
        let signing = signing::believe(&*self.rows, keys, self.store, log)?;
        let signer = VaultSigner::new(log.origin().as_str(), Algorithm::Ed25519, &signing);
        let signer = signer.map_err(|_| base::Bug::new("an origin is a key's name"))?;
        let key = journal::NoteSigner::verifier_key(&signer).to_string();
        let signed = Checkpoint::of(log).sign(&signer);
        let signed = signed.map_err(|_| base::Bug::new("the store's key signs its own log"))?;
        Ok((signed, key))
    }

    pub(super) fn given(
        &self,
        log: &Log,
        text: &str,
        key: &str,
    ) -> Result<(SignedCheckpoint, String)> {
        if let Keys::Open(keys, _) = &self.keys {
            signing::believe(&*self.rows, keys, self.store, log)?;
        }
        let verifier: VerifierKey = key.trim().parse().map_err(|_| unproved(NOT_A_KEY))?;
        let signed = SignedCheckpoint::open(text, &verifier);
        let signed = signed.map_err(|error| unproved(&error.to_string()))?;
        match log.compare(&*self.rows, signed.checkpoint())? {
            None => Ok((signed, key.trim().to_owned())),
            Some(finding) => Err(unproved(&finding.to_string())),
        }
    }

    /// What a trace says, in a line. Whose key opens it is looked for from the first key on, and
    /// is known from then on.
    fn told(
        &self,
        entry: &Entry,
        slots: &mut BTreeMap<AuditHandle, u32>,
    ) -> Result<Option<String>> {
        let (Some(keys), Some(handle)) = (self.keys.of_traces(), entry.header().handle) else {
            return Ok(None);
        };
        if entry.sealed_trace().is_none() {
            return Ok(None);
        }
        let mut openers = Openers::new(self, keys)?.knowing(std::mem::take(slots));
        let opened = openers.open(handle, entry);
        *slots = openers.into_known();
        Ok(match opened? {
            Opening::Opened(trace) => Some(format!(
                "{} {} {} by {} ({}) of {} for {}, {} document(s)",
                trace.at,
                trace.act.kind().code(),
                trace.decision,
                trace.agent.actor,
                trace.agent.profession,
                trace.agent.structure,
                trace.agent.purpose.code(),
                trace.act.documents().len(),
            )),
            Opening::Past | Opening::Closed => None,
        })
    }
}

fn no_entry(error: &journal::JournalError) -> Error {
    Error::new(
        Code::Invalid,
        error.to_string(),
        "name an entry that the log had when the checkpoint was signed",
    )
}

pub(super) fn unproved(why: &str) -> Error {
    Error::new(
        Code::Invalid,
        why.to_owned(),
        "bring the proof, the entry and the verifier key that belong together",
    )
}

const NOT_A_KEY: &str = "the text is not a verifier key: name+id+key";
