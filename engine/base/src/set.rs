//! Sets of documents and of dossiers, as compressed bitmaps.
//!
//! For: permitted sets, filters, facets. The only door to roaring.

use crate::id::{DossierNumber, Ordinal};
use roaring::RoaringTreemap;

/// A set of documents by ordinal.
#[derive(Clone, Default, PartialEq)]
pub struct DocumentSet {
    bits: RoaringTreemap,
}

/// A set of dossiers by number.
#[derive(Clone, Default, PartialEq)]
pub struct DossierSet {
    bits: RoaringTreemap,
}

impl DocumentSet {
    /// No documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document.
    pub fn insert(&mut self, ordinal: Ordinal) {
        self.bits.insert(ordinal.value());
    }

    /// Takes a document out.
    pub fn remove(&mut self, ordinal: Ordinal) {
        self.bits.remove(ordinal.value());
    }

    /// Whether the document is in the set.
    #[must_use]
    pub fn contains(&self, ordinal: Ordinal) -> bool {
        self.bits.contains(ordinal.value())
    }

    /// How many documents are in the set.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bits.len()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// The documents in order.
    pub fn iter(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.bits.iter().map(Ordinal::from_value)
    }

    /// The first document, or `None`.
    #[must_use]
    pub fn first(&self) -> Option<Ordinal> {
        self.bits.min().map(Ordinal::from_value)
    }

    /// The last document, or `None`.
    #[must_use]
    pub fn last(&self) -> Option<Ordinal> {
        self.bits.max().map(Ordinal::from_value)
    }

    /// Walks the documents in order, leaping ahead.
    #[must_use]
    pub fn seek(&self) -> DocumentSeek<'_> {
        DocumentSeek {
            rest: self.bits.iter(),
            current: None,
        }
    }
}

/// Walks a [`DocumentSet`] in order, leaping ahead.
pub struct DocumentSeek<'a> {
    rest: roaring::treemap::Iter<'a>,
    current: Option<u64>,
}

impl DocumentSeek<'_> {
    /// The first document of the set at or behind `target`; targets must not fall.
    pub fn at_or_after(&mut self, target: Ordinal) -> Option<Ordinal> {
        if self.current.is_none_or(|current| current < target.value()) {
            self.rest.advance_to(target.value());
            self.current = self.rest.next();
        }
        self.current.map(Ordinal::from_value)
    }
}

/// What is left of a sorted list behind those at its beginning who are `before`: looked for in
/// steps that double, since most leaps are short.
#[must_use]
pub fn leap<T>(list: &[T], before: impl Fn(&T) -> bool) -> &[T] {
    let mut step = 1;
    let mut rest = list;
    while rest.get(step - 1).is_some_and(&before) {
        rest = &rest[step..];
        step *= 2;
    }
    let near = rest.get(..step.min(rest.len())).unwrap_or_default();
    rest.get(near.partition_point(before)..).unwrap_or_default()
}

impl Extend<Ordinal> for DocumentSet {
    fn extend<I: IntoIterator<Item = Ordinal>>(&mut self, ordinals: I) {
        self.bits.extend(ordinals.into_iter().map(Ordinal::value));
    }
}

impl FromIterator<Ordinal> for DocumentSet {
    fn from_iter<I: IntoIterator<Item = Ordinal>>(ordinals: I) -> Self {
        let mut set = Self::new();
        set.extend(ordinals);
        set
    }
}

impl DossierSet {
    /// No dossiers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a dossier.
    pub fn insert(&mut self, dossier: DossierNumber) {
        self.bits.insert(dossier.number());
    }

    /// Whether the dossier is in the set.
    #[must_use]
    pub fn contains(&self, dossier: DossierNumber) -> bool {
        self.bits.contains(dossier.number())
    }

    /// How many dossiers are in the set.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bits.len()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// The dossiers in order.
    pub fn iter(&self) -> impl Iterator<Item = DossierNumber> + '_ {
        self.bits
            .iter()
            .filter_map(|number| DossierNumber::new(number).ok())
    }
}

impl FromIterator<DossierNumber> for DossierSet {
    fn from_iter<I: IntoIterator<Item = DossierNumber>>(dossiers: I) -> Self {
        Self {
            bits: dossiers.into_iter().map(DossierNumber::number).collect(),
        }
    }
}
