//! Proves that every act comes back as it was written, and that no other bytes are read.

use super::*;
use crate::testing::{disclosed, document, trace};

/// One trace of each act.
pub(crate) fn specimens() -> Vec<Trace> {
    let documents = vec![document(1), document(2)];
    let acts = vec![
        Act::Accessed {
            verb: Verb::Timeline,
            documents: documents.clone(),
        },
        Act::Queried {
            verb: Verb::Search,
            documents: Vec::new(),
        },
        Act::Disclosed {
            documents: documents.clone(),
        },
        Act::Denied {
            verb: Verb::Fetch,
            document: Some(document(3)),
        },
        Act::Denied {
            verb: Verb::Search,
            document: None,
        },
        Act::BrokeGlass,
        Act::Wrote {
            writing: Writing::Replaced,
            documents: documents.clone(),
            replaces: Some(document(9)),
        },
        Act::Flagged {
            document: document(1),
            before: Flags::NONE,
            after: Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT),
        },
        Act::StatusSet {
            document: document(1),
            before: Availability::Approved,
            after: Availability::Archived,
        },
        Act::Consented {
            matter: ConsentMatter::BreakGlass,
            before: Consent::Unasked,
            after: Consent::Deny,
        },
        Act::Related {
            relation: Relation::Block,
            change: RelationChange::Made,
            party: "899700000009".into(),
            until: Instant::MAX,
        },
        Act::DossierChanged {
            change: DossierChange::Closed,
        },
        Act::Erased { documents },
        Act::Counted {
            verb: Verb::Facets,
            question: "asthme".into(),
        },
    ];
    acts.into_iter().map(|act| trace(1, act)).collect()
}

#[test]
fn every_act_comes_back_as_it_was_written() {
    for mut specimen in specimens() {
        for dossier in [specimen.dossier, None] {
            specimen.dossier = dossier;
            let bytes = specimen.encode().unwrap();
            assert_eq!(bytes.len() % 64, 0);
            assert!(
                Trace::decode(&bytes).unwrap() == specimen,
                "{}",
                specimen.act.kind()
            );
            assert!(Trace::decode(&bytes[..bytes.len() - 64]).is_err());
            assert!(Trace::decode(&[&bytes[..], &[0; 64]].concat()).is_err());
        }
    }
    let words = Words {
        query: "fievre".into(),
        motive: "inconscient".into(),
    };
    assert!(Words::decode(&words.encode().unwrap()).unwrap() == words);
}

#[test]
fn what_is_read_can_be_written_again_byte_by_byte() {
    for specimen in specimens() {
        let bytes = specimen.encode().unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.clone();
                altered[at] ^= 1 << bit;
                if let Ok(read) = Trace::decode(&altered) {
                    assert_eq!(read.encode(), Ok(altered));
                }
            }
        }
    }
}

#[test]
fn emergencies_have_a_class_of_their_own() {
    let mut read = disclosed(1, &[1]);
    assert_eq!(read.class(), Class::Reading);
    read.agent.purpose = Purpose::EmergencySamu;
    assert_eq!(read.class(), Class::Emergency);
    read.act = Act::Denied {
        verb: Verb::Fetch,
        document: None,
    };
    assert_eq!(read.class(), Class::Refusal);
}
