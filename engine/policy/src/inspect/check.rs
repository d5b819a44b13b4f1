//! What looks wrong in a pack that is well formed.
//!
//! A finding is no error: a pack may mean it. Each names the rule or the cell it is about.

use super::sense::makes_sense;
use super::{Change, DOSSIER, Direction, Situation, Weakness, day, diff, paper, session, stand};
use crate::facts::{DossierFacts, DossierStatus, PROFESSION_PATIENT, Relation, Window};
use crate::lens::DossierLens;
use crate::pack::{Pack, RuleNumber, principal_kind};
use crate::schema::ActionName;
use base::{Flags, Purpose};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Something a pack's author should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Nobody sees anything.
    NothingPermitted,
    /// Someone may do what nobody should.
    Weak {
        /// What.
        weakness: Weakness,
        /// Which professions.
        professions: Vec<String>,
    },
    /// The rule applies to no session, dossier and document.
    NeverApplies {
        /// The rule.
        rule: String,
        /// Its line.
        line: usize,
    },
    /// The matrix has no line for the type: no professional sees it but its author and the
    /// attending physician.
    NoCell {
        /// The document type.
        kind: String,
    },
    /// The profession, once authorised, sees every type, and the matrix says so.
    AllCells {
        /// The profession.
        profession: String,
    },
    /// The profession sees every type, and it is not the matrix that says so.
    SeesEverything {
        /// The profession.
        profession: String,
        /// In which situation.
        situation: Situation,
    },
    /// The profession sees documents of dossiers it has no relation to.
    NeedsNoRelation {
        /// The profession.
        profession: String,
    },
    /// The profession sees masked documents of others although it is not attending.
    SeesMasked {
        /// The profession.
        profession: String,
        /// In which situation.
        situation: Situation,
    },
    /// The profession sees documents for a contract.
    ContractOpen {
        /// The profession.
        profession: String,
    },
    /// The holder sees a document before it is announced.
    NotYetAnnounced,
    /// Representatives see what a minor keeps from them.
    KeptFromRepresentatives,
    /// The profession sees more than under the previous pack.
    Wider {
        /// The profession.
        profession: String,
        /// In how many cells.
        cells: usize,
    },
}

impl Finding {
    /// Its stable name, for machines.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NothingPermitted => "nothing_permitted",
            Self::Weak { weakness, .. } => weakness.name(),
            Self::NeverApplies { .. } => "never_applies",
            Self::NoCell { .. } => "no_cell",
            Self::AllCells { .. } => "all_cells",
            Self::SeesEverything { .. } => "sees_everything",
            Self::NeedsNoRelation { .. } => "needs_no_relation",
            Self::SeesMasked { .. } => "sees_masked",
            Self::ContractOpen { .. } => "contract_open",
            Self::NotYetAnnounced => "not_yet_announced",
            Self::KeptFromRepresentatives => "kept_from_representatives",
            Self::Wider { .. } => "wider",
        }
    }

    /// Whether it is only worth knowing: a pack that is right can say so.
    #[must_use]
    pub const fn is_note(&self) -> bool {
        matches!(self, Self::NoCell { .. } | Self::AllCells { .. })
    }
}

/// What looks wrong in the pack, and how much wider it is than the previous one, if any.
#[must_use]
pub fn check(pack: &Arc<Pack>, previous: Option<&Arc<Pack>>) -> Vec<Finding> {
    let mut findings = never_applied(pack);
    let lines: BTreeSet<_> = pack.matrix().types().map(|(_, kind)| kind).collect();
    let without = pack
        .dictionary()
        .types()
        .filter(|kind| !lines.contains(kind));
    findings.extend(without.map(|kind| Finding::NoCell {
        kind: kind.to_owned(),
    }));
    for profession in professionals(pack) {
        findings.extend(of_profession(pack, profession));
    }
    findings.extend(of_patients(pack));
    findings.extend(weak(pack));
    if permits_nothing(pack) {
        findings.push(Finding::NothingPermitted);
    }
    if let Some(previous) = previous {
        let gained = |change: &Change| change.direction == Direction::Gained;
        let changes: Vec<_> = diff(previous, pack).into_iter().filter(gained).collect();
        let mut professions: Vec<_> = changes.iter().map(|it| it.profession.clone()).collect();
        professions.dedup();
        findings.extend(professions.into_iter().map(|profession| {
            let cells = changes
                .iter()
                .filter(|it| it.profession == profession)
                .count();
            Finding::Wider { profession, cells }
        }));
    }
    findings
}

fn professionals(pack: &Pack) -> impl Iterator<Item = &str> {
    pack.dictionary()
        .professions()
        .filter(|code| *code != PROFESSION_PATIENT)
}

fn of_profession(pack: &Arc<Pack>, profession: &str) -> Vec<Finding> {
    let kinds = || pack.matrix().types().map(|(_, kind)| kind);
    let sees = |lens: &DossierLens, flags| {
        let seen = kinds().filter(|kind| lens.shows(&paper(pack, kind, flags)));
        seen.count()
    };
    let name = || profession.to_owned();
    let mut findings = Vec::new();
    let all = kinds().count();
    let by_matrix = all > 0 && kinds().all(|kind| pack.matrix().permits(kind, profession));
    if by_matrix {
        findings.push(Finding::AllCells { profession: name() });
    }
    // An attending physician sees everything by R7.
    let others = Situation::ALL.into_iter();
    let others = others.filter(|it| *it != Situation::Attending && !by_matrix);
    for situation in others {
        if all > 0 && sees(&stand(pack, profession, situation), Flags::NONE) == all {
            findings.push(Finding::SeesEverything {
                profession: name(),
                situation,
            });
        }
    }
    if sees(&stand(pack, profession, Situation::Unrelated), Flags::NONE) > 0 {
        findings.push(Finding::NeedsNoRelation { profession: name() });
    }
    if sees(&stand(pack, profession, Situation::Contract), Flags::NONE) > 0 {
        findings.push(Finding::ContractOpen { profession: name() });
    }
    for situation in Situation::ALL {
        let attending = situation == Situation::Attending;
        if !attending && sees(&stand(pack, profession, situation), Flags::MASQUE_PS) > 0 {
            findings.push(Finding::SeesMasked {
                profession: name(),
                situation,
            });
        }
    }
    findings
}

fn of_patients(pack: &Arc<Pack>) -> Vec<Finding> {
    let sees = |purpose, relation, flags| {
        let mut dossier = DossierFacts::new(DOSSIER, DossierStatus::Active, day(pack));
        dossier.majority = base::Instant::MAX;
        dossier.hold(relation, Window::ALWAYS);
        let lens = pack
            .lens(&session(PROFESSION_PATIENT, purpose), day(pack))
            .scope(&dossier);
        let mut kinds = pack.dictionary().types();
        kinds.any(|kind| lens.shows(&paper(pack, kind, flags)))
    };
    let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
    let mut findings = Vec::new();
    if sees(Purpose::Holder, Relation::Holder, Flags::INVISIBLE_PATIENT) {
        findings.push(Finding::NotYetAnnounced);
    }
    if sees(Purpose::Representative, Relation::Representative, kept) {
        findings.push(Finding::KeptFromRepresentatives);
    }
    findings
}

fn weak(pack: &Arc<Pack>) -> impl Iterator<Item = Finding> {
    Weakness::all().filter_map(|weakness| {
        let all = pack.dictionary().professions();
        let shown = all.filter(|profession| weakness.shown_by(pack, profession));
        let professions: Vec<_> = shown.map(str::to_owned).collect();
        (!professions.is_empty()).then_some(Finding::Weak {
            weakness,
            professions,
        })
    })
}

/// Whether neither a professional nor the holder sees anything in any situation.
fn permits_nothing(pack: &Arc<Pack>) -> bool {
    let shows = |lens: &DossierLens| {
        let mut kinds = pack.dictionary().types();
        kinds.any(|kind| lens.shows(&paper(pack, kind, Flags::NONE)))
    };
    let mut dossier = DossierFacts::new(DOSSIER, DossierStatus::Active, day(pack));
    dossier.hold(Relation::Holder, Window::ALWAYS);
    let holder = pack.lens(&session(PROFESSION_PATIENT, Purpose::Holder), day(pack));
    let mut professionals = professionals(pack);
    let any = professionals.any(|profession| {
        let mut all = Situation::ALL.into_iter();
        all.any(|situation| shows(&stand(pack, profession, situation)))
    });
    !any && !shows(&holder.scope(&dossier))
}

fn never_applied(pack: &Pack) -> Vec<Finding> {
    let mut applied = BTreeSet::new();
    for profession in pack.dictionary().professions() {
        let ordinal = pack.dictionary().profession_ordinal(profession);
        let principal = principal_kind(profession);
        for action in ActionName::ALL {
            for rule in pack.lowered(ordinal, *action) {
                if !applied.contains(&rule.rule) && makes_sense(&rule.condition, principal) {
                    applied.insert(rule.rule);
                }
            }
        }
    }
    let numbered = (0..).map(RuleNumber).zip(pack.rules());
    let idle = numbered.filter(|(number, _)| !applied.contains(number));
    idle.map(|(_, rule)| Finding::NeverApplies {
        rule: rule.id.clone(),
        line: rule.line,
    })
    .collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverApplies { rule, line } => {
                write!(f, "line {line}: the rule {rule} never applies")
            }
            Self::NothingPermitted => f.write_str("nobody sees anything under this pack"),
            Self::Weak {
                weakness,
                professions,
            } => write!(f, "{weakness}: {}", professions.join(", ")),
            Self::NoCell { kind } => write!(f, "the matrix has no line for the type {kind}"),
            Self::AllCells { profession } => {
                write!(
                    f,
                    "{profession}, once authorised, sees every type by the matrix"
                )
            }
            Self::SeesEverything {
                profession,
                situation,
            } => {
                let situation = situation.name();
                write!(
                    f,
                    "{profession} sees every type beside the matrix ({situation})"
                )
            }
            Self::NeedsNoRelation { profession } => {
                write!(f, "{profession} sees dossiers it has no relation to")
            }
            Self::SeesMasked {
                profession,
                situation,
            } => {
                write!(
                    f,
                    "{profession} sees masked documents ({})",
                    situation.name()
                )
            }
            Self::ContractOpen { profession } => {
                write!(f, "{profession} sees documents for a contract")
            }
            Self::NotYetAnnounced => f.write_str("the holder sees what is not yet announced"),
            Self::KeptFromRepresentatives => {
                f.write_str("representatives see what a minor keeps from them")
            }
            Self::Wider { profession, cells } => {
                write!(f, "{profession} sees more than before, in {cells} cells")
            }
        }
    }
}
