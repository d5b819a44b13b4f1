//! What changes between two packs: who gains, who loses, by profession and type.

use super::{Situation, paper, stand};
use crate::facts::PROFESSION_PATIENT;
use crate::pack::Pack;
use base::Flags;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A profession that sees a type under one pack and not under the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The profession.
    pub profession: String,
    /// The document type.
    pub kind: String,
    /// In which situation.
    pub situation: Situation,
    /// Whether the document is masked.
    pub masked: bool,
    /// Gained or lost.
    pub direction: Direction,
}

/// Whether sight is gained or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Seen under the new pack only.
    Gained,
    /// Seen under the old pack only.
    Lost,
}

/// Who gains and who loses what from `old` to `new`, ordered by profession, type, situation.
#[must_use]
pub fn diff(old: &Arc<Pack>, new: &Arc<Pack>) -> Vec<Change> {
    let union = |of: fn(&Pack) -> Vec<&str>| -> BTreeSet<String> {
        of(old)
            .into_iter()
            .chain(of(new))
            .map(str::to_owned)
            .collect()
    };
    let professions = union(|pack| pack.dictionary().professions().collect());
    let kinds = union(|pack| pack.dictionary().types().collect());
    let mut changes = Vec::new();
    for profession in professions
        .iter()
        .filter(|code| *code != PROFESSION_PATIENT)
    {
        for situation in Situation::ALL {
            let before = stand(old, profession, situation);
            let after = stand(new, profession, situation);
            for (kind, flags) in kinds
                .iter()
                .flat_map(|kind| BOTH.map(|flags| (kind, flags)))
            {
                let seen =
                    |lens: &crate::DossierLens, pack: &Pack| lens.shows(&paper(pack, kind, flags));
                let direction = match (seen(&before, old), seen(&after, new)) {
                    (false, true) => Direction::Gained,
                    (true, false) => Direction::Lost,
                    (true, true) | (false, false) => continue,
                };
                changes.push(Change {
                    profession: profession.clone(),
                    kind: kind.clone(),
                    situation,
                    masked: flags == Flags::MASQUE_PS,
                    direction,
                });
            }
        }
    }
    changes.sort_unstable();
    changes
}

const BOTH: [Flags; 2] = [Flags::NONE, Flags::MASQUE_PS];
