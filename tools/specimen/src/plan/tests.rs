//! Dossiers have the shape that was measured.

use super::{COUNTS, COUNTS_TAIL, Plan};
use crate::document::Kind;
use crate::tables::RECIPES;
use crate::world::World;

fn plans(count: u64) -> Vec<Plan> {
    let world = World::new(11);
    (0..count)
        .map(|at| Plan::of(11, &world.patient(at), world.today()))
        .collect()
}

#[test]
fn counts_are_log_normal_but_for_the_empty() {
    let mut counts: Vec<_> = plans(3000)
        .iter()
        .map(|plan| plan.documents.len())
        .collect();
    counts.sort_unstable();
    let empty = counts.iter().filter(|count| **count == 0).count();
    assert!((390..510).contains(&empty), "15 % of 3000: {empty}");
    let full = &counts[empty..];
    assert!(
        (11..=13).contains(&full[full.len() / 2]),
        "{}",
        full[full.len() / 2]
    );
    let large = full.iter().filter(|count| **count > 200).count();
    assert!((5..40).contains(&large), "about half a per cent: {large}");
    assert!(full.iter().all(|count| *count <= 2000));
    assert!(COUNTS.is_sorted() && COUNTS_TAIL.is_sorted());
}

#[test]
fn kinds_have_their_shares() {
    let plans = plans(1500);
    let all: Vec<_> = plans.iter().flat_map(|plan| &plan.documents).collect();
    for kind in Kind::ALL {
        let some = all
            .iter()
            .filter(|planned| RECIPES[planned.recipe].kind == kind)
            .count();
        let share = some * 1000 / all.len();
        let expected = usize::try_from(kind.per_cent() * 10).expect("a share");
        assert!(share.abs_diff(expected) < 15, "{kind:?}: {share} per mille");
    }
}

#[test]
fn dates_are_in_order_in_life_and_in_episodes() {
    let world = World::new(11);
    let (mut close, mut all) = (0, 0);
    for number in 0..300 {
        let patient = world.patient(number);
        let plan = Plan::of(11, &patient, world.today());
        for (at, planned) in plan.documents.iter().enumerate() {
            assert!(planned.day >= patient.birth && planned.day <= world.today());
            let Some(before) = at.checked_sub(1).map(|at| &plan.documents[at]) else {
                continue;
            };
            assert!((before.day, before.seconds) <= (planned.day, planned.seconds));
            all += 1;
            close += u32::from(planned.day.since(before.day) <= 7);
        }
    }
    assert!(
        close * 100 / all > 45,
        "{close} of {all} follow within a week"
    );
}

#[test]
fn a_correction_replaces_the_document_before_it() {
    let mut corrections = 0;
    for plan in plans(300) {
        for (at, planned) in plan.documents.iter().enumerate() {
            if let Some(replaced) = planned.replaces {
                corrections += 1;
                assert_eq!(usize::try_from(replaced), Ok(at - 1));
                assert_eq!(planned.recipe, plan.documents[at - 1].recipe);
            }
        }
    }
    assert!(corrections > 20, "{corrections}");
}
