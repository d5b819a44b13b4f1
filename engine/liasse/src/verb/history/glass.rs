//! The bris de glace that a dossier's own are told of.
//!
//! For: `changes`. Invariants: whoever reads the traces reads of them there too; the attending
//! physician is told without the motive, and of none that was secret, by rules too that let her
//! read no other trace; nobody else is told.

use super::{Subject, Told, Unsealed, written};
use crate::answer::HistoryLine;
use crate::core::View;
use crate::error::Result;
use crate::session::{Entered, Session};
use base::Purpose;
use journal::{Kind, Log};
use policy::{Action, Cleared, Secrecy};
use std::ops::ControlFlow;
use store::PartyKind;

impl Session {
    /// The bris de glace of a dossier that the journal tells from an entry on, newest first: to
    /// whoever may read its traces, and to the attending physician, whatever else she may read,
    /// without their motives.
    pub(crate) fn broken_glass_since(
        &self,
        view: &View,
        entered: &Entered,
        from: u64,
    ) -> Result<Vec<Cleared<HistoryLine>>> {
        let mut lines = Vec::new();
        let reads = entered.lens.may(Action::History).is_allowed();
        if !reads && !self.attends(entered)? {
            return Ok(lines);
        }
        let subject = Subject {
            id: entered.id,
            place: entered.audit,
            lens: &entered.lens,
            living: Some(entered),
            words: if reads { self.unsealed() } else { Unsealed::No },
        };
        let mut glass = Vec::new();
        let log = Log::open(view.rows())?;
        log.history(
            view.rows(),
            entered.audit.handle,
            None,
            &mut |index, entry| {
                if index < from {
                    return ControlFlow::Break(());
                }
                if entry.header().kind == Kind::BreakGlass {
                    glass.push((index, entry.clone()));
                }
                ControlFlow::Continue(())
            },
        )?;
        for (index, entry) in glass {
            let Some(known) = self.known(view, &subject, index, &entry)? else {
                continue;
            };
            if reads {
                lines.extend(self.line_of(&subject, String::new(), known, &|told| written(&told)));
                continue;
            }
            // No rule of hers was asked about this trace: what hides it from some is hidden.
            if known.secrecy == Secrecy::Secret {
                continue;
            }
            let notice = written(&Told {
                entry: None,
                name: String::new(),
                trace: &known.trace,
                documents: Vec::new(),
                words: None,
            });
            lines.extend(entered.lens.clear_dossier(notice));
        }
        Ok(lines)
    }

    /// Whether the actor, in care, is an attending physician of the dossier.
    fn attends(&self, entered: &Entered) -> Result<bool> {
        let (now, own) = (entered.lens.lens().at(), &self.facts.actor);
        let mut ties = entered.listing.dossier()?.attending();
        let ours = ties.any(|tie| {
            tie.party().kind() == PartyKind::Professional
                && tie.party().id() == own
                && (tie.from()..tie.until()).contains(&now)
        });
        Ok(ours && self.facts.purpose == Purpose::Care)
    }
}
