//! Changing a dossier.
//!
//! Invariants: what is not changed is not sealed again; a change of one entry in a closed part
//! rewrites that part and the live row only; the leaf that [`Head::store`] returns must enter
//! the state tree in the same transaction.

use super::{
    BODY_KEYS, DossierSeal, ERASED, HEADS, LIVE_PART, RowHeader, RowKind, SealedHead, StoredBody,
    key_part, open_closed, open_keys, row_digest, row_key, stored_body, with_place,
};
use crate::codec;
use crate::dossier::Dossier;
use crate::entry::Entry;
use crate::error::StoreError;
use crate::frame::{BodyPlace, Codec};
use crate::record::Sheaf;
use crate::view::{DossierView, EntryView};
use base::{
    Bug, Digest, DocumentNumber, DossierNumber, Entropy, EntryId, RowRead, RowWrite, limit,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use vault::{BlockRow, BodyKey, KeyBlock};

/// A dossier that is being changed.
pub struct Head {
    number: DossierNumber,
    slot: u32,
    version: u64,
    live: Sheaf,
    closed_digests: Vec<Digest>,
    key_digests: Vec<Digest>,
    closed: BTreeMap<u16, Part<Sheaf>>,
    keys: BTreeMap<u16, Part<KeyBlock>>,
}

/// A body that joins a dossier.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    /// Its key.
    pub key: &'a BodyKey,
    /// The digest of its frame.
    pub digest: Digest,
    /// Its place.
    pub place: BodyPlace,
}

struct Part<T> {
    content: T,
    changed: bool,
}

impl Head {
    /// A new dossier, whose rows will be sealed under the key in `slot`.
    #[must_use]
    pub fn new(dossier: &Dossier, slot: u32) -> Self {
        Self {
            number: dossier.number,
            slot,
            version: 0,
            live: Sheaf::live(dossier),
            closed_digests: Vec::new(),
            key_digests: Vec::new(),
            closed: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }

    /// The dossier's number.
    #[must_use]
    pub const fn number(&self) -> DossierNumber {
        self.number
    }

    /// The slot of the dossier's key.
    #[must_use]
    pub const fn slot(&self) -> u32 {
        self.slot
    }

    /// The version it was read in.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The dossier's state.
    ///
    /// # Errors
    /// [`Bug`] when a checked head has no state.
    pub fn dossier(&self) -> Result<DossierView<'_>, Bug> {
        let state = self.live.dossier().map(DossierView::new);
        state.ok_or(Bug::new("a live head has a state"))
    }

    /// Replaces the dossier's state.
    pub fn set_dossier(&mut self, dossier: &Dossier) {
        assert!(dossier.number == self.number, "a dossier keeps its number");
        self.live.set_dossier(dossier);
    }

    /// The newest entries, those of the live part.
    pub fn newest_entries(&self) -> impl Iterator<Item = EntryView<'_>> {
        (0..self.live.len())
            .filter_map(|at| self.live.entry(at))
            .map(EntryView::new)
            .filter(|entry| !super::is_erased(*entry))
    }

    /// The number the next document gets.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`] when the dossier is full.
    pub fn next_document(&self) -> Result<DocumentNumber, StoreError> {
        let count = self.closed_entries() + self.live.len();
        u32::try_from(count)
            .ok()
            .filter(|count| *count < limit::DOSSIER_DOCUMENTS_MAX)
            .and_then(|count| DocumentNumber::new(count).ok())
            .ok_or(StoreError::OverLimit {
                what: "the number of documents of a dossier",
                limit: u64::from(limit::DOSSIER_DOCUMENTS_MAX),
            })
    }

    /// Adds a document; it gets [`Self::next_document`] as its number.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`] when the dossier is full, and those of opening its key rows.
    pub fn push(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        entry: &mut Entry,
        body: Option<Body<'_>>,
    ) -> Result<DocumentNumber, StoreError> {
        let number = self.next_document()?;
        let (part, _) = key_part(number)?;
        if self.live.len() == limit::HEAD_PART_ENTRIES_MAX {
            self.close_part()?;
        }
        if usize::from(part) == self.key_digests.len() {
            self.key_digests.push(Digest::ZERO);
            self.keys.insert(part, Part::changed(KeyBlock::new()));
        }
        let block = self.key_block(rows, seal, part)?;
        block.changed = true;
        match body {
            Some(body) => {
                let place = body.place.to_bytes();
                block.content.push(body.key, body.digest, place);
            }
            None => block.content.push_empty(),
        }
        entry.number = number;
        self.live.push(entry);
        Ok(number)
    }

    /// A copy of an entry; `None` when it was erased or never was.
    ///
    /// # Errors
    /// Those of opening its part.
    pub fn entry(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        number: DocumentNumber,
    ) -> Result<Option<Entry>, StoreError> {
        let (sheaf, at) = self.sheaf_of(rows, seal, number)?;
        let entry = sheaf.entry(at).map(EntryView::new);
        match entry.filter(|entry| !super::is_erased(*entry)) {
            Some(entry) => Ok(Some(entry.to_entry()?)),
            None => Ok(None),
        }
    }

    /// The number of the newest entry that `wanted` says yes to, in any part: for uniqueId, or
    /// the document that another replaces.
    ///
    /// # Errors
    /// Those of opening its parts.
    pub fn find(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        wanted: &mut dyn FnMut(EntryView<'_>) -> bool,
    ) -> Result<Option<DocumentNumber>, StoreError> {
        let mut search = |sheaf: &Sheaf| {
            let newest_first = (0..sheaf.len()).rev();
            newest_first
                .filter_map(|at| sheaf.entry(at).map(EntryView::new))
                .find(|entry| !super::is_erased(*entry) && wanted(*entry))
                .map(EntryView::number)
        };
        if let Some(found) = search(&self.live) {
            return Ok(Some(found));
        }
        for part in (1..)
            .take(self.closed_digests.len())
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            if let Some(found) = search(&self.closed_part(rows, seal, *part)?.content) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Replaces the entry with the number that `entry` has.
    ///
    /// # Errors
    /// Those of opening its part; [`Bug`] when the dossier has no such document.
    pub fn set_entry(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let (sheaf, at) = self.sheaf_of(rows, seal, entry.number)?;
        if at >= sheaf.len() {
            return Err(Bug::new("a changed entry is there").into());
        }
        sheaf.set_entry(at, entry);
        self.mark_closed(entry.number);
        Ok(())
    }

    /// Where a document's body lies and what opens it; `None` when it has none.
    ///
    /// # Errors
    /// Those of opening its key row.
    pub fn body(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        number: DocumentNumber,
    ) -> Result<Option<StoredBody>, StoreError> {
        let (part, within) = key_part(number)?;
        if usize::from(part) >= self.key_digests.len() {
            return Ok(None);
        }
        stored_body(&self.key_block(rows, seal, part)?.content, within)
    }

    /// Says that a document's body now lies at `place`; `false` when it has no body.
    ///
    /// # Errors
    /// Those of opening its key row.
    pub fn move_body(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        number: DocumentNumber,
        place: BodyPlace,
    ) -> Result<(), StoreError> {
        let (part, within) = key_part(number)?;
        let block = self.key_block(rows, seal, part)?;
        block.content.move_body(within, place.to_bytes());
        block.changed = true;
        Ok(())
    }

    /// Takes a document out: its entry and its body key are wiped, its number stays used.
    /// Returns where its body lay. Erasure is complete only once the dossier is sealed under a
    /// fresh key: [`Self::prepare_reseal`], then [`Self::store`] with the new key.
    ///
    /// # Errors
    /// Those of opening its rows.
    pub fn forget(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        number: DocumentNumber,
    ) -> Result<Option<BodyPlace>, StoreError> {
        let place = self.body(rows, seal, number)?.map(|body| body.place);
        let (part, within) = key_part(number)?;
        let block = self.key_block(rows, seal, part)?;
        block.content.forget(within);
        block.changed = true;
        let mut erased = Entry::new(ERASED, EntryId::from_bytes([0; 16]), base::Instant::MIN);
        erased.number = number;
        erased.status = base::Availability::Deleted;
        self.set_entry(rows, seal, &erased)?;
        Ok(place)
    }

    /// Opens every row of the dossier, so that [`Self::store`] seals all of them again.
    ///
    /// # Errors
    /// Those of opening its rows.
    pub fn prepare_reseal(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
    ) -> Result<(), StoreError> {
        for part in (1..).take(self.closed_digests.len()) {
            self.closed_part(rows, seal, part)?.changed = true;
        }
        for part in (0..).take(self.key_digests.len()) {
            self.key_block(rows, seal, part)?.changed = true;
        }
        Ok(())
    }

    /// Every body of the dossier, for releasing them.
    ///
    /// # Errors
    /// Those of opening its key rows.
    pub fn bodies(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
    ) -> Result<Vec<BodyPlace>, StoreError> {
        let mut places = Vec::new();
        for part in (0..).take(self.key_digests.len()) {
            let block = &self.key_block(rows, seal, part)?.content;
            for number in (0..).take(block.len()) {
                let number = DocumentNumber::new(number).ok();
                if let Some(BlockRow::Body { place, .. }) = number.and_then(|n| block.row(n)) {
                    let place = BodyPlace::from_bytes(&place);
                    places.push(place.map_err(|_| StoreError::damaged(BODY_KEYS))?);
                }
            }
        }
        Ok(places)
    }

    /// Seals what changed and writes it; returns the dossier's new leaf for the state tree.
    ///
    /// # Errors
    /// [`StoreError::NoEntropy`] and what the rows give.
    pub fn store(
        &mut self,
        rows: &mut dyn RowWrite,
        seal: DossierSeal<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Digest, StoreError> {
        self.version += 1;
        let parts: Vec<_> = self.closed.keys().copied().collect();
        for part in parts {
            self.store_closed(rows, seal, entropy, part)?;
        }
        let parts: Vec<_> = self.keys.keys().copied().collect();
        for part in parts {
            self.store_keys(rows, seal, entropy, part)?;
        }
        let (packed, codec) = codec::pack_head(self.live.to_plain().as_slice());
        let mut header = self.header(RowKind::Live, codec);
        header.closed.clone_from(&self.closed_digests);
        header.keys.clone_from(&self.key_digests);
        let key = row_key(self.number, LIVE_PART);
        let mut value = header.to_bytes();
        let sealed = with_place(seal.store, HEADS, &key, &value, |place| {
            seal.key.seal(place, &packed, entropy)
        })?;
        value.extend_from_slice(&sealed);
        rows.put(HEADS, &key, &value)?;
        Ok(row_digest(HEADS, &key, &value))
    }

    fn store_closed(
        &mut self,
        rows: &mut dyn RowWrite,
        seal: DossierSeal<'_>,
        entropy: &dyn Entropy,
        part: u16,
    ) -> Result<(), StoreError> {
        let Some(Part {
            content,
            changed: true,
        }) = self.closed.get(&part)
        else {
            return Ok(());
        };
        let (packed, codec) = codec::pack_head(content.to_plain().as_slice());
        let key = row_key(self.number, part);
        let mut value = self.header(RowKind::Closed, codec).to_bytes();
        let sealed = with_place(seal.store, HEADS, &key, &value, |place| {
            seal.key.seal(place, &packed, entropy)
        })?;
        value.extend_from_slice(&sealed);
        rows.put(HEADS, &key, &value)?;
        let digest = row_digest(HEADS, &key, &value);
        self.closed_digests[usize::from(part) - 1] = digest;
        if let Some(part) = self.closed.get_mut(&part) {
            part.changed = false;
        }
        Ok(())
    }

    fn store_keys(
        &mut self,
        rows: &mut dyn RowWrite,
        seal: DossierSeal<'_>,
        entropy: &dyn Entropy,
        part: u16,
    ) -> Result<(), StoreError> {
        let Some(Part {
            content,
            changed: true,
        }) = self.keys.get(&part)
        else {
            return Ok(());
        };
        let key = row_key(self.number, part);
        let mut value = self.header(RowKind::Keys, Codec::RAW).to_bytes();
        let sealed = with_place(seal.store, BODY_KEYS, &key, &value, |place| {
            content.seal(seal.key, place, entropy)
        })?;
        value.extend_from_slice(&sealed);
        rows.put(BODY_KEYS, &key, &value)?;
        let digest = row_digest(BODY_KEYS, &key, &value);
        self.key_digests[usize::from(part)] = digest;
        if let Some(part) = self.keys.get_mut(&part) {
            part.changed = false;
        }
        Ok(())
    }

    fn header(&self, kind: RowKind, codec: Codec) -> RowHeader {
        RowHeader {
            kind,
            codec,
            slot: self.slot,
            version: self.version,
            closed: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Moves the entries of the full live part into a closed one.
    fn close_part(&mut self) -> Result<(), StoreError> {
        let old = self.live.split_off_oldest(limit::HEAD_PART_ENTRIES_MAX);
        let part = u16::try_from(self.closed_digests.len() + 1)
            .map_err(|_| Bug::new("document numbers bound the parts"))?;
        self.closed_digests.push(Digest::ZERO);
        self.closed.insert(part, Part::changed(old));
        Ok(())
    }

    fn closed_entries(&self) -> usize {
        self.closed_digests.len() * limit::HEAD_PART_ENTRIES_MAX
    }

    /// The sheaf that holds an entry, and the entry's number there.
    fn sheaf_of(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        number: DocumentNumber,
    ) -> Result<(&mut Sheaf, usize), StoreError> {
        let at = usize::try_from(number.number()).unwrap_or(usize::MAX);
        if at >= self.closed_entries() {
            let at = at - self.closed_entries();
            return Ok((&mut self.live, at));
        }
        let part = part_of(at);
        let at = at % limit::HEAD_PART_ENTRIES_MAX;
        Ok((&mut self.closed_part(rows, seal, part)?.content, at))
    }

    fn mark_closed(&mut self, number: DocumentNumber) {
        let at = usize::try_from(number.number()).unwrap_or(usize::MAX);
        if at < self.closed_entries()
            && let Some(part) = self.closed.get_mut(&part_of(at))
        {
            part.changed = true;
        }
    }

    fn closed_part(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        part: u16,
    ) -> Result<&mut Part<Sheaf>, StoreError> {
        if !self.closed.contains_key(&part) {
            let digest = self.closed_digests[usize::from(part) - 1];
            let content = open_closed(rows, seal, self.number, part, digest)?;
            self.closed.insert(part, Part::unchanged(content));
        }
        let loaded = self.closed.get_mut(&part);
        loaded.ok_or_else(|| Bug::new("a loaded part is there").into())
    }

    fn key_block(
        &mut self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        part: u16,
    ) -> Result<&mut Part<KeyBlock>, StoreError> {
        if !self.keys.contains_key(&part) {
            let digest = self.key_digests.get(usize::from(part)).copied();
            let digest = digest.ok_or(Bug::new("a document below the next has a key part"))?;
            let content = open_keys(rows, seal, self.number, part, digest)?;
            self.keys.insert(part, Part::unchanged(content));
        }
        let loaded = self.keys.get_mut(&part);
        loaded.ok_or_else(|| Bug::new("a loaded part is there").into())
    }
}

impl SealedHead {
    /// Opens the dossier for changing; older parts are opened when they are needed.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the live row does not open.
    pub fn open_for_change(self, seal: DossierSeal<'_>) -> Result<Head, StoreError> {
        let live = self.open_live(seal)?;
        Ok(Head {
            number: self.number,
            slot: self.header.slot,
            version: self.header.version,
            live,
            closed_digests: self.header.closed,
            key_digests: self.header.keys,
            closed: BTreeMap::new(),
            keys: BTreeMap::new(),
        })
    }
}

impl<T> Part<T> {
    const fn changed(content: T) -> Self {
        Self {
            content,
            changed: true,
        }
    }

    const fn unchanged(content: T) -> Self {
        Self {
            content,
            changed: false,
        }
    }
}

/// Removes every row of a dossier. Its leaf must leave the state tree, and its key must be
/// replaced, in the same transaction.
///
/// # Errors
/// What the rows give.
pub fn remove_rows(rows: &mut dyn RowWrite, number: DossierNumber) -> Result<(), StoreError> {
    for table in [HEADS, BODY_KEYS] {
        let mut keys = Vec::new();
        let (first, last) = (row_key(number, 0), row_key(number, u16::MAX));
        rows.visit(table, &first, &last, &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
        for key in keys {
            rows.remove(table, &key)?;
        }
    }
    Ok(())
}

fn part_of(at: usize) -> u16 {
    u16::try_from(at / limit::HEAD_PART_ENTRIES_MAX + 1).unwrap_or(u16::MAX)
}
