//! Proves that every code survives its text and its byte, and that the type table is whole.

use super::*;

#[test]
fn codes_survive_text_and_byte() {
    for purpose in Purpose::ALL {
        assert_eq!(purpose.code().parse(), Ok(*purpose));
        assert_eq!(Purpose::from_byte(purpose.byte()), Some(*purpose));
    }
    for status in Availability::ALL {
        assert_eq!(Availability::from_byte(status.byte()), Some(*status));
    }
    assert!(
        "soins"
            .parse::<Purpose>()
            .unwrap_err()
            .to_string()
            .contains("emergency_btg")
    );
    assert_eq!(Consent::from_byte(0), None);
}

#[test]
fn flags_are_a_set_of_three() {
    let both = Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT);
    assert_eq!(
        both.codes().collect::<Vec<_>>(),
        ["MASQUE_PS", "INVISIBLE_PATIENT"]
    );
    assert_eq!(both.without(Flags::MASQUE_PS), Flags::INVISIBLE_PATIENT);
    assert_eq!(Flags::from_bits(8), None);
    assert_eq!(Flags::from_code("MASQUE_PS"), Ok(Flags::MASQUE_PS));
}

#[test]
fn the_type_table_gives_classes() {
    assert_eq!(document_types().len(), 103);
    assert_eq!(document_type("11488-4").unwrap().class, "10");
    assert_eq!(document_type("SYNTH").unwrap().class, "11");
    assert_eq!(document_type("nothing"), None);
    assert!(
        document_types()
            .windows(2)
            .all(|pair| pair[0].code < pair[1].code)
    );
}
