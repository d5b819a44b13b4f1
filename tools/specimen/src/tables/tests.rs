//! The tables fit together and with the engine's codes.

use super::{ANALYTES, CONDITIONS, RECIPES, STRUCTURES, speciality_label};
use crate::document::Kind;
use base::code::document_type;

#[test]
fn every_recipe_makes_a_type_the_engine_knows() {
    for recipe in RECIPES.iter() {
        assert!(
            document_type(recipe.type_code).is_some(),
            "{}",
            recipe.type_code
        );
        assert!(!recipe.sections.is_empty());
    }
    for kind in Kind::ALL {
        let weight: u64 = RECIPES
            .iter()
            .filter(|recipe| recipe.kind == kind)
            .map(|r| r.weight)
            .sum();
        assert_eq!(weight, 100, "{kind:?}");
    }
}

#[test]
fn every_condition_has_phrases_a_speciality_and_panels() {
    for condition in CONDITIONS.iter() {
        assert!(condition.phrases > 1);
        assert!(
            !speciality_label(condition.speciality).is_empty(),
            "{}",
            condition.speciality
        );
        for panel in &condition.panels {
            assert!(
                ANALYTES.iter().any(|analyte| analyte.panel == *panel),
                "{panel}"
            );
        }
    }
}

#[test]
fn there_is_an_acute_condition_for_every_age() {
    for age in 0..=110 {
        let fits = |row: &&super::Condition| !row.lasts && row.sex.is_none();
        let ages = |row: &super::Condition| (row.age_min..=row.age_max).contains(&age);
        assert!(CONDITIONS.iter().filter(fits).any(ages), "{age}");
    }
}

#[test]
fn analytes_and_structures_are_whole() {
    assert!(ANALYTES.iter().all(|analyte| analyte.low < analyte.high));
    assert_eq!(STRUCTURES.len(), 5);
}
