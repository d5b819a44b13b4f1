//! What one asker asks of a store, each answer written out whole.
//!
//! Invariant: what is asked is made of a seed alone; twins are asked the same.

use super::doing::done;
use super::hidden::{Asker, FIRST_HIDDEN};
use super::questions::{fhir, json, question};
use super::store::{Dice, Store, WORDS, aside, id, matricule, request, with_stream};
use liasse::{
    Answer, DocumentEntry, EntryId, HistoryLine, Instant, Pass, Passes, Purpose, SearchRequest,
    Session, Statuses,
};
use std::fmt::Write;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Requests of each asker.
pub(super) const REQUESTS: usize = 41;
/// The request before which days go by: an authorisation ends, a flag lapses, a minor comes of
/// age; nothing that is hidden is announced yet.
const LATER: usize = 14;
/// From here on dossiers end: nothing is hidden in them any more.
const ENDING: usize = 35;
/// Of so many requests one comes behind something hidden.
const MEANWHILE: usize = 3;

/// The asker's sessions: into one dossier, and over all when her purpose allows.
struct Desk {
    one: Session,
    wide: Session,
    mark: Option<String>,
    /// Of her list of dossiers.
    mine: Option<String>,
}

/// Requests, each answered as text. `meanwhile` is done between some of them and between pages,
/// while marks, cursors and what is kept for the sessions are held.
pub(super) fn answers(
    store: &Store,
    asker: Asker,
    seed: u64,
    meanwhile: &mut dyn FnMut(&Store),
) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let mut desk = desk(store, asker, seed);
    let mut told: Vec<String> = (0..REQUESTS)
        .map(|nth| {
            if nth == LATER {
                store.wait(5);
            }
            if nth % MEANWHILE == MEANWHILE - 1 && nth < ENDING {
                meanwhile(store);
            }
            let stream = seed << 8 | nth as u64;
            let mut ask = || one((store, asker, nth), &mut desk, &mut dice, meanwhile);
            let mut told = with_stream(stream, &mut ask);
            let _ = write!(told, "\n[{nth}]");
            told
        })
        .collect();
    // Whatever was asked last, a number of the day's end is part of it.
    let last = told.last_mut().unwrap();
    let _ = write!(last, "{:?}", desk.mark.map(|mark| mark.len()));
    told
}

fn desk(store: &Store, asker: Asker, seed: u64) -> Desk {
    let who = match asker {
        Asker::Physician => ("lecteur", "medecin"),
        Asker::Pharmacist => ("officine", "pharmacien"),
        Asker::Holder => ("holder", "patient"),
        Asker::Stranger => ("inconnu", "medecin"),
        Asker::Rescuer => ("urgence", "medecin"),
        Asker::Counter => ("comptes", "medecin"),
        Asker::Parent => ("parent", "patient"),
        Asker::Minor => ("holder", "patient"),
        Asker::Regulator => ("centre-15", "medecin"),
        Asker::Auditor => ("controle", "medecin"),
    };
    let (one, wide) = match asker {
        Asker::Physician | Asker::Pharmacist | Asker::Stranger => (Purpose::Care, Purpose::Panel),
        Asker::Holder => (Purpose::Holder, Purpose::Holder),
        Asker::Rescuer => (Purpose::EmergencyBtg, Purpose::EmergencyBtg),
        Asker::Counter => (Purpose::Population, Purpose::Population),
        Asker::Parent => (Purpose::Representative, Purpose::Representative),
        Asker::Minor => (Purpose::Holder, Purpose::Holder),
        Asker::Regulator => (Purpose::EmergencySamu, Purpose::EmergencySamu),
        Asker::Auditor => (Purpose::Audit, Purpose::Audit),
    };
    let open = |purpose| {
        let person = matches!(asker, Asker::Holder | Asker::Parent | Asker::Minor);
        let mut request = request(who, purpose, person.then(|| matricule(0)));
        request.secret = asker == Asker::Minor;
        store.engine().session(request).unwrap()
    };
    with_stream(!seed, || Desk {
        one: open(one),
        wide: open(wide),
        mark: None,
        mine: None,
    })
}

fn one(
    (store, asker, nth): (&Store, Asker, usize),
    desk: &mut Desk,
    dice: &mut Dice,
    meanwhile: &mut dyn FnMut(&Store),
) -> String {
    let patient = match asker {
        Asker::Rescuer if nth == 0 => 0,
        Asker::Holder | Asker::Rescuer | Asker::Parent | Asker::Minor | Asker::Regulator => {
            dice.below(8) / 7
        }
        Asker::Physician
        | Asker::Pharmacist
        | Asker::Stranger
        | Asker::Counter
        | Asker::Auditor => dice.below(4),
    };
    let matricule = matricule(patient);
    let wide = matches!(
        asker,
        Asker::Physician | Asker::Pharmacist | Asker::Stranger | Asker::Counter
    );
    let asked = question(dice, asker);
    let named = asked.clone().of(matricule.clone());
    let (session, asked) = if wide && (asker == Asker::Counter || dice.one_in(2)) {
        (&desk.wide, asked)
    } else {
        (&desk.one, named.clone())
    };
    match nth {
        0 if asker == Asker::Rescuer => {
            format!(
                "{:?}",
                desk.one
                    .break_glass(&matricule, "inconscient")
                    .map_err(said)
            )
        }
        2 | 19 => pages(session, asked, &mut || meanwhile(store)),
        3 => worded(session, &asked, dice),
        4 => match session.search(&asked) {
            Ok(hits) => hits.iter().map(hit).collect(),
            Err(error) => said(error),
        },
        5 => format!("{:?}", session.count(&asked).map_err(said)),
        6 => listed(desk.one.entries(&matricule, Statuses::All)),
        7 => listed(desk.one.entries(&matricule, Statuses::Approved)),
        8 => fetched(&desk.one, 1 + dice.below(8) as u64),
        9 => fetched(&desk.one, FIRST_HIDDEN + dice.below(4) as u64),
        10 => {
            store.engine().settle().unwrap();
            history(desk.one.history(&matricule), asker)
        }
        11 => changes(desk, &matricule, wide && dice.one_in(2)),
        12 | 29 => dossiers(desk),
        13 => explained(&desk.one, &[None, Some(&named)][dice.below(2)]),
        14 => wrong(session, asked, dice),
        15..=17 | 27 | 31..40 => done((store, &desk.one), dice, patient, nth),
        18 | 28 => changes(desk, &matricule, wide && dice.one_in(2)),
        20 => points(&desk.one, &matricule),
        21 => {
            let during = lately(store, dice);
            history(desk.one.history_during(&matricule, &during), asker)
        }
        22 if asker == Asker::Auditor => planned(&desk.one, &asked),
        22 => {
            let during = lately(store, dice);
            let events = desk
                .one
                .audit_events_during(&matricule, &during, "test", "localhost");
            sessions_numbered(&events.unwrap_or_else(said))
        }
        30 => {
            store.engine().settle().unwrap();
            let events = desk.one.audit_events(&matricule, "test", "localhost");
            sessions_numbered(&events.unwrap_or_else(said))
        }
        23 => told(session, json(dice, asker), &asked),
        24 => told(session, fhir(dice, asker), &asked),
        25 => {
            let some = Pass::ALL.into_iter().filter(|_| dice.one_in(2));
            let passes = some.collect::<Vec<_>>().into_iter();
            let passes = passes.fold(Passes::NONE, Passes::with);
            shown(session.ask(&SearchRequest { passes, ..asked }))
        }
        26 => ended(session, asked, dice),
        40 => left(desk.one.entries(&matricule, Statuses::All)),
        _ => shown(session.ask(&asked)),
    }
}

/// What a written question is answered with, of the dossier or dossiers of another.
fn told(session: &Session, written: liasse::Result<SearchRequest>, like: &SearchRequest) -> String {
    let mut asked = match written {
        Ok(asked) => asked,
        Err(error) => return said(error),
    };
    asked.patient.clone_from(&like.patient);
    shown(session.ask(&asked))
}

/// A question that was cancelled or late before it was asked.
fn ended(session: &Session, mut asked: SearchRequest, dice: &mut Dice) -> String {
    if dice.one_in(2) {
        asked.passes = Passes::NONE;
    }
    if dice.one_in(2) {
        asked.cancel = Some(Arc::new(AtomicBool::new(true)));
    } else {
        asked.time = Some(Duration::ZERO);
    }
    let words = [session.count(&asked).map_err(said)];
    let completed = session.complete(&asked, 5).map_err(said);
    format!("{words:?} {completed:?} {}", shown(session.ask(&asked)))
}

fn points(session: &Session, patient: &liasse::Matricule) -> String {
    match session.points(patient, Statuses::All) {
        Ok(points) => {
            let points = points.iter();
            let points = points.map(|it| (it.document, &it.code, &it.value, it.negated));
            format!("{:?}", points.collect::<Vec<_>>())
        }
        Err(error) => said(error),
    }
}

/// What an auditor is told of how a search is done; how long it took is no part of it.
fn planned(session: &Session, asked: &SearchRequest) -> String {
    let mut asked = asked.clone();
    asked.patient = None;
    let physician = request(("lecteur", "medecin"), Purpose::Panel, None);
    match session.explain_plan(physician, &asked) {
        Ok(work) => {
            let (passes, expected) = (&work.passes, work.expected_in_a_million);
            format!("{passes:?} {:?} {expected}", work.changed)
        }
        Err(error) => said(error),
    }
}

/// Words that are proposed for a beginning and for a misspelling.
fn worded(session: &Session, asked: &SearchRequest, dice: &mut Dice) -> String {
    let word = dice.of(&WORDS);
    let begun: String = word.chars().take(2 + dice.below(3)).collect();
    let misspelt: String = word.chars().skip(1).collect();
    let about = |words: String| {
        let mut request = asked.clone();
        request.question.words = words;
        request
    };
    let most = 1 + dice.below(20);
    let completed = session.complete(&about(begun), most).map_err(said);
    let meant = session.did_you_mean(&about(misspelt)).map_err(said);
    format!("{completed:?} {meant:?}")
}

/// All pages of an answer.
fn pages(session: &Session, asked: SearchRequest, meanwhile: &mut dyn FnMut()) -> String {
    let limit = 1 + usize::from(asked.question.limit > 1);
    let asked = asked.limit(limit);
    let (mut told, mut next) = (String::new(), None::<String>);
    for _ in 0..30 {
        let page = match &next {
            None => session.ask(&asked),
            Some(cursor) => session.ask(&asked.clone().after(cursor)),
        };
        next = page.as_ref().ok().and_then(|page| page.next.clone());
        told += &shown(page);
        if next.is_none() {
            break;
        }
        aside(&mut *meanwhile);
    }
    told
}

fn fetched(session: &Session, number: u64) -> String {
    match session.fetch(id(number)) {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => said(error),
    }
}

/// The last days, up to thirty, when all that was asked has been written down.
fn lately(store: &Store, dice: &mut Dice) -> RangeInclusive<Instant> {
    store.engine().settle().unwrap();
    let days = i64::try_from(dice.below(30)).unwrap();
    store.now().plus_days(-days)..=store.now()
}

/// The lines of a history; which number an entry has in the journal is an auditor's, and goes by
/// what others do.
fn history(lines: liasse::Result<Vec<HistoryLine>>, asker: Asker) -> String {
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) => return said(error),
    };
    let mut told = String::new();
    for line in lines {
        let _ = writeln!(
            told,
            "{} {} {} {} {} {} {} {:?} {} {:?}",
            line.at,
            line.what,
            line.actor,
            line.profession,
            line.structure,
            line.purpose,
            line.permitted,
            line.documents,
            line.detail,
            line.entry.filter(|_| asker != Asker::Auditor)
        );
    }
    told
}

/// The events, with sessions by their order: their ids are drawn anew in each store.
fn sessions_numbered(events: &str) -> String {
    let behind = concat!(
        r#""}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/"#,
        r#"BasicAuditEntityType","code":"XrequestId""#
    );
    let mut seen: Vec<&str> = Vec::new();
    let mut parts: Vec<&str> = events.split(behind).collect();
    parts.pop();
    for part in parts {
        let (_, session) = part.split_at(part.len() - 32);
        if !seen.contains(&session) {
            seen.push(session);
        }
    }
    // They name events too.
    let numbered = |told: String, (nth, session): (usize, &&str)| {
        told.replace(session, &format!("session {nth}"))
    };
    seen.iter().enumerate().fold(events.to_owned(), numbered)
}

fn changes(desk: &mut Desk, patient: &liasse::Matricule, all: bool) -> String {
    let changes = if all {
        desk.wide.changes(None, desk.mark.as_deref())
    } else {
        desk.one.changes(Some(patient), desk.mark.as_deref())
    };
    let changes = match changes {
        Ok(changes) => changes,
        Err(error) => return said(error),
    };
    let told = changes.changes.iter();
    let told = told.map(|change| format!("{:?} {}\n", change.what, line(&change.entry)));
    let told: String = told.collect();
    let glass = history(Ok(changes.glass), Asker::Holder);
    let (length, updated) = (changes.mark.len(), changes.updated);
    desk.mark = Some(changes.mark);
    format!("{told} {updated} {glass} {length}")
}

/// Her dossiers; the second time with what changed since the first.
fn dossiers(desk: &mut Desk) -> String {
    match desk.wide.my_dossiers(desk.mine.as_deref()) {
        Err(error) => said(error),
        Ok(mine) => {
            let dossiers = mine.dossiers.iter();
            let dossiers = dossiers.map(|it| (it.dossier, &it.patient, it.documents, it.changed));
            let told = format!("{:?} {}", dossiers.collect::<Vec<_>>(), mine.mark.len());
            desk.mine = Some(mine.mark);
            told
        }
    }
}

fn explained(session: &Session, asked: &Option<&SearchRequest>) -> String {
    match session.explain(*asked) {
        Ok(told) => format!("{}\n{:?}\n{:?}", told.pack, told.rules, told.plan),
        Err(error) => said(error),
    }
}

/// A request that is wrong.
fn wrong(session: &Session, mut asked: SearchRequest, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => asked.question.words = "(embolie".to_owned(),
        1 => asked.question.words = "date:2024-13".to_owned(),
        2 => asked = asked.after("00ff"),
        _ => asked = asked.limit(100_000),
    }
    shown(session.ask(&asked))
}

fn shown(answer: liasse::Result<Answer>) -> String {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return said(error),
    };
    let mut told = format!(
        "{:?} {:?} {:?}\n",
        answer.total, answer.timeline, answer.next
    );
    for facet in &answer.facets {
        let _ = writeln!(told, "{} {:?}", facet.name, facet.groups);
    }
    told.extend(answer.hits.iter().map(hit));
    told
}

fn hit(hit: &liasse::Hit) -> String {
    let (snippet, score) = (&hit.snippet, hit.score);
    let (text, marks) = (&snippet.text, &snippet.highlights);
    format!("{} {score} {text} {marks:?}\n", line(&hit.entry))
}

fn line(it: &DocumentEntry) -> String {
    let mut flags: Vec<_> = it.flags.codes().collect();
    flags.push(&it.confidentiality);
    format!(
        "{} {} {} {} {} {} {} {} {} {} {} {flags:?} {} {} {} {}",
        it.document,
        it.entry,
        it.dossier,
        it.unique_id,
        it.type_code,
        it.class_code,
        it.title,
        it.author,
        it.author_structure,
        it.creation_time,
        it.deposited,
        it.status,
        it.mime_type,
        it.size,
        it.version
    )
}

fn listed(entries: liasse::Result<Vec<DocumentEntry>>) -> String {
    match entries {
        Ok(entries) => entries.iter().map(|entry| line(entry) + "\n").collect(),
        Err(error) => said(error),
    }
}

/// What is left of a dossier. Where all was masked at once, the committer has named the versions,
/// of no stream of ours.
fn left(entries: liasse::Result<Vec<DocumentEntry>>) -> String {
    let unnamed = |mut entries: Vec<DocumentEntry>| {
        for entry in &mut entries {
            entry.entry = EntryId::from_bytes([0; 16]);
        }
        entries
    };
    listed(entries.map(unnamed))
}

/// An error whole: what, where, what to do.
pub(super) fn said(error: liasse::Error) -> String {
    format!("{:?} {error}", error.code())
}
