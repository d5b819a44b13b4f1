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
    for name in ["dmp-2011", "dmp-2023", "dmp"] {
        let shipped = told(&bench, 0, &["policy", "check", name, "--json"]);
        let (summaries, notes): (Vec<_>, Vec<_>) =
            shipped.iter().partition(|it| it["finding"].is_null());
        assert!(!notes.is_empty() && notes.iter().all(|it| it["note"] == true));
        for summary in &summaries {
            assert_eq!(
                (&summary["clean"], &summary["valid"]),
                (&true.into(), &true.into())
            );
        }
        let packs: Vec<_> = summaries.iter().map(|it| it["pack"].as_str()).collect();
        let expected: &[_] = match name {
            "dmp" => &[Some("dmp-2011"), Some("dmp-2023")],
            one => &[Some(one)],
        };
        assert_eq!(packs, expected);
    }
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
        spoken.contains(": open: coordination gains consult, read"),
        "{spoken}"
    );
}

/// A pack that goes beyond no bound, and yet permits more than the one before, ends the command
/// with another code than the one before, or one that permits less.
#[test]
fn check_ends_differently_for_a_pack_that_is_wider_than_the_one_before() {
    let bench = Bench::new();
    let deletes = "DMP::Action::\"setStatus\"], resource)\nwhen { context.purpose == \"care\"";
    let wider = deletes.replace(
        "context.purpose == \"care\"",
        "[\"care\", \"panel\"].contains(context.purpose)",
    );
    own(&bench, |rules| {
        assert!(rules.contains(deletes));
        rules.replacen(deletes, &wider, 1)
    });
    told(&bench, 0, &["policy", "check", "own", "--json"]);
    let check = |pack: &'static str, previous: &'static str| {
        ["policy", "check", pack, "--previous", previous, "--json"]
    };
    let found = told(&bench, 1, &check("own", "dmp-2023"));
    let of: Vec<_> = found.iter().filter(|it| it["note"] == false).collect();
    assert_eq!(of.len(), 1, "{of:?}");
    assert_eq!(of[0]["finding"], "wider");
    let what = of[0]["what"].as_str().unwrap();
    assert!(
        what.contains("R21-delete: medecin, ") && what.contains("gains setStatus, delete"),
        "{what}"
    );
    told(&bench, 0, &check("dmp-2023", "own"));
    told(&bench, 0, &check("own", "own"));
}

/// A pack that opens a door a crack ends the command with another code than a pack that opens none,
/// and says which door: whoever may pass, from when, and whatever else the rule asks.
#[test]
fn check_ends_differently_for_every_dangerous_pack() {
    let bench = Bench::new();
    own(&bench, |rules| rules);
    let check = ["policy", "check", "own", "--json"];
    let clean = told(&bench, 0, &check);
    assert!(clean.iter().any(|it| it["clean"] == true));
    for (finding, scope, when) in DANGEROUS {
        own(&bench, |rules| {
            format!("{rules}\n@id(\"door\")\npermit ({scope}, resource)\nwhen {{ {when} }};\n")
        });
        let found = told(&bench, 1, &check);
        let of = |it: &&Value| it["finding"] == *finding && it["note"] == false;
        let of_it = found.iter().find(of);
        let of_it = of_it.unwrap_or_else(|| panic!("{finding}, {when}: {found:?}"));
        assert!(of_it["what"].as_str().unwrap().contains("door"), "{of_it}");
        assert!(found.iter().any(|it| it["clean"] == false), "{when}");
        let spoken = bench.run(&["policy", "check", "own"]);
        assert_eq!(spoken.status.code(), Some(1), "{when}");
    }
    for (exempt, finding) in [
        ("close", "block_is_ignored"),
        ("revoke", "block_is_ignored"),
        ("leaveAttending", "block_is_ignored"),
    ] {
        let door = format!("unless {{ action == DMP::Action::\"{exempt}\" ||");
        let blocked = "principal.structure) }\nunless {";
        own(&bench, |rules| {
            let opened = format!("principal.structure) }}\n{door}");
            rules.replacen(blocked, &opened, 1)
        });
        let found = told(&bench, 1, &check);
        assert!(found.iter().any(|it| it["finding"] == finding), "{exempt}");
    }
    let (active, ever) = ("!= \"active\" }\nunless", "== \"absent\" }\nunless");
    own(&bench, |rules| rules.replacen(active, ever, 2));
    let found = told(&bench, 1, &check);
    assert!(found.iter().any(|it| it["finding"] == "closed_is_read"));
}

/// What is found, and the rule that opens the door: whom to what, and when.
const DANGEROUS: &[(&str, &str, &str)] = &[
    (
        "enters_unrelated",
        "principal == DMP::Actor::\"899900000042\", action",
        "context.purpose == \"care\"",
    ),
    (
        "names_someone",
        "principal is DMP::Actor, action == DMP::Action::\"deposit\"",
        "principal.structure == DMP::Structure::\"990000042\" && context.purpose == \"care\"",
    ),
    (
        "enters_unrelated",
        "principal is DMP::Actor, action in [DMP::Action::\"consult\", DMP::Action::\"read\"]",
        "principal.speciality == \"SM54\"",
    ),
    (
        "beside_matrix",
        "principal is DMP::Actor, action == DMP::Action::\"read\"",
        "context.purpose == \"care\" && context.now > 1900000000000",
    ),
    (
        "reopens_by_others",
        "principal is DMP::Actor, action == DMP::Action::\"reopen\"",
        "context.purpose == \"care\" && context.consented && resource.status == \"closed\"",
    ),
    (
        "grants_by_others",
        "principal is DMP::Actor, action == DMP::Action::\"authorise\"",
        "context.purpose == \"care\" && context.consented && resource.careTeam.contains(principal)",
    ),
    (
        "names_a_date",
        "principal is DMP::Actor, action == DMP::Action::\"consult\"",
        "context.purpose == \"care\" && context.now > 1900000000000",
    ),
    (
        "history_by_others",
        "principal is DMP::Actor, action in [DMP::Action::\"consult\", DMP::Action::\"history\"]",
        "context.purpose == \"care\"",
    ),
    (
        "audit_by_others",
        "principal is DMP::Actor, action in [DMP::Action::\"consult\", DMP::Action::\"history\"]",
        "context.purpose == \"audit\"",
    ),
    (
        "stranger_reads",
        "principal is DMP::Person, action in [DMP::Action::\"consult\", DMP::Action::\"read\"]",
        "context.purpose == \"representative\"",
    ),
    (
        "stranger_writes",
        "principal is DMP::Person, action == DMP::Action::\"authorise\"",
        "context.purpose == \"representative\" && resource.status == \"active\"",
    ),
    (
        "sees_masked",
        "principal is DMP::Actor, action == DMP::Action::\"read\"",
        "context.purpose == \"care\" && resource.dossier.careTeam.contains(principal) \
         && resource.type in principal.profession && resource.status == \"archived\"",
    ),
];

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
    let mut last = spoken.trim_end().lines().rev();
    let not = last.next().unwrap();
    assert!(not.starts_with("not compared: "), "{spoken}");
    assert!(not.contains("check dmp-2011 --previous dmp-2023"), "{not}");
    assert!(last.next().unwrap().ends_with(" lost"), "{spoken}");
    own(&bench, |rules| {
        rules.replacen("[\"care\", \"panel\"]", "[\"care\"]", 1)
    });
    let hidden = told(&bench, 0, &["policy", "diff", "dmp-2023", "own", "--json"]);
    let [only] = &hidden[..] else {
        panic!("{hidden:?}");
    };
    assert!(only["not_compared"].as_str().unwrap().contains("purposes"));
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

/// A directory of several packs is checked pack by pack, then as a whole.
#[test]
fn check_looks_at_each_pack_of_a_directory_and_at_their_dates() {
    let bench = Bench::new();
    own(&bench, |rules| rules);
    let shelf = bench.path("shelf");
    for (name, from, until) in [
        ("one", "open", "2024-01-01T00:00:00Z"),
        ("two", "open", "open"),
    ] {
        let home = shelf.join(name);
        std::fs::create_dir_all(&home).unwrap();
        for entry in std::fs::read_dir(bench.path("own")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), home.join(entry.file_name())).unwrap();
        }
        dated(&home, name, from, until);
    }
    let check = ["policy", "check", "shelf", "--json"];
    let found = told(&bench, 1, &check);
    let what = found[0]["what"].as_str().unwrap();
    assert!(
        what.contains("one 1.0.0") && what.contains("two 1.0.0"),
        "{what}"
    );
    assert!(
        what.contains("at the same time") && what.contains("valid-until"),
        "{what}"
    );
    dated(&shelf.join("two"), "two", "2024-01-01T00:00:00Z", "open");
    let both = told(&bench, 0, &check);
    assert_eq!(both.iter().filter(|it| it["clean"] == true).count(), 2);
    assert!(!both.iter().any(|it| it["finding"] == "gap"));
    dated(
        &shelf.join("two"),
        "two",
        "2024-01-01T00:00:00.001Z",
        "open",
    );
    let apart = told(&bench, 0, &check);
    let notes = |named| apart.iter().filter(move |it| it["finding"] == named);
    assert_eq!(
        (notes("gap").count(), notes("not_in_force").count()),
        (1, 0)
    );
    let until = "2025-01-01T00:00:00Z";
    dated(&shelf.join("two"), "two", "2024-01-01T00:00:00Z", until);
    let over = told(&bench, 0, &check);
    assert!(
        over.iter()
            .any(|it| it["finding"] == "not_in_force" && it["note"] == true)
    );
    std::fs::write(shelf.join("two").join("matrix.tsv"), "nothing").unwrap();
    let one = told(&bench, 1, &check);
    assert!(
        one[0]["what"]
            .as_str()
            .unwrap()
            .starts_with("pack two: matrix.tsv, line 1")
    );
    let several = bench.fails(2, &["policy", "matrix", "dmp"]);
    assert!(several.contains("several packs"), "{several}");
}

fn dated(home: &std::path::Path, name: &str, from: &str, until: &str) {
    let manifest = std::fs::read_to_string(home.join("pack.txt")).unwrap();
    let line = |line: &str| match line.split(' ').next() {
        Some("name") => format!("name {name}\n"),
        Some("valid-from") => format!("valid-from {from}\n"),
        Some("valid-until") => format!("valid-until {until}\n"),
        _ => format!("{line}\n"),
    };
    let manifest: String = manifest.lines().map(line).collect();
    std::fs::write(home.join("pack.txt"), manifest).unwrap();
}

/// What is not a file is told, not waited for; every complaint has its line.
#[test]
fn check_waits_for_no_pipe_and_names_a_line() {
    let bench = Bench::new();
    own(&bench, |rules| rules);
    let pipe = bench.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(
        bench
            .fails(2, &["policy", "check", "pipe"])
            .contains("directory of four files")
    );
    let policies = bench.path("own").join("policies.cedar");
    std::fs::remove_file(&policies).unwrap();
    std::fs::rename(&pipe, &policies).unwrap();
    assert!(
        bench
            .fails(2, &["policy", "check", "own"])
            .contains("is not a file")
    );
    std::fs::remove_file(&policies).unwrap();
    for (rules, line) in [
        ("// none\n\npermit (principal, action, resource);", "line 3"),
        (
            "@id(\"a\")\npermit (principal == ?principal, action, resource);",
            "line 2",
        ),
        (
            "@id(\"a\")\npermit (principal, action, resource);\n\n\
             permit (principal, action, resource);",
            "line 4",
        ),
        ("@id(\"a\")\npermit (principal,", "line 1"),
    ] {
        std::fs::write(&policies, rules).unwrap();
        let found = told(&bench, 1, &["policy", "check", "own", "--json"]);
        let what = found[0]["what"].as_str().unwrap();
        assert!(what.contains(&format!("policies.cedar, {line}:")), "{what}");
    }
}

#[test]
fn a_store_is_given_other_packs() {
    let bench = Bench::new();
    bench.ok(&["create", "STORE", "--key-file", "KEY"]);
    let load = |pack: &'static str| {
        [
            "policy",
            "load",
            "STORE",
            pack,
            "--key-file",
            "KEY",
            "--json",
        ]
    };
    let packs = told(&bench, 0, &load("dmp"));
    let names: Vec<_> = packs
        .iter()
        .map(|it| it["pack"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["dmp-2011", "dmp-2023"]);
    assert_eq!(packs[0]["valid_until"], packs[1]["valid_from"]);
    let explain = [
        "explain",
        "STORE",
        "--key-file",
        "KEY",
        "--as",
        "care.json",
        "--json",
    ];
    let pack = |told: Vec<Value>| told[0]["pack"].as_str().unwrap().to_owned();
    assert!(pack(told(&bench, 0, &explain)).starts_with("dmp-2023 "));
    bench.fails(2, &load("nowhere"));
    assert!(pack(told(&bench, 0, &explain)).starts_with("dmp-2023 "));
    told(&bench, 0, &load("dmp-2011"));
    assert!(pack(told(&bench, 0, &explain)).starts_with("dmp-2011 "));
}
