//! The data points of a dossier.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::entries::statuses;
use crate::error::Error;
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::wall;
use liasse::{DataPoint, PointKind};
use std::ffi::c_char;
use std::ptr;

/// A data point: something was observed.
pub const LIASSE_POINT_OBSERVATION: u32 = 1;
/// A data point: a substance was given, for example a vaccine.
pub const LIASSE_POINT_ADMINISTRATION: u32 = 2;
/// A data point: a substance shall be given.
pub const LIASSE_POINT_PRESCRIPTION: u32 = 3;

/// A cursor over data points. Threads: one at a time.
pub struct Points {
    _opaque: [u8; 0],
}

impl Opaque for Points {
    type Value = Rows<PointRow>;
    const KIND: [u8; 4] = *b"Poin";
    const NAME: &'static str = "cursor";
}

/// A coded value that a document states, as it writes it. Valid until the next step of its cursor
/// or its end. A later version may add fields behind the last: struct_size says how many bytes
/// this library knows.
#[repr(C)]
pub struct PointView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The document that states it.
    pub document: Id,
    /// Its dossier.
    pub dossier: Id,
    /// When, in milliseconds since 1970-01-01 UTC; 0 when has_at is 0.
    pub at: i64,
    /// 1 when the statement says when, else 0.
    pub has_at: u32,
    /// One of LIASSE_POINT_*.
    pub kind: u32,
    /// 1 when the document states that it is not so, else 0.
    pub negated: u32,
    /// Zero.
    pub reserved: u32,
    /// What was observed, given or prescribed.
    pub code: Text,
    /// OID of the code's terminology, empty when the document gives none.
    pub system: Text,
    /// Label of the code, empty when the document gives none.
    pub label: Text,
    /// A number, a code or a text; empty for a substance without an amount.
    pub value: Text,
    /// Unit of a number.
    pub unit: Text,
    /// OID of the terminology of a value that is a code.
    pub value_system: Text,
    /// Label of a value that is a code.
    pub value_label: Text,
}

/// Gives the coded values in the documents of a patient's dossier (matricule, or matricule@OID)
/// that the session may read; each document with some counts as read. statuses is one of
/// LIASSE_STATUSES_*. Give *cursor to liasse_points_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_points(
    session: *const Session,
    patient: *const c_char,
    statuses: u32,
    cursor: *mut *mut Points,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let points = session.points(&patient, self::statuses(statuses, "statuses")?)?;
        place.set(handle::give(Rows::new(points)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next data point: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_points_next(
    cursor: *mut Points,
    row: *mut *const PointView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_points_free(cursor: *mut Points) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The number of a kind.
pub(crate) const fn kind(kind: PointKind) -> u32 {
    match kind {
        PointKind::Observation => LIASSE_POINT_OBSERVATION,
        PointKind::Administration => LIASSE_POINT_ADMINISTRATION,
        PointKind::Prescription => LIASSE_POINT_PRESCRIPTION,
    }
}

/// The memory of one data point's row.
#[derive(Default)]
pub(crate) struct PointRow {
    texts: Texts<7>,
    view: Option<PointView>,
}

impl Row for PointRow {
    type Item = DataPoint;
    type View = PointView;

    fn load(&mut self, point: DataPoint) -> *const PointView {
        let [code, system, label, value, unit, value_system, value_label] = self.texts.keep([
            point.code,
            point.system,
            point.label,
            point.value,
            point.unit,
            point.value_system,
            point.value_label,
        ]);
        ptr::from_ref(self.view.insert(PointView {
            struct_size: size_of::<PointView>(),
            document: point.document.into(),
            dossier: point.dossier.into(),
            at: point.at.map_or(0, liasse::Instant::millis),
            has_at: u32::from(point.at.is_some()),
            kind: kind(point.kind),
            negated: u32::from(point.negated),
            reserved: 0,
            code,
            system,
            label,
            value,
            unit,
            value_system,
            value_label,
        }))
    }
}
