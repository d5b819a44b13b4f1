//! Checking a store without any key.
//!
//! For: `verify` and the auditor. Not for: mending; an auditor must not touch the evidence.
//! Invariants: what is checked is the state tree, every row of every dossier against it, and
//! every frame of every segment against its checksum; damage is listed, not just the first.

use crate::bound;
use crate::catalog::Catalog;
use crate::error::{SegmentDamage, StoreError};
use crate::head::{BODY_KEYS, HEADS, RowHeader, RowKind, row_digest, row_key};
use crate::meta::{self, SegmentRow};
use crate::snapshot::Snapshot;
use crate::state_tree;
use base::{Digest, DossierNumber, RowRead, Table};

/// What a check without keys found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The root of the state tree, for comparison with the journal.
    pub root: Option<Digest>,
    /// The digest of the rows bound by their sum, for comparison with the journal.
    pub row_sum: Option<Digest>,
    /// Dossiers that were checked.
    pub dossiers: u64,
    /// Frames that were checked.
    pub frames: u64,
    /// Bytes of the rows that were checked, keys and values.
    pub bytes: u64,
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

impl Snapshot {
    /// Checks the rows without any key: the dossiers, and the sum of all others; `progress` hears
    /// of each dossier.
    ///
    /// # Errors
    /// Those of the system; damage is in the report.
    pub fn verify(&self, progress: &mut dyn FnMut(DossierNumber)) -> Result<Verified, StoreError> {
        let mut verified = self.verify_dossiers(progress)?;
        let (sum, bytes) = bound::row_sum_and_bytes(self)?;
        verified.row_sum = Some(sum);
        verified.bytes += bytes;
        Ok(verified)
    }

    /// Checks the state tree, every row of every dossier against it, and that there are no
    /// others; `progress` hears of each dossier.
    ///
    /// # Errors
    /// Those of the system; damage is in the report.
    pub fn verify_dossiers(
        &self,
        progress: &mut dyn FnMut(DossierNumber),
    ) -> Result<Verified, StoreError> {
        let mut verified = Verified::default();
        let mut rows = (0, 0);
        let root = state_tree::verify(self, &mut |number, leaf| {
            verified.dossiers += 1;
            progress(number);
            match check_dossier(self, number, leaf) {
                Ok(checked) => {
                    rows.0 += checked.heads;
                    rows.1 += checked.keys;
                    verified.bytes += checked.bytes;
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
                if self.count(table)? != named {
                    let table = table.name();
                    verified.damage.push(Damage::Table { table });
                }
            }
        }
        Ok(verified)
    }
}

impl Catalog {
    /// Checks every frame of a segment against its checksum, and all of them against the chain
    /// in the segment's row; `progress` hears of the bytes of each. Gives their number.
    ///
    /// # Errors
    /// [`StoreError::DamagedSegment`], and those of the system.
    pub fn check_frames(
        &self,
        segment: u32,
        row: SegmentRow,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, StoreError> {
        let (mut frames, mut chain) = (0, Digest::ZERO);
        let files = &self.inner().bodies;
        files.visit_frames(segment, 0..row.end, &mut |place, frame| {
            frames += 1;
            chain = meta::chained(chain, frame.digest);
            progress(place.frame_bytes());
            Ok(true)
        })?;
        if chain == row.chain {
            Ok(frames)
        } else {
            let damage = SegmentDamage::Damaged;
            Err(StoreError::DamagedSegment { segment, damage })
        }
    }

    /// Checks the whole store without any key; `progress` hears of each dossier and segment.
    ///
    /// # Errors
    /// Those of the system; damage is in the report.
    pub fn verify(&self, progress: &mut dyn FnMut()) -> Result<Verified, StoreError> {
        let snapshot = self.snapshot()?;
        let mut verified = snapshot.verify(&mut |_| progress())?;
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
            match self.check_frames(segment, row, &mut |_| {}) {
                Ok(frames) => verified.frames += frames,
                Err(StoreError::DamagedSegment { segment, damage }) => {
                    verified.damage.push(Damage::Segment { segment, damage });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The rows of a dossier that were checked.
#[derive(Clone, Copy, Default)]
struct CheckedRows {
    heads: u64,
    keys: u64,
    bytes: u64,
}

/// Checks a dossier's rows against its leaf.
fn check_dossier(
    rows: &dyn RowRead,
    number: DossierNumber,
    leaf: Digest,
) -> Result<CheckedRows, StoreError> {
    let mut checked = CheckedRows::default();
    let live = check_row(rows, HEADS, (number, 0), leaf, &mut checked)?;
    let (header, _) = RowHeader::parse(&live).map_err(|_| StoreError::damaged(HEADS))?;
    if header.kind != RowKind::Live {
        return Err(StoreError::damaged(HEADS));
    }
    for (part, digest) in (1..).zip(&header.closed) {
        check_row(rows, HEADS, (number, part), *digest, &mut checked)?;
    }
    for (part, digest) in (0..).zip(&header.keys) {
        check_row(rows, BODY_KEYS, (number, part), *digest, &mut checked)?;
    }
    checked.heads = 1 + header.closed.len() as u64;
    checked.keys = header.keys.len() as u64;
    Ok(checked)
}

fn check_row(
    rows: &dyn RowRead,
    table: Table,
    (number, part): (DossierNumber, u16),
    digest: Digest,
    checked: &mut CheckedRows,
) -> Result<Vec<u8>, StoreError> {
    let key = row_key(number, part);
    let value = rows.row(table, &key)?.ok_or(StoreError::damaged(table))?;
    if row_digest(table, &key, &value) == digest {
        checked.bytes += (key.len() + value.len()) as u64;
        Ok(value)
    } else {
        Err(StoreError::damaged(table))
    }
}
