//! Merging: what is due, into which partitions, and that nothing is lost on the way.

use super::due;
use crate::manifest::{Partition, SegmentRow};
use crate::testing::{Fixture, document, ordinal, slot};
use crate::{Expr, Filter, WordOptions};
use base::limit;

fn row(number: u32, level: u8, partition: Partition, documents: u32) -> SegmentRow {
    SegmentRow {
        slot: slot(number),
        level,
        partition,
        documents,
        first: ordinal(0, 0),
        last: ordinal(1, 0),
        bytes: 1,
        analyzer: 1,
        files: None,
    }
}

#[test]
fn eight_of_a_level_are_merged() {
    let whole = Partition::WHOLE;
    let fresh: Vec<_> = (0..8).map(|number| row(number, 0, whole, 10)).collect();
    assert!(due(&fresh[..7]).is_none());
    let (sources, outputs, level) = due(&fresh).unwrap();
    assert_eq!((sources.len(), outputs, level), (8, vec![whole], 1));
    let merged: Vec<_> = (0..8).map(|number| row(number, 1, whole, 10)).collect();
    assert_eq!(due(&merged).unwrap().2, 2);
}

/// A full partition is split with all its levels, and level 0 then goes into both halves.
#[test]
fn a_full_partition_is_split() {
    let whole = Partition::WHOLE;
    let full = u32::try_from(limit::INDEX_PARTITION_DOCUMENTS_MAX).unwrap();
    let (sources, outputs, level) = due(&[
        row(1, 2, whole, full),
        row(2, 1, whole, 1),
        row(3, 0, whole, 1),
    ])
    .unwrap();
    assert_eq!(sources, [slot(1), slot(2)]);
    assert_eq!(outputs, whole.split());
    assert_eq!(level, 2);
    let mut rows: Vec<_> = (0..8).map(|number| row(number, 0, whole, 10)).collect();
    let halves = whole.split();
    rows.extend([row(20, 2, halves[0], 5), row(21, 2, halves[1], 5)]);
    assert_eq!(due(&rows).unwrap().1, halves);
}

/// Flushes in any order of dossiers merge into one segment sorted by ordinal.
#[test]
fn merged_segments_are_sorted_and_whole() {
    let mut fixture = Fixture::new("merge");
    for number in 0..40_u64 {
        let dossier = number * 17 % 40;
        let text = format!("toux numero{dossier}");
        fixture
            .index
            .append(vec![document(ordinal(dossier, 0), number + 1, &text)]);
        if number % 5 == 4 {
            fixture.flush();
        }
    }
    let plan = fixture.index.plan_merge().unwrap();
    let slots = fixture.slots(plan.slots_needed());
    let work = fixture.index.rewrite(&plan, &slots).unwrap();
    work.record(&mut fixture.rows).unwrap();
    fixture.index.publish(work).unwrap();
    fixture.reopen();
    assert!(fixture.index.plan_merge().is_none());
    assert_eq!(fixture.index.segments().len(), 1);
    let toux = Expr::all_words("toux", &WordOptions::default()).unwrap();
    let mut seen = Vec::new();
    let searcher = fixture.index.searcher();
    searcher
        .search(
            &toux,
            Filter::All,
            crate::Scores::Wanted,
            &mut |ordinal, _| {
                seen.push(ordinal.dossier().number());
                std::ops::ControlFlow::Continue(())
            },
        )
        .unwrap();
    assert_eq!(seen, (0..40).collect::<Vec<_>>());
    for dossier in [0, 13, 39] {
        let one = Expr::all_words(&format!("numero{dossier}"), &WordOptions::default()).unwrap();
        assert_eq!(searcher.count(&one, Filter::All).unwrap(), 1);
    }
}
