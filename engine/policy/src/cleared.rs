//! The only form in which content leaves the engine.
//!
//! For: binding a value to the decision that allowed it and to the trace that must name it.
//! Invariants: a [`Cleared`] is made here only, after the lens allowed exactly its subject; it
//! is neither `Clone` nor readable; it opens for a proof that names every subject it holds.

use crate::facts::DocumentFacts;
use crate::lens::{DossierLens, Gate, Lens, Reach};
use base::{SessionId, limit};
use journal::{Recorded, Strength, Subject};
use thiserror::Error;

/// A value the rules allow this session to have, once its trace is recorded.
///
/// Releasing it is all that compiles:
///
/// ```
/// fn out(
///     cleared: policy::Cleared<String>,
///     proof: &journal::Recorded<journal::Durable>,
/// ) -> Option<String> {
///     cleared.release(proof).ok()
/// }
/// ```
///
/// It cannot be released twice,
///
/// ```compile_fail,E0382
/// fn out(
///     cleared: policy::Cleared<String>,
///     proof: &journal::Recorded<journal::Durable>,
/// ) -> Option<String> {
///     let _ = cleared.release(proof);
///     cleared.release(proof).ok()
/// }
/// ```
///
/// nor without a proof,
///
/// ```compile_fail,E0061
/// fn out(cleared: policy::Cleared<String>) -> Option<String> {
///     cleared.release().ok()
/// }
/// ```
///
/// nor for a trace that is not yet recorded,
///
/// ```compile_fail,E0308
/// fn out(cleared: policy::Cleared<String>, draft: &journal::Draft) -> Option<String> {
///     cleared.release(draft).ok()
/// }
/// ```
///
/// nor for a proof that the journal did not make,
///
/// ```compile_fail,E0451
/// fn out() -> journal::Recorded<journal::Durable> {
///     journal::Recorded {
///         subjects: Vec::new(),
///         strength: std::marker::PhantomData,
///     }
/// }
/// ```
///
/// nor copied,
///
/// ```compile_fail,E0599
/// fn out(cleared: policy::Cleared<String>) -> [policy::Cleared<String>; 2] {
///     [cleared.clone(), cleared]
/// }
/// ```
///
/// nor read,
///
/// ```compile_fail,E0616
/// fn out(cleared: &policy::Cleared<String>) -> &str {
///     &cleared.value
/// }
/// ```
///
/// nor lent,
///
/// ```compile_fail,E0599
/// fn out(cleared: &policy::Cleared<String>) -> usize {
///     cleared.len()
/// }
/// ```
///
/// nor compared, which would tell of it,
///
/// ```compile_fail,E0369
/// fn out(one: &policy::Cleared<String>, other: &policy::Cleared<String>) -> bool {
///     one == other
/// }
/// ```
///
/// nor printed,
///
/// ```compile_fail,E0277
/// fn out(cleared: &policy::Cleared<String>) -> String {
///     format!("{cleared:?}")
/// }
/// ```
///
/// nor made elsewhere,
///
/// ```compile_fail,E0451
/// fn out(value: String, other: policy::Cleared<String>) -> policy::Cleared<String> {
///     policy::Cleared { value, ..other }
/// }
/// ```
///
/// nor made by what makes it here,
///
/// ```compile_fail,E0624
/// fn out(session: base::SessionId) -> policy::Cleared<Vec<(String, u64)>> {
///     policy::Cleared::aggregate(session, Vec::new())
/// }
/// ```
///
/// nor for subjects of one's own.
///
/// ```compile_fail,E0603
/// fn out(subject: journal::Subject) -> usize {
///     std::mem::size_of_val(&policy::cleared::Subjects::One(subject))
/// }
/// ```
#[must_use = "a cleared value is released against the proof of its trace"]
pub struct Cleared<T> {
    value: T,
    subjects: Subjects,
}

/// The proof does not name what the value is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the trace does not name what would be released")]
pub struct WrongProof;

/// Nearly always one: a list has as many as its documents.
enum Subjects {
    One(Subject),
    Many(Vec<Subject>),
}

impl<T> Cleared<T> {
    /// What a trace must name before the value is released.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        match &self.subjects {
            Subjects::One(subject) => std::slice::from_ref(subject),
            Subjects::Many(subjects) => subjects,
        }
    }

    /// Gives the value out.
    ///
    /// # Errors
    /// [`WrongProof`] when the proof leaves out a subject; the value is dropped.
    pub fn release<S: Strength>(self, proof: &Recorded<S>) -> Result<T, WrongProof> {
        if self.subjects().iter().all(|subject| proof.covers(subject)) {
            Ok(self.value)
        } else {
            Err(WrongProof)
        }
    }

    /// Several values as one, which opens only for a proof that names all their subjects.
    pub fn gathered(cleared: impl IntoIterator<Item = Self>) -> Cleared<Vec<T>> {
        let (mut values, mut subjects) = (Vec::new(), Vec::new());
        for one in cleared {
            subjects.extend_from_slice(one.subjects());
            values.push(one.value);
        }
        subjects.sort_unstable();
        subjects.dedup();
        Cleared {
            value: values,
            subjects: Subjects::Many(subjects),
        }
    }
}

impl DossierLens {
    /// Clears a document's content, if the session sees the document.
    pub fn clear<T>(&self, document: &DocumentFacts, content: T) -> Option<Cleared<T>> {
        let subject = Subject::Document(self.dossier().dossier, document.document);
        let cleared = || Cleared {
            value: content,
            subjects: Subjects::One(subject),
        };
        self.lets_out(document).then(cleared)
    }

    /// Clears a document's metadata, if the session sees the document.
    pub fn clear_entry<T>(&self, document: &DocumentFacts, entry: T) -> Option<Cleared<T>> {
        self.lets_out(document).then(|| self.of_dossier(entry))
    }

    /// Clears what is said of the dossier as a whole, if its gate is open.
    pub fn clear_dossier<T>(&self, answer: T) -> Option<Cleared<T>> {
        (self.gate() == Gate::Open).then(|| self.of_dossier(answer))
    }

    /// Clears a trace left in the dossier, if the session may read it.
    pub fn clear_trace<T>(&self, facts: crate::TraceFacts<'_>, trace: T) -> Option<Cleared<T>> {
        self.sees_trace(facts)
            .is_allowed()
            .then(|| self.of_dossier(trace))
    }

    /// Whether the document is shown, or enters what is counted and listed for whom it is shown to:
    /// the rules show it, and the second opinion, if one is asked, does not keep it back.
    #[must_use]
    pub fn lets_out(&self, document: &DocumentFacts) -> bool {
        self.shows(document) && self.is_seconded(document)
    }

    /// Whether the document enters a number that is given out: the rules count it, and the second
    /// opinion, if one is asked, counts it too.
    #[must_use]
    pub fn lets_count(&self, document: &DocumentFacts) -> bool {
        self.counts(document).is_allowed() && self.is_seconded_in_numbers(document)
    }

    fn of_dossier<T>(&self, value: T) -> Cleared<T> {
        Cleared {
            value,
            subjects: Subjects::One(Subject::Dossier(self.dossier().dossier)),
        }
    }
}

impl Lens {
    /// Clears numbers of documents counted over the actor's own dossiers, each under its key. A
    /// population session is given none: see [`Self::clear_census`].
    pub fn clear_counts<K>(
        &self,
        session: SessionId,
        counts: Vec<(K, u64)>,
    ) -> Option<Cleared<Vec<(K, u64)>>> {
        match self.reach() {
            Reach::Nothing | Reach::OneDossier | Reach::CountsOnly => None,
            Reach::Related(_) => Some(Cleared::aggregate(session, counts)),
        }
    }

    /// Clears numbers of persons for a population session, each under its key: those that can be
    /// told, as [`Persons::told`] tells them.
    pub fn clear_census<K>(
        &self,
        session: SessionId,
        cells: Vec<(K, Persons)>,
    ) -> Option<Cleared<Vec<(K, u64)>>> {
        match self.reach() {
            Reach::Nothing | Reach::OneDossier | Reach::Related(_) => None,
            Reach::CountsOnly => {
                let cells = cells.into_iter();
                let told = cells.filter_map(|(key, persons)| Some((key, persons.told()?)));
                Some(Cleared::aggregate(session, told.collect()))
            }
        }
    }
}

impl<K> Cleared<Vec<(K, u64)>> {
    fn aggregate(session: SessionId, value: Vec<(K, u64)>) -> Self {
        let subjects = Subjects::One(Subject::Aggregate(session));
        Self { value, subjects }
    }
}

/// Persons behind a number, before they are told.
#[derive(Clone, Copy)]
pub struct Persons {
    /// How many different ones.
    pub count: u64,
    /// A random number that belongs to exactly this set of persons: asked again, it is the same;
    /// of a set with one person more or less, it is another.
    pub draw: u64,
}

impl Persons {
    /// The number that can be told: a multiple of the smallest cell, the one below or the one
    /// above, the nearer the likelier; none when that is the smallest cell itself. So nothing is
    /// told of fewer persons than a cell, whether a number is told or which does not turn on any
    /// one person, and what two numbers differ by, or a total and its parts, is no person either.
    #[must_use]
    pub const fn told(self) -> Option<u64> {
        let cell = limit::POPULATION_CELL_MIN;
        let over = self.count % cell;
        let below = self.count - over;
        let told = if self.draw % cell < over {
            below.saturating_add(cell)
        } else {
            below
        };
        if told > cell { Some(told) } else { None }
    }
}

#[cfg(test)]
mod tests;
