//! Checking a store without any key.
//!
//! For: `verify` and the auditor. Not for: mending; an auditor must not touch the evidence.
//! Invariants: what is checked is the state tree, every row of every dossier against it, and
//! every frame of every segment against its checksum; damage is listed, not just the first.

use crate::catalog::Catalog;
use crate::error::{SegmentDamage, StoreError};
use crate::head::{BODY_KEYS, HEADS, RowHeader, RowKind, row_digest, row_key};
use crate::snapshot::Snapshot;
use crate::state_tree;
use base::{Digest, DossierNumber, RowRead, Table};

/// What a check without keys found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The root of the state tree, for comparison with the journal.
    pub root: Option<Digest>,
    /// Dossiers that were checked.
    pub dossiers: u64,
    /// Frames that were checked.
    pub frames: u64,
    /// What is damaged; empty when the store is whole.
    pub damage: Vec<Damage>,
}

/// One thing that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// A row of a dossier is missing, altered or older than it should be.
    Dossier {
        /// Which dossier.
        number: DossierNumber,
        /// In which table.
        table: &'static str,
    },
    /// A table has rows that no dossier names, or cannot be read.
    Table {
        /// Which table.
        table: &'static str,
    },
    /// A body segment.
    Segment {
        /// Its number.
        segment: u32,
        /// What is wrong with it.
        damage: SegmentDamage,
    },
}

impl Catalog {
    /// Checks the whole store without any key; `progress` hears of each dossier and segment.
    ///
    /// # Errors
    /// Those of the system; damage is in the report.
    pub fn verify(&self, progress: &mut dyn FnMut()) -> Result<Verified, StoreError> {
        let snapshot = self.snapshot()?;
        let mut verified = Verified::default();
        let mut rows = (0, 0);
        let root = state_tree::verify(&*snapshot, &mut |number, leaf| {
            verified.dossiers += 1;
            progress();
            match check_dossier(&snapshot, number, leaf) {
                Ok((heads, keys)) => {
                    rows.0 += heads;
                    rows.1 += keys;
                    Ok(())
                }
                Err(StoreError::DamagedRow { table }) => {
                    verified.damage.push(Damage::Dossier { number, table });
                    Ok(())
                }
                Err(error) => Err(error),
            }
        });
        match root {
            Ok(root) => verified.root = Some(root),
            Err(StoreError::DamagedRow { table }) => {
                verified.damage.push(Damage::Table { table });
            }
            Err(error) => return Err(error),
        }
        if verified.damage.is_empty() {
            for (table, named) in [(HEADS, rows.0), (BODY_KEYS, rows.1)] {
                if snapshot.weigh(table)?.0 != named {
                    let table = table.name();
                    verified.damage.push(Damage::Table { table });
                }
            }
        }
        self.verify_segments(&snapshot, &mut verified, progress)?;
        Ok(verified)
    }

    fn verify_segments(
        &self,
        snapshot: &Snapshot,
        verified: &mut Verified,
        progress: &mut dyn FnMut(),
    ) -> Result<(), StoreError> {
        for (segment, row) in snapshot.segments()? {
            progress();
            let mut frames = 0;
            let checked = self
                .inner()
                .bodies
                .visit_frames(segment, 0..row.end, &mut |_, _| {
                    frames += 1;
                    Ok(true)
                });
            verified.frames += frames;
            match checked {
                Ok(_) => {}
                Err(StoreError::DamagedSegment { segment, damage }) => {
                    verified.damage.push(Damage::Segment { segment, damage });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Checks a dossier's rows against its leaf; returns how many heads and keys it has.
fn check_dossier(
    rows: &Snapshot,
    number: DossierNumber,
    leaf: Digest,
) -> Result<(u64, u64), StoreError> {
    let live = check_row(rows, HEADS, number, 0, leaf)?;
    let (header, _) = RowHeader::parse(&live).map_err(|_| StoreError::damaged(HEADS))?;
    if header.kind != RowKind::Live {
        return Err(StoreError::damaged(HEADS));
    }
    for (part, digest) in (1..).zip(&header.closed) {
        check_row(rows, HEADS, number, part, *digest)?;
    }
    for (part, digest) in (0..).zip(&header.keys) {
        check_row(rows, BODY_KEYS, number, part, *digest)?;
    }
    Ok((1 + header.closed.len() as u64, header.keys.len() as u64))
}

fn check_row(
    rows: &Snapshot,
    table: Table,
    number: DossierNumber,
    part: u16,
    digest: Digest,
) -> Result<Vec<u8>, StoreError> {
    let key = row_key(number, part);
    let value = rows.row(table, &key)?.ok_or(StoreError::damaged(table))?;
    if row_digest(table, &key, &value) == digest {
        Ok(value)
    } else {
        Err(StoreError::damaged(table))
    }
}
