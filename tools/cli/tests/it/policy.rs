//! Proves what `liasse policy` promises scripts: findings, exit codes, fields, and that a store can
//! be created under a pack of the host's own.

use crate::bench::{Bench, lines};
use serde_json::Value;

/// A copy of the pack `dmp-2023` in the directory `own`, with its rules altered.
fn own(bench: &Bench, alter: impl Fn(String) -> String) {
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../engine/policy/packs/dmp-2023"
    );
    std::fs::create_dir_all(bench.path("own")).unwrap();
    for file in [
        "pack.txt",
        "schema.cedarschema",
        "policies.cedar",
        "matrix.tsv",
    ] {
        let text = std::fs::read_to_string(format!("{shipped}/{file}")).unwrap();
        let text = if file == "policies.cedar" {
            alter(text)
        } else {
            text
        };
        std::fs::write(bench.path("own").join(file), text).unwrap();
    }
}

/// What the command prints for machines, when it ends with this code.
fn told(bench: &Bench, code: i32, arguments: &[&str]) -> Vec<Value> {
    let output = bench.run(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    lines(&String::from_utf8(output.stdout).unwrap())
}

const OPEN: &str = "\n@id(\"open\")\npermit (principal is DMP::Actor, action in \
    [DMP::Action::\"read\", DMP::Action::\"consult\"], resource)\n\
    when { principal.profession == DMP::Profession::\"coordination\" };";

#[test]
fn check_tells_what_looks_wrong_and_who_would_see_more() {
    let bench = Bench::new();
    let shipped = told(&bench, 1, &["policy", "check", "dmp-2023", "--json"]);
    assert_eq!(shipped[0]["finding"], "no_cell");
    let summary = &shipped[1];
    assert_eq!(
        (&summary["clean"], &summary["valid"], &summary["pack"]),
        (&false.into(), &true.into(), &"dmp-2023".into())
    );
    own(&bench, |rules| rules + OPEN);
    let check = ["policy", "check", "own", "--previous", "dmp-2023", "--json"];
    let found = told(&bench, 1, &check);
    let names: Vec<_> = found
        .iter()
        .filter_map(|it| it["finding"].as_str())
        .collect();
    for name in [
        "no_cell",
        "sees_everything",
        "needs_no_relation",
        "sees_masked",
        "wider",
    ] {
        assert!(names.contains(&name), "{name} is missing: {names:?}");
    }
    let spoken = bench.run(&["policy", "check", "own", "--previous", "dmp-2023"]);
    let spoken = String::from_utf8(spoken.stdout).unwrap();
    assert!(
        spoken.contains("coordination sees more than before"),
        "{spoken}"
    );
}

#[test]
fn check_tells_every_rule_that_does_not_validate_with_line_and_reason() {
    let bench = Bench::new();
    own(&bench, |rules| {
        let rules = rules.replace("resource.hiddenFromRepresentatives &&", "resource.hiddn &&");
        rules.replace(
            "context.now < resource.hiddenFromHolderUntil",
            "resource.hiddenUnt",
        )
    });
    let found = told(&bench, 1, &["policy", "check", "own", "--json"]);
    let what: Vec<_> = found.iter().filter_map(|it| it["what"].as_str()).collect();
    assert_eq!(what.len(), 2, "{what:?}");
    for (what, rule, word) in [
        (what[0], "R16-not-yet-announced", "hiddenUnt"),
        (what[1], "R18-hidden-from-representatives", "hiddn"),
    ] {
        assert!(
            what.contains("policies.cedar, line ") && what.contains(rule),
            "{what}"
        );
        assert!(what.contains(word), "{what}");
    }
    assert!(
        found
            .iter()
            .all(|it| it["finding"] == "invalid" || it["valid"] == false)
    );
    let create = ["create", "STORE", "--key-file", "KEY", "--pack", "own"];
    let complaint = bench.fails(2, &create);
    assert!(complaint.contains("R16-not-yet-announced"), "{complaint}");
    assert!(!bench.path("STORE").exists());
}

#[test]
fn a_pack_that_is_not_there_is_bad_input() {
    let bench = Bench::new();
    for name in ["dmp-1998", "nowhere/own"] {
        for verb in ["check", "matrix"] {
            assert!(bench.fails(2, &["policy", verb, name]).contains(name));
        }
        bench.fails(2, &["policy", "diff", name, "dmp-2011"]);
    }
    std::fs::create_dir(bench.path("empty")).unwrap();
    let empty = bench.fails(2, &["policy", "check", "empty"]);
    assert!(empty.contains("pack.txt"), "{empty}");
}

#[test]
fn diff_tells_who_gains_and_who_loses() {
    let bench = Bench::new();
    let forward = told(
        &bench,
        0,
        &["policy", "diff", "dmp-2011", "dmp-2023", "--json"],
    );
    let gained = |it: &&Value| {
        it["profession"] == "pharmacien"
            && it["type"] == "11488-4"
            && it["situation"] == "authorised"
            && it["masked"] == false
            && it["sight"] == "gained"
    };
    assert_eq!(forward.iter().filter(gained).count(), 1);
    let same = told(
        &bench,
        0,
        &["policy", "diff", "dmp-2023", "dmp-2023", "--json"],
    );
    assert!(same.is_empty());
    let spoken = bench.ok(&["policy", "diff", "dmp-2023", "dmp-2011"]);
    let line = spoken
        .lines()
        .find(|it| it.starts_with("pharmacien") && it.contains("11488-4"));
    assert!(line.is_some_and(|it| it.contains("lost")), "{spoken}");
    assert!(spoken.trim_end().ends_with(" lost"), "{spoken}");
}

#[test]
fn matrix_is_a_page_complete_in_itself_or_a_table() {
    let bench = Bench::new();
    let page = bench.ok(&["policy", "matrix", "dmp-2023", "--html"]);
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains("http") && !page.contains("src="));
    let table = bench.ok(&["policy", "matrix"]);
    assert!(table.starts_with("dmp-2011 ") && table.contains("\n11488-4 "));
}

#[test]
fn a_store_works_under_a_hosts_own_pack() {
    let bench = Bench::new();
    own(&bench, |rules| rules);
    bench.ok(&["create", "STORE", "--key-file", "KEY", "--pack", "own"]);
    std::fs::remove_dir_all(bench.path("own")).unwrap();
    let explain = [
        "explain",
        "STORE",
        "--key-file",
        "KEY",
        "--as",
        "care.json",
        "--json",
    ];
    let told = told(&bench, 0, &explain);
    assert!(told[0]["pack"].as_str().unwrap().starts_with("dmp-2023 "));
}
