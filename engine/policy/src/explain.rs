//! EXPLAIN for an actor: which rules speak for and against her, and what is left of them.
//!
//! Invariant: the text depends on the session, the pack and the dossier's relation to the
//! session alone; no document and no count enters it, and behind a refused gate it is the
//! same for an absent dossier.

use crate::decision::Rules;
use crate::lens::{DossierLens, Gate, Lens};
use crate::matrix::Effect;
use std::fmt::Write;

impl Lens {
    /// The rules of this session over all dossiers, as text.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = self.heading();
        self.write_rules(&mut text, "to enter a dossier", self.gate_rules());
        self.write_rules(&mut text, "to see a document", self.read_rules());
        text
    }

    fn heading(&self) -> String {
        let (pack, session) = (self.pack(), self.session());
        let mut text = format!("pack {} {}\n", pack.name(), pack.version());
        let _ = writeln!(
            text,
            "profession {}, purpose {}",
            session.profession, session.purpose
        );
        text
    }

    fn write_rules(&self, text: &mut String, what: &str, rules: &Rules) {
        let _ = writeln!(text, "{what}:");
        let mut none = true;
        for (number, effect, condition) in rules.each() {
            let Some(rule) = self.pack().rule(number) else {
                continue;
            };
            let word = match effect {
                Effect::Permit => "permits",
                Effect::Deny => "forbids",
            };
            let condition = condition.to_text(self.pack().dictionary());
            let _ = writeln!(text, "  {} {word} when {condition}", rule.id);
            if !rule.says.is_empty() {
                let _ = writeln!(text, "    {}", rule.says);
            }
            none &= effect == Effect::Deny;
        }
        if none {
            let _ = writeln!(text, "  no rule permits");
        }
    }
}

impl DossierLens {
    /// The rules of this session for this dossier, as text.
    #[must_use]
    pub fn explain(&self) -> String {
        match self.gate() {
            Gate::Open => {
                let lens = self.lens();
                let mut text = lens.heading();
                let rules = self.gate_decision().rules();
                let entered = rules.iter().filter_map(|rule| lens.pack().rule(rule));
                for rule in entered {
                    let _ = writeln!(text, "enters by {}", rule.id);
                }
                lens.write_rules(&mut text, "to see a document", self.read_rules());
                text
            }
            Gate::Refused => self.lens().explain(),
        }
    }
}

#[cfg(test)]
mod tests;
