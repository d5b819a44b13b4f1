//! Proves how often a store is audited again whose writer takes files away meanwhile.

use super::*;

/// A report that says what it looked at whole, or what a writer took away before it did.
fn overtaken(step: &str) -> AuditReport {
    let mut report = AuditReport::default();
    let why = "a writer took files away meanwhile: audit the store again, or a backup";
    report.skip_again(step, why);
    assert!(report.is_overtaken() && report.verdict() == Verdict::NotFully);
    report
}

/// Audits a store that a writer leaves alone from the audit `rest` on; how often it was opened,
/// and what came of it.
fn audits(rest: usize, found: bool) -> (usize, Verdict) {
    let mut opened = 0;
    let mut open = || {
        opened += 1;
        Ok(opened)
    };
    let mut audit = |number: &usize| {
        let mut report = match *number < rest {
            true => overtaken("bodies"),
            false => AuditReport::default(),
        };
        if found {
            report
                .again("S5", "dossier 4", "is damaged")
                .expect("a finding");
        }
        Ok(report)
    };
    let seen = seen_whole(&mut open, &mut audit);
    let (last, report) = seen.unwrap_or_else(|fault| panic!("{}", fault.message));
    assert_eq!(last, opened, "what is noted is what was audited last");
    (opened, report.verdict())
}

#[test]
fn what_a_writer_took_away_is_looked_at_in_what_the_store_has_become() {
    assert_eq!(audits(1, false), (1, Verdict::Clean));
    assert_eq!(audits(2, false), (2, Verdict::Clean));
    assert_eq!(audits(3, false), (3, Verdict::Clean));
    // A store that is never at rest is not called clean.
    assert_eq!(audits(9, false), (3, Verdict::NotFully));
    // What was found is told, and not looked for again.
    assert_eq!(audits(9, true), (1, Verdict::Findings));
}
