//! From the words of a query to leaves: function words, capitals, joined forms, synonyms.
//!
//! For: the constructors of [`super::Expr`]. Invariant: a query is read by the same scanner,
//! stemmer and layers as a document.

use super::{ExprError, Nearness, Node, Scope, WordOptions};
use crate::analysis::{Shape, Word, Words, for_each_joined, is_common, is_function, name};
use crate::synonyms::Synonyms;
use base::limit;

/// One node per content word or per group that has synonyms.
pub(super) fn words(
    text: &str,
    options: &WordOptions,
    together: Together,
) -> Result<Vec<Node>, ExprError> {
    let query = Query::read(text, options)?;
    let mut nodes = Vec::new();
    for unit in query.units(Keep::Content) {
        nodes.push(query.unit_node(&unit, together));
    }
    if nodes.is_empty() {
        Err(ExprError::Empty)
    } else {
        Ok(nodes)
    }
}

/// The words in sequence, each group with synonyms in any of its forms.
pub(super) fn phrase(text: &str, options: &WordOptions) -> Result<Node, ExprError> {
    let query = Query::read(text, options)?;
    let mut sequences = vec![Vec::new()];
    for unit in query.units(Keep::All) {
        let forms = query.unit_forms(&unit);
        if sequences.len() * forms.len() > FORMS_MAX {
            return Err(ExprError::TooManyTerms);
        }
        sequences = sequences
            .iter()
            .flat_map(|before: &Vec<String>| {
                forms
                    .iter()
                    .map(move |form| [before.as_slice(), form.as_slice()].concat())
            })
            .collect();
    }
    sequences.retain(|sequence| !sequence.is_empty());
    Ok(best(
        sequences
            .into_iter()
            .map(|words| Node::Phrase(query.scope, words))
            .collect(),
    ))
}

/// The content words near each other.
pub(super) fn near(
    text: &str,
    nearness: Nearness,
    options: &WordOptions,
) -> Result<Node, ExprError> {
    let query = Query::read(text, options)?;
    let groups: Vec<_> = query
        .units(Keep::Content)
        .iter()
        .map(|unit| query.unit_forms(unit))
        .collect();
    if groups.is_empty() {
        return Err(ExprError::Empty);
    }
    Ok(Node::Near(query.scope, groups, nearness))
}

/// One word's beginning.
pub(super) fn prefix(text: &str, options: &WordOptions) -> Result<Node, ExprError> {
    let query = Query::read(text, options)?;
    let [.., word] = query.words.words() else {
        return Err(ExprError::Empty);
    };
    let elided = query
        .words
        .words()
        .iter()
        .filter(|word| word.shape == Shape::Elided)
        .count();
    if query.words.words().len() - elided != 1 {
        return Err(ExprError::NotOneWord);
    }
    let folded = query.words.folded(word);
    if folded.chars().count() < limit::QUERY_PREFIX_CHARACTERS_MIN {
        return Err(ExprError::PrefixTooShort);
    }
    let mut stems: Vec<String> = Vec::new();
    for ending in ENDINGS {
        let grown = Words::scan(&format!("{folded}{ending}"));
        let mut stem = String::new();
        if let [only] = grown.words() {
            grown.push_stem(only, &mut stem);
        }
        if !stem.is_empty() && !stem.starts_with(folded) && !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    Ok(Node::Prefix(query.scope, folded.to_owned(), stems))
}

/// One word, perhaps misspelt.
pub(super) fn fuzzy(text: &str, options: &WordOptions) -> Result<Node, ExprError> {
    let query = Query::read(text, options)?;
    let content: Vec<_> = query
        .words
        .words()
        .iter()
        .filter(|word| word.shape != Shape::Elided)
        .collect();
    let [word] = content.as_slice() else {
        return Err(if content.is_empty() {
            ExprError::Empty
        } else {
            ExprError::NotOneWord
        });
    };
    Ok(query.fuzzy_node(word))
}

/// Any content word, each perhaps misspelt, or a synonym.
pub(super) fn any_fuzzy(text: &str, options: &WordOptions) -> Result<Node, ExprError> {
    let query = Query::read(text, options)?;
    let mut nodes = Vec::new();
    for unit in query.units(Keep::Content) {
        let loose: Vec<_> = query
            .content(&unit)
            .map(|at| query.fuzzy_node(&query.words.words()[at]))
            .collect();
        let mut forms = match loose.len() {
            0 => Vec::new(),
            _ => vec![Node::Or(loose)],
        };
        forms.push(query.unit_node(&unit, Together::Any));
        nodes.push(best(forms));
    }
    if nodes.is_empty() {
        Err(ExprError::Empty)
    } else {
        Ok(Node::Or(nodes))
    }
}

/// Which words of a query are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    Content,
}

/// How many words of a group that has synonyms must be there when it stands as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    All,
    Any,
}

/// A word, a compound, or words that have synonyms: first and last word.
enum Unit {
    Word(usize),
    Compound(usize, usize),
    Group(usize, usize, usize),
}

struct Query<'a> {
    words: Words,
    stems: Vec<String>,
    /// Whether all of it stands in capitals, so that they say nothing.
    in_capitals: bool,
    scope: Scope,
    synonyms: Option<&'a Synonyms>,
}

impl<'a> Query<'a> {
    fn read(text: &str, options: &'a WordOptions) -> Result<Self, ExprError> {
        if text.len() > limit::QUERY_BYTES_MAX {
            return Err(ExprError::TooLong);
        }
        let words = Words::scan(text);
        if words.words().is_empty() {
            return Err(ExprError::Empty);
        }
        if words.words().len() > limit::QUERY_TERMS_MAX {
            return Err(ExprError::TooManyTerms);
        }
        let stems = words
            .words()
            .iter()
            .map(|word| {
                let mut stem = String::new();
                words.push_stem(word, &mut stem);
                stem
            })
            .collect();
        let in_capitals = in_capitals(&words);
        Ok(Self {
            words,
            stems,
            in_capitals,
            scope: Scope {
                field: options.field,
                context: options.context,
            },
            synonyms: options.synonyms.as_deref(),
        })
    }

    fn stem(&self, word: &Word) -> String {
        let mut stem = String::new();
        self.words.push_stem(word, &mut stem);
        stem
    }

    /// The term of one word: the capitals layer where the small letters are a common word.
    fn term(&self, at: usize) -> String {
        let folded = self.words.folded(&self.words.words()[at]);
        if self.is_abbreviation(at) && is_common(folded) {
            format!("^{folded}")
        } else {
            self.stems[at].clone()
        }
    }

    /// Whether a word of two or three capitals is to be read as such.
    fn is_abbreviation(&self, at: usize) -> bool {
        let word = &self.words.words()[at];
        let folded = self.words.folded(word);
        let capitals = word.shape == Shape::Capitals && (2..=3).contains(&folded.len());
        capitals && (!self.in_capitals || MEASURES.contains(&folded))
    }

    fn is_content(&self, at: usize) -> bool {
        let word = &self.words.words()[at];
        let folded = self.words.folded(word);
        match word.shape {
            Shape::Elided => false,
            Shape::Number => true,
            // A letter behind a name is part of it: vitamine D, hepatite A.
            Shape::Capitals if folded.len() == 1 && at > 0 => {
                !self.in_capitals || !matches!(folded, "a" | "y")
            }
            Shape::Capitals if self.is_abbreviation(at) => true,
            Shape::Capitals | Shape::Letters => !is_function(folded),
        }
    }

    fn units(&self, keep: Keep) -> Vec<Unit> {
        let count = self.words.words().len();
        let any_content = (0..count).any(|at| self.is_content(at));
        let mut units = Vec::new();
        let mut at = 0;
        while at < count {
            let named = name(&self.words, at);
            if let Some((group, last)) = self.group(at)
                && named.is_none_or(|named| named <= last)
            {
                units.push(Unit::Group(at, last, group));
                at = last + 1;
                continue;
            }
            let mut compound = named;
            let mut joined = String::new();
            for_each_joined(&self.words, at, &mut joined, |_, last| {
                compound = compound.max(Some(last));
            });
            if let Some(last) = compound {
                units.push(Unit::Compound(at, last));
                at = last + 1;
                continue;
            }
            if keep == Keep::All || !any_content || self.is_content(at) {
                units.push(Unit::Word(at));
            }
            at += 1;
        }
        units
    }

    /// The longest group of synonyms that starts at a word.
    fn group(&self, at: usize) -> Option<(usize, usize)> {
        let synonyms = self.synonyms?;
        let (group, length) = synonyms.longest(&self.stems[at..])?;
        let single = length == 1 && is_common(&self.stems[at]);
        let small = !self.is_abbreviation(at);
        (!(single && small)).then(|| (group, at + length - 1))
    }

    /// Every way to write a unit, as sequences of terms.
    fn unit_forms(&self, unit: &Unit) -> Vec<Vec<String>> {
        match unit {
            Unit::Word(at) => vec![vec![self.term(*at)]],
            Unit::Compound(first, last) => {
                let mut forms = vec![(*first..=*last).map(|at| self.term(at)).collect()];
                let mut joined = String::new();
                for_each_joined(&self.words, *first, &mut joined, |form, end| {
                    if end == *last {
                        forms.push(vec![form.to_owned()]);
                    }
                });
                forms
            }
            Unit::Group(first, last, group) => {
                let own: Vec<String> = (*first..=*last).map(|at| self.term(at)).collect();
                let mut forms = vec![own];
                for form in self
                    .synonyms
                    .map(|known| known.forms(*group))
                    .unwrap_or_default()
                {
                    if !forms.contains(form) {
                        forms.push(form.clone());
                    }
                }
                forms
            }
        }
    }

    /// The content words of a unit.
    fn content(&self, unit: &Unit) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let (first, last) = match unit {
            Unit::Word(at) => (*at, *at),
            Unit::Compound(first, last) | Unit::Group(first, last, _) => (*first, *last),
        };
        (first..=last).filter(|at| self.is_content(*at))
    }

    fn unit_node(&self, unit: &Unit, together: Together) -> Node {
        let mut nodes: Vec<_> = self
            .unit_forms(unit)
            .into_iter()
            .map(|words| Node::Phrase(self.scope, words))
            .collect();
        if let Unit::Group(..) = unit {
            let loose: Vec<_> = self
                .content(unit)
                .map(|at| Node::Phrase(self.scope, vec![self.term(at)]))
                .collect();
            match together {
                _ if loose.len() < 2 => {}
                Together::All => nodes[0] = Node::And(loose),
                Together::Any => nodes[0] = Node::Or(loose),
            }
        }
        best(nodes)
    }

    fn fuzzy_node(&self, word: &Word) -> Node {
        let stem = self.stem(word);
        let letters = self.words.folded(word).chars().count();
        let edits = match letters {
            0..=3 => 0,
            4..=6 => 1,
            _ => limit::QUERY_EDITS_MAX,
        };
        if edits == 0 || word.shape == Shape::Number || stem.len() > FUZZY_BYTES_MAX {
            return Node::Phrase(self.scope, vec![stem]);
        }
        Node::Fuzzy(self.scope, stem, edits)
    }
}

/// Whether several words are asked for, all of them in capitals.
fn in_capitals(words: &Words) -> bool {
    let letters = |word: &&Word| matches!(word.shape, Shape::Capitals | Shape::Letters);
    let list = || words.words().iter().filter(letters);
    list().all(|word| word.shape == Shape::Capitals)
        && list().filter(|word| words.folded(word).len() > 1).count() > 1
        && list().any(|word| !is_function(words.folded(word)))
}

fn best(mut nodes: Vec<Node>) -> Node {
    if nodes.len() == 1 {
        nodes.swap_remove(0)
    } else {
        Node::Best(nodes)
    }
}

const FORMS_MAX: usize = 64;
/// What a beginning may lack of a word whose stem is not its own beginning.
const ENDINGS: [&str; 5] = ["", "e", "x", "ux", "le"];
/// Abbreviations that stay such in a query in capitals: tension arterielle, semaines
/// d'amenorrhee.
const MEASURES: [&str; 2] = ["ta", "sa"];
/// Longer words are taken as they are spelt.
const FUZZY_BYTES_MAX: usize = 47;
