//! One synthetic document, from its plan to sections of text.

use crate::calendar::Day;
use crate::grammar::{DEFAULT_CONDITION, GRAMMAR, NO_CONDITION, Slot, Writer, push_decimal};
use crate::people::{Patient, Post, Practitioner, Sex};
use crate::plan::{Plan, Planned};
use crate::stream::Stream;
use crate::tables::{ANALYTES, Analyte, ByAge, CONDITIONS, RECIPES, Recipe, SectionRecipe, Shape};
use crate::words;
use base::{Flags, Instant};
use std::sync::Arc;

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Whose it is.
    pub patient: Arc<Patient>,
    /// Its number in her dossier, from 0, oldest first.
    pub number: u32,
    /// What kind it is.
    pub kind: Kind,
    /// Its identifier, under [`Document::ROOT`].
    pub unique_id: String,
    /// Identifier of its set of versions, under [`Document::ROOT`].
    pub set_id: String,
    /// Its version in the set, from 1.
    pub version: u32,
    /// The identifier of the document it replaces.
    pub replaces: Option<String>,
    /// typeCode, LOINC.
    pub type_code: &'static str,
    /// Label of the type.
    pub type_label: &'static str,
    /// Title.
    pub title: String,
    /// When it was made.
    pub creation: Instant,
    /// When the act began.
    pub service_start: Instant,
    /// When the act ended.
    pub service_stop: Instant,
    /// Who wrote it.
    pub author: Practitioner,
    /// Flags its patient or author set on it; they are not part of the document.
    pub flags: Flags,
    /// How it is written.
    pub level: Level,
    /// What it says.
    pub sections: Vec<Section>,
}

/// Where documents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A laboratory.
    Biology,
    /// A hospital.
    Hospital,
    /// A practice in town.
    City,
    /// An imaging centre.
    Imaging,
}

/// How a CDA carries its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// As sections of narrative.
    Structured,
    /// As one embedded text file.
    EmbeddedText,
}

/// A titled part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: &'static str,
    /// Its LOINC code.
    pub code: &'static str,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(String),
    /// A list, its items.
    List(Vec<String>),
    /// A table: rows of cells, the first row the heads.
    Table(Vec<Vec<String>>),
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Biology, Self::Hospital, Self::City, Self::Imaging];

    /// Their share of documents.
    pub(crate) const fn per_cent(self) -> u64 {
        match self {
            Self::Biology => 50,
            Self::Hospital => 25,
            Self::City => 16,
            Self::Imaging => 9,
        }
    }

    /// The kind with this name in the recipes.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "biology" => Self::Biology,
            "hospital" => Self::Hospital,
            "city" => Self::City,
            _ => Self::Imaging,
        }
    }
}

impl Document {
    /// Root of identifiers of documents and sets.
    pub const ROOT: &'static str = "1.2.250.1.999.1.2";

    /// Makes one planned document.
    pub(crate) fn make(
        seed: u64,
        patient: &Arc<Patient>,
        plan: &Plan,
        number: u32,
    ) -> Option<Self> {
        let planned = plan.documents.get(usize::try_from(number).ok()?)?;
        let recipe = &RECIPES[planned.recipe];
        let mut scribe = Scribe::new(seed, patient, plan, planned, number);
        let author = author(seed, patient, recipe, planned, &mut scribe.stream);
        let flags = flags(&mut scribe.stream, patient, planned);
        let is_letter = matches!(recipe.kind, Kind::Hospital | Kind::City);
        let level = if is_letter && scribe.stream.chance(EMBEDDED_PER_MILLE) {
            Level::EmbeddedText
        } else {
            Level::Structured
        };
        let sections = recipe
            .sections
            .iter()
            .map(|section| scribe.section(section))
            .collect();
        let id = |number: u32| format!("{seed:x}-{}-{number}", patient.number);
        let creation = scribe.end.at(planned.seconds);
        Some(Self {
            patient: Arc::clone(patient),
            number,
            kind: recipe.kind,
            unique_id: id(number),
            set_id: id(planned.replaces.unwrap_or(number)),
            version: if planned.replaces.is_some() { 2 } else { 1 },
            replaces: planned.replaces.map(id),
            type_code: recipe.type_code,
            type_label: recipe.title,
            title: recipe.title.to_owned(),
            creation,
            service_start: planned.day.at(planned.seconds - SERVICE_SECONDS),
            service_stop: creation,
            author,
            flags,
            level,
            sections,
        })
    }

    /// Its text, as a reader of its CDA lays it out.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for section in &self.sections {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(section.title);
            for block in &section.blocks {
                block.write(&mut text);
            }
        }
        text
    }
}

impl Block {
    fn write(&self, text: &mut String) {
        match self {
            Self::Paragraph(words) => {
                text.push('\n');
                text.push_str(words);
            }
            Self::List(items) => {
                for item in items {
                    text.push_str("\n- ");
                    text.push_str(item);
                }
            }
            Self::Table(rows) => {
                for row in rows {
                    text.push('\n');
                    text.push_str(&row.join("\t"));
                }
            }
        }
    }
}

/// Writes one document.
struct Scribe<'a> {
    seed: u64,
    stream: Stream,
    patient: &'a Patient,
    lasting: Vec<usize>,
    condition: usize,
    panels: &'static [&'static str],
    day: Day,
    end: Day,
}

impl<'a> Scribe<'a> {
    fn new(seed: u64, patient: &'a Patient, plan: &Plan, planned: &Planned, number: u32) -> Self {
        let about = planned.condition.map(|at| &CONDITIONS[at]);
        Self {
            seed,
            stream: Stream::of(seed, &[DOCUMENT, patient.number, u64::from(number)]),
            patient,
            lasting: plan
                .lasting
                .iter()
                .map(|at| CONDITIONS[*at].phrases)
                .collect(),
            condition: about.map_or(DEFAULT_CONDITION, |about| about.phrases),
            panels: about.map_or(&[], |about| about.panels.as_slice()),
            day: planned.day,
            end: planned.day.plus(planned.days),
        }
    }

    fn section(&mut self, recipe: &SectionRecipe) -> Section {
        let count = self.stream.between(recipe.phrases_min, recipe.phrases_max);
        let is_child = self.patient.age(self.day) < 16;
        let rule = |rules: &ByAge| if is_child { rules.child } else { rules.adult };
        let blocks = match &recipe.shape {
            Shape::Paragraphs(rules) => {
                let mut paragraphs = Vec::new();
                for _ in 0..count {
                    let sentence = GRAMMAR.sentence(rule(rules), self);
                    push_new(&mut paragraphs, sentence);
                }
                paragraphs.into_iter().map(Block::Paragraph).collect()
            }
            Shape::List(rules) => {
                let mut items = Vec::new();
                for _ in 0..count {
                    let item = GRAMMAR.sentence(rule(rules), self);
                    push_other(&mut items, item);
                }
                vec![Block::List(items)]
            }
            Shape::Results => vec![self.results()],
        };
        Section {
            title: recipe.title,
            code: recipe.code,
            blocks,
        }
    }

    fn results(&mut self) -> Block {
        let head = GRAMMAR.nth(GRAMMAR.rule("result.head"), 0, self);
        let mut rows = vec![head.split('\t').map(str::to_owned).collect::<Vec<_>>()];
        let asked = self.panels;
        for analyte in ANALYTES.iter() {
            let per_mille = if asked.contains(&analyte.panel) {
                950
            } else if SELDOM_ASKED.contains(&analyte.panel) {
                40
            } else {
                EXTRA_ANALYTE_PER_MILLE
            };
            if self.stream.chance(per_mille) {
                rows.push(self.result(analyte));
            }
        }
        Block::Table(rows)
    }

    /// A value: the mean of two draws, since most results are not at an end of the range.
    fn result(&mut self, analyte: &Analyte) -> Vec<String> {
        let first = self.stream.between(analyte.low, analyte.high);
        let second = self.stream.between(analyte.low, analyte.high);
        let mut value = String::new();
        push_decimal(first.midpoint(second), analyte.decimals, &mut value);
        vec![
            analyte.label.to_owned(),
            value,
            analyte.unit.to_owned(),
            analyte.reference.to_owned(),
        ]
    }

    fn date(&mut self, day: Day, out: &mut String) {
        if self.stream.chance(750) {
            out.push_str(&day.to_string());
            return;
        }
        let (year, month, date) = day.parts();
        let month = usize::try_from(month - 1).unwrap_or(0);
        let month = GRAMMAR.nth(GRAMMAR.rule("mois"), month, self);
        out.push_str(&format!("{date} {month} {year}"));
    }

    fn age(&self) -> String {
        let years = self.patient.age(self.day);
        if years >= 2 {
            return format!("{years} ans");
        }
        let months = self.day.since(self.patient.birth).div_euclid(30);
        format!("{} mois", months.max(1))
    }
}

impl Writer for Scribe<'_> {
    fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    fn is_woman(&self) -> bool {
        self.patient.sex == Sex::Female
    }

    fn condition(&self) -> usize {
        self.condition
    }

    fn lasting(&mut self) -> usize {
        self.stream
            .pick(&self.lasting)
            .copied()
            .unwrap_or(NO_CONDITION)
    }

    fn fill(&mut self, slot: Slot, out: &mut String) {
        match slot {
            Slot::Age => out.push_str(&self.age()),
            Slot::Name => out.push_str(&self.patient.used_family),
            Slot::Civility => out.push_str(match (self.patient.sex, self.patient.age(self.day)) {
                (_, ..16) => "L'enfant",
                (Sex::Female, _) => "Mme",
                (Sex::Male, _) => "M.",
            }),
            Slot::Birth => out.push_str(&self.patient.birth.to_string()),
            Slot::Colleague => {
                let which = self.stream.below(5);
                let colleague =
                    Practitioner::at(self.seed, self.patient.town(), Post::General(which));
                out.push_str(&words::capital(&colleague.family.to_lowercase()));
            }
            Slot::Date => self.date(self.day, out),
            Slot::EndDate => self.date(self.end, out),
            Slot::DateBefore => {
                let back = self.stream.between(20, 700);
                self.date(self.day.plus(-back), out);
            }
            Slot::DateAfter => {
                let ahead = self.stream.between(7, 200);
                self.date(self.end.plus(ahead), out);
            }
            Slot::Span => {
                let span = GRAMMAR.words(GRAMMAR.rule("duree"), self);
                out.push_str(&span);
            }
            Slot::Year => {
                let (born, now) = (self.patient.birth.parts().0, self.day.parts().0);
                let adult = (born + 16).min(now);
                let first = if self.patient.age(self.day) < 16 {
                    born
                } else {
                    adult
                };
                let year = self.stream.between(first, now);
                out.push_str(&year.to_string());
            }
            Slot::Rare => out.push_str(&words::rare(&mut self.stream)),
            Slot::Place => {}
        }
    }
}

fn author(
    seed: u64,
    patient: &Patient,
    recipe: &Recipe,
    planned: &Planned,
    stream: &mut Stream,
) -> Practitioner {
    let speciality = planned
        .condition
        .map_or("SM27", |at| CONDITIONS[at].speciality);
    let post = match recipe.kind {
        Kind::Biology => Post::Laboratory,
        Kind::Imaging => Post::Imaging,
        Kind::Hospital if speciality == "SM26" => Post::Hospital("SM27"),
        Kind::Hospital => Post::Hospital(speciality),
        Kind::City if speciality != "SM26" && stream.chance(250) => Post::Specialist(speciality),
        Kind::City => return patient.attending.clone(),
    };
    Practitioner::at(seed, patient.town(), post)
}

/// Less than one in a hundred, and never two that exclude each other.
fn flags(stream: &mut Stream, patient: &Patient, planned: &Planned) -> Flags {
    match stream.below(1000) {
        0..5 => Flags::MASQUE_PS,
        5..8 => Flags::INVISIBLE_PATIENT,
        8..20 if (12..18).contains(&patient.age(planned.day)) => {
            Flags::INVISIBLE_REPRESENTANTS_LEGAUX
        }
        _ => Flags::NONE,
    }
}

/// Adds a paragraph unless it is there.
fn push_new(paragraphs: &mut Vec<String>, paragraph: String) {
    if !paragraphs.contains(&paragraph) {
        paragraphs.push(paragraph);
    }
}

/// Adds an item unless one begins with the same word: a drug is not prescribed twice.
fn push_other(items: &mut Vec<String>, item: String) {
    let first = |text: &str| text.split(' ').next().map(str::to_owned);
    if !items.iter().any(|known| first(known) == first(&item)) {
        items.push(item);
    }
}

const DOCUMENT: u64 = 6;
const EMBEDDED_PER_MILLE: u64 = 60;
const EXTRA_ANALYTE_PER_MILLE: u64 = 620;
const SELDOM_ASKED: [&str; 4] = ["cardiac", "marker", "coag", "urine"];
const SERVICE_SECONDS: i64 = 1800;

#[cfg(test)]
mod tests;
