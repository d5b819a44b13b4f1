//! Writes: who may change what.
//!
//! For: the preconditions of every verb that changes a dossier. Not for: doing it, nor the
//! state a write needs (the latest version, a free alias), which the store knows.
//! Invariants: a write on a document first needs the document to be seen, so that a hidden one
//! and a missing one are refused alike; a change of several flags needs each change allowed.

use crate::decision::Decision;
use crate::facts::{DocumentFacts, DossierFacts, SessionFacts};
use crate::lens::{Bound, DossierLens, Lens};
use crate::pack::Pack;
use crate::predicate::{Circumstance, Predicate, Test};
use crate::schema::ActionName;
use base::{Availability, Flags};
use std::sync::Arc;

/// What a session asks to do.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Open a dossier for a person who has none.
    OpenDossier(Agreement),
    /// Reopen a closed dossier.
    Reopen(Agreement),
    /// Close the dossier.
    Close(Agreement, Motive),
    /// Erase the dossier.
    Erase,
    /// Deposit a document with these flags, the dossier's default masking already stamped
    /// ([`DossierFacts::stamp`]).
    Deposit(Flags),
    /// Replace a document; the new one inherits its flags.
    Replace(&'a DocumentFacts, Version),
    /// Change a document's flags to these.
    SetFlags(&'a DocumentFacts, Flags),
    /// Change a document's status.
    SetStatus(&'a DocumentFacts, Availability),
    /// Record an authorisation.
    Authorise(Agreement, Whom),
    /// Revoke an authorisation.
    Revoke(Whom),
    /// Block a professional or a structure.
    Block,
    /// Lift a block.
    Unblock,
    /// Record an answer to a consent question, or the default masking.
    Consent(Agreement),
    /// Make someone an attending physician.
    SetAttending(Agreement, Whom),
    /// Stop being, or make someone stop being, an attending physician.
    LeaveAttending(Whom),
    /// Break the glass.
    BreakGlass(Motive),
    /// Read the traces of the dossier; each is decided by [`DossierLens::sees_trace`].
    History,
}

/// Whether the holder's agreement was collected in this act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// It was.
    Collected,
    /// It was not.
    NotCollected,
}

/// Whether a motive was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motive {
    /// It was.
    Given,
    /// It was not.
    Missing,
}

/// Whom an act concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The actor herself.
    Herself,
    /// Someone else.
    Another,
}

/// Which version of a document a replacement targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The latest of its chain.
    Latest,
    /// One that was replaced already.
    Superseded,
}

impl Pack {
    /// Whether the session may do this to the dossier, at the instant of its facts.
    #[must_use]
    pub fn may(
        self: &Arc<Self>,
        session: &SessionFacts,
        dossier: &DossierFacts,
        action: Action<'_>,
    ) -> Decision {
        self.lens(session, dossier.at()).scope(dossier).may(action)
    }

    /// What one session may see at one instant.
    #[must_use]
    pub fn lens(self: &Arc<Self>, session: &SessionFacts, at: base::Instant) -> Lens {
        Lens::new(Arc::new(Bound::new(Arc::clone(self), session)), at)
    }
}

impl DossierLens {
    /// Whether the session may do this to the dossier.
    #[must_use]
    pub fn may(&self, action: Action<'_>) -> Decision {
        let dossier = |name, bits| self.decide(name, bits, None);
        match action {
            Action::OpenDossier(agreement) => dossier(ActionName::OpenDossier, agreement.bits()),
            Action::Reopen(agreement) => dossier(ActionName::Reopen, agreement.bits()),
            Action::Close(agreement, motive) => {
                dossier(ActionName::Close, agreement.bits() | motive.bits())
            }
            Action::Erase => dossier(ActionName::Erase, 0),
            Action::Deposit(flags) => dossier(ActionName::Deposit, deposit_bits(flags)),
            Action::Replace(document, version) => self.replace(document, version),
            Action::SetFlags(document, to) => self.set_flags(document, to),
            Action::SetStatus(document, to) => self.set_status(document, to),
            Action::Authorise(agreement, whom) => {
                dossier(ActionName::Authorise, agreement.bits() | whom.bits())
            }
            Action::Revoke(whom) => dossier(ActionName::Revoke, whom.bits()),
            Action::Block => dossier(ActionName::Block, 0),
            Action::Unblock => dossier(ActionName::Unblock, 0),
            Action::Consent(agreement) => dossier(ActionName::Consent, agreement.bits()),
            Action::SetAttending(agreement, whom) => {
                dossier(ActionName::SetAttending, agreement.bits() | whom.bits())
            }
            Action::LeaveAttending(whom) => dossier(ActionName::LeaveAttending, whom.bits()),
            Action::BreakGlass(motive) => dossier(ActionName::BreakGlass, motive.bits()),
            Action::History => self.gate_decision().and(dossier(ActionName::History, 0)),
        }
    }

    fn replace(&self, document: &DocumentFacts, version: Version) -> Decision {
        let bits = match version {
            Version::Latest => Circumstance::Latest.bit(),
            Version::Superseded => 0,
        };
        let inherited = deposit_bits(document.flags_at(self.dossier().at()));
        let deposit = self.decide(ActionName::Deposit, inherited, None);
        let replace = || {
            self.decide(ActionName::Replace, bits, Some(document))
                .and(deposit)
        };
        self.on_seen(document, replace)
    }

    fn set_status(&self, document: &DocumentFacts, to: Availability) -> Decision {
        let action = match to {
            Availability::Deleted => ActionName::Delete,
            Availability::Approved | Availability::Archived => ActionName::SetStatus,
            // A replacement alone deprecates.
            Availability::Deprecated => return Decision::refused(),
        };
        self.on_seen(document, || self.decide(action, 0, Some(document)))
    }

    fn set_flags(&self, document: &DocumentFacts, to: Flags) -> Decision {
        // What has lapsed is not set: it neither counts nor comes back.
        let from = document.flags_at(self.dossier().at());
        let to = to.without(document.flags.without(from));
        self.on_seen(document, || {
            let cumulates = if cumulates(to) {
                Circumstance::Cumulates.bit()
            } else {
                0
            };
            let changes = CHANGES.iter().filter_map(|(flag, sets, unsets)| {
                match (from.contains(*flag), to.contains(*flag)) {
                    (false, true) => Some(*sets),
                    (true, false) => Some(*unsets),
                    (true, true) | (false, false) => None,
                }
            });
            let decisions = changes
                .map(|change| {
                    self.decide(
                        ActionName::SetFlags,
                        change.bit() | cumulates,
                        Some(document),
                    )
                })
                .reduce(Decision::and);
            decisions.unwrap_or(Decision::refused())
        })
    }

    /// A hidden document and a missing one are refused alike: without rules.
    fn on_seen(&self, document: &DocumentFacts, decide: impl FnOnce() -> Decision) -> Decision {
        if self.shows(document) {
            decide()
        } else {
            Decision::refused()
        }
    }
}

impl Agreement {
    const fn bits(self) -> u16 {
        match self {
            Self::Collected => Circumstance::Consented.bit(),
            Self::NotCollected => 0,
        }
    }
}

impl Motive {
    const fn bits(self) -> u16 {
        match self {
            Self::Given => Circumstance::Motivated.bit(),
            Self::Missing => 0,
        }
    }
}

impl Whom {
    const fn bits(self) -> u16 {
        match self {
            Self::Herself => Circumstance::ForSelf.bit(),
            Self::Another => 0,
        }
    }
}

fn cumulates(flags: Flags) -> bool {
    flags.contains(Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT))
}

fn deposit_bits(flags: Flags) -> u16 {
    let set = CHANGES.iter().filter(|(flag, ..)| flags.contains(*flag));
    let bits = set.fold(0, |bits, (_, sets, _)| bits | sets.bit());
    bits | if cumulates(flags) {
        Circumstance::Cumulates.bit()
    } else {
        0
    }
}

/// What can be said of a request for the action: which circumstances it can have together.
pub(crate) fn circumstances(action: ActionName) -> Predicate {
    use Circumstance as C;
    let test = |one| Predicate::Test(Test::Circumstance(one));
    let both = || test(C::Masks).and(test(C::HidesFromHolder));
    let (of, together): (&[C], _) = match action {
        ActionName::Deposit => (
            &[
                C::Masks,
                C::HidesFromHolder,
                C::HidesFromRepresentatives,
                C::Cumulates,
            ],
            test(C::Cumulates)
                .and(both())
                .or(test(C::Cumulates).or(both()).negated()),
        ),
        ActionName::SetFlags => (&C::OF_FLAGS, one_change()),
        ActionName::OpenDossier | ActionName::Reopen | ActionName::Consent => {
            (&[C::Consented], Predicate::Always)
        }
        ActionName::Close => (&[C::Consented, C::Motivated], Predicate::Always),
        ActionName::Authorise | ActionName::SetAttending => {
            (&[C::Consented, C::ForSelf], Predicate::Always)
        }
        ActionName::Revoke | ActionName::LeaveAttending => (&[C::ForSelf], Predicate::Always),
        ActionName::BreakGlass => (&[C::Motivated], Predicate::Always),
        ActionName::History | ActionName::Trace => (&[C::SecretTrace], Predicate::Always),
        ActionName::Replace => (&[C::Latest], Predicate::Always),
        ActionName::Consult
        | ActionName::Erase
        | ActionName::Block
        | ActionName::Unblock
        | ActionName::Read
        | ActionName::Count
        | ActionName::SetStatus
        | ActionName::Delete => (&[], Predicate::Always),
    };
    let others = C::ALL.into_iter().filter(|one| !of.contains(one));
    others.fold(together, |all, one| all.and(test(one).negated()))
}

/// Flags are changed one by one.
fn one_change() -> Predicate {
    let changes = || {
        CHANGES
            .iter()
            .flat_map(|(_, sets, unsets)| [*sets, *unsets])
    };
    let alone = |one: Circumstance| {
        let mut all = Predicate::Test(Test::Circumstance(one));
        for other in changes().filter(|other| *other != one) {
            all = all.and(Predicate::Test(Test::Circumstance(other)).negated());
        }
        all
    };
    changes().map(alone).fold(Predicate::Never, Predicate::or)
}

const CHANGES: [(Flags, Circumstance, Circumstance); 3] = [
    (Flags::MASQUE_PS, Circumstance::Masks, Circumstance::Unmasks),
    (
        Flags::INVISIBLE_PATIENT,
        Circumstance::HidesFromHolder,
        Circumstance::ShowsToHolder,
    ),
    (
        Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
        Circumstance::HidesFromRepresentatives,
        Circumstance::ShowsToRepresentatives,
    ),
];

#[cfg(test)]
mod tests;
