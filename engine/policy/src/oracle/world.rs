//! A small random world: as raw records, as Cedar's entities, as this room's facts.

use super::Draw;
use crate::dictionary::Dictionary;
use crate::facts::{
    Consents, DocumentFacts, DossierFacts, DossierStatus, Party, Secrecy, SessionFacts, Window,
};
use crate::predicate::Circumstance;
use crate::{Pack, Relation};
use base::{Availability, Consent, DocumentId, DossierId, Flags, Instant, Purpose};
use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ACTORS: [&str; 3] = ["a0", "a1", "a2"];
pub(super) const STRUCTURES: [&str; 3] = ["s0", "s1", "s2"];
const PERSONS: [&str; 2] = ["p0", "p1"];
pub(super) const SPECIALITIES: [&str; 3] = ["", "SM01", "SM26"];
pub(super) const TYPES: [&str; 7] = [
    "11488-4",
    "11502-2",
    "ATTEST-RESID",
    "68599-0",
    "57833-6",
    "EXPPAT_3",
    "?",
];
pub(super) const CLASSES: [&str; 5] = ["10", "11", "42", "95", "00"];

/// The instant of every world, in milliseconds: the packs are in force.
pub(super) const NOW: i64 = 1_772_366_400_000;

pub(super) struct World {
    pub(super) now: Instant,
    actors: Vec<Actor>,
    pub(super) dossiers: Vec<Dossier>,
    pub(super) documents: Vec<Document>,
}

struct Actor {
    id: &'static str,
    profession: String,
    speciality: &'static str,
    structure: &'static str,
}

pub(super) struct Dossier {
    status: DossierStatus,
    consents: [Consent; 5],
    majority: i64,
    actors: BTreeMap<Relation, Vec<(&'static str, Window)>>,
    structures: BTreeMap<Relation, Vec<(&'static str, Window)>>,
    holder: &'static str,
    persons: BTreeMap<Relation, Vec<&'static str>>,
}

pub(super) struct Document {
    pub(super) dossier: usize,
    kind: &'static str,
    class: &'static str,
    author_profession: String,
    status: Availability,
    flags: Flags,
    lapse: i64,
    created: i64,
    deposited: i64,
    signed: [Signer; 2],
}

#[derive(Clone)]
struct Signer {
    id: &'static str,
    structure: &'static str,
    person: bool,
}

/// Who asks in a world, and with which circumstances.
pub(super) struct Asker {
    pub(super) session: SessionFacts,
    pub(super) circumstances: u16,
}

impl World {
    pub(super) fn draw(draw: &Draw, professions: &[String]) -> Self {
        let now = NOW;
        let actors = ACTORS.map(|id| Actor {
            id,
            profession: draw.pick(professions).clone(),
            speciality: draw.word(&SPECIALITIES),
            structure: draw.word(&STRUCTURES),
        });
        let dossiers: Vec<_> = (0..2).map(|_| Dossier::draw(draw, now)).collect();
        let count = dossiers.len();
        let documents = (0..6)
            .map(|_| Document::draw(draw, now, count, professions))
            .collect();
        Self {
            now: Instant::from_millis(now),
            actors: actors.into(),
            dossiers,
            documents,
        }
    }

    pub(super) fn asker(&self, draw: &Draw, dossier: usize) -> Asker {
        let usual = [
            Purpose::Care,
            Purpose::Panel,
            Purpose::EmergencyBtg,
            Purpose::EmergencySamu,
        ];
        let secrecy = if draw.once_in(4) {
            Secrecy::Secret
        } else {
            Secrecy::Open
        };
        let mut session = if draw.once_in(3) {
            let usual = [Purpose::Holder, Purpose::Representative];
            SessionFacts {
                actor: (draw.word(&PERSONS)).to_owned(),
                profession: crate::PROFESSION_PATIENT.to_owned(),
                speciality: String::new(),
                structure: String::new(),
                purpose: *draw.pick(&usual),
                secrecy,
                patient: Some(dossier_id(dossier)),
            }
        } else {
            let actor = draw.pick(&self.actors);
            SessionFacts {
                actor: actor.id.to_owned(),
                profession: actor.profession.clone(),
                speciality: actor.speciality.to_owned(),
                structure: actor.structure.to_owned(),
                purpose: *draw.pick(&usual),
                secrecy,
                patient: None,
            }
        };
        if draw.once_in(5) {
            session.purpose = *draw.pick(Purpose::ALL);
        }
        let all = Circumstance::ALL.iter();
        let circumstances = all
            .filter(|_| draw.once_in(2))
            .fold(0, |bits, one| bits | one.bit());
        Asker {
            session,
            circumstances,
        }
    }

    pub(super) fn entities(&self, pack: &Pack) -> Entities {
        let mut entities = Vec::new();
        for kind in TYPES {
            let given = pack.dictionary().professions();
            let given = given.filter(|profession| pack.matrix().permits(kind, profession));
            let parents = given
                .map(|profession| uid("Profession", profession))
                .collect();
            entities.push(Entity::new_no_attrs(uid("DocType", kind), parents));
        }
        for actor in &self.actors {
            let attributes = [
                ("profession", entity("Profession", &actor.profession)),
                ("speciality", text(actor.speciality)),
                ("structure", entity("Structure", actor.structure)),
            ];
            entities.push(record(
                "Actor",
                actor.id,
                attributes,
                &[("Structure", actor.structure)],
            ));
        }
        for (at, dossier) in self.dossiers.iter().enumerate() {
            entities.push(record(
                "Dossier",
                &at.to_string(),
                dossier.attributes(self.now),
                &[],
            ));
        }
        for (at, document) in self.documents.iter().enumerate() {
            entities.push(record(
                "Document",
                &at.to_string(),
                document.attributes(),
                &[],
            ));
        }
        let flat = [("Structure", &STRUCTURES[..]), ("Person", &PERSONS[..])];
        for (kind, ids) in flat {
            entities.extend(
                ids.iter()
                    .map(|id| Entity::new_no_attrs(uid(kind, id), Default::default())),
            );
        }
        for profession in pack.dictionary().profession_names() {
            entities.push(Entity::new_no_attrs(
                uid("Profession", profession),
                Default::default(),
            ));
        }
        Entities::from_entities(entities, None).expect("the world is consistent")
    }

    pub(super) fn dossier_facts(&self, session: &SessionFacts, at: usize) -> DossierFacts {
        let raw = &self.dossiers[at];
        let mut facts = DossierFacts::new(dossier_id(at), raw.status, self.now);
        let [consultation, deposit, etreat, btg, masked] = raw.consents;
        facts.consents = Consents {
            consultation,
            deposit,
            etreat,
            btg,
            masked,
        };
        facts.majority = Instant::from_millis(raw.majority);
        if session.is_person() {
            let me = session.actor.as_str();
            if raw.holder == me {
                facts.hold(Relation::Holder, Window::ALWAYS);
            }
            for (relation, persons) in &raw.persons {
                if persons.contains(&me) {
                    facts.hold(*relation, Window::ALWAYS);
                }
            }
            return facts;
        }
        let own = |id: &str, records: &BTreeMap<Relation, Vec<(&'static str, Window)>>| {
            let flat = records.iter().flat_map(|(relation, held)| {
                held.iter()
                    .map(move |(member, window)| (*relation, *member, *window))
            });
            flat.filter(|(_, member, _)| *member == id)
                .collect::<Vec<_>>()
        };
        for (relation, _, window) in own(&session.actor, &raw.actors) {
            facts.hold(relation, window);
        }
        for (relation, _, window) in own(&session.structure, &raw.structures) {
            facts.hold(relation, window);
        }
        facts
    }

    pub(super) fn document_facts(
        &self,
        session: &SessionFacts,
        at: usize,
        dictionary: &Dictionary,
    ) -> DocumentFacts {
        let raw = &self.documents[at];
        let party = |signer: &Signer| Party {
            actor: signer.id,
            structure: signer.structure,
            profession: if signer.person {
                crate::PROFESSION_PATIENT
            } else {
                "medecin"
            },
        };
        let [author, depositor] = raw.signed.each_ref().map(party);
        DocumentFacts {
            document: DocumentId::from_bytes([u8::try_from(at).expect("few"); 16]),
            kind: dictionary.type_ordinal(raw.kind),
            class: dictionary.class_ordinal(raw.class),
            author_profession: dictionary.profession_ordinal(&raw.author_profession),
            status: raw.status,
            flags: raw.flags,
            hidden_until: Instant::from_millis(raw.lapse),
            created: Instant::from_millis(raw.created),
            deposited: Instant::from_millis(raw.deposited),
            parties: session.parties(author, depositor),
        }
    }
}

impl Dossier {
    fn draw(draw: &Draw, now: i64) -> Self {
        let status = if draw.once_in(4) {
            *draw.pick(&DossierStatus::ALL)
        } else {
            DossierStatus::Active
        };
        let window = || {
            let windows = [
                Window::ALWAYS,
                Window::new(Instant::from_millis(now), Instant::from_millis(now + 1)),
                Window::new(Instant::from_millis(now - 5), Instant::from_millis(now)),
                Window::new(Instant::from_millis(now + 1), Instant::MAX),
            ];
            windows[draw.below(windows.len())]
        };
        let members = |ids: &[&'static str], of: usize| -> Vec<_> {
            draw.some(ids, of)
                .into_iter()
                .map(|id| (id, window()))
                .collect()
        };
        Self {
            status,
            consents: [(); 5].map(|()| *draw.pick(Consent::ALL)),
            majority: near(draw, now),
            actors: [
                (Relation::Authorised, 2),
                (Relation::CareTeam, 3),
                (Relation::Attending, 3),
                (Relation::Blocked, 8),
                (Relation::Author, 3),
            ]
            .map(|(relation, of)| (relation, members(&ACTORS, of)))
            .into(),
            structures: [
                (Relation::AuthorisedStructure, 3),
                (Relation::BlockedStructure, 9),
                (Relation::AuthorStructure, 3),
            ]
            .map(|(relation, of)| (relation, members(&STRUCTURES, of)))
            .into(),
            holder: draw.word(&PERSONS),
            persons: [Relation::Representative, Relation::Delegate]
                .map(|relation| (relation, draw.some(&PERSONS, 2)))
                .into(),
        }
    }

    fn attributes(&self, now: Instant) -> Vec<(&'static str, RestrictedExpression)> {
        let [consultation, deposit, etreat, btg, masked] =
            self.consents.map(|consent| text(consent.code()));
        let mut attributes = vec![
            ("status", text(self.status.code())),
            ("consultation", consultation),
            ("deposit", deposit),
            ("etreat", etreat),
            ("btg", btg),
            ("maskedInEmergency", masked),
            ("majority", RestrictedExpression::new_long(self.majority)),
            ("holder", entity("Person", self.holder)),
        ];
        for (records, kind) in [(&self.actors, "Actor"), (&self.structures, "Structure")] {
            for (relation, held) in records {
                let held = held.iter().filter(|(_, window)| window.contains(now));
                let held = held.map(|(member, _)| *member);
                attributes.push((attribute_of(*relation), set(kind, held)));
            }
        }
        for (relation, persons) in &self.persons {
            attributes.push((
                attribute_of(*relation),
                set("Person", persons.iter().copied()),
            ));
        }
        attributes
    }
}

impl Document {
    fn draw(draw: &Draw, now: i64, dossiers: usize, professions: &[String]) -> Self {
        let signer = || {
            if draw.once_in(4) {
                Signer {
                    id: draw.word(&PERSONS),
                    structure: "",
                    person: true,
                }
            } else {
                let structure = draw.word(&["", "s0", "s1", "s2"]);
                Signer {
                    id: draw.word(&ACTORS),
                    structure,
                    person: false,
                }
            }
        };
        let status = if draw.once_in(3) {
            *draw.pick(Availability::ALL)
        } else {
            Availability::Approved
        };
        Self {
            dossier: draw.below(dossiers),
            kind: draw.word(&TYPES),
            class: draw.word(&CLASSES),
            author_profession: draw.pick(professions).clone(),
            status,
            flags: Flags::from_bits(u8::try_from(draw.below(8)).expect("few")).expect("3 bits"),
            lapse: near(draw, now),
            created: near(draw, now),
            deposited: near(draw, now),
            signed: [signer(), signer()],
        }
    }

    fn attributes(&self) -> Vec<(&'static str, RestrictedExpression)> {
        let hidden = self.flags.contains(Flags::INVISIBLE_PATIENT);
        let until = if hidden { self.lapse } else { i64::MIN };
        let kept = self.flags.contains(Flags::INVISIBLE_REPRESENTANTS_LEGAUX);
        let of = |person| {
            self.signed
                .iter()
                .filter(move |signer| signer.person == person)
        };
        let structures = of(false)
            .map(|signer| signer.structure)
            .filter(|id| !id.is_empty());
        let long = RestrictedExpression::new_long;
        vec![
            ("dossier", entity("Dossier", &self.dossier.to_string())),
            ("type", entity("DocType", self.kind)),
            ("class", text(self.class)),
            (
                "authorProfession",
                entity("Profession", &self.author_profession),
            ),
            ("status", text(self.status.code())),
            (
                "masked",
                RestrictedExpression::new_bool(self.flags.contains(Flags::MASQUE_PS)),
            ),
            ("hiddenFromHolderUntil", long(until)),
            (
                "hiddenFromRepresentatives",
                RestrictedExpression::new_bool(kept),
            ),
            ("created", long(self.created)),
            ("deposited", long(self.deposited)),
            ("authors", set("Actor", of(false).map(|signer| signer.id))),
            ("structures", set("Structure", structures)),
            ("persons", set("Person", of(true).map(|signer| signer.id))),
        ]
    }
}

pub(super) fn uid(kind: &str, id: &str) -> EntityUid {
    let kind = format!("DMP::{kind}")
        .parse()
        .expect("a type of the schema");
    EntityUid::from_type_name_and_id(kind, cedar_policy::EntityId::new(id))
}

pub(super) fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn dossier_id(at: usize) -> DossierId {
    DossierId::from_bytes([u8::try_from(at).expect("few"); 16])
}

fn near(draw: &Draw, now: i64) -> i64 {
    now - 2 + i64::try_from(draw.below(5)).expect("few")
}

fn entity(kind: &str, id: &str) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid(kind, id))
}

fn set<'a>(kind: &str, ids: impl Iterator<Item = &'a str>) -> RestrictedExpression {
    RestrictedExpression::new_set(ids.map(|id| entity(kind, id)))
}

fn record(
    kind: &str,
    id: &str,
    attributes: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
    parents: &[(&str, &str)],
) -> Entity {
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let parents: BTreeSet<_> = parents.iter().map(|(kind, id)| uid(kind, id)).collect();
    Entity::new(
        uid(kind, id),
        attributes.collect(),
        parents.into_iter().collect(),
    )
    .expect("plain values")
}

const fn attribute_of(relation: Relation) -> &'static str {
    match relation {
        Relation::Authorised => "authorised",
        Relation::AuthorisedStructure => "authorisedStructures",
        Relation::CareTeam => "careTeam",
        Relation::Attending => "attending",
        Relation::Blocked => "blocked",
        Relation::BlockedStructure => "blockedStructures",
        Relation::Author => "authors",
        Relation::AuthorStructure => "authorStructures",
        Relation::Holder => "holder",
        Relation::Representative => "representatives",
        Relation::Delegate => "delegates",
    }
}
