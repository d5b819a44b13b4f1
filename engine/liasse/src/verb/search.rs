//! `search` and `count`: documents that say these words, among those the session may see.
//!
//! Invariants: the permitted set is made first, by the rules, and the index looks inside it
//! only; scores and order depend on the documents shown and the query alone.

use crate::answer::{Hit, Snippet};
use crate::ask::SearchRequest;
use crate::core::View;
use crate::error::{Code, Error, Result};
use crate::facts;
use crate::recorder::{AuditPlace, Line, STORE_SLOT, trace_of_store};
use crate::session::{Entered, Session, pack};
use crate::verb::entries::entry_of;
use base::{AuditHandle, DocumentId, DocumentSet, DossierNumber, Ordinal, limit};
use index::{Expr, ReferenceStatistics};
use journal::{Act, Verb, Words};
use policy::{Cleared, Lens, Reach};
use query::{Ranked, TopK};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a search looks at.
struct Field {
    lens: Lens,
    dossiers: BTreeMap<DossierNumber, Entered>,
    permitted: DocumentSet,
    breadth: Breadth,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Breadth {
    OneDossier,
    Panel,
}

impl Session {
    /// The documents that answer the query best, best first.
    ///
    /// # Errors
    /// [`Code::QuerySyntax`] with the place, [`Code::WrongPurpose`] for a search across
    /// dossiers under a purpose that looks into one, [`Code::Refused`].
    pub fn search(&self, request: &SearchRequest) -> Result<Vec<Hit>> {
        let expr = self.expression(request)?;
        let view = self.shared.core.view()?;
        let field = self.field(&view, request, Verb::Search)?;
        let mut top = TopK::new(request.limit);
        let filter = index::Filter::Documents(&field.permitted);
        let scores = index::Scores::Wanted;
        view.searcher
            .search(&expr, filter, scores, &mut |ordinal, score| {
                if let Some(key) = field.key(ordinal) {
                    top.offer(Ranked {
                        score,
                        created: key.0,
                        document: key.1,
                        ordinal,
                    });
                }
                ControlFlow::Continue(())
            })?;
        let ranked = top.into_sorted();
        let cleared = self.hits(&view, &field, &expr, &ranked)?;
        let proof = self.record(&view, &self.query_lines(&field, &ranked, request))?;
        Ok(cleared.release(&proof)?)
    }

    /// How many documents answer the query.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn count(&self, request: &SearchRequest) -> Result<u64> {
        let expr = self.expression(request)?;
        let view = self.shared.core.view()?;
        let field = self.field(&view, request, Verb::Count)?;
        let filter = index::Filter::Documents(&field.permitted);
        let count = view.searcher.count(&expr, filter)?;
        match field.dossiers.values().next() {
            Some(entered) if field.breadth == Breadth::OneDossier => {
                let cleared = entered
                    .lens
                    .clear_dossier(count)
                    .ok_or_else(Error::refused)?;
                let act = Act::Accessed {
                    verb: Verb::Count,
                    documents: Vec::new(),
                };
                let words = words(request);
                let proof = self.record(&view, &[self.line(entered, act, Some(words))])?;
                Ok(cleared.release(&proof)?)
            }
            Some(_) | None => self.count_panel(&view, &field, request, count),
        }
    }

    fn count_panel(
        &self,
        view: &View,
        field: &Field,
        request: &SearchRequest,
        count: u64,
    ) -> Result<u64> {
        let session = self.agent().session;
        let cleared = field.lens.clear_counts(session, vec![((), count)]);
        let cleared = cleared.ok_or_else(Error::refused)?;
        let act = Act::Counted {
            verb: Verb::Count,
            question: request.query.clone(),
        };
        let trace = trace_of_store(field.lens.at(), self.agent(), &pack(&field.lens), act);
        let handle = AuditHandle::from_bytes(*self.shared.core.store.as_bytes());
        let place = AuditPlace {
            handle,
            slot: STORE_SLOT,
        };
        let proof = self.record(
            view,
            &[Line {
                place,
                trace,
                words: None,
            }],
        )?;
        Ok(cleared
            .release(&proof)?
            .first()
            .map_or(0, |(_, count)| *count))
    }

    pub(crate) fn expression(&self, request: &SearchRequest) -> Result<Expr> {
        if request.limit > limit::ANSWERS_MAX {
            return Err(Error::new(
                Code::Limit,
                format!("at most {} documents can be asked for", limit::ANSWERS_MAX),
                "ask for fewer",
            ));
        }
        let synonyms = Some(Arc::clone(&self.shared.core.synonyms));
        Ok(query::expression(&request.query, synonyms)?)
    }

    /// The dossiers a request looks at, and the documents of them the session may see.
    fn field(&self, view: &View, request: &SearchRequest, verb: Verb) -> Result<Field> {
        let (lens, entered, breadth) = match &request.patient {
            Some(patient) => {
                let entered = self.enter(view, patient, verb)?;
                (
                    entered.lens.lens().clone(),
                    vec![entered],
                    Breadth::OneDossier,
                )
            }
            None => {
                let lens = self.lens(self.shared.core.now(view))?;
                match lens.reach() {
                    Reach::Related(_) => {}
                    Reach::Nothing => return Err(Error::refused()),
                    Reach::OneDossier | Reach::CountsOnly => return Err(name_the_patient()),
                }
                let entered = self.panel(view, &lens)?;
                (lens, entered, Breadth::Panel)
            }
        };
        let mut permitted = DocumentSet::new();
        for dossier in &entered {
            for (entry, facts) in self.wanted(dossier, request.statuses) {
                if dossier.lens.shows(&facts) {
                    permitted.insert(dossier.number.ordinal(entry.number()));
                }
            }
        }
        let dossiers = entered
            .into_iter()
            .map(|dossier| (dossier.number, dossier))
            .collect();
        Ok(Field {
            lens,
            dossiers,
            permitted,
            breadth,
        })
    }

    fn hits(
        &self,
        view: &View,
        field: &Field,
        expr: &Expr,
        ranked: &[Ranked],
    ) -> Result<Cleared<Vec<Hit>>> {
        let mut cleared = Vec::with_capacity(ranked.len());
        for hit in ranked {
            let Some(entered) = field.dossiers.get(&hit.ordinal.dossier()) else {
                continue;
            };
            let Some(entry) = entered.listing.entry(hit.ordinal.document()) else {
                continue;
            };
            let dictionary = entered.lens.lens().pack().dictionary();
            let facts = facts::document(entry, &self.facts, dictionary);
            let text = self.text(view, entered, entry.document(), hit.ordinal)?;
            let snippet = snippet(&text, expr);
            let entry = entry_of(entry, entered.id);
            let hit = Hit {
                entry,
                score: hit.score,
                snippet,
            };
            cleared.extend(entered.lens.clear(&facts, hit));
        }
        Ok(Cleared::gathered(cleared))
    }

    /// One trace for each dossier in the answer; for one dossier also when nothing answers.
    fn query_lines<'a>(
        &self,
        field: &'a Field,
        ranked: &[Ranked],
        request: &SearchRequest,
    ) -> Vec<Line<'a>> {
        let mut shown: BTreeMap<DossierNumber, Vec<DocumentId>> = BTreeMap::new();
        if field.breadth == Breadth::OneDossier {
            shown.extend(field.dossiers.keys().map(|number| (*number, Vec::new())));
        }
        for hit in ranked {
            shown
                .entry(hit.ordinal.dossier())
                .or_default()
                .push(hit.document);
        }
        let mut lines = Vec::new();
        for (number, documents) in shown {
            let Some(entered) = field.dossiers.get(&number) else {
                continue;
            };
            for documents in parts(documents) {
                let verb = Verb::Search;
                let act = Act::Queried { verb, documents };
                lines.push(self.line(entered, act, Some(words(request))));
            }
        }
        lines
    }
}

impl Field {
    /// What ties are broken by: the document's date and id.
    fn key(&self, ordinal: Ordinal) -> Option<(base::Instant, DocumentId)> {
        let entered = self.dossiers.get(&ordinal.dossier())?;
        let entry = entered.listing.entry(ordinal.document())?;
        Some((entry.created(), entry.document()))
    }
}

/// The documents in parts that one trace each can name; no documents are one part.
fn parts(mut documents: Vec<DocumentId>) -> Vec<Vec<DocumentId>> {
    let mut parts = Vec::new();
    while documents.len() > limit::TRACE_DOCUMENTS_MAX {
        let rest = documents.split_off(limit::TRACE_DOCUMENTS_MAX);
        parts.push(std::mem::replace(&mut documents, rest));
    }
    parts.push(documents);
    parts
}

fn words(request: &SearchRequest) -> Words {
    Words {
        query: request.query.clone(),
        motive: String::new(),
    }
}

fn name_the_patient() -> Error {
    Error::new(
        Code::WrongPurpose,
        "this purpose looks into one dossier",
        "name the patient, or ask with purpose panel",
    )
}

fn snippet(text: &str, expr: &Expr) -> Snippet {
    let statistics = ReferenceStatistics::built_in();
    let Some(found) = index::snippet(text, expr, SNIPPET_CHARACTERS, &statistics) else {
        return Snippet::default();
    };
    let marks = found.highlights.iter();
    let highlights = marks
        .map(|mark| (mark.place.start, mark.place.end))
        .collect();
    Snippet {
        text: found.text,
        highlights,
    }
}

/// Length of a snippet.
const SNIPPET_CHARACTERS: usize = 160;

#[cfg(test)]
mod tests;
