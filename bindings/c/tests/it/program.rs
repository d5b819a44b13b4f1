//! Proves that C programs can use every function, rightly and wrongly, without an error and,
//! where valgrind is there, without touching or leaking memory that is not theirs.

use crate::header::functions;
use crate::workshop::{Folder, compile, home, is_there, succeed};
use std::path::Path;
use std::process::Command;

#[test]
fn the_demonstration_does_what_it_says() {
    run("demo");
}

#[test]
fn wrong_calls_are_told_and_crash_nothing() {
    run("wrong");
}

#[test]
fn threads_share_a_session_and_a_forked_process_is_told() {
    run("process");
}

#[test]
fn every_function_is_called_rightly_and_wrongly() {
    let tools = source("check.h");
    for name in ["demo.c", "wrong.c"] {
        let text = source(name) + &tools;
        let calls = |function: &String| text.contains(&format!("{function}("));
        let missing: Vec<_> = functions()
            .into_iter()
            .filter(|function| !calls(function))
            .collect();
        assert!(missing.is_empty(), "{name} does not call {missing:?}");
    }
}

fn source(name: &str) -> String {
    std::fs::read_to_string(home().join("tests").join(name)).unwrap()
}

fn run(name: &str) {
    let folder = Folder::new(name);
    let program = folder.path().join(name);
    compile(&home().join("tests").join(format!("{name}.c")), &program);
    succeed(Command::new(&program).arg(store(&folder, "plain")));
    if is_there("valgrind") {
        let mut valgrind = Command::new("valgrind");
        valgrind.args([
            "--quiet",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite",
        ]);
        valgrind
            .args(["--error-exitcode=9", "--track-origins=no"])
            .arg(&program);
        succeed(valgrind.arg(store(&folder, "valgrind")));
    } else {
        println!("SKIPPED: {name} under valgrind, which is not installed");
    }
}

fn store(folder: &Folder, name: &str) -> std::path::PathBuf {
    let path: &Path = folder.path();
    let path = path.join(name);
    std::fs::create_dir(&path).unwrap();
    path
}
