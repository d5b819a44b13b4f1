//! The traces that a session may read as FHIR AuditEvents, for other tools.

use super::{ALWAYS, Told};
use crate::ask::Matricule;
use crate::error::Result;
use crate::session::Session;
use base::{DocumentId, Instant};
use journal::{Act, Log, Observer, Pending, Recorded, Trace};
use policy::Cleared;
use std::ops::RangeInclusive;

impl Session {
    /// The traces of [`Self::history`] as FHIR R4 AuditEvents in the shape of IHE BALP, one JSON
    /// object to a line: one event for each document a trace names, or one for the dossier.
    /// `software` and `address` are those of the host. What was searched for is in it for whoever
    /// may read it, a motive is not. The same trace has the same id each time.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub fn audit_events(
        &self,
        patient: &Matricule,
        software: &str,
        address: &str,
    ) -> Result<String> {
        let (told, proof) = self.events_during(patient, &ALWAYS, (software, address))?;
        Ok(told.release(&proof)?.concat())
    }

    /// The same events, those of acts between two instants.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub fn audit_events_during(
        &self,
        patient: &Matricule,
        during: &RangeInclusive<Instant>,
        software: &str,
        address: &str,
    ) -> Result<String> {
        let (told, proof) = self.events_during(patient, during, (software, address))?;
        Ok(told.release(&proof)?.concat())
    }

    fn events_during(
        &self,
        patient: &Matricule,
        during: &RangeInclusive<Instant>,
        (software, address): (&str, &str),
    ) -> Result<(Cleared<Vec<String>>, Recorded<Pending>)> {
        let view = self.shared.core.view()?;
        let log = Log::open(view.rows())?;
        let observer = Observer {
            origin: log.origin(),
            software,
            address,
        };
        let event = |told: Told<'_>| {
            let shown = Trace {
                act: narrowed(&told.trace.act, told.documents),
                ..told.trace.clone()
            };
            let place = (told.name.as_str(), told.entry);
            journal::ndjson(&journal::audit_events(&observer, place, &shown, told.words))
        };
        let (events, traces) = self.read(&view, patient, during, &event)?;
        Ok((Cleared::gathered(events), self.record(&view, &traces)?))
    }
}

/// An act that names the documents that its reader may know of, and no other.
fn narrowed(act: &Act, documents: Vec<DocumentId>) -> Act {
    if let Act::Accessed { verb, .. } = act {
        let verb = *verb;
        Act::Accessed { verb, documents }
    } else if let Act::Queried { verb, .. } = act {
        let verb = *verb;
        Act::Queried { verb, documents }
    } else if let Act::Disclosed { .. } = act {
        Act::Disclosed { documents }
    } else if let Act::Erased { .. } = act {
        Act::Erased { documents }
    } else if let Act::Wrote { writing, .. } = act {
        Act::Wrote {
            writing: *writing,
            documents,
            replaces: None,
        }
    } else {
        // Who may not know of its one document has no line at all.
        act.clone()
    }
}
