//! Matricules are told from other identifiers, and their keys checked.

use super::{Identifier, Ins, InsAuthority, NotAnIns};

#[test]
fn the_key_of_a_matricule_is_checked_not_enforced() {
    for (matricule, right) in [
        ("279035121518989", true),
        ("277076322082910", true),
        ("221042545611404", false),
        ("279035121518988", false),
    ] {
        let ins = Ins::new(matricule, InsAuthority::Test);
        assert_eq!(ins.map(|ins| ins.key_is_right()), Ok(right), "{matricule}");
    }
}

#[test]
fn corsica_has_letters() {
    // 2A counts as 19 and 2B as 18 in the division.
    for (written, counted) in [("2A", 19_u64), ("2B", 18)] {
        let number = 1_800_100_000_042 + counted * 1_000_000;
        let key = 97 - number % 97;
        let matricule = format!("18001{written}000042{key:02}");
        let ins = Ins::new(&matricule, InsAuthority::Nir).expect("a matricule of Corsica");
        assert!(ins.key_is_right(), "{matricule}");
        assert_eq!(ins.matricule(), matricule);
    }
}

#[test]
fn other_texts_are_no_matricules() {
    for text in [
        "",
        "27903512151898",
        "2790351215189890",
        "27903512151898x",
        "2C903512151898",
    ] {
        assert_eq!(Ins::new(text, InsAuthority::Nir), Err(NotAnIns), "{text}");
    }
    assert_eq!(
        Ins::new("2790351215\u{e9}189", InsAuthority::Nir),
        Err(NotAnIns)
    );
    assert_eq!(
        Ins::new("180012C00004212", InsAuthority::Nir),
        Err(NotAnIns)
    );
    assert!(Ins::new("64579890112345678100", InsAuthority::OldC).is_ok());
}

#[test]
fn authorities_are_told_by_their_oid() {
    for authority in InsAuthority::ALL {
        assert_eq!(InsAuthority::from_oid(authority.oid()), Some(authority));
    }
    assert_eq!(InsAuthority::from_oid("1.2.250.1.213.1.4.13"), None);
}

#[test]
fn the_xds_form_of_an_identifier_is_read_back() {
    for (root, extension) in [("1.2.3", None), ("1.2.3", Some("A^B"))] {
        let id = Identifier::new(root.to_owned(), extension.map(str::to_owned));
        assert!(Identifier::from_xds(&id.xds()) == id);
    }
}

#[test]
fn debug_shows_no_number() {
    let ins = Ins::new("279035121518989", InsAuthority::Test).expect("a matricule");
    assert_eq!(format!("{ins:?}"), "Ins(Test, ..)");
    let id = Identifier::new("1.2.3".to_owned(), Some("42".to_owned()));
    assert_eq!(format!("{id:?}"), "Identifier(..)");
}
