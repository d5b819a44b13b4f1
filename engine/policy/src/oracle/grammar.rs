//! Random rules: every form the subset accepts, over the whole vocabulary.

use super::Draw;
use super::world::{ACTORS, CLASSES, NOW, SPECIALITIES, STRUCTURES, TYPES};
use crate::predicate::Circumstance;
use crate::schema::ActionName;
use base::{Availability, Consent, Purpose};
use std::fmt::Write;

/// The text of a random set of rules for two actions on dossiers and two on documents; each of them
/// is named first by some rules and second by others.
pub(super) fn rules(
    draw: &Draw,
    professions: &[String],
    of_dossier: [ActionName; 2],
    of_document: [ActionName; 2],
) -> String {
    let mut text = String::new();
    let count = 2 + draw.below(4);
    for at in 0..count {
        let grammar = Grammar {
            draw,
            professions,
            actor: !draw.once_in(3),
            document: !draw.once_in(3),
            of_dossier,
            of_document,
        };
        let effect = if at > 0 && draw.once_in(3) {
            "forbid"
        } else {
            "permit"
        };
        let _ = writeln!(text, "@id(\"r{at}\")\n{effect} ({})", grammar.scope());
        for _ in 0..1 + draw.below(2) {
            let word = if draw.once_in(4) { "unless" } else { "when" };
            let _ = writeln!(text, "{word} {{ {} }}", grammar.condition(3));
        }
        text.push_str(";\n");
    }
    text
}

struct Grammar<'a> {
    draw: &'a Draw,
    professions: &'a [String],
    actor: bool,
    document: bool,
    of_dossier: [ActionName; 2],
    of_document: [ActionName; 2],
}

impl Grammar<'_> {
    fn scope(&self) -> String {
        let draw = self.draw;
        let principal = match (self.actor, draw.below(6)) {
            (true, 0) => format!("principal == DMP::Actor::\"{}\"", draw.pick(&ACTORS)),
            (true, 1) => {
                format!(
                    "principal is DMP::Actor in DMP::Structure::\"{}\"",
                    draw.pick(&STRUCTURES)
                )
            }
            (true, 2) => format!(
                "principal in DMP::Structure::\"{}\"",
                draw.pick(&STRUCTURES)
            ),
            (true, _) => "principal is DMP::Actor".to_owned(),
            (false, 0) => "principal == DMP::Person::\"p0\"".to_owned(),
            (false, _) => "principal is DMP::Person".to_owned(),
        };
        let [own, other] = if self.document {
            self.of_document
        } else {
            self.of_dossier
        };
        let (own, other) = (own.code(), other.code());
        let action = match draw.below(4) {
            0 => format!("action == DMP::Action::\"{own}\""),
            1 => format!("action in [DMP::Action::\"{own}\", DMP::Action::\"{other}\"]"),
            2 => format!("action == DMP::Action::\"{other}\""),
            _ => "action".to_owned(),
        };
        let resource = if self.document {
            "DMP::Document"
        } else {
            "DMP::Dossier"
        };
        format!("{principal}, {action}, resource is {resource}")
    }

    fn condition(&self, depth: usize) -> String {
        let atom = || format!("({})", self.atom());
        if depth == 0 {
            return atom();
        }
        let below = || self.condition(depth - 1);
        match self.draw.below(9) {
            0 | 1 => format!("({} && {})", below(), below()),
            2 | 3 => format!("({} || {})", below(), below()),
            4 => format!("!({})", below()),
            5 => format!("(if {} then {} else {})", below(), below(), below()),
            6 => format!(
                "({} {} {})",
                below(),
                self.draw.pick(&["==", "!="]),
                below()
            ),
            _ => atom(),
        }
    }

    fn atom(&self) -> String {
        match self.draw.below(if self.document { 12 } else { 8 }) {
            0 | 1 => self.of_context(),
            2 if self.actor => self.of_actor(),
            2..=4 => self.member(),
            5 | 6 => self.consent(),
            7 => self.time(),
            8 | 9 => self.of_type(),
            10 => self.of_code(),
            _ => self.flag(),
        }
    }

    fn dossier(&self) -> &'static str {
        if self.document {
            "resource.dossier"
        } else {
            "resource"
        }
    }

    fn of_context(&self) -> String {
        let draw = self.draw;
        let purpose = || draw.pick(Purpose::ALL).code();
        match draw.below(8) {
            6 | 7 => {
                let word = draw.pick(&["containsAll", "containsAny"]);
                let set = format!("[\"{}\", \"{}\"]", purpose(), purpose());
                format!("{set}.{word}([context.purpose, \"{}\"])", purpose())
            }
            0 => format!("context.purpose == \"{}\"", purpose()),
            1 => format!(
                "[\"{}\", \"{}\"].contains(context.purpose)",
                purpose(),
                purpose()
            ),
            2 => {
                let like = draw.pick(&["emergency*", "*e", "care", "*are*", "c*are", "p*l*"]);
                format!("context.purpose like \"{like}\"")
            }
            3 => "context.secret".to_owned(),
            4 => {
                let (one, other) = (self.of_document[0].code(), self.of_dossier[0].code());
                format!("action in [DMP::Action::\"{one}\", DMP::Action::\"{other}\"]")
            }
            _ => format!("context.{}", draw.pick(&Circumstance::ALL).code()),
        }
    }

    fn of_actor(&self) -> String {
        let draw = self.draw;
        let profession = || format!("DMP::Profession::\"{}\"", draw.pick(self.professions));
        match draw.below(7) {
            0 => format!("principal.profession == {}", profession()),
            1 => format!(
                "principal.profession in [{}, {}]",
                profession(),
                profession()
            ),
            2 => format!(
                "[{}, {}].contains(principal.profession)",
                profession(),
                profession()
            ),
            3 => format!("principal.speciality == \"{}\"", draw.pick(&SPECIALITIES)),
            4 => {
                format!(
                    "principal.structure == DMP::Structure::\"{}\"",
                    draw.pick(&STRUCTURES)
                )
            }
            5 => format!("principal == DMP::Actor::\"{}\"", draw.pick(&ACTORS)),
            _ => format!(
                "principal in DMP::Structure::\"{}\"",
                draw.pick(&STRUCTURES)
            ),
        }
    }

    fn member(&self) -> String {
        let (draw, dossier) = (self.draw, self.dossier());
        if !self.actor {
            let mut tests = vec![
                format!("{dossier}.holder == principal"),
                format!("{dossier}.representatives.contains(principal)"),
                format!("principal in {dossier}.delegates"),
                "principal is DMP::Person".to_owned(),
            ];
            if self.document {
                tests.push("resource.persons.contains(principal)".to_owned());
            }
            return draw.pick(&tests).clone();
        }
        let sets = ["authorised", "careTeam", "attending", "blocked", "authors"];
        let structures = [
            "authorisedStructures",
            "blockedStructures",
            "authorStructures",
        ];
        let (set, of_structures) = (draw.pick(&sets), draw.pick(&structures));
        let mut tests = vec![
            format!("{dossier}.{set}.contains(principal)"),
            format!("principal in {dossier}.{set}"),
            format!("{dossier}.{set}.containsAny([principal])"),
            format!("{dossier}.{of_structures}.contains(principal.structure)"),
            format!("principal in {dossier}.{of_structures}"),
            format!("{dossier}.{of_structures}.containsAll([principal.structure])"),
        ];
        if self.document {
            tests.push("resource.authors.contains(principal)".to_owned());
            tests.push("resource.structures.contains(principal.structure)".to_owned());
        }
        draw.pick(&tests).clone()
    }

    fn consent(&self) -> String {
        let (draw, dossier) = (self.draw, self.dossier());
        let questions = [
            "consultation",
            "deposit",
            "etreat",
            "btg",
            "maskedInEmergency",
        ];
        let question = draw.pick(&questions);
        let answer = || draw.pick(Consent::ALL).code();
        match draw.below(5) {
            0 => format!("{dossier}.{question} != \"{}\"", answer()),
            1 => format!("{dossier}.{question} == \"{}\"", answer()),
            2 => format!(
                "[\"{}\", \"{}\"].contains({dossier}.{question})",
                answer(),
                answer()
            ),
            3 => format!(
                "{dossier}.{question} == {dossier}.{}",
                draw.pick(&questions)
            ),
            _ => {
                let status = draw.pick(&["active", "closed", "absent"]);
                format!("{dossier}.status == \"{status}\"")
            }
        }
    }

    fn time(&self) -> String {
        let draw = self.draw;
        let majority = format!("{}.majority", self.dossier());
        let mut moments = vec!["context.now".to_owned(), majority];
        if self.document {
            moments.push("resource.created".to_owned());
            moments.push("resource.deposited".to_owned());
            moments.push("resource.hiddenFromHolderUntil".to_owned());
        }
        let left = draw.pick(&moments).clone();
        let right = if draw.once_in(3) {
            (NOW - 2 + i64::try_from(draw.below(5)).expect("few")).to_string()
        } else {
            draw.pick(&moments).clone()
        };
        format!(
            "{left} {} {right}",
            draw.pick(&["<", "<=", ">", ">=", "==", "!="])
        )
    }

    fn of_type(&self) -> String {
        let draw = self.draw;
        let kind = || format!("DMP::DocType::\"{}\"", draw.pick(&TYPES));
        let profession = || format!("DMP::Profession::\"{}\"", draw.pick(self.professions));
        match draw.below(8) {
            6 => "resource.type in resource.authorProfession".to_owned(),
            7 => format!("{} in resource.authorProfession", kind()),
            0 if self.actor => "resource.type in principal.profession".to_owned(),
            0 | 1 => format!("resource.type in {}", profession()),
            2 => format!("resource.type in [{}, {}]", profession(), profession()),
            3 => format!("resource.type == {}", kind()),
            4 => format!("[{}, {}].contains(resource.type)", kind(), kind()),
            _ => format!("{} in {}", kind(), profession()),
        }
    }

    fn of_code(&self) -> String {
        let draw = self.draw;
        match draw.below(6) {
            0 => format!("resource.class == \"{}\"", draw.pick(&CLASSES)),
            1 => format!(
                "resource.class like \"{}\"",
                draw.pick(&["1*", "10", "*0", "*", "4*2"])
            ),
            2 => format!(
                "resource.status == \"{}\"",
                draw.pick(Availability::ALL).code()
            ),
            3 => format!(
                "[\"{}\", \"{}\"].contains(resource.class)",
                draw.pick(&CLASSES),
                draw.pick(&CLASSES)
            ),
            4 if self.actor => "resource.authorProfession == principal.profession".to_owned(),
            _ => format!(
                "resource.authorProfession == DMP::Profession::\"{}\"",
                draw.pick(self.professions)
            ),
        }
    }

    fn flag(&self) -> String {
        let tests = [
            "resource.masked",
            "resource.hiddenFromRepresentatives",
            "resource has masked",
            "resource.masked == resource.hiddenFromRepresentatives",
        ];
        (*self.draw.pick(&tests)).to_owned()
    }
}
