//! Proves that each rule finds a planted breach at its line, and that a clean tree has none.

use super::*;

const ROOT: &str = r#"[workspace]
members = ["low", "high", "tool", "top"]

[workspace.metadata.floors]
low = 0
high = 1
top = 2

[workspace.metadata.house]
without-floor = ["tool"]

[workspace.metadata.doors]
big_crate = ["low"]

[workspace.dependencies]
big-crate = "1"
short = { package = "low", path = "low" }
"#;

const CLEAN: &str = "//! Counts.\n//!\n//! For: tests.\n\n/// One.\npub const ONE: u32 = 1;\n";

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\n\n[lints]\nworkspace = true\n\n{rest}")
}

/// A tree that keeps every rule, and then these files.
fn tree(more: &[(&str, &str)]) -> Tree {
    let mut files = vec![
        ("Cargo.toml".to_owned(), ROOT.to_owned()),
        (
            "low/Cargo.toml".to_owned(),
            manifest("low", "[dependencies]\nbig-crate = \"1\"\n"),
        ),
        (
            "high/Cargo.toml".to_owned(),
            manifest("high", "[dependencies]\nshort.workspace = true\n"),
        ),
        ("tool/Cargo.toml".to_owned(), manifest("tool", "")),
        (
            "top/Cargo.toml".to_owned(),
            manifest("top", "[dependencies]\ntool = \"1\"\n"),
        ),
        ("low/src/one.rs".to_owned(), CLEAN.to_owned()),
        (
            "docs/guide.md".to_owned(),
            "# The guide\n\n## Part 1: a start\n".to_owned(),
        ),
    ];
    for (path, text) in more {
        files.retain(|(known, _)| known != path);
        files.push(((*path).to_owned(), (*text).to_owned()));
    }
    Tree::from_texts(files)
}

/// The findings of a clean tree with these files, as `path:line: rule`.
fn found(more: &[(&str, &str)]) -> Vec<String> {
    let findings = check(&tree(more)).into_iter();
    findings
        .map(|one| format!("{}:{}: {}", one.path, one.line, one.rule))
        .collect()
}

/// What is found when this code follows a good header in `low/src/two.rs`.
fn found_in(code: &str) -> Vec<String> {
    found(&[("low/src/two.rs", &format!("//! Two.\n{code}"))])
}

#[test]
fn a_clean_tree_has_no_findings() {
    assert_eq!(found(&[]), [""; 0]);
}

#[test]
fn a_finding_names_place_rule_and_remedy() {
    let finding = Finding::new("a/b.rs", 3, "width", "break the line");
    assert_eq!(finding.to_string(), "a/b.rs:3: width: break the line");
}

#[test]
fn a_crate_uses_lower_floors_only() {
    let up = manifest("low", "[dependencies]\nhigh = { path = \"../high\" }\n");
    assert_eq!(
        found(&[("low/Cargo.toml", &up)]),
        ["low/Cargo.toml:8: floors"]
    );
    let test = manifest("low", "[dev-dependencies]\nhigh = { path = \"../high\" }\n");
    assert_eq!(
        found(&[("low/Cargo.toml", &test)]),
        ["low/Cargo.toml:8: floors"]
    );
    let same = manifest("high", "[build-dependencies]\nhigh.workspace = true\n");
    assert_eq!(
        found(&[("high/Cargo.toml", &same)]),
        ["high/Cargo.toml:8: floors"]
    );
    let renamed = manifest(
        "low",
        "[target.'cfg(unix)'.dependencies]\nshort.workspace = true\n",
    );
    assert_eq!(
        found(&[("low/Cargo.toml", &renamed)]),
        ["low/Cargo.toml:8: floors"]
    );
}

#[test]
fn a_room_uses_what_has_no_floor_in_tests_only() {
    let normal = manifest("high", "[dependencies]\ntool = { path = \"../tool\" }\n");
    assert_eq!(
        found(&[("high/Cargo.toml", &normal)]),
        ["high/Cargo.toml:8: floors"]
    );
    let test = manifest(
        "high",
        "[dev-dependencies]\ntool = { path = \"../tool\" }\n",
    );
    assert_eq!(found(&[("high/Cargo.toml", &test)]), [""; 0]);
}

#[test]
fn an_outside_crate_is_named_by_its_rooms_only() {
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let plain = manifest(
            "high",
            &format!("[{section}]\nbig-crate.workspace = true\n"),
        );
        assert_eq!(
            found(&[("high/Cargo.toml", &plain)]),
            ["high/Cargo.toml:8: doors"]
        );
    }
    let renamed = manifest("high", "[dependencies]\nb = { package = \"big_crate\" }\n");
    assert_eq!(
        found(&[("high/Cargo.toml", &renamed)]),
        ["high/Cargo.toml:8: doors"]
    );
    let outside = manifest("fuzz", "[dependencies]\nbig_crate = \"1\"\n");
    assert_eq!(
        found(&[("fuzz/Cargo.toml", &outside)]),
        ["fuzz/Cargo.toml:8: doors"]
    );
}

#[test]
fn every_member_has_its_place_in_the_tables() {
    let root = ROOT.replace("high = 1\n", "");
    assert_eq!(found(&[("Cargo.toml", &root)]), ["Cargo.toml:2: floors"]);
    let root = ROOT.replace("high = 1\n", "high = 1\ngone = 1\n");
    assert_eq!(found(&[("Cargo.toml", &root)]), ["Cargo.toml:7: floors"]);
    let root = ROOT.replace("[\"tool\"]", "[\"tool\", \"low\"]");
    assert_eq!(found(&[("Cargo.toml", &root)]), ["Cargo.toml:10: floors"]);
    let root = ROOT.replace("[\"low\"]\n", "[\"low\", \"gone\"]\n");
    assert_eq!(found(&[("Cargo.toml", &root)]), ["Cargo.toml:13: floors"]);
}

#[test]
fn a_member_takes_the_common_lints() {
    let own = "[package]\nname = \"tool\"\n";
    assert_eq!(
        found(&[("tool/Cargo.toml", own)]),
        ["tool/Cargo.toml:1: lints"]
    );
    let broken = found(&[(
        "tool/Cargo.toml",
        "name =
",
    )]);
    assert!(
        broken.contains(&"tool/Cargo.toml:1: manifest".to_owned()),
        "{broken:?}"
    );
}

#[test]
fn a_line_is_narrow_and_has_no_strange_blanks() {
    let wide = format!("// {}\n", "x".repeat(97));
    assert_eq!(found_in(&wide), [""; 0]);
    let wide = format!("// {}\n", "x".repeat(98));
    assert_eq!(found_in(&wide), ["low/src/two.rs:2: width"]);
    assert_eq!(found_in("// a\tb\n"), ["low/src/two.rs:2: blanks"]);
    assert_eq!(found_in("// a \n"), ["low/src/two.rs:2: blanks"]);
    assert_eq!(found_in("// a\r\n"), ["low/src/two.rs:2: blanks"]);
    assert_eq!(
        found(&[("docs/more.md", "# More\nword \n")]),
        ["docs/more.md:2: blanks"]
    );
}

#[test]
fn a_file_opens_with_its_purpose_and_stays_short() {
    assert_eq!(
        found(&[("low/src/two.rs", "// Two.\n")]),
        ["low/src/two.rs:1: header"]
    );
    let long = "// more\n".repeat(598);
    assert_eq!(found_in(&long), [""; 0]);
    let long = "// more\n".repeat(599);
    assert_eq!(found_in(&long), ["low/src/two.rs:600: length"]);
    let test = format!("//! Proves two.\n{long}");
    assert_eq!(found(&[("low/src/two/tests.rs", &test)]), [""; 0]);
    let test = format!("//! Proves two.\n{}", "// more\n".repeat(1_200));
    assert_eq!(
        found(&[("low/tests/it/main.rs", &test)]),
        ["low/tests/it/main.rs:1201: length"]
    );
}

#[test]
fn a_function_stays_short() {
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines));
    assert_eq!(found_in(&function(67)), [""; 0]);
    assert_eq!(found_in(&function(68)), ["low/src/two.rs:2: function"]);
    let method = format!("struct S;\n\nimpl S {{\n{}}}\n", function(68));
    assert_eq!(found_in(&method), ["low/src/two.rs:5: function"]);
    let default = format!("trait T {{\n{}}}\n", function(68));
    assert_eq!(found_in(&default), ["low/src/two.rs:3: function"]);
    let test = format!("//! Proves two.\n{}", function(68));
    assert_eq!(found(&[("low/src/two/tests.rs", &test)]), [""; 0]);
    let test = format!("//! Proves two.\n{}", function(98));
    assert_eq!(
        found(&[("low/src/two/tests.rs", &test)]),
        ["low/src/two/tests.rs:2: function"]
    );
}

#[test]
fn code_is_ascii_and_test_data_may_be_anything() {
    let accent = "// \u{e9}t\u{e9}\n";
    assert_eq!(found_in(accent), ["low/src/two.rs:2: ascii"]);
    let test = format!("//! Proves two.\n{accent}");
    assert_eq!(found(&[("low/src/two/tests.rs", &test)]), [""; 0]);
    assert_eq!(
        found(&[("low/testdata/odd.rs", "no Rust at all\t \r\n")]),
        [""; 0]
    );
}

#[test]
fn unsafe_code_has_three_places() {
    let code = "fn f() {\n    unsafe { g() }\n}\n";
    assert_eq!(found_in(code), ["low/src/two.rs:3: unsafe"]);
    assert_eq!(
        found_in("// unsafe in words\nconst A: &str = \"unsafe\";\n"),
        [""; 0]
    );
    let header = format!("//! Record.\n{code}");
    assert_eq!(found(&[("engine/store/src/record.rs", &header)]), [""; 0]);
    assert_eq!(found(&[("bindings/c/src/error.rs", &header)]), [""; 0]);
    let other = found(&[("engine/store/src/records.rs", &header)]);
    assert_eq!(other, ["engine/store/src/records.rs:3: unsafe"]);
}

#[test]
fn nothing_is_left_unfinished_or_ignored() {
    for word in ["todo", "unimplemented"] {
        let code = format!("fn f() {{\n    {word}!()\n}}\n");
        assert_eq!(found_in(&code), ["low/src/two.rs:3: unfinished"]);
    }
    for mark in [concat!("FIX", "ME"), concat!("XX", "X")] {
        assert_eq!(
            found_in(&format!("// {mark}: later\n")),
            ["low/src/two.rs:2: unfinished"]
        );
    }
    assert_eq!(found_in("// an XXXL shirt\n"), [""; 0]);
    let ignored = format!("#[test]\n#[{}]\nfn f() {{}}\n", "ignore");
    assert_eq!(found_in(&ignored), ["low/src/two.rs:3: ignored"]);
    let reason = format!("#[test]\n#[{} = \"slow\"]\nfn f() {{}}\n", "ignore");
    assert_eq!(found_in(&reason), ["low/src/two.rs:3: ignored"]);
}

#[test]
fn re_exports_are_named_one_by_one() {
    assert_eq!(found_in("pub use one::*;\n"), ["low/src/two.rs:2: glob"]);
    assert_eq!(
        found_in("pub(crate) use one::{two, three::*};\n"),
        ["low/src/two.rs:2: glob"]
    );
    assert_eq!(found_in("use one::*;\npub use one::two;\n"), [""; 0]);
}

#[test]
fn roots_of_modules_hold_declarations() {
    let good = "//! Low.\n\nmod one;\n\npub use one::ONE;\n";
    assert_eq!(found(&[("low/src/lib.rs", good)]), [""; 0]);
    let logic = format!("{good}\nfn f() {{}}\n");
    assert_eq!(
        found(&[("low/src/lib.rs", &logic)]),
        ["low/src/lib.rs:7: declarations"]
    );
    assert_eq!(
        found(&[("low/src/one/mod.rs", &logic)]),
        ["low/src/one/mod.rs:7: declarations"]
    );
}

#[test]
fn tests_lie_beside_the_code() {
    let inline = "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
    assert_eq!(found_in(inline), ["low/src/two.rs:3: inline"]);
    assert_eq!(found_in("#[cfg(test)]\nmod tests;\n"), [""; 0]);
}

#[test]
fn a_file_that_is_not_rust_is_told() {
    assert_eq!(found_in("fn f( {}\n"), ["low/src/two.rs:2: parse"]);
}

#[test]
fn paths_of_one_machine_stay_out() {
    for path in [
        concat!("/wo", "rk/main"),
        concat!("/ro", "ot/x"),
        concat!("..", "/shared/data"),
    ] {
        let text = format!("# More\n\nSee {path}.\n");
        assert_eq!(
            found(&[("docs/more.md", &text)]),
            ["docs/more.md:3: machine"]
        );
        assert_eq!(found(&[(".ci/run", &text)]), [""; 0]);
    }
}

#[test]
fn a_text_speaks_of_the_project_alone() {
    let text = format!(
        "# More\n\nWritten by a {}.\n",
        concat!("language ", "model")
    );
    assert_eq!(found(&[("docs/more.md", &text)]), ["docs/more.md:3: words"]);
}

#[test]
fn cited_invariants_are_numbered() {
    let table = (
        "docs/invariants.md",
        "# Invariants\n\n| A1 | always |\n| B12 | always |\n",
    );
    let code = |number: &str| format!("//! Two.\n// {}({number}): so.\n", "INVARIANT");
    for number in ["A1", "B12"] {
        assert_eq!(found(&[table, ("low/src/two.rs", &code(number))]), [""; 0]);
    }
    let unknown = found(&[table, ("low/src/two.rs", &code("A2"))]);
    assert_eq!(unknown, ["low/src/two.rs:2: invariant"]);
}

#[test]
fn cited_tests_are_there() {
    let test = (
        "low/src/two/tests.rs",
        "//! Proves two.\n\n#[test]\nfn two_is_two() {}\n",
    );
    let page = |name: &str| format!("# Threats\n\n| leak | `{name}` |\n");
    assert_eq!(
        found(&[test, ("docs/threat.md", &page("low::two_is_two"))]),
        [""; 0]
    );
    for name in ["low::two_is_three", "high::two_is_two"] {
        let unknown = found(&[test, ("docs/threat.md", &page(name))]);
        assert_eq!(unknown, ["docs/threat.md:3: citation"]);
    }
    assert_eq!(found(&[("docs/guide.md", &page("low::gone"))]), [""; 0]);
}

#[test]
fn relative_links_lead_somewhere() {
    let good = "# More\n\n[a](guide.md) [b](../low/src) [c](guide.md#part-1-a-start) [d](#more)\n\
                [e](https://example.org/x)\n\n```\n[f](nowhere.md)\n```\n";
    assert_eq!(found(&[("docs/more.md", good)]), [""; 0]);
    for link in [
        "gone.md",
        "../gone/one.rs",
        "guide.md#part-2",
        "#gone",
        "../../out.md",
    ] {
        let text = format!("# More\n\n[a]({link})\n");
        assert_eq!(
            found(&[("docs/more.md", &text)]),
            ["docs/more.md:3: link"],
            "{link}"
        );
    }
}

#[test]
fn the_repository_itself_can_be_read() {
    let tree = Tree::read(&crate::root()).unwrap();
    assert!(tree.has("Cargo.toml"));
    assert!(tree.has("tools/xtask/src"));
    assert!(!tree.has("tools/xtask/sr"));
    assert!(tree.text("tools/xtask/src/main.rs").is_some());
}
