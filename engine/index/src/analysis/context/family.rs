//! What is said of relatives, of nobody, and the sections that headings open.
//!
//! For: `context`. Invariants: a relative who only speaks, brings or lives with the patient
//! takes nothing; a heading that names the patient's own history opens no section on the family.

use super::super::cue::{
    Cue, is_company, is_heading, is_own_history, is_part_of_the_body, is_witness, opens_condition,
};
use super::super::scan::Gap;
use super::{BACKWARD_WORDS_MAX, Marker};

impl Marker<'_> {
    /// "en cas de fievre", "si douleur", "risque de", "a la recherche de": not said of anybody.
    pub(super) fn conditions(&mut self, start: usize, end: usize) {
        for at in start..end {
            let behind = match opens_condition(self.before(at, 1), self.text(at), self.text(at + 1))
            {
                Some(words) => at + words,
                None => continue,
            };
            if self.text(at) == "recherche" && self.found(behind, end) {
                continue;
            }
            let mut next = behind;
            while next < end && next - behind < CONDITION_WORDS_MAX {
                let over = next > behind && self.ends_scope(next, behind, end);
                if over && self.cue(next) != Cue::And {
                    break;
                }
                if let Some(mark) = self.marks.get_mut(next) {
                    mark.unstated = true;
                }
                next += 1;
            }
        }
    }

    /// Whether what was looked for was found: "recherche de BK positive".
    fn found(&self, from: usize, end: usize) -> bool {
        (from..end.min(from + 6)).any(|at| self.text(at).starts_with("positi"))
    }

    pub(super) fn relatives(&mut self, start: usize, end: usize) {
        for at in start..end {
            let relative = match self.cue(at) {
                Cue::Relative => !is_part_of_the_body(self.before(at, 1), self.text(at + 1)),
                Cue::Child => {
                    // Words of the sentence before say nothing of this one.
                    let before = if at < start + 2 {
                        ""
                    } else {
                        self.before(at, 2)
                    };
                    at > start
                        && matches!(self.before(at, 1), "sa" | "son" | "ses" | "leur" | "une")
                        && matches!(before, "chez" | "de" | "par" | "avec" | "")
                }
                Cue::Family => {
                    self.family(at, start, end);
                    false
                }
                Cue::None
                | Cue::Not
                | Cue::Without
                | Cue::No
                | Cue::Lack
                | Cue::Non
                | Cue::Exclude
                | Cue::Deny
                | Cue::Absent
                | Cue::End
                | Cue::Turn
                | Cue::And
                | Cue::Verb
                | Cue::Opener
                | Cue::Of
                | Cue::Present
                | Cue::At => false,
            };
            if relative {
                self.relative(at, start, end);
            }
        }
    }

    fn relative(&mut self, at: usize, start: usize, end: usize) {
        let near = at.saturating_sub(COMPANY_WORDS_MAX).max(start);
        let company = (near..at).any(|back| is_company(self.text(back)));
        let mut behind = at + 1;
        while matches!(
            self.text(behind),
            "maternel" | "maternelle" | "paternel" | "paternelle"
        ) {
            behind += 1;
        }
        let witness = (behind..end.min(behind + 3)).any(|next| is_witness(self.text(next)));
        if company || witness {
            return;
        }
        let chez = (near..at).rev().find(|back| self.cue(*back) == Cue::At);
        if let Some(chez) = chez {
            self.tell_backward(chez, start);
        }
        let labelled = self.gap(behind).any(Gap::COLON) || at == start;
        self.tell_forward(at, end, labelled);
    }

    /// "antecedents familiaux de", "une famille avec plusieurs cas de", "Familiaux : ...".
    fn family(&mut self, at: usize, start: usize, end: usize) {
        let own = (start..at).any(|back| is_own_history(self.text(back)))
            || (at + 1..end.min(at + 6))
                .any(|next| is_own_history(self.text(next)) && !self.gap(next).any(Gap::COLON));
        let labelled = self.gap(at + 1).any(Gap::COLON) && at + 1 < end;
        let history = (at.saturating_sub(2).max(start)..at).any(|back| {
            matches!(
                self.text(back),
                "antecedent" | "antecedents" | "atcd" | "atcds" | "histoire" | "contexte"
            )
        });
        let named = matches!(self.text(at), "famille")
            && matches!(self.text(at + 1), "avec" | "de" | "d")
            || self.text(at) == "heredite";
        if labelled || (history && !own) || named {
            self.tell_forward(at, end, true);
        } else if self.text(at) == "famille" && matches!(self.before(at, 2), "dans") {
            self.tell_backward(at.saturating_sub(2), start);
        }
    }

    fn tell(&mut self, at: usize) {
        if let Some(mark) = self.marks.get_mut(at) {
            mark.family = true;
        }
    }

    fn tell_backward(&mut self, at: usize, start: usize) {
        let mut first = at;
        while first > start && at - first < BACKWARD_WORDS_MAX {
            if self.gap(first).any(Gap::COMMA.with(Gap::COLON)) && first < at {
                break;
            }
            first -= 1;
            if matches!(self.cue(first), Cue::End) {
                break;
            }
            self.tell(first);
        }
    }

    fn tell_forward(&mut self, from: usize, end: usize, labelled: bool) {
        let mut at = from;
        while at < end && at - from < FAMILY_WORDS_MAX {
            let comma = self.gap(at).any(Gap::COMMA) && at > from;
            let turns = matches!(self.text(at), "qui" | "mais" | "elle" | "il" | "patient")
                || matches!(self.text(at), "patiente" | "presente" | "presentant");
            if at > from && (turns || comma && !labelled && self.cue(at) != Cue::Relative) {
                break;
            }
            self.tell(at);
            at += 1;
        }
    }

    /// Marks what stands under a heading that names the family's history alone.
    pub(super) fn sections(&mut self) {
        let mut inside = false;
        let mut left = 0_usize;
        let mut at = 0;
        while at < self.list.len() {
            let opens_line = at == 0 || self.gap(at).any(Gap::LINE.with(Gap::BLANK));
            if opens_line {
                let mut end = at + 1;
                while end < self.list.len() && !self.gap(end).any(Gap::LINE.with(Gap::BLANK)) {
                    end += 1;
                }
                let short = end - at <= HEADING_WORDS_MAX;
                let family = short && (at..end).any(|word| self.cue(word) == Cue::Family);
                let own = (at..end).any(|word| is_own_history(self.text(word)));
                if short && is_heading(self.text(at)) && self.is_bare_heading(at, end) {
                    self.title(at, end);
                }
                if family && (is_heading(self.text(at)) || end - at == 1) {
                    inside = !own;
                    left = SECTION_WORDS_MAX;
                } else if is_heading(self.text(at)) || self.gap(end).any(Gap::COLON) && short {
                    inside = inside && self.cue(at) == Cue::Relative;
                }
            }
            if inside && left > 0 {
                self.tell(at);
                left -= 1;
            }
            at += 1;
        }
    }

    /// Whether a line is the list of histories that opens a section of most reports.
    fn is_bare_heading(&self, at: usize, end: usize) -> bool {
        let kinds = (at..end).filter(|word| is_own_history(self.text(*word)));
        let inner = (at + 1..end).any(|word| self.gap(word).any(Gap::COLON));
        let stated = (at..end).any(|word| {
            self.marks.get(word).is_some_and(|mark| mark.negated) || self.cue(word) == Cue::Verb
        });
        kinds.count() >= 2 && !inner && !stated
    }

    fn title(&mut self, at: usize, end: usize) {
        for mark in self.marks.iter_mut().take(end).skip(at) {
            mark.unstated = true;
        }
    }
}

/// Most words of a condition.
const CONDITION_WORDS_MAX: usize = 12;
/// How many words before a relative are looked at.
const COMPANY_WORDS_MAX: usize = 4;
/// Most words said of one relative.
const FAMILY_WORDS_MAX: usize = 40;
/// Most words of a heading.
const HEADING_WORDS_MAX: usize = 7;
/// Most words of a section on the family.
const SECTION_WORDS_MAX: usize = 80;
