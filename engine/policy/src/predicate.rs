//! What a rule comes down to: a closed language of tests over request, dossier and document.
//!
//! For: and, or, not, equal, in set, flag, comparison in time, relation to the dossier. Not
//! for: Cedar; `lower` alone knows both. Invariants: every predicate has an answer for every
//! request, dossier and document (nothing can fail), so its parts may be reordered and folded
//! freely; folding never changes an answer.

pub(crate) mod block;
pub(crate) mod guard;
pub(crate) mod sight;
pub(crate) mod text;

use crate::facts::{DocumentFacts, DossierFacts, DossierStatus, Relation};
use base::{Consent, Flags, Instant, Purpose};
use std::sync::Arc;

/// A rule's condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Predicate {
    /// Holds for everything.
    Always,
    /// Holds for nothing.
    Never,
    /// Holds where the other does not.
    Not(Box<Predicate>),
    /// Holds where all do.
    All(Vec<Predicate>),
    /// Holds where one does.
    Any(Vec<Predicate>),
    /// Holds where the test does.
    Test(Test),
}

/// One question about the request, the dossier or the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// The request's purpose is in the set (bit = `Purpose::byte`).
    Purpose(u16),
    /// The session is a minor's secret one.
    Secret,
    /// The actor's speciality is this code.
    Speciality(Arc<str>),
    /// The actor's id is this one.
    Actor(Arc<str>),
    /// The actor's structure is this one.
    Structure(Arc<str>),
    /// The request has this circumstance.
    Circumstance(Circumstance),
    /// The session's actor stands in this relation to the dossier.
    Relation(Relation),
    /// The dossier's status is in the set (bit = discriminant).
    DossierStatus(u8),
    /// The answer to this consent question is in the set (bit = `Consent::byte`).
    Consent(ConsentTo, u8),
    /// The document's parties have one of these bits.
    Parties(u8),
    /// The document has the flag.
    Flag(Flags),
    /// The document's type is in the set.
    Type(Arc<TypeSet>),
    /// The document's class is in the set (bit = ordinal).
    Class(u64),
    /// The profession of the document's author is in the set (bit = ordinal).
    AuthorProfession(u64),
    /// The document's status is in the set (bit = `Availability::byte`).
    Status(u8),
    /// Two moments stand in this order.
    Time(TimeTest),
}

/// What is said of a request beyond who asks and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Circumstance {
    /// The document would be masked from professionals.
    Masks = 0,
    /// The document would no longer be masked.
    Unmasks = 1,
    /// The document would be hidden from the holder.
    HidesFromHolder = 2,
    /// The document would be shown to the holder.
    ShowsToHolder = 3,
    /// The document would be hidden from the representatives.
    HidesFromRepresentatives = 4,
    /// The document would be shown to the representatives.
    ShowsToRepresentatives = 5,
    /// Afterwards the document would be both masked and hidden from the holder.
    Cumulates = 6,
    /// The document is the latest version of its chain.
    Latest = 7,
    /// The holder's agreement was collected in this act.
    Consented = 8,
    /// A motive was given.
    Motivated = 9,
    /// The act concerns the actor herself.
    ForSelf = 10,
    /// The trace asked for was left by a secret session.
    SecretTrace = 11,
}

/// The consent questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConsentTo {
    /// Consultation.
    Consultation,
    /// Deposit.
    Deposit,
    /// Centre 15.
    Etreat,
    /// Bris de glace.
    Btg,
    /// Masked documents in an emergency.
    Masked,
}

/// A comparison of two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeTest {
    pub(crate) left: Moment,
    pub(crate) order: Order,
    pub(crate) right: Moment,
}

/// How two moments are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Before,
    NotAfter,
    Same,
}

/// A moment a rule can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request's instant.
    Now,
    /// A literal.
    Fixed(i64),
    /// When the holder comes of age.
    Majority,
    /// Until when the document is hidden from the holder.
    HiddenUntil,
    /// When the document was written.
    Created,
    /// When the document was deposited.
    Deposited,
}

/// A set of document types by ordinal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeSet {
    words: Vec<u64>,
    /// The same by ordinal, 1 or 0, as far as the last in the set.
    table: Vec<u8>,
}

/// The request as rules see it.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(crate) actor: &'a str,
    pub(crate) structure: &'a str,
    pub(crate) speciality: &'a str,
    pub(crate) purpose: Purpose,
    pub(crate) secret: bool,
    pub(crate) circumstances: u16,
}

/// What is known of the world while folding or evaluating.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    pub(crate) request: Option<&'a Request<'a>>,
    pub(crate) dossier: Option<&'a DossierFacts>,
    pub(crate) document: Option<&'a DocumentFacts>,
    pub(crate) now: Option<Instant>,
}

impl Predicate {
    pub(crate) fn constant(truth: bool) -> Self {
        if truth { Self::Always } else { Self::Never }
    }

    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Not(inner) => *inner,
            other @ (Self::All(_) | Self::Any(_) | Self::Test(_)) => Self::Not(Box::new(other)),
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, other) | (other, Self::Always) => other,
            (Self::All(mut parts), Self::All(more)) => {
                parts.extend(more);
                Self::All(parts)
            }
            (Self::All(mut parts), other) => {
                parts.push(other);
                Self::All(parts)
            }
            (one, Self::All(mut parts)) => {
                parts.insert(0, one);
                Self::All(parts)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, _) | (_, Self::Always) => Self::Always,
            (Self::Never, other) | (other, Self::Never) => other,
            (Self::Any(mut parts), Self::Any(more)) => {
                parts.extend(more);
                Self::Any(parts)
            }
            (Self::Any(mut parts), other) => {
                parts.push(other);
                Self::Any(parts)
            }
            (one, Self::Any(mut parts)) => {
                parts.insert(0, one);
                Self::Any(parts)
            }
            (one, other) => Self::Any(vec![one, other]),
        }
    }

    /// The predicate with every test answered that `known` can answer.
    pub(crate) fn fold(&self, known: Known<'_>) -> Self {
        match self {
            Self::Always => Self::Always,
            Self::Never => Self::Never,
            Self::Not(inner) => inner.fold(known).negated(),
            Self::All(parts) => {
                let mut folded = Self::Always;
                for part in parts {
                    folded = folded.and(part.fold(known));
                    if folded == Self::Never {
                        break;
                    }
                }
                folded
            }
            Self::Any(parts) => {
                let mut folded = Self::Never;
                for part in parts {
                    folded = folded.or(part.fold(known));
                    if folded == Self::Always {
                        break;
                    }
                }
                folded
            }
            Self::Test(test) => match test.answer(known) {
                Some(truth) => Self::constant(truth),
                None => Self::Test(test.narrowed(known)),
            },
        }
    }

    /// The answer when `known` suffices. What it does not suffice for counts as "no" at the
    /// root: doubt refuses.
    pub(crate) fn holds(&self, known: Known<'_>) -> bool {
        self.answer(known).unwrap_or(false)
    }

    /// Kleene's three-valued answer: `None` when a test that matters is not known.
    pub(crate) fn answer(&self, known: Known<'_>) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Never => Some(false),
            Self::Not(inner) => inner.answer(known).map(|truth| !truth),
            Self::All(parts) => decide(parts, known, false),
            Self::Any(parts) => decide(parts, known, true),
            Self::Test(test) => test.answer(known),
        }
    }

    /// Calls `visit` on every test.
    pub(crate) fn tests(&self, visit: &mut dyn FnMut(&Test)) {
        match self {
            Self::Always | Self::Never => {}
            Self::Not(inner) => inner.tests(visit),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.tests(visit));
            }
            Self::Test(test) => visit(test),
        }
    }

    /// The same condition over other tests: each replaced by what `of` gives for it.
    pub(crate) fn replaced(&self, of: &dyn Fn(&Test) -> Self) -> Self {
        match self {
            Self::Always => Self::Always,
            Self::Never => Self::Never,
            Self::Not(inner) => inner.replaced(of).negated(),
            Self::All(parts) => {
                let parts = parts.iter().map(|part| part.replaced(of));
                parts.fold(Self::Always, Self::and)
            }
            Self::Any(parts) => {
                let parts = parts.iter().map(|part| part.replaced(of));
                parts.fold(Self::Never, Self::or)
            }
            Self::Test(test) => of(test),
        }
    }

    /// Whether a forbidding rule with this condition forbids the document; doubt forbids.
    pub(crate) fn may_hold(&self, known: Known<'_>) -> bool {
        self.answer(known).unwrap_or(true)
    }
}

impl Test {
    pub(crate) fn answer(&self, known: Known<'_>) -> Option<bool> {
        let (request, dossier, document) = (known.request, known.dossier, known.document);
        match self {
            Self::Purpose(set) => request.map(|it| set >> it.purpose.byte() & 1 == 1),
            Self::Secret => request.map(|it| it.secret),
            Self::Speciality(code) => request.map(|it| **code == *it.speciality),
            Self::Actor(id) => request.map(|it| **id == *it.actor),
            Self::Structure(id) => request.map(|it| **id == *it.structure),
            Self::Circumstance(one) => request.map(|it| it.circumstances & one.bit() != 0),
            Self::Relation(relation) => dossier.map(|it| it.holds(*relation)),
            Self::DossierStatus(set) => dossier.map(|it| set >> it.status as u8 & 1 == 1),
            Self::Consent(to, set) => dossier.map(|it| set >> to.of(it).byte() & 1 == 1),
            Self::Parties(bits) => document.map(|it| it.parties.bits() & bits != 0),
            Self::Flag(flag) => document.map(|it| it.flags.contains(*flag)),
            Self::Type(set) => document.map(|it| set.contains(it.kind.0)),
            Self::Class(set) => document.map(|it| set >> it.class.0 & 1 == 1),
            Self::AuthorProfession(set) => {
                document.map(|it| set >> it.author_profession.0 & 1 == 1)
            }
            Self::Status(set) => document.map(|it| set >> it.status.byte() & 1 == 1),
            Self::Time(test) => test.answer(known),
        }
    }

    /// The same test with the moments that are known written out.
    fn narrowed(&self, known: Known<'_>) -> Self {
        let Self::Time(test) = self else {
            return self.clone();
        };
        Self::Time(TimeTest {
            left: test.left.narrowed(known),
            order: test.order,
            right: test.right.narrowed(known),
        })
    }
}

impl Moment {
    pub(crate) fn millis(self, known: Known<'_>) -> Option<i64> {
        let at = match self {
            Self::Fixed(millis) => return Some(millis),
            Self::Now => known.now,
            Self::Majority => known.dossier.map(|it| it.majority),
            Self::HiddenUntil => known.document.map(DocumentFacts::hidden_from_holder_until),
            Self::Created => known.document.map(|it| it.created),
            Self::Deposited => known.document.map(|it| it.deposited),
        };
        at.map(Instant::millis)
    }

    /// `Now` stays, so that what changes with time can still be told.
    fn narrowed(self, known: Known<'_>) -> Self {
        match (self, self.millis(known)) {
            (Self::Now, _) | (_, None) => self,
            (_, Some(millis)) => Self::Fixed(millis),
        }
    }
}

impl TimeTest {
    pub(crate) fn answer(self, known: Known<'_>) -> Option<bool> {
        let (left, right) = (self.left.millis(known)?, self.right.millis(known)?);
        Some(match self.order {
            Order::Before => left < right,
            Order::NotAfter => left <= right,
            Order::Same => left == right,
        })
    }
}

impl Circumstance {
    pub(crate) const ALL: [Self; 12] = [
        Self::Masks,
        Self::Unmasks,
        Self::HidesFromHolder,
        Self::ShowsToHolder,
        Self::HidesFromRepresentatives,
        Self::ShowsToRepresentatives,
        Self::Cumulates,
        Self::Latest,
        Self::Consented,
        Self::Motivated,
        Self::ForSelf,
        Self::SecretTrace,
    ];

    /// What a change of flags can be said to be.
    pub(crate) const OF_FLAGS: [Self; 7] = [
        Self::Masks,
        Self::Unmasks,
        Self::HidesFromHolder,
        Self::ShowsToHolder,
        Self::HidesFromRepresentatives,
        Self::ShowsToRepresentatives,
        Self::Cumulates,
    ];

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The attribute of the context rules write.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Masks => "masks",
            Self::Unmasks => "unmasks",
            Self::HidesFromHolder => "hidesFromHolder",
            Self::ShowsToHolder => "showsToHolder",
            Self::HidesFromRepresentatives => "hidesFromRepresentatives",
            Self::ShowsToRepresentatives => "showsToRepresentatives",
            Self::Cumulates => "cumulates",
            Self::Latest => "latest",
            Self::Consented => "consented",
            Self::Motivated => "motivated",
            Self::ForSelf => "forSelf",
            Self::SecretTrace => "secretTrace",
        }
    }
}

impl ConsentTo {
    pub(crate) const fn of(self, dossier: &DossierFacts) -> Consent {
        match self {
            Self::Consultation => dossier.consents.consultation,
            Self::Deposit => dossier.consents.deposit,
            Self::Etreat => dossier.consents.etreat,
            Self::Btg => dossier.consents.btg,
            Self::Masked => dossier.consents.masked,
        }
    }
}

impl DossierStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Absent, Self::Active, Self::Closed];

    /// The code rules write.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Active => "active",
            Self::Closed => "closed",
        }
    }
}

impl TypeSet {
    pub(crate) fn new(ordinals: impl Iterator<Item = usize>) -> Self {
        let (mut words, mut table) = (Vec::new(), Vec::new());
        for ordinal in ordinals {
            if table.len() <= ordinal {
                table.resize(ordinal + 1, 0);
            }
            table[ordinal] = 1;
            let word = ordinal / 64;
            if words.len() <= word {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (ordinal % 64);
        }
        Self { words, table }
    }

    /// By ordinal: 1 where it is in the set; none behind the end is.
    pub(crate) fn table(&self) -> &[u8] {
        &self.table
    }

    /// Leaves of the types only those in the set, or those that are not.
    pub(crate) fn narrow(&self, types: &mut [u64], truth: bool) {
        for (word, mine) in types.iter_mut().zip(self.padded(truth)) {
            *word &= mine;
        }
    }

    /// Whether that would leave one.
    pub(crate) fn leaves(&self, types: &[u64], truth: bool) -> bool {
        let mut pairs = types.iter().zip(self.padded(truth));
        pairs.any(|(word, mine)| word & mine != 0)
    }

    fn padded(&self, truth: bool) -> impl Iterator<Item = u64> + '_ {
        let words = self.words.iter().copied().chain(std::iter::repeat(0));
        words.map(move |word| if truth { word } else { !word })
    }

    pub(crate) fn contains(&self, ordinal: u16) -> bool {
        let word = self.words.get(usize::from(ordinal) / 64);
        word.is_some_and(|word| word >> (ordinal % 64) & 1 == 1)
    }
}

fn decide(parts: &[Predicate], known: Known<'_>, deciding: bool) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match part.answer(known) {
            Some(truth) if truth == deciding => return Some(deciding),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(!deciding) }
}

#[cfg(test)]
mod tests;
