//! Proves that an operator is told the same in text and in JSON, and nothing of the words.

use super::{Met, Micros, PassRun, Profile};
use crate::plan::Estimates;

fn profile() -> Profile {
    Profile {
        access: "query-first",
        estimates: Estimates {
            permitted: 12,
            postings: 3_400,
        },
        narrowed: true,
        scored: true,
        one_walk: false,
        passes: vec![PassRun {
            name: "access",
            changed: false,
            micros: 4,
        }],
        met: Met {
            looked_at: 3_398,
            answered: 7,
            returned: 5,
        },
        micros: Micros {
            rules: 30,
            planning: 9,
            running: 210,
        },
    }
}

#[test]
fn a_profile_says_the_same_in_lines_and_in_json() {
    let lines = profile().lines();
    assert_eq!(
        lines,
        [
            "access query-first",
            "estimated 12 permitted, 3400 postings",
            "met 3398 looked at, 7 answered, 5 returned",
            "metadata before the index",
            "scores",
            "pass access left the plan in 4 us",
            "rules 30 us, planning 9 us, running 210 us",
        ]
    );
    let json = profile().json();
    assert_eq!(json["access"], "query-first");
    assert_eq!(json["estimates"]["postings"], 3_400);
    assert_eq!(json["passes"][0]["name"], "access");
    assert_eq!(json["met"]["looked_at"], 3_398);
    assert_eq!(json["micros"]["running"], 210);
    assert_eq!(json["narrowed"], true);
}
