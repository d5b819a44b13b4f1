//! A second opinion: Cedar itself, asked about one document.
//!
//! For: the paranoid mode, which asks again about rows that are about to be returned, and the
//! oracle of rooms above. Not for: deciding; it is some thousand times slower than the lens.
//! Invariant: any error of Cedar is a refusal; it shares with the lens the facts and the
//! text of the rules, and nothing of the lowering. A lens refuses facts it doubts, which Cedar
//! is not told of: the lens may refuse more, never show more.

use crate::error::PackError;
use crate::facts::{DocumentFacts, DossierFacts, Parties, Relation, Secrecy, SessionFacts};
use crate::lens::DossierLens;
use crate::pack::{Pack, parse_set};
use crate::predicate::Circumstance;
use crate::schema::ActionName;
use base::{Flags, Instant};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression as Value,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Cedar's own reading of a pack.
pub struct SecondOpinion {
    policies: PolicySet,
    asked: AtomicU64,
    refusals: AtomicU64,
}

/// What could not be said to Cedar; it counts as a refusal.
struct Unsaid;

impl SecondOpinion {
    /// Cedar's reading of this pack.
    ///
    /// # Errors
    /// [`PackError`]; a pack that was loaded gives none.
    pub fn new(pack: &Pack) -> Result<Self, PackError> {
        let policies = parse_set(pack.rules_text())?;
        Ok(Self {
            policies,
            asked: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
        })
    }

    /// How many documents a lens asked it about before it cleared them.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// How many documents it kept back that a lens would have shown. Anything but 0 is a fault of
    /// ours, to be reported.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Whether Cedar lets the session see what the lens lets it see; a refusal is counted.
    pub(crate) fn agrees(&self, lens: &DossierLens, document: &DocumentFacts) -> bool {
        self.counted(self.sees(lens, document))
    }

    /// Whether Cedar lets the session count what the lens lets it count; a refusal is counted.
    pub(crate) fn agrees_to_count(&self, lens: &DossierLens, document: &DocumentFacts) -> bool {
        self.counted(self.enters(lens, document, ActionName::Count))
    }

    fn counted(&self, agrees: bool) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if !agrees {
            self.refusals.fetch_add(1, Ordering::Relaxed);
        }
        agrees
    }

    /// Whether Cedar lets the session of this lens see the document: the gate first, then the
    /// document.
    #[must_use]
    pub fn sees(&self, lens: &DossierLens, document: &DocumentFacts) -> bool {
        self.enters(lens, document, ActionName::Read)
    }

    fn enters(&self, lens: &DossierLens, document: &DocumentFacts, action: ActionName) -> bool {
        let asked = [(ActionName::Consult, DOSSIER), (action, DOCUMENT)];
        let Ok(world) = world(lens, document) else {
            return false;
        };
        asked
            .into_iter()
            .all(|(action, resource)| self.allows(lens, &world, action, resource).unwrap_or(false))
    }

    fn allows(
        &self,
        lens: &DossierLens,
        world: &Entities,
        action: ActionName,
        (kind, id): (&str, &str),
    ) -> Result<bool, Unsaid> {
        let session = lens.lens().session();
        let request = Request::new(
            principal(session)?,
            uid("Action", action.code())?,
            uid(kind, id)?,
            context(session, lens.lens().at())?,
            None,
        );
        let request = request.map_err(|_| Unsaid)?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, world);
        let failed = response.diagnostics().errors().next().is_some();
        Ok(response.decision() == Decision::Allow && !failed)
    }
}

fn world(lens: &DossierLens, document: &DocumentFacts) -> Result<Entities, Unsaid> {
    let (pack, session) = (lens.lens().pack(), lens.lens().session());
    let dictionary = pack.dictionary();
    let name = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
    let kind = name(dictionary.type_names(), usize::from(document.kind.0));
    let given = dictionary
        .professions()
        .filter(|code| pack.matrix().permits(&kind, code));
    let parents: Result<_, _> = given.map(|code| uid("Profession", code)).collect();
    let class = name(dictionary.class_names(), usize::from(document.class.0));
    let author = usize::from(document.author_profession.0);
    let author = name(dictionary.profession_names(), author);
    let entities = vec![
        asker(session)?,
        Entity::new_no_attrs(uid("DocType", &kind)?, parents?),
        entity(DOSSIER, dossier_attributes(lens.dossier(), session)?)?,
        entity(
            DOCUMENT,
            document_attributes(document, session, [&kind, &class, &author])?,
        )?,
    ];
    Entities::from_entities(entities, None).map_err(|_| Unsaid)
}

fn asker(session: &SessionFacts) -> Result<Entity, Unsaid> {
    if session.is_person() {
        return Ok(Entity::new_no_attrs(
            principal(session)?,
            Default::default(),
        ));
    }
    let structure = uid("Structure", &session.structure)?;
    let attributes = [
        ("profession", named("Profession", &session.profession)?),
        ("speciality", text(&session.speciality)),
        ("structure", Value::new_entity_uid(structure.clone())),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
    let parents = [structure].into_iter().collect();
    Entity::new(principal(session)?, attributes.into(), parents).map_err(|_| Unsaid)
}

fn dossier_attributes(
    dossier: &DossierFacts,
    session: &SessionFacts,
) -> Result<Vec<(&'static str, Value)>, Unsaid> {
    let consents = dossier.consents;
    let mut attributes = vec![
        ("status", text(dossier.status.code())),
        ("consultation", text(consents.consultation.code())),
        ("deposit", text(consents.deposit.code())),
        ("etreat", text(consents.etreat.code())),
        ("btg", text(consents.btg.code())),
        ("maskedInEmergency", text(consents.masked.code())),
        ("majority", Value::new_long(dossier.majority.millis())),
    ];
    let holder = dossier.holds(Relation::Holder);
    let holder = if holder {
        principal(session)?
    } else {
        uid("Person", "another")?
    };
    attributes.push(("holder", Value::new_entity_uid(holder)));
    for (name, relation) in SETS {
        let member = match relation {
            Relation::AuthorisedStructure
            | Relation::BlockedStructure
            | Relation::AuthorStructure => uid("Structure", &session.structure)?,
            Relation::Authorised
            | Relation::CareTeam
            | Relation::Attending
            | Relation::Blocked
            | Relation::Author
            | Relation::Holder
            | Relation::Representative
            | Relation::Delegate => principal(session)?,
        };
        attributes.push((name, set(dossier.holds(relation), member)));
    }
    Ok(attributes)
}

fn document_attributes(
    document: &DocumentFacts,
    session: &SessionFacts,
    [kind, class, author]: [&str; 3],
) -> Result<Vec<(&'static str, Value)>, Unsaid> {
    let until = document.hidden_from_holder_until().millis();
    let kept = document
        .flags
        .contains(Flags::INVISIBLE_REPRESENTANTS_LEGAUX);
    let signed = |bit| document.parties.bits() & bit != 0;
    let structure = uid("Structure", &session.structure)?;
    Ok(vec![
        ("dossier", named(DOSSIER.0, DOSSIER.1)?),
        ("type", named("DocType", kind)?),
        ("class", text(class)),
        ("authorProfession", named("Profession", author)?),
        ("status", text(document.status.code())),
        (
            "masked",
            Value::new_bool(document.flags.contains(Flags::MASQUE_PS)),
        ),
        ("hiddenFromHolderUntil", Value::new_long(until)),
        ("hiddenFromRepresentatives", Value::new_bool(kept)),
        ("created", Value::new_long(document.created.millis())),
        ("deposited", Value::new_long(document.deposited.millis())),
        ("authors", set(signed(Parties::AUTHOR), principal(session)?)),
        ("structures", set(signed(Parties::STRUCTURE), structure)),
        ("persons", set(signed(Parties::PERSON), principal(session)?)),
    ])
}

fn context(session: &SessionFacts, now: Instant) -> Result<Context, Unsaid> {
    let secret = session.secrecy == Secrecy::Secret;
    let mut pairs = vec![
        ("purpose".to_owned(), text(session.purpose.code())),
        ("now".to_owned(), Value::new_long(now.millis())),
        ("secret".to_owned(), Value::new_bool(secret)),
    ];
    let none = Circumstance::ALL.map(|one| (one.code().to_owned(), Value::new_bool(false)));
    pairs.extend(none);
    Context::from_pairs(pairs).map_err(|_| Unsaid)
}

fn principal(session: &SessionFacts) -> Result<EntityUid, Unsaid> {
    let kind = if session.is_person() {
        "Person"
    } else {
        "Actor"
    };
    uid(kind, &session.actor)
}

fn entity(
    (kind, id): (&str, &str),
    attributes: Vec<(&'static str, Value)>,
) -> Result<Entity, Unsaid> {
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let made = Entity::new(uid(kind, id)?, attributes.collect(), Default::default());
    made.map_err(|_| Unsaid)
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Unsaid> {
    let kind: EntityTypeName = format!("DMP::{kind}").parse().map_err(|_| Unsaid)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn named(kind: &str, id: &str) -> Result<Value, Unsaid> {
    Ok(Value::new_entity_uid(uid(kind, id)?))
}

fn text(value: &str) -> Value {
    Value::new_string(value.to_owned())
}

fn set(holds: bool, member: EntityUid) -> Value {
    Value::new_set(holds.then(|| Value::new_entity_uid(member)))
}

const DOSSIER: (&str, &str) = ("Dossier", "this");
const DOCUMENT: (&str, &str) = ("Document", "this");

const SETS: [(&str, Relation); 10] = [
    ("authorised", Relation::Authorised),
    ("authorisedStructures", Relation::AuthorisedStructure),
    ("careTeam", Relation::CareTeam),
    ("attending", Relation::Attending),
    ("blocked", Relation::Blocked),
    ("blockedStructures", Relation::BlockedStructure),
    ("authors", Relation::Author),
    ("authorStructures", Relation::AuthorStructure),
    ("representatives", Relation::Representative),
    ("delegates", Relation::Delegate),
];

#[cfg(test)]
mod tests;
