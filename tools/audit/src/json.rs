//! The report as one JSON object, and back from it to go on with an audit.

use crate::check;
use liasse::{AuditMark, AuditReport, Depth, Erased, Sample};
use serde_json::{Map, Value, json};
use std::num::NonZeroU64;

/// The report.
pub(crate) fn report(report: &AuditReport) -> Value {
    let list = |items: Vec<Value>| Value::Array(items);
    let findings = report
        .findings
        .iter()
        .map(|it| json!({ "invariant": it.invariant, "place": it.place, "what": it.what }));
    let covered = report
        .covered
        .iter()
        .map(|it| json!({ "what": it.what, "checked": it.checked, "of": it.of }));
    let skipped = report
        .skipped
        .iter()
        .map(|it| json!({ "what": it.what, "why": it.why }));
    let remarks = report
        .remarks
        .iter()
        .map(|it| json!({ "place": it.place, "what": it.what }));
    let gaps = report.gaps.iter().map(|it| {
        let to = it.to.map(|to| to.to_string());
        json!({ "entry": it.entry, "from": it.from.to_string(), "to": to })
    });
    json!({
        "verdict": check::words(report),
        "clean": report.findings.is_empty(),
        "store": report.store,
        "depth": depth_name(report.depth),
        "log": {
            "origin": report.log.origin,
            "size": report.log.size,
            "root": report.log.root.to_string(),
        },
        "commit": report.commit,
        "committed": report.last_commit().map(|(_, at)| at.to_string()),
        "committed_millis": report.committed.millis(),
        "findings": list(findings.collect()),
        "more_findings": report.more,
        "covered": list(covered.collect()),
        "skipped": list(skipped.collect()),
        "remarks": list(remarks.collect()),
        "cut_short": report.is_cut_short(),
        "erasing": report.erasing,
        "log_read": report.has_read_log(),
        "gaps": list(gaps.collect()),
        "erased": erased(report),
        "accesses": accesses(report),
        "bytes": report.bytes,
        "rows": report.rows.map(|rows| rows.to_string()),
        "sample": report.sample.map(|it| it.dossiers().get()),
        "seed": report.sample.map(|sample| format!("{:016x}", sample.seed())),
        "stopped": report.stopped.map(|mark| json!({ "step": mark.step, "at": mark.at })),
    })
}

fn erased(report: &AuditReport) -> Value {
    let mut handles = Map::new();
    for (handle, steps) in &report.erased {
        let steps = steps.iter().map(|step: &Erased| {
            json!({
                "begun": step.begun,
                "keys_destroyed": step.destroyed,
                "index_rewritten": step.rewritten,
            })
        });
        handles.insert(handle.to_string(), Value::Array(steps.collect()));
    }
    Value::Object(handles)
}

fn accesses(report: &AuditReport) -> Value {
    let Some(accesses) = &report.accesses else {
        return Value::Null;
    };
    let glass = accesses.glass.iter().map(|it| {
        json!({
            "entry": it.entry,
            "at": it.at.to_string(),
            "actor": it.actor,
            "profession": it.profession,
            "structure": it.structure,
            "handle": it.handle.to_string(),
        })
    });
    json!({
        "opened": accesses.opened,
        "past": accesses.past,
        "refused": accesses.refused,
        "days": accesses.days,
        "professions": accesses.professions,
        "purposes": accesses.purposes,
        "kinds": accesses.kinds,
        "break_glass": Value::Array(glass.collect()),
    })
}

/// Where an audit stopped, and what it had found; `None` when the text is no such report.
pub(crate) fn state(text: &str) -> Option<(AuditMark, AuditReport)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let number = |value: &Value| value.as_u64();
    let stopped = value.get("stopped")?;
    let mark = AuditMark {
        step: usize::try_from(number(stopped.get("step")?)?).ok()?,
        at: number(stopped.get("at")?)?,
    };
    let mut report = AuditReport::default();
    report.depth = [Depth::Keyless, Depth::AuditKeys, Depth::Full]
        .into_iter()
        .find(|depth| value.get("depth").and_then(Value::as_str) == Some(depth_name(*depth)))?;
    let log = value.get("log")?;
    log.get("origin")?
        .as_str()?
        .clone_into(&mut report.log.origin);
    report.log.size = number(log.get("size")?)?;
    report.log.root = log.get("root")?.as_str()?.parse().ok()?;
    report.commit = number(value.get("commit")?)?;
    report.rows = Some(value.get("rows")?.as_str()?.parse().ok()?);
    let committed = value.get("committed_millis")?.as_i64()?;
    report.committed = liasse::Instant::from_millis(committed);
    report.more = number(value.get("more_findings")?)?;
    report.bytes = number(value.get("bytes")?)?;
    if let Some(dossiers) = value.get("sample").and_then(number) {
        let seed = value.get("seed")?.as_str()?;
        let seed = u64::from_str_radix(seed, 16).ok()?;
        let dossiers = NonZeroU64::new(dossiers)?;
        report.sample = Some(Sample::again(dossiers, seed));
    }
    report.erasing = number(value.get("erasing")?)?;
    if value.get("cut_short")?.as_bool()? {
        report.cut_short_again();
    }
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let all = |name: &str| value.get(name).and_then(Value::as_array);
    for finding in all("findings")? {
        let (place, what) = (text(finding, "place")?, text(finding, "what")?);
        report.again(&text(finding, "invariant")?, &place, &what)?;
    }
    for skipped in all("skipped")? {
        report.skip_again(&text(skipped, "what")?, &text(skipped, "why")?);
    }
    for remark in all("remarks")? {
        report.remark_again(&text(remark, "place")?, &text(remark, "what")?);
    }
    for covered in all("covered")? {
        let what = covered.get("what")?.as_str()?;
        let (checked, of) = (
            number(covered.get("checked")?)?,
            number(covered.get("of")?)?,
        );
        report.cover_again(what, checked, of);
    }
    Some((mark, report))
}

const fn depth_name(depth: Depth) -> &'static str {
    match depth {
        Depth::Keyless => "keyless",
        Depth::AuditKeys => "audit_keys",
        Depth::Full => "full",
    }
}

#[cfg(test)]
mod tests;
