//! What is told to the host's metrics and traces while the engine runs.
//!
//! For: the facades `metrics` and `tracing`; without a recorder or a subscriber of the host's
//! they cost next to nothing. Not for: the journal, which is what proves who did what.
//! Invariant (P5): a label or a field is a fixed word of ours or a number, never what a caller
//! gave or the store holds: no patient, actor, structure, document, query or place.

use crate::answer::Outcome;
use crate::error::{Class, Error};
use base::Purpose;
use journal::Verb;
use metrics::{counter, gauge, histogram};
use std::time::Instant;

/// A verb asked to enter a dossier, and was let in or not.
pub(crate) fn request<T>(verb: Verb, purpose: Purpose, answer: &Result<T, Error>) {
    let labels = [
        ("verb", verb.code()),
        ("purpose", purpose.code()),
        ("answer", answered(answer)),
    ];
    counter!("liasse_requests_total", &labels).increment(1);
}

/// Deposits that were decided on and are counted once it is known what became of them; dropped
/// before, they failed with their commit.
pub(crate) struct UnderWay {
    outcomes: Vec<Outcome>,
}

impl UnderWay {
    /// Those that a group took; what was refused is counted at once.
    pub(crate) fn decided<T>(
        answer: &Result<Result<T, Error>, Error>,
        outcomes: impl Fn(&T) -> Vec<Outcome>,
    ) -> Self {
        let outcomes = match answer {
            Ok(Ok(taken)) => outcomes(taken),
            Ok(Err(error)) | Err(error) => {
                deposited(class(error));
                Vec::new()
            }
        };
        Self { outcomes }
    }

    /// Their commit is durable.
    pub(crate) fn durable(mut self) {
        for outcome in std::mem::take(&mut self.outcomes) {
            deposited(match outcome {
                Outcome::Kept => "kept",
                Outcome::AlreadyPresent => "present",
            });
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        for _ in &self.outcomes {
            deposited("environment");
        }
    }
}

fn deposited(answer: &'static str) {
    counter!("liasse_deposits_total", "answer" => answer).increment(1);
}

/// A group was committed, or failed; `since` it was sent off.
pub(crate) fn commit<T>(works: usize, traces: usize, since: Instant, outcome: &Result<T, Error>) {
    counter!("liasse_commits_total", "answer" => answered(outcome)).increment(1);
    histogram!("liasse_commit_seconds").record(since.elapsed().as_secs_f64());
    histogram!("liasse_commit_works").record(as_float(works));
    histogram!("liasse_commit_traces").record(as_float(traces));
}

/// How much waits: bytes of documents for their commit, documents in the index's tail.
pub(crate) fn waiting(bytes: usize, tail: usize) {
    gauge!("liasse_waiting_bytes").set(as_float(bytes));
    gauge!("liasse_tail_documents").set(as_float(tail));
}

/// A segment of the index was written, or several were merged.
pub(crate) fn index(work: &'static str) {
    counter!("liasse_index_segments_total", "work" => work).increment(1);
}

/// A batch of erasures has its receipts.
pub(crate) fn erased(dossiers: usize) {
    counter!("liasse_erasures_total").increment(dossiers as u64);
}

/// Traces were lost with a commit that failed.
pub(crate) fn traces_lost(traces: usize) {
    counter!("liasse_traces_lost_total").increment(traces as u64);
}

fn answered<T>(answer: &Result<T, Error>) -> &'static str {
    answer.as_ref().err().map_or("given", class)
}

/// Who must act, in a word.
fn class(error: &Error) -> &'static str {
    match error.class() {
        Class::Refused => "refused",
        Class::Misuse => "misuse",
        Class::Retry => "retry",
        Class::Environment => "environment",
        Class::Corrupt => "corrupt",
        Class::Bug => "bug",
    }
}

fn as_float(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests;
