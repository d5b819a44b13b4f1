//! The holder, her representatives and delegates: R15, R16, R18, R19, R22, R25.

use super::scene::{
    Action, Agreement, BIOLOGY, CONSULTATION, DossierStatus, Flags, Paper, Purpose, Relation,
    Scene, Secrecy, Signed, UNKNOWN, Whom, both, just_before, today,
};

#[test]
fn r16_the_holder_sees_a_hidden_document_once_its_month_is_over_to_the_millisecond() {
    let deposited = today();
    let lapse = policy::lapse_of(deposited);
    let paper = Paper::hidden(CONSULTATION, lapse);
    for pack in both() {
        for (scene, who) in [
            (Scene::holder(), "the holder"),
            (Scene::representative(), "a representative"),
            (
                Scene::person(Purpose::Representative).with(Relation::Delegate),
                "a delegate",
            ),
        ] {
            assert!(
                !scene.clone().at(deposited).sees(pack, &paper),
                "{who}, on the first day"
            );
            assert!(
                !scene.clone().at(just_before(lapse)).sees(pack, &paper),
                "{who}"
            );
            assert!(
                scene.clone().at(lapse).sees(pack, &paper),
                "{who}, a month later"
            );
            assert!(scene.clone().sees(pack, &Paper::of(CONSULTATION)), "{who}");
        }
        let doctor = Scene::care("medecin").with(Relation::Authorised);
        assert!(
            doctor.sees(pack, &paper),
            "professionals see it, with the flag"
        );
    }
}

#[test]
fn r16_the_traces_of_a_hidden_document_are_hidden_too() {
    let paper = Paper::hidden(CONSULTATION, today().plus_days(9));
    for pack in both() {
        let holder = Scene::holder();
        assert!(!holder.sees_trace(pack, Secrecy::Open, Some(&paper)));
        assert!(holder.sees_trace(pack, Secrecy::Open, Some(&Paper::of(CONSULTATION))));
        assert!(holder.sees_trace(pack, Secrecy::Open, None));
    }
}

#[test]
fn r18_a_minor_keeps_documents_from_her_representatives() {
    let kept = Paper::kept_from_representatives(CONSULTATION);
    for pack in both() {
        assert!(!Scene::representative().sees(pack, &kept));
        assert!(Scene::representative().sees(pack, &Paper::of(CONSULTATION)));
        assert!(Scene::holder().sees(pack, &kept));
        assert!(
            Scene::care("medecin")
                .with(Relation::Authorised)
                .sees(pack, &kept)
        );
        let delegate = Scene::person(Purpose::Representative).with(Relation::Delegate);
        assert!(!delegate.sees(pack, &kept));
        assert!(!Scene::representative().sees_trace(pack, Secrecy::Open, Some(&kept)));
    }
}

#[test]
fn r18_representatives_lose_access_at_the_very_millisecond_of_majority() {
    let majority = today().plus_days(10);
    for pack in both() {
        let scene = Scene::representative().minor_until(majority);
        let before = scene.clone().at(just_before(majority));
        let at = scene.clone().at(majority);
        assert!(before.enters(pack) && before.sees(pack, &Paper::of(BIOLOGY)));
        assert!(!at.enters(pack) && !at.sees(pack, &Paper::of(BIOLOGY)));
        assert!(!at.sees_trace(pack, Secrecy::Open, None));
        let unknown = Scene::person(Purpose::Representative).with(Relation::Representative);
        assert!(!unknown.enters(pack), "an unknown date counts as past");
        let delegate = Scene::person(Purpose::Representative).with(Relation::Delegate);
        assert!(delegate.enters(pack), "a delegate of an adult");
    }
}

#[test]
fn r18_what_representatives_could_see_is_never_hidden_from_them_again() {
    for pack in both() {
        let holder = Scene::holder().minor_until(today().plus_months(5));
        let kept = Paper::kept_from_representatives(BIOLOGY).facts(pack, &holder.session);
        let open = Paper::of(BIOLOGY).facts(pack, &holder.session);
        assert!(holder.may(pack, Action::SetFlags(&kept, Flags::NONE)));
        for scene in [&holder, &Scene::care("medecin").with(Relation::Attending)] {
            let hide = Action::SetFlags(&open, Flags::INVISIBLE_REPRESENTANTS_LEGAUX);
            assert!(!scene.may(pack, hide));
        }
    }
}

#[test]
fn r19_a_secret_connection_is_for_minors_and_deposits_what_representatives_do_not_see() {
    let majority = today().plus_days(1);
    for pack in both() {
        let doctor = Scene::care("medecin").with(Relation::Authorised).secret();
        let minor = doctor.clone().minor_until(majority);
        assert!(minor.enters(pack));
        assert!(!doctor.enters(pack), "the holder is of age");
        assert!(!minor.clone().at(majority).enters(pack), "of age today");
        let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
        assert!(minor.may(pack, Action::Deposit(kept)));
        assert!(!minor.may(pack, Action::Deposit(Flags::NONE)));
        let parent = Scene::representative().minor_until(majority);
        assert!(parent.enters(pack));
        assert!(
            !parent.secret().enters(pack),
            "not to hide from the other parent"
        );
    }
}

#[test]
fn r19_the_traces_of_a_secret_connection_are_shown_to_the_minor_alone() {
    for pack in both() {
        assert!(Scene::holder().sees_trace(pack, Secrecy::Secret, None));
        assert!(!Scene::representative().sees_trace(pack, Secrecy::Secret, None));
        let open = Paper::of(BIOLOGY);
        assert!(!Scene::representative().sees_trace(pack, Secrecy::Secret, Some(&open)));
        assert!(Scene::representative().sees_trace(pack, Secrecy::Open, Some(&open)));
    }
}

#[test]
fn r22_the_holder_sees_all_of_her_dossier_even_closed_and_nothing_of_anothers() {
    for pack in both() {
        for kind in [CONSULTATION, BIOLOGY, UNKNOWN] {
            assert!(Scene::holder().sees(pack, &Paper::of(kind)));
            assert!(Scene::holder().sees(pack, &Paper::masked(kind)));
        }
        assert!(Scene::holder().status(DossierStatus::Closed).enters(pack));
        let closed = Scene::representative().status(DossierStatus::Closed);
        assert!(!closed.enters(pack));
        assert!(!Scene::person(Purpose::Holder).enters(pack), "not hers");
        assert!(
            !Scene::person(Purpose::Care)
                .with(Relation::Holder)
                .enters(pack)
        );
        assert!(!Scene::holder().may(pack, Action::Deposit(Flags::INVISIBLE_PATIENT)));
    }
}

#[test]
fn r22_a_patient_deletes_what_she_deposited_and_nothing_else() {
    use base::Availability::Deleted;
    for pack in both() {
        let holder = Scene::holder();
        let own = Paper::of(BIOLOGY)
            .signed(Signed::Person)
            .facts(pack, &holder.session);
        let other = Paper::of(BIOLOGY).facts(pack, &holder.session);
        assert!(holder.may(pack, Action::SetStatus(&own, Deleted)));
        assert!(!holder.may(pack, Action::SetStatus(&other, Deleted)));
        assert!(holder.may(pack, Action::Deposit(Flags::NONE)));
    }
}

#[test]
fn r22_the_holder_manages_her_dossier_and_a_delegate_only_reads_it() {
    for pack in both() {
        let delegate = Scene::person(Purpose::Representative).with(Relation::Delegate);
        for action in [
            Action::Authorise(Agreement::Collected, Whom::Another),
            Action::Revoke(Whom::Another),
            Action::Block,
            Action::Unblock,
            Action::Consent(Agreement::Collected),
            Action::SetAttending(Agreement::Collected, Whom::Another),
            Action::Erase,
            Action::History,
        ] {
            assert!(Scene::holder().may(pack, action));
            assert!(!delegate.may(pack, action));
        }
        assert!(!Scene::representative().may(pack, Action::Erase));
        assert!(Scene::representative().may(pack, Action::History));
    }
}

#[test]
fn r25_traces_are_for_the_holder_the_attending_and_the_auditor_who_reads_no_document() {
    for pack in both() {
        let auditor = Scene::professional("auditeur", Purpose::Audit);
        let paper = Paper::masked(CONSULTATION);
        assert!(auditor.may(pack, Action::History));
        assert!(auditor.sees_trace(pack, Secrecy::Secret, Some(&paper)));
        assert!(!auditor.sees(pack, &Paper::of(CONSULTATION)));
        let doctor = Scene::care("medecin").with(Relation::Attending);
        assert!(doctor.may(pack, Action::History));
        assert!(doctor.sees_trace(pack, Secrecy::Open, Some(&paper)));
        assert!(doctor.sees_trace(pack, Secrecy::Open, None));
        assert!(!doctor.sees_trace(pack, Secrecy::Secret, Some(&paper)));
        assert!(!doctor.sees_trace(pack, Secrecy::Secret, None));
        for other in [
            Scene::care("medecin").with(Relation::Authorised),
            Scene::care("infirmier").with(Relation::Attending),
            Scene::professional("medecin", Purpose::Panel).with(Relation::Attending),
            Scene::professional("medecin", Purpose::EmergencyBtg).with(Relation::Attending),
        ] {
            assert!(!other.may(pack, Action::History));
            assert!(!other.sees_trace(pack, Secrecy::Open, None));
        }
        assert!(!Scene::professional("medecin", Purpose::Audit).enters(pack));
        // Neither closing a dossier nor blocking the auditor hides its traces.
        for shut in [
            auditor.clone().status(DossierStatus::Closed),
            auditor.clone().with(Relation::Blocked),
            auditor.clone().with(Relation::BlockedStructure),
        ] {
            assert!(shut.may(pack, Action::History));
            assert!(shut.sees_trace(pack, Secrecy::Open, Some(&paper)));
            assert!(!shut.sees(pack, &paper));
            assert!(!shut.may(pack, Action::Deposit(Flags::NONE)));
        }
    }
}
