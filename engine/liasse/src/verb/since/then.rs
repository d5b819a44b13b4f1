//! What the actor saw of a dossier when a mark was given, as far as the dossier and its traces
//! still tell.
//!
//! For: telling as new what became visible since. Nothing is kept of what was shown: rights and
//! flags have their dates, earlier versions their flags, the end of a block and a consent their
//! traces. Invariants: where nothing tells that a document was seen it was not, so that it is told
//! as new rather than passed over; nothing that concerns another actor changes what is told.

use super::Mark;
use crate::core::View;
use crate::error::Result;
use crate::facts;
use crate::recorder::{Recorder, slot};
use crate::session::{Entered, Session};
use base::{Consent, Instant};
use journal::{
    Act, ConsentMatter, DossierChange, Entry, Kind, Log, Relation as Related, RelationChange,
};
use policy::{Dictionary, DossierFacts, DossierLens, DossierStatus, Lens, Relation, Window};
use std::ops::ControlFlow;
use store::EntryView;

/// What decided then.
pub(super) enum Then {
    /// Nobody knows any more: nothing was seen.
    Unknown,
    /// The rules of then, over the dossier of then.
    Ruled(Box<DossierLens>),
}

impl Then {
    /// Whether the actor saw the document.
    pub(super) fn saw(&self, session: &Session, entry: EntryView<'_>, since: Mark) -> bool {
        let Self::Ruled(lens) = self else {
            return false;
        };
        let mut earlier = entry.earlier();
        let superseded = earlier.find(|version| since.at < version.until());
        let dictionary: &Dictionary = lens.lens().pack().dictionary();
        let mut facts = facts::document(entry, &session.facts, dictionary);
        if let Some(version) = superseded {
            facts.flags = version.flags();
            facts.status = version.status();
        }
        lens.shows(&facts)
    }
}

impl Session {
    /// The rules of the moment of a mark; `None` when they are not there any more.
    pub(super) fn lens_then(&self, since: Mark) -> Option<Lens> {
        let in_force = self.shared.core.policies.in_force();
        if since.rules.is_some_and(|rules| rules != in_force.digest()) {
            return None;
        }
        in_force.lens(&self.facts, since.at)
    }

    /// What decided about a dossier at the moment of a mark.
    pub(super) fn then(
        &self,
        view: &View,
        (lens, since): (Option<&Lens>, Mark),
        dossier: &Entered,
    ) -> Result<Then> {
        let Some(lens) = lens else {
            return Ok(Then::Unknown);
        };
        let state = dossier.listing.dossier()?;
        let there = dossier.listing.entries();
        let there = there.filter(|entry| entry.commit() <= since.seq);
        let mut facts = facts::dossier(state, there, &self.facts, since.at);
        if state.changed() > since.seq {
            self.undo(view, since, dossier, &mut facts)?;
        }
        Ok(Then::Ruled(Box::new(lens.scope(&facts))))
    }

    /// Takes back what the traces tell of consents, of the dossier's life and of the actor's own
    /// blocks since the mark, the newest first.
    fn undo(
        &self,
        view: &View,
        since: Mark,
        dossier: &Entered,
        facts: &mut DossierFacts,
    ) -> Result<()> {
        let mut entries = Vec::new();
        let (rows, handle) = (view.rows(), dossier.audit.handle);
        Log::open(rows)?.history(rows, handle, None, &mut |index, entry| {
            if index < since.entries {
                return ControlFlow::Break(());
            }
            let kind = entry.header().kind;
            if matches!(kind, Kind::Consent | Kind::Relation | Kind::Dossier) {
                entries.push(entry.clone());
            }
            ControlFlow::Continue(())
        })?;
        let (mut blocked, mut shut_out) = (false, false);
        for entry in entries {
            match self.act(view, dossier, &entry)? {
                Some(Act::Consented { matter, before, .. }) => consented(facts, matter, before),
                Some(Act::DossierChanged { change }) => lived(facts, change),
                Some(Act::Related {
                    relation: Related::Block,
                    change,
                    party,
                    ..
                }) => {
                    let ended = change == RelationChange::Ended;
                    if party == self.facts.actor {
                        blocked = ended;
                    }
                    if party == self.facts.structure && !party.is_empty() {
                        shut_out = ended;
                    }
                }
                Some(_) | None => {}
            }
        }
        let always = Window::new(Instant::MIN, Instant::MAX);
        for (held, relation) in [
            (blocked, Relation::Blocked),
            (shut_out, Relation::BlockedStructure),
        ] {
            if held {
                facts.hold(relation, always);
            }
        }
        Ok(())
    }

    /// What a trace tells, while its key is there.
    fn act(&self, view: &View, dossier: &Entered, entry: &Entry) -> Result<Option<Act>> {
        let core = &self.shared.core;
        let (rows, keys) = (view.rows(), &view.keys);
        let recorder = Recorder {
            store: core.store,
            rows,
            keys,
            entropy: &*core.entropy,
        };
        let header = entry.header();
        let patient = keys.audit_key(rows, slot(dossier.audit.slot)?)?;
        let period = recorder.period_key(header.class, header.hour)?;
        let trace = entry.open_trace(core.store, &patient.entry_key(&period));
        Ok(trace.ok().map(|trace| trace.act))
    }
}

fn consented(facts: &mut DossierFacts, matter: ConsentMatter, before: Consent) {
    let held = &mut facts.consents;
    let consents = [
        (ConsentMatter::Consultation, &mut held.consultation),
        (ConsentMatter::Deposit, &mut held.deposit),
        (ConsentMatter::Centre15, &mut held.etreat),
        (ConsentMatter::BreakGlass, &mut held.btg),
        (ConsentMatter::Masked, &mut held.masked),
    ];
    for (of, consent) in consents {
        if of == matter {
            *consent = before;
        }
    }
}

fn lived(facts: &mut DossierFacts, change: DossierChange) {
    if change == DossierChange::Closed {
        facts.status = DossierStatus::Active;
    } else if change == DossierChange::Reopened {
        facts.status = DossierStatus::Closed;
    }
}
