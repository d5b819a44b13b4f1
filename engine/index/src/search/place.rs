//! Leaves that look at places: words, phrases, words near each other, in a context.
//!
//! Invariant: a place is affirmed when it is in the body and in neither the negated nor the
//! family field; the three hold true positions of one numbering.

use super::cursor::{Cursor, Word};
use crate::expr::{Nearness, Order};
use crate::segment::{END, Postings};

/// The places of one term: those of a field, less those of others.
pub(crate) struct Term<'a> {
    postings: Postings<'a>,
    less: Vec<Postings<'a>>,
    places: Vec<u32>,
    other: Vec<u32>,
    /// Slot `places` was read for.
    read: u32,
}

impl<'a> Term<'a> {
    /// The places of `postings` that are in none of `less`.
    pub(crate) const fn new(postings: Postings<'a>, less: Vec<Postings<'a>>) -> Self {
        Self {
            postings,
            less,
            places: Vec::new(),
            other: Vec::new(),
            read: END,
        }
    }

    fn cost(&self) -> u32 {
        self.postings.count()
    }

    /// The first document at or behind `target` with a place left.
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        let mut slot = self.postings.seek(target);
        while slot != END && !self.less.is_empty() {
            if !self.places(slot).is_empty() {
                break;
            }
            slot = self.postings.seek(slot + 1);
        }
        slot
    }

    /// The places in the current document `slot`.
    fn places(&mut self, slot: u32) -> &[u32] {
        if self.read != slot {
            self.read = slot;
            self.postings.places(&mut self.places);
            for less in &mut self.less {
                if less.seek(slot) == slot {
                    less.places(&mut self.other);
                    let other = &self.other;
                    self.places
                        .retain(|place| other.binary_search(place).is_err());
                }
            }
        }
        &self.places
    }

    /// How often it occurs in the current document `slot`.
    pub(crate) fn frequency(&mut self, slot: u32) -> u32 {
        if self.less.is_empty() {
            self.postings.frequency()
        } else {
            u32::try_from(self.places(slot).len()).unwrap_or(u32::MAX)
        }
    }
}

/// Terms in sequence; one term is a sequence of one.
pub(crate) struct Phrase<'a> {
    terms: Vec<Term<'a>>,
    /// Numbers of the terms, rarest first.
    order: Vec<usize>,
    weight: u64,
    starts: Vec<u32>,
    /// The current document, once it was asked.
    slot: Option<u32>,
}

impl<'a> Phrase<'a> {
    /// A phrase of these terms; `weight` is the sum of their weights.
    pub(crate) fn new(terms: Vec<Term<'a>>, weight: u64) -> Self {
        let mut order: Vec<usize> = (0..terms.len()).collect();
        order.sort_by_key(|at| terms[*at].cost());
        Self {
            terms,
            order,
            weight,
            starts: Vec::new(),
            slot: None,
        }
    }

    /// The cursor over it.
    pub(crate) fn into_cursor(mut self) -> Cursor<'a> {
        match self
            .terms
            .pop_if(|only| only.less.is_empty() && self.order.len() == 1)
        {
            Some(only) => Cursor::Word(Word {
                postings: only.postings,
                weight: self.weight,
            }),
            None => Cursor::Phrase(Box::new(self)),
        }
    }

    pub(crate) const fn weight(&self) -> u64 {
        self.weight
    }

    pub(crate) fn cost(&self) -> u32 {
        self.order
            .first()
            .map_or(0, |rarest| self.terms[*rarest].cost())
    }

    /// How many terms it has.
    pub(crate) fn length(&self) -> u32 {
        u32::try_from(self.terms.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        match self.slot {
            Some(slot) if slot >= target => slot,
            Some(_) | None => {
                let slot = self.find(target);
                self.slot = Some(slot);
                slot
            }
        }
    }

    fn find(&mut self, target: u32) -> u32 {
        if let [only] = self.terms.as_mut_slice() {
            return only.seek(target);
        }
        let mut slot = target;
        'candidates: loop {
            for at in &self.order {
                let found = self.terms[*at].seek(slot);
                if found == END {
                    return END;
                }
                if found > slot {
                    slot = found;
                    continue 'candidates;
                }
            }
            if self.read_starts(slot) {
                return slot;
            }
            slot += 1;
        }
    }

    /// How often it occurs in the current document.
    pub(crate) fn frequency(&mut self) -> u32 {
        let slot = self.slot.unwrap_or(END);
        match self.terms.as_mut_slice() {
            [only] => only.frequency(slot),
            _ => u32::try_from(self.starts.len()).unwrap_or(u32::MAX),
        }
    }

    /// The first places of its occurrences in the current document `slot`.
    pub(crate) fn starts(&mut self, slot: u32) -> &[u32] {
        if self.terms.len() == 1 {
            return self.terms[0].places(slot);
        }
        &self.starts
    }

    fn read_starts(&mut self, slot: u32) -> bool {
        self.starts.clear();
        for (nth, at) in self.order.iter().enumerate() {
            let offset = u32::try_from(*at).unwrap_or(u32::MAX);
            let places = self.terms[*at].places(slot);
            if nth == 0 {
                self.starts
                    .extend(places.iter().filter_map(|place| place.checked_sub(offset)));
            } else {
                self.starts
                    .retain(|start| places.binary_search(&start.saturating_add(offset)).is_ok());
            }
            if self.starts.is_empty() {
                return false;
            }
        }
        true
    }
}

/// Groups of words near each other.
pub(crate) struct Near<'a> {
    /// Each group is given by one of its phrases.
    groups: Vec<Vec<Phrase<'a>>>,
    /// For each group the last one before it that is the same: they take different words.
    twins: Vec<Option<usize>>,
    nearness: Nearness,
    weight: u64,
    found: u32,
    spans: Vec<Vec<(u32, u32)>>,
}

impl<'a> Near<'a> {
    /// These groups, so near each other.
    pub(crate) fn new(
        groups: Vec<Vec<Phrase<'a>>>,
        twins: Vec<Option<usize>>,
        nearness: Nearness,
        weight: u64,
    ) -> Self {
        let spans = vec![Vec::new(); groups.len()];
        Self {
            groups,
            twins,
            nearness,
            weight,
            found: 0,
            spans,
        }
    }

    pub(crate) const fn weight(&self) -> u64 {
        self.weight
    }

    pub(crate) const fn frequency(&self) -> u32 {
        self.found
    }

    pub(crate) fn cost(&self) -> u32 {
        let sums = self
            .groups
            .iter()
            .map(|group| group.iter().map(Phrase::cost).fold(0, u32::saturating_add));
        sums.min().unwrap_or(0)
    }

    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        let mut slot = target;
        'candidates: loop {
            for group in &mut self.groups {
                let found = group
                    .iter_mut()
                    .map(|phrase| phrase.seek(slot))
                    .min()
                    .unwrap_or(END);
                if found == END {
                    return END;
                }
                if found > slot {
                    slot = found;
                    continue 'candidates;
                }
            }
            self.read_spans(slot);
            self.found = nearest(&self.spans, &self.twins, self.nearness);
            if self.found > 0 {
                return slot;
            }
            slot += 1;
        }
    }

    fn read_spans(&mut self, slot: u32) {
        for (group, spans) in self.groups.iter_mut().zip(&mut self.spans) {
            spans.clear();
            for phrase in group.iter_mut().filter(|phrase| phrase.slot == Some(slot)) {
                let length = phrase.length();
                let starts = phrase.starts(slot).iter();
                spans.extend(starts.map(|start| (*start, start.saturating_add(length))));
            }
            spans.sort_unstable();
        }
    }
}

/// How many spans open a stretch that holds a span of every group and at most `slop` others.
fn nearest(groups: &[Vec<(u32, u32)>], twins: &[Option<usize>], nearness: Nearness) -> u32 {
    let openers = match nearness.order {
        Order::Any => groups.len(),
        Order::Given => 1,
    };
    let opened = (0..openers).map(|opener| {
        let spans = groups.get(opener).map_or(&[][..], Vec::as_slice);
        spans
            .iter()
            .filter(|span| opens(groups, twins, opener, **span, nearness))
            .count()
    });
    u32::try_from(opened.sum::<usize>()).unwrap_or(u32::MAX)
}

/// Whether a stretch that starts with this span of group `opener` is short enough. The first
/// span that fits, group by group, makes the shortest stretch.
fn opens(
    groups: &[Vec<(u32, u32)>],
    twins: &[Option<usize>],
    opener: usize,
    span: (u32, u32),
    nearness: Nearness,
) -> bool {
    let mut end = span.1;
    let mut words = span.1 - span.0;
    let mut ends = Vec::with_capacity(groups.len());
    for (nth, group) in groups.iter().enumerate() {
        if nth == opener {
            ends.push(span.1);
            continue;
        }
        let twin = twins
            .get(nth)
            .copied()
            .flatten()
            .and_then(|twin| ends.get(twin).copied());
        let from = match nearness.order {
            Order::Any => span.1.max(twin.unwrap_or(0)),
            Order::Given => end,
        };
        let next = group.partition_point(|other| other.0 < from);
        let Some(other) = group.get(next) else {
            return false;
        };
        ends.push(other.1);
        end = end.max(other.1);
        words += other.1 - other.0;
    }
    (end - span.0).saturating_sub(words) <= nearness.slop
}
