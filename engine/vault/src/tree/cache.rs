//! A bounded cache of opened nodes, in use order.
//!
//! Invariants: at most [`NODES_MAX`] nodes; a node that leaves the cache is wiped when its last
//! reader lets go of it.

use super::node::{Address, Node};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Opened nodes of one tree.
pub(super) struct NodeCache {
    inner: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    nodes: BTreeMap<Address, Entry>,
    clock: u64,
}

struct Entry {
    node: Arc<Node>,
    used: u64,
}

impl NodeCache {
    pub(super) fn new() -> Self {
        Self {
            inner: Mutex::new(Entries::default()),
        }
    }

    pub(super) fn node(&self, address: Address) -> Option<Arc<Node>> {
        let mut entries = self.entries();
        entries.clock += 1;
        let used = entries.clock;
        let entry = entries.nodes.get_mut(&address)?;
        entry.used = used;
        Some(Arc::clone(&entry.node))
    }

    pub(super) fn insert(&self, address: Address, node: Arc<Node>) {
        let mut entries = self.entries();
        if entries.nodes.len() >= NODES_MAX {
            entries.drop_older_half();
        }
        entries.clock += 1;
        let used = entries.clock;
        entries.nodes.insert(address, Entry { node, used });
    }

    /// A cache that starts with what this one holds.
    pub(super) fn inherit(&self) -> Self {
        let entries = self.entries();
        let nodes = entries.nodes.iter().map(|(address, entry)| {
            (
                *address,
                Entry {
                    node: Arc::clone(&entry.node),
                    used: entry.used,
                },
            )
        });
        let inner = Entries {
            nodes: nodes.collect(),
            clock: entries.clock,
        };
        Self {
            inner: Mutex::new(inner),
        }
    }

    pub(super) fn clear(&self) {
        self.entries().nodes.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries().nodes.len()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn drop_older_half(&mut self) {
        let mut uses: Vec<u64> = self.nodes.values().map(|entry| entry.used).collect();
        let middle = uses.len() / 2;
        let (_, median, _) = uses.select_nth_unstable(middle);
        let median = *median;
        self.nodes.retain(|_, entry| entry.used >= median);
    }
}

/// Most nodes held: 4,096 of at most 4 KiB.
pub(super) const NODES_MAX: usize = 4096;
