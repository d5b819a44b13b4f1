//! Proves the contracts that scripts rely on: fields, outcomes, purposes.

use crate::bench::{Bench, lines};
use serde_json::{Value, json};

#[test]
fn list_search_and_fetch_answer_by_their_fields() {
    let bench = Bench::with_store();
    let docs = bench.specimen(3);
    let imported = bench.import(&docs);
    assert!(
        imported.iter().all(|it| it["outcome"] == "kept"),
        "{imported:?}"
    );
    let patient = bench.matricule();
    let as_care = ["--key-file", "KEY", "--as", "care.json", "--json"];
    let list = [
        &["list", "STORE", "--patient", &patient],
        as_care.as_slice(),
    ]
    .concat();
    let listed = lines(&bench.ok(&list));
    assert!(!listed.is_empty());
    for field in [
        "document",
        "unique_id",
        "dossier",
        "type_code",
        "class_code",
        "title",
        "author",
        "creation_time",
        "flags",
        "status",
    ] {
        assert!(listed.iter().all(|it| !it[field].is_null()), "{field}");
    }
    let title = listed[0]["title"].as_str().unwrap().to_owned();
    let search = [
        &["search", "STORE", &title, "--patient", &patient],
        as_care.as_slice(),
    ]
    .concat();
    let found = lines(&bench.ok(&search));
    assert!(
        found
            .iter()
            .any(|it| it["document"] == listed[0]["document"])
    );
    assert!(
        found
            .iter()
            .all(|it| it["score"].is_u64() && it["snippet"].is_object())
    );
    let count = [search.as_slice(), &["--count"]].concat();
    let counted = lines(&bench.ok(&count));
    assert_eq!(counted[0]["count"].as_u64().unwrap(), found.len() as u64);
    let document = listed[0]["document"].as_str().unwrap();
    let fetch = [
        "fetch",
        "STORE",
        document,
        "--key-file",
        "KEY",
        "--as",
        "care.json",
        "-o",
        "OUT",
    ];
    bench.ok(&fetch);
    let bytes = std::fs::read(bench.path("OUT")).unwrap();
    let named = imported
        .iter()
        .find(|it| it["document"] == document)
        .unwrap();
    assert!(bytes == std::fs::read(named["file"].as_str().unwrap()).unwrap());
    let complaint = bench.fails(2, &fetch);
    assert!(complaint.contains("exists already"), "{complaint}");
}

#[test]
fn a_search_across_dossiers_needs_the_purpose_panel() {
    let bench = Bench::with_store();
    let docs = bench.specimen(3);
    bench.import(&docs);
    let search = |actor: &str| {
        bench.run(&[
            "search",
            "STORE",
            "type:11502-2",
            "--key-file",
            "KEY",
            "--as",
            actor,
            "--json",
        ])
    };
    let care = search("care.json");
    assert_eq!(care.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&care.stderr).contains("panel"));
    let panel = search("panel.json");
    let dossiers: std::collections::BTreeSet<String> =
        lines(&String::from_utf8(panel.stdout).unwrap())
            .iter()
            .map(|it| it["dossier"].to_string())
            .collect();
    assert!(dossiers.len() > 1, "documents of several patients");
}

#[test]
fn the_actor_file_is_strict_and_the_demo_clock_needs_its_switch() {
    let bench = Bench::with_store();
    bench.actor("odd", "medecin", "care", ",\"colour\":\"red\"");
    let list = |actor: &'static str| {
        [
            "list",
            "STORE",
            "--patient",
            "199999999999999",
            "--key-file",
            "KEY",
            "--as",
            actor,
        ]
    };
    assert!(bench.fails(2, &list("odd.json")).contains("colour"));
    bench.actor("wrong", "medecin", "curiosity", "");
    assert!(
        bench
            .fails(2, &list("wrong.json"))
            .contains("emergency_btg")
    );
    bench.actor("contract", "medecin", "contract", "");
    assert!(bench.fails(1, &list("contract.json")).contains("contract"));
    let at = [
        list("care.json").as_slice(),
        &["--at", "2026-01-01T00:00:00Z"],
    ]
    .concat();
    bench.fails(2, &at);
    let clock = [at.as_slice(), &["--demo-clock"]].concat();
    bench.fails(1, &clock);
}

#[test]
fn history_shows_a_read_to_the_holder_and_erasing_needs_a_yes() {
    let bench = Bench::with_store();
    let docs = bench.specimen(2);
    bench.import(&docs);
    let patient = bench.matricule();
    let holder = format!(",\"patient\":\"{patient}\"");
    bench.actor("holder", "patient", "holder", &holder);
    let with = ["--patient", &patient, "--key-file", "KEY", "--as"];
    bench.ok(&[&["list", "STORE"], with.as_slice(), &["care.json"]].concat());
    let history = [
        &["history", "STORE"],
        with.as_slice(),
        &["holder.json", "--json"],
    ]
    .concat();
    let traces: Vec<Value> = lines(&bench.ok(&history));
    assert!(
        traces
            .iter()
            .any(|it| it["what"] == "access" && it["actor"] == "A-1")
    );
    let erase = [&["erase", "STORE"], with.as_slice(), &["holder.json"]].concat();
    assert!(bench.fails(2, &erase).contains("--yes"));
    let erase = [erase.as_slice(), &["--yes"]].concat();
    assert!(bench.fails(2, &erase).contains("--waive-sink"));
    let receipts = bench.ok(&[erase.as_slice(), &["--waive-sink"]].concat());
    assert!(
        receipts.contains("receipt 1") && receipts.contains("receipt 2"),
        "{receipts}"
    );
    assert!(receipts.contains("no sink: waived"), "{receipts}");
    bench.fails(1, &history);
    let key = ["STORE", "--key-file", "KEY"];
    let kept = bench.ok(&[&["receipts"], key.as_slice(), &["--json"]].concat());
    assert!(!kept.contains(&patient), "{kept}");
    let kept: Vec<Value> = lines(&kept);
    assert_eq!(
        (&kept[0]["receipt"], &kept[1]["receipt"]),
        (&1.into(), &2.into())
    );
    assert_eq!(kept[0]["erasure"], kept[1]["erasure"]);
    assert!(
        bench
            .fails(2, &[&["purge-due"], key.as_slice()].concat())
            .contains("--yes")
    );
    let purged = bench.ok(&[&["purge-due"], key.as_slice(), &["--yes"]].concat());
    assert!(purged.starts_with("0 dossiers"), "{purged}");
    let rotate = [&["rotate"], key.as_slice(), &["--json"]].concat();
    let rotated: Vec<Value> = lines(&bench.ok(&rotate));
    assert_eq!(rotated[0]["epoch"], 4, "an erasure turned the root twice");
    let compacted = bench.ok(&[&["compact"], key.as_slice(), &["--json"]].concat());
    let compacted: Vec<Value> = lines(&compacted);
    assert_eq!(
        compacted[0]["segments"], 1,
        "the erased bodies leave the disk"
    );
    bench.verify();
}

#[test]
fn a_store_is_backed_up_restored_and_stood_by_for() {
    let bench = Bench::with_store();
    let docs = bench.specimen(3);
    bench.import(&docs);
    let patient = bench.matricule();
    let more = format!(",\"patient\":\"{patient}\"");
    bench.actor("holder", "patient", "holder", &more);
    let backup = [
        "backup",
        "STORE",
        "--key-file",
        "KEY",
        "--sink",
        "SINK",
        "BACKUP",
    ];
    let first = lines(&bench.ok(&[backup.as_slice(), &["--json"]].concat()));
    assert!(first[0]["copied_bytes"].as_u64() > Some(0), "{first:?}");
    for other in [["--sink", "TYPO"].as_slice(), &[]] {
        let rotate = [&["rotate", "STORE", "--key-file", "KEY"], other].concat();
        let told = bench.fails(3, &rotate);
        assert!(
            told.contains("--waive-sink=ID") && told.contains("SINK"),
            "{told}"
        );
        assert!(!bench.path("TYPO").exists());
    }
    for [backup, sink] in [["NOWHERE", "SINK"], ["BACKUP", "NOWHERE"]] {
        let restore = ["restore", "NEW", "--key-file", "KEY", "--backup", backup];
        bench.fails(3, &[restore.as_slice(), &["--sink", sink]].concat());
        bench.fails(3, &["standby", "NEW", "--backup", backup, "--sink", sink]);
        assert!(!bench.path("NEW").exists() && !bench.path("NOWHERE").exists());
    }
    let standby = ["standby", "STANDBY", "--backup", "BACKUP", "--sink", "SINK"];
    bench.ok(&standby);
    bench.ok(&[
        "erase",
        "STORE",
        "--patient",
        &patient,
        "--key-file",
        "KEY",
        "--sink",
        "SINK",
        "--as",
        "holder.json",
        "--yes",
    ]);
    std::fs::remove_dir_all(bench.path("STORE")).unwrap();
    let restore = [
        "restore",
        "STORE",
        "--key-file",
        "KEY",
        "--backup",
        "BACKUP",
    ];
    let told = bench.fails(3, &restore);
    assert!(told.contains("--without-sink"), "{told}");
    let told = bench.fails(3, &[restore.as_slice(), &["--without-sink"]].concat());
    assert!(
        told.contains("older copy") && told.contains("keyring sink"),
        "{told}"
    );
    let restore = [restore.as_slice(), &["--sink", "SINK", "--json"]].concat();
    let restored = lines(&bench.ok(&restore));
    assert_eq!(restored[0]["lost"], serde_json::json!([]));
    bench.verify();
    // The sink is the lost store's until somebody says that it is lost.
    let of_store = ["STORE", "--key-file", "KEY", "--sink", "SINK"];
    let rotate = [["rotate"].as_slice(), &of_store].concat();
    let told = bench.fails(3, &rotate);
    assert!(told.contains("liasse adopt STORE --sink"), "{told}");
    bench.ok(&[["adopt"].as_slice(), &of_store, &["--yes"]].concat());
    bench.ok(&rotate);
    let list = [
        "list",
        "STORE",
        "--key-file",
        "KEY",
        "--as",
        "holder.json",
        "--patient",
    ];
    bench.fails(1, &[list.as_slice(), &[&patient]].concat());
    bench.ok(&standby);
    bench.ok(&["standby", "STANDBY", "--promote", "--key-file", "KEY"]);
    bench.ok(&["stats", "STANDBY", "--key-file", "KEY"]);
    // The standby is the one that is written now, until the other is adopted.
    let told = bench.fails(3, &["stats", "STORE", "--key-file", "KEY"]);
    assert!(told.contains("liasse adopt"), "{told}");
    bench.ok(&["verify", "STORE", "--key-file", "KEY"]);
    bench.fails(2, &["adopt", "STORE", "--key-file", "KEY"]);
    bench.ok(&["adopt", "STORE", "--key-file", "KEY", "--yes"]);
    bench.ok(&["stats", "STORE", "--key-file", "KEY"]);
    bench.fails(3, &["stats", "STANDBY", "--key-file", "KEY"]);
}

#[test]
fn an_auditor_is_told_how_a_search_was_done_in_text_and_in_json() {
    let bench = Bench::with_store();
    bench.actor("auditor", "auditeur", "audit", "");
    bench.import(&bench.specimen(3));
    let asked = ["explain", "STORE", "patient", "--key-file", "KEY", "--as"];
    let of = ["auditor.json", "--of", "panel.json"];
    let text = bench.ok(&[asked.as_slice(), &of].concat());
    assert!(
        text.contains("pass access\n") && !text.contains("estimated"),
        "{text}"
    );
    let told = bench.ok(&[asked.as_slice(), &of, &["--json"]].concat());
    let told = &lines(&told)[0];
    assert_eq!(told["passes"].as_array().unwrap().len(), 6);
    assert!(told["micros"]["running"].is_u64());
    assert!(told.get("met").is_none(), "no numbers of content: {told}");
    let own = ["panel.json", "--of", "panel.json"];
    let told = bench.fails(2, &[asked.as_slice(), &own].concat());
    assert!(told.contains("purpose audit"), "{told}");
    let plain = bench.ok(&[asked.as_slice(), &["panel.json"]].concat());
    assert!(!plain.contains("pass access"), "{plain}");
}

/// While one process has the store, another that would erase is refused in clear words and has
/// changed nothing; its turn comes when the first is done.
#[test]
fn of_two_processes_that_erase_the_second_is_told_to_wait() {
    let bench = Bench::with_store();
    let docs = bench.specimen(3);
    bench.import(&docs);
    let patient = bench.matricule();
    let more = format!(",\"patient\":\"{patient}\"");
    bench.actor("holder", "patient", "holder", &more);
    let root = liasse::RootKey::File(bench.path("KEY"));
    let first = liasse::Engine::open(&bench.path("STORE"), root, liasse::Options::default());
    let first = first.unwrap();
    let mut erase = vec!["erase", "STORE", "--key-file", "KEY", "--as", "holder.json"];
    erase.extend(["--patient", &patient, "--yes", "--waive-sink"]);
    let told = bench.fails(3, &erase);
    assert!(told.contains("other process"), "{told}");
    assert_eq!(first.stats().unwrap().erasures_waiting, 0);
    let mut holder = liasse::SessionRequest {
        actor: "A-1".to_owned(),
        profession: "patient".to_owned(),
        speciality: None,
        structure: None,
        purpose: liasse::Purpose::Holder,
        patient: None,
        secret: false,
    };
    let matricule: liasse::Matricule = patient.parse().unwrap();
    holder.patient = Some(matricule.clone());
    let session = first.session(holder).unwrap();
    assert_eq!(session.erase(&matricule).unwrap().len(), 2);
    drop(session);
    first.close().unwrap();
    // It was erased by the first, which had the receipts; its holder is told them again.
    let told = bench.ok(&[erase.as_slice(), &["--json"]].concat());
    let told: Vec<Value> = lines(&told);
    let numbers: Vec<_> = told.iter().map(|it| it["receipt"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
    let kept = bench.ok(&["receipts", "STORE", "--key-file", "KEY", "--json"]);
    assert_eq!(lines(&kept)[1]["entry"], told[1]["entry"]);
    bench.verify();
}

/// An author deletes and archives, the holder does not delete what is not hers, and a word that is
/// no status is bad input.
#[test]
fn a_document_is_archived_brought_back_and_deleted() {
    let bench = Bench::with_store();
    let imported = bench.import(&bench.specimen(2));
    let patient = bench.matricule();
    bench.holder(&patient);
    let with_key = ["--key-file", "KEY", "--json", "--as"];
    let listed = |actor: &str| {
        let list = [&["list", "STORE", "--patient", &patient][..], &with_key];
        lines(&bench.ok(&[list.concat().as_slice(), &[actor]].concat()))
    };
    let all = listed("care.json");
    let document = all[0]["document"].as_str().unwrap();
    let set = |document: &str, actor: &str, status: &str| {
        let verb = ["status", "STORE", document, "--set", status];
        bench.run(&[&verb[..], &with_key, &[actor]].concat())
    };
    let refused = |code: i32, document: &str, actor: &str, status: &str| {
        let output = set(document, actor, status);
        assert_eq!(output.status.code(), Some(code), "{actor} {status}");
        String::from_utf8(output.stderr).unwrap()
    };
    let seen = |actor: &str| listed(actor).iter().any(|it| it["document"] == document);
    for (status, is_seen) in [("archived", false), ("approved", true), ("deleted", false)] {
        if status != "approved" {
            refused(1, document, "holder.json", status);
        }
        let output = set(document, "care.json", status);
        let told = &lines(&String::from_utf8(output.stdout).unwrap())[0];
        assert_eq!(told["document"], document);
        assert_eq!(told["status"], status);
        assert_eq!((seen("care.json"), seen("holder.json")), (is_seen, is_seen));
    }
    assert_eq!(listed("care.json").len(), all.len() - 1, "and no other");
    refused(1, document, "care.json", "approved");
    let told = refused(2, document, "care.json", "gone");
    assert!(told.contains("archived"), "{told}");
    let other = imported.iter().find(|it| it["document"] != document);
    let other = other.unwrap()["document"].as_str().unwrap();
    refused(1, other, "care.json", "deprecated");
}

/// What the holder has masked by default is masked, then and later, until she ends it.
#[test]
fn masking_by_default_is_switched_on_and_off() {
    let bench = Bench::with_store();
    bench.import(&bench.specimen(2));
    let patient = bench.matricule();
    bench.holder(&patient);
    let masked = || {
        let list = ["list", "STORE", "--key-file", "KEY", "--json", "--as"];
        let of = ["holder.json", "--patient", &patient];
        let listed = lines(&bench.ok(&[&list[..], &of].concat()));
        let flags = listed.iter().map(|it| it["flags"].to_string());
        let masked = flags.filter(|it| it.contains("MASQUE_PS")).count();
        (masked, listed.len())
    };
    let run = |code: i32, actor: &str, word: &str| {
        let verb = ["consent", "STORE", "--key-file", "KEY", "--as", actor];
        let what = ["--patient", &patient, "--mask-by-default", word];
        let output = bench.run(&[&verb[..], &what].concat());
        assert_eq!(
            output.status.code(),
            Some(code),
            "{actor} {word}: {output:?}"
        );
    };
    let (none, all) = masked();
    assert!(none == 0 && all > 1, "{all}");
    run(2, "holder.json", "perhaps");
    run(1, "stranger.json", "on");
    assert_eq!(masked(), (0, all));
    run(0, "holder.json", "on");
    assert_eq!(masked(), (all, all));
    run(0, "holder.json", "off");
    assert_eq!(masked(), (all, all), "what is masked stays so");
}

/// What the host declares lets the mother of a minor read, and one of the care team.
#[test]
fn a_host_declares_representatives_and_care_team() {
    let bench = Bench::with_store();
    bench.import(&bench.specimen(2));
    let patient = bench.matricule();
    let more = format!(",\"patient\":\"{patient}\"");
    bench.actor("mother", "patient", "representative", &more);
    std::fs::write(
        bench.path("colleague.json"),
        "{\"actor\":\"N-1\",\"profession\":\"medecin\",\"purpose\":\"care\"}",
    )
    .unwrap();
    let list = |actor: &str| {
        let list = ["list", "STORE", "--patient", &patient, "--key-file", "KEY"];
        let output = bench.run(&[&list[..], &["--as", actor]].concat());
        output.status.code()
    };
    let declare = |code: i32, what: &[&str]| {
        let verb = [
            "declare",
            "STORE",
            "--patient",
            &patient,
            "--key-file",
            "KEY",
        ];
        let output = bench.run(&[&verb[..], what].concat());
        assert_eq!(output.status.code(), Some(code), "{what:?}: {output:?}");
    };
    let both = || (list("mother.json"), list("colleague.json"));
    let (seen, refused) = (Some(0), Some(1));
    assert_eq!(both(), (refused, refused));
    declare(2, &[]);
    declare(2, &["--legal", "A-1", "--majority", "tomorrow"]);
    declare(0, &["--legal", "A-1", "--majority", "2999-01-01T00:00:00Z"]);
    assert_eq!(both(), (seen, refused));
    declare(0, &["--team", "N-1", "--not-represented", "A-1"]);
    assert_eq!(both(), (refused, seen));
    declare(0, &["--left-team", "N-1", "--delegate", "A-1"]);
    assert_eq!(both(), (seen, refused));
    let past = ["--delegate", "A-1", "--until", "2020-01-01T00:00:00Z"];
    declare(0, &past);
    assert_eq!(both(), (refused, refused));
}

#[test]
fn upgrade_leaves_the_newest_format_as_it_is_and_refuses_what_it_does_not_know() {
    let bench = Bench::with_store();
    let told = bench.ok(&["upgrade", "STORE"]);
    assert_eq!(told.trim(), "format 1 is the newest: nothing to do");
    let told: Vec<Value> = lines(&bench.ok(&["upgrade", "STORE", "--json"]));
    assert_eq!((&told[0]["from"], &told[0]["to"]), (&json!(1), &json!(1)));
    bench.verify();
    let path = bench.path("STORE/FORMAT");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("format: 1", "format: 7")).unwrap();
    let refused = bench.run(&["upgrade", "STORE"]);
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("format 7"), "{said}");
    let nowhere = bench.run(&["upgrade", "NOWHERE"]);
    assert_eq!(nowhere.status.code(), Some(3));
}
