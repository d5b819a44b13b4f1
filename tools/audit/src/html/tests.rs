//! Proves that the page loads nothing, runs nothing, and shows a store's text as text.

use super::*;
use liasse::Verdict;

fn report() -> AuditReport {
    let mut report = AuditReport::default();
    report.store = "<script>alert(1)</script>".to_owned();
    report
        .again("J6", "entry \"3\" & more", "<b>altered</b>")
        .unwrap();
    report.cover_again("bytes of bodies", 3, 4);
    let mut accesses = Accesses::default();
    accesses.opened = 100;
    for day in 1..90_u64 {
        let name = format!("2026-{:02}-{:02}", 1 + day / 31, 1 + day % 31);
        accesses.days.insert(name, day);
    }
    accesses.professions.insert(String::new(), 7);
    report.accesses = Some(accesses);
    report
}

#[test]
fn the_page_loads_nothing_and_shows_text_as_text() {
    let report = report();
    let page = page(&report);
    assert!(report.verdict() == Verdict::Findings && page.contains("NOT CLEAN"));
    for active in [
        "<script",
        "<b>altered",
        "http:",
        "https:",
        "src=",
        "href=",
        "url(",
        "@import",
    ] {
        assert!(!page.contains(active), "{active}");
    }
    assert!(page.contains("entry &quot;3&quot; &amp; more: &lt;b&gt;altered&lt;/b&gt;"));
    assert!(page.contains("By month") && page.contains("3 of 4") && page.contains("width:75%"));
    for (open, close) in [("<ul", "</ul>"), ("<table", "</table>"), ("<li", "</li>")] {
        assert_eq!(page.matches(open).count(), page.matches(close).count());
    }
}
