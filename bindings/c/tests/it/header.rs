//! Proves that the committed header is what the code says, that it is clean C99 and C++17, that
//! the program in its first comment works, and that the library exports what it declares and
//! nothing else.

use crate::workshop::{Folder, check, compile, home, is_there, library, succeed};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

fn committed() -> String {
    std::fs::read_to_string(home().join("include/liasse.h")).unwrap()
}

/// What a function answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A number that says whether it failed.
    Code,
    /// Something else; it cannot fail.
    Other,
}

/// The functions the header declares.
pub(crate) fn functions() -> BTreeMap<String, Answer> {
    let header = committed();
    let declared = header.split_once("extern \"C\"").expect("declarations").1;
    let code = declared
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let functions = code.filter_map(|line| {
        let before = line.split_once('(')?.0;
        let name = before.rsplit([' ', '*']).next()?;
        // The last argument of what can fail is an error; what gives a number alone has none.
        let fails = before.starts_with("int32_t ");
        let answer = if fails { Answer::Code } else { Answer::Other };
        name.starts_with("liasse_")
            .then(|| (name.to_owned(), answer))
    });
    functions.collect()
}

#[test]
fn generating_it_again_changes_nothing() {
    let config = cbindgen::Config::from_file(home().join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new()
        .with_crate(home())
        .with_config(config);
    let mut generated = Vec::new();
    builder.generate().unwrap().write(&mut generated);
    assert!(
        String::from_utf8(generated).unwrap() == committed(),
        "run `cargo xtask header --write` and commit include/liasse.h"
    );
}

#[test]
fn it_is_clean_c99_and_cpp17() {
    let folder = Folder::new("clean");
    for (compiler, standard, name) in [
        ("cc", "-std=c99", "only.c"),
        ("c++", "-std=c++17", "only.cpp"),
    ] {
        if !is_there(compiler) {
            println!("SKIPPED: liasse.h by {compiler}, which is not installed");
            continue;
        }
        let source = folder.path().join(name);
        std::fs::write(
            &source,
            "#include <liasse.h>\nint main() { return LIASSE_OK; }\n",
        )
        .unwrap();
        check(compiler, standard, &source);
    }
}

#[test]
fn the_program_in_its_first_comment_works() {
    let header = committed();
    let comment = header
        .split_once("A COMPLETE PROGRAM")
        .expect("the program")
        .1;
    let comment = comment.split_once("ANSWERS.").expect("its end").0;
    let lines: Vec<_> = comment
        .lines()
        .filter_map(|line| line.strip_prefix(" *     "))
        .collect();
    assert!(
        lines.len() > 40,
        "the whole program, not {} lines",
        lines.len()
    );

    let folder = Folder::new("first-comment");
    let source = folder.path().join("first.c");
    let program = folder.path().join("first");
    std::fs::write(&source, lines.join("\n") + "\n").unwrap();
    compile(&source, &program, &[]);
    let output = succeed(Command::new(&program).current_dir(folder.path()));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Compte rendu de consultation\n"
    );
}

#[test]
fn the_library_exports_what_is_declared_and_nothing_else() {
    let declared: BTreeSet<String> = functions().into_keys().collect();
    assert!(
        declared.len() > 40,
        "{} functions are declared",
        declared.len()
    );
    if !is_there("nm") {
        println!("SKIPPED: the symbols of the library, nm is not installed");
        return;
    }
    let mut nm = Command::new("nm");
    nm.args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(library(".so"));
    let symbols = String::from_utf8(succeed(&mut nm).stdout).unwrap();
    let exported: BTreeSet<String> = symbols
        .lines()
        .filter_map(|line| Some(line.split(' ').next()?.to_owned()))
        .collect();
    assert_eq!(exported, declared);
}
