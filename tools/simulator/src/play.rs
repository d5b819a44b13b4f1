//! A simulated store in use: an engine over the faulty disk, its key store, and the acts done.
//!
//! For: doing acts and remembering what must be true after each. Not for: crashing.
//! Invariants: one thread drives, and waits after each act until the engine is at rest, so that
//! a seed gives the same events every time; the clock stands still between acts.

use crate::act::{Act, Manner, form, matricules};
use crate::disk::{BESIDE, Folder, LOCKED};
use crate::keys::{Ring, Roots};
use crate::look::{holder, request};
use crate::model::Model;
use base::disk::{FaultPlan, FaultyDisk};
use base::{Bug, Clock, FixedClock, Instant, Purpose, SeededEntropy};
use liasse::{
    Code, Deposit, Deposited, DirectorySink, Disk, DocumentId, Engine, Erasure, Error, FlagChange,
    Flags, Grant, Ground, Matricule, Options, Party, SearchRequest, Session, Sink, Sinks, Statuses,
    StoreOptions, Target,
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
    /// Documents in the index's tail above which it writes a segment.
    pub(crate) tail_documents_max: usize,
    sinks: bool,
    engine: Option<Engine>,
    clock: Arc<FixedClock>,
    seed: u64,
    opened: u64,
    /// On what ground it is opened.
    pub(crate) ground: Ground,
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
    pub(crate) fn prepare(seed: u64, manner: Manner) -> Result<Self, Error> {
        let disk = FaultyDisk::new();
        let roots = match manner.keeping {
            Keeping::Ring => Roots::Ring(Arc::new(Ring::new(&disk, seed)?)),
            Keeping::File => Roots::file(&disk, seed)?,
        };
        if manner.sinks {
            Folder::new(&disk, SINK).map_err(StoreError::from)?;
        }
        let marks = [(manner.beside, BESIDE), (manner.locked, LOCKED)];
        for (_, mark) in marks.iter().filter(|(marked, _)| *marked) {
            Folder::new(&disk, mark).map_err(StoreError::from)?;
        }
        let play = Self::found(&disk, roots, seed)?;
        disk.start_recording();
        Ok(play)
    }

    /// A new store.
    pub(crate) fn create(seed: u64, manner: Manner) -> Result<Self, Error> {
        let mut play = Self::prepare(seed, manner)?;
        play.make()?;
        Ok(play)
    }

    /// The store that a power cut or a restart left on `disk`, not opened yet; with the sink
    /// that lies there.
    pub(crate) fn found(disk: &FaultyDisk, roots: Roots, seed: u64) -> Result<Self, Error> {
        Self::found_in(disk, STORE, roots, seed)
    }

    /// The same for a store in another folder.
    pub(crate) fn found_in(
        disk: &FaultyDisk,
        folder: &'static str,
        roots: Roots,
        seed: u64,
    ) -> Result<Self, Error> {
        let folder = Folder::new(disk, folder).map_err(StoreError::from)?;
        let there = disk.list("").map_err(StoreError::from)?;
        // The file that is locked is another each time, as if the store had been moved.
        let ground = if folder.is_locked() {
            Ground::TakeOver
        } else {
            Ground::default()
        };
        Ok(Self {
            tail_documents_max: TAIL_DOCUMENTS_MAX,
            sinks: there.iter().any(|name| name == SINK),
            disk: disk.clone(),
            roots,
            folder,
            model: Model::default(),
            engine: None,
            clock: Arc::new(FixedClock::new(NOW)),
            seed,
            opened: 0,
            ground,
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
            let deposited = self.perform(engine, act)?;
            after.learn(act, &deposited);
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

    /// What the next engine is opened with.
    pub(crate) fn options(&mut self) -> Options {
        self.opened += 1;
        let mut store = StoreOptions::default();
        store.cache_bytes = 4 << 20;
        store.reserve_bytes = 0;
        store.segment_bytes_max = 10_000;
        let mut options = Options::default();
        options.clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        options.entropy = Arc::new(SeededEntropy::new(self.seed.rotate_left(17) ^ self.opened));
        options.store = store;
        options.index_tail_documents_max = self.tail_documents_max;
        options.ground = self.ground;
        if self.sinks {
            options.sinks = sinks(&self.disk);
        }
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

impl Play {
    /// Asks the engine to do it; what was deposited.
    fn perform(&self, engine: &Engine, act: &Act) -> Result<Vec<Deposited>, Error> {
        let matricule = &patients()[act.patient()];
        let as_holder = || engine.session(holder(matricule));
        let doctor = || engine.session(request("doctor", Purpose::Care));
        match act {
            Act::Deposit { .. } | Act::Replace { .. } | Act::Submit { .. } | Act::Crowd { .. } => {
                return deposit(&doctor()?, act);
            }
            Act::Mask { number, .. } => change(engine, matricule, *number, masking(Way::On))?,
            Act::Unmask { number, .. } => change(engine, matricule, *number, masking(Way::Off))?,
            Act::Share { .. } => {
                let party = Party::Actor("colleague".to_owned());
                let until = Instant::MAX;
                as_holder()?.grant(matricule, Grant::Authorise { party, until })?;
            }
            Act::Glass { .. } => {
                let rescuer = engine.session(request("rescuer", Purpose::EmergencyBtg))?;
                rescuer.break_glass(matricule, "unconscious")?;
            }
            Act::Read { .. } => {
                let request = SearchRequest::new("mot").of(matricule.clone());
                doctor()?.search(&request)?;
            }
            Act::Erase { .. } => drop(as_holder()?.erase(matricule)?),
            Act::EraseDocument { number, .. } => {
                let own = as_holder()?;
                let document = find(&own, matricule, *number)?;
                own.erase_document(document)?;
            }
            Act::EraseBatch { other, number, .. } => {
                let other = &patients()[*other];
                let (own, theirs) = (as_holder()?, engine.session(holder(other))?);
                let document = find(&theirs, other, *number)?;
                let asked = [
                    (&own, Target::Dossier(matricule.clone())),
                    (&theirs, Target::Document(document)),
                ];
                let asked = asked.map(|(session, target)| Erasure { session, target });
                for outcome in engine.erase(&asked)? {
                    outcome?;
                }
            }
            Act::Rotate => drop(engine.rotate_root()?),
            Act::Compact => match engine.compact(0) {
                // A sink that is given a snapshot just now keeps what was emptied.
                Err(error) if error.code() == Code::Busy => {}
                compacted => drop(compacted?),
            },
            Act::Backup => {
                let target = Folder::new(&self.disk, BACKUP).map_err(StoreError::from)?;
                let mut backup = engine.begin_backup_on(Arc::new(target))?;
                while !backup.step(BACKUP_STEP_BYTES)?.done {}
            }
            Act::Reopen => {}
        }
        Ok(Vec::new())
    }
}

fn deposit(doctor: &Session, act: &Act) -> Result<Vec<Deposited>, Error> {
    let replaced = if let Act::Replace { old, .. } = act {
        Some(*old)
    } else {
        None
    };
    let numbers = act.deposits().into_iter();
    let forms: Vec<_> = numbers
        .map(|number| form(act.patient(), number, replaced))
        .collect();
    let deposits: Vec<_> = forms
        .iter()
        .map(|form| Deposit::new(form).opening())
        .collect();
    if matches!(act, Act::Submit { .. }) {
        return doctor.deposit_set(&deposits);
    }
    let tickets = deposits.iter().map(|it| doctor.begin_deposit(it));
    let tickets = tickets.collect::<Result<Vec<_>, _>>()?;
    // Every answer is waited for, also behind one that failed.
    let answers: Vec<_> = tickets.into_iter().map(liasse::Ticket::wait).collect();
    answers.into_iter().collect()
}

enum Way {
    On,
    Off,
}

fn masking(way: Way) -> FlagChange {
    let (set, clear) = match way {
        Way::On => (Flags::MASQUE_PS, Flags::NONE),
        Way::Off => (Flags::NONE, Flags::MASQUE_PS),
    };
    FlagChange { set, clear }
}

fn change(
    engine: &Engine,
    patient: &Matricule,
    number: usize,
    change: FlagChange,
) -> Result<(), Error> {
    let own = engine.session(holder(patient))?;
    let document = find(&own, patient, number)?;
    own.set_flags(document, change).map(drop)
}

/// The document of this number, as its holder sees it.
fn find(own: &Session, patient: &Matricule, number: usize) -> Result<DocumentId, Error> {
    let listed = own.entries(patient, Statuses::All)?;
    let wanted = crate::act::unique_id(number);
    let entry = listed.iter().find(|entry| entry.unique_id == wanted);
    Ok(entry
        .ok_or(Bug::new("the model knows the document"))?
        .document)
}

/// The sink on this disk.
pub(crate) fn sink(disk: &FaultyDisk) -> Result<Arc<dyn Sink>, Error> {
    let folder = Folder::new(disk, SINK).map_err(StoreError::from)?;
    Ok(Arc::new(DirectorySink::on(Arc::new(folder), "the sink")))
}

fn sinks(disk: &FaultyDisk) -> Sinks {
    sink(disk).map_or(Sinks::Unsaid, |sink| Sinks::To(vec![sink]))
}

/// The matricules of all patients.
pub(crate) fn patients() -> &'static [Matricule] {
    static PATIENTS: OnceLock<Vec<Matricule>> = OnceLock::new();
    PATIENTS.get_or_init(|| matricules().unwrap_or_default())
}

/// The folder of the store on the faulty disk.
pub(crate) const STORE: &str = "store";
/// The folder of the catalog's deltas; runs without a sink have none.
const SINK: &str = "sink";
/// The folder of the backup.
pub(crate) const BACKUP: &str = "backup";
const BACKUP_STEP_BYTES: u64 = 8 << 10;
/// So few that segments are written and merged all the time.
const TAIL_DOCUMENTS_MAX: usize = 3;
const NOW: Instant = Instant::from_millis(1_800_000_000_000);
