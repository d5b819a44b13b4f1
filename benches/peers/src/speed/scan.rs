//! What a plain scan of the documents answers: what every engine is compared with.
//!
//! Invariant: one pass over all documents, word by word, with no index and no rules but two `if`s.

use super::{COMMON, Engine, Listed, OTHER, RARE, World};
use crate::peer::Fault;
use std::collections::BTreeMap;

/// The answers.
pub struct Scan {
    world: World,
    lists: BTreeMap<u32, Vec<Listed>>,
    inside: BTreeMap<u32, Vec<u32>>,
    found: BTreeMap<&'static str, Found>,
}

/// Which documents hold a word, and how many of each type.
#[derive(Default)]
struct Found {
    numbers: Vec<u32>,
    facets: BTreeMap<String, u64>,
}

impl Scan {
    /// Scans all documents.
    #[must_use]
    pub fn of(world: World) -> Self {
        let compared: Vec<u32> = world.some_patients().collect();
        let mut scan = Self {
            world,
            lists: compared.iter().map(|it| (*it, Vec::new())).collect(),
            inside: compared.iter().map(|it| (*it, Vec::new())).collect(),
            found: [RARE, COMMON].map(|word| (word, Found::default())).into(),
        };
        for it in world.all() {
            if it.masked || it.patient >= world.panel() {
                continue;
            }
            let holds = |word: &str| it.text.split(' ').any(|held| held == word);
            for (word, found) in &mut scan.found {
                if holds(word) {
                    found.numbers.push(it.number);
                    *found.facets.entry(it.kind.to_owned()).or_default() += 1;
                }
            }
            if let Some(inside) = scan.inside.get_mut(&it.patient)
                && holds(COMMON)
                && holds(OTHER)
            {
                inside.push(it.number);
            }
            if let Some(list) = scan.lists.get_mut(&it.patient) {
                list.push(Listed {
                    number: it.number,
                    kind: it.kind.to_owned(),
                    title: it.title,
                });
            }
        }
        scan
    }

    /// Documents of the patients who are compared, some of each.
    #[must_use]
    pub fn bodies(&self) -> Vec<u32> {
        let lists = self.lists.values().flat_map(|list| list.iter().take(2));
        lists.map(|listed| listed.number).collect()
    }

    /// Compares an engine's answers.
    ///
    /// # Errors
    /// Which answer is another, or what the engine says.
    pub fn check(&self, engine: &mut dyn Engine) -> Result<(), Fault> {
        for (patient, expected) in &self.lists {
            let mut listed = engine.list(*patient)?;
            listed.sort();
            expect(listed == *expected, engine, "a list")?;
        }
        for number in self.bodies() {
            let body = engine.fetch(number)?;
            expect(body == self.world.document(number).body(), engine, "a body")?;
        }
        for (patient, expected) in &self.inside {
            let mut inside = engine.inside(*patient, [COMMON, OTHER])?;
            inside.sort_unstable();
            expect(inside == *expected, engine, "two words in a dossier")?;
        }
        for (word, Found { numbers, facets }) in &self.found {
            let top = engine.top(word)?;
            let all = top
                .iter()
                .all(|number| numbers.binary_search(number).is_ok());
            let full = top.len() == numbers.len().min(10);
            expect(all && full, engine, "the ten best")?;
            let count = engine.count(word)?;
            expect(count == numbers.len() as u64, engine, "a count")?;
            expect(engine.facets(word)? == *facets, engine, "facets")?;
        }
        Ok(())
    }
}

fn expect(holds: bool, engine: &dyn Engine, what: &str) -> Result<(), Fault> {
    if holds {
        return Ok(());
    }
    Err(format!("{}: {what} is not that of a plain scan", engine.name()).into())
}
