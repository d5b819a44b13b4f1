//! What lies inside the seals: dossiers, bodies, units, the index, and whether what was erased
//! is gone. Needs all keys.
//!
//! Invariants: a place is named by numbers; nothing that was opened leaves this file.

use super::check::{Check, Step};
use crate::core::{Core, View};
use crate::error::Result;
use crate::recorder::slot;
use base::{Digest, DocumentId, DossierId, DossierNumber, Ordinal};
use index::{Expr, Filter, Scores};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use store::{
    Bodies, DocumentName, DossierSeal, EntryView, SealedHead, UnitKind, open_body, open_text,
};

/// What the sealed units lead to, by the ids of dossiers and of documents.
#[derive(Default)]
struct Names {
    dossiers: BTreeMap<[u8; 16], u64>,
    documents: BTreeMap<[u8; 16], u64>,
    broken: bool,
}

/// A dossier that is open, for the look at its documents.
struct Open<'a> {
    number: DossierNumber,
    id: DossierId,
    bodies: Bodies<'a>,
}

impl Check<'_> {
    /// Opens every dossier with its bodies, every unit, and what else is sealed.
    pub(super) fn seals(&mut self, from: u64) -> Result<Step> {
        let Some(core) = self.auditor.core.clone() else {
            return Ok(Step::Continue(()));
        };
        let view = core.searched_view()?;
        let mut names = self.units(&core, &view)?;
        let total = view.rows.counters().dossiers();
        let (mut opened, mut there, mut stopped) = (0, 0, None);
        let mut kept = BTreeSet::new();
        for number in 0..total {
            if number >= from && number % 64 == 0 && self.tell(number, total).is_break() {
                stopped = Some(number);
                break;
            }
            let Ok(number) = DossierNumber::new(number) else {
                break;
            };
            let sealed = match SealedHead::read(view.rows(), number) {
                Ok(None) => continue,
                Ok(Some(sealed)) => Some(sealed),
                // Already told, without a key.
                Err(_) => None,
            };
            there += 1;
            if number.number() < from || !self.is_sampled(number) {
                continue;
            }
            let Some(sealed) = sealed else { continue };
            let of = (number, sealed);
            if let Err(error) = self.dossier(&core, &view, of, &mut names, &mut kept) {
                let place = format!("dossier {}", number.number());
                self.report.find("S5", place, error.message());
            }
            opened += 1;
        }
        let documents = kept.len() as u64;
        self.report.cover("dossiers, opened", opened, there);
        let documents_of = self.report.checked("documents, opened") + documents;
        self.report
            .cover("documents, opened", documents, documents_of);
        if let Some(number) = stopped {
            return Ok(Step::Break(number));
        }
        if self.request.sample.is_none() && from == 0 {
            if !names.broken {
                self.strays(&names);
            }
            self.known.kept = Some(kept);
        }
        Ok(Step::Continue(()))
    }

    /// Every page of the index opens; index and store hold the same documents.
    pub(super) fn index(&mut self, _: u64) -> Result<Step> {
        let Some(core) = self.auditor.core.clone() else {
            return Ok(Step::Continue(()));
        };
        if self.tell(0, 1).is_break() {
            return Ok(Step::Break(0));
        }
        let mut damaged = BTreeSet::new();
        core.index.verify(&mut |file| {
            damaged.insert(file.to_owned());
        })?;
        let before = damaged.len();
        damaged.retain(|file| !self.has_left(&format!("index/{file}")));
        if damaged.is_empty() && before > 0 {
            let what = "was written anew while it was audited, and was not opened";
            self.report.remark("index".to_owned(), what);
            return Ok(Step::Continue(()));
        }
        let count = core.index.segments().len() as u64;
        self.report.cover("index segments, opened", count, count);
        if !damaged.is_empty() {
            for file in damaged {
                let place = format!("index/{file}");
                // Already told, without a key, when its bytes are bound.
                if !self.report.names("X2", &place) {
                    self.report.find("X2", place, "does not open");
                }
            }
            return Ok(Step::Continue(()));
        }
        if self.request.sample.is_some() {
            return Ok(Step::Continue(()));
        }
        let view = core.searched_view()?;
        let mut indexed: BTreeSet<Ordinal> = BTreeSet::new();
        let every = Expr::every();
        view.searcher
            .search(&every, Filter::All, Scores::Unwanted, &mut |ordinal, _| {
                indexed.insert(ordinal);
                ControlFlow::Continue(())
            })?;
        let kept = match self.known.kept.take() {
            Some(kept) => kept,
            // The dossiers were opened by an earlier run of this audit.
            None => kept(&core, &view)?,
        };
        let leaving = crate::erasing::leaving(view.rows())?;
        let is_leaving = |it: &&Ordinal| {
            leaving.dossiers.contains(it.dossier()) || leaving.documents.contains(**it)
        };
        let mut find = |ordinal: &Ordinal, what| {
            let place = format!("document {}", ordinal.value());
            self.report.find("X3", place, what);
        };
        let unindexed = kept.difference(&indexed);
        unindexed.for_each(|it| find(it, "is not indexed"));
        // What is being erased stays in segments until they are written anew.
        let unkept = indexed.difference(&kept).filter(|it| !is_leaving(it));
        unkept.for_each(|it| find(it, "is not kept"));
        Ok(Step::Continue(()))
    }

    /// Opens every sealed unit, and gathers what the units lead to.
    fn units(&mut self, core: &Core, view: &View) -> Result<Names> {
        let mut names = Names::default();
        let mut items = 0_u64;
        for kind in UnitKind::ALL {
            let visited = view.units.visit_all(view.rows(), kind, &mut |key, value| {
                items += 1;
                let number = value
                    .first_chunk()
                    .map(|number| u64::from_le_bytes(*number));
                let id: Option<[u8; 16]> = key.try_into().ok();
                match (kind, number.zip(id)) {
                    (UnitKind::Dossier, Some((number, id))) => {
                        names.dossiers.insert(id, number);
                    }
                    (UnitKind::Document, Some((number, id))) => {
                        names.documents.insert(id, number);
                    }
                    (
                        UnitKind::Alias
                        | UnitKind::Dossier
                        | UnitKind::Document
                        | UnitKind::Relation
                        | UnitKind::Due,
                        _,
                    ) => {}
                }
            });
            if let Err(error) = visited {
                names.broken = true;
                let place = format!("table units, kind {}", kind.byte());
                self.report.find("S10", place, &error.to_string());
            }
        }
        self.report.cover("items of sealed units", items, items);
        if let Err(error) = crate::engine::open_signing_key(view.rows(), &view.keys, core.store) {
            self.report.find("V3", "table engine", error.message());
        }
        Ok(names)
    }

    fn dossier(
        &mut self,
        core: &Core,
        view: &View,
        (number, sealed): (DossierNumber, SealedHead),
        names: &mut Names,
        kept: &mut BTreeSet<Ordinal>,
    ) -> Result<()> {
        let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
        let seal = DossierSeal {
            store: core.store,
            key: &key,
        };
        let listing = sealed.open(view.rows(), seal)?;
        let state = listing.dossier()?;
        let place = format!("dossier {}", number.number());
        if self.known.wholes.contains(&state.audit()) {
            let what = "was erased, and is there again";
            self.report.find("V6", place.clone(), what);
        }
        let named = names.dossiers.remove(state.id().as_bytes());
        if !names.broken && named != Some(number.number()) {
            self.report
                .find("S10", place, "the sealed units do not lead to it");
        }
        let mut open = Open {
            number,
            id: state.id(),
            bodies: listing.bodies(view.rows(), seal),
        };
        for entry in listing.entries() {
            kept.insert(number.ordinal(entry.number()));
            self.document(core, &mut open, entry, names);
        }
        Ok(())
    }

    fn document(
        &mut self,
        core: &Core,
        open: &mut Open<'_>,
        entry: EntryView<'_>,
        names: &mut Names,
    ) {
        let number = open.number;
        let place = || {
            let document = entry.number().number();
            format!("dossier {}, document {document}", number.number())
        };
        let id: DocumentId = entry.document();
        if self.known.documents.contains(&id) {
            self.report
                .find("V6", place(), "was erased, and is there again");
        }
        let ordinal = number.ordinal(entry.number());
        let named = names.documents.remove(id.as_bytes());
        if !names.broken && named != Some(ordinal.value()) {
            self.report
                .find("S10", place(), "the sealed units do not lead to it");
        }
        if let Err(error) = body(core, open, entry)
            && !error.place().is_some_and(|file| self.has_left(file))
        {
            self.report.find("S7", place(), error.message());
        }
    }

    /// What the units lead to and no dossier holds.
    fn strays(&mut self, names: &Names) {
        let count = names.dossiers.len() + names.documents.len();
        for number in names.dossiers.values() {
            let what = "the sealed units lead to a dossier that is not there";
            self.report.find("S10", format!("dossier {number}"), what);
        }
        if count > names.dossiers.len() {
            for number in names.documents.values() {
                let what = "the sealed units lead to a document that is not there";
                self.report.find("S10", format!("document {number}"), what);
            }
        }
    }

    /// Whether a dossier is among those to open: about as many as asked for, chosen by the root
    /// of the log, so that nobody knows beforehand which.
    fn is_sampled(&self, number: DossierNumber) -> bool {
        let Some(wanted) = self.request.sample else {
            return true;
        };
        let there = self.auditor.rows.counters().dossiers().max(1);
        let root = self.report.log.root;
        let chosen: Digest = vault::digest(
            "liasse audit sample v1",
            &[root.as_bytes(), &number.number().to_le_bytes()],
        );
        let drawn = chosen
            .as_bytes()
            .first_chunk()
            .map_or(0, |it| u64::from_le_bytes(*it));
        drawn % there < wanted
    }
}

/// Opens a document's body and text.
fn body(core: &Core, open: &mut Open<'_>, entry: EntryView<'_>) -> Result<()> {
    let name = DocumentName {
        store: core.store,
        dossier: open.id,
        document: entry.document(),
    };
    let Some(stored) = open.bodies.find(entry.number())? else {
        return Ok(());
    };
    let (place, packing) = (stored.place, stored.place.packing());
    let sealed = core.catalog.read_body(place)?;
    open_body(name, &stored.key, place, &sealed)?;
    if !packing.is_joined() {
        let sealed = core.catalog.read_text(place)?;
        open_text(name, &stored.key, packing, &sealed)?;
    }
    Ok(())
}

/// The documents that the store holds, by the dossiers that open.
fn kept(core: &Core, view: &View) -> Result<BTreeSet<Ordinal>> {
    let mut kept = BTreeSet::new();
    for number in 0..view.rows.counters().dossiers() {
        let Ok(number) = DossierNumber::new(number) else {
            break;
        };
        let Ok(Some(sealed)) = SealedHead::read(view.rows(), number) else {
            continue;
        };
        let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
        let seal = DossierSeal {
            store: core.store,
            key: &key,
        };
        if let Ok(listing) = sealed.open(view.rows(), seal) {
            let entries = listing.entries();
            kept.extend(entries.map(|entry| number.ordinal(entry.number())));
        }
    }
    Ok(kept)
}
