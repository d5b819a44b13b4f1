//! A document in Liasse's own JSON form (`docs/intake.md`).
//!
//! Unlike the CDA, the form carries the visibility flags: it is a form of metadata.

use crate::calendar::Day;
use crate::document::Document;
use crate::people::{Patient, Practitioner, Structure};
use serde_json::{Value, json};

impl Document {
    /// The document in Liasse's JSON form.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut confidentiality = vec![json!({
            "code": "N", "system": "2.16.840.1.113883.5.25", "label": "Normal"
        })];
        confidentiality.extend(
            self.flags
                .codes()
                .map(|code| json!({"code": code, "system": "1.2.250.1.213.1.1.4.13"})),
        );
        let id = |extension: &str| format!("{}^{extension}", Self::ROOT);
        let replaces: Vec<_> = self.replaces.iter().map(|replaced| id(replaced)).collect();
        let [sector, sector_label] = self.author.structure.sector;
        let [practice, practice_label] = self.author.structure.practice;
        let author = author(&self.author, self.creation);
        json!({
            "liasse_document": 1,
            "unique_id": id(&self.unique_id),
            "set_id": id(&self.set_id),
            "version": self.version,
            "replaces": replaces,
            "type": {
                "code": self.type_code,
                "system": "2.16.840.1.113883.6.1",
                "label": self.type_label
            },
            "title": self.title,
            "creation_time": self.creation.to_string(),
            "service_start": self.service_start.to_string(),
            "service_stop": self.service_stop.to_string(),
            "authors": [author],
            "legal_authenticator": author,
            "confidentiality": confidentiality,
            "healthcare_facility_type": {
                "code": sector, "system": Structure::SECTOR_SYSTEM, "label": sector_label
            },
            "practice_setting": {
                "code": practice, "system": Structure::PRACTICE_SYSTEM, "label": practice_label
            },
            "language": "fr-FR",
            "patient": patient(&self.patient),
            "text": self.text(),
        })
    }
}

fn author(who: &Practitioner, time: base::Instant) -> Value {
    json!({
        "id": format!("{}^{}", Practitioner::ROOT, who.id),
        "person": {"family": who.family, "given": who.given, "prefix": "DR"},
        "institution": {
            "id": format!("{}^{}", Structure::ROOT, who.structure.id),
            "name": who.structure.name
        },
        "speciality": {
            "code": who.speciality,
            "system": Practitioner::SPECIALITY_SYSTEM,
            "label": who.speciality_label
        },
        "time": time.to_string(),
    })
}

fn patient(who: &Patient) -> Value {
    json!({
        "ins": {"matricule": who.matricule, "oid": Patient::INS_ROOT},
        "local_ids": [format!("{}^{}", Patient::LOCAL_ROOT, who.local_id)],
        "traits": {
            "birth_family": who.birth_family,
            "birth_given": who.birth_given,
            "first_given": who.first_given,
            "used_family": who.used_family,
            "used_given": who.first_given,
            "birth_date": iso(who.birth),
            "sex": who.sex.code(),
            "birth_place": who.birth_place,
        },
    })
}

fn iso(day: Day) -> String {
    let (year, month, day) = day.parts();
    format!("{year:04}-{month:02}-{day:02}")
}
