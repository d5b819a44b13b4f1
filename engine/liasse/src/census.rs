//! What a population session is told: how many persons there are of a kind, never which.
//!
//! For: counts over all dossiers. Not for: a panel, whose documents the actor may see one by one.
//! Invariants: persons are counted, whatever the number of their documents and of their linked
//! dossiers; a number is told by `policy::Persons` alone; the same set of persons is always told
//! as the same number; an actor asks so often a day and no more, however often the store is opened.

use crate::core::View;
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::session::Session;
use crate::shown::{DOSSIERS_TOGETHER, Shown};
use crate::upkeep::ENGINE;
use base::{DocumentSet, DossierId, DossierNumber, Instant, RowRead, RowWrite, limit};
use policy::{Lens, Persons};
use query::{Facet, Field, Question};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use store::{Spending, StoreError};
use vault::{BucketKey, Hasher};

/// All documents that may be counted, and whose they are.
pub(crate) struct Population {
    pub(crate) shown: Shown,
    people: People,
    key: BucketKey,
}

/// Which dossiers are one person's.
#[derive(Default)]
struct People {
    dossiers: BTreeMap<DossierNumber, DossierId>,
    /// A dossier that was found to be another's, under the least of their ids known so far.
    linked: BTreeMap<DossierId, DossierId>,
}

impl People {
    /// The id under which the person of a dossier goes.
    fn person(&self, mut dossier: DossierId) -> DossierId {
        while let Some(other) = self.linked.get(&dossier) {
            dossier = *other;
        }
        dossier
    }

    fn link(&mut self, one: DossierId, other: DossierId) {
        let (one, other) = (self.person(one), self.person(other));
        if one != other {
            self.linked.insert(one.max(other), one.min(other));
        }
    }

    /// The persons who have one of these documents.
    fn of(&self, documents: &DocumentSet) -> BTreeSet<DossierId> {
        let mut persons = BTreeSet::new();
        let mut last = None;
        for number in documents.iter().map(base::Ordinal::dossier) {
            if last.replace(number) != Some(number)
                && let Some(dossier) = self.dossiers.get(&number)
            {
                persons.insert(self.person(*dossier));
            }
        }
        persons
    }
}

impl Population {
    /// The persons behind a number. Their draw is made of their ids under a key of the store, so
    /// that nobody who knows the ids can foretell it.
    pub(crate) fn persons(&self, documents: &DocumentSet) -> Persons {
        let persons = self.people.of(documents);
        let mut hasher = Hasher::new("liasse census v1");
        for person in &persons {
            hasher.part(person.as_bytes());
        }
        let drawn = self.key.bucket(CENSUS, hasher.finish().as_bytes());
        let draw = u128::from_le_bytes(drawn) % u128::from(u64::MAX);
        Persons {
            count: persons.len() as u64,
            draw: u64::try_from(draw).unwrap_or_default(),
        }
    }
}

impl Session {
    /// What a session that only counts may count, in all dossiers.
    pub(crate) fn population(&self, view: &View, lens: &Lens) -> Result<Population> {
        let slot = self.shared.core.signing_slot;
        let key = view.keys.unit_key(view.rows(), slot)?.bucket_key();
        let mut population = Population {
            shown: Shown::new(view, lens),
            people: People::default(),
            key,
        };
        let mut together = Vec::new();
        let last = view.rows.counters().last_dossier();
        for number in last.map_or(0..0, |last| 0..last.number() + 1) {
            let Ok(number) = DossierNumber::new(number) else {
                break;
            };
            if let Some(entered) = self.look(view, lens, number)? {
                let people = &mut population.people;
                people.dossiers.insert(number, entered.id);
                for link in entered.listing.dossier()?.links() {
                    people.link(entered.id, link.dossier());
                }
                together.push(entered);
            }
            if together.len() == DOSSIERS_TOGETHER {
                population.shown.add_counted(self, lens, &together);
                together.clear();
            }
        }
        population.shown.add_counted(self, lens, &together);
        Ok(population)
    }

    /// That the actor may ask this about the population, today.
    pub(crate) fn may_ask(&self, view: &View, question: &Question, now: Instant) -> Result<Asker> {
        if question.limit > 0 {
            return Err(crate::shown::name_the_patient());
        }
        if names_documents(question) {
            return Err(Error::new(
                Code::WrongPurpose,
                "a population is not asked about single documents",
                "leave their ids out of the question",
            ));
        }
        let core = &self.shared.core;
        let unit = view.keys.unit_key(view.rows(), core.signing_slot)?;
        let bucket = unit.bucket_key();
        let asker = Asker(bucket.bucket(ASKER, self.facts.actor.as_bytes()));
        core.questions.ask(asker, now, cost(question))?;
        Ok(asker)
    }

    /// That the actor may be told as many numbers. When they are too many, the day's questions
    /// are over, so that asking again does not feel for how many there are. A number that is too
    /// small to be told is none: how many of those there are is told by no limit either. Whatever
    /// comes of it is durable before anything is told.
    pub(crate) fn may_be_told(
        &self,
        asker: Asker,
        question: &Question,
        (told, now): (usize, Instant),
    ) -> Result<()> {
        let more = (told as u64).saturating_sub(cost(question));
        let questions = &self.shared.core.questions;
        let told = questions.ask(asker, now, more);
        if told.is_err() {
            questions.end(asker);
        }
        let keep = |group: &mut Group<'_>| {
            let row = group.core.questions.row();
            Ok(group.transaction.put(ENGINE, ASKED, &row)?)
        };
        let kept = self.shared.submit(Spending::Reserve, keep, |(), _| Ok(()));
        kept.wait()?;
        told
    }
}

/// Who asks, under a key of the store: the row that keeps it names nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asker([u8; 16]);

/// How much each actor has asked about the population today.
pub(crate) struct Questions {
    asked: Mutex<Today>,
}

struct Today {
    day: i64,
    by: BTreeMap<Asker, u64>,
}

impl Questions {
    /// What was kept of the day on which the store was last asked.
    pub(crate) fn read(rows: &dyn RowRead) -> Result<Self> {
        let today = match rows.row(ENGINE, ASKED)? {
            Some(row) => Today::parse(&row).ok_or(StoreError::damaged(ENGINE))?,
            None => Today::new(i64::MIN),
        };
        let asked = Mutex::new(today);
        Ok(Self { asked })
    }

    fn row(&self) -> Vec<u8> {
        let today = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        today.to_row()
    }

    fn end(&self, asker: Asker) {
        let mut today = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        today.by.insert(asker, limit::POPULATION_QUESTIONS_A_DAY);
    }

    fn ask(&self, asker: Asker, now: Instant, cost: u64) -> Result<()> {
        let day = now.millis().div_euclid(DAY_MILLIS);
        let mut today = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if today.day < day {
            *today = Today::new(day);
        }
        let asked = today.by.get(&asker).copied().unwrap_or_default() + cost;
        let actors = today.by.len() + usize::from(!today.by.contains_key(&asker));
        if asked > limit::POPULATION_QUESTIONS_A_DAY || actors > limit::POPULATION_ACTORS_A_DAY {
            return Err(Error::new(
                Code::Limit,
                "too many questions about the population in one day",
                "go on tomorrow: an average over many would tell of single persons",
            ));
        }
        today.by.insert(asker, asked);
        Ok(())
    }
}

impl Today {
    const fn new(day: i64) -> Self {
        let by = BTreeMap::new();
        Self { day, by }
    }

    /// Version u8 (1), day i64, then for each actor: keyed name (16), asked u8.
    fn to_row(&self) -> Vec<u8> {
        let mut row = vec![1];
        row.extend(self.day.to_le_bytes());
        for (Asker(name), asked) in &self.by {
            row.extend(name);
            row.push(u8::try_from(*asked).unwrap_or(u8::MAX));
        }
        row
    }

    fn parse(row: &[u8]) -> Option<Self> {
        let (version, rest) = row.split_first()?;
        let (day, rest) = rest.split_first_chunk()?;
        let (actors, []) = rest.as_chunks::<ACTOR_BYTES>() else {
            return None;
        };
        let by = actors.iter().map(|actor| {
            let (name, asked) = actor.split_first_chunk()?;
            Some((Asker(*name), u64::from(*asked.first()?)))
        });
        let by = by.collect::<Option<_>>()?;
        let day = i64::from_le_bytes(*day);
        (*version == 1).then_some(Self { day, by })
    }
}

/// What a question costs before it is answered: one, and one for each group of the actor's own
/// making. Every other number that is told costs one too: `Session::may_be_told`.
fn cost(question: &Question) -> u64 {
    let groups = question.facets.iter().map(|facet| match facet {
        Facet::Field(_) | Facet::Year => 0,
        Facet::Groups(grouping) => grouping.groups.len() as u64,
    });
    groups.sum::<u64>().saturating_add(1)
}

fn names_documents(question: &Question) -> bool {
    let one = |field: Field| matches!(field, Field::UniqueId | Field::EntryId);
    let counted = question.facets.iter().any(|facet| match facet {
        Facet::Field(field) => one(*field),
        Facet::Year => false,
        Facet::Groups(grouping) => one(grouping.field),
    });
    counted || question.wanted.fields.iter().any(|(field, _)| one(*field))
}

/// The kind under which draws are made of the signing unit's bucket key.
const CENSUS: u8 = 1;
/// The kind under which actors are named by it.
const ASKER: u8 = 2;
/// The row of what was asked today.
const ASKED: &[u8] = b"asked";
const ACTOR_BYTES: usize = 17;
const _: () = assert!(limit::POPULATION_QUESTIONS_A_DAY <= u8::MAX as u64);
const DAY_MILLIS: i64 = 86_400_000;
