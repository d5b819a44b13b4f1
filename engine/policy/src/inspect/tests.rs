//! Proves that what looks wrong is found, that a change is named on both sides, and that the
//! page says what the lens says.

use super::*;
use crate::facts::PROFESSION_PATIENT;
use crate::fixture::{LAUNCH, REFORM};
use crate::pack::{PackFiles, builtin_files};
use crate::schema::ActionName;
use std::collections::BTreeSet;

fn altered(change: impl Fn(&str) -> String) -> Arc<Pack> {
    let files = builtin_files("dmp-2023").expect("it is built in");
    let policies = change(files.policies);
    let pack = Pack::parse(PackFiles {
        policies: &policies,
        ..files
    });
    Arc::new(pack.unwrap_or_else(|error| panic!("{error}")))
}

fn told(pack: &Arc<Pack>, previous: Option<&Arc<Pack>>) -> Vec<Finding> {
    check(pack, previous).expect("the bounds load")
}

/// The signature of a submission set, which no matrix speaks of.
fn signature() -> Finding {
    let kind = "E1762".to_owned();
    Finding::NoCell { kind }
}

#[test]
fn the_packs_that_are_built_in_show_what_they_mean_to_show() {
    for (pack, beside) in [(&LAUNCH, 0), (&REFORM, 1)] {
        let findings = told(pack, None);
        assert!(findings.iter().all(Finding::is_note), "{findings:?}");
        assert!(findings.contains(&signature()));
        let many = |name| findings.iter().filter(|it| it.name() == name).count();
        // Seven professions at the launch, eight since, and the occupational physician by a rule.
        assert_eq!(many("all_cells"), 7 + beside, "{findings:?}");
        assert_eq!(many("sees_everything"), beside, "{findings:?}");
        assert_eq!(findings.len(), 8 + 2 * beside, "{findings:?}");
    }
}

/// A profession to which the matrix gives every type is a finding, until the manifest states it.
#[test]
fn a_profession_with_every_cell_is_found_unless_it_is_stated() {
    let files = builtin_files("dmp-2011").expect("it is built in");
    let manifest = files.manifest.replace("all-types medecin\n", "");
    assert_ne!(manifest, files.manifest);
    for (manifest, note) in [(manifest.as_str(), false), (files.manifest, true)] {
        let pack = Pack::parse(PackFiles { manifest, ..files }).expect("a line less");
        let findings = told(&Arc::new(pack), None);
        let of = findings.iter().find(|it| it.name() == "all_cells");
        let of = of.expect("it is told either way");
        assert_eq!(of.is_note(), note, "{of}");
        assert!(of.to_string().contains("medecin"), "{of}");
    }
}

/// A column that is filled but for a few cells is told as one that is full.
#[test]
fn a_cell_less_does_not_hide_a_profession_that_sees_everything() {
    for (column, left, found) in [
        ("pharmacien", 1, true),
        ("pharmacien", 3, true),
        ("psychologue", 10, true),
        ("psychologue", 11, false),
        ("auditeur", 10, true),
    ] {
        let pack = filled(column, left);
        let findings = told(&pack, None);
        let of = |it: &&Finding| it.name() == "all_cells" && it.to_string().contains(column);
        let wrong = findings.iter().filter(of).any(|it| !it.is_note());
        assert_eq!(wrong, found, "{column} but {left}: {findings:?}");
    }
    let auditor = told(&filled("auditeur", 90), None);
    let reads = auditor
        .iter()
        .any(|it| it.name() == "auditor_reads_documents");
    assert!(reads, "{auditor:?}");
}

/// `dmp-2023` with a column that permits all but the first so many types.
fn filled(column: &str, left: usize) -> Arc<Pack> {
    let files = builtin_files("dmp-2023").expect("it is built in");
    let (mut at, mut lines) = (None, 0);
    let line = |line: &str| {
        let mut cells: Vec<_> = line.split('\t').map(str::to_owned).collect();
        if line.starts_with("class\t") {
            at = cells.iter().position(|cell| cell == column);
            cells.extend(at.is_none().then(|| column.to_owned()));
        } else if !line.starts_with('#') {
            lines += 1;
            let cell = if lines > left { "permit" } else { "deny" }.to_owned();
            match at {
                Some(at) => cells[at] = cell,
                None => cells.push(cell),
            }
        }
        cells.join("\t") + "\n"
    };
    let matrix: String = files.matrix.lines().map(line).collect();
    let manifest = files.manifest.replace(&format!(" {column} "), " ");
    let manifest = if column == "auditeur" {
        &manifest
    } else {
        files.manifest
    };
    let pack = Pack::parse(PackFiles {
        matrix: &matrix,
        manifest,
        ..files
    });
    Arc::new(pack.unwrap_or_else(|error| panic!("{error}")))
}

/// What keeps from the holder what is hers, of some types or all, open or closed, masked or not.
#[test]
fn a_pack_that_keeps_a_dossier_from_its_holder_is_found() {
    for when in [
        "context.purpose == \"holder\"",
        "resource.type == DMP::DocType::\"11488-4\"",
        "resource.dossier.status != \"active\"",
        "resource.masked",
    ] {
        let pack = altered(|policies| {
            format!(
                "{policies}\n@id(\"less\")\nforbid (principal is DMP::Person, action == \
                 DMP::Action::\"read\", resource) when {{ {when} }};"
            )
        });
        let findings = told(&pack, None);
        let less = findings.iter().find(|it| it.name() == "holder_sees_less");
        let less = less.unwrap_or_else(|| panic!("{when}: {findings:?}"));
        assert!(!less.is_note(), "{less}");
    }
}

/// The conditions of rules that nobody, and that somebody, can satisfy.
#[test]
fn a_rule_that_cannot_apply_is_found_and_no_other() {
    let idle = [
        "context.purpose == \"care\" && context.purpose == \"panel\"",
        "resource.masked && !resource.masked",
        "resource.status == \"approved\" && resource.status == \"archived\"",
        "resource.dossier.consultation == \"permit\" \
         && resource.dossier.consultation != \"permit\"",
        "principal.speciality == \"SM54\" && principal.speciality == \"SM26\"",
        "context.now < resource.created && resource.created < context.now",
        "context.now < 1000 && context.now > 2000",
        "(context.masks || context.unmasks) && !context.masks && !context.unmasks",
        "resource.type == DMP::DocType::\"11488-4\" \
         && resource.type == DMP::DocType::\"11502-2\"",
        "principal.profession == DMP::Profession::\"medecin\" \
         && principal.profession == DMP::Profession::\"pharmacien\"",
    ];
    let alive = [
        "principal.speciality == \"SM54\"",
        "principal.speciality == \"SM54\" || principal.speciality == \"SM26\"",
        "context.masks && !context.unmasks",
        "principal.structure == DMP::Structure::\"990000001\"",
        "resource.status == \"approved\" || resource.status == \"archived\"",
        "context.now > 1000 && context.now < 2000",
        "resource.masked && !resource.hiddenFromRepresentatives",
    ];
    let rules = idle.iter().chain(&alive).enumerate().map(|(at, when)| {
        format!(
            "\n@id(\"more-{at}\")\nforbid (principal is DMP::Actor, \
             action == DMP::Action::\"setFlags\", resource)\nwhen {{ {when} }};"
        )
    });
    let rules: String = rules.collect();
    let pack = altered(|policies| format!("{policies}{rules}"));
    let findings = told(&pack, None);
    let named: Vec<_> = findings
        .iter()
        .filter(|it| it.name() == "never_applies")
        .map(ToString::to_string)
        .collect();
    for (at, when) in idle.iter().enumerate() {
        let found = named.iter().any(|it| it.contains(&format!("more-{at} ")));
        assert!(found, "not found: {when}");
    }
    assert_eq!(named.len(), idle.len(), "{named:?}");
}

/// A pack from which one condition was taken is told under the bound that it now goes beyond.
#[test]
fn every_weakness_is_found_in_a_pack_that_has_it() {
    for (weakness, swaps) in WEAK {
        let pack = altered(|policies| {
            swaps.iter().fold(policies.to_owned(), |rules, (from, to)| {
                assert!(rules.contains(from), "{from}");
                rules.replacen(from, to, 1)
            })
        });
        let findings = told(&pack, None);
        let shown = findings.iter().any(|it| it.name() == *weakness);
        assert!(shown, "{weakness}: {findings:?}");
    }
}

/// Under how little an opening can hide: what the bound forbids, for all, for one actor, one
/// structure, one speciality, until or from a date, for all purposes but one.
const HIDDEN_UNDER: [(&str, &str); 7] = [
    ("", "true"),
    ("names_someone", "principal == DMP::Actor::\"899900000042\""),
    (
        "names_someone",
        "principal.structure == DMP::Structure::\"990000042\"",
    ),
    ("asks_speciality", "principal.speciality == \"SM54\""),
    ("names_a_date", "context.now > 1900000000000"),
    ("names_a_date", "context.now < 1710000000000"),
    ("", "context.purpose != \"panel\""),
];

/// Every bound as a rule that permits what it forbids, under one more condition, beside the rules
/// of `dmp-2023` that permit: each is told under the bound's name, with its line.
#[test]
fn what_a_bound_forbids_is_told_however_narrow_its_opening() {
    let bounds = bounds().expect("they are built in");
    for (unusual, condition) in HIDDEN_UNDER {
        let pack = altered(|policies| {
            let permits = policies
                .split("\n@id")
                .filter(|it| !it.contains("\nforbid ("));
            let permits: Vec<_> = permits.collect();
            format!("{}\n{}", permits.join("\n@id"), opened(condition))
        });
        let findings = told(&pack, None);
        for (bound, _) in &bounds {
            let of = |it: &&Finding| it.name() == bound;
            let Some(Finding::Beyond(excess)) = findings.iter().find(of) else {
                panic!("{bound} is not told, under {condition}");
            };
            let rule = format!(": open-{bound}");
            let named = excess.rules.iter().any(|it| it.ends_with(&rule));
            // What speaks of an actor opens nothing to persons.
            let persons = excess.professions == [PROFESSION_PATIENT];
            assert!(
                named || persons && condition.contains("principal"),
                "{bound}, under {condition}: {excess:?}"
            );
        }
        let named = findings.iter().any(|it| it.name() == unusual);
        assert!(named || unusual.is_empty(), "{condition}");
    }
}

/// The bounds as rules that permit, each under one more condition.
fn opened(condition: &str) -> String {
    let text = include_str!("../../packs/bounds.cedar");
    let rules = text.split("\n@id(\"").skip(1).map(|rule| {
        let (name, rest) = rule.split_once('"').expect("an id ends");
        let rest = rest.split("\n// ----").next().unwrap_or_default();
        let rest = rest.replacen("\nforbid (", "\npermit (", 1);
        // `unless` permits where the bound does: turned round with the rest.
        let actor = condition.contains("principal") && !rest.contains("(principal is");
        let narrowed = if actor {
            format!("principal is DMP::Actor && {condition}")
        } else {
            condition.to_owned()
        };
        let person = rest.contains("(principal is DMP::Person") && condition.contains("principal");
        let narrowed = if person { "true" } else { &narrowed };
        format!(
            "\n@id(\"open-{name}\"{} when {{ {narrowed} }};",
            rest.trim_end().trim_end_matches(';')
        )
    });
    rules.collect()
}

/// Without any one of its prohibitions a pack permits what it should not, and is told so.
#[test]
fn a_pack_that_lost_a_prohibition_is_told() {
    let text = builtin_files("dmp-2023").expect("it is built in").policies;
    let (mut tried, mut untold) = (0, Vec::new());
    for forbid in text.split("\n@id").filter(|it| it.contains("\nforbid (")) {
        let pack = altered(|policies| policies.replacen(&format!("\n@id{forbid}"), "\n", 1));
        if told(&pack, None).iter().all(Finding::is_note) {
            untold.extend(forbid.split('"').nth(1));
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
    assert_eq!(untold, REDUNDANT);
}

/// Every prohibition with one action exempted from it, each action it covers in turn: where
/// anything opens by it, that is told, or listed as harmless.
#[test]
fn a_prohibition_that_exempts_one_action_is_told() {
    let text = builtin_files("dmp-2023").expect("it is built in").policies;
    let (mut tried, mut untold) = (0, BTreeSet::new());
    for forbid in text.split("\n@id").filter(|it| it.contains("\nforbid (")) {
        let id = forbid.split('"').nth(1).expect("an id");
        let number = REFORM.rules().iter().position(|it| it.id == id);
        let number = crate::pack::RuleNumber(number.expect("its rule").try_into().expect("few"));
        let covers = |action: &&ActionName| {
            let mut professions = REFORM.dictionary().professions();
            professions.any(|it| {
                let of = REFORM.dictionary().profession_ordinal(it);
                REFORM
                    .lowered(of, **action)
                    .iter()
                    .any(|it| it.rule == number)
            })
        };
        for action in ActionName::ALL.iter().filter(covers) {
            let (body, rest) = forbid.split_once(" };").expect("a rule ends");
            let exempt = format!(
                "{body} }}\nunless {{ action == DMP::Action::\"{}\" }};{rest}",
                action.code()
            );
            let pack = altered(|policies| policies.replacen(forbid, &exempt, 1));
            let quiet = |previous| told(&pack, previous).iter().all(Finding::is_note);
            if quiet(None) && !quiet(Some(&REFORM)) {
                untold.insert(format!("{id} {}", action.code()));
            }
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
    let harmless = HARMLESS.iter().flat_map(|(id, actions, _)| {
        actions
            .split(' ')
            .map(move |action| format!("{id} {action}"))
    });
    assert_eq!(untold, harmless.collect());
}

/// What opens and harms nobody, with the reason.
const HARMLESS: [(&str, &str, &str); 1] = [(
    "R11-occupational",
    "revoke leaveAttending",
    "an occupational physician only gives up what she should not have been given",
)];

/// Others say the same: the dossier's gate, or permits that name their purposes and changes.
const REDUNDANT: [&str; 4] = [
    "R1-active-documents",
    "R2-blocked-documents",
    "R11-contract",
    "R18-irreversible",
];

/// A note of what rules turn on that no shipped pack asks, and a finding of names and dates.
#[test]
fn a_rule_that_names_someone_or_a_date_is_told_even_where_it_only_forbids() {
    for (condition, name, note) in [
        (
            "principal == DMP::Actor::\"899900000042\"",
            "names_someone",
            false,
        ),
        (
            "principal in DMP::Structure::\"990000042\"",
            "names_someone",
            false,
        ),
        ("context.now < 1900000000000", "names_a_date", false),
        ("resource.created < 1500000000000", "names_a_date", false),
        ("principal.speciality == \"SM54\"", "asks_speciality", true),
        ("resource.created < resource.deposited", "asks_age", true),
        ("resource.class == \"10\"", "asks_origin", true),
    ] {
        let rule = format!(
            "\n@id(\"one\")\nforbid (principal is DMP::Actor, action == \
             DMP::Action::\"read\", resource) when {{ {condition} }};"
        );
        let pack = altered(|policies| format!("{policies}{rule}"));
        let findings = told(&pack, None);
        let of_it = findings.iter().find(|it| it.name() == name);
        let of_it = of_it.unwrap_or_else(|| panic!("{condition}: {findings:?}"));
        assert_eq!(of_it.is_note(), note, "{condition}");
        assert!(of_it.to_string().contains("the rule one "), "{of_it}");
        assert_eq!(findings.iter().all(Finding::is_note), note, "{condition}");
    }
}

#[test]
fn a_pack_under_which_nobody_sees_anything_is_found() {
    let nobody = altered(|_| "@id(\"nobody\")\nforbid (principal, action, resource);".to_owned());
    assert!(told(&nobody, None).contains(&Finding::NothingPermitted));
    let all = altered(|_| "@id(\"all\")\npermit (principal, action, resource);".to_owned());
    let findings = told(&all, None);
    let names: Vec<_> = findings.iter().map(Finding::name).collect();
    assert!(!names.contains(&"nothing_permitted"));
    for name in [
        "contract_open",
        "block_is_ignored",
        "sees_everything",
        "erases_anothers",
    ] {
        assert!(names.contains(&name), "{name} is missing: {names:?}");
    }
}

#[test]
fn a_misconfigured_pack_is_found_out() {
    let open = "\n@id(\"open\")\npermit (principal is DMP::Actor, action in \
                [DMP::Action::\"read\", DMP::Action::\"consult\"], resource)\n\
                when { principal.profession == DMP::Profession::\"coordination\" };";
    let pack = altered(|policies| {
        policies.replace(
            "context.now < resource.hiddenFromHolderUntil",
            "context.secret",
        ) + open
    });
    let findings = told(&pack, Some(&REFORM));
    let names: Vec<_> = findings.iter().map(Finding::name).collect();
    for name in [
        "needs_no_relation",
        "enters_unrelated",
        "beside_matrix",
        "sees_masked",
        "not_yet_announced",
    ] {
        assert!(names.contains(&name), "{name} is missing of {names:?}");
    }
    let everything = Finding::SeesEverything {
        profession: "coordination".to_owned(),
        situation: Situation::Unrelated,
        types: (102, 102),
        stated: false,
    };
    assert!(findings.contains(&everything));
    let wider = |it: &Finding| {
        let Finding::Wider(gain) = it else {
            return false;
        };
        gain.professions.iter().any(|it| it == "coordination") && gain.actions.contains(&"read")
    };
    assert!(findings.iter().any(wider));
    assert!(!names.contains(&"contract_open"));
}

#[test]
fn a_difference_is_seen_from_both_sides() {
    let forward = diff(&LAUNCH, &REFORM);
    let back = diff(&REFORM, &LAUNCH);
    assert_eq!(forward.len(), back.len());
    let gains = |profession: &str, kind: &str| {
        forward.iter().any(|it| {
            it.profession == profession
                && it.kind == kind
                && it.situation == Situation::Authorised
                && !it.masked
                && it.direction == Direction::Gained
        })
    };
    assert!(gains("pharmacien", "11488-4"), "consultation reports");
    assert!(
        gains("medecin_travail", "11488-4"),
        "with the holder's authorisation"
    );
    assert!(!gains("banque", "11488-4"));
    let lost = back
        .iter()
        .filter(|it| it.direction == Direction::Lost)
        .count();
    let gained = forward
        .iter()
        .filter(|it| it.direction == Direction::Gained)
        .count();
    assert_eq!(lost, gained);
    assert_eq!(diff(&REFORM, &REFORM), []);
}

#[test]
fn the_page_is_self_contained_and_says_what_the_lens_says() {
    let page = matrix_page(&REFORM);
    assert!(page.contains("title=\"pharmacien, 11488-4: yes\""));
    assert!(page.contains("title=\"banque, 11488-4: no\""));
    let occupational = "<td class=\"yes rule\" title=\"medecin_travail, 11488-4: yes\">";
    assert!(page.contains(occupational), "by a rule beside the matrix");
    for (classes, mark) in [
        (
            "yes rule\" title=\"medecin_travail, 11488-4: yes",
            "&#10003;<sup>*</sup>",
        ),
        ("yes\" title=\"medecin, 11488-4: yes", "&#10003;"),
        (
            "yes assumed\" title=\"pharmacien, 11488-4: yes",
            "&#10003;<sup>?</sup>",
        ),
        ("no\" title=\"banque, 11488-4: no", "&#8211;"),
    ] {
        let cell = format!("<td class=\"{classes}\">{mark}</td>");
        assert!(page.contains(&cell), "without colour: {cell}");
    }
    assert!(page.contains("example: the order of 26 October 2023"));
    for outside in ["http://", "https://", "src=", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let launch = matrix_page(&LAUNCH);
    assert!(launch.contains("title=\"pharmacien, 11488-4: no\""));
}

#[test]
fn the_table_says_what_the_lens_says() {
    let column = |table: &str, profession: &str| {
        let head = table
            .lines()
            .find(|line| {
                line.get(1..)
                    .is_some_and(|rest| rest == format!("  {profession}"))
            })
            .and_then(|line| line.chars().next())
            .expect("every profession has a letter");
        let heads = table
            .lines()
            .find(|line| line.starts_with("    "))
            .expect("the heads");
        heads.find(head).expect("its column")
    };
    for (pack, profession, cell) in [
        (&REFORM, "pharmacien", "+?"),
        (&LAUNCH, "pharmacien", "-"),
        (&REFORM, "medecin", "+ "),
        (&REFORM, "medecin_travail", "+ "),
        (&REFORM, "banque", "- "),
    ] {
        let table = matrix_text(pack);
        let line = table
            .lines()
            .find(|line| line.starts_with("11488-4 "))
            .expect("a line");
        let at = column(&table, profession);
        assert!(line[at..].starts_with(cell), "{profession}: {line}");
    }
}

/// What a rule says, and what to write instead.
type Swap = (&'static str, &'static str);

/// A weakness, and what to change in `dmp-2023` so that it has it.
const WEAK: &[(&str, &[Swap])] = &[
    (
        "closed_is_read",
        &[
            (
                "resource.status != \"active\" }\nunless",
                "resource.status == \"absent\" }\nunless",
            ),
            (
                "resource.dossier.status != \"active\"",
                "resource.dossier.status == \"absent\"",
            ),
        ],
    ),
    (
        "block_is_ignored",
        &[
            ("resource.blocked.contains(principal)", "context.secret"),
            (
                "resource.dossier.blocked.contains(principal)",
                "context.secret",
            ),
        ],
    ),
    (
        "opposition_is_ignored",
        &[
            (
                "&& resource.consultation != \"deny\"\n       && (resource.authorised",
                "&& (resource.authorised",
            ),
            (
                "&& resource.dossier.consultation != \"deny\"\n       && \
                 (resource.dossier.authorised",
                "&& (resource.dossier.authorised",
            ),
        ],
    ),
    (
        "break_glass_opposed",
        &[(
            "context.motivated && resource.btg != \"deny\"",
            "context.motivated",
        )],
    ),
    (
        "break_glass_unmotivated",
        &[("context.motivated && resource.btg", "resource.btg")],
    ),
    (
        "centre_15_opposed",
        &[
            (
                "\"emergency_samu\" && resource.etreat != \"deny\"",
                "\"emergency_samu\"",
            ),
            (
                "\"emergency_samu\" && resource.dossier.etreat != \"deny\"",
                "\"emergency_samu\"",
            ),
        ],
    ),
    (
        "masked_in_emergency",
        &[(
            "maskedInEmergency == \"permit\"",
            "maskedInEmergency != \"deny\"",
        )],
    ),
    (
        "audit_reads_documents",
        &[(
            "action == DMP::Action::\"trace\", resource)\nwhen { context.purpose \
                 == \"audit\"",
            "action in [DMP::Action::\"trace\", DMP::Action::\"read\"], \
                 resource)\nwhen { context.purpose == \"audit\"",
        )],
    ),
    (
        "population_reads_documents",
        &[(
            "action == DMP::Action::\"count\", resource)",
            "action in [DMP::Action::\"count\", DMP::Action::\"read\"], resource)",
        )],
    ),
    (
        "population_counts_masked",
        &[(
            "resource.status == \"approved\" && !resource.masked",
            "resource.status == \"approved\"",
        )],
    ),
    (
        "stranger_reads",
        &[
            (
                "context.purpose == \"holder\" && resource.holder == principal",
                "context.purpose == \"holder\"",
            ),
            (
                "context.purpose == \"holder\" && resource.dossier.holder == principal",
                "context.purpose == \"holder\"",
            ),
        ],
    ),
    (
        "representative_of_age",
        &[
            (
                "context.now < resource.majority };\n\n@id(\"R22-delegate-gate\")",
                "!context.secret };\n\n@id(\"R22-delegate-gate\")",
            ),
            ("context.now < resource.dossier.majority", "!context.secret"),
        ],
    ),
    (
        "delegate_reads_kept",
        &[(
            "resource.hiddenFromRepresentatives && resource.dossier.holder != principal",
            "resource.hiddenFromRepresentatives && \
                 resource.dossier.representatives.contains(principal)",
        )],
    ),
    (
        "secret_traces_shown",
        &[(
            "context.secretTrace && resource.holder != principal",
            "context.secretTrace && resource.delegates.contains(principal)",
        )],
    ),
    (
        "deleted_is_shown",
        &[(
            "when { resource.status == \"deleted\" }",
            "when { resource.status == \"deleted\" && context.secret }",
        )],
    ),
    (
        "cumulates",
        &[(
            "when { context.cumulates };",
            "when { context.cumulates && context.secret };",
        )],
    ),
    (
        "hidden_again",
        &[(
            "forbid (principal, action == DMP::Action::\"setFlags\", \
                 resource)\nwhen { context.hidesFromRepresentatives }",
            "permit (principal, action == DMP::Action::\"setFlags\", \
                 resource)\nwhen { context.hidesFromRepresentatives }",
        )],
    ),
    (
        "secret_deposit_shown",
        &[(
            "context.secret && !context.hidesFromRepresentatives",
            "context.secret && context.masks",
        )],
    ),
    (
        "deposit_opposed",
        &[("&& resource.deposit != \"deny\"\n", "")],
    ),
    (
        "deletes_anothers",
        &[(
            "DMP::Action::\"setStatus\"], resource)\nwhen { context.purpose == \
                 \"care\"\n       && (resource.authors.",
            "DMP::Action::\"setStatus\"], resource)\nwhen { context.purpose == \
                 \"care\"\n       && (resource.dossier.authorised.",
        )],
    ),
    (
        "replaces_anothers",
        &[(
            "context.latest\n       && (resource.authors.",
            "context.latest\n       && (resource.dossier.authorised.",
        )],
    ),
    (
        "hides_anothers",
        &[(
            "context.hidesFromHolder\n       && (resource.authors.",
            "context.hidesFromHolder\n       && (resource.dossier.authorised.",
        )],
    ),
    (
        "unmasks",
        &[
            ("\n       && !resource.masked };", " };"),
            (
                "context.unmasks\n       && resource.dossier.attending",
                "context.unmasks\n       && resource.dossier.authorised",
            ),
        ],
    ),
    (
        "acts_without_agreement",
        &[(
            "context.purpose == \"care\" && context.consented\n       && (resource.authorised",
            "context.purpose == \"care\"\n       && (resource.authorised",
        )],
    ),
    (
        "lifts_blocks",
        &[(
            "action == DMP::Action::\"block\", resource)",
            "action in [DMP::Action::\"block\", DMP::Action::\"unblock\"], resource)",
        )],
    ),
    (
        "erases_anothers",
        &[(
            "context.purpose == \"holder\" && resource.holder == principal \
                 };\n\n@id(\"R3-authorise\")",
            "!context.secret };\n\n@id(\"R3-authorise\")",
        )],
    ),
    (
        "writes_for_contract",
        &[
            (
                "when { context.purpose == \"contract\" }",
                "when { context.purpose == \"contract\" && context.secret }",
            ),
            (
                "[\"care\", \"panel\", \"emergency_btg\", \
                 \"emergency_samu\"].contains(context.purpose)\n       && \
                 resource.deposit",
                "[\"care\", \"contract\"].contains(context.purpose)\n       && resource.deposit",
            ),
        ],
    ),
];
