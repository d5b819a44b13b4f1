//! Proves that a pack which permits anything more than the one before is told so, whatever the
//! more is, and that a pack which permits no more is told nothing.

use super::*;
use crate::fixture::{LAUNCH, REFORM};
use crate::inspect::{Finding, check};
use crate::pack::{PackFiles, builtin_files};

/// `dmp-2023` with the first of each pair of texts replaced by the second in one of its files.
fn altered(file: &str, swaps: &[(&str, &str)]) -> Arc<Pack> {
    let files = builtin_files("dmp-2023").expect("it is built in");
    let swap = |name: &str, text: &str| {
        let mut text = text.to_owned();
        for (from, to) in swaps.iter().filter(|_| name == file) {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        text
    };
    let pack = Pack::parse(PackFiles {
        manifest: &swap("manifest", files.manifest),
        policies: &swap("policies", files.policies),
        matrix: &swap("matrix", files.matrix),
        ..files
    });
    Arc::new(pack.unwrap_or_else(|error| panic!("{error}")))
}

fn told(new: &Arc<Pack>, old: &Arc<Pack>) -> Vec<Finding> {
    let all = check(new, Some(old)).expect("the bounds load");
    let of = |it: &Finding| ["wider", "longer", "incomparable"].contains(&it.name());
    all.into_iter().filter(of).collect()
}

#[test]
fn the_same_pack_and_a_narrower_one_gain_nothing() {
    assert_eq!(told(&REFORM, &REFORM), []);
    assert_eq!(told(&LAUNCH, &LAUNCH), []);
    for (from, to) in [
        (
            "when { context.purpose == \"holder\" && resource.holder == principal };",
            "when { context.purpose == \"holder\" && resource.holder == principal \
             && resource.status == \"active\" };",
        ),
        (
            "when { context.cumulates };",
            "when { context.cumulates || context.masks };",
        ),
        (
            "context.purpose == \"care\" && context.unmasks\n",
            "context.purpose == \"care\" && context.unmasks && !context.secret\n",
        ),
    ] {
        let narrower = altered("policies", &[(from, to)]);
        assert_eq!(told(&narrower, &REFORM), [], "{to}");
        assert!(!told(&REFORM, &narrower).is_empty(), "and back: {to}");
    }
    let fewer = altered(
        "matrix",
        &[("11488-4\tpermit\tpermit?", "11488-4\tpermit\tdeny")],
    );
    assert_eq!(told(&fewer, &REFORM), []);
}

/// Each change opens one action a crack: the finding names the action, who gains it and the rule.
#[test]
fn whatever_is_wider_is_told_with_action_profession_and_rule() {
    for (action, profession, rule, swap) in WIDER {
        let wider = altered("policies", &[*swap]);
        let findings = told(&wider, &REFORM);
        let of = |it: &&Finding| {
            let Finding::Wider(gain) = it else {
                return false;
            };
            gain.own
                && gain.actions.contains(action)
                && gain.professions.iter().any(|it| it == profession)
                && gain
                    .rules
                    .iter()
                    .any(|it| it.ends_with(&format!(": {rule}")))
        };
        let found = findings.iter().find(of);
        let found = found.unwrap_or_else(|| panic!("{action}, {rule}: {findings:?}"));
        assert!(!found.is_note());
        let words = found.to_string();
        assert!(
            words.starts_with("line ") && words.contains(action),
            "{words}"
        );
    }
}

/// Action, one of those who gain it, the rule that gives it, and the change.
type Opened = (
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
);

const WIDER: &[Opened] = &[
    (
        "deposit",
        "medecin",
        "R6-deposit",
        ("\n       && resource.deposit != \"deny\"", ""),
    ),
    (
        "setFlags",
        "infirmier",
        "R14-attending-unmasks",
        (
            "context.unmasks\n       && resource.dossier.attending.contains(principal)",
            "context.unmasks\n       && (resource.dossier.attending.contains(principal) \
             || resource.dossier.careTeam.contains(principal))",
        ),
    ),
    (
        "setFlags",
        "pharmacien",
        "R16-hide",
        (
            "context.hidesFromHolder\n       && (resource.authors.contains(principal)",
            "context.hidesFromHolder\n       && (resource.created < resource.deposited \
             || resource.authors.contains(principal)",
        ),
    ),
    (
        "delete",
        "biologiste_labo",
        "R21-delete",
        (
            "DMP::Action::\"setStatus\"], resource)\nwhen { context.purpose == \"care\"",
            "DMP::Action::\"setStatus\"], resource)\nwhen { [\"care\", \
             \"panel\"].contains(context.purpose)",
        ),
    ),
    (
        "replace",
        "medecin",
        "R21-replace",
        (
            "context.purpose == \"care\" && context.latest",
            "context.purpose == \"care\"",
        ),
    ),
    (
        "breakGlass",
        "pharmacien",
        "R8-break-glass-motive",
        ("&& context.motivated && resource.btg", "&& resource.btg"),
    ),
    (
        "authorise",
        "coordination",
        "R5-authorise",
        (
            "context.consented\n       && (resource.authorised.contains(principal)",
            "context.consented\n       && (resource.status == \"active\" \
             || resource.authorised.contains(principal)",
        ),
    ),
    (
        "block",
        "medecin",
        "R7-attending-blocks",
        (
            "context.purpose == \"care\" && resource.attending.contains(principal)\n",
            "context.purpose == \"care\" && (resource.attending.contains(principal) || \
             resource.authorised.contains(principal))\n",
        ),
    ),
    (
        "unblock",
        "medecin",
        "R7-attending-blocks",
        (
            "action == DMP::Action::\"block\", resource)",
            "action in [DMP::Action::\"block\", DMP::Action::\"unblock\"], resource)",
        ),
    ),
    (
        "consult",
        "infirmier",
        "R4-care-team",
        (
            "&& resource.consultation != \"deny\"\n       && resource.careTeam",
            "&& (resource.consultation != \"deny\" || context.now > 1900000000000)\n       \
             && resource.careTeam",
        ),
    ),
    (
        "history",
        "medecin_travail",
        "R25-audit-gate",
        (
            "context.purpose == \"audit\" && principal.profession == \
             DMP::Profession::\"auditeur\"",
            "context.purpose == \"audit\" && (principal.profession == \
             DMP::Profession::\"auditeur\" || principal == DMP::Actor::\"899900000042\")",
        ),
    ),
    (
        "close",
        "patient",
        "R26-close",
        (
            "&& context.now < resource.majority)\n           || (context.purpose == \"care\"",
            "&& context.now <= resource.majority)\n           || (context.purpose == \"care\"",
        ),
    ),
    (
        "erase",
        "patient",
        "R26-erase",
        (
            "action == DMP::Action::\"erase\", resource)\nwhen { context.purpose == \"holder\" \
             && resource.holder == principal }",
            "action == DMP::Action::\"erase\", resource)\nwhen { resource.holder == principal }",
        ),
    ),
];

/// A cell of the matrix: the type and the profession are named, and no other type.
#[test]
fn a_cell_that_is_opened_is_named() {
    let line = "10\t75496-0\tpermit\tdeny\tdeny?\t";
    let opened = "10\t75496-0\tpermit\tdeny\tpermit?\t";
    let wider = altered("matrix", &[(line, opened)]);
    let findings = told(&wider, &REFORM);
    assert!(!findings.is_empty());
    for finding in &findings {
        let Finding::Wider(gain) = finding else {
            panic!("{finding}");
        };
        assert_eq!(gain.professions, ["sage_femme"], "{gain}");
        if gain.own {
            assert_eq!(gain.kinds, ["75496-0"], "{gain}");
        }
    }
    let of = |rule: &str| findings.iter().any(|it| it.to_string().contains(rule));
    assert!(of("R13-matrix") && of("R8-break-glass"), "{findings:?}");
}

/// A prohibition that is gone is named beside the rules it held back.
#[test]
fn a_prohibition_that_is_gone_is_named() {
    let wider = altered(
        "policies",
        &[(
            "when { resource.status == \"deleted\" }",
            "when { context.secret }",
        )],
    );
    let findings = told(&wider, &REFORM);
    let named = |rule: &str| {
        let of = |it: &Finding| {
            let words = it.to_string();
            words.contains(rule) && words.contains("forbidden by line")
        };
        findings.iter().any(of)
    };
    assert!(named("R13-matrix") && named("R20-deleted"), "{findings:?}");
}

/// A profession that the pack before does not know gains whatever it may do.
#[test]
fn a_profession_that_is_new_gains_all_it_may_do() {
    let files = builtin_files("dmp-2023").expect("it is built in");
    let mut lines = files.matrix.lines();
    let mut matrix: String = String::new();
    for line in lines.by_ref() {
        let more = match line {
            comment if comment.starts_with('#') => "",
            head if head.starts_with("class") => "\tdieteticien",
            row if row.contains("11502-2") => "\tpermit",
            _ => "\tdeny",
        };
        matrix.push_str(line);
        matrix.push_str(more);
        matrix.push('\n');
    }
    let wider = Pack::parse(PackFiles {
        matrix: &matrix,
        ..files
    })
    .expect("one column more");
    let findings = told(&Arc::new(wider), &REFORM);
    let of = |action: &str, kinds: &[&str]| {
        findings.iter().any(|it| {
            let Finding::Wider(gain) = it else {
                panic!("{it}");
            };
            gain.professions == ["dieteticien"]
                && gain.actions.contains(&action)
                && gain.kinds == kinds
        })
    };
    assert!(
        of("consult", &[]) && of("read", &["11502-2"]),
        "{findings:?}"
    );
    assert!(of("setFlags", &[]), "{findings:?}");
}

/// A longer validity is told; one that only follows the previous pack's is a note.
#[test]
fn a_longer_validity_is_told() {
    let until = |end: &str| altered("manifest", &[("valid-until open", end)]);
    let (short, long) = (
        until("valid-until 2030-01-01T00:00:00Z"),
        until("valid-until 2040-01-01T00:00:00Z"),
    );
    assert_eq!(told(&short, &long), []);
    let findings = told(&long, &short);
    let [longer] = &findings[..] else {
        panic!("{findings:?}");
    };
    assert!(longer.name() == "longer" && !longer.is_note());
    let words = longer.to_string();
    assert!(
        words.contains("from 2030-01-01") && words.contains("before 2040-01-01"),
        "{words}"
    );
    let earlier = altered(
        "manifest",
        &[(
            "valid-from 2023-10-27T00:00:00Z",
            "valid-from 2022-10-27T00:00:00Z",
        )],
    );
    assert_eq!(told(&earlier, &REFORM).len(), 1);
    let next = altered(
        "manifest",
        &[(
            "valid-from 2023-10-27T00:00:00Z",
            "valid-from 2030-01-01T00:00:00Z",
        )],
    );
    let findings = told(&next, &short);
    assert!(findings.len() == 1 && findings[0].is_note(), "{findings:?}");
}

/// Whoever replaces deposits: what opens a deposit opens a replacement, and is told of both.
#[test]
fn what_comes_before_an_action_is_told_of_it_too() {
    let wider = altered(
        "policies",
        &[("\n       && resource.deposit != \"deny\"", "")],
    );
    let findings = told(&wider, &REFORM);
    let behind = |it: &Finding| {
        let Finding::Wider(gain) = it else {
            return false;
        };
        !gain.own && gain.actions == ["replace"]
    };
    assert!(findings.iter().any(behind), "{findings:?}");
}
