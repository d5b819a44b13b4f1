//! Proves that each act becomes the AuditEvents its BALP profile asks for, one for each document.

use super::*;
use crate::testing::{disclosed, document, dossier, origin, trace};
use crate::trace::{Verb, tests::specimens};

fn events(trace: &Trace, words: Option<&Words>) -> Vec<Value> {
    let origin = origin();
    let observer = Observer {
        origin: &origin,
        software: "logiciel/3",
        address: "cabinet.example",
    };
    audit_events(&observer, ("42", Some(42)), trace, words)
}

fn entities<'a>(event: &'a Value, code: &str) -> Vec<&'a Value> {
    let entities = event["entity"].as_array().unwrap().iter();
    entities
        .filter(|entity| entity["type"]["code"] == code)
        .collect()
}

#[test]
fn every_document_disclosed_has_an_event_of_its_own() {
    let events = events(&disclosed(1, &[1, 2, 3]), None);
    assert_eq!(events.len(), 3);
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["id"], format!("42-{number}"));
        let profile = event["meta"]["profile"][0].as_str().unwrap();
        assert!(profile.ends_with("/IHE.BasicAudit.PatientRead"));
        let data = entities(event, "2");
        assert_eq!(data.len(), 1, "the profile allows one");
        let id = document(u8::try_from(number + 1).unwrap()).to_string();
        assert_eq!(data[0]["what"]["identifier"]["value"], id);
    }
}

#[test]
fn every_act_has_the_elements_its_profile_requires() {
    for specimen in specimens() {
        for event in events(&specimen, None) {
            assert_eq!(event["resourceType"], "AuditEvent");
            assert_eq!(event["recorded"], "2026-03-14T15:09:26.535Z");
            assert_eq!(event["type"]["code"], "rest");
            let agents = event["agent"].as_array().unwrap();
            assert_eq!(agents.len(), 3);
            let codes: Vec<_> = agents
                .iter()
                .map(|agent| agent["type"]["coding"][0]["code"].as_str().unwrap())
                .collect();
            assert!(codes.contains(&"110152") && codes.contains(&"110153"));
            assert_eq!(codes[2], "IRCP");
            assert_eq!(agents[2]["requestor"], true);
            assert!(
                agents[..2]
                    .iter()
                    .all(|agent| agent["network"]["address"].is_string())
            );
            let patient = entities(&event, "1");
            assert_eq!(patient.len(), 1);
            let id = dossier(1).to_string();
            assert_eq!(patient[0]["what"]["identifier"]["value"], id);
            assert_eq!(entities(&event, "2").len(), 1);
        }
    }
}

#[test]
fn a_search_tells_its_text_only_to_who_could_open_it() {
    let act = Act::Queried {
        verb: Verb::Search,
        documents: vec![document(5)],
    };
    let words = Words {
        query: "fievre".into(),
        motive: String::new(),
    };
    let told = events(&trace(1, act.clone()), Some(&words));
    assert_eq!(told.len(), 2, "the search, and the document it quoted");
    assert_eq!(told[0]["entity"][1]["query"], "ZmlldnJl");
    assert!(told[0]["entity"][1].get("what").is_none());
    let untold = events(&trace(1, act), None);
    let entity = &untold[0]["entity"][1];
    assert!(entity.get("query").is_none(), "FHIR has no empty text");
    assert_eq!(entity["_query"]["extension"][0]["valueCode"], "masked");
}

#[test]
fn an_address_is_told_from_a_name() {
    let origin = origin();
    for (address, kind) in [
        ("192.0.2.7", "2"),
        ("2001:db8::7", "2"),
        ("host.example", "1"),
    ] {
        let observer = Observer {
            origin: &origin,
            software: "host",
            address,
        };
        let events = audit_events(&observer, ("a.1", None), &disclosed(1, &[1]), None);
        assert_eq!(events[0]["agent"][0]["network"]["type"], kind, "{address}");
        assert_eq!(events[0]["id"], "a.1-0");
        assert_eq!(events[0]["meta"]["source"], format!("urn:liasse:{origin}"));
    }
}

/// FHIR has neither empty lists nor empty texts.
#[test]
fn nothing_told_is_empty() {
    fn check(value: &Value) {
        match value {
            Value::Array(all) => {
                assert!(!all.is_empty());
                all.iter().for_each(check);
            }
            Value::Object(all) => {
                assert!(!all.is_empty());
                all.values().for_each(check);
            }
            Value::String(text) => assert!(!text.is_empty()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    for mut specimen in specimens() {
        specimen.agent.profession.clear();
        specimen.agent.speciality.clear();
        specimen.agent.structure.clear();
        events(&specimen, None).iter().for_each(check);
    }
}

#[test]
fn flags_are_told_before_and_after() {
    let flagged = specimens()
        .into_iter()
        .find(|trace| matches!(trace.act, Act::Flagged { .. }));
    let event = &events(&flagged.unwrap(), None)[0];
    let detail = &entities(event, "2")[0]["detail"];
    let after = json!([{ "type": "after", "valueString": "MASQUE_PS INVISIBLE_PATIENT" }]);
    assert_eq!(*detail, after, "no flag before");
}

#[test]
fn a_refusal_claims_no_profile_and_lines_are_lines() {
    let mut refused = disclosed(1, &[1]);
    refused.decision = Decision::Deny;
    let events = events(&refused, None);
    assert_eq!(events[0]["outcome"], "4");
    assert!(events[0]["meta"].get("profile").is_none());
    let lines = ndjson(&[events[0].clone(), events[0].clone()]);
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap(), events[0]);
    }
}
