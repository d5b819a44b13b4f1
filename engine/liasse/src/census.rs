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
use base::{DocumentSet, DossierId, DossierNumber, Instant, RowError, RowRead, RowWrite, limit};
use policy::{Lens, Persons};
use query::{Facet, Field, Question, Watch};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    /// No dossier of any.
    pub(crate) fn nobody(&self, view: &View, lens: &Lens) -> Result<Population> {
        let slot = self.shared.core.signing_slot;
        Ok(Population {
            shown: Shown::new(view, lens),
            people: People::default(),
            key: view.keys.unit_key(view.rows(), slot)?.bucket_key(),
        })
    }

    /// What a session that only counts may count, in all dossiers.
    pub(crate) fn population(
        &self,
        view: &View,
        lens: &Lens,
        watch: Watch<'_>,
    ) -> Result<Population> {
        let mut population = self.nobody(view, lens)?;
        let mut together = Vec::new();
        let last = view.rows.counters().last_dossier();
        for number in last.map_or(0..0, |last| 0..last.number() + 1) {
            watch.go_on()?;
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
        self.keep_asked(asker)?;
        told
    }

    /// Keeps how much the actor has asked today, whether or not she was told anything, and
    /// nothing of the days before.
    pub(crate) fn keep_asked(&self, asker: Asker) -> Result<()> {
        let keep = move |group: &mut Group<'_>| {
            let (day, asked) = group.core.questions.of(asker);
            let rows = &mut group.transaction;
            for stale in before(rows, day)? {
                rows.remove(ENGINE, &stale)?;
            }
            Ok(rows.put(ENGINE, &key(day, asker), &[asked])?)
        };
        let kept = self.shared.submit(Spending::Reserve, keep, |(), _| Ok(()));
        kept.wait()
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
        let mut today = match rows.row(ENGINE, TOGETHER)? {
            Some(row) => Today::parse(&row).ok_or(StoreError::damaged(ENGINE))?,
            None => Today::new(i64::MIN),
        };
        let mut sound = true;
        let (first, last) = (
            key(i64::MIN, Asker([0; 16])),
            key(i64::MAX, Asker([255; 16])),
        );
        rows.visit(ENGINE, &first, &last, &mut |key, value| {
            match (parts(key), value) {
                (Some((day, asker)), [asked]) => today.add(day, asker, u64::from(*asked)),
                (Some(_) | None, _) => sound = false,
            }
            ControlFlow::Continue(())
        })?;
        if !sound {
            return Err(StoreError::damaged(ENGINE).into());
        }
        let asked = Mutex::new(today);
        Ok(Self { asked })
    }

    /// The day, and how much of it the actor has used up.
    fn of(&self, asker: Asker) -> (i64, u8) {
        let today = self.today();
        let asked = today.by.get(&asker).copied().unwrap_or_default();
        (today.day, u8::try_from(asked).unwrap_or(u8::MAX))
    }

    fn end(&self, asker: Asker) {
        let most = limit::POPULATION_QUESTIONS_A_DAY;
        self.today().by.insert(asker, most);
    }

    fn ask(&self, asker: Asker, now: Instant, cost: u64) -> Result<()> {
        let day = now.millis().div_euclid(DAY_MILLIS);
        let mut today = self.today();
        if today.day < day {
            *today = Today::new(day);
        }
        let asked = today.by.get(&asker).copied().unwrap_or_default() + cost;
        // What others ask is no part of it: their number would be told by the refusal.
        if asked > limit::POPULATION_QUESTIONS_A_DAY {
            return Err(Error::new(
                Code::Limit,
                "too many questions about the population in one day",
                "go on tomorrow: an average over many would tell of single persons",
            ));
        }
        today.by.insert(asker, asked);
        Ok(())
    }

    fn today(&self) -> MutexGuard<'_, Today> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Today {
    const fn new(day: i64) -> Self {
        let by = BTreeMap::new();
        Self { day, by }
    }

    /// Takes in what was kept of an actor; of the last day alone.
    fn add(&mut self, day: i64, asker: Asker, asked: u64) {
        if self.day < day {
            *self = Self::new(day);
        }
        if self.day == day {
            let kept = self.by.entry(asker).or_default();
            *kept = asked.max(*kept);
        }
    }

    /// Version u8 (1), day i64, then for each actor: keyed name (16), asked u8: all in one row, as
    /// earlier versions kept them.
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

/// The key of the row of an actor and a day: `asked`, version u8 (1), the day, its sign turned so
/// that days stand in order, u64 big-endian, her keyed name (16).
fn key(day: i64, Asker(name): Asker) -> Vec<u8> {
    let mut key = [TOGETHER, &[1]].concat();
    key.extend((day.cast_unsigned() ^ SIGN).to_be_bytes());
    key.extend(name);
    key
}

fn parts(key: &[u8]) -> Option<(i64, Asker)> {
    let rest = key.strip_prefix(TOGETHER)?.strip_prefix(&[1])?;
    let (day, name) = rest.split_first_chunk()?;
    let day = (u64::from_be_bytes(*day) ^ SIGN).cast_signed();
    Some((day, Asker(name.try_into().ok()?)))
}

/// Some of the rows of days before this one, the one that held all actors among them.
fn before(rows: &dyn RowRead, day: i64) -> std::result::Result<Vec<Vec<u8>>, RowError> {
    let mut stale = Vec::new();
    if let Some(row) = rows.row(ENGINE, TOGETHER)?
        && Today::parse(&row).is_none_or(|held| held.day < day)
    {
        stale.push(TOGETHER.to_vec());
    }
    let (first, today) = (key(i64::MIN, Asker([0; 16])), key(day, Asker([0; 16])));
    rows.visit(ENGINE, &first, &today, &mut |key, _| {
        if key >= today.as_slice() || stale.len() == STALE_ROWS_MAX {
            return ControlFlow::Break(());
        }
        stale.push(key.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(stale)
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
    let counted = question.facets.iter().any(|facet| match facet {
        Facet::Field(field) => field.names_documents(),
        Facet::Year => false,
        Facet::Groups(grouping) => grouping.field.names_documents(),
    });
    counted || question.wanted.required().any(Field::names_documents)
}

/// The kind under which draws are made of the signing unit's bucket key.
const CENSUS: u8 = 1;
/// The kind under which actors are named by it.
const ASKER: u8 = 2;
/// What the rows of what was asked begin with; by itself, the row that held all actors.
const TOGETHER: &[u8] = b"asked";
/// Rows of earlier days that one question removes.
const STALE_ROWS_MAX: usize = 256;
const SIGN: u64 = 1 << 63;
const ACTOR_BYTES: usize = 17;
const _: () = assert!(limit::POPULATION_QUESTIONS_A_DAY <= u8::MAX as u64);
const DAY_MILLIS: i64 = 86_400_000;
