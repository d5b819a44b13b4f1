//! Coded entries become points: each with its own code, value and time, negations told as such,
//! and nothing that was not observed, given or prescribed.

use super::{Point, PointKind, Value, read};
use base::Instant;

fn points(entries: &str) -> Vec<Point> {
    let text = format!(
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><component><structuredBody>\
         <component><section><entry>{entries}</entry></section></component></structuredBody>\
         </component></ClinicalDocument>"
    );
    read(&text).ok().unwrap()
}

fn one(entry: &str) -> Point {
    let mut points = points(entry);
    assert_eq!(points.len(), 1, "{entry}");
    points.pop().unwrap()
}

/// Its kind, code, value and whether it is negated, for comparing.
fn shown(point: &Point) -> String {
    let value = match &point.value {
        Value::None => String::new(),
        Value::Quantity { number, unit } => format!("{number} {unit}"),
        Value::Coded(code) => format!("<{}>", code.code),
        Value::Text(text) => format!("'{text}'"),
    };
    let not = if point.negated { " not" } else { "" };
    format!("{:?} {}{not} {value}", point.kind, point.code.code)
}

#[test]
fn values_are_told_as_they_are_written() {
    let point = one(
        "<observation classCode='OBS' moodCode='EVN'><code code='4548-4' \
         codeSystem='2.16.840.1.113883.6.1' displayName='HbA1c'><translation code='other'/></code>\
         <effectiveTime value='20260114'/><value xsi:type='PQ' value='6.50' unit='%'/>\
         </observation>",
    );
    assert_eq!(shown(&point), "Observation 4548-4 6.50 %");
    assert_eq!(point.code.label.as_deref(), Some("HbA1c"));
    assert_eq!(point.at, Instant::from_hl7("20260114").ok());
    for (value, told) in [
        ("<value code='I10' codeSystem='2.16'/>", "<I10>"),
        ("<value> groupe\n O <b/>Rh+ </value>", "'groupe O Rh+'"),
        ("<value value='true'/>", "true "),
    ] {
        let entry = format!("<observation><code code='c'/>{value}</observation>");
        assert_eq!(shown(&one(&entry)), format!("Observation c {told}"));
    }
}

#[test]
fn what_is_nested_keeps_its_own_parts() {
    let told: Vec<_> = points(
        "<organizer><code code='panel'/><component><observation><code code='outer'/>\
         <effectiveTime><low value='2025'/><high value='2026'/></effectiveTime>\
         <entryRelationship><observation><code code='inner'/><value value='2'/></observation>\
         </entryRelationship><value value='1'/></observation></component></organizer>",
    )
    .iter()
    .map(|point| (shown(point), point.at))
    .collect();
    assert_eq!(
        told,
        [
            ("Observation inner 2 ".to_owned(), None),
            (
                "Observation outer 1 ".to_owned(),
                Instant::from_hl7("2025").ok()
            ),
        ]
    );
}

#[test]
fn substances_are_named_by_their_material() {
    let given = |attributes: &str| {
        format!(
            "<substanceAdministration {attributes}><code code='IMMUNIZ'/>\
             <effectiveTime value='20240301'/><doseQuantity value='0.5' unit='mL'/><consumable>\
             <manufacturedProduct><manufacturedMaterial><code code='J07BB02'/>\
             </manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
        )
    };
    assert_eq!(
        shown(&one(&given("moodCode='EVN'"))),
        "Administration J07BB02 0.5 mL"
    );
    assert_eq!(
        shown(&one(&given("moodCode='INT'"))),
        "Prescription J07BB02 0.5 mL"
    );
    assert_eq!(
        shown(&one(&given("moodCode='EVN' negationInd='true'"))),
        "Administration J07BB02 not 0.5 mL"
    );
    assert_eq!(one(&given("")).kind, PointKind::Administration);
    assert!(points(&given("moodCode='PRP'")).is_empty());
}

#[test]
fn what_is_no_statement_or_cannot_be_read_is_left_out() {
    let long = "x".repeat(base::limit::FIELD_BYTES_MAX + 1);
    for entry in [
        // A goal.
        "<observation moodCode='GOL'><code code='c'/><value value='1'/></observation>".to_owned(),
        // Without a value, without a code, with a code of another space.
        "<observation><code code='c'/></observation>".to_owned(),
        "<observation><code nullFlavor='UNK'/><value value='1'/></observation>".to_owned(),
        "<observation><o:code xmlns:o='o' code='c'/><value value='1'/></observation>".to_owned(),
        // Two values, a range, a value or a code too long, a negation that is none.
        "<observation><code code='c'/><value value='1'/><value value='2'/></observation>"
            .to_owned(),
        "<observation><code code='c'/><value><low value='1'/></value></observation>".to_owned(),
        format!("<observation><code code='c'/><value>{long}</value></observation>"),
        format!("<observation><code code='{long}'/><value value='1'/></observation>"),
        "<observation negationInd='?'><code code='c'/><value value='1'/></observation>".to_owned(),
    ] {
        assert!(points(&entry).is_empty(), "{entry}");
    }
}

#[test]
fn there_is_a_limit() {
    let many =
        |count| "<observation><code code='c'/><value value='1'/></observation>".repeat(count);
    assert_eq!(
        points(&many(base::limit::POINTS_MAX)).len(),
        base::limit::POINTS_MAX
    );
    let text = format!(
        "<a xmlns=\"urn:hl7-org:v3\">{}</a>",
        many(base::limit::POINTS_MAX + 1)
    );
    assert!(read(&text).is_err());
}
