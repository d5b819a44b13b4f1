//! The index's tail after an open: documents above the watermark are analysed again.
//!
//! Invariant: what a commit acknowledged is found by the first search after a crash.

use crate::core::Core;
use crate::error::Result;
use crate::recorder::slot;
use base::DossierNumber;
use index::{Analysed, Code, DocumentText};
use query::{SYSTEM_AUTHOR, SYSTEM_CLASS, SYSTEM_STRUCTURE, SYSTEM_TYPE};
use store::{DocumentName, DossierSeal, EntryView, SealedHead, StoreError, StoredBody, open_text};

/// Analyses the documents that no segment on disk holds yet.
pub(crate) fn rebuild(core: &Core) -> Result<()> {
    let view = core.view()?;
    let watermark = core.index.watermark();
    if watermark >= view.rows.counters().commit {
        return Ok(());
    }
    let mut analysed = Vec::new();
    for number in 0..view.rows.counters().dossiers() {
        let Ok(number) = DossierNumber::new(number) else {
            break;
        };
        let Some(sealed) = SealedHead::read(view.rows(), number)? else {
            continue;
        };
        let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
        let seal = DossierSeal {
            store: core.store,
            key: &key,
        };
        let listing = sealed.open(view.rows(), seal)?;
        let dossier = listing.dossier()?.id();
        for entry in listing.entries().filter(|entry| entry.commit() > watermark) {
            let ordinal = number.ordinal(entry.number());
            let name = DocumentName {
                store: core.store,
                dossier,
                document: entry.document(),
            };
            let text = match listing.body(view.rows(), seal, entry.number())? {
                Some(stored) => text_of(core, name, &stored)?,
                None => String::new(),
            };
            let mut document = of_entry(entry, &text)?;
            document.place(ordinal, entry.commit());
            analysed.push(document);
        }
    }
    core.index.append(analysed);
    core.publish(&view.keys)
}

/// The text of a document. One whose bytes are lost is found by its title and codes still, and
/// is damage for whoever fetches it and for the check of the whole store.
fn text_of(core: &Core, name: DocumentName, stored: &StoredBody) -> Result<String> {
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
        ordinal: base::Ordinal::from_value(0),
        commit: entry.commit(),
        title: entry.title(),
        body: text,
        codes: &codes,
        date: Some(entry.created()),
    })?)
}
