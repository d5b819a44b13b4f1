//! The arena fills each page once, hands out what was filled, and counts what it holds.

use super::Arena;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const PAGE: usize = 64;

fn arena(length: usize) -> (Arc<Arena>, Arc<AtomicUsize>) {
    let used = Arc::new(AtomicUsize::new(0));
    (
        Arena::reserve(length, PAGE, Arc::clone(&used)).unwrap(),
        used,
    )
}

/// Each byte tells its page.
fn fill(calls: &AtomicUsize) -> impl Fn(usize, &mut [u8]) -> std::io::Result<()> + '_ {
    |first, out| {
        calls.fetch_add(1, Ordering::Relaxed);
        for (page, bytes) in out.chunks_mut(PAGE).enumerate() {
            bytes.fill(u8::try_from(first + page).unwrap());
        }
        Ok(())
    }
}

#[test]
fn pages_are_filled_once() {
    let (arena, used) = arena(PAGE * 5 + 10);
    let calls = AtomicUsize::new(0);
    let middle = arena.bytes(PAGE + 1..PAGE * 3, &fill(&calls)).unwrap();
    assert_eq!(middle.len(), PAGE * 2 - 1);
    assert_eq!((middle[0], middle[PAGE]), (1, 2));
    assert_eq!(used.load(Ordering::Relaxed), PAGE * 2);
    let all = arena.bytes(0..PAGE * 5 + 10, &fill(&calls)).unwrap();
    assert_eq!((all[0], all[PAGE * 5 + 9]), (0, 5));
    assert_eq!(
        calls.load(Ordering::Relaxed),
        3,
        "what was there is not filled again"
    );
    assert_eq!(used.load(Ordering::Relaxed), PAGE * 5 + 10);
    arena.bytes(3..4, &|_, _| panic!("it is there")).unwrap();
    drop(arena);
    assert_eq!(middle[0], 1, "a view outlives the arena's owner");
    drop((middle, all));
    assert_eq!(used.load(Ordering::Relaxed), 0);
}

#[test]
fn failures_leave_pages_unread() {
    let (arena, used) = arena(PAGE * 2);
    let failed = arena.bytes(0..1, &|_, _| Err(std::io::ErrorKind::InvalidData.into()));
    assert!(failed.is_err());
    assert_eq!(used.load(Ordering::Relaxed), 0);
    let calls = AtomicUsize::new(0);
    assert_eq!(arena.bytes(0..1, &fill(&calls)).unwrap()[0], 0);
    assert!(arena.bytes(0..PAGE * 2 + 1, &fill(&calls)).is_err());
    assert!(
        arena
            .bytes(5..5, &|_, _| panic!("nothing is asked"))
            .unwrap()
            .is_empty()
    );
    let (empty, _) = self::arena(0);
    assert!(empty.bytes(0..0, &fill(&calls)).unwrap().is_empty());
}

/// Many threads read the same pages: each is filled once and all see the same.
#[test]
fn threads_share_pages() {
    let (arena, _) = arena(PAGE * 100);
    let calls = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (arena, calls) = (&arena, &calls);
            scope.spawn(move || {
                for step in 0..100 {
                    let page = (step * 7 + thread * 13) % 100;
                    let range = page * PAGE..(page + 1) * PAGE;
                    let bytes = arena.bytes(range, &fill(calls)).unwrap();
                    assert!(bytes.iter().all(|byte| usize::from(*byte) == page));
                }
            });
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), 100);
}

/// Nothing here touches memory that is not its own, or loses some.
#[test]
fn valgrind_finds_nothing() {
    let there = Command::new("valgrind").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: valgrind is not installed");
        return;
    }
    let ran = Command::new("valgrind")
        .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
        .arg("--errors-for-leak-kinds=definite")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--test-threads=1"])
        .args(
            [
                "pages_are_filled_once",
                "failures_leave_pages_unread",
                "threads_share_pages",
            ]
            .map(|name| format!("arena::tests::{name}")),
        )
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(told.contains("3 passed"), "{told}");
}
