//! `erase`: a dossier goes for good; see `erasing` for how.

use crate::answer::Receipt;
use crate::ask::Matricule;
use crate::erasing;
use crate::error::{Code, Error, Result};
use crate::session::{Entered, Session};
use journal::Verb;
use policy::Action;
use store::Spending;

impl Session {
    /// Erases a dossier. Returns both receipts: the keys are destroyed, the index holds none of
    /// its words.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`], and what the key store and the disk give;
    /// an erasure that was begun is completed when the store is opened again.
    pub fn erase(&self, patient: &Matricule) -> Result<Vec<Receipt>> {
        let view = self.shared.core.view()?;
        let entered: Entered = self.enter(&view, patient, Verb::LifeCycle)?;
        if !entered.lens.may(Action::Erase).is_allowed() {
            self.record_denial(&view, &entered, Verb::LifeCycle, None)?;
            return Err(Error::new(
                Code::WriteRefused,
                "the rules do not let this session erase that dossier",
                "its holder may",
            ));
        }
        let (number, place) = (entered.number, entered.audit);
        let agent = self.agent().clone();
        drop((entered, view));
        let first = self.shared.submit(
            Spending::Reserve,
            move |group| erasing::forget(group, number, place, &agent),
            erasing::retire,
        );
        let first = first.wait()?;
        let second = self.shared.submit(
            Spending::Reserve,
            move |group| erasing::confirm(group, number, place, first),
            |receipt, committed| receipt.numbered(committed),
        );
        let first = second.wait()?;
        let rewritten = self.shared.submit(
            Spending::Reserve,
            move |group| erasing::rewrite_index(group, number),
            erasing::retire_index,
        );
        let forgotten = rewritten.wait()?;
        let last = self.shared.submit(
            Spending::Reserve,
            move |group| erasing::conclude(group, number, place, forgotten),
            |receipt, committed| receipt.numbered(committed),
        );
        Ok(vec![first, last.wait()?])
    }
}
