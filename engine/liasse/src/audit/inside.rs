//! What lies inside the seals: dossiers, bodies, units, the index, and whether what was erased
//! is gone. Needs all keys.
//!
//! Invariants: a place is named by numbers; nothing that was opened leaves this file.

use super::check::{Check, Step};
use crate::core::{Core, View};
use crate::error::Result;
use crate::recorder::slot;
use base::{DocumentId, DocumentSet, DossierId, DossierNumber, Ordinal};
use index::{Expr, Filter, Scores};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use store::{
    Ahead, Bodies, DocumentName, DossierSeal, EntryView, SealedHead, UnitKind, check_document,
};

/// An id, and the number it stands for.
type Name = ([u8; 16], u64);

/// What the sealed units lead to, and what the dossiers hold: ids in no order, of which there are
/// millions, compared once.
#[derive(Default)]
struct Names {
    dossiers: Pair,
    documents: Pair,
    broken: bool,
}

#[derive(Default)]
struct Pair {
    led: Vec<Name>,
    held: Vec<Name>,
}

impl Pair {
    /// The numbers that are held and not led to, and those that are led to and not held.
    fn differences(mut self) -> (Vec<u64>, Vec<u64>) {
        self.led.sort_unstable();
        self.held.sort_unstable();
        let (mut lost, mut stray) = (Vec::new(), Vec::new());
        let (mut led, mut held) = (self.led.iter().peekable(), self.held.iter().peekable());
        loop {
            match (led.peek(), held.peek()) {
                (Some(one), Some(other)) if one == other => {
                    led.next();
                    held.next();
                }
                (Some(one), Some(other)) if one < other => {
                    stray.push(one.1);
                    led.next();
                }
                (_, Some(other)) => {
                    lost.push(other.1);
                    held.next();
                }
                (Some(one), None) => {
                    stray.push(one.1);
                    led.next();
                }
                (None, None) => return (lost, stray),
            }
        }
    }
}

/// What is gathered over all dossiers.
struct Gathered<'a> {
    names: Names,
    kept: DocumentSet,
    /// How many dossiers and documents this run opened.
    dossiers: u64,
    documents: u64,
    ahead: Ahead<'a>,
}

/// How much of a dossier is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Its bodies and texts too.
    Whole,
    /// What leads to it, and what it holds.
    Names,
}

/// A dossier that is open, for the look at its documents.
struct Open<'a> {
    number: DossierNumber,
    id: DossierId,
    bodies: Bodies<'a>,
}

impl Check<'_> {
    /// Opens every dossier of the sample with its bodies, every unit, and what else is sealed.
    pub(super) fn seals(&mut self, from: u64) -> Result<Step> {
        let Some(core) = self.auditor.core.clone() else {
            return Ok(Step::Continue(()));
        };
        let view = core.searched_view()?;
        let mut gathered = Gathered {
            names: self.units(&core, &view)?,
            kept: DocumentSet::new(),
            dossiers: 0,
            documents: 0,
            ahead: core.catalog.documents_ahead(),
        };
        let total = view.rows.counters().dossiers();
        let (mut there, mut stopped) = (0, None);
        for number in 0..total {
            if number >= from && self.tell(number, total).is_break() {
                stopped = Some(number);
                break;
            }
            let Ok(number) = DossierNumber::new(number) else {
                break;
            };
            // What an earlier run opened is asked for its names alone, which are not kept between
            // runs.
            let look = match number.number() < from {
                true => Look::Names,
                false => Look::Whole,
            };
            let look = self.is_sampled(number).then_some(look);
            there += u64::from(self.opened(&core, &view, (number, look), &mut gathered));
        }
        if stopped.is_none() {
            self.at_least_one(&core, &view, &mut gathered);
        }
        let (dossiers, documents) = (gathered.dossiers, gathered.documents);
        self.report.cover("dossiers, opened", dossiers, there);
        let documents_of = self.report.checked("documents, opened") + documents;
        self.report
            .cover("documents, opened", documents, documents_of);
        self.leads(gathered.names, stopped.is_none());
        if let Some(number) = stopped {
            return Ok(Step::Break(number));
        }
        self.known.kept = Some(gathered.kept);
        let opened = self.report.checked("dossiers, opened");
        if self.request.sample.is_some() && opened < there {
            let others = there - opened;
            let why = format!("of {others} dossiers outside the sample nothing was opened");
            self.report.skip("seals", why);
        }
        Ok(Step::Continue(()))
    }

    /// Opens a dossier if it is there, as far as it is looked at; whether it is there.
    fn opened(
        &mut self,
        core: &Core,
        view: &View,
        (number, look): (DossierNumber, Option<Look>),
        gathered: &mut Gathered<'_>,
    ) -> bool {
        let sealed = match SealedHead::read(view.rows(), number) {
            Ok(None) => return false,
            Ok(Some(sealed)) => Some(sealed),
            // Already told, without a key.
            Err(_) => None,
        };
        if let (Some(sealed), Some(look)) = (sealed, look) {
            if let Err(error) = self.dossier(core, view, (number, sealed, look), gathered) {
                let place = format!("dossier {}", number.number());
                self.report.find("S5", place, error.message());
            }
            gathered.dossiers += u64::from(look == Look::Whole);
        }
        true
    }

    /// A sample that held no document opens dossiers beside it until it has seen one.
    fn at_least_one(&mut self, core: &Core, view: &View, gathered: &mut Gathered<'_>) {
        let Some(sample) = self.request.sample else {
            return;
        };
        let total = view.rows.counters().dossiers();
        let before = self.report.checked("documents, opened");
        for number in sample.onwards(total) {
            if before + gathered.documents > 0 {
                return;
            }
            self.tell_whole(number, total);
            if let Ok(number) = DossierNumber::new(number)
                && !self.is_sampled(number)
            {
                self.opened(core, view, (number, Some(Look::Whole)), gathered);
            }
        }
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
        damaged.retain(|file| !self.has_left("index", &format!("index/{file}")));
        if damaged.is_empty() && before > 0 {
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
        let view = core.searched_view()?;
        let mut indexed = DocumentSet::new();
        let every = Expr::every();
        view.searcher
            .search(&every, Filter::All, Scores::Unwanted, &mut |ordinal, _| {
                indexed.insert(ordinal);
                ControlFlow::Continue(())
            })?;
        let kept = match self.known.kept.take() {
            Some(kept) => kept,
            // The dossiers were opened by an earlier run of this audit.
            None => self.kept(&core, &view)?,
        };
        let leaving = crate::erasing::leaving(view.rows())?;
        let is_leaving = |it: &Ordinal| {
            leaving.dossiers.contains(it.dossier()) || leaving.documents.contains(*it)
        };
        let sampled = |it: &Ordinal| self.is_sampled(it.dossier());
        let unindexed = kept.iter().filter(|it| !indexed.contains(*it));
        let unindexed: Vec<_> = unindexed.filter(sampled).collect();
        // What is being erased stays in segments until they are written anew.
        let unkept = indexed.iter().filter(|it| !kept.contains(*it));
        let unkept = unkept.filter(|it| !is_leaving(it));
        let unkept: Vec<_> = unkept.filter(sampled).collect();
        let mut find = |ordinal: Ordinal, what| {
            let place = format!("document {}", ordinal.value());
            self.report.find("X3", place, what);
        };
        unindexed
            .into_iter()
            .for_each(|it| find(it, "is not indexed"));
        unkept.into_iter().for_each(|it| find(it, "is not kept"));
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
                        names.dossiers.led.push((id, number));
                    }
                    (UnitKind::Document, Some((number, id))) => {
                        names.documents.led.push((id, number));
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
        self.report
            .cover_whole("items of sealed units", items, items);
        if let Err(error) = crate::signing::open(view.rows(), &view.keys, core.store) {
            self.report.find("V3", "table engine", error.message());
        }
        Ok(names)
    }

    fn dossier(
        &mut self,
        core: &Core,
        view: &View,
        (number, sealed, look): (DossierNumber, SealedHead, Look),
        gathered: &mut Gathered<'_>,
    ) -> Result<()> {
        let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
        let seal = DossierSeal {
            store: core.store,
            key: &key,
        };
        let listing = sealed.open(view.rows(), seal)?;
        let state = listing.dossier()?;
        if self.known.wholes.contains(&state.audit()) {
            let place = format!("dossier {}", number.number());
            self.report
                .find("V6", place, "was erased, and is there again");
        }
        let held = &mut gathered.names.dossiers.held;
        held.push((*state.id().as_bytes(), number.number()));
        let mut open = Open {
            number,
            id: state.id(),
            bodies: listing.bodies(view.rows(), seal),
        };
        for entry in listing.entries() {
            gathered.kept.insert(number.ordinal(entry.number()));
            self.document(core, (&mut open, look), entry, gathered);
        }
        Ok(())
    }

    fn document(
        &mut self,
        core: &Core,
        (open, look): (&mut Open<'_>, Look),
        entry: EntryView<'_>,
        gathered: &mut Gathered<'_>,
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
        let held = &mut gathered.names.documents.held;
        held.push((*id.as_bytes(), ordinal.value()));
        if look == Look::Names {
            return;
        }
        gathered.documents += 1;
        if let Err(error) = body(core, open, entry, &mut gathered.ahead)
            && !error
                .place()
                .is_some_and(|file| self.has_left("seals", file))
        {
            self.report.find("S7", place(), error.message());
        }
    }

    /// What the dossiers hold and the units do not lead to; once all of the sample were opened,
    /// what the units lead to in them and they do not hold.
    fn leads(&mut self, names: Names, whole: bool) {
        if names.broken {
            return;
        }
        let (lost_dossiers, mut stray_dossiers) = names.dossiers.differences();
        let (lost, mut strays) = names.documents.differences();
        let there = |number: u64| DossierNumber::new(number).ok();
        stray_dossiers.retain(|it| there(*it).is_none_or(|it| self.is_sampled(it)));
        strays.retain(|it| self.is_sampled(Ordinal::from_value(*it).dossier()));
        let mut find = |place, what| self.report.find("S10", place, what);
        for number in lost_dossiers {
            find(
                format!("dossier {number}"),
                "the sealed units do not lead to it",
            );
        }
        for number in lost {
            let ordinal = Ordinal::from_value(number);
            let (dossier, document) = (ordinal.dossier().number(), ordinal.document().number());
            let place = format!("dossier {dossier}, document {document}");
            find(place, "the sealed units do not lead to it");
        }
        if !whole {
            return;
        }
        for number in stray_dossiers {
            let what = "the sealed units lead to a dossier that is not there";
            find(format!("dossier {number}"), what);
        }
        for number in strays {
            let what = "the sealed units lead to a document that is not there";
            find(format!("document {number}"), what);
        }
    }

    /// The documents that the dossiers of the sample hold, by those that open.
    fn kept(&self, core: &Core, view: &View) -> Result<DocumentSet> {
        let mut kept = DocumentSet::new();
        for number in 0..view.rows.counters().dossiers() {
            let Ok(number) = DossierNumber::new(number) else {
                break;
            };
            if !self.is_sampled(number) {
                continue;
            }
            let Ok(Some(sealed)) = SealedHead::read(view.rows(), number) else {
                continue;
            };
            let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
            let seal = DossierSeal {
                store: core.store,
                key: &key,
            };
            if let Ok(listing) = sealed.open(view.rows(), seal) {
                for entry in listing.entries() {
                    kept.insert(number.ordinal(entry.number()));
                }
            }
        }
        Ok(kept)
    }

    /// Whether a dossier is among those to open.
    fn is_sampled(&self, number: DossierNumber) -> bool {
        let there = self.auditor.rows.counters().dossiers();
        let sample = self.request.sample;
        sample.is_none_or(|sample| sample.holds(number, there))
    }
}

/// Opens a document's body and text.
fn body(
    core: &Core,
    open: &mut Open<'_>,
    entry: EntryView<'_>,
    ahead: &mut Ahead<'_>,
) -> Result<()> {
    let name = DocumentName {
        store: core.store,
        dossier: open.id,
        document: entry.document(),
    };
    let Some(stored) = open.bodies.find(entry.number())? else {
        return Ok(());
    };
    let sealed = ahead.sealed(stored.place)?;
    Ok(check_document(name, &stored.key, stored.place, sealed)?)
}
