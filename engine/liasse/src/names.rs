//! From the names hosts use to places in the store: INS to dossier, document id to ordinal.
//!
//! Invariant: what leads from a name to a patient lies in sealed units only.

use crate::error::Result;
use base::{Cursor, DocumentId, DossierId, DossierNumber, Ordinal};
use intake::Ins;
use store::UnitKind;

/// A dossier by id and number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct DossierName {
    pub(crate) id: DossierId,
    pub(crate) number: DossierNumber,
}

/// Looks an item of the sealed units up.
pub(crate) type Lookup<'a> = &'a dyn Fn(UnitKind, &[u8]) -> Result<Option<Vec<u8>>>;

/// The dossier of the first of these identities that has one.
pub(crate) fn dossier(lookup: Lookup<'_>, identities: &[Ins]) -> Result<Option<DossierName>> {
    for identity in identities {
        if let Some(value) = lookup(UnitKind::Alias, &alias_key(identity))? {
            return Ok(parse(&value));
        }
    }
    Ok(None)
}

/// The place of a document.
pub(crate) fn document(lookup: Lookup<'_>, id: DocumentId) -> Result<Option<Ordinal>> {
    let value = lookup(UnitKind::Document, id.as_bytes())?;
    Ok(value
        .and_then(|value| Cursor::new(&value).u64().ok())
        .map(Ordinal::from_value))
}

/// The item key of an identity.
pub(crate) fn alias_key(identity: &Ins) -> Vec<u8> {
    [
        identity.authority().oid().as_bytes(),
        b"^",
        identity.matricule().as_bytes(),
    ]
    .concat()
}

/// What an identity's item holds.
pub(crate) fn alias_value(name: DossierName) -> Vec<u8> {
    [
        name.id.as_bytes().as_slice(),
        &name.number.number().to_le_bytes(),
    ]
    .concat()
}

fn parse(value: &[u8]) -> Option<DossierName> {
    let mut cursor = Cursor::new(value);
    let id = DossierId::from_bytes(cursor.array().ok()?);
    let number = DossierNumber::new(cursor.u64().ok()?).ok()?;
    Some(DossierName { id, number })
}
