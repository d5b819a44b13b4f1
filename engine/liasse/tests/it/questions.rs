//! Proves that answers, counts and pages are those of a plain scan, whatever the plan and
//! whatever was kept of an earlier search.

use crate::bench::{Bench, dossier, fill, holder, options, request, session};
use liasse::{
    Answer, Changed, Code, Deposit, Engine, Facet, Field, FixedClock, FlagChange, Flags, Grant,
    Grouping, Instant, Matricule, Order, Party, Pass, Passes, Purpose, Recency, SearchRequest,
    Session, Span, Statuses, Step,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A store where `doctor` has written for four patients, and one document of each is masked.
fn ground(bench: &Bench) -> (Engine, Vec<Matricule>) {
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let patients: Vec<_> = (0..4)
        .map(|rank| {
            let (patient, deposited) = fill(&doctor, rank);
            let own = holder(&engine, &patient);
            own.grant(&patient, authorise("colleague", Instant::MAX))
                .unwrap();
            mask(&own, deposited[0].document);
            patient
        })
        .collect();
    (engine, patients)
}

fn authorise(id: &str, until: Instant) -> Grant {
    Grant::Authorise {
        party: Party::Actor(id.to_owned()),
        until,
    }
}

fn mask(own: &Session, document: liasse::DocumentId) {
    let change = FlagChange {
        set: Flags::MASQUE_PS,
        clear: Flags::NONE,
    };
    own.set_flags(document, change).unwrap();
}

/// Questions of every shape.
fn questions() -> Vec<SearchRequest> {
    let span = |from: &str, to: &str| Span {
        from: Instant::from_rfc3339(from).unwrap(),
        to: Instant::from_rfc3339(to).unwrap(),
    };
    let some = span("2015-01-01T00:00:00Z", "2022-01-01T00:00:00Z");
    let types = vec!["11502-2".to_owned(), "11488-4".to_owned()];
    [
        SearchRequest::new(""),
        SearchRequest::new("patient"),
        SearchRequest::new("patient OR traitement").order(Order::Newest),
        SearchRequest::new("date:2015..2022"),
        SearchRequest::new("patient date:2015..2022"),
        SearchRequest::new("-patient date:2010.."),
        SearchRequest::new("patient -traitement").created(some),
        SearchRequest::new("").order(Order::Oldest).created(some),
        SearchRequest::new("").require(Field::Type, types.clone()),
        SearchRequest::new("patient").require(Field::Type, types),
        SearchRequest::new("patient").statuses(Statuses::All),
        boosted(SearchRequest::new("patient")),
        SearchRequest::new("patient").require(Field::Type, Vec::new()),
        SearchRequest::new("patient").created(span("2022-01-01T00:00:00Z", "2015-01-01T00:00:00Z")),
        SearchRequest::new("date:2015 date:2017"),
    ]
    .into_iter()
    .map(|request| {
        let kinds = Grouping {
            name: "kinds".to_owned(),
            field: Field::Class,
            groups: vec![("reports".to_owned(), vec!["11".to_owned()])],
            rest: Some("other".to_owned()),
        };
        request
            .limit(5)
            .counted()
            .facet(Facet::Field(Field::Type))
            .facet(Facet::Field(Field::Author))
            .facet(Facet::Year)
            .facet(Facet::Groups(Arc::new(kinds)))
            .timeline(Step::Month)
    })
    .collect()
}

/// Recent documents weigh up to twice as much, those of one type three times.
fn boosted(asked: SearchRequest) -> SearchRequest {
    let at = Instant::from_rfc3339("2024-01-01T00:00:00Z").unwrap();
    let recency = Recency {
        at,
        percent: 100,
        half_days: 365,
    };
    asked.boost_recent(recency).boost_type("11502-2", 300)
}

fn subset(bits: usize) -> Passes {
    let all = Pass::ALL.into_iter().enumerate();
    all.filter(|(at, _)| bits >> at & 1 == 1)
        .fold(Passes::NONE, |passes, (_, pass)| passes.with(pass))
}

#[test]
fn any_subset_of_the_passes_gives_the_same_answer() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let mut answered = 0;
    for asked in questions() {
        for asked in [asked.clone(), asked.of(patients[1].clone())] {
            let expected = colleague.ask(&asked).unwrap();
            answered += expected.hits.len();
            for bits in 0..1 << Pass::ALL.len() {
                let mut asked = asked.clone();
                asked.passes = subset(bits);
                let got = colleague.ask(&asked).unwrap();
                assert!(got == expected, "{:?} {bits:06b}", asked.question.words);
            }
        }
    }
    assert!(answered > 20, "{answered}");
}

#[test]
fn counts_are_those_of_a_plain_scan() {
    let bench = Bench::new();
    let (engine, _) = ground(&bench);
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    for asked in questions() {
        let answer = colleague.ask(&asked).unwrap();
        let all = colleague.search(&asked.clone().limit(10_000)).unwrap();
        let first: Vec<_> = all.iter().take(5).cloned().collect();
        assert!(first == answer.hits);
        assert_eq!(answer.total, Some(all.len() as u64));
        let by = |key: &dyn Fn(&liasse::DocumentEntry) -> String| {
            let mut counts = BTreeMap::new();
            for hit in &all {
                *counts.entry(key(&hit.entry)).or_insert(0_u64) += 1;
            }
            counts
        };
        let facet = |at: usize| answer.facets[at].groups.iter().cloned().collect();
        let date = |entry: &liasse::DocumentEntry| entry.creation_time.to_string();
        assert_eq!(by(&|entry| entry.type_code.clone()), facet(0));
        assert_eq!(by(&|entry| entry.author.clone()), facet(1));
        assert_eq!(by(&|entry| date(entry)[..4].to_owned()), facet(2));
        let report = |entry: &liasse::DocumentEntry| entry.class_code == "11";
        let kind = |entry: &_| if report(entry) { "reports" } else { "other" }.to_owned();
        assert_eq!(by(&kind), facet(3));
        let months: Vec<_> = by(&|entry| date(entry)[..7].to_owned())
            .into_iter()
            .collect();
        assert_eq!(months, answer.timeline);
        let sizes = answer.facets[0].groups.iter().map(|(_, count)| *count);
        assert!(sizes.is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn one_question_over_all_is_the_sum_of_one_over_each() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    for asked in questions() {
        let asked = asked.limit(10_000);
        let mut each: Vec<_> = patients
            .iter()
            .flat_map(|patient| {
                colleague
                    .search(&asked.clone().of(patient.clone()))
                    .unwrap()
            })
            .collect();
        let mut all = colleague.search(&asked).unwrap();
        each.sort_by_key(|hit| hit.entry.document);
        all.sort_by_key(|hit| hit.entry.document);
        assert!(each == all);
    }
}

#[test]
fn a_boost_multiplies_scores_and_changes_nothing_else() {
    let bench = Bench::new();
    let (engine, _) = ground(&bench);
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let asked = SearchRequest::new("patient OR traitement").limit(1_000);
    let plain = colleague.ask(&asked.clone().counted()).unwrap();
    let answer = colleague.ask(&boosted(asked.clone()).counted()).unwrap();
    let today = Instant::from_rfc3339("2024-01-01T00:00:00Z").unwrap();
    let weighed = plain.hits.iter().map(|hit| {
        let entry = &hit.entry;
        let age = (today.millis() - entry.creation_time.millis()).max(0) / 86_400_000;
        let recent = 100 + 100 * 365 / (365 + u64::try_from(age).unwrap());
        let of_type = if entry.type_code == "11502-2" {
            300
        } else {
            100
        };
        (
            hit.score * recent * of_type / 10_000,
            entry.creation_time,
            entry.document,
        )
    });
    let mut expected: Vec<_> = weighed.collect();
    expected.sort_by_key(|(score, date, id)| (Reverse(*score), Reverse(*date), *id));
    let told = answer.hits.iter();
    let told: Vec<_> = told
        .map(|hit| (hit.score, hit.entry.creation_time, hit.entry.document))
        .collect();
    assert_eq!(told, expected);
    let order =
        |answer: &Answer| -> Vec<_> { answer.hits.iter().map(|hit| hit.entry.document).collect() };
    assert_ne!(order(&plain), order(&answer), "the boost is seen");
    assert_eq!(plain.total, answer.total);
    // Dates order without it.
    let newest = asked.clone().order(Order::Newest);
    assert!(colleague.ask(&newest).unwrap() == colleague.ask(&boosted(newest)).unwrap());
    // A cursor goes on in the question that gave it.
    let first = colleague.ask(&boosted(asked.clone().limit(2))).unwrap();
    let behind = asked.limit(2).after(&first.next.unwrap());
    assert_eq!(colleague.ask(&behind).unwrap_err().code(), Code::Invalid);
    let rest = colleague.ask(&boosted(behind)).unwrap();
    assert_eq!(order(&rest)[..], order(&answer)[2..4]);
}

#[test]
fn a_boost_has_a_limit() {
    let bench = Bench::new();
    let (engine, _) = ground(&bench);
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let asked = SearchRequest::new("patient");
    let most = asked.clone().boost_type("11502-2", 1_000);
    assert!(colleague.ask(&most).is_ok());
    let beyond = most.boost_type("11488-4", 1_001);
    assert_eq!(colleague.ask(&beyond).unwrap_err().code(), Code::Limit);
    let recency = Recency {
        at: Instant::MAX,
        percent: 1_001,
        half_days: 1,
    };
    let beyond = asked.boost_recent(recency);
    assert_eq!(colleague.ask(&beyond).unwrap_err().code(), Code::Limit);
}

#[test]
fn pages_give_every_answer_once_and_survive_a_deposit() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    for order in [Order::Relevance, Order::Newest, Order::Oldest] {
        let asked = SearchRequest::new("patient").order(order).limit(3);
        let all = panel.search(&asked.clone().limit(10_000)).unwrap();
        let (mut paged, mut next) = (Vec::new(), None::<String>);
        loop {
            let page = match &next {
                None => panel.ask(&asked).unwrap(),
                Some(cursor) => panel.ask(&asked.clone().after(cursor)).unwrap(),
            };
            paged.extend(page.hits);
            next = page.next;
            if paged.len() == 3 {
                fill(&doctor, 10 + order as usize);
            }
            if next.is_none() {
                break;
            }
        }
        let held = |hit: &liasse::Hit| all.iter().any(|it| it.entry == hit.entry);
        let kept: Vec<_> = paged.iter().filter(|hit| held(hit)).collect();
        assert_eq!(kept.len(), all.len(), "{order:?}");
    }
    let asked = SearchRequest::new("patient").limit(1);
    let cursor = panel.ask(&asked).unwrap().next.unwrap();
    let other = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    for refused in [
        other.ask(&asked.clone().after(&cursor)),
        panel.ask(&asked.clone().of(patients[0].clone()).after(&cursor)),
        panel.ask(&asked.clone().after("00")),
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::Invalid);
    }
    let end = panel
        .ask(&SearchRequest::new("patient").limit(10_000))
        .unwrap();
    assert!(end.next.is_none());
}

#[test]
fn what_was_kept_of_a_search_never_differs_from_a_fresh_look() {
    let bench = Bench::new();
    let clock = Arc::new(FixedClock::new(
        Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap(),
    ));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let store = bench.root.join("timed");
    let engine = Engine::create(&store, bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (first, deposited) = fill(&doctor, 2);
    let (second, _) = fill(&doctor, 3);
    let kept = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let asked = SearchRequest::new("").counted().limit(10_000);
    let mut seen = Vec::new();
    let mut compare = || {
        let fresh = session(&engine, ("colleague", "medecin"), Purpose::Panel);
        let (kept, fresh) = (kept.ask(&asked).unwrap(), fresh.ask(&asked).unwrap());
        assert!(kept == fresh, "{kept:?} {fresh:?}");
        seen.push(kept.total.unwrap());
    };
    compare();
    let soon = Instant::from_rfc3339("2024-06-03T00:00:00Z").unwrap();
    let own = holder(&engine, &first);
    own.grant(&first, authorise("colleague", soon)).unwrap();
    compare();
    mask(&own, deposited[1].document);
    compare();
    holder(&engine, &second)
        .grant(&second, authorise("colleague", Instant::MAX))
        .unwrap();
    compare();
    clock.set(soon);
    compare();
    fill(&doctor, 4);
    compare();
    holder(&engine, &second).erase(&second).unwrap();
    compare();
    let count = deposited.len() as u64;
    assert_eq!(seen[..3], [0, count, count - 1]);
    assert!(seen[3] > seen[2] && seen[4] == seen[3] - seen[2]);
    assert_eq!(seen[5..], [seen[4], 0]);
}

#[test]
fn changes_tell_what_is_new_replaced_and_flagged() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise("colleague", Instant::MAX))
        .unwrap();
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let all = colleague.changes(None, None).unwrap();
    assert_eq!(all.changes.len(), deposited.len());
    assert!(all.changes.iter().all(|change| change.what == Changed::New));
    let none = colleague
        .changes(Some(&patient), Some(all.mark.as_str()))
        .unwrap();
    assert!(none.changes.is_empty());
    let flagged = deposited[0].document;
    let change = FlagChange {
        set: Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
        clear: Flags::NONE,
    };
    let set = own.set_flags(flagged, change);
    mask(&own, deposited[1].document);
    let world = specimen::World::new(7);
    let late = world.documents(dossier(2).patient.number);
    assert_eq!(late.len(), deposited.len());
    let since = colleague
        .changes(None, Some(none.mark.as_str()))
        .unwrap()
        .changes;
    let told: Vec<_> = since
        .iter()
        .map(|change| (change.entry.document, change.what))
        .collect();
    let expected = if set.is_ok() {
        vec![(flagged, Changed::Flagged)]
    } else {
        Vec::new()
    };
    assert_eq!(told, expected, "the masked one simply is not there");
    let mine = colleague
        .my_dossiers(Some(none.mark.as_str()))
        .unwrap()
        .dossiers;
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].documents, deposited.len() as u64 - 1);
    assert_eq!(mine[0].changed, told.len() as u64);
    let foreign = session(&engine, ("other", "medecin"), Purpose::Panel);
    let refused = foreign.changes(None, Some(none.mark.as_str())).unwrap_err();
    assert_eq!(refused.code(), Code::Invalid);
    let care = session(&engine, ("colleague", "medecin"), Purpose::Care);
    assert_eq!(
        care.changes(None, None).unwrap_err().code(),
        Code::WrongPurpose
    );
}

#[test]
fn a_cancelled_or_late_question_answers_nothing() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    for rank in 0..40 {
        fill(&doctor, rank);
    }
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let mut cancelled = SearchRequest::new("");
    cancelled.cancel = Some(Arc::new(AtomicBool::new(true)));
    assert_eq!(panel.ask(&cancelled).unwrap_err().code(), Code::Cancelled);
    let mut late = SearchRequest::new("");
    late.time = Some(Duration::ZERO);
    assert_eq!(panel.ask(&late).unwrap_err().code(), Code::Late);
    assert!(panel.ask(&SearchRequest::new("")).is_ok());
}

#[test]
fn every_way_of_writing_a_question_is_the_same_question() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let patient = &patients[0];
    let entries = doctor.entries(patient, Statuses::Approved).unwrap();
    let kind = entries[0].type_code.clone();
    let plain = SearchRequest::new("")
        .of(patient.clone())
        .require(Field::Type, vec![kind.clone()])
        .order(Order::Newest)
        .limit(50);
    let number = dossier(0).patient.matricule.clone();
    let json =
        format!(r#"{{"patient": "{number}", "fields": {{"type": ["{kind}"]}}, "limit": 50}}"#);
    let fhir = format!(
        "DocumentReference?patient.identifier={number}&status=current&type=http://loinc.org|{kind}"
    );
    let json = SearchRequest::from_json(&json).unwrap();
    let fhir = SearchRequest::from_fhir(&fhir).unwrap();
    let answers: Vec<Answer> = [plain, json, fhir]
        .iter()
        .map(|request| doctor.ask(request).unwrap())
        .collect();
    assert!(!answers[0].hits.is_empty());
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let recent = SearchRequest::recent(patient.clone(), entries[0].creation_time);
    let told = doctor.ask(&recent).unwrap();
    let limit = entries[0].creation_time.plus_months(-24);
    assert!(told.hits.iter().all(|hit| hit.entry.creation_time >= limit));
}

#[test]
fn an_authorisation_that_ends_between_two_pages_ends_the_answer() {
    let bench = Bench::new();
    let start = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&bench.root.join("timed"), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let soon = start.plus_days(1);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise("colleague", soon)).unwrap();
    let colleague = engine
        .session(request("colleague", "medecin", Purpose::Care))
        .unwrap();
    let asked = SearchRequest::new("").of(patient.clone()).limit(1);
    let next = colleague.ask(&asked).unwrap().next.unwrap();
    clock.set(soon);
    let ended = colleague.ask(&asked.after(&next)).unwrap_err();
    assert_eq!(ended.code(), Code::Refused);
    let late = doctor.deposit(&Deposit::new(dossier(2).documents[0].cda().as_bytes()));
    assert!(late.is_ok());
}

#[test]
fn a_hidden_replacement_is_not_told_by_what_it_replaced() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise("colleague", Instant::MAX))
        .unwrap();
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let old = doctor
        .entries(&patient, Statuses::Approved)
        .unwrap()
        .remove(0);
    let mark = colleague.changes(Some(&patient), None).unwrap().mark;
    let number = dossier(2).patient.matricule.clone();
    let form = format!(
        "{{\"liasse_document\": 1, \"unique_id\": \"1.2.250.1.999.1^X\", \
         \"replaces\": [\"{}\"], \"type\": {{\"code\": \"11502-2\"}}, \"title\": \"Suite\", \
         \"creation_time\": \"2024-01-01\", \"patient\": {{\"ins\": {{\"matricule\": \
         \"{number}\", \"oid\": \"{}\"}}}}, \"text\": \"suite\"}}",
        old.unique_id,
        specimen::Patient::INS_ROOT,
    );
    let mut deposit = Deposit::new(form.as_bytes());
    deposit.flags = Flags::MASQUE_PS;
    let hidden = doctor.deposit(&deposit).unwrap().document;
    let told = |session: &Session| {
        let changes = session
            .changes(Some(&patient), Some(mark.as_str()))
            .map(|it| it.changes);
        let changes = changes.unwrap_or_default();
        let mut of = changes
            .into_iter()
            .filter(|it| it.entry.document == old.document);
        of.next()
    };
    let seen = told(&colleague).unwrap();
    assert_eq!(seen.entry.status, liasse::Availability::Deprecated);
    assert_ne!(seen.entry.entry.to_string(), hidden.to_string());
    assert_ne!(seen.entry.entry, old.entry);
    assert_eq!(seen.what, Changed::Flagged, "by what is not told");
    let whole = doctor.changes(Some(&patient), None).unwrap().changes;
    assert!(whole.iter().any(|it| it.entry.document == hidden));
}

/// What a search met is told to no operator: not of one dossier, present or absent, and not of
/// many, whatever the words; what she tried is a trace, refused or not.
#[test]
fn an_operator_is_told_how_long_a_search_took_and_nothing_that_it_met() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let auditor = session(&engine, ("auditor", "auditeur"), Purpose::Audit);
    let colleague = || request("colleague", "medecin", Purpose::Panel);
    let plan = |words: &str| {
        let asked = SearchRequest::new(words).limit(3);
        auditor.explain_plan(colleague(), &asked).unwrap()
    };
    let (some, none) = (plan("patient"), plan("nosuchwordanywhere"));
    assert_eq!(some.passes, none.passes);
    assert_eq!(some.passes.len(), Pass::ALL.len());
    // What the question makes of the plan, and what a published table expects: the same in a
    // store that holds the words and in one that does not.
    assert_eq!(some.changed, ["one-walk"]);
    assert_eq!(
        plan("patient date:2015..").changed[..2],
        ["hoist-dates", "narrow"]
    );
    assert_eq!(some.changed, none.changed);
    assert!(some.expected_in_a_million > 100_000, "{some:?}");
    assert_eq!(none.expected_in_a_million, 50);
    let bare = Bench::new();
    let empty = bare.create();
    let other = session(&empty, ("auditor", "auditeur"), Purpose::Audit);
    let asked = SearchRequest::new("patient").limit(3);
    let there = other.explain_plan(colleague(), &asked).unwrap();
    let known = |it: &liasse::Work| {
        (
            it.passes.clone(),
            it.changed.clone(),
            it.expected_in_a_million,
        )
    };
    assert_eq!(known(&some), known(&there));
    for work in [&some, &none] {
        for micros in [work.rules, work.planning, work.running] {
            assert!(micros >= 16_384 && micros.is_power_of_two(), "{micros}");
        }
        let told = format!("{:?}{:?}", work.lines(), work);
        assert!(
            !told.contains("patient") && !told.contains("answered"),
            "{told}"
        );
    }
    let nobody: Matricule = dossier(9).patient.matricule.parse().unwrap();
    for patient in [patients[0].clone(), nobody] {
        engine.settle().unwrap();
        let before = engine.stats().unwrap().entries;
        let asked = SearchRequest::new("patient").of(patient);
        let refused = auditor.explain_plan(colleague(), &asked).unwrap_err();
        assert_eq!(refused.code(), Code::WrongPurpose);
        engine.settle().unwrap();
        assert!(engine.stats().unwrap().entries > before, "it is recorded");
    }
    for (who, purpose) in [
        (("doctor", "medecin"), Purpose::Care),
        (("doctor", "medecin"), Purpose::Panel),
        (("doctor", "medecin"), Purpose::Audit),
    ] {
        let asked = SearchRequest::new("patient");
        let refused = session(&engine, who, purpose).explain_plan(colleague(), &asked);
        let code = if purpose == Purpose::Audit {
            Code::Refused
        } else {
            Code::WrongPurpose
        };
        assert_eq!(refused.unwrap_err().code(), code);
    }
}

#[test]
fn impossible_dates_are_refused_in_every_form() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    for words in [
        "date:2024-13",
        "date:2024-02-30",
        "date:2023-02-29",
        "date:..",
    ] {
        let refused = doctor.ask(&SearchRequest::new(words).of(patients[0].clone()));
        assert_eq!(refused.unwrap_err().code(), Code::QuerySyntax, "{words}");
        let json = words.trim_start_matches("date:");
        let json = format!(r#"{{"created": {{"from": "{json}"}}}}"#);
        let refused = SearchRequest::from_json(&json).err().unwrap();
        assert_eq!(refused.code(), Code::Invalid, "{json}");
    }
    let refused = SearchRequest::from_fhir("DocumentReference?date=ge2024-02-31");
    assert_eq!(refused.err().unwrap().code(), Code::Invalid);
}

#[test]
fn unknown_fields_are_refused_and_unknown_codes_find_nothing() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    for json in [r#"{"fields": {"colour": ["red"]}}"#, r#"{"colour": "red"}"#] {
        let refused = SearchRequest::from_json(json).err().unwrap();
        assert_eq!(refused.code(), Code::Invalid, "{json}");
    }
    let of = |asked: SearchRequest| asked.of(patients[0].clone()).counted();
    let codes = vec!["99999-9".to_owned()];
    for asked in [
        of(SearchRequest::new("").require(Field::Type, codes)),
        of(SearchRequest::new("type:99999-9")),
        of(SearchRequest::new("code:ZZZ")),
    ] {
        let answer = doctor.ask(&asked).unwrap();
        assert_eq!((answer.total, answer.hits.len()), (Some(0), 0));
    }
}

#[test]
fn contradictory_filters_find_nothing() {
    let bench = Bench::new();
    let (engine, _) = ground(&bench);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let late = Instant::from_rfc3339("2022-01-01T00:00:00Z").unwrap();
    let backwards = Span {
        from: late,
        to: late.plus_days(-1),
    };
    for asked in [
        SearchRequest::new("patient date:2015 date:2017"),
        SearchRequest::new("patient").created(backwards),
        SearchRequest::new("").require(Field::Type, Vec::new()),
        SearchRequest::new("")
            .require(Field::Type, vec!["11502-2".to_owned()])
            .require(Field::Type, vec!["11488-4".to_owned()]),
    ] {
        let answer = panel.ask(&asked.clone().counted()).unwrap();
        assert_eq!((answer.total, answer.hits.len()), (Some(0), 0));
    }
}

#[test]
fn a_page_behind_the_end_is_empty() {
    let bench = Bench::new();
    let (engine, patients) = ground(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let asked = SearchRequest::new("")
        .of(patients[0].clone())
        .order(Order::Newest)
        .limit(1);
    let first = colleague.ask(&asked).unwrap();
    let cursor = first.next.unwrap();
    let own = holder(&engine, &patients[0]);
    for entry in doctor.entries(&patients[0], Statuses::All).unwrap() {
        if entry.document != first.hits[0].entry.document && entry.flags == Flags::NONE {
            mask(&own, entry.document);
        }
    }
    let behind = colleague.ask(&asked.after(&cursor)).unwrap();
    assert_eq!((behind.hits.len(), behind.next), (0, None));
}

/// Where a date stands among the words changes no answer, whatever the passes do with it: words
/// around it are read together.
#[test]
fn the_place_of_a_date_changes_no_answer() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 0);
    let oid = specimen::Patient::INS_ROOT;
    let number = dossier(0).patient.matricule.clone();
    for (name, text) in [("short", "EP bilaterale"), ("broken", "fracture du femur")] {
        let bytes = format!(
            r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.9^{name}", "title": "Note",
                "type": {{"code": "11488-4"}}, "creation_time": "2024-03-01T10:00:00Z",
                "text": "{text}",
                "patient": {{"ins": {{"matricule": "{number}", "oid": "{oid}"}}}}}}"#
        );
        doctor.deposit(&Deposit::new(bytes.as_bytes())).unwrap();
    }
    for (words, expected) in [
        ("embolie DATE pulmonaire", 1),
        ("DATE embolie pulmonaire", 1),
        ("embolie pulmonaire DATE", 1),
        ("fracture DATE de", 1),
        ("fracture de DATE", 1),
        ("embolie type:11488-4 pulmonaire", 1),
        ("(embolie DATE pulmonaire) OR zzz", 1),
    ] {
        let words = words.replace("DATE", "date:2024");
        for bits in 0..1 << Pass::ALL.len() {
            let mut asked = SearchRequest::new(&words).of(patient.clone());
            asked.passes = subset(bits);
            let found = doctor.search(&asked).unwrap().len();
            assert_eq!(found, expected, "{words} {bits:06b}");
        }
    }
}
