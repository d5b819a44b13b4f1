//! Proves that words are proposed from documents that were cleared and from no others, and that a
//! hit says what its document says of it.

use crate::bench::{Bench, dossier, holder, options, session};
use liasse::{
    Code, Deposit, DocumentId, Engine, FlagChange, Flags, Grant, Instant, Matricule, Party,
    Purpose, Said, SearchRequest, Session,
};

/// A store with one dossier, written by `doctor`.
struct Ground {
    engine: Engine,
    dossier: specimen::Dossier,
    patient: Matricule,
    written: usize,
    _bench: Option<Bench>,
}

impl Ground {
    fn new() -> Self {
        let bench = Bench::new();
        let engine = bench.create();
        Self {
            _bench: Some(bench),
            ..Self::with(engine)
        }
    }

    fn with(engine: Engine) -> Self {
        let dossier = dossier(0);
        let patient = dossier.patient.matricule.parse().unwrap();
        Self {
            engine,
            dossier,
            patient,
            written: 0,
            _bench: None,
        }
    }

    /// Deposits a document that says this.
    fn write(&mut self, who: &str, text: &str) -> DocumentId {
        let mut document = self.dossier.documents[self.written].clone();
        self.written += 1;
        document.level = specimen::Level::Structured;
        document.title = "Compte rendu".to_owned();
        document.sections.truncate(1);
        document.sections[0].title = "Observation";
        document.sections[0].blocks = text
            .lines()
            .map(|line| specimen::Block::Paragraph(line.to_owned()))
            .collect();
        let doctor = session(&self.engine, (who, "medecin"), Purpose::Care);
        let cda = document.cda();
        let deposit = Deposit::new(cda.as_bytes()).opening();
        doctor.deposit(&deposit).unwrap().document
    }

    /// Lets a colleague in.
    fn colleague(&self) -> Session {
        let grant = Grant::Authorise {
            party: Party::Actor("colleague".to_owned()),
            until: Instant::MAX,
        };
        let own = holder(&self.engine, &self.patient);
        own.grant(&self.patient, grant).unwrap();
        session(&self.engine, ("colleague", "medecin"), Purpose::Care)
    }

    fn mask(&self, document: DocumentId) {
        let change = FlagChange {
            set: Flags::MASQUE_PS,
            clear: Flags::NONE,
        };
        let own = holder(&self.engine, &self.patient);
        own.set_flags(document, change).unwrap();
    }

    fn of(&self, query: &str) -> SearchRequest {
        SearchRequest::new(query).of(self.patient.clone())
    }
}

#[test]
fn a_beginning_goes_on_as_the_documents_spell_it() {
    let mut ground = Ground::new();
    ground.write(
        "doctor",
        "Pneumopathies franches. Pneumopathies encore, pneumopathie.",
    );
    ground.write("doctor", "Pneumothorax, pneumothorax drain\u{e9}.");
    ground.write("doctor", "Le pneumothorax a disparu. \u{152}d\u{e8}me.");
    let doctor = session(&ground.engine, ("doctor", "medecin"), Purpose::Care);
    let complete = |text: &str| doctor.complete(&ground.of(text), 10).unwrap();
    assert_eq!(complete("toux pneu"), ["pneumothorax", "pneumopathies"]);
    assert_eq!(complete("PNEUMOTHORA"), ["pneumothorax"]);
    assert_eq!(complete("l'oed"), ["\u{153}d\u{e8}me"]);
    assert!(complete("pneumo ").is_empty());
    assert!(complete("type:115").is_empty());
    assert_eq!(doctor.complete(&ground.of("pneu"), 1).unwrap().len(), 1);
    let short = doctor.complete(&ground.of("p"), 10).unwrap_err();
    assert_eq!(short.code(), Code::QuerySyntax);
    let panel = session(&ground.engine, ("doctor", "medecin"), Purpose::Panel);
    let panel = panel.complete(&SearchRequest::new("pneu"), 10).unwrap();
    assert_eq!(panel, ["pneumothorax", "pneumopathies"]);
}

#[test]
fn a_misspelt_word_is_replaced_where_it_stands() {
    let mut ground = Ground::new();
    ground.write(
        "doctor",
        "Appendicite aigu\u{eb} op\u{e9}r\u{e9}e, HTA connue.",
    );
    let doctor = session(&ground.engine, ("doctor", "medecin"), Purpose::Care);
    let meant = |text: &str| doctor.did_you_mean(&ground.of(text)).unwrap();
    let expected = "aigu\u{eb} \"appendicite op\u{e9}r\u{e9}e\" -fracture";
    let found = meant("aigu\u{eb} \"apendisite op\u{e9}r\u{e9}e\" -fracture");
    assert_eq!(found.as_deref(), Some(expected));
    // What is there, also by a synonym, needs no other word; what is nowhere near has none.
    for text in ["appendicite", "hypertension", "d\u{e9}ambulation", "app"] {
        assert_eq!(meant(text), None, "{text}");
    }
    let bad = doctor.did_you_mean(&ground.of("toux \"")).unwrap_err();
    assert_eq!(bad.code(), Code::QuerySyntax);
}

/// Two stores, one with a masked document more: a colleague is told the same by both.
#[test]
fn no_word_of_a_hidden_document_is_hinted_at() {
    let told = |hidden: bool| {
        let mut ground = Ground::new();
        ground.write("doctor", "Fi\u{e8}vre, phlegmon de l'amygdale.");
        if hidden {
            let masked = ground.write(
                "doctor",
                "Ph\u{e9}ochromocytome, phlegmons, phlegmoneux, phlegmasie, phlegmasie.",
            );
            ground.mask(masked);
        }
        let colleague = ground.colleague();
        let care = (
            colleague.complete(&ground.of("ph"), 50).unwrap(),
            colleague
                .did_you_mean(&ground.of("pheocromocytome flegmon"))
                .unwrap(),
            colleague.did_you_mean(&ground.of("phlegmasi")).unwrap(),
        );
        let panel = session(&ground.engine, ("colleague", "medecin"), Purpose::Panel);
        let all = panel.complete(&SearchRequest::new("ph"), 50).unwrap();
        let own = holder(&ground.engine, &ground.patient);
        (care, all, own.complete(&ground.of("pheo"), 50).unwrap())
    };
    let (plain, hiding) = (told(false), told(true));
    assert_eq!(plain.0, hiding.0);
    assert_eq!(plain.1, hiding.1);
    assert_eq!(hiding.0.0, ["phlegmon"]);
    assert!(hiding.0.1.is_some(), "the test asks for something");
    assert_eq!(hiding.2, ["ph\u{e9}ochromocytome"], "its patient may know");
}

/// Every proposal is a look into a document, and its patient sees who looked.
#[test]
fn a_proposal_leaves_a_trace() {
    let mut ground = Ground::new();
    let document = ground.write("doctor", "Phlegmon de l'amygdale.");
    let colleague = ground.colleague();
    colleague.complete(&ground.of("phle"), 5).unwrap();
    colleague.did_you_mean(&ground.of("flegmon")).unwrap();
    ground.engine.settle().unwrap();
    let own = holder(&ground.engine, &ground.patient);
    let lines = own.history(&ground.patient).unwrap();
    let looks = lines.iter().filter(|line| line.actor == "colleague");
    let looks: Vec<_> = looks.filter(|line| line.documents == [document]).collect();
    assert_eq!(looks.len(), 2);
}

#[test]
fn words_are_proposed_only_to_who_may_look() {
    let mut ground = Ground::new();
    ground.write("doctor", "Phlegmon de l'amygdale.");
    let stranger = session(&ground.engine, ("stranger", "medecin"), Purpose::Care);
    let refused = stranger.complete(&ground.of("phle"), 5).unwrap_err();
    assert_eq!(refused.code(), Code::Refused);
    let counts = session(&ground.engine, ("counter", "medecin"), Purpose::Population);
    for error in [
        counts.complete(&SearchRequest::new("phle"), 5).unwrap_err(),
        counts
            .did_you_mean(&SearchRequest::new("flegmon"))
            .unwrap_err(),
    ] {
        assert!(matches!(error.code(), Code::WrongPurpose | Code::Refused));
    }
}

#[test]
fn a_context_is_asked_for_and_told_at_each_hit() {
    let mut ground = Ground::new();
    let own = ground.write(
        "doctor",
        "Ant\u{e9}c\u{e9}dents m\u{e9}dicaux, chirurgicaux, familiaux\nPhl\u{e9}bite en 2010.",
    );
    let absent = ground.write("doctor", "Pas de phl\u{e9}bite.");
    let family = ground.write("doctor", "Phl\u{e9}bite chez sa m\u{e8}re.");
    let doctor = session(&ground.engine, ("doctor", "medecin"), Purpose::Care);
    for (context, document, said) in [
        ("affirmed", own, Said::Affirmed),
        ("negated", absent, Said::Negated),
        ("family", family, Said::Family),
    ] {
        let asked = ground.of(&format!("context:{context} phlebite"));
        let hits = doctor.search(&asked).unwrap();
        let [hit] = hits.as_slice() else {
            panic!("{context}: {} hits", hits.len());
        };
        assert_eq!(hit.entry.document, document, "{context}");
        let marks = &hit.snippet.highlights;
        assert_eq!(marks.len(), 1, "{context}");
        assert_eq!(marks[0].said, said);
        let marked = hit.snippet.text.chars().skip(marks[0].from);
        let marked: String = marked.take(marks[0].to - marks[0].from).collect();
        assert_eq!(
            marked.to_lowercase(),
            "phl\u{e9}bite",
            "offsets count characters"
        );
    }
    assert_eq!(doctor.search(&ground.of("phlebite")).unwrap().len(), 3);
    assert_eq!(
        doctor
            .search(&ground.of("context:any phlebite"))
            .unwrap()
            .len(),
        3
    );
}

/// A snippet is a stretch of its own document, whatever lies beside it.
#[test]
fn a_snippet_never_runs_into_a_masked_document() {
    let mut ground = Ground::new();
    ground.write("doctor", "D\u{e9}but phlegmon");
    let masked = ground.write("doctor", "amygdale secr\u{e8}te phlegmon");
    ground.write("doctor", "amygdale visible");
    ground.mask(masked);
    let colleague = ground.colleague();
    for query in [
        "phlegmon",
        "amygdale",
        "phlegmon OR amygdale",
        "\"phlegmon amygdale\"",
    ] {
        for hit in colleague.search(&ground.of(query)).unwrap() {
            assert_ne!(hit.entry.document, masked);
            assert!(!hit.snippet.text.contains("secr"), "{query}");
        }
    }
    assert_eq!(
        colleague
            .search(&ground.of("phlegmon OR amygdale"))
            .unwrap()
            .len(),
        2
    );
}

/// A host's synonyms find, its frequencies order, and a table that is none is refused by its line.
#[test]
fn a_host_brings_its_own_tables() {
    let bench = Bench::new();
    let mut options = options();
    options.words.synonyms = "# essai\nxylose\tsucre de bois\n".into();
    options.words.frequencies = "xylose\t900000\nphlegmon\t1\n".into();
    let engine = Engine::create(&bench.root.join("own"), bench.key(), options.clone()).unwrap();
    let mut ground = Ground::with(engine);
    let wood = ground.write("doctor", "Sucre de bois.");
    ground.write("doctor", "Phlegmon.");
    let doctor = session(&ground.engine, ("doctor", "medecin"), Purpose::Care);
    let found = doctor.search(&ground.of("xylose")).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].entry.document, wood);
    let both = doctor.search(&ground.of("phlegmon OR xylose")).unwrap();
    assert!(
        both[0].score > 10 * both[1].score,
        "the rare word weighs more"
    );
    assert_ne!(both[0].entry.document, wood);
    options.words.synonyms = "toux\ttussis\nseul\n".into();
    let other = Bench::new();
    let refused = Engine::create(&other.root.join("store"), other.key(), options);
    let error = refused.err().unwrap();
    assert_eq!(error.code(), Code::Invalid);
    assert!(error.message().contains("line 2"), "{error}");
}
