//! From the names hosts use to places in the store: INS to dossier, document id to ordinal.
//!
//! Invariants: what leads from a name to a patient lies in sealed units only; what leads from an
//! INS to the traces of an erased dossier lies there under a name that only the store's keys
//! tell.

use crate::error::Result;
use crate::recorder::AuditPlace;
use base::{AuditHandle, Cursor, DocumentId, DossierId, DossierNumber, Instant, Ordinal};
use intake::Ins;
use store::{UnitKind, Units};

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
    alias_key_of(identity.authority().oid(), identity.matricule())
}

/// The item key of an identity as a dossier keeps it.
pub(crate) fn alias_key_of(authority: &str, matricule: &str) -> Vec<u8> {
    [authority.as_bytes(), b"^", matricule.as_bytes()].concat()
}

/// Where the traces of an erased dossier are found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Audited {
    pub(crate) id: DossierId,
    pub(crate) place: AuditPlace,
}

/// The item key under which the traces of an identity's erased dossiers are found.
pub(crate) fn audited_key(units: &Units, alias: &[u8]) -> Vec<u8> {
    [AUDITED, &units.blind(alias)].concat()
}

/// What such an item holds: one record per erased dossier, oldest first.
pub(crate) fn audited_value(mut before: Vec<u8>, audited: Audited) -> Vec<u8> {
    before.extend_from_slice(audited.place.handle.as_bytes());
    before.extend_from_slice(&audited.place.slot.to_le_bytes());
    before.extend_from_slice(audited.id.as_bytes());
    before
}

/// The records of such an item.
pub(crate) fn parse_audited(value: &[u8]) -> Vec<Audited> {
    let mut cursor = Cursor::new(value);
    std::iter::from_fn(|| {
        let handle = AuditHandle::from_bytes(cursor.array().ok()?);
        let slot = cursor.u32().ok()?;
        let id = DossierId::from_bytes(cursor.array().ok()?);
        let place = AuditPlace { handle, slot };
        Some(Audited { id, place })
    })
    .collect()
}

/// The item key of what falls due with a dossier: its day, then its number.
pub(crate) fn due_key(at: Instant, number: DossierNumber) -> Vec<u8> {
    [
        due_day(at).to_be_bytes().as_slice(),
        &number.number().to_be_bytes(),
    ]
    .concat()
}

/// The dossier that such a key names.
pub(crate) fn parse_due(key: &[u8]) -> Option<DossierNumber> {
    let number = key.get(4..)?.try_into().ok().map(u64::from_be_bytes)?;
    DossierNumber::new(number).ok()
}

/// The day of an instant, counted from January 1970.
pub(crate) fn due_day(at: Instant) -> u32 {
    u32::try_from(at.millis().div_euclid(DAY_MILLIS)).unwrap_or(0)
}

/// What an identity's item holds.
pub(crate) fn alias_value(name: DossierName) -> Vec<u8> {
    [
        name.id.as_bytes().as_slice(),
        &name.number.number().to_le_bytes(),
    ]
    .concat()
}

/// Where the dossier of an id is.
pub(crate) fn numbered(lookup: Lookup<'_>, id: DossierId) -> Result<Option<DossierNumber>> {
    let value = lookup(UnitKind::Dossier, id.as_bytes())?;
    let number = value.and_then(|value| Cursor::new(&value).u64().ok());
    Ok(number.and_then(|number| DossierNumber::new(number).ok()))
}

fn parse(value: &[u8]) -> Option<DossierName> {
    let mut cursor = Cursor::new(value);
    let id = DossierId::from_bytes(cursor.array().ok()?);
    let number = DossierNumber::new(cursor.u64().ok()?).ok()?;
    Some(DossierName { id, number })
}

/// What stands before a blind name; no identity begins with it.
const AUDITED: &[u8] = &[0];
const DAY_MILLIS: i64 = 86_400_000;
