//! Promise 4: a host is killed right after a read, again and again: of a document, of a search with
//! its snippets, of a list, of a history, of an export. Whatever left it has its entry in the log,
//! or left within a gap that the log names, of at most 50 ms.

use crate::bench::{Folder, audited, deposit, doctor, holder, ins, key, options, session, words};
use liasse::{
    AuditReport, AuditRequest, Clock, Depth, DocumentId, Engine, HistoryLine, Instant, Purpose,
    SearchRequest, Session, Statuses, SystemClock,
};
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The host: opens the store, reads one document, says so, and waits to be killed. Alone, without
/// being asked by the test below, it does nothing.
#[test]
fn host() {
    let Ok(folder) = std::env::var("LIASSE_HOST_FOLDER") else {
        return;
    };
    let folder = std::mem::ManuallyDrop::new(Folder(folder.into()));
    let engine = Engine::open(&folder.path("store"), key(&folder, "store"), options()).unwrap();
    let act = std::env::var("LIASSE_HOST_ACT").unwrap();
    let emergency = std::env::var("LIASSE_HOST_PURPOSE").as_deref() == Ok("emergency");
    let session: Session = if emergency {
        session(&engine, "rescuer", "medecin", Purpose::EmergencyBtg)
    } else if act == "history" || act == "export" {
        holder(&engine, 1)
    } else {
        doctor(&engine)
    };
    if emergency {
        session.break_glass(&ins(1), "coma").unwrap();
    }
    let document: DocumentId = std::env::var("LIASSE_HOST_DOCUMENT")
        .unwrap()
        .parse()
        .unwrap();
    let number: u64 = std::env::var("LIASSE_HOST_NUMBER")
        .unwrap()
        .parse()
        .unwrap();
    let before = SystemClock.now().millis();
    let bytes = read(&session, &act, (number, document));
    let after = SystemClock.now().millis();
    assert!(bytes > 0, "{act}");
    println!("\nread {bytes} {before} {after}");
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// How much left the engine.
fn read(session: &Session, act: &str, (number, document): (u64, DocumentId)) -> usize {
    match act {
        "fetch" => session.fetch(document).unwrap().len(),
        "search" => {
            // It stands in this document and no other.
            let word = words(1, number);
            let mut asked = SearchRequest::new(word.split(' ').next().unwrap());
            asked.patient = Some(ins(1));
            let hits = session.search(&asked).unwrap();
            hits.iter().map(|hit| hit.snippet.text.len()).sum()
        }
        "list" => session.entries(&ins(1), Statuses::All).unwrap().len(),
        "history" => session.history(&ins(1)).unwrap().len(),
        "export" => {
            let events = session.audit_events(&ins(1), "host", "192.0.2.7");
            events.unwrap().len()
        }
        other => panic!("{other}"),
    }
}

/// What a host reads, and what the log calls it.
const ACTS: [(&str, &str); 5] = [
    ("fetch", "disclose"),
    ("search", "query"),
    ("list", "access"),
    ("history", "access"),
    ("export", "access"),
];

/// One kill.
struct Kill {
    purpose: &'static str,
    what: &'static str,
    /// What was read, where it was one document.
    document: Option<DocumentId>,
    /// When the read began, and when the bytes were there.
    began: Instant,
    left: Instant,
}

/// Has a host read one of the documents and kills it: at once, or when its traces may just be
/// durable.
fn killed(folder: &Folder, documents: &[DocumentId], round: u64) -> Kill {
    let number = round % documents.len() as u64;
    let document = documents[usize::try_from(number).unwrap()];
    let (act, what) = ACTS[usize::try_from(round % 5).unwrap()];
    let of_patient = act == "history" || act == "export";
    let purpose = if round.is_multiple_of(4) && !of_patient {
        "emergency"
    } else {
        "care"
    };
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::host", "--nocapture"])
        .env("LIASSE_HOST_FOLDER", &folder.0)
        .env("LIASSE_HOST_DOCUMENT", document.to_string())
        .env("LIASSE_HOST_NUMBER", number.to_string())
        .env("LIASSE_HOST_PURPOSE", purpose)
        .env("LIASSE_HOST_ACT", act)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let told = lines
        .map_while(Result::ok)
        .find(|line| line.starts_with("read "));
    let wait = [0, 0, 10, 60][usize::try_from(round % 4).unwrap()];
    let (_kept, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(Duration::from_millis(wait));
    host.kill().unwrap();
    host.wait().unwrap();
    let told = told.expect("the host reads before it is killed");
    let mut fields = told.split(' ').skip(2).map(|it| it.parse().unwrap());
    let mut instant = || Instant::from_millis(fields.next().unwrap());
    let (began, left) = (instant(), instant());
    Kill {
        purpose,
        what,
        document: matches!(act, "fetch" | "search").then_some(document),
        began,
        left,
    }
}

/// What the log holds of what was read.
fn readings(folder: &Folder) -> Vec<HistoryLine> {
    // Opening the store names the last gap.
    let engine = Engine::open(&folder.path("store"), key(folder, "store"), options()).unwrap();
    let history = holder(&engine, 1).history(&ins(1)).unwrap();
    engine.close().unwrap();
    history
}

fn audit(folder: &Folder) -> AuditReport {
    let root = key(folder, "store");
    let auditor = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let request = AuditRequest::default();
    auditor
        .audit(request, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

#[test]
fn what_left_a_killed_host_has_its_entry_or_lies_in_a_gap_of_50_ms() {
    // Each lane is a store of its own, whose hosts come one after the other.
    let lanes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        let ended = running.into_iter().map(|lane| lane.join().unwrap());
        ended.collect()
    });
    let entries: u64 = lanes.iter().map(|(entries, _)| entries).sum();
    let in_gaps: u64 = lanes.iter().map(|(_, in_gaps)| in_gaps).sum();
    let kills = entries + in_gaps;
    println!("{kills} kills: {entries} entries, {in_gaps} inside named gaps");
    assert_eq!(kills, LANES * ROUNDS);
    assert!(
        in_gaps > 0,
        "no kill came before the commit: the test shows nothing of gaps"
    );
}

/// Kills the hosts of one store; how many readings have their entry, and how many lie in a gap.
fn lane() -> (u64, u64) {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let store = folder.path("store");
    let engine = Engine::create(&store, key(&folder, "store"), options()).unwrap();
    let papers = ["A", "B", "C"].into_iter().zip(0..);
    let papers = papers.map(|(name, number)| {
        let deposited = deposit(&doctor(&engine), 1, name, &words(1, number));
        deposited.document
    });
    let documents: Vec<_> = papers.collect();
    engine.close().unwrap();
    // Each host that opens the store names the gap that the one before it left.
    let kills: Vec<_> = (0..ROUNDS)
        .map(|round| killed(&folder, &documents, round))
        .collect();
    let readings = readings(&folder);
    let report = audit(&folder);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    for gap in &report.gaps {
        let to = gap.to.expect("no clock was set back");
        let wide = to.millis() - gap.from.millis();
        assert!((0..=50).contains(&wide), "a gap of {wide} ms");
    }
    let (mut entries, mut in_gaps) = (0, 0);
    for (round, kill) in kills.iter().enumerate() {
        let during = kill.began..=kill.left;
        let mut readings = readings.iter();
        let recorded = readings.any(|line| {
            let named = kill.document.is_none_or(|it| line.documents == [it]);
            line.what == kill.what && during.contains(&line.at) && named
        });
        let mut gaps = report.gaps.iter();
        let inside = gaps.any(|gap| gap.from <= kill.left && Some(kill.began) <= gap.to);
        let (began, left) = (kill.began, kill.left);
        assert!(recorded || inside, "round {round}: {began} {left}");
        let durable = kill.purpose == "emergency";
        assert!(recorded || !durable, "round {round}: durable first");
        if recorded {
            entries += 1;
        } else {
            in_gaps += 1;
        }
    }
    (entries, in_gaps)
}

/// Two hundred kills in all.
const LANES: u64 = 4;
const ROUNDS: u64 = 50;
