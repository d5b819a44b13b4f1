//! Proves that a run is heard at bounded intervals, whether or not what it walks over may be
//! shown, and that whether it is heard at all depends on nothing that is stored.

use super::{RunError, Watch, Wish, census, run};
use crate::columns::{Coded, Columns, Record};
use crate::ground::{ordinal, searcher};
use crate::plan::{Access, Passes, Planner};
use crate::question::{Field, Question};
use base::{Availability, DocumentId, Instant};
use std::sync::atomic::{AtomicU32, Ordering};

/// A wish that is uttered after it was asked for so many times.
struct After {
    asked: AtomicU32,
    silent: u32,
}

impl Wish for After {
    fn uttered(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.silent
    }
}

/// One document that may be shown.
fn columns() -> Columns {
    let mut columns = Columns::new();
    let record = Record {
        ordinal: ordinal(0),
        document: DocumentId::from_bytes([1; 16]),
        status: Availability::Approved,
        created: Instant::from_millis(0),
        deposited: Instant::from_millis(0),
        service: (Instant::from_millis(0), Instant::from_millis(0)),
        values: [Coded::default(); Field::SINGLE.len()],
    };
    columns.push(&record, &[]);
    columns.settle();
    columns
}

/// How a walk over `documents` postings ends, and how often the wish was asked for.
fn end(documents: u32, silent: u32, counts: bool) -> (Result<u64, RunError>, u32) {
    let (searcher, columns) = (searcher(documents), columns());
    let planner = Planner {
        searcher: &searcher,
        synonyms: None,
        permitted: 1,
        passes: Passes::NONE,
    };
    let question = Question {
        words: "embolie".to_owned(),
        limit: 10,
        ..Question::default()
    };
    let plan = planner.plan(question).unwrap();
    assert_eq!(plan.access, Access::QueryFirst);
    let wish = After {
        asked: AtomicU32::new(0),
        silent,
    };
    let watch = Watch {
        cancelled: Some(&wish),
        deadline: None,
    };
    let answered = if counts {
        census(&plan, &columns, &searcher, watch).map(|census| census.total.len())
    } else {
        run(&plan, &columns, &searcher, watch).map(|found| found.answered)
    };
    (answered, wish.asked.load(Ordering::Relaxed))
}

/// How a run ends, and how a census does.
fn ends(documents: u32, silent: u32) -> [(Result<u64, RunError>, u32); 2] {
    [false, true].map(|counts| end(documents, silent, counts))
}

#[test]
fn a_walk_over_what_may_not_be_shown_is_heard_too() {
    for (answered, asked) in ends(2_000, u32::MAX) {
        assert_eq!(answered.unwrap(), 1);
        assert!(asked >= 2 + 2_000 / 256, "{asked}");
    }
    for (answered, asked) in ends(2_000, 2) {
        assert!(matches!(answered, Err(RunError::Cancelled)));
        assert_eq!(asked, 3, "the walk was left at once");
    }
}

#[test]
fn a_wish_is_heard_however_little_there_is_to_look_at() {
    for documents in [1, 2, 300, 2_000] {
        for (answered, asked) in ends(documents, 0) {
            assert!(matches!(answered, Err(RunError::Cancelled)), "{documents}");
            assert_eq!(asked, 1, "{documents}");
        }
    }
    for (answered, _) in ends(1, 1) {
        assert!(matches!(answered, Err(RunError::Cancelled)), "heard behind");
    }
}
