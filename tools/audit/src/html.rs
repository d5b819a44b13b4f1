//! The report as one page that loads nothing, reads without colour, and prints.
//!
//! For: phone, desktop and paper. Bars are drawn by widths with their number beside them; states
//! are words. Invariant: every text from a store is escaped; there is no script.

use crate::check;
use liasse::{Accesses, AuditReport, Depth};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The page.
pub(crate) fn page(report: &AuditReport) -> String {
    let mut page = String::new();
    let title = format!("Audit of store {}", report.store);
    let _ = write!(
        page,
        "{BEGIN}\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style></head>\n<body><main>\n",
        escape(&title)
    );
    head(&mut page, report);
    findings(&mut page, report);
    coverage(&mut page, report);
    if let Some(accesses) = &report.accesses {
        traces(&mut page, report, accesses);
    }
    gaps(&mut page, report);
    erasures(&mut page, report);
    remarks(&mut page, report);
    page.push_str("</main></body></html>\n");
    page
}

fn head(page: &mut String, report: &AuditReport) {
    let depth = match report.depth {
        Depth::Keyless => "without keys",
        Depth::AuditKeys => "with the keys of traces",
        Depth::Full => "with all keys",
    };
    let last = report.last_commit();
    let (commit, committed) = last.map_or((NOT_YET.to_owned(), NOT_YET.to_owned()), |(it, at)| {
        (grouped(it), at.to_string())
    });
    let size = grouped(report.log.size);
    let root = report.log.root.to_string();
    let _ = write!(
        page,
        "<h1>Audit of a Liasse store</h1>\n<p class=\"verdict\">Verdict: <strong>{}</strong></p>\n\
         <dl>\n",
        escape(check::words(report))
    );
    let rows = [
        ("Store", report.store.as_str()),
        ("Depth", depth),
        ("Log", &report.log.origin),
        ("Entries", &size),
        ("Root", &root),
        ("Last commit", &commit),
        ("Committed", &committed),
    ];
    for (name, value) in rows {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    }
    page.push_str("</dl>\n");
}

fn findings(page: &mut String, report: &AuditReport) {
    let all = report.more.saturating_add(report.findings.len() as u64);
    let _ = writeln!(page, "<h2>Findings: {all}</h2>");
    if report.findings.is_empty() {
        page.push_str("<p>Nothing was found.</p>\n");
        return;
    }
    page.push_str("<ul class=\"findings\">\n");
    for finding in &report.findings {
        let _ = writeln!(
            page,
            "<li><b>{}</b> {}: {}</li>",
            escape(finding.invariant),
            escape(&finding.place),
            escape(&finding.what)
        );
    }
    page.push_str("</ul>\n");
    if report.more > 0 {
        let _ = writeln!(page, "<p>and {} more, not listed.</p>", report.more);
    }
}

fn coverage(page: &mut String, report: &AuditReport) {
    page.push_str("<h2>What was checked</h2>\n<table class=\"bars\">\n");
    for covered in &report.covered {
        let of = covered.of.max(1);
        let text = format!("{} of {}", grouped(covered.checked), grouped(covered.of));
        bar(page, covered.what, covered.checked, of, &text);
    }
    page.push_str("</table>\n");
    if let Some(sample) = report.sample {
        let _ = writeln!(
            page,
            "<p>A sample: about {} dossiers were opened, chosen by the seed {:016x}.</p>",
            grouped(sample.dossiers().get()),
            sample.seed()
        );
    }
    if report.skipped.is_empty() && report.stopped.is_none() {
        return;
    }
    page.push_str("<h3>What was not checked</h3>\n<ul>\n");
    for skipped in &report.skipped {
        let (what, why) = (escape(skipped.what), escape(&skipped.why));
        let _ = writeln!(page, "<li>{what}: {why}</li>");
    }
    if report.stopped.is_some() {
        page.push_str("<li>The audit was stopped before its end.</li>\n");
    }
    page.push_str("</ul>\n");
}

/// Says what was not read of the log.
fn as_far_as(page: &mut String, report: &AuditReport) {
    if !report.has_read_log() {
        let _ = writeln!(
            page,
            "<p><strong>The log was not read to its end: what stands here is not all.</strong></p>"
        );
    }
}

/// A part of the page of which nothing is known.
fn not_yet(page: &mut String, what: &str) {
    let _ = writeln!(page, "<h2>{what}</h2>\n<p>This was {NOT_YET}.</p>");
}

fn traces(page: &mut String, report: &AuditReport, accesses: &Accesses) {
    let reading = READING.iter().filter_map(|kind| accesses.kinds.get(*kind));
    let _ = writeln!(
        page,
        "<h2>Acts: {}</h2>\n<p>{} of them are accesses: something was opened, searched or handed \
         out. {} were refused. {} traces are past their time: their keys were destroyed.</p>",
        grouped(accesses.opened),
        grouped(reading.sum()),
        grouped(accesses.refused),
        grouped(accesses.past)
    );
    as_far_as(page, report);
    let (name, over_time) = periods(&accesses.days);
    let tables = [
        (name, &over_time),
        ("By profession", &accesses.professions),
        ("By purpose", &accesses.purposes),
        ("By kind", &accesses.kinds),
    ];
    for (name, counts) in tables {
        let most = counts.values().max().copied().unwrap_or(1).max(1);
        let _ = writeln!(page, "<h3>{name}</h3>\n<table class=\"bars\">");
        for (what, count) in counts {
            bar(page, what, *count, most, &grouped(*count));
        }
        page.push_str("</table>\n");
    }
    if accesses.glass.is_empty() && !report.has_read_log() {
        not_yet(page, "Bris de glace");
        return;
    }
    let _ = writeln!(page, "<h2>Bris de glace: {}</h2>", accesses.glass.len());
    if accesses.glass.is_empty() {
        page.push_str("<p>There was none.</p>\n");
        return;
    }
    page.push_str("<ul>\n");
    for glass in &accesses.glass {
        let _ = writeln!(
            page,
            "<li>{}, entry {}: {} ({}), structure {}, dossier under handle <code>{}</code></li>",
            escape(&glass.at.to_string()),
            glass.entry,
            escape(&glass.actor),
            escape(&glass.profession),
            escape(or_dash(&glass.structure)),
            glass.handle
        );
    }
    page.push_str("</ul>\n");
}

/// Days as they are, or months when there are many.
fn periods(days: &BTreeMap<String, u64>) -> (&'static str, BTreeMap<String, u64>) {
    if days.len() <= DAYS_MAX {
        return ("By day", days.clone());
    }
    let mut months = BTreeMap::new();
    for (day, count) in days {
        let month = day.get(..7).unwrap_or(day).to_owned();
        *months.entry(month).or_default() += count;
    }
    ("By month", months)
}

fn gaps(page: &mut String, report: &AuditReport) {
    if report.gaps.is_empty() && !report.has_read_log() {
        not_yet(page, "Gaps");
        return;
    }
    let _ = writeln!(page, "<h2>Gaps: {}</h2>", report.gaps.len());
    as_far_as(page, report);
    if report.gaps.is_empty() {
        page.push_str(
            "<p>None is named: before its last opening the store was always closed in order. What \
             an end after that left out is named when it is opened next.</p>\n",
        );
        return;
    }
    page.push_str(
        "<p>Spans from which traces may be missing: the engine ended uncleanly.</p>\n<ul>\n",
    );
    for gap in &report.gaps {
        let (entry, from) = (gap.entry, escape(&gap.from.to_string()));
        let until = match gap.to {
            Some(to) => {
                let millis = to.millis().saturating_sub(gap.from.millis());
                format!("to {} ({millis} ms)", escape(&to.to_string()))
            }
            None => "and nobody knows until when: the clock was set back".to_owned(),
        };
        let _ = writeln!(page, "<li>entry {entry}: from {from} {until}</li>");
    }
    page.push_str("</ul>\n");
}

fn erasures(page: &mut String, report: &AuditReport) {
    let count: usize = report.erased.values().map(Vec::len).sum();
    if report.has_read_log() || count > 0 {
        let _ = writeln!(page, "<h2>Erasures: {count}</h2>");
        as_far_as(page, report);
    } else {
        not_yet(page, "Erasures");
    }
    if report.erasing > 0 {
        let _ = writeln!(
            page,
            "<p><strong>{} under way.</strong></p>",
            report.erasing
        );
    }
    if count == 0 && report.has_read_log() {
        page.push_str("<p>There was none.</p>\n");
    }
    if count == 0 {
        return;
    }
    page.push_str("<ul>\n");
    let said = |entry: Option<u64>| entry.map_or("not yet".to_owned(), |it| format!("entry {it}"));
    for (handle, steps) in &report.erased {
        for step in steps {
            let _ = writeln!(
                page,
                "<li><code>{handle}</code>: begun {}, keys destroyed {}, index rewritten {}</li>",
                said(step.begun),
                said(step.destroyed),
                said(step.rewritten)
            );
        }
    }
    page.push_str("</ul>\n");
}

fn remarks(page: &mut String, report: &AuditReport) {
    if report.remarks.is_empty() {
        return;
    }
    page.push_str("<h2>Worth knowing</h2>\n<ul>\n");
    for remark in &report.remarks {
        let (place, what) = (escape(&remark.place), escape(&remark.what));
        let _ = writeln!(page, "<li>{place}: {what}</li>");
    }
    page.push_str("</ul>\n");
}

/// A row with a bar as wide as its share of `most`.
fn bar(page: &mut String, name: &str, count: u64, most: u64, text: &str) {
    let share = count
        .saturating_mul(100)
        .checked_div(most)
        .unwrap_or(0)
        .min(100);
    let _ = writeln!(
        page,
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td>\
         <td class=\"bar\"><span style=\"width:{share}%\"></span></td></tr>",
        escape(or_dash(name)),
        // A narrow page breaks a number between its groups alone.
        escape(text).replace(',', ",<wbr>")
    );
}

/// A number with a comma between each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// A text as HTML shows it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The kinds of act by which something of a dossier is seen.
const READING: [&str; 3] = ["access", "query", "disclose"];
/// What each page begins with.
pub(crate) const BEGIN: &str = "<!doctype html>";
const NOT_YET: &str = "not looked at yet";
/// More days than fit a page are shown by month.
const DAYS_MAX: usize = 62;
const STYLE: &str = "
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #111; font: 16px/1.45 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-top: 1px solid #111; padding-top: .6rem; }
h3 { font-size: 1rem; }
.verdict { font-size: 1.2rem; border: 2px solid #111; padding: .5rem .8rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace; }
li, td, th { overflow-wrap: anywhere; }
td.number { overflow-wrap: normal; }
table.bars { width: 100%; border-collapse: collapse; table-layout: fixed; }
table.bars th { text-align: left; font-weight: 400; width: 34%; padding: .15rem .4rem .15rem 0; }
table.bars td.number { width: 26%; text-align: right; padding-right: .6rem; }
td.bar span { display: block; height: .8rem; min-width: 1px; border: 1px solid #111;
  background: repeating-linear-gradient(45deg, #111 0 2px, #fff 2px 5px); box-sizing: border-box; }
code { font-size: .9em; }
@media print { body { font-size: 11pt; } main { max-width: none; padding: 0; }
  li, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  td.bar span { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; } }
";

#[cfg(test)]
mod tests;
