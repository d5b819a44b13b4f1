//! Proves that the pack in force at the instant decides, and that packs never overlap.

use super::*;
use crate::error::PackError;
use crate::fixture::{document, dossier, professional};
use crate::pack::{PackFiles, builtin_files};
use crate::{DossierFacts, DossierStatus, Relation, Window};
use base::Purpose;

fn pack(name: &str, from: &str, until: &str) -> Pack {
    let files = builtin_files(name).expect("it is built in");
    let manifest: String = files
        .manifest
        .lines()
        .map(|line| match line.split(' ').next() {
            Some("valid-from") => format!("valid-from {from}\n"),
            Some("valid-until") => format!("valid-until {until}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    Pack::parse(PackFiles {
        manifest: &manifest,
        ..files
    })
    .expect("only dates changed")
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
