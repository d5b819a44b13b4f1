//! Proves that the packs that are built in load, and that a bad pack is refused with its place.

use super::*;
use crate::error::Reason;

fn with_rules(policies: &str) -> Result<Pack, PackError> {
    let files = builtin_files("dmp-2023").expect("it is built in");
    Pack::parse(PackFiles { policies, ..files })
}

fn reason(when: &str) -> Reason {
    let rule = format!(
        "@id(\"x\")\npermit (principal is DMP::Actor, action == DMP::Action::\"read\", \
         resource)\nwhen {{ {when} }};"
    );
    match with_rules(&rule) {
        Err(PackError::NotPushable {
            line: 1,
            rule,
            reason,
            ..
        }) if rule == "x" => reason,
        Err(error) => panic!("{when}: {error}"),
        Ok(_) => panic!("{when}: accepted"),
    }
}

#[test]
fn the_packs_that_are_built_in_load() {
    for name in ["dmp-2011", "dmp-2023"] {
        let pack = Pack::builtin(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pack.name(), name);
        assert!(pack.rules().len() > 40);
        assert!(
            pack.rules()
                .iter()
                .all(|rule| rule.line > 0 && !rule.says.is_empty())
        );
        assert!(pack.note().contains("example"));
    }
}

#[test]
fn a_rule_that_can_fail_or_cannot_be_planned_is_refused_with_its_reason() {
    for (when, expected) in [
        ("resource.created + 1 < context.now", Reason::MayError),
        ("context.now * 2 < resource.created", Reason::MayError),
        ("-resource.created < context.now", Reason::MayError),
        (
            "resource.dossier == DMP::Dossier::\"d\"",
            Reason::NamesOneResource,
        ),
        (
            "resource.dossier.authorised.contains(DMP::Actor::\"x\")",
            Reason::NamesAnother,
        ),
        (
            "resource.type == DMP::DocType::\"no-such-type\"",
            Reason::UnknownCode,
        ),
        (
            "principal.profession == DMP::Profession::\"medecine\" || true",
            Reason::UnknownCode,
        ),
        ("resource.class == \"no-such-class\"", Reason::UnknownCode),
        ("context.purpose == \"curiosity\"", Reason::UnknownCode),
        ("principal.speciality like \"S*\"", Reason::NotALiteral),
        ("resource.authors.isEmpty()", Reason::SizeOfASet),
        ("DMP::Actor::\"x\" has profession", Reason::NamesAnother),
        (
            "DMP::Actor::\"x\" in DMP::Structure::\"s\"",
            Reason::NamesAnother,
        ),
        (
            "DMP::Actor::\"x\" in principal.structure",
            Reason::NamesAnother,
        ),
        (
            "DMP::Actor::\"x\".speciality == \"SM26\"",
            Reason::UnknownAttribute,
        ),
        (
            "resource.authors == resource.dossier.authors",
            Reason::NotInTheSubset,
        ),
    ] {
        assert_eq!(reason(when), expected, "{when}");
    }
}

#[test]
fn extension_functions_are_refused() {
    let rule = "@id(\"x\")\npermit (principal, action == DMP::Action::\"read\", resource)\n\
                when { ip(resource.class).isLoopback() };";
    assert!(matches!(
        with_rules(rule),
        Err(PackError::Invalid { .. } | PackError::NotPushable { .. })
    ));
}

#[test]
fn a_pack_that_does_not_validate_names_line_and_rule() {
    let rules = "@id(\"fine\")\npermit (principal, action == DMP::Action::\"read\", resource);\n\n\
                 @id(\"typo\")\npermit (principal, action == DMP::Action::\"read\", resource)\n\
                 when { resource.maskd };";
    match with_rules(rules) {
        Err(PackError::Invalid { line: 4, rule, .. }) => assert_eq!(rule, "typo"),
        other => panic!("{:?}", other.err()),
    }
    let syntax = "@id(\"fine\")\npermit (principal, action, resource);\n\n@id(\"x\")\nprmit;";
    assert!(matches!(
        with_rules(syntax),
        Err(PackError::Syntax { line: 4, .. })
    ));
}

#[test]
fn rules_need_an_id_of_their_own() {
    let rule = "permit (principal, action == DMP::Action::\"read\", resource);";
    assert!(matches!(with_rules(rule), Err(PackError::Syntax { .. })));
    let twice = format!("@id(\"a\")\n{rule}\n@id(\"a\")\n{rule}");
    assert!(matches!(
        with_rules(&twice),
        Err(PackError::Syntax { line: 1, .. })
    ));
    let template = "@id(\"a\") permit (principal == ?principal, action, resource);";
    assert!(matches!(
        with_rules(template),
        Err(PackError::Syntax { .. })
    ));
}

#[test]
fn size_and_depth_are_bounded() {
    let many: String = (0..1001)
        .map(|at| {
            format!("@id(\"r{at}\")permit(principal,action==DMP::Action::\"read\",resource);")
        })
        .collect();
    assert!(matches!(
        with_rules(&many),
        Err(PackError::TooManyRules {
            found: 1001,
            limit: 1000
        })
    ));
    let deep = format!(
        "@id(\"a\")permit(principal,action,resource)when{{{}",
        "(".repeat(100_000)
    );
    assert!(matches!(with_rules(&deep), Err(PackError::Syntax { .. })));
    let long = format!(
        "@id(\"a\")permit(principal,action,resource)when{{{}true}};",
        "true && ".repeat(50_000)
    );
    assert!(matches!(with_rules(&long), Err(PackError::Syntax { .. })));
    let large = " ".repeat(limit::PACK_FILE_BYTES_MAX + 1);
    assert!(matches!(
        with_rules(&large),
        Err(PackError::TooLarge { .. })
    ));
}

#[test]
fn another_schema_is_refused() {
    let files = builtin_files("dmp-2011").expect("it is built in");
    let schema = files.schema.replace("majority: Long", "majority: String");
    let other = Pack::parse(PackFiles {
        schema: &schema,
        ..files
    });
    assert!(matches!(other, Err(PackError::Schema { .. })));
}

#[test]
fn a_directory_holds_a_pack() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/dmp-2023");
    let pack = Pack::open(&directory).expect("it is a pack");
    assert_eq!(
        pack.canonical(),
        Pack::builtin("dmp-2023").expect("it loads").canonical()
    );
    assert!(matches!(
        Pack::open(Path::new(env!("CARGO_MANIFEST_DIR"))),
        Err(PackError::Unreadable {
            file: "pack.txt",
            ..
        })
    ));
}

#[test]
fn every_fault_of_a_pack_is_told_at_once() {
    let files = builtin_files("dmp-2023").expect("it is built in");
    assert_eq!(faults(files).len(), 0, "a pack that loads has none");
    let told = |policies: &str| -> Vec<String> {
        let found = faults(PackFiles { policies, ..files });
        found.iter().map(ToString::to_string).collect()
    };
    let rule = |id: &str, when: &str| {
        format!(
            "@id(\"{id}\")\npermit (principal is DMP::Actor, action == DMP::Action::\"read\", \
             resource)\nwhen {{ {when} }};\n"
        )
    };
    let typos =
        rule("one", "resource.maskd") + &rule("fine", "true") + &rule("two", "resource.nothing");
    let typos = told(&typos);
    assert_eq!(typos.len(), 2, "{typos:?}");
    assert!(typos[0].contains("line 1, rule one") && typos[1].contains("line 7, rule two"));
    let failing = rule("sum", "resource.created + 1 < context.now")
        + &rule("fine", "resource.masked")
        + &rule("empty", "resource.authors.isEmpty()");
    let failing = told(&failing);
    assert_eq!(failing.len(), 2, "{failing:?}");
    assert!(failing[0].contains("rule sum") && failing[1].contains("line 7, rule empty"));
    assert_eq!(told("prmit;").len(), 1);
}

#[test]
fn ten_thousand_rules_are_refused_with_the_limit() {
    let many: String = (0..10_000)
        .map(|at| {
            format!("@id(\"r{at}\")permit(principal,action==DMP::Action::\"read\",resource);")
        })
        .collect();
    let error = with_rules(&many).err().expect("it is refused").to_string();
    assert_eq!(error, "the pack has 10000 rules; the limit is 1000");
}
