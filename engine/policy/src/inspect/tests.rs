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
    let everything = Finding::SeesEverything {
        profession: "medecin".to_owned(),
    };
    assert_eq!(check(&LAUNCH, None), [signature(), everything]);
    assert_eq!(check(&REFORM, None), [signature()]);
}

#[test]
fn a_rule_that_cannot_apply_is_found() {
    let idle = "\n@id(\"idle\")\npermit (principal is DMP::Actor, action == DMP::Action::\"read\", \
                resource)\nwhen { context.purpose == \"care\" && context.purpose == \"panel\" };";
    let pack = altered(|policies| format!("{policies}{idle}"));
    let findings = check(&pack, None);
    let line = pack
        .rules()
        .last()
        .map(|rule| rule.line)
        .expect("there are rules");
    let rule = "idle".to_owned();
    assert_eq!(
        findings,
        [Finding::NeverApplies { rule, line }, signature()]
    );
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
