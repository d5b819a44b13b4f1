//! `explain`: which rules a session is under.
//!
//! Invariant: no count and no plan shape is told to an actor; both would speak of what is
//! hidden.

use crate::answer::Explanation;
use crate::error::Result;
use crate::request::SearchRequest;
use crate::session::{Session, pack};
use journal::{Act, Verb};

impl Session {
    /// The rules this session is under; with a search of one dossier, those for that dossier.
    ///
    /// # Errors
    /// As [`Self::search`], when there is one.
    pub fn explain(&self, search: Option<&SearchRequest>) -> Result<Explanation> {
        let view = self.shared.core.view()?;
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
                let cleared = cleared.ok_or_else(crate::Error::refused)?;
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
}
