//! `link` and `unlink`: two dossiers of one person.
//!
//! For: the host's identity service, which learned that two identities are one person's. Nothing
//! moves, and a link can be undone; erasing one erases all that are linked. Not for: sessions.
//! Invariant: a link stands in both dossiers, and both keep a trace of it.

use crate::ask::Matricule;
use crate::core::Core;
use crate::engine::Engine;
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::names::DossierName;
use crate::session::find;
use crate::verb::open;
use base::{Purpose, SessionId};
use journal::{Act, Agent, DossierChange};
use store::{Link, Spending};

impl Engine {
    /// Links two dossiers of one person.
    ///
    /// # Errors
    /// [`Code::Refused`] when one of them is absent, [`Code::Invalid`] when they are the same.
    pub fn link(&self, one: &Matricule, other: &Matricule) -> Result<()> {
        self.relink(one, other, DossierChange::Linked)
    }

    /// Undoes a link.
    ///
    /// # Errors
    /// As [`Engine::link`].
    pub fn unlink(&self, one: &Matricule, other: &Matricule) -> Result<()> {
        self.relink(one, other, DossierChange::Unlinked)
    }

    fn relink(&self, one: &Matricule, other: &Matricule, change: DossierChange) -> Result<()> {
        let core = &self.shared.core;
        let view = core.view()?;
        let named = |patient: &Matricule| -> Result<DossierName> {
            find(&view, &patient.candidates())?.ok_or_else(Error::refused)
        };
        let (one, other) = (named(one)?, named(other)?);
        if one == other {
            return Err(Error::new(
                Code::Invalid,
                "both identities lead to one dossier",
                "give the identities of two dossiers",
            ));
        }
        let agent = host(core)?;
        let linked = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                let there = there(group, one)? && there(group, other)?;
                if !there {
                    return Err(Error::refused());
                }
                set(group, one, other, change, &agent)?;
                set(group, other, one, change, &agent)
            },
            |(), _| Ok(()),
        );
        linked.wait()
    }
}

/// The host itself, which acts in no session.
pub(crate) fn host(core: &Core) -> Result<Agent> {
    Ok(Agent {
        actor: "liasse".to_owned(),
        profession: "system".to_owned(),
        speciality: String::new(),
        structure: String::new(),
        purpose: Purpose::Audit,
        session: SessionId::random(&*core.entropy)?,
        secrecy: journal::Secrecy::Open,
    })
}

/// Whether the dossier of this name is still there.
pub(crate) fn there(group: &mut Group<'_>, name: DossierName) -> Result<bool> {
    let id = group.with_head(name.number, |head, _, _| Ok(head.dossier()?.id()))?;
    Ok(id == Some(name.id))
}

fn set(
    group: &mut Group<'_>,
    name: DossierName,
    other: DossierName,
    change: DossierChange,
    agent: &Agent,
) -> Result<()> {
    let (since, seq) = (group.now(), group.seq());
    group.change_head(name.number, |head, _, _| {
        let mut dossier = head.dossier()?.to_dossier()?;
        dossier.links.retain(|link| link.dossier != other.id);
        if change == DossierChange::Linked {
            let dossier_id = other.id;
            dossier.links.push(Link {
                dossier: dossier_id,
                since,
            });
        }
        dossier.changed = seq;
        head.set_dossier(&dossier);
        Ok(())
    })?;
    let act = Act::DossierChanged { change };
    open::trace(group, name.number, agent, act, None).map(drop)
}
