//! Emergencies: R8, R9, R10.

use super::scene::{
    Action, BIOLOGY, CONSULTATION, Consent, Consents, Motive, Paper, Purpose, Relation, Scene,
    Signed, UNKNOWN, both,
};

fn consents(btg: Consent, etreat: Consent, masked: Consent) -> Consents {
    Consents {
        btg,
        etreat,
        masked,
        ..Consents::UNASKED
    }
}

#[test]
fn r8_the_glass_is_broken_unless_the_holder_opposed_it_and_with_a_motive() {
    for pack in both() {
        for (btg, open) in [
            (Consent::Permit, true),
            (Consent::Unasked, true),
            (Consent::Deny, false),
        ] {
            let scene = Scene::professional("medecin", Purpose::EmergencyBtg).consenting(consents(
                btg,
                Consent::Deny,
                Consent::Deny,
            ));
            assert_eq!(scene.enters(pack), open, "{btg}");
            assert_eq!(scene.sees(pack, &Paper::of(CONSULTATION)), open, "{btg}");
            assert_eq!(
                scene.may(pack, Action::BreakGlass(Motive::Given)),
                open,
                "{btg}"
            );
            assert!(!scene.may(pack, Action::BreakGlass(Motive::Missing)));
        }
        let social = Scene::professional("coordination", Purpose::EmergencyBtg);
        assert!(!social.enters(pack), "for health professionals");
    }
}

#[test]
fn r9_the_centre_15_asks_another_consent_and_no_authorisation() {
    for pack in both() {
        let opposed_to_15 = consents(Consent::Permit, Consent::Deny, Consent::Permit);
        let opposed_to_glass = consents(Consent::Deny, Consent::Permit, Consent::Permit);
        let samu = Scene::professional("medecin", Purpose::EmergencySamu);
        let glass = Scene::professional("medecin", Purpose::EmergencyBtg);
        assert!(
            samu.enters(pack) && glass.enters(pack),
            "nobody asked the holder"
        );
        assert!(!samu.clone().consenting(opposed_to_15).enters(pack));
        assert!(glass.clone().consenting(opposed_to_15).enters(pack));
        assert!(samu.clone().consenting(opposed_to_glass).enters(pack));
        assert!(!glass.consenting(opposed_to_glass).enters(pack));
        let nurse = Scene::professional("infirmier", Purpose::EmergencySamu);
        assert!(!nurse.enters(pack), "the regulating physician alone");
        assert!(samu.sees(pack, &Paper::of(BIOLOGY)));
        assert!(!samu.sees(pack, &Paper::of(UNKNOWN)));
    }
}

#[test]
fn r10_masked_documents_are_shown_in_an_emergency_only_if_the_holder_allowed_it() {
    for pack in both() {
        for purpose in [Purpose::EmergencyBtg, Purpose::EmergencySamu] {
            for (masked, seen) in [
                (Consent::Permit, true),
                (Consent::Unasked, false),
                (Consent::Deny, false),
            ] {
                let scene = Scene::professional("medecin", purpose).consenting(consents(
                    Consent::Permit,
                    Consent::Permit,
                    masked,
                ));
                assert_eq!(
                    scene.sees(pack, &Paper::masked(BIOLOGY)),
                    seen,
                    "{purpose}, {masked}"
                );
                assert!(scene.sees(pack, &Paper::of(BIOLOGY)));
            }
            let attending = Scene::professional("medecin", purpose).with(Relation::Attending);
            assert!(
                !attending.sees(pack, &Paper::masked(BIOLOGY)),
                "an emergency is no care"
            );
            let author = Scene::professional("medecin", purpose);
            assert!(author.sees(pack, &Paper::masked(BIOLOGY).signed(Signed::Me)));
        }
    }
}
