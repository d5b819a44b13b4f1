//! Kept documents as the index reads them: its tail after an open, and what is indexed anew.
//!
//! Invariant: what a commit acknowledged is found by the first search after a crash.

use crate::core::{Core, View};
use crate::engine::Options;
use crate::error::Result;
use crate::recorder::slot;
use crate::unindexed;
use base::{Bug, CommitSeq, DossierNumber, Ordinal, StoreId};
use index::{Access, Analysed, Code, Damaged, DocumentText, IndexOptions, ReferenceStatistics};
use query::{SYSTEM_AUTHOR, SYSTEM_CLASS, SYSTEM_STRUCTURE, SYSTEM_TYPE};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use store::{
    DocumentName, DossierSeal, EntryView, Listing, SealedHead, StoreError, StoredBody, open_text,
};
use vault::DossierKey;

/// How the index of a store is opened.
pub(crate) fn index_options(
    (store, access): (StoreId, Access),
    options: &Options,
    statistics: &Arc<ReferenceStatistics>,
) -> IndexOptions {
    let mut index = IndexOptions::new(store, Arc::clone(&options.entropy));
    index.access = access;
    index.statistics = Arc::clone(statistics);
    index.tail_documents_max = options.index_tail_documents_max;
    // Who only reads is to find the damage.
    index.damaged = match access {
        Access::Owner => options.damaged_index,
        Access::Reader => Damaged::SetAside,
    };
    index
}

/// Reads kept documents as they are indexed, one dossier after another, each as of one state.
pub(crate) struct Reader<'a> {
    core: &'a Core,
    open: Option<Opened>,
}

/// A dossier that is read. INVARIANT(X7): list, keys and bodies are of one view, which an
/// erasure waits for as long as its keys are held.
struct Opened {
    listing: Listing,
    key: DossierKey,
    number: DossierNumber,
    view: Arc<View>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(core: &'a Core) -> Self {
        Self { core, open: None }
    }

    /// A document as the analyzer of today reads it; `None` when it is kept no more.
    pub(crate) fn analysed(&mut self, ordinal: Ordinal) -> Result<Option<Analysed>> {
        let number = ordinal.dossier();
        if self.open.as_ref().is_none_or(|open| open.number != number) {
            self.let_go();
            let view = self.core.view()?;
            let opened = open(self.core, &view, number)?;
            self.open = opened.map(|(listing, key)| Opened {
                listing,
                key,
                number,
                view,
            });
        }
        let Some(opened) = &self.open else {
            return Ok(None);
        };
        let Opened {
            listing, key, view, ..
        } = opened;
        let Some(entry) = listing.entry(ordinal.document()) else {
            return Ok(None);
        };
        let dossier = listing.dossier()?.id();
        let (store, document) = (self.core.store, entry.document());
        let seal = DossierSeal { store, key };
        let name = DocumentName {
            store,
            dossier,
            document,
        };
        let text = match listing.body(view.rows(), seal, entry.number())? {
            Some(stored) => text_of(self.core, name, &stored)?,
            None => String::new(),
        };
        let mut analysed = of_entry(entry, &text)?;
        analysed.place(ordinal, entry.commit());
        Ok(Some(analysed))
    }

    /// Lets go of the dossier's state and its key.
    pub(crate) fn let_go(&mut self) {
        self.open = None;
    }
}

/// Calls `each` with every kept document and the commit it came with.
pub(crate) fn each_kept(
    core: &Core,
    view: &View,
    each: &mut dyn FnMut(Ordinal, CommitSeq),
) -> Result<()> {
    for number in 0..view.rows.counters().dossiers() {
        let Ok(number) = DossierNumber::new(number) else {
            break;
        };
        each_of(core, view, number, each)?;
    }
    Ok(())
}

fn each_of(
    core: &Core,
    view: &View,
    number: DossierNumber,
    each: &mut dyn FnMut(Ordinal, CommitSeq),
) -> Result<()> {
    if let Some((listing, _)) = open(core, view, number)? {
        let entries = listing.entries();
        entries.for_each(|entry| each(number.ordinal(entry.number()), entry.commit()));
    }
    Ok(())
}

fn open(core: &Core, view: &View, number: DossierNumber) -> Result<Option<(Listing, DossierKey)>> {
    let Some(sealed) = SealedHead::read(view.rows(), number)? else {
        return Ok(None);
    };
    let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
    let seal = DossierSeal {
        store: core.store,
        key: &key,
    };
    let listing = sealed.open(view.rows(), seal)?;
    Ok(Some((listing, key)))
}

/// Whether the tail holds every document above the watermark.
#[derive(Default)]
pub(crate) struct Whole {
    outcome: Mutex<Option<Result<()>>>,
    known: Condvar,
}

impl Whole {
    /// Waits until the tail was rebuilt.
    ///
    /// # Errors
    /// Why it could not be.
    pub(crate) fn wait(&self) -> Result<()> {
        let outcome = self.outcome.lock();
        let outcome = outcome.unwrap_or_else(PoisonError::into_inner);
        let known = self.known.wait_while(outcome, |outcome| outcome.is_none());
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.clone().unwrap_or(Ok(()))
    }

    /// Whether it was, without waiting.
    pub(crate) fn is_whole(&self) -> bool {
        let outcome = self.outcome.lock();
        matches!(
            *outcome.unwrap_or_else(PoisonError::into_inner),
            Some(Ok(()))
        )
    }

    fn tell(&self, outcome: Result<()>) {
        let told = self.outcome.lock();
        *told.unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.known.notify_all();
    }
}

/// Analyses the documents that no segment on disk holds yet, once.
///
/// # Errors
/// Why they could not be read; it is told to whoever searches, too.
pub(crate) fn rebuild(core: &Core) -> Result<()> {
    if core.tail.is_whole() {
        return Ok(());
    }
    // A panic must not leave those waiting who search.
    let rebuilt = catch_unwind(AssertUnwindSafe(|| read_again(core)));
    let rebuilt = rebuilt.unwrap_or_else(|_| Err(Bug::new("the tail is read to its end").into()));
    core.tail.tell(rebuilt.clone());
    rebuilt
}

fn read_again(core: &Core) -> Result<()> {
    let view = core.view()?;
    let watermark = core.index.watermark();
    if watermark >= view.rows.counters().commit {
        return Ok(());
    }
    let mut fresh = Vec::new();
    let mut each = |ordinal, commit| {
        if commit > watermark {
            fresh.push(ordinal);
        }
    };
    match unindexed::above(view.rows(), watermark)? {
        Some(dossiers) => {
            for number in dossiers {
                each_of(core, &view, number, &mut each)?;
            }
        }
        // Before its first segment, and in a store that did not note it.
        None => each_kept(core, &view, &mut each)?,
    }
    let mut reader = Reader::new(core);
    let mut analysed = Vec::new();
    for ordinal in fresh {
        analysed.extend(reader.analysed(ordinal)?);
    }
    core.index.append(analysed);
    core.search_anew()
}

/// The text of a document. One whose bytes are lost is found by its title and codes still, and
/// is damage for whoever fetches it and for the check of the whole store.
pub(crate) fn text_of(core: &Core, name: DocumentName, stored: &StoredBody) -> Result<String> {
    let sealed = core.catalog.read_text(stored.place);
    let text =
        sealed.and_then(|sealed| open_text(name, &stored.key, stored.place.packing(), &sealed));
    match text {
        Err(StoreError::DamagedSegment { .. } | StoreError::DamagedRow { .. }) => Ok(String::new()),
        other => Ok(other?),
    }
}

/// A kept document's words and codes, as at its deposit.
fn of_entry(entry: EntryView<'_>, text: &str) -> Result<Analysed> {
    let mut codes = vec![
        Code {
            system: SYSTEM_TYPE,
            code: entry.kind().code(),
        },
        Code {
            system: SYSTEM_CLASS,
            code: entry.class().code(),
        },
    ];
    for author in entry.authors() {
        let named = [
            (SYSTEM_AUTHOR, author.name()),
            (SYSTEM_AUTHOR, crate::facts::extension(author.id())),
            (SYSTEM_STRUCTURE, author.structure_name()),
            (
                SYSTEM_STRUCTURE,
                crate::facts::extension(author.structure_id()),
            ),
        ];
        codes.extend(
            named
                .into_iter()
                .filter(|(_, code)| !code.is_empty())
                .map(|(system, code)| Code { system, code }),
        );
    }
    codes.extend(entry.events().map(|it| Code {
        system: it.system(),
        code: it.code(),
    }));
    codes.truncate(base::limit::DOCUMENT_CODES_MAX);
    Ok(Analysed::new(&DocumentText {
        ordinal: Ordinal::from_value(0),
        commit: entry.commit(),
        title: entry.title(),
        body: text,
        codes: &codes,
        date: Some(entry.created()),
    })?)
}

#[cfg(test)]
mod tests;
