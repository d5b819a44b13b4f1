//! `ask`, `search` and `count`: documents that answer a question, among those the session may
//! see.
//!
//! Invariants: what the session may see is made first, by the rules, and the index is asked
//! inside it only; scores, order and counts depend on those documents and the question alone;
//! content and entries are cleared again, one by one, before they leave. What can be wrong with
//! a request is told before anything is looked at; once something was, a search that ends without
//! an answer leaves the trace of one that finds nothing; its time runs from when the verb is
//! called, and whether it has to stop is asked wherever work grows with what is stored.

mod suggest;
mod trail;

use crate::answer::{Answer, Highlight, Hit, Snippet};
use crate::census::Asker;
use crate::core::View;
use crate::error::{Error, Result};
use crate::facts;
use crate::request::{Cursors, SearchRequest, Snippets};
use crate::session::{Entered, Session};
use crate::shown::{Shown, name_the_patient};
use crate::verb::entries::entry_of;
use base::{DocumentSet, DossierNumber};
use index::{Expr, ReferenceStatistics};
use journal::{Pending, Recorded, Verb};
use policy::{Cleared, Lens, Persons, Reach};
use query::{Columns, Found, Plan, Planner, Position, Ranked, Watch, Wish};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Instant as Moment;
use trail::Trail;
pub(super) use trail::parts;

/// An answer that is cleared and recorded.
struct Ready {
    hits: Cleared<Vec<Hit>>,
    counted: Option<Cleared<Vec<trail::CellCount>>>,
    proof: Recorded<Pending>,
    next: Option<String>,
}

/// A question that was answered, before anything of it leaves.
pub(crate) struct Asked {
    pub(crate) plan: Plan,
    pub(crate) found: Found,
}

impl Session {
    /// Answers a question: documents, counts, facets and timeline of one moment.
    ///
    /// # Errors
    /// [`crate::Code::QuerySyntax`] with the place, [`crate::Code::Limit`],
    /// [`crate::Code::Invalid`] for a cursor from elsewhere, [`crate::Code::WrongPurpose`] for a
    /// search across dossiers under a purpose that looks into one, [`crate::Code::Refused`],
    /// [`crate::Code::Cancelled`], [`crate::Code::Late`].
    pub fn ask(&self, request: &SearchRequest) -> Result<Answer> {
        let ready = self.ready(request)?;
        let mut answer = Answer {
            hits: ready.hits.release(&ready.proof)?,
            next: ready.next,
            ..Answer::default()
        };
        if let Some(counted) = ready.counted {
            let counted = counted.release(&ready.proof)?;
            trail::fill(&mut answer, &request.question, counted);
        }
        Ok(answer)
    }

    /// The documents that answer the query, in their order.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn search(&self, request: &SearchRequest) -> Result<Vec<Hit>> {
        let ready = self.ready(request)?;
        Ok(ready.hits.release(&ready.proof)?)
    }

    /// How many documents answer the query; for a population session how many persons, rounded,
    /// and 0 when they are too few to be told of.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn count(&self, request: &SearchRequest) -> Result<u64> {
        let mut request = request.clone().limit(0).counted();
        request.question.facets.clear();
        request.question.timeline = None;
        let ready = self.ready(&request)?;
        let counted = ready.counted.ok_or_else(Error::refused)?;
        let cells = counted.release(&ready.proof)?;
        Ok(cells.first().map_or(0, |(_, count)| *count))
    }

    /// Finds, clears and records what a question is answered with.
    fn ready(&self, request: &SearchRequest) -> Result<Ready> {
        let watch = watch(request);
        request.check()?;
        // A query that cannot be read is told before anything is looked at.
        if !request.question.words.trim().is_empty() {
            query::expression(&request.question.words, None)?;
        }
        let after = self.begun(request)?;
        let view = self.shared.core.searched_view()?;
        let verb = if request.question.limit > 0 {
            Verb::Search
        } else {
            Verb::Count
        };
        if let Some(patient) = &request.patient {
            let entered = self.enter(&view, patient, verb)?;
            let lens = entered.lens.lens().clone();
            let entered = BTreeMap::from([(entered.number, entered)]);
            let trail = self.trail(&lens, request, (verb, watch));
            let ready = self.of_one(&view, &trail, after, &entered);
            return trail.left(&view, &entered, ready);
        }
        let lens = self.lens(self.shared.core.now(&view))?;
        let trail = self.trail(&lens, request, (verb, watch));
        let ready = match lens.reach() {
            Reach::Related(_) => self.of_panel(&view, &trail, after),
            Reach::CountsOnly => {
                let asker = self.may_ask(&view, &request.question, lens.at())?;
                self.census(&view, &trail, asker)
            }
            Reach::Nothing => return Err(Error::refused()),
            Reach::OneDossier => return Err(name_the_patient()),
        };
        trail.left(&view, &BTreeMap::new(), ready)
    }

    /// Answers from the one dossier that was entered.
    fn of_one(
        &self,
        view: &View,
        trail: &Trail<'_>,
        after: Option<Position>,
        entered: &BTreeMap<DossierNumber, Entered>,
    ) -> Result<Ready> {
        let one = entered.values().next();
        let one = one.ok_or(base::Bug::new("a dossier was entered"))?;
        let shown = Shown::of(view, self, one, &trail.request.question);
        let asked = self.run(view, (trail.request, trail.watch), after, &shown.columns)?;
        self.recorded(view, trail, &asked, entered)
    }

    /// Answers from all dossiers of the actor's.
    fn of_panel(&self, view: &View, trail: &Trail<'_>, after: Option<Position>) -> Result<Ready> {
        let (lens, request, watch) = (trail.lens, trail.request, trail.watch);
        let run = |shown: &Shown| self.run(view, (request, watch), after, &shown.columns);
        let asked = if query::finds_nothing(&request.question, request.passes)? {
            run(&Shown::new(view, lens))?
        } else {
            self.with_panel(view, lens, watch, run)?
        };
        let mut entered = BTreeMap::new();
        for number in asked.found.ranked.iter().map(|hit| hit.ordinal.dossier()) {
            watch.go_on()?;
            if let Entry::Vacant(vacant) = entered.entry(number)
                && let Some(dossier) = self.look(view, lens, number)?
            {
                vacant.insert(dossier);
            }
        }
        self.recorded(view, trail, &asked, &entered)
    }

    /// Counts the persons of the population who answer, and records that it was asked.
    fn census(&self, view: &View, trail: &Trail<'_>, asker: Asker) -> Result<Ready> {
        let (lens, request) = (trail.lens, trail.request);
        let counted = self.counted(view, trail);
        if counted.is_err() {
            self.keep_asked(asker)?;
        }
        let cells = counted?;
        let told = cells.iter().filter(|(_, it)| it.told().is_some()).count();
        self.may_be_told(asker, &request.question, (told, lens.at()))?;
        let counted = trail.told(cells)?;
        let proof = self.record(view, &trail.lines(&BTreeMap::new(), &[]))?;
        Ok(Ready {
            hits: Cleared::gathered([]),
            counted,
            proof,
            next: None,
        })
    }

    /// The persons behind each number of a question about the population.
    fn counted(&self, view: &View, trail: &Trail<'_>) -> Result<Vec<(trail::Cell, Persons)>> {
        let (request, watch) = (trail.request, trail.watch);
        let nothing = query::finds_nothing(&request.question, request.passes)?;
        let population = if nothing {
            self.nobody(view, trail.lens)?
        } else {
            self.population(view, trail.lens, watch)?
        };
        let columns = &population.shown.columns;
        let plan = self.plan(view, request, None, columns)?;
        let census = query::census(&plan, columns, &view.searcher, watch)?;
        let persons = |documents: &DocumentSet| population.persons(documents);
        Ok(trail::census_cells(&census, &persons))
    }

    /// Plans and runs a question over what may be shown.
    pub(crate) fn run(
        &self,
        view: &View,
        (request, watch): (&SearchRequest, Watch<'_>),
        after: Option<Position>,
        columns: &Columns,
    ) -> Result<Asked> {
        let plan = self.plan(view, request, after, columns)?;
        let found = query::run(&plan, columns, &view.searcher, watch)?;
        Ok(Asked { plan, found })
    }

    fn plan(
        &self,
        view: &View,
        request: &SearchRequest,
        after: Option<Position>,
        columns: &Columns,
    ) -> Result<Plan> {
        let mut question = request.question.clone();
        question.after = after.or(question.after);
        let planner = Planner {
            searcher: &view.searcher,
            synonyms: Some(Arc::clone(&self.shared.core.synonyms)),
            permitted: columns.len() as u64,
            passes: request.passes,
        };
        Ok(planner.plan(question)?)
    }

    /// Where the answer begins, if a cursor says it.
    pub(crate) fn begun(&self, request: &SearchRequest) -> Result<Option<Position>> {
        let cursor = request.after.as_deref();
        cursor.map(|it| self.cursors(request).read(it)).transpose()
    }

    const fn trail<'a>(
        &'a self,
        lens: &'a Lens,
        request: &'a SearchRequest,
        (verb, watch): (Verb, Watch<'a>),
    ) -> Trail<'a> {
        Trail {
            session: self,
            lens,
            request,
            watch,
            verb,
            counts: request.question.counts(),
        }
    }

    fn cursors(&self, request: &SearchRequest) -> Cursors {
        Cursors::new(self.shared.core.store, self.agent().session, request)
    }

    /// Clears what was found, and records that it leaves.
    fn recorded(
        &self,
        view: &View,
        trail: &Trail<'_>,
        asked: &Asked,
        entered: &BTreeMap<DossierNumber, Entered>,
    ) -> Result<Ready> {
        let (request, Asked { plan, found }) = (trail.request, asked);
        let marked = plan.said().filter(|_| request.snippets == Snippets::Wanted);
        let hits = self.hits((view, trail.watch), entered, marked, &found.ranked)?;
        let counted = trail.cleared(entered.values().next(), trail::cells(found))?;
        let proof = self.record(view, &trail.lines(entered, &found.ranked))?;
        let last = found.ranked.last().filter(|_| found.more);
        Ok(Ready {
            hits,
            counted,
            proof,
            next: last.map(|last| self.cursors(request).write(&last.position())),
        })
    }

    fn hits(
        &self,
        (view, watch): (&View, Watch<'_>),
        dossiers: &BTreeMap<DossierNumber, Entered>,
        said: Option<&Expr>,
        ranked: &[Ranked],
    ) -> Result<Cleared<Vec<Hit>>> {
        let mut cleared = Vec::with_capacity(ranked.len());
        for hit in ranked {
            watch.go_on()?;
            let Some(entered) = dossiers.get(&hit.ordinal.dossier()) else {
                continue;
            };
            let Some(entry) = entered.listing.entry(hit.ordinal.document()) else {
                continue;
            };
            let dictionary = entered.lens.lens().pack().dictionary();
            let facts = facts::document(entry, &self.facts, dictionary);
            let snippet = match said {
                Some(said) => {
                    let text = self.text(view, entered, entry.document(), hit.ordinal)?;
                    snippet(&text, said, &self.shared.core.statistics)
                }
                None => Snippet::default(),
            };
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
}

/// When a request has to stop, from now on.
pub(crate) fn watch(request: &SearchRequest) -> Watch<'_> {
    Watch {
        cancelled: request.cancel.as_deref().map(|wish| wish as &dyn Wish),
        deadline: request.time.map(|time| Moment::now() + time),
    }
}

fn snippet(text: &str, expr: &Expr, statistics: &ReferenceStatistics) -> Snippet {
    let Some(found) = index::snippet(text, expr, SNIPPET_CHARACTERS, statistics) else {
        return Snippet::default();
    };
    let marks = found.highlights.iter();
    let highlights = marks
        .map(|mark| Highlight {
            from: mark.place.start,
            to: mark.place.end,
            said: mark.said,
        })
        .collect();
    Snippet {
        text: found.text,
        highlights,
    }
}

/// Length of a snippet.
const SNIPPET_CHARACTERS: usize = 160;
