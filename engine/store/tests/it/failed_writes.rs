//! Proves that a write or sync that fails gives a certain answer or poisons, and that what was
//! acknowledged survives a restart with the page cache still warm and a power cut after it.

use crate::rounds;
use crate::world::{Model, NOW, World, options};
use base::Ordinal;
use base::disk::{Crash, FaultPlan, FaultyDisk};
use std::sync::Arc;
use store::{Catalog, Packing, SealedBody, Spending, StoreError};

#[derive(Clone, Copy, Debug)]
enum Fault {
    Sync,
    SyncFull,
    Full,
    Broken,
}

impl Fault {
    fn plan(self, at: u64) -> FaultPlan {
        let mut plan = FaultPlan::default();
        match self {
            Self::Sync => plan.sync_fails_at = Some(at),
            Self::SyncFull => plan.sync_full_at = Some(at),
            Self::Full => plan.full_at = Some(at),
            Self::Broken => plan.broken_at = Some(at),
        }
        plan
    }
}

/// Works until the fault strikes; returns the acknowledged model and the one that was refused.
fn work_until_fault(world: &mut World, catalog: &Catalog, fault: Fault) -> Option<(Model, Model)> {
    let mut acknowledged = Model::default();
    for _ in 0..8 {
        let mut next = acknowledged.clone();
        let outcome = catalog
            .begin(Spending::Ordinary, NOW)
            .and_then(|mut transaction| {
                world.change(&mut transaction, &mut next)?;
                transaction.commit()
            });
        match outcome {
            Ok(_) => acknowledged = next,
            Err(error) => {
                if matches!(fault, Fault::Full) {
                    assert_eq!(error, StoreError::Full);
                    assert!(!catalog.is_poisoned(), "a full disk does not poison");
                    assert_eq!(world.compare(catalog, &acknowledged), []);
                }
                return Some((acknowledged, next));
            }
        }
    }
    None
}

/// One of the two models is what the store holds.
fn settled(world: &World, catalog: &Catalog, either: &(Model, Model)) -> Option<Model> {
    [&either.0, &either.1]
        .into_iter()
        .find(|model| world.compare(catalog, model).is_empty())
        .cloned()
}

fn strike(fault: Fault, at: u64) -> bool {
    let disk = FaultyDisk::new();
    let (mut world, catalog) = World::create(&disk, at);
    disk.start_recording();
    disk.set_plan(fault.plan(at));
    let Some(mut either) = work_until_fault(&mut world, &catalog, fault) else {
        return false;
    };
    disk.set_plan(FaultPlan::default());
    if matches!(fault, Fault::Full) {
        either.1 = either.0.clone();
    } else if catalog.is_poisoned() {
        let refused = catalog.begin(Spending::Reserve, NOW).map(drop);
        assert_eq!(refused, Err(StoreError::Poisoned));
        drop(catalog);
        work_on(&world, &disk, &either, fault, at, None);
        return true;
    }
    work_on(&world, &disk, &either, fault, at, Some(catalog));
    true
}

/// Commits once more, in the same process or after a restart, and cuts the power.
fn work_on(
    world: &World,
    disk: &FaultyDisk,
    either: &(Model, Model),
    fault: Fault,
    at: u64,
    catalog: Option<Catalog>,
) {
    let open = || Catalog::open_on(Arc::new(disk.clone()), options()).unwrap();
    let catalog = catalog.unwrap_or_else(open);
    let model = settled(world, &catalog, either);
    let model = model.unwrap_or_else(|| panic!("{fault:?} at {at}: neither state is there"));
    let transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
    transaction.commit().unwrap();
    let (disk, _) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
    let catalog = Catalog::open_on(Arc::new(disk), options()).unwrap();
    let differences = world.compare(&catalog, &model);
    assert_eq!(differences, [], "{fault:?} at {at}, after the power cut");
    assert_eq!(catalog.verify(&mut || ()).unwrap().damage, []);
}

#[test]
fn a_failed_sync_or_write_loses_nothing_acknowledged() {
    let mut struck = 0;
    for at in 1..=rounds(60, 2000) {
        for fault in [Fault::Sync, Fault::SyncFull, Fault::Full, Fault::Broken] {
            struck += u64::from(strike(fault, at));
        }
    }
    println!("{struck} faults");
    assert!(struck > 50, "{struck}");
}

/// A body is written when the next one is gathered: who is refused then is not who lost one.
#[test]
fn a_body_that_could_not_be_written_keeps_its_transaction_from_being_prepared() {
    for fault in [Fault::Full, Fault::Broken] {
        let disk = FaultyDisk::new();
        let (_world, catalog) = World::create(&disk, 1);
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
        let body = [7; 15_000];
        let sealed = SealedBody {
            body: &body,
            text: &[],
            packing: Packing::default(),
        };
        let mut append = |at| transaction.append(Ordinal::from_value(at), sealed);
        append(1).unwrap();
        // The second opens a segment of its own, and the first is written out before.
        disk.set_plan(fault.plan(1));
        let refused = append(2).unwrap_err();
        disk.set_plan(FaultPlan::default());
        assert_eq!(append(3), Err(refused.clone()), "nothing joins it any more");
        assert_eq!(transaction.commit(), Err(refused), "{fault:?}");
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
        let (place, _) = transaction.append(Ordinal::from_value(4), sealed).unwrap();
        transaction.commit().unwrap();
        assert!(catalog.read_body(place).unwrap().starts_with(&body[..100]));
        assert_eq!(catalog.verify(&mut || ()).unwrap().damage, []);
    }
}
