//! The end of a class and month of traces: their keys go, the log stays whole.
//!
//! Invariants: a period's key goes in the commit that says so; the current month is never one of
//! them, so that nothing that waits was sealed for what goes; it is told to be gone once no
//! reader holds the keys from before.

use super::steps::Steps;
use super::{resume, rotation, wait_for_readers};
use crate::error::{Code, Error, Result};
use crate::group::Group;
use journal::retention::{due, keep_from};
use journal::{Class, Fact, Log, Period};
use std::sync::Arc;
use vault::{Grove, Rotation};

/// Destroys the keys of the traces of `class` that are older than `months` whole months; the
/// months that went.
pub(crate) fn retain(steps: &mut impl Steps, class: Class, months: u16) -> Result<Vec<u16>> {
    if class == Class::Store || months == 0 {
        return Err(Error::new(
            Code::Invalid,
            "events of the store are never sealed, and the current month is always kept",
            "name another class, and at least one month",
        ));
    }
    resume(steps)?;
    steps.core().shipping.require_named()?;
    let (gone, _) = steps.alone(move |group| forget(group, class, months))?;
    let Some((rotation, periods)) = gone else {
        // An earlier call may have found readers that did not end.
        wait_for_readers(steps)?;
        return Ok(Vec::new());
    };
    rotation::complete(steps, rotation)?;
    rotation::tell(steps)?;
    wait_for_readers(steps)?;
    Ok(periods.into_iter().map(|period| period.month).collect())
}

fn forget(
    group: &mut Group<'_>,
    class: Class,
    months: u16,
) -> Result<Option<(Rotation, Vec<Period>)>> {
    let now = group.now();
    let until = now.month().saturating_sub(months);
    let log = Log::open(&group.transaction)?;
    let first = match log.size() {
        0 => return Ok(None),
        _ => log.entry(&group.transaction, 0)?.header().hour.month(),
    };
    let periods = due(&group.transaction, class, first, until)?;
    if periods.is_empty() {
        return Ok(None);
    }
    let core = Arc::clone(group.core);
    let stage = group.keys().stage(&core.kms, &*core.entropy)?;
    let mut slots = Vec::new();
    for period in &periods {
        slots.push((Grove::Audit, period.slot()?));
    }
    let rotation = stage.replace(&mut group.transaction, &slots, &core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    keep_from(&mut group.transaction, class, until)?;
    for period in &periods {
        let fact = Fact::Retained {
            at: now,
            class,
            month: period.month,
        };
        group.tell(&fact)?;
    }
    Ok(Some((rotation, periods)))
}
