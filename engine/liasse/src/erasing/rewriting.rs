//! Out of the index: segments that held any of it are written anew.
//!
//! Invariant: after the rotation of this step no living key opens a segment that ever held any
//! of it: those just replaced, and those that merges replaced since the last erasure.

use super::marks::{self, Mark};
use crate::error::Result;
use crate::group::Group;
use crate::upkeep::segment_slot;
use std::sync::Arc;
use vault::{Grove, Rotation};

/// Writes the segments anew, and replaces the keys of all that were retired.
pub(super) fn rewrite(group: &mut Group<'_>, marks: &[Mark]) -> Result<Rotation> {
    let core = Arc::clone(group.core);
    let stage = group.keys().stage(&core.kms, &*core.entropy)?;
    for plan in core.index.plan_forgetting(&marks::forget(marks)) {
        let slots: Vec<_> = (0..plan.slots_needed())
            .map(|_| segment_slot(group))
            .collect::<Result<_>>()?;
        let work = core.index.rewrite(&plan, &slots)?;
        group.record_index(work)?;
    }
    let retired = store::take_retired(&mut group.transaction, Grove::Segment)?;
    let retired: Vec<_> = retired.into_iter().map(|it| (Grove::Segment, it)).collect();
    let rotation = stage.replace(&mut group.transaction, &retired, &core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    Ok(rotation)
}
