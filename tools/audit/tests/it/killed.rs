//! Promise 4: a host is killed right after a read, again and again. Every document whose bytes
//! left it has its entry in the log, or left within a gap that the log names, of at most 50 ms.

use crate::bench::{Folder, audited, deposit, doctor, ins, key, options, session, words};
use liasse::{
    AuditReport, AuditRequest, Clock, Depth, DocumentId, Engine, Instant, Purpose, Session,
    SystemClock,
};
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

/// The host: opens the store, reads one document, says so, and waits to be killed. Alone, without
/// being asked by the test below, it does nothing.
#[test]
fn host() {
    let Ok(folder) = std::env::var("LIASSE_HOST_FOLDER") else {
        return;
    };
    let folder = std::mem::ManuallyDrop::new(Folder(folder.into()));
    let engine = Engine::open(&folder.path("store"), key(&folder, "store"), options()).unwrap();
    let (actor, purpose) = match std::env::var("LIASSE_HOST_PURPOSE").as_deref() {
        Ok("emergency") => ("rescuer", Purpose::EmergencyBtg),
        _ => ("doctor", Purpose::Care),
    };
    let session: Session = session(&engine, actor, "medecin", purpose);
    if purpose == Purpose::EmergencyBtg {
        session.break_glass(&ins(1), "coma").unwrap();
    }
    let document: DocumentId = std::env::var("LIASSE_HOST_DOCUMENT")
        .unwrap()
        .parse()
        .unwrap();
    let before = SystemClock.now().millis();
    let bytes = session.fetch(document).unwrap();
    let after = SystemClock.now().millis();
    println!("\nread {} {before} {after}", bytes.len());
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// What the host said before it was killed: when the read began, and when the bytes were there.
fn killed(folder: &Folder, document: DocumentId, purpose: &str) -> (Instant, Instant) {
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::host", "--nocapture"])
        .env("LIASSE_HOST_FOLDER", &folder.0)
        .env("LIASSE_HOST_DOCUMENT", document.to_string())
        .env("LIASSE_HOST_PURPOSE", purpose)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let told = lines
        .map_while(Result::ok)
        .find(|line| line.starts_with("read "));
    host.kill().unwrap();
    host.wait().unwrap();
    let told = told.expect("the host reads before it is killed");
    let mut fields = told.split(' ').skip(2).map(|it| it.parse().unwrap());
    let mut instant = || Instant::from_millis(fields.next().unwrap());
    (instant(), instant())
}

fn report(folder: &Folder) -> AuditReport {
    let root = key(folder, "store");
    let auditor = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let request = AuditRequest::default();
    auditor
        .audit(request, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

fn disclosures(report: &AuditReport) -> u64 {
    let kinds = &report.accesses.as_ref().unwrap().kinds;
    kinds
        .get("disclosure")
        .or(kinds.get("disclose"))
        .copied()
        .unwrap_or(0)
}

#[test]
fn what_left_a_killed_host_has_its_entry_or_lies_in_a_gap_of_50_ms() {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let store = folder.path("store");
    let engine = Engine::create(&store, key(&folder, "store"), options()).unwrap();
    let document = deposit(&doctor(&engine), 1, "A", &words(1, 1)).document;
    engine.close().unwrap();
    // Each kill opens the store three times: all 200 are for `cargo xtask nightly`.
    let nightly = std::env::var_os("LIASSE_NIGHTLY").is_some();
    let rounds = if nightly { 200 } else { 20 };
    let (mut entries, mut in_gaps) = (0, 0);
    for round in 0..rounds {
        let purpose = if round % 4 == 0 { "emergency" } else { "care" };
        let before = disclosures(&report(&folder));
        let (began, left) = killed(&folder, document, purpose);
        // The next host opens the store, and names the gap.
        let engine = Engine::open(&store, key(&folder, "store"), options()).unwrap();
        engine.close().unwrap();
        let report = report(&folder);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let recorded = disclosures(&report) > before;
        let gap = report.gaps.last().expect("a killed host leaves a gap");
        let wide = gap.to.millis() - gap.from.millis();
        assert!((0..=50).contains(&wide), "a gap of {wide} ms");
        let inside = gap.from <= left && began <= gap.to;
        assert!(recorded || inside, "round {round}: {gap:?} {began} {left}");
        assert!(
            recorded || purpose == "care",
            "an emergency is durable first"
        );
        if recorded {
            entries += 1;
        } else {
            in_gaps += 1;
        }
    }
    println!("{rounds} kills: {entries} entries, {in_gaps} inside named gaps");
    assert!(
        in_gaps > 0,
        "no kill came before the commit: the test shows nothing of gaps"
    );
}
