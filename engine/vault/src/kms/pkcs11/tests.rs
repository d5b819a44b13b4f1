//! A token keeps the contract. Run over SoftHSM2 (Debian package `softhsm2`), whose token the
//! test makes; the module reads its configuration from the environment, so the tests proper run
//! in a child process.

use super::super::conformance::conformance;
use super::*;
use crate::testing::Scratch;
use crate::{Finished, Grove, KeyTree, Opened, Slot, TreeError};
use base::OsEntropy;
use base::rows::MapRows;
use std::process::Command;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "1234";
const IN_CHILD: &str = "LIASSE_TEST_TOKEN";

fn token(name: &str) -> Pkcs11Token<'_> {
    Pkcs11Token {
        module: Path::new(MODULE),
        token: "liasse test",
        name,
        pin: PIN,
    }
}

#[test]
fn a_softhsm2_token_conforms() {
    if std::env::var_os(IN_CHILD).is_some() {
        return in_child();
    }
    if !Path::new(MODULE).exists() {
        println!("SKIPPED: {MODULE} is not there (Debian package softhsm2)");
        return;
    }
    let scratch = Scratch::new("pkcs11");
    let (tokens, config) = (scratch.path("tokens"), scratch.path("softhsm2.conf"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&config, text).unwrap();
    let made = Command::new("softhsm2-util")
        .args([
            "--init-token",
            "--free",
            "--label",
            "liasse test",
            "--pin",
            PIN,
        ])
        .args(["--so-pin", "12345678"])
        .env("SOFTHSM2_CONF", &config)
        .status()
        .unwrap();
    assert!(made.success());
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kms::pkcs11::tests::a_softhsm2_token_conforms",
            "--nocapture",
        ])
        .env("SOFTHSM2_CONF", &config)
        .env(IN_CHILD, &tokens)
        .status()
        .unwrap();
    assert!(child.success());
}

fn in_child() {
    assert!(matches!(
        Pkcs11::open(&token("one")),
        Err(KmsError::NoKey { .. })
    ));
    Pkcs11::create(&token("one")).unwrap();
    assert!(matches!(
        Pkcs11::create(&token("one")),
        Err(KmsError::Exists { .. })
    ));
    let mut reopen =
        || -> Result<Box<dyn Kms>, KmsError> { Ok(Box::new(Pkcs11::open(&token("one"))?)) };
    conformance(&mut reopen, &OsEntropy).unwrap();

    // A second key on the same token knows nothing of the first.
    let two = Pkcs11::create(&token("two")).unwrap();
    let store = StoreId::from_bytes([9; 16]);
    assert_eq!(two.load(store, Use::Create).unwrap().active, Epoch::FIRST);
    a_crash_within_an_activation_leaves_one_state_or_the_other(&two, store);
    a_root_never_leaves_the_token(&two);
    Pkcs11::create(&token("three")).unwrap();
    crate::tree::assert_thief_finds_nothing(Box::new(|| {
        Box::new(Pkcs11::open(&token("three")).unwrap())
    }));
    a_token_removed_midway_leaves_nothing_half_done();
    a_token_that_goes_away_is_told(&two, store);
}

/// The token is pulled out before each step of a rotation in turn, and put back: the step says
/// so and changes nothing, and can then be made.
fn a_token_removed_midway_leaves_nothing_half_done() {
    let store = StoreId::from_bytes([4; 16]);
    let kms = Pkcs11::create(&token("four")).unwrap();
    let slots = [(Grove::Dossier, Slot::new(5).unwrap())];
    let mut rows = MapRows::new();
    let tree = KeyTree::create(&mut rows, &kms, store, &OsEntropy).unwrap();
    let key = |tree: &KeyTree, rows: &MapRows| {
        tree.dossier_key(rows, slots[0].1).unwrap();
        tree.root_digest()
    };
    let before = key(&tree, &rows);

    assert_unreachable(pulled_out(|| KeyTree::open(&rows, &kms, store).err()));
    assert_unreachable(pulled_out(|| tree.stage(&kms, &OsEntropy).err()));
    assert!(!kms.load(store, Use::Open).unwrap().next_staged);
    let stage = tree.stage(&kms, &OsEntropy).unwrap();
    let mut draft = rows.clone();
    assert_unreachable(pulled_out(|| {
        stage.replace(&mut draft, &slots, &kms, &OsEntropy).err()
    }));
    let opened = KeyTree::open(&rows, &kms, store).unwrap();
    assert!(matches!(opened, Opened::Ready(_)));
    assert_eq!(key(opened.tree(), &rows), before);

    let stage = opened.tree().stage(&kms, &OsEntropy).unwrap();
    let rotation = stage.replace(&mut rows, &slots, &kms, &OsEntropy).unwrap();
    let halted = pulled_out(|| rotation.activate(&rows, &kms).err().unwrap());
    assert_unreachable(Some(halted.error));
    assert_eq!(kms.load(store, Use::Open).unwrap().active, Epoch::FIRST);
    let retiring = halted.step.activate(&rows, &kms).ok().unwrap();
    let halted = pulled_out(|| retiring.destroy(&kms, &OsEntropy).err().unwrap());
    assert_unreachable(Some(halted.error));
    let state = kms.load(store, Use::Open).unwrap();
    assert_eq!(
        state.retired,
        [Epoch::FIRST],
        "the older root is still there"
    );
    let finished = halted.step.destroy(&kms, &OsEntropy).ok().unwrap();
    // The root had been staged for the attempt that found no token.
    assert!(matches!(finished, Finished::RotateAgain(_)));
    let opened = KeyTree::open(&rows, &kms, store).unwrap();
    assert_ne!(key(opened.tree(), &rows), before);
}

/// Does `work` while the token is not there.
fn pulled_out<T>(work: impl FnOnce() -> T) -> T {
    let tokens = PathBuf::from(std::env::var_os(IN_CHILD).unwrap());
    let away = tokens.with_extension("away");
    std::fs::rename(&tokens, &away).unwrap();
    let value = work();
    std::fs::rename(&away, &tokens).unwrap();
    value
}

fn assert_unreachable(error: Option<TreeError>) {
    let error = error.unwrap();
    assert!(
        matches!(error, TreeError::Kms(KmsError::Unreachable { .. })),
        "{error}"
    );
}

fn a_crash_within_an_activation_leaves_one_state_or_the_other(kms: &Pkcs11, store: StoreId) {
    let next = Epoch::FIRST.next();
    kms.stage(Writer::NOBODY, next, &OsEntropy).unwrap();
    // The new state object is made; the process dies before it destroys the old one.
    kms.with_session(|objects| {
        objects.make_state(State {
            active: next,
            ..State::first(store)
        })
    })
    .unwrap();
    assert_eq!(kms.load(store, Use::Open).unwrap().active, next);
    kms.activate(Writer::NOBODY, next).unwrap();
    assert_eq!(
        kms.with_session(|objects| Ok(objects.states()?.len()))
            .unwrap(),
        1
    );
}

fn a_root_never_leaves_the_token(kms: &Pkcs11) {
    let values = kms.with_session(|objects| {
        let (_, root) = objects.roots()?.remove(0);
        Ok(objects
            .session
            .get_attributes(root, &[AttributeType::Value]))
    });
    let told: Vec<Attribute> = values.unwrap().unwrap_or_default();
    assert!(told.is_empty(), "the token gives no value of a root key");
}

fn a_token_that_goes_away_is_told(kms: &Pkcs11, store: StoreId) {
    let wrong = Pkcs11Token {
        pin: "0000",
        ..token("two")
    };
    assert_eq!(Pkcs11::open(&wrong).err(), Some(KmsError::WrongPassphrase));
    assert!(kms.load(store, Use::Open).is_ok());
    let absent = Pkcs11Token {
        token: "another",
        ..token("two")
    };
    assert!(matches!(
        Pkcs11::open(&absent),
        Err(KmsError::Unreachable { .. })
    ));
    let tokens = std::env::var_os(IN_CHILD).unwrap();
    std::fs::remove_dir_all(tokens).unwrap();
    let gone = kms.load(store, Use::Open);
    assert!(
        matches!(gone, Err(KmsError::Unreachable { .. })),
        "{gone:?}"
    );
}
