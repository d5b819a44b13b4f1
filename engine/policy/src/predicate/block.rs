//! Sixty-four documents at a time: the same predicates over columns.
//!
//! For: requests over many dossiers, whose candidates are gathered into columns once and decided
//! in blocks. Invariant: for every document the block's bit is the scalar answer.

use super::{Known, Moment, Order, Predicate, Test, TimeTest};
use crate::facts::{DocumentFacts, DossierFacts, Parties};
use base::{Flags, Instant};

/// Documents and their dossiers, column by column. Documents of one dossier lie together.
#[derive(Default)]
pub struct Columns {
    dossiers: Vec<DossierFacts>,
    /// Where each dossier's documents begin.
    starts: Vec<usize>,
    dossier: Vec<u32>,
    kind: Vec<u16>,
    class: Vec<u8>,
    author_profession: Vec<u8>,
    status: Vec<u8>,
    hidden_until: Vec<i64>,
    created: Vec<i64>,
    deposited: Vec<i64>,
    masked: Vec<u64>,
    kept_from_representatives: Vec<u64>,
    author: Vec<u64>,
    structure: Vec<u64>,
    person: Vec<u64>,
}

impl Columns {
    /// No documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a dossier: the documents pushed next belong to it.
    pub fn dossier(&mut self, facts: DossierFacts) {
        self.starts.push(self.kind.len());
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
        self.class.push(facts.class.0);
        self.author_profession.push(facts.author_profession.0);
        self.status.push(facts.status.byte());
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

    /// The documents of the block whose dossier's facts are trusted.
    pub(crate) fn live(&self, block: usize, trusted: impl Fn(&DossierFacts) -> bool) -> u64 {
        let base = block * 64;
        let count = self.len().saturating_sub(base).min(64);
        self.by_dossier(base, bits_below(count), trusted)
    }

    fn each(&self, base: usize, count: usize, live: u64, test: impl Fn(usize) -> bool) -> u64 {
        let mut mask = 0;
        for bit in 0..count {
            mask |= u64::from(test(base + bit)) << bit;
        }
        mask & live
    }

    /// A test of the dossier alone: asked once per run of documents of one dossier.
    fn by_dossier(&self, base: usize, live: u64, test: impl Fn(&DossierFacts) -> bool) -> u64 {
        let end = self.len().min(base + 64);
        let (mut mask, mut at) = (0, base);
        while at < end {
            let dossier = self.dossier[at] as usize;
            let next = self.starts.get(dossier.wrapping_add(1)).copied();
            // Documents pushed before any dossier end where the first one begins.
            let first = self.starts.first().copied();
            let known = self.dossiers.get(dossier);
            let run_end = if known.is_some() { next } else { first };
            let run_end = run_end.unwrap_or(end).min(end);
            let run = bits_below(run_end - base) & !bits_below(at - base);
            if live & run != 0 && known.is_some_and(&test) {
                mask |= run;
            }
            at = run_end;
        }
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
        let count = (columns.len() - base).min(64);
        let each = |test: &dyn Fn(usize) -> bool| columns.each(base, count, live, test);
        match self {
            Self::Relation(relation) => {
                columns.by_dossier(base, live, |dossier| dossier.holds(*relation))
            }
            Self::DossierStatus(_) | Self::Consent(..) => {
                columns.by_dossier(base, live, |dossier| {
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
            Self::Type(set) => columns.each(base, count, live, |at| set.contains(columns.kind[at])),
            Self::Class(set) => {
                columns.each(base, count, live, |at| set >> columns.class[at] & 1 == 1)
            }
            Self::AuthorProfession(set) => columns.each(base, count, live, |at| {
                set >> columns.author_profession[at] & 1 == 1
            }),
            Self::Status(set) => {
                columns.each(base, count, live, |at| set >> columns.status[at] & 1 == 1)
            }
            Self::Time(test) => each(&|at| test.at(columns, at, now)),
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

/// The lowest `count` bits.
const fn bits_below(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}
