//! The documents: about 1.4 kB of made-up words each, one word in 28 of 100, one in one of 1,000.
//!
//! Invariants: document `n` of a world is made of `n` and the world's sizes alone; every word
//! ends so that no stemmer changes it and holds no accent, so that all analyses agree.

/// A word of 28 documents in 100.
pub const COMMON: &str = "zolpik";
/// A word of one document in 10.
pub const OTHER: &str = "marvok";
/// A word of one document in 1,000.
pub const RARE: &str = "vextrik";

/// Sizes of a world.
#[derive(Clone, Copy)]
pub struct World {
    /// Patients.
    pub patients: u32,
    /// Documents of all of them.
    pub documents: u32,
}

/// A document.
#[derive(Clone)]
pub struct Document {
    /// Its number.
    pub number: u32,
    /// Whose it is.
    pub patient: u32,
    /// Its type.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// Day of writing, counted from 2015.
    pub day: u32,
    /// Whether it is hidden from professionals.
    pub masked: bool,
    /// Its text.
    pub text: String,
}

impl Document {
    /// What is fetched.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        self.text.clone().into_bytes()
    }
}

impl World {
    /// How many patients the physician has: the first ones.
    #[must_use]
    pub const fn panel(&self) -> u32 {
        // In two steps, so that no number of patients overflows.
        let share = self.patients / 20_000 * 766 + self.patients % 20_000 * 766 / 20_000;
        if share == 0 { 1 } else { share }
    }

    /// A few of her patients, of whom the second is none.
    pub fn some_patients(&self) -> impl Iterator<Item = u32> + use<> {
        let panel = self.panel();
        (0..panel).step_by((panel as usize / 8).max(2))
    }

    /// Document `number`.
    #[must_use]
    pub fn document(&self, number: u32) -> Document {
        let mut dice = Dice(u64::from(number) << 20 | 0xACE);
        let patient = dice.below(self.patients);
        let kind = KINDS[dice.below(5) as usize];
        let masked = dice.below(10) == 0;
        let mut text = String::with_capacity(1_500);
        for (word, in_thousand) in [(COMMON, 280), (OTHER, 100), (RARE, 1)] {
            if dice.below(1000) < in_thousand {
                text.push_str(word);
                text.push(' ');
            }
        }
        while text.len() < 1_430 {
            // A few words are frequent, most are not.
            let share = u64::from(dice.below(1 << 16));
            let nth = (((share * share) >> 16) * share) >> 16;
            push_word(&mut text, u32::try_from(nth >> 1).unwrap_or(0));
            text.push(' ');
        }
        text.pop();
        Document {
            number,
            patient,
            kind,
            title: format!("Compte rendu {number}"),
            day: dice.below(3_600),
            masked,
            text,
        }
    }

    /// All documents.
    pub fn all(&self) -> impl Iterator<Item = Document> + '_ {
        (0..self.documents).map(|number| self.document(number))
    }

    /// A document that no load holds, of one of her patients whose dossier nobody compares: no
    /// answer that is compared changes by it.
    #[must_use]
    pub fn fresh(&self, nth: u32) -> Document {
        let number = self.documents + nth;
        Document {
            patient: 1,
            masked: false,
            text: format!("{} {}", word_of(number), word_of(number / 2)),
            ..self.document(number)
        }
    }
}

/// A word that the fresh document of this number alone holds.
#[must_use]
pub fn word_of(number: u32) -> String {
    let mut word = "zif".to_owned();
    push_word(&mut word, number);
    word
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = (word ^ (word >> 31)) >> 32;
        u32::try_from((high * u64::from(bound)) >> 32).unwrap_or(0)
    }
}

/// The word of this rank: syllables, and an end that no stemmer cuts.
fn push_word(text: &mut String, rank: u32) {
    let mut rest = rank + 20;
    while rest > 0 {
        let syllable = SYLLABLES[(rest % 20) as usize];
        text.push_str(syllable);
        rest /= 20;
    }
    text.push('k');
}

const SYLLABLES: [&str; 20] = [
    "ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ro", "ti", "vu", "za", "bo", "di", "fu",
    "ga", "ko", "li", "mu",
];
/// The types of documents.
pub(super) const KINDS: [&str; 5] = ["11502-2", "11488-4", "34133-9", "18748-4", "56445-0"];
