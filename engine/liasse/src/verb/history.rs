//! `history`: who did what in a dossier, as far as its reader may know.
//!
//! Invariants: each trace passes the reader's own rules at the moment of reading; a trace of
//! documents hidden from her does not name them, and one that speaks of nothing else is not
//! there; what one search found is one line, however many entries name it; a representative
//! never learns of a secret session; that a dossier was erased shows to whoever may audit it, and
//! to nobody else; a damaged entry's place in the journal is an auditor's too.

mod events;
mod glass;

use crate::answer::HistoryLine;
use crate::ask::Matricule;
use crate::core::View;
use crate::error::{Code, Error, RESTORE, Result};
use crate::names::{self, Audited};
use crate::recorder::{AuditPlace, Line, Recorder, slot, trace};
use crate::session::{self, Entered, Session};
use crate::{facts, kept_words};
use base::{AuditHandle, DocumentId, DossierId, Flags, Instant, Purpose, SessionId, limit};
use journal::{Act, Decision, Entry, Kind, Log, Pending, Recorded, Secrecy, Trace, Verb, Words};
use policy::{Action, Cleared, DossierFacts, DossierLens, DossierStatus, Lens, TraceFacts};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};
use store::UnitKind;

/// A dossier whose traces are read: one that is there, or one that was erased.
struct Subject<'a> {
    id: DossierId,
    place: AuditPlace,
    lens: &'a DossierLens,
    living: Option<&'a Entered>,
    words: Unsealed,
}

/// Whether what was searched for, and why, is opened for its reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unsealed {
    Yes,
    No,
}

/// An entry that the reader may know of.
struct Known {
    index: u64,
    /// Whether it names as many documents as one entry can, and others may name the rest.
    part: bool,
    trace: Trace,
    secrecy: policy::Secrecy,
    /// Those of its documents that the reader may know.
    documents: Vec<DocumentId>,
    words: Words,
}

impl Known {
    /// What the rules ask of it, apart from its documents.
    const fn facts(&self) -> TraceFacts<'static> {
        TraceFacts {
            secrecy: self.secrecy,
            document: None,
        }
    }

    /// Whether both are of one search: an answer is named by as many entries as it takes.
    fn is_of_the_search_of(&self, other: &Self) -> bool {
        let (one, two) = (&self.trace, &other.trace);
        let together = (one.agent.session, one.at) == (two.agent.session, two.at);
        together && (self.part || other.part) && self.words == other.words
    }
}

/// What of a trace its reader may know.
struct Told<'a> {
    /// Its number in the log, for auditors.
    entry: Option<u64>,
    /// What names it whenever it is told: that number, or its session and instant, since how many
    /// entries the journal has would tell of others' work.
    name: String,
    trace: &'a Trace,
    documents: Vec<DocumentId>,
    /// What was searched for, and why, if she may read it.
    words: Option<&'a Words>,
}

impl Session {
    /// The traces of a dossier that the session may read, newest first. An auditor reads those
    /// of a person's erased dossiers too, after those of the one that is there.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when there is no such dossier or the session may not read its
    /// traces.
    pub fn history(&self, patient: &Matricule) -> Result<Vec<HistoryLine>> {
        let (told, proof) = self.lines_during(patient, &ALWAYS)?;
        Ok(told.release(&proof)?)
    }

    /// The same traces, those of acts between two instants.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub fn history_during(
        &self,
        patient: &Matricule,
        during: &RangeInclusive<Instant>,
    ) -> Result<Vec<HistoryLine>> {
        let (told, proof) = self.lines_during(patient, during)?;
        Ok(told.release(&proof)?)
    }

    fn lines_during(
        &self,
        patient: &Matricule,
        during: &RangeInclusive<Instant>,
    ) -> Result<(Cleared<Vec<HistoryLine>>, Recorded<Pending>)> {
        let view = self.shared.core.view()?;
        let (lines, traces) = self.read(&view, patient, during, &|told| written(&told))?;
        Ok((Cleared::gathered(lines), self.record(&view, &traces)?))
    }

    /// What the session may know of the traces of a dossier, and the traces of this reading.
    fn read<T>(
        &self,
        view: &View,
        patient: &Matricule,
        during: &RangeInclusive<Instant>,
        make: &dyn Fn(Told<'_>) -> T,
    ) -> Result<(Vec<Cleared<T>>, Vec<Line<'static>>)> {
        // One pack at one instant decides about every entry, whatever was in force when it was
        // written.
        let lens = self.lens(self.shared.core.now(view))?;
        let erased = self.erased(view, &lens, patient)?;
        let living = match self.enter_history(view, &lens, patient) {
            Ok(entered) => Some(entered),
            Err(error) if error.code() == Code::Refused && !erased.is_empty() => None,
            Err(error) => return Err(error),
        };
        let mut subjects = Vec::new();
        subjects.extend(living.as_ref().map(|entered| Subject {
            id: entered.id,
            place: entered.audit,
            lens: &entered.lens,
            living: Some(entered),
            words: self.unsealed(),
        }));
        subjects.extend(erased.iter().map(|(audited, lens)| Subject {
            id: audited.id,
            place: audited.place,
            lens,
            living: None,
            words: Unsealed::No,
        }));
        let traces: Vec<_> = subjects.iter().map(|it| self.reading(it)).collect();
        let told = self.told(view, &subjects, during, make);
        let lines = self.left(view, &traces, told)?;
        Ok((lines, traces))
    }

    /// What the session may know of the entries of a time.
    fn told<T>(
        &self,
        view: &View,
        subjects: &[Subject<'_>],
        during: &RangeInclusive<Instant>,
        make: &dyn Fn(Told<'_>) -> T,
    ) -> Result<Vec<Cleared<T>>> {
        let mut lines = Vec::new();
        for subject in subjects {
            let mut known = Vec::new();
            for (index, entry) in chain(view, subject.place.handle)? {
                known.extend(self.known(view, subject, index, &entry)?);
            }
            known.retain(|known| during.contains(&known.trace.at));
            if self.facts.purpose != Purpose::Audit {
                known = joined(known);
            }
            // Those that are not told are counted in no name.
            known.retain(|known| subject.lens.sees_trace(known.facts()).is_allowed());
            for (known, name) in named(known) {
                lines.extend(self.line_of(subject, name, known, make));
            }
        }
        Ok(lines)
    }

    fn enter_history(&self, view: &View, lens: &Lens, patient: &Matricule) -> Result<Entered> {
        let entered = self.enter_by(view, lens, patient, Verb::History)?;
        if !entered.lens.may(Action::History).is_allowed() {
            self.record_denial(view, &entered, Verb::History, None)?;
            return Err(Error::refused());
        }
        Ok(entered)
    }

    /// A person's erased dossiers, for a session whose rules let it read the traces of a dossier
    /// to which nobody has any tie.
    fn erased(
        &self,
        view: &View,
        lens: &Lens,
        patient: &Matricule,
    ) -> Result<Vec<(Audited, DossierLens)>> {
        let mut erased = Vec::new();
        if self.facts.purpose != Purpose::Audit {
            return Ok(erased);
        }
        for identity in patient.candidates() {
            let key = names::audited_key(&view.units, &names::alias_key(&identity));
            let held = view.units.lookup(view.rows(), UnitKind::Alias, &key)?;
            for audited in names::parse_audited(&held.unwrap_or_default()) {
                let untied = DossierFacts::new(audited.id, DossierStatus::Active, lens.at());
                let lens = lens.scope(&untied);
                if lens.may(Action::History).is_allowed() {
                    erased.push((audited, lens));
                }
            }
        }
        Ok(erased)
    }

    /// What was searched for, and why, is the holder's to read, and the auditor's.
    const fn unsealed(&self) -> Unsealed {
        match self.facts.purpose {
            Purpose::Holder | Purpose::Representative | Purpose::Audit => Unsealed::Yes,
            Purpose::Care
            | Purpose::Panel
            | Purpose::EmergencyBtg
            | Purpose::EmergencySamu
            | Purpose::Population
            | Purpose::Contract => Unsealed::No,
        }
    }

    /// The trace of this reading.
    fn reading(&self, subject: &Subject<'_>) -> Line<'static> {
        let act = Act::Accessed {
            verb: Verb::History,
            documents: Vec::new(),
        };
        let lens = subject.lens.lens();
        let (at, pack) = (lens.at(), session::pack(lens));
        let trace = trace(at, subject.id, self.agent(), &pack, Decision::Permit, act);
        Line {
            place: subject.place,
            trace,
            words: None,
        }
    }

    /// What the reader may know of an entry, if anything.
    fn known(
        &self,
        view: &View,
        subject: &Subject<'_>,
        index: u64,
        entry: &Entry,
    ) -> Result<Option<Known>> {
        let core = &self.shared.core;
        let (rows, keys) = (view.rows(), &view.keys);
        let recorder = Recorder {
            store: core.store,
            rows,
            keys,
            entropy: &*core.entropy,
        };
        let header = entry.header();
        let patient = keys.audit_key(rows, slot(subject.place.slot)?)?;
        let period = recorder.period_key(header.class, header.hour)?;
        let Ok(trace) = entry.open_trace(core.store, &patient.entry_key(&period)) else {
            let period = journal::Period::of_entry(header);
            // A fact about the dossier has no trace. Past its retention a trace opens for nobody;
            // before, a key or the entry is damaged.
            let of_fact = entry.fact().is_some();
            if of_fact || period.month < journal::retention::kept_from(rows, period.class)? {
                return Ok(None);
            }
            return Err(damaged(self.facts.purpose, index));
        };
        let words = match subject.living {
            Some(entered) if subject.words == Unsealed::Yes => {
                kept_words::open(core, view, entered, index, entry)?
            }
            Some(_) | None => Words::default(),
        };
        let secrecy = if trace.agent.secrecy == Secrecy::Open {
            policy::Secrecy::Open
        } else {
            policy::Secrecy::Secret
        };
        let named = trace.act.documents().to_vec();
        let mut shown = Vec::new();
        for document in &named {
            if self.may_know(subject, secrecy, &trace, *document) {
                shown.push(*document);
            }
        }
        if shown.is_empty() && !named.is_empty() && !stands_without(&trace) {
            return Ok(None);
        }
        Ok(Some(Known {
            index,
            part: named.len() == limit::TRACE_DOCUMENTS_MAX,
            trace,
            secrecy,
            documents: shown,
            words,
        }))
    }

    fn line_of<T>(
        &self,
        subject: &Subject<'_>,
        name: String,
        known: Known,
        make: &dyn Fn(Told<'_>) -> T,
    ) -> Option<Cleared<T>> {
        let audit = self.facts.purpose == Purpose::Audit;
        // Of an erased dossier they are gone, which is told.
        let told = subject.words == Unsealed::Yes || subject.living.is_none();
        let facts = known.facts();
        let line = make(Told {
            entry: audit.then_some(known.index),
            name: if audit { known.index.to_string() } else { name },
            trace: &known.trace,
            documents: known.documents,
            words: told.then_some(&known.words),
        });
        subject.lens.clear_trace(facts, line)
    }

    fn may_know(
        &self,
        subject: &Subject<'_>,
        secrecy: policy::Secrecy,
        trace: &Trace,
        id: DocumentId,
    ) -> bool {
        let dictionary = subject.lens.lens().pack().dictionary();
        let entry = subject.living.and_then(|entered| entered.listing.find(id));
        let facts = entry.map(|entry| facts::document(entry, &self.facts, dictionary));
        match facts {
            Some(facts) => {
                let trace = TraceFacts {
                    secrecy,
                    document: Some(&facts),
                };
                subject.lens.sees_trace(trace).is_allowed()
            }
            // What it was is gone with it: an auditor still sees its id, and whoever erased it.
            None => self.facts.purpose == Purpose::Audit || self.erased_it(trace),
        }
    }

    /// The newest entry of a chain that tells how this same actor, in the same purpose, erased
    /// the document.
    pub(crate) fn erased_at(
        &self,
        view: &View,
        place: AuditPlace,
        document: DocumentId,
    ) -> Result<Option<u64>> {
        let core = &self.shared.core;
        let (rows, keys) = (view.rows(), &view.keys);
        let recorder = Recorder {
            store: core.store,
            rows,
            keys,
            entropy: &*core.entropy,
        };
        let patient = keys.audit_key(rows, slot(place.slot)?)?;
        for (index, entry) in chain(view, place.handle)? {
            let header = entry.header();
            if header.kind != Kind::Erase {
                continue;
            }
            let period = recorder.period_key(header.class, header.hour)?;
            let trace = entry.open_trace(core.store, &patient.entry_key(&period));
            let told =
                |trace: Trace| trace.act.documents().contains(&document) && self.erased_it(&trace);
            // A fact of the erasure has no trace, and one past its retention opens for nobody.
            if trace.is_ok_and(told) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn erased_it(&self, trace: &Trace) -> bool {
        let (then, now) = (&trace.agent, self.agent());
        trace.act.kind() == Kind::Erase && (&then.actor, then.purpose) == (&now.actor, now.purpose)
    }
}

/// Whether a trace would be there without the documents it names: who searches a dossier by name
/// leaves one also when nothing is found, so its absence would tell of what was.
const fn stands_without(trace: &Trace) -> bool {
    matches!(trace.act, Act::Queried { .. }) && !matches!(trace.agent.purpose, Purpose::Panel)
}

/// A trace that does not open. Which entry of the journal it is tells how much work others made,
/// and is said to auditors alone.
fn damaged(reader: Purpose, index: u64) -> Error {
    let place = if reader == Purpose::Audit {
        format!("catalog.redb, journal entry {index}")
    } else {
        "catalog.redb, the journal".to_owned()
    };
    Error::new(Code::Corrupt, "a trace does not open", RESTORE).at(place)
}

/// The entries, newest first, with those of one search as one: how many there are tells how much
/// was found, hidden or not.
fn joined(known: Vec<Known>) -> Vec<Known> {
    let mut joined: Vec<Known> = Vec::with_capacity(known.len());
    let mut searches: BTreeMap<(SessionId, Instant), usize> = BTreeMap::new();
    for known in known {
        if !matches!(known.trace.act, Act::Queried { .. }) {
            joined.push(known);
            continue;
        }
        let search = (known.trace.agent.session, known.trace.at);
        let newer = searches.get(&search).and_then(|at| joined.get_mut(*at));
        match newer.filter(|newer| newer.is_of_the_search_of(&known)) {
            Some(newer) => {
                newer.part |= known.part;
                newer.documents.splice(0..0, known.documents);
            }
            None => {
                searches.insert(search, joined.len());
                joined.push(known);
            }
        }
    }
    joined
}

/// Entries, newest first, each with a name of its session and instant; of several of one instant,
/// the later ones are counted.
fn named(known: Vec<Known>) -> impl Iterator<Item = (Known, String)> {
    let mut before: BTreeMap<(SessionId, Instant), u64> = BTreeMap::new();
    let mut names = Vec::with_capacity(known.len());
    for known in known.iter().rev() {
        let (session, at) = (known.trace.agent.session, known.trace.at);
        let nth = before.entry((session, at)).or_default();
        names.push(match *nth {
            0 => format!("{session}.{}", at.millis()),
            nth => format!("{session}.{}.{nth}", at.millis()),
        });
        *nth += 1;
    }
    known.into_iter().zip(names.into_iter().rev())
}

/// The entries of a dossier's chain, newest first.
fn chain(view: &View, handle: AuditHandle) -> Result<Vec<(u64, Entry)>> {
    let log = Log::open(view.rows())?;
    let mut entries = Vec::new();
    log.history(view.rows(), handle, None, &mut |index, entry| {
        entries.push((index, entry.clone()));
        ControlFlow::Continue(())
    })?;
    // The first trace of a dossier is that of its creation: without it older ones are missing.
    if entries
        .last()
        .is_none_or(|(_, oldest)| oldest.header().kind != Kind::Dossier)
    {
        let place = "catalog.redb, table journal_chain";
        return Err(
            Error::new(Code::Corrupt, "traces of a dossier are missing", RESTORE).at(place),
        );
    }
    Ok(entries)
}

fn written(told: &Told<'_>) -> HistoryLine {
    let (trace, words) = (told.trace, told.words);
    HistoryLine {
        at: trace.at,
        what: trace.act.kind().code().to_owned(),
        actor: trace.agent.actor.clone(),
        profession: trace.agent.profession.clone(),
        structure: trace.agent.structure.clone(),
        purpose: trace.agent.purpose.code().to_owned(),
        permitted: trace.decision == Decision::Permit,
        documents: told.documents.clone(),
        detail: detail_of(&trace.act, words),
        entry: told.entry,
    }
}

fn detail_of(act: &Act, words: Option<&Words>) -> String {
    let detail = detail(act);
    let Some(Words { motive, .. }) = words else {
        return detail;
    };
    let always = matches!(act, Act::BrokeGlass);
    match (detail.is_empty(), motive.is_empty() && !always) {
        (_, true) => detail,
        (true, false) => format!("motive: {motive}"),
        (false, false) => format!("{detail}; motive: {motive}"),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a room may learn new acts")]
fn detail(act: &Act) -> String {
    let codes = |flags: Flags| flags.codes().collect::<Vec<_>>().join("+");
    match act {
        Act::Flagged { before, after, .. } => {
            format!("flags [{}] -> [{}]", codes(*before), codes(*after))
        }
        Act::StatusSet { before, after, .. } => format!("status {before} -> {after}"),
        Act::Consented {
            matter,
            before,
            after,
        } => format!("{matter}: {before} -> {after}"),
        Act::Related {
            relation,
            change,
            party,
            ..
        } => format!("{relation} {change}: {party}"),
        Act::DossierChanged { change } => change.to_string(),
        _ => String::new(),
    }
}

/// Whatever the time of an act.
const ALWAYS: RangeInclusive<Instant> = Instant::MIN..=Instant::MAX;

#[cfg(test)]
mod tests;
