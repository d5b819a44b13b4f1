//! Proves that what operators are told adds up, and that no bad surrounding of a store is
//! answered by anything but an error that names it.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use base::disk::{Disk, DiskFile, FaultyDisk, OpenMode};
use liasse::{
    Code, Deposit, Engine, FixedClock, Instant, Options, Purpose, SearchRequest, Statuses,
};
use std::fs::File;
use std::io;
use std::sync::Arc;

#[test]
fn stats_add_up_to_what_lies_on_the_disk() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut options = options();
    options.index_tail_documents_max = 5;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, first) = fill(&doctor, 2);
    let (_, second) = fill(&doctor, 3);
    engine.settle().unwrap();
    let stats = engine.stats().unwrap();
    let documents = (first.len() + second.len()) as u64;
    assert_eq!((stats.dossiers, stats.documents), (2, documents));
    assert!(stats.segments > 0 && stats.tail < 5, "{stats:?}");
    assert_eq!(stats.tail_bytes == 0, stats.tail == 0);
    assert_eq!(
        (stats.oldest_reader, stats.waiting_bytes),
        (stats.commit, 0)
    );
    let on_disk = |prefix: &str| -> u64 {
        let files = disk.files();
        let files = files.iter().filter(|(name, _)| name.starts_with(prefix));
        files.map(|(_, bytes)| bytes).sum()
    };
    let of = |stats: &liasse::Stats, kind: &str| {
        let found = stats.bytes.iter().find(|(named, _)| *named == kind);
        found.unwrap_or_else(|| panic!("{kind}")).1
    };
    let told: u64 = stats.bytes.iter().map(|(_, bytes)| bytes).sum();
    assert_eq!(
        told,
        on_disk("body/") + on_disk("index/") + on_disk("catalog")
    );
    for kind in [
        "bodies",
        "index",
        "heads",
        "journal",
        "keys",
        "units",
        "state tree",
    ] {
        assert!(of(&stats, kind) > 0, "{kind}: {stats:?}");
    }
    assert_eq!(of(&stats, "dead bodies"), 0);
    let unnamed = of(&stats, "dead bodies") + of(&stats, "free pages");
    assert_eq!(stats.amplification_percent, told * 100 / (told - unnamed));
    holder(&engine, &gone).erase(&gone).unwrap();
    let erased = engine.stats().unwrap();
    assert_eq!(
        (erased.dossiers, erased.documents),
        (1, second.len() as u64)
    );
    assert!(of(&erased, "dead bodies") > 0);
    engine.compact(0).unwrap();
    assert_eq!(of(&engine.stats().unwrap(), "dead bodies"), 0);
}

/// A disk that lets nothing be changed.
struct Fixed(FaultyDisk);

fn fixed<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for Fixed {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        match mode {
            OpenMode::Read => self.0.open(name, mode),
            OpenMode::Write | OpenMode::CreateNew | OpenMode::CreatePrivate => fixed(),
        }
    }
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.0.list(folder)
    }
    fn create_folder(&self, _: &str) -> io::Result<()> {
        fixed()
    }
    fn remove(&self, _: &str) -> io::Result<()> {
        fixed()
    }
    fn remove_folder(&self, _: &str) -> io::Result<()> {
        fixed()
    }
    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        fixed()
    }
    fn sync_folder(&self, _: &str) -> io::Result<()> {
        fixed()
    }
    fn free_bytes(&self) -> io::Result<u64> {
        self.0.free_bytes()
    }
    fn drop_cache(&self, name: &str) -> io::Result<()> {
        self.0.drop_cache(name)
    }
    fn lock_handle(&self, _: &str, _: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

#[test]
fn a_read_only_directory_is_told_and_left_as_it_is() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), options()).unwrap();
    fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.close().unwrap();
    let fixed = Arc::new(Fixed(disk.clone()));
    let told = Engine::open_on(fixed, bench.key(), options())
        .err()
        .unwrap();
    assert_eq!(told.code(), Code::ReadOnly, "{told}");
    let empty = Arc::new(Fixed(FaultyDisk::new()));
    let told = Engine::create_on(empty, bench.key(), options())
        .err()
        .unwrap();
    assert_eq!(told.code(), Code::ReadOnly, "{told}");
    let engine = Engine::open_on(Arc::new(disk), bench.key(), options()).unwrap();
    assert!(engine.check().unwrap().findings.is_empty());
}

/// What is done to a segment, and how the error names it.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Missing,
    Cut,
}

#[test]
fn a_segment_that_is_missing_or_cut_is_named_and_other_dossiers_are_read() {
    for loss in [Loss::Missing, Loss::Cut] {
        let bench = Bench::new();
        let disk = FaultyDisk::new();
        let mut options = options();
        options.store.segment_bytes_max = 1;
        let open = || Engine::open_on(Arc::new(disk.clone()), bench.key(), options.clone());
        let created = Engine::create_on(Arc::new(disk.clone()), bench.key(), options.clone());
        let engine = created.unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let (hurt, deposited) = fill(&doctor, 2);
        let (whole, others) = fill(&doctor, 3);
        drop(doctor);
        engine.close().unwrap();
        // One document a segment; the first is the first dossier's.
        let segments = disk.files();
        let segments: Vec<_> = segments
            .iter()
            .filter(|(name, _)| name.starts_with("body/"))
            .collect();
        assert_eq!(segments.len(), deposited.len() + others.len());
        let (name, length) = segments[0];
        match loss {
            Loss::Missing => disk.remove(name).unwrap(),
            Loss::Cut => {
                let file = disk.open(name, OpenMode::Write).unwrap();
                file.set_length(length / 2).unwrap();
            }
        }
        let engine = open().unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let told = doctor.fetch(deposited[0].document).unwrap_err();
        assert_eq!(told.code(), Code::Corrupt, "{loss:?}: {told}");
        assert!(told.to_string().contains(name.as_str()), "{loss:?}: {told}");
        // Its dossier is listed still, and all other documents are read.
        let listed = doctor.entries(&hurt, Statuses::All).unwrap();
        assert_eq!(listed.len(), deposited.len());
        for other in deposited[1..].iter().chain(&others) {
            assert!(!doctor.fetch(other.document).unwrap().is_empty());
        }
        let every = SearchRequest::new("date:1900..").of(whole.clone());
        assert!(doctor.count(&every).unwrap() > 0);
        let findings = engine.check().unwrap().findings;
        assert!(!findings.is_empty(), "{loss:?}");
        let segment = name.trim_matches(|c: char| !c.is_ascii_digit() || c == '0');
        let named = format!("body segment {segment}");
        assert!(
            findings.iter().any(|it| it.what.starts_with(&named)),
            "{loss:?}: {findings:?}"
        );
    }
}

#[test]
fn a_clock_that_goes_backwards_turns_no_time_back() {
    let bench = Bench::new();
    let now = Instant::from_millis(1_800_000_000_000);
    let clock = Arc::new(FixedClock::new(now));
    let mut options: Options = options();
    options.clock = Arc::clone(&clock) as _;
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    clock.set(now.plus_months(-24));
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let later = paper(1).into_bytes();
    doctor.deposit(&Deposit::new(&later)).unwrap();
    let listed = doctor.entries(&patient, Statuses::All).unwrap();
    assert!(listed.iter().all(|entry| entry.deposited >= now));
    engine.settle().unwrap();
    let history = holder(&engine, &patient).history(&patient).unwrap();
    assert!(history.iter().all(|line| line.at >= now));
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn two_engines_on_one_directory_are_refused() {
    let bench = Bench::new();
    let engine = bench.create();
    let told = bench.open().err().unwrap();
    assert_eq!(told.code(), Code::Busy, "{told}");
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&patient, Statuses::All).unwrap().is_empty());
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let mut bytes = dossier(2).documents[0].cda().into_bytes();
    bytes.resize(
        usize::try_from(liasse::DEPOSIT_BYTES_MAX).unwrap() + 1,
        b' ',
    );
    let told = doctor.deposit(&Deposit::new(&bytes).opening()).unwrap_err();
    assert_eq!(told.code(), Code::Limit, "{told}");
    assert_eq!(engine.stats().unwrap().dossiers, 0);
}

/// A document of the JSON form for the patient of `dossier(2)`.
fn paper(number: usize) -> String {
    let matricule = dossier(2).patient.matricule.clone();
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.9.1^{number}",
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen {number}", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "mot{number}unique"}}"#
    )
}

/// A dossier whose head is in many parts: each document is listed, found, fetched and not taken
/// twice. By night with 100,000 documents.
#[test]
fn a_dossier_holds_a_hundred_thousand_documents() {
    let nightly = std::env::var_os("LIASSE_NIGHTLY").is_some();
    let count = if nightly { 100_000 } else { 1_500 };
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let mut waiting = std::collections::VecDeque::new();
    let mut documents = Vec::new();
    for number in 0..count {
        let bytes = paper(number).into_bytes();
        waiting.push_back(
            doctor
                .begin_deposit(&Deposit::new(&bytes).opening())
                .unwrap(),
        );
        if waiting.len() > 300 {
            documents.push(waiting.pop_front().unwrap().wait().unwrap().document);
        }
    }
    for ticket in waiting {
        documents.push(ticket.wait().unwrap().document);
    }
    let patient: liasse::Matricule = dossier(2).patient.matricule.parse().unwrap();
    for reopened in [false, true] {
        let engine = if reopened {
            bench.crashed()
        } else {
            Bench::new()
        };
        let opened = reopened.then(|| engine.open().unwrap());
        let again = opened
            .as_ref()
            .map(|it| session(it, ("doctor", "medecin"), Purpose::Care));
        let doctor = again.as_ref().unwrap_or(&doctor);
        let listed = doctor.entries(&patient, Statuses::All).unwrap();
        assert_eq!(listed.len(), count);
        for number in [0, 255, 256, count / 2, count - 1] {
            let found = doctor.fetch(documents[number]).unwrap();
            assert!(found == format!("mot{number}unique").as_bytes());
            let word = SearchRequest::new(&format!("mot{number}unique")).of(patient.clone());
            assert_eq!(doctor.count(&word).unwrap(), 1, "{number}");
            let bytes = paper(number).into_bytes();
            let told = doctor.deposit(&Deposit::new(&bytes)).unwrap();
            assert_eq!(told.document, documents[number], "taken once");
        }
    }
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// A store of small segments, of each of which something is dead: the patients who stay.
fn half_dead(engine: &Engine) -> Vec<(liasse::Matricule, usize)> {
    let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
    let filled: Vec<_> = (0..10).map(|rank| fill(&doctor, rank)).collect();
    let mut stay = Vec::new();
    for (number, (patient, deposited)) in filled.into_iter().enumerate() {
        if number % 3 == 0 {
            holder(engine, &patient).erase(&patient).unwrap();
        } else {
            stay.push((patient, deposited.len()));
        }
    }
    stay
}

fn bodies(disk: &FaultyDisk) -> u64 {
    let files = disk.files();
    let bodies = files.iter().filter(|(name, _)| name.starts_with("body/"));
    bodies.map(|(_, bytes)| bytes).sum()
}

/// While a backup keeps the files of what was emptied, compacting does not write the rest anew
/// beside them.
#[test]
fn compacting_beside_a_backup_does_not_double_the_disk() {
    let (bench, disk) = (Bench::new(), FaultyDisk::new());
    let mut settings = options();
    settings.store.segment_bytes_max = 8 << 10;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    half_dead(&engine);
    let before = bodies(&disk);
    let target = Arc::new(FaultyDisk::new());
    let backup = engine.begin_backup_on(target).unwrap();
    let told = engine.compact(0).unwrap_err();
    assert_eq!(told.code(), Code::Busy, "{told}");
    // One segment that waits, one beyond it, and the one they go to.
    assert!(
        bodies(&disk) <= before + 3 * (8 << 10),
        "{before} {}",
        bodies(&disk)
    );
    drop(backup);
    assert!(engine.compact(0).unwrap().segments > 0);
    assert!(bodies(&disk) < before, "{before} {}", bodies(&disk));
    assert!(engine.check().unwrap().findings.is_empty());
}

/// A damaged segment stays as it is and is named; all others are compacted. Two that compact at
/// once do not stand in each other's way.
#[test]
fn a_damaged_segment_keeps_no_other_from_being_compacted() {
    let (bench, disk) = (Bench::new(), FaultyDisk::new());
    let mut settings = options();
    settings.store.segment_bytes_max = 8 << 10;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let stay = half_dead(&engine);
    let dead = |engine: &Engine| {
        let bytes = engine.stats().unwrap().bytes;
        bytes
            .iter()
            .find(|(kind, _)| *kind == "dead bodies")
            .unwrap()
            .1
    };
    let before = dead(&engine);
    let segments = disk.files();
    let bodies = segments
        .iter()
        .filter(|(name, _)| name.starts_with("body/"));
    let (damaged, _) = bodies.clone().nth(1).unwrap();
    disk.flip(damaged, 40, 0).unwrap();
    let told = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| engine.compact(0)));
        both.map(|one| one.join().unwrap())
    });
    for told in told {
        let told = told.unwrap_err();
        assert_eq!(
            (told.code(), told.place()),
            (Code::Corrupt, Some(&**damaged))
        );
    }
    let after = dead(&engine);
    assert!(after > 0 && after <= 8 << 10, "{before} {after}");
    let left: Vec<_> = disk.files().into_iter().map(|(name, _)| name).collect();
    assert!(left.contains(damaged), "what is damaged stays to be mended");
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    for (patient, count) in stay {
        assert_eq!(
            doctor.entries(&patient, Statuses::All).unwrap().len(),
            count
        );
    }
}
