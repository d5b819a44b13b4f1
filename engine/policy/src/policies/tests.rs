//! Proves that the pack in force at the instant decides, and that packs never overlap.

use super::*;
use crate::error::PackError;
use crate::fixture::{document, dossier, professional};
use crate::pack::{PackFiles, builtin_files};
use crate::{DossierFacts, DossierStatus, Relation, Window};
use base::Purpose;

fn pack(name: &str, from: &str, until: &str) -> Pack {
    let files = builtin_files(name).expect("it is built in");
    let manifest = dated(files.manifest, from, until);
    Pack::parse(PackFiles {
        manifest: &manifest,
        ..files
    })
    .expect("only dates changed")
}

/// A manifest with other dates.
fn dated(manifest: &str, from: &str, until: &str) -> String {
    let line = |line: &str| match line.split(' ').next() {
        Some("valid-from") => format!("valid-from {from}\n"),
        Some("valid-until") => format!("valid-until {until}\n"),
        _ => format!("{line}\n"),
    };
    manifest.lines().map(line).collect()
}

#[test]
fn the_default_is_the_launch_and_the_reform_can_be_named() {
    let names = |policies: Policies| -> Vec<String> {
        policies
            .packs()
            .map(|pack| pack.name().to_owned())
            .collect()
    };
    assert_eq!(names(Policies::builtin().expect("it loads")), ["dmp-2011"]);
    assert_eq!(
        names(Policies::builtin_named("dmp-2023").expect("it loads")),
        ["dmp-2023"]
    );
    assert!(matches!(
        Policies::builtin_named("dmp-1998"),
        Err(PackError::Unknown)
    ));
    assert!(matches!(Policies::new(Vec::new()), Err(PackError::NoPack)));
}

#[test]
fn the_pack_changes_at_the_millisecond_and_gaps_permit_nothing() {
    let day = "2023-10-27T00:00:00Z";
    let policies = Policies::new(vec![
        pack("dmp-2023", day, "2030-01-01T00:00:00Z"),
        pack("dmp-2011", "2011-01-01T00:00:00Z", day),
    ])
    .expect("they do not overlap");
    let turn = Instant::from_rfc3339(day).expect("written here");
    let before = Instant::from_millis(turn.millis() - 1);
    let pharmacist = professional("pharmacien", Purpose::Care);
    let sees = |at: Instant| {
        let lens = policies.lens(&pharmacist, at)?;
        let mut facts = DossierFacts::new(dossier(&[]).dossier, DossierStatus::Active, at);
        facts.hold(Relation::Authorised, Window::ALWAYS);
        let seen = lens.scope(&facts);
        Some((
            seen.shows(&document(lens.pack(), "11488-4")),
            lens.valid_until(),
        ))
    };
    assert_eq!(
        sees(before),
        Some((false, turn)),
        "the launch's rules in their last millisecond"
    );
    assert_eq!(
        sees(turn).map(|seen| seen.0),
        Some(true),
        "the reform's rules in their first"
    );
    assert_eq!(
        sees(Instant::from_rfc3339("2031-01-01T00:00:00Z").expect("written here")),
        None
    );
    assert_eq!(sees(Instant::MIN), None);
}

#[test]
fn overlapping_packs_are_refused() {
    let packs = vec![
        pack("dmp-2011", "2011-01-01T00:00:00Z", "2023-10-28T00:00:00Z"),
        pack("dmp-2023", "2023-10-27T00:00:00Z", "open"),
    ];
    assert!(matches!(
        Policies::new(packs),
        Err(PackError::Overlap { .. })
    ));
}

#[test]
fn the_canonical_form_tells_packs_apart() {
    let one = Policies::builtin().expect("it loads").canonical();
    let other = Policies::builtin_named("dmp-2023")
        .expect("it loads")
        .canonical();
    assert_ne!(one, other);
    assert_eq!(one, Policies::builtin().expect("it loads").canonical());
}

/// A directory of packs for one test, removed at its end.
struct Shelf(std::path::PathBuf);

impl Shelf {
    fn new(name: &str) -> Self {
        let name = format!("liasse-packs-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("a new directory");
        Self(path)
    }

    fn put(&self, directory: &str, name: &str, (from, until): (&str, &str)) {
        let files = builtin_files(name).expect("it is built in");
        let home = self.0.join(directory);
        std::fs::create_dir_all(&home).expect("a directory of its own");
        let write = |file: &str, text: &str| std::fs::write(home.join(file), text);
        let dated = dated(files.manifest, from, until);
        for (file, text) in [
            ("pack.txt", dated.as_str()),
            ("schema.cedarschema", files.schema),
            ("policies.cedar", files.policies),
            ("matrix.tsv", files.matrix),
        ] {
            write(file, text).expect("the disk takes it");
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const TURN: &str = "2023-10-27T00:00:00Z";

#[test]
fn a_directory_holds_one_pack_or_several() {
    let shelf = Shelf::new("several");
    shelf.put("b", "dmp-2011", ("2011-01-01T00:00:00Z", TURN));
    shelf.put("a", "dmp-2023", (TURN, "open"));
    std::fs::create_dir(shelf.0.join(".git")).expect("a directory to be left alone");
    std::fs::write(shelf.0.join("README"), "packs").expect("a file to be left alone");
    let several = Policies::open(&shelf.0).expect("two packs");
    let names: Vec<_> = several.packs().map(|pack| pack.name().to_owned()).collect();
    assert_eq!(names, ["dmp-2011", "dmp-2023"], "in the order of validity");
    let one = Policies::open(&shelf.0.join("a")).expect("one pack");
    assert_eq!(one.packs().count(), 1);
    let named = shelf.0.join("a");
    let named = Policies::named(&named.to_string_lossy()).expect("a directory by its name");
    assert_eq!(named.canonical(), one.canonical());
    assert!(matches!(
        Policies::named("no-such-pack"),
        Err(PackError::Unknown)
    ));
}

#[test]
fn a_wrong_pack_of_a_directory_is_named_with_line_and_reason() {
    let shelf = Shelf::new("wrong");
    shelf.put("fine", "dmp-2011", ("2011-01-01T00:00:00Z", TURN));
    shelf.put("wrong", "dmp-2023", (TURN, "open"));
    let rules = shelf.0.join("wrong/policies.cedar");
    let text = std::fs::read_to_string(&rules).expect("it was written");
    let typo = text.replace("resource.hiddenFromRepresentatives &&", "resource.hiddn &&");
    std::fs::write(&rules, typo).expect("the disk takes it");
    let error = Policies::open(&shelf.0)
        .err()
        .expect("it is refused")
        .to_string();
    for part in [
        "pack wrong",
        "policies.cedar, line ",
        "R18-hidden-from-rep",
        "hiddn",
    ] {
        assert!(error.contains(part), "{part} is missing: {error}");
    }
}

#[test]
fn packs_of_a_directory_never_overlap_and_are_never_too_many_or_none() {
    let shelf = Shelf::new("many");
    assert!(matches!(Policies::open(&shelf.0), Err(PackError::NoPack)));
    shelf.put("a", "dmp-2011", ("2011-01-01T00:00:00Z", "open"));
    shelf.put("b", "dmp-2023", (TURN, "open"));
    assert!(matches!(
        Policies::open(&shelf.0),
        Err(PackError::Overlap { .. })
    ));
    let one = || pack("dmp-2011", "open", "open");
    let many = (0..=limit::PACKS_MAX).map(|at| {
        let year = |at: usize| format!("{}-01-01T00:00:00Z", 2000 + at);
        pack("dmp-2011", &year(at), &year(at + 1))
    });
    assert!(matches!(
        Policies::new(many.collect()),
        Err(PackError::TooManyPacks { limit: 16 })
    ));
    assert!(Policies::new(vec![one()]).is_ok());
}

#[test]
fn the_canonical_form_is_read_back_and_nothing_else_is() {
    let policies = Policies::new(vec![
        pack("dmp-2023", TURN, "open"),
        pack("dmp-2011", "open", TURN),
    ]);
    let bytes = policies.expect("they do not overlap").canonical();
    let back = Policies::from_canonical(&bytes).expect("it was written here");
    assert_eq!(back.canonical(), bytes);
    for cut in [1, 4, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(Policies::from_canonical(&bytes[..cut]).is_err(), "{cut}");
    }
    assert!(Policies::from_canonical(&[]).is_err());
}

/// What is built in follows itself without a hand's help: the launch until the reform, to the
/// millisecond, with the same rules as each has alone.
#[test]
fn the_built_in_packs_follow_each_other() {
    let both = Policies::builtin_named("dmp").expect("they do not overlap");
    let turn = Instant::from_rfc3339("2023-10-27T00:00:00Z").expect("written here");
    let before = Instant::from_millis(turn.millis() - 1);
    let name = |at| both.at(at).map(|pack| pack.name().to_owned());
    assert_eq!(name(before).as_deref(), Some("dmp-2011"));
    assert_eq!(name(turn).as_deref(), Some("dmp-2023"));
    assert_eq!(name(Instant::MAX).as_deref(), Some("dmp-2023"));
    let earliest = Instant::from_rfc3339("2010-12-31T23:59:59Z").expect("written here");
    assert_eq!(
        name(earliest),
        None,
        "nothing is permitted before the first"
    );
    for pack in both.packs() {
        let alone = Pack::builtin(pack.name()).expect("it is built in");
        assert_eq!(alone.rules_text(), pack.rules_text());
        assert_eq!(alone.version(), pack.version());
        assert_eq!(alone.validity().from(), pack.validity().from());
    }
    let again = Policies::from_canonical(&both.canonical()).expect("written by itself");
    assert_eq!(again.packs().count(), 2);
}

#[test]
fn packs_that_overlap_are_told_where_the_first_has_to_end() {
    let packs = ["dmp-2011", "dmp-2023"].map(|name| Pack::builtin(name).expect("built in"));
    let Err(error) = Policies::new(packs.into()) else {
        panic!("both are open");
    };
    let told = error.to_string();
    for word in [
        "dmp-2011 1.0.0",
        "dmp-2023 1.0.0",
        "valid-until 2023-10-27T00:00:00",
    ] {
        assert!(told.contains(word), "{told}");
    }
}
