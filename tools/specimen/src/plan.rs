//! What a dossier holds: how many documents, when, of which kind, about what.
//!
//! Shape: empty with 15 %, else log-normal (median 12, sigma 1.1, at most 2,000); kinds biology
//! 50 %, hospital 25 %, city 16 %, imaging 9 %; dates cluster in episodes and are denser in
//! recent years. By integer tables, since the last bits of a logarithm vary with machines.

use crate::calendar::Day;
use crate::document::Kind;
use crate::people::{Patient, Sex};
use crate::stream::Stream;
use crate::tables::{CONDITIONS, Condition, RECIPES};

/// The plan of a dossier.
pub(crate) struct Plan {
    /// The conditions that last, by their numbers in the table.
    pub(crate) lasting: Vec<usize>,
    /// Its documents, oldest first.
    pub(crate) documents: Vec<Planned>,
}

/// A planned document.
#[derive(Clone)]
pub(crate) struct Planned {
    /// The day of the act.
    pub(crate) day: Day,
    /// Days until the report was made.
    pub(crate) days: i64,
    /// Seconds of the day at which it was made.
    pub(crate) seconds: i64,
    /// Its recipe, by number in the table.
    pub(crate) recipe: usize,
    /// What it is about, by number in the table; the default for a healthy patient.
    pub(crate) condition: Option<usize>,
    /// The document it replaces.
    pub(crate) replaces: Option<u32>,
}

impl Plan {
    /// The plan of a patient's dossier.
    pub(crate) fn of(seed: u64, patient: &Patient, today: Day) -> Self {
        let mut stream = Stream::of(seed, &[PLAN, patient.number]);
        let count = document_count(&mut stream);
        let lasting = lasting(&mut stream, patient, today, count);
        let mut documents = Vec::new();
        while documents.len() < count {
            episode(&mut stream, patient, today, &lasting, &mut documents);
        }
        documents.truncate(count);
        documents.sort_by_key(|planned| (planned.day, planned.seconds));
        correct(&mut stream, &mut documents);
        Self { lasting, documents }
    }
}

fn document_count(stream: &mut Stream) -> usize {
    if stream.chance(EMPTY_PER_MILLE) {
        return 0;
    }
    let at = stream.index(COUNTS.len() + 1);
    let count = COUNTS.get(at).copied();
    let count = count.unwrap_or_else(|| COUNTS_TAIL[stream.index(COUNTS_TAIL.len())]);
    usize::from(count)
}

/// Who has many documents has more conditions.
fn lasting(stream: &mut Stream, patient: &Patient, today: Day, count: usize) -> Vec<usize> {
    let age = patient.age(today);
    let factor = match count {
        0..=5 => 5,
        6..=20 => 10,
        21..=60 => 18,
        _ => 28,
    };
    let mut found = Vec::new();
    for (at, condition) in CONDITIONS.iter().enumerate() {
        let drawn = stream.chance((condition.per_mille * factor / 10).min(850));
        if condition.lasts && drawn && concerns(condition, patient.sex, age) {
            found.push(at);
        }
    }
    found
}

fn concerns(condition: &Condition, sex: Sex, age: i64) -> bool {
    (condition.age_min..=condition.age_max).contains(&age)
        && condition.sex.is_none_or(|only| only == sex)
}

/// Some documents within a few days, about one condition.
fn episode(
    stream: &mut Stream,
    patient: &Patient,
    today: Day,
    lasting: &[usize],
    documents: &mut Vec<Planned>,
) {
    let span = today.since(patient.birth).clamp(1, YEARS_BACK * 365);
    // The lesser of two draws: recent years hold more.
    let back = stream.between(0, span - 1).min(stream.between(0, span - 1));
    let mut day = today.plus(-back);
    let age = patient.age(day);
    let acute: Vec<usize> = (0..CONDITIONS.len())
        .filter(|at| !CONDITIONS[*at].lasts && concerns(&CONDITIONS[*at], patient.sex, age))
        .collect();
    let condition = if !lasting.is_empty() && stream.chance(620) {
        stream.pick(lasting).copied()
    } else {
        let weights = acute.iter().map(|at| CONDITIONS[*at].per_mille);
        let at = stream.weighted(weights);
        acute.get(at).copied()
    };
    loop {
        documents.push(planned(stream, day, condition));
        if documents.len() >= DOCUMENTS_MAX || !stream.chance(EPISODE_GOES_ON_PER_MILLE) {
            break;
        }
        day = day.plus(stream.between(0, 6)).min(today);
    }
}

fn planned(stream: &mut Stream, day: Day, condition: Option<usize>) -> Planned {
    let kind = Kind::ALL[stream.weighted(Kind::ALL.iter().map(|kind| kind.per_cent()))];
    let recipe = stream.weighted(RECIPES.iter().map(|recipe| {
        if recipe.kind == kind {
            recipe.weight
        } else {
            0
        }
    }));
    let days = match kind {
        Kind::Hospital => stream.between(0, 11),
        Kind::Biology => stream.between(0, 1),
        Kind::City | Kind::Imaging => 0,
    };
    Planned {
        day,
        days,
        seconds: stream.between(8 * 3600, 19 * 3600),
        recipe,
        condition,
        replaces: None,
    }
}

/// Now and then a document is a corrected version of the one before it.
fn correct(stream: &mut Stream, documents: &mut [Planned]) {
    for at in 1..documents.len() {
        let is_correction = stream.chance(CORRECTION_PER_MILLE);
        if is_correction && documents[at - 1].replaces.is_none() {
            let before = documents[at - 1].clone();
            let later = &mut documents[at];
            later.recipe = before.recipe;
            later.condition = before.condition;
            later.replaces = u32::try_from(at - 1).ok();
        }
    }
}

const PLAN: u64 = 5;
const EMPTY_PER_MILLE: u64 = 150;
const EPISODE_GOES_ON_PER_MILLE: u64 = 640;
const CORRECTION_PER_MILLE: u64 = 15;
const DOCUMENTS_MAX: usize = 2000;
const YEARS_BACK: i64 = 12;

/// The quantiles (k + 1/2) / 256 of the law, the last one left out.
const COUNTS: [u16; 255] = [
    1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
    3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6,
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
    8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 11,
    11, 11, 12, 12, 12, 12, 12, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 15,
    15, 15, 15, 15, 15, 15, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 19, 19, 19,
    19, 19, 20, 20, 20, 20, 21, 21, 21, 21, 22, 22, 22, 23, 23, 23, 23, 24, 24, 24, 25, 25, 25, 26,
    26, 26, 27, 27, 28, 28, 28, 29, 29, 30, 30, 31, 31, 32, 32, 33, 33, 34, 34, 35, 35, 36, 37, 37,
    38, 39, 40, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 55, 56, 58, 60, 62, 64, 66, 69,
    71, 74, 78, 81, 86, 90, 96, 103, 111, 122, 136, 157, 192,
];

/// Quantiles of its last 256th.
const COUNTS_TAIL: [u16; 64] = [
    225, 226, 227, 229, 230, 231, 233, 234, 236, 237, 239, 241, 242, 244, 246, 248, 250, 251, 253,
    255, 258, 260, 262, 264, 267, 269, 271, 274, 277, 279, 282, 285, 288, 292, 295, 299, 302, 306,
    310, 314, 319, 323, 328, 334, 339, 345, 352, 358, 366, 374, 383, 392, 403, 414, 428, 443, 460,
    481, 506, 537, 578, 637, 735, 987,
];

#[cfg(test)]
mod tests;
