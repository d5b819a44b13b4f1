//! A bitmap of permitted documents as a part of tantivy's own queries, and counts by type.

use std::collections::BTreeMap;
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score, SegmentOrdinal, SegmentReader};

/// The documents of each segment that may be seen.
#[derive(Clone)]
pub(super) struct Permitted(pub(super) Arc<BTreeMap<SegmentId, BitSet>>);

impl std::fmt::Debug for Permitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permitted({} segments)", self.0.len())
    }
}

impl Query for Permitted {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Permitted {
    fn scorer(&self, reader: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(match self.0.get(&reader.segment_id()) {
            Some(set) => Box::new(ConstScorer::new(BitSetDocSet::from(set.clone()), 0.0)),
            None => Box::new(EmptyScorer),
        })
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("permitted", 0.0))
    }
}

/// Counts by the number of a document's type.
pub(super) struct ByKind;

/// Counts of one segment.
pub(super) struct SegmentKinds {
    kinds: Column<u64>,
    counts: BTreeMap<u64, u64>,
}

impl Collector for ByKind {
    type Fruit = BTreeMap<u64, u64>;
    type Child = SegmentKinds;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentKinds> {
        Ok(SegmentKinds {
            kinds: segment.fast_fields().u64("kind")?,
            counts: BTreeMap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(
        &self,
        segments: Vec<BTreeMap<u64, u64>>,
    ) -> tantivy::Result<BTreeMap<u64, u64>> {
        let mut all = BTreeMap::new();
        for (kind, count) in segments.into_iter().flatten() {
            *all.entry(kind).or_default() += count;
        }
        Ok(all)
    }
}

impl SegmentCollector for SegmentKinds {
    type Fruit = BTreeMap<u64, u64>;

    fn collect(&mut self, document: DocId, _: Score) {
        if let Some(kind) = self.kinds.first(document) {
            *self.counts.entry(kind).or_default() += 1;
        }
    }

    fn harvest(self) -> BTreeMap<u64, u64> {
        self.counts
    }
}
