//! Proves that what looks wrong is found, that a change is named on both sides, and that the
//! page says what the lens says.

use super::*;
use crate::fixture::{LAUNCH, REFORM};
use crate::pack::{PackFiles, builtin_files};

fn altered(change: impl Fn(&str) -> String) -> Arc<Pack> {
    let files = builtin_files("dmp-2023").expect("it is built in");
    let policies = change(files.policies);
    let pack = Pack::parse(PackFiles {
        policies: &policies,
        ..files
    });
    Arc::new(pack.unwrap_or_else(|error| panic!("{error}")))
}

/// The signature of a submission set, which no matrix speaks of.
fn signature() -> Finding {
    let kind = "E1762".to_owned();
    Finding::NoCell { kind }
}

#[test]
fn the_packs_that_are_built_in_show_what_they_mean_to_show() {
    let everything = Finding::AllCells {
        profession: "medecin".to_owned(),
    };
    assert_eq!(check(&LAUNCH, None), [signature(), everything]);
    assert_eq!(check(&REFORM, None), [signature()]);
    for pack in [&LAUNCH, &REFORM] {
        assert!(check(pack, None).iter().all(Finding::is_note), "notes only");
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
    let findings = check(&pack, None);
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

/// Each question of `probe` is answered with yes when its rule is gone, or another came.
#[test]
fn every_weakness_is_found_in_a_pack_that_has_it() {
    let mut found = std::collections::BTreeSet::new();
    for (weakness, swaps) in WEAK {
        let pack = altered(|policies| {
            swaps.iter().fold(policies.to_owned(), |rules, (from, to)| {
                assert!(rules.contains(from), "{from}");
                rules.replacen(from, to, 1)
            })
        });
        let findings = check(&pack, None);
        let shown = findings.iter().any(|it| it.name() == weakness.name());
        assert!(shown, "{}: {findings:?}", weakness.name());
        found.insert(*weakness);
    }
    let missing: Vec<_> = Weakness::all().filter(|it| !found.contains(it)).collect();
    assert_eq!(Weakness::all().count(), 27);
    assert!(missing.is_empty(), "no pack shows {missing:?}");
}

#[test]
fn a_pack_under_which_nobody_sees_anything_is_found() {
    let nobody = altered(|_| "@id(\"nobody\")\nforbid (principal, action, resource);".to_owned());
    assert!(check(&nobody, None).contains(&Finding::NothingPermitted));
    let all = altered(|_| "@id(\"all\")\npermit (principal, action, resource);".to_owned());
    let names: Vec<_> = check(&all, None).iter().map(Finding::name).collect();
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
    let findings = check(&pack, Some(&REFORM));
    let profession = "coordination".to_owned();
    for expected in [
        Finding::NeedsNoRelation {
            profession: profession.clone(),
        },
        Finding::SeesEverything {
            profession: profession.clone(),
            situation: Situation::Unrelated,
        },
        Finding::SeesMasked {
            profession: profession.clone(),
            situation: Situation::CareTeam,
        },
        Finding::NotYetAnnounced,
    ] {
        assert!(
            findings.contains(&expected),
            "{expected} is missing of {findings:?}"
        );
    }
    let wider = |it: &Finding| {
        let Finding::Wider { profession, cells } = it else {
            return false;
        };
        profession == "coordination" && *cells > 0
    };
    assert!(findings.iter().any(wider));
    assert!(
        !findings
            .iter()
            .any(|it| matches!(it, Finding::ContractOpen { .. }))
    );
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
const WEAK: &[(Weakness, &[Swap])] = &[
    (
        Weakness::ClosedIsRead,
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
        Weakness::BlockIsIgnored,
        &[
            ("resource.blocked.contains(principal)", "context.secret"),
            (
                "resource.dossier.blocked.contains(principal)",
                "context.secret",
            ),
        ],
    ),
    (
        Weakness::OppositionIsIgnored,
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
        Weakness::BreakGlassOpposed,
        &[(
            "context.motivated && resource.btg != \"deny\"",
            "context.motivated",
        )],
    ),
    (
        Weakness::BreakGlassUnmotivated,
        &[("context.motivated && resource.btg", "resource.btg")],
    ),
    (
        Weakness::Centre15Opposed,
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
        Weakness::MaskedInEmergency,
        &[(
            "maskedInEmergency == \"permit\"",
            "maskedInEmergency != \"deny\"",
        )],
    ),
    (
        Weakness::AuditReadsDocuments,
        &[(
            "action == DMP::Action::\"trace\", resource)\nwhen { context.purpose \
                 == \"audit\"",
            "action in [DMP::Action::\"trace\", DMP::Action::\"read\"], \
                 resource)\nwhen { context.purpose == \"audit\"",
        )],
    ),
    (
        Weakness::PopulationReadsDocuments,
        &[(
            "action == DMP::Action::\"count\", resource)",
            "action in [DMP::Action::\"count\", DMP::Action::\"read\"], resource)",
        )],
    ),
    (
        Weakness::PopulationCountsMasked,
        &[(
            "resource.status == \"approved\" && !resource.masked",
            "resource.status == \"approved\"",
        )],
    ),
    (
        Weakness::StrangerReads,
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
        Weakness::RepresentativeOfAge,
        &[
            (
                "context.now < resource.majority };\n\n@id(\"R22-delegate-gate\")",
                "!context.secret };\n\n@id(\"R22-delegate-gate\")",
            ),
            ("context.now < resource.dossier.majority", "!context.secret"),
        ],
    ),
    (
        Weakness::DelegateReadsKept,
        &[(
            "resource.hiddenFromRepresentatives && resource.dossier.holder != principal",
            "resource.hiddenFromRepresentatives && \
                 resource.dossier.representatives.contains(principal)",
        )],
    ),
    (
        Weakness::SecretTracesShown,
        &[(
            "context.secretTrace && resource.holder != principal",
            "context.secretTrace && resource.delegates.contains(principal)",
        )],
    ),
    (
        Weakness::DeletedIsShown,
        &[(
            "when { resource.status == \"deleted\" }",
            "when { resource.status == \"deleted\" && context.secret }",
        )],
    ),
    (
        Weakness::Cumulates,
        &[(
            "when { context.cumulates };",
            "when { context.cumulates && context.secret };",
        )],
    ),
    (
        Weakness::HiddenAgain,
        &[(
            "forbid (principal, action == DMP::Action::\"setFlags\", \
                 resource)\nwhen { context.hidesFromRepresentatives }",
            "permit (principal, action == DMP::Action::\"setFlags\", \
                 resource)\nwhen { context.hidesFromRepresentatives }",
        )],
    ),
    (
        Weakness::SecretDepositShown,
        &[(
            "context.secret && !context.hidesFromRepresentatives",
            "context.secret && context.masks",
        )],
    ),
    (
        Weakness::DepositOpposed,
        &[("&& resource.deposit != \"deny\"\n", "")],
    ),
    (
        Weakness::DeletesAnothers,
        &[(
            "DMP::Action::\"setStatus\"], resource)\nwhen { context.purpose == \
                 \"care\"\n       && (resource.authors.",
            "DMP::Action::\"setStatus\"], resource)\nwhen { context.purpose == \
                 \"care\"\n       && (resource.dossier.authorised.",
        )],
    ),
    (
        Weakness::ReplacesAnothers,
        &[(
            "context.latest\n       && (resource.authors.",
            "context.latest\n       && (resource.dossier.authorised.",
        )],
    ),
    (
        Weakness::HidesAnothers,
        &[(
            "context.hidesFromHolder\n       && (resource.authors.",
            "context.hidesFromHolder\n       && (resource.dossier.authorised.",
        )],
    ),
    (
        Weakness::Unmasks,
        &[
            ("\n       && !resource.masked };", " };"),
            (
                "context.unmasks\n       && resource.dossier.attending",
                "context.unmasks\n       && resource.dossier.authorised",
            ),
        ],
    ),
    (
        Weakness::ActsWithoutAgreement,
        &[(
            "context.purpose == \"care\" && context.consented\n       && (resource.authorised",
            "context.purpose == \"care\"\n       && (resource.authorised",
        )],
    ),
    (
        Weakness::LiftsBlocks,
        &[(
            "action == DMP::Action::\"block\", resource)",
            "action in [DMP::Action::\"block\", DMP::Action::\"unblock\"], resource)",
        )],
    ),
    (
        Weakness::ErasesAnothers,
        &[(
            "context.purpose == \"holder\" && resource.holder == principal \
                 };\n\n@id(\"R3-authorise\")",
            "!context.secret };\n\n@id(\"R3-authorise\")",
        )],
    ),
    (
        Weakness::WritesForContract,
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
