//! What reads: list, search, fetch, history, explain.

use crate::args::{Changes, Explain, Fetch, History, List, Search};
use crate::fault::Fault;
use crate::{actor, output, store};
use liasse::{Engine, Instant, Matricule, SearchRequest, Session, Statuses};
use serde_json::json;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;

/// Lists a dossier.
pub(crate) fn list(list: &List) -> Result<(), Fault> {
    let request = actor::read(&list.asking.actor)?;
    let patient = actor::matricule(&list.patient)?;
    let engine = store::open(&list.open)?;
    let session = engine.session(request)?;
    break_glass(&session, Some(&patient), list.motive.as_deref())?;
    let statuses = if list.all {
        Statuses::All
    } else {
        Statuses::Approved
    };
    let entries = session.entries(&patient, statuses)?;
    for entry in &entries {
        if list.asking.json {
            output::object(&output::entry_json(entry));
        } else {
            output::line(&output::entry_line(entry));
        }
    }
    close(engine, session)
}

/// Searches one dossier or all of an actor's.
pub(crate) fn search(search: &Search) -> Result<(), Fault> {
    let request = actor::read(&search.asking.actor)?;
    let patient = search
        .patient
        .as_deref()
        .map(actor::matricule)
        .transpose()?;
    let engine = store::open(&search.open)?;
    let session = engine.session(request)?;
    break_glass(&session, patient.as_ref(), search.motive.as_deref())?;
    let mut asked = SearchRequest::new(&search.query).limit(search.limit);
    asked.patient = patient;
    if search.all {
        asked = asked.statuses(Statuses::All);
    }
    if search.count {
        let count = session.count(&asked)?;
        if search.asking.json {
            output::object(&json!({ "count": count }));
        } else {
            output::line(&count.to_string());
        }
        return close(engine, session);
    }
    for hit in session.search(&asked)? {
        if search.asking.json {
            output::object(&output::hit_json(&hit));
        } else {
            output::line(&output::entry_line(&hit.entry));
            if !hit.snippet.text.is_empty() {
                output::line(&format!("    {}", output::snippet_line(&hit.snippet)));
            }
        }
    }
    close(engine, session)
}

/// Writes a document's bytes to a file.
pub(crate) fn fetch(fetch: &Fetch) -> Result<(), Fault> {
    let request = actor::read(&fetch.asking.actor)?;
    let document = fetch
        .document
        .parse()
        .map_err(|error: liasse::NotAnId| Fault::input(error.to_string()))?;
    if fetch.output.exists() {
        return Err(Fault::input(format!(
            "{} exists already; name a new file",
            fetch.output.display()
        )));
    }
    let patient = request.patient.clone();
    let engine = store::open(&fetch.open)?;
    let session = engine.session(request)?;
    break_glass(&session, patient.as_ref(), fetch.motive.as_deref())?;
    let bytes = session.fetch(document)?;
    write_new(&fetch.output, &bytes)?;
    if fetch.asking.json {
        output::object(&json!({ "document": fetch.document, "bytes": bytes.len() }));
    }
    close(engine, session)
}

/// Shows a dossier's traces, as lines or as AuditEvents.
pub(crate) fn history(history: &History) -> Result<(), Fault> {
    let asked = &history.dossier;
    let request = actor::read(&asked.asking.actor)?;
    let patient = actor::matricule(&asked.patient)?;
    let during = during(history)?;
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    if let Some(address) = &history.fhir {
        let software = concat!("liasse ", env!("CARGO_PKG_VERSION"));
        let events = session.audit_events_during(&patient, &during, software, address)?;
        events.lines().for_each(output::line);
        return close(engine, session);
    }
    for line in session.history_during(&patient, &during)? {
        if asked.asking.json {
            output::object(&output::history_json(&line));
        } else {
            output::line(&output::history_line(&line));
        }
    }
    close(engine, session)
}

/// The acts that are asked for.
fn during(asked: &History) -> Result<RangeInclusive<Instant>, Fault> {
    let at = |text: &Option<String>| text.as_deref().map(actor::instant).transpose();
    let from = at(&asked.from)?.unwrap_or(Instant::MIN);
    let until = at(&asked.until)?.unwrap_or(Instant::MAX);
    if from > until {
        return Err(Fault::input("--from is after --until; exchange them"));
    }
    Ok(from..=until)
}

/// Shows what is new in a dossier, who broke the glass first.
pub(crate) fn changes(asked: &Changes) -> Result<(), Fault> {
    let Changes { dossier, since } = asked;
    let request = actor::read(&dossier.asking.actor)?;
    let patient = actor::matricule(&dossier.patient)?;
    let engine = store::open(&dossier.open)?;
    let session = engine.session(request)?;
    let told = session.changes(Some(&patient), since.as_deref())?;
    if dossier.asking.json {
        output::object(&output::changes_json(&told));
    } else {
        for broken in &told.glass {
            let line = output::history_line(broken);
            output::line(&format!("the glass was broken: {line}"));
        }
        if told.updated {
            output::line("the dossier was updated");
        }
        for change in &told.changes {
            let (what, entry) = (output::changed(change.what), &change.entry);
            output::line(&format!("{what:<9} {}", output::entry_line(entry)));
        }
        output::line(&format!("mark {}", told.mark));
    }
    close(engine, session)
}

/// Shows the rules a session is under, and how a query would be answered; or, to an auditor, how
/// it is done for somebody.
pub(crate) fn explain(asked: &Explain) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let of = asked.of.as_deref().map(actor::read).transpose()?;
    let patient = asked.patient.as_deref().map(actor::matricule).transpose()?;
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    let search = asked.query.as_deref().map(|query| {
        let mut search = SearchRequest::new(query);
        search.patient = patient;
        search
    });
    if let (Some(of), Some(search)) = (of, &search) {
        let work = session.explain_plan(of, search)?;
        if asked.asking.json {
            output::line(&work.json());
        } else {
            work.lines().iter().for_each(|line| output::line(line));
        }
        return close(engine, session);
    }
    let explanation = session.explain(search.as_ref())?;
    if asked.asking.json {
        output::object(&json!({
            "pack": explanation.pack,
            "rules": explanation.rules,
            "plan": explanation.plan,
        }));
    } else {
        output::line(&format!("pack {}", explanation.pack));
        for line in explanation.rules.iter().chain(&explanation.plan) {
            output::line(line);
        }
    }
    close(engine, session)
}

fn break_glass(
    session: &Session,
    patient: Option<&Matricule>,
    motive: Option<&str>,
) -> Result<(), Fault> {
    match (patient, motive) {
        (Some(patient), Some(motive)) => Ok(session.break_glass(patient, motive)?),
        (None, Some(_)) => Err(Fault::input("--motive needs --patient")),
        (_, None) => Ok(()),
    }
}

fn close(engine: Engine, session: Session) -> Result<(), Fault> {
    drop(session);
    Ok(engine.close()?)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let mut file = std::fs::File::create_new(path).map_err(|error| Fault::file(path, &error))?;
    file.write_all(bytes)
        .map_err(|error| Fault::file(path, &error))
}
