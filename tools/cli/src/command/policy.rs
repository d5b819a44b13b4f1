//! `liasse policy`: packs looked at by themselves, and loaded into a store.

use crate::args::{Open, Policy};
use crate::fault::Fault;
use crate::{output, store};
use liasse::{Clock, SystemClock};
use policy::{Change, Direction, Pack, PackError, Policies, faults_of_all};
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
        Policy::Diff { old, new, json } => {
            let packs = (one(old)?, one(new)?);
            diff(&packs.0, &packs.1, *json);
            if packs.0.canonical() != packs.1.canonical() {
                uncompared(old, new, *json);
            }
            Ok(())
        }
        Policy::Load { open, pack, json } => load(open, pack, *json),
        Policy::Matrix { pack, html } => {
            let pack = one(pack)?;
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

/// What keeps the packs from loading, else what looks wrong in each.
fn check(name: &str, previous: Option<&str>, json: bool) -> Result<(), Fault> {
    let previous = previous.map(one).transpose()?;
    let faults = if is_directory(name) {
        faults_of_all(Path::new(name))
    } else {
        Vec::new()
    };
    if !faults.is_empty() {
        for fault in &faults {
            unreadable(name, fault)?;
            found("invalid", &fault.to_string(), false, json);
        }
        summary(None, 0, json);
        return Err(Fault::findings(format!("{} findings", faults.len())));
    }
    let packs = all(name)?;
    let mut many = 0;
    for pack in packs.packs() {
        let findings =
            policy::check(pack, previous.as_ref()).map_err(|error| fault(name, &error))?;
        let (notes, wrong): (Vec<_>, Vec<_>) = findings.iter().partition(|it| it.is_note());
        for finding in wrong.iter().chain(&notes) {
            let note = finding.is_note();
            found(finding.name(), &finding.to_string(), note, json);
        }
        summary(Some(pack), wrong.len(), json);
        many += wrong.len();
    }
    of_dates(&packs, json);
    match many {
        0 => Ok(()),
        many => Err(Fault::findings(format!("{many} findings"))),
    }
}

/// When none of the packs decides, and so nothing is permitted.
fn of_dates(packs: &Policies, json: bool) {
    let mut spans: Vec<_> = packs.packs().map(|pack| pack.validity()).collect();
    spans.sort_unstable_by_key(|span| span.from());
    for (one, next) in spans.iter().zip(spans.iter().skip(1)) {
        let (from, until) = (one.until(), next.from());
        if from < until {
            let what = format!("no pack is in force from {from} until before {until}");
            found("gap", &what, true, json);
        }
    }
    let now = SystemClock.now();
    if !spans
        .iter()
        .any(|span| span.from() <= now && now < span.until())
    {
        let what = format!("none of these packs is in force now, at {now}");
        found("not_in_force", &what, true, json);
    }
}

fn found(finding: &str, what: &str, note: bool, json: bool) {
    if json {
        output::object(&json!({"finding": finding, "what": what, "note": note}));
    } else if note {
        output::line(&format!("note: {what}"));
    } else {
        output::line(what);
    }
}

fn summary(pack: Option<&Pack>, wrong: usize, json: bool) {
    if json {
        output::object(&json!({
            "clean": pack.is_some() && wrong == 0,
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

/// Has a store work under other packs from now on.
fn load(open: &Open, name: &str, json: bool) -> Result<(), Fault> {
    all(name)?;
    let engine = store::open(open)?;
    let packs = engine.reload_policies(Path::new(name))?;
    engine.close()?;
    for pack in packs {
        if json {
            output::object(&json!({
                "pack": pack.name,
                "version": pack.version,
                "valid_from": pack.valid_from.to_string(),
                "valid_until": pack.valid_until.to_string(),
            }));
        } else {
            let (from, until) = (pack.valid_from, pack.valid_until);
            output::line(&format!(
                "{} {}: from {from} until before {until}",
                pack.name, pack.version
            ));
        }
    }
    Ok(())
}

/// Says what a difference of sight leaves out, of packs that are not the same word for word.
fn uncompared(old: &str, new: &str, json: bool) {
    let command = format!("liasse policy check {new} --previous {old}");
    if json {
        output::object(&json!({"not_compared": NOT_COMPARED, "compare": command}));
    } else {
        output::line(&format!("not compared: {NOT_COMPARED}; see `{command}`"));
    }
}

/// What `diff` does not look at.
const NOT_COMPARED: &str = "other purposes, specialities, actors by name, the holder and her \
    representatives, writes, validity";

fn diff(old: &Arc<Pack>, new: &Arc<Pack>, json: bool) {
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
        return;
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

/// The one pack of this name.
fn one(name: &str) -> Result<Arc<Pack>, Fault> {
    let policies = all(name)?;
    let mut packs = policies.packs();
    match (packs.next(), packs.next()) {
        (Some(pack), None) => Ok(Arc::clone(pack)),
        _ => Err(Fault::input(format!(
            "{name}: there are several packs; name one of them"
        ))),
    }
}

/// The packs of this name: what is built in, else those of a directory.
fn all(name: &str) -> Result<Policies, Fault> {
    Policies::named(name).map_err(|error| fault(name, &error))
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
    let inner = if let PackError::In { error, .. } = error {
        error
    } else {
        error
    };
    if matches!(
        inner,
        PackError::Unreadable { .. } | PackError::NoFile { .. }
    ) {
        return Err(fault(name, error));
    }
    Ok(())
}
