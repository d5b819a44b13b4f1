//! What one asker asks of a store, each answer written out whole.
//!
//! Invariant: what is asked is made of a seed alone; twins are asked the same.

use super::hidden::{AUTHOR, Asker, FIRST_HIDDEN, OTHER};
use super::store::{Dice, KINDS, Paper, Store, WORDS, holder, id, matricule, request, with_stream};
use liasse::{
    Answer, DocumentEntry, Facet, Field, FlagChange, Flags, Grant, Grouping, Instant, Order, Party,
    Purpose, Recency, SearchRequest, Session, Span, Statuses, Step,
};
use std::fmt::Write;
use std::sync::Arc;

/// Requests of each asker.
pub(super) const REQUESTS: usize = 20;

/// The asker's sessions: into one dossier, and over all when her purpose allows.
struct Desk {
    one: Session,
    wide: Session,
    mark: Option<String>,
}

/// Twenty requests, each answered as text.
pub(super) fn answers(store: &Store, asker: Asker, seed: u64) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let mut desk = desk(store, asker, seed);
    let mut told: Vec<String> = (0..REQUESTS)
        .map(|nth| {
            let stream = seed << 8 | nth as u64;
            let mut told = with_stream(stream, || one(store, &mut desk, asker, &mut dice, nth));
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
    };
    let (one, wide) = match asker {
        Asker::Physician | Asker::Pharmacist | Asker::Stranger => (Purpose::Care, Purpose::Panel),
        Asker::Holder => (Purpose::Holder, Purpose::Holder),
        Asker::Rescuer => (Purpose::EmergencyBtg, Purpose::EmergencyBtg),
        Asker::Counter => (Purpose::Population, Purpose::Population),
    };
    let open = |purpose| {
        let request = if asker == Asker::Holder {
            holder(0)
        } else {
            request(who, purpose, None)
        };
        store.engine().session(request).unwrap()
    };
    with_stream(!seed, || Desk {
        one: open(one),
        wide: open(wide),
        mark: None,
    })
}

fn one(store: &Store, desk: &mut Desk, asker: Asker, dice: &mut Dice, nth: usize) -> String {
    let patient = match asker {
        Asker::Rescuer if nth == 0 => 0,
        Asker::Holder | Asker::Rescuer => dice.below(8) / 7,
        Asker::Physician | Asker::Pharmacist | Asker::Stranger | Asker::Counter => dice.below(4),
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
        2 => pages(session, asked),
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
            history(&desk.one, &matricule)
        }
        11 => changes(desk, &matricule, wide && dice.one_in(2)),
        12 => dossiers(&desk.wide),
        13 => explained(&desk.one, &[None, Some(&named)][dice.below(2)]),
        14 => wrong(session, asked, dice),
        15 => written(store, &desk.one, dice, patient),
        16 => flagged(&desk.one, dice),
        17 => granted(&desk.one, dice, patient),
        18 => changes(desk, &matricule, wide && dice.one_in(2)),
        _ => shown(session.ask(&asked)),
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

/// A question of any shape.
fn question(dice: &mut Dice, asker: Asker) -> SearchRequest {
    let (one, two) = (dice.of(&WORDS), dice.of(&WORDS));
    let stem: String = one.chars().take(3).collect();
    let near: String = one.chars().skip(1).collect();
    let three = dice.of(&WORDS);
    let words = match dice.below(19) {
        0 => String::new(),
        1 | 2 => one.to_owned(),
        3 => format!("{one} {two}"),
        4 | 5 => format!("{one} OR {two}"),
        17 | 18 => format!("{one} OR {two} OR {three} OR patient"),
        6 => format!("({one} OR {two} OR douleur) -asthme"),
        7 => format!("\"{one} {two}\""),
        8 | 9 => format!("{}*", &stem[..2 + dice.below(2)]),
        10 => format!("{}~", near.replace(' ', "")),
        11 => "fracture NEAR/5 femur".to_owned(),
        12 => format!("title:{}", one.split(' ').next().unwrap()),
        13 => format!("type:{} OR {two}", dice.of(&KINDS)),
        14 => format!("author:{} {one}", [AUTHOR, OTHER][dice.below(2)]),
        15 => "context:negated toux OR context:family diabete".to_owned(),
        _ => format!("-{} date:2024..", one.split(' ').next().unwrap()),
    };
    let mut asked = SearchRequest::new(&words)
        .order(
            [
                Order::Relevance,
                Order::Relevance,
                Order::Newest,
                Order::Oldest,
            ][dice.below(4)],
        )
        .limit([1, 3, 10, 100][dice.below(4)]);
    if asker == Asker::Counter {
        asked = asked.limit(0).counted();
    }
    if dice.one_in(3) {
        asked = asked.counted().timeline(Step::Month);
    }
    if dice.one_in(3) {
        let kinds = Grouping {
            name: "kinds".to_owned(),
            field: Field::Class,
            groups: vec![("reports".to_owned(), vec!["11".to_owned()])],
            rest: Some("other".to_owned()),
        };
        asked = asked
            .facet(Facet::Field(Field::Type))
            .facet(Facet::Field(Field::Author))
            .facet(Facet::Field(Field::EntryId))
            .facet(Facet::Year)
            .facet(Facet::Groups(Arc::new(kinds)));
    }
    if dice.one_in(5) {
        asked = asked.require(Field::Type, vec![dice.of(&KINDS).to_owned()]);
    }
    if dice.one_in(5) {
        asked = asked.statuses(Statuses::All);
    }
    if dice.one_in(6) {
        let from = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
        let to = from.plus_days(400);
        asked = asked.created(Span { from, to });
    }
    boosted(asked, dice)
}

/// Sometimes recent documents, or those of a type, weigh more.
fn boosted(mut asked: SearchRequest, dice: &mut Dice) -> SearchRequest {
    if dice.one_in(4) {
        asked = asked.boost_recent(Recency {
            at: Instant::from_rfc3339("2026-01-05T00:00:00Z").unwrap(),
            percent: [50, 200][dice.below(2)],
            half_days: 90,
        });
    }
    if dice.one_in(4) {
        asked = asked.boost_type(dice.of(&KINDS), [0, 150][dice.below(2)]);
    }
    asked
}

/// All pages of an answer.
fn pages(session: &Session, asked: SearchRequest) -> String {
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
    }
    told
}

fn fetched(session: &Session, number: u64) -> String {
    match session.fetch(id(number)) {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => said(error),
    }
}

fn history(session: &Session, patient: &liasse::Matricule) -> String {
    let lines = match session.history(patient) {
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
            line.entry
        );
    }
    told
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
    let length = changes.mark.len();
    desk.mark = Some(changes.mark);
    format!("{told} {length}")
}

fn dossiers(session: &Session) -> String {
    match session.my_dossiers(None) {
        Err(error) => said(error),
        Ok(mine) => {
            let dossiers = mine.dossiers.iter();
            let dossiers = dossiers.map(|it| (it.dossier, &it.patient, it.documents, it.changed));
            format!("{:?} {}", dossiers.collect::<Vec<_>>(), mine.mark.len())
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

/// A deposit: new, or under the uniqueId of a hidden document, or in its place.
fn written(store: &Store, session: &Session, dice: &mut Dice, patient: usize) -> String {
    let mut paper = Paper::new(900, patient.min(2), "asker");
    let hidden = Paper::new(FIRST_HIDDEN + dice.below(3) as u64, patient, OTHER);
    match dice.below(3) {
        0 => paper.unique_id = hidden.unique_id,
        1 => paper.replaces = Some(hidden.unique_id),
        _ => {}
    }
    match store.deposit_as(session, &paper) {
        Ok(deposited) => format!("{deposited:?}"),
        Err(error) => said(error),
    }
}

fn flagged(session: &Session, dice: &mut Dice) -> String {
    let number = [
        1 + dice.below(8) as u64,
        FIRST_HIDDEN + dice.below(4) as u64,
    ][dice.below(2)];
    let change = FlagChange {
        set: [Flags::MASQUE_PS, Flags::INVISIBLE_PATIENT][dice.below(2)],
        clear: Flags::NONE,
    };
    format!("{:?}", session.set_flags(id(number), change).map_err(said))
}

fn granted(session: &Session, dice: &mut Dice, patient: usize) -> String {
    let party = Party::Actor("tiers-1".to_owned());
    let grant = [Grant::Revoke(party.clone()), Grant::Block(party)][dice.below(2)].clone();
    format!(
        "{:?}",
        session.grant(&matricule(patient), grant).map_err(said)
    )
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
    let flags: Vec<_> = it.flags.codes().collect();
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

/// An error whole: what, where, what to do.
fn said(error: liasse::Error) -> String {
    format!("{:?} {error}", error.code())
}
