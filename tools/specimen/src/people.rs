//! Patients, practitioners and structures that nobody is.
//!
//! Invariants: a matricule is of the test authority, its month is above 50 and its department
//! 00, which no registry gives; its key is right. Numbers of practitioners begin with 899 and
//! those of structures with 199, ranges kept for tests.

use crate::calendar::Day;
use crate::grammar::{GRAMMAR, Slot, Writer};
use crate::stream::Stream;
use crate::tables::{STRUCTURES, speciality_label};
use crate::words::{self, FAMILY_ENDINGS, FEMALE_ENDINGS, MALE_ENDINGS, PLACE_ENDINGS};

/// A patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// Her number in the world.
    pub number: u64,
    /// INS matricule, 15 characters.
    pub matricule: String,
    /// Family name at birth.
    pub birth_family: String,
    /// All given names.
    pub birth_given: String,
    /// First given name.
    pub first_given: String,
    /// Family name in use.
    pub used_family: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub birth: Day,
    /// INSEE code of the place of birth.
    pub birth_place: String,
    /// Identifier at the hospital of her town.
    pub local_id: String,
    /// Her attending physician.
    pub attending: Practitioner,
}

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A physician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practitioner {
    /// National number, under [`Practitioner::ROOT`].
    pub id: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Profession and speciality (TRE_G15, TRE_R38).
    pub speciality: String,
    /// Its label.
    pub speciality_label: String,
    /// Where she practises.
    pub structure: Structure,
}

/// A structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    /// National number, under [`Structure::ROOT`].
    pub id: String,
    /// Name.
    pub name: String,
    /// Sector of activity (healthcareFacilityTypeCode) and its label.
    pub sector: [&'static str; 2],
    /// Practice setting and its label.
    pub practice: [&'static str; 2],
}

/// A post that a town has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    /// One of five general practitioners.
    General(u64),
    /// A hospital physician of a speciality.
    Hospital(&'static str),
    /// A physician of a speciality in town.
    Specialist(&'static str),
    Laboratory,
    Imaging,
}

impl Patient {
    /// OID of the test authority of matricules.
    pub const INS_ROOT: &'static str = "1.2.250.1.213.1.4.10";
    /// Root of the hospital's identifiers.
    pub const LOCAL_ROOT: &'static str = "1.2.250.1.999.1.1";

    /// The patient with this number, for a world of this seed.
    pub(crate) fn of(seed: u64, number: u64, today: Day) -> Self {
        let mut stream = Stream::of(seed, &[PATIENT, number]);
        let sex = if stream.chance(517) {
            Sex::Female
        } else {
            Sex::Male
        };
        let birth = birth(&mut stream, today);
        let birth_family = words::name(&mut stream, &FAMILY_ENDINGS).to_uppercase();
        let endings = match sex {
            Sex::Female => &FEMALE_ENDINGS,
            Sex::Male => &MALE_ENDINGS,
        };
        let first_given = words::name(&mut stream, endings).to_uppercase();
        let mut birth_given = first_given.clone();
        for _ in 0..stream.below(3) {
            birth_given.push(' ');
            birth_given.push_str(&words::name(&mut stream, endings).to_uppercase());
        }
        let changes_name = sex == Sex::Female && stream.chance(450);
        let used_family = if changes_name {
            words::name(&mut stream, &FAMILY_ENDINGS).to_uppercase()
        } else {
            birth_family.clone()
        };
        let town = number / TOWN_PATIENTS;
        let general = stream.weighted([40, 25, 15, 12, 8].into_iter());
        let general = u64::try_from(general).unwrap_or(0);
        Self {
            number,
            matricule: matricule(number, sex, birth),
            birth_family,
            birth_given,
            first_given,
            used_family,
            sex,
            birth,
            birth_place: format!("99{:03}", stream.below(1000)),
            local_id: format!("IPP{number:09}"),
            attending: Practitioner::at(seed, town, Post::General(general)),
        }
    }

    /// Age in whole years on a day.
    #[must_use]
    pub fn age(&self, on: Day) -> i64 {
        let (year, month, day) = on.parts();
        let (born, born_month, born_day) = self.birth.parts();
        let before_birthday = (month, day) < (born_month, born_day);
        year - born - i64::from(before_birthday)
    }

    /// The number of her town.
    pub(crate) const fn town(&self) -> u64 {
        self.number / TOWN_PATIENTS
    }
}

impl Practitioner {
    /// OID of the national numbers of practitioners.
    pub const ROOT: &'static str = "1.2.250.1.71.4.2.1";
    /// OID of professions and specialities.
    pub const SPECIALITY_SYSTEM: &'static str = "1.2.250.1.213.1.1.4.5";

    /// Who holds a post in a town.
    pub(crate) fn at(seed: u64, town: u64, post: Post) -> Self {
        let (rank, speciality, structure) = match post {
            Post::General(which) => (which, "SM26", 0),
            Post::Hospital(speciality) => (100 + code_number(speciality), speciality, 1),
            Post::Laboratory => (10, "SM03", 2),
            Post::Imaging => (11, "SM44", 3),
            Post::Specialist(speciality) => (200 + code_number(speciality), speciality, 4),
        };
        let mut stream = Stream::of(seed, &[PRACTITIONER, town, rank]);
        let endings = if stream.chance(480) {
            &FEMALE_ENDINGS
        } else {
            &MALE_ENDINGS
        };
        let digits = format!("899{:05}{rank:03}", town % 100_000);
        Self {
            id: format!("{digits}{}", luhn(&digits)),
            family: words::name(&mut stream, &FAMILY_ENDINGS).to_uppercase(),
            given: words::name(&mut stream, endings),
            speciality: format!("G15_10/{speciality}"),
            speciality_label: speciality_label(speciality).to_owned(),
            structure: Structure::of(seed, town, structure, rank),
        }
    }
}

impl Structure {
    /// OID of the national numbers of structures.
    pub const ROOT: &'static str = "1.2.250.1.71.4.2.2";
    /// OID of sectors of activity.
    pub const SECTOR_SYSTEM: &'static str = "1.2.250.1.71.4.2.4";
    /// OID of practice settings.
    pub const PRACTICE_SYSTEM: &'static str = "1.2.250.1.213.1.1.4.9";

    fn of(seed: u64, town: u64, kind: usize, rank: u64) -> Self {
        let table = &STRUCTURES[kind];
        // Offices and specialists are many in a town, the other structures one.
        let which = if matches!(kind, 0 | 4) { rank } else { 0 };
        let kind = u64::try_from(kind).unwrap_or(0);
        let mut namer = Namer {
            stream: Stream::of(seed, &[STRUCTURE, town, kind, which]),
            town: words::name(&mut Stream::of(seed, &[TOWN, town]), &PLACE_ENDINGS),
        };
        Self {
            id: format!("199{:04}{kind}{:02}", town % 10_000, which % 100),
            name: GRAMMAR.sentence(table.name, &mut namer),
            sector: table.sector,
            practice: table.practice,
        }
    }
}

impl Sex {
    /// The HL7 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }
}

/// Writes names of structures.
struct Namer {
    stream: Stream,
    town: String,
}

impl Writer for Namer {
    fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    fn is_woman(&self) -> bool {
        false
    }

    fn condition(&self) -> usize {
        0
    }

    fn lasting(&mut self) -> usize {
        0
    }

    fn fill(&mut self, slot: Slot, out: &mut String) {
        if slot == Slot::Place {
            out.push_str(&self.town);
        }
    }
}

/// Years of age by twentieth of the population, then a day of that year.
fn birth(stream: &mut Stream, today: Day) -> Day {
    let twentieth = stream.index(AGE_TWENTIETHS.len() - 1);
    let (low, high) = (AGE_TWENTIETHS[twentieth], AGE_TWENTIETHS[twentieth + 1]);
    let years = stream.between(low, high);
    today.plus(-(years * 365 + years / 4 + stream.between(1, 365)))
}

/// Sex, year, a month above 50 (it counts millions of patients), department 00, the number.
fn matricule(number: u64, sex: Sex, birth: Day) -> String {
    let first = match sex {
        Sex::Male => 1,
        Sex::Female => 2,
    };
    let year = birth.parts().0.rem_euclid(100);
    let month = 51 + number / 1_000_000 % 49;
    let body = format!("{first}{year:02}{month:02}00{:06}", number % 1_000_000);
    let value: u64 = body.parse().unwrap_or(0);
    format!("{body}{:02}", 97 - value % 97)
}

/// The key of Luhn, as practitioners' numbers have.
fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, doubled) if doubled > 9 => doubled - 9,
            (0, doubled) => doubled,
            _ => digit,
        })
        .sum();
    (10 - sum % 10) % 10
}

fn code_number(speciality: &str) -> u64 {
    speciality.trim_start_matches("SM").parse().unwrap_or(0)
}

/// Age reached by each twentieth of those who have a dossier with something in it.
const AGE_TWENTIETHS: [i64; 21] = [
    0, 3, 8, 14, 20, 26, 31, 36, 41, 46, 51, 55, 59, 63, 67, 70, 74, 78, 83, 88, 99,
];
/// Patients of a town, so that the first general practitioner has about 800.
const TOWN_PATIENTS: u64 = 2000;
const PATIENT: u64 = 1;
const PRACTITIONER: u64 = 2;
const STRUCTURE: u64 = 3;
const TOWN: u64 = 4;

#[cfg(test)]
mod tests;
