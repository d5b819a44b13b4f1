//! What is written as CDA is read back the same, field by field, by the engine's intake.

use crate::document::{Document, Level};
use crate::world::World;
use intake::{Identifier, Note, Paper};

fn id(root: &str, extension: &str) -> Identifier {
    Identifier::new(root.to_owned(), Some(extension.to_owned()))
}

fn assert_same(document: &Document, paper: &Paper) {
    let metadata = &paper.metadata;
    assert!(metadata.unique_id == id(Document::ROOT, &document.unique_id));
    assert!(metadata.set_id == Some(id(Document::ROOT, &document.set_id)));
    assert_eq!(metadata.version, Some(document.version));
    let replaces: Vec<_> = document
        .replaces
        .iter()
        .map(|one| id(Document::ROOT, one))
        .collect();
    assert!(metadata.replaces == replaces);
    assert_eq!(metadata.type_code.code, document.type_code);
    assert_eq!(metadata.title, document.title);
    assert_eq!(metadata.creation_time, document.creation);
    assert_eq!(metadata.service_start, Some(document.service_start));
    assert_eq!(metadata.service_stop, Some(document.service_stop));
    let author = &metadata.authors[0];
    let written = &document.author;
    assert!(
        author
            .id
            .as_ref()
            .is_some_and(|id| id.extension.as_ref() == Some(&written.id))
    );
    let person = author.person.as_ref().expect("a person");
    assert_eq!(person.family.as_ref(), Some(&written.family));
    assert_eq!(person.given.as_ref(), Some(&written.given));
    let speciality = author.speciality.as_ref().map(|code| &code.code);
    assert_eq!(speciality, Some(&written.speciality));
    let institution = author.institution.as_ref().expect("a structure");
    assert_eq!(institution.name.as_ref(), Some(&written.structure.name));
    let facility = metadata
        .healthcare_facility_type
        .as_ref()
        .map(|code| code.code.as_str());
    assert_eq!(facility, Some(written.structure.sector[0]));
    let practice = metadata
        .practice_setting
        .as_ref()
        .map(|code| code.code.as_str());
    assert_eq!(practice, Some(written.structure.practice[0]));
    assert_same_patient(document, paper);
    assert_eq!(paper.text.as_ref(), Some(&document.text()));
}

fn assert_same_patient(document: &Document, paper: &Paper) {
    let (written, read) = (&document.patient, &paper.metadata.patient);
    assert_eq!(read.ins.matricule(), written.matricule);
    assert_eq!(read.ins.authority(), intake::InsAuthority::Test);
    assert!(read.local_ids == [id(crate::Patient::LOCAL_ROOT, &written.local_id)]);
    let traits = &read.traits;
    assert_eq!(traits.birth_family.as_ref(), Some(&written.birth_family));
    assert_eq!(traits.birth_given.as_ref(), Some(&written.birth_given));
    assert_eq!(traits.first_given.as_ref(), Some(&written.first_given));
    assert_eq!(traits.used_family.as_ref(), Some(&written.used_family));
    assert_eq!(traits.sex.map(intake::Sex::code), Some(written.sex.code()));
    assert_eq!(traits.birth_date, Some(written.birth.at(0)));
    assert_eq!(traits.birth_place.as_ref(), Some(&written.birth_place));
}

#[test]
fn a_cda_is_read_back_the_same() {
    let world = World::new(17);
    let (mut structured, mut embedded) = (0, 0);
    for document in (0..30).flat_map(|at| world.documents(at)).take(400) {
        let cda = document.cda();
        let paper = intake::read(cda.as_bytes(), None).expect("it is read");
        assert_same(&document, &paper);
        assert!(
            paper.metadata.flags == base::Flags::NONE,
            "flags are not in the document"
        );
        let odd: Vec<&Note> = paper.notes.iter().collect();
        assert!(odd.is_empty(), "{odd:?}");
        match document.level {
            Level::Structured => structured += 1,
            Level::EmbeddedText => embedded += 1,
        }
    }
    assert!(
        structured > 300 && embedded > 3,
        "{structured} and {embedded}"
    );
}

#[test]
fn the_json_form_is_read_back_the_same() {
    let world = World::new(18);
    for document in (0..30).flat_map(|at| world.documents(at)).take(300) {
        let form = document.json().to_string();
        let paper = intake::read(form.as_bytes(), None).expect("it is read");
        assert_same(&document, &paper);
        assert!(paper.metadata.flags == document.flags);
        assert_eq!(
            paper.body_bytes(form.as_bytes()),
            document.text().as_bytes()
        );
    }
}
