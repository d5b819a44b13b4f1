//! Proves that the header's numbers are those of the engine, for every code there is.

use super::*;
use std::collections::BTreeSet;

#[test]
fn every_code_of_the_engine_has_its_constant_and_its_name() {
    for code in Code::ALL {
        let known = NAMES.iter().find(|(number, _)| *number == of(*code));
        let (_, name) = known.unwrap_or_else(|| panic!("no constant for {}", code.name()));
        assert_eq!(name.to_str(), Ok(code.name()));
        assert!(
            (1..100).contains(&code.number()),
            "100 and more are the boundary's own"
        );
    }
}

#[test]
fn no_two_codes_share_a_number_or_a_name() {
    let numbers: BTreeSet<_> = NAMES.iter().map(|(number, _)| number).collect();
    let names: BTreeSet<_> = NAMES.iter().map(|(_, name)| name).collect();
    assert_eq!(numbers.len(), NAMES.len());
    assert_eq!(names.len(), NAMES.len());
    assert_eq!(
        NAMES.len(),
        Code::ALL.len() + 13,
        "ok and twelve of the boundary's own"
    );
}

#[test]
fn an_unknown_number_has_a_name_too() {
    for (number, name) in [
        (0, c"ok"),
        (-1, c"refused"),
        (-99, c"unknown"),
        (7, c"unknown"),
    ] {
        // SAFETY: the function gives texts that live as long as the library.
        assert_eq!(unsafe { CStr::from_ptr(liasse_code_name(number)) }, name);
    }
}
