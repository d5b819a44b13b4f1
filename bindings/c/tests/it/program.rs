//! Proves that C programs can use every function, rightly and wrongly, without an error and
//! without touching or leaking memory that is not theirs, as valgrind and gcc's address
//! sanitizer see it; and that they did use every function.

use crate::aloud::aloud;
use crate::header::{Answer, functions, sized};
use crate::workshop::{Folder, compile, compile_cpp, home, is_there, sanitizes, succeed};
use liasse::{Engine, Instant, Options, OsEntropy, RootKey, Witness, with_cosignatures};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_demonstration_does_what_it_says() {
    run("demo");
}

#[test]
fn every_verb_answers() {
    run("verbs");
}

#[test]
fn records_are_told_and_stream_to_other_programs() {
    run("records");
}

/// The traits are compared while it compiles, as C++17 and without a warning.
#[test]
fn cursors_are_input_iterators_in_cpp() {
    if !is_there("c++") {
        aloud!("SKIPPED: cursors in C++, c++ is not installed");
        return;
    }
    let folder = Folder::new("cursors");
    let program = folder.path().join("cursors");
    compile_cpp(&home().join("tests/cursors.cpp"), &program);
    succeed(Command::new(&program).args(arguments(&folder, "plain", "cursors")));
}

#[test]
fn wrong_calls_are_told_and_crash_nothing() {
    run("wrong");
}

/// One part at a time is what `hostile` proves under the sanitizer.
#[test]
fn what_a_deceived_program_passes_on_crashes_nothing() {
    run("hostile");
}

#[test]
fn structs_of_older_and_newer_programs_are_taken_again_and_again() {
    let said = run("sizes");
    let said: BTreeSet<String> = said.lines().map(str::to_owned).collect();
    assert_eq!(said, sized());
}

#[test]
fn threads_share_a_session_and_a_forked_process_is_told() {
    run("process");
}

/// Without this, silence of the tools would prove nothing. What the compiler's sanitizer has not
/// compiled, the library itself tells while the memory lasts, and a sanitizer keeps it.
#[test]
fn what_a_program_must_not_do_is_seen_by_the_tools() {
    let folder = Folder::new("misuse");
    let plain = folder.path().join("plain");
    compile(&source("misuse"), &plain, &[]);
    let done = |command: &mut Command, what: &str, tool: &str| {
        let path = folder.path().join(format!("{what}-{tool}"));
        std::fs::create_dir(&path).unwrap();
        command.arg(path).arg(what).output().unwrap()
    };
    let read_by_the_program = ["row", "bytes", "text", "column", "leak"];
    let read_by_the_library = [
        ("cursor", "-106\n"),
        ("session", "-106\n"),
        ("twice", "0\n"),
    ];
    let by_either = read_by_the_library.map(|(what, _)| what);
    if is_there("valgrind") {
        for what in read_by_the_program.iter().chain(&by_either) {
            let seen = done(&mut valgrind(&plain), what, "valgrind");
            assert!(!seen.status.success(), "{what} is not seen by valgrind");
        }
    } else {
        aloud!("SKIPPED: misuse under valgrind, which is not installed");
    }
    if sanitizes(&folder) {
        let path = folder.path().join("sanitized");
        let mut watched = sanitized(&source("misuse"), &path);
        for what in read_by_the_program {
            let seen = done(&mut watched, what, "address");
            let said = String::from_utf8_lossy(&seen.stderr);
            assert!(!seen.status.success(), "{what} is not seen");
            assert!(said.contains("Sanitizer: "), "{what}: {said}");
            watched = again(&path);
        }
        for (what, answer) in read_by_the_library {
            let told = done(&mut watched, what, "address");
            let said = String::from_utf8_lossy(&told.stderr);
            assert!(told.status.success(), "{what}: {said}");
            assert_eq!(String::from_utf8_lossy(&told.stdout), answer, "{what}");
            watched = again(&path);
        }
    } else {
        aloud!("SKIPPED: misuse under gcc's address sanitizer, which is not installed");
    }
}

/// Counts calls as the programs make them, not as their sources name them.
#[test]
fn every_function_was_seen_to_succeed_and_to_fail() {
    let folder = Folder::new("coverage");
    let functions = functions();
    let counted = folder.path().join("counted.h");
    std::fs::write(&counted, counting(&functions)).unwrap();
    let calls = folder.path().join("calls");
    let names = ["demo", "verbs", "records", "sizes", "wrong", "hostile"];
    let mut sources: Vec<_> = names.iter().map(|name| (*name, source(name))).collect();
    let nulls = written(&folder, "nulls", &crate::nulls::program().0);
    sources.push(("nulls", nulls));
    for (name, source) in sources {
        let program = folder.path().join(name);
        let include = [Path::new("-include"), &counted];
        compile(&source, &program, &include);
        let mut command = Command::new(&program);
        command.args(arguments(&folder, name, name));
        succeed(command.env("LIASSE_CALLS", &calls));
    }
    let mut seen: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    let calls = std::fs::read_to_string(&calls).unwrap();
    for line in calls.lines() {
        let (name, code) = line.split_once(' ').unwrap();
        let (right, wrong) = seen.entry(name).or_default();
        *(if code == "0" { right } else { wrong }) = true;
    }
    let succeeded = functions.keys().filter(|name| {
        let seen = seen.get(name.as_str());
        seen.is_some_and(|(right, _)| *right)
    });
    let can_fail = functions
        .iter()
        .filter(|(_, answer)| **answer == Answer::Code);
    let unfailed: Vec<_> = can_fail
        .clone()
        .filter(|(name, _)| !seen.get(name.as_str()).is_some_and(|(_, wrong)| *wrong))
        .collect();
    let (all, succeeded, can_fail) = (functions.len(), succeeded.count(), can_fail.count());
    aloud!(
        "coverage of exported functions: {} % ({succeeded} of {all} functions were called and did \
         what they should; {} of the {can_fail} that can fail failed as they should)",
        100 * succeeded / all,
        can_fail - unfailed.len()
    );
    let never = functions.keys().filter(|name| {
        let seen = seen.get(name.as_str());
        !seen.is_some_and(|(right, _)| *right)
    });
    let never: Vec<_> = never.collect();
    assert!(never.is_empty(), "never seen to succeed: {never:?}");
    assert!(unfailed.is_empty(), "never seen to fail: {unfailed:?}");
}

/// A header that names each function by a macro that notes the call and makes it.
fn counting(functions: &BTreeMap<String, Answer>) -> String {
    let mut text = String::from(
        "#include <liasse.h>\n#include <stdio.h>\n#include <stdlib.h>\n\
         static inline void liasse_note(const char *name, int32_t code) {\n\
         FILE *calls = fopen(getenv(\"LIASSE_CALLS\"), \"ab\");\n\
         if (calls == NULL) abort();\n\
         fprintf(calls, \"%s %d\\n\", name, (int)code);\n\
         fclose(calls);\n}\n\
         static inline int32_t liasse_noted(const char *name, int32_t code) {\n\
         liasse_note(name, code);\nreturn code;\n}\n",
    );
    for (name, answer) in functions {
        let call = match answer {
            Answer::Code => format!("liasse_noted(\"{name}\", {name}(__VA_ARGS__))"),
            Answer::Other => format!("(liasse_note(\"{name}\", 0), {name}(__VA_ARGS__))"),
        };
        writeln!(text, "#define {name}(...) {call}").unwrap();
    }
    text
}

pub(crate) fn source(name: &str) -> PathBuf {
    home().join("tests").join(format!("{name}.c"))
}

/// Runs a program in all ways there are, and returns what it printed.
fn run(name: &str) -> String {
    run_in(&Folder::new(name), name, &source(name))
}

/// Runs a program that a test wrote, in all ways there are, and returns what it printed.
pub(crate) fn run_written(name: &str, text: &str) -> String {
    let folder = Folder::new(name);
    let source = written(&folder, name, text);
    run_in(&folder, name, &source)
}

/// A program that a test wrote, as a file beside what it includes.
fn written(folder: &Folder, name: &str, text: &str) -> PathBuf {
    let source = folder.path().join(format!("{name}.c"));
    std::fs::write(&source, text).unwrap();
    for header in ["arrow.h", "check.h", "nulls.h"] {
        std::fs::copy(
            home().join("tests").join(header),
            folder.path().join(header),
        )
        .unwrap();
    }
    source
}

fn run_in(folder: &Folder, name: &str, source: &Path) -> String {
    let program = folder.path().join("plain");
    compile(source, &program, &[]);
    let said = succeed(Command::new(&program).args(arguments(folder, "plain", name))).stdout;
    if sanitizes(folder) {
        let mut command = sanitized(source, &folder.path().join("sanitized"));
        succeed(command.args(arguments(folder, "address", name)));
    } else {
        aloud!("SKIPPED: {name} under gcc's address sanitizer, which is not installed");
    }
    if is_there("valgrind") {
        succeed(valgrind(&program).args(arguments(folder, "valgrind", name)));
    } else {
        aloud!("SKIPPED: {name} under valgrind, which is not installed");
    }
    String::from_utf8(said).unwrap()
}

/// A program that gcc's sanitizers watch, for any error and any leak.
pub(crate) fn sanitized(source: &Path, program: &Path) -> Command {
    let how = [
        Path::new("-fsanitize=address,undefined"),
        Path::new("-fno-sanitize-recover"),
    ];
    compile(source, program, &how);
    again(program)
}

/// The same, compiled before.
fn again(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env(
        "ASAN_OPTIONS",
        "detect_leaks=1:detect_stack_use_after_return=1",
    );
    command
}

/// A program under valgrind, which makes any error and any leak a failure.
pub(crate) fn valgrind(program: &Path) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--show-leak-kinds=definite",
        "--error-exitcode=9",
        "--track-origins=no",
    ]);
    valgrind.arg(program);
    valgrind
}

/// An empty folder, and, for the program that needs it, where a policy pack lies.
fn arguments(folder: &Folder, of: &str, program: &str) -> Vec<PathBuf> {
    let path = folder.path().join(format!("{of}.d"));
    std::fs::create_dir(&path).unwrap();
    let pack = home().join("../../engine/policy/packs/dmp-2011");
    let pack = (program == "verbs").then_some(pack);
    if pack.is_some() {
        witnessed(&path);
    }
    std::iter::once(path).chain(pack).collect()
}

/// A store, its checkpoint with a witness's line, and her key: C signs nothing itself.
fn witnessed(folder: &Path) {
    let key = folder.join("witnessed.key");
    liasse::new_key_file(&key).unwrap();
    let root = RootKey::File(key);
    let engine = Engine::create(&folder.join("witnessed"), root, Options::default()).unwrap();
    let (signed, log_key) = (
        engine.checkpoint().unwrap(),
        engine.checkpoint_key().unwrap(),
    );
    engine.close().unwrap();
    let witness = Witness::open("notary", &folder.join("notary.key"), &OsEntropy).unwrap();
    let noon = Instant::from_millis(1_800_000_000_000);
    let answer = witness.answer(&format!("old 0\n\n{signed}"), &log_key, None, noon);
    let by = witness.verifier_key().unwrap();
    let cosigned = with_cosignatures(&signed, &log_key, &answer.unwrap(), &[&by]).unwrap();
    std::fs::write(folder.join("witnessed.cosigned"), cosigned.0).unwrap();
    std::fs::write(folder.join("witnessed.by"), by).unwrap();
}
