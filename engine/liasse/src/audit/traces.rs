//! What the entries of the log say: facts in clear, and traces as far as there are keys.
//!
//! For: gaps, erasures and clocks without a key; accesses, with the audit keys. A handle does
//! not say which audit key is its own: keys were given out in the order in which handles first
//! stand in the log, so that the next one opens nearly always, and its neighbours otherwise.
//! Invariant: of a trace only counts are kept, and who broke the glass.

use super::check::{Check, Step};
use super::report::{Accesses, Depth, Erased, GapSpan, GlassBroken};
use super::{Auditor, TraceKeys};
use crate::error::Result;
use crate::recorder::{STORE_SLOT, slot};
use base::{AuditHandle, DocumentId, DocumentSet, Instant, RowRead};
use journal::{
    Act, Checkpoint, Class, Commit, Decision, ErasureStage, Fact, Kind, Log, Origin, PERIOD_SLOTS,
    Period, Trace,
};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::Counter;
use vault::{AuditKey, EntryKey, Slot};

/// What the traces told, for the steps behind them.
#[derive(Default)]
pub(super) struct Known {
    /// Handles of dossiers that were erased as a whole.
    pub(super) wholes: BTreeSet<AuditHandle>,
    /// Documents that were erased.
    pub(super) documents: BTreeSet<DocumentId>,
    /// The documents that the store holds, once all dossiers were opened.
    pub(super) kept: Option<DocumentSet>,
}

/// What is gathered on the way through the log.
struct Reading<'k> {
    last: Option<Commit>,
    same_instants: u64,
    restored: u32,
    /// The month of the first entry.
    first: Option<u16>,
    /// The months of traces whose keys the log calls destroyed.
    retained: BTreeMap<Class, BTreeSet<u16>>,
    /// The last commit entry.
    committed: Option<u64>,
    keys: Option<Openers<'k>>,
    accesses: Accesses,
    known: Known,
    unopened: Vec<u64>,
    /// What the commit after these entries will date.
    hour: Option<(u64, Instant)>,
}

impl Check<'_> {
    /// Reads every entry: what it says in clear, and its trace when there are keys.
    pub(super) fn traces(&mut self, _: u64) -> Result<Step> {
        let Some(log) = self.log.clone() else {
            return Ok(Step::Continue(()));
        };
        let auditor = self.auditor;
        let rows = Arc::clone(&auditor.rows);
        let opens = self.reaches(Depth::AuditKeys);
        let keys = match auditor.keys.of_traces() {
            Some(keys) if opens => Some(Openers::new(auditor, keys)?),
            Some(_) | None => None,
        };
        let mut reading = Reading {
            last: None,
            same_instants: 0,
            restored: 0,
            first: None,
            retained: BTreeMap::new(),
            committed: None,
            keys,
            accesses: Accesses::default(),
            known: Known::default(),
            unopened: Vec::new(),
            hour: None,
        };
        self.report.gaps.clear();
        self.report.erased.clear();
        let mut failed = None;
        let read = log.entries(&*rows, 0..log.size(), &mut |index, entry| {
            if index % 1024 == 0 {
                self.tell_whole(index, log.size());
            }
            let done = self.entry(&mut reading, index, &entry);
            failed = done.err();
            if failed.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let whole = read.is_ok();
        match read {
            Ok(()) => self.retention(&reading),
            Err(error) => self.report.find("J6", "the journal", &error.to_string()),
        }
        self.conclude(reading)?;
        self.report.log_read = whole;
        Ok(Step::Continue(()))
    }

    fn entry(
        &mut self,
        reading: &mut Reading<'_>,
        index: u64,
        entry: &journal::Entry,
    ) -> Result<()> {
        let header = entry.header();
        reading.first.get_or_insert(header.hour.month());
        if let Some(fact) = entry.fact() {
            self.fact(reading, index, header.handle, &fact);
        }
        if header.hour > reading.hour.map_or(Instant::MIN, |(_, hour)| hour) {
            reading.hour = Some((index, header.hour));
        }
        if entry.sealed_trace().is_none() {
            return Ok(());
        }
        let Some(handle) = header.handle else {
            self.report.find(
                "J8",
                format!("entry {index}"),
                "a trace stands under no handle",
            );
            return Ok(());
        };
        let Some(keys) = &mut reading.keys else {
            return Ok(());
        };
        let log = self.log.as_ref();
        let whole = || log.is_some_and(|log| is_whole(log, &*self.auditor.rows, index, entry));
        match keys.open_of(handle, entry, &whole)? {
            Opening::Opened(trace) => count(reading, index, handle, &trace),
            Opening::Past => reading.accesses.past += 1,
            Opening::Closed => reading.unopened.push(index),
        }
        Ok(())
    }

    fn fact(
        &mut self,
        reading: &mut Reading<'_>,
        index: u64,
        handle: Option<AuditHandle>,
        fact: &Fact,
    ) {
        if let Fact::Commit(commit) = fact {
            self.commit(reading, index, commit);
            reading.committed = Some(index);
        } else if let Fact::Gap { from, to } = fact {
            self.report.gaps.push(GapSpan {
                entry: index,
                from: *from,
                to: (*to != Instant::MAX).then_some(*to),
            });
        } else if let (Fact::Erasure { stage, .. }, Some(handle)) = (fact, handle) {
            let steps = self.report.erased.entry(handle).or_default();
            if erasure(steps, *stage, index, reading.committed) == Order::Wrong {
                let what = "says a step of an erasure before the commit of the step before it";
                self.report.find("V6", format!("entry {index}"), what);
            }
        } else if let Fact::Restored { size, .. } = fact {
            reading.restored += 1;
            let what = format!("the store was restored; its log had {size} entries then");
            self.report.remark(format!("entry {index}"), what);
        } else if let Fact::Retained { class, month, .. } = fact {
            let what = format!("the keys of {class} traces of month {month} were destroyed");
            self.report.remark(format!("entry {index}"), what);
            reading.retained.entry(*class).or_default().insert(*month);
        }
    }

    /// The catalog keeps the keys of each class of traces from the month on that the log says.
    fn retention(&mut self, reading: &Reading<'_>) {
        for class in Class::ALL {
            let place = format!("table journal_retention, {class}");
            let kept_from = match journal::retention::kept_from(&*self.auditor.rows, *class) {
                Ok(month) => month,
                Err(error) => {
                    self.report.find("J13", place, &error.to_string());
                    continue;
                }
            };
            let none = BTreeSet::new();
            let told = reading.retained.get(class).unwrap_or(&none);
            let after = told.last().map_or(0, |last| last.saturating_add(1));
            if after > kept_from {
                let what = "keeps keys of traces that the log calls destroyed";
                self.report.find("J13", place.clone(), what);
            }
            let first = reading.first.unwrap_or(0);
            let untold = (first..kept_from).any(|month| !told.contains(&month));
            if untold || after < kept_from {
                let what = "calls keys of traces destroyed of which the log does not tell";
                self.report.find("J13", place, what);
            }
        }
    }

    /// Whether the instants of commits can be those of one clock that never goes back.
    fn commit(&mut self, reading: &mut Reading<'_>, index: u64, commit: &Commit) {
        let place = format!("entry {index}");
        if let Some((at, hour)) = reading.hour
            && hour > commit.at
        {
            let what = format!("entry {at} bears a later hour than the commit that wrote it");
            self.report.find("S13", place.clone(), &what);
        }
        reading.hour = None;
        if let Some(before) = &reading.last {
            if commit.at < before.at {
                self.report.find(
                    "S13",
                    place.clone(),
                    "the commit is earlier than the one before",
                );
            } else if commit.at.millis().saturating_sub(before.at.millis()) > JUMP_MILLIS {
                let what = format!(
                    "no commit since {}: the store was at rest, or its clock was set forward",
                    before.at
                );
                self.report.remark(place.clone(), what);
            }
            if commit.at == before.at {
                reading.same_instants += 1;
                if reading.same_instants == SAME_INSTANTS {
                    let what = "many commits bear one instant: the clock was set back";
                    self.report.remark(place, what);
                }
            } else {
                reading.same_instants = 0;
            }
        }
        reading.last = Some(*commit);
    }

    fn conclude(&mut self, reading: Reading<'_>) -> Result<()> {
        let named = Origin::of_store(self.auditor.store, reading.restored);
        if self.report.log.origin != named.as_str() {
            let what = "its name is not that of a log of this store, restored as often as it says";
            self.report.find("J11", "the journal", what);
        }
        let mut open_ends = Vec::new();
        for (handle, steps) in &self.report.erased {
            if steps.iter().any(|step| step.rewritten.is_none()) {
                open_ends.push(*handle);
            }
        }
        if !open_ends.is_empty() && self.report.erasing == 0 {
            for handle in open_ends {
                let what = "an erasure was begun, is not concluded, and nothing marks it";
                self.report.find("V6", format!("handle {handle}"), what);
            }
        }
        let Some(keys) = reading.keys else {
            return Ok(());
        };
        for index in &reading.unopened {
            let what = "no audit key opens its trace, though its time is not over";
            self.report.find("J8", format!("entry {index}"), what);
        }
        let accesses = reading.accesses;
        let of = accesses.opened + accesses.past + reading.unopened.len() as u64;
        self.report
            .cover_whole("traces, by their keys", accesses.opened + accesses.past, of);
        drop(keys);
        self.known = reading.known;
        self.report.accesses = Some(accesses);
        Ok(())
    }
}

/// Whether a step of an erasure stands where it must.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Right,
    Wrong,
}

/// Notes a step of an erasure: of the newest, or of all that wait for it, since one rotation
/// completes them together. A step follows the commit of the one before it.
fn erasure(steps: &mut Vec<Erased>, stage: ErasureStage, index: u64, commit: Option<u64>) -> Order {
    if stage == ErasureStage::Begun || steps.is_empty() {
        steps.push(Erased::default());
    }
    let mut order = Order::Right;
    for step in steps.iter_mut().rev() {
        let (place, before) = if stage == ErasureStage::Begun {
            (&mut step.begun, None)
        } else if stage == ErasureStage::KeysDestroyed {
            (&mut step.destroyed, Some(step.begun))
        } else {
            (&mut step.rewritten, Some(step.destroyed))
        };
        if place.is_some() {
            continue;
        }
        *place = Some(index);
        if before.is_some_and(|before| before.is_none() || commit <= before) {
            order = Order::Wrong;
        }
        if stage == ErasureStage::Begun {
            break;
        }
    }
    order
}

fn count(reading: &mut Reading<'_>, index: u64, handle: AuditHandle, trace: &Trace) {
    let accesses = &mut reading.accesses;
    accesses.opened += 1;
    let add = |counts: &mut BTreeMap<String, u64>, name: &str| {
        *counts.entry(name.to_owned()).or_default() += 1;
    };
    let kind = trace.act.kind();
    add(&mut accesses.kinds, kind.code());
    if [Kind::Access, Kind::Query, Kind::Disclose].contains(&kind) {
        let day = trace.at.to_string();
        add(&mut accesses.days, day.get(..10).unwrap_or(&day));
        add(&mut accesses.professions, &trace.agent.profession);
        add(&mut accesses.purposes, trace.agent.purpose.code());
    }
    if trace.decision == Decision::Deny {
        accesses.refused += 1;
    }
    if trace.act == Act::BrokeGlass {
        accesses.glass.push(GlassBroken {
            entry: index,
            at: trace.at,
            actor: trace.agent.actor.clone(),
            profession: trace.agent.profession.clone(),
            structure: trace.agent.structure.clone(),
            handle,
        });
    }
    if let Act::Erased { documents } = &trace.act {
        if documents.is_empty() {
            reading.known.wholes.insert(handle);
        }
        reading.known.documents.extend(documents);
    }
}

/// What became of a trace.
pub(super) enum Opening {
    Opened(Box<Trace>),
    /// The key of its class and month was destroyed when its time was over.
    Past,
    /// No key opens it.
    Closed,
}

/// The audit keys, and what is known of whose they are.
pub(super) struct Openers<'k> {
    keys: TraceKeys<'k>,
    rows: &'k dyn RowRead,
    store: base::StoreId,
    slots: BTreeMap<AuditHandle, u32>,
    /// Handles of whose traces of a period one was opened by no key.
    nobodys: BTreeSet<(AuditHandle, Period)>,
    periods: BTreeMap<Period, AuditKey>,
    /// The key that opened last: traces of one dossier come together.
    last: Option<(u32, Period, EntryKey)>,
    kept_from: BTreeMap<Class, u16>,
    next: u32,
    count: u32,
}

impl<'k> Openers<'k> {
    pub(super) fn new(auditor: &'k Auditor, keys: TraceKeys<'k>) -> Result<Self> {
        let given = auditor.rows.counters().next(Counter::AuditSlot);
        let count = u32::try_from(given).unwrap_or(u32::MAX).saturating_add(1);
        let rows: &dyn RowRead = &*auditor.rows;
        let mut kept_from = BTreeMap::new();
        for class in Class::ALL {
            kept_from.insert(*class, journal::retention::kept_from(rows, *class)?);
        }
        Ok(Self {
            keys,
            rows,
            store: auditor.store,
            slots: BTreeMap::new(),
            nobodys: BTreeSet::new(),
            periods: BTreeMap::new(),
            last: None,
            kept_from,
            next: STORE_SLOT,
            count: count.min(Slot::COUNT - PERIOD_SLOTS),
        })
    }

    /// The same, knowing whose keys some handles' are.
    pub(super) fn knowing(mut self, slots: BTreeMap<AuditHandle, u32>) -> Self {
        self.slots = slots;
        self
    }

    /// Whose keys the handles' are that were opened.
    pub(super) fn into_known(self) -> BTreeMap<AuditHandle, u32> {
        self.slots
    }

    /// Opens the trace of an entry under the key of its handle.
    pub(super) fn open(&mut self, handle: AuditHandle, entry: &journal::Entry) -> Result<Opening> {
        self.open_of(handle, entry, &|| true)
    }

    /// The same, of an entry that may have been altered: all keys are tried only where it is
    /// whole, and once for a handle that none of them opens.
    fn open_of(
        &mut self,
        handle: AuditHandle,
        entry: &journal::Entry,
        whole: &dyn Fn() -> bool,
    ) -> Result<Opening> {
        let period = Period::of_entry(entry.header());
        let kept_from = self.kept_from.get(&period.class).copied().unwrap_or(0);
        if period.month < kept_from {
            return Ok(Opening::Past);
        }
        if let Some(known) = self.slots.get(&handle).copied() {
            return Ok(match self.try_slot(known, period, entry)? {
                Some(trace) => Opening::Opened(trace),
                None => Opening::Closed,
            });
        }
        if self.nobodys.contains(&(handle, period)) {
            return Ok(Opening::Closed);
        }
        let behind = self.next..self.count;
        let before = (0..self.next.min(self.count)).rev();
        for (tried, candidate) in behind.chain(before).enumerate() {
            if tried == TRIED_UNASKED && !whole() {
                return Ok(Opening::Closed);
            }
            if let Some(trace) = self.try_slot(candidate, period, entry)? {
                self.slots.insert(handle, candidate);
                self.next = candidate + 1;
                return Ok(Opening::Opened(trace));
            }
        }
        self.nobodys.insert((handle, period));
        Ok(Opening::Closed)
    }

    fn try_slot(
        &mut self,
        number: u32,
        period: Period,
        entry: &journal::Entry,
    ) -> Result<Option<Box<Trace>>> {
        let known = self.last.take();
        let known = known.filter(|(of, during, _)| (*of, *during) == (number, period));
        let key = match known {
            Some((_, _, key)) => key,
            None => self.entry_key(number, period)?,
        };
        // One that does not open is one that did not.
        let opened = entry.open_trace(self.store, &key).ok().map(Box::new);
        self.last = Some((number, period, key));
        Ok(opened)
    }

    fn entry_key(&mut self, number: u32, period: Period) -> Result<EntryKey> {
        let patient = self.keys.audit_key(self.rows, slot(number)?)?;
        let of_period = match self.periods.entry(period) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(self.keys.audit_key(self.rows, period.slot()?)?),
        };
        Ok(patient.entry_key(of_period))
    }
}

/// Whether an entry is the one that the log's tree holds at its place.
fn is_whole(log: &Log, rows: &dyn RowRead, index: u64, entry: &journal::Entry) -> bool {
    let proof = log.prove_inclusion(rows, index, log.size());
    proof.is_ok_and(|proof| proof.verify(entry.bytes(), &Checkpoint::of(log)).is_ok())
}

/// Keys that are tried before an entry is compared with the tree: one of them opens nearly always.
const TRIED_UNASKED: usize = 4;
/// A month: longer than any store in use rests.
const JUMP_MILLIS: i64 = 31 * 86_400_000;
/// Commits in a row with one instant that no clock gives.
const SAME_INSTANTS: u64 = 16;
