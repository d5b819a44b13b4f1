//! Everything that keeps a pack from being loaded, not only the first of it.
//!
//! For: whoever writes a pack. Invariant: there are no faults exactly when the pack loads.

use super::{Pack, PackFiles, dictionary, invalid, lower_all, parse_rules, parse_set, scan};
use crate::error::PackError;
use crate::manifest::Manifest;
use crate::matrix::Matrix;
use crate::policies::Policies;
use std::path::Path;

/// Why the pack is refused: all rules that do not validate; else all that have no exact
/// predicate; else whatever else is wrong.
#[must_use]
pub fn faults(files: PackFiles<'_>) -> Vec<PackError> {
    match Pack::parse(files) {
        Ok(_) => Vec::new(),
        Err(first) => all_like(&first, files).unwrap_or_else(|| vec![first]),
    }
}

/// Why the pack in this directory is refused.
#[must_use]
pub fn faults_of(directory: &Path) -> Vec<PackError> {
    match scan::read_all(directory) {
        Ok([manifest, schema, policies, matrix]) => faults(PackFiles {
            manifest: &manifest,
            schema: &schema,
            policies: &policies,
            matrix: &matrix,
        }),
        Err(error) => vec![error],
    }
}

/// Why the packs in this directory are refused: of one, all that is wrong with it; of several,
/// that of each, else what is wrong with them together.
#[must_use]
pub fn faults_of_all(directory: &Path) -> Vec<PackError> {
    let names = match Policies::names(directory) {
        Ok(names) if !names.is_empty() => names,
        Ok(_) | Err(_) => return faults_of(directory),
    };
    let mut found = Vec::new();
    for name in names {
        let faults = faults_of(&directory.join(&name)).into_iter();
        found.extend(faults.map(|error| PackError::In {
            pack: name.clone(),
            error: Box::new(error),
        }));
    }
    if found.is_empty() {
        found.extend(Policies::open(directory).err());
    }
    found
}

/// All faults of the first one's kind, when a pack can have several.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of most faults a pack has one, and it ends the look"
)]
fn all_like(first: &PackError, files: PackFiles<'_>) -> Option<Vec<PackError>> {
    match first {
        PackError::Invalid { .. } => {
            let set = parse_set(files.policies).ok()?;
            let found = invalid(files.policies, &set).ok()?;
            (!found.is_empty()).then_some(found)
        }
        PackError::NotPushable { .. } => {
            let manifest = Manifest::parse(files.manifest).ok()?;
            let matrix = Matrix::parse(files.matrix).ok()?;
            let dictionary = dictionary(&manifest, &matrix).ok()?;
            let rules = parse_rules(files.policies).ok()?;
            let each = rules.iter().map(std::slice::from_ref);
            let found = each.filter_map(|rule| lower_all(rule, &dictionary, &matrix).err());
            Some(found.collect())
        }
        _ => None,
    }
}
