//! Questions that an asker of a seed asks: built, in JSON, as a search string of FHIR.

use super::hidden::{AUTHOR, Asker, FIRST_HIDDEN, OTHER};
use super::store::{Dice, KINDS, Paper, WORDS, id};
use liasse::{
    Facet, Field, Grouping, Instant, Order, Recency, SearchRequest, Span, Statuses, Step,
};
use std::sync::Arc;

/// A question in JSON.
pub(super) fn json(dice: &mut Dice, asker: Asker) -> liasse::Result<SearchRequest> {
    let field = [
        "type",
        "author_id",
        "confidentiality",
        "reference",
        "identifier",
    ][dice.below(5)];
    let value = [dice.of(&KINDS), AUTHOR, "MASQUE_PS", "R", "2", "V"][dice.below(6)];
    let limit = if asker == Asker::Counter { 0 } else { 20 };
    SearchRequest::from_json(&format!(
        r#"{{"query": "{}", "fields": {{"{field}": ["{value}"]}}, "started": {{"from": "2024-03"}},
            "limit": {limit}, "total": true, "timeline": "year",
            "facets": ["{field}", "structure", "profession", "year"]}}"#,
        ["", dice.of(&WORDS)][dice.below(2)]
    ))
}

/// A search string of FHIR.
pub(super) fn fhir(dice: &mut Dice, asker: Asker) -> liasse::Result<SearchRequest> {
    let hidden = Paper::new(FIRST_HIDDEN + dice.below(4) as u64, 0, OTHER).unique_id;
    let asked = [
        format!("type=http://loinc.org|{}", dice.of(&KINDS)),
        format!("identifier={hidden}"),
        format!("identifier={}", id(1 + dice.below(8) as u64)),
        format!(
            "author.identifier=urn:oid:1.2.250.1.71.4.2.1|{}",
            [AUTHOR, OTHER][dice.below(2)]
        ),
        "security-label=MASQUE_PS,INVISIBLE_PATIENT".to_owned(),
        "security-label=1.2.250.1.213.1.1.4.13|".to_owned(),
        "security-label=R&_total=accurate".to_owned(),
        "related=urn:oid:1.2.250.1.5|3".to_owned(),
        "period=ge2024-06&period=lt2025&_sort=date".to_owned(),
        format!("_content={}&_content={}", dice.of(&WORDS), dice.of(&WORDS)),
    ];
    let count = if asker == Asker::Counter { 0 } else { 30 };
    SearchRequest::from_fhir(&format!(
        "{}&_count={count}",
        asked[dice.below(asked.len())]
    ))
}

/// A question of any shape.
pub(super) fn question(dice: &mut Dice, asker: Asker) -> SearchRequest {
    let (one, two) = (dice.of(&WORDS), dice.of(&WORDS));
    let stem: String = one.chars().take(3).collect();
    let near: String = one.chars().skip(1).collect();
    let three = dice.of(&WORDS);
    let words = match dice.below(19) {
        0 => String::new(),
        1 | 2 => one.to_owned(),
        3 => format!("{one} {two}"),
        4 | 5 => format!("{one} OR {two}"),
        17 | 18 => format!("{one} OR {two} OR {three} OR patient"),
        6 => format!("({one} OR {two} OR douleur) -asthme"),
        7 => format!("\"{one} {two}\""),
        8 | 9 => format!("{}*", &stem[..2 + dice.below(2)]),
        10 => format!("{}~", near.replace(' ', "")),
        11 => "fracture NEAR/5 femur".to_owned(),
        12 => format!("title:{}", one.split(' ').next().unwrap()),
        13 => format!("type:{} OR {two}", dice.of(&KINDS)),
        14 => format!("author:{} {one}", [AUTHOR, OTHER][dice.below(2)]),
        15 => "context:negated toux OR context:family diabete".to_owned(),
        _ => format!("-{} date:2024..", one.split(' ').next().unwrap()),
    };
    let mut asked = SearchRequest::new(&words)
        .order(
            [
                Order::Relevance,
                Order::Relevance,
                Order::Newest,
                Order::Oldest,
            ][dice.below(4)],
        )
        .limit([1, 3, 10, 100][dice.below(4)]);
    if asker == Asker::Counter {
        asked = asked.limit(0).counted();
    }
    if dice.one_in(3) {
        asked = asked.counted().timeline(Step::Month);
    }
    if dice.one_in(3) {
        let kinds = Grouping {
            name: "kinds".to_owned(),
            field: Field::Class,
            groups: vec![("reports".to_owned(), vec!["11".to_owned()])],
            rest: Some("other".to_owned()),
        };
        asked = asked
            .facet(Facet::Field(Field::Type))
            .facet(Facet::Field(Field::Author))
            .facet(Facet::Field(Field::Structure))
            .facet(Facet::Field(Field::Profession))
            .facet(Facet::Field(Field::EntryId))
            .facet(Facet::Year)
            .facet(Facet::Groups(Arc::new(kinds)));
    }
    if dice.one_in(5) {
        asked = asked.require(Field::Type, vec![dice.of(&KINDS).to_owned()]);
    }
    if dice.one_in(5) {
        asked = asked.statuses(Statuses::All);
    }
    if dice.one_in(6) {
        let from = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
        let to = from.plus_days(400);
        asked = asked.created(Span { from, to });
    }
    boosted(asked, dice)
}

/// Sometimes recent documents, or those of a type, weigh more.
fn boosted(mut asked: SearchRequest, dice: &mut Dice) -> SearchRequest {
    if dice.one_in(4) {
        asked = asked.boost_recent(Recency {
            at: Instant::from_rfc3339("2026-01-05T00:00:00Z").unwrap(),
            percent: [50, 200][dice.below(2)],
            half_days: 90,
        });
    }
    if dice.one_in(4) {
        asked = asked.boost_type(dice.of(&KINDS), [0, 150][dice.below(2)]);
    }
    asked
}
