//! `points`: the coded values of a dossier, each with the document that states it.
//!
//! For: programs that compare and draw results, vaccinations, treatments. Not for: searching,
//! which reads narrative. Invariants: a value is given only with its document, under that
//! document's rules; the documents whose values were given are named by a trace, and the call
//! leaves one that does not depend on what was found.

use super::search::parts;
use crate::answer::{DataPoint, PointKind};
use crate::ask::{Matricule, Statuses};
use crate::core::View;
use crate::error::Result;
use crate::session::{Entered, Session};
use base::{DocumentId, DossierId, Instant};
use intake::{Code, MediaType, Point, Value};
use journal::{Act, Verb};
use policy::Cleared;

/// A document's points, with its date.
type OfDocument = (Instant, DocumentId, Vec<DataPoint>);

impl Session {
    /// The coded values in the documents of a dossier that the session may read, those of the
    /// oldest document first: what was observed, given or prescribed. They are read from the
    /// documents' own bytes, so each document with some counts as read.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when there is no such dossier or the session may not enter it;
    /// [`crate::Code::Limit`] when one document states more than 65,536.
    pub fn points(&self, patient: &Matricule, statuses: Statuses) -> Result<Vec<DataPoint>> {
        let view = self.shared.core.view()?;
        let entered = self.enter(&view, patient, Verb::Points)?;
        let listed = Act::Accessed {
            verb: Verb::Points,
            documents: Vec::new(),
        };
        let mut lines = vec![self.line(&entered, listed, None)];
        let found = self.found_points(&view, &entered, statuses);
        let (cleared, read) = self.left(&view, &lines, found)?;
        if !read.is_empty() {
            let acts = parts(read)
                .into_iter()
                .map(|documents| Act::Disclosed { documents });
            lines.extend(acts.map(|act| self.line(&entered, act, None)));
        }
        let proof = self.record(&view, &lines)?;
        let mut told = Cleared::gathered(cleared).release(&proof)?;
        told.sort_by_key(|(created, document, _)| (*created, *document));
        Ok(told.into_iter().flat_map(|(_, _, points)| points).collect())
    }

    /// The points that are cleared, each with its document's date, and the documents that have
    /// some.
    fn found_points(
        &self,
        view: &View,
        entered: &Entered,
        statuses: Statuses,
    ) -> Result<(Vec<Cleared<OfDocument>>, Vec<DocumentId>)> {
        let (mut cleared, mut read) = (Vec::new(), Vec::new());
        for (entry, facts) in self.wanted(entered, statuses) {
            let coded = MediaType::from_mime(entry.mime()) == Some(MediaType::Cda);
            if !coded || !entered.lens.lets_out(&facts) {
                continue;
            }
            let (document, ordinal) = (entry.document(), entered.number.ordinal(entry.number()));
            let points = intake::points(&self.body(view, entered, document, ordinal)?)?;
            if points.is_empty() {
                continue;
            }
            let source = (document, entered.id);
            let points: Vec<DataPoint> = points.into_iter().map(|it| told(it, source)).collect();
            let dated = (entry.created(), document, points);
            if let Some(points) = entered.lens.clear(&facts, dated) {
                cleared.push(points);
                read.push(document);
            }
        }
        Ok((cleared, read))
    }
}

fn told(point: Point, (document, dossier): (DocumentId, DossierId)) -> DataPoint {
    let coded = |code: Code| {
        let [system, label] = [code.system, code.label].map(Option::unwrap_or_default);
        (code.code, system, label)
    };
    let (value, unit, value_system, value_label) = match point.value {
        Value::None => Default::default(),
        Value::Quantity { number, unit } => (number, unit, String::new(), String::new()),
        Value::Text(text) => (text, String::new(), String::new(), String::new()),
        Value::Coded(code) => {
            let (code, system, label) = coded(code);
            (code, String::new(), system, label)
        }
    };
    let (code, system, label) = coded(point.code);
    DataPoint {
        document,
        dossier,
        kind: match point.kind {
            intake::PointKind::Observation => PointKind::Observation,
            intake::PointKind::Administration => PointKind::Administration,
            intake::PointKind::Prescription => PointKind::Prescription,
        },
        code,
        system,
        label,
        value,
        unit,
        value_system,
        value_label,
        at: point.at,
        negated: point.negated,
    }
}
