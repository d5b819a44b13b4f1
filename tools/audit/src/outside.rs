//! `checkpoint`, `audit-key`, `export`, `witness-*`: what is exchanged as files, since hospitals
//! are offline.

use crate::args::{AuditKey, Checkpoint, Export, HostKey, Witness, WitnessAdd, WitnessRequest};
use crate::output::{self, Fault, line};
use liasse::{Clock, Notebook, OsEntropy, SystemClock};
use std::path::Path;

/// Prints the signed checkpoint and its key, or puts both into a notebook.
pub(crate) fn checkpoint(asked: &Checkpoint) -> Result<u8, Fault> {
    let auditor = output::open(&asked.store, &asked.root)?;
    let (text, key) = auditor.checkpoint()?;
    let Some(folder) = &asked.notebook else {
        text.lines().for_each(line);
        line("");
        line(&key);
        return Ok(0);
    };
    let (mut notebook, unread) = Notebook::open_with_key(folder, &key)?;
    // INVARIANT(J11): what contradicts what was noted is told, and not noted beside it.
    let found = auditor.contradictions(&notebook)?;
    for page in &unread {
        line(&format!("J11  page {page}: is not believed"));
    }
    for finding in &found {
        let (invariant, place, what) = (finding.invariant, &finding.place, &finding.what);
        line(&format!("{invariant}  {place}: {what}"));
    }
    if !unread.is_empty() || !found.is_empty() {
        return Ok(output::EXIT_FINDINGS);
    }
    match notebook.add(&text)? {
        Some(name) => line(&format!("noted as {name}")),
        None => line("the notebook has it already"),
    }
    Ok(0)
}

/// Takes a key of the host's into a notebook.
pub(crate) fn host_key(asked: &HostKey) -> Result<u8, Fault> {
    output::notebook_there(&asked.notebook)?;
    let (mut notebook, _) = Notebook::open(&asked.notebook)?;
    let (text, key) = (
        output::read(&asked.checkpoint)?,
        output::read(&asked.host_key)?,
    );
    notebook.trust_host(&text, &key)?;
    line("from here on a signed page needs a signature of one of the host's keys");
    Ok(0)
}

/// Writes the key of traces for an auditor.
pub(crate) fn audit_key(asked: &AuditKey) -> Result<u8, Fault> {
    let auditor = output::open(&asked.store, &asked.root)?;
    auditor.write_audit_key(&asked.output)?;
    line(&format!(
        "{} opens every trace of the store, and no dossier; give it to the auditor alone",
        asked.output.display()
    ));
    Ok(0)
}

/// Writes the static files of the log.
pub(crate) fn export(asked: &Export) -> Result<u8, Fault> {
    let auditor = output::open(&asked.store, &asked.root)?;
    let signed = output::signed(&asked.signed)?;
    let size = match auditor.export(&asked.output, output::pair(signed.as_ref())) {
        // INVARIANT(J11): what was exported is evidence, and is not written over.
        Err(error) if error.code() == liasse::Code::OtherCopy => {
            line(&format!("J11  {}: {error}", asked.output.display()));
            return Ok(output::EXIT_FINDINGS);
        }
        size => size?,
    };
    line(&format!(
        "{} holds {size} entries of the log",
        asked.output.display()
    ));
    Ok(0)
}

/// Writes what a witness is asked.
pub(crate) fn witness_request(asked: &WitnessRequest) -> Result<u8, Fault> {
    let auditor = output::open(&asked.store, &asked.root)?;
    let signed = output::signed(&asked.signed)?;
    let request = auditor.witness_request(asked.old, output::pair(signed.as_ref()))?;
    output::write_new(&asked.output, request.as_bytes())?;
    line(&format!("send {} to the witness", asked.output.display()));
    Ok(0)
}

/// Answers a log's request, as a witness.
pub(crate) fn witness(asked: &Witness) -> Result<u8, Fault> {
    output::vacant(&asked.output)?;
    if asked.output == asked.last {
        return Err(Fault::input("-o and --last name one file: name two"));
    }
    let witness = liasse::Witness::open(&asked.name, &asked.witness_key, &OsEntropy)?;
    let request = output::read(&asked.request)?;
    let last = if asked.last.exists() {
        Some(output::read(&asked.last)?)
    } else {
        None
    };
    let key = output::read(&asked.log_key)?;
    let now = SystemClock.now();
    let answer = match witness.answer(&request, &key, last.as_deref(), now) {
        Err(error) if error.message().starts_with(FORKED) => {
            return forked(&asked.last, &request, last.as_deref(), &error);
        }
        answer => answer?,
    };
    // Kept before it is handed over: a witness never signs two logs of one size.
    let kept = request.split_once("\n\n").map_or("", |(_, kept)| kept);
    output::write(&asked.last, kept.as_bytes())?;
    output::write_new(&asked.output, answer.as_bytes())?;
    line(&witness.verifier_key()?);
    Ok(0)
}

/// Keeps what contradicts, beside what the witness signed last: both are signed by the log.
fn forked(
    place: &Path,
    request: &str,
    last: Option<&str>,
    error: &liasse::Error,
) -> Result<u8, Fault> {
    let Some(last) = last else {
        return Err(Fault::input(error.to_string()));
    };
    let text = format!("signed last:\n\n{last}\nis not continued by the request:\n\n{request}");
    let mut kept = output::beside(place, "fork-1");
    let mut number = 1_u32;
    while kept.exists() && output::read(&kept)? != text {
        number += 1;
        kept = output::beside(place, &format!("fork-{number}"));
    }
    output::write(&kept, text.as_bytes())?;
    output::complain(&format!(
        "{error}; nothing was signed, and the evidence is kept in {}",
        kept.display()
    ));
    Ok(output::EXIT_FINDINGS)
}

/// Adds an answer to a checkpoint.
pub(crate) fn witness_add(asked: &WitnessAdd) -> Result<u8, Fault> {
    let (checkpoint, answer) = (
        output::read(&asked.checkpoint)?,
        output::read(&asked.answer)?,
    );
    let (log_key, key) = (
        output::read(&asked.log_key)?,
        output::read(&asked.witness_key)?,
    );
    let (text, by) = liasse::with_cosignatures(&checkpoint, &log_key, &answer, &[&key])?;
    output::write_new(&asked.output, text.as_bytes())?;
    for (name, at) in by {
        line(&format!("{name} signed it at {at}"));
    }
    Ok(0)
}

/// How a witness begins who refuses a log that she signed otherwise.
const FORKED: &str = "the log does not continue what the witness signed before";
