//! Proves what the command does with the journal: damage is a finding with its exit code, a
//! dossier's traces leave as AuditEvents, and old traces are closed.

use crate::bench::{Bench, lines};
use serde_json::Value;
use std::path::PathBuf;

const KEY: [&str; 3] = ["STORE", "--key-file", "KEY"];

/// The longest file of a folder.
fn longest(bench: &Bench, folder: &str) -> PathBuf {
    let files = crate::bench::files(&bench.path(folder));
    let length = |path: &PathBuf| std::fs::metadata(path).unwrap().len();
    files.into_iter().max_by_key(length).unwrap()
}

fn flip(path: &PathBuf) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn damage_is_a_finding_and_a_wrong_key_is_not() {
    let bench = Bench::with_store();
    bench.import(&bench.specimen(3));
    let verify = [&["verify"], KEY.as_slice()].concat();
    assert!(bench.ok(&verify).starts_with("clean: "));
    bench.ok(&["key", "new", "OTHER"]);
    bench.fails(3, &["verify", "STORE", "--key-file", "OTHER"]);
    let body = longest(&bench, "STORE/body");
    flip(&body);
    let told = bench.run(&[verify.as_slice(), &["--json"]].concat());
    assert_eq!(told.status.code(), Some(1));
    let told = lines(&String::from_utf8(told.stdout).unwrap());
    let (last, findings) = told.split_last().unwrap();
    assert_eq!(last["clean"], false);
    assert!(
        findings.iter().any(|it| it["invariant"] == "S11"),
        "{findings:?}"
    );
    flip(&body);
    bench.ok(&verify);
    // No other command opens a store without its index.
    let index = longest(&bench, "STORE/index");
    std::fs::remove_file(&index).unwrap();
    bench.fails(3, &[&["stats"], KEY.as_slice()].concat());
    let told = bench.run(&verify);
    assert_eq!(told.status.code(), Some(1));
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.contains("X2  index/") && told.contains("NOT CLEAN"),
        "{told}"
    );
}

#[test]
fn a_history_leaves_as_audit_events() {
    let bench = Bench::with_store();
    bench.import(&bench.specimen(2));
    let patient = bench.matricule();
    let more = format!(",\"patient\":\"{patient}\"");
    bench.actor("holder", "patient", "holder", &more);
    let mut history = vec![
        "history",
        "STORE",
        "--key-file",
        "KEY",
        "--as",
        "holder.json",
    ];
    history.extend(["--patient", &patient]);
    let events = [history.as_slice(), &["--fhir", "192.0.2.7"]].concat();
    let events = lines(&bench.ok(&events));
    assert!(!events.is_empty());
    for event in &events {
        assert_eq!(event["resourceType"], "AuditEvent");
        assert!(event.to_string().contains("192.0.2.7"), "{event}");
    }
    let before = ["--until", "2000-01-01T00:00:00Z"];
    for more in [&["--json"][..], &["--fhir", "192.0.2.7"]] {
        assert_eq!(bench.ok(&[&history[..], &before, more].concat()), "");
    }
    let whole = bench.ok(&[&history[..], &["--from", "2000-01-01T00:00:00Z"]].concat());
    assert!(whole.contains("write"), "{whole}");
    let never = ["--from", "2001-01-01T00:00:00Z"];
    bench.fails(2, &[&history[..], &never, &before].concat());
    bench.fails(2, &[&history[..], &["--from", "hier"]].concat());
    let both = [history.as_slice(), &["--json", "--fhir", "192.0.2.7"]].concat();
    bench.fails(2, &both);
    let unknown = ["--patient", "299059999999902", "--fhir", "192.0.2.7"];
    let stranger = [&history[..6], unknown.as_slice()].concat();
    bench.fails(1, &stranger);
}

/// The holder learns of a bris de glace when she asks what is new, and once.
#[test]
fn what_is_new_begins_with_who_broke_the_glass() {
    let bench = Bench::with_store();
    bench.import(&bench.specimen(2));
    let patient = bench.matricule();
    let more = format!(",\"patient\":\"{patient}\"");
    bench.actor("holder", "patient", "holder", &more);
    bench.actor("rescuer", "medecin", "emergency_btg", "");
    let with = ["STORE", "--key-file", "KEY", "--patient", &patient, "--as"];
    let changes = [&["changes"], with.as_slice(), &["holder.json"]].concat();
    let told: Value = lines(&bench.ok(&[&changes[..], &["--json"]].concat())).remove(0);
    assert_eq!(told["glass"], serde_json::json!([]));
    assert_eq!(told["changes"][0]["what"], "new");
    let mark = told["mark"].as_str().unwrap();
    let since = [&changes[..], &["--since", mark]].concat();
    let emergency = ["rescuer.json", "--motive", "sans connaissance"];
    bench.ok(&[&["list"], with.as_slice(), emergency.as_slice()].concat());
    let told = bench.ok(&since);
    let first = told.lines().next().unwrap();
    assert!(first.starts_with("the glass was broken: "), "{told}");
    assert!(first.contains("sans connaissance"), "{told}");
    let mark = told.lines().last().and_then(|it| it.strip_prefix("mark "));
    let later = [&changes[..], &["--since", mark.unwrap()]].concat();
    assert!(!bench.ok(&later).contains("broken"));
    bench.fails(2, &[&changes[..], &["--since", "00"]].concat());
}

#[test]
fn old_traces_of_one_class_are_closed_for_good() {
    let bench = Bench::with_store();
    bench.import(&bench.specimen(2));
    let patient = bench.matricule();
    let more = format!(",\"patient\":\"{patient}\"");
    bench.actor("holder", "patient", "holder", &more);
    let list = [
        "list",
        "STORE",
        "--key-file",
        "KEY",
        "--as",
        "holder.json",
        "--patient",
        &patient,
    ];
    bench.ok(&list);
    let mut history = list;
    history[0] = "history";
    let later = ["--demo-clock", "--at", "2100-06-15T12:00:00Z"];
    // The traces of today, asked for when they are old.
    let told = |what: &str| {
        let told = bench.ok(&[history.as_slice(), &later, &["--json"]].concat());
        let old = |at: &Value| !at.as_str().unwrap().starts_with("2100");
        let told = lines(&told);
        let told = told
            .iter()
            .filter(|it| it["what"] == what && old(&it["at"]));
        told.count()
    };
    let (reads, writes) = (told("access"), told("write"));
    assert!(reads > 0 && writes > 0, "{reads} {writes}");
    let retain = |class: &'static str, more: &[&'static str]| {
        [
            &["retain"],
            KEY.as_slice(),
            &[class, "--months", "2"],
            &later,
            more,
        ]
        .concat()
    };
    let complaint = bench.fails(2, &retain("reading", &["--waive-sink"]));
    assert!(complaint.contains("--yes"), "{complaint}");
    let complaint = bench.fails(2, &retain("reading", &["--yes"]));
    assert!(complaint.contains("--waive-sink"), "{complaint}");
    let go = ["--yes", "--waive-sink", "--json"];
    let complaint = bench.fails(2, &retain("store", &go));
    assert!(complaint.contains("reading, writing"), "{complaint}");
    assert_eq!(told("access"), reads, "nothing is closed before");
    let closed = lines(&bench.ok(&retain("reading", &go)));
    assert_eq!(closed[0]["class"], "reading");
    assert!(closed[0]["months_closed"].as_u64() > Some(0));
    assert_eq!((told("access"), told("write")), (0, writes));
    assert_eq!(
        lines(&bench.ok(&retain("reading", &go)))[0]["months_closed"],
        0
    );
    bench.verify();
}
