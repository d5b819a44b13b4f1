//! Proves that each pass changes the plan where it should, and where it should not leaves it: no
//! answer tells, since all plans answer alike.

use super::{Access, Pass, Passes, Plan, Planner};
use crate::ground::searcher;
use crate::question::{Field, Order, Question, Span};
use base::Instant;

/// The plan of a question over documents that each say "embolie", of which so many may be shown.
fn plan(question: Question, (documents, permitted): (u32, u64), passes: Passes) -> Plan {
    let searcher = searcher(documents);
    let planner = Planner {
        searcher: &searcher,
        synonyms: None,
        permitted,
        passes,
    };
    planner.plan(question).unwrap()
}

fn words(words: &str) -> Question {
    Question {
        words: words.to_owned(),
        limit: 10,
        ..Question::default()
    }
}

fn changed(plan: &Plan) -> Vec<Pass> {
    let changed = plan.steps.iter().filter(|step| step.changed);
    changed.map(|step| step.pass).collect()
}

/// What is shorter leads: the postings only where there are few of them beside what may be shown.
#[test]
fn the_shorter_of_permitted_and_postings_leads() {
    for (permitted, leads) in [
        (0, Access::PermissionFirst),
        (10, Access::PermissionFirst),
        (400, Access::PermissionFirst),
        (401, Access::QueryFirst),
        (1_000_000, Access::QueryFirst),
    ] {
        let chosen = plan(words("embolie"), (100, permitted), Passes::ALL);
        assert_eq!(chosen.access, leads, "{permitted}");
        let off = Passes::ALL.without(Pass::Access);
        let left = plan(words("embolie"), (100, permitted), off);
        assert_eq!(left.access, Access::QueryFirst, "{permitted}");
    }
    // A word that stands nowhere finds nothing at the price of nothing.
    let unknown = plan(words("zolamine"), (100, 1), Passes::ALL);
    assert_eq!(unknown.access, Access::QueryFirst);
}

/// Dates that all answers have leave the index alone; those of some do not.
#[test]
fn dates_leave_the_words_where_every_answer_has_them() {
    let dates = plan(words("date:2015"), (10, 1), Passes::ALL);
    assert_eq!(dates.access, Access::Columns);
    let from = Instant::from_rfc3339("2015-01-01T00:00:00Z").unwrap();
    assert_eq!(dates.question.wanted.created.from, from);
    let both = plan(words("embolie date:2015"), (10, 1), Passes::ALL);
    assert_eq!(both.access, Access::PermissionFirst);
    assert_eq!(both.question.wanted.created.from, from);
    for some in ["embolie OR date:2015", "-embolie date:2015"] {
        let left = plan(words(some), (10, 1), Passes::ALL);
        assert!(!changed(&left).contains(&Pass::HoistDates), "{some}");
        assert_eq!(left.question.wanted.created, Span::ALWAYS, "{some}");
    }
}

/// What contradicts itself is not even looked at, and the index is not asked how much there is.
#[test]
fn what_contradicts_itself_is_not_looked_for() {
    let mut never = words("embolie");
    never.wanted.require(Field::Type, Vec::new());
    for question in [words("embolie date:2015 date:2017"), never] {
        let nothing = plan(question, (10, 1), Passes::ALL);
        assert_eq!(nothing.access, Access::Nothing);
        assert_eq!(nothing.estimates.postings, 0);
    }
    let possible = plan(
        words("embolie date:2015 date:2015-03"),
        (10, 1),
        Passes::ALL,
    );
    assert_eq!(possible.access, Access::PermissionFirst);
}

/// Scores are computed where they order answers, and the metadata lead where they are asked for.
#[test]
fn scores_and_metadata_are_looked_at_where_they_are_asked_for() {
    let by_words = plan(words("embolie"), (10, 1), Passes::ALL);
    assert!(by_words.scored && !by_words.narrowed && by_words.one_walk);
    let counted = Question {
        limit: 0,
        ..words("embolie")
    };
    let newest = Question {
        order: Order::Newest,
        ..words("embolie")
    };
    for unordered in [counted, newest, words("")] {
        assert!(!plan(unordered.clone(), (10, 1), Passes::ALL).scored);
        assert!(plan(unordered, (10, 1), Passes::NONE).scored);
    }
    let mut narrow = words("embolie");
    narrow.wanted.require(Field::Class, vec!["11".to_owned()]);
    assert!(plan(narrow.clone(), (10, 1), Passes::ALL).narrowed);
    assert!(!plan(narrow, (10, 1), Passes::NONE).narrowed);
}
