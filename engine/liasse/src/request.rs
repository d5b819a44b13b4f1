//! What a host looks for: a question, whose dossier it is about, and how long it may take.
//!
//! For: every face; the text syntax, JSON and FHIR all end in a [`SearchRequest`]. Invariants:
//! limits are syntactic; a cursor goes on in the session and for the question that gave it.

use crate::ask::{Matricule, Statuses};
use crate::error::{Code, Error, Result};
use base::{DocumentId, Instant, SessionId, StoreId, limit};
use query::{Facet, Field, Order, Passes, Position, Question, Recency, Span, Step, Wanted};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use vault::Hasher;

/// What to look for.
#[derive(Clone)]
pub struct SearchRequest {
    /// Only this patient's dossier; without one, all of the actor's (purpose `panel`).
    pub patient: Option<Matricule>,
    /// What is asked of the documents.
    pub question: Question,
    /// Goes on behind the answer that gave this cursor.
    pub after: Option<String>,
    /// How long looking may take; the one limit that depends on more than the question.
    pub time: Option<Duration>,
    /// Set by another thread, it ends the search.
    pub cancel: Option<Arc<AtomicBool>>,
    /// The passes that may change the plan; they change no answer.
    pub passes: Passes,
    /// Whether hits show a part of their text: each opens the document's text.
    pub snippets: Snippets,
}

/// Whether hits show a part of their text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snippets {
    /// The part that answers best.
    #[default]
    Wanted,
    /// None.
    Unwanted,
}

impl SearchRequest {
    /// Looks for `query`, in the syntax of `docs/search.md`, in all of the actor's dossiers;
    /// the ten that say it best.
    #[must_use]
    pub fn new(query: &str) -> Self {
        let question = Question {
            words: query.to_owned(),
            limit: 10,
            ..Question::default()
        };
        Self::asking(question)
    }

    /// Asks a question of all of the actor's dossiers.
    #[must_use]
    pub const fn asking(question: Question) -> Self {
        Self {
            patient: None,
            question,
            after: None,
            time: None,
            cancel: None,
            passes: Passes::ALL,
            snippets: Snippets::Wanted,
        }
    }

    /// A question in JSON; `docs/search.md` gives its form.
    ///
    /// # Errors
    /// [`Code::Invalid`] with the place or the field.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::written(query::json(text)?)
    }

    /// The FHIR search string of `DocumentReference` (IHE MHD ITI-67, French PDSm).
    ///
    /// # Errors
    /// [`Code::Invalid`] names the parameter.
    pub fn from_fhir(text: &str) -> Result<Self> {
        Self::written(query::fhir(text)?)
    }

    /// The first search of a consultation: approved documents of acts that began in the last two
    /// years (serviceStartTime), the newest document first.
    #[must_use]
    pub fn recent(patient: Matricule, now: Instant) -> Self {
        let mut request = Self::new("").of(patient).limit(limit::ANSWERS_MAX);
        request.question.order = Order::Newest;
        request.question.wanted.started.from = now.plus_months(-RECENT_MONTHS);
        request
    }

    /// The vaccinations of a patient, whatever their date.
    #[must_use]
    pub fn vaccinations(patient: Matricule) -> Self {
        let mut request = Self::new("").of(patient).limit(limit::ANSWERS_MAX);
        request.question.order = Order::Newest;
        let types = VACCINATION_TYPES.map(str::to_owned).to_vec();
        request.require(Field::Type, types)
    }

    /// The same, in one patient's dossier.
    #[must_use]
    pub fn of(mut self, patient: Matricule) -> Self {
        self.patient = Some(patient);
        self
    }

    /// The same, with at most `limit` hits.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.question.limit = limit;
        self
    }

    /// The same, of documents of these statuses.
    #[must_use]
    pub fn statuses(mut self, statuses: Statuses) -> Self {
        self.question.wanted.statuses = statuses.listed().to_vec();
        self
    }

    /// The same, where a field holds one of these values.
    #[must_use]
    pub fn require(mut self, field: Field, values: Vec<String>) -> Self {
        self.question.wanted.require(field, values);
        self
    }

    /// The same, whatever this field holds: takes a preset's or a user's filter away.
    #[must_use]
    pub fn any(mut self, field: Field) -> Self {
        let wanted = &mut self.question.wanted;
        wanted.fields.retain(|(held, _)| *held != field);
        wanted.tokens.retain(|(held, _)| *held != field);
        self
    }

    /// The same, of documents written in a span.
    #[must_use]
    pub const fn created(mut self, span: Span) -> Self {
        self.question.wanted.created = span;
        self
    }

    /// The same, of documents of acts that began in a span.
    #[must_use]
    pub const fn started(mut self, span: Span) -> Self {
        self.question.wanted.started = span;
        self
    }

    /// The same in another order.
    #[must_use]
    pub const fn order(mut self, order: Order) -> Self {
        self.question.order = order;
        self
    }

    /// The same, where documents of a type weigh so many percent: 100 changes nothing.
    #[must_use]
    pub fn boost_type(mut self, code: &str, percent: u32) -> Self {
        self.question.boosts.types.push((code.to_owned(), percent));
        self
    }

    /// The same, where recent documents weigh more.
    #[must_use]
    pub const fn boost_recent(mut self, recency: Recency) -> Self {
        self.question.boosts.recency = Some(recency);
        self
    }

    /// The same with the number of all documents that answer.
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.question.total = true;
        self
    }

    /// The same, counted by a facet too.
    #[must_use]
    pub fn facet(mut self, facet: Facet) -> Self {
        self.question.facets.push(facet);
        self
    }

    /// The same, counted over time too.
    #[must_use]
    pub const fn timeline(mut self, step: Step) -> Self {
        self.question.timeline = Some(step);
        self
    }

    /// The same, with entries and scores alone: no document's text is opened.
    #[must_use]
    pub const fn without_snippets(mut self) -> Self {
        self.snippets = Snippets::Unwanted;
        self
    }

    /// The same from behind the answer that gave this cursor.
    #[must_use]
    pub fn after(mut self, cursor: &str) -> Self {
        self.after = Some(cursor.to_owned());
        self
    }

    fn written(written: query::Written) -> Result<Self> {
        let mut request = Self::asking(written.question);
        request.patient = written
            .patient
            .map(|text| text.parse::<Matricule>())
            .transpose()?;
        request.after = written.after;
        Ok(request)
    }

    /// What is wrong with it, whatever is stored.
    pub(crate) fn check(&self) -> Result<()> {
        let question = &self.question;
        // Blanks count: a trace keeps the words as they were typed.
        if question.words.len() > limit::QUERY_BYTES_MAX {
            return Err(Error::new(
                Code::Limit,
                format!(
                    "the words are too long: at most {} bytes",
                    limit::QUERY_BYTES_MAX
                ),
                "ask for fewer words",
            ));
        }
        let wanted = &question.wanted;
        let values = wanted.fields.iter().map(|(_, values)| values.len());
        let tokens = wanted.tokens.iter().map(|(_, tokens)| tokens.len());
        let values: usize = values.chain(tokens).chain([wanted.acts.len()]).sum();
        let boosts = &question.boosts;
        for (asked, most, what) in [
            (question.limit, limit::ANSWERS_MAX, "documents"),
            (question.facets.len(), limit::FACETS_MAX, "facets"),
            (values, limit::FILTER_VALUES_MAX, "values of fields"),
            (
                boosts.types.len(),
                limit::FILTER_VALUES_MAX,
                "types that are boosted",
            ),
        ] {
            if asked > most {
                return Err(Error::new(
                    Code::Limit,
                    format!("at most {most} {what} can be asked for"),
                    "ask for fewer",
                ));
            }
        }
        let types = boosts.types.iter().map(|(_, percent)| *percent);
        let recency = boosts.recency.map(|recency| recency.percent);
        if types.chain(recency).max() > Some(limit::BOOST_PERCENT_MAX) {
            let most = limit::BOOST_PERCENT_MAX;
            return Err(Error::new(
                Code::Limit,
                format!("a boost is at most {most} percent"),
                "boost less",
            ));
        }
        Ok(())
    }
}

/// What a cursor is bound to of what the metadata must say.
fn bind(hasher: &mut Hasher, wanted: &Wanted) {
    for (field, values) in &wanted.fields {
        hasher.part(field.name().as_bytes());
        values
            .iter()
            .for_each(|value| hasher.part(value.as_bytes()));
    }
    for (field, tokens) in &wanted.tokens {
        hasher.part(b"tokens");
        hasher.part(field.name().as_bytes());
        for part in tokens.iter().flat_map(|it| [&it.system, &it.code]) {
            hasher.part(&[u8::from(part.is_some())]);
            hasher.part(part.as_deref().unwrap_or_default().as_bytes());
        }
    }
    for (how, _) in &wanted.acts {
        hasher.part(&[*how as u8]);
    }
    let spans = [
        wanted.created,
        wanted.deposited,
        wanted.service,
        wanted.started,
    ];
    let acts = wanted.acts.iter().map(|(_, span)| *span);
    for span in spans.into_iter().chain(acts) {
        hasher.part(&span.from.millis().to_le_bytes());
        hasher.part(&span.to.millis().to_le_bytes());
    }
}

/// Makes and reads the cursors of one session and question.
pub(crate) struct Cursors {
    binding: [u8; BINDING_BYTES],
}

impl Cursors {
    pub(crate) fn new(store: StoreId, session: SessionId, request: &SearchRequest) -> Self {
        let question = &request.question;
        let mut hasher = Hasher::new("liasse cursor v1");
        hasher.part(store.as_bytes());
        hasher.part(session.as_bytes());
        let patient = request.patient.as_ref().map(Matricule::text);
        hasher.part(patient.unwrap_or_default().as_bytes());
        hasher.part(question.words.as_bytes());
        let wanted = &question.wanted;
        for status in &wanted.statuses {
            hasher.part(status.code().as_bytes());
        }
        bind(&mut hasher, wanted);
        hasher.part(&[question.order as u8]);
        if let Some(recency) = &question.boosts.recency {
            hasher.part(&recency.at.millis().to_le_bytes());
            hasher.part(&recency.percent.to_le_bytes());
            hasher.part(&recency.half_days.to_le_bytes());
        }
        for (code, percent) in &question.boosts.types {
            hasher.part(code.as_bytes());
            hasher.part(&percent.to_le_bytes());
        }
        let digest = hasher.finish();
        let mut binding = [0; BINDING_BYTES];
        binding.copy_from_slice(&digest.as_bytes()[..BINDING_BYTES]);
        Self { binding }
    }

    /// The cursor of a position.
    pub(crate) fn write(&self, at: &Position) -> String {
        let mut bytes = self.binding.to_vec();
        bytes.extend(at.score.to_be_bytes());
        bytes.extend(at.created.millis().to_be_bytes());
        bytes.extend(at.document.as_bytes());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The position of a cursor.
    pub(crate) fn read(&self, text: &str) -> Result<Position> {
        let bytes = unhex(text).ok_or_else(foreign)?;
        let mut cursor = base::Cursor::new(&bytes);
        let mut parts = || -> Option<([u8; BINDING_BYTES], Position)> {
            let binding = cursor.array().ok()?;
            let score = u64::from_be_bytes(cursor.array().ok()?);
            let created = i64::from_be_bytes(cursor.array().ok()?);
            let document = DocumentId::from_bytes(cursor.array().ok()?);
            cursor.clone().finish().ok()?;
            let position = Position {
                score,
                created: Instant::from_millis(created),
                document,
            };
            Some((binding, position))
        };
        match parts() {
            Some((binding, position)) if binding == self.binding => Ok(position),
            Some(_) | None => Err(foreign()),
        }
    }
}

/// The bytes of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|it| it.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

fn foreign() -> Error {
    Error::new(
        Code::Invalid,
        "the cursor belongs to another store, session or question",
        "ask for the first page again",
    )
}

/// Bytes that bind a cursor to its store, session and question.
const BINDING_BYTES: usize = 16;
/// How far back the first search of a consultation looks.
const RECENT_MONTHS: i64 = 24;
/// Documents that speak of vaccinations: their history (typeCode, LOINC) and the DMP's notes.
const VACCINATION_TYPES: [&str; 2] = ["11369-6", "87273-9"];

#[cfg(test)]
mod tests;
