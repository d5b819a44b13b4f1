//! The trace of a write that the rules refused.
//!
//! For: every verb that is decided on the committer. Invariant: what is not there leaves as many
//! traces as what is closed, one: of the store instead of the dossier (R24, R25).

use crate::error::{Class, Error, Result};
use crate::group::Group;
use crate::recorder::{AuditPlace, Line, trace, trace_of_store};
use base::{DocumentId, DossierNumber};
use journal::{Act, Agent, Decision, Verb};

/// What was asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) verb: Verb,
    pub(crate) document: Option<DocumentId>,
}

impl Asked {
    /// A verb asked of a dossier.
    pub(crate) const fn of(verb: Verb) -> Self {
        Self {
            verb,
            document: None,
        }
    }
}

/// Hands a decision on; one that refuses leaves its trace in the group, which is kept with it.
pub(crate) fn kept<T>(
    group: &mut Group<'_>,
    agent: &Agent,
    (number, asked): (Option<DossierNumber>, Asked),
    decided: Result<T>,
) -> Result<Result<T>> {
    match decided {
        Err(error) if error.code().class() == Class::Refused => {
            record(group, agent, number, asked)?;
            Ok(Err(error))
        }
        Err(error) => Err(error),
        Ok(decided) => Ok(Ok(decided)),
    }
}

fn record(
    group: &mut Group<'_>,
    agent: &Agent,
    number: Option<DossierNumber>,
    Asked { verb, document }: Asked,
) -> Result<()> {
    let now = group.now();
    let there = match number {
        None => None,
        Some(number) => group.with_head(number, |head, _, _| {
            let dossier = head.dossier()?;
            let place = AuditPlace {
                handle: dossier.audit(),
                slot: dossier.audit_slot(),
            };
            Ok::<_, Error>((dossier.id(), place))
        })?,
    };
    let pack = super::open::pack_at(group, now);
    let act = Act::Denied { verb, document };
    let (place, trace) = match there {
        Some((id, place)) => (place, trace(now, id, agent, &pack, Decision::Deny, act)),
        None => (
            AuditPlace::of_store(group.core.store),
            trace_of_store(now, agent, &pack, Decision::Deny, act),
        ),
    };
    let line = Line {
        place,
        trace,
        words: None,
    };
    group.trace(&line).map(drop)
}
