//! Proves that what is decided together is decided as each dossier's lens decides it, and that a
//! second opinion is asked about all of it.

use super::*;
use crate::fixture::{LAUNCH, REFORM, document, dossier, noon, person, professional};
use crate::{Pack, Relation, SecondOpinion, SessionFacts};
use base::{DossierId, Flags, Instant, Purpose};
use std::sync::Arc;

const RELATIONS: [&[Relation]; 5] = [
    &[Relation::Authorised],
    &[],
    &[Relation::Author],
    &[Relation::CareTeam, Relation::Blocked],
    &[Relation::Attending],
];

/// Every type of the pack, every other one masked, in one dossier for each way to be related.
fn gathered(pack: &Pack, lens: &Lens) -> (Gathering, Vec<(DossierLens, DocumentFacts)>) {
    let (mut gathering, mut each) = (Gathering::new(), Vec::new());
    for (number, relations) in RELATIONS.into_iter().enumerate() {
        let scoped = lens.scope(&dossier(relations));
        gathering.dossier(&scoped);
        for (at, kind) in pack.dictionary().types().enumerate() {
            let mut paper = document(pack, kind);
            paper.flags = [Flags::NONE, Flags::MASQUE_PS][(at + number) % 2];
            gathering.push(paper);
            each.push((scoped.clone(), paper));
        }
    }
    (gathering, each)
}

fn panel(profession: &str) -> SessionFacts {
    professional(profession, Purpose::Panel)
}

#[test]
fn what_is_decided_together_is_decided_as_one_by_one() {
    let population = professional("medecin", Purpose::Population);
    for session in [panel("medecin"), panel("pharmacien"), population] {
        for pack in [&LAUNCH, &REFORM] {
            let lens = pack.lens(&session, noon());
            let (gathering, each) = gathered(pack, &lens);
            let one = |decide: fn(&DossierLens, &DocumentFacts) -> bool| -> Vec<bool> {
                each.iter().map(|(lens, it)| decide(lens, it)).collect()
            };
            let (shown, counted) = (gathering.let_out(&lens), gathering.let_count(&lens));
            assert_eq!(shown, one(DossierLens::lets_out));
            assert_eq!(counted, one(DossierLens::lets_count));
            let mixed = |them: &[bool]| them.contains(&true) && them.contains(&false);
            assert!(mixed(&shown) || session.purpose == Purpose::Population);
            assert!(mixed(&counted) && each.len() > 64 * 3);
        }
    }
}

#[test]
fn a_second_opinion_is_asked_about_all_that_is_let_out() {
    // As if the lowering were wrong: Cedar reads the rules of the launch, which excluded her.
    for (pack, refuses) in [(&REFORM, false), (&LAUNCH, true)] {
        let second = Arc::new(SecondOpinion::new(pack).expect("it loaded"));
        let session = professional("medecin_travail", Purpose::Care);
        let lens = REFORM.lens(&session, noon());
        let shown = gathered(&REFORM, &lens).0.let_out(&lens);
        let lens = lens.seconded_by(Arc::clone(&second));
        let let_out = gathered(&REFORM, &lens).0.let_out(&lens);
        let many = shown.iter().filter(|it| **it).count() as u64;
        assert!(many > 0);
        assert_eq!(second.asked(), many);
        assert_eq!(second.refusals(), if refuses { many } else { 0 });
        assert_eq!(let_out.contains(&true), !refuses);
    }
}

#[test]
fn what_was_gathered_otherwise_is_let_out_nowhere() {
    let lens = LAUNCH.lens(&panel("medecin"), noon());
    let paper = document(&LAUNCH, "11488-4");
    let mut homeless = Gathering::new();
    homeless.push(paper);
    assert_eq!(homeless.let_out(&lens), [false]);
    let (gathering, _) = gathered(&LAUNCH, &lens);
    let later = LAUNCH.lens(&panel("medecin"), Instant::from_millis(noon().millis() + 1));
    assert!(
        !gathering.let_out(&later).contains(&true),
        "another instant"
    );
    let holder = SessionFacts {
        patient: Some(DossierId::from_bytes([8; 16])),
        ..person(Purpose::Holder)
    };
    let holder = LAUNCH.lens(&holder, noon());
    assert!(
        !gathering.let_out(&holder).contains(&true),
        "another session"
    );
}
