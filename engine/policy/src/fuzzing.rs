//! What a fuzzer calls: arbitrary bytes as a pack.
//!
//! Invariant: a pack loads or is refused; loading never panics, and neither does a decision of a
//! pack that loaded.

use crate::facts::{DossierFacts, DossierStatus, PROFESSION_PATIENT, Secrecy, SessionFacts};
use crate::pack::{Pack, PackFiles, builtin_files};
use crate::{Action, Motive};
use base::{DossierId, Purpose};
use std::sync::Arc;

/// The bytes as the four files of a pack, one after the other behind zero bytes; then as the
/// rules, and as the matrix, of a pack that is otherwise good.
pub fn pack(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(good) = builtin_files("dmp-2023") else {
        return;
    };
    let mut parts = text.splitn(4, '\0');
    let mut part = || parts.next().unwrap_or_default();
    let all = PackFiles {
        manifest: part(),
        schema: part(),
        policies: part(),
        matrix: part(),
    };
    for files in [
        all,
        PackFiles {
            policies: &text,
            ..good
        },
        PackFiles {
            matrix: &text,
            ..good
        },
        PackFiles {
            manifest: &text,
            ..good
        },
    ] {
        if let Ok(pack) = Pack::parse(files) {
            ask(&Arc::new(pack));
        }
    }
}

fn ask(pack: &Arc<Pack>) {
    let at = pack.validity().from();
    let dossier = DossierFacts::new(DossierId::from_bytes([0; 16]), DossierStatus::Active, at);
    for profession in ["medecin", PROFESSION_PATIENT] {
        for purpose in Purpose::ALL {
            let session = SessionFacts {
                actor: String::new(),
                profession: profession.to_owned(),
                speciality: String::new(),
                structure: String::new(),
                purpose: *purpose,
                secrecy: Secrecy::Open,
                patient: None,
            };
            let seen = pack.lens(&session, at).scope(&dossier);
            let _ = (seen.may(Action::BreakGlass(Motive::Given)), seen.explain());
        }
    }
}

#[cfg(test)]
mod tests;
