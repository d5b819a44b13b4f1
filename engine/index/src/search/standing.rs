//! Where the documents that may answer stand in each segment, kept from one search to the next.
//!
//! For: searches that are asked again and again of the same documents. Invariants: documents are
//! in the order of their ordinals; what is kept of a segment on disk is the places of exactly
//! those of them that it holds, but for dossiers that are noted as touched, which are looked for
//! again before the next use. Of a segment in memory, which the next commit replaces, nothing is
//! kept.

use crate::segment::Segment;
use base::{DossierNumber, Ordinal, leap};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vault::Slot;

/// Documents in the order of their ordinals.
#[derive(Default)]
pub struct Standing {
    documents: Vec<Ordinal>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    segments: BTreeMap<Slot, Arc<Vec<Place>>>,
    touched: BTreeSet<DossierNumber>,
}

/// Where one of the documents stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// In the segment.
    pub(crate) slot: u32,
    /// Among the documents.
    pub(crate) nth: u32,
}

impl Standing {
    /// The documents.
    #[must_use]
    pub fn documents(&self) -> &[Ordinal] {
        &self.documents
    }

    /// Adds documents behind all others, in their order; they are of the dossiers `touched`.
    pub fn extend(
        &mut self,
        documents: impl IntoIterator<Item = Ordinal>,
        touched: impl IntoIterator<Item = DossierNumber>,
    ) {
        self.documents.extend(documents);
        debug_assert!(self.documents.is_sorted());
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !kept.segments.is_empty() {
            kept.touched.extend(touched);
        }
    }

    /// Holds these documents from now on, in their order, who differ from those before in the
    /// dossiers `touched` alone.
    pub fn replace(
        &mut self,
        documents: impl IntoIterator<Item = Ordinal>,
        touched: impl IntoIterator<Item = DossierNumber>,
    ) {
        self.documents.clear();
        self.extend(documents, touched);
    }

    /// Brings what is kept up to date for a snapshot of these segments.
    pub(crate) fn follow(&self, segments: &[Segment]) {
        let mut kept = self.kept();
        let touched = std::mem::take(&mut kept.touched);
        let mut left = std::mem::take(&mut kept.segments);
        if touched.len() > TOUCHED_MAX {
            return;
        }
        for segment in segments {
            if let Some((slot, mut places)) = segment.slot().and_then(|it| left.remove_entry(&it)) {
                if !touched.is_empty() {
                    let places = Arc::make_mut(&mut places);
                    for dossier in &touched {
                        self.look_again(segment, places, *dossier);
                    }
                    self.renumber(segment, places);
                }
                kept.segments.insert(slot, places);
            }
        }
    }

    /// The places of those documents that a segment holds.
    pub(crate) fn places(&self, segment: &Segment) -> Arc<Vec<Place>> {
        let slot = segment.slot();
        let kept = slot.and_then(|slot| self.kept().segments.get(&slot).cloned());
        if let Some(places) = kept {
            return places;
        }
        let mut places = Vec::new();
        find(segment, &self.documents, &mut places);
        let places = Arc::new(places);
        if let Some(slot) = slot {
            self.kept().segments.insert(slot, Arc::clone(&places));
        }
        places
    }

    fn look_again(&self, segment: &Segment, places: &mut Vec<Place>, dossier: DossierNumber) {
        let (first, last) = dossier.ordinals();
        let from = self.documents.partition_point(|it| *it < first);
        let to = self.documents.partition_point(|it| *it <= last);
        let documents = self.documents.get(from..to).unwrap_or_default();
        let mut now = Vec::new();
        find(segment, documents, &mut now);
        let from = places.partition_point(|place| segment.ordinal(place.slot) < first);
        let to = places.partition_point(|place| segment.ordinal(place.slot) <= last);
        places.splice(from..to, now);
    }

    /// Numbers places anew: documents that came or went have moved those behind them.
    fn renumber(&self, segment: &Segment, places: &mut [Place]) {
        let mut rest = self.documents.as_slice();
        for place in places {
            let ordinal = segment.ordinal(place.slot);
            rest = leap(rest, |document| *document < ordinal);
            place.nth = number(&self.documents, rest);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the places of those documents that a segment holds.
fn find(segment: &Segment, documents: &[Ordinal], places: &mut Vec<Place>) {
    let end = segment.documents();
    let (mut rest, mut slot) = (documents, 0);
    while let Some(first) = rest.first() {
        slot = segment.slot_at_or_after(*first, slot);
        if slot >= end {
            return;
        }
        let ordinal = segment.ordinal(slot);
        rest = leap(rest, |document| *document < ordinal);
        if rest.first() == Some(&ordinal) {
            let nth = number(documents, rest);
            places.push(Place { slot, nth });
            slot += 1;
            rest = rest.get(1..).unwrap_or_default();
        }
    }
}

/// The number of the first of those that are left.
fn number(all: &[Ordinal], rest: &[Ordinal]) -> u32 {
    u32::try_from(all.len() - rest.len()).unwrap_or(u32::MAX)
}

/// Touched dossiers beyond which all is looked for anew.
const TOUCHED_MAX: usize = 4096;

#[cfg(test)]
mod tests;
