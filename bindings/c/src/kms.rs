//! The host's own key store, as a table of functions.
//!
//! Invariants: what a function answers is checked before it is believed; a number that is none of
//! the constants is a failure; key bytes that pass through are wiped.

#![allow(unsafe_code, reason = "calls functions of the host's")]

use crate::callback;
use crate::error::Fault;
use crate::id::Id;
use crate::input::{self, Options};
use liasse::{
    Destruction, Entropy, Epoch, Forgetting, Kms, KmsError, KmsState, Secret, Staging, StoreId,
    Use, Writer,
};
use std::ffi::c_void;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A function of a key store did what it should.
pub const LIASSE_KMS_OK: i32 = 0;
/// It does not answer now; trying again may help.
pub const LIASSE_KMS_UNREACHABLE: i32 = 1;
/// Its keys belong to another store.
pub const LIASSE_KMS_OTHER_STORE: i32 = 2;
/// It serves no store yet, so it cannot open one.
pub const LIASSE_KMS_UNBOUND: i32 = 3;
/// It has no root key of that epoch.
pub const LIASSE_KMS_NO_ROOT: i32 = 4;
/// The epoch asked for does not follow from the active one.
pub const LIASSE_KMS_CONFLICT: i32 = 5;
/// What was wrapped does not unwrap.
pub const LIASSE_KMS_NOT_WRAPPED_HERE: i32 = 6;
/// Its key material is damaged.
pub const LIASSE_KMS_DAMAGED: i32 = 7;

/// Another copy of the store was opened for writing since.
pub const LIASSE_KMS_OTHER_WRITER: i32 = 8;

/// A key store is asked for a new store, to which it binds itself when it serves none.
pub const LIASSE_KMS_CREATE: u32 = 1;
/// A key store is asked for a store that exists, to which it must be bound.
pub const LIASSE_KMS_OPEN: u32 = 2;

/// A destroyed root key existed in hardware or in a service that destroys it.
pub const LIASSE_FORGETTING_REAL: u32 = 1;
/// A destroyed root key was overwritten in a file, which a disk may keep all the same.
pub const LIASSE_FORGETTING_BEST_EFFORT: u32 = 2;
/// A root key can be made again from what somebody knows: destroying it erases nothing.
pub const LIASSE_FORGETTING_NEVER: u32 = 3;

/// What a key store holds for one store. A later version may add fields behind the last:
/// struct_size says how many bytes this library reads.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KmsStateView {
    /// How many bytes of this struct the library has room for; it sets it.
    pub struct_size: usize,
    /// The epoch whose root key is in use; the first is 1.
    pub active: u64,
    /// 1 when the root key of the next epoch is there already, else 0.
    pub next_staged: u32,
    /// How many of retired are set.
    pub retired_count: u32,
    /// Epochs below active whose root keys still exist, in order.
    pub retired: [u64; 8],
    /// Who may change the root keys; zeroes at first.
    pub writer: Id,
}

/// A key store of the program's own, which keeps root keys, each known by its epoch. A call that
/// answers LIASSE_E_POINTER or a number below it has not taken the table, LIASSE_E_PANIC apart;
/// any other has, and then what user points to stays until release is called. Every function
/// returns LIASSE_KMS_OK or another LIASSE_KMS_*; with LIASSE_KMS_CONFLICT it sets active to the
/// epoch that is. stage, activate and destroy answer LIASSE_KMS_OTHER_WRITER to a writer that is
/// not the one that hand_over named last. Every one may be called again after a crash: a repeated
/// call changes nothing. One is called at a time, from any thread; one that has not returned
/// within kms_deadline_ms counts as unreachable.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KmsOptions {
    /// sizeof(liasse_kms).
    pub struct_size: usize,
    /// Passed to every function.
    pub user: *mut c_void,
    /// What destroying a root key here is worth: one of LIASSE_FORGETTING_*.
    pub forgetting: u32,
    /// Zero.
    pub reserved: u32,
    /// Says what is held for a store; purpose is LIASSE_KMS_CREATE or LIASSE_KMS_OPEN. state comes
    /// zeroed, but for its struct_size.
    pub load: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            store: *const Id,
            purpose: u32,
            state: *mut KmsStateView,
        ) -> i32,
    >,
    /// Makes to the writer in the place of from, by comparing and setting at once; with to the
    /// writer already, changes nothing. LIASSE_KMS_OTHER_WRITER when it is neither.
    pub hand_over:
        Option<unsafe extern "C" fn(user: *mut c_void, from: *const Id, to: *const Id) -> i32>,
    /// Makes the root key of next, the epoch after the active one, unless it is there; sets found
    /// to 1 when it was there.
    pub stage: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            writer: *const Id,
            next: u64,
            found: *mut u32,
            active: *mut u64,
        ) -> i32,
    >,
    /// Makes next the active epoch.
    pub activate: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            writer: *const Id,
            next: u64,
            active: *mut u64,
        ) -> i32,
    >,
    /// Destroys the root key of an epoch below the active one; sets scheduled to 1 when it will be
    /// destroyed later.
    pub destroy: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            writer: *const Id,
            epoch: u64,
            scheduled: *mut u32,
            active: *mut u64,
        ) -> i32,
    >,
    /// Wraps the 32 bytes of secret under the root key of epoch, bound to context: writes at most
    /// capacity bytes to wrapped and sets length. Wipes its own copies of the secret.
    pub wrap: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            epoch: u64,
            context: *const u8,
            context_length: usize,
            secret: *const u8,
            wrapped: *mut u8,
            capacity: usize,
            length: *mut usize,
        ) -> i32,
    >,
    /// Unwraps what wrap made under the same epoch and context: writes 32 bytes to secret.
    pub unwrap: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            epoch: u64,
            context: *const u8,
            context_length: usize,
            wrapped: *const u8,
            length: usize,
            secret: *mut u8,
        ) -> i32,
    >,
    /// Called once for each call that took the table, when no other function will be called any
    /// more: when the engine is closed, whatever of it is still held; when the call fails or
    /// needs an engine no longer than it lasts; in each case before the call returns. Where a
    /// function did not return in time, once it has. May be NULL.
    pub release: Option<unsafe extern "C" fn(user: *mut c_void)>,
}

// SAFETY: `repr(C)`, a size, a pointer, two halves and pointers to functions; zeroes are a size,
// NULLs and numbers; no padding at the end.
unsafe impl Options for KmsOptions {
    const NAME: &'static str = "kms";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// The key store that a table stands for.
///
/// # Safety
/// Rule 4 of the header for the table, rule 6 for its functions.
pub(crate) unsafe fn host(given: *const KmsOptions) -> Result<Arc<dyn Kms>, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let given = unsafe { input::options(given) }?;
    let forgetting = match given.forgetting {
        LIASSE_FORGETTING_REAL => Forgetting::Real,
        LIASSE_FORGETTING_BEST_EFFORT => Forgetting::BestEffort,
        LIASSE_FORGETTING_NEVER => Forgetting::Never,
        _ => return Err(Fault::value("kms.forgetting")),
    };
    let functions = Functions {
        load: given.load.ok_or_else(|| Fault::pointer("kms.load"))?,
        hand_over: given
            .hand_over
            .ok_or_else(|| Fault::pointer("kms.hand_over"))?,
        stage: given.stage.ok_or_else(|| Fault::pointer("kms.stage"))?,
        activate: given
            .activate
            .ok_or_else(|| Fault::pointer("kms.activate"))?,
        destroy: given.destroy.ok_or_else(|| Fault::pointer("kms.destroy"))?,
        wrap: given.wrap.ok_or_else(|| Fault::pointer("kms.wrap"))?,
        unwrap: given.unwrap.ok_or_else(|| Fault::pointer("kms.unwrap"))?,
    };
    Ok(Arc::new(HostKms {
        user: given.user,
        forgetting,
        functions,
        release: given.release,
    }))
}

/// A key store of the host's.
struct HostKms {
    user: *mut c_void,
    forgetting: Forgetting,
    functions: Functions,
    release: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Functions {
    load: unsafe extern "C" fn(*mut c_void, *const Id, u32, *mut KmsStateView) -> i32,
    hand_over: unsafe extern "C" fn(*mut c_void, *const Id, *const Id) -> i32,
    stage: unsafe extern "C" fn(*mut c_void, *const Id, u64, *mut u32, *mut u64) -> i32,
    activate: unsafe extern "C" fn(*mut c_void, *const Id, u64, *mut u64) -> i32,
    destroy: unsafe extern "C" fn(*mut c_void, *const Id, u64, *mut u32, *mut u64) -> i32,
    wrap: unsafe extern "C" fn(
        *mut c_void,
        u64,
        *const u8,
        usize,
        *const u8,
        *mut u8,
        usize,
        *mut usize,
    ) -> i32,
    unwrap:
        unsafe extern "C" fn(*mut c_void, u64, *const u8, usize, *const u8, usize, *mut u8) -> i32,
}

// SAFETY: the host promises that any thread may call its functions with its pointer; Liasse only
// passes the pointer on, from one thread at a time.
unsafe impl Send for HostKms {}
// SAFETY: as above.
unsafe impl Sync for HostKms {}

impl Drop for HostKms {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the host's function, called once with its own pointer; nobody else has the
            // table any more.
            callback::run(|| unsafe { release(self.user) });
        }
    }
}

impl Kms for HostKms {
    fn kind(&self) -> &'static str {
        "the program's own key store"
    }

    fn forgetting(&self) -> Forgetting {
        self.forgetting
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        let store = Id {
            bytes: *store.as_bytes(),
        };
        let purpose = match purpose {
            Use::Create => LIASSE_KMS_CREATE,
            Use::Open => LIASSE_KMS_OPEN,
        };
        let mut state = KmsStateView {
            struct_size: size_of::<KmsStateView>(),
            active: 0,
            next_staged: 0,
            retired_count: 0,
            retired: [0; 8],
            writer: Id { bytes: [0; 16] },
        };
        let (load, user) = (self.functions.load, self.user);
        // SAFETY: the host's function with its own pointer; the others are ours and live.
        let code =
            callback::run(|| unsafe { load(user, &raw const store, purpose, &raw mut state) });
        answered(code, Epoch::FIRST, 0)?;
        let retired = usize::try_from(state.retired_count).ok();
        let retired = retired.and_then(|count| state.retired.get(..count));
        let retired = retired.ok_or(NONSENSE)?;
        if state.active == 0 || state.next_staged > 1 {
            return Err(NONSENSE);
        }
        let below = retired.iter().chain([&state.active]);
        if !below.is_sorted_by(|one, next| one < next) || retired.first() == Some(&0) {
            return Err(NONSENSE);
        }
        Ok(KmsState {
            active: Epoch::new(state.active),
            next_staged: state.next_staged == 1,
            writer: Writer::from_bytes(state.writer.bytes),
            retired: retired.iter().map(|epoch| Epoch::new(*epoch)).collect(),
        })
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        let (from, to) = (id(from), id(to));
        let (hand_over, user) = (self.functions.hand_over, self.user);
        // SAFETY: the host's function with its own pointer; the others are ours and live.
        let code = callback::run(|| unsafe { hand_over(user, &raw const from, &raw const to) });
        answered(code, Epoch::FIRST, 0)
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        _entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        let writer = id(writer);
        let (mut found, mut active) = (0, 0);
        let (stage, user) = (self.functions.stage, self.user);
        let code = callback::run(|| {
            // SAFETY: the host's function with its own pointer; the others are ours and live.
            unsafe {
                stage(
                    user,
                    &raw const writer,
                    next.number(),
                    &raw mut found,
                    &raw mut active,
                )
            }
        });
        answered(code, next, active)?;
        match found {
            0 => Ok(Staging::Fresh),
            1 => Ok(Staging::Found),
            _ => Err(NONSENSE),
        }
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        let writer = id(writer);
        let mut active = 0;
        let (activate, user) = (self.functions.activate, self.user);
        let code = callback::run(|| {
            // SAFETY: the host's function with its own pointer; the others are ours and live.
            unsafe { activate(user, &raw const writer, next.number(), &raw mut active) }
        });
        answered(code, next, active)
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        _entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        let writer = id(writer);
        let (mut scheduled, mut active) = (0, 0);
        let (destroy, user) = (self.functions.destroy, self.user);
        let code = callback::run(|| {
            // SAFETY: the host's function with its own pointer; the others are ours and live.
            unsafe {
                destroy(
                    user,
                    &raw const writer,
                    epoch.number(),
                    &raw mut scheduled,
                    &raw mut active,
                )
            }
        });
        answered(code, epoch, active)?;
        match scheduled {
            0 => Ok(Destruction::Done),
            1 => Ok(Destruction::Scheduled),
            _ => Err(NONSENSE),
        }
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        _entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        let mut wrapped = vec![0; WRAPPED_BYTES_MAX];
        let mut length = 0;
        let (wrap, user) = (self.functions.wrap, self.user);
        let to = wrapped.as_mut_ptr();
        let code = callback::run(|| {
            // SAFETY: the host's function with its own pointer; the others are ours, live, and as
            // long as we say.
            unsafe {
                wrap(
                    user,
                    epoch.number(),
                    context.as_ptr(),
                    context.len(),
                    secret.expose().as_ptr(),
                    to,
                    WRAPPED_BYTES_MAX,
                    &raw mut length,
                )
            }
        });
        answered(code, epoch, 0)?;
        if length == 0 || length > WRAPPED_BYTES_MAX {
            return Err(NONSENSE);
        }
        wrapped.truncate(length);
        Ok(wrapped)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        let mut secret = Zeroizing::new([0; 32]);
        let (unwrap, user) = (self.functions.unwrap, self.user);
        let to = secret.as_mut_ptr();
        let code = callback::run(|| {
            // SAFETY: the host's function with its own pointer; the others are ours, live, and as
            // long as we say.
            unsafe {
                unwrap(
                    user,
                    epoch.number(),
                    context.as_ptr(),
                    context.len(),
                    wrapped.as_ptr(),
                    wrapped.len(),
                    to,
                )
            }
        });
        answered(code, epoch, 0)?;
        Ok(Secret::from_bytes(&secret))
    }
}

fn id(writer: Writer) -> Id {
    Id {
        bytes: *writer.as_bytes(),
    }
}

/// What a number of the host's means.
fn answered(code: i32, epoch: Epoch, active: u64) -> Result<(), KmsError> {
    Err(match code {
        LIASSE_KMS_OK => return Ok(()),
        LIASSE_KMS_UNREACHABLE => KmsError::Unreachable {
            what: "the program says so".to_owned(),
        },
        LIASSE_KMS_OTHER_STORE => KmsError::OtherStore,
        LIASSE_KMS_UNBOUND => KmsError::Unbound,
        LIASSE_KMS_NO_ROOT => KmsError::NoRoot { epoch },
        LIASSE_KMS_CONFLICT => KmsError::Conflict {
            active: Epoch::new(active),
            asked: epoch,
        },
        LIASSE_KMS_NOT_WRAPPED_HERE => KmsError::NotWrappedHere,
        LIASSE_KMS_OTHER_WRITER => KmsError::OtherWriter,
        LIASSE_KMS_DAMAGED => KmsError::Damaged {
            what: "the program says so",
        },
        _ => NONSENSE,
    })
}

/// A function of the host's answered what no key store can.
const NONSENSE: KmsError = KmsError::Damaged {
    what: "the program's key store answered what it cannot",
};
/// The longest wrapping of 32 bytes.
const WRAPPED_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;
