//! Professionals in ordinary care: R1 to R7, R11 to R14, R20, R23, R24.

use super::scene::{
    Action, Agreement, BIOLOGY, CONSULTATION, Consent, Consents, DossierStatus, Flags, LAUNCH,
    Motive, PRESCRIPTION, PSYCHIATRY, Paper, Purpose, REFORM, RESIDENCE, Relation, Scene, Signed,
    UNKNOWN, Whom, Window, both, just_before, table, today,
};
use base::Availability;

#[test]
fn r1_nothing_is_read_or_written_by_professionals_unless_the_dossier_is_active() {
    let of = |status| {
        Scene::care("medecin")
            .with(Relation::Attending)
            .status(status)
    };
    for pack in both() {
        for (status, open) in [
            (DossierStatus::Active, true),
            (DossierStatus::Closed, false),
            (DossierStatus::Absent, false),
        ] {
            let scene = of(status);
            assert_eq!(scene.enters(pack), open, "{status:?}");
            assert_eq!(
                scene.sees(pack, &Paper::of(CONSULTATION)),
                open,
                "{status:?}"
            );
            assert_eq!(
                scene.sees(pack, &Paper::of(CONSULTATION).signed(Signed::Me)),
                open
            );
            assert_eq!(
                scene.may(pack, Action::Deposit(Flags::NONE)),
                open,
                "{status:?}"
            );
        }
        let absent = of(DossierStatus::Absent);
        assert!(absent.may(pack, Action::OpenDossier(Agreement::Collected)));
        assert!(!absent.may(pack, Action::OpenDossier(Agreement::NotCollected)));
        let active = of(DossierStatus::Active);
        assert!(
            !active.may(pack, Action::OpenDossier(Agreement::Collected)),
            "one is enough"
        );
    }
}

#[test]
fn r2_who_is_blocked_has_no_access_with_or_without_authorisation() {
    let cases = [
        (
            "authorised",
            Scene::care("medecin").with(Relation::Authorised),
            true,
        ),
        (
            "authorised and blocked",
            Scene::care("medecin")
                .with(Relation::Authorised)
                .with(Relation::Blocked),
            false,
        ),
        (
            "attending and her structure blocked",
            Scene::care("medecin")
                .with(Relation::Attending)
                .with(Relation::BlockedStructure),
            false,
        ),
        (
            "blocked, breaking the glass",
            Scene::professional("medecin", Purpose::EmergencyBtg).with(Relation::Blocked),
            false,
        ),
        (
            "blocked, at the centre 15",
            Scene::professional("medecin", Purpose::EmergencySamu).with(Relation::Blocked),
            false,
        ),
    ];
    for pack in both() {
        for (case, scene, open) in &cases {
            assert_eq!(scene.enters(pack), *open, "{case}");
            assert_eq!(scene.sees(pack, &Paper::of(BIOLOGY)), *open, "{case}");
            assert_eq!(
                scene.may(pack, Action::Deposit(Flags::NONE)),
                *open,
                "{case}"
            );
        }
        let author = Scene::care("medecin")
            .with(Relation::Author)
            .with(Relation::Blocked);
        let own = Paper::of(BIOLOGY).signed(Signed::Me);
        assert!(!author.sees(pack, &own), "not even what she wrote");
    }
}

#[test]
fn r3_an_authorisation_is_for_a_professional_or_a_structure_and_for_a_time() {
    let until = today().plus_days(1);
    let window = Window::new(today(), until);
    let scene = |relation, at| Scene::care("medecin").during(relation, window).at(at);
    for pack in both() {
        for relation in [Relation::Authorised, Relation::AuthorisedStructure] {
            for (at, open, case) in [
                (
                    just_before(today()),
                    false,
                    "a millisecond before it starts",
                ),
                (today(), true, "at its start"),
                (just_before(until), true, "a millisecond before it ends"),
                (until, false, "at its end"),
            ] {
                assert_eq!(scene(relation, at).enters(pack), open, "{case}");
                assert_eq!(
                    scene(relation, at).sees(pack, &Paper::of(CONSULTATION)),
                    open,
                    "{case}"
                );
            }
        }
        assert!(!Scene::care("medecin").enters(pack), "without one");
        let deposit = Scene::care("medecin").may(pack, Action::Deposit(Flags::NONE));
        assert!(deposit, "a deposit needs none");
    }
}

#[test]
fn r4_the_care_team_is_deemed_authorised_and_others_are_not() {
    let cases = [("a member of the care team", true), ("no member", false)];
    let scenes = [
        Scene::care("infirmier").with(Relation::CareTeam),
        Scene::care("infirmier"),
    ];
    table(&cases, "R4", |pack, at| {
        scenes[at].sees(pack, &Paper::of(BIOLOGY))
    });
    let opposed = Consents {
        consultation: Consent::Deny,
        ..Consents::UNASKED
    };
    for pack in both() {
        assert!(
            !scenes[0].clone().consenting(opposed).enters(pack),
            "the holder is opposed"
        );
    }
}

#[test]
fn r5_an_authorisation_is_never_set_without_the_holders_agreement_in_this_act() {
    for pack in both() {
        let doctor = Scene::care("medecin").with(Relation::Authorised);
        for whom in [Whom::Herself, Whom::Another] {
            assert!(doctor.may(pack, Action::Authorise(Agreement::Collected, whom)));
            assert!(!doctor.may(pack, Action::Authorise(Agreement::NotCollected, whom)));
        }
        let stranger = Scene::care("medecin");
        let agreed = Agreement::Collected;
        for action in [
            Action::Authorise(agreed, Whom::Herself),
            Action::SetAttending(agreed, Whom::Herself),
            Action::Consent(agreed),
        ] {
            assert!(!stranger.may(pack, action), "she has nothing to do with it");
            assert!(doctor.may(pack, action));
        }
        let author = Scene::care("pharmacien").with(Relation::Author);
        assert!(
            !author.may(pack, Action::Consent(agreed)),
            "she has no access"
        );
        let banker = Scene::care("banque");
        assert!(!banker.may(pack, Action::Authorise(Agreement::Collected, Whom::Herself)));
        assert!(doctor.may(pack, Action::Revoke(Whom::Herself)));
        assert!(!doctor.may(pack, Action::Revoke(Whom::Another)));
    }
}

#[test]
fn r6_a_deposit_needs_non_opposition_only() {
    let of = |deposit| {
        let consents = Consents {
            deposit,
            consultation: Consent::Deny,
            ..Consents::UNASKED
        };
        Scene::care("biologiste_labo").consenting(consents)
    };
    for pack in both() {
        for (consent, may) in [
            (Consent::Permit, true),
            (Consent::Unasked, true),
            (Consent::Deny, false),
        ] {
            assert_eq!(
                of(consent).may(pack, Action::Deposit(Flags::NONE)),
                may,
                "{consent}"
            );
            assert!(
                !of(consent).enters(pack),
                "consultation is another question"
            );
        }
        assert!(!Scene::care("assureur").may(pack, Action::Deposit(Flags::NONE)));
        assert!(!Scene::care("no-such-profession").may(pack, Action::Deposit(Flags::NONE)));
    }
}

#[test]
fn r7_an_attending_physician_sees_all_masked_and_unknown_types_too() {
    let attending = Scene::care("medecin").with(Relation::Attending);
    let authorised = Scene::care("medecin").with(Relation::Authorised);
    for pack in both() {
        for paper in [
            Paper::of(CONSULTATION),
            Paper::masked(CONSULTATION),
            Paper::of(RESIDENCE),
            Paper::of(UNKNOWN),
            Paper::hidden(CONSULTATION, today().plus_days(3)),
            Paper::kept_from_representatives(CONSULTATION),
        ] {
            assert!(attending.sees(pack, &paper));
        }
        assert!(!authorised.sees(pack, &Paper::masked(CONSULTATION)));
        assert!(!authorised.sees(pack, &Paper::of(UNKNOWN)));
        let nurse = Scene::care("infirmier").with(Relation::Attending);
        assert!(!nurse.enters(pack), "attending is for physicians");
        assert!(attending.may(pack, Action::Block));
        assert!(!authorised.may(pack, Action::Block));
        let agreed = Action::SetAttending(Agreement::Collected, Whom::Herself);
        assert!(authorised.may(pack, agreed));
        assert!(!Scene::care("infirmier").may(pack, agreed));
        assert!(attending.may(pack, Action::LeaveAttending(Whom::Herself)));
    }
}

#[test]
fn r11_insurers_mutuelles_and_banks_see_nothing_whatever_the_holder_said() {
    for pack in both() {
        for profession in ["assureur", "mutuelle", "banque"] {
            let scene = Scene::care(profession)
                .with(Relation::Authorised)
                .with(Relation::CareTeam)
                .with(Relation::Attending)
                .with(Relation::Author);
            assert!(!scene.enters(pack), "{profession}");
            let own = Paper::of(PRESCRIPTION).signed(Signed::Me);
            assert!(!scene.sees(pack, &own), "{profession}");
        }
    }
}

#[test]
fn r11_a_contract_is_no_reason_not_even_for_the_holder() {
    for pack in both() {
        let doctor = Scene::professional("medecin", Purpose::Contract).with(Relation::Attending);
        let holder = Scene::person(Purpose::Contract).with(Relation::Holder);
        for scene in [doctor, holder] {
            assert!(!scene.enters(pack));
            assert!(!scene.sees(pack, &Paper::of(CONSULTATION)));
            assert!(!scene.may(pack, Action::Deposit(Flags::NONE)));
        }
    }
}

#[test]
fn r11_an_occupational_physician_needs_the_holders_own_authorisation_since_the_reform() {
    let authorised = Scene::care("medecin_travail").with(Relation::Authorised);
    let team = Scene::care("medecin_travail").with(Relation::CareTeam);
    let structure = Scene::care("medecin_travail").with(Relation::AuthorisedStructure);
    let paper = Paper::of(CONSULTATION);
    for scene in [&authorised, &team, &structure] {
        assert!(!scene.enters(&LAUNCH), "the launch refused them all");
    }
    assert!(authorised.sees(&REFORM, &paper));
    assert!(!authorised.sees(&REFORM, &Paper::masked(CONSULTATION)));
    assert!(!team.enters(&REFORM) && !structure.enters(&REFORM));
}

#[test]
fn r12_care_looks_into_one_dossier_and_a_population_sees_numbers_only() {
    for pack in both() {
        let reach = |profession: &str, purpose| {
            let scene = Scene::professional(profession, purpose);
            pack.lens(&scene.session, today()).reach()
        };
        assert_eq!(reach("medecin", Purpose::Care), policy::Reach::OneDossier);
        assert!(matches!(
            reach("medecin", Purpose::Panel),
            policy::Reach::Related(_)
        ));
        assert_eq!(
            reach("medecin", Purpose::Population),
            policy::Reach::CountsOnly
        );
        let scene = Scene::professional("medecin", Purpose::Population);
        let lens = pack.lens(&scene.session, today()).scope(&scene.dossier());
        let facts = |paper: Paper| paper.facts(pack, &scene.session);
        assert!(
            !lens.shows(&facts(Paper::of(BIOLOGY))),
            "no document is shown"
        );
        assert!(lens.counts(&facts(Paper::of(BIOLOGY))).is_allowed());
        assert!(!lens.counts(&facts(Paper::masked(BIOLOGY))).is_allowed());
        let opposed = Consents {
            consultation: Consent::Deny,
            ..Consents::UNASKED
        };
        assert!(!scene.clone().consenting(opposed).enters(pack));
    }
}

#[test]
fn r12_a_panel_shows_what_care_shows() {
    for pack in both() {
        for relation in [
            Relation::Authorised,
            Relation::CareTeam,
            Relation::Attending,
        ] {
            for kind in [CONSULTATION, BIOLOGY, RESIDENCE, UNKNOWN] {
                for paper in [Paper::of(kind), Paper::masked(kind)] {
                    let care = Scene::care("medecin").with(relation);
                    let panel = Scene::professional("medecin", Purpose::Panel).with(relation);
                    assert_eq!(care.sees(pack, &paper), panel.sees(pack, &paper));
                }
            }
        }
    }
}

#[test]
fn r13_the_matrix_decides_by_profession_and_type() {
    let sees = |pack, profession: &str, kind| {
        let scene = Scene::care(profession).with(Relation::Authorised);
        scene.sees(pack, &Paper::of(kind))
    };
    for (profession, kind, launch, reform) in [
        ("medecin", CONSULTATION, true, true),
        ("medecin", RESIDENCE, true, false),
        ("pharmacien", CONSULTATION, false, true),
        ("pharmacien", PRESCRIPTION, true, true),
        ("pharmacien", BIOLOGY, true, true),
        ("infirmier", BIOLOGY, true, true),
        ("infirmier", PSYCHIATRY, false, false),
        ("chirurgien_dentiste", PSYCHIATRY, false, false),
        ("medecin", UNKNOWN, false, false),
        ("pharmacien", UNKNOWN, false, false),
        ("no-such-profession", PRESCRIPTION, false, false),
        ("coordination", PRESCRIPTION, false, false),
    ] {
        assert_eq!(
            sees(&LAUNCH, profession, kind),
            launch,
            "launch: {profession}, {kind}"
        );
        assert_eq!(
            sees(&REFORM, profession, kind),
            reform,
            "reform: {profession}, {kind}"
        );
    }
}

#[test]
fn r14_a_masked_document_is_hidden_from_all_but_its_depositor_and_the_attending_physician() {
    let masked = Paper::masked(BIOLOGY);
    let cases = [
        (
            "authorised",
            Scene::care("medecin").with(Relation::Authorised),
            masked,
            false,
        ),
        (
            "care team",
            Scene::care("medecin").with(Relation::CareTeam),
            masked,
            false,
        ),
        (
            "attending",
            Scene::care("medecin").with(Relation::Attending),
            masked,
            true,
        ),
        (
            "its author, without any authorisation",
            Scene::care("medecin").with(Relation::Author),
            masked.signed(Signed::Me),
            true,
        ),
        (
            "a colleague of its author's structure",
            Scene::care("pharmacien").with(Relation::AuthorStructure),
            masked.signed(Signed::MyStructure),
            true,
        ),
        (
            "the author of another document",
            Scene::care("medecin").with(Relation::Author),
            masked,
            false,
        ),
    ];
    for pack in both() {
        for (case, scene, paper, seen) in &cases {
            assert_eq!(scene.sees(pack, paper), *seen, "R14: {case}");
        }
        let holder = Scene::holder();
        assert!(holder.sees(pack, &masked), "she masked it herself");
    }
}

#[test]
fn r14_what_she_deposited_stays_visible_whatever_its_type_and_her_authorisation() {
    for pack in both() {
        let author = Scene::care("pharmacien").with(Relation::Author);
        for kind in [CONSULTATION, UNKNOWN, RESIDENCE] {
            assert!(
                author.sees(pack, &Paper::of(kind).signed(Signed::Me)),
                "{kind}"
            );
            assert!(!author.sees(pack, &Paper::of(kind)), "another's {kind}");
        }
        let opposed = Consents {
            consultation: Consent::Deny,
            ..Consents::UNASKED
        };
        let own = Paper::of(CONSULTATION).signed(Signed::Me);
        assert!(author.clone().consenting(opposed).sees(pack, &own));
        assert!(!author.status(DossierStatus::Closed).sees(pack, &own));
    }
}

#[test]
fn r20_a_deleted_document_is_shown_to_nobody_and_other_statuses_to_all() {
    for pack in both() {
        let scenes = [
            Scene::care("medecin").with(Relation::Attending),
            Scene::care("medecin").with(Relation::Author),
            Scene::holder(),
            Scene::representative(),
        ];
        for (at, scene) in scenes.iter().enumerate() {
            let signed = if at == 1 { Signed::Me } else { Signed::Another };
            for status in Availability::ALL {
                let paper = Paper::of(BIOLOGY).signed(signed).with_status(*status);
                let shown = *status != Availability::Deleted;
                assert_eq!(scene.sees(pack, &paper), shown, "{status}");
            }
        }
    }
}

#[test]
fn r24_the_refusal_of_a_hidden_document_is_that_of_a_missing_one() {
    let hidden = Paper::masked(CONSULTATION);
    for pack in both() {
        let scene = Scene::care("medecin").with(Relation::Authorised);
        let facts = hidden.facts(pack, &scene.session);
        for action in [
            Action::SetFlags(&facts, Flags::NONE),
            Action::SetStatus(&facts, Availability::Deleted),
            Action::SetStatus(&facts, Availability::Archived),
            Action::Replace(&facts, policy::Version::Latest),
        ] {
            let answer = scene.answer(pack, action);
            assert!(
                !answer.is_allowed() && answer.rules().is_empty(),
                "no rule is named"
            );
        }
    }
}

#[test]
fn r26_a_motive_does_not_replace_an_agreement() {
    for pack in both() {
        let doctor = Scene::care("medecin").with(Relation::Authorised);
        assert!(doctor.may(pack, Action::Close(Agreement::Collected, Motive::Given)));
        assert!(!doctor.may(pack, Action::Close(Agreement::NotCollected, Motive::Given)));
        assert!(!doctor.may(pack, Action::Close(Agreement::Collected, Motive::Missing)));
    }
}
