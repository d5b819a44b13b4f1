//! A store in memory whose ids are those of its documents, and the documents that go into it.
//!
//! For: twins. Invariants: a document's ids and bytes are made of its number alone, so that two
//! stores that both hold it agree on them, whatever else they hold; the clock moves with the acts
//! that both stores share and with no other.

use base::disk::{FaultPlan, FaultyDisk};
use liasse::{
    Clock, Deposit, Deposited, DocumentId, Engine, Entropy, FixedClock, Flags, Instant, Matricule,
    Options, OsEntropy, Purpose, RootKey, SeededEntropy, Session, SessionRequest,
};
use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use vault::KeyFile;

thread_local! {
    static STREAM: RefCell<Option<SeededEntropy>> = const { RefCell::new(None) };
}

/// Random bytes of the system, or of the stream this thread has set.
struct Steered;

impl Entropy for Steered {
    fn fill(&self, out: &mut [u8]) -> Result<(), liasse::NoEntropy> {
        STREAM.with_borrow(|stream| match stream {
            Some(stream) => stream.fill(out),
            None => OsEntropy.fill(out),
        })
    }
}

/// Does work whose ids are drawn from a stream of its own.
pub(super) fn with_stream<T>(seed: u64, work: impl FnOnce() -> T) -> T {
    STREAM.set(Some(SeededEntropy::new(seed)));
    let done = work();
    STREAM.set(None);
    done
}

/// Does work that draws from no stream in the middle of other work that does.
pub(super) fn aside(work: impl FnOnce()) {
    let stream = STREAM.take();
    work();
    STREAM.set(stream);
}

/// Numbers that a seed makes.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        let mut word = [0; 8];
        let source = SeededEntropy::new(self.0);
        source.fill(&mut word).unwrap();
        self.0 = u64::from_le_bytes(word);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// A store on a disk in memory, with its key file on another.
pub(super) struct Store {
    disk: FaultyDisk,
    keys: FaultyDisk,
    clock: Arc<FixedClock>,
    tail_max: usize,
    engine: Option<Engine>,
}

impl Store {
    pub(super) fn create() -> Self {
        let mut store = Self {
            disk: FaultyDisk::new(),
            keys: FaultyDisk::new(),
            clock: Arc::new(FixedClock::new(start())),
            tail_max: TAIL_MAX,
            engine: None,
        };
        KeyFile::create_on(Arc::new(store.keys.clone()), "key", &OsEntropy).unwrap();
        let disk = Arc::new(store.disk.clone());
        let engine = with_stream(0, || Engine::create_on(disk, store.root(), store.options()));
        store.engine = Some(engine.unwrap());
        store
    }

    /// The same store once more, whose index writes a segment after so many documents.
    pub(super) fn fork(&mut self, tail_max: usize) -> Self {
        self.close();
        let mut fork = Self {
            disk: self.disk.copy(),
            keys: self.keys.copy(),
            clock: Arc::new(FixedClock::new(self.clock.now())),
            tail_max,
            engine: None,
        };
        fork.open();
        fork
    }

    pub(super) fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    pub(super) fn reopen(&mut self) {
        self.close();
        self.open();
    }

    fn open(&mut self) {
        let disk = Arc::new(self.disk.clone());
        let engine = Engine::open_on(disk, self.root(), self.options());
        self.engine = Some(engine.unwrap());
    }

    fn close(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.close().unwrap();
        }
    }

    /// What every act that both twins share begins with.
    pub(super) fn tick(&self) {
        let now = self.clock.now();
        self.clock.set(Instant::from_millis(now.millis() + 60_000));
    }

    /// Lets days go by, in both twins.
    pub(super) fn wait(&self, days: i64) {
        self.clock.set(self.clock.now().plus_days(days));
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    fn root(&self) -> RootKey {
        let keys = KeyFile::open_on(Arc::new(self.keys.clone()), "key");
        RootKey::Kms(Arc::new(keys.unwrap()))
    }

    fn options(&self) -> Options {
        let mut options = Options::default();
        options.clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        options.entropy = Arc::new(Steered);
        options.index_tail_documents_max = self.tail_max;
        // Traces wait for the next commit: a commit for each would be most of the work.
        options.trace_gather = Duration::from_secs(3600);
        options
    }

    /// A session of an actor, whose id is drawn from the system.
    pub(super) fn session(&self, who: (&str, &str), purpose: Purpose) -> Session {
        self.engine().session(request(who, purpose, None)).unwrap()
    }

    pub(super) fn holder(&self, patient: usize) -> Session {
        self.engine().session(holder(patient)).unwrap()
    }

    pub(super) fn deposit(&self, paper: &Paper) -> Deposited {
        let author = self.session((paper.author, "medecin"), Purpose::Care);
        self.deposit_as(&author, paper).unwrap()
    }

    pub(super) fn deposit_as(&self, session: &Session, paper: &Paper) -> liasse::Result<Deposited> {
        let bytes = paper.bytes();
        let mut deposit = Deposit::new(&bytes).opening();
        deposit.flags = paper.flags;
        with_stream(paper.number, || session.deposit(&deposit))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What is dropped is not looked at again: it need not be flushed.
        self.disk.set_plan(FaultPlan {
            dead: true,
            ..FaultPlan::default()
        });
    }
}

pub(super) fn request(
    (actor, profession): (&str, &str),
    purpose: Purpose,
    patient: Option<Matricule>,
) -> SessionRequest {
    let structure = patient.is_none();
    SessionRequest {
        actor: actor.to_owned(),
        profession: profession.to_owned(),
        speciality: None,
        structure: structure.then(|| format!("structure-of-{actor}")),
        purpose,
        patient,
        secret: false,
    }
}

pub(super) fn holder(patient: usize) -> SessionRequest {
    let matricule = matricule(patient);
    request(("holder", "patient"), Purpose::Holder, Some(matricule))
}

pub(super) fn matricule(patient: usize) -> Matricule {
    let oid = specimen::Patient::INS_ROOT;
    format!("{}@{oid}", MATRICULES[patient]).parse().unwrap()
}

/// The id of the document of this number in a dossier that is there.
pub(super) fn id(number: u64) -> DocumentId {
    let mut bytes = [0; 16];
    SeededEntropy::new(number).fill(&mut bytes).unwrap();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.parse().unwrap()
}

/// A document.
#[derive(Clone)]
pub(super) struct Paper {
    pub(super) number: u64,
    pub(super) patient: usize,
    pub(super) author: &'static str,
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) day: i64,
    pub(super) flags: Flags,
    pub(super) unique_id: String,
    pub(super) replaces: Option<String>,
    /// Whether it is a CDA document with coded values.
    pub(super) coded: bool,
}

impl Paper {
    /// The document of this number: one in three is like others but for its ids, one in six is
    /// longer than a snippet.
    pub(super) fn new(number: u64, patient: usize, author: &'static str) -> Self {
        let mut dice = Dice::new(number);
        let alike = dice.one_in(3);
        let words = match (alike, dice.one_in(4)) {
            (true, _) => 12,
            (false, true) => 90,
            (false, false) => 4 + dice.below(40),
        };
        let mut words_of = if alike {
            Dice::new(17)
        } else {
            Dice::new(!number)
        };
        let words: Vec<&str> = (0..words).map(|_| words_of.of(&WORDS)).collect();
        Self {
            number,
            patient,
            author,
            kind: if alike { KINDS[0] } else { dice.of(&KINDS) },
            title: format!("Compte rendu {}", dice.of(&WORDS)),
            text: words.join(if words.len() > 50 { APART } else { " " }) + ".",
            day: if alike {
                3
            } else {
                i64::try_from(dice.below(600)).unwrap()
            },
            flags: Flags::NONE,
            unique_id: format!("1.2.250.1.999.7.2^T-{number}"),
            replaces: None,
            coded: false,
        }
    }

    /// When it was written.
    pub(super) fn written(&self) -> Instant {
        let first = Instant::from_rfc3339("2024-01-01T08:00:00Z").unwrap();
        first.plus_days(self.day)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        if self.coded {
            return self.cda().into_bytes();
        }
        let oid = specimen::Patient::INS_ROOT;
        let replaces = self.replaces.as_ref();
        let replaces = replaces.map_or(String::new(), |old| format!("\"{old}\""));
        format!(
            "{{\"liasse_document\": 1, \"unique_id\": \"{}\", \"replaces\": [{replaces}], \
             \"type\": {{\"code\": \"{}\", \"system\": \"2.16.840.1.113883.6.1\"}}, \
             \"title\": \"{}\", \"creation_time\": \"{}\", \
             \"authors\": [{{\"id\": \"1.2.250.1.71.4.2.1^{}\", \
             \"institution\": {{\"name\": \"Maison {}\"}}}}, \
             {{\"id\": \"1.2.250.1.71.4.2.1^second-{}\"}}], \
             \"confidentiality\": [{{\"code\": \"{}\"}}], \"references\": [\"1.2.250.1.5^{}\"], \
             \"service_start\": \"{}\", \
             \"patient\": {{\"ins\": {{\"matricule\": \"{}\", \"oid\": \"{oid}\"}}}}, \
             \"text\": \"{}\"}}",
            self.unique_id,
            self.kind,
            self.title,
            self.written(),
            self.author,
            self.number % 4,
            self.number % 3,
            LABELS[usize::try_from(self.number % 3).unwrap()],
            self.number % 5,
            self.written().plus_days(-(self.day % 40)),
            MATRICULES[self.patient],
            self.text,
        )
        .into_bytes()
    }

    fn cda(&self) -> String {
        let id = |written: &str| {
            let (root, extension) = written.split_once('^').unwrap();
            format!("<id root=\"{root}\" extension=\"{extension}\"/>")
        };
        let parent = self.replaces.as_ref().map(|old| {
            let old = id(old);
            format!("<parentDocument>{old}</parentDocument>")
        });
        let related = parent.map_or(String::new(), |parent| {
            format!("<relatedDocument typeCode=\"RPLC\">{parent}</relatedDocument>")
        });
        let written = self.written().to_string();
        let day = written[..10].replace('-', "");
        let label = LABELS[usize::try_from(self.number % 3).unwrap()];
        CDA.replace("ID", &id(&self.unique_id))
            .replace("KIND", self.kind)
            .replace("TITLE", &self.title)
            .replace("DAY", &day)
            .replace("LABEL", label)
            .replace("MATRICULE", &MATRICULES[self.patient])
            .replace("AUTHOR", self.author)
            .replace("HOUSE", &format!("Maison {}", self.number % 4))
            .replace("RELATED", &related)
            .replace("TEXT", &self.text)
            .replace("VALUE", &(self.number % 100).to_string())
    }
}

fn start() -> Instant {
    Instant::from_rfc3339("2026-01-05T10:00:00Z").unwrap()
}

static MATRICULES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let world = specimen::World::new(7);
    let patients = (0..8).map(|number| world.patient(number).matricule);
    patients.collect()
});
/// A document with coded values; the words in capitals are replaced.
const CDA: &str = r#"<ClinicalDocument xmlns="urn:hl7-org:v3">ID
<code code="KIND" codeSystem="2.16.840.1.113883.6.1"/><title>TITLE</title>
<effectiveTime value="DAY"/><confidentialityCode code="LABEL" codeSystem="2.16.840.1.113883.5.25"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="MATRICULE"/></patientRole>
</recordTarget><author><time value="DAY"/><assignedAuthor>
<id root="1.2.250.1.71.4.2.1" extension="AUTHOR"/><representedOrganization><name>HOUSE</name>
</representedOrganization></assignedAuthor></author>RELATED<documentationOf><serviceEvent>
<effectiveTime><low value="DAY"/></effectiveTime></serviceEvent></documentationOf>
<component><structuredBody><component><section><text>TEXT</text>
<entry><observation classCode="OBS" moodCode="EVN">
<code code="4548-4" codeSystem="2.16.840.1.113883.6.1" displayName="HbA1c"/>
<effectiveTime value="DAY"/><value value="VALUE" unit="%"/></observation></entry>
</section></component></structuredBody></component></ClinicalDocument>"#;
/// Words of documents and questions: some of the reference table, some of no table.
pub(super) const WORDS: [&str; 24] = [
    "patient",
    "patiente",
    "traitement",
    "embolie",
    "pulmonaire",
    "fracture",
    "femur",
    "fievre",
    "fievreux",
    "bronchite",
    "bronchique",
    "bronchoscopie",
    "douleur",
    "examen",
    "asthme",
    "penicilline",
    "vaccin",
    "tension",
    "zolamine",
    "zolatrine",
    "zolixane",
    "mipravol",
    "pas de toux",
    "chez sa mere diabete",
];
/// What stands between the words of a long document, so that no snippet holds many of them.
const APART: &str = " qui fut note la veille ";
/// Confidentiality codes of documents, by their numbers.
pub(super) const LABELS: [&str; 3] = ["N", "R", "V"];
/// Types that physicians see; the pharmacist sees the last two.
pub(super) const KINDS: [&str; 5] = ["34133-9", "11488-4", "18748-4", "11502-2", "56445-0"];
/// Types among them that a pharmacist does not see.
pub(super) const UNSEEN_BY_PHARMACISTS: [&str; 3] = ["34133-9", "11488-4", "18748-4"];
const TAIL_MAX: usize = 4096;
