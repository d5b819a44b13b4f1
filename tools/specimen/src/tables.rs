//! The tables of the repository's data: conditions, analytes, recipes, specialities, structures.
//!
//! Invariant: the data is ours and read once; a fault in it is met by the first test.

use crate::document::Kind;
use crate::grammar::parse::condition_keys;
use crate::grammar::{GRAMMAR, RuleId};
use crate::people::Sex;
use std::sync::LazyLock;

/// What somebody can have.
pub(crate) struct Condition {
    /// Its number in the grammar.
    pub(crate) phrases: usize,
    pub(crate) lasts: bool,
    pub(crate) age_min: i64,
    pub(crate) age_max: i64,
    pub(crate) sex: Option<Sex>,
    pub(crate) per_mille: u64,
    pub(crate) speciality: &'static str,
    pub(crate) panels: Vec<&'static str>,
}

/// What a laboratory measures.
pub(crate) struct Analyte {
    pub(crate) panel: &'static str,
    pub(crate) label: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) decimals: u32,
    pub(crate) low: i64,
    pub(crate) high: i64,
    pub(crate) reference: &'static str,
}

/// How a kind of document is made.
pub(crate) struct Recipe {
    pub(crate) kind: Kind,
    pub(crate) type_code: &'static str,
    pub(crate) weight: u64,
    pub(crate) title: &'static str,
    pub(crate) sections: Vec<SectionRecipe>,
}

/// How a section is made.
pub(crate) struct SectionRecipe {
    pub(crate) title: &'static str,
    pub(crate) code: &'static str,
    pub(crate) shape: Shape,
    pub(crate) phrases_min: i64,
    pub(crate) phrases_max: i64,
}

/// What a section consists of.
pub(crate) enum Shape {
    Paragraphs(ByAge),
    List(ByAge),
    Results,
}

/// A rule, and the one that stands for it when the patient is a child.
pub(crate) struct ByAge {
    pub(crate) adult: RuleId,
    pub(crate) child: RuleId,
}

/// A kind of structure.
pub(crate) struct StructureKind {
    pub(crate) name: RuleId,
    pub(crate) sector: [&'static str; 2],
    pub(crate) practice: [&'static str; 2],
}

pub(crate) static CONDITIONS: LazyLock<Vec<Condition>> = LazyLock::new(|| {
    let keys: Vec<_> = condition_keys(include_str!("../data/conditions.txt")).collect();
    rows(include_str!("../data/conditions.tsv"))
        .map(|cells: [&str; 8]| Condition {
            phrases: keys
                .iter()
                .position(|key| *key == cells[0])
                .unwrap_or_else(|| unreachable!("no phrases for {}", cells[0])),
            lasts: cells[1] == "chronic",
            age_min: number(cells[2]),
            age_max: number(cells[3]),
            sex: match cells[4] {
                "F" => Some(Sex::Female),
                "M" => Some(Sex::Male),
                _ => None,
            },
            per_mille: number(cells[5]),
            speciality: cells[6],
            panels: cells[7].split(' ').collect(),
        })
        .collect()
});

pub(crate) static ANALYTES: LazyLock<Vec<Analyte>> = LazyLock::new(|| {
    rows(include_str!("../data/analytes.tsv"))
        .map(|cells: [&str; 8]| Analyte {
            panel: cells[0],
            label: cells[2],
            unit: cells[3],
            decimals: number(cells[4]),
            low: number(cells[5]),
            high: number(cells[6]),
            reference: cells[7],
        })
        .collect()
});

pub(crate) static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(|| {
    let mut recipes: Vec<Recipe> = Vec::new();
    for line in include_str!("../data/recipes.tsv").lines() {
        let cells: Vec<_> = line.split('\t').collect();
        match (cells.as_slice(), recipes.last_mut()) {
            (["D", kind, type_code, weight, title], _) => recipes.push(Recipe {
                kind: Kind::named(kind),
                type_code,
                weight: number(weight),
                title,
                sections: Vec::new(),
            }),
            (["S", title, code, shape, rule, low, high], Some(recipe)) => {
                recipe.sections.push(SectionRecipe {
                    title,
                    code,
                    shape: match *shape {
                        "paragraph" => Shape::Paragraphs(ByAge::named(rule)),
                        "list" => Shape::List(ByAge::named(rule)),
                        _ => Shape::Results,
                    },
                    phrases_min: number(low),
                    phrases_max: number(high),
                });
            }
            _ => unreachable!("not a recipe: {line}"),
        }
    }
    recipes
});

pub(crate) static STRUCTURES: LazyLock<Vec<StructureKind>> = LazyLock::new(|| {
    rows(include_str!("../data/structures.tsv"))
        .map(|cells: [&str; 5]| StructureKind {
            name: GRAMMAR.rule(&format!("structure.{}", cells[0])),
            sector: [cells[1], cells[2]],
            practice: [cells[3], cells[4]],
        })
        .collect()
});

impl ByAge {
    fn named(name: &str) -> Self {
        let adult = GRAMMAR.rule(name);
        Self {
            adult,
            child: GRAMMAR.rule_for_children(name).unwrap_or(adult),
        }
    }
}

/// The label of a speciality.
pub(crate) fn speciality_label(code: &str) -> &'static str {
    let found =
        rows(include_str!("../data/specialities.tsv")).find(|row: &[&str; 2]| row[0] == code);
    found.map_or("", |row| row[1])
}

fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        let row = std::array::from_fn(|_| cells.next().unwrap_or_default());
        assert!(cells.next().is_none(), "a row has {N} cells: {line}");
        row
    })
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    let parsed = text.parse().ok();
    parsed.unwrap_or_else(|| unreachable!("not a number: {text}"))
}

#[cfg(test)]
mod tests;
