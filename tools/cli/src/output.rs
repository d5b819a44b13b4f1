//! How answers are written: one JSON object per line, or lines for people.

use liasse::{Changed, Changes, DocumentEntry, Highlight, HistoryLine, Hit, Said, Snippet};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};

/// Writes one line of an answer.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that closed the pipe wants no more lines; that is not an error.
    let _ = writeln!(out, "{text}");
}

/// Writes one JSON object as a line.
pub(crate) fn object(value: &Value) {
    line(&value.to_string());
}

/// Writes a message on standard error.
pub(crate) fn complain(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "liasse: {text}");
}

/// Whether people look at standard output in colour.
pub(crate) fn in_colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// A document as JSON.
pub(crate) fn entry_json(entry: &DocumentEntry) -> Value {
    json!({
        "document": entry.document.to_string(),
        "unique_id": entry.unique_id,
        "dossier": entry.dossier.to_string(),
        "type_code": entry.type_code,
        "class_code": entry.class_code,
        "title": entry.title,
        "author": entry.author,
        "author_structure": entry.author_structure,
        "creation_time": entry.creation_time.to_string(),
        "deposited": entry.deposited.to_string(),
        "flags": entry.flags.codes().collect::<Vec<_>>(),
        "status": entry.status.code(),
        "mime_type": entry.mime_type,
        "size": entry.size,
        "version": entry.version,
    })
}

/// A hit as JSON.
pub(crate) fn hit_json(hit: &Hit) -> Value {
    let mut value = entry_json(&hit.entry);
    value["score"] = json!(hit.score);
    value["snippet"] = json!({
        "text": hit.snippet.text,
        "highlights": hit.snippet.highlights.iter().map(highlight_json).collect::<Vec<_>>(),
    });
    value
}

fn highlight_json(mark: &Highlight) -> Value {
    let said = match mark.said {
        Said::Affirmed => "affirmed",
        Said::Negated => "negated",
        Said::Family => "family",
        Said::Unstated => "unstated",
    };
    json!({"from": mark.from, "to": mark.to, "said": said})
}

/// A line of a history as JSON.
pub(crate) fn history_json(line: &HistoryLine) -> Value {
    json!({
        "entry": line.entry,
        "at": line.at.to_string(),
        "what": line.what,
        "actor": line.actor,
        "profession": line.profession,
        "structure": line.structure,
        "purpose": line.purpose,
        "permitted": line.permitted,
        "documents": line.documents.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "detail": line.detail,
    })
}

/// What is new in a dossier as JSON.
pub(crate) fn changes_json(told: &Changes) -> Value {
    let changes = told.changes.iter().map(|change| {
        let entry = entry_json(&change.entry);
        json!({ "what": changed(change.what), "document": entry })
    });
    json!({
        "glass": told.glass.iter().map(history_json).collect::<Vec<_>>(),
        "updated": told.updated,
        "changes": changes.collect::<Vec<_>>(),
        "mark": told.mark,
    })
}

/// What happened to a document.
pub(crate) fn changed(what: Changed) -> &'static str {
    if what == Changed::New {
        "new"
    } else if what == Changed::Replaced {
        "replaced"
    } else {
        "flagged"
    }
}

/// A document as a line for people.
pub(crate) fn entry_line(entry: &DocumentEntry) -> String {
    let date = entry.creation_time.to_string();
    let flags: Vec<_> = entry.flags.codes().collect();
    let marks = if flags.is_empty() {
        String::new()
    } else {
        format!("  [{}]", flags.join(", "))
    };
    format!(
        "{}  {}  {:<10} {}  {}{marks}",
        entry.document,
        date.get(..10).unwrap_or(&date),
        entry.type_code,
        entry.title,
        entry.author,
    )
}

/// A line of a history for people.
pub(crate) fn history_line(line: &HistoryLine) -> String {
    let verdict = if line.permitted { "" } else { "  REFUSED" };
    let documents = match line.documents.len() {
        0 => String::new(),
        1 => "  1 document".to_owned(),
        many => format!("  {many} documents"),
    };
    let detail = if line.detail.is_empty() {
        String::new()
    } else {
        format!("  {}", line.detail)
    };
    format!(
        "{}  {:<12} {} ({}, {}){documents}{detail}{verdict}",
        line.at, line.what, line.actor, line.profession, line.purpose
    )
}

/// A snippet with its answers marked.
pub(crate) fn snippet_line(snippet: &Snippet) -> String {
    let (open, close) = if in_colour() {
        ("\x1b[1;33m", "\x1b[0m")
    } else {
        ("[", "]")
    };
    let mut out = String::new();
    for (at, character) in snippet.text.chars().enumerate() {
        for mark in &snippet.highlights {
            if at == mark.to {
                out.push_str(close);
            }
            if at == mark.from {
                out.push_str(open);
            }
        }
        out.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    let length = snippet.text.chars().count();
    if snippet.highlights.iter().any(|mark| mark.to == length) {
        out.push_str(close);
    }
    out
}
