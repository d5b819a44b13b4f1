//! Proves that the header's purposes are those of the engine.

use super::*;

#[test]
fn every_purpose_has_its_constant() {
    let named = [
        (LIASSE_PURPOSE_CARE, Purpose::Care),
        (LIASSE_PURPOSE_PANEL, Purpose::Panel),
        (LIASSE_PURPOSE_EMERGENCY_BTG, Purpose::EmergencyBtg),
        (LIASSE_PURPOSE_EMERGENCY_SAMU, Purpose::EmergencySamu),
        (LIASSE_PURPOSE_HOLDER, Purpose::Holder),
        (LIASSE_PURPOSE_REPRESENTATIVE, Purpose::Representative),
        (LIASSE_PURPOSE_POPULATION, Purpose::Population),
        (LIASSE_PURPOSE_AUDIT, Purpose::Audit),
        (LIASSE_PURPOSE_CONTRACT, Purpose::Contract),
    ];
    assert_eq!(named.len(), Purpose::ALL.len());
    for (number, expected) in named {
        assert_eq!(purpose(number, "p").ok(), Some(expected));
    }
    for number in [0, 10, 256, 257, u32::MAX] {
        assert!(purpose(number, "p").is_err(), "{number} is no purpose");
    }
}
