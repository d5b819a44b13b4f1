//! From a parsed query to an expression of the index.
//!
//! For: the one place where the fields of the syntax meet what the index holds. Not for: who may
//! see an answer. Invariant: nothing here looks at a document.

use crate::dates;
use crate::syntax::{self, Context, Field, Node, is_combining};
use base::Bug;
use index::{Code, Expr, ExprError, In, Synonyms, WordOptions};
use std::sync::Arc;
use thiserror::Error;

/// Why a query cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The text is not a query.
    #[error(transparent)]
    Syntax(#[from] syntax::SyntaxError),
    /// Its words cannot be asked of the index.
    #[error(transparent)]
    Words(#[from] ExprError),
    /// A date that was read cannot be read again.
    #[error(transparent)]
    Bug(#[from] Bug),
}

/// Reads a query into an expression.
///
/// # Errors
/// [`QueryError`].
pub fn expression(text: &str, synonyms: Option<Arc<Synonyms>>) -> Result<Expr, QueryError> {
    lowered(&syntax::parse(text)?, synonyms)
}

/// The expression of a query that was read.
pub(crate) fn lowered(node: &Node, synonyms: Option<Arc<Synonyms>>) -> Result<Expr, QueryError> {
    let options = WordOptions {
        synonyms,
        ..WordOptions::default()
    };
    lower(node, &options)
}

fn lower(node: &Node, options: &WordOptions) -> Result<Expr, QueryError> {
    Ok(match node {
        Node::And(parts) => Expr::and(conjoined(parts, options)?)?,
        Node::Or(parts) => Expr::or(all(parts, options)?)?,
        Node::Not(part) => Expr::not(lower(part, options)?)?,
        Node::Word(word) => Expr::all_words(word, options)?,
        Node::Phrase { text, slop: 0 } => Expr::phrase(text, options)?,
        Node::Phrase { text, slop } => Expr::near_in_order(text, *slop, options)?,
        Node::Prefix(word) => Expr::prefix(word, options)?,
        Node::Fuzzy(word) => Expr::fuzzy(word, options)?,
        Node::Near {
            left,
            right,
            distance,
        } => Expr::near(&format!("{left} {right}"), *distance, options)?,
        Node::Field { field, value } => field_expression(*field, value, options)?,
        Node::Context(context, part) => {
            let context = match context {
                Context::Any => index::Context::Any,
                Context::Affirmed => index::Context::Affirmed,
                Context::Negated => index::Context::Negated,
                Context::Family => index::Context::Family,
            };
            lower(
                part,
                &WordOptions {
                    context,
                    ..options.clone()
                },
            )?
        }
    })
}

/// Words that stand together are read together, so that a synonym of several words is found.
/// What is asked of a field stands beside them and parts none: where it stands says nothing.
fn conjoined(parts: &[Node], options: &WordOptions) -> Result<Vec<Expr>, QueryError> {
    let mut exprs = Vec::new();
    let mut words = Vec::new();
    for part in parts {
        if let Node::Word(word) = part {
            words.push(word.as_str());
            continue;
        }
        if !matches!(part, Node::Field { .. }) {
            exprs.extend(together(&mut words, options)?);
        }
        exprs.push(lower(part, options)?);
    }
    exprs.extend(together(&mut words, options)?);
    Ok(exprs)
}

fn together(words: &mut Vec<&str>, options: &WordOptions) -> Result<Option<Expr>, QueryError> {
    if words.is_empty() {
        return Ok(None);
    }
    let text = std::mem::take(words).join(" ");
    Ok(Some(Expr::all_words(&text, options)?))
}

fn all(parts: &[Node], options: &WordOptions) -> Result<Vec<Expr>, QueryError> {
    parts.iter().map(|part| lower(part, options)).collect()
}

fn field_expression(field: Field, value: &str, options: &WordOptions) -> Result<Expr, QueryError> {
    let coded = |system| {
        Expr::code(&Code {
            system,
            code: value,
        })
    };
    Ok(match field {
        Field::Title => {
            let options = WordOptions {
                field: In::Title,
                ..options.clone()
            };
            match value.strip_suffix('*') {
                Some(start) => Expr::prefix(start, &options)?,
                None => Expr::all_words(value, &options)?,
            }
        }
        Field::Type => coded(SYSTEM_TYPE)?,
        Field::Class => coded(SYSTEM_CLASS)?,
        Field::Author => named(SYSTEM_AUTHOR, value)?,
        Field::Structure => named(SYSTEM_STRUCTURE, value)?,
        Field::Code => coded("")?,
        Field::Date => {
            let range = dates::range(value);
            let (from, to) = range.ok_or(Bug::new("the parser has read the date"))?;
            Expr::dated(from, to)
        }
    })
}

/// A name as a whole, or all of its words in any order.
fn named(system: &str, value: &str) -> Result<Expr, QueryError> {
    let coded = |code| Expr::code(&Code { system, code });
    let whole = coded(value)?;
    let words = value.split(|c: char| !c.is_alphabetic() && !is_combining(c));
    let words: Vec<&str> = words.filter(|word| word.chars().nth(1).is_some()).collect();
    if words.len() < 2 {
        return Ok(whole);
    }
    let words = words.into_iter().map(coded).collect::<Result<_, _>>()?;
    Ok(Expr::or(vec![whole, Expr::and(words)?])?)
}

/// The code system under which a document's own type is indexed.
pub const SYSTEM_TYPE: &str = "type";
/// The code system under which its class is indexed.
pub const SYSTEM_CLASS: &str = "class";
/// The code system under which its authors' ids and names are indexed.
pub const SYSTEM_AUTHOR: &str = "author";
/// The code system under which their structures' ids and names are indexed.
pub const SYSTEM_STRUCTURE: &str = "structure";

#[cfg(test)]
mod tests;
