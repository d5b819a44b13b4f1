//! `prove`, `check-proof`, `certificate`, `check-certificate`: what can be handed over.

use crate::args::{Certificate, CheckCertificate, CheckProof, Prove};
use crate::output::{self, Fault, line};
use liasse::{Auditor, CertificateFacts, CertifiedCommit, Digest};
use serde_json::json;
use std::fs;

/// Writes the proof of one entry, with the entry and the key beside it.
pub(crate) fn prove(asked: &Prove) -> Result<u8, Fault> {
    let auditor = match &asked.traces.audit_key_file {
        Some(file) => {
            let options = liasse::Options::default();
            let auditor = Auditor::open_with_audit_key(&asked.store, file, &options)?;
            auditor.require_keys()?;
            auditor
        }
        None => output::open(&asked.store, &asked.root)?,
    };
    let signed = output::signed(&asked.signed)?;
    let proved = auditor.prove(asked.entry, output::pair(signed.as_ref()))?;
    let named = |ending: &str| output::beside(&asked.output, ending);
    let key = format!("{}\n", proved.key);
    let files = [
        (named("tlog-proof"), proved.proof.as_bytes()),
        (named("entry"), &proved.entry),
        (named("key"), key.as_bytes()),
    ];
    for (path, _) in &files {
        output::vacant(path)?;
    }
    for (path, bytes) in &files {
        output::write_new(path, bytes)?;
    }
    line(&format!(
        "entry {} is proved by {}",
        asked.entry,
        named("tlog-proof").display()
    ));
    if let Some(trace) = proved.trace {
        line(&trace);
    }
    Ok(0)
}

/// Checks a proof without the store.
pub(crate) fn check_proof(asked: &CheckProof) -> Result<u8, Fault> {
    let entry = fs::read(&asked.entry).map_err(|error| Fault::file(&asked.entry, &error))?;
    let key = output::read(&asked.log_key)?;
    let facts = match liasse::check_proof(&output::read(&asked.proof)?, &entry, &key) {
        Ok(facts) => facts,
        Err(error) => return Ok(does_not_hold(&error)),
    };
    if asked.json {
        line(
            &json!({
                "holds": true,
                "origin": facts.origin,
                "entry": facts.index,
                "size": facts.size,
                "root": facts.root.to_string(),
                "kind": facts.kind,
                "hour": facts.hour.to_string(),
                "handle": facts.handle,
            })
            .to_string(),
        );
    } else {
        line(&format!(
            "the proof holds: entry {} of the log {}, of kind {}, in the hour from {}, was among \
             its first {} entries",
            facts.index, facts.origin, facts.kind, facts.hour, facts.size
        ));
    }
    Ok(0)
}

/// Writes the certificate of an erasure.
pub(crate) fn certificate(asked: &Certificate) -> Result<u8, Fault> {
    let auditor = output::open(&asked.store, &asked.root)?;
    let handle = asked.handle.parse();
    let handle = handle.map_err(|_| Fault::input("a handle is 32 hexadecimal digits"))?;
    let signed = output::signed(&asked.signed)?;
    let certificate = auditor.certificate(handle, output::pair(signed.as_ref()))?;
    output::write_new(&asked.output, certificate.text().as_bytes())?;
    line(&format!("{} certifies the erasure", asked.output.display()));
    Ok(0)
}

/// Checks a certificate without the store.
pub(crate) fn check_certificate(asked: &CheckCertificate) -> Result<u8, Fault> {
    let text = output::read(&asked.certificate)?;
    let key = output::read(&asked.log_key)?;
    let facts = match liasse::Certificate::check(&text, &key) {
        Ok(facts) => facts,
        Err(error) => return Ok(does_not_hold(&error)),
    };
    if asked.json {
        let steps = facts
            .steps
            .iter()
            .map(|(entry, step, at)| json!({ "entry": entry, "step": step, "at": at.to_string() }));
        let steps: Vec<_> = steps.collect();
        let commits = facts.commits.iter().map(|it| {
            json!({
                "entry": it.entry,
                "commit": it.commit,
                "at": it.at.to_string(),
                "epoch": it.epoch,
                "keys": it.keys.to_string(),
                "state": it.state.to_string(),
                "manifest": it.manifest.to_string(),
            })
        });
        let trees = facts.trees.iter();
        let trees = trees.map(|(size, root)| json!({ "size": size, "root": root.to_string() }));
        line(
            &json!({
                "holds": true,
                "origin": facts.origin,
                "size": facts.size,
                "root": facts.root.to_string(),
                "handle": facts.handle,
                "steps": steps,
                "commits": Vec::from_iter(commits),
                "trees": Vec::from_iter(trees),
            })
            .to_string(),
        );
        return Ok(0);
    }
    told(&facts);
    Ok(0)
}

/// What a certificate proves, in the order of the log.
fn told(facts: &CertificateFacts) {
    line(&format!(
        "the certificate holds: the log {} of {} entries, root {}, says of {}",
        facts.origin, facts.size, facts.root, facts.handle
    ));
    let tree = |tree: Option<&(u64, Digest)>| {
        if let Some((size, root)) = tree {
            line(&format!("  the log had {size} entries then, root {root}"));
        }
    };
    let commit = |it: &CertifiedCommit| {
        line(&format!(
            "  entry {}, {}: commit {}, key tree {} of epoch {}, dossiers {}, index {}",
            it.entry, it.at, it.commit, it.keys, it.epoch, it.state, it.manifest
        ));
    };
    let mut commits = facts.commits.iter();
    commits.next().into_iter().for_each(commit);
    tree(facts.trees.first());
    for ((entry, step, at), behind) in facts.steps.iter().zip(commits) {
        line(&format!("  entry {entry}, {at}: {step}"));
        commit(behind);
    }
    tree(facts.trees.last());
}

fn does_not_hold(error: &liasse::Error) -> u8 {
    output::complain(&format!("it does not hold: {error}"));
    output::EXIT_FINDINGS
}
