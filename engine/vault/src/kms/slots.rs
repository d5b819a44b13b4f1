//! A file of two slots, each holding 32 secret bytes split over 128 kB.
//!
//! ```text
//! 0       state record A (4096)      the valid record with the larger sequence counts
//! 4096    state record B (4096)
//! 8192    slot 0 (128000, then zero to 131072)     epochs with an even number
//! 139264  slot 1 (128000, then zero to 131072)     epochs with an odd number
//! record  = "LIASSKEY" (8) | version u32 (2) | kind u32 | sequence u64 | bound u8 | zero (7) |
//!           store (16) | active epoch u64 | 2 x (present u8 | zero (7) | epoch u64) |
//!           extra (96) | writer (16) | zero | BLAKE3 of all before (32, at 4064)
//! slot    = 4000 stripes of 32 bytes: 3999 random ones, then secret xor the diffused others
//! ```
//! Version 1 had no writer: zeros there. See `docs/format.md`.
//! For: [`super::KeyFile`] and [`super::Passphrase`]. Invariants: a slot is
//! synced before the record that names it; a record is written over the older of the two; a
//! destroyed slot is overwritten and synced before the record that says so; losing any stripe of
//! a slot loses its secret; every change holds the file's lock and reads the state anew.

use super::{Destruction, Epoch, KmsError, KmsState, Staging, Use, Writer};
use crate::digest::digest;
use crate::owner;
use crate::secret::Secret;
use base::disk::{Disk, DiskFile, FolderDisk, OpenMode};
use base::{Cursor, Entropy, StoreId};
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

/// What a slot file's secrets are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotKind {
    /// The root keys themselves.
    Roots,
    /// Half of each root key; a passphrase gives the other.
    Halves,
}

/// A slot file.
pub(super) struct SlotFile {
    place: FilePlace,
    kind: SlotKind,
}

/// Where a slot file lies.
#[derive(Clone)]
pub(super) struct FilePlace {
    disk: Arc<dyn Disk>,
    name: String,
    /// As messages call it.
    shown: String,
}

impl FilePlace {
    /// A file of the system.
    pub(super) fn path(path: &Path) -> Self {
        let parent = path.parent();
        let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
        let name = path.file_name().unwrap_or_default();
        Self {
            disk: Arc::new(FolderDisk::new(parent.unwrap_or_else(|| Path::new(".")))),
            name: name.to_string_lossy().into_owned(),
            shown: path.display().to_string(),
        }
    }

    /// A file in the first folder of `disk`.
    pub(super) fn on(disk: Arc<dyn Disk>, name: &str) -> Self {
        let (name, shown) = (name.to_owned(), name.to_owned());
        Self { disk, name, shown }
    }
}

/// An open slot file, locked against other processes where there are any.
struct Locked {
    file: Arc<dyn DiskFile>,
    _lock: Option<File>,
}

#[derive(Clone)]
struct State {
    sequence: u64,
    store: Option<StoreId>,
    active: Epoch,
    slots: [Option<Epoch>; 2],
    extra: [u8; EXTRA_BYTES],
    writer: Writer,
}

impl SlotFile {
    /// Makes a file with a root of the first epoch, bound to no store yet.
    pub(super) fn create(
        place: FilePlace,
        kind: SlotKind,
        extra: [u8; EXTRA_BYTES],
        entropy: &dyn Entropy,
    ) -> Result<Self, KmsError> {
        let created = place.disk.open(&place.name, OpenMode::CreatePrivate);
        let file = created.map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                let path = place.shown.clone();
                KmsError::Exists { path }
            } else {
                environment(&error)
            }
        })?;
        let made = Self::fill_new(&*file, kind, extra, entropy).and_then(|()| {
            let synced = place.disk.sync_folder("");
            synced.map_err(|error| environment(&error))
        });
        if let Err(error) = made {
            // Nothing was ever wrapped under this file; leaving it would only be in the way.
            let _ = place.disk.remove(&place.name);
            return Err(error);
        }
        Ok(Self { place, kind })
    }

    /// Opens a file that exists, when nobody else may read it.
    pub(super) fn open(place: FilePlace, kind: SlotKind) -> Result<Self, KmsError> {
        let slots = Self { place, kind };
        slots.extra()?;
        Ok(slots)
    }

    /// Whether a file is one of this kind that no other store is bound to: as far as its length and
    /// its records tell, for which nothing is opened.
    pub(super) fn is_one(file: &dyn DiskFile, kind: SlotKind, store: StoreId) -> io::Result<bool> {
        if file.length()? != FILE_BYTES {
            return Ok(false);
        }
        let mut own = false;
        for at in [0, RECORD_BYTES as u64] {
            let mut record = [0; RECORD_BYTES];
            file.read_at(at, &mut record)?;
            let state = State::parse(&record, kind);
            own |= state.is_ok_and(|state| state.store.is_none_or(|bound| bound == store));
        }
        Ok(own)
    }

    pub(super) fn extra(&self) -> Result<[u8; EXTRA_BYTES], KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        Ok(self.state(file)?.extra)
    }

    pub(super) fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        let mut state = self.state(file)?;
        match (state.store, purpose) {
            (Some(bound), Use::Create | Use::Open) if bound == store => {}
            (Some(_), Use::Create | Use::Open) => return Err(KmsError::OtherStore),
            (None, Use::Open) => return Err(KmsError::Unbound),
            (None, Use::Create) => {
                state.store = Some(store);
                self.put_state(file, &mut state)?;
            }
        }
        Ok(KmsState {
            writer: state.writer,
            active: state.active,
            next_staged: state.holds(state.active.next()),
            retired: state
                .slots
                .into_iter()
                .flatten()
                .filter(|e| *e < state.active)
                .collect(),
        })
    }

    pub(super) fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        let mut state = self.state(file)?;
        if state.writer == to {
            return Ok(());
        }
        state.check(from)?;
        state.writer = to;
        self.put_state(file, &mut state)
    }

    pub(super) fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        let mut state = self.state(file)?;
        state.check(writer)?;
        if next != state.active.next() {
            return Err(KmsError::Conflict {
                active: state.active,
                asked: next,
            });
        }
        if state.holds(next) {
            return Ok(Staging::Found);
        }
        let slot = slot_of(next);
        if let Some(retired) = state.slots[slot] {
            destroy_slot(file, slot, entropy)?;
            debug_assert!(retired < state.active);
            state.slots[slot] = None;
            self.put_state(file, &mut state)?;
        }
        write_slot(file, slot, &Secret::random(entropy)?, entropy)?;
        state.slots[slot] = Some(next);
        self.put_state(file, &mut state)?;
        Ok(Staging::Fresh)
    }

    pub(super) fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        let mut state = self.state(file)?;
        state.check(writer)?;
        if next == state.active {
            return Ok(());
        }
        if next != state.active.next() {
            return Err(KmsError::Conflict {
                active: state.active,
                asked: next,
            });
        }
        if !state.holds(next) {
            return Err(KmsError::NoRoot { epoch: next });
        }
        state.active = next;
        self.put_state(file, &mut state)
    }

    pub(super) fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        let mut state = self.state(file)?;
        state.check(writer)?;
        if epoch >= state.active {
            return Err(KmsError::Conflict {
                active: state.active,
                asked: epoch,
            });
        }
        if state.holds(epoch) {
            let slot = slot_of(epoch);
            destroy_slot(file, slot, entropy)?;
            state.slots[slot] = None;
            self.put_state(file, &mut state)?;
        }
        Ok(Destruction::Done)
    }

    /// The secret of `epoch`.
    pub(super) fn secret(&self, epoch: Epoch) -> Result<Secret, KmsError> {
        let locked = self.file()?;
        let file = &*locked.file;
        if self.state(file)?.holds(epoch) {
            read_slot(file, slot_of(epoch))
        } else {
            Err(KmsError::NoRoot { epoch })
        }
    }

    fn fill_new(
        file: &dyn DiskFile,
        kind: SlotKind,
        extra: [u8; EXTRA_BYTES],
        entropy: &dyn Entropy,
    ) -> Result<(), KmsError> {
        file.set_length(FILE_BYTES)
            .map_err(|error| environment(&error))?;
        let slot = slot_of(Epoch::FIRST);
        write_slot(file, slot, &Secret::random(entropy)?, entropy)?;
        let mut slots = [None, None];
        slots[slot] = Some(Epoch::FIRST);
        let state = State {
            sequence: 0,
            store: None,
            active: Epoch::FIRST,
            slots,
            extra,
            writer: Writer::NOBODY,
        };
        write(file, &state.record(kind), 0)
    }

    fn file(&self) -> Result<Locked, KmsError> {
        let FilePlace { disk, name, shown } = &self.place;
        let system = |error: io::Error| environment(&error);
        let file = disk.open(name, OpenMode::Write).map_err(system)?;
        let lock = disk.lock_handle(name, OpenMode::Write).map_err(system)?;
        if let Some(lock) = &lock {
            let metadata = lock.metadata().map_err(system)?;
            let mode = owner::mode(&metadata);
            if mode & 0o077 != 0 {
                let path = shown.clone();
                return Err(KmsError::LoosePermissions { path, mode });
            }
        }
        if file.length().map_err(system)? != FILE_BYTES {
            return Err(KmsError::Damaged {
                what: "the file has not the length of a key file",
            });
        }
        if let Some(lock) = &lock {
            lock_in_time(lock, LOCK_WAIT)?;
        }
        Ok(Locked { file, _lock: lock })
    }

    fn state(&self, file: &dyn DiskFile) -> Result<State, KmsError> {
        let read = |at| {
            let mut record = [0; RECORD_BYTES];
            file.read_at(at, &mut record)
                .map_err(|error| environment(&error))?;
            State::parse(&record, self.kind)
        };
        match (read(0), read(RECORD_BYTES as u64)) {
            (Ok(a), Ok(b)) if a.sequence >= b.sequence => Ok(a),
            (Ok(_) | Err(KmsError::Damaged { .. }), Ok(b)) => Ok(b),
            (Ok(a), Err(KmsError::Damaged { .. })) => Ok(a),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    fn put_state(&self, file: &dyn DiskFile, state: &mut State) -> Result<(), KmsError> {
        state.sequence += 1;
        let at = (state.sequence % 2) * RECORD_BYTES as u64;
        write(file, &state.record(self.kind), at)
    }
}

impl State {
    fn check(&self, writer: Writer) -> Result<(), KmsError> {
        if self.writer == writer {
            Ok(())
        } else {
            Err(KmsError::OtherWriter)
        }
    }

    fn holds(&self, epoch: Epoch) -> bool {
        self.slots[slot_of(epoch)] == Some(epoch)
    }

    fn record(&self, kind: SlotKind) -> [u8; RECORD_BYTES] {
        let mut out = Vec::with_capacity(RECORD_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&kind.number().to_le_bytes());
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&[u8::from(self.store.is_some()), 0, 0, 0, 0, 0, 0, 0]);
        out.extend_from_slice(
            self.store
                .map_or([0; 16], |store| *store.as_bytes())
                .as_slice(),
        );
        out.extend_from_slice(&self.active.number().to_le_bytes());
        for slot in self.slots {
            out.extend_from_slice(&[u8::from(slot.is_some()), 0, 0, 0, 0, 0, 0, 0]);
            out.extend_from_slice(&slot.map_or(0, Epoch::number).to_le_bytes());
        }
        out.extend_from_slice(&self.extra);
        out.extend_from_slice(self.writer.as_bytes());
        out.resize(CHECK_AT, 0);
        let check = digest(CHECK_DOMAIN, &[&out]);
        let mut record = [0; RECORD_BYTES];
        record[..CHECK_AT].copy_from_slice(&out);
        record[CHECK_AT..].copy_from_slice(check.as_bytes());
        record
    }

    fn parse(record: &[u8; RECORD_BYTES], kind: SlotKind) -> Result<Self, KmsError> {
        let (body, check) = record.split_at(CHECK_AT);
        if digest(CHECK_DOMAIN, &[body]).as_bytes() != check {
            return Err(KmsError::Damaged {
                what: "a state record fails its check",
            });
        }
        let short = |_| KmsError::UnknownVersion;
        let mut cursor = Cursor::new(body);
        if cursor.take(MAGIC.len()).map_err(short)? != MAGIC
            || !VERSIONS.contains(&cursor.u32().map_err(short)?)
        {
            return Err(KmsError::UnknownVersion);
        }
        if cursor.u32().map_err(short)? != kind.number() {
            return Err(KmsError::Damaged {
                what: "it is key material of another kind",
            });
        }
        let sequence = cursor.u64().map_err(short)?;
        let bound = flag(&mut cursor)?;
        let store = StoreId::from_bytes(cursor.array().map_err(short)?);
        let active = Epoch::new(cursor.u64().map_err(short)?);
        let mut slot = || {
            let present = flag(&mut cursor)?;
            let epoch = Epoch::new(cursor.u64().map_err(short)?);
            Ok::<_, KmsError>(present.then_some(epoch))
        };
        let slots = [slot()?, slot()?];
        let extra = cursor.array().map_err(short)?;
        let writer = Writer::from_bytes(cursor.array().map_err(short)?);
        Ok(Self {
            sequence,
            store: bound.then_some(store),
            active,
            slots,
            extra,
            writer,
        })
    }
}

impl SlotKind {
    const fn number(self) -> u32 {
        match self {
            Self::Roots => 1,
            Self::Halves => 2,
        }
    }
}

/// Whether these bytes are a state record of a key file.
pub(crate) fn probe_record(bytes: &[u8]) -> bool {
    bytes
        .first_chunk()
        .is_some_and(|record| State::parse(record, SlotKind::Roots).is_ok())
}

/// A state record as a new key file has it.
#[cfg(test)]
pub(crate) fn probe_record_seed() -> Vec<u8> {
    let slots = [None, Some(Epoch::FIRST)];
    let extra = [0; EXTRA_BYTES];
    let state = State {
        sequence: 0,
        store: None,
        active: Epoch::FIRST,
        slots,
        extra,
        writer: Writer::NOBODY,
    };
    state.record(SlotKind::Roots).to_vec()
}

fn flag(cursor: &mut Cursor<'_>) -> Result<bool, KmsError> {
    match cursor.u64().map_err(|_| KmsError::UnknownVersion)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(KmsError::UnknownVersion),
    }
}

fn slot_of(epoch: Epoch) -> usize {
    usize::from(epoch.number() % 2 == 1)
}

fn slot_at(slot: usize) -> u64 {
    2 * RECORD_BYTES as u64 + slot as u64 * SLOT_BYTES as u64
}

fn write_slot(
    file: &dyn DiskFile,
    slot: usize,
    secret: &Secret,
    entropy: &dyn Entropy,
) -> Result<(), KmsError> {
    let mut stripes = Zeroizing::new(vec![0_u8; STRIPES * STRIPE_BYTES]);
    let (random, last) = stripes.split_at_mut((STRIPES - 1) * STRIPE_BYTES);
    entropy.fill(random)?;
    let mask = diffuse(random);
    for ((out, mask), byte) in last.iter_mut().zip(mask.iter()).zip(secret.expose()) {
        *out = mask ^ byte;
    }
    write(file, &stripes, slot_at(slot))
}

fn read_slot(file: &dyn DiskFile, slot: usize) -> Result<Secret, KmsError> {
    let mut stripes = Zeroizing::new(vec![0_u8; STRIPES * STRIPE_BYTES]);
    file.read_at(slot_at(slot), &mut stripes)
        .map_err(|error| environment(&error))?;
    Ok(join_stripes(&stripes))
}

/// The secret that the stripes of a slot hold.
pub(crate) fn join_stripes(stripes: &[u8]) -> Secret {
    let (random, last) = stripes.split_at((STRIPES - 1) * STRIPE_BYTES);
    let mask = diffuse(random);
    let mut secret = Secret::zero();
    for ((out, mask), byte) in secret.bytes_mut().iter_mut().zip(mask.iter()).zip(last) {
        *out = mask ^ byte;
    }
    secret
}

/// Overwrites the slot with random bytes and waits for the disk.
fn destroy_slot(file: &dyn DiskFile, slot: usize, entropy: &dyn Entropy) -> Result<(), KmsError> {
    let mut noise = vec![0_u8; SLOT_BYTES];
    entropy.fill(&mut noise)?;
    write(file, &noise, slot_at(slot))
}

/// Hashes all stripes together: 32 bytes that depend on every bit of them.
fn diffuse(random: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(*digest(DIFFUSE_DOMAIN, &[random]).as_bytes())
}

fn write(file: &dyn DiskFile, bytes: &[u8], at: u64) -> Result<(), KmsError> {
    file.write_at(at, bytes)
        .and_then(|()| file.sync())
        .map_err(|error| environment(&error))
}

fn environment(error: &io::Error) -> KmsError {
    KmsError::Environment {
        what: error.to_string(),
    }
}

/// Locks a key file that another process may hold, or a file system that hangs may keep.
fn lock_in_time(file: &File, wait: Duration) -> Result<(), KmsError> {
    let system = |error: io::Error| environment(&error);
    match file.try_lock() {
        Ok(()) => return Ok(()),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(system(error)),
    }
    // The lock is the open file's: whichever handle asks. When it is given up, a lock that comes
    // later ends with the last handle.
    let asked = file.try_clone().map_err(system)?;
    let (tell, told) = sync_channel(1);
    let waiting = move || tell.send(asked.lock()).is_ok();
    let thread = thread::Builder::new().name("liasse-lock".to_owned());
    thread.spawn(waiting).map_err(system)?;
    match told.recv_timeout(wait) {
        Ok(locked) => locked.map_err(system),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            Err(KmsError::Unreachable {
                what: "another process holds the key file".to_owned(),
            })
        }
    }
}

pub(super) const EXTRA_BYTES: usize = 96;
const MAGIC: &[u8; 8] = b"LIASSKEY";
const VERSION: u32 = 2;
const VERSIONS: [u32; 2] = [1, VERSION];
/// How long a key file is waited for; as long as a host's KMS unless its options say otherwise.
const LOCK_WAIT: Duration = Duration::from_secs(30);
const RECORD_BYTES: usize = 4096;
const CHECK_AT: usize = RECORD_BYTES - 32;
const STRIPES: usize = 4000;
const STRIPE_BYTES: usize = 32;
const SLOT_BYTES: usize = 128 << 10;
const FILE_BYTES: u64 = 2 * RECORD_BYTES as u64 + 2 * SLOT_BYTES as u64;
const CHECK_DOMAIN: &str = "liasse key file record v1";
const DIFFUSE_DOMAIN: &str = "liasse key file slot v1";

const _: () = assert!(STRIPES * STRIPE_BYTES <= SLOT_BYTES);
const _: () = assert!(FILE_BYTES == 270_336);

#[cfg(test)]
mod tests;
