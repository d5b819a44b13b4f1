//! Proves that what a deceived program passes on does no harm: each place that takes a text, a
//! length or a function is tried, as the header itself lists them.

use crate::aloud::aloud;
use crate::facade::text_of;
use crate::header::{Parameter, members, prototypes, sized};
use crate::program::{sanitized, source, valgrind};
use crate::workshop::{Folder, compile, is_there, sanitizes, succeed};
use std::collections::BTreeSet;
use std::process::Command;

/// The functions of the program's own that the library calls.
const CALLBACKS: [&str; 5] = [
    "liasse_kms",
    "liasse_progress_callback",
    "liasse_read_callback",
    "liasse_signer",
    "liasse_write_callback",
];
/// A lookup in a table, which takes any number.
const TOLD_OF_A_CODE: &str = "liasse_code_name.code";

#[test]
fn invalid_utf8_is_told_of_every_text() {
    let texts = places(|it| it.kind == "const char *" || it.kind == "const char *const *");
    assert!(texts.len() > 70, "{texts:?}");
    assert_eq!(tried("texts"), texts);
}

#[test]
fn an_embedded_nul_is_told_of_every_counted_text() {
    let lengths = places(|it| it.kind == "size_t");
    let counted = |text: &String| {
        let (of, name) = text.split_once('.').unwrap();
        let own = format!("{text}_length");
        lengths.contains(&own) || (name == "motive" && lengths.contains(&format!("{of}.length")))
    };
    let texts = places(|it| it.kind == "const char *");
    let texts: BTreeSet<String> = texts.into_iter().filter(counted).collect();
    assert_eq!(texts.len(), 5, "{texts:?}");
    assert_eq!(tried("nuls"), texts);
}

#[test]
fn lengths_that_overflow_are_told_everywhere() {
    let lengths = places(|it| it.kind == "size_t");
    assert!(lengths.len() > 20, "{lengths:?}");
    assert_eq!(tried("lengths"), lengths);
}

#[test]
fn numbers_that_are_no_constants_are_told_of_every_list() {
    let lists = places(|it| it.kind == "const uint32_t *");
    assert!(!lists.is_empty());
    assert_eq!(tried("numbers"), lists);
}

#[test]
fn what_a_read_changes_is_looked_at_behind_it() {
    let deposits = takers("const struct liasse_deposit *");
    assert_eq!(deposits.len(), 4, "{deposits:?}");
    assert_eq!(tried("changing"), deposits);
}

#[test]
fn a_key_store_is_released_once_by_the_call_that_took_it() {
    let openers = takers("const struct liasse_open_options *");
    assert_eq!(openers.len(), 5, "{openers:?}");
    assert_eq!(tried("releasing"), openers);
}

/// Who frees what a key store stands on when the engine is closed must not be called again.
#[test]
fn what_outlives_a_closed_engine_holds_neither_its_store_nor_its_keys() {
    let held = ["liasse_backup", "liasse_session"].map(str::to_owned);
    assert_eq!(tried("ending"), held.into());
}

#[test]
fn a_callback_that_fails_ends_its_call_alone() {
    assert_eq!(tried("failing"), CALLBACKS.map(str::to_owned).into());
}

#[test]
fn a_callback_that_calls_the_library_is_told() {
    let mut callbacks = BTreeSet::from(CALLBACKS.map(str::to_owned));
    // What is written down cannot fail.
    callbacks.insert("liasse_log_callback".to_owned());
    let declared: Vec<String> = declared_callbacks();
    assert!(declared.iter().all(|name| callbacks.contains(name)));
    assert_eq!(tried("calling"), callbacks);
}

#[test]
fn memory_is_granted_to_each_query_and_each_deposit_before_it_is_taken() {
    let bounded = budgeted();
    assert!(bounded.len() > 10, "{bounded:?}");
    assert_eq!(tried("budgets"), bounded);
}

/// What takes no part in the budget says in the header what bounds it, in the engine's numbers.
#[test]
fn what_has_no_budget_says_its_bound() {
    let header = std::fs::read_to_string(crate::workshop::home().join("include/liasse.h"));
    let header = header.unwrap();
    let (_, memory) = header.split_once(" * MEMORY. ").unwrap();
    let (memory, _) = memory.split_once("\n *\n").unwrap();
    let words = |text: &str| -> BTreeSet<String> {
        let of_word = |c: char| c == '_' || c.is_alphanumeric();
        let words = text.split(|c: char| !of_word(c));
        words.map(str::to_owned).collect()
    };
    let memory = words(memory);
    let budgeted = budgeted();
    let (mut listing, handles) = (0, ["error", "session", "ticket", "set_ticket"]);
    for (name, inside) in prototypes() {
        let Some(verb) = name.strip_prefix("liasse_session_") else {
            continue;
        };
        let gives = inside.iter().any(|it| {
            let of = it.kind.strip_prefix("struct liasse_");
            let of = of.and_then(|of| of.strip_suffix(" **"));
            of.is_some_and(|of| !handles.contains(&of))
        });
        if gives && !budgeted.contains(&name) {
            assert!(memory.contains(verb), "{name} has neither budget nor bound");
            listing += 1;
        }
    }
    assert!(listing > 7, "{listing}");
    let limits = text_of("base/src/limit.rs").replace('_', "");
    for (limit, said) in [
        ("DOSSIERDOCUMENTSMAX: u32 = ", "166400"),
        ("POINTSMAX: usize = ", "65536"),
        ("ANSWERSMAX: usize = ", "10000"),
    ] {
        assert!(limits.contains(&format!("{limit}{said};")), "{limit}");
        assert!(memory.contains(said), "{said}");
    }
}

/// The functions that are told how much memory they may take.
fn budgeted() -> BTreeSet<String> {
    let mut all = takers("const struct liasse_search *");
    all.append(&mut takers("const struct liasse_deposit *"));
    all
}

/// The places of the header where something of a kind goes in.
fn places(wanted: impl Fn(&Parameter) -> bool) -> BTreeSet<String> {
    let functions = prototypes().into_iter();
    let structs = filled().into_iter().map(|name| {
        let inside = members(&name);
        (name, inside)
    });
    let all = functions.chain(structs).flat_map(|(of, inside)| {
        let chosen = inside.into_iter().filter(|it| it.is_inward() && wanted(it));
        let named = chosen.map(|it| format!("{of}.{}", it.name));
        named.collect::<Vec<_>>()
    });
    all.filter(|place| place != TOLD_OF_A_CODE).collect()
}

/// The structs that a program fills: those that a function or another of them takes.
fn filled() -> BTreeSet<String> {
    let structs = sized();
    let inside = structs.iter().flat_map(|name| members(name));
    let all: Vec<Parameter> = prototypes().into_values().flatten().chain(inside).collect();
    let taken = |name: &String| {
        all.iter()
            .any(|it| it.kind == format!("const struct {name} *"))
    };
    structs.into_iter().filter(taken).collect()
}

/// The functions that take something of a kind.
fn takers(kind: &str) -> BTreeSet<String> {
    let functions = prototypes().into_iter();
    let takes = |inside: &[Parameter]| inside.iter().any(|it| it.kind == kind);
    let taking = functions.filter(|(_, inside)| takes(inside));
    taking.map(|(name, _)| name).collect()
}

/// The types of functions that the header declares.
fn declared_callbacks() -> Vec<String> {
    let header = std::fs::read_to_string(crate::workshop::home().join("include/liasse.h"));
    let header = header.unwrap();
    let types = header.lines().filter_map(|line| {
        let (_, rest) = line.strip_prefix("typedef ")?.split_once("(*")?;
        Some(rest.split_once(')')?.0.to_owned())
    });
    types.collect()
}

/// The places that a part of the program has tried, watched by what there is.
fn tried(part: &str) -> BTreeSet<String> {
    let folder = Folder::new(&format!("hostile-{part}"));
    let program = folder.path().join("program");
    let source = source("hostile");
    let mut command = if sanitizes(&folder) {
        sanitized(&source, &program)
    } else {
        aloud!("SKIPPED: {part} under gcc's address sanitizer, which is not installed");
        compile(&source, &program, &[]);
        if is_there("valgrind") {
            valgrind(&program)
        } else {
            Command::new(&program)
        }
    };
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let said = succeed(command.arg(empty).arg(part)).stdout;
    let said = String::from_utf8(said).unwrap();
    said.lines().map(str::to_owned).collect()
}
