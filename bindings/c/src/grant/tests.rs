//! Proves that the header's consents and matters are those of the engine.

use super::*;

#[test]
fn every_answer_has_its_constant() {
    let named = [
        (LIASSE_CONSENT_PERMIT, Consent::Permit),
        (LIASSE_CONSENT_DENY, Consent::Deny),
        (LIASSE_CONSENT_UNASKED, Consent::Unasked),
    ];
    assert_eq!(named.len(), Consent::ALL.len());
    for (number, expected) in named {
        assert_eq!(consent(number).ok(), Some(expected));
    }
    assert!(consent(0).is_err());
    assert!(consent(257).is_err());
}

#[test]
fn every_matter_has_its_constant() {
    for (number, name) in [
        (1, "consultation"),
        (2, "deposit"),
        (3, "etreat"),
        (4, "btg"),
        (5, "masked"),
    ] {
        assert_eq!(matter(number).ok(), name.parse().ok());
        assert!(matter(number).is_ok());
    }
    assert!(matter(0).is_err());
    assert!(matter(6).is_err());
}

#[test]
fn forever_is_the_engines_own() {
    assert_eq!(Instant::from_millis(LIASSE_FOREVER), Instant::MAX);
}
