//! Things that are kept by name up to a number of bytes, those used last the longest.
//!
//! For: `heads`. Invariant: everything that is kept has one place in the order of use.

use std::collections::BTreeMap;

/// A shelf for things that know how many bytes they take.
pub(crate) struct Shelf<N, T> {
    held: BTreeMap<N, Held<T>>,
    /// The names by when they were used last.
    used: BTreeMap<u64, N>,
    turn: u64,
    bytes: usize,
    bytes_max: usize,
}

struct Held<T> {
    thing: T,
    bytes: usize,
    turn: u64,
}

impl<N: Clone + Ord, T> Shelf<N, T> {
    /// An empty one.
    pub(crate) const fn new(bytes_max: usize) -> Self {
        Self {
            held: BTreeMap::new(),
            used: BTreeMap::new(),
            turn: 0,
            bytes: 0,
            bytes_max,
        }
    }

    /// What is kept under a name, if it is `wanted`; it is used by that.
    pub(crate) fn find(&mut self, name: &N, wanted: impl FnOnce(&T) -> bool) -> Option<&T> {
        let held = self.held.get_mut(name).filter(|held| wanted(&held.thing))?;
        self.turn += 1;
        let name = self.used.remove(&held.turn)?;
        held.turn = self.turn;
        self.used.insert(self.turn, name);
        Some(&held.thing)
    }

    /// Keeps a thing in the place of what had its name; none that takes more than the shelf has.
    pub(crate) fn keep(&mut self, name: N, thing: T, bytes: usize) {
        if bytes > self.bytes_max {
            return;
        }
        self.remove(&name);
        while self.bytes + bytes > self.bytes_max {
            let Some((_, oldest)) = self.used.pop_first() else {
                break;
            };
            self.remove(&oldest);
        }
        self.turn += 1;
        let turn = self.turn;
        self.bytes += bytes;
        self.used.insert(turn, name.clone());
        self.held.insert(name, Held { thing, bytes, turn });
    }

    /// Takes out what lies from this name on, as long as the names are `wanted`.
    pub(crate) fn clear(&mut self, from: &N, wanted: impl Fn(&N) -> bool) {
        let behind = self.held.range(from..).map(|(name, _)| name.clone());
        let names: Vec<N> = behind.take_while(wanted).collect();
        for name in names {
            self.remove(&name);
        }
    }

    /// How many things are kept, and their bytes.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        assert_eq!(self.held.len(), self.used.len());
        (self.held.len(), self.bytes)
    }

    fn remove(&mut self, name: &N) {
        if let Some(held) = self.held.remove(name) {
            self.used.remove(&held.turn);
            self.bytes -= held.bytes;
        }
    }
}
