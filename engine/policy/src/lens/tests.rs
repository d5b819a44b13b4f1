//! Proves what a lens takes for granted and what it does not: instants, relations, reach, time.

use super::*;
use crate::fixture::{DOSSIER, LAUNCH, document, dossier, noon, person, professional};
use crate::{DossierStatus, Relation, Window};
use base::{DossierId, Flags};

fn care() -> SessionFacts {
    professional("medecin", Purpose::Care)
}

#[test]
fn facts_of_another_instant_open_nothing() {
    let later = Instant::from_millis(noon().millis() + 1);
    let lens = LAUNCH.lens(&care(), later);
    let seen = lens.scope(&dossier(&[Relation::Authorised]));
    assert_eq!(seen.gate(), Gate::Refused);
    assert!(!seen.shows(&document(&LAUNCH, "11488-4")));
    assert!(!seen.may(crate::Action::Deposit(Flags::NONE)).is_allowed());
}

#[test]
fn a_relation_the_session_cannot_have_is_not_believed() {
    let mut she = person(Purpose::Holder);
    let mine = dossier(&[Relation::Holder]);
    assert_eq!(LAUNCH.lens(&she, noon()).scope(&mine).gate(), Gate::Open);
    she.patient = Some(DossierId::from_bytes([8; 16]));
    assert_eq!(LAUNCH.lens(&she, noon()).scope(&mine).gate(), Gate::Refused);
    let both = dossier(&[Relation::Authorised, Relation::Holder]);
    let doctor = LAUNCH.lens(&care(), noon());
    assert_eq!(
        doctor.scope(&both).gate(),
        Gate::Refused,
        "facts made for another session"
    );
    let impostor = SessionFacts {
        patient: Some(DOSSIER),
        ..professional("medecin", Purpose::Holder)
    };
    assert_eq!(
        LAUNCH.lens(&impostor, noon()).scope(&mine).gate(),
        Gate::Refused
    );
}

#[test]
fn an_unknown_profession_sees_nothing() {
    let lens = LAUNCH.lens(&professional("astrologue", Purpose::Care), noon());
    let all: Vec<_> = Relation::ALL
        .into_iter()
        .filter(|it| *it != Relation::Blocked)
        .collect();
    assert_eq!(lens.scope(&dossier(&all)).gate(), Gate::Refused);
    assert_eq!(lens.reach(), Reach::Nothing);
}

#[test]
fn only_a_panel_reaches_over_related_dossiers() {
    let reach = |profession: &str, purpose| {
        LAUNCH
            .lens(&professional(profession, purpose), noon())
            .reach()
    };
    let Reach::Related(relations) = reach("medecin", Purpose::Panel) else {
        panic!("a panel has guards")
    };
    let expected = [
        Relation::Authorised,
        Relation::AuthorisedStructure,
        Relation::CareTeam,
        Relation::Attending,
        Relation::Author,
        Relation::AuthorStructure,
    ];
    assert_eq!(relations.iter().collect::<Vec<_>>(), expected);
    assert_eq!(reach("medecin", Purpose::Care), Reach::OneDossier);
    assert_eq!(reach("medecin", Purpose::EmergencySamu), Reach::OneDossier);
    assert_eq!(reach("medecin", Purpose::Population), Reach::CountsOnly);
    assert_eq!(reach("medecin", Purpose::Contract), Reach::Nothing);
    assert_eq!(reach("infirmier", Purpose::Population), Reach::Nothing);
}

#[test]
fn an_answer_names_the_instant_it_may_turn_at() {
    let turn = noon().plus_days(3);
    let mut facts = dossier(&[]);
    facts.hold(Relation::Authorised, Window::new(Instant::MIN, turn));
    let lens = LAUNCH.lens(&care(), noon());
    assert_eq!(lens.scope(&facts).valid_until(), turn);
    let mut minor = dossier(&[Relation::Representative]);
    minor.majority = noon().plus_days(2);
    let parent = LAUNCH.lens(&person(Purpose::Representative), noon());
    assert_eq!(parent.scope(&minor).valid_until(), noon().plus_days(2));
    let mut hidden = document(&LAUNCH, "11488-4");
    hidden.flags = Flags::INVISIBLE_PATIENT;
    hidden.hidden_until = noon().plus_days(1);
    let seen = parent.scope(&minor);
    assert!(!seen.shows(&hidden));
    assert_eq!(seen.document_valid_until(&hidden), noon().plus_days(1));
}

#[test]
fn a_block_of_documents_gives_the_scalar_answers() {
    let session = professional("infirmier", Purpose::Panel);
    let lens = LAUNCH.lens(&session, noon());
    let mut columns = Columns::new();
    let mut expected = Vec::new();
    let kinds: Vec<_> = LAUNCH.dictionary().types().map(str::to_owned).collect();
    for (number, relations) in [
        &[Relation::Authorised][..],
        &[Relation::Author],
        &[],
        &[Relation::CareTeam, Relation::Blocked],
        &[Relation::CareTeam],
    ]
    .into_iter()
    .enumerate()
    {
        let facts = dossier(relations);
        let seen = lens.scope(&facts);
        columns.dossier(facts);
        for (at, kind) in kinds.iter().enumerate() {
            let mut paper = document(&LAUNCH, kind);
            paper.flags = [Flags::NONE, Flags::MASQUE_PS][(at + number) % 2];
            paper.parties = Parties::NONE;
            expected.push(seen.shows(&paper));
            columns.push(&paper);
        }
    }
    let answers: Vec<_> = (0..columns.len())
        .map(|at| lens.over(&columns).block(at / 64) >> (at % 64) & 1 == 1)
        .collect();
    assert_eq!(answers, expected);
    assert!(expected.contains(&true) && columns.blocks() > 7);
}

#[test]
fn documents_without_a_dossier_are_not_seen() {
    let lens = LAUNCH.lens(&care(), noon());
    let mut columns = Columns::new();
    columns.push(&document(&LAUNCH, "11488-4"));
    assert_eq!(lens.over(&columns).block(0), 0);
    let facts = DossierFacts::new(DOSSIER, DossierStatus::Active, noon().plus_days(1));
    columns.dossier(facts);
    columns.push(&document(&LAUNCH, "11488-4"));
    assert_eq!(lens.over(&columns).block(0), 0, "facts of another instant");
}

/// Dossiers that differ in one thing each, over and over, a few documents in each.
fn assorted(columns: &mut Columns, lens: &Lens) -> Vec<bool> {
    let mut expected = Vec::new();
    let papers = [Flags::NONE, Flags::MASQUE_PS, Flags::INVISIBLE_PATIENT].map(|flags| {
        let mut paper = document(&LAUNCH, "11488-4");
        (paper.flags, paper.hidden_until) = (flags, noon().plus_days(1));
        paper
    });
    for at in 0..60u8 {
        let mut facts = match at % 6 {
            0 => dossier(&[Relation::Authorised]),
            1 => dossier(&[Relation::Authorised, Relation::Blocked]),
            2 => dossier(&[]),
            _ => dossier(&[Relation::CareTeam]),
        };
        facts.dossier = DossierId::from_bytes([at % 2 + 7; 16]);
        match at % 6 {
            3 => facts.status = DossierStatus::Closed,
            4 => facts.consents.consultation = base::Consent::Deny,
            _ => {}
        }
        if lens.session().is_person() {
            facts = DossierFacts::new(facts.dossier, DossierStatus::Active, noon());
            facts.majority = noon().plus_days(i64::from(at % 3) - 1);
            facts.hold(Relation::Representative, Window::ALWAYS);
        }
        let seen = lens.scope(&facts);
        columns.dossier(facts);
        for paper in papers.iter().take(usize::from(at) % 4) {
            expected.push(seen.shows(paper));
            columns.push(paper);
        }
    }
    expected
}

#[test]
fn dossiers_of_one_kind_are_decided_together_and_no_others() {
    for session in [
        professional("medecin", Purpose::Panel),
        professional("pharmacien", Purpose::Care),
        person(Purpose::Representative),
    ] {
        let lens = LAUNCH.lens(&session, noon());
        let mut columns = Columns::new();
        let expected = assorted(&mut columns, &lens);
        let sight = lens.over(&columns);
        let bit = |at: usize| sight.block(at / 64) >> (at % 64) & 1 == 1;
        let answers: Vec<_> = (0..columns.len()).map(bit).collect();
        assert_eq!(answers, expected, "{}", session.profession);
        let seen = expected.iter().filter(|seen| **seen).count();
        let shown = session.profession == "pharmacien" || (seen > 3 && seen < expected.len() / 2);
        assert!(shown, "{}: {seen}", session.profession);
    }
}
