//! Proves who deletes, archives and masks, what that shows to whom, and what a holder is told of
//! a document that is still hidden from her.

use crate::bench::{Bench, dossier, fill, holder, options, request, session};
use liasse::{
    Availability, Code, Deposit, DocumentId, Engine, FixedClock, FlagChange, Flags, Grant, Instant,
    Masking, Matricule, Party, Purpose, SearchRequest, Session, Statement, Statuses,
};
use std::sync::Arc;

fn authorise(own: &Session, patient: &Matricule, id: &str) {
    let (party, until) = (Party::Actor(id.to_owned()), Instant::MAX);
    own.grant(patient, Grant::Authorise { party, until })
        .unwrap();
}

fn sees(session: &Session, patient: &Matricule, document: DocumentId) -> bool {
    let listed = session.entries(patient, Statuses::All).unwrap();
    let listed = listed.iter().any(|entry| entry.document == document);
    let asked = SearchRequest::new("").of(patient.clone()).limit(100);
    let asked = asked.statuses(Statuses::All);
    let found = session.search(&asked).unwrap();
    let found = found.iter().any(|hit| hit.entry.document == document);
    assert_eq!((listed, session.fetch(document).is_ok()), (found, found));
    found
}

#[test]
fn authors_delete_and_nobody_sees_it_again() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let (document, kept) = (deposited[0].document, deposited[1].document);
    let own = holder(&engine, &patient);
    authorise(&own, &patient, "colleague");
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    for (who, code) in [(&colleague, Code::WriteRefused), (&own, Code::WriteRefused)] {
        let refused = who.set_status(document, Availability::Deleted).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    let deprecated = doctor.set_status(document, Availability::Deprecated);
    assert_eq!(deprecated.unwrap_err().code(), Code::WriteRefused);
    doctor.set_status(document, Availability::Deleted).unwrap();
    for who in [&doctor, &colleague, &own] {
        assert!(!sees(who, &patient, document) && sees(who, &patient, kept));
        let again = who
            .set_status(document, Availability::Approved)
            .unwrap_err();
        assert_eq!(again.code(), Code::Refused, "deleted for good");
    }
    // Her structure deletes too, without being authorised.
    let mut same = request("secretary", "medecin", Purpose::Care);
    same.structure = Some("structure-of-doctor".to_owned());
    let same = engine.session(same).unwrap();
    same.set_status(kept, Availability::Deleted).unwrap();
    let told = own.history(&patient).unwrap();
    let deletions = told.iter().filter(|line| line.detail.ends_with("deleted"));
    assert_eq!(deletions.count(), 2, "both are told to the holder");
    drop((doctor, own, colleague, same));
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn archived_documents_are_shown_on_request_and_come_back() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let document = deposited[0].document;
    let listed = |statuses| {
        let listed = doctor.entries(&patient, statuses).unwrap();
        listed.iter().any(|entry| entry.document == document)
    };
    doctor.set_status(document, Availability::Archived).unwrap();
    assert!(!listed(Statuses::Approved) && listed(Statuses::All));
    doctor.set_status(document, Availability::Approved).unwrap();
    assert!(listed(Statuses::Approved));
}

#[test]
fn masking_by_default_masks_what_is_there_and_what_comes() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let kept = deposited[0].document;
    let hide = FlagChange {
        set: Flags::INVISIBLE_PATIENT,
        clear: Flags::NONE,
    };
    doctor.set_flags(kept, hide).unwrap();
    authorise(&own, &patient, "colleague");
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let seen = || colleague.entries(&patient, Statuses::All).unwrap().len();
    assert_eq!(seen(), deposited.len());
    let refused = colleague.mask_by_default(&patient, Masking::Open, &Statement::agreed());
    assert!(refused.is_ok(), "with her agreement, as any consent");
    own.mask_by_default(&patient, Masking::ByDefault, &Statement::NONE)
        .unwrap();
    assert_eq!(
        seen(),
        1,
        "what is hidden from the holder is not masked too (R17)"
    );
    let lines = || {
        engine.settle().unwrap();
        own.history(&patient).unwrap().len()
    };
    let before = lines();
    own.mask_by_default(&patient, Masking::ByDefault, &Statement::NONE)
        .unwrap();
    assert_eq!(
        lines(),
        before + 1,
        "nothing changed but that the history was read"
    );
    let another = dossier(2).documents[0].cda();
    let another = another.replace("structure-of-doctor", "elsewhere");
    let late = session(&engine, ("late", "medecin"), Purpose::Care);
    let late = late.deposit(&Deposit::new(another.as_bytes())).unwrap();
    assert!(!sees(&colleague, &patient, late.document) && sees(&own, &patient, late.document));
    own.mask_by_default(&patient, Masking::Open, &Statement::NONE)
        .unwrap();
    assert_eq!(seen(), 1, "what is masked stays masked");
    let told = own.history(&patient).unwrap();
    assert!(told.iter().any(|line| line.detail == "masked_by_default"));
    drop((doctor, own, colleague));
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn after_two_weeks_the_holder_is_told_of_an_update_and_of_no_more() {
    let bench = Bench::new();
    let start = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&bench.root.join("timed"), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let document = doctor.entries(&patient, Statuses::All).unwrap()[0].document;
    let hide = FlagChange {
        set: Flags::INVISIBLE_PATIENT,
        clear: Flags::NONE,
    };
    doctor.set_flags(document, hide).unwrap();
    let own = holder(&engine, &patient);
    let first = own.changes(Some(&patient), None).unwrap();
    assert!(!first.updated);
    assert!(first.changes.iter().all(|it| it.entry.document != document));
    let notice = start.plus_days(14);
    clock.set(Instant::from_millis(notice.millis() - 1));
    let early = own
        .changes(Some(&patient), Some(first.mark.as_str()))
        .unwrap();
    assert!(!early.updated);
    clock.set(notice);
    let told = own
        .changes(Some(&patient), Some(early.mark.as_str()))
        .unwrap();
    assert!(told.updated && told.changes.is_empty());
    let again = own
        .changes(Some(&patient), Some(told.mark.as_str()))
        .unwrap();
    assert!(!again.updated, "once");
    let professional = doctor.changes(Some(&patient), None).unwrap();
    assert!(!professional.updated, "it is the holder's");
    clock.set(start.plus_months(1));
    let lapsed = own
        .changes(Some(&patient), Some(told.mark.as_str()))
        .unwrap();
    assert!(!lapsed.updated);
    assert_eq!(lapsed.changes[0].entry.document, document);
}
