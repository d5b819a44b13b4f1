//! What an engine shows, compared with what must be there.
//!
//! For: the same questions to every store that was reopened, through the verbs of the facade
//! and in authorised sessions. Not for: mending.
//! Invariants: a question that is answered by an error other than a refusal is a failure; one
//! look serves several models, for a crash may leave the state before an act or after it.

use crate::act::{PATIENTS, word};
use crate::model::{Dossier, Model, Paper};
use base::{Availability, DocumentId, EntryId, Flags, Purpose};
use liasse::{Code, Engine, Error, Matricule, SearchRequest, Session, SessionRequest, Statuses};
use std::collections::{BTreeMap, BTreeSet};

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Lists, bodies, panel search, journal size.
    Plain,
    /// Also each word, each history, and the engine's own check.
    Whole,
}

/// What an engine showed.
pub(crate) struct Seen {
    dossiers: BTreeMap<usize, Vec<Shown>>,
    colleague: BTreeMap<usize, BTreeSet<String>>,
    panel: BTreeSet<DocumentId>,
    glass: BTreeMap<usize, usize>,
    entries: u64,
}

struct Shown {
    document: DocumentId,
    entry: EntryId,
    unique_id: String,
    title: String,
    flags: Flags,
    status: Availability,
    version: u32,
    /// `None` when its bytes are known to be lost.
    body: Option<Vec<u8>>,
}

/// The sessions that ask.
pub(crate) struct Askers {
    pub(crate) doctor: Session,
    colleague: Session,
    panel: Session,
}

impl Askers {
    pub(crate) fn of(engine: &Engine) -> Result<Self, Error> {
        Ok(Self {
            doctor: engine.session(request("doctor", Purpose::Care))?,
            colleague: engine.session(request("colleague", Purpose::Care))?,
            panel: engine.session(request("doctor", Purpose::Panel))?,
        })
    }
}

/// A professional's session.
pub(crate) fn request(actor: &str, purpose: Purpose) -> SessionRequest {
    SessionRequest {
        actor: actor.to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: Some(format!("structure-of-{actor}")),
        purpose,
        patient: None,
        secret: false,
    }
}

/// The holder's own session.
pub(crate) fn holder(patient: &Matricule) -> SessionRequest {
    SessionRequest {
        profession: "patient".to_owned(),
        structure: None,
        patient: Some(patient.clone()),
        ..request("holder", Purpose::Holder)
    }
}

/// Asks an engine everything.
pub(crate) fn look(engine: &Engine, patients: &[Matricule], depth: Depth) -> Result<Seen, Error> {
    look_but_for(engine, patients, depth, &BTreeSet::new())
}

/// The same, where the bytes of some documents are known to be lost.
pub(crate) fn look_but_for(
    engine: &Engine,
    patients: &[Matricule],
    depth: Depth,
    lost: &BTreeSet<DocumentId>,
) -> Result<Seen, Error> {
    let askers = Askers::of(engine)?;
    let mut seen = Seen {
        dossiers: BTreeMap::new(),
        colleague: BTreeMap::new(),
        panel: BTreeSet::new(),
        glass: BTreeMap::new(),
        entries: engine.stats()?.entries,
    };
    for (number, patient) in patients.iter().enumerate().take(PATIENTS) {
        if let Some(listed) = unless_refused(askers.doctor.entries(patient, Statuses::All))? {
            let shown = listed.into_iter().map(|entry| {
                let body = match askers.doctor.fetch(entry.document) {
                    Err(error)
                        if error.code() == Code::Corrupt && lost.contains(&entry.document) =>
                    {
                        None
                    }
                    fetched => Some(fetched?),
                };
                Ok(Shown {
                    document: entry.document,
                    entry: entry.entry,
                    unique_id: entry.unique_id,
                    title: entry.title,
                    flags: entry.flags,
                    status: entry.status,
                    version: entry.version,
                    body,
                })
            });
            let shown = shown.collect::<Result<_, Error>>()?;
            seen.dossiers.insert(number, shown);
        }
        if let Some(listed) = unless_refused(askers.colleague.entries(patient, Statuses::All))? {
            let ids = listed.into_iter().map(|entry| entry.unique_id);
            seen.colleague.insert(number, ids.collect());
        }
        if depth == Depth::Whole && seen.dossiers.contains_key(&number) {
            let history = engine.session(holder(patient))?.history(patient)?;
            let broken = history.iter().filter(|line| line.what == "break_glass");
            seen.glass.insert(number, broken.count());
        }
    }
    let mut every = SearchRequest::new("date:1900..").limit(1000);
    every = every.statuses(Statuses::All);
    if depth == Depth::Plain {
        // Every text was opened for the index already, and every body above.
        every = every.without_snippets();
    }
    let hits = askers.panel.search(&every)?;
    seen.panel = hits.into_iter().map(|hit| hit.entry.document).collect();
    Ok(seen)
}

impl Seen {
    /// Whether this is what the model says; what is not, otherwise.
    pub(crate) fn fits(&self, model: &Model) -> Result<(), String> {
        if self.entries < model.entries {
            let (entries, least) = (self.entries, model.entries);
            return Err(format!("the journal has {entries} entries of {least}"));
        }
        // Her documents are what lets the doctor in: a dossier without one is closed to her.
        let held = model
            .dossiers
            .iter()
            .filter(|(_, it)| !it.papers.is_empty());
        let due: Vec<_> = held.map(|(patient, _)| patient).collect();
        let there: Vec<_> = self.dossiers.keys().collect();
        if there != due {
            return Err(format!("dossiers {there:?} are there, not {due:?}"));
        }
        let mut documents = BTreeSet::new();
        for (patient, dossier) in &model.dossiers {
            let shown = self.dossiers.get(patient).map_or(&[][..], Vec::as_slice);
            let wrong = |what: String| format!("dossier {patient}: {what}");
            fits_papers(shown, dossier).map_err(wrong)?;
            documents.extend(shown.iter().map(|shown| shown.document));
            let seen = self.colleague.get(patient);
            let due = dossier.shared.then(|| dossier.visible());
            if seen != due.as_ref() {
                return Err(wrong(format!("the colleague sees {seen:?}, not {due:?}")));
            }
            let glass = self.glass.get(patient);
            if glass.is_some_and(|glass| *glass != dossier.glass) {
                let due = dossier.glass;
                return Err(wrong(format!("glass broken {glass:?} times, not {due}")));
            }
        }
        if self.panel != documents {
            let (found, due) = (self.panel.len(), documents.len());
            return Err(format!("the panel search finds {found} documents of {due}"));
        }
        Ok(())
    }
}

impl Dossier {
    /// What somebody sees from whom masked documents are hidden.
    fn visible(&self) -> BTreeSet<String> {
        let open = self.papers.iter();
        open.filter(|paper| !paper.flags.contains(Flags::MASQUE_PS))
            .map(|paper| paper.unique_id.clone())
            .collect()
    }
}

fn fits_papers(shown: &[Shown], dossier: &Dossier) -> Result<(), String> {
    if shown.len() != dossier.papers.len() {
        let (there, due) = (shown.len(), dossier.papers.len());
        return Err(format!("{there} documents, not {due}"));
    }
    let entries: BTreeSet<_> = shown.iter().map(|shown| shown.entry).collect();
    if entries.len() != shown.len() {
        return Err("two entries of one id".to_owned());
    }
    for paper in &dossier.papers {
        let number = paper.number;
        let found = shown.iter().find(|it| it.unique_id == paper.unique_id);
        let found = found.ok_or_else(|| format!("document {number} is not there"))?;
        let fits = [
            (
                "its id",
                paper.document.is_none_or(|id| id == found.document),
            ),
            ("its title", paper.title == found.title),
            ("its flags", paper.flags == found.flags),
            ("its status", paper.status == found.status),
            ("its version", paper.version == found.version),
            (
                "its bytes",
                found.body.as_ref().is_none_or(|body| paper.body == *body),
            ),
        ];
        if let Some((what, _)) = fits.into_iter().find(|(_, fits)| !fits) {
            return Err(format!("document {number}: {what} is not what it was"));
        }
    }
    Ok(())
}

/// Asks what only some states are asked: the engine's own check, every word, what was erased.
pub(crate) fn scrutinise(
    engine: &Engine,
    patients: &[Matricule],
    model: &Model,
) -> Result<(), String> {
    let told = |error: Error| error.to_string();
    let report = engine.check().map_err(told)?;
    if !report.findings.is_empty() {
        return Err(format!("check: {:?}", report.findings));
    }
    let askers = Askers::of(engine).map_err(told)?;
    for document in &model.gone {
        if unless_refused(askers.doctor.fetch(*document))
            .map_err(told)?
            .is_some()
        {
            return Err(format!("the erased document {document} is there"));
        }
    }
    for (patient, dossier) in &model.dossiers {
        for paper in &dossier.papers {
            let mut request =
                SearchRequest::new(&word(paper.number)).of(patients[*patient].clone());
            request = request.statuses(Statuses::All);
            let found = askers.doctor.count(&request).map_err(told)?;
            if found != 1 {
                let number = paper.number;
                return Err(format!(
                    "the word of document {number} is found {found} times"
                ));
            }
        }
    }
    Ok(())
}

/// `None` for what is refused, as what is absent and what is forbidden are.
fn unless_refused<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == Code::Refused => Ok(None),
        Err(error) => Err(error),
    }
}

/// A paper's place in a list, for those who look for one.
pub(crate) fn last_number(model: &Model) -> usize {
    let papers = model.dossiers.values().flat_map(|dossier| &dossier.papers);
    papers.map(|paper: &Paper| paper.number).max().unwrap_or(0)
}
