//! Proves that a store rolled back or forked as a whole is refused, and that nothing is pinned
//! then.

use super::*;
use crate::testing::{facts, log_of};
use std::sync::Mutex;

#[derive(Default)]
struct Notebook {
    page: Mutex<Option<Checkpoint>>,
}

impl Anchor for Notebook {
    fn pinned(&self, origin: &Origin) -> Result<Option<Checkpoint>, AnchorFailure> {
        let page = self.page.lock().unwrap().clone();
        Ok(page.filter(|pinned| pinned.origin == *origin))
    }

    fn pin(&self, checkpoint: &Checkpoint) -> Result<(), AnchorFailure> {
        *self.page.lock().unwrap() = Some(checkpoint.clone());
        Ok(())
    }
}

#[test]
fn a_store_that_went_back_or_aside_is_refused() {
    let anchor = Notebook::default();
    let (mut log, mut rows) = log_of(300);
    let (older, older_rows) = (log.clone(), rows.clone());
    log.moor(&rows, &anchor).unwrap();
    let _ = log.append(&mut rows, facts(300, 5)).unwrap();
    log.moor(&rows, &anchor).unwrap();
    log.moor(&rows, &anchor).unwrap();
    let back = older.moor(&older_rows, &anchor);
    assert_eq!(back, Err(Unanchored::Finding(Finding::RolledBack(305))));
    let (mut fork, mut fork_rows) = (older, older_rows);
    let _ = fork.append(&mut fork_rows, facts(302, 50)).unwrap();
    let aside = fork.moor(&fork_rows, &anchor);
    assert_eq!(aside, Err(Unanchored::Finding(Finding::Forked(305))));
    assert_eq!(
        anchor.pinned(log.origin()).unwrap(),
        Some(Checkpoint::of(&log))
    );
}
