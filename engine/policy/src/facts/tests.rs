//! Proves that windows and relations turn at the very millisecond, and whose a document is.

use super::*;
use crate::fixture::{person, professional};

fn at(millis: i64) -> Instant {
    Instant::from_millis(millis)
}

#[test]
fn a_window_begins_at_its_start_and_is_over_at_its_end() {
    let window = Window::new(at(10), at(20));
    let inside: Vec<_> = (8..23)
        .filter(|millis| window.contains(at(*millis)))
        .collect();
    assert_eq!(inside, (10..20).collect::<Vec<_>>());
    assert!(Window::ALWAYS.contains(Instant::MIN) && Window::ALWAYS.contains(Instant::MAX));
    assert!(!Window::new(at(10), at(10)).contains(at(10)));
}

#[test]
fn the_next_change_is_where_the_window_turns() {
    let window = Window::new(at(10), at(20));
    assert_eq!(window.next_change(at(9)), at(10));
    assert_eq!(window.next_change(at(10)), at(20));
    assert_eq!(window.next_change(at(20)), Instant::MAX);
}

#[test]
fn relations_hold_at_the_instant_and_say_until_when() {
    let mut facts = DossierFacts::new(crate::fixture::DOSSIER, DossierStatus::Active, at(15));
    facts.hold(Relation::Authorised, Window::new(at(10), at(15)));
    assert!(
        !facts.holds(Relation::Authorised),
        "it ended at this very instant"
    );
    facts.hold(Relation::Authorised, Window::new(at(15), at(40)));
    facts.hold(Relation::CareTeam, Window::new(at(30), at(50)));
    assert!(facts.holds(Relation::Authorised) && !facts.holds(Relation::CareTeam));
    assert_eq!(facts.valid_until(), at(30));
}

#[test]
fn a_document_is_own_by_actor_by_structure_or_by_person() {
    let nobody = Party {
        actor: "",
        structure: "",
        profession: "",
    };
    let me = professional("medecin", Purpose::Care);
    let by = |actor, structure, profession| Party {
        actor,
        structure,
        profession,
    };
    let own = |session: &SessionFacts, party| session.parties(party, nobody).bits();
    assert_eq!(
        own(&me, by("actor-1", "elsewhere", "medecin")),
        Parties::AUTHOR
    );
    assert_eq!(
        own(&me, by("actor-2", "clinic-1", "infirmier")),
        Parties::STRUCTURE
    );
    assert_eq!(own(&me, by("actor-2", "elsewhere", "medecin")), 0);
    assert_eq!(
        own(&me, by("actor-1", "", "patient")),
        0,
        "a person with the same id"
    );
    assert_eq!(
        me.parties(nobody, by("actor-1", "clinic-1", "medecin"))
            .bits(),
        3
    );
    let she = person(Purpose::Holder);
    assert_eq!(own(&she, by("person-1", "", "patient")), Parties::PERSON);
    assert_eq!(own(&she, by("person-1", "clinic-1", "medecin")), 0);
    let alone = SessionFacts {
        structure: String::new(),
        ..me
    };
    assert_eq!(
        alone.parties(nobody, nobody),
        Parties::NONE,
        "empty names nobody"
    );
}

#[test]
fn invisibility_lapses_after_a_calendar_month_and_is_told_after_two_weeks() {
    let at = |text| Instant::from_rfc3339(text).expect("written here");
    for (deposited, lapse, notice) in [
        (
            "2026-03-01T12:00:00Z",
            "2026-04-01T12:00:00Z",
            "2026-03-15T12:00:00Z",
        ),
        (
            "2026-01-31T08:30:00Z",
            "2026-02-28T08:30:00Z",
            "2026-02-14T08:30:00Z",
        ),
    ] {
        assert_eq!(lapse_of(at(deposited)), at(lapse));
        assert_eq!(notice_of(at(deposited)), at(notice));
    }
}
