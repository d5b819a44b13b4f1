//! Proves that a manifest is read whole or refused with its line.

use super::*;

const GOOD: &str = "liasse-pack 1\n# note\nname p\nversion 1.0\nschema dmp/1\n\
                    valid-from 2020-01-01T00:00:00Z\nvalid-until open\nprofessions x y\n";

#[test]
fn a_manifest_says_name_version_and_validity() {
    let manifest = Manifest::parse(GOOD).expect("it is well formed");
    assert_eq!(
        (manifest.name.as_str(), manifest.version.as_str()),
        ("p", "1.0")
    );
    assert_eq!(manifest.validity.until(), Instant::MAX);
    assert_eq!(manifest.validity.from().to_string(), "2020-01-01T00:00:00Z");
    assert_eq!(manifest.professions, ["x", "y"]);
}

#[test]
fn a_wrong_manifest_is_refused() {
    for (from, to, line) in [
        ("liasse-pack 1", "liasse-pack 2", 1),
        ("name p", "name p q", 3),
        ("name p", "name p\nname q", 4),
        ("name p", "colour p", 3),
        ("version 1.0", "version", 4),
        ("valid-until open", "valid-until 2019-01-01T00:00:00Z", 7),
        ("valid-until open", "valid-until soon", 7),
        ("professions x y", "professions x,y", 8),
        ("name p\n", "", 1),
    ] {
        let error = Manifest::parse(&GOOD.replacen(from, to, 1)).expect_err(to);
        let PackError::Line {
            file: "pack.txt",
            line: named,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(named, line, "{to}");
    }
    let other = GOOD.replace("dmp/1", "dmp/2");
    assert!(matches!(
        Manifest::parse(&other),
        Err(PackError::Schema { .. })
    ));
}
