//! Planted faults: what a simulator must find, or it finds nothing.
//!
//! For: the test of the simulator itself, and `--canary`. The faults are planted from outside,
//! by a disk that lies and by writing a store's rows behind the engine's back; the engine has no
//! code for them.

use crate::explore::Explorer;
use crate::judge::{Closeness, judge};
use crate::model::Model;
use crate::play::Play;
use crate::record::Run;
use crate::report::Report;
use base::disk::{Crash, FaultyDisk};
use base::{DossierNumber, Instant, RowRead, SeededEntropy};
use liasse::RootKey;
use std::str::FromStr;
use std::sync::Arc;
use store::{Catalog, DossierSeal, SealedHead, Spending};
use vault::{KeyTree, Slot};

/// A planted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canary {
    /// The disk says that it synced, and does not.
    CommitWithoutSync,
    /// The sync of the bodies, which runs beside that of the catalog, does nothing.
    BodiesWithoutSync,
    /// A dossier's head is sealed for another dossier.
    HeadOfAnother,
}

impl Canary {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::CommitWithoutSync,
        Self::BodiesWithoutSync,
        Self::HeadOfAnother,
    ];
}

impl FromStr for Canary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "commit-without-sync" => Ok(Self::CommitWithoutSync),
            "bodies-without-sync" => Ok(Self::BodiesWithoutSync),
            "head-of-another" => Ok(Self::HeadOfAnother),
            other => Err(format!(
                "no canary {other}; known: commit-without-sync, bodies-without-sync, \
                 head-of-another"
            )),
        }
    }
}

/// Plants the fault and says what the simulator found of it.
///
/// # Errors
/// When the fault could not be planted.
pub fn find(canary: Canary, seed: u64) -> Result<Report, String> {
    match canary {
        Canary::CommitWithoutSync => without_sync(seed | 1, |play| play.folder.forget_syncs()),
        // A run whose bodies and catalog are synced at once.
        Canary::BodiesWithoutSync => without_sync(seed | 6, |play| play.folder.forget_bodies()),
        Canary::HeadOfAnother => head_of_another(seed),
    }
}

fn without_sync(seed: u64, forget: impl FnOnce(&Play)) -> Result<Report, String> {
    let run = Run::record(seed, CANARY_ACTS, forget)?;
    let mut report = Report::default();
    Explorer::new(&run, &mut report, None).power_cuts();
    Ok(report)
}

fn head_of_another(seed: u64) -> Result<Report, String> {
    let mut run = Run::record(seed | 1, CANARY_ACTS, |_| ())?;
    let events = run.events();
    let (disk, _) = run.disk.after_power_cut(events, Crash::KeepAll);
    let roots = run.roots.at(events, &disk);
    // Open and close once, so that the rows are those of a store at rest.
    let model = run.models.pop().unwrap_or_default();
    let judged = judge(
        &disk,
        roots.clone(),
        std::slice::from_ref(&model),
        Closeness::Looked,
    )?;
    let mut play = judged.play;
    play.close().map_err(|error| error.to_string())?;
    plant(&play)?;
    drop(play);
    let mut report = Report::default();
    let planted = judge_planted(&disk, roots, &model);
    Explorer::new(&run, &mut report, None).judged("a head of another dossier", planted);
    Ok(report)
}

fn judge_planted(
    disk: &FaultyDisk,
    roots: crate::keys::Roots,
    model: &Model,
) -> Result<(), String> {
    judge(disk, roots, std::slice::from_ref(model), Closeness::Looked).map(drop)
}

/// Seals the head of one dossier with the key of another.
fn plant(play: &Play) -> Result<(), String> {
    let told = |error: store::StoreError| error.to_string();
    let catalog = Catalog::open_on(Arc::new(play.folder.clone()), store::Options::default());
    let catalog = catalog.map_err(told)?;
    let RootKey::Kms(kms) = play.roots.root().map_err(|error| error.to_string())? else {
        return Err("the played store has a KMS".to_owned());
    };
    let rows = catalog.snapshot().map_err(told)?;
    let opened = KeyTree::open(&*rows, &*kms, catalog.store());
    let opened = opened.map_err(|error| error.to_string())?;
    let keys = opened.tree();
    let mut transaction = catalog
        .begin(Spending::Reserve, Instant::from_millis(0))
        .map_err(told)?;
    let mut heads = Vec::new();
    for number in 0..transaction.counters().dossiers() {
        let number = DossierNumber::new(number).map_err(|error| error.to_string())?;
        let sealed = SealedHead::read(&transaction as &dyn RowRead, number).map_err(told)?;
        if let Some(sealed) = sealed {
            let slot = Slot::new(sealed.slot()).map_err(|error| error.to_string())?;
            let key = keys.dossier_key(&transaction, slot);
            heads.push((sealed, key.map_err(|error| error.to_string())?));
        }
    }
    let mut heads = heads.into_iter();
    let (Some((one, key)), Some((_, other))) = (heads.next(), heads.next()) else {
        return Err("two dossiers are needed; take another seed".to_owned());
    };
    let store = catalog.store();
    let seal = DossierSeal { store, key: &key };
    let mut head = one.open_for_change(seal).map_err(told)?;
    let wrong = DossierSeal { store, key: &other };
    head.store(&mut transaction, wrong, &SeededEntropy::new(1))
        .map_err(told)?;
    transaction.commit().map_err(told)?;
    catalog.close().map_err(told)
}

const CANARY_ACTS: usize = 8;
