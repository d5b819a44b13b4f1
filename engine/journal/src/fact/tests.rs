//! Proves that every kind of fact comes back as it was written.

use super::*;
use crate::draft::Draft;
use crate::testing::commit;

/// One fact of each kind.
pub(crate) fn specimens() -> Vec<Fact> {
    let at = Instant::from_millis(1_700_000_000_123);
    let digest = Digest::from_bytes([9; 32]);
    vec![
        commit(5),
        Fact::Gap {
            from: at,
            to: at.plus_days(1),
        },
        Fact::PolicyLoaded {
            at,
            pack: "dmp-2023/2".into(),
            digest,
            valid_from: at,
        },
        Fact::KeyCreated { at, epoch: 3 },
        Fact::KeyDestroyed {
            at,
            epoch: 2,
            keys: digest,
        },
        Fact::Erasure {
            at,
            stage: ErasureStage::KeysDestroyed,
            epoch: 3,
            receipt: digest,
        },
        Fact::IndexRewritten {
            at,
            before: digest,
            after: Digest::ZERO,
        },
        Fact::Witnessed {
            at,
            signed: Instant::MAX,
            size: 4,
            root: digest,
            witness: "w.example+12345678+AAAA".into(),
        },
        Fact::Restored {
            at,
            origin: "liasse/x/0".into(),
            size: 9,
            root: digest,
        },
        Fact::Upgraded { at, from: 1, to: 2 },
        Fact::Checked {
            at,
            depth: CheckDepth::Keyless,
            findings: 0,
        },
        Fact::Retained {
            at,
            class: Class::Reading,
            month: 675,
        },
    ]
}

#[test]
fn every_fact_comes_back_as_it_was_written() {
    for fact in specimens() {
        let bytes = fact.encode().unwrap();
        assert_eq!(Fact::decode(fact.kind(), &bytes), Ok(fact.clone()));
        assert!(Fact::decode(fact.kind(), &bytes[..bytes.len() - 1]).is_err());
        assert!(Fact::decode(fact.kind(), &[&bytes[..], &[0]].concat()).is_err());
        let draft = Draft::fact(&fact, None).unwrap();
        assert_eq!(draft.entry().fact(), Some(fact));
    }
}

#[test]
fn kinds_that_say_nothing_in_clear_have_no_fact() {
    let said: Vec<_> = specimens().iter().map(Fact::kind).collect();
    for kind in Kind::ALL.iter().filter(|kind| !said.contains(kind)) {
        assert!(Fact::decode(*kind, &[0; 64]).is_err(), "{kind}");
    }
    let long = Fact::Restored {
        at: Instant::from_millis(0),
        origin: "x".repeat(256),
        size: 0,
        root: Digest::ZERO,
    };
    assert_eq!(long.encode(), Err(TooLong));
}
