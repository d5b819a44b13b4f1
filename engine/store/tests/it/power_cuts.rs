//! Proves that no acknowledged commit is lost or torn by a power cut, at any write or sync, nor
//! by one during the recovery from it.

use crate::rounds;
use crate::world::{Model, NOW, World, options};
use base::RowRead;
use base::disk::{Crash, FaultyDisk};
use std::sync::Arc;
use store::{Catalog, Choice, Compaction, Spending, Step};

/// A recorded run: after `n` commits the store must hold `models[n]`.
struct Run {
    disk: FaultyDisk,
    world: World,
    models: Vec<Model>,
    first: u64,
}

fn record(seed: u64, commits: u64) -> Run {
    let disk = FaultyDisk::new();
    let (mut world, catalog) = World::create(&disk, seed);
    let first = catalog.snapshot().unwrap().counters().commit.number();
    disk.start_recording();
    disk.mark(first);
    let mut models = vec![Model::default()];
    while (models.len() as u64) <= commits {
        let mut model = models.last().unwrap().clone();
        if models.len() % 5 == 0 {
            compact(&world, &catalog);
        } else {
            let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
            world.change(&mut transaction, &mut model).unwrap();
            transaction.commit().unwrap();
        }
        let commit = catalog.snapshot().unwrap().counters().commit.number();
        if commit > first + models.len() as u64 - 1 {
            models.push(model);
            disk.mark(commit);
        } else {
            // There was nothing to compact: make the commit that was due all the same.
            let transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
            disk.mark(transaction.commit().unwrap().number());
            models.push(model);
        }
    }
    catalog.close().unwrap();
    Run {
        disk,
        world,
        models,
        first,
    }
}

/// Drains one segment in one transaction, if one is worth it.
fn compact(world: &World, catalog: &Catalog) {
    let snapshot = catalog.snapshot().unwrap();
    let Some(mut compaction) = Compaction::plan(&snapshot, &Choice::of(1)).unwrap() else {
        return;
    };
    drop(snapshot);
    let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
    let mut key_of = |rows: &dyn RowRead, slot| Ok(world.key(rows, slot));
    let step = compaction.step(
        catalog,
        &mut transaction,
        &mut key_of,
        &world.entropy,
        u64::MAX,
    );
    assert_eq!(step.unwrap(), Step::Drained);
    transaction.commit().unwrap();
}

impl Run {
    /// Opens a disk as a power cut left it and compares it with the model.
    fn check(&self, disk: &FaultyDisk, acknowledged: u64) -> Result<(), String> {
        let catalog = Catalog::open_on(Arc::new(disk.clone()), options())
            .map_err(|error| format!("open: {error}"))?;
        let snapshot = catalog.snapshot().map_err(|error| error.to_string())?;
        let commit = snapshot.counters().commit.number();
        if commit < acknowledged {
            return Err(format!(
                "commit {acknowledged} was acknowledged, {commit} is there"
            ));
        }
        if commit > acknowledged + 1 {
            return Err(format!("commit {commit} was never begun"));
        }
        let swept = catalog.sweep().map_err(|error| format!("sweep: {error}"))?;
        if !swept.damage.is_empty() {
            return Err(format!("damage: {:?}", swept.damage));
        }
        let model = usize::try_from(commit - self.first).unwrap();
        let differences = self.world.compare(&catalog, &self.models[model]);
        if !differences.is_empty() {
            return Err(format!("commit {commit}: {differences:?}"));
        }
        let verified = catalog
            .verify(&mut || ())
            .map_err(|error| error.to_string())?;
        if !verified.damage.is_empty() {
            return Err(format!("verify: {:?}", verified.damage));
        }
        drop(snapshot);
        let transaction = catalog
            .begin(Spending::Ordinary, NOW)
            .map_err(|error| format!("begin: {error}"))?;
        transaction
            .commit()
            .map_err(|error| format!("commit after recovery: {error}"))?;
        Ok(())
    }
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let (mut states, mut failures) = (0, Vec::new());
    for seed in 1..=rounds(1, 40) {
        let run = record(seed, rounds(12, 60));
        for events in 0..=run.disk.events() {
            let crashes = [
                Crash::KeepNothing,
                Crash::KeepAll,
                Crash::Seeded(events as u64),
                Crash::Seeded(events as u64 + 7919),
            ];
            for crash in crashes {
                let (disk, acknowledged) = run.disk.after_power_cut(events, crash);
                // Before the first mark nothing was acknowledged in this recording.
                let Some(acknowledged) = acknowledged else {
                    continue;
                };
                states += 1;
                if let Err(what) = run.check(&disk, acknowledged) {
                    failures.push(format!("seed {seed} event {events} {crash:?}: {what}"));
                }
            }
        }
    }
    println!("{states} crash states");
    assert!(states > 500, "{states}");
    assert!(
        failures.is_empty(),
        "{}: {:#?}",
        failures.len(),
        &failures[..failures.len().min(5)]
    );
}

#[test]
fn a_power_cut_during_recovery_loses_nothing_either() {
    let (mut states, mut failures) = (0, Vec::new());
    for seed in 1..=rounds(1, 10) {
        let run = record(100 + seed, rounds(8, 30));
        let step = usize::try_from(rounds(29, 3)).unwrap();
        for events in (1..=run.disk.events()).step_by(step) {
            let crash = Crash::Seeded(events as u64);
            let (disk, acknowledged) = run.disk.after_power_cut(events, crash);
            let Some(acknowledged) = acknowledged else {
                continue;
            };
            disk.start_recording();
            run.check(&disk, acknowledged).unwrap();
            for again in (0..=disk.events()).step_by(2) {
                let (disk, _) = disk.after_power_cut(again, Crash::Seeded(again as u64));
                states += 1;
                // The commit that the check made after its recovery may or may not be there; it
                // changes nothing, so the model before it and after it is the same.
                let catalog = Catalog::open_on(Arc::new(disk), options()).unwrap();
                let commit = catalog.snapshot().unwrap().counters().commit.number();
                let newest = run.first + run.models.len() as u64 - 1;
                let fits = (acknowledged..=acknowledged + 1).any(|at| {
                    let model = usize::try_from(at.min(newest) - run.first).unwrap();
                    run.world.compare(&catalog, &run.models[model]).is_empty()
                });
                if commit < acknowledged || !fits {
                    failures.push(format!("seed {seed} event {events} again {again}"));
                }
            }
        }
    }
    println!("{states} crash states during recovery");
    assert!(states > 50, "{states}");
    assert!(
        failures.is_empty(),
        "{}: {:#?}",
        failures.len(),
        &failures[..failures.len().min(5)]
    );
}

/// A planted fault must be found: here the disk forgets a sync that it said it made.
#[test]
fn a_sync_that_lies_is_found() {
    let run = record(7, 6);
    let found = (0..=run.disk.events()).any(|events| {
        let (disk, acknowledged) = run.disk.after_power_cut(events, Crash::KeepNothing);
        // Claim that the next commit was acknowledged although its syncs are not done.
        acknowledged.is_some_and(|acknowledged| run.check(&disk, acknowledged + 1).is_err())
    });
    assert!(found);
}
