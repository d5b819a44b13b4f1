//! `liasse policy`: packs looked at by themselves, before a store works under them.

use crate::args::Policy;
use crate::fault::Fault;
use crate::output;
use policy::{Change, Direction, Pack, PackError, faults_of};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Checks, compares or draws.
pub(crate) fn run(asked: &Policy) -> Result<(), Fault> {
    match asked {
        Policy::Check {
            pack,
            previous,
            json,
        } => check(pack, previous.as_deref(), *json),
        Policy::Diff { old, new, json } => diff(&load(old)?, &load(new)?, *json),
        Policy::Matrix { pack, html } => {
            let pack = load(pack)?;
            let text = if *html {
                policy::matrix_page(&pack)
            } else {
                policy::matrix_text(&pack)
            };
            output::line(text.trim_end());
            Ok(())
        }
    }
}

/// What keeps the pack from loading, else what looks wrong in it.
fn check(name: &str, previous: Option<&str>, json: bool) -> Result<(), Fault> {
    let previous = previous.map(load).transpose()?;
    let mut findings = Vec::new();
    let faults = if is_directory(name) {
        faults_of(Path::new(name))
    } else {
        Vec::new()
    };
    let checked = if faults.is_empty() {
        let pack = load(name)?;
        let found = policy::check(&pack, previous.as_ref());
        findings.extend(found.iter().map(|it| (it.name(), it.to_string())));
        Some(pack)
    } else {
        for fault in &faults {
            unreadable(name, fault)?;
            findings.push(("invalid", fault.to_string()));
        }
        None
    };
    for (finding, what) in &findings {
        if json {
            output::object(&json!({"finding": finding, "what": what}));
        } else {
            output::line(what);
        }
    }
    summary(checked.as_deref(), findings.is_empty(), json);
    match findings.len() {
        0 => Ok(()),
        many => Err(Fault::findings(format!("{many} findings"))),
    }
}

fn summary(pack: Option<&Pack>, clean: bool, json: bool) {
    if json {
        output::object(&json!({
            "clean": clean,
            "valid": pack.is_some(),
            "pack": pack.map(Pack::name),
            "version": pack.map(Pack::version),
            "rules": pack.map(|pack| pack.rules().len()),
        }));
        return;
    }
    output::line(&match pack {
        Some(pack) => format!(
            "{} {}: valid, {} rules, {} types, {} professions",
            pack.name(),
            pack.version(),
            pack.rules().len(),
            pack.dictionary().types().count(),
            pack.dictionary().professions().count(),
        ),
        None => "NOT VALID: no store would work under it".to_owned(),
    });
}

fn diff(old: &Arc<Pack>, new: &Arc<Pack>, json: bool) -> Result<(), Fault> {
    let changes = policy::diff(old, new);
    if json {
        for change in &changes {
            output::object(&json!({
                "profession": change.profession,
                "type": change.kind,
                "situation": change.situation.name(),
                "masked": change.masked,
                "sight": sight(change.direction),
            }));
        }
        return Ok(());
    }
    let mut cells: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for change in &changes {
        let cell = (&change.profession, change.direction, &change.kind);
        cells.entry(cell).or_default().push(situation(change));
    }
    for ((profession, direction, kind), situations) in &cells {
        output::line(&format!(
            "{profession:<26} {:<6} {kind:<14} {}",
            sight(*direction),
            situations.join(", ")
        ));
    }
    let count = |direction| cells.keys().filter(|(_, it, _)| *it == direction).count();
    output::line(&format!(
        "{} {} -> {} {}: {} cells gained, {} lost",
        old.name(),
        old.version(),
        new.name(),
        new.version(),
        count(Direction::Gained),
        count(Direction::Lost),
    ));
    Ok(())
}

fn situation(change: &Change) -> String {
    let masked = if change.masked { " (masked)" } else { "" };
    format!("{}{masked}", change.situation.name())
}

const fn sight(direction: Direction) -> &'static str {
    match direction {
        Direction::Gained => "gained",
        Direction::Lost => "lost",
    }
}

/// The pack of this name: one that is built in, else the directory of one.
fn load(name: &str) -> Result<Arc<Pack>, Fault> {
    let pack = if is_directory(name) {
        Pack::open(Path::new(name))
    } else {
        Pack::builtin(name)
    };
    pack.map(Arc::new).map_err(|error| fault(name, &error))
}

/// A built-in pack is never shadowed by a directory of its name.
fn is_directory(name: &str) -> bool {
    policy::builtin_files(name).is_none() && Path::new(name).is_dir()
}

fn fault(name: &str, error: &PackError) -> Fault {
    Fault::input(format!("{name}: {error}"))
}

/// A file that cannot be read is no finding about the pack.
fn unreadable(name: &str, error: &PackError) -> Result<(), Fault> {
    if matches!(error, PackError::Unreadable { .. }) {
        return Err(fault(name, error));
    }
    Ok(())
}
