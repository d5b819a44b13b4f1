//! The life of a dossier: R23, R26, R27.

use super::scene::{
    Action, Agreement, CONSULTATION, DossierStatus, Motive, Paper, Purpose, Relation, Scene, both,
    today,
};

#[test]
fn r23_a_purpose_gives_no_more_than_its_own_rules() {
    for pack in both() {
        for purpose in Purpose::ALL {
            let scene = Scene::professional("medecin", *purpose).with(Relation::Authorised);
            let expected = matches!(
                purpose,
                Purpose::Care | Purpose::Panel | Purpose::EmergencyBtg | Purpose::EmergencySamu
            );
            assert_eq!(
                scene.sees(pack, &Paper::of(CONSULTATION)),
                expected,
                "{purpose}"
            );
        }
    }
}

#[test]
fn r26_a_closed_dossier_is_reopened_by_its_holder_or_with_her_agreement() {
    for pack in both() {
        let closed = DossierStatus::Closed;
        let (agreed, not) = (Agreement::Collected, Agreement::NotCollected);
        let holder = Scene::holder().status(closed);
        assert!(holder.may(pack, Action::Reopen(not)));
        let doctor = Scene::care("medecin").status(closed);
        assert!(doctor.may(pack, Action::Reopen(agreed)));
        assert!(!doctor.may(pack, Action::Reopen(not)));
        assert!(
            !Scene::care("assureur")
                .status(closed)
                .may(pack, Action::Reopen(agreed))
        );
        assert!(
            !Scene::holder().may(pack, Action::Reopen(not)),
            "it is not closed"
        );
        let blocked = doctor.with(Relation::Blocked);
        assert!(!blocked.may(pack, Action::Reopen(agreed)));
    }
}

#[test]
fn r26_the_holder_closes_and_erases_and_a_representative_only_closes() {
    for pack in both() {
        let close = Action::Close(Agreement::NotCollected, Motive::Missing);
        assert!(Scene::holder().may(pack, close));
        assert!(Scene::holder().may(pack, Action::Erase));
        assert!(
            Scene::holder()
                .status(DossierStatus::Closed)
                .may(pack, Action::Erase)
        );
        assert!(Scene::representative().may(pack, close));
        let of_age = Scene::representative().minor_until(today());
        assert!(!of_age.may(pack, close));
        let attending = Scene::care("medecin").with(Relation::Attending);
        assert!(!attending.may(pack, Action::Erase));
    }
}

#[test]
fn r27_a_producer_keeps_reading_her_own_record_without_the_patients_authorisation() {
    use super::scene::Signed;
    for pack in both() {
        let hospital = Scene::care("infirmier").with(Relation::AuthorStructure);
        let own = Paper::of(CONSULTATION).signed(Signed::MyStructure);
        assert!(hospital.sees(pack, &own));
        let panel =
            Scene::professional("infirmier", Purpose::Panel).with(Relation::AuthorStructure);
        assert!(panel.sees(pack, &own), "over her own patients too");
    }
}
