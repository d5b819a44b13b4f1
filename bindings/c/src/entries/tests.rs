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

/// The engine's values have room for the NUL, so that no text of a list is copied for C.
#[test]
fn a_row_shows_the_engines_own_values() {
    let root = std::env::temp_dir().join(format!("liasse-c-rows-{}", std::process::id()));
    std::fs::create_dir(&root).unwrap();
    let key = root.join("key");
    liasse::new_key_file(&key).unwrap();
    let key = liasse::RootKey::File(key);
    let engine = liasse::Engine::create(&root.join("store"), key, liasse::Options::default());
    let engine = engine.unwrap();
    let session = engine.session(liasse::SessionRequest {
        actor: "899900000001".to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: None,
        purpose: liasse::Purpose::Care,
        patient: None,
        secret: false,
    });
    let session = session.unwrap();
    let deposit = liasse::Deposit::new(DOCUMENT.as_bytes()).opening();
    session.deposit(&deposit).unwrap();
    let patient = "299999999999945@1.2.250.1.213.1.4.10".parse().unwrap();
    let entry = session.entries(&patient, Statuses::All).unwrap().remove(0);
    let texts = [
        &entry.unique_id,
        &entry.type_code,
        &entry.title,
        &entry.author,
    ];
    let lie = texts.map(|text| (text.as_ptr(), text.len()));
    assert!(lie.iter().all(|(_, length)| *length > 0), "{lie:?}");
    let mut row = EntryRow::default();
    // SAFETY: the row is valid until the next is loaded.
    let view = unsafe { &*row.load(entry) };
    let shown = [view.unique_id, view.type_code, view.title, view.author];
    assert_eq!(shown.map(|text| (text.bytes.cast(), text.length)), lie);
    drop(session);
    engine.close().unwrap();
    std::fs::remove_dir_all(&root).unwrap();
}

const DOCUMENT: &str = r#"{"liasse_document":1,"unique_id":"1.2.250.1.213.1.1.9999^1",
    "type":{"code":"11488-4"},"title":"Compte rendu","creation_time":"2026-01-31T12:00:00Z",
    "text":"Toux.","authors":[{"id":"1.2.250.1.71.4.2.1^899900000001",
    "person":{"family":"SPECIMEN"}}],"patient":{"ins":{"matricule":"299999999999945",
    "oid":"1.2.250.1.213.1.4.10"}}}"#;
