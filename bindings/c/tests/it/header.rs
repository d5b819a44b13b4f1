//! Proves that the committed header is what the code says, that it is clean C99 and C++17, that
//! the program in its first comment works, and that the library exports what it declares and
//! nothing else.

use crate::aloud::aloud;
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

/// A parameter of a function, or a member of a struct.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Parameter {
    /// Reads `const char *name`.
    fn read(text: &str) -> Self {
        let text = text.trim();
        let of_name = |c: char| c == '_' || c.is_alphanumeric();
        let kind = text.trim_end_matches(of_name);
        Self {
            kind: kind.trim_end().to_owned(),
            name: text[kind.len()..].to_owned(),
        }
    }

    /// Whether something goes in by it: it is neither a place for an answer nor a handle that the
    /// call changes.
    pub(crate) fn is_inward(&self) -> bool {
        let kind = self.kind.as_str();
        !kind.ends_with('*') || kind.starts_with("const ") || kind == "void *"
    }
}

/// The functions of the header, with their parameters.
pub(crate) fn prototypes() -> BTreeMap<String, Vec<Parameter>> {
    let header = committed();
    let (_, code) = header.split_once("extern \"C\"").expect("declarations");
    let code = code.lines().filter(|line| !line.starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join(" ");
    let declared = code.split(';').filter_map(|text| {
        let (before, rest) = text.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?.to_owned();
        let parameters = rest.trim_end().trim_end_matches(')').split(',');
        Some((name, parameters.map(Parameter::read).collect()))
    });
    declared.collect()
}

/// What the header says of each function.
pub(crate) fn comments() -> BTreeMap<String, String> {
    let header = committed();
    let (_, code) = header.split_once("extern \"C\"").expect("declarations");
    let blocks = code.split("\n\n").filter_map(|block| {
        let lines = block.lines().map_while(|line| line.strip_prefix("// "));
        let comment = lines.collect::<Vec<_>>().join(" ");
        let declared = block.lines().find(|line| !line.starts_with("//"))?;
        let name = declared.split('(').next()?.rsplit([' ', '*']).next()?;
        Some((name.to_owned(), comment))
    });
    blocks.collect()
}

/// The structs of the header that a program says the size of: those that go in, or are filled
/// where they lie. Rows are the library's.
pub(crate) fn sized() -> BTreeSet<String> {
    let header = committed();
    let structs = header.split("typedef struct ").filter_map(|text| {
        let (name, rest) = text.split_once(" {\n")?;
        let (inside, _) = rest.split_once("\n}")?;
        let is_row = header.contains(&format!("const struct {name} **"));
        let is_sized = inside.contains("size_t struct_size;") && !is_row;
        is_sized.then(|| name.to_owned())
    });
    structs.collect()
}

/// The members of a struct of the header that are no functions.
pub(crate) fn members(name: &str) -> Vec<Parameter> {
    let header = committed();
    let begin = format!("typedef struct {name} {{\n");
    let (_, rest) = header.split_once(&begin).expect(name);
    let (inside, _) = rest.split_once("\n}").expect("its end");
    let lines = inside.lines().map(str::trim);
    let members = lines.filter(|line| !line.starts_with("//") && !line.contains(['(', ')']));
    let members = members.filter_map(|line| line.strip_suffix(';'));
    members.map(Parameter::read).collect()
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
fn its_conventions_stand_where_they_are_looked_for() {
    let header = committed();
    let (top, rest) = header.split_once("*/").unwrap();
    for said in [
        "A COMPLETE PROGRAM.",
        "ANSWERS.",
        "WHAT YOU KEEP",
        "WHAT YOU GET.",
        "FAULTS.",
        "VERSIONS.",
        "MEMORY.",
    ] {
        assert!(top.contains(&format!(" * {said}")), "{said}");
    }
    let blocks = rest.split("\n\n").filter_map(|block| {
        let (comment, declared) = block.split_once("\ntypedef struct ")?;
        let (name, again) = declared.strip_suffix(';')?.split_once(' ')?;
        (name == again).then_some((name, comment))
    });
    let handles: Vec<_> = blocks.collect();
    assert!(handles.len() > 20, "{handles:?}");
    for (name, comment) in handles {
        assert!(comment.contains("Threads:"), "{name}");
    }
}

#[test]
fn it_is_clean_c99_and_cpp17() {
    let folder = Folder::new("clean");
    for (compiler, standard, name) in [
        ("cc", "-std=c99", "only.c"),
        ("c++", "-std=c++17", "only.cpp"),
    ] {
        if !is_there(compiler) {
            aloud!("SKIPPED: liasse.h by {compiler}, which is not installed");
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

/// A pipeline without a tool must not look like one with it.
#[test]
fn what_is_skipped_is_heard_by_whoever_runs_the_tests() {
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "header::it_is_clean_c99_and_cpp17"]);
    let said = succeed(again.env("PATH", "/nowhere")).stderr;
    let said = String::from_utf8(said).unwrap();
    for compiler in ["cc", "c++"] {
        let skipped = format!("SKIPPED: liasse.h by {compiler}, which is not installed\n");
        assert!(said.contains(&skipped), "{said}");
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
        aloud!("SKIPPED: the symbols of the library, nm is not installed");
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
