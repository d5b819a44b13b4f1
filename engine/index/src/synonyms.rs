//! Synonyms and abbreviations, looked for beside the words of a query.
//!
//! For: queries only; nothing of it is indexed, so a table can change without a re-index. A
//! table is lines of forms parted by tabs that mean the same; a form behind `>` finds the others
//! and is not found by them (an abbreviation with several meanings). Invariants: forms are read by
//! the analyzer; a longer form wins over a shorter one that starts at the same word.

use crate::analysis::{Shape, Words, is_common};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// A table of synonyms is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the table does not hold two forms parted by a tab")]
pub struct NotSynonyms {
    /// The line, from 1.
    pub line: usize,
}

/// Groups of forms that mean the same.
#[derive(Clone, Default)]
pub struct Synonyms {
    groups: Vec<Vec<Vec<String>>>,
    /// First stem of a form to the forms that start with it: stems and group.
    starts: BTreeMap<String, Vec<(Vec<String>, usize)>>,
}

impl Synonyms {
    /// The table that ships with the engine.
    #[must_use]
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&BUILT_IN)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`NotSynonyms`] when a line holds fewer than two forms.
    pub fn from_tsv(table: &str) -> Result<Self, NotSynonyms> {
        let mut synonyms = Self::default();
        synonyms.extend(table)?;
        Ok(synonyms)
    }

    /// Adds the lines of a host's table behind those there are.
    ///
    /// # Errors
    /// [`NotSynonyms`] when a line holds fewer than two forms.
    pub fn extend(&mut self, table: &str) -> Result<(), NotSynonyms> {
        for (index, line) in table.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let forms: Vec<_> = line.split('\t').filter_map(Form::read).collect();
            if forms.len() < 2 {
                return Err(NotSynonyms { line: index + 1 });
            }
            self.add(&forms);
        }
        Ok(())
    }

    /// The forms of a group, as terms.
    pub(crate) fn forms(&self, group: usize) -> &[Vec<String>] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    /// The group of the longest form that these stems start with, and its length.
    pub(crate) fn longest(&self, stems: &[String]) -> Option<(usize, usize)> {
        let starts = self.starts.get(stems.first()?)?;
        starts
            .iter()
            .filter(|(form, _)| stems.starts_with(form))
            .max_by_key(|(form, group)| (form.len(), std::cmp::Reverse(*group)))
            .map(|(form, group)| (*group, form.len()))
    }

    fn add(&mut self, forms: &[Form]) {
        for form in forms {
            let group = self.group_of(&form.stems);
            let known = &mut self.groups[group];
            for other in forms {
                let found = other.stems != form.stems && (!other.one_way || form.one_way);
                if found && !known.contains(&other.terms) {
                    known.push(other.terms.clone());
                }
            }
        }
    }

    /// The group of a form, made when there is none: a form with two meanings has one group.
    fn group_of(&mut self, stems: &[String]) -> usize {
        let starts = self.starts.entry(stems[0].clone()).or_default();
        if let Some((_, group)) = starts.iter().find(|(known, _)| known == stems) {
            return *group;
        }
        let group = self.groups.len();
        self.groups.push(Vec::new());
        starts.push((stems.to_vec(), group));
        group
    }
}

struct Form {
    stems: Vec<String>,
    terms: Vec<String>,
    one_way: bool,
}

impl Form {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (one_way, text) = match text.strip_prefix('>') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let words = Words::scan(text);
        let mut stems = Vec::new();
        let mut terms = Vec::new();
        for word in words.words() {
            let mut stem = String::new();
            words.push_stem(word, &mut stem);
            let folded = words.folded(word);
            let short = word.shape == Shape::Capitals
                && (folded.len() == 2 || folded.len() == 3 && is_common(folded));
            terms.push(if short {
                format!("^{folded}")
            } else {
                stem.clone()
            });
            stems.push(stem);
        }
        (!stems.is_empty()).then_some(Self {
            stems,
            terms,
            one_way,
        })
    }
}

static BUILT_IN: LazyLock<Arc<Synonyms>> = LazyLock::new(|| {
    let table = include_str!("../data/synonyms.tsv");
    Arc::new(Synonyms::from_tsv(table).expect("the built-in table is one: tested"))
});

#[cfg(test)]
mod tests;
