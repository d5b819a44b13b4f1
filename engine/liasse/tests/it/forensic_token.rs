//! The forensic play over a PKCS#11 token (SoftHSM2, Debian package `softhsm2`), which the test
//! makes. The module reads its configuration from the environment, so the play runs in a child
//! process.

use crate::bench::Bench;
use crate::forensic::{LARGE, play};
use liasse::{Kms, RootKey};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use vault::{Pkcs11, Pkcs11Token};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "1234";
const IN_CHILD: &str = "LIASSE_FORENSIC_TOKEN";
const NAME: &str = "forensic_token::nothing_erased_is_found_when_the_root_is_a_token";

fn token() -> Pkcs11Token<'static> {
    Pkcs11Token {
        module: Path::new(MODULE),
        token: "liasse forensic",
        name: "root",
        pin: PIN,
    }
}

#[test]
fn nothing_erased_is_found_when_the_root_is_a_token() {
    if std::env::var_os(IN_CHILD).is_some() {
        return in_child();
    }
    if !Path::new(MODULE).exists() {
        println!("SKIPPED: {MODULE} is not there (Debian package softhsm2)");
        return;
    }
    let bench = Bench::new();
    let (tokens, config) = (bench.root.join("tokens"), bench.root.join("softhsm2.conf"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&config, text).unwrap();
    let label = ["--init-token", "--free", "--label", "liasse forensic"];
    let made = Command::new("softhsm2-util")
        .args(label)
        .args(["--pin", PIN, "--so-pin", "12345678"])
        .env("SOFTHSM2_CONF", &config)
        .status()
        .unwrap();
    assert!(made.success());
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env("SOFTHSM2_CONF", &config)
        .env(IN_CHILD, "1")
        .status()
        .unwrap();
    assert!(child.success());
}

fn in_child() {
    let bench = Bench::new();
    drop(Pkcs11::create(&token()).unwrap());
    let root = || RootKey::Kms(Arc::new(Pkcs11::open(&token()).unwrap()));
    let kms = || Box::new(Pkcs11::open(&token()).unwrap()) as Box<dyn Kms>;
    play(&bench, LARGE, &root, &kms);
}
