//! Proves that a reader's history tells nothing by how many entries name a search, nor by which
//! entry is damaged.

use super::*;
use journal::Agent;

/// What is known of a search at a millisecond, of which these documents may be shown.
fn searched(at: i64, words: &str, named: usize, shown: &[u8]) -> Known {
    let documents = |many: &[u8]| {
        many.iter()
            .map(|it| DocumentId::from_bytes([*it; 16]))
            .collect()
    };
    let (verb, agent) = (
        Verb::Search,
        Agent {
            actor: "doctor".to_owned(),
            profession: "medecin".to_owned(),
            speciality: String::new(),
            structure: String::new(),
            purpose: Purpose::Care,
            session: SessionId::from_bytes([7; 16]),
            secrecy: Secrecy::Open,
        },
    );
    Known {
        index: 0,
        part: named == limit::TRACE_DOCUMENTS_MAX,
        trace: Trace {
            at: Instant::from_millis(at),
            dossier: None,
            agent,
            decision: Decision::Permit,
            pack: String::new(),
            act: Act::Queried {
                verb,
                documents: documents(&vec![0; named]),
            },
        },
        secrecy: policy::Secrecy::Open,
        documents: documents(shown),
        words: Words {
            query: words.to_owned(),
            motive: String::new(),
        },
    }
}

/// The first bytes of the documents of each line.
fn lines(known: Vec<Known>) -> Vec<Vec<u8>> {
    let first = |id: &DocumentId| id.as_bytes()[0];
    let lines = joined(known).into_iter();
    lines
        .map(|line| line.documents.iter().map(first).collect())
        .collect()
}

#[test]
fn a_search_is_one_line_however_much_it_found() {
    let most = limit::TRACE_DOCUMENTS_MAX;
    let whole = searched(5, "toux", 3, &[1, 2]);
    assert_eq!(lines(vec![whole]), [vec![1, 2]]);
    // Newest first, as the chain is; what is hidden makes entries, and no line.
    let parts = vec![
        searched(5, "toux", 3, &[4]),
        searched(5, "toux", most, &[]),
        searched(5, "toux", most, &[1, 2]),
    ];
    assert_eq!(lines(parts), [vec![1, 2, 4]]);
    let mixed = vec![
        searched(5, "toux", most, &[3]),
        searched(5, "asthme", most, &[2]),
        searched(4, "toux", most, &[1]),
    ];
    assert_eq!(lines(mixed).len(), 3, "other words, another moment");
    let two = vec![searched(5, "toux", 1, &[1]), searched(5, "toux", 1, &[1])];
    assert_eq!(lines(two).len(), 2, "neither fills an entry: two searches");
}

#[test]
fn which_entry_is_damaged_is_told_to_auditors_alone() {
    let place = |reader| damaged(reader, 417).to_string();
    assert!(place(Purpose::Audit).contains("417"));
    for reader in [Purpose::Holder, Purpose::Representative, Purpose::Care] {
        assert!(!place(reader).contains("417"));
    }
}
