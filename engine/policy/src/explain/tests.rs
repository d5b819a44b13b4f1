//! Proves that EXPLAIN names rules and pack, and says the same behind every refused gate.

use crate::fixture::{LAUNCH, dossier, noon, professional};
use crate::{DossierFacts, DossierStatus, Relation};
use base::{DossierId, Purpose};

#[test]
fn explain_names_pack_rules_and_predicate() {
    let lens = LAUNCH.lens(&professional("pharmacien", Purpose::Care), noon());
    let text = lens.scope(&dossier(&[Relation::Authorised])).explain();
    for part in [
        "pack dmp-2011 1.0.0",
        "enters by R3-authorised",
        "R13-matrix permits when",
        "not (MASQUE_PS)",
        "R20-deleted forbids when document status deleted",
    ] {
        assert!(text.contains(part), "{part} is missing of\n{text}");
    }
    assert!(
        !text.contains("11488-4"),
        "the consultation report is not among the types"
    );
}

#[test]
fn behind_a_refused_gate_absent_and_forbidden_read_alike() {
    let lens = LAUNCH.lens(&professional("medecin", Purpose::Care), noon());
    let forbidden = lens
        .scope(&dossier(&[Relation::Authorised, Relation::Blocked]))
        .explain();
    let absent = DossierFacts::new(
        DossierId::from_bytes([1; 16]),
        DossierStatus::Absent,
        noon(),
    );
    assert_eq!(forbidden, lens.scope(&absent).explain());
    assert_eq!(forbidden, lens.explain());
}

#[test]
fn an_excluded_profession_is_told_that_no_rule_permits() {
    let lens = LAUNCH.lens(&professional("banque", Purpose::Contract), noon());
    assert!(lens.explain().contains("R11-contract forbids when always"));
    let nobody = LAUNCH.lens(&professional("astrologue", Purpose::Care), noon());
    assert!(nobody.explain().contains("no rule permits"));
}
