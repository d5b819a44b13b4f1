//! The actor file: who asks. Unknown fields are refused by name.

use crate::fault::Fault;
use liasse::{Instant, Matricule, Purpose, SessionRequest};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorFile {
    actor: String,
    profession: String,
    #[serde(default)]
    speciality: Option<String>,
    #[serde(default)]
    structure: Option<String>,
    purpose: String,
    #[serde(default)]
    patient: Option<String>,
    #[serde(default)]
    secret: bool,
}

/// Reads the actor file at `path`.
pub(crate) fn read(path: &Path) -> Result<SessionRequest, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| Fault::file(path, &error))?;
    let file: ActorFile = serde_json::from_str(&text).map_err(|error| {
        Fault::input(format!(
            "the actor file {} is not right: {error}",
            path.display()
        ))
    })?;
    let purpose: Purpose = file.purpose.parse().map_err(|error| {
        Fault::input(format!(
            "the actor file {} is not right: {error}",
            path.display()
        ))
    })?;
    let patient = file.patient.as_deref().map(matricule).transpose()?;
    Ok(SessionRequest {
        actor: file.actor,
        profession: file.profession,
        speciality: file.speciality,
        structure: file.structure,
        purpose,
        patient,
        secret: file.secret,
    })
}

/// Reads `MATRICULE` or `MATRICULE@OID`.
pub(crate) fn matricule(text: &str) -> Result<Matricule, Fault> {
    text.parse().map_err(Fault::from)
}

/// Reads an instant as RFC 3339 writes it.
pub(crate) fn instant(text: &str) -> Result<Instant, Fault> {
    Instant::from_rfc3339(text).map_err(|error| Fault::input(error.to_string()))
}
