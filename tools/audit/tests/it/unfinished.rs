//! Proves that an audit tells what it could not look at, keeps what it found until then, and goes
//! on from an earlier run over the same store alone.

use crate::bench::{Folder, Scene, audited, deposit, doctor, key, options, report};
use crate::raw::{Raw, copy_all};
use liasse::{
    AuditMark, AuditReport, AuditRequest, Depth, Engine, Notebook, OsEntropy, Sample, Verdict,
};
use std::fs;
use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::process::Command;

/// Audits until a step begins, and stops there.
fn until(folder: &Folder, step: &str, sample: Option<Sample>) -> (AuditMark, AuditReport) {
    let root = key(folder, "store");
    let auditor = audited(&folder.path("store"), Depth::Full, Some(&root));
    let mut request = AuditRequest::default();
    request.sample = sample;
    let told = auditor.audit(request, &mut |progress| {
        if progress.step == step {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let told = told.unwrap();
    (told.stopped.unwrap(), told)
}

fn resumed(
    folder: &Folder,
    earlier: (AuditMark, AuditReport),
    sample: Option<Sample>,
) -> AuditReport {
    let root = key(folder, "store");
    let auditor = audited(&folder.path("store"), Depth::Full, Some(&root));
    let mut request = AuditRequest::default();
    request.sample = sample;
    request.resume = Some(earlier);
    auditor
        .audit(request, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

fn whole(told: &AuditReport) -> bool {
    told.covered.iter().all(|it| it.checked == it.of)
}

/// What was added since an earlier run is looked at like the rest, and so is what changed.
#[test]
fn an_audit_of_a_log_that_has_grown_begins_anew() {
    let (folder, _) = Scene::shared().copy("store");
    let earlier = until(&folder, "bodies", None);
    assert!(earlier.1.checked("entries of the log") > 0);
    let same = resumed(&folder, earlier.clone(), None);
    assert_eq!(same.verdict(), Verdict::Clean, "{:?}", same.findings);
    assert!(whole(&same), "{:?}", same.covered);
    let root = key(&folder, "store");
    let engine = Engine::open(&folder.path("store"), root, options()).unwrap();
    deposit(&doctor(&engine), 1, "later", "plus tard");
    engine.close().unwrap();
    let told = resumed(&folder, earlier.clone(), None);
    assert_eq!(told.verdict(), Verdict::Clean, "{:?}", told.findings);
    assert!(told.log.size > earlier.1.log.size);
    assert_eq!(told.checked("entries of the log"), told.log.size);
    assert!(whole(&told), "{:?}", told.covered);
    // What is changed in a part that the earlier run had looked at is found.
    Raw::new(&folder.path("store")).flip("heads", &[0, 0, 0, 0, 0, 0, 0], -1);
    let told = resumed(&folder, earlier, None);
    assert!(told.findings.iter().any(|it| it.invariant == "S5"));
}

/// About so many dossiers, by this seed.
fn sample(dossiers: u64, seed: u64) -> Sample {
    Sample::again(NonZeroU64::new(dossiers).unwrap(), seed)
}

/// A sample that is gone on with as a whole audit would call what was never opened clean.
#[test]
fn a_sample_is_gone_on_with_as_the_same_sample_alone() {
    let (folder, _) = Scene::shared().copy("store");
    let one = (0..64).map(|seed| sample(1, seed));
    let (one, earlier) = one
        .map(|one| (one, until(&folder, "index", Some(one))))
        .find(|(_, earlier)| earlier.1.checked("dossiers, opened") == 1)
        .expect("a seed that chooses one of three");
    let told = resumed(&folder, earlier.clone(), None);
    assert_eq!(told.checked("dossiers, opened"), 3);
    assert_eq!(told.verdict(), Verdict::Clean);
    let told = resumed(&folder, earlier, Some(one));
    assert_eq!(told.checked("dossiers, opened"), 1);
    assert_eq!(told.verdict(), Verdict::NotFully, "two were not opened");
}

/// Of the dossiers of a sample nothing is passed over: index and store are compared in them, and
/// what leads to them with what they hold, in one run and in turns. A sample that holds every
/// dossier is a whole audit.
#[test]
fn a_sample_looks_at_all_of_its_dossiers() {
    let (folder, raw) = Scene::shared().copy("store");
    let audit = |sample: Sample| {
        let root = key(&folder, "store");
        let auditor = audited(&folder.path("store"), Depth::Full, Some(&root));
        let turn = |resume, stops: bool| {
            let mut request = AuditRequest::default();
            (request.sample, request.resume) = (Some(sample), resume);
            let told = auditor.audit(request, &mut |_| match stops {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            });
            told.unwrap()
        };
        let whole = turn(None, false);
        let mut told = turn(None, true);
        while let Some(mark) = told.stopped {
            told = turn(Some((mark, told)), true);
        }
        assert_eq!(told.findings, whole.findings);
        assert_eq!(told.covered, whole.covered);
        assert_eq!(told.skipped, whole.skipped);
        whole
    };
    let every = sample(1000, 7);
    assert_eq!(audit(every).verdict(), Verdict::Clean);
    // A dossier is taken out, head and all, which the units and the index still lead to.
    let gone = [0, 0, 0, 0, 1, 0, 0];
    raw.remove("heads", &gone);
    let named = |told: &AuditReport, invariant: &str| {
        let mut findings = told.findings.iter();
        findings.any(|it| it.invariant == invariant)
    };
    let told = audit(every);
    assert!(named(&told, "S10") && named(&told, "X3"), "{told:?}");
    let seeds = (0..12).map(|seed| audit(sample(1, seed)));
    let (seen, unseen): (Vec<_>, Vec<_>) = seeds.partition(|told| named(told, "X3"));
    assert!(!seen.is_empty() && !unseen.is_empty());
    assert!(seen.iter().all(|told| named(told, "S10")));
    assert!(unseen.iter().all(|told| !named(told, "S10")));
}

/// However few dossiers a sample is of, and whichever, a document is opened where there is one.
#[test]
fn a_sample_opens_a_document_where_there_is_one() {
    let (folder, _) = Scene::shared().copy("store");
    let root = key(&folder, "store");
    let auditor = audited(&folder.path("store"), Depth::Full, Some(&root));
    for seed in 0..16 {
        let mut request = AuditRequest::default();
        request.sample = Some(sample(1, seed));
        let told = auditor.audit(request, &mut |_| ControlFlow::Continue(()));
        let told = told.unwrap();
        assert!(told.checked("documents, opened") > 0, "by the seed {seed}");
        assert!(told.findings.is_empty(), "{:?}", told.findings);
    }
}

/// Between two turns somebody changes the catalog, and no commit does: whatever row it is, in a
/// part that an earlier turn had looked at, the next turn finds it.
#[test]
fn a_catalog_that_is_changed_between_two_turns_is_found() {
    type Edit = fn(&Raw);
    let edits: [Edit; 4] = [
        |raw| raw.put("engine", b"pack", b"dmp-2023"),
        |raw| raw.flip("heads", &[0, 0, 0, 0, 0, 0, 0], -1),
        |raw| raw.put("journal_entry", &[0; 9], b"hidden"),
        |raw| {
            let (key, _) = raw.rows("journal_chain").remove(0);
            raw.remove("journal_chain", &key);
        },
    ];
    for edit in edits {
        let (folder, raw) = Scene::shared().copy("store");
        let earlier = until(&folder, "index", None);
        assert!(earlier.1.findings.is_empty());
        edit(&raw);
        let told = resumed(&folder, earlier, None);
        let mut findings = told.findings.iter();
        let changed = |it: &&liasse::Finding| it.what.contains("since an earlier turn");
        let found = findings.find(changed).expect("it is found");
        assert_eq!(
            (found.invariant, found.place.as_str()),
            ("X1", "catalog.redb")
        );
    }
}

/// The step that compares the catalog with the last commit is made in every turn.
#[test]
fn each_turn_compares_the_catalog_with_the_last_commit() {
    let (folder, raw) = Scene::shared().copy("store");
    let mut earlier = until(&folder, "index", None);
    raw.put("engine", b"pack", b"dmp-2023");
    // As if the earlier turn had seen it like this.
    let changed = until(&folder, "index", None);
    earlier.1.rows = changed.1.rows;
    let told = resumed(&folder, earlier, None);
    assert!(
        told.findings.iter().any(|it| it.invariant == "X1"),
        "{:?}",
        told.findings
    );
}

/// About as many dossiers are opened as were asked for, of the same store others by another seed
/// and the same by the same.
#[test]
fn a_sample_opens_some_dossiers_that_nobody_can_foretell() {
    let (folder, _) = Scene::shared().copy("store");
    let root = key(&folder, "store");
    let auditor = audited(&folder.path("store"), Depth::Full, Some(&root));
    let opened = |sample: Sample| {
        let mut request = AuditRequest::default();
        request.sample = Some(sample);
        let told = auditor.audit(request, &mut |_| ControlFlow::Continue(()));
        let told = told.unwrap();
        assert!(told.findings.is_empty(), "{:?}", told.findings);
        assert_eq!(told.sample, Some(sample));
        // What was not opened is told as skipped.
        let all = told.checked("dossiers, opened") == 3;
        let verdict = [Verdict::NotFully, Verdict::Clean][usize::from(all)];
        assert_eq!(told.verdict(), verdict, "{:?}", told.skipped);
        let names = ["dossiers, opened", "documents, opened"];
        names.map(|name| told.checked(name))
    };
    let drawn: Vec<_> = (0..24)
        .map(|_| Sample::draw(NonZeroU64::MIN, &OsEntropy).unwrap())
        .collect();
    let seen: Vec<_> = drawn.iter().map(|sample| opened(*sample)).collect();
    let different: std::collections::BTreeSet<_> = seen.iter().collect();
    assert!(
        different.len() > 1,
        "another seed, another choice: {seen:?}"
    );
    assert!(seen.iter().any(|[dossiers, _]| *dossiers < 3), "{seen:?}");
    for (sample, seen) in drawn.iter().zip(&seen) {
        assert_eq!(opened(self::sample(1, sample.seed())), *seen);
    }
}

/// The command tells the seed it drew, takes one again, and goes on by that of its state.
#[test]
fn the_seed_of_a_sample_is_told_and_taken_again() {
    let (folder, _) = Scene::shared().copy("store");
    let seed = |more: &[&str]| {
        let arguments = [
            "check",
            "store",
            "--key-file",
            "store.key",
            "--sample",
            "2",
            "--json",
        ];
        let told = Command::new(env!("CARGO_BIN_EXE_liasse-audit"))
            .args(arguments)
            .args(more)
            .current_dir(&folder.0)
            .output()
            .unwrap();
        let object: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        object["seed"].as_str().unwrap().to_owned()
    };
    let (one, two) = (seed(&[]), seed(&[]));
    assert_ne!(one, two);
    assert_eq!(seed(&["--seed", &one]), one);
    let turns = ["--state", "state", "--seconds", "0"];
    let first = seed(&turns);
    assert!(folder.path("state").exists());
    assert_eq!(seed(&turns), first);
}

/// Pages and signature are looked at in each turn: an earlier one may not have had them.
#[test]
fn a_notebook_that_is_given_later_is_looked_at() {
    let (folder, raw) = Scene::shared().copy("store");
    let root = key(&folder, "store");
    let late = folder.path("late");
    copy_all(&Scene::shared().path("late"), &late);
    // The whole store rolled back, which no turn without a notebook can see.
    fs::remove_dir_all(&raw.folder).unwrap();
    copy_all(&late, &raw.folder);
    fs::copy(Scene::shared().path("late.key"), folder.path("store.key")).unwrap();
    let turn = |notebook: Option<&str>, resume, stops: bool| {
        let auditor = audited(&folder.path("store"), Depth::Keyless, Some(&root));
        let notebook = notebook.map(|name| Notebook::open(&folder.path(name)).unwrap().0);
        let mut request = AuditRequest::default();
        request.notebook = notebook.as_ref();
        request.resume = resume;
        let told = auditor.audit(request, &mut |progress| {
            if stops && progress.step == "files" {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        told.unwrap()
    };
    let skips = |told: &AuditReport| told.skipped.iter().any(|it| it.what == "signatures");
    let first = turn(None, None, true);
    assert!(first.findings.is_empty() && skips(&first));
    let earlier = || Some((first.stopped.unwrap(), first.clone()));
    let told = turn(Some("notebook"), earlier(), false);
    assert!(
        told.findings.iter().any(|it| it.invariant == "J11"),
        "{told:?}"
    );
    assert!(!skips(&told) && told.remarks.iter().all(|it| it.place != "the notebook"));
    // The log's key alone, over a log that it did not sign.
    raw.flip("journal_head", &[1], 9);
    let told = turn(Some("log-key"), earlier(), false);
    assert!(
        told.findings.iter().any(|it| it.invariant == "J12"),
        "{told:?}"
    );
    let told = turn(None, earlier(), false);
    let named: Vec<_> = told.findings.iter().map(|it| it.invariant).collect();
    assert!(
        named == ["X1"] && skips(&told),
        "that it was changed is all that anybody can tell: {told:?}"
    );
}

/// A link that leads to itself stands where a file of bodies was: the disk does not give it, which
/// is no finding.
fn unreadable(raw: &Raw) {
    let name = raw.files("body").remove(0);
    fs::remove_file(raw.file(&name)).unwrap();
    std::os::unix::fs::symlink(raw.file(&name), raw.file(&name)).unwrap();
}

#[test]
fn what_the_disk_does_not_give_is_told_and_the_rest_is_audited() {
    let (folder, raw) = Scene::shared().copy("store");
    unreadable(&raw);
    let told = report(&folder, Depth::Keyless, true);
    assert_eq!(told.verdict(), Verdict::NotFully, "{:?}", told.findings);
    let skipped: Vec<_> = told.skipped.iter().map(|it| it.what).collect();
    assert_eq!(skipped, ["bodies"]);
    assert!(told.is_cut_short());
    assert!(told.checked("index files, by their bytes") > 0);
    let exit = |arguments: &[&str]| {
        let told = Command::new(env!("CARGO_BIN_EXE_liasse-audit"))
            .args(arguments)
            .current_dir(&folder.0)
            .output()
            .unwrap();
        (
            told.status.code().unwrap(),
            String::from_utf8(told.stdout).unwrap(),
        )
    };
    let pages = || fs::read_dir(folder.path("notebook")).unwrap().count();
    let before = pages();
    let keyless = ["check", "store", "--keyless", "--notebook", "notebook"];
    let (code, text) = exit(&keyless);
    assert_eq!(code, 4);
    assert!(text.contains("skipped  bodies: "), "{text}");
    assert_eq!(pages(), before, "what was not looked at whole is not noted");
    // What was found until then is told.
    raw.flip("heads", &[0, 0, 0, 0, 0, 0, 0], -1);
    let (code, text) = exit(&keyless);
    assert_eq!(code, 1);
    assert!(text.contains("S5  dossier 0"), "{text}");
    assert!(text.contains("skipped  bodies: "), "{text}");
}

/// Ends of segments that cannot be added up are damage, and no crash.
#[test]
fn impossible_numbers_are_findings() {
    let (folder, raw) = Scene::shared().copy("store");
    let segments = raw.rows("segments");
    assert!(segments.len() > 1);
    for (key, mut row) in segments {
        row[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        let check = vault::digest("liasse meta v1", &[&key, &row[..56]]);
        row[56..64].copy_from_slice(&check.as_bytes()[..8]);
        raw.put("segments", &key, &row);
    }
    for depth in [Depth::Keyless, Depth::Full] {
        let told = report(&folder, depth, false);
        let named: Vec<_> = told.findings.iter().map(|it| it.invariant).collect();
        assert!(named.contains(&"X1") && named.contains(&"S11"), "{named:?}");
    }
}
