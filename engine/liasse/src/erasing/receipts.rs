//! Receipts: what is proved when, in the journal and to the host.
//!
//! Invariant: a receipt says how the root is kept and what destroying it there is worth.

use super::kept::Kept;
use super::marks::{self, Mark};
use super::steps::Entries;
use crate::answer::{Receipt, Rotated};
use crate::error::Result;
use crate::group::Group;
use crate::recorder::AuditPlace;
use base::{Digest, DossierNumber};
use journal::{Draft, ErasureStage, Fact};
use std::collections::BTreeMap;
use vault::{Destruction, Forgetting, Forgotten};

/// Receipts that wait for the numbers of their journal entries.
pub(super) struct Unnumbered {
    receipt: Receipt,
    drafts: Vec<(DossierNumber, usize)>,
}

impl Unnumbered {
    /// Gives each dossier its receipt.
    pub(super) fn deliver(
        self,
        entries: Entries,
        receipts: &mut BTreeMap<DossierNumber, Vec<Receipt>>,
    ) {
        for (number, draft) in self.drafts {
            let mut receipt = self.receipt.clone();
            receipt.entry = entries.of(draft);
            receipts.entry(number).or_default().push(receipt);
        }
    }
}

/// The first receipts: the keys are destroyed.
pub(super) fn confirm(
    group: &mut Group<'_>,
    begun: &[Mark],
    forgotten: &Forgotten,
) -> Result<Unnumbered> {
    for mark in begun {
        mark.keys_destroyed().set(group)?;
    }
    facts(group, begun, ErasureStage::KeysDestroyed, (1, forgotten))
}

/// The second receipts: the index holds none of it either.
pub(super) fn conclude(
    group: &mut Group<'_>,
    marks: &[Mark],
    forgotten: &Forgotten,
) -> Result<Unnumbered> {
    for mark in marks {
        mark.remove(group)?;
    }
    facts(group, marks, ErasureStage::IndexRewritten, (2, forgotten))
}

fn facts(
    group: &mut Group<'_>,
    marks: &[Mark],
    stage: ErasureStage,
    (number, forgotten): (u8, &Forgotten),
) -> Result<Unnumbered> {
    let mut drafts = Vec::new();
    let receipt = receipt(number, forgotten, group.core.shipping.words());
    let kept = Kept::of(group.now(), &receipt);
    for (dossier, place) in marks::places(marks) {
        let draft = fact(group, place, (stage, kept.digest()))?;
        kept.put(group, draft, place.handle)?;
        drafts.push((dossier, draft));
    }
    Ok(Unnumbered { receipt, drafts })
}

/// Says in the journal how far the erasure is; the number of the draft.
pub(super) fn fact(
    group: &mut Group<'_>,
    place: AuditPlace,
    (stage, receipt): (ErasureStage, Digest),
) -> Result<usize> {
    let epoch = group.keys().epoch().number();
    let fact = Fact::Erasure {
        at: group.now(),
        stage,
        epoch,
        receipt,
    };
    let draft = Draft::fact(&fact, Some(place.handle))?;
    Ok(group.draft(draft))
}

/// What the operator is told of a rotation that erased nothing.
pub(super) fn rotated(forgotten: &Forgotten, sinks: String) -> Rotated {
    let (destruction, caveat) = worth(forgotten);
    Rotated {
        epoch: forgotten.active().number(),
        root: forgotten.kind().to_owned(),
        destruction: destruction.to_owned(),
        caveat: caveat.to_owned(),
        sinks,
    }
}

fn receipt(number: u8, forgotten: &Forgotten, sinks: String) -> Receipt {
    let (destruction, caveat) = worth(forgotten);
    Receipt {
        number,
        root: forgotten.kind().to_owned(),
        destruction: destruction.to_owned(),
        caveat: caveat.to_owned(),
        sinks,
        entry: 0,
    }
}

/// How far the older root is destroyed, and what that does not promise.
fn worth(forgotten: &Forgotten) -> (&'static str, &'static str) {
    let destruction = match forgotten.destruction() {
        Destruction::Done => "destroyed",
        Destruction::Scheduled => "scheduled for destruction",
    };
    let caveat = match forgotten.forgetting() {
        Forgetting::Real => "",
        Forgetting::BestEffort => {
            "a key file is overwritten in place; an SSD or a copying file system may keep it"
        }
        Forgetting::Never => "a passphrase can be typed again: this is not erasure",
    };
    (destruction, caveat)
}
