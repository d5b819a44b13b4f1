//! Proves that ids survive their text form and that ordinals sort by dossier, then document.

use super::*;
use crate::entropy::SeededEntropy;

#[test]
fn an_id_survives_its_text_form() {
    let entropy = SeededEntropy::new(1);
    let id = DossierId::random(&entropy).unwrap();
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
    let uuid = "6d1f0cba-0001-4c3e-9c3e-000000000001";
    assert_eq!(
        uuid.parse::<EntryId>().unwrap().to_string(),
        uuid.replace('-', "")
    );
    for bad in ["", "12", "zz", &"0".repeat(33), "caf\u{e9}"] {
        assert_eq!(bad.parse::<DocumentId>(), Err(NotAnId));
    }
}

#[test]
fn an_ordinal_holds_dossier_and_document() {
    let dossier = DossierNumber::new(limit::DOSSIER_NUMBER_MAX).unwrap();
    let document = DocumentNumber::new(limit::DOCUMENT_NUMBER_MAX).unwrap();
    let ordinal = dossier.ordinal(document);
    assert_eq!((ordinal.dossier(), ordinal.document()), (dossier, document));
    let lower = DossierNumber::new(limit::DOSSIER_NUMBER_MAX - 1).unwrap();
    assert!(lower.ordinal(document) < dossier.ordinals().0);
    assert!(DossierNumber::new(limit::DOSSIER_NUMBER_MAX + 1).is_err());
    assert!(DocumentNumber::new(limit::DOCUMENT_NUMBER_MAX + 1).is_err());
}
