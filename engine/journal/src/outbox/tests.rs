//! Proves that no trace is admitted that could wait too long, take too much room or be lost.

use super::*;
use crate::Subject;
use crate::testing::{Keys, dossier, listed};
use std::sync::atomic::{AtomicUsize, Ordering};

fn at(millis: i64) -> Instant {
    Instant::from_millis(1_000_000 + millis)
}

fn why(admitted: Result<Recorded<Pending>, Box<Rejected>>) -> Option<Unadmitted> {
    admitted.err().map(|rejected| rejected.why)
}

#[test]
fn what_is_admitted_is_taken_once_and_in_order() {
    let keys = Keys::new(40);
    let outbox = Outbox::new(1 << 20);
    for patient in 1..4 {
        let draft = keys.draft(patient, &listed(patient), None);
        let proof = outbox
            .admit(draft, || at(0))
            .unwrap_or_else(|_| panic!("admitted"));
        assert!(proof.covers(&Subject::Dossier(dossier(patient))));
    }
    assert_eq!(outbox.waiting(), 3);
    let taken = outbox.take();
    let subjects: Vec<_> = taken.iter().map(|draft| draft.subjects()[0]).collect();
    assert_eq!(
        subjects,
        [1, 2, 3].map(|patient| Subject::Dossier(dossier(patient)))
    );
    let draft = keys.draft(4, &listed(4), None);
    assert!(outbox.admit(draft, || at(1)).is_ok());
    assert!(outbox.take().is_empty(), "the commit before is not settled");
    outbox.settle();
    assert_eq!(outbox.take().len(), 1);
}

#[test]
fn a_late_commit_stops_admission_until_it_is_settled() {
    let keys = Keys::new(41);
    let outbox = Outbox::new(1 << 20);
    let draft = || keys.draft(1, &listed(1), None);
    assert!(outbox.admit(draft(), || at(0)).is_ok());
    assert!(outbox.admit(draft(), || at(50)).is_ok());
    assert_eq!(
        why(outbox.admit(draft(), || at(51))),
        Some(Unadmitted::Late)
    );
    assert_eq!(outbox.take().len(), 2);
    assert_eq!(
        why(outbox.admit(draft(), || at(51))),
        Some(Unadmitted::Late),
        "it is not on disk"
    );
    outbox.settle();
    assert!(outbox.admit(draft(), || at(51)).is_ok());
}

/// What a mark was told.
#[derive(Default)]
struct Told(std::sync::Arc<Mutex<Vec<Option<Instant>>>>);

impl WaitMark for Told {
    fn note(&self, since: Option<Moment>) -> Result<(), NotNoted> {
        let mut told = self.0.lock().unwrap();
        if told.len() == 6 {
            return Err(NotNoted);
        }
        told.push(since.map(|since| since.clock));
        Ok(())
    }
}

/// The mark names the oldest trace that is not committed, before that trace is admitted; where
/// it cannot be written, or the clock was set back, nothing may wait.
#[test]
fn the_mark_names_the_oldest_that_waits() {
    let keys = Keys::new(44);
    let told = Told::default();
    let said = std::sync::Arc::clone(&told.0);
    let outbox = Outbox::new(1 << 20).noting(Box::new(told));
    let draft = || keys.draft(1, &listed(1), None);
    assert!(outbox.admit(draft(), || at(10)).is_ok());
    assert!(outbox.admit(draft(), || at(20)).is_ok());
    assert_eq!(why(outbox.admit(draft(), || at(9))), Some(Unadmitted::Late));
    assert_eq!(*said.lock().unwrap(), [Some(at(10))]);
    assert_eq!(outbox.take().len(), 2);
    assert!(outbox.admit(draft(), || at(30)).is_ok());
    assert_eq!(*said.lock().unwrap(), [Some(at(10))], "it is not on disk");
    outbox.settle();
    assert_eq!(*said.lock().unwrap(), [Some(at(10)), Some(at(30))]);
    let again = outbox.take();
    outbox.put_back(again);
    assert_eq!(outbox.take().len(), 1);
    outbox.settle();
    assert!(outbox.admit(draft(), || at(40)).is_ok());
    outbox.take().clear();
    outbox.settle();
    let all = [Some(at(10)), Some(at(30)), None, Some(at(40)), None];
    assert_eq!(*said.lock().unwrap(), all);
    said.lock().unwrap().push(None);
    assert_eq!(
        why(outbox.admit(draft(), || at(50))),
        Some(Unadmitted::Unnoted)
    );
    assert_eq!(outbox.waiting(), 0);
}

/// A mark that cannot be written once.
struct Missed(AtomicUsize);

impl WaitMark for Missed {
    fn note(&self, _: Option<Moment>) -> Result<(), NotNoted> {
        let nth = self.0.fetch_add(1, Ordering::SeqCst);
        if nth == 1 { Err(NotNoted) } else { Ok(()) }
    }
}

/// The mark stays behind when it cannot be written: a gap would begin where it stands, so that
/// what comes is near to that, not to the oldest that waits.
#[test]
fn what_waits_is_near_to_what_the_mark_says() {
    let keys = Keys::new(47);
    let outbox = Outbox::new(1 << 20).noting(Box::new(Missed(AtomicUsize::new(0))));
    let draft = || keys.draft(1, &listed(1), None);
    assert!(outbox.admit(draft(), || at(0)).is_ok());
    assert_eq!(outbox.take().len(), 1);
    assert!(outbox.admit(draft(), || at(45)).is_ok());
    outbox.settle();
    assert!(outbox.admit(draft(), || at(50)).is_ok());
    let far = outbox.admit(draft(), || at(51));
    assert_eq!(why(far), Some(Unadmitted::Late));
    assert_eq!(outbox.take().len(), 2);
    outbox.settle();
    assert!(outbox.admit(draft(), || at(200)).is_ok(), "written again");
}

/// The store's time jumps with a commit under a clock that was set forward and back: what is
/// told so much later does not wait behind what was noted before.
#[test]
fn what_waits_together_is_near_in_the_stores_time_too() {
    let keys = Keys::new(45);
    let outbox = Outbox::new(1 << 20);
    let draft = || keys.draft(1, &listed(1), None);
    let moment = |clock, told| Moment {
        clock: at(clock),
        told: at(told),
    };
    assert!(outbox.admit(draft(), || moment(0, 0)).is_ok());
    assert!(outbox.admit(draft(), || moment(10, 50)).is_ok());
    let jumped = outbox.admit(draft(), || moment(20, 51));
    assert_eq!(why(jumped), Some(Unadmitted::Late));
}

/// Right behind a gap the store's time is ahead of the clock: what waits then is near by the two
/// together, or does not wait.
#[test]
fn what_waits_together_is_near_from_the_one_time_to_the_other() {
    let keys = Keys::new(46);
    let outbox = Outbox::new(1 << 20);
    let draft = || keys.draft(1, &listed(1), None);
    let moment = |clock, told| Moment {
        clock: at(clock),
        told: at(told),
    };
    let apart = outbox.admit(draft(), || moment(0, 51));
    assert_eq!(why(apart), Some(Unadmitted::Late));
    assert!(outbox.admit(draft(), || moment(3, 43)).is_ok());
    assert!(outbox.admit(draft(), || moment(53, 53)).is_ok());
    let later = outbox.admit(draft(), || moment(54, 54));
    assert_eq!(why(later), Some(Unadmitted::Late));
}

#[test]
fn what_is_put_back_waits_first_and_as_long_as_before() {
    let keys = Keys::new(43);
    let outbox = Outbox::new(1 << 20);
    let draft = |patient| keys.draft(patient, &listed(patient), None);
    assert!(outbox.admit(draft(1), || at(0)).is_ok());
    let taken = outbox.take();
    assert!(outbox.admit(draft(2), || at(10)).is_ok());
    outbox.put_back(taken);
    assert_eq!(
        why(outbox.admit(draft(3), || at(51))),
        Some(Unadmitted::Late)
    );
    let again = outbox.take();
    let subjects: Vec<_> = again.iter().map(|draft| draft.subjects()[0]).collect();
    assert_eq!(
        subjects,
        [Subject::Dossier(dossier(1)), Subject::Dossier(dossier(2))]
    );
}

#[test]
fn a_full_or_closed_outbox_gives_the_draft_back() {
    let keys = Keys::new(42);
    let draft = || keys.draft(1, &listed(1), None);
    let outbox = Outbox::new(draft().entry().bytes().len());
    assert!(outbox.admit(draft(), || at(0)).is_ok());
    let rejected = outbox.admit(draft(), || at(0)).err().unwrap();
    assert_eq!(rejected.why, Unadmitted::Full);
    assert_eq!(rejected.draft.subjects(), [Subject::Dossier(dossier(1))]);
    let _ = outbox.take();
    assert_eq!(
        why(outbox.admit(draft(), || at(0))),
        Some(Unadmitted::Full),
        "still in memory"
    );
    outbox.settle();
    outbox.close();
    assert_eq!(
        why(outbox.admit(draft(), || at(0))),
        Some(Unadmitted::Closed)
    );
}
