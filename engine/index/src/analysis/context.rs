//! What a report says of each word: stated, denied, or said of a relative.
//!
//! For: the fields `negated`, `family` and `unstated`, filled at index time with true positions;
//! `affirmed` is what is in the body and in none of them. Not for: doubt ("suspicion de"), which
//! counts as stated. Invariants: a pure function of the text; a mark never leaves its sentence,
//! but for the section under a heading of family history; the common heading "Antecedents
//! medicaux, chirurgicaux, familiaux, allergies" opens no such section.

mod family;

use super::cue::{
    Cue, cue, follows_verb, is_assay, is_category, is_change, is_closing, is_definite, is_nothing,
    is_sought, lies_under, undoes,
};
use super::scan::{Gap, Shape, Word, Words};

/// What is said of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// It is denied.
    pub(crate) negated: bool,
    /// It is said of a relative.
    pub(crate) family: bool,
    /// Nobody is said to have it: a heading, a condition, a risk.
    pub(crate) unstated: bool,
}

/// Marks every word of a text.
pub(crate) fn mark(words: &Words) -> Vec<Marks> {
    let count = words.words().len();
    let mut marker = Marker {
        words,
        list: words.words(),
        cues: words
            .words()
            .iter()
            .map(|word| cue(words.folded(word)))
            .collect(),
        marks: vec![Marks::default(); count],
    };
    let mut start = 0;
    while start < count {
        let mut end = start + 1;
        while end < count && !marker.opens_sentence(end) {
            end += 1;
        }
        marker.negations(start, end);
        marker.relatives(start, end);
        marker.conditions(start, end);
        start = end;
    }
    marker.sections();
    marker.marks
}

struct Marker<'a> {
    words: &'a Words,
    list: &'a [Word],
    cues: Vec<Cue>,
    marks: Vec<Marks>,
}

impl Marker<'_> {
    fn text(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |word| self.words.folded(word))
    }

    fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).map_or("", |at| self.text(at))
    }

    fn cue(&self, at: usize) -> Cue {
        self.cues.get(at).copied().unwrap_or(Cue::None)
    }

    fn gap(&self, at: usize) -> Gap {
        self.list.get(at).map_or(self.words.tail(), |word| word.gap)
    }

    fn opens_sentence(&self, at: usize) -> bool {
        let gap = self.gap(at);
        if gap.any(Gap::END) {
            return true;
        }
        let item = self.list.get(at).is_some_and(|word| word.capitalised);
        let signs = gap.any(Gap::SLASH) && gap.any(Gap::SPACE) && gap.any(Gap::HYPHEN);
        signs || gap.any(Gap::LINE) && (item || gap.any(Gap::HYPHEN.with(Gap::OTHER)))
    }

    fn negations(&mut self, start: usize, end: usize) {
        for at in start..end {
            match self.cue(at) {
                Cue::Not => self.not(at, start, end),
                Cue::Without => {
                    if !undoes(self.text(at + 1)) {
                        self.deny_forward(at + 1, end);
                    }
                }
                Cue::No => {
                    if self.is_answer(at, start) {
                        self.deny_label(at, start);
                    }
                    self.deny_forward(at + 1, end);
                }
                Cue::Lack => {
                    if matches!(self.text(at + 1), "de" | "d" | "du" | "des" | "totale") {
                        self.deny_forward(at + 1, end);
                    } else if self.is_answer(at, start) {
                        self.deny_label(at, start);
                    }
                }
                Cue::Non => self.non(at, start, end),
                Cue::Exclude => self.exclude(at, start, end),
                Cue::Deny => self.deny_forward(at + 1, end),
                Cue::Absent => {
                    if self.text(at + 1) == "pour" {
                        self.deny_forward(at + 2, end);
                    } else if self.text(at).starts_with("neg") {
                        self.deny_result(at, start);
                    } else {
                        self.deny_backward(at, start);
                    }
                }
                Cue::None
                    if is_nothing(self.text(at)) && self.is_answer(at, start) && at + 1 == end =>
                {
                    self.deny_label(at, start);
                }
                Cue::None
                | Cue::End
                | Cue::Turn
                | Cue::And
                | Cue::Verb
                | Cue::Opener
                | Cue::Of
                | Cue::Present
                | Cue::Relative
                | Cue::Child
                | Cue::At
                | Cue::Family => {}
            }
        }
        for next in start + 1..=end {
            if self.gap(next).any(Gap::NONE) {
                if self.gap(next).any(Gap::COLON) {
                    self.deny_label(next, start);
                } else {
                    self.deny_result(next, start);
                }
            }
        }
        self.deny_sign(start, end);
    }

    /// "SF : MTR - // prurit - //": a lone hyphen behind a sign says it is absent.
    fn deny_sign(&mut self, start: usize, end: usize) {
        let gap = self.gap(end);
        let minus = gap.any(Gap::HYPHEN) && gap.any(Gap::SLASH) && gap.any(Gap::SPACE);
        let short = end - start <= SIGN_WORDS_MAX;
        if minus && short {
            self.deny(end - 1);
        }
    }

    fn not(&mut self, at: usize, start: usize, end: usize) {
        let mut next = at + 1;
        if matches!(self.text(next), "ete" | "eu" | "non" | "encore") {
            next += 1;
        }
        let behind_of = if self.cue(next) == Cue::Of {
            next + 1
        } else {
            next
        };
        if undoes(self.text(behind_of)) || undoes(self.text(next)) {
            return;
        }
        self.deny_forward(next, end);
        let passive = matches!(
            self.before(at, 1),
            "est" | "sont" | "etait" | "etaient" | "a" | "ont" | "avait" | "avaient"
        );
        if passive && is_sought(self.text(next)) && self.cue(next + 1) != Cue::Of {
            let subject = at.saturating_sub(2).max(start);
            self.deny_backward(subject, start);
        }
    }

    fn non(&mut self, at: usize, start: usize, end: usize) {
        if undoes(self.text(at + 1)) {
            return;
        }
        if is_sought(self.text(at + 1)) && at + 1 < end {
            self.deny_backward(at, start);
        } else if self.is_answer(at, start) || at + 1 == end {
            self.deny_label(at, start);
        } else {
            self.deny(at + 1);
        }
    }

    fn exclude(&mut self, at: usize, start: usize, end: usize) {
        if self.text(at).starts_with("infirme") && self.text(at + 1).starts_with("mot") {
            return;
        }
        let passive = matches!(
            self.before(at, 1),
            "est" | "sont" | "etait" | "ete" | "etaient"
        );
        let object = at + 1 < end
            && !self.gap(at + 1).any(CLAUSE)
            && matches!(
                self.cue(at + 1),
                Cue::Opener | Cue::No | Cue::Of | Cue::None
            );
        let by = matches!(
            self.text(at + 1),
            "par" | "sur" | "devant" | "apres" | "a" | "au"
        );
        let denied = matches!(self.before(at, 1), "pas" | "sans" | "non")
            || matches!(self.before(at, 2), "pas" | "sans");
        if denied {
            return;
        }
        if object && !passive && !by {
            let skip = usize::from(self.cue(at + 1) == Cue::Opener);
            self.deny_forward(at + 1 + skip, end);
        } else {
            self.deny_backward(at, start);
        }
    }

    /// Whether the word stands behind a colon, as the answer to a label.
    fn is_answer(&self, at: usize, start: usize) -> bool {
        at > start && self.gap(at).any(Gap::COLON)
    }

    fn deny(&mut self, at: usize) {
        if let Some(mark) = self.marks.get_mut(at) {
            mark.negated = true;
        }
    }

    /// Denies the label before an answer: "Fievre, frissons : non".
    fn deny_label(&mut self, at: usize, start: usize) {
        let mut first = at;
        while first > start && at - first < LABEL_WORDS_MAX {
            if first < at && self.gap(first).any(Gap::COLON) {
                break;
            }
            first -= 1;
            self.deny(first);
        }
    }

    fn deny_backward(&mut self, at: usize, start: usize) {
        let mut first = at;
        while first > start && self.cue(first - 1) == Cue::Verb {
            first -= 1;
        }
        let last = first;
        while first > start && last - first < BACKWARD_WORDS_MAX {
            let colon = self.gap(first).any(Gap::COLON) && first < last;
            if colon || first < last && self.gap(first).any(Gap::COMMA.with(Gap::BRACKET)) {
                break;
            }
            first -= 1;
            match self.cue(first) {
                Cue::End
                | Cue::And
                | Cue::Verb
                | Cue::Not
                | Cue::Without
                | Cue::Absent
                | Cue::At => break,
                Cue::None
                | Cue::No
                | Cue::Lack
                | Cue::Non
                | Cue::Exclude
                | Cue::Deny
                | Cue::Opener
                | Cue::Of
                | Cue::Present
                | Cue::Relative
                | Cue::Child
                | Cue::Turn
                | Cue::Family => self.deny(first),
            }
        }
    }

    /// Denies what was tested before a result, and nothing before the test: "carcinome du sein
    /// HER2 negatif", "endocardite a hemocultures negatives".
    fn deny_result(&mut self, at: usize, start: usize) {
        let mut first = at;
        while first > start && self.cue(first - 1) == Cue::Verb {
            first -= 1;
        }
        if first == start || matches!(self.before(first, 1), "triple" | "gram") {
            return;
        }
        let last = first;
        let is_marker = self.is_marker(last - 1);
        while first > start && last - first < BACKWARD_WORDS_MAX {
            let tied = first < last && self.is_tied(first);
            let parted = self.gap(first).any(CLAUSE) && first < last;
            let word = first - 1;
            let cue = self.cue(word);
            let turns = matches!(
                cue,
                Cue::End | Cue::Turn | Cue::And | Cue::Verb | Cue::Not | Cue::Without | Cue::Absent
            );
            let opens = turns || cue == Cue::At || self.text(word) == "a";
            let assay = is_assay(self.text(word));
            let link = matches!(cue, Cue::Of | Cue::Opener);
            let other = is_marker && !(assay || link || self.is_marker(word));
            if parted || !tied && (opens || other) {
                break;
            }
            first = word;
            self.deny(first);
            if assay {
                break;
            }
        }
    }

    /// Whether a word is the name of a marker or a part of it: VIH, HER2.
    fn is_marker(&self, at: usize) -> bool {
        self.list
            .get(at)
            .is_some_and(|word| matches!(word.shape, Shape::Capitals | Shape::Number))
    }

    /// Whether a word touches the one before it or is tied to it by a hyphen.
    fn is_tied(&self, at: usize) -> bool {
        self.gap(at).is_none() || self.gap(at) == Gap::HYPHEN
    }

    fn deny_forward(&mut self, from: usize, end: usize) {
        let mut at = from;
        let behind_of = from + usize::from(self.cue(from) == Cue::Of);
        let mut presumed = is_change(self.text(behind_of));
        while at < end && at - from < FORWARD_WORDS_MAX {
            if at > from && self.ends_scope(at, from, end) {
                break;
            }
            let object = is_sought(self.text(from))
                && matches!(self.text(at), "d" | "de")
                && !is_definite(self.text(at), self.text(at + 1));
            let joins = object || self.gap(at).any(Gap::COMMA) || self.cue(at) == Cue::And;
            presumed = !joins && (presumed || self.presumes(at, from));
            if !presumed {
                self.deny(at);
            }
            at += 1;
        }
    }

    /// Whether a complement begins at `at` that the report takes as there.
    fn presumes(&self, at: usize, from: usize) -> bool {
        at > from + 1 && is_definite(self.before(at, 1), self.text(at))
    }

    /// Whether what was denied from `from` on ends before `at`.
    fn ends_scope(&self, at: usize, from: usize, end: usize) -> bool {
        match self.cue(at) {
            Cue::End | Cue::Exclude => return true,
            Cue::Verb => {
                let sought = is_sought(self.text(at));
                return !(sought && at == from + 1);
            }
            Cue::And => return self.opens_clause(at + 1, end),
            Cue::Turn => {
                let under = self.is_tied(at + 1) || lies_under(self.text(at + 1));
                return !(under && self.text(at) == "sous");
            }
            Cue::Opener if self.text(at) == "qui" => return true,
            Cue::None if self.text(at) == "a" => return follows_verb(self.text(at + 1)),
            Cue::None
            | Cue::Not
            | Cue::Without
            | Cue::No
            | Cue::Lack
            | Cue::Non
            | Cue::Deny
            | Cue::Absent
            | Cue::Opener
            | Cue::Of
            | Cue::Present
            | Cue::Relative
            | Cue::Child
            | Cue::At
            | Cue::Family => {}
        }
        if self.gap(at).any(Gap::COLON) {
            return true;
        }
        self.gap(at).any(Gap::COMMA) && !self.continues_list(at, from, end)
    }

    /// Whether the words behind "et" or "ou" are a clause of their own.
    fn opens_clause(&self, at: usize, end: usize) -> bool {
        if at >= end {
            return true;
        }
        match self.cue(at) {
            Cue::Opener | Cue::Verb | Cue::Present | Cue::End | Cue::Turn => true,
            Cue::None => (at..end.min(at + 4)).any(|next| {
                matches!(self.cue(next), Cue::Verb | Cue::Present) && !self.gap(next).any(CLAUSE)
            }),
            Cue::Not
            | Cue::Without
            | Cue::No
            | Cue::Lack
            | Cue::Non
            | Cue::Exclude
            | Cue::Deny
            | Cue::Absent
            | Cue::And
            | Cue::Of
            | Cue::Relative
            | Cue::Child
            | Cue::At
            | Cue::Family => false,
        }
    }

    /// Whether the words behind a comma go on with a list of what is denied.
    fn continues_list(&self, at: usize, from: usize, end: usize) -> bool {
        match self.cue(at) {
            Cue::Of | Cue::And | Cue::Without | Cue::Not | Cue::No => return true,
            Cue::None => {}
            Cue::Lack
            | Cue::Non
            | Cue::Exclude
            | Cue::Deny
            | Cue::Absent
            | Cue::End
            | Cue::Turn
            | Cue::Verb
            | Cue::Opener
            | Cue::Present
            | Cue::Relative
            | Cue::Child
            | Cue::At
            | Cue::Family => return false,
        }
        let number = self
            .list
            .get(at)
            .is_none_or(|word| word.shape == Shape::Number);
        let head = from + usize::from(self.cue(from) == Cue::Of);
        let category = is_category(self.text(head)) && self.cue(head + 1) != Cue::Of;
        if number || category || is_closing(self.before(at, 1)) {
            return false;
        }
        let mut next = at + 1;
        while next < end && !self.gap(next).any(CLAUSE) {
            match self.cue(next) {
                Cue::Verb | Cue::Present | Cue::End | Cue::Turn => return false,
                Cue::And | Cue::Without => return true,
                Cue::None
                | Cue::Not
                | Cue::No
                | Cue::Lack
                | Cue::Non
                | Cue::Exclude
                | Cue::Deny
                | Cue::Absent
                | Cue::Opener
                | Cue::Of
                | Cue::Relative
                | Cue::Child
                | Cue::At
                | Cue::Family => {}
            }
            next += 1;
        }
        self.before(from, 1) != "sans" && next - at <= LIST_ITEM_WORDS_MAX
    }
}

/// Marks that part clauses inside a sentence.
const CLAUSE: Gap = Gap::COMMA.with(Gap::COLON).with(Gap::BRACKET);
/// Most words a denial reaches forward.
const FORWARD_WORDS_MAX: usize = 24;
/// Most words a mark reaches backward.
const BACKWARD_WORDS_MAX: usize = 8;
/// Most words of a label: "Fievre, frissons : non".
const LABEL_WORDS_MAX: usize = 5;
/// Most words of one item of a list of signs.
const SIGN_WORDS_MAX: usize = 4;
/// Most words of an item behind a comma that goes on with what is denied.
const LIST_ITEM_WORDS_MAX: usize = 2;

#[cfg(test)]
mod tests;
