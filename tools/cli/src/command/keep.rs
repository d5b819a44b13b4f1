//! What keeps a store in order: verify, stats, purging what is due, closing old traces, a new
//! root, the word of a witness, compacting.

use crate::args::{Adopt, Open, PurgeDue, Receipts, Reindex, Retain, Stats, Verify};
use crate::command::change::{self, receipt_json, receipt_line};
use crate::fault::Fault;
use crate::{output, store};
use clap::Args;
use liasse::{Engine, Ground, Reindexed, TraceClass};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What `compact` is told.
#[derive(Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    pub(crate) open: Open,
    /// Only segments of which at least this share is dead.
    #[arg(long, default_value_t = 0, value_name = "PERCENT",
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) dead: u8,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `rotate` is told.
#[derive(Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    pub(crate) open: Open,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `record-cosignature` is told.
#[derive(Args)]
pub(crate) struct RecordCosignature {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The checkpoint with the witness's line, as `liasse-audit witness-add` wrote it.
    #[arg(value_name = "COSIGNED")]
    pub(crate) checkpoint: PathBuf,
    /// The witness's verifier key.
    #[arg(long, value_name = "FILE")]
    pub(crate) witness_key: PathBuf,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `upgrade` is told.
#[derive(Args)]
pub(crate) struct Upgrade {
    /// The directory of the store, which nobody has open.
    pub(crate) store: PathBuf,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checks the whole store.
pub(crate) fn verify(asked: &Verify) -> Result<(), Fault> {
    let root = store::root(&asked.open.root)?;
    let report = Engine::verify(&asked.open.store, root, store::options(&asked.open)?)?;
    for finding in &report.findings {
        if asked.json {
            output::object(&json!({
                "invariant": finding.invariant,
                "place": finding.place,
                "what": finding.what,
            }));
        } else {
            output::line(&format!(
                "{}  {}: {}",
                finding.invariant, finding.place, finding.what
            ));
        }
    }
    if asked.json {
        output::object(&json!({
            "clean": report.findings.is_empty(),
            "dossiers": report.dossiers,
            "documents": report.documents,
            "entries": report.entries,
            "segments": report.segments,
        }));
    } else {
        output::line(&format!(
            "{}: {} dossiers, {} documents, {} journal entries, {} index segments checked",
            if report.findings.is_empty() {
                "clean"
            } else {
                "NOT CLEAN"
            },
            report.dossiers,
            report.documents,
            report.entries,
            report.segments,
        ));
    }
    match report.findings.len() {
        0 => Ok(()),
        many => Err(Fault::findings(format!("{many} findings"))),
    }
}

/// Makes this copy of a store the one that is written.
pub(crate) fn adopt(asked: &Adopt) -> Result<(), Fault> {
    if !asked.yes {
        return Err(Fault::input(
            "every other copy of this store is shut for writing; add --yes to go on",
        ));
    }
    let mut options = store::options(&asked.open)?;
    options.ground = Ground::TakeOver;
    let root = store::root(&asked.open.root)?;
    Engine::open(&asked.open.store, root, options)?.close()?;
    output::line("adopted: this copy is the one that is written from here on");
    Ok(())
}

/// Erases the dossiers whose ten years after closing have passed.
pub(crate) fn purge_due(asked: &PurgeDue) -> Result<(), Fault> {
    if !asked.yes {
        return Err(Fault::input("erasing cannot be undone; add --yes to go on"));
    }
    let engine = store::open(&asked.open)?;
    let purged = engine.purge_due()?;
    for one in &purged {
        change::show(&one.receipts, asked.json);
    }
    if !asked.json {
        output::line(&format!(
            "{} dossiers were due and are erased",
            purged.len()
        ));
    }
    Ok(engine.close()?)
}

/// Destroys the keys of a class's traces that are older than so many months.
pub(crate) fn retain(asked: &Retain) -> Result<(), Fault> {
    let class = TraceClass::ALL
        .into_iter()
        .find(|class| class.code() == asked.class);
    let Some(class) = class else {
        let known: Vec<_> = TraceClass::ALL.into_iter().map(TraceClass::code).collect();
        let known = known.join(", ");
        return Err(Fault::input(format!(
            "there is no such class of traces; name one of {known}"
        )));
    };
    if !asked.yes {
        return Err(Fault::input(
            "traces that are closed open for nobody again; add --yes to go on",
        ));
    }
    change::sinks_are_said(&asked.open)?;
    let engine = store::open(&asked.open)?;
    let closed = engine.retain(class, asked.months)?;
    if asked.json {
        output::object(&json!({ "class": class.code(), "months_closed": closed }));
    } else {
        output::line(&format!(
            "{closed} months of {} traces are closed; the log keeps every entry",
            class.code()
        ));
    }
    Ok(engine.close()?)
}

/// Puts all keys under a new root key.
pub(crate) fn rotate(asked: &Rotate) -> Result<(), Fault> {
    let engine = store::open(&asked.open)?;
    let rotated = engine.rotate_root()?;
    if asked.json {
        output::object(&json!({
            "epoch": rotated.epoch,
            "root": rotated.root,
            "destruction": rotated.destruction,
            "caveat": rotated.caveat,
            "sinks": rotated.sinks,
        }));
    } else {
        output::line(&format!(
            "root kept by {}, epoch {}; old root {}, {}",
            rotated.root, rotated.epoch, rotated.destruction, rotated.sinks,
        ));
        if !rotated.caveat.is_empty() {
            output::line(&rotated.caveat);
        }
    }
    Ok(engine.close()?)
}

/// Has the log told what a witness has sent back.
pub(crate) fn record_cosignature(asked: &RecordCosignature) -> Result<(), Fault> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| Fault::file(path, &error));
    let (checkpoint, witness) = (read(&asked.checkpoint)?, read(&asked.witness_key)?);
    let engine = store::open(&asked.open)?;
    let told = engine.record_cosignature(&checkpoint, &witness)?;
    if asked.json {
        output::object(&json!({ "size": told.size, "at": told.at.to_string() }));
    } else {
        let (size, at) = (told.size, told.at);
        output::line(&format!(
            "the log says that it was seen up to {size} entries, at {at}"
        ));
    }
    Ok(engine.close()?)
}

/// Completes what was held up, and shows the receipts that were kept.
pub(crate) fn receipts(asked: &Receipts) -> Result<(), Fault> {
    let engine = store::open(&asked.open)?;
    let held_up = engine.finish_erasures().err();
    for kept in engine.receipts()? {
        if asked.json {
            let mut told = receipt_json(&kept.receipt);
            told["erasure"] = json!(kept.erasure.to_string());
            told["at"] = json!(kept.at.to_string());
            output::object(&told);
        } else {
            let receipt = receipt_line(&kept.receipt);
            output::line(&format!("{} erasure {}: {receipt}", kept.at, kept.erasure));
        }
    }
    engine.close()?;
    held_up.map_or(Ok(()), |error| Err(error.into()))
}

/// Gives the room of what nothing names any more back to the disk.
pub(crate) fn compact(asked: &Compact) -> Result<(), Fault> {
    let engine = store::open(&asked.open)?;
    let compacted = engine.compact(asked.dead)?;
    engine.close()?;
    let shrunk = Engine::shrink(&asked.open.store)?;
    if asked.json {
        output::object(&json!({
            "segments": compacted.segments,
            "dead_bytes": compacted.bytes,
            "catalog_before": shrunk.from,
            "catalog_after": shrunk.to,
        }));
    } else {
        output::line(&format!(
            "{} body segments with {} dead bytes removed; catalog {} -> {} bytes",
            compacted.segments, compacted.bytes, shrunk.from, shrunk.to,
        ));
    }
    Ok(())
}

/// Brings a store to the format of this version.
pub(crate) fn upgrade(asked: &Upgrade) -> Result<(), Fault> {
    let upgraded = Engine::upgrade(&asked.store)?;
    if asked.json {
        output::object(&json!({ "from": upgraded.from, "to": upgraded.to }));
    } else if upgraded.from == upgraded.to {
        let format = upgraded.to;
        output::line(&format!("format {format} is the newest: nothing to do"));
    } else {
        let (from, to) = (upgraded.from, upgraded.to);
        output::line(&format!("format {from} -> {to}"));
    }
    Ok(())
}

/// Rebuilds what is damaged or outdated in the index.
pub(crate) fn reindex(asked: &Reindex) -> Result<(), Fault> {
    let root = store::root(&asked.open.root)?;
    let mut options = store::options(&asked.open)?;
    options.damaged_index = liasse::Damaged::SetAside;
    let engine = Engine::open(&asked.open.store, root, options)?;
    let which = if asked.all {
        liasse::Reindex::Everything
    } else {
        liasse::Reindex::Needed
    };
    let show = |now: Reindexed, end: &str| {
        let Reindexed {
            documents,
            of,
            segments,
            ..
        } = now;
        if asked.json {
            output::object(&json!({
                "documents": documents,
                "of": of,
                "segments": segments,
                "done": !end.is_empty(),
            }));
        } else {
            output::line(&format!(
                "{documents} of {of} documents analysed again{end}"
            ));
        }
    };
    let reindexed = engine.reindex(which, &mut |now| {
        show(now, "");
        ControlFlow::Continue(())
    })?;
    show(reindexed, ": the index is whole");
    Ok(engine.close()?)
}

/// Shows sizes and counts.
pub(crate) fn stats(asked: &Stats) -> Result<(), Fault> {
    let engine = store::open(&asked.open)?;
    let stats = engine.stats()?;
    if asked.json {
        let bytes: serde_json::Map<_, _> = stats
            .bytes
            .iter()
            .map(|(kind, bytes)| ((*kind).to_owned(), json!(bytes)))
            .collect();
        let sinks = stats.sinks.iter();
        let sinks =
            sinks.map(|it| json!({ "id": it.id, "place": it.place, "failure": it.failure }));
        let sinks: Vec<_> = sinks.collect();
        output::object(&json!({
            "dossiers": stats.dossiers,
            "documents": stats.documents,
            "entries": stats.entries,
            "tail": stats.tail,
            "tail_bytes": stats.tail_bytes,
            "segments": stats.segments,
            "body_segments": stats.body_segments,
            "commit": stats.commit,
            "oldest_reader": stats.oldest_reader,
            "bytes": bytes,
            "erasures_waiting": stats.erasures_waiting,
            "sinks": sinks,
            "amplification_percent": stats.amplification_percent,
            "free_bytes": stats.free_bytes,
        }));
    } else {
        output::line(&format!("dossiers         {}", stats.dossiers));
        output::line(&format!("documents        {}", stats.documents));
        output::line(&format!("journal entries  {}", stats.entries));
        output::line(&format!("index segments   {}", stats.segments));
        output::line(&format!("index tail       {}", stats.tail));
        output::line(&format!("erasures waiting {}", stats.erasures_waiting));
        for sink in stats.sinks.iter().filter(|it| it.failure.is_some()) {
            let said = sink.failure.as_deref().unwrap_or_default();
            output::line(&format!("sink {} fails: {said}", sink.place));
        }
        output::line(&format!("body segments    {}", stats.body_segments));
        output::line(&format!("oldest reader    {}", stats.oldest_reader));
        output::line(&format!("of commits       {}", stats.commit));
        for (kind, bytes) in &stats.bytes {
            output::line(&format!("{kind:<16} {bytes} bytes"));
        }
        let percent = stats.amplification_percent;
        output::line(&format!("on disk          {percent} % of what is named"));
    }
    Ok(engine.close()?)
}
