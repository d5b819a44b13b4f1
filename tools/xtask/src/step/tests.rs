//! Proves that a suite stops at its first failure and says how to repeat it.

use super::*;
use std::cell::Cell;
use std::rc::Rc;

fn counted(count: &Rc<Cell<u32>>, outcome: Result<(), String>) -> Step {
    let count = Rc::clone(count);
    Step::chore("counted", "cargo xtask counted", move |_| {
        count.set(count.get() + 1);
        outcome.clone()
    })
}

#[test]
fn a_suite_stops_at_the_first_failure() {
    let count = Rc::new(Cell::new(0));
    let steps = [
        counted(&count, Ok(())),
        counted(&count, Err("broken".to_owned())),
        counted(&count, Ok(())),
    ];
    let failure = run_all("suite", Path::new("."), &steps).unwrap_err();
    assert_eq!(count.get(), 2);
    assert!(failure.contains("broken"), "{failure}");
    assert!(failure.contains("cargo xtask counted"), "{failure}");
}

#[test]
fn a_program_fails_by_its_exit_code() {
    let root = Path::new(".");
    assert_eq!(
        run_all("suite", root, &[Step::program("yes", "true", "")]),
        Ok(())
    );
    assert!(run_all("suite", root, &[Step::program("no", "false", "")]).is_err());
    assert!(
        run_all(
            "suite",
            root,
            &[Step::program("gone", "no-such-program", "")]
        )
        .is_err()
    );
}

#[test]
fn a_step_tells_how_to_repeat_it() {
    let step = Step::program("slow", "/usr/bin/cargo", "test --workspace");
    let step = step.with("LIASSE_NIGHTLY", "1");
    assert_eq!(step.by_hand(), "LIASSE_NIGHTLY='1' cargo test --workspace");
}

/// What a program skips is passed on and told again, on whichever of its outputs it says so.
#[test]
fn a_step_that_listens_tells_what_was_skipped() {
    let script = "echo fine; echo SKIPPED: one; echo WARNING: SKIPPED: two >&2";
    let file = std::env::temp_dir().join(format!("liasse-step-{}", std::process::id()));
    std::fs::write(&file, script).unwrap();
    let said = |step: Step| step.run(Path::new(".")).unwrap();
    let words = file.to_string_lossy().into_owned();
    let deaf = said(Step::program("deaf", "sh", &words));
    let heard = said(Step::program("listens", "sh", &words).listening());
    std::fs::remove_file(&file).unwrap();
    assert!(deaf.is_empty());
    assert_eq!(heard, ["SKIPPED: one", "WARNING: SKIPPED: two"]);
}
