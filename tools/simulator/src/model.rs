//! What must be in the store, in plain maps.
//!
//! For: saying before an act what it will have made true. Not for: looking; see `look`.
//! Invariants: a model never asks the engine; what the engine alone decides (ids) is filled in
//! once it has told.

use crate::act::{Act, text, title, unique_id};
use base::{Availability, DocumentId, Flags};
use liasse::Deposited;
use std::collections::BTreeMap;

/// What must be there after some number of acts.
#[derive(Clone, Default)]
pub(crate) struct Model {
    /// Dossiers by patient.
    pub(crate) dossiers: BTreeMap<usize, Dossier>,
    /// Documents of dossiers that were erased.
    pub(crate) gone: Vec<DocumentId>,
    /// Journal entries that there must be at least.
    pub(crate) entries: u64,
}

/// What must be in one dossier.
#[derive(Clone, Default)]
pub(crate) struct Dossier {
    /// Its documents, in the order of their deposits.
    pub(crate) papers: Vec<Paper>,
    /// Whether the colleague may read it.
    pub(crate) shared: bool,
    /// How often its glass was broken.
    pub(crate) glass: usize,
}

/// What must be said of one document.
#[derive(Clone)]
pub(crate) struct Paper {
    pub(crate) number: usize,
    pub(crate) unique_id: String,
    pub(crate) title: String,
    pub(crate) body: Vec<u8>,
    pub(crate) flags: Flags,
    pub(crate) status: Availability,
    pub(crate) version: u32,
    /// Which it replaced.
    pub(crate) replaces: Option<usize>,
    /// What the engine called it, once it has told.
    pub(crate) document: Option<DocumentId>,
}

impl Model {
    /// What must be there once `act` is done.
    pub(crate) fn after(&self, act: &Act) -> Self {
        let mut after = self.clone();
        match act {
            Act::Deposit { patient, .. }
            | Act::Submit { patient, .. }
            | Act::Crowd { patient, .. } => {
                let dossier = after.dossiers.entry(*patient).or_default();
                dossier
                    .papers
                    .extend(act.deposits().into_iter().map(Paper::new));
            }
            Act::Replace {
                patient,
                old,
                number,
            } => {
                let dossier = after.dossiers.entry(*patient).or_default();
                let mut flags = Flags::NONE;
                for paper in dossier.papers.iter_mut().filter(|it| it.number == *old) {
                    paper.status = Availability::Deprecated;
                    paper.version += 1;
                    flags = paper.flags;
                }
                let mut new = Paper::new(*number);
                new.flags = flags;
                new.replaces = Some(*old);
                dossier.papers.push(new);
            }
            Act::Mask { patient, number } | Act::Unmask { patient, number } => {
                let masks = matches!(act, Act::Mask { .. });
                let dossier = after.dossiers.entry(*patient).or_default();
                for paper in dossier.papers.iter_mut().filter(|it| it.number == *number) {
                    let flags = if masks {
                        paper.flags.with(Flags::MASQUE_PS)
                    } else {
                        paper.flags.without(Flags::MASQUE_PS)
                    };
                    paper.version += u32::from(flags != paper.flags);
                    paper.flags = flags;
                }
            }
            Act::Share { patient } => after.dossiers.entry(*patient).or_default().shared = true,
            Act::Glass { patient } => after.dossiers.entry(*patient).or_default().glass += 1,
            Act::Erase { patient } => after.erase(*patient),
            Act::EraseDocument { patient, number } => after.erase_document(*patient, *number),
            Act::EraseBatch {
                patient,
                other,
                number,
            } => {
                after.erase(*patient);
                after.erase_document(*other, *number);
            }
            Act::Read { .. } | Act::Rotate | Act::Compact | Act::Backup | Act::Reopen => {}
        }
        after
    }

    /// What may be there while `act` is under way, besides what was there before it and what
    /// there will be after it.
    pub(crate) fn between(&self, act: &Act) -> Vec<Self> {
        let Act::Crowd { patient, .. } = act else {
            return Vec::new();
        };
        let numbers = act.deposits();
        let some = (1..(1_usize << numbers.len()) - 1).map(|kept| {
            let mut between = self.clone();
            let dossier = between.dossiers.entry(*patient).or_default();
            let kept = (0..numbers.len()).filter(|at| kept & (1 << at) != 0);
            dossier
                .papers
                .extend(kept.map(|at| Paper::new(numbers[at])));
            between
        });
        some.collect()
    }

    fn erase(&mut self, patient: usize) {
        let erased = self.dossiers.remove(&patient).unwrap_or_default();
        let documents = erased.papers.iter().filter_map(|paper| paper.document);
        self.gone.extend(documents);
    }

    /// A document goes with those that it had replaced.
    fn erase_document(&mut self, patient: usize, number: usize) {
        let mut next = Some(number);
        while let Some(number) = next {
            let dossier = self.dossiers.entry(patient).or_default();
            let at = dossier.papers.iter().position(|it| it.number == number);
            let erased = at.map(|at| dossier.papers.remove(at));
            next = erased.as_ref().and_then(|erased| erased.replaces);
            self.gone.extend(erased.and_then(|erased| erased.document));
        }
    }

    /// Takes in what the engine called the documents that `act` deposited.
    pub(crate) fn learn(&mut self, act: &Act, deposited: &[Deposited]) {
        let Some(dossier) = self.dossiers.get_mut(&act.patient()) else {
            return;
        };
        for (number, told) in act.deposits().into_iter().zip(deposited) {
            for paper in dossier.papers.iter_mut().filter(|it| it.number == number) {
                paper.document = Some(told.document);
            }
        }
    }
}

impl Paper {
    fn new(number: usize) -> Self {
        Self {
            number,
            unique_id: unique_id(number),
            title: title(number),
            body: text(number).into_bytes(),
            flags: Flags::NONE,
            status: Availability::Approved,
            version: 1,
            replaces: None,
            document: None,
        }
    }
}
