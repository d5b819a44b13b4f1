//! Proves that bad input gets its own error, says what to do, and leaves nothing half-done.

use crate::bench::Bench;

fn sample(bench: &Bench) -> String {
    bench.specimen(2);
    std::fs::read_to_string(bench.path("docs/000001-0000.xml")).unwrap()
}

/// Imports a text as a file; the code and the reason of its refusal.
fn refused(bench: &Bench, bytes: &[u8]) -> (String, String, String) {
    std::fs::write(bench.path("bad.xml"), bytes).unwrap();
    let told = bench.import(&bench.path("bad.xml")).remove(0);
    assert!(!told["reason"].as_str().unwrap().ends_with("; "), "{told}");
    assert_eq!(told["outcome"], "refused", "{told}");
    let text = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
    (text("code"), text("reason"), text("place"))
}

#[test]
fn bad_documents_are_refused_with_reason_and_place() {
    let bench = Bench::with_store();
    let good = sample(&bench);
    let cases: [(&str, Vec<u8>); 6] = [
        ("document_kind", b"hello".to_vec()),
        (
            "document_syntax",
            good.as_bytes()[..good.len() / 2].to_vec(),
        ),
        ("document_kind", b"<?xml version=\"1.0\"?><note/>".to_vec()),
        (
            "document_bomb",
            b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"cc\">]><a>&b;</a>".to_vec(),
        ),
        (
            "no_patient",
            good.replace("1.2.250.1.213.1.4.10", "1.2.250.1.999.7")
                .into_bytes(),
        ),
        ("document_syntax", {
            let mut bytes = good.clone().into_bytes();
            let at = good.find("<title>").unwrap() + 8;
            bytes[at] = 0xff;
            bytes
        }),
    ];
    for (code, bytes) in cases {
        let (told, reason, place) = refused(&bench, &bytes);
        assert_eq!(told, code, "{reason}");
        assert!(place.contains("line"), "{reason}: {place}");
    }
    let stats = bench.ok(&["stats", "STORE", "--key-file", "KEY", "--json"]);
    assert!(
        stats.contains("\"documents\":0"),
        "nothing is half-imported: {stats}"
    );
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_read() {
    let bench = Bench::with_store();
    let long = std::fs::File::create(bench.path("long.xml")).unwrap();
    long.set_len(5 << 30).unwrap();
    let told = bench.import(&bench.path("long.xml")).remove(0);
    assert_eq!(
        (&told["outcome"], &told["code"]),
        (&"refused".into(), &"limit".into())
    );
}

#[test]
fn an_unknown_type_is_kept_for_its_author() {
    let bench = Bench::with_store();
    let good = sample(&bench);
    let at = good.find("<code code=\"").unwrap() + 12;
    let end = at + good[at..].find('"').unwrap();
    let odd = format!("{}99999-9{}", &good[..at], &good[end..]);
    std::fs::write(bench.path("odd.xml"), odd).unwrap();
    let told = bench.import(&bench.path("odd.xml")).remove(0);
    assert_eq!(told["outcome"], "kept", "{told}");
    let document = told["document"].as_str().unwrap();
    let fetch = |actor| {
        [
            "fetch",
            "STORE",
            document,
            "--key-file",
            "KEY",
            "--as",
            actor,
            "-o",
            "OUT",
        ]
    };
    bench.ok(&fetch("care.json"));
    let other = "{\"actor\":\"B\",\"profession\":\"medecin\",\"purpose\":\"care\"}";
    std::fs::write(bench.path("other.json"), other).unwrap();
    std::fs::remove_file(bench.path("OUT")).unwrap();
    bench.fails(1, &fetch("other.json"));
}

#[test]
fn a_store_that_cannot_be_opened_says_why() {
    let bench = Bench::with_store();
    let open = |store: &'static str, key: &'static str| ["stats", store, "--key-file", key];
    bench.ok(&["key", "new", "OTHER"]);
    assert!(bench.fails(3, &open("STORE", "OTHER")).contains("key"));
    assert!(bench.fails(3, &open("docs", "KEY")).contains("create"));
    let again = bench.fails(2, &["create", "STORE", "--key-file", "OTHER"]);
    assert!(again.contains("not empty"), "{again}");
    let taken = bench.fails(3, &["create", "STORE2", "--key-file", "KEY"]);
    assert!(taken.contains("another store"), "{taken}");
    assert!(!bench.path("STORE2").exists(), "nothing is left behind");
    let format = bench.path("STORE/FORMAT");
    let text = std::fs::read_to_string(&format).unwrap();
    std::fs::write(&format, text.replacen("1", "99", 1)).unwrap();
    let newer = bench.fails(3, &open("STORE", "KEY"));
    assert!(
        newer.contains("format") || newer.contains("FORMAT"),
        "{newer}"
    );
    std::fs::write(&format, text).unwrap();
    bench.ok(&open("STORE", "KEY"));
    let catalog = bench.path("STORE/catalog.redb");
    let bytes = std::fs::read(&catalog).unwrap();
    std::fs::write(&catalog, &bytes[..4096]).unwrap();
    let cut = bench.fails(3, &open("STORE", "KEY"));
    assert!(cut.contains("catalog"), "{cut}");
    std::fs::write(&catalog, bytes).unwrap();
    bench.ok(&open("STORE", "KEY"));
}

#[test]
fn an_unknown_patient_and_a_forbidden_one_look_the_same() {
    let bench = Bench::with_store();
    let docs = bench.specimen(2);
    bench.import(&docs);
    let known = &bench.matricule();
    let stranger = "{\"actor\":\"B\",\"profession\":\"medecin\",\"purpose\":\"care\"}";
    std::fs::write(bench.path("stranger.json"), stranger).unwrap();
    let list = |patient: &str| {
        let with = [
            "--patient",
            patient,
            "--key-file",
            "KEY",
            "--as",
            "stranger.json",
        ];
        bench.fails(1, &[&["list", "STORE"], with.as_slice()].concat())
    };
    assert_eq!(list(known), list("299059999999902"));
}

#[test]
fn a_passphrase_opens_only_with_itself() {
    let bench = Bench::new();
    let run = |passphrase: &str, arguments: &[&str]| {
        bench
            .command(arguments)
            .env("PASS", passphrase)
            .output()
            .unwrap()
    };
    let create = ["create", "STORE", "--passphrase-env", "PASS"];
    assert!(run("a long passphrase", &create).status.success());
    let stats = ["stats", "STORE", "--passphrase-env", "PASS"];
    assert!(run("a long passphrase", &stats).status.success());
    let wrong = run("another", &stats);
    assert_eq!(wrong.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("passphrase"));
    assert_eq!(run("", &stats).status.code(), Some(2));
}
