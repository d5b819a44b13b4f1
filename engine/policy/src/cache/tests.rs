//! Proves that what is kept is what would be decided afresh, and that it ends when it must.

use super::*;
use crate::fixture::{DOSSIER, LAUNCH, REFORM, document, dossier, noon, person, professional};
use crate::{DossierStatus, Gate, Relation, Window};
use base::Purpose;
use std::cell::Cell;

fn later(millis: i64) -> Instant {
    Instant::from_millis(noon().millis() + millis)
}

/// A dossier's record as the facade reads it, and how often it did.
struct Record {
    version: u64,
    relation: Relation,
    window: Window,
    majority: Instant,
    read: Cell<usize>,
}

impl Record {
    fn authorised_until(until: Instant) -> Self {
        Self {
            version: 1,
            relation: Relation::Authorised,
            window: Window::new(Instant::MIN, until),
            majority: Instant::MIN,
            read: Cell::new(0),
        }
    }

    fn facts(&self, at: Instant) -> DossierFacts {
        self.read.set(self.read.get() + 1);
        let mut facts = DossierFacts::new(DOSSIER, DossierStatus::Active, at);
        facts.majority = self.majority;
        facts.hold(self.relation, self.window);
        facts
    }

    fn look(&self, cache: &SessionCache, session: &SessionFacts, at: Instant) -> DossierLens {
        let lens = cache.lens(&REFORM, session, at);
        cache.scope(&lens, (DOSSIER, self.version), || self.facts(at))
    }
}

#[test]
fn what_is_kept_is_used_until_the_very_millisecond_an_authorisation_expires() {
    let (cache, doctor) = (SessionCache::new(), professional("medecin", Purpose::Care));
    let record = Record::authorised_until(later(60_000));
    let paper = document(&REFORM, "11488-4");
    for (at, expected, read) in [
        (noon(), true, 1),
        (later(1), true, 1),
        (later(59_999), true, 1),
        (later(60_000), false, 2),
        (later(60_001), false, 2),
    ] {
        let seen = record.look(&cache, &doctor, at);
        assert_eq!(seen.shows(&paper), expected, "{at}");
        assert_eq!(record.read.get(), read, "{at}");
        assert_eq!(seen.lens().at(), at);
    }
}

#[test]
fn what_is_kept_ends_at_the_very_millisecond_of_majority() {
    let (cache, mother) = (SessionCache::new(), person(Purpose::Representative));
    let record = Record {
        relation: Relation::Representative,
        majority: later(1000),
        ..Record::authorised_until(Instant::MAX)
    };
    let gate = |at| record.look(&cache, &mother, at).gate();
    assert_eq!(gate(noon()), Gate::Open);
    assert_eq!(gate(later(999)), Gate::Open);
    assert_eq!(record.read.get(), 1, "the second answer was kept");
    assert_eq!(gate(later(1000)), Gate::Refused);
}

#[test]
fn a_clock_that_goes_back_uses_nothing_kept() {
    let (cache, doctor) = (SessionCache::new(), professional("medecin", Purpose::Care));
    let record = Record {
        window: Window::new(noon(), Instant::MAX),
        ..Record::authorised_until(Instant::MAX)
    };
    assert_eq!(record.look(&cache, &doctor, noon()).gate(), Gate::Open);
    assert_eq!(
        record.look(&cache, &doctor, later(-1)).gate(),
        Gate::Refused
    );
}

#[test]
fn a_changed_record_another_session_and_another_pack_use_nothing_kept() {
    let (cache, doctor) = (SessionCache::new(), professional("medecin", Purpose::Care));
    let mut record = Record::authorised_until(Instant::MAX);
    assert_eq!(record.look(&cache, &doctor, noon()).gate(), Gate::Open);
    record.version = 2;
    record.relation = Relation::Blocked;
    let blocked = record.look(&cache, &doctor, noon()).gate();
    assert_eq!(blocked, Gate::Refused, "the record changed");
    let contract = SessionFacts {
        purpose: Purpose::Contract,
        ..doctor.clone()
    };
    record.version = 3;
    record.relation = Relation::Authorised;
    assert_eq!(record.look(&cache, &doctor, noon()).gate(), Gate::Open);
    let refused = record.look(&cache, &contract, noon()).gate();
    assert_eq!(refused, Gate::Refused, "another purpose");
    let pharmacist = professional("pharmacien", Purpose::Care);
    let paper = document(&REFORM, "11488-4");
    for (pack, expected) in [(&REFORM, true), (&LAUNCH, false), (&REFORM, true)] {
        let lens = cache.lens(pack, &pharmacist, noon());
        let seen = cache.scope(&lens, (DOSSIER, 3), || record.facts(noon()));
        assert_eq!(seen.shows(&paper), expected, "{}", pack.name());
    }
}

#[test]
fn what_is_kept_is_bounded_and_can_be_forgotten() {
    let cache = SessionCache::new();
    let record = Record::authorised_until(Instant::MAX);
    let session = |at: usize| SessionFacts {
        actor: format!("actor-{at}"),
        ..professional("medecin", Purpose::Care)
    };
    for at in 0..limit::SESSIONS_KEPT_MAX + 10 {
        let _ = record.look(&cache, &session(at), noon());
    }
    let counts = || {
        let kept = cache.kept();
        (kept.sessions.len(), kept.gates)
    };
    assert_eq!(
        counts(),
        (limit::SESSIONS_KEPT_MAX, limit::SESSIONS_KEPT_MAX)
    );
    let read = record.read.get();
    let _ = record.look(&cache, &session(limit::SESSIONS_KEPT_MAX + 9), noon());
    assert_eq!(record.read.get(), read, "the newest is kept");
    let _ = record.look(&cache, &session(0), noon());
    assert_eq!(record.read.get(), read + 1, "the oldest is not");
    cache.clear();
    assert_eq!(counts(), (0, 0));
}

#[test]
fn dossiers_kept_are_bounded_over_all_sessions() {
    let cache = SessionCache::new();
    let doctor = professional("medecin", Purpose::Panel);
    let lens = cache.lens(&REFORM, &doctor, noon());
    for at in 0..limit::GATES_KEPT_MAX as u64 + 5 {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&at.to_le_bytes());
        let _ = cache.scope(&lens, (DossierId::from_bytes(id), 1), || dossier(&[]));
        assert!(cache.kept().gates <= limit::GATES_KEPT_MAX);
    }
}
