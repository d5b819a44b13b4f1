//! Proves that a killed import loses nothing it reported: the process is killed at random
//! moments, the store is opened again, and every document reported as kept is there.

use crate::bench::Bench;
use std::collections::BTreeSet;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn what_was_reported_as_kept_outlives_kill_9() {
    let bench = Bench::with_store();
    let docs = bench.specimen(40).display().to_string();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut seed = u64::from(std::process::id());
    println!("seed {seed}");
    for round in 0..ROUNDS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut child = bench
            .command(&[
                "import",
                "STORE",
                &docs,
                "--key-file",
                "KEY",
                "--as",
                "care.json",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = pipe.read_to_string(&mut text);
            text
        });
        let until = std::time::Instant::now() + Duration::from_millis(40 + (seed >> 33) % 500);
        while std::time::Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let text = reader.join().unwrap();
        // The last line may have been cut by the kill.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        kept.extend(whole.lines().filter_map(|line| {
            line.strip_prefix("kept  ")
                .and_then(|rest| rest.split(' ').next())
                .map(str::to_owned)
        }));
        if round % 10 == 9 {
            bench.verify();
        }
    }
    bench.verify();
    println!("{} documents kept over {ROUNDS} kills", kept.len());
    let search = [
        "search",
        "STORE",
        "date:1900..",
        "--key-file",
        "KEY",
        "--as",
        "panel.json",
    ];
    let all = bench.ok(&[search.as_slice(), &["--limit", "10000", "--all", "--json"]].concat());
    let there: BTreeSet<String> = crate::bench::lines(&all)
        .iter()
        .map(|it| it["document"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<_> = kept.difference(&there).collect();
    assert!(lost.is_empty(), "{} of {} are lost", lost.len(), kept.len());
    assert!(
        !kept.is_empty(),
        "no round lived long enough to keep a document"
    );
}

const ROUNDS: u32 = 50;
