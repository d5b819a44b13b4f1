//! The sample is large enough and repeatable.

use super::{World, sample};

#[test]
fn the_sample_has_what_was_asked_for() {
    let dossiers = sample(200, 2000);
    let documents: usize = dossiers.iter().map(|dossier| dossier.documents.len()).sum();
    assert!(dossiers.len() >= 200 && documents >= 2000);
    assert!(
        sample(1, 2000).len() > 1,
        "patients are added until the documents are there"
    );
    assert!(sample(3, 0) == sample(3, 0));
    println!("{} patients, {documents} documents", dossiers.len());
}

#[test]
fn a_dossier_knows_its_length_before_its_documents_are_made() {
    let world = World::new(1);
    for number in 0..20 {
        let documents = world.documents(number);
        let promised = documents.len();
        assert_eq!(documents.count(), promised);
    }
}
