//! What keeps a lost disk from losing dossiers: backup, restore, standby.

use crate::args::{Backup, Restore, Standby};
use crate::fault::Fault;
use crate::{output, store};
use liasse::{DirectorySink, Engine, Options, Restored, Sink, Sources};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Backs a store up.
pub(crate) fn backup(asked: &Backup) -> Result<(), Fault> {
    let engine = store::open(&asked.open)?;
    let report = engine.backup(&asked.target)?;
    for file in &report.damaged {
        output::complain(&format!(
            "{file} is damaged in the store; run `liasse verify`"
        ));
    }
    if asked.json {
        output::object(&json!({
            "commit": report.commit,
            "epoch": report.epoch,
            "copied_bytes": report.copied_bytes,
            "catalog_bytes": report.catalog_bytes,
            "damaged": report.damaged,
        }));
    } else {
        output::line(&format!(
            "commit {}, key epoch {}: {} bytes of segments copied, catalog of {} bytes",
            report.commit, report.epoch, report.copied_bytes, report.catalog_bytes
        ));
    }
    engine.close()?;
    match report.damaged.len() {
        0 => Ok(()),
        many => Err(Fault::findings(format!("{many} damaged files"))),
    }
}

/// Restores a store from a backup and the sinks.
pub(crate) fn restore(asked: &Restore) -> Result<(), Fault> {
    let root = store::root(&asked.open.root)?;
    let options = store::options(&asked.open)?;
    let sources = sources(&asked.backup, &asked.open.sinks, asked.without_sink);
    let restored = Engine::restore(&sources, &asked.open.store, &root, &options)?;
    if !asked.json && !asked.open.sinks.is_empty() {
        output::line(
            "its sinks are still those of the store before: if that one is gone, make them this \
             one's with liasse adopt STORE --sink DIR --yes",
        );
    }
    told(&restored, asked.json)
}

/// Keeps a standby fresh, or makes a store of it.
pub(crate) fn standby(asked: &Standby) -> Result<(), Fault> {
    if asked.promote {
        let root = store::root_of(asked.key_file.as_deref(), asked.passphrase_env.as_deref())?;
        let restored = liasse::promote(&asked.directory, &root, &Options::default())?;
        return told(&restored, asked.json);
    }
    let Some(backup) = &asked.backup else {
        return Err(Fault::input(
            "give --backup DIR to keep the standby fresh, or --promote",
        ));
    };
    let sources = sources(backup, &asked.sinks, asked.without_sink);
    let fresh = liasse::refresh(&sources, &asked.directory)?;
    if asked.json {
        output::object(&json!({
            "commit": fresh.commit,
            "epoch": fresh.epoch,
            "applied": fresh.applied,
            "copied_bytes": fresh.copied_bytes,
        }));
    } else {
        output::line(&format!(
            "commit {}, key epoch {}: {} catalog files applied, {} bytes copied",
            fresh.commit, fresh.epoch, fresh.applied, fresh.copied_bytes
        ));
    }
    Ok(())
}

fn sources(backup: &Path, sinks: &[PathBuf], without: bool) -> Sources {
    let sinks = sinks
        .iter()
        .map(|path| Arc::new(DirectorySink::new(path)) as Arc<dyn Sink>);
    let sources = Sources::new(backup, sinks.collect());
    if without {
        sources.without_sinks()
    } else {
        sources
    }
}

fn told(restored: &Restored, as_json: bool) -> Result<(), Fault> {
    let lost = restored.lost.iter();
    if as_json {
        let lost: Vec<_> = lost
            .map(|it| {
                json!({
                    "dossier": it.dossier.to_string(),
                    "document": it.document.to_string(),
                })
            })
            .collect();
        output::object(&json!({
            "commit": restored.commit,
            "epoch": restored.epoch,
            "index_anew": restored.index_anew,
            "origin": restored.origin,
            "lost": lost,
        }));
    } else {
        for it in lost {
            output::line(&format!(
                "lost: document {} of dossier {}",
                it.document, it.dossier
            ));
        }
        output::line(&format!(
            "restored to commit {}, key epoch {}; the journal goes on as {}",
            restored.commit, restored.epoch, restored.origin
        ));
    }
    match restored.lost.len() {
        0 => Ok(()),
        many => Err(Fault::findings(format!(
            "{many} documents were deposited after the backup; their bytes are lost"
        ))),
    }
}
