//! `explain`: which rules a session is under; `explain_plan`: how a search of hers was done, for
//! whoever runs the store.
//!
//! Invariants: no count, and nothing of the plan that goes by what is stored, is told to anybody:
//! it speaks of what is hidden, and an operator could spell a dossier out by it, word for word. An
//! operator is told, under purpose `audit`, what the question alone makes of the plan, what a
//! published table expects of it, and, coarsely, how long each part of a search over many dossiers
//! took; the words she tries are recorded before they are looked for.

use crate::answer::{Explanation, Work};
use crate::ask::SessionRequest;
use crate::core::View;
use crate::error::{Code, Error, Result};
use crate::recorder::{AuditPlace, Line, trace_of_store};
use crate::request::SearchRequest;
use crate::session::{Session, pack};
use crate::shown::{Shown, name_the_patient};
use crate::verb::search::watch;
use base::Purpose;
use index::Expr;
use journal::{Act, Decision, Verb};
use policy::{Lens, Reach};
use query::Profile;
use std::sync::Arc;
use std::time::Instant as Moment;

impl Session {
    /// The rules this session is under; with a search of one dossier, those for that dossier.
    ///
    /// # Errors
    /// As [`Self::search`], when there is one.
    pub fn explain(&self, search: Option<&SearchRequest>) -> Result<Explanation> {
        let view = self.shared.core.searched_view()?;
        let lens = self.lens(self.shared.core.now(&view))?;
        let mut plan = Vec::new();
        if let Some(search) = search {
            search.check()?;
            if !search.question.words.trim().is_empty() {
                query::expression(&search.question.words, None)?;
            }
            plan.push("read the rules of the session".to_owned());
            plan.push(
                match search.patient {
                    Some(_) => "enter the dossier by them, and take the documents they show",
                    None => "enter the actor's dossiers by them, and take the documents they show",
                }
                .to_owned(),
            );
            plan.push("look for the words in these documents and no others".to_owned());
            plan.push("order by score, then date, then id".to_owned());
        }
        let (name, text) = match search.and_then(|search| search.patient.as_ref()) {
            None => (pack(&lens), lens.explain()),
            Some(patient) => {
                let entered = self.enter(&view, patient, Verb::Explain)?;
                let act = Act::Accessed {
                    verb: Verb::Explain,
                    documents: Vec::new(),
                };
                let cleared = entered.lens.clear_dossier(entered.lens.explain());
                let cleared = cleared.ok_or_else(Error::refused)?;
                let proof = self.record(&view, &[self.line(&entered, act, None)])?;
                // The rules shown are those the dossier was entered by, whatever was loaded since.
                (pack(entered.lens.lens()), cleared.release(&proof)?)
            }
        };
        let rules = text.lines().map(str::to_owned).collect();
        Ok(Explanation {
            pack: name,
            rules,
            plan,
        })
    }

    /// How long each part of a search of `actor`'s over all her dossiers takes, as a power of two
    /// of microseconds, which passes the planner tries, what they make of the question, and how
    /// many documents a published table expects. Asked by a session of purpose
    /// `audit`, in whose name it is recorded with its words, before it is run. What it finds,
    /// estimates or counts is told to nobody.
    ///
    /// # Errors
    /// [`Code::WrongPurpose`] for another purpose, and for a search of one dossier, which is there
    /// or not; as [`Self::search`].
    pub fn explain_plan(&self, actor: SessionRequest, search: &SearchRequest) -> Result<Work> {
        search.check()?;
        let view = self.shared.core.searched_view()?;
        let lens = self.lens(self.shared.core.now(&view))?;
        if self.facts.purpose != Purpose::Audit {
            return Err(Error::new(
                Code::WrongPurpose,
                "how a search is done is told under purpose audit",
                "ask as an auditor; explain says which rules a session is under",
            ));
        }
        if lens.reach() == Reach::Nothing {
            return Err(Error::refused());
        }
        self.record(&view, &[self.profiling(&lens, search)])
            .map(drop)?;
        if search.patient.is_some() {
            return Err(Error::new(
                Code::WrongPurpose,
                "how a search of one dossier is done is told to nobody",
                "leave the patient out: the actor's dossiers are searched together",
            ));
        }
        let actor = Self::begin(Arc::clone(&self.shared), actor)?;
        let profile = actor.profiled(&view, search)?;
        Ok(Work::of(&profile, self.expected(search)?))
    }

    /// What the words find in a million documents, by the published table.
    fn expected(&self, search: &SearchRequest) -> Result<u32> {
        let core = &self.shared.core;
        let words = &search.question.words;
        if words.trim().is_empty() {
            return Ok(core.statistics.expected_in_a_million(&Expr::every()));
        }
        let expr = query::expression(words, Some(Arc::clone(&core.synonyms)))?;
        Ok(core.statistics.expected_in_a_million(&expr))
    }

    /// Runs a search over what this session may be shown, and tells how it went.
    fn profiled(&self, view: &View, search: &SearchRequest) -> Result<Profile> {
        let (begun, watch) = (Moment::now(), watch(search));
        let lens = self.lens(self.shared.core.now(view))?;
        let after = self.begun(search)?;
        let done = |shown: &Shown| {
            let rules = begun.elapsed();
            let asked = self.run(view, (search, watch), after, &shown.columns)?;
            Ok(Profile::of(&asked.plan, &asked.found, rules))
        };
        match lens.reach() {
            Reach::Related(_) => self.with_panel(view, &lens, watch, done),
            Reach::CountsOnly => done(&self.population(view, &lens, watch)?.shown),
            Reach::Nothing => Err(Error::refused()),
            Reach::OneDossier => Err(name_the_patient()),
        }
    }

    /// That a search over many dossiers was looked into is an event of the store.
    fn profiling(&self, lens: &Lens, search: &SearchRequest) -> Line<'static> {
        let act = Act::Counted {
            verb: Verb::Explain,
            question: search.question.words.clone(),
        };
        let permit = Decision::Permit;
        Line {
            place: AuditPlace::of_store(self.shared.core.store),
            trace: trace_of_store(lens.at(), self.agent(), &pack(lens), permit, act),
            words: None,
        }
    }
}
