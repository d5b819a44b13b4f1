//! The journal: its tree, what a commit binds, and the traces.

use crate::keys::Grove;
use crate::reader::Reader;
use crate::seal::{Bytes32, derive, digest};
use ed25519_dalek::{Signature, SigningKey};
use sha2::{Digest, Sha256};

/// The log as its rows say it.
pub struct Log {
    /// Its entries, in order.
    pub entries: Vec<Vec<u8>>,
    /// The root of its tree.
    pub root: Bytes32,
    /// Its name.
    pub origin: String,
    /// The index of the newest commit entry.
    pub commit: u64,
}

/// What a commit's entry binds.
#[derive(Debug, PartialEq, Eq)]
pub struct Commit {
    /// The store.
    pub store: [u8; 16],
    /// The commit's number.
    pub sequence: u64,
    /// The root key's epoch.
    pub epoch: u64,
    /// The state root, the key tree's root, the manifest's digest, the policy's digest, and that
    /// of the sum of rows.
    pub digests: [Bytes32; 5],
}

/// What a trace tells, as far as it is the same for all acts.
#[derive(Debug)]
pub struct Trace {
    /// The number of its entry.
    pub entry: u64,
    /// When, in milliseconds.
    pub at: i64,
    /// Purpose and decision.
    pub purpose: [u8; 2],
    /// The dossier, if one.
    pub dossier: Option<[u8; 16]>,
    /// Actor, profession, speciality, structure and pack.
    pub who: Vec<String>,
    /// The kind of act.
    pub act: u8,
    /// The fields of the act, and zeroes behind them.
    pub fields: Vec<u8>,
    /// Query and motive, if words stand beside it.
    pub words: Option<(String, String)>,
}

impl Reader {
    /// The log, checked against its head, its peaks, its tiles, and the store's signature.
    ///
    /// # Errors
    /// When they do not agree.
    pub fn log(&self) -> Result<Log, String> {
        let rows = self.catalog.rows("journal_entry")?;
        let entries: Vec<Vec<u8>> = rows.into_iter().map(|(_, entry)| entry).collect();
        let head = self
            .catalog
            .row("journal_head", &[0])?
            .ok_or("no head of the log")?;
        let mut head = Bytes::new(&head);
        if head.u8()? != 1 || head.u64()? != entries.len() as u64 {
            return Err("the head is that of another log".to_owned());
        }
        let (commit, origin) = (head.u64()?, head.short()?);
        let leaves: Vec<_> = entries.iter().map(|entry| sha256(&[&[0], entry])).collect();
        if head.0 != peaks(&leaves).concat() {
            return Err("the peaks are those of another log".to_owned());
        }
        let root = root(&leaves);
        self.check_tiles(&leaves)?;
        self.check_signature(&origin, entries.len() as u64, root)?;
        Ok(Log {
            entries,
            root,
            origin,
            commit,
        })
    }

    fn check_tiles(&self, leaves: &[Bytes32]) -> Result<(), String> {
        let mut hashes = leaves.to_vec();
        let rows = self.catalog.rows("journal_tile")?;
        for level in 0.. {
            let tiles = rows.iter().filter(|(key, _)| key[0] == level);
            let kept: Vec<_> = tiles.flat_map(|(_, tile)| tile.clone()).collect();
            if kept != hashes.concat() {
                return Err(format!("the tiles of level {level} are of another log"));
            }
            if hashes.len() < 256 {
                return Ok(());
            }
            hashes = hashes.chunks_exact(256).map(root).collect();
        }
        Ok(())
    }

    fn check_signature(&self, origin: &str, size: u64, root: Bytes32) -> Result<(), String> {
        let row = self
            .catalog
            .row("journal_head", &[1])?
            .ok_or("no signature")?;
        let (version, signature) = row.split_first().ok_or("no signature")?;
        let signature = Signature::from_slice(signature).map_err(|error| error.to_string())?;
        let short = u8::try_from(origin.len()).expect("a short name");
        let said = [
            b"liasse log v1\n".as_slice(),
            &[short],
            origin.as_bytes(),
            &size.to_le_bytes(),
            &root,
        ];
        let key = self.signing_key()?.verifying_key();
        let verified = key.verify_strict(&said.concat(), &signature);
        verified.map_err(|error| format!("version {version}: {error}"))
    }

    fn signing_key(&self) -> Result<SigningKey, String> {
        let row = self
            .catalog
            .row("engine", b"signing")?
            .ok_or("no signing key")?;
        let (slot, sealed) = row.split_at(4);
        let slot = u32::from_le_bytes(slot.try_into().expect("4 bytes"));
        let place = self.place("engine", b"signing".to_vec(), 2, [0, 0]);
        let seed = place.open(&self.key(Grove::Units, slot)?, sealed)?;
        let seed = seed.try_into().map_err(|_| "a seed of another length")?;
        Ok(SigningKey::from_bytes(&seed))
    }

    /// The traces under an audit handle, and their words where a dossier's key is given.
    ///
    /// # Errors
    /// When one is not as the page says.
    pub fn traces(
        &self,
        log: &Log,
        handle: [u8; 16],
        audit_slot: u32,
        data_key: Option<&Bytes32>,
    ) -> Result<Vec<Trace>, String> {
        let patient = self.key(Grove::Audit, audit_slot)?;
        let of_handle = (0..).zip(&log.entries);
        let of_handle = of_handle.filter(|(_, entry)| entry[8..24] == handle);
        let mut traces = Vec::new();
        let mut previous = u64::MAX;
        for (index, entry) in of_handle {
            if entry[24..32] != previous.to_le_bytes() {
                return Err(format!("entry {index} does not follow {previous}"));
            }
            previous = index;
            traces.extend(self.trace(index, entry, &patient, data_key)?);
        }
        let chain = self.catalog.row("journal_chain", &handle)?;
        let chain = chain.ok_or("no chain of this handle")?;
        let number = previous.to_le_bytes();
        let sum = digest("liasse journal chain v1", &[&handle, &number]);
        if chain != [&number[..], &sum[..8]].concat() {
            return Err("the chain ends elsewhere".to_owned());
        }
        Ok(traces)
    }

    fn trace(
        &self,
        index: u64,
        entry: &[u8],
        patient: &Bytes32,
        data_key: Option<&Bytes32>,
    ) -> Result<Option<Trace>, String> {
        let mut parts = Bytes::new(&entry[32..]);
        let flags = entry[3];
        if flags & 1 != 0 {
            parts.long()?;
        }
        if flags & 2 == 0 {
            return Ok(None);
        }
        let sealed = parts.long()?;
        let hour = u32::from_le_bytes(entry[4..8].try_into().expect("4 bytes"));
        let slot = 134_217_727 - (month(hour) * 8 + u32::from(entry[2]));
        let period = self.key(Grove::Audit, slot)?;
        let period: Bytes32 = derive(&period, "liasse entry period v1", &[]);
        let key: Bytes32 = derive(patient, "liasse entry v1", &[&period]);
        let place = self.place("journal_trace", entry[..24].to_vec(), 0, [0, 0]);
        let plain = place
            .open(&key, sealed)
            .map_err(|what| format!("entry {index}: {what}"))?;
        let words = match (flags & 4, data_key) {
            (0, _) | (_, None) => None,
            (_, Some(data_key)) => {
                let row = [&entry[..24], &sealed[..24]].concat();
                let place = self.place("journal_words", row, 0, [0, 0]);
                let plain = place.open(data_key, parts.long()?)?;
                let mut plain = Bytes::new(&plain);
                plain.u8()?;
                Some((plain.long_text()?, plain.long_text()?))
            }
        };
        let mut plain = Bytes::new(&plain);
        plain.u8()?;
        let at = plain.u64()?.cast_signed();
        let purpose = [plain.u8()?, plain.u8()?];
        plain.take(1 + 16)?;
        let dossier = match plain.u8()? {
            0 => None,
            _ => plain.take(16)?.try_into().ok(),
        };
        let who = (0..5).map(|_| plain.short()).collect::<Result<_, _>>()?;
        let act = plain.u8()?;
        Ok(Some(Trace {
            entry: index,
            at,
            purpose,
            dossier,
            who,
            act,
            fields: plain.0.to_vec(),
            words,
        }))
    }
}

impl Log {
    /// What the newest commit binds.
    ///
    /// # Errors
    /// When its entry is not as the page says.
    pub fn newest_commit(&self) -> Result<Commit, String> {
        let at = usize::try_from(self.commit).map_err(|_| "no commit")?;
        let entry = self.entries.get(at).ok_or("no commit")?;
        if entry[..2] != [1, 14] || entry[3] != 1 {
            return Err(format!("entry {at} is no commit"));
        }
        let mut parts = Bytes::new(&entry[32..]);
        let mut fact = Bytes::new(parts.long()?);
        fact.u64()?;
        let store = fact.take(16)?.try_into().expect("16 bytes");
        let (sequence, epoch) = (fact.u64()?, fact.u64()?);
        fact.take(4)?;
        let mut digests = [[0; 32]; 5];
        for digest in &mut digests {
            *digest = fact.take(32)?.try_into().expect("32 bytes");
        }
        Ok(Commit {
            store,
            sequence,
            epoch,
            digests,
        })
    }
}

/// Months since January 1970, of hours since then.
fn month(hour: u32) -> u32 {
    let (mut days, mut month) = (hour / 24, 0);
    loop {
        let year = 1970 + month / 12;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month % 12 {
            1 if leap => 29,
            1 => 28,
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        };
        if days < length {
            return month;
        }
        days -= length;
        month += 1;
    }
}

fn sha256(parts: &[&[u8]]) -> Bytes32 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The root of a tree of RFC 6962.
fn root(leaves: &[Bytes32]) -> Bytes32 {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

/// The roots of the full subtrees, the largest first.
fn peaks(mut leaves: &[Bytes32]) -> Vec<Bytes32> {
    let mut peaks = Vec::new();
    while let Some(bit) = leaves.len().checked_ilog2() {
        let (full, rest) = leaves.split_at(1 << bit);
        peaks.push(root(full));
        leaves = rest;
    }
    peaks
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, bytes: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or("too short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, String> {
        self.take(1).map(|byte| byte[0])
    }

    fn u64(&mut self) -> Result<u64, String> {
        let bytes = self.take(8)?.try_into().expect("8 bytes");
        Ok(u64::from_le_bytes(bytes))
    }

    fn short(&mut self) -> Result<String, String> {
        let length = self.u8()?;
        let text = self.take(length.into())?.to_vec();
        String::from_utf8(text).map_err(|error| error.to_string())
    }

    fn long(&mut self) -> Result<&'a [u8], String> {
        let length = self.take(2)?;
        self.take(u16::from_le_bytes([length[0], length[1]]).into())
    }

    fn long_text(&mut self) -> Result<String, String> {
        String::from_utf8(self.long()?.to_vec()).map_err(|error| error.to_string())
    }
}
