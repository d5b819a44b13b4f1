//! Proves that folding what is known never changes an answer, and that doubt refuses.

use super::*;
use crate::facts::Relations;
use crate::fixture::{LAUNCH, document, dossier, noon};

fn relation(relation: Relation) -> Predicate {
    Predicate::Test(Test::Relation(relation))
}

fn masked() -> Predicate {
    Predicate::Test(Test::Flag(Flags::MASQUE_PS))
}

#[test]
fn what_is_not_known_permits_nothing_and_forbids() {
    let known = Known::default();
    assert!(!masked().holds(known) && !masked().negated().holds(known));
    assert!(masked().may_hold(known) && masked().negated().may_hold(known));
    let certain = masked().or(Predicate::Always);
    assert!(certain.holds(known), "one known part decides");
}

#[test]
fn folding_first_and_answering_later_agree() {
    let facts = dossier(&[Relation::Authorised]);
    let mut open = document(&LAUNCH, "11488-4");
    let rule = relation(Relation::Authorised)
        .and(relation(Relation::Blocked).negated())
        .and(masked().negated().or(relation(Relation::Attending)));
    let now = Some(noon());
    for flags in [Flags::NONE, Flags::MASQUE_PS] {
        open.flags = flags;
        let all = Known {
            dossier: Some(&facts),
            document: Some(&open),
            now,
            request: None,
        };
        let folded = rule.fold(Known {
            document: None,
            ..all
        });
        assert_eq!(folded, masked().negated(), "only the document is left");
        assert_eq!(folded.answer(all), rule.answer(all));
    }
}

#[test]
fn a_comparison_of_dossier_and_document_is_narrowed() {
    let mut facts = dossier(&[]);
    facts.majority = noon();
    let test = TimeTest {
        left: Moment::Created,
        order: Order::Before,
        right: Moment::Majority,
    };
    let rule = Predicate::Test(Test::Time(test));
    let folded = rule.fold(Known {
        dossier: Some(&facts),
        ..Known::default()
    });
    let mut paper = document(&LAUNCH, "11488-4");
    for (millis, expected) in [(-1, true), (0, false), (1, false)] {
        paper.created = Instant::from_millis(noon().millis() + millis);
        let known = Known {
            document: Some(&paper),
            ..Known::default()
        };
        assert_eq!(folded.answer(known), Some(expected));
    }
}

#[test]
fn a_guard_is_a_relation_without_which_nothing_holds() {
    let (team, block) = (relation(Relation::CareTeam), relation(Relation::Blocked));
    let guarded = team.clone().and(masked());
    assert_eq!(
        guarded.guard(),
        Some(Relations::NONE.with(Relation::CareTeam))
    );
    let either = guarded.clone().or(relation(Relation::Author));
    let both = Relations::NONE
        .with(Relation::CareTeam)
        .with(Relation::Author);
    assert_eq!(either.guard(), Some(both));
    assert_eq!(either.or(masked()).guard(), None);
    assert_eq!(block.negated().guard(), None);
    assert_eq!(Predicate::Never.guard(), Some(Relations::NONE));
}

#[test]
fn a_type_set_holds_what_it_was_given() {
    let set = TypeSet::new([0, 63, 64, 130].into_iter());
    let held: Vec<_> = (0..200).filter(|ordinal| set.contains(*ordinal)).collect();
    assert_eq!(held, [0, 63, 64, 130]);
}
