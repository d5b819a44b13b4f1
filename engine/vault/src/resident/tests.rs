//! What stays in memory is locked and left out of core dumps, as the kernel tells it.

use super::*;

/// The flags of the mapping that holds this address, from `/proc/self/smaps`.
#[cfg(target_os = "linux")]
fn flags(address: usize) -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut here = false;
    for line in maps.lines() {
        let range = line.split(' ').next().unwrap().split_once('-');
        let ends = range.and_then(|(from, to)| {
            let number = |text| usize::from_str_radix(text, 16).ok();
            Some(number(from)?..number(to)?)
        });
        match (ends, line.strip_prefix("VmFlags:")) {
            (Some(ends), _) => here = ends.contains(&address),
            (None, Some(flags)) if here => {
                return flags.split_whitespace().map(str::to_owned).collect();
            }
            (None, Some(_) | None) => {}
        }
    }
    panic!("no mapping holds the address");
}

#[test]
#[cfg(target_os = "linux")]
fn resident_keys_are_locked_and_left_out_of_core_dumps() {
    for count in [1, 132, 4096, 300_000] {
        let mut resident = Resident::new(count);
        assert_eq!(resident.bytes().len(), count);
        assert!(resident.bytes().iter().all(|byte| *byte == 0));
        resident.bytes_mut().fill(7);
        let flags = flags(resident.bytes().as_ptr() as usize);
        let has = |flag: &str| flags.iter().any(|it| it == flag);
        assert!(has("dd"), "left out of core dumps: {flags:?}");
        assert_eq!(has("lo"), resident.is_locked(), "{flags:?}");
    }
    let heap = Box::new([0_u8; 64]);
    assert!(!flags(heap.as_ptr() as usize).iter().any(|it| it == "dd"));
}

/// Two residents are two mappings: giving one back does not unlock the other.
#[test]
#[cfg(target_os = "linux")]
fn residents_share_no_page() {
    let kept = Resident::new(100);
    let other = Resident::new(100);
    assert_ne!(
        kept.bytes().as_ptr() as usize / 4096,
        other.bytes().as_ptr() as usize / 4096
    );
    drop(other);
    let flags = flags(kept.bytes().as_ptr() as usize);
    assert_eq!(flags.iter().any(|it| it == "lo"), kept.is_locked());
}
