//! Nobody is anybody, and numbers are what they should be.

use super::{Patient, Post, Practitioner, Sex, luhn};
use crate::calendar::Day;
use crate::world::World;
use intake::{Ins, InsAuthority};
use std::collections::BTreeSet;

#[test]
fn a_matricule_is_of_the_test_range_and_its_key_is_right() {
    let world = World::new(3);
    let mut seen = BTreeSet::new();
    let numbers = (0..500)
        .chain(1_000_000..1_000_500)
        .chain(47_999_999..48_000_010);
    for number in numbers {
        let patient = world.patient(number);
        let ins = Ins::new(&patient.matricule, InsAuthority::Test).expect("a matricule");
        assert!(ins.key_is_right(), "{}", patient.matricule);
        let month: u8 = patient.matricule[3..5].parse().expect("a month");
        assert!(month > 50, "no registry gives month {month}");
        assert_eq!(
            &patient.matricule[5..7],
            "00",
            "no registry gives department 00"
        );
        assert!(seen.insert(patient.matricule), "each has her own");
    }
}

#[test]
fn patients_are_of_all_ages() {
    let world = World::new(3);
    let ages: Vec<_> = (0..2000)
        .map(|at| world.patient(at).age(world.today()))
        .collect();
    assert!(
        ages.iter().all(|age| (0..=100).contains(age)),
        "{:?}",
        ages.iter().max()
    );
    let under = |limit| ages.iter().filter(|age| **age < limit).count();
    assert!((250..450).contains(&under(16)), "{}", under(16));
    assert!((1350..1650).contains(&under(70)), "{}", under(70));
    let women = (0..2000)
        .filter(|at| world.patient(*at).sex == Sex::Female)
        .count();
    assert!((950..1120).contains(&women), "{women}");
}

#[test]
fn an_age_counts_birthdays() {
    let mut patient = World::new(3).patient(0);
    patient.birth = Day::new(2000, 2, 29);
    assert_eq!(patient.age(Day::new(2018, 2, 28)), 17);
    assert_eq!(patient.age(Day::new(2018, 3, 1)), 18);
}

#[test]
fn practitioners_have_keyed_numbers_and_keep_their_posts() {
    assert_eq!(luhn("7992739871"), 3);
    let first = Practitioner::at(1, 4, Post::Hospital("SM04"));
    assert!(first == Practitioner::at(1, 4, Post::Hospital("SM04")));
    assert!(first.id.starts_with("899") && first.id.len() == 12);
    let other = Practitioner::at(1, 4, Post::Specialist("SM04"));
    assert!(first.id != other.id && first.structure.id != other.structure.id);
    let colleague = Practitioner::at(1, 4, Post::Hospital("SM30"));
    assert!(
        first.structure == colleague.structure,
        "one hospital in a town"
    );
}

#[test]
fn the_first_general_practitioner_of_a_town_has_most_patients() {
    let world = World::new(1);
    let first = Practitioner::at(1, 0, Post::General(0));
    let hers = (0..2000)
        .filter(|at| world.patient(*at).attending == first)
        .count();
    assert!((720..880).contains(&hers), "{hers}");
    assert!(Patient::INS_ROOT == InsAuthority::Test.oid());
}
