//! What is done to the simulated store: acts, and the seeded choice of them.
//!
//! Invariants: a document is made of its number and its patient alone; an act is chosen so
//! that it must succeed on a disk without faults.

use crate::dice::Dice;
use crate::model::Model;
use crate::play::Keeping;
use base::{Availability, Flags};
use liasse::Matricule;

/// One act.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A document, and a dossier for it when there is none.
    Deposit { patient: usize, number: usize },
    /// A document that replaces an older one.
    Replace {
        patient: usize,
        old: usize,
        number: usize,
    },
    /// The holder hides a document from professionals.
    Mask { patient: usize, number: usize },
    /// The holder shows it again.
    Unmask { patient: usize, number: usize },
    /// The holder authorises the colleague.
    Share { patient: usize },
    /// The rescuer breaks the glass: a trace that is durable before anything is read.
    Glass { patient: usize },
    /// The doctor reads: a trace that may wait.
    Read { patient: usize },
    /// The holder erases her dossier: keys, rows, units, index, two receipts, two roots.
    Erase { patient: usize },
    /// The holder erases one document, and what it had replaced.
    EraseDocument { patient: usize, number: usize },
    /// One batch erases a patient's dossier and a document of another.
    EraseBatch {
        patient: usize,
        other: usize,
        number: usize,
    },
    /// Three deposits that do not wait for each other.
    Crowd { patient: usize, number: usize },
    /// A submission of two documents: both or none.
    Submit { patient: usize, number: usize },
    /// The root key is replaced, and nothing else.
    Rotate,
    /// Dead bodies leave the disk.
    Compact,
    /// The store is copied into a folder of the same disk.
    Backup,
    /// The store is closed, which flushes the index, and opened again.
    Reopen,
}

impl Act {
    /// An act that fits the model; `number` is the number of the next document.
    pub(crate) fn choose(dice: &mut Dice, model: &Model, manner: Manner, number: usize) -> Self {
        let patient = dice.below(PATIENTS);
        let deposit = Self::Deposit { patient, number };
        let dossier = match model.dossiers.get(&patient) {
            Some(dossier) if !dossier.papers.is_empty() => dossier,
            Some(_) | None => {
                return match dice.below(4) {
                    0 => Self::Submit { patient, number },
                    _ => deposit,
                };
            }
        };
        if dossier.papers.len() >= PAPERS_MAX {
            return Self::Erase { patient };
        }
        let paper = &dossier.papers[dice.below(dossier.papers.len())];
        let named = paper.number;
        match dice.below(100) {
            0..22 => deposit,
            22..26 => Self::Submit { patient, number },
            26..32 if manner.crowds => Self::Crowd { patient, number },
            32..40 if paper.status == Availability::Approved => Self::Replace {
                patient,
                old: named,
                number,
            },
            40..50 if paper.flags.contains(Flags::MASQUE_PS) => Self::Unmask {
                patient,
                number: named,
            },
            40..50 => Self::Mask {
                patient,
                number: named,
            },
            50..55 if !dossier.shared => Self::Share { patient },
            55..61 => Self::Glass { patient },
            61..67 => Self::Read { patient },
            67..73 => Self::Erase { patient },
            73..79 => Self::EraseDocument {
                patient,
                number: named,
            },
            79..83 => Self::batch(dice, model, patient, named),
            83..86 => Self::Rotate,
            86..90 => Self::Compact,
            90..93 => Self::Backup,
            93..99 => Self::Reopen,
            _ => deposit,
        }
    }

    /// A batch that erases the dossier of another patient, when there is one.
    fn batch(dice: &mut Dice, model: &Model, other: usize, number: usize) -> Self {
        let patient = (other + 1 + dice.below(PATIENTS - 1)) % PATIENTS;
        if model.dossiers.contains_key(&patient) {
            Self::EraseBatch {
                patient,
                other,
                number,
            }
        } else {
            Self::EraseDocument {
                patient: other,
                number,
            }
        }
    }

    /// Whether it turns the root of the key store.
    pub(crate) const fn is_rotation(&self) -> bool {
        matches!(
            self,
            Self::Erase { .. }
                | Self::EraseDocument { .. }
                | Self::EraseBatch { .. }
                | Self::Rotate
        )
    }

    /// Whether it is more than one commit, so that a failed one may leave it begun.
    pub(crate) const fn is_many_commits(&self) -> bool {
        self.is_rotation() || matches!(self, Self::Reopen | Self::Crowd { .. } | Self::Compact)
    }

    /// Whose dossier it is about; the first's when it is about none.
    pub(crate) const fn patient(&self) -> usize {
        match self {
            Self::Deposit { patient, .. }
            | Self::Replace { patient, .. }
            | Self::Mask { patient, .. }
            | Self::Unmask { patient, .. }
            | Self::Share { patient }
            | Self::Glass { patient }
            | Self::Read { patient }
            | Self::Erase { patient }
            | Self::EraseDocument { patient, .. }
            | Self::EraseBatch { patient, .. }
            | Self::Crowd { patient, .. }
            | Self::Submit { patient, .. } => *patient,
            Self::Rotate | Self::Compact | Self::Backup | Self::Reopen => 0,
        }
    }

    /// The numbers of the documents it deposits.
    pub(crate) fn deposits(&self) -> Vec<usize> {
        match self {
            Self::Deposit { number, .. } | Self::Replace { number, .. } => vec![*number],
            Self::Submit { number, .. } => vec![*number, *number + 1],
            Self::Crowd { number, .. } => vec![*number, *number + 1, *number + 2],
            Self::Mask { .. }
            | Self::Unmask { .. }
            | Self::Share { .. }
            | Self::Glass { .. }
            | Self::Read { .. }
            | Self::Erase { .. }
            | Self::EraseDocument { .. }
            | Self::EraseBatch { .. }
            | Self::Rotate
            | Self::Compact
            | Self::Backup
            | Self::Reopen => Vec::new(),
        }
    }
}

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How the root key is kept.
    pub(crate) keeping: Keeping,
    /// Whether the catalog goes to a sink on the same disk.
    pub(crate) sinks: bool,
    /// Whether several deposits are under way at once.
    pub(crate) crowds: bool,
    /// Whether bodies and catalog are synced at once, as on a real disk.
    pub(crate) beside: bool,
    /// Whether the catalog is locked against other processes, as on a real disk.
    pub(crate) locked: bool,
}

impl Manner {
    /// The manner of the run of this seed. Where several threads write, the order of the disk's
    /// events is the machine's: those with a sink or a crowd are not the same every time.
    pub(crate) const fn of(seed: u64) -> Self {
        Self {
            keeping: if seed.is_multiple_of(4) {
                Keeping::File
            } else {
                Keeping::Ring
            },
            sinks: seed % 8 == 2,
            crowds: seed % 8 == 6,
            beside: seed % 8 == 6,
            locked: seed % 8 == 1,
        }
    }

    /// No sink, no crowd.
    pub(crate) const fn plain(keeping: Keeping) -> Self {
        Self {
            keeping,
            sinks: false,
            crowds: false,
            beside: false,
            locked: false,
        }
    }
}

/// The patients' matricules.
pub(crate) fn matricules() -> Result<Vec<Matricule>, String> {
    let world = specimen::World::new(7);
    let matricule = |number| {
        let patient = world.patient(number);
        let text = format!("{}@{}", patient.matricule, specimen::Patient::INS_ROOT);
        text.parse()
            .map_err(|error: liasse::Error| error.to_string())
    };
    (0..PATIENTS as u64).map(matricule).collect()
}

/// The text of the document of this number, which is what it is fetched as.
pub(crate) fn text(number: usize) -> String {
    format!("{} ", word(number)).repeat(1 + number % 7 * 20)
}

/// The document of this number, as it is deposited.
pub(crate) fn form(patient: usize, number: usize, replaces: Option<usize>) -> Vec<u8> {
    let matricule = specimen::World::new(7).patient(patient as u64).matricule;
    let replaces = replaces.map_or(String::new(), |old| format!("\"{}\"", unique_id(old)));
    let text = text(number);
    format!(
        "{{\"liasse_document\": 1, \"unique_id\": \"{}\", \"replaces\": [{replaces}], \
         \"type\": {{\"code\": \"11502-2\", \"system\": \"2.16.840.1.113883.6.1\"}}, \
         \"title\": \"{}\", \"creation_time\": \"2026-01-14T07:30:00+01:00\", \
         \"patient\": {{\"ins\": {{\"matricule\": \"{matricule}\", \"oid\": \"{}\"}}}}, \
         \"text\": \"{text}\"}}",
        unique_id(number),
        title(number),
        specimen::Patient::INS_ROOT,
    )
    .into_bytes()
}

/// The identifier that its producer gave the document.
pub(crate) fn unique_id(number: usize) -> String {
    format!("1.2.250.1.999.7.1^SIM-{number}")
}

pub(crate) fn title(number: usize) -> String {
    format!("Compte rendu {number}")
}

/// A word that stands in this document alone.
pub(crate) fn word(number: usize) -> String {
    format!("mot{number}unique")
}

/// How many patients there are.
pub(crate) const PATIENTS: usize = 3;
const PAPERS_MAX: usize = 6;
/// Most documents that one act deposits.
pub(crate) const DEPOSITS_MAX: usize = 3;
