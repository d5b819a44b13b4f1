//! What rules cost: opening a session, a dossier, a document, against Cedar's own answer.
//!
//! `cargo bench -p liasse-policy --bench rules` takes about three minutes once it is built. The
//! pack is `dmp-2023` as it is shipped. Not for: what a read costs a host, which `benches/own`
//! says. Invariant: what is measured is checked once before it is measured.

use base::{Availability, DocumentId, DossierId, Entropy, Flags, Instant, Purpose, SeededEntropy};
use criterion::{BatchSize, Criterion, Throughput};
use policy::{
    Columns, DocumentFacts, DossierFacts, DossierLens, DossierStatus, Lens, Pack, Parties, Party,
    Relation, SecondOpinion, Secrecy, SessionCache, SessionFacts, Window, builtin_files,
};
use std::hint::black_box;
use std::sync::Arc;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let pack = Arc::new(Pack::builtin("dmp-2023").expect("it is built in"));
    load(&mut criterion);
    sessions(&mut criterion, &pack);
    dossiers(&mut criterion, &pack);
    columns(&mut criterion, &pack);
    cedar(&mut criterion, &pack);
    criterion.final_summary();
}

/// Parsing, validating and lowering the whole pack: once, when it is loaded.
fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    let files = builtin_files("dmp-2023").expect("it is built in");
    group.bench_function("the whole pack", |bench| {
        bench.iter(|| Pack::parse(black_box(files)).expect("it loads"));
    });
    group.finish();
}

/// Opening a session: the rules of its profession with its request folded in.
fn sessions(criterion: &mut Criterion, pack: &Arc<Pack>) {
    let mut group = criterion.benchmark_group("session");
    for (name, session) in askers() {
        group.bench_function(format!("cold: lowered, {name}"), |bench| {
            bench.iter(|| pack.lens(black_box(&session), now()));
        });
        let cache = SessionCache::new();
        group.bench_function(format!("warm: cached, {name}"), |bench| {
            bench.iter(|| cache.lens(pack, black_box(&session), now()));
        });
    }
    group.finish();
}

/// A whole dossier of 28 documents, each decided.
fn dossiers(criterion: &mut Criterion, pack: &Arc<Pack>) {
    let mut group = criterion.benchmark_group("dossier of 28");
    for (name, session) in askers() {
        let draw = Draw(SeededEntropy::new(3));
        let facts = of(&session);
        let documents: Vec<_> = (0..DOCUMENTS)
            .map(|_| draw.document(pack, &session))
            .collect();
        let decide = |lens: Lens| {
            let seen = lens.scope(&facts);
            let shown = documents.iter().filter(|document| seen.shows(document));
            shown.count()
        };
        let shown = decide(pack.lens(&session, now()));
        assert!(shown > 0, "{name} is shown something");
        group.bench_function(format!("cold: lower and decide, {name}"), |bench| {
            bench.iter(|| decide(pack.lens(black_box(&session), now())));
        });
        let lens = pack.lens(&session, now());
        group.bench_function(format!("warm: decide, {name}"), |bench| {
            bench.iter(|| decide(black_box(&lens).clone()));
        });
    }
    group.finish();
}

/// Documents of many dossiers, in blocks of 64 and one by one in no order.
fn columns(criterion: &mut Criterion, pack: &Arc<Pack>) {
    let mut group = criterion.benchmark_group("document");
    group.sample_size(20);
    for (name, mut session) in askers() {
        if session.profession == "patient" {
            continue;
        }
        session.purpose = Purpose::Panel;
        let draw = Draw(SeededEntropy::new(5));
        let lens = pack.lens(&session, now());
        let (mut columns, mut scalar) = (Columns::new(), Vec::new());
        for at in 0..DOSSIERS {
            let facts = draw.dossier(at);
            columns.dossier(facts.clone());
            let scoped = Arc::new(lens.scope(&facts));
            for _ in 0..1 + draw.below(14) {
                let document = draw.document(pack, &session);
                columns.push(&document);
                scalar.push((Arc::clone(&scoped), document));
            }
        }
        let shown = |(lens, document): &(Arc<DossierLens>, DocumentFacts)| lens.shows(document);
        let expected = scalar.iter().filter(|one| shown(one)).count() as u64;
        assert!(
            expected > 0 && expected < columns.len() as u64,
            "a mixed crowd"
        );
        assert_eq!(
            seen(&lens, &columns),
            expected,
            "blocks answer as documents one by one"
        );
        group.throughput(Throughput::Elements(columns.len() as u64));
        group.bench_function(format!("blocks of 64, {name}"), |bench| {
            bench.iter(|| seen(&lens, black_box(&columns)));
        });
        let order: Vec<_> = (0..scalar.len())
            .map(|_| draw.below(scalar.len()))
            .collect();
        group.throughput(Throughput::Elements(order.len() as u64));
        group.bench_function(format!("random access, {name}"), |bench| {
            bench.iter(|| order.iter().filter(|at| shown(&scalar[**at])).count());
        });
    }
    group.finish();
}

/// How many documents of the columns the session sees.
fn seen(lens: &Lens, columns: &Columns) -> u64 {
    let sight = lens.over(columns);
    let seen = sight.blocks().map(|bits| u64::from(bits.count_ones()));
    seen.sum()
}

/// Cedar itself, asked about one document: gate and document, with the entities made for it.
fn cedar(criterion: &mut Criterion, pack: &Arc<Pack>) {
    let mut group = criterion.benchmark_group("cedar");
    group.throughput(Throughput::Elements(1));
    let second = SecondOpinion::new(pack).expect("it loaded");
    for (name, session) in askers() {
        let draw = Draw(SeededEntropy::new(3));
        let lens = pack.lens(&session, now()).scope(&of(&session));
        group.bench_function(format!("one document, {name}"), |bench| {
            let document = || draw.document(pack, &session);
            let ask = |document| second.sees(&lens, &document);
            bench.iter_batched(document, ask, BatchSize::SmallInput);
        });
    }
    group.finish();
}

/// Who asks: a physician the holder authorised, a pharmacist of the care team, the holder.
fn askers() -> [(&'static str, SessionFacts); 3] {
    let session = |profession: &str, purpose| SessionFacts {
        actor: "899900000001".to_owned(),
        profession: profession.to_owned(),
        speciality: String::new(),
        structure: "990000001".to_owned(),
        purpose,
        secrecy: Secrecy::Open,
        patient: None,
    };
    let holder = SessionFacts {
        patient: Some(DossierId::from_bytes([1; 16])),
        structure: String::new(),
        ..session("patient", Purpose::Holder)
    };
    [
        ("physician", session("medecin", Purpose::Care)),
        ("pharmacist", session("pharmacien", Purpose::Care)),
        ("holder", holder),
    ]
}

/// A dossier that the session enters.
fn of(session: &SessionFacts) -> DossierFacts {
    let id = DossierId::from_bytes([1; 16]);
    let mut facts = DossierFacts::new(id, DossierStatus::Active, now());
    let relation = if session.profession == "patient" {
        Relation::Holder
    } else {
        Relation::Authorised
    };
    facts.hold(relation, Window::new(Instant::MIN, now().plus_months(6)));
    facts
}

struct Draw(SeededEntropy);

impl Draw {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0
            .fill(&mut bytes)
            .expect("a seeded source always gives");
        usize::try_from(u64::from_le_bytes(bytes) % bound as u64).expect("below a usize")
    }

    /// One dossier in two is authorised to the actor, one in eight by care team.
    fn dossier(&self, at: usize) -> DossierFacts {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(at as u64).to_le_bytes());
        let id = DossierId::from_bytes(id);
        let mut facts = DossierFacts::new(id, DossierStatus::Active, now());
        for (relation, of) in [
            (Relation::Authorised, 2),
            (Relation::CareTeam, 8),
            (Relation::Attending, 8),
            (Relation::Blocked, 100),
        ] {
            if self.below(of) == 0 {
                facts.hold(relation, Window::ALWAYS);
            }
        }
        facts
    }

    /// One document in fifty is masked, one in a hundred hidden from the holder.
    fn document(&self, pack: &Pack, session: &SessionFacts) -> DocumentFacts {
        let kinds: Vec<_> = pack.dictionary().types().collect();
        let mut flags = Flags::NONE;
        match self.below(100) {
            0 | 1 => flags = flags.with(Flags::MASQUE_PS),
            2 => flags = flags.with(Flags::INVISIBLE_PATIENT),
            _ => {}
        }
        let mine = self.below(12) == 0;
        let author = Party {
            actor: if mine { &session.actor } else { "899900000002" },
            structure: "990000002",
            profession: "medecin",
        };
        let deposited = now().plus_days(-1 - i64::try_from(self.below(2000)).expect("few"));
        DocumentFacts {
            document: DocumentId::from_bytes([9; 16]),
            kind: pack
                .dictionary()
                .type_ordinal(kinds[self.below(kinds.len())]),
            class: pack.dictionary().class_ordinal("10"),
            author_profession: pack.dictionary().profession_ordinal("medecin"),
            status: Availability::Approved,
            flags,
            hidden_until: policy::lapse_of(deposited),
            created: deposited,
            deposited,
            parties: if mine {
                session.parties(author, author)
            } else {
                Parties::NONE
            },
        }
    }
}

fn now() -> Instant {
    Instant::from_rfc3339("2026-03-01T12:00:00Z").expect("written here")
}

const DOCUMENTS: usize = 28;
const DOSSIERS: usize = 40_000;
