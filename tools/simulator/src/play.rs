//! A simulated store in use: an engine over the faulty disk, its key store, and the acts done.
//!
//! For: doing acts and remembering what must be true after each. Not for: crashing.
//! Invariants: one thread drives, and waits after each act until the engine is at rest, so that
//! a seed gives the same events every time; the clock stands still between acts.

use crate::act::{Act, form, matricules};
use crate::disk::Folder;
use crate::keys::{Ring, Roots};
use crate::look::{holder, request};
use crate::model::Model;
use base::disk::{FaultPlan, FaultyDisk};
use base::{Bug, Clock, FixedClock, Instant, Purpose, SeededEntropy};
use liasse::{
    Deposit, Deposited, Engine, Error, FlagChange, Flags, Grant, Matricule, Options, Party,
    SearchRequest, Statuses, StoreOptions,
};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::StoreError;

/// A store in use.
pub(crate) struct Play {
    pub(crate) disk: FaultyDisk,
    pub(crate) roots: Roots,
    pub(crate) folder: Folder,
    pub(crate) model: Model,
    engine: Option<Engine>,
    clock: Arc<FixedClock>,
    seed: u64,
    opened: u64,
}

/// How the root key of a played store is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// In a KMS of its own.
    Ring,
    /// In a key file on the same disk.
    File,
}

impl Play {
    /// An empty disk with a key store, recording from here on.
    pub(crate) fn prepare(seed: u64, keeping: Keeping) -> Result<Self, Error> {
        let disk = FaultyDisk::new();
        let roots = match keeping {
            Keeping::Ring => Roots::Ring(Arc::new(Ring::new(&disk, seed)?)),
            Keeping::File => Roots::file(&disk, seed)?,
        };
        let play = Self::found(&disk, roots, seed)?;
        disk.start_recording();
        Ok(play)
    }

    /// A new store.
    pub(crate) fn create(seed: u64, keeping: Keeping) -> Result<Self, Error> {
        let mut play = Self::prepare(seed, keeping)?;
        play.make()?;
        Ok(play)
    }

    /// The store that a power cut or a restart left on `disk`, not opened yet.
    pub(crate) fn found(disk: &FaultyDisk, roots: Roots, seed: u64) -> Result<Self, Error> {
        let folder = Folder::new(disk, STORE).map_err(StoreError::from)?;
        Ok(Self {
            disk: disk.clone(),
            roots,
            folder,
            model: Model::default(),
            engine: None,
            clock: Arc::new(FixedClock::new(NOW)),
            seed,
            opened: 0,
        })
    }

    /// Makes the store.
    pub(crate) fn make(&mut self) -> Result<(), Error> {
        let disk = Arc::new(self.folder.clone());
        let engine = Engine::create_on(disk, self.roots.root()?, self.options())?;
        engine.settle()?;
        self.engine = Some(engine);
        Ok(())
    }

    /// Opens the store.
    pub(crate) fn open(&mut self) -> Result<&Engine, Error> {
        let disk = Arc::new(self.folder.clone());
        let engine = Engine::open_on(disk, self.roots.root()?, self.options())?;
        engine.settle()?;
        Ok(self.engine.insert(engine))
    }

    /// The open engine.
    pub(crate) fn engine(&self) -> Result<&Engine, Error> {
        let engine = self.engine.as_ref();
        engine.ok_or_else(|| Bug::new("the played store is open").into())
    }

    /// Does an act; the model follows when it succeeds.
    pub(crate) fn act(&mut self, act: &Act) -> Result<(), Error> {
        let mut after = self.model.after(act);
        self.clock.set(self.clock.now().plus_days(1));
        if matches!(act, Act::Reopen) {
            self.close()?;
            self.open()?;
        } else {
            let engine = self.engine()?;
            if let Some(deposited) = perform(engine, act)? {
                after.learn(act.patient(), &deposited);
            }
            engine.settle()?;
        }
        after.entries = self.engine()?.stats()?.entries;
        self.model = after;
        Ok(())
    }

    /// Ends the process without another write.
    pub(crate) fn kill(&mut self) {
        let plan = FaultPlan {
            dead: true,
            ..FaultPlan::default()
        };
        self.disk.set_plan(plan);
        self.engine = None;
        self.disk.set_plan(FaultPlan::default());
    }

    /// Records anew from here on.
    pub(crate) fn restart_recording(&self) {
        self.disk.start_recording();
        self.roots.restart();
    }

    /// Closes the store.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.engine.take().map_or(Ok(()), Engine::close)
    }

    fn options(&mut self) -> Options {
        self.opened += 1;
        let mut store = StoreOptions::default();
        store.cache_bytes = 4 << 20;
        store.reserve_bytes = 0;
        store.segment_bytes_max = 20_000;
        let mut options = Options::default();
        options.clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        options.entropy = Arc::new(SeededEntropy::new(self.seed.rotate_left(17) ^ self.opened));
        options.store = store;
        options.index_tail_documents_max = 3;
        // Traces are committed with the next act, or when the engine is asked to settle.
        options.trace_gather = Duration::from_secs(3600);
        options
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks the engine to do it.
fn perform(engine: &Engine, act: &Act) -> Result<Option<Deposited>, Error> {
    let matricule = &patients()[act.patient()];
    let as_holder = || engine.session(holder(matricule));
    let doctor = || engine.session(request("doctor", Purpose::Care));
    let deposit = |bytes: Vec<u8>| doctor()?.deposit(&Deposit::new(&bytes).opening()).map(Some);
    match act {
        Act::Deposit { patient, number } => deposit(form(*patient, *number, None)),
        Act::Replace {
            patient,
            old,
            number,
        } => deposit(form(*patient, *number, Some(*old))),
        Act::Mask { number, .. } | Act::Unmask { number, .. } => {
            let own = as_holder()?;
            let listed = own.entries(matricule, Statuses::All)?;
            let wanted = crate::act::unique_id(*number);
            let entry = listed.iter().find(|entry| entry.unique_id == wanted);
            let document = entry
                .ok_or(Bug::new("the model knows the document"))?
                .document;
            let (set, clear) = if matches!(act, Act::Mask { .. }) {
                (Flags::MASQUE_PS, Flags::NONE)
            } else {
                (Flags::NONE, Flags::MASQUE_PS)
            };
            let change = FlagChange { set, clear };
            own.set_flags(document, change).map(|_| None)
        }
        Act::Share { .. } => {
            let party = Party::Actor("colleague".to_owned());
            let until = Instant::MAX;
            let grant = Grant::Authorise { party, until };
            as_holder()?.grant(matricule, grant).map(|()| None)
        }
        Act::Glass { .. } => {
            let rescuer = engine.session(request("rescuer", Purpose::EmergencyBtg))?;
            rescuer.break_glass(matricule, "unconscious").map(|_| None)
        }
        Act::Read { .. } => {
            let request = SearchRequest::new("mot").of(matricule.clone());
            doctor()?.search(&request).map(|_| None)
        }
        Act::Erase { .. } => as_holder()?.erase(matricule).map(|_| None),
        Act::Reopen => Ok(None),
    }
}

/// The matricules of all patients.
pub(crate) fn patients() -> &'static [Matricule] {
    static PATIENTS: OnceLock<Vec<Matricule>> = OnceLock::new();
    PATIENTS.get_or_init(|| matricules().unwrap_or_default())
}

/// The folder of the store on the faulty disk.
pub(crate) const STORE: &str = "store";
const NOW: Instant = Instant::from_millis(1_800_000_000_000);
