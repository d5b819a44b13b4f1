//! Changes of a dossier: grants, break-glass, closing.
//!
//! Invariants: the rules are asked on the committer, about the dossier as it is there, with what
//! the actor stated and nothing that she did not; a refusal leaves its trace.

use crate::ask::{Matricule, Stated, Statement};
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::session::{Session, enters};
use crate::verb::open;
use crate::verb::refusal::{self, Asked};
use crate::{grants, names, relations};
use base::{DossierNumber, Instant, Purpose, limit};
use journal::{Act, Agent, DossierChange, Verb, Words};
use policy::{Action, DossierLens, Motive, SessionFacts};
use store::{Closing, Dossier, Spending, UnitKind};

impl Session {
    /// Changes who may do what in a dossier, or who acts for its holder. A professional states
    /// that she has collected the holder's agreement ([`Grant::stating`]).
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`]; [`Code::Invalid`] for a structure as attending
    /// physician and for an id that is none.
    pub fn grant(&self, patient: &Matricule, grant: impl Into<Stated>) -> Result<()> {
        let Stated { grant, statement } = grant.into();
        grants::check(&grant)?;
        let agreement = statement.agreement;
        self.change_dossier(
            patient,
            (Verb::Administer, &statement),
            move |lens, session| {
                let action = grants::action(&grant, agreement, session);
                if !lens.may(action).is_allowed() {
                    return Err(denied(lens));
                }
                Ok(Box::new(move |dossier: &mut Dossier, now, by: &str| {
                    grants::apply(dossier, &grant, now, by)
                }) as Change)
            },
        )
    }

    /// Closes a dossier; it is kept ten years. A professional states agreement and motive.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`].
    pub fn close_dossier(&self, patient: &Matricule, stated: &Statement) -> Result<()> {
        let action = Action::Close(stated.agreement, stated.motivated());
        self.change_dossier(patient, (Verb::LifeCycle, stated), move |lens, session| {
            if !lens.may(action).is_allowed() {
                return Err(denied(lens));
            }
            let reason = if session.is_person() {
                "holder"
            } else {
                "professional"
            };
            Ok(
                Box::new(move |dossier: &mut Dossier, now: Instant, _: &str| {
                    dossier.closing = Some(Closing {
                        at: now,
                        reason: reason.to_owned(),
                        purge: now.plus_months(12 * ARCHIVE_YEARS),
                    });
                    Act::DossierChanged {
                        change: DossierChange::Closed,
                    }
                }) as Change,
            )
        })
    }

    /// Reopens a closed dossier, with all that it held. A professional states agreement.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`].
    pub fn reopen(&self, patient: &Matricule, stated: &Statement) -> Result<()> {
        let action = Action::Reopen(stated.agreement);
        self.change_dossier(patient, (Verb::LifeCycle, stated), move |lens, _| {
            if !lens.may(action).is_allowed() {
                return Err(denied(lens));
            }
            Ok(Box::new(|dossier: &mut Dossier, _: Instant, _: &str| {
                dossier.closing = None;
                Act::DossierChanged {
                    change: DossierChange::Reopened,
                }
            }) as Change)
        })
    }

    /// Breaks the glass of a dossier: from now on this session reads it as the emergency
    /// rules say. The motive is kept; the holder and the attending physician will see it.
    ///
    /// # Errors
    /// [`Code::Refused`] when the holder opposed it or there is no such dossier,
    /// [`Code::Invalid`] without a motive.
    pub fn break_glass(&self, patient: &Matricule, motive: &str) -> Result<()> {
        let motive = motive.trim();
        if motive.is_empty() || motive.len() > limit::FIELD_BYTES_MAX {
            return Err(Error::new(
                Code::Invalid,
                "breaking the glass needs a motive of at most 4096 bytes",
                "say in a sentence why the person cannot be asked",
            ));
        }
        let view = self.shared.core.view()?;
        let entered = self.enter(&view, patient, Verb::BreakGlass)?;
        if !entered
            .lens
            .may(Action::BreakGlass(Motive::Given))
            .is_allowed()
        {
            self.record_denial(&view, &entered, Verb::BreakGlass, None)?;
            return Err(Error::refused());
        }
        let words = Words {
            query: String::new(),
            motive: motive.to_owned(),
        };
        let (number, id, agent) = (entered.number, entered.id, self.agent().clone());
        // Sealed on the committer, under the key that the dossier has there.
        let ticket = self.shared.submit(
            Spending::Reserve,
            move |group| {
                let there = group.with_head(number, |_, _, _| Ok(()))?;
                there.ok_or_else(Error::refused)?;
                open::trace(group, number, &agent, Act::BrokeGlass, Some(words))
            },
            |_, _| Ok(()),
        );
        ticket.wait()?;
        self.break_glass_of(id);
        Ok(())
    }

    fn change_dossier(
        &self,
        patient: &Matricule,
        (verb, stated): (Verb, &Statement),
        decide: impl FnOnce(&DossierLens, &SessionFacts) -> Result<Change> + Send + 'static,
    ) -> Result<()> {
        let words = stated.words()?;
        let view = self.shared.core.view()?;
        let found = crate::session::find(&view, &patient.candidates())?;
        let (facts, agent) = (self.facts.clone(), self.agent().clone());
        let ticket = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                // Refused here, where one that is there and closed to this session is.
                let decided = match found {
                    Some(name) => {
                        let lens = open::lens_for(group, &facts, Some(name.number), name.id)?;
                        decide(&lens, &facts).map(|change| (name.number, change))
                    }
                    None => Err(Error::refused()),
                };
                let asked = (found.map(|name| name.number), Asked::of(verb));
                match refusal::kept(group, &agent, asked, decided)? {
                    Ok((number, change)) => rewrite(group, number, &agent, (change, words)).map(Ok),
                    Err(refused) => Ok(Err(refused)),
                }
            },
            |done, _| done,
        );
        ticket.wait()
    }
}

/// A change of a dossier's state, and the act its trace tells.
pub(crate) type Change = Box<dyn FnOnce(&mut Dossier, Instant, &str) -> Act + Send>;

pub(crate) fn rewrite(
    group: &mut Group<'_>,
    number: DossierNumber,
    agent: &Agent,
    (change, words): (Change, Option<Words>),
) -> Result<()> {
    let (now, seq) = (group.now(), group.seq());
    let dossier = group.with_head(number, |head, _, _| Ok(head.dossier()?.to_dossier()?))?;
    let mut dossier = dossier.ok_or_else(Error::refused)?;
    let before = relations::parties(group, number)?;
    let due = due(&dossier);
    let act = change(&mut dossier, now, &agent.actor);
    dossier.changed = seq;
    group.change_head(number, |head, _, _| {
        head.set_dossier(&dossier);
        Ok(())
    })?;
    let after = relations::parties(group, number)?;
    for party in after.difference(&before) {
        relations::relate(group, party, number)?;
    }
    for party in before.difference(&after) {
        relations::part(group, party, number)?;
    }
    if due != self::due(&dossier) {
        for (due, value) in [(due, None), (self::due(&dossier), Some(Vec::new()))] {
            if let Some(due) = due {
                group.set_item(UnitKind::Due, names::due_key(due, number), value);
            }
        }
    }
    open::trace(group, number, agent, act, words)?;
    Ok(())
}

/// When the dossier's archive is to be erased.
fn due(dossier: &Dossier) -> Option<Instant> {
    dossier.closing.as_ref().map(|closing| closing.purge)
}

/// Who may not even enter the dossier is not told that it exists.
pub(crate) fn denied(lens: &DossierLens) -> Error {
    // An emergency's gate stands open to whoever has not broken the glass yet.
    let unbroken = lens.lens().session().purpose == Purpose::EmergencyBtg;
    if enters(lens) && !unbroken {
        refused()
    } else {
        Error::refused()
    }
}

pub(crate) fn refused() -> Error {
    Error::new(
        Code::WriteRefused,
        "the rules do not let this session make that change",
        "see docs/rules.md for who may",
    )
}

/// How long a closed dossier is kept (R26).
const ARCHIVE_YEARS: i64 = 10;
