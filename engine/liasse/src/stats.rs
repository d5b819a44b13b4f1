//! Sizes and counts of a store, for operators.
//!
//! Invariants: nothing is counted per patient or actor; the kinds of bytes are disjoint, and
//! together they are what lies on the disk.

use crate::answer::Stats;
use crate::engine::Shared;
use crate::erasing;
use crate::error::Result;
use base::DossierNumber;
use journal::Log;
use std::collections::BTreeMap;
use store::SealedHead;

impl Shared {
    /// Counts what is there. Walks the pages of the catalog.
    pub(crate) fn stats(&self) -> Result<Stats> {
        let core = &self.core;
        // Documents are counted in the index and its tail: that must hold all of them.
        let view = core.searched_view()?;
        let catalog = core.catalog.stats()?;
        let (tail, tail_bytes) = core.index.tail_size();
        let mut stats = Stats {
            commit: view.rows.counters().commit.number(),
            oldest_reader: view.rows.counters().commit.number(),
            entries: Log::open(view.rows())?.size(),
            tail: tail as u64,
            tail_bytes: tail_bytes as u64,
            waiting_bytes: self.room.held() as u64,
            body_segments: catalog.segments,
            free_bytes: catalog.free_bytes,
            erasures_waiting: erasing::waiting(view.rows())?,
            sinks: core.shipping.stats(),
            ..Stats::default()
        };
        if let Some(oldest) = core.catalog.oldest_reader() {
            stats.oldest_reader = stats.oldest_reader.min(oldest.number());
        }
        for number in 0..view.rows.counters().dossiers() {
            let Ok(number) = DossierNumber::new(number) else {
                break;
            };
            if SealedHead::read(view.rows(), number)?.is_some() {
                stats.dossiers += 1;
            }
        }
        let segments = core.index.segments();
        stats.segments = segments.len() as u64;
        let indexed = segments.iter().map(|it| u64::from(it.documents));
        stats.documents = indexed.sum::<u64>() + stats.tail;
        let index = segments.iter().map(|it| it.bytes).sum();
        stats.bytes = by_kind(&catalog, index);
        let dead = [DEAD_BODIES, FREE_PAGES];
        let all: u64 = stats.bytes.iter().map(|(_, bytes)| bytes).sum();
        let living = stats.bytes.iter().filter(|(kind, _)| !dead.contains(kind));
        let living: u64 = living.map(|(_, bytes)| bytes).sum();
        stats.amplification_percent = all.saturating_mul(100) / living.max(1);
        Ok(stats)
    }
}

/// What lies on the disk, by kind, in a fixed order.
fn by_kind(catalog: &store::Stats, index: u64) -> Vec<(&'static str, u64)> {
    let mut rows: BTreeMap<&'static str, u64> = BTreeMap::new();
    for table in &catalog.tables {
        *rows.entry(kind_of(&table.name)).or_default() += table.bytes;
    }
    let used = rows.values().sum();
    let mut bytes = vec![
        (
            "bodies",
            catalog.body_bytes.saturating_sub(catalog.dead_body_bytes),
        ),
        (DEAD_BODIES, catalog.dead_body_bytes),
        ("index", index),
    ];
    let of = |kind| (kind, rows.get(kind).copied().unwrap_or(0));
    bytes.extend(ROWS.map(of));
    bytes.push((FREE_PAGES, catalog.catalog_bytes.saturating_sub(used)));
    bytes
}

/// What the rows of a table are to an operator.
fn kind_of(table: &str) -> &'static str {
    match table {
        "heads" | "body_keys" => "heads",
        "key_nodes" => "keys",
        "units" => "units",
        "state_tree" => "state tree",
        table if table.starts_with("journal") => "journal",
        _ => "other rows",
    }
}

/// The kinds of rows.
const ROWS: [&str; 6] = [
    "heads",
    "keys",
    "units",
    "state tree",
    "journal",
    "other rows",
];
const DEAD_BODIES: &str = "dead bodies";
/// Pages of the catalog that hold no row, and what pages leave unused.
const FREE_PAGES: &str = "free pages";
