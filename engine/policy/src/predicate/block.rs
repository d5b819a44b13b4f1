//! Sixty-four documents at a time: the same predicates over columns.
//!
//! For: requests over many dossiers, whose candidates are gathered into columns once and decided
//! in blocks. Invariants: for every document the block's bit is the scalar answer; dossiers of one
//! kind differ in nothing that a rule can ask of a dossier.

use super::{Known, Moment, Order, Predicate, Test, TimeTest};
use crate::facts::{DocumentFacts, DossierFacts, Parties, Relations};
use base::{Availability, Flags, Instant};
use std::collections::BTreeMap;

/// Documents and their dossiers, column by column. Documents of one dossier lie together.
#[derive(Default)]
pub struct Columns {
    dossiers: Vec<DossierFacts>,
    /// Each dossier's kind: the place of the first dossier of that kind in `kinds`.
    kind_of: Vec<u32>,
    kinds: Vec<u32>,
    numbered: BTreeMap<Kind, u32>,
    /// Where the first dossier's documents begin, and where each dossier's end.
    first: usize,
    ends: Vec<usize>,
    dossier: Vec<u32>,
    kind: Vec<u16>,
    class: Vec<u8>,
    author_profession: Vec<u8>,
    /// By status: which documents have it.
    status: [Vec<u64>; STATUSES],
    hidden_until: Vec<i64>,
    created: Vec<i64>,
    deposited: Vec<i64>,
    masked: Vec<u64>,
    kept_from_representatives: Vec<u64>,
    author: Vec<u64>,
    structure: Vec<u64>,
    person: Vec<u64>,
}

/// All that rules can ask of a dossier.
type Kind = (u8, [u8; 5], Relations, Instant, Instant);

impl Columns {
    /// No documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a dossier: the documents pushed next belong to it.
    pub fn dossier(&mut self, facts: DossierFacts) {
        let consents = facts.consents;
        let said = [
            consents.consultation,
            consents.deposit,
            consents.etreat,
            consents.btg,
            consents.masked,
        ];
        let kind = (
            facts.status as u8,
            said.map(base::Consent::byte),
            facts.relations(),
            facts.majority,
            facts.at(),
        );
        let next = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let number = *self.numbered.entry(kind).or_insert(next);
        if number == next {
            let place = u32::try_from(self.dossiers.len()).unwrap_or(u32::MAX);
            self.kinds.push(place);
        }
        if self.dossiers.is_empty() {
            self.first = self.kind.len();
        }
        self.kind_of.push(number);
        self.ends.push(self.kind.len());
        self.dossiers.push(facts);
    }

    /// Adds a document of the dossier last started; without one it is refused, since no
    /// dossier says who may see it.
    pub fn push(&mut self, facts: &DocumentFacts) {
        let at = self.kind.len();
        if at.is_multiple_of(64) {
            for plane in [
                &mut self.masked,
                &mut self.kept_from_representatives,
                &mut self.author,
                &mut self.structure,
                &mut self.person,
            ] {
                plane.push(0);
            }
            for plane in &mut self.status {
                plane.push(0);
            }
        }
        let (word, bit) = (at / 64, at % 64);
        let parties = facts.parties.bits();
        let set = |plane: &mut Vec<u64>, held: bool| plane[word] |= u64::from(held) << bit;
        set(&mut self.masked, facts.flags.contains(Flags::MASQUE_PS));
        let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
        set(
            &mut self.kept_from_representatives,
            facts.flags.contains(kept),
        );
        set(&mut self.author, parties & Parties::AUTHOR != 0);
        set(&mut self.structure, parties & Parties::STRUCTURE != 0);
        set(&mut self.person, parties & Parties::PERSON != 0);
        let dossier = self.dossiers.len().checked_sub(1).unwrap_or(usize::MAX);
        self.dossier
            .push(u32::try_from(dossier).unwrap_or(u32::MAX));
        self.kind.push(facts.kind.0);
        if let Some(end) = self.ends.last_mut() {
            *end = self.kind.len();
        }
        self.class.push(facts.class.0);
        self.author_profession.push(facts.author_profession.0);
        let status = facts.status;
        for (plane, one) in self.status.iter_mut().zip(Availability::ALL) {
            set(plane, *one == status);
        }
        self.hidden_until
            .push(facts.hidden_from_holder_until().millis());
        self.created.push(facts.created.millis());
        self.deposited.push(facts.deposited.millis());
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kind.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    /// How many blocks of 64 documents there are.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.kind.len().div_ceil(64)
    }

    /// One dossier of each kind, in the order of the numbers that [`Columns::runs`] gives.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &DossierFacts> {
        let facts = |place: &u32| self.dossiers.get(*place as usize);
        self.kinds.iter().filter_map(facts)
    }

    /// The documents of the block, run by run of one dossier: that dossier's kind, its place, and
    /// which they are. Documents pushed before any dossier are in none.
    pub(crate) fn runs(&self, block: usize, mut visit: impl FnMut(usize, usize, u64)) {
        let base = block * 64;
        let end = self.len().min(base + 64);
        if end <= base {
            return;
        }
        let first = self.dossier.get(base).copied().unwrap_or(u32::MAX);
        let (mut place, mut before) = (first as usize, 0);
        if first == u32::MAX {
            // What was pushed before any dossier ends where the first one begins.
            (place, before) = (0, bits_below(self.first.min(end).saturating_sub(base)));
        }
        let kinds = self.kind_of.get(place..).unwrap_or_default();
        let ends = self.ends.get(place..).unwrap_or_default();
        for (kind, next) in kinds.iter().zip(ends) {
            let below = bits_below(next - base);
            visit(*kind as usize, place, below & !before);
            (before, place) = (below, place + 1);
            if *next >= end {
                return;
            }
        }
    }

    /// The facts of the dossier in this place.
    pub(crate) fn facts(&self, place: usize) -> Option<&DossierFacts> {
        self.dossiers.get(place)
    }

    fn of_status(&self, set: u8, block: usize) -> u64 {
        let planes = self.status.iter().zip(Availability::ALL);
        let wanted = planes.filter(|(_, status)| set >> status.byte() & 1 == 1);
        wanted.fold(0, |mask, (plane, _)| mask | plane[block])
    }

    /// A test of the dossier alone: asked once per run of documents of one dossier.
    fn by_dossier(&self, block: usize, live: u64, test: impl Fn(&DossierFacts) -> bool) -> u64 {
        let mut mask = 0;
        self.runs(block, |_, place, run| {
            if live & run != 0 && self.facts(place).is_some_and(&test) {
                mask |= run;
            }
        });
        mask & live
    }
}

impl Predicate {
    /// The documents of the block, among `live`, for which the predicate holds.
    pub(crate) fn block(&self, columns: &Columns, block: usize, live: u64, now: Instant) -> u64 {
        if live == 0 {
            return 0;
        }
        match self {
            Self::Always => live,
            Self::Never => 0,
            Self::Not(inner) => live & !inner.block(columns, block, live, now),
            Self::All(parts) => parts
                .iter()
                .fold(live, |mask, part| part.block(columns, block, mask, now)),
            Self::Any(parts) => parts.iter().fold(0, |mask, part| {
                mask | part.block(columns, block, live & !mask, now)
            }),
            Self::Test(test) => test.block(columns, block, live, now),
        }
    }
}

impl Test {
    fn block(&self, columns: &Columns, block: usize, live: u64, now: Instant) -> u64 {
        let base = block * 64;
        match self {
            Self::Relation(relation) => {
                columns.by_dossier(block, live, |dossier| dossier.holds(*relation))
            }
            Self::DossierStatus(_) | Self::Consent(..) => {
                columns.by_dossier(block, live, |dossier| {
                    let known = Known {
                        dossier: Some(dossier),
                        ..Known::default()
                    };
                    self.answer(known).unwrap_or(false)
                })
            }
            Self::Parties(bits) => {
                let plane = |bit: u8, plane: &[u64]| if bits & bit != 0 { plane[block] } else { 0 };
                let own = plane(Parties::AUTHOR, &columns.author)
                    | plane(Parties::STRUCTURE, &columns.structure)
                    | plane(Parties::PERSON, &columns.person);
                live & own
            }
            Self::Flag(flag) => live & flag_plane(*flag, columns, block),
            Self::Type(set) => {
                let table = set.table();
                let bit = |kind: u16| table.get(usize::from(kind)).copied().unwrap_or_default();
                each(&columns.kind, base, live, bit)
            }
            Self::Class(set) => each(&columns.class, base, live, |class| bit_of(*set, class)),
            Self::AuthorProfession(set) => {
                let of = &columns.author_profession;
                each(of, base, live, |profession| bit_of(*set, profession))
            }
            Self::Status(set) => live & columns.of_status(*set, block),
            Self::Time(test) => few(live, |bit| test.at(columns, base + bit, now)),
            // The request is folded in before any block: what is left of it holds for none.
            Self::Purpose(_)
            | Self::Secret
            | Self::Speciality(_)
            | Self::Actor(_)
            | Self::Structure(_)
            | Self::Circumstance(_) => 0,
        }
    }
}

impl TimeTest {
    fn at(self, columns: &Columns, at: usize, now: Instant) -> bool {
        let value = |moment| match moment {
            Moment::Now => now.millis(),
            Moment::Fixed(millis) => millis,
            Moment::Majority => {
                let dossier = columns.dossiers.get(columns.dossier[at] as usize);
                dossier.map_or(i64::MIN, |dossier| dossier.majority.millis())
            }
            Moment::HiddenUntil => columns.hidden_until[at],
            Moment::Created => columns.created[at],
            Moment::Deposited => columns.deposited[at],
        };
        let (left, right) = (value(self.left), value(self.right));
        match self.order {
            Order::Before => left < right,
            Order::NotAfter => left <= right,
            Order::Same => left == right,
        }
    }
}

fn flag_plane(flag: Flags, columns: &Columns, block: usize) -> u64 {
    if flag == Flags::MASQUE_PS {
        columns.masked[block]
    } else {
        columns.kept_from_representatives[block]
    }
}

/// A test of each live document, which gives 1 or 0. Where most are live, all are tested: no lane
/// waits for another, and eight answers at a time are put together by one multiplication.
fn each<T: Copy + Default>(column: &[T], base: usize, live: u64, test: impl Fn(T) -> u8) -> u64 {
    let lanes = column.get(base..).unwrap_or_default();
    if live.count_ones() < DENSE {
        return few(live, |bit| {
            lanes.get(bit).is_some_and(|lane| test(*lane) == 1)
        });
    }
    let mut answers = [0_u8; 64];
    for (answer, lane) in answers.iter_mut().zip(lanes) {
        *answer = test(*lane);
    }
    let (eights, _) = answers.as_chunks::<8>();
    let packed = eights.iter().rev().fold(0, |mask, eight| {
        let bits = u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
        mask << 8 | bits
    });
    live & packed
}

/// Whether the set has the number, as 1 or 0.
fn bit_of(set: u64, number: u8) -> u8 {
    u8::from(set >> (number & 63) & 1 == 1)
}

fn few(live: u64, test: impl Fn(usize) -> bool) -> u64 {
    let (mut mask, mut left) = (0, live);
    while left != 0 {
        let bit = left.trailing_zeros() as usize;
        mask |= u64::from(test(bit)) << bit;
        left &= left - 1;
    }
    mask
}

/// The lowest `count` bits.
const fn bits_below(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

/// From how many live documents of a block on all are tested.
const DENSE: u32 = 16;
/// Times eight bytes of 1 or 0: their bits in the highest byte, the first one lowest.
const GATHER: u64 = 0x0102_0408_1020_4080;

const STATUSES: usize = Availability::ALL.len();
