//! Proves that the thread which commits may end in a panic: nobody waits for ever, and nothing
//! is answered any more; and that a log which is read again is not believed unsigned.

use crate::engine::Options;
use crate::error::Code;
use crate::ground::Ground;
use base::{RowWrite, Table};
use journal::Log;
use std::sync::Arc;
use store::Spending;

#[test]
fn a_panic_of_the_thread_that_commits_ends_all_answers_and_keeps_nobody_waiting() {
    let (_ground, engine) = Ground::with_store("committer-panic");
    let shared = engine.shared();
    let panics = shared.submit(
        Spending::Reserve,
        |_| Ok(()),
        |(), _| -> crate::Result<()> { panic!("planted") },
    );
    // What it speaks of is durable: it may not be called refused, nor the caller's fault.
    let told = panics.wait().map_err(|told| told.code());
    assert_eq!(told, Err(Code::Poisoned));
    let next = shared.submit(Spending::Reserve, |_| Ok(()), |(), _| Ok(()));
    // It may have been on its way before the thread was gone.
    let told = next.wait().map_err(|told| told.code());
    assert!([Err(Code::Poisoned), Err(Code::Closed)].contains(&told));
    let told = engine.settle().map_err(|told| told.code());
    assert_eq!(told, Err(Code::Poisoned));
    engine.close().expect_err("it cannot be closed cleanly");
}

/// What no commit took is lost, and whoever closes the store is told.
#[test]
fn a_store_that_lost_traces_says_so_when_it_is_closed() {
    let (tell, heard) = std::sync::mpsc::channel();
    let options = Options {
        on_lost_traces: Some(Arc::new(move |count| tell.send(count).expect("a listener"))),
        ..Options::default()
    };
    let ground = Ground::new("committer-lost");
    let engine = ground.create(options);
    engine.shared().core.traces_lost(0);
    engine.shared().core.traces_lost(1);
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [1]);
    let told = engine.close().map_err(|told| told.code());
    assert_eq!(told, Err(Code::Poisoned));
}

/// After a failure the log is read again from the disk, where it may be another by then.
#[test]
fn a_log_that_is_read_again_is_gone_on_with_only_when_it_is_signed() {
    let (_ground, engine) = Ground::with_store("committer-again");
    let core = Arc::clone(&engine.shared().core);
    let log = Log::open(core.view().expect("a view").rows()).expect("a log");
    let room = super::Room::new(1 << 20);
    let mut writer = super::writer::Writer::new(Arc::clone(&core), log, room).expect("a writer");
    assert!(writer.refresh().is_ok());
    let now = core.clock.now();
    let mut transaction = core.catalog.begin(Spending::Reserve, now).expect("begun");
    let table = Table::new("journal_head");
    transaction.remove(table, &[1]).expect("taken away");
    transaction.commit().expect("committed");
    let refused = writer.refresh().map_err(|told| told.code());
    assert_eq!(refused, Err(Code::Corrupt));
    drop(writer);
    let _ = engine.close();
}
