//! `history`: who did what in a dossier, as far as its reader may know.
//!
//! Invariants: each trace passes the reader's own rules at the moment of reading; a trace of
//! documents hidden from her does not name them, and one that speaks of nothing else is not
//! there; a representative never learns of a secret session.

use crate::answer::HistoryLine;
use crate::ask::Matricule;
use crate::core::View;
use crate::error::{Error, Result};
use crate::facts;
use crate::recorder::{Recorder, slot};
use crate::session::{Entered, Session};
use base::{DocumentId, Flags};
use journal::{Act, Entry, Log, Secrecy, Trace, Verb, Words};
use policy::{Action, Cleared, TraceFacts};
use std::ops::ControlFlow;

impl Session {
    /// The traces of a dossier that the session may read, newest first.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when there is no such dossier or the session may not read its
    /// traces.
    pub fn history(&self, patient: &Matricule) -> Result<Vec<HistoryLine>> {
        let view = self.shared.core.view()?;
        let entered = self.enter(&view, patient, Verb::History)?;
        if !entered.lens.may(Action::History).is_allowed() {
            self.record_denial(&view, &entered, Verb::History, None)?;
            return Err(Error::refused());
        }
        let mut lines = Vec::new();
        for (index, entry) in chain(&view, &entered)? {
            lines.extend(self.line_of(&view, &entered, index, &entry)?);
        }
        let cleared = Cleared::gathered(lines);
        let act = Act::Accessed {
            verb: Verb::History,
            documents: Vec::new(),
        };
        let proof = self.record(&view, &[self.line(&entered, act, None)])?;
        Ok(cleared.release(&proof)?)
    }

    fn line_of(
        &self,
        view: &View,
        entered: &Entered,
        index: u64,
        entry: &Entry,
    ) -> Result<Option<Cleared<HistoryLine>>> {
        let core = &self.shared.core;
        let (rows, keys) = (view.rows(), &view.keys);
        let recorder = Recorder {
            store: core.store,
            rows,
            keys,
            entropy: &*core.entropy,
        };
        let header = entry.header();
        let patient = keys.audit_key(rows, slot(entered.audit.slot)?)?;
        let period = recorder.period_key(header.class, header.hour)?;
        // What no longer opens is past its retention.
        let Ok(trace) = entry.open_trace(core.store, &patient.entry_key(&period)) else {
            return Ok(None);
        };
        let words = entry
            .open_words(core.store, &entered.key)
            .unwrap_or_default();
        let secrecy = if trace.agent.secrecy == Secrecy::Open {
            policy::Secrecy::Open
        } else {
            policy::Secrecy::Secret
        };
        let named = trace.act.documents().to_vec();
        let mut shown = Vec::new();
        for document in &named {
            if self.may_know(entered, secrecy, *document) {
                shown.push(*document);
            }
        }
        if shown.is_empty() && !named.is_empty() {
            return Ok(None);
        }
        let line = written(index, &trace, shown, &words);
        Ok(entered.lens.clear_trace(
            TraceFacts {
                secrecy,
                document: None,
            },
            line,
        ))
    }

    fn may_know(&self, entered: &Entered, secrecy: policy::Secrecy, id: DocumentId) -> bool {
        let dictionary = entered.lens.lens().pack().dictionary();
        let entry = entered.listing.find(id);
        let facts = entry.map(|entry| facts::document(entry, &self.facts, dictionary));
        facts.is_some_and(|facts| {
            let trace = TraceFacts {
                secrecy,
                document: Some(&facts),
            };
            entered.lens.sees_trace(trace).is_allowed()
        })
    }
}

/// The entries of a dossier's chain, newest first.
fn chain(view: &View, entered: &Entered) -> Result<Vec<(u64, Entry)>> {
    let log = Log::open(view.rows())?;
    let mut entries = Vec::new();
    log.history(
        view.rows(),
        entered.audit.handle,
        None,
        &mut |index, entry| {
            entries.push((index, entry.clone()));
            ControlFlow::Continue(())
        },
    )?;
    Ok(entries)
}

fn written(index: u64, trace: &Trace, documents: Vec<DocumentId>, words: &Words) -> HistoryLine {
    HistoryLine {
        at: trace.at,
        what: trace.act.kind().code().to_owned(),
        actor: trace.agent.actor.clone(),
        profession: trace.agent.profession.clone(),
        structure: trace.agent.structure.clone(),
        purpose: trace.agent.purpose.code().to_owned(),
        permitted: trace.decision == journal::Decision::Permit,
        documents,
        detail: detail(&trace.act, words),
        entry: index,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a room may learn new acts")]
fn detail(act: &Act, words: &Words) -> String {
    let codes = |flags: Flags| flags.codes().collect::<Vec<_>>().join("+");
    match act {
        Act::Flagged { before, after, .. } => {
            format!("flags [{}] -> [{}]", codes(*before), codes(*after))
        }
        Act::StatusSet { before, after, .. } => format!("status {before} -> {after}"),
        Act::Consented {
            matter,
            before,
            after,
        } => format!("{matter}: {before} -> {after}"),
        Act::Related {
            relation,
            change,
            party,
            ..
        } => format!("{relation} {change}: {party}"),
        Act::DossierChanged { change } => change.to_string(),
        Act::BrokeGlass => format!("motive: {}", words.motive),
        _ => String::new(),
    }
}
