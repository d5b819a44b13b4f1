//! Damaged and hostile bytes: no panic, no hanging, and not a word of the document in any
//! message.
//!
//! `INTAKE_MUTATIONS` asks for more rounds than the default; the seed is printed.

use base::{Entropy, SeededEntropy};
use intake::fuzzing::read_any;

const SAMPLES: [&str; 3] = [
    include_str!("../../samples/level3.xml"),
    include_str!("../../samples/level1.xml"),
    include_str!("../../samples/form.json"),
];

/// Words of the samples that no message may hold.
const SECRETS: [&str; 12] = [
    "TESTOVAL",
    "MAROUSKA",
    "FICTIVELLE",
    "VERMILLARD",
    "279035121518989",
    "221042545611404",
    "CR-2026-0042",
    "Palpitations",
    "QUINTEFEUILLE",
    "Trois-Ormes",
    "Biologie",
    "XX-NOUVEAU",
];

/// A source of small numbers.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        let source: &dyn Entropy = &self.0;
        let drawn = u64::from_le_bytes(source.array().expect("a seeded source always gives"));
        let bound = u64::try_from(bound.max(1)).expect("a bound fits");
        usize::try_from(drawn % bound).expect("below the bound")
    }

    fn mutate(&self, sample: &[u8]) -> Vec<u8> {
        let mut bytes = sample.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let other = self.below(bytes.len());
            let length = self.below(60).min(bytes.len() - other);
            let piece = bytes[other..other + length].to_vec();
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes.truncate(at),
                2 => drop(bytes.splice(at..at, piece)),
                3 => drop(bytes.drain(other..other + length)),
                4 => drop(bytes.splice(at..at, TOKENS[self.below(TOKENS.len())].bytes())),
                _ => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
            }
            if bytes.is_empty() {
                bytes.push(b'<');
            }
        }
        bytes
    }
}

const TOKENS: [&str; 14] = [
    "<",
    ">",
    "/>",
    "</",
    "&",
    "&#x41;",
    "&lol;",
    "<!DOCTYPE x>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "\"",
    "\u{0}",
];

fn rounds() -> usize {
    let asked = std::env::var("INTAKE_MUTATIONS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(3000)
}

#[test]
fn mutated_documents_never_panic_and_never_speak() {
    let seed = 0x11A5_5E00;
    println!("seed {seed:#x}, {} rounds", rounds());
    let dice = Dice(SeededEntropy::new(seed));
    let mut read = 0_usize;
    for round in 0..rounds() {
        let bytes = dice.mutate(SAMPLES[round % SAMPLES.len()].as_bytes());
        read_any(&bytes);
        let said = match intake::read(&bytes, None) {
            Ok(paper) => {
                read += 1;
                format!(
                    "{paper:?} {:?} {:?}",
                    paper.metadata, paper.metadata.patient
                )
            }
            Err(refusal) => format!("{refusal} {refusal:?}"),
        };
        for secret in SECRETS {
            assert!(!said.contains(secret), "round {round} says {secret}");
        }
    }
    println!("{read} of {} mutated documents were read", rounds());
    assert!(
        read > rounds() / 50,
        "mutations are mild enough to reach every reader"
    );
    assert!(read < rounds() * 9 / 10, "and hard enough to be refused");
}

#[test]
fn no_refusal_of_a_prefix_is_a_panic() {
    for sample in SAMPLES {
        for length in (0..sample.len()).step_by(7) {
            read_any(&sample.as_bytes()[..length]);
        }
    }
}

/// A linear reader refuses each in well under a second; a quadratic one would be seen to hang.
#[test]
fn bombs_are_refused() {
    let head = "<ClinicalDocument xmlns='urn:hl7-org:v3'>";
    let bombs = [
        format!(
            "<!DOCTYPE x [{}]><x>&l9;</x>",
            "<!ENTITY l9 '&l8;&l8;'>".repeat(1000)
        ),
        "<x>".repeat(1 << 20),
        format!("{head}<title>{}", "&#65;".repeat(1 << 20)),
        format!("{head}<title>{}", "<a/>".repeat(1 << 20)),
        format!("{head}<id {}/>", "a='' ".repeat(1 << 20)),
        format!("{head}<id {}/>", "xmlns:a='' ".repeat(1 << 19)),
        format!("{head}{}", "<templateId root='1'/>".repeat(1 << 17)),
        format!("{head}{}", "<!-- -->".repeat(1 << 20)),
        format!("{{\"title\":{}", "[".repeat(1 << 20)),
        format!("{{\"replaces\":[{}", "\"1.2\",".repeat(1 << 19)),
    ];
    for (at, bomb) in bombs.iter().enumerate() {
        assert!(intake::read(bomb.as_bytes(), None).is_err(), "bomb {at}");
    }
}
