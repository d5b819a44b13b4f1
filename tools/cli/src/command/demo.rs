//! `liasse demo`: the engine's main job on generated dossiers, told as it happens.

use crate::args::Demo;
use crate::command::change::receipt_line;
use crate::fault::Fault;
use crate::output::{self, in_colour};
use liasse::{
    Deposit, DocumentEntry, Engine, FlagChange, Flags, Grant, Instant, Matricule, Options, Party,
    Purpose, RootKey, SearchRequest, Session, SessionRequest, Statuses,
};
use specimen::Dossier;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant as Watch;

/// Runs the demo in a directory of its own.
pub(crate) fn run(demo: &Demo) -> Result<(), Fault> {
    let place = match &demo.keep {
        Some(kept) => kept.clone(),
        None => std::env::temp_dir().join(format!("liasse-demo-{}", std::process::id())),
    };
    std::fs::create_dir(&place).map_err(|error| Fault::file(&place, &error))?;
    let told = Tale::begin(&place).and_then(|tale| tale.tell());
    if demo.keep.is_none() {
        std::fs::remove_dir_all(&place).map_err(|error| Fault::file(&place, &error))?;
    }
    told
}

struct Tale {
    engine: Engine,
    dossiers: Vec<Dossier>,
    store: PathBuf,
    key: PathBuf,
}

impl Tale {
    fn begin(place: &Path) -> Result<Self, Fault> {
        title("A store is created, with a key file apart from it");
        let (store, key) = (place.join("store"), place.join("key"));
        liasse::new_key_file(&key)?;
        let engine = Engine::create(&store, RootKey::File(key.clone()), Options::default())?;
        say("policy pack dmp-2011, the rules of the DMP's launch");
        title("Documents come in: 200 invented patients, at least 2,000 documents");
        let dossiers = specimen::sample(PATIENTS, DOCUMENTS);
        let tale = Self {
            engine,
            dossiers,
            store,
            key,
        };
        tale.deposit_all()?;
        Ok(tale)
    }

    fn tell(self) -> Result<(), Fault> {
        let patient = self.richest(0);
        let erased = self.richest(1);
        self.grants(patient)?;
        self.five_views(patient)?;
        self.panel_search(patient)?;
        self.masking(patient)?;
        self.break_glass(patient)?;
        self.erasing(erased)?;
        self.verify()
    }

    fn deposit_all(&self) -> Result<(), Fault> {
        let started = Watch::now();
        let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
        let (mut count, mut tickets) = (0_usize, Vec::new());
        for document in self.dossiers.iter().flat_map(|dossier| &dossier.documents) {
            let author = &document.author;
            if !sessions.contains_key(&author.id) {
                let session = self.as_physician(&author.id, &author.structure.id)?;
                sessions.insert(author.id.clone(), session);
            }
            let Some(session) = sessions.get(&author.id) else {
                continue;
            };
            let cda = document.cda();
            let deposit = Deposit::new(cda.as_bytes()).opening();
            tickets.push(session.begin_deposit(&deposit)?);
            count += 1;
            if tickets.len() >= IN_FLIGHT_MAX {
                wait(&mut tickets)?;
            }
        }
        wait(&mut tickets)?;
        let millis = started.elapsed().as_millis().max(1);
        let rate = count as u128 * 1000 / millis;
        say(&format!(
            "{count} documents of {} patients kept, durable and searchable in {}.{} s ({rate}/s)",
            self.dossiers.len(),
            millis / 1000,
            millis % 1000 / 100,
        ));
        Ok(())
    }

    fn grants(&self, patient: &Dossier) -> Result<(), Fault> {
        title("The patient says who may read");
        let holder = self.as_holder(patient)?;
        let matricule = matricule(patient)?;
        let attending = patient.patient.attending.id.clone();
        let authorise = |id: &str| Grant::Authorise {
            party: Party::Actor(id.to_owned()),
            until: Instant::MAX,
        };
        holder.grant(&matricule, Grant::SetAttending(Party::Actor(attending)))?;
        holder.grant(&matricule, authorise(PHARMACIST))?;
        holder.grant(&matricule, authorise(NURSE))?;
        say("an attending physician, a pharmacist and a nurse are let in");
        Ok(())
    }

    fn five_views(&self, patient: &Dossier) -> Result<(), Fault> {
        title("One dossier, five readers");
        let matricule = matricule(patient)?;
        let attending = &patient.patient.attending;
        let readers = [
            (
                "attending physician",
                self.as_physician(&attending.id, &attending.structure.id)?,
            ),
            (
                "pharmacist (no consultation reports)",
                self.as_care("pharmacien", PHARMACIST)?,
            ),
            ("nurse", self.as_care("infirmier", NURSE)?),
            ("the patient herself", self.as_holder(patient)?),
        ];
        for (who, session) in &readers {
            let entries = session.entries(&matricule, Statuses::Approved)?;
            show(who, &entries);
        }
        let insurer = self.as_care("assureur", "INSURER-1")?;
        match insurer.entries(&matricule, Statuses::Approved) {
            Ok(_) => return Err(Fault::findings("an insurer has read a dossier")),
            Err(error) => say(&format!("insurer: {error}")),
        }
        Ok(())
    }

    fn panel_search(&self, patient: &Dossier) -> Result<(), Fault> {
        title("A search across a physician's own patients");
        let attending = &patient.patient.attending;
        let panel = self.session(
            "medecin",
            &attending.id,
            Some(&attending.structure.id),
            Purpose::Panel,
            None,
        )?;
        for query in QUERIES {
            let request = SearchRequest::new(query).limit(3);
            let started = Watch::now();
            let hits = panel.search(&request)?;
            let count = panel.count(&request)?;
            let micros = started.elapsed().as_micros();
            say(&format!("{}  {count} documents, {micros} us", bold(query)));
            for hit in &hits {
                say(&format!("   {}", output::snippet_line(&hit.snippet)));
            }
        }
        Ok(())
    }

    fn masking(&self, patient: &Dossier) -> Result<(), Fault> {
        title("A document is masked by the patient");
        let matricule = matricule(patient)?;
        let pharmacist = self.as_care("pharmacien", PHARMACIST)?;
        let attending = &patient.patient.attending;
        let physician = self.as_physician(&attending.id, &attending.structure.id)?;
        let seen = pharmacist.entries(&matricule, Statuses::Approved)?;
        let Some(entry) = seen.first() else {
            return Err(Fault::findings("the pharmacist sees no document to mask"));
        };
        let change = FlagChange {
            set: Flags::MASQUE_PS,
            ..FlagChange::default()
        };
        self.as_holder(patient)?.set_flags(entry.document, change)?;
        let after = pharmacist.entries(&matricule, Statuses::Approved)?;
        let visible = |entries: &[DocumentEntry]| {
            entries
                .iter()
                .any(|listed| listed.document == entry.document)
        };
        say(&format!(
            "pharmacist: saw it before {}, after {}",
            visible(&seen),
            visible(&after)
        ));
        match pharmacist.fetch(entry.document) {
            Ok(_) => return Err(Fault::findings("a masked document was fetched")),
            Err(error) => say(&format!("pharmacist asks for it by id: {error}")),
        }
        let all = physician.entries(&matricule, Statuses::Approved)?;
        say(&format!(
            "attending physician: sees it still {}",
            visible(&all)
        ));
        Ok(())
    }

    fn break_glass(&self, patient: &Dossier) -> Result<(), Fault> {
        title("Bris de glace, and its trace");
        let matricule = matricule(patient)?;
        let session = self.session(
            "medecin",
            "EMERGENCY-1",
            Some("HOSPITAL-1"),
            Purpose::EmergencyBtg,
            None,
        )?;
        session.break_glass(&matricule, "unconscious after an accident")?;
        let entries = session.entries(&matricule, Statuses::Approved)?;
        say(&format!(
            "an emergency physician reads {} documents",
            entries.len()
        ));
        say("the patient's history, newest first:");
        for line in self
            .as_holder(patient)?
            .history(&matricule)?
            .iter()
            .take(HISTORY_LINES)
        {
            say(&format!("   {}", output::history_line(line)));
        }
        Ok(())
    }

    fn erasing(&self, patient: &Dossier) -> Result<(), Fault> {
        title("Another patient asks to be erased");
        let matricule = matricule(patient)?;
        let holder = self.as_holder(patient)?;
        let count = holder.entries(&matricule, Statuses::All)?.len();
        say(&format!("her dossier holds {count} documents"));
        for receipt in holder.erase(&matricule)? {
            say(&receipt_line(&receipt));
        }
        match holder.entries(&matricule, Statuses::All) {
            Ok(_) => Err(Fault::findings("an erased dossier was listed")),
            Err(error) => {
                say(&format!("the patient asks again: {error}"));
                Ok(())
            }
        }
    }

    fn verify(self) -> Result<(), Fault> {
        title("The whole store is checked");
        self.engine.close()?;
        let root = RootKey::File(self.key);
        let report = Engine::verify(&self.store, root, Options::default())?;
        for finding in &report.findings {
            say(&format!(
                "{} {}: {}",
                finding.invariant, finding.place, finding.what
            ));
        }
        say(&format!(
            "{}: {} dossiers, {} documents, {} journal entries, {} index segments",
            if report.findings.is_empty() {
                "clean"
            } else {
                "NOT CLEAN"
            },
            report.dossiers,
            report.documents,
            report.entries,
            report.segments,
        ));
        match report.findings.len() {
            0 => Ok(()),
            many => Err(Fault::findings(format!("{many} findings"))),
        }
    }

    /// The dossier with the most documents, or the next one.
    fn richest(&self, rank: usize) -> &Dossier {
        let mut order: Vec<&Dossier> = self.dossiers.iter().collect();
        order.sort_by_key(|it| std::cmp::Reverse(it.documents.len().min(MANY_DOCUMENTS)));
        order[rank]
    }

    fn as_holder(&self, patient: &Dossier) -> Result<Session, Fault> {
        let (id, matricule) = ("HOLDER", matricule(patient)?);
        self.session("patient", id, None, Purpose::Holder, Some(matricule))
    }

    fn as_physician(&self, id: &str, structure: &str) -> Result<Session, Fault> {
        self.session("medecin", id, Some(structure), Purpose::Care, None)
    }

    fn as_care(&self, profession: &str, id: &str) -> Result<Session, Fault> {
        self.session(profession, id, None, Purpose::Care, None)
    }

    fn session(
        &self,
        profession: &str,
        actor: &str,
        structure: Option<&str>,
        purpose: Purpose,
        patient: Option<Matricule>,
    ) -> Result<Session, Fault> {
        Ok(self.engine.session(SessionRequest {
            actor: actor.to_owned(),
            profession: profession.to_owned(),
            speciality: None,
            structure: structure.map(str::to_owned),
            purpose,
            patient,
            secret: false,
        })?)
    }
}

fn wait(tickets: &mut Vec<liasse::Ticket<liasse::Deposited>>) -> Result<(), Fault> {
    for ticket in tickets.drain(..) {
        ticket.wait()?;
    }
    Ok(())
}

fn matricule(patient: &Dossier) -> Result<Matricule, Fault> {
    Ok(patient.patient.matricule.parse()?)
}

fn show(who: &str, entries: &[DocumentEntry]) {
    say(&format!("{}: {} documents", bold(who), entries.len()));
    for entry in entries.iter().rev().take(LISTED) {
        let date = entry.creation_time.to_string();
        let date = date.get(..10).unwrap_or(&date);
        say(&format!(
            "   {date}  {:<8}  {}",
            entry.type_code, entry.title
        ));
    }
    if entries.len() > LISTED {
        say("   ..");
    }
}

fn title(text: &str) {
    output::line("");
    output::line(&if in_colour() {
        format!("\x1b[1;36m{text}\x1b[0m")
    } else {
        text.to_owned()
    });
}

fn bold(text: &str) -> String {
    if in_colour() {
        format!("\x1b[1m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

fn say(text: &str) {
    output::line(&format!("  {text}"));
}

const PATIENTS: usize = 200;
const DOCUMENTS: usize = 2000;
const MANY_DOCUMENTS: usize = 60;
const IN_FLIGHT_MAX: usize = 256;
const LISTED: usize = 4;
const HISTORY_LINES: usize = 6;
const PHARMACIST: &str = "PHARMACIST-1";
const NURSE: &str = "NURSE-1";
const QUERIES: [&str; 3] = ["HTA", "\"pas de fi\u{e8}vre\"", "scanner OR radiographie"];
