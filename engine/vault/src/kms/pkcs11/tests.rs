//! A token keeps the contract. Run over SoftHSM2 (Debian package `softhsm2`), whose token the
//! test makes; the module reads its configuration from the environment, so the tests proper run
//! in a child process.

use super::super::conformance::conformance;
use super::*;
use crate::testing::Scratch;
use base::OsEntropy;
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
        Err(KmsError::NoRoot { .. })
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
    a_token_that_goes_away_is_told(&two, store);
}

fn a_crash_within_an_activation_leaves_one_state_or_the_other(kms: &Pkcs11, store: StoreId) {
    let next = Epoch::FIRST.next();
    kms.stage(next, &OsEntropy).unwrap();
    // The new state object is made; the process dies before it destroys the old one.
    kms.with_session(|objects| objects.make_state(store, next))
        .unwrap();
    assert_eq!(kms.load(store, Use::Open).unwrap().active, next);
    kms.activate(next).unwrap();
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
