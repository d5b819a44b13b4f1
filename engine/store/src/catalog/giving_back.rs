//! What a transaction wrote into body segments and did not commit.
//!
//! For: giving its room back at once, not only at the next open. Not for: what a crash left; see
//! `sweep`. Invariants: nothing that a committed row names is touched, nor what a transaction that
//! may still commit has written; where that is not known, nothing is given back.

use super::Inner;
use crate::layer::Layer;
use crate::meta;
use crate::snapshot::segments;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Inner {
    /// Forgets an open transaction that was dropped, and gives back what it wrote: behind these
    /// ends of segments, or in those that begin with it. What it was built on may have failed
    /// meanwhile: then the ends are those of what is committed.
    pub(crate) fn abandon_open(&self, generation: u64, ends: &BTreeMap<u32, Option<u64>>) {
        let mut tip = self.tip();
        if tip.generation == generation {
            for (segment, end) in ends {
                self.give_back(*segment, *end);
            }
        } else if !tip.poisoned {
            self.give_back_uncommitted(ends.keys().copied());
        }
        tip.open = false;
        drop(tip);
        self.tip_free.notify_one();
    }

    /// Gives back what layers that failed for certain have written.
    pub(super) fn give_back_layers(&self, failed: &[Arc<Layer>]) {
        let written: BTreeSet<u32> = failed.iter().flat_map(|layer| written(layer)).collect();
        self.give_back_uncommitted(written.into_iter());
    }

    /// Gives back what lies in these segments and is not committed.
    fn give_back_uncommitted(&self, touched: impl Iterator<Item = u32>) {
        let Ok(known) = segments(&*self.published()) else {
            return;
        };
        for segment in touched {
            let known = known.iter().find(|(number, _)| *number == segment);
            self.give_back(segment, known.map(|(_, row)| row.end));
        }
    }

    /// Cuts a segment to its end, or removes one that has none. What cannot be given back now the
    /// next sweep finds.
    fn give_back(&self, segment: u32, end: Option<u64>) {
        // INVARIANT(S4): a deposit that found no space leaves none less to the reserve.
        match end {
            Some(end) => {
                if let Ok(Some(length)) = self.bodies.length(segment)
                    && length > end
                {
                    let _ = self.bodies.cut(segment, end);
                }
            }
            None => {
                let _ = self.bodies.remove(segment);
            }
        }
    }
}

/// The segments of which a layer has rows.
fn written(layer: &Layer) -> Vec<u32> {
    let rows = layer.tables().find(|(table, _)| *table == meta::SEGMENTS);
    let rows = rows.into_iter().flat_map(|(_, changes)| changes.keys());
    rows.filter_map(|key| Some(u32::from_be_bytes(*key.first_chunk()?)))
        .collect()
}
