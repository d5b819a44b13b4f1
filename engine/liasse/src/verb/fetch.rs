//! `fetch`: a document's bytes.

use crate::error::{Error, Result};
use crate::facts;
use crate::session::{Entered, Session};
use crate::tail::text_of;
use base::{Availability, DocumentId, Ordinal};
use journal::{Act, Verb};
use store::{DocumentName, DossierSeal, StoredBody, open_body};

impl Session {
    /// The bytes of a document, as they were deposited.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when there is no such document or the session may not see it.
    pub fn fetch(&self, document: DocumentId) -> Result<Vec<u8>> {
        let view = self.shared.core.view()?;
        let (entered, ordinal) = self.enter_for(&view, document, Verb::Fetch)?;
        let entry = entered.listing.entry(ordinal.document());
        let entry = entry.filter(|entry| {
            entry.document() == document && entry.status() != Availability::Deleted
        });
        let dictionary = entered.lens.lens().pack().dictionary();
        let seen = entry.map(|entry| facts::document(entry, &self.facts, dictionary));
        let Some(facts) = seen.filter(|facts| entered.lens.shows(facts)) else {
            self.record_denial(&view, &entered, Verb::Fetch, Some(document))?;
            return Err(Error::refused());
        };
        let bytes = self.body(&view, &entered, document, ordinal);
        let tried = Act::Accessed {
            verb: Verb::Fetch,
            documents: vec![document],
        };
        let bytes = self.left(&view, &[self.line(&entered, tried, None)], bytes)?;
        let Some(cleared) = entered.lens.clear(&facts, bytes) else {
            self.record_denial(&view, &entered, Verb::Fetch, Some(document))?;
            return Err(Error::refused());
        };
        let act = Act::Disclosed {
            documents: vec![document],
        };
        let proof = self.record(&view, &[self.line(&entered, act, None)])?;
        Ok(cleared.release(&proof)?)
    }

    /// The bytes of a document, whether or not it is shown.
    pub(crate) fn body(
        &self,
        view: &crate::core::View,
        entered: &Entered,
        document: DocumentId,
        ordinal: Ordinal,
    ) -> Result<Vec<u8>> {
        let Some(stored) = self.stored(view, entered, ordinal)? else {
            return Ok(Vec::new());
        };
        let sealed = self.shared.core.catalog.read_body(stored.place)?;
        let name = self.document_name(entered, document);
        Ok(open_body(name, &stored.key, stored.place, &sealed)?)
    }

    /// The extracted text of a document; empty when it has none, or when its bytes are lost:
    /// a search goes on without them, and who fetches the document is told.
    pub(crate) fn text(
        &self,
        view: &crate::core::View,
        entered: &Entered,
        document: DocumentId,
        ordinal: Ordinal,
    ) -> Result<String> {
        let Some(stored) = self.stored(view, entered, ordinal)? else {
            return Ok(String::new());
        };
        text_of(
            &self.shared.core,
            self.document_name(entered, document),
            &stored,
        )
    }

    fn stored(
        &self,
        view: &crate::core::View,
        entered: &Entered,
        ordinal: Ordinal,
    ) -> Result<Option<StoredBody>> {
        let seal = DossierSeal {
            store: self.shared.core.store,
            key: &entered.key,
        };
        Ok(entered
            .listing
            .body(view.rows(), seal, ordinal.document())?)
    }

    fn document_name(&self, entered: &Entered, document: DocumentId) -> DocumentName {
        DocumentName {
            store: self.shared.core.store,
            dossier: entered.id,
            document,
        }
    }
}
