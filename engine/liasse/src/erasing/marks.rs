//! Marks: which erasures were begun, and how far each is.
//!
//! ```text
//! table "erasures", row key: dossier number u64, big-endian | of a single document its number
//!                            in the dossier u32, big-endian
//! row value: step u8: 1 begun, 2 keys destroyed | audit handle (16) | audit slot u32
//! ```
//! Invariant: a mark is set by the commit that begins an erasure and removed by the one that
//! concludes it.

use crate::error::Result;
use crate::group::Group;
use crate::recorder::AuditPlace;
use base::{AuditHandle, Cursor, DocumentNumber, DossierNumber, RowRead, RowWrite, Table};
use index::Forget;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// An erasure that is not concluded: of a dossier, or of one of its documents.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) number: DossierNumber,
    pub(super) document: Option<DocumentNumber>,
    pub(super) place: AuditPlace,
    step: Step,
}

/// How far an erasure is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Begun,
    KeysDestroyed,
}

impl Mark {
    pub(super) const fn begun(
        number: DossierNumber,
        document: Option<DocumentNumber>,
        place: AuditPlace,
    ) -> Self {
        Self {
            number,
            document,
            place,
            step: Step::Begun,
        }
    }

    /// The same erasure, its keys destroyed.
    pub(super) const fn keys_destroyed(self) -> Self {
        Self {
            step: Step::KeysDestroyed,
            ..self
        }
    }

    pub(super) fn is_begun(&self) -> bool {
        self.step == Step::Begun
    }

    pub(super) fn set(&self, group: &mut Group<'_>) -> Result<()> {
        let mut value = vec![match self.step {
            Step::Begun => 1,
            Step::KeysDestroyed => 2,
        }];
        value.extend_from_slice(self.place.handle.as_bytes());
        value.extend_from_slice(&self.place.slot.to_le_bytes());
        Ok(group.transaction.put(ERASURES, &self.key(), &value)?)
    }

    pub(super) fn remove(&self, group: &mut Group<'_>) -> Result<()> {
        Ok(group.transaction.remove(ERASURES, &self.key())?)
    }

    fn key(&self) -> Vec<u8> {
        let mut key = self.number.number().to_be_bytes().to_vec();
        key.extend(
            self.document
                .map(|it| it.number().to_be_bytes())
                .iter()
                .flatten(),
        );
        key
    }

    fn parse(key: &[u8], value: &[u8]) -> Option<Self> {
        let (number, document) = key.split_first_chunk()?;
        let number = DossierNumber::new(u64::from_be_bytes(*number)).ok()?;
        let document = match document {
            [] => None,
            document => {
                let document = u32::from_be_bytes(document.try_into().ok()?);
                Some(DocumentNumber::new(document).ok()?)
            }
        };
        let mut cursor = Cursor::new(value);
        let step = match cursor.u8().ok()? {
            1 => Step::Begun,
            2 => Step::KeysDestroyed,
            _ => return None,
        };
        let handle = AuditHandle::from_bytes(cursor.array().ok()?);
        let slot = cursor.u32().ok()?;
        Some(Self {
            number,
            document,
            place: AuditPlace { handle, slot },
            step,
        })
    }
}

/// The marks there are, in the order of their keys.
pub(super) fn read(rows: &dyn RowRead) -> Result<Vec<Mark>> {
    let (mut found, mut strange) = (Vec::new(), false);
    rows.visit(ERASURES, &[], &[0xff; 13], &mut |key, value| {
        match Mark::parse(key, value) {
            Some(mark) => found.push(mark),
            None => strange = true,
        }
        ControlFlow::Continue(())
    })?;
    if strange {
        return Err(crate::Error::new(
            crate::Code::Corrupt,
            "the mark of an erasure cannot be read",
            crate::error::RESTORE,
        )
        .at("catalog.redb, table erasures"));
    }
    Ok(found)
}

/// What must leave the index.
pub(super) fn forget(marks: &[Mark]) -> Forget {
    let mut forget = Forget::default();
    for mark in marks {
        match mark.document {
            None => forget.dossiers.insert(mark.number),
            Some(document) => forget.documents.insert(mark.number.ordinal(document)),
        }
    }
    forget
}

/// The dossiers concerned, each with the place of its traces.
pub(super) fn places(marks: &[Mark]) -> BTreeMap<DossierNumber, AuditPlace> {
    marks.iter().map(|mark| (mark.number, mark.place)).collect()
}

/// Erasures that were begun, and how far they are.
const ERASURES: Table = Table::new("erasures");
