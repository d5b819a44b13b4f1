//! Proves that the room is never overfull, that what leaves lets others in, and that one too
//! large for it enters alone.

use super::*;
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
