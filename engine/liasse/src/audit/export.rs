//! What leaves for others' tools: the log as static files, requests to witnesses and their
//! answers.
//!
//! Invariant: nothing leaves that the log's key did not sign.

use super::Auditor;
use super::proof::unproved;
use crate::error::{Code, Error, Result};
use base::Instant;
use base::disk::{Disk, FolderDisk, OpenMode};
use journal::{
    Algorithm, Checkpoint, Log, SignedCheckpoint, VaultSigner, VerifierKey, WitnessRequest,
};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use vault::SigningKey;

impl Auditor {
    /// Writes the log as static files that any tool for transparency logs reads
    /// (c2sp.org/tlog-tiles), going on where an earlier export into the folder ended; how many
    /// entries they hold. The checkpoint is given with its key, or signed by this store now. A
    /// folder whose checkpoint this log does not continue is left as it is: it is evidence.
    ///
    /// # Errors
    /// [`Code::OtherCopy`] when the log does not continue what was exported; [`Code::WrongKey`]
    /// without a checkpoint and a key to sign one; what the disk gives.
    pub fn export(&self, folder: &Path, signed: Option<(&str, &str)>) -> Result<u64> {
        let log = Log::open(&*self.rows)?;
        let (checkpoint, key) = self.signed(&log, signed)?;
        let disk = FolderDisk::new(folder);
        disk.create_folder("").map_err(system)?;
        let exported = self.exported((&log, checkpoint.checkpoint()), &disk, &key)?;
        let mut failed = None;
        log.export(&*self.rows, exported, &checkpoint, &mut |name, bytes| {
            failed = write(&disk, name, bytes).err();
            if failed.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        match failed {
            Some(error) => Err(system(error)),
            None => Ok(checkpoint.checkpoint().size),
        }
    }

    /// What to send to a witness who last signed a log of `old` entries, 0 for a new one.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub fn witness_request(&self, old: u64, signed: Option<(&str, &str)>) -> Result<String> {
        let log = Log::open(&*self.rows)?;
        let (checkpoint, _) = self.signed(&log, signed)?;
        let request = WitnessRequest::new(&log, &*self.rows, old, checkpoint);
        let request = request.map_err(|error| unproved(&error.to_string()))?;
        Ok(request.text())
    }

    /// How many entries the folder holds, as its checkpoint says, which the log's key signed and
    /// the log continues.
    fn exported(
        &self,
        (log, to): (&Log, &Checkpoint),
        disk: &FolderDisk,
        key: &VerifierKey,
    ) -> Result<u64> {
        let file = match disk.open("checkpoint", OpenMode::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            other => other.map_err(system)?,
        };
        let mut text = vec![0; usize::try_from(file.length().map_err(system)?).unwrap_or(0)];
        file.read_at(0, &mut text).map_err(system)?;
        let text = String::from_utf8_lossy(&text);
        let known = SignedCheckpoint::open(&text, key);
        let known = known.map_err(|error| contradicted(&error.to_string()))?;
        match log.compare(&*self.rows, known.checkpoint())? {
            None if known.checkpoint().size > to.size => {
                Err(contradicted("it holds a newer checkpoint of this log"))
            }
            None => Ok(known.checkpoint().size),
            Some(finding) => Err(contradicted(&finding.to_string())),
        }
    }

    fn signed(
        &self,
        log: &Log,
        signed: Option<(&str, &str)>,
    ) -> Result<(SignedCheckpoint, VerifierKey)> {
        let (checkpoint, key) = match signed {
            Some((text, key)) => self.given(log, text, key)?,
            None => self.sign(log)?,
        };
        let key = key.parse().map_err(|_| unproved("it is no verifier key"))?;
        Ok((checkpoint, key))
    }
}

/// A witness: somebody outside the host who signs what the log was, once it continues what she
/// signed before.
pub struct Witness {
    name: String,
    key: SigningKey,
}

impl Witness {
    /// The witness whose key is in this file, which is made when it is not there.
    ///
    /// # Errors
    /// [`Code::Invalid`] when the name holds a space or a plus, or the file no key; what the
    /// system gives.
    pub fn open(name: &str, file: &Path, entropy: &dyn base::Entropy) -> Result<Self> {
        let key = SigningKey::of_file(file, entropy).map_err(system)?;
        let witness = Self {
            name: name.to_owned(),
            key,
        };
        witness.verifier_key()?;
        Ok(witness)
    }

    /// The key that verifies what this witness signs.
    ///
    /// # Errors
    /// [`Code::Invalid`] when the name holds a space or a plus.
    pub fn verifier_key(&self) -> Result<String> {
        Ok(journal::NoteSigner::verifier_key(&self.signer()?).to_string())
    }

    /// Signs a log's request, when it continues `last`, the checkpoint this witness signed last;
    /// the answer for the log. Keep the checkpoint of the request before handing it over.
    ///
    /// # Errors
    /// [`Code::Invalid`] with the reason: the log's key did not sign it, or the log was forked.
    pub fn answer(
        &self,
        request: &str,
        log_key: &str,
        last: Option<&str>,
        at: Instant,
    ) -> Result<String> {
        let key: VerifierKey = log_key
            .trim()
            .parse()
            .map_err(|_| unproved("the text is not a verifier key: name+id+key"))?;
        let request = WitnessRequest::open(request, &key);
        let request = request.map_err(|error| unproved(&error.to_string()))?;
        let last = match last {
            Some(text) => Some(checkpoint(text, &key)?),
            None => None,
        };
        request
            .cosign(last.as_ref(), &self.signer()?, at)
            .map_err(|error| unproved(&error.to_string()))
    }

    fn signer(&self) -> Result<VaultSigner<'_>> {
        VaultSigner::new(&self.name, Algorithm::CosignatureV1, &self.key)
            .map_err(|error| unproved(&error.to_string()))
    }
}

/// A signed checkpoint with the cosignatures that a witness's answer adds; when each signed.
///
/// # Errors
/// [`Code::Invalid`] when the log's key did not sign it, or none of the witnesses did.
pub fn with_cosignatures(
    signed: &str,
    log_key: &str,
    answer: &str,
    witnesses: &[&str],
) -> Result<(String, Vec<(String, Instant)>)> {
    let read = |text: &str| -> Result<VerifierKey> {
        let key = text.trim().parse();
        key.map_err(|_| unproved("the text is not a verifier key: name+id+key"))
    };
    let wrong = |error: journal::NoteError| unproved(&error.to_string());
    let signed = SignedCheckpoint::open(signed, &read(log_key)?).map_err(wrong)?;
    let keys: Vec<VerifierKey> = witnesses.iter().map(|it| read(it)).collect::<Result<_>>()?;
    let known: Vec<&VerifierKey> = keys.iter().collect();
    let cosigned = signed.with_cosignatures(answer, &known).map_err(wrong)?;
    let by = cosigned.cosignatures(&known).map_err(wrong)?;
    let by = by.iter().map(|it| (it.witness.name().to_owned(), it.at));
    Ok((cosigned.text().to_owned(), by.collect()))
}

fn checkpoint(text: &str, key: &VerifierKey) -> Result<Checkpoint> {
    let signed = SignedCheckpoint::open(text, key);
    let signed = signed.map_err(|error| unproved(&error.to_string()))?;
    Ok(signed.checkpoint().clone())
}

fn contradicted(why: &str) -> Error {
    Error::new(
        Code::OtherCopy,
        format!("the log does not continue what the folder holds: {why}"),
        "keep the folder, its checkpoint is evidence; export into an empty one",
    )
}

fn write(disk: &FolderDisk, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = format!("{name}.new");
    if let Some((folder, _)) = name.rsplit_once('/') {
        disk.create_folder(folder)?;
    }
    match disk.remove(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.open(&fresh, OpenMode::CreateNew)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    disk.rename(&fresh, name)
}

fn system(error: io::Error) -> Error {
    let hint = "check the folder or the file, and its permissions";
    Error::new(Code::Io, error.to_string(), hint)
}
