//! Proves that `docs/rules.md` names every policy of the packs and every table of the rules, and
//! `docs/cli.md` every bound.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../docs/rules.md");
const COMMANDS: &str = include_str!("../../../../docs/cli.md");

#[test]
fn the_page_of_the_commands_names_every_bound() {
    let bounds = policy::bounds().expect("they are built in");
    assert!(bounds.len() > 50, "{}", bounds.len());
    for (name, says) in bounds {
        assert!(COMMANDS.contains(&format!("`{name}`")), "{name}");
        assert!(says.ends_with(')') && says.contains("(R"), "{name}: {says}");
    }
}

#[test]
fn the_page_of_the_rules_names_every_policy_and_no_other() {
    let mut known = BTreeSet::new();
    for name in ["dmp-2011", "dmp-2023"] {
        let pack = policy::Pack::builtin(name).expect("a pack that is built in loads");
        known.extend(pack.rules().iter().map(|rule| rule.id.clone()));
    }
    let quoted = PAGE.split('`').skip(1).step_by(2);
    let named: BTreeSet<_> = quoted
        .filter(|word| word.starts_with('R') && word.contains('-'))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, known);
    for id in &known {
        let rule = id.split('-').next().expect("an id begins");
        let mut lines = PAGE.lines();
        let line = lines.find(|line| line.starts_with(&format!("| {rule} |")));
        let stands = line.is_some_and(|line| line.contains(&format!("`{id}`")));
        assert!(stands, "{id} is not in the line of {rule}");
    }
}

#[test]
fn the_page_of_the_rules_names_every_table_and_every_rule() {
    let tables = [
        include_str!("rules/care.rs"),
        include_str!("rules/emergency.rs"),
        include_str!("rules/life.rs"),
        include_str!("rules/patient.rs"),
        include_str!("rules/write.rs"),
    ];
    let tests = |text: &'static str| {
        let names = text.lines().filter_map(|line| line.strip_prefix("fn "));
        names.filter_map(|rest| rest.strip_suffix("() {"))
    };
    for name in tables.into_iter().flat_map(tests) {
        assert!(PAGE.contains(&format!("`{name}`")), "{name} is missing");
        let rule = name
            .split('_')
            .next()
            .expect("a name begins")
            .to_uppercase();
        assert!(PAGE.contains(&format!("| {rule} |")), "{rule} has no line");
    }
    for rule in 1..=27 {
        assert!(
            PAGE.contains(&format!("| R{rule} |")),
            "R{rule} has no line"
        );
        let prefix = format!("`r{rule}_");
        assert!(PAGE.contains(&prefix), "R{rule} has no table");
    }
}
