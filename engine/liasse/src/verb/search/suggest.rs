//! `complete` and `did_you_mean`: words of documents the session may see.
//!
//! Invariants: a word is proposed only when a document that was cleared holds it, and as that
//! document spells it; the document is named by a trace; whether, which and in what order words
//! are proposed depends on the documents shown alone.

use super::trail::Trail;
use crate::core::View;
use crate::error::{Error, Result};
use crate::facts;
use crate::request::SearchRequest;
use crate::session::{Entered, Session};
use crate::shown::{Shown, name_the_patient};
use base::{DocumentSet, DossierNumber};
use index::{Expr, Filter, Searcher, WordOptions, Wording};
use journal::{Pending, Recorded, Verb};
use policy::{Cleared, Lens, Reach};
use query::syntax::{TypedWord, open_word, typed_words};
use query::{Columns, QueryError, Ranked, Watch};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Words that could stand where one was typed, the best first.
struct Proposal {
    typed: TypedWord,
    wordings: Vec<Wording>,
}

/// Words to stand in the place of typed ones, cleared.
type Words = Cleared<Vec<(TypedWord, String)>>;

/// A look into the documents that a request is about.
type Look<'a> = &'a dyn Fn(&Session, (&Searcher, Watch<'_>), &DocumentSet) -> Result<Vec<Proposal>>;

impl Session {
    /// How the word that the query ends in may go on: at most `most` words of the documents
    /// that the rest of the request is about, those in the most documents first. Empty when the
    /// query does not end in a word.
    ///
    /// # Errors
    /// As [`Self::ask`]; [`crate::Code::QuerySyntax`] when less than two letters are typed.
    pub fn complete(&self, request: &SearchRequest, most: usize) -> Result<Vec<String>> {
        request.check()?;
        let Some(typed) = open_word(&request.question.words) else {
            return Ok(Vec::new());
        };
        let prefix = Expr::prefix(&typed.text, &WordOptions::default());
        let prefix = prefix.map_err(QueryError::from)?;
        let most = most.min(PROPOSED_MAX);
        let look = |_: &Self, (searcher, _): (&Searcher, Watch<'_>), shown: &DocumentSet| {
            let wordings = searcher.wordings(&prefix, Filter::Documents(shown), most)?;
            let typed = typed.clone();
            Ok(vec![Proposal { typed, wordings }])
        };
        let (words, proof) = self.proposed(request, &look)?;
        let words = words.release(&proof)?;
        Ok(words.into_iter().map(|(_, word)| word).collect())
    }

    /// The query with those of its words replaced that no document it is about holds, by the
    /// nearest that one does hold; `None` when there is nothing to replace.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn did_you_mean(&self, request: &SearchRequest) -> Result<Option<String>> {
        request.check()?;
        let words = &request.question.words;
        let typed = typed_words(words).map_err(QueryError::from)?;
        let look =
            |session: &Self, (searcher, watch): (&Searcher, Watch<'_>), shown: &DocumentSet| {
                let mut proposals = Vec::new();
                for word in &typed {
                    watch.go_on()?;
                    proposals.extend(session.nearest(searcher, shown, word)?);
                }
                Ok(proposals)
            };
        let (found, proof) = self.proposed(request, &look)?;
        let found = found.release(&proof)?;
        Ok(replaced(words, found))
    }

    /// What could be meant by a word that no document holds, nor a synonym of it.
    fn nearest(
        &self,
        searcher: &Searcher,
        shown: &DocumentSet,
        word: &TypedWord,
    ) -> Result<Option<Proposal>> {
        let options = WordOptions {
            synonyms: Some(Arc::clone(&self.shared.core.synonyms)),
            ..WordOptions::default()
        };
        let filter = Filter::Documents(shown);
        let as_typed = Expr::all_words(&word.text, &options).map_err(QueryError::from)?;
        if searcher.count(&as_typed, filter)? > 0 {
            return Ok(None);
        }
        let near = Expr::fuzzy(&word.text, &WordOptions::default());
        // What is no single word is spelt as it is meant.
        let Ok(near) = near else {
            return Ok(None);
        };
        let wordings = searcher.wordings(&near, filter, 1)?;
        Ok((!wordings.is_empty()).then(|| Proposal {
            typed: word.clone(),
            wordings,
        }))
    }

    /// Looks among the documents the request is about; clears and records what is proposed.
    fn proposed(
        &self,
        request: &SearchRequest,
        look: Look<'_>,
    ) -> Result<(Words, Recorded<Pending>)> {
        let watch = super::watch(request);
        let view = self.shared.core.searched_view()?;
        let inside = |columns: &Columns| {
            let shown = columns.wanted(&request.question.wanted);
            look(self, (&view.searcher, watch), &shown)
        };
        let trail = |lens| Trail {
            session: self,
            lens,
            request,
            watch,
            verb: Verb::Search,
            counts: false,
        };
        if let Some(patient) = &request.patient {
            let dossier = self.enter(&view, patient, Verb::Search)?;
            let lens = dossier.lens.lens().clone();
            let proposals = inside(&Shown::of(&view, self, &dossier, &request.question).columns);
            let entered = BTreeMap::from([(dossier.number, dossier)]);
            let trail = trail(&lens);
            let recorded =
                proposals.and_then(|it| self.recorded_words(&view, &trail, &entered, &it));
            return trail.left(&view, &entered, recorded);
        }
        let lens = self.lens(self.shared.core.now(&view))?;
        let proposals = match lens.reach() {
            Reach::Related(_) => {
                self.with_panel(&view, &lens, watch, |shown| inside(&shown.columns))
            }
            Reach::Nothing => return Err(Error::refused()),
            Reach::OneDossier | Reach::CountsOnly => return Err(name_the_patient()),
        };
        let trail = trail(&lens);
        let recorded = proposals.and_then(|it| {
            let entered = self.examples((&view, watch), &lens, &it)?;
            self.recorded_words(&view, &trail, &entered, &it)
        });
        trail.left(&view, &BTreeMap::new(), recorded)
    }

    /// Clears what is proposed, and records that it leaves.
    fn recorded_words(
        &self,
        view: &View,
        trail: &Trail<'_>,
        entered: &BTreeMap<DossierNumber, Entered>,
        proposals: &[Proposal],
    ) -> Result<(Words, Recorded<Pending>)> {
        let (words, examples) = self.spelt((view, trail.watch), entered, proposals)?;
        // However little there was to look at.
        trail.watch.go_on()?;
        let proof = self.record(view, &trail.lines(entered, &examples))?;
        Ok((words, proof))
    }

    /// The dossiers whose documents the proposals are taken from.
    fn examples(
        &self,
        (view, watch): (&View, Watch<'_>),
        lens: &Lens,
        proposals: &[Proposal],
    ) -> Result<BTreeMap<DossierNumber, Entered>> {
        let mut entered = BTreeMap::new();
        let wordings = proposals.iter().flat_map(|proposal| &proposal.wordings);
        for number in wordings.map(|wording| wording.example().dossier()) {
            watch.go_on()?;
            if let Entry::Vacant(vacant) = entered.entry(number)
                && let Some(dossier) = self.look(view, lens, number)?
            {
                vacant.insert(dossier);
            }
        }
        Ok(entered)
    }

    /// The words as documents spell them, cleared, and those documents.
    fn spelt(
        &self,
        (view, watch): (&View, Watch<'_>),
        dossiers: &BTreeMap<DossierNumber, Entered>,
        proposals: &[Proposal],
    ) -> Result<(Words, Vec<Ranked>)> {
        let (mut words, mut examples) = (Vec::new(), Vec::new());
        for proposal in proposals {
            for wording in &proposal.wordings {
                watch.go_on()?;
                let ordinal = wording.example();
                let Some(entered) = dossiers.get(&ordinal.dossier()) else {
                    continue;
                };
                let Some(entry) = entered.listing.entry(ordinal.document()) else {
                    continue;
                };
                let body = self.text(view, entered, entry.document(), ordinal)?;
                let text = format!("{}\n{body}", entry.title());
                let Some(word) = wording.spelt_in(&text) else {
                    continue;
                };
                let dictionary = entered.lens.lens().pack().dictionary();
                let facts = facts::document(entry, &self.facts, dictionary);
                let word = (proposal.typed.clone(), word);
                if let Some(word) = entered.lens.clear(&facts, word) {
                    words.push(word);
                    examples.push(Ranked {
                        score: 0,
                        created: entry.created(),
                        document: entry.document(),
                        ordinal,
                    });
                }
            }
        }
        Ok((Cleared::gathered(words), examples))
    }
}

/// A query with words put in the place of typed ones, in their order; `None` without any.
fn replaced(query: &str, words: Vec<(TypedWord, String)>) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    let mut meant = String::new();
    let mut characters = query.chars();
    let mut at = 0;
    for (typed, word) in words {
        meant.extend(characters.by_ref().take(typed.at - at));
        meant.push_str(&word);
        let length = typed.text.chars().count();
        characters.by_ref().take(length).for_each(drop);
        at = typed.at + length;
    }
    meant.extend(characters);
    Some(meant)
}

/// Most words that are proposed at once.
const PROPOSED_MAX: usize = 50;
