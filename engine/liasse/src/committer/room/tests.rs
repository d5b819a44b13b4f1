//! Proves that the room is never overfull, that what leaves lets others in, and that one too
//! large for it enters alone.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

#[test]
fn who_finds_no_room_waits_until_others_have_left() {
    let room = Room::new(100);
    let first = room.enter(60);
    let second = room.enter(40);
    assert_eq!(room.held(), 100);
    let (entered, told) = channel();
    let waiting = {
        let room = Arc::clone(&room);
        std::thread::spawn(move || {
            let berth = room.enter(50);
            entered.send(room.held()).unwrap();
            berth
        })
    };
    let early = told.recv_timeout(Duration::from_millis(50));
    assert_eq!(early, Err(RecvTimeoutError::Timeout));
    drop(second);
    let early = told.recv_timeout(Duration::from_millis(50));
    assert_eq!(
        early,
        Err(RecvTimeoutError::Timeout),
        "40 bytes are not enough"
    );
    drop(first);
    assert_eq!(told.recv().unwrap(), 50);
    drop(waiting.join().unwrap());
    assert_eq!(room.held(), 0);
    let huge = room.enter(1_000_000);
    assert_eq!(room.held(), 1_000_000);
    drop(huge);
    assert_eq!(room.held(), 0);
}

/// Small ones that keep coming do not keep a large one waiting.
#[test]
fn a_large_one_has_its_turn_among_small_ones_that_keep_coming() {
    let room = Room::new(100);
    let small = || Arc::clone(&room).enter(60);
    let first = small();
    let entered = Arc::new(AtomicUsize::new(0));
    let (told, large) = channel();
    let turn = {
        let (room, entered) = (Arc::clone(&room), Arc::clone(&entered));
        std::thread::spawn(move || {
            let berth = room.enter(1000);
            told.send(entered.load(Ordering::SeqCst)).unwrap();
            berth
        })
    };
    while room.lock().came < 2 {
        std::thread::yield_now();
    }
    let others: Vec<_> = (0..3)
        .map(|_| {
            let (room, entered) = (Arc::clone(&room), Arc::clone(&entered));
            std::thread::spawn(move || {
                let berth = room.enter(30);
                entered.fetch_add(1, Ordering::SeqCst);
                berth
            })
        })
        .collect();
    while room.lock().came < 5 {
        std::thread::yield_now();
    }
    // There is room for one of 30 beside the first, were it not behind the large one.
    let early = large.recv_timeout(Duration::from_millis(50));
    assert_eq!(early, Err(RecvTimeoutError::Timeout));
    assert_eq!(entered.load(Ordering::SeqCst), 0);
    drop(first);
    assert_eq!(large.recv().unwrap(), 0);
    drop(turn.join().unwrap());
    for other in others {
        drop(other.join().unwrap());
    }
    assert_eq!(room.held(), 0);
}

/// What came of it may need less room, or more, than what was given.
#[test]
fn a_berth_is_resized_to_what_came_of_it() {
    let room = Room::new(100);
    let mut berth = room.enter(90);
    berth.resize(10);
    let second = room.enter(80);
    berth.resize(50);
    assert_eq!(room.held(), 130);
    drop((berth, second));
    assert_eq!(room.held(), 0);
}
