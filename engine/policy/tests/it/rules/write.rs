//! What may be written: R14, R15, R16, R17, R21.

use super::scene::{
    Action, BIOLOGY, Flags, Paper, Relation, Scene, Signed, Version, both, just_before, today,
};
use base::Availability::{Approved, Archived, Deleted, Deprecated};

#[test]
fn r14_the_holder_masks_and_unmasks_at_any_time() {
    for pack in both() {
        let holder = Scene::holder();
        let open = Paper::of(BIOLOGY).facts(pack, &holder.session);
        let masked = Paper::masked(BIOLOGY).facts(pack, &holder.session);
        assert!(holder.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        assert!(holder.may(pack, Action::SetFlags(&masked, Flags::NONE)));
        let delegate = Scene::person(base::Purpose::Representative).with(Relation::Delegate);
        assert!(!delegate.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
    }
}

#[test]
fn r14_a_representative_masks_for_a_minor_and_a_minor_herself_in_secret_too() {
    let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
    for pack in both() {
        let parent = Scene::representative();
        let open = Paper::of(BIOLOGY).facts(pack, &parent.session);
        let masked = Paper::masked(BIOLOGY).facts(pack, &parent.session);
        assert!(parent.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        assert!(parent.may(pack, Action::SetFlags(&masked, Flags::NONE)));
        let mut secret = open;
        secret.flags = kept;
        let both_flags = kept.with(Flags::MASQUE_PS);
        assert!(
            !parent.may(pack, Action::SetFlags(&secret, both_flags)),
            "she does not see it"
        );
        // To the very millisecond of majority, and not in the holder's name.
        let of_age = parent.clone().minor_until(today());
        assert!(!of_age.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        let last = parent.clone().minor_until(today()).at(just_before(today()));
        assert!(last.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        // Nor by what she is beside: whom the holder, of age now, delegates access to only reads.
        let delegate = of_age.with(Relation::Delegate);
        assert!(delegate.sees(pack, &Paper::of(BIOLOGY)));
        assert!(!delegate.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        assert!(!delegate.may(pack, Action::SetFlags(&masked, Flags::NONE)));
        for purpose in [base::Purpose::Holder, base::Purpose::Care] {
            let mut other = parent.clone();
            other.session.purpose = purpose;
            assert!(!other.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        }
        let minor = Scene::holder().minor_until(today().plus_months(12));
        for minor in [minor.clone(), minor.secret()] {
            assert!(minor.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
            assert!(minor.may(pack, Action::SetFlags(&masked, Flags::NONE)));
            assert!(minor.may(pack, Action::SetFlags(&secret, both_flags)));
        }
        let adult = Scene::holder().secret();
        assert!(!adult.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
    }
}

#[test]
fn r14_professionals_mask_their_own_and_the_attending_physician_unmasks() {
    for pack in both() {
        let author = Scene::care("medecin").with(Relation::Author);
        let attending = Scene::care("medecin").with(Relation::Attending);
        let authorised = Scene::care("medecin").with(Relation::Authorised);
        let own = Paper::of(BIOLOGY)
            .signed(Signed::Me)
            .facts(pack, &author.session);
        let own_masked = Paper::masked(BIOLOGY)
            .signed(Signed::Me)
            .facts(pack, &author.session);
        let open = Paper::of(BIOLOGY).facts(pack, &author.session);
        let masked = Paper::masked(BIOLOGY).facts(pack, &author.session);
        assert!(author.may(pack, Action::SetFlags(&own, Flags::MASQUE_PS)));
        assert!(!author.may(pack, Action::SetFlags(&own_masked, Flags::NONE)));
        assert!(!authorised.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        assert!(attending.may(pack, Action::SetFlags(&open, Flags::MASQUE_PS)));
        assert!(attending.may(pack, Action::SetFlags(&masked, Flags::NONE)));
    }
}

#[test]
fn r15_default_masking_is_stamped_on_a_deposit() {
    let mut dossier = Scene::care("medecin").dossier();
    assert_eq!(dossier.stamp(Flags::NONE), Flags::NONE);
    dossier.stamped = Flags::MASQUE_PS;
    assert_eq!(dossier.stamp(Flags::NONE), Flags::MASQUE_PS);
    let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
    assert_eq!(dossier.stamp(kept), kept.with(Flags::MASQUE_PS));
}

#[test]
fn r16_any_professional_who_sees_it_announces_it_and_only_its_author_hides_it() {
    let until = today().plus_days(20);
    for pack in both() {
        let reader = Scene::care("medecin").with(Relation::Authorised);
        let author = Scene::care("medecin").with(Relation::Author);
        let hidden = Paper::hidden(BIOLOGY, until).facts(pack, &reader.session);
        let open = Paper::of(BIOLOGY).facts(pack, &reader.session);
        let own = Paper::of(BIOLOGY)
            .signed(Signed::Me)
            .facts(pack, &author.session);
        assert!(reader.may(pack, Action::SetFlags(&hidden, Flags::NONE)));
        assert!(!reader.may(pack, Action::SetFlags(&open, Flags::INVISIBLE_PATIENT)));
        assert!(author.may(pack, Action::SetFlags(&own, Flags::INVISIBLE_PATIENT)));
    }
}

#[test]
fn r17_no_document_is_masked_and_hidden_from_the_holder_at_once() {
    let both_flags = Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT);
    for pack in both() {
        let author = Scene::care("medecin")
            .with(Relation::Author)
            .with(Relation::Attending);
        assert!(author.may(pack, Action::Deposit(Flags::MASQUE_PS)));
        assert!(author.may(pack, Action::Deposit(Flags::INVISIBLE_PATIENT)));
        assert!(!author.may(pack, Action::Deposit(both_flags)));
        let hidden = Paper::hidden(BIOLOGY, today().plus_days(2)).signed(Signed::Me);
        let hidden = hidden.facts(pack, &author.session);
        assert!(!author.may(pack, Action::SetFlags(&hidden, both_flags)));
        assert!(
            author.may(pack, Action::SetFlags(&hidden, Flags::MASQUE_PS)),
            "one for the other"
        );
    }
}

#[test]
fn r21_the_author_or_her_structure_deletes_and_needs_no_authorisation() {
    for pack in both() {
        for (signed, relation, may) in [
            (Signed::Me, Relation::Author, true),
            (Signed::MyStructure, Relation::AuthorStructure, true),
            (Signed::Another, Relation::Attending, false),
            (Signed::Another, Relation::Authorised, false),
        ] {
            let scene = Scene::care("medecin").with(relation);
            let paper = Paper::of(BIOLOGY)
                .signed(signed)
                .facts(pack, &scene.session);
            for status in [Deleted, Archived, Approved] {
                assert_eq!(
                    scene.may(pack, Action::SetStatus(&paper, status)),
                    may,
                    "{status}"
                );
            }
            assert!(!scene.may(pack, Action::SetStatus(&paper, Deprecated)));
        }
    }
}

#[test]
fn r21_only_the_latest_version_is_replaced_and_only_by_its_author_or_structure() {
    for pack in both() {
        let author = Scene::care("medecin").with(Relation::Author);
        let own = Paper::of(BIOLOGY)
            .signed(Signed::Me)
            .facts(pack, &author.session);
        assert!(author.may(pack, Action::Replace(&own, Version::Latest)));
        assert!(!author.may(pack, Action::Replace(&own, Version::Superseded)));
        let reader = Scene::care("medecin").with(Relation::Attending);
        let other = Paper::of(BIOLOGY).facts(pack, &reader.session);
        assert!(!reader.may(pack, Action::Replace(&other, Version::Latest)));
    }
}
