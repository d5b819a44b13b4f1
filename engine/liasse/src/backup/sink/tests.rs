//! Proves that the names of catalog files are read back, and that the way through them leads to
//! the newest state that can be reached.

use super::*;
use base::Digest;
use base::disk::{FaultPlan, FaultyDisk};

fn tip(commit: u64) -> Tip {
    Tip {
        commit: CommitSeq::new(commit),
        binding: Digest::from_bytes([u8::try_from(commit).unwrap(); 32]),
    }
}

fn snapshot(at: u64) -> RollName {
    RollName::of(None, tip(at))
}

fn delta(from: u64, to: u64) -> RollName {
    RollName::of(Some(tip(from)), tip(to))
}

#[test]
fn a_name_is_read_back_and_nothing_else_is_one() {
    for name in [snapshot(7), delta(7, 19)] {
        assert_eq!(RollName::parse(&name.to_string()), Some(name));
    }
    for other in ["", "snapshot.roll", "delta-1-2-3-4.roll", "FORMAT"] {
        assert_eq!(RollName::parse(other), None, "{other}");
    }
    let unfinished = format!("{}.part", snapshot(7));
    assert_eq!(RollName::parse(&unfinished), None);
}

#[test]
fn the_way_leads_to_the_newest_state_that_can_be_reached() {
    let names = [
        snapshot(1),
        delta(1, 2),
        delta(2, 5),
        snapshot(5),
        delta(5, 6),
        delta(8, 9),
    ];
    assert_eq!(way(&names, None), [snapshot(5), delta(5, 6)]);
    let state = |at| Some(State::of(tip(at)));
    assert_eq!(way(&names, state(2)), [delta(2, 5), delta(5, 6)]);
    assert_eq!(way(&names, state(3)), [snapshot(5), delta(5, 6)]);
    assert_eq!(way(&names, state(6)), []);
    assert_eq!(way(&names, state(8)), [delta(8, 9)]);
    let other = RollName::of(
        Some(tip(6)),
        Tip {
            binding: Digest::ZERO,
            ..tip(7)
        },
    );
    assert_eq!(way(&[snapshot(6), other], state(7)), []);
}

#[test]
fn a_file_is_put_whole_or_not_at_all() {
    let name = snapshot(3).to_string();
    for cut in 1..9 {
        let disk = FaultyDisk::new();
        let sink = DirectorySink::on(Arc::new(disk.clone()), "test");
        disk.set_plan(FaultPlan {
            broken_at: Some(cut),
            ..FaultPlan::default()
        });
        let put = sink.put(&name, &mut &[1; 3 << 20][..]);
        disk.set_plan(FaultPlan::default());
        match put {
            Ok(()) => assert_eq!(sink.list().unwrap(), [name.as_str()], "cut at {cut}"),
            Err(_) if sink.list().unwrap().is_empty() => {
                sink.put(&name, &mut &[1; 3 << 20][..]).unwrap();
            }
            Err(_) => assert_eq!(sink.list().unwrap(), [name.as_str()]),
        }
        let mut read = Vec::new();
        sink.get(&name).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, [1; 3 << 20], "cut at {cut}");
    }
}
