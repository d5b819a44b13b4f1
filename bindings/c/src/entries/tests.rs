//! Proves that the header's flags and statuses are those of the engine.

use super::*;
use liasse::Availability;

#[test]
fn every_status_has_its_constant() {
    let numbers = [
        (LIASSE_STATUS_APPROVED, Availability::Approved),
        (LIASSE_STATUS_DEPRECATED, Availability::Deprecated),
        (LIASSE_STATUS_ARCHIVED, Availability::Archived),
        (LIASSE_STATUS_DELETED, Availability::Deleted),
    ];
    assert_eq!(numbers.len(), Availability::ALL.len());
    assert!(
        numbers
            .iter()
            .all(|(number, status)| u32::from(status.byte()) == *number)
    );
}

#[test]
fn every_flag_has_its_constant() {
    let all = [
        (LIASSE_FLAG_MASQUE_PS, Flags::MASQUE_PS),
        (LIASSE_FLAG_INVISIBLE_PATIENT, Flags::INVISIBLE_PATIENT),
        (
            LIASSE_FLAG_INVISIBLE_REPRESENTANTS_LEGAUX,
            Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
        ),
    ];
    for (bits, flag) in all {
        assert_eq!(flags(bits, "f").ok(), Some(flag));
    }
    assert_eq!(flags(0, "f").ok(), Some(Flags::NONE));
    assert_eq!(flags(7, "f").ok().map(Flags::bits), Some(7));
    assert!(flags(8, "f").is_err());
    assert!(flags(256, "f").is_err());
}

#[test]
fn statuses_asked_for_are_known() {
    assert_eq!(
        statuses(LIASSE_STATUSES_APPROVED, "s").ok(),
        Some(Statuses::Approved)
    );
    assert_eq!(statuses(LIASSE_STATUSES_ALL, "s").ok(), Some(Statuses::All));
    assert!(statuses(2, "s").is_err());
}
