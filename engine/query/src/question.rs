//! A question: what a document must be, in what order answers come, what is counted with them.
//!
//! For: every face of the engine; the text syntax, JSON and the FHIR search string all end here.
//! Not for: whose documents are looked at, or who may see them. Invariant: a question can be
//! asked of any set of documents and says nothing of what is stored.

use crate::boost::Boosts;
use base::{Availability, Instant};
use std::fmt;
use std::sync::Arc;

/// What is asked of the documents that may be shown.
#[derive(Clone, Default)]
pub struct Question {
    /// What the text must say, in the syntax of `docs/search.md`; empty: anything.
    pub words: String,
    /// What the metadata must say.
    pub wanted: Wanted,
    /// In what order answers come.
    pub order: Order,
    /// What weighs more where relevance orders; without words every score is 0.
    pub boosts: Boosts,
    /// The most documents to return.
    pub limit: usize,
    /// Goes on behind this answer.
    pub after: Option<Position>,
    /// Whether to count all documents that answer.
    pub total: bool,
    /// What to count them by.
    pub facets: Vec<Facet>,
    /// The step of a count over time.
    pub timeline: Option<Step>,
}

impl Question {
    /// Whether numbers are part of the answer.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.total || !self.facets.is_empty() || self.timeline.is_some()
    }

    /// Whether what documents hold in this field has a part in the answer.
    #[must_use]
    pub fn reads(&self, field: Field) -> bool {
        // An identifier is looked for among the ids of two fields.
        let identifier = matches!(field, Field::UniqueId | Field::EntryId);
        let held = |asked| asked == field || (asked == Field::Identifier && identifier);
        let counted = |facet: &Facet| match facet {
            Facet::Field(by) => held(*by),
            Facet::Groups(grouping) => held(grouping.field),
            Facet::Year => false,
        };
        let boosted = field == Field::Type && !self.boosts.types.is_empty();
        self.wanted.required().any(held) || boosted || self.facets.iter().any(counted)
    }
}

/// What the metadata must say; a field with no value may hold anything.
#[derive(Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Statuses, at least one.
    pub statuses: Vec<Availability>,
    /// For each field the values of which one must hold.
    pub fields: Vec<(Field, Vec<String>)>,
    /// For each field the codes of which one must hold, by their systems too.
    pub tokens: Vec<(Field, Vec<Token>)>,
    /// When it was written.
    pub created: Span,
    /// When it was deposited.
    pub deposited: Span,
    /// When the act it speaks of took place; it is enough that the two overlap.
    pub service: Span,
    /// When that act began.
    pub started: Span,
    /// How that act lies to other times.
    pub acts: Vec<(Comparison, Span)>,
}

/// A code as FHIR's token parameters name it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The system it is of, in any of its names; empty: of none; `None`: of any.
    pub system: Option<String>,
    /// The code; `None`: any of the system.
    pub code: Option<String>,
}

/// How an act may lie to a time, as FHIR compares periods. An act without an end ends as it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It lies within.
    Within,
    /// It goes on behind the end.
    Above,
    /// It began before the beginning.
    Below,
    /// It goes on behind the end, or lies within.
    AtLeast,
    /// It began before the beginning, or lies within.
    AtMost,
    /// It began behind the end.
    After,
    /// It was over before the beginning.
    Before,
}

impl Comparison {
    /// Whether an act from one instant to another lies so.
    #[must_use]
    pub fn holds(self, (from, to): (Instant, Instant), span: Span) -> bool {
        let within = span.from <= from && to <= span.to;
        match self {
            Self::Within => within,
            Self::Above => to > span.to,
            Self::Below => from < span.from,
            Self::AtLeast => to > span.to || within,
            Self::AtMost => from < span.from || within,
            Self::After => from > span.to,
            Self::Before => to < span.from,
        }
    }
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            statuses: vec![Availability::Approved],
            fields: Vec::new(),
            tokens: Vec::new(),
            created: Span::ALWAYS,
            deposited: Span::ALWAYS,
            service: Span::ALWAYS,
            started: Span::ALWAYS,
            acts: Vec::new(),
        }
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wanted({} fields)", self.required().count())
    }
}

impl Wanted {
    /// One of these values must stand in `field`, besides what is wanted already.
    pub fn require(&mut self, field: Field, values: Vec<String>) {
        self.fields.push((field, values));
    }

    /// The fields of which something is required.
    pub fn required(&self) -> impl Iterator<Item = Field> + '_ {
        let plain = self.fields.iter().map(|(field, _)| *field);
        plain.chain(self.tokens.iter().map(|(field, _)| *field))
    }
}

/// From an instant to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub from: Instant,
    /// The last instant.
    pub to: Instant,
}

impl Span {
    /// No limit.
    pub const ALWAYS: Self = Self {
        from: Instant::MIN,
        to: Instant::MAX,
    };

    /// No instant.
    pub(crate) const NEVER: Self = Self {
        from: Instant::MAX,
        to: Instant::MIN,
    };

    /// Holds an instant too.
    pub(crate) fn take(&mut self, at: Instant) {
        self.from = self.from.min(at);
        self.to = self.to.max(at);
    }

    /// Whether all of another lies in it.
    pub(crate) fn covers(self, other: Self) -> bool {
        other.is_empty() || (self.contains(other.from) && self.contains(other.to))
    }

    /// Whether the instant lies in it.
    #[must_use]
    pub fn contains(self, at: Instant) -> bool {
        self.from <= at && at <= self.to
    }

    /// Whether no instant lies in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.from > self.to
    }

    /// What lies in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        }
    }
}

/// Metadata that can be asked for and counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Field {
    /// typeCode.
    Type,
    /// classCode.
    Class,
    /// formatCode.
    Format,
    /// healthcareFacilityTypeCode.
    Facility,
    /// practiceSettingCode.
    Practice,
    /// confidentialityCode, and the visibility flags that are set; a document may bear several.
    Confidentiality,
    /// An author's name, or her id when she gives none; a document may have several authors.
    Author,
    /// An author's id.
    AuthorId,
    /// An author's structure's name, or its id.
    Structure,
    /// An author's structure's id.
    StructureId,
    /// The depositor's profession.
    Profession,
    /// uniqueId.
    UniqueId,
    /// entryUUID.
    EntryId,
    /// uniqueId, entryUUID or logicalId, whichever it is.
    Identifier,
    /// A code of eventCodeList; a document may hold several.
    Event,
    /// An id of referenceIdList; a document may hold several.
    Reference,
}

impl Field {
    /// Fields of which a document has exactly one value, in the order of [`crate::Record`].
    pub const SINGLE: [Self; 8] = [
        Self::Type,
        Self::Class,
        Self::Format,
        Self::Facility,
        Self::Practice,
        Self::Profession,
        Self::UniqueId,
        Self::EntryId,
    ];

    /// Fields of which a document may have several values, or none.
    pub const LISTED: [Self; 7] = [
        Self::Confidentiality,
        Self::Author,
        Self::AuthorId,
        Self::Structure,
        Self::StructureId,
        Self::Event,
        Self::Reference,
    ];

    /// Its name in JSON, and in what is counted by it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Class => "class",
            Self::Format => "format",
            Self::Facility => "facility",
            Self::Practice => "practice",
            Self::Confidentiality => "confidentiality",
            Self::Author => "author",
            Self::AuthorId => "author_id",
            Self::Structure => "structure",
            Self::StructureId => "structure_id",
            Self::Profession => "profession",
            Self::UniqueId => "unique_id",
            Self::EntryId => "entry_id",
            Self::Identifier => "identifier",
            Self::Event => "event",
            Self::Reference => "reference",
        }
    }

    /// The field of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let single = Self::SINGLE.into_iter().chain(Self::LISTED);
        let mut all = single.chain([Self::Identifier]);
        all.find(|field| field.name() == name)
    }

    /// Whether it may name one document and no other.
    #[must_use]
    pub const fn names_documents(self) -> bool {
        matches!(
            self,
            Self::UniqueId | Self::EntryId | Self::Identifier | Self::Reference
        )
    }
}

/// In what order answers come. Ties are broken by date, then by the document's random id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What says it best first.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What documents are counted by.
#[derive(Clone, PartialEq, Eq)]
pub enum Facet {
    /// The values of a field.
    Field(Field),
    /// The year they were written in.
    Year,
    /// Groups of a field's values that the host has defined.
    Groups(Arc<Grouping>),
}

impl Facet {
    /// What the counts are called in an answer.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Field(field) => field.name(),
            Self::Year => "year",
            Self::Groups(grouping) => &grouping.name,
        }
    }
}

/// Groups of a field's values.
#[derive(Clone, PartialEq, Eq)]
pub struct Grouping {
    /// What the counts are called.
    pub name: String,
    /// Which field.
    pub field: Field,
    /// Each group's name and its values; a value may stand in several groups.
    pub groups: Vec<(String, Vec<String>)>,
    /// The name of the group of all other values; without one they are not counted.
    pub rest: Option<String>,
}

/// The step of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Years.
    Year,
    /// Months.
    Month,
    /// Days.
    Day,
}

/// Where an answer stands in the order; made of what the answer shows and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its score.
    pub score: u64,
    /// When it was written.
    pub created: Instant,
    /// Its random id.
    pub document: base::DocumentId,
}
