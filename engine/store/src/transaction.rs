//! Changes that become true together.
//!
//! For: the committer, which builds one transaction while the one before it is synced, and
//! whoever else writes. Not for: what the rows mean.
//! Invariants: nothing reaches the catalog before [`Prepared::commit`]; bodies are written
//! before it and exist only once it succeeded; a transaction built on one that failed fails, and
//! so does one of which a body could not be written.

use crate::bound;
use crate::catalog::Inner;
use crate::error::StoreError;
use crate::frame::{BodyPlace, FrameHeader, Packing, SEGMENT_HEADER_BYTES};
use crate::layer::{Layer, Stack};
use crate::meta::{self, Counter, Counters, SegmentRow, SegmentState};
use crate::roll::Items;
use crate::snapshot::{Snapshot, segment_bytes};
use crate::state_tree::Pending;
use base::{
    CommitSeq, Digest, DossierNumber, Instant, Ordinal, Row, RowError, RowRead, RowWrite, StoreId,
    Table, Visitor, limit,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An open transaction; dropping it undoes it.
pub struct Transaction {
    inner: Arc<Inner>,
    base: Base,
    own: Layer,
    counters: Counters,
    segments: BTreeMap<u32, SegmentRow>,
    /// Above how many bytes a segment is closed, once it was asked.
    segment_bytes: Option<u64>,
    unwritten: Unwritten,
    emptied: Vec<u32>,
    leaves: Pending,
    bound: Option<(u64, Digest)>,
    changes: u64,
    failed: Option<StoreError>,
    finished: bool,
}

/// What a transaction is built on.
#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) below: Vec<Arc<Layer>>,
    pub(crate) counters: Counters,
    pub(crate) generation: u64,
}

/// A finished transaction that waits for its commit; later transactions are built on it.
pub struct Prepared {
    inner: Arc<Inner>,
    layer: Arc<Layer>,
    counters: Counters,
    generation: u64,
    emptied: Vec<u32>,
    finished: bool,
}

/// A sealed document, ready to be appended.
#[derive(Clone, Copy)]
pub struct SealedBody<'a> {
    /// The sealed body.
    pub body: &'a [u8],
    /// The sealed text; empty when there is none.
    pub text: &'a [u8],
    /// How the two were packed before they were sealed.
    pub packing: Packing,
}

/// Frames gathered for one write.
#[derive(Default)]
struct Unwritten {
    segment: u32,
    offset: u64,
    bytes: Vec<u8>,
}

impl Transaction {
    pub(crate) fn new(inner: Arc<Inner>, base: Base, instant: Instant) -> Self {
        let mut counters = base.counters;
        counters.commit = counters.commit.next();
        counters.instant = counters.instant.max(instant);
        Self {
            inner,
            base,
            own: Layer::default(),
            counters,
            segments: BTreeMap::new(),
            segment_bytes: None,
            unwritten: Unwritten::default(),
            emptied: Vec::new(),
            leaves: Pending::default(),
            bound: None,
            changes: 0,
            failed: None,
            finished: false,
        }
    }

    /// The number this commit will have.
    #[must_use]
    pub const fn seq(&self) -> CommitSeq {
        self.counters.commit
    }

    /// The commit's instant: the later of the given one and the last commit's.
    #[must_use]
    pub const fn instant(&self) -> Instant {
        self.counters.instant
    }

    /// The counters as this transaction leaves them.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Bytes set in rows so far; a bound for how large a group may grow.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.own.bytes()
    }

    /// How often rows, leaves or bodies were changed, or were to be: work that refuses and finds
    /// another number than before has changed something.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// Gives out the next number of `counter`.
    pub fn take(&mut self, counter: Counter) -> u64 {
        self.counters.take(counter)
    }

    /// Gives out the next dossier number.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`] when all numbers were given out.
    pub fn take_dossier(&mut self) -> Result<DossierNumber, StoreError> {
        let number = DossierNumber::new(self.counters.next(Counter::Dossier));
        let number = number.map_err(|_| StoreError::OverLimit {
            what: "the number of dossiers",
            limit: limit::DOSSIER_NUMBER_MAX,
        })?;
        self.counters.take(Counter::Dossier);
        Ok(number)
    }

    /// Appends a sealed document to the body segments; returns its place and its frame's
    /// digest. It exists once this transaction is committed.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`] for a body too large, [`StoreError::Full`] and the other
    /// errors of the disk; the transaction can only be dropped then, and is never prepared.
    pub fn append(
        &mut self,
        ordinal: Ordinal,
        sealed: SealedBody<'_>,
    ) -> Result<(BodyPlace, Digest), StoreError> {
        let built = FrameHeader::build(ordinal, sealed.packing, sealed.body, sealed.text);
        let (header, digest) = built.ok_or(StoreError::OverLimit {
            what: "a sealed body",
            limit: limit::BODY_BYTES_MAX,
        })?;
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.changes += 1;
        let appended = self.append_frame(&header, sealed, digest);
        // INVARIANT(X5): what could not be written may be the body of another, whose rows are here.
        if let Err(error) = &appended {
            self.failed.get_or_insert_with(|| error.clone());
        }
        Ok((appended?, digest))
    }

    fn append_frame(
        &mut self,
        header: &FrameHeader,
        sealed: SealedBody<'_>,
        digest: Digest,
    ) -> Result<BodyPlace, StoreError> {
        let (segment, row) = self.segment_for(header.frame_bytes())?;
        let place = BodyPlace::of(segment, row.end, header);
        self.gather(place, &header.to_bytes())?;
        self.unwritten.bytes.extend_from_slice(sealed.body);
        self.unwritten.bytes.extend_from_slice(sealed.text);
        let row = row.and(header.frame_bytes(), digest);
        self.segments.insert(segment, row);
        Ok(place)
    }

    /// Says that nothing names the frame at `place` any more, so that it can be reclaimed.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the catalog does not know its segment.
    pub fn release(&mut self, place: BodyPlace) -> Result<(), StoreError> {
        let mut row = self.segment(place.segment())?;
        self.changes += 1;
        row.dead = (row.dead + place.frame_bytes()).min(row.end);
        self.segments.insert(place.segment(), row);
        Ok(())
    }

    /// Says which chain the frames of a segment have since [`crate::Catalog::close_gaps`].
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the catalog does not know the segment.
    pub fn rechain(&mut self, segment: u32, chain: Digest) -> Result<(), StoreError> {
        let mut row = self.segment(segment)?;
        row.chain = chain;
        self.segments.insert(segment, row);
        Ok(())
    }

    /// Sets a dossier's leaf in the state tree (`None`: it has none any more). Readers of this
    /// transaction see the leaf at once; the nodes above it are brought up to date once, by
    /// [`Self::state_root`] or when the transaction is prepared.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`].
    pub fn set_leaf(
        &mut self,
        dossier: DossierNumber,
        leaf: Option<Digest>,
    ) -> Result<(), StoreError> {
        self.changes += 1;
        let mut leaves = std::mem::take(&mut self.leaves);
        let set = leaves.set(self, dossier, leaf);
        self.leaves = leaves;
        set
    }

    /// The root of the state tree with all leaves set so far, for the journal.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`].
    pub fn state_root(&mut self) -> Result<Digest, StoreError> {
        let mut leaves = std::mem::take(&mut self.leaves);
        leaves.finish(self)
    }

    /// The digest of all rows that neither the state tree nor the index manifest nor the journal
    /// holds, as this transaction leaves them, for the journal. Change none of them afterwards.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] and what the rows give.
    pub fn row_sum(&mut self) -> Result<Digest, StoreError> {
        self.write_counted()?;
        if let Some((changes, digest)) = self.bound
            && changes == self.own.bound_changes()
        {
            return Ok(digest);
        }
        let nothing = Layer::default();
        let before = Stack {
            own: &nothing,
            below: &self.base.below,
            snapshot: &self.base.snapshot,
        };
        let sum = bound::changed(&before, self.base.counters.commit, &self.own)?;
        self.own
            .set(bound::TABLE, bound::ROW, Some(&sum.to_bytes()));
        let digest = sum.digest();
        self.bound = Some((self.own.bound_changes(), digest));
        Ok(digest)
    }

    /// Writes the rows of segments and counters, unless they stand there already.
    fn write_counted(&mut self) -> Result<(), StoreError> {
        let mut rows = vec![(
            meta::META,
            meta::COUNTERS_ROW.to_vec(),
            self.counters.to_bytes(),
        )];
        for (segment, row) in &self.segments {
            let key = segment.to_be_bytes().to_vec();
            rows.push((meta::SEGMENTS, key, row.to_bytes(*segment).to_vec()));
        }
        for (table, key, value) in rows {
            if self.row(table, &key)?.as_ref() != Some(&value) {
                self.own.set(table, &key, Some(&value));
            }
        }
        Ok(())
    }

    /// The store's id.
    pub(crate) fn store(&self) -> StoreId {
        self.inner.format.store
    }

    /// Says that a segment's live frames are being moved away.
    pub(crate) fn begin_draining(&mut self, segment: u32) -> Result<(), StoreError> {
        if self.counters.current_segment() == Some(segment) {
            self.leave_segment()?;
        }
        self.changes += 1;
        let mut row = self.segment(segment)?;
        row.state = SegmentState::Draining;
        self.segments.insert(segment, row);
        Ok(())
    }

    /// Takes a segment without live frames out of the catalog.
    pub(crate) fn drop_segment(&mut self, segment: u32) {
        self.changes += 1;
        self.segments.remove(&segment);
        let key = segment.to_be_bytes();
        self.own.set(meta::SEGMENTS, &key, None);
        self.emptied.push(segment);
    }

    /// Closes the current segment, so that the next body opens a new one.
    fn leave_segment(&mut self) -> Result<(), StoreError> {
        if let Some(segment) = self.counters.current_segment() {
            let mut row = self.segment(segment)?;
            row.state = SegmentState::Full;
            self.segments.insert(segment, row);
            self.counters.leave_segment();
        }
        Ok(())
    }

    /// Finishes the transaction; others can be built on it while it waits for its commit.
    ///
    /// # Errors
    /// [`StoreError::Full`] and other errors of the disk while the last bodies are written, or
    /// those of an earlier body; [`StoreError::Orphaned`] when it was built on one that failed.
    pub fn prepare(mut self) -> Result<Prepared, StoreError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.write_out()?;
        self.state_root()?;
        self.row_sum()?;
        let layer = Arc::new(std::mem::take(&mut self.own));
        self.inner
            .push_layer(&layer, self.counters, self.base.generation)?;
        self.finished = true;
        Ok(Prepared {
            inner: Arc::clone(&self.inner),
            layer,
            counters: self.counters,
            generation: self.base.generation,
            emptied: std::mem::take(&mut self.emptied),
            finished: false,
        })
    }

    /// Makes the changes true and durable.
    ///
    /// # Errors
    /// As [`Self::prepare`] and [`Prepared::commit`].
    pub fn commit(self) -> Result<CommitSeq, StoreError> {
        self.prepare()?.commit()
    }

    fn segment(&self, segment: u32) -> Result<SegmentRow, StoreError> {
        if let Some(row) = self.segments.get(&segment) {
            return Ok(*row);
        }
        let row = self.row(meta::SEGMENTS, &segment.to_be_bytes())?;
        row.and_then(|row| SegmentRow::from_bytes(segment, &row).ok())
            .ok_or(StoreError::damaged(meta::SEGMENTS))
    }

    /// The segment that takes a frame of this many bytes; the current one, or a new one.
    fn segment_for(&mut self, frame_bytes: u64) -> Result<(u32, SegmentRow), StoreError> {
        if let Some(segment) = self.counters.current_segment() {
            let row = self.segment(segment)?;
            let empty = row.end == SEGMENT_HEADER_BYTES as u64;
            let fits = empty || self.fits(row.end + frame_bytes)?;
            if fits && self.is_whole(segment, &row)? {
                return Ok((segment, row));
            }
            self.leave_segment()?;
        }
        self.write_out()?;
        let segment = self.counters.take_segment();
        self.inner.bodies.create(segment)?;
        let row = SegmentRow {
            end: SEGMENT_HEADER_BYTES as u64,
            dead: 0,
            state: SegmentState::Open,
            chain: Digest::ZERO,
        };
        self.segments.insert(segment, row);
        Ok((segment, row))
    }

    /// Whether a segment may have so many bytes.
    fn fits(&mut self, bytes: u64) -> Result<bool, StoreError> {
        let max = self.inner.options.segment_bytes_max;
        if bytes <= max.min(limit::SEGMENT_BYTES_MIN) {
            return Ok(true);
        }
        let known = match self.segment_bytes {
            Some(known) => known,
            None => segment_bytes(self, max)?,
        };
        self.segment_bytes = Some(known);
        Ok(bytes <= known)
    }

    /// Whether the file of a segment is there, up to its end. One that is not takes no frame: a
    /// write behind what is missing would hide that it is.
    fn is_whole(&self, segment: u32, row: &SegmentRow) -> Result<bool, StoreError> {
        if self.segments.contains_key(&segment) {
            return Ok(true);
        }
        let length = self.inner.bodies.length(segment)?;
        Ok(length.is_some_and(|length| length >= row.end))
    }

    /// Adds a frame's header to what one write will take; writes out what does not adjoin it.
    fn gather(&mut self, place: BodyPlace, header: &[u8]) -> Result<(), StoreError> {
        let gathered = &self.unwritten;
        let adjoins = gathered.segment == place.segment()
            && gathered.offset + gathered.bytes.len() as u64 == place.offset();
        if !adjoins || gathered.bytes.len() > GATHERED_BYTES_MAX {
            self.write_out()?;
            self.unwritten.segment = place.segment();
            self.unwritten.offset = place.offset();
        }
        self.unwritten.bytes.extend_from_slice(header);
        Ok(())
    }

    fn write_out(&mut self) -> Result<(), StoreError> {
        let Unwritten {
            segment,
            offset,
            bytes,
        } = std::mem::take(&mut self.unwritten);
        if bytes.is_empty() {
            return Ok(());
        }
        self.inner.bodies.write(segment, offset, &bytes)
    }

    fn stack(&self) -> Stack<'_> {
        Stack {
            own: &self.own,
            below: &self.base.below,
            snapshot: &self.base.snapshot,
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let nothing = Layer::default();
        let before = Stack {
            own: &nothing,
            below: &self.base.below,
            snapshot: &self.base.snapshot,
        };
        let mut ends = BTreeMap::new();
        for segment in self.segments.keys() {
            match before.row(meta::SEGMENTS, &segment.to_be_bytes()) {
                Ok(Some(row)) => match SegmentRow::from_bytes(*segment, &row) {
                    Ok(row) => ends.insert(*segment, Some(row.end)),
                    Err(_) => continue,
                },
                Ok(None) => ends.insert(*segment, None),
                Err(_) => continue,
            };
        }
        self.inner.abandon_open(self.base.generation, &ends);
    }
}

impl RowRead for Transaction {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        self.stack().row(table, key)
    }

    fn row_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError> {
        self.stack().row_at_or_before(table, key)
    }

    fn visit(
        &self,
        table: Table,
        first: &[u8],
        last: &[u8],
        visitor: &mut Visitor<'_>,
    ) -> Result<(), RowError> {
        self.stack().visit(table, first, last, visitor)
    }
}

impl RowWrite for Transaction {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        self.changes += 1;
        self.own.set(table, key, Some(value));
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), RowError> {
        self.changes += 1;
        self.own.set(table, key, None);
        Ok(())
    }
}

impl Prepared {
    /// The number this commit will have.
    #[must_use]
    pub const fn seq(&self) -> CommitSeq {
        self.counters.commit
    }

    /// What it changes, as a delta holds it.
    #[must_use]
    pub fn items(&self) -> Vec<Items> {
        Items::of_layer(&self.layer)
    }

    /// Makes the changes true and durable. Prepared transactions commit in their order.
    ///
    /// # Errors
    /// [`StoreError::Full`]: nothing of it is true, and the store works on.
    /// [`StoreError::Orphaned`]: one it was built on failed. [`StoreError::Poisoned`], and any
    /// other: whether it is durable is known after reopening.
    pub fn commit(mut self) -> Result<CommitSeq, StoreError> {
        self.finished = true;
        self.inner
            .commit(&self.layer, &self.counters, self.generation, &self.emptied)?;
        Ok(self.counters.commit)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.finished {
            self.inner.abandon_prepared(self.generation);
        }
    }
}

const GATHERED_BYTES_MAX: usize = 1 << 20;
