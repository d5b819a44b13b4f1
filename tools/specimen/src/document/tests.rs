//! A document depends on seed, patient and number only, and looks like a report.

use super::{Document, Kind, Level};
use crate::world::{World, sample};
use base::Flags;

#[test]
fn one_document_is_the_same_alone_and_in_its_dossier() {
    let world = World::new(99);
    let number = (0..50)
        .find(|at| world.documents(*at).len() > 5)
        .expect("a dossier");
    let dossier = world.dossier(number);
    for document in &dossier.documents {
        assert_eq!(
            world.document(number, document.number).as_ref(),
            Some(document)
        );
    }
    let count = u32::try_from(dossier.documents.len()).expect("a count");
    assert_eq!(world.document(number, count), None);
    assert!(World::new(98).document(number, 0) != world.document(number, 0));
}

/// The bytes of the sample are pinned: another machine, or a change of the generator, that
/// gives other bytes is seen. A wanted change updates the constant.
#[test]
fn the_sample_is_pinned() {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for dossier in sample(40, 300) {
        for document in &dossier.documents {
            for byte in document.cda().bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
            }
        }
    }
    assert_eq!(hash, SAMPLE_HASH, "{hash:#018x}");
}

const SAMPLE_HASH: u64 = 0xd0b2_8313_1abb_9c14;

#[test]
fn texts_have_the_length_of_reports() {
    let dossiers = sample(200, 2000);
    let documents: Vec<_> = dossiers
        .iter()
        .flat_map(|dossier| &dossier.documents)
        .collect();
    let mut lengths: Vec<_> = documents
        .iter()
        .map(|document| document.text().len())
        .collect();
    lengths.sort_unstable();
    let at = |per_cent: usize| lengths[lengths.len() * per_cent / 100];
    println!(
        "bytes: p10 {} p50 {} p90 {} max {}",
        at(10),
        at(50),
        at(90),
        at(99)
    );
    assert!((1200..1700).contains(&at(50)), "median {}", at(50));
    assert!(at(90) > 2000 && at(10) > 400);
    let embedded = documents
        .iter()
        .filter(|document| document.level == Level::EmbeddedText);
    assert!(embedded.count() > 20);
}

#[test]
fn words_that_searches_look_for_are_there() {
    let dossiers = sample(200, 2000);
    let all: String = dossiers
        .iter()
        .flat_map(|dossier| &dossier.documents)
        .map(|document| document.text() + "\n")
        .collect();
    for word in [
        "HTA",
        "HbA1c",
        "TA ",
        "Pas de ",
        "\u{153}d\u{e8}me",
        "diab\u{e8}te",
        "6,5",
        "Absence de ",
    ] {
        assert!(all.contains(word), "{word}");
    }
    let letters = all.chars().filter(|c| c.is_alphabetic()).count();
    let accents = all
        .chars()
        .filter(|c| c.is_alphabetic() && !c.is_ascii())
        .count();
    assert!(
        (20..70).contains(&(accents * 1000 / letters)),
        "{accents} of {letters}"
    );
}

#[test]
fn at_most_one_document_in_a_hundred_is_flagged() {
    let world = World::new(4);
    let documents: Vec<Document> = (0..400).flat_map(|at| world.documents(at)).collect();
    let flagged = documents
        .iter()
        .filter(|document| document.flags != Flags::NONE)
        .count();
    assert!(
        flagged * 100 <= documents.len(),
        "{flagged} of {}",
        documents.len()
    );
    assert!(flagged > 0);
    let both = Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT);
    assert!(
        documents
            .iter()
            .all(|document| !document.flags.contains(both))
    );
}

#[test]
fn a_correction_names_what_it_replaces() {
    let world = World::new(4);
    let corrected = (0..200)
        .flat_map(|at| world.documents(at))
        .find(|one| one.version == 2);
    let corrected = corrected.expect("some are corrected");
    let number = corrected.patient.number;
    let before = world
        .document(number, corrected.number - 1)
        .expect("the one before");
    assert_eq!(corrected.replaces.as_ref(), Some(&before.unique_id));
    assert_eq!(corrected.set_id, before.set_id);
    assert_eq!(corrected.type_code, before.type_code);
}

#[test]
fn authors_fit_the_kind() {
    let world = World::new(4);
    for document in (0..60).flat_map(|at| world.documents(at)) {
        let sector = document.author.structure.sector[0];
        let expected: &[&str] = match document.kind {
            Kind::Biology => &["SA25"],
            Kind::Hospital => &["SA01"],
            Kind::City => &["SA08", "SA07"],
            Kind::Imaging => &["SA09"],
        };
        assert!(
            expected.contains(&sector),
            "{:?} by {sector}",
            document.kind
        );
        assert!(document.service_start <= document.creation);
    }
}
