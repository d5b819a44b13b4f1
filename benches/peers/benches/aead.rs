//! ChaCha20-Poly1305 and our sealed record, beside ring and aws-lc-rs.
//!
//! ```sh
//! cargo bench -p liasse-bench-peers --features aead
//! ```
//! as it ships, and with `RUSTFLAGS=--cfg=none` and `RUSTFLAGS=-Ctarget-cpu=x86-64-v3` before it,
//! which replace the flags of `.cargo/config.toml`.
//!
//! Each seals or opens one message under a key that is ready, in a buffer that is there, with 32
//! bytes of associated data; but `record` is what the engine does for each value: it derives the
//! message key, draws and hedges the nonce, allocates, and checks the commitment. Its opening is
//! therefore more than a cipher's. Invariant: all ciphers gave the same bytes before they are
//! measured.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use aws_lc_rs::aead as aws;
use base::{OsEntropy, StoreId, Table};
use bench_peers::least;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use ring::aead as ring_aead;
use std::hint::black_box;
use vault::{BodyKey, Place};

fn main() {
    println!("build: {}; least ns for one message", bench_peers::flags());
    println!("| | chacha20poly1305 | ring | aws-lc-rs | record |");
    println!("|---|---|---|---|---|");
    for (name, bytes) in SIZES {
        let peers = Peers::new();
        peers.check(bytes);
        row("seal", name, &seal(bytes, &peers));
        row("open", name, &open(bytes, &peers));
    }
}

fn row(verb: &str, name: &str, figures: &[f64; 4]) {
    let [rust, ring, aws, record] = figures;
    println!("| {verb} {name} | {rust:.0} | {ring:.0} | {aws:.0} | {record:.0} |");
}

fn seal(bytes: usize, peers: &Peers) -> [f64; 4] {
    let mut buffer = vec![0x5a; bytes];
    let key = BodyKey::random(&OsEntropy).expect("random bytes");
    let plain = buffer.clone();
    [
        least(|| {
            black_box(peers.rust_seal(black_box(&mut buffer)));
        }),
        least(|| {
            black_box(peers.ring_seal(black_box(&mut buffer)));
        }),
        least(|| {
            black_box(peers.aws_seal(black_box(&mut buffer)));
        }),
        least(|| {
            let sealed = key.seal_body(&PLACE, black_box(&plain), &OsEntropy);
            black_box(sealed.expect("sealed"));
        }),
    ]
}

/// Opening overwrites the ciphertext, so that each turn copies it first, as the engine does.
fn open(bytes: usize, peers: &Peers) -> [f64; 4] {
    let plain = vec![0x5a; bytes];
    let mut sealed = plain.clone();
    let tag = peers.rust_seal(&mut sealed);
    let whole = [&sealed[..], &tag[..]].concat();
    let key = BodyKey::random(&OsEntropy).expect("random bytes");
    let record = key.seal_body(&PLACE, &plain, &OsEntropy).expect("sealed");
    let mut bare = sealed.clone();
    let mut buffer = whole.clone();
    [
        least(|| {
            bare.copy_from_slice(&sealed);
            peers.rust_open(black_box(&mut bare), &tag);
        }),
        least(|| {
            buffer.copy_from_slice(&whole);
            peers.ring_open(black_box(&mut buffer));
        }),
        least(|| {
            buffer.copy_from_slice(&whole);
            peers.aws_open(black_box(&mut buffer));
        }),
        least(|| {
            let opened = key.open_body(&PLACE, black_box(&record));
            black_box(opened.expect("opened"));
        }),
    ]
}

/// The same key in three libraries.
struct Peers {
    rust: ChaCha20Poly1305,
    ring: ring_aead::LessSafeKey,
    aws: aws::LessSafeKey,
}

impl Peers {
    fn new() -> Self {
        let ring = ring_aead::UnboundKey::new(&ring_aead::CHACHA20_POLY1305, &KEY);
        let aws = aws::UnboundKey::new(&aws::CHACHA20_POLY1305, &KEY);
        Self {
            rust: ChaCha20Poly1305::new(&KEY.into()),
            ring: ring_aead::LessSafeKey::new(ring.expect("a key")),
            aws: aws::LessSafeKey::new(aws.expect("a key")),
        }
    }

    fn check(&self, bytes: usize) {
        let plain = vec![0x5a; bytes];
        let seal = |work: &dyn Fn(&mut [u8]) -> [u8; 16]| {
            let mut out = plain.clone();
            let tag = work(&mut out);
            [&out[..], &tag[..]].concat()
        };
        let ours = seal(&|out| self.rust_seal(out));
        assert_eq!(ours, seal(&|out| self.ring_seal(out)));
        assert_eq!(ours, seal(&|out| self.aws_seal(out)));
    }

    fn rust_seal(&self, bytes: &mut [u8]) -> [u8; 16] {
        let sealed = self
            .rust
            .encrypt_inout_detached(&Nonce::from(NONCE), &AAD, bytes.into());
        sealed.expect("sealed").into()
    }

    fn rust_open(&self, bytes: &mut [u8], tag: &[u8; 16]) {
        let (nonce, tag) = (Nonce::from(NONCE), Tag::from(*tag));
        let opened = self
            .rust
            .decrypt_inout_detached(&nonce, &AAD, bytes.into(), &tag);
        opened.expect("opened");
    }

    fn ring_seal(&self, bytes: &mut [u8]) -> [u8; 16] {
        let nonce = ring_aead::Nonce::assume_unique_for_key(NONCE);
        let aad = ring_aead::Aad::from(AAD);
        let tag = self.ring.seal_in_place_separate_tag(nonce, aad, bytes);
        let tag = tag.expect("sealed");
        *tag.as_ref().first_chunk().expect("a tag has 16 bytes")
    }

    fn ring_open(&self, bytes: &mut [u8]) {
        let nonce = ring_aead::Nonce::assume_unique_for_key(NONCE);
        let opened = self
            .ring
            .open_in_place(nonce, ring_aead::Aad::from(AAD), bytes);
        black_box(opened.expect("opened"));
    }

    fn aws_seal(&self, bytes: &mut [u8]) -> [u8; 16] {
        let nonce = aws::Nonce::assume_unique_for_key(NONCE);
        let tag = self
            .aws
            .seal_in_place_separate_tag(nonce, aws::Aad::from(AAD), bytes);
        let tag = tag.expect("sealed");
        *tag.as_ref().first_chunk().expect("a tag has 16 bytes")
    }

    fn aws_open(&self, bytes: &mut [u8]) {
        let nonce = aws::Nonce::assume_unique_for_key(NONCE);
        let opened = self.aws.open_in_place(nonce, aws::Aad::from(AAD), bytes);
        black_box(opened.expect("opened"));
    }
}

const SIZES: [(&str, usize); 5] = [
    ("64 B", 64),
    ("256 B", 256),
    ("1 KiB", 1 << 10),
    ("4 KiB", 4 << 10),
    ("64 KiB", 64 << 10),
];
const KEY: [u8; 32] = [7; 32];
const NONCE: [u8; 12] = [0; 12];
const AAD: [u8; 32] = [9; 32];
const PLACE: Place<'static> = Place {
    store: StoreId::from_bytes([7; 16]),
    table: Table::new("bench"),
    row: b"bench",
    version: 1,
    codec: 0,
    dictionary: 0,
};
