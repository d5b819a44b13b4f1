//! Proves that rows stand in order however they come and go, each with its own values.

use super::*;
use base::DocumentNumber;

fn ordinal(dossier: u64, document: u32) -> Ordinal {
    let document = DocumentNumber::new(document).unwrap();
    DossierNumber::new(dossier).unwrap().ordinal(document)
}

/// Each document has its own.
fn instant(dossier: u64, document: u32) -> Instant {
    Instant::from_millis(i64::try_from(dossier * 1_000).unwrap() + i64::from(document))
}

fn id(dossier: u64, document: u32) -> DocumentId {
    DocumentId::from_bytes([u8::try_from(dossier % 200 + u64::from(document)).unwrap(); 16])
}

fn status(document: u32) -> Availability {
    if document.is_multiple_of(2) {
        Availability::Approved
    } else {
        Availability::Deprecated
    }
}

fn push(columns: &mut Columns, dossier: u64, document: u32) {
    let kind = format!("{dossier}-{document}");
    let mut values = [Coded::default(); Field::SINGLE.len()];
    values[0] = Coded::from(kind.as_str());
    let at = instant(dossier, document);
    let record = Record {
        ordinal: ordinal(dossier, document),
        document: id(dossier, document),
        status: status(document),
        created: at,
        deposited: at,
        service: (at, at),
        values,
    };
    columns.push(&record, &[(Field::Event, Coded::from(kind.as_str()))]);
}

fn check(columns: &Columns, expected: &[(u64, u32)]) {
    let rows = columns.rows().iter();
    let held: Vec<Ordinal> = { rows }.map(|row| row.ordinal).collect();
    let wanted = expected.iter();
    let wanted: Vec<Ordinal> = wanted.map(|(one, other)| ordinal(*one, *other)).collect();
    assert_eq!(held, wanted);
    assert!(columns.standing().documents().iter().eq(&wanted));
    for (dossier, document) in expected {
        let (dossier, document) = (*dossier, *document);
        let nth = columns.nth(ordinal(dossier, document)).unwrap();
        let row = &columns.rows()[nth];
        let written = instant(dossier, document);
        assert_eq!(
            (row.document, row.deposited),
            (id(dossier, document), written)
        );
        assert_eq!(columns.created(nth), Some(written));
        assert_eq!(columns.status(nth), Some(status(document)));
        for field in [Field::SINGLE[0], Field::Event] {
            let held: Vec<_> = columns.held(nth, Cells::of(field)).iter().collect();
            let [value] = held[..] else {
                panic!("one value");
            };
            assert_eq!(columns.text(value), format!("{dossier}-{document}"));
        }
    }
}

#[test]
fn rows_stand_in_order_however_they_come_and_go() {
    let mut columns = Columns::new();
    for dossier in [5, 3, 9] {
        (0..4).for_each(|document| push(&mut columns, dossier, document));
    }
    columns.settle();
    let of = |dossier| (0..4).map(move |document| (dossier, document));
    let all: Vec<_> = of(3).chain(of(5)).chain(of(9)).collect();
    check(&columns, &all);
    columns.forget(&[DossierNumber::new(5).unwrap()].into());
    columns.settle();
    check(&columns, &of(3).chain(of(9)).collect::<Vec<_>>());
    (0..4).for_each(|document| push(&mut columns, 5, document));
    columns.settle();
    check(&columns, &all);
    for round in 0..1_000 {
        let dossier = [3, 5, 9][round % 3];
        columns.forget(&[DossierNumber::new(dossier).unwrap()].into());
        (0..4).for_each(|document| push(&mut columns, dossier, document));
        columns.settle();
    }
    check(&columns, &all);
    assert_eq!(columns.values(), 13, "those of the rows, and the empty one");
}

/// A code is found by itself whatever its system, and by its system alone or with it; a system is
/// one under all its names.
#[test]
fn a_code_is_found_by_its_system_too() {
    let mut columns = Columns::new();
    let at = Instant::from_millis(0);
    let record = |document| Record {
        ordinal: ordinal(1, document),
        document: DocumentId::from_bytes([1; 16]),
        status: Availability::Approved,
        created: at,
        deposited: at,
        service: (at, at),
        values: [Coded::default(); Field::SINGLE.len()],
    };
    let systems = ["", "2.16.840.1.113883.6.1", "1.2"];
    for (document, system) in (0..).zip(systems) {
        let coded = Coded { code: "7", system };
        columns.push(&record(document), &[(Field::Event, coded)]);
    }
    let longer = Coded::from("77");
    columns.push(
        &record(3),
        &[(Field::Event, longer), (Field::Event, longer)],
    );
    columns.settle();
    assert_eq!(columns.coded("7").len(), 3);
    assert_eq!(columns.coded("77").len(), 1);
    let of = |system: Option<&str>, code: Option<&str>| {
        let token = Token {
            system: system.map(str::to_owned),
            code: code.map(str::to_owned),
        };
        columns.of_token(&token).len()
    };
    assert_eq!(of(None, Some("7")), 3);
    assert_eq!(of(Some(""), Some("7")), 1);
    assert_eq!(of(Some("http://loinc.org"), Some("7")), 1);
    assert_eq!(of(Some("urn:oid:1.2"), None), 1);
    assert_eq!(of(Some("1.2.3"), None), 0);
}
