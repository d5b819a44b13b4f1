//! Proves that sinks get every commit, that deposits wait for none of them, and that an erasure
//! waits for all and says so.

use crate::bench::{Bench, fill, holder, session};
use crate::forgetting::{deposit, paper};
use liasse::{
    Code, DirectorySink, Engine, Matricule, Options, Purpose, Sink, Sinks, Sources, Statuses,
    Waiver,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A sink that fails while it is told to.
pub(crate) struct Fragile {
    pub(crate) inner: DirectorySink,
    pub(crate) broken: AtomicBool,
}

impl Fragile {
    pub(crate) fn new(bench: &Bench, name: &str) -> Arc<Self> {
        Arc::new(Self {
            inner: DirectorySink::new(&bench.root.join(name)),
            broken: AtomicBool::new(false),
        })
    }
}

impl Sink for Fragile {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn place(&self) -> String {
        self.inner.place()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }
    fn put(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("planted"));
        }
        self.inner.put(name, bytes)
    }
    fn get(&self, name: &str) -> io::Result<Box<dyn Read>> {
        self.inner.get(name)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }
}

pub(crate) fn to(sinks: &[Arc<Fragile>]) -> Options {
    let mut options = Options::default();
    let sinks = sinks.iter().map(|it| Arc::clone(it) as Arc<dyn Sink>);
    options.sinks = Sinks::To(sinks.collect());
    options
}

#[test]
fn an_erasure_waits_for_a_sink_that_fails_and_deposits_do_not() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), to(&[Arc::clone(&sink)])).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    sink.broken.store(true, Ordering::SeqCst);
    let (stays, _) = fill(&doctor, 5);
    let told = holder(&engine, &gone).erase(&gone).unwrap_err();
    assert_eq!(told.code(), Code::Sink, "{told}");
    assert!(
        told.message().contains("keyring sink 1 (directory)"),
        "{told}"
    );
    assert_eq!(told.place(), None, "a holder is not told where it lies");
    assert_eq!(
        doctor.entries(&gone, Statuses::All).unwrap_err().code(),
        Code::Refused
    );
    fill(&doctor, 6);
    drop(doctor);
    engine.close().unwrap();
    let options = to(&[Arc::clone(&sink)]);
    // The store opens, and says what waits for what; nothing but the erasure does.
    let engine = Engine::open(&store, bench.key(), options.clone()).unwrap();
    let stats = engine.stats().unwrap();
    assert_eq!(stats.erasures_waiting, 1);
    let told = engine.finish_erasures().unwrap_err();
    let place = bench.root.join("sink").display().to_string();
    assert!(told.place().is_some_and(|it| it.contains(&place)), "{told}");
    assert!(engine.stats().unwrap().sinks[0].failure.is_some());
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
    fill(&doctor, 7);
    drop(doctor);
    engine.close().unwrap();
    sink.broken.store(false, Ordering::SeqCst);
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
    let receipts = holder(&engine, &stays).erase(&stays).unwrap();
    assert!(
        receipts[0].sinks == "held by sink 1 (directory)",
        "{receipts:?}"
    );
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Receipts of an erasure that was held up reach whoever may have them: the holder who asks once
/// more, also in a later session, and operators, who learn of no person.
#[test]
fn receipts_of_an_erasure_that_was_held_up_are_kept() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let store = bench.root.join("store");
    let options = to(&[Arc::clone(&sink)]);
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, stays) = (fill(&doctor, 2).0, fill(&doctor, 5).0);
    sink.broken.store(true, Ordering::SeqCst);
    let asked = holder(&engine, &gone);
    assert_eq!(asked.erase(&gone).unwrap_err().code(), Code::Sink);
    assert_eq!(asked.erase(&gone).unwrap_err().code(), Code::Sink);
    assert_eq!(engine.receipts().unwrap(), []);
    sink.broken.store(false, Ordering::SeqCst);
    let kept = engine.finish_erasures().unwrap();
    assert_eq!(kept, engine.receipts().unwrap());
    assert_eq!(engine.finish_erasures().unwrap(), []);
    let receipts: Vec<_> = kept.iter().map(|it| it.receipt.clone()).collect();
    let numbers: Vec<_> = receipts.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert!(
        receipts
            .iter()
            .all(|it| it.sinks == "held by sink 1 (directory)")
    );
    let told = format!("{kept:?}");
    assert!(
        !told.contains(&crate::bench::dossier(2).patient.matricule),
        "{told}"
    );
    assert_eq!(asked.erase(&gone).unwrap(), receipts);
    drop((asked, doctor));
    engine.close().unwrap();
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    assert_eq!(engine.receipts().unwrap(), kept);
    assert_eq!(holder(&engine, &gone).erase(&gone).unwrap(), receipts);
    // To everybody else it looks like a dossier that never was.
    let refused = holder(&engine, &stays).erase(&gone).unwrap_err();
    let never: Matricule = "299999999999945".parse().unwrap();
    let unknown = holder(&engine, &stays).erase(&never).unwrap_err();
    assert_eq!(refused.to_string(), unknown.to_string());
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let other = doctor.erase(&gone).unwrap_err();
    assert_eq!(other.to_string(), refused.to_string());
    drop(doctor);
    engine.close().unwrap();
    let disk = Arc::new(liasse::FolderDisk::new(&store));
    let catalog = store::Catalog::open_on(disk, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let log = journal::Log::open(&*rows).unwrap();
    for receipt in &receipts {
        let fact = log.entry(&*rows, receipt.entry).unwrap().fact();
        let Some(journal::Fact::Erasure { receipt, .. }) = fact else {
            panic!("{fact:?}");
        };
        assert_ne!(receipt, liasse::Digest::ZERO);
    }
}

#[test]
fn a_receipt_says_that_no_sink_was_asked_for() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    for receipt in holder(&engine, &gone).erase(&gone).unwrap() {
        assert_eq!(receipt.sinks, "this store has no sink");
    }
}

#[test]
fn a_sink_gets_every_commit_and_stays_small() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let options = to(&[Arc::clone(&sink)]);
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    let held = sink.list().unwrap();
    let snapshots = |held: &[String]| held.iter().filter(|it| it.starts_with("snap")).count();
    assert_eq!(snapshots(&held), 1, "{held:?}");
    assert!(held.len() > 1, "{held:?}");
    let engine = Engine::open(&store, bench.key(), options.clone()).unwrap();
    engine.close().unwrap();
    let more = sink.list().unwrap();
    assert!(
        held.iter().all(|name| more.contains(name)),
        "nothing was begun anew"
    );
    // While the sink was not configured, it missed commits: a snapshot makes up for them.
    bench.open().unwrap().close().unwrap();
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    engine.close().unwrap();
    let anew = sink.list().unwrap();
    assert_eq!(snapshots(&anew), 1, "{anew:?}");
    assert!(held.iter().all(|name| !anew.contains(name)), "{anew:?}");
}

/// A sink of another store is left as it is, also when some or all of its files are damaged.
#[test]
fn another_stores_sink_is_never_begun_anew() {
    let (bench, other) = (Bench::new(), Bench::new());
    let sink = Fragile::new(&bench, "sink");
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), to(&[Arc::clone(&sink)])).unwrap();
    fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.close().unwrap();
    let held = sink.list().unwrap();
    for damaged in [1, held.len()] {
        for name in &held[..damaged] {
            std::fs::write(bench.root.join("sink").join(name), b"").unwrap();
        }
        let store = other.root.join(format!("store-{damaged}"));
        liasse::new_key_file(&other.root.join(format!("key-{damaged}"))).unwrap();
        let key = liasse::RootKey::File(other.root.join(format!("key-{damaged}")));
        let engine = Engine::create(&store, key, to(&[Arc::clone(&sink)])).unwrap();
        engine.close().unwrap();
        assert_eq!(sink.list().unwrap(), held, "{damaged} damaged");
    }
}

/// Who opens a store that has had sinks, and names none, finishes no erasure behind their backs.
#[test]
fn a_store_that_has_had_sinks_erases_nothing_until_they_are_named_or_waived() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let named = to(&[Arc::clone(&sink)]);
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), named.clone()).unwrap();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    sink.broken.store(true, Ordering::SeqCst);
    let waiting = holder(&engine, &patient).erase(&patient).unwrap_err();
    assert_eq!(waiting.code(), Code::Sink);
    let _ = engine.close();
    sink.broken.store(false, Ordering::SeqCst);
    let engine = bench.open().unwrap();
    assert_eq!(engine.stats().unwrap().erasures_waiting, 1);
    let unsaid = engine.finish_erasures().unwrap_err();
    assert_eq!(unsaid.code(), Code::Sink, "{unsaid}");
    engine.close().unwrap();
    let engine = Engine::open(&store, bench.key(), named).unwrap();
    engine.close().unwrap();
    bench.open().unwrap().close().unwrap();
    let mut waived = Options::default();
    waived.sinks = Sinks::Waived("the sink is gone".to_owned());
    let engine = Engine::open(&store, bench.key(), waived).unwrap();
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 3);
    assert_eq!(holder(&engine, &patient).erase(&patient).unwrap().len(), 2);
}

/// A host's own sink: files in its memory. At the `spoil_at`-th reading the file read is spoilt.
#[derive(Default)]
struct Shelf {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    reads: AtomicUsize,
    spoil_at: AtomicUsize,
    how: AtomicUsize,
    spoilt: Mutex<Option<String>>,
}

impl Sink for Shelf {
    fn name(&self) -> String {
        "the shelf".to_owned()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files.lock().unwrap().keys().cloned().collect())
    }
    fn put(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()> {
        let mut file = Vec::new();
        bytes.read_to_end(&mut file)?;
        self.files.lock().unwrap().insert(name.to_owned(), file);
        Ok(())
    }
    fn get(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let mut files = self.files.lock().unwrap();
        let read = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
        if read == self.spoil_at.load(Ordering::SeqCst) {
            *self.spoilt.lock().unwrap() = Some(name.to_owned());
            match self.how.load(Ordering::SeqCst) % 3 {
                0 => drop(files.remove(name)),
                1 => {
                    let file = files.get_mut(name).unwrap();
                    file.truncate(file.len() / 2);
                }
                _ => {
                    let file = files.get_mut(name).unwrap();
                    let at = 200.min(file.len() / 2);
                    file[at] ^= 1;
                }
            }
        }
        let file = files.get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(file)))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.lock().unwrap().remove(name);
        Ok(())
    }
}

fn on_shelf(shelf: &Arc<Shelf>) -> Options {
    let mut options = Options::default();
    options.sinks = Sinks::To(vec![Arc::clone(shelf) as Arc<dyn Sink>]);
    options
}

/// A store on a shelf, with a dossier to go and one to stay.
fn shelved() -> (Bench, Arc<Shelf>, Engine, Matricule, Matricule) {
    let bench = Bench::new();
    let shelf = Arc::new(Shelf::default());
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), on_shelf(&shelf)).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, stays) = (fill(&doctor, 2).0, fill(&doctor, 5).0);
    drop(doctor);
    (bench, shelf, engine, gone, stays)
}

/// Before a root goes every file of a sink is read back, before the second rotation as before
/// the first: one that is cut, altered or missing withholds the receipt and is told; the sink is
/// made anew, and the erasure goes on.
#[test]
fn a_sink_that_was_damaged_withholds_the_receipt_until_it_is_mended() {
    let mut withheld = [0; 2];
    let mut kinds = BTreeSet::new();
    for at in 1.. {
        let (bench, shelf, engine, gone, stays) = shelved();
        shelf.how.store(at, Ordering::SeqCst);
        shelf
            .spoil_at
            .store(shelf.reads.load(Ordering::SeqCst) + at, Ordering::SeqCst);
        let told = holder(&engine, &gone).erase(&gone);
        let spoilt = shelf.spoilt.lock().unwrap().take();
        let Err(told) = told else {
            assert_eq!(spoilt, None, "no damage goes unseen");
            break;
        };
        let kind = spoilt.unwrap();
        kinds.insert(kind.split('-').next().unwrap().to_owned());
        assert_eq!(told.code(), Code::Sink, "{told}");
        assert!(told.message().contains("sink 1 (the shelf)"), "{told}");
        let how = ["missing", "cut or altered", "cut or altered"][at % 3];
        assert!(told.message().contains(how), "{told}");
        assert!(told.hint().contains("mend the sink"), "{told}");
        assert_eq!(engine.stats().unwrap().erasures_waiting, 1);
        withheld[usize::from(active(&bench) > 1)] += 1;
        engine.finish_erasures().unwrap();
        assert_eq!(engine.stats().unwrap().erasures_waiting, 0);
        assert_eq!(holder(&engine, &stays).erase(&stays).unwrap().len(), 2);
        engine.close().unwrap();
    }
    assert!(withheld[0] > 0 && withheld[1] > 0, "{withheld:?}");
    assert!(kinds.iter().eq(["SINK", "delta", "snapshot"]), "{kinds:?}");
}

/// The epoch that the key file of a bench is at.
fn active(bench: &Bench) -> u64 {
    use vault::Kms;
    let format = std::fs::read_to_string(bench.root.join("store/FORMAT")).unwrap();
    let id = format.lines().find_map(|line| line.strip_prefix("store: "));
    let id: Option<base::StoreId> = id.and_then(|id| id.parse().ok());
    let key = vault::KeyFile::open(&bench.root.join("key")).unwrap();
    let state = key.load(id.unwrap(), vault::Use::Open).unwrap();
    state.active.number()
}

/// Five calls that a host answers are enough: a restore needs nothing else of a sink.
#[test]
fn a_hosts_own_sink_is_enough_to_restore() {
    let (bench, shelf, engine, gone, stays) = shelved();
    engine.backup(&bench.root.join("backup")).unwrap();
    let receipts = holder(&engine, &gone).erase(&gone).unwrap();
    assert_eq!(receipts[1].sinks, "held by sink 1 (the shelf)");
    engine.close().unwrap();
    std::fs::remove_dir_all(bench.root.join("store")).unwrap();
    let sources = Sources::new(&bench.root.join("backup"), vec![shelf.clone()]);
    let restored = bench.root.join("restored");
    Engine::restore(&sources, &restored, &bench.key(), &Options::default()).unwrap();
    let engine = Engine::open(&restored, bench.key(), on_shelf(&shelf)).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
    assert!(doctor.entries(&gone, Statuses::All).is_err());
}

/// Of two sinks one is lost: it is waived by name of the other alone, and the receipt says so.
#[test]
fn a_lost_sink_is_waived_beside_one_that_is_left() {
    let (bench, _, engine, gone, _) = shelved();
    engine.close().unwrap();
    let left = DirectorySink::new(&bench.root.join("left")).named("the other house");
    let mut options = Options::default();
    let waiver = Waiver {
        sink: Some("the shelf".to_owned()),
        why: "the shelf burnt".to_owned(),
    };
    options.sinks = Sinks::Except(vec![Arc::new(left)], vec![waiver]);
    let engine = Engine::open(&bench.root.join("store"), bench.key(), options).unwrap();
    let receipts = holder(&engine, &gone).erase(&gone).unwrap();
    let expected = "held by sink 1 (the other house); another waived (the shelf burnt)";
    assert_eq!(receipts[0].sinks, expected);
}

fn directories(bench: &Bench, names: &[&str]) -> Options {
    let mut options = Options::default();
    let sinks = names.iter();
    let sinks = sinks.map(|name| Arc::new(DirectorySink::new(&bench.root.join(name))) as _);
    options.sinks = Sinks::To(sinks.collect());
    options
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A store with one sink that it remembers, closed; and the holder of a dossier in it.
fn remembering() -> (Bench, Matricule) {
    let bench = Bench::new();
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), directories(&bench, &["a"])).unwrap();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.close().unwrap();
    (bench, patient)
}

/// A new directory never stands in for a sink that the store remembers: nothing is begun, the
/// root stays, and whoever asked is told which sink is missing.
#[test]
fn a_mistyped_or_unmounted_sink_holds_an_erasure_up_before_it_is_begun() {
    let (bench, patient) = remembering();
    let store = bench.root.join("store");
    std::fs::create_dir(bench.root.join("mount point")).unwrap();
    let mut emptied = Options::default();
    for named in ["typo", "no/where", "mount point", "unsaid"] {
        let options = match named {
            "unsaid" => std::mem::take(&mut emptied),
            named => directories(&bench, &[named]),
        };
        let engine = Engine::open(&store, bench.key(), options).unwrap();
        let told = holder(&engine, &patient).erase(&patient).unwrap_err();
        assert_eq!(told.code(), Code::Sink, "{named}: {told}");
        assert!(told.message().contains("(directory)"), "{told}");
        assert!(told.hint().contains("--waive-sink=ID"), "{told}");
        let told = engine.rotate_root().unwrap_err();
        let place = bench.root.join("a").display().to_string();
        assert!(told.place().is_some_and(|it| it.contains(&place)), "{told}");
        assert_eq!(engine.stats().unwrap().erasures_waiting, 0);
        engine.purge_due().unwrap();
        let _ = engine.close();
        assert_eq!(active(&bench), 1, "{named}");
    }
    assert!(!bench.root.join("typo").exists() && !bench.root.join("no").exists());
    assert_eq!(names(&bench.root.join("mount point")), [""; 0]);
    let id = std::fs::read_to_string(bench.root.join("a/SINK")).unwrap();
    let id = id.lines().find_map(|it| it.strip_prefix("id: ")).unwrap();
    // Beside the one that is remembered a new one is added, and then remembered too.
    let engine = Engine::open(&store, bench.key(), directories(&bench, &["a", "b"])).unwrap();
    assert_eq!(holder(&engine, &patient).erase(&patient).unwrap().len(), 2);
    assert_eq!(engine.stats().unwrap().sinks[0].id.as_deref(), Some(id));
    engine.close().unwrap();
    let engine = Engine::open(&store, bench.key(), directories(&bench, &["a"])).unwrap();
    assert_eq!(engine.rotate_root().unwrap_err().code(), Code::Sink);
    engine.close().unwrap();
    let waiving = |sink: &str| {
        let mut options = directories(&bench, &["b"]);
        let sinks = std::mem::take(&mut options.sinks);
        if let Sinks::To(sinks) = sinks {
            let (sink, why) = (Some(sink.to_owned()), "burnt".to_owned());
            options.sinks = Sinks::Except(sinks, vec![Waiver { sink, why }]);
        }
        Engine::open(&store, bench.key(), options).unwrap()
    };
    let engine = waiving("another");
    assert_eq!(engine.rotate_root().unwrap_err().code(), Code::Sink);
    engine.close().unwrap();
    let engine = waiving(id);
    let held = engine.rotate_root().unwrap().sinks;
    assert_eq!(held, "held by sink 1 (directory); another waived (burnt)");
    engine.close().unwrap();
    // It is forgotten from then on.
    let engine = Engine::open(&store, bench.key(), directories(&bench, &["b"])).unwrap();
    assert_eq!(
        engine.rotate_root().unwrap().sinks,
        "held by sink 1 (directory)"
    );
    engine.close().unwrap();
}

/// A sink that is unmounted while the engine runs is found out before a root goes.
#[test]
fn a_sink_that_is_unmounted_meanwhile_withholds_the_receipt() {
    let (bench, patient) = remembering();
    let store = bench.root.join("store");
    let engine = Engine::open(&store, bench.key(), directories(&bench, &["a"])).unwrap();
    engine.settle().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !engine.stats().unwrap().sinks[0].level {
        assert!(Instant::now() < until);
        std::thread::park_timeout(Duration::from_millis(10));
    }
    std::fs::rename(bench.root.join("a"), bench.root.join("away")).unwrap();
    std::fs::create_dir(bench.root.join("a")).unwrap();
    let told = holder(&engine, &patient).erase(&patient).unwrap_err();
    assert_eq!(told.code(), Code::Sink, "{told}");
    assert!(engine.finish_erasures().is_err());
    assert_eq!(active(&bench), 1);
    std::fs::remove_dir_all(bench.root.join("a")).unwrap();
    std::fs::rename(bench.root.join("away"), bench.root.join("a")).unwrap();
    engine.finish_erasures().unwrap();
    assert!(active(&bench) > 1);
    engine.close().unwrap();
}

#[test]
fn a_sink_given_twice_or_inside_the_store_is_refused() {
    let (bench, _) = remembering();
    let store = bench.root.join("store");
    let link = bench.root.join("link");
    std::os::unix::fs::symlink(bench.root.join("a"), &link).unwrap();
    for (named, words) in [
        (["a", "link"], "named twice"),
        (["a", "store"], "own directory"),
        (["a", "store/sink"], "inside it"),
        (["a", "store/../store/x"], "inside it"),
    ] {
        let told = Engine::open(&store, bench.key(), directories(&bench, &named)).err();
        let told = told.unwrap();
        assert_eq!(told.code(), Code::Invalid, "{told}");
        assert!(told.message().contains(words), "{told}");
    }
    // A copy of a sink is not another one.
    std::fs::create_dir(bench.root.join("copy")).unwrap();
    crate::bench::copy_all(&bench.root.join("a"), &bench.root.join("copy"));
    let engine = Engine::open(&store, bench.key(), directories(&bench, &["a", "copy"])).unwrap();
    let told = engine.rotate_root().unwrap_err();
    assert!(told.message().contains("copy of another"), "{told}");
    let _ = engine.close();
}

/// A sink that is ahead of the store, or holds another line of it, is left as it is.
#[test]
fn a_sink_that_is_ahead_or_of_another_line_is_left_alone() {
    let (bench, _) = remembering();
    let store = bench.root.join("store");
    let older = bench.crashed();
    let engine = Engine::open(&store, bench.key(), directories(&bench, &["a"])).unwrap();
    fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 5);
    engine.close().unwrap();
    let held = names(&bench.root.join("a"));
    let ours = older.root.join("store");
    for (rank, words) in [(None, "holds commits up to"), (Some(6), "another line")] {
        if let Some(rank) = rank {
            let mut options = directories(&older, &["a"]);
            options.ground = liasse::Ground::TakeOver;
            let engine = Engine::open(&ours, older.key(), options).unwrap();
            for rank in rank..rank + 3 {
                fill(
                    &session(&engine, ("doctor", "medecin"), Purpose::Care),
                    rank,
                );
            }
            engine.close().unwrap();
        }
        let mut options = Options::default();
        let sink = DirectorySink::new(&bench.root.join("a"));
        options.sinks = Sinks::To(vec![Arc::new(sink)]);
        options.ground = liasse::Ground::TakeOver;
        let engine = Engine::open(&ours, older.key(), options).unwrap();
        let told = engine.rotate_root().unwrap_err();
        assert_eq!(told.code(), Code::Sink, "{told}");
        assert!(told.message().contains(words), "{told}");
        let _ = engine.close();
        assert_eq!(names(&bench.root.join("a")), held);
    }
}

/// What a sink holds from before a root was destroyed leaves it: at the next open, or when its
/// time has passed.
#[test]
fn what_is_from_before_a_rotation_leaves_the_sink_in_time() {
    let (bench, shelf, engine, gone, stays) = shelved();
    let rolls = || {
        let mut names = shelf.list().unwrap();
        names.retain(|name| name != "SINK");
        names
    };
    let before = rolls();
    holder(&engine, &gone).erase(&gone).unwrap();
    engine.close().unwrap();
    let held = |names: &[String]| names.iter().any(|name| before.contains(name));
    assert!(held(&shelf.list().unwrap()));
    let store = bench.root.join("store");
    let engine = Engine::open(&store, bench.key(), on_shelf(&shelf)).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let left = |names: &dyn Fn() -> bool| {
        while !names() {
            assert!(Instant::now() < until, "{:?}", shelf.list().unwrap());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    };
    left(&|| !held(&shelf.list().unwrap()));
    engine.close().unwrap();
    let newer = rolls();
    let mut options = on_shelf(&shelf);
    options.sink_keep = Duration::ZERO;
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    holder(&engine, &stays).erase(&stays).unwrap();
    left(&|| {
        shelf
            .list()
            .unwrap()
            .iter()
            .all(|name| !newer.contains(name))
    });
    engine.close().unwrap();
}

/// A sink into which nothing can be put without another commit coming meanwhile.
struct Chased {
    inner: DirectorySink,
    puts: AtomicUsize,
    chase: Mutex<Option<std::sync::mpsc::Sender<std::sync::mpsc::Sender<()>>>>,
}

impl Sink for Chased {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn place(&self) -> String {
        self.inner.place()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }
    fn put(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()> {
        self.inner.put(name, bytes)?;
        let chase = self.chase.lock().unwrap().clone();
        if let Some(chase) = chase
            && self.puts.fetch_add(1, Ordering::SeqCst) < PUTS_MAX
        {
            let (done, told) = std::sync::mpsc::channel();
            let _ = chase.send(done);
            let _ = told.recv_timeout(Duration::from_secs(5));
        }
        Ok(())
    }
    fn get(&self, name: &str) -> io::Result<Box<dyn Read>> {
        self.inner.get(name)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }
}

const PUTS_MAX: usize = 40;

/// What is committed while an erasure waits for a sink is not waited for.
#[test]
fn an_erasure_ends_while_deposits_go_on_coming() {
    let bench = Bench::new();
    let sink = Arc::new(Chased {
        inner: DirectorySink::new(&bench.root.join("sink")),
        puts: AtomicUsize::new(0),
        chase: Mutex::default(),
    });
    let mut options = Options::default();
    options.sinks = Sinks::To(vec![Arc::clone(&sink) as Arc<dyn Sink>]);
    let engine = Engine::create(&bench.root.join("store"), bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    engine.settle().unwrap();
    let (chase, chased) = std::sync::mpsc::channel::<std::sync::mpsc::Sender<()>>();
    std::thread::scope(|scope| {
        let engine = &engine;
        scope.spawn(move || {
            let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
            for (number, done) in chased.into_iter().enumerate() {
                deposit(&doctor, &paper(1, &number.to_string(), "encore", ""));
                let _ = done.send(());
            }
        });
        *sink.chase.lock().unwrap() = Some(chase);
        assert_eq!(holder(engine, &gone).erase(&gone).unwrap().len(), 2);
        let puts = sink.puts.load(Ordering::SeqCst);
        *sink.chase.lock().unwrap() = None;
        assert!(puts < PUTS_MAX / 2, "it ended behind {puts} puts");
    });
    drop(doctor);
    engine.close().unwrap();
}
