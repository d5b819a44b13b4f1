//! Proves that five answers of a service of named secrets are a whole KMS: also when a process
//! ends at any of them, when two write at once, and when a secret is damaged.

use super::{Named, NamedSecrets};
use crate::kms::conformance::conformance;
use crate::kms::{Destruction, Epoch, Forgetting, Kms, KmsError, Staging, Use, Writer};
use crate::secret::Secret;
use base::{OsEntropy, StoreId};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A service in memory that stops answering after so many calls that change it.
#[derive(Clone, Default)]
struct Shelf {
    secrets: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    calls: Arc<AtomicUsize>,
    ends_at: Arc<AtomicUsize>,
    /// Another writer is faster at this call.
    raced_at: Arc<AtomicUsize>,
}

impl Shelf {
    /// Counts a call; whether its answer is lost.
    fn call(&self) -> usize {
        self.calls.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn answer<T>(&self, number: usize, value: T) -> Result<T, KmsError> {
        let what = "planted".to_owned();
        if number == self.ends_at.load(Ordering::SeqCst) {
            return Err(KmsError::Unreachable { what });
        }
        Ok(value)
    }
}

impl NamedSecrets for Shelf {
    fn kind(&self) -> &'static str {
        "shelf"
    }
    fn forgetting(&self) -> Forgetting {
        Forgetting::Real
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KmsError> {
        Ok(self.secrets.lock().unwrap().get(name).cloned())
    }
    fn replace(&self, name: &str, before: Option<&[u8]>, secret: &[u8]) -> Result<bool, KmsError> {
        let number = self.call();
        let mut secrets = self.secrets.lock().unwrap();
        if number == self.raced_at.load(Ordering::SeqCst) {
            let state = secrets.get_mut("state").unwrap();
            state[16..32].fill(9);
        }
        let same = secrets.get(name).map(Vec::as_slice) == before;
        if same {
            secrets.insert(name.to_owned(), secret.to_vec());
        }
        self.answer(number, same)
    }
    fn destroy(&self, name: &str) -> Result<Destruction, KmsError> {
        let number = self.call();
        self.secrets.lock().unwrap().remove(name);
        self.answer(number, Destruction::Done)
    }
}

/// Makes a call again until it is answered, as a process does that comes after one that ended.
fn again<T>(mut call: impl FnMut() -> Result<T, KmsError>) -> T {
    for _ in 0..3 {
        match call() {
            Err(KmsError::Unreachable { .. }) => {}
            other => return other.unwrap(),
        }
    }
    panic!("it never answers");
}

#[test]
fn named_secrets_conform() {
    let shelf = Shelf::default();
    let mut reopen = || Ok(Box::new(Named(shelf.clone())) as Box<dyn Kms>);
    conformance(&mut reopen, &OsEntropy).unwrap();
    let secrets = shelf.secrets.lock().unwrap();
    let names: Vec<_> = secrets.keys().map(String::as_str).collect();
    assert_eq!(names, ["root-4", "state"], "no older root is left");
}

/// A life of two epochs, cut at each call that changes the service and begun again there: the
/// wraps open, and no older root is left.
#[test]
fn named_secrets_cut_short_at_any_call_go_on() {
    let mut cut = 0;
    loop {
        cut += 1;
        let shelf = Shelf::default();
        shelf.ends_at.store(cut, Ordering::SeqCst);
        let kms = || Named(shelf.clone());
        let store = StoreId::random(&OsEntropy).unwrap();
        let secret = Secret::random(&OsEntropy).unwrap();
        again(|| kms().load(store, Use::Create));
        let wrapped = kms().wrap(Epoch::FIRST, b"x", &secret, &OsEntropy).unwrap();
        assert!(kms().unwrap(Epoch::FIRST, b"x", &wrapped).is_ok());
        let writer = Writer::from_bytes([5; 16]);
        again(|| kms().hand_over(Writer::NOBODY, writer));
        let next = Epoch::FIRST.next();
        again(|| kms().stage(writer, next, &OsEntropy));
        let found = again(|| kms().stage(writer, next, &OsEntropy));
        assert_eq!(found, Staging::Found, "cut at {cut}");
        let wrapped = kms().wrap(next, b"x", &secret, &OsEntropy).unwrap();
        again(|| kms().activate(writer, next));
        again(|| kms().destroy(writer, Epoch::FIRST, &OsEntropy));
        let state = kms().load(store, Use::Open).unwrap();
        assert_eq!((state.active, state.writer), (next, writer), "cut at {cut}");
        assert!(
            state.retired.is_empty() && !state.next_staged,
            "cut at {cut}"
        );
        let opened = kms().unwrap(next, b"x", &wrapped).unwrap();
        assert!(opened.expose() == secret.expose(), "cut at {cut}");
        if shelf.calls.load(Ordering::SeqCst) < cut {
            break;
        }
    }
    assert!(cut > 6, "{cut}");
}

/// Between looking and writing another becomes the writer: nothing of the first is done.
#[test]
fn of_two_writers_of_named_secrets_the_slower_changes_nothing() {
    let writer = Writer::from_bytes([5; 16]);
    let next = Epoch::FIRST.next();
    for act in 0..2 {
        let shelf = Shelf::default();
        let kms = Named(shelf.clone());
        let store = StoreId::random(&OsEntropy).unwrap();
        kms.load(store, Use::Create).unwrap();
        kms.hand_over(Writer::NOBODY, writer).unwrap();
        kms.stage(writer, next, &OsEntropy).unwrap();
        let race = shelf.calls.load(Ordering::SeqCst) + 1;
        shelf.raced_at.store(race, Ordering::SeqCst);
        let told = match act {
            0 => kms.activate(writer, next),
            _ => kms.hand_over(writer, Writer::from_bytes([6; 16])),
        };
        assert_eq!(told, Err(KmsError::OtherWriter));
        let state = kms.load(store, Use::Open).unwrap();
        assert_eq!(state.active, Epoch::FIRST);
        assert_eq!(state.writer, Writer::from_bytes([9; 16]));
    }
}

#[test]
fn a_damaged_secret_is_told() {
    let shelf = Shelf::default();
    let kms = Named(shelf.clone());
    let store = StoreId::random(&OsEntropy).unwrap();
    kms.load(store, Use::Create).unwrap();
    let set = |name: &str, bytes: &[u8]| {
        let mut secrets = shelf.secrets.lock().unwrap();
        secrets.insert(name.to_owned(), bytes.to_vec())
    };
    set("root-1", &[1; 31]);
    let told = kms.wrap(
        Epoch::FIRST,
        b"x",
        &Secret::from_bytes(&[1; 32]),
        &OsEntropy,
    );
    assert!(matches!(told, Err(KmsError::Damaged { .. })), "{told:?}");
    let whole = set("state", &[]).unwrap();
    for length in 0..whole.len() {
        set("state", &whole[..length]);
        let told = kms.load(store, Use::Open);
        assert!(matches!(told, Err(KmsError::Damaged { .. })), "{told:?}");
    }
    set("state", &[whole.as_slice(), &[0]].concat());
    assert!(kms.load(store, Use::Open).is_err());
    set("state", &whole);
    assert!(kms.load(store, Use::Open).is_ok());
}
