//! Proves that a key store which goes away at any of its calls, those that change nothing
//! included, leaves an erasure, a change of the root, a backup, a restore and a promotion either
//! not begun or completed by whoever comes next; whether the call was not made or only its
//! answer was lost, and whether the key store comes back for the next call or not.

use crate::bench::holder;
use crate::forgetting::ins;
use crate::gated::{Gated, Turn};
use crate::power::{
    BEFORE, Part, World, back_up, backed_up_again, erase_batch, key_file, open_under,
    restore_under, restored_again, seen, sources, world_ahead_of_its_backup,
};
use base::disk::FaultyDisk;
use liasse::{Code, Engine, RootKey};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It is not made.
    NotMade,
    /// It is made, and its answer is lost.
    AnswerLost,
}

/// Which calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// That of this number alone.
    One,
    /// All from it on.
    AllFrom,
}

/// What was asked of a key store.
#[derive(Default)]
struct Asked {
    calls: AtomicUsize,
    names: Mutex<BTreeMap<&'static str, usize>>,
}

/// A key file that fails at a call of its choice, and what it was asked.
fn faltering(
    disk: &FaultyDisk,
    fails_at: usize,
    (how, which): (How, Which),
) -> (RootKey, Arc<Asked>) {
    let asked = Arc::new(Asked::default());
    let counted = Arc::clone(&asked);
    let gate = move |name| {
        let number = counted.calls.fetch_add(1, Ordering::SeqCst) + 1;
        *counted.names.lock().unwrap().entry(name).or_default() += 1;
        let fails = match which {
            Which::One => number == fails_at,
            Which::AllFrom => number >= fails_at,
        };
        match (fails, how) {
            (false, _) => Turn::Made,
            // Only the first of them reaches the key store.
            (true, How::AnswerLost) if number == fails_at => Turn::Lost,
            (true, How::AnswerLost | How::NotMade) => Turn::Refused,
        }
    };
    let file = key_file(disk);
    (RootKey::Kms(Arc::new(Gated { file, gate })), asked)
}

/// Does `act` on copies of a world, its key store failing at each of its calls in turn, and hands
/// what is left to `judge`, with whether the act succeeded. Each kind of call of `expected` must
/// have been among them.
fn falter(
    world: &World,
    expected: &[&str],
    act: impl Fn(RootKey, &FaultyDisk) -> liasse::Result<()>,
    judge: impl Fn(&FaultyDisk, bool),
) {
    for how in [How::NotMade, How::AnswerLost] {
        for which in [Which::One, Which::AllFrom] {
            for at in 1.. {
                let disk = world.disk.copy();
                let (root, asked) = faltering(&disk, at, (how, which));
                let done = act(root, &disk);
                let place = format!("call {at}, {how:?}, {which:?}: {:?}", done.as_ref().err());
                if let Err(error) = &done {
                    assert_eq!(error.code(), Code::KeyUnreachable, "{place}");
                }
                let _at = At(place);
                judge(&disk, done.is_ok());
                if asked.calls.load(Ordering::SeqCst) < at {
                    let names = asked.names.lock().unwrap();
                    assert!(at > expected.len() && done.is_ok(), "{names:?}");
                    assert!(
                        expected.iter().all(|it| names.contains_key(it)),
                        "{names:?}"
                    );
                    break;
                }
            }
        }
    }
}

/// Says where a judgement failed.
struct At(String);

impl Drop for At {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

/// Nothing is begun, or it is completed by opening the store.
fn turns(act: impl Fn(&World, &Engine) -> liasse::Result<()>, after: [usize; 4]) {
    let world = World::new();
    falter(
        &world,
        &[
            "load",
            "unwrap",
            "hand_over",
            "stage",
            "wrap",
            "activate",
            "destroy",
        ],
        |root, disk| {
            let engine = open_under(root, disk, "store")?;
            act(&world, &engine)
        },
        |disk, done| {
            let seen = seen(disk, "store");
            assert!(seen == after || (!done && seen == BEFORE), "{seen:?}");
        },
    );
}

#[test]
fn an_erasure_of_a_dossier_cut_short_at_any_call_of_the_key_store() {
    turns(
        |_, engine| holder(engine, &ins(1)).erase(&ins(1)).map(drop),
        [0, 1, 1, 2],
    );
}

#[test]
fn an_erasure_of_a_document_cut_short_at_any_call_of_the_key_store() {
    turns(
        |world, engine| {
            holder(engine, &ins(4))
                .erase_document(world.second)
                .map(drop)
        },
        [1, 1, 1, 1],
    );
}

#[test]
fn an_erasure_of_a_batch_cut_short_at_any_call_of_the_key_store() {
    turns(
        |world, engine| erase_batch(world.second, engine),
        [0, 0, 1, 1],
    );
}

#[test]
fn a_change_of_the_root_cut_short_at_any_call_of_the_key_store() {
    turns(|_, engine| engine.rotate_root().map(drop), BEFORE);
}

#[test]
fn a_backup_cut_short_at_any_call_of_the_key_store() {
    falter(
        &world_ahead_of_its_backup(),
        &["load", "unwrap", "hand_over"],
        |root, disk| {
            let engine = open_under(root, disk, "store")?;
            back_up(&engine, disk);
            engine.close()
        },
        |disk, _| backed_up_again(disk),
    );
}

#[test]
fn a_restore_cut_short_at_any_call_of_the_key_store() {
    falter(
        &World::new(),
        &["load", "unwrap", "hand_over"],
        |root, disk| restore_under(&root, disk, disk),
        restored_again,
    );
}

#[test]
fn a_promotion_cut_short_at_any_call_of_the_key_store() {
    let world = World::new();
    let standby = Part::of(&world.disk, "restored");
    liasse::refresh_on(&sources(&world.disk), standby).unwrap();
    falter(
        &world,
        &["load", "unwrap", "hand_over"],
        |root, disk| restore_under(&root, disk, disk),
        restored_again,
    );
}
