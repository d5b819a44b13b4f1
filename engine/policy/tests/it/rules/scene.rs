//! The words the tables are written in.

pub(crate) use base::{Availability, Consent, Flags, Instant, Purpose};
use base::{DocumentId, DossierId};
pub(crate) use policy::{
    Action, Agreement, Consents, DocumentFacts, DossierFacts, DossierStatus, Gate, Motive, Party,
    Relation, Secrecy, SessionFacts, TraceFacts, Version, Whom, Window,
};
use policy::{Pack, TypeOrdinal};
use std::sync::{Arc, LazyLock};

pub(crate) static LAUNCH: LazyLock<Arc<Pack>> = LazyLock::new(|| pack("dmp-2011"));
pub(crate) static REFORM: LazyLock<Arc<Pack>> = LazyLock::new(|| pack("dmp-2023"));

/// A consultation report.
pub(crate) const CONSULTATION: &str = "11488-4";
/// A biology report.
pub(crate) const BIOLOGY: &str = "11502-2";
/// A prescription of medicines.
pub(crate) const PRESCRIPTION: &str = "57833-6";
/// A proof of residence.
pub(crate) const RESIDENCE: &str = "ATTEST-RESID";
/// A psychiatric summary.
pub(crate) const PSYCHIATRY: &str = "68599-0";
/// A type no table knows.
pub(crate) const UNKNOWN: &str = "not-in-any-table";

const DOSSIER: DossierId = DossierId::from_bytes([1; 16]);
const ME: &str = "professional-1";
const MY_STRUCTURE: &str = "structure-1";
const PERSON: &str = "person-1";

fn pack(name: &str) -> Arc<Pack> {
    Arc::new(Pack::builtin(name).expect("a pack that is built in loads"))
}

pub(crate) fn both() -> [&'static Arc<Pack>; 2] {
    [&LAUNCH, &REFORM]
}

/// Noon of the day the tables are played.
pub(crate) fn today() -> Instant {
    Instant::from_rfc3339("2026-03-01T12:00:00Z").expect("written here")
}

/// One millisecond earlier.
pub(crate) fn just_before(at: Instant) -> Instant {
    Instant::from_millis(at.millis() - 1)
}

/// A table's scene: who asks, how she stands to the dossier, what the dossier is like.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) session: SessionFacts,
    at: Instant,
    status: DossierStatus,
    consents: Consents,
    majority: Instant,
    relations: Vec<(Relation, Window)>,
}

impl Scene {
    pub(crate) fn professional(profession: &str, purpose: Purpose) -> Self {
        Self::of(SessionFacts {
            actor: ME.to_owned(),
            profession: profession.to_owned(),
            speciality: String::new(),
            structure: MY_STRUCTURE.to_owned(),
            purpose,
            secrecy: Secrecy::Open,
            patient: None,
        })
    }

    pub(crate) fn care(profession: &str) -> Self {
        Self::professional(profession, Purpose::Care)
    }

    pub(crate) fn holder() -> Self {
        Self::person(Purpose::Holder).with(Relation::Holder)
    }

    /// The parent of a minor who comes of age in a year.
    pub(crate) fn representative() -> Self {
        let mut scene = Self::person(Purpose::Representative).with(Relation::Representative);
        scene.majority = today().plus_months(12);
        scene
    }

    pub(crate) fn person(purpose: Purpose) -> Self {
        Self::of(SessionFacts {
            actor: PERSON.to_owned(),
            profession: "patient".to_owned(),
            speciality: String::new(),
            structure: String::new(),
            purpose,
            secrecy: Secrecy::Open,
            patient: Some(DOSSIER),
        })
    }

    fn of(session: SessionFacts) -> Self {
        Self {
            session,
            at: today(),
            status: DossierStatus::Active,
            consents: Consents::UNASKED,
            majority: Instant::MIN,
            relations: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, relation: Relation) -> Self {
        self.relations.push((relation, Window::ALWAYS));
        self
    }

    pub(crate) fn during(mut self, relation: Relation, window: Window) -> Self {
        self.relations.push((relation, window));
        self
    }

    pub(crate) fn at(mut self, at: Instant) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn status(mut self, status: DossierStatus) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn consenting(mut self, consents: Consents) -> Self {
        self.consents = consents;
        self
    }

    pub(crate) fn minor_until(mut self, majority: Instant) -> Self {
        self.majority = majority;
        self
    }

    pub(crate) fn secret(mut self) -> Self {
        self.session.secrecy = Secrecy::Secret;
        self
    }

    pub(crate) fn dossier(&self) -> DossierFacts {
        let mut facts = DossierFacts::new(DOSSIER, self.status, self.at);
        facts.consents = self.consents;
        facts.majority = self.majority;
        for (relation, window) in &self.relations {
            facts.hold(*relation, *window);
        }
        facts
    }

    /// Whether she enters the dossier.
    pub(crate) fn enters(&self, pack: &Arc<Pack>) -> bool {
        pack.lens(&self.session, self.at)
            .scope(&self.dossier())
            .gate()
            == Gate::Open
    }

    /// Whether she sees the document.
    pub(crate) fn sees(&self, pack: &Arc<Pack>, paper: &Paper) -> bool {
        let lens = pack.lens(&self.session, self.at).scope(&self.dossier());
        lens.shows(&paper.facts(pack, &self.session))
    }

    /// Whether she may do it.
    pub(crate) fn may(&self, pack: &Arc<Pack>, action: Action<'_>) -> bool {
        pack.may(&self.session, &self.dossier(), action)
            .is_allowed()
    }

    /// Whether she reads a trace, about a document or about the dossier as a whole.
    pub(crate) fn sees_trace(
        &self,
        pack: &Arc<Pack>,
        secrecy: Secrecy,
        paper: Option<&Paper>,
    ) -> bool {
        let facts = paper.map(|paper| paper.facts(pack, &self.session));
        let lens = pack.lens(&self.session, self.at).scope(&self.dossier());
        lens.sees_trace(TraceFacts {
            secrecy,
            document: facts.as_ref(),
        })
        .is_allowed()
    }

    /// The sentence of R24 and of STYLE: refused without a reason that depends on the document.
    pub(crate) fn answer(&self, pack: &Arc<Pack>, action: Action<'_>) -> policy::Decision {
        pack.may(&self.session, &self.dossier(), action)
    }
}

/// A document of the scene's dossier.
#[derive(Clone, Copy)]
pub(crate) struct Paper {
    kind: &'static str,
    flags: Flags,
    hidden_until: Instant,
    status: Availability,
    signed: Signed,
}

/// Who deposited a document.
#[derive(Clone, Copy)]
pub(crate) enum Signed {
    /// Someone the scene's actor has nothing to do with.
    Another,
    /// The scene's professional.
    Me,
    /// A colleague of the same structure.
    MyStructure,
    /// The scene's person.
    Person,
}

impl Paper {
    pub(crate) fn of(kind: &'static str) -> Self {
        Self {
            kind,
            flags: Flags::NONE,
            hidden_until: Instant::MIN,
            status: Availability::Approved,
            signed: Signed::Another,
        }
    }

    pub(crate) fn masked(kind: &'static str) -> Self {
        Self {
            flags: Flags::MASQUE_PS,
            ..Self::of(kind)
        }
    }

    /// Hidden from the holder until then.
    pub(crate) fn hidden(kind: &'static str, until: Instant) -> Self {
        Self {
            flags: Flags::INVISIBLE_PATIENT,
            hidden_until: until,
            ..Self::of(kind)
        }
    }

    pub(crate) fn kept_from_representatives(kind: &'static str) -> Self {
        Self {
            flags: Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
            ..Self::of(kind)
        }
    }

    pub(crate) fn signed(self, signed: Signed) -> Self {
        Self { signed, ..self }
    }

    pub(crate) fn with_status(self, status: Availability) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn facts(&self, pack: &Pack, session: &SessionFacts) -> DocumentFacts {
        let party = |actor, structure, profession| Party {
            actor,
            structure,
            profession,
        };
        let author = match self.signed {
            Signed::Another => party("someone-else", "elsewhere", "medecin"),
            Signed::Me => party(ME, "elsewhere", "medecin"),
            Signed::MyStructure => party("a-colleague", MY_STRUCTURE, "medecin"),
            Signed::Person => party(PERSON, "", "patient"),
        };
        let kind = pack.dictionary().type_ordinal(self.kind);
        assert_eq!(kind == TypeOrdinal::UNKNOWN, self.kind == UNKNOWN);
        let class = base::code::document_type(self.kind).map_or("00", |known| known.class);
        DocumentFacts {
            document: DocumentId::from_bytes([2; 16]),
            kind,
            class: pack.dictionary().class_ordinal(class),
            author_profession: pack.dictionary().profession_ordinal(author.profession),
            status: self.status,
            flags: self.flags,
            hidden_until: self.hidden_until,
            created: today().plus_days(-40),
            deposited: today().plus_days(-40),
            parties: session.parties(author, author),
        }
    }
}

/// Plays a table on both packs: each line is a case in words, a scene, and what follows.
pub(crate) fn table(cases: &[(&str, bool)], rule: &str, seen: impl Fn(&Arc<Pack>, usize) -> bool) {
    for pack in both() {
        for (at, (case, expected)) in cases.iter().enumerate() {
            assert_eq!(seen(pack, at), *expected, "{rule}, {}: {case}", pack.name());
        }
    }
}
