//! Proves that writes on hidden documents are refused like writes on missing ones, and that a
//! change of several flags needs each of them allowed.

use super::*;
use crate::Relation;
use crate::fixture::{LAUNCH, document, dossier, noon, person, professional};
use base::Purpose;

#[test]
fn a_hidden_document_is_refused_without_a_rule() {
    let lens = LAUNCH.lens(&person(Purpose::Holder), noon());
    let seen = lens.scope(&dossier(&[Relation::Holder]));
    let mut hidden = document(&LAUNCH, "11488-4");
    hidden.flags = Flags::INVISIBLE_PATIENT;
    hidden.hidden_until = noon().plus_days(5);
    for action in [
        Action::SetFlags(&hidden, Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT)),
        Action::SetStatus(&hidden, Availability::Deleted),
        Action::Replace(&hidden, Version::Latest),
    ] {
        assert_eq!(seen.may(action), Decision::refused());
    }
}

#[test]
fn several_flags_need_several_permissions() {
    let session = professional("medecin", Purpose::Care);
    let lens = LAUNCH.lens(&session, noon());
    let seen = lens.scope(&dossier(&[Relation::Authorised]));
    let mut paper = document(&LAUNCH, "11488-4");
    paper.flags = Flags::INVISIBLE_PATIENT;
    paper.hidden_until = noon().plus_days(5);
    let may = |to| seen.may(Action::SetFlags(&paper, to)).is_allowed();
    assert!(may(Flags::NONE), "who sees it announces it");
    assert!(
        !may(Flags::MASQUE_PS),
        "announcing is allowed, masking is not hers"
    );
    assert!(!may(paper.flags), "nothing to change");
}

#[test]
fn a_replacement_deprecates_and_nothing_else_does() {
    let session = professional("medecin", Purpose::Care);
    let seen = LAUNCH
        .lens(&session, noon())
        .scope(&dossier(&[Relation::Author]));
    let mut paper = document(&LAUNCH, "11488-4");
    let author = crate::Party {
        actor: "actor-1",
        structure: "",
        profession: "medecin",
    };
    paper.parties = session.parties(author, author);
    assert!(
        seen.may(Action::Replace(&paper, Version::Latest))
            .is_allowed()
    );
    assert!(
        !seen
            .may(Action::Replace(&paper, Version::Superseded))
            .is_allowed()
    );
    assert!(
        !seen
            .may(Action::SetStatus(&paper, Availability::Deprecated))
            .is_allowed()
    );
    assert!(
        seen.may(Action::SetStatus(&paper, Availability::Archived))
            .is_allowed()
    );
}
