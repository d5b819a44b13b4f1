//! The key tree measured alone: look-ups, erasures, root rotations.
//!
//! `cargo bench -p liasse-vault --bench keys -- --quick` takes two minutes once it is built.
//! Rows lie in a map in memory and roots in a KMS in memory, so that what is measured is the
//! tree's own work: no sync, no catalog. Each tree is in its worst state: something was forgotten
//! below every lowest node, so that every node on every path has a row. `new` is the other end:
//! nothing was ever forgotten. Not for: what an erasure costs a host, which `benches/own` says.
//! Invariant: what is measured is checked once before it is measured.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use base::rows::MapRows;
use base::{Entropy, OsEntropy, StoreId, Table};
use criterion::{BenchmarkId, Criterion, Throughput};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vault::kms::{unwrap_under, wrap_under};
use vault::{
    BodyKey, Destruction, Epoch, Finished, Forgetting, Grove, KeyTree, Kms, KmsError, KmsState,
    Place, Secret, Slot, Staging, Use, Writer,
};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    limit(&mut criterion);
    new(&mut criterion);
    for (name, patients) in [("1 M", 1_000_000), ("40 M", 40_000_000)] {
        worn(&mut criterion, name, &mut Forest::worn(patients));
    }
    criterion.final_summary();
}

/// What the cipher alone costs for as many bytes as a node has, to compare the rest with.
fn limit(criterion: &mut Criterion) {
    let key = BodyKey::random(&OsEntropy).expect("random bytes");
    let plain = [0x5a; 4096];
    let sealed = key.seal_body(&PLACE, &plain, &OsEntropy).expect("sealed");
    let mut group = criterion.benchmark_group("keys/limit");
    group.bench_function("open 4 KiB", |bench| {
        bench.iter(|| key.open_body(&PLACE, black_box(&sealed)).expect("opened"));
    });
    group.bench_function("open nothing", |bench| {
        let sealed = key.seal_body(&PLACE, &[], &OsEntropy).expect("sealed");
        bench.iter(|| key.open_body(&PLACE, black_box(&sealed)).expect("opened"));
    });
    group.finish();
}

/// A tree in which nothing was ever forgotten.
fn new(criterion: &mut Criterion) {
    let mut forest = Forest::new(NATION);
    let mut group = criterion.benchmark_group("keys/new, 68 M patients");
    let slot = forest.next();
    group.bench_function("look-up, cached", |bench| {
        bench.iter(|| forest.look_up(black_box(slot)));
    });
    group.bench_function("look-up, cold", |bench| {
        bench.iter(|| forest.look_up(forest.next()));
    });
    group.bench_function("rotate the root", |bench| bench.iter(|| forest.erase(&[])));
    group.finish();
}

/// A tree in which something was forgotten below every lowest node.
fn worn(criterion: &mut Criterion, name: &str, forest: &mut Forest) {
    let mut group = criterion.benchmark_group(format!("keys/{name} patients, every node a row"));
    let slot = forest.next();
    group.bench_function("look-up, cached", |bench| {
        bench.iter(|| forest.look_up(black_box(slot)));
    });
    group.bench_function("look-up, cold: a patient not seen of late", |bench| {
        bench.iter(|| forest.look_up(forest.next()));
    });
    group.bench_function("look-up, cold: nothing cached", |bench| {
        bench.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            for _ in 0..count {
                forest.tree.purge();
                let slot = forest.next();
                let start = std::time::Instant::now();
                forest.look_up(slot);
                spent += start.elapsed();
            }
            spent
        });
    });
    for count in [1, 1_000] {
        group.throughput(Throughput::Elements(count));
        let erase = BenchmarkId::new("erase", format!("{count} at once"));
        group.bench_function(erase, |bench| {
            bench.iter(|| {
                let slots: Vec<_> = (0..count).map(|_| forest.next()).collect();
                forest.erase(&slots);
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("rotate the root", |bench| bench.iter(|| forest.erase(&[])));
    group.finish();
    println!("after {}", forest.describe());
}

/// A tree, its rows and its KMS.
struct Forest {
    rows: MapRows,
    kms: Roots,
    tree: Arc<KeyTree>,
    patients: u32,
    state: Cell<u32>,
}

impl Forest {
    fn new(patients: u32) -> Self {
        let mut rows = MapRows::new();
        let kms = Roots::default();
        let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy).expect("a tree is planted");
        Self {
            rows,
            kms,
            tree,
            patients,
            state: Cell::new(1),
        }
    }

    /// A tree in which one patient of each lowest node was forgotten.
    fn worn(patients: u32) -> Self {
        let mut forest = Self::new(patients);
        let one_each: Vec<_> = (0..patients).step_by(LOWEST_CHILDREN).map(slot).collect();
        forest.erase(&one_each);
        let kept = forest.tree.verify(&forest.rows).expect("the tree is whole");
        assert!(kept > one_each.len() as u64, "every node has a row");
        println!("before {}", forest.describe());
        forest
    }

    /// Forgets these patients: stage, replace, activate, destroy.
    fn erase(&mut self, slots: &[Slot]) {
        let slots: Vec<_> = slots.iter().map(|slot| (Grove::Dossier, *slot)).collect();
        let stage = self.tree.stage(&self.kms, &OsEntropy).expect("staged");
        let rotation = stage
            .replace(&mut self.rows, &slots, &self.kms, &OsEntropy)
            .expect("replaced");
        self.tree = Arc::clone(rotation.tree());
        let retiring = rotation.activate(&self.rows, &self.kms);
        let retiring = retiring.ok().expect("activated");
        let finished = retiring.destroy(&self.kms, &OsEntropy);
        match finished.ok().expect("destroyed") {
            Finished::Forgotten(_) => {}
            Finished::RotateAgain(_) => unreachable!("no attempt failed here"),
        }
    }

    fn look_up(&self, slot: Slot) {
        black_box(self.tree.dossier_key(&self.rows, slot).expect("a key"));
    }

    /// Another patient, far from the last.
    fn next(&self) -> Slot {
        let state = self
            .state
            .get()
            .wrapping_mul(747_796_405)
            .wrapping_add(2_891_336_453);
        self.state.set(state);
        let scaled = (u64::from(state) * u64::from(self.patients)) >> 32;
        slot(u32::try_from(scaled).expect("below the patients"))
    }

    fn describe(&self) -> String {
        let kept = self.tree.verify(&self.rows).expect("the tree is whole");
        let (bytes, locked) = self.tree.cache_bytes();
        format!("{kept} rows; cache {bytes} bytes, {locked} of them locked")
    }
}

/// Root keys in memory.
#[derive(Default)]
struct Roots(Mutex<Held>);

#[derive(Default)]
struct Held {
    active: u64,
    roots: BTreeMap<Epoch, Secret>,
    writer: Option<Writer>,
}

impl Roots {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kms for Roots {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::Never
    }

    fn load(&self, _: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        let mut held = self.held();
        if purpose == Use::Create {
            held.active = 1;
            held.roots.insert(Epoch::FIRST, Secret::random(&OsEntropy)?);
        }
        let active = Epoch::new(held.active);
        let retired = held.roots.range(..active).map(|(epoch, _)| *epoch);
        Ok(KmsState {
            writer: held.writer.unwrap_or(Writer::NOBODY),
            active,
            next_staged: held.roots.contains_key(&active.next()),
            retired: retired.collect(),
        })
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        let mut held = self.held();
        if held.writer.unwrap_or(Writer::NOBODY) != from {
            return Err(KmsError::OtherWriter);
        }
        held.writer = Some(to);
        Ok(())
    }

    fn stage(&self, _: Writer, next: Epoch, entropy: &dyn Entropy) -> Result<Staging, KmsError> {
        self.held().roots.insert(next, Secret::random(entropy)?);
        Ok(Staging::Fresh)
    }

    fn activate(&self, _: Writer, next: Epoch) -> Result<(), KmsError> {
        self.held().active = next.number();
        Ok(())
    }

    fn destroy(&self, _: Writer, epoch: Epoch, _: &dyn Entropy) -> Result<Destruction, KmsError> {
        self.held().roots.remove(&epoch);
        Ok(Destruction::Done)
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        let held = self.held();
        let root = held.roots.get(&epoch).ok_or(KmsError::NoRoot { epoch })?;
        wrap_under(root, epoch, context, secret, entropy)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        let held = self.held();
        let root = held.roots.get(&epoch).ok_or(KmsError::NoRoot { epoch })?;
        unwrap_under(root, epoch, context, wrapped)
    }
}

fn slot(number: u32) -> Slot {
    Slot::new(number).expect("a grove has 134 million leaves")
}

const STORE: StoreId = StoreId::from_bytes([7; 16]);
const PLACE: Place<'static> = Place {
    store: STORE,
    table: Table::new("bench"),
    row: b"bench",
    version: 1,
    codec: 0,
    dictionary: 0,
};
const NATION: u32 = 68_000_000;
/// Leaves below a lowest node.
const LOWEST_CHILDREN: usize = 64;
