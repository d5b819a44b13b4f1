//! Proves that a table of functions is a key store like any other, and that nonsense from the
//! host is an error.

use super::{
    HostKms, KmsOptions, KmsStateView, LIASSE_FORGETTING_BEST_EFFORT, LIASSE_KMS_CONFLICT,
    LIASSE_KMS_CREATE, LIASSE_KMS_DAMAGED, LIASSE_KMS_NO_ROOT, LIASSE_KMS_NOT_WRAPPED_HERE,
    LIASSE_KMS_OK, LIASSE_KMS_OTHER_STORE, LIASSE_KMS_OTHER_WRITER, LIASSE_KMS_UNBOUND,
    LIASSE_KMS_UNREACHABLE, host,
};
use crate::id::Id;
use liasse::{
    Destruction, Epoch, Kms, KmsError, OsEntropy, Secret, SeededEntropy, Staging, StoreId, Use,
    Writer,
};
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use vault::KeyFile;
use vault::kms::conformance::conformance;

/// The host's side of the tests: a key file behind C functions.
unsafe fn file<'a>(user: *mut c_void) -> &'a KeyFile {
    // SAFETY: the tests pass a key file that lives until `release`.
    unsafe { &*user.cast::<KeyFile>() }
}

fn number<T>(answer: Result<T, KmsError>, put: impl FnOnce(T)) -> i32 {
    match answer {
        Ok(value) => {
            put(value);
            LIASSE_KMS_OK
        }
        Err(KmsError::OtherStore) => LIASSE_KMS_OTHER_STORE,
        Err(KmsError::Unbound) => LIASSE_KMS_UNBOUND,
        Err(KmsError::NoRoot { .. }) => LIASSE_KMS_NO_ROOT,
        Err(KmsError::Conflict { .. }) => LIASSE_KMS_CONFLICT,
        Err(KmsError::NotWrappedHere) => LIASSE_KMS_NOT_WRAPPED_HERE,
        Err(KmsError::Damaged { .. }) => LIASSE_KMS_DAMAGED,
        Err(KmsError::OtherWriter) => LIASSE_KMS_OTHER_WRITER,
        Err(_) => LIASSE_KMS_UNREACHABLE,
    }
}

unsafe extern "C" fn load(
    user: *mut c_void,
    store: *const Id,
    purpose: u32,
    state: *mut KmsStateView,
) -> i32 {
    // SAFETY: Liasse passes an id that lives during the call.
    let store = StoreId::from_bytes(unsafe { (*store).bytes });
    let purpose = if purpose == LIASSE_KMS_CREATE {
        Use::Create
    } else {
        Use::Open
    };
    // SAFETY: as `file` says.
    number(unsafe { file(user) }.load(store, purpose), |loaded| {
        // SAFETY: Liasse passes a state that lives during the call.
        let state = unsafe { &mut *state };
        assert_eq!(state.struct_size, size_of::<KmsStateView>());
        state.active = loaded.active.number();
        state.writer.bytes = *loaded.writer.as_bytes();
        state.next_staged = u32::from(loaded.next_staged);
        for (place, epoch) in state.retired.iter_mut().zip(&loaded.retired) {
            *place = epoch.number();
            state.retired_count += 1;
        }
    })
}

/// The writer behind a pointer of Liasse's.
unsafe fn writer(id: *const Id) -> Writer {
    // SAFETY: Liasse passes an id that lives during the call.
    Writer::from_bytes(unsafe { (*id).bytes })
}

unsafe extern "C" fn hand_over(user: *mut c_void, from: *const Id, to: *const Id) -> i32 {
    // SAFETY: as `writer` says.
    let from = unsafe { writer(from) };
    // SAFETY: as `writer` says.
    let to = unsafe { writer(to) };
    // SAFETY: as `file` says.
    number(unsafe { file(user) }.hand_over(from, to), |()| ())
}

unsafe extern "C" fn stage(
    user: *mut c_void,
    by: *const Id,
    next: u64,
    found: *mut u32,
    active: *mut u64,
) -> i32 {
    // SAFETY: as `writer` says.
    let by = unsafe { writer(by) };
    // SAFETY: as `file` says.
    let staged = unsafe { file(user) }.stage(by, Epoch::new(next), &OsEntropy);
    // SAFETY: Liasse passes a number that lives during the call.
    unsafe { *active = conflicting(&staged) };
    number(staged, |it| {
        // SAFETY: as before.
        unsafe { *found = u32::from(it == Staging::Found) };
    })
}

unsafe extern "C" fn activate(
    user: *mut c_void,
    by: *const Id,
    next: u64,
    active: *mut u64,
) -> i32 {
    // SAFETY: as `writer` says.
    let by = unsafe { writer(by) };
    // SAFETY: as `file` says.
    let activated = unsafe { file(user) }.activate(by, Epoch::new(next));
    // SAFETY: Liasse passes a number that lives during the call.
    unsafe { *active = conflicting(&activated) };
    number(activated, |()| ())
}

unsafe extern "C" fn destroy(
    user: *mut c_void,
    by: *const Id,
    epoch: u64,
    scheduled: *mut u32,
    active: *mut u64,
) -> i32 {
    // SAFETY: as `writer` says.
    let by = unsafe { writer(by) };
    // SAFETY: as `file` says.
    let destroyed = unsafe { file(user) }.destroy(by, Epoch::new(epoch), &OsEntropy);
    // SAFETY: Liasse passes a number that lives during the call.
    unsafe { *active = conflicting(&destroyed) };
    number(destroyed, |it| {
        // SAFETY: as before.
        unsafe { *scheduled = u32::from(it == Destruction::Scheduled) };
    })
}

fn conflicting<T>(answer: &Result<T, KmsError>) -> u64 {
    if let Err(KmsError::Conflict { active, .. }) = answer {
        active.number()
    } else {
        0
    }
}

unsafe extern "C" fn wrap(
    user: *mut c_void,
    epoch: u64,
    context: *const u8,
    context_length: usize,
    secret: *const u8,
    wrapped: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    // SAFETY: Liasse passes that many bytes.
    let context = unsafe { std::slice::from_raw_parts(context, context_length) };
    // SAFETY: Liasse passes 32 bytes.
    let secret = Secret::from_bytes(unsafe { &*secret.cast::<[u8; 32]>() });
    // SAFETY: as `file` says.
    let answer = unsafe { file(user) }.wrap(Epoch::new(epoch), context, &secret, &OsEntropy);
    number(answer, |bytes| {
        assert!(bytes.len() <= capacity);
        // SAFETY: Liasse gives room for that many bytes.
        unsafe { wrapped.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        // SAFETY: Liasse passes a number that lives during the call.
        unsafe { *length = bytes.len() };
    })
}

unsafe extern "C" fn unwrap(
    user: *mut c_void,
    epoch: u64,
    context: *const u8,
    context_length: usize,
    wrapped: *const u8,
    length: usize,
    secret: *mut u8,
) -> i32 {
    // SAFETY: Liasse passes that many bytes.
    let context = unsafe { std::slice::from_raw_parts(context, context_length) };
    // SAFETY: Liasse passes that many bytes.
    let wrapped = unsafe { std::slice::from_raw_parts(wrapped, length) };
    // SAFETY: as `file` says.
    let answer = unsafe { file(user) }.unwrap(Epoch::new(epoch), context, wrapped);
    // SAFETY: Liasse gives room for 32 bytes.
    number(answer, |opened| unsafe {
        *secret.cast() = *opened.expose();
    })
}

unsafe extern "C" fn release(user: *mut c_void) {
    // SAFETY: `table` made it from a box; it is released once.
    drop(unsafe { Box::from_raw(user.cast::<KeyFile>()) });
}

fn table(file: KeyFile) -> KmsOptions {
    KmsOptions {
        struct_size: size_of::<KmsOptions>(),
        user: Box::into_raw(Box::new(file)).cast(),
        forgetting: LIASSE_FORGETTING_BEST_EFFORT,
        reserved: 0,
        load: Some(load),
        hand_over: Some(hand_over),
        stage: Some(stage),
        activate: Some(activate),
        destroy: Some(destroy),
        wrap: Some(wrap),
        unwrap: Some(unwrap),
        release: Some(release),
    }
}

/// A table behind the trait, in a box as the suite wants it.
struct Boxed(Arc<dyn Kms>);

impl Kms for Boxed {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }
    fn forgetting(&self) -> liasse::Forgetting {
        self.0.forgetting()
    }
    fn load(&self, store: StoreId, purpose: Use) -> Result<liasse::KmsState, KmsError> {
        self.0.load(store, purpose)
    }
    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.0.hand_over(from, to)
    }
    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn liasse::Entropy,
    ) -> Result<Staging, KmsError> {
        self.0.stage(writer, next, entropy)
    }
    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.0.activate(writer, next)
    }
    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn liasse::Entropy,
    ) -> Result<Destruction, KmsError> {
        self.0.destroy(writer, epoch, entropy)
    }
    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn liasse::Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        self.0.wrap(epoch, context, secret, entropy)
    }
    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        self.0.unwrap(epoch, context, wrapped)
    }
}

#[test]
fn a_table_of_functions_does_what_every_key_store_must() {
    let folder = std::env::temp_dir().join(format!("liasse-c-kms-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("root.key");
    drop(KeyFile::create(&path, &OsEntropy).unwrap());
    let mut reopen = || -> Result<Box<dyn Kms>, KmsError> {
        let table = table(KeyFile::open(&path)?);
        // SAFETY: the table is complete and lives during the call.
        let kms = unsafe { host(&raw const table) };
        Ok(Box::new(Boxed(kms.ok().expect("the table is complete"))))
    };
    conformance(&mut reopen, &SeededEntropy::new(9)).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

static ANSWER: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn odd_load(
    _: *mut c_void,
    _: *const Id,
    _: u32,
    state: *mut KmsStateView,
) -> i32 {
    // SAFETY: Liasse passes a state that lives during the call.
    let state = unsafe { &mut *state };
    state.active = 3;
    match ANSWER.load(Ordering::Relaxed) {
        0 => state.active = 0,
        1 => state.next_staged = 2,
        2 => state.retired_count = 9,
        3 => (state.retired_count, state.retired[0]) = (1, 3),
        4 => state.retired_count = 1,
        5 => return 99,
        _ => {}
    }
    LIASSE_KMS_OK
}

unsafe extern "C" fn odd_wrap(
    _: *mut c_void,
    _: u64,
    _: *const u8,
    _: usize,
    _: *const u8,
    _: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    // SAFETY: Liasse passes a number that lives during the call.
    unsafe { *length = capacity + 1 };
    LIASSE_KMS_OK
}

#[test]
fn nonsense_from_the_host_is_an_error() {
    let options = KmsOptions {
        user: std::ptr::null_mut(),
        load: Some(odd_load),
        wrap: Some(odd_wrap),
        release: None,
        ..table_of_nothing()
    };
    // SAFETY: the table is complete and lives during the call.
    let kms = unsafe { host(&raw const options) }.ok().expect("complete");
    let store = StoreId::from_bytes([1; 16]);
    for answer in 0..6 {
        ANSWER.store(answer, Ordering::Relaxed);
        let loaded = kms.load(store, Use::Open);
        assert!(matches!(loaded, Err(KmsError::Damaged { .. })), "{answer}");
    }
    ANSWER.store(6, Ordering::Relaxed);
    assert!(kms.load(store, Use::Open).is_ok());
    let secret = Secret::from_bytes(&[7; 32]);
    let wrapped = kms.wrap(Epoch::FIRST, b"", &secret, &OsEntropy);
    assert!(matches!(wrapped, Err(KmsError::Damaged { .. })));
}

fn table_of_nothing() -> KmsOptions {
    KmsOptions {
        struct_size: size_of::<KmsOptions>(),
        user: std::ptr::null_mut(),
        forgetting: LIASSE_FORGETTING_BEST_EFFORT,
        reserved: 0,
        load: Some(load),
        hand_over: Some(hand_over),
        stage: Some(stage),
        activate: Some(activate),
        destroy: Some(destroy),
        wrap: Some(wrap),
        unwrap: Some(unwrap),
        release: None,
    }
}

#[test]
fn a_table_that_lacks_a_function_is_refused() {
    let mut options = table_of_nothing();
    options.unwrap = None;
    // SAFETY: the table lives during the call.
    assert!(unsafe { host(&raw const options) }.is_err());
    options.unwrap = Some(unwrap);
    options.forgetting = 0;
    // SAFETY: as before.
    assert!(unsafe { host(&raw const options) }.is_err());
}

#[test]
fn what_is_passed_on_may_be_used_from_any_thread() {
    const fn send<T: Send + Sync>() {}
    const { send::<HostKms>() }
}
