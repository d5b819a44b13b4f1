//! Opened traces as FHIR R4 AuditEvents, in the shape of IHE BALP.
//!
//! For: the holder's and the auditor's NDJSON export. Not for: deciding who may see it; it is
//! made of what the caller has opened. One trace gives one event for each document it names, or
//! one for the dossier; BALP records neither the number nor the content of a search's results,
//! so a search gives one event with its text, and one for each document that was quoted.
//! Invariant: pure; the same trace gives the same bytes.

use crate::origin::Origin;
use crate::trace::{Act, Decision, Trace, Words};
use base::{DocumentId, Purpose};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// Who observed the event: the host's software and the store.
#[derive(Clone, Copy)]
pub struct Observer<'a> {
    /// The log the trace stands in.
    pub origin: &'a Origin,
    /// The host's software, as it is known to its users.
    pub software: &'a str,
    /// The network address of the machine.
    pub address: &'a str,
}

/// The AuditEvents of a trace: what names it is in their ids, and the entry that it is in, where
/// its reader may know, in their source.
#[must_use]
pub fn audit_events(
    observer: &Observer<'_>,
    place: Place<'_>,
    trace: &Trace,
    words: Option<&Words>,
) -> Vec<Value> {
    let shape = Shape::of(trace);
    let documents = trace.act.documents();
    let mut events = Vec::new();
    if let Act::Queried { .. } = trace.act {
        events.push(event(
            observer,
            place,
            0,
            trace,
            &shape,
            query_entity(words),
        ));
        let read = Shape::READ;
        for (number, document) in (1..).zip(documents) {
            let data = document_entity(trace, *document);
            events.push(event(observer, place, number, trace, &read, data));
        }
        return events;
    }
    if documents.is_empty() {
        let data = dossier_entity(trace);
        events.push(event(observer, place, 0, trace, &shape, data));
    }
    for (number, document) in (0..).zip(documents) {
        let data = document_entity(trace, *document);
        events.push(event(observer, place, number, trace, &shape, data));
    }
    events
}

/// What names a trace, and the entry that it is in.
type Place<'a> = (&'a str, Option<u64>);

/// Events as NDJSON: one to a line.
#[must_use]
pub fn ndjson(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

/// What BALP makes of an act.
struct Shape {
    profile: Option<&'static str>,
    interaction: &'static str,
    action: &'static str,
    client_is_source: bool,
}

impl Shape {
    const READ: Self = Self {
        profile: Some("IHE.BasicAudit.PatientRead"),
        interaction: "read",
        action: "R",
        client_is_source: false,
    };

    fn of(trace: &Trace) -> Self {
        let update = Self {
            profile: Some("IHE.BasicAudit.PatientUpdate"),
            interaction: "update",
            action: "U",
            client_is_source: true,
        };
        let shape = match &trace.act {
            Act::Accessed { .. } | Act::Disclosed { .. } => Self::READ,
            Act::Denied { .. } | Act::BrokeGlass => Self {
                profile: None,
                ..Self::READ
            },
            Act::Queried { .. } => Self {
                profile: Some("IHE.BasicAudit.PatientQuery"),
                interaction: "search",
                action: "E",
                client_is_source: true,
            },
            Act::Counted { .. } => Self {
                profile: Some("IHE.BasicAudit.Query"),
                interaction: "search",
                action: "E",
                client_is_source: true,
            },
            Act::Wrote { .. } => Self {
                profile: Some("IHE.BasicAudit.PatientCreate"),
                interaction: "create",
                action: "C",
                client_is_source: true,
            },
            Act::Erased { .. } => Self {
                profile: Some("IHE.BasicAudit.PatientDelete"),
                interaction: "delete",
                action: "D",
                client_is_source: true,
            },
            Act::Flagged { .. }
            | Act::StatusSet { .. }
            | Act::Consented { .. }
            | Act::Related { .. }
            | Act::DossierChanged { .. } => update,
        };
        // The profiles are for what succeeded.
        match trace.decision {
            Decision::Permit => shape,
            Decision::Deny => Self {
                profile: None,
                ..shape
            },
        }
    }
}

fn event(
    observer: &Observer<'_>,
    (name, entry): Place<'_>,
    number: usize,
    trace: &Trace,
    shape: &Shape,
    data: Value,
) -> Value {
    let mut meta = Map::new();
    let entry = entry.map_or_else(String::new, |index| format!("#{index}"));
    let place = format!("urn:liasse:{}{entry}", observer.origin);
    meta.insert("source".into(), json!(place));
    if let Some(profile) = shape.profile {
        let url = format!("https://profiles.ihe.net/ITI/BALP/StructureDefinition/{profile}");
        meta.insert("profile".into(), json!([url]));
    }
    let mut entities = vec![data];
    if let Some(dossier) = trace.dossier {
        entities.insert(
            0,
            json!({
                "what": { "identifier": { "value": dossier.to_string() }, "type": "Patient" },
                "type": coding(ENTITY_TYPE, "1", "Person"),
                "role": coding(OBJECT_ROLE, "1", "Patient"),
            }),
        );
    }
    entities.push(json!({
        "what": { "identifier": { "value": trace.agent.session.to_string() } },
        "type": coding(BALP_ENTITY_TYPE, "XrequestId", "X-Request-Id"),
    }));
    json!({
        "resourceType": "AuditEvent",
        "id": format!("{name}-{number}"),
        "meta": meta,
        "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
        "subtype": [
            coding(INTERACTION, shape.interaction, shape.interaction),
            coding("urn:liasse:kind", trace.act.kind().code(), trace.act.kind().code()),
        ],
        "action": shape.action,
        "recorded": trace.at.to_string(),
        "outcome": match trace.decision { Decision::Permit => "0", Decision::Deny => "4" },
        "outcomeDesc": format!("{} by {}", trace.decision, trace.pack),
        "purposeOfEvent": [purpose(trace.agent.purpose)],
        "agent": agents(observer, trace, shape),
        "source": {
            "observer": { "identifier": { "value": observer.origin.as_str() } },
            "type": [coding(SOURCE_TYPE, "4", "Application Server")],
        },
        "entity": entities,
    })
}

fn agents(observer: &Observer<'_>, trace: &Trace, shape: &Shape) -> Value {
    let (client, server) = if shape.client_is_source {
        (SOURCE_ROLE, DESTINATION_ROLE)
    } else {
        (DESTINATION_ROLE, SOURCE_ROLE)
    };
    // A machine's name, or its address.
    let network = match observer.address.parse::<IpAddr>() {
        Ok(_) => "2",
        Err(_) => "1",
    };
    let device = |(code, display): (&str, &str), name: &str| {
        json!({
            "type": { "coding": [coding(DICOM, code, display)] },
            "who": { "identifier": { "value": name } },
            "requestor": false,
            "network": { "address": observer.address, "type": network },
        })
    };
    let agent = &trace.agent;
    let mut roles = Vec::new();
    for code in [&agent.profession, &agent.speciality] {
        if !code.is_empty() {
            roles.push(json!({ "text": code }));
        }
    }
    let mut user = json!({
        "type": { "coding": [coding(PARTICIPATION, "IRCP", "information recipient")] },
        "who": { "identifier": { "value": agent.actor } },
        "requestor": true,
        "purposeOfUse": [purpose(agent.purpose)],
    });
    if !roles.is_empty() {
        user["role"] = json!(roles);
    }
    if !agent.structure.is_empty() {
        user["who"]["identifier"]["assigner"] = json!({
            "identifier": { "value": agent.structure },
        });
    }
    json!([
        device(client, observer.software),
        device(server, observer.origin.as_str()),
        user,
    ])
}

fn document_entity(trace: &Trace, document: DocumentId) -> Value {
    let mut entity = json!({
        "what": {
            "identifier": { "value": document.to_string() },
            "type": "DocumentReference",
        },
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "4", "Domain Resource"),
    });
    let detail = details(&trace.act);
    if !detail.is_empty() {
        entity["detail"] = json!(detail);
    }
    entity
}

fn dossier_entity(trace: &Trace) -> Value {
    let name = trace.dossier.map(|dossier| dossier.to_string());
    if let Act::Counted { question, .. } = &trace.act {
        return query_value(question);
    }
    let mut entity = json!({
        "what": { "identifier": { "value": name.unwrap_or_default() }, "type": "List" },
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "4", "Domain Resource"),
    });
    let detail = details(&trace.act);
    if !detail.is_empty() {
        entity["detail"] = json!(detail);
    }
    entity
}

fn query_entity(words: Option<&Words>) -> Value {
    query_value(words.map_or("", |words| words.query.as_str()))
}

/// A query, which the profile requires; FHIR has no empty text: one that is not to be told, or
/// that asked for no word, is said to be absent.
fn query_value(text: &str) -> Value {
    let mut entity = json!({
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "24", "Query"),
    });
    if text.is_empty() {
        entity["_query"] = json!({ "extension": [{ "url": ABSENT, "valueCode": "masked" }] });
    } else {
        entity["query"] = json!(BASE64_STANDARD.encode(text));
    }
    entity
}

/// What changed, before and after.
fn details(act: &Act) -> Vec<Value> {
    let pairs: Vec<(&str, String)> = match act {
        Act::Flagged { before, after, .. } => {
            let codes = |flags: &base::Flags| flags.codes().collect::<Vec<_>>().join(" ");
            vec![("before", codes(before)), ("after", codes(after))]
        }
        Act::StatusSet { before, after, .. } => {
            vec![("before", before.to_string()), ("after", after.to_string())]
        }
        Act::Consented {
            matter,
            before,
            after,
        } => vec![
            ("consent", matter.to_string()),
            ("before", before.to_string()),
            ("after", after.to_string()),
        ],
        Act::Related {
            relation,
            change,
            party,
            until,
        } => vec![
            ("relation", relation.to_string()),
            ("change", change.to_string()),
            ("party", party.clone()),
            ("until", until.to_string()),
        ],
        Act::DossierChanged { change } => vec![("change", change.to_string())],
        Act::Wrote {
            writing, replaces, ..
        } => {
            let replaced = replaces.map(|document| ("replaces", document.to_string()));
            std::iter::once(("writing", writing.to_string()))
                .chain(replaced)
                .collect()
        }
        Act::Accessed { verb, .. } | Act::Denied { verb, .. } => vec![("verb", verb.to_string())],
        Act::Queried { .. }
        | Act::Disclosed { .. }
        | Act::BrokeGlass
        | Act::Erased { .. }
        | Act::Counted { .. } => Vec::new(),
    };
    pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| json!({ "type": name, "valueString": value }))
        .collect()
}

fn purpose(purpose: Purpose) -> Value {
    let known = match purpose {
        Purpose::Care | Purpose::Panel => Some(("TREAT", "treatment")),
        Purpose::EmergencyBtg => Some(("BTG", "break the glass")),
        Purpose::EmergencySamu => Some(("ETREAT", "Emergency Treatment")),
        Purpose::Holder => Some(("PATRQT", "patient requested")),
        Purpose::Representative => Some(("FAMRQT", "family requested")),
        Purpose::Audit => Some(("HCOMPL", "health compliance")),
        Purpose::Population | Purpose::Contract => None,
    };
    match known {
        Some((code, display)) => json!({
            "coding": [coding(ACT_REASON, code, display)],
            "text": purpose.code(),
        }),
        None => json!({ "text": purpose.code() }),
    }
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const BALP_ENTITY_TYPE: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const SOURCE_ROLE: (&str, &str) = ("110153", "Source Role ID");
const DESTINATION_ROLE: (&str, &str) = ("110152", "Destination Role ID");

#[cfg(test)]
mod tests;
