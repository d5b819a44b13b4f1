//! What erasing keys costs over a real catalog: the key tree's rows in redb, roots in a key file.
//!
//! `cargo bench -p liasse-store --bench erase -- --quick`. A million patients, one of each 64
//! forgotten before, so that every node on every path is a row. Each erasure stages a root, writes
//! and commits the new paths, activates the root and destroys the older one, as one does before
//! receipt 1. Beside it stands what the disk costs: most of it is waiting for syncs.
//! Not for: what else an erasure rewrites (heads, units, the index). Invariant: what is measured
//! is checked once before it is measured.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use base::{Instant, OsEntropy, StoreId};
use criterion::{Criterion, Throughput};
use std::cell::Cell;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{Catalog, Options, Spending};
use vault::{Finished, Grove, KeyFile, KeyTree, Kms, Slot};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
        .sample_size(10)
        .configure_from_args();
    let folder = Folder::new();
    let mut ground = Ground::make(&folder.0);
    let mut group = criterion.benchmark_group("erase/1 M patients, every node a row, redb");
    group.bench_function("look-up, cold: a patient not seen of late", |bench| {
        let snapshot = ground.catalog.snapshot().expect("a snapshot");
        bench.iter(|| {
            let key = ground.tree.dossier_key(&*snapshot, ground.next());
            black_box(key.expect("a key"));
        });
    });
    for count in [1, 100, 1_000] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("{count} at once"), |bench| {
            bench.iter(|| {
                let slots: Vec<_> = (0..count).map(|_| ground.next()).collect();
                ground.erase(&slots);
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("rotate the root", |bench| {
        bench.iter(|| ground.erase(&[]));
    });
    let file = File::create_new(folder.0.join("limit")).expect("a file");
    group.bench_function("limit: write 16 KiB, fdatasync", |bench| {
        bench.iter(|| {
            file.write_all_at(&[0x5a; 16 << 10], 0).expect("written");
            file.sync_data().expect("synced");
        });
    });
    group.finish();
    criterion.final_summary();
}

/// A catalog, its key tree and its key file.
struct Ground {
    catalog: Catalog,
    kms: KeyFile,
    tree: Arc<KeyTree>,
    state: Cell<u32>,
}

impl Ground {
    fn make(folder: &Path) -> Self {
        let kms = KeyFile::create(&folder.join("key"), &OsEntropy).expect("a key file");
        let catalog = Catalog::create(&folder.join("store"), STORE, NOW, Options::default());
        let catalog = catalog.expect("a catalog");
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).expect("begun");
        let tree = KeyTree::create(&mut transaction, &kms, STORE, &OsEntropy).expect("a tree");
        transaction.commit().expect("committed");
        let mut ground = Self {
            catalog,
            kms,
            tree,
            state: Cell::new(1),
        };
        let one_each: Vec<_> = (0..PATIENTS).step_by(64).map(slot).collect();
        ground.erase(&one_each);
        let snapshot = ground.catalog.snapshot().expect("a snapshot");
        let rows = ground.tree.verify(&*snapshot).expect("the tree is whole");
        assert!(rows > one_each.len() as u64, "every node has a row");
        println!("{rows} rows, epoch {}", ground.tree.epoch());
        ground
    }

    /// Forgets these patients: stage, replace and commit, activate, destroy.
    fn erase(&mut self, slots: &[Slot]) {
        let slots: Vec<_> = slots.iter().map(|slot| (Grove::Dossier, *slot)).collect();
        let stage = self.tree.stage(&self.kms, &OsEntropy).expect("staged");
        let mut transaction = self.catalog.begin(Spending::Ordinary, NOW).expect("begun");
        let rotation = stage
            .replace(&mut transaction, &slots, &self.kms, &OsEntropy)
            .expect("replaced");
        transaction.commit().expect("committed");
        self.tree = Arc::clone(rotation.tree());
        let snapshot = self.catalog.snapshot().expect("a snapshot");
        let retiring = rotation.activate(&*snapshot, &self.kms);
        let finished = retiring
            .ok()
            .expect("activated")
            .destroy(&self.kms, &OsEntropy);
        match finished.ok().expect("destroyed") {
            Finished::Forgotten(forgotten) => assert_eq!(forgotten.kind(), self.kms.kind()),
            Finished::RotateAgain(_) => unreachable!("no attempt failed here"),
        }
    }

    /// Another patient, far from the last.
    fn next(&self) -> Slot {
        let state = self.state.get();
        let state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        self.state.set(state);
        let scaled = (u64::from(state) * u64::from(PATIENTS)) >> 32;
        slot(u32::try_from(scaled).expect("below the patients"))
    }
}

fn slot(number: u32) -> Slot {
    Slot::new(number).expect("a grove has 134 million leaves")
}

/// A folder below cargo's, removed with all it holds: the memory file systems that a temporary
/// folder may lie in do not sync.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let own = format!("liasse-bench-erase-{}", std::process::id());
        let path = match std::env::var_os("LIASSE_BENCH_FOLDER") {
            Some(parent) => PathBuf::from(parent).join(own),
            None => PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(own),
        };
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const STORE: StoreId = StoreId::from_bytes([7; 16]);
const NOW: Instant = Instant::from_millis(1_700_000_000_000);
const PATIENTS: u32 = 1_000_000;
