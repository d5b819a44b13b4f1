//! A KMS with a deadline keeps the contract, and one that hangs costs a deadline and one thread.

use super::super::conformance::conformance;
use super::super::{KeyFile, Passphrase, PassphraseCost};
use super::*;
use crate::testing::Scratch;
use base::OsEntropy;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

const SOON: Duration = Duration::from_millis(50);
const LATE: Duration = Duration::from_secs(60);
const STORE: StoreId = StoreId::from_bytes([1; 16]);

/// A KMS that hangs in each call until it is let go.
struct Hanging {
    file: KeyFile,
    calls: AtomicUsize,
    hangs: AtomicBool,
    let_go: Mutex<Receiver<()>>,
}

impl Hanging {
    fn at(&self) -> &KeyFile {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            self.let_go.lock().unwrap().recv().unwrap();
        }
        &self.file
    }
}

impl Kms for Hanging {
    fn kind(&self) -> &'static str {
        "hanging"
    }
    fn forgetting(&self) -> Forgetting {
        Forgetting::Real
    }
    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        self.at().load(store, purpose)
    }
    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.at().hand_over(from, to)
    }
    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        self.at().stage(writer, next, entropy)
    }
    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.at().activate(writer, next)
    }
    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.at().destroy(writer, epoch, entropy)
    }
    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        self.at().wrap(epoch, context, secret, entropy)
    }
    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        self.at().unwrap(epoch, context, wrapped)
    }
}

fn hanging(scratch: &Scratch) -> (Arc<Hanging>, Sender<()>) {
    let (sender, receiver) = channel();
    let file = KeyFile::create(&scratch.path("key"), &OsEntropy).unwrap();
    let kms = Hanging {
        file,
        calls: AtomicUsize::new(0),
        hangs: AtomicBool::new(false),
        let_go: Mutex::new(receiver),
    };
    (Arc::new(kms), sender)
}

fn is_unreachable<T>(result: &Result<T, KmsError>) -> bool {
    matches!(result, Err(KmsError::Unreachable { .. }))
}

#[test]
fn a_timed_key_file_and_passphrase_conform() {
    let scratch = Scratch::new("timed-conforms");
    let path = scratch.path("key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    let mut reopen = || -> Result<Box<dyn Kms>, KmsError> {
        Ok(Box::new(Timed::new(Arc::new(KeyFile::open(&path)?), LATE)))
    };
    conformance(&mut reopen, &OsEntropy).unwrap();
    let path = scratch.path("passphrase");
    let cheap = PassphraseCost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    Passphrase::create(&path, b"correct horse", cheap, &OsEntropy).unwrap();
    let mut reopen = || -> Result<Box<dyn Kms>, KmsError> {
        let inner = Passphrase::open(&path, b"correct horse")?;
        Ok(Box::new(Timed::new(Arc::new(inner), LATE)))
    };
    conformance(&mut reopen, &OsEntropy).unwrap();
}

/// Each call that hangs is given up; while it hangs no other reaches the service; once it ends
/// the next does, and finds what the late one did.
#[test]
fn a_service_that_hangs_is_given_up_and_serves_again() {
    let scratch = Scratch::new("timed-hangs");
    let (inner, let_go) = hanging(&scratch);
    let kms = Timed::new(Arc::clone(&inner) as Arc<dyn Kms>, SOON);
    kms.load(STORE, Use::Create).unwrap();
    let next = Epoch::FIRST.next();
    let secret = Secret::random(&OsEntropy).unwrap();
    let wrapped = kms.wrap(Epoch::FIRST, b"c", &secret, &OsEntropy).unwrap();
    type Call<'a> = (&'a str, Box<dyn Fn() -> bool + 'a>);
    let calls: [Call<'_>; 7] = [
        (
            "load",
            Box::new(|| is_unreachable(&kms.load(STORE, Use::Open))),
        ),
        (
            "stage",
            Box::new(|| is_unreachable(&kms.stage(Writer::NOBODY, next, &OsEntropy))),
        ),
        (
            "hand_over",
            Box::new(|| is_unreachable(&kms.hand_over(Writer::NOBODY, Writer::NOBODY))),
        ),
        (
            "activate",
            Box::new(|| is_unreachable(&kms.activate(Writer::NOBODY, next))),
        ),
        (
            "destroy",
            Box::new(|| is_unreachable(&kms.destroy(Writer::NOBODY, Epoch::FIRST, &OsEntropy))),
        ),
        (
            "wrap",
            Box::new(|| is_unreachable(&kms.wrap(next, b"c", &secret, &OsEntropy))),
        ),
        (
            "unwrap",
            Box::new(|| is_unreachable(&kms.unwrap(Epoch::FIRST, b"c", &wrapped))),
        ),
    ];
    for (name, call) in calls {
        inner.hangs.store(true, Ordering::SeqCst);
        let before = inner.calls.load(Ordering::SeqCst);
        assert!(call(), "{name} is given up");
        let begun = Instant::now();
        assert!(call() && call(), "{name} is refused while one is under way");
        assert!(begun.elapsed() < LATE, "at once");
        assert_eq!(inner.calls.load(Ordering::SeqCst), before + 1, "{name}");
        inner.hangs.store(false, Ordering::SeqCst);
        let_go.send(()).unwrap();
        while kms.under_way.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        kms.load(STORE, Use::Open).unwrap();
    }
    // What came too late was done all the same, once each and in order.
    let state = kms.load(STORE, Use::Open).unwrap();
    assert_eq!((state.active, state.retired), (next, Vec::new()));
}

#[test]
fn the_message_says_how_long_was_waited() {
    let scratch = Scratch::new("timed-message");
    let (inner, let_go) = hanging(&scratch);
    inner.hangs.store(true, Ordering::SeqCst);
    let kms = Timed::new(Arc::clone(&inner) as Arc<dyn Kms>, SOON);
    let told = kms
        .activate(Writer::NOBODY, Epoch::FIRST)
        .err()
        .unwrap()
        .to_string();
    assert_eq!(told, "the key service does not answer: no answer in 0.05 s");
    let told = kms
        .activate(Writer::NOBODY, Epoch::FIRST)
        .err()
        .unwrap()
        .to_string();
    assert!(told.contains("an earlier call has not ended yet"), "{told}");
    let_go.send(()).unwrap();
}

/// The bytes a call gets are as many different ones as it asks for.
#[test]
fn the_random_bytes_of_a_call_do_not_repeat() {
    let one = Stream::drawn_from(&OsEntropy).unwrap();
    let two = Stream::drawn_from(&OsEntropy).unwrap();
    let draw = |stream: &Stream| -> [u8; 32] { (stream as &dyn Entropy).array().unwrap() };
    let drawn = [draw(&one), draw(&one), draw(&two), draw(&two)];
    let different: std::collections::BTreeSet<_> = drawn.iter().collect();
    assert_eq!(different.len(), 4);
}

/// When a call has returned, its thread holds the service no more, whatever came of it.
#[test]
fn a_call_that_returned_holds_the_service_no_more() {
    let scratch = Scratch::new("timed-lets-go");
    let (inner, _let_go) = hanging(&scratch);
    let kms = Timed::new(Arc::clone(&inner) as Arc<dyn Kms>, LATE);
    for _ in 0..300 {
        kms.call(|_| Ok(())).unwrap();
        assert_eq!(Arc::strong_count(&inner), 2);
        let broke_off = kms.call(|_| -> Result<(), KmsError> { std::panic::panic_any(()) });
        assert!(is_unreachable(&broke_off));
        assert_eq!(Arc::strong_count(&inner), 2);
    }
}
