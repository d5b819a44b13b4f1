//! The list of a dossier.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::wall;
use liasse::{DocumentEntry, Flags, Statuses};
use std::ffi::c_char;
use std::ptr;

/// Flag: hidden from professionals.
pub const LIASSE_FLAG_MASQUE_PS: u32 = 1;
/// Flag: not yet visible to the holder.
pub const LIASSE_FLAG_INVISIBLE_PATIENT: u32 = 2;
/// Flag: hidden from legal representatives.
pub const LIASSE_FLAG_INVISIBLE_REPRESENTANTS_LEGAUX: u32 = 4;

/// Status: current.
pub const LIASSE_STATUS_APPROVED: u32 = 1;
/// Status: replaced by a later version.
pub const LIASSE_STATUS_DEPRECATED: u32 = 2;
/// Status: archived.
pub const LIASSE_STATUS_ARCHIVED: u32 = 3;
/// Status: logically deleted.
pub const LIASSE_STATUS_DELETED: u32 = 4;

/// Answer with approved documents only, the default of the DMP.
pub const LIASSE_STATUSES_APPROVED: u32 = 0;
/// Answer with deprecated and archived documents too.
pub const LIASSE_STATUSES_ALL: u32 = 1;

/// A cursor over the documents of a dossier. Threads: one at a time.
pub struct Entries {
    _opaque: [u8; 0],
}

impl Opaque for Entries {
    type Value = Rows<EntryRow>;
    const KIND: [u8; 4] = *b"Entr";
    const NAME: &'static str = "cursor";
}

/// A document as lists and searches show it. Valid until the next step of its cursor or its
/// end; copy what must live longer. A later version may add fields behind the last: struct_size
/// says how many bytes this library knows.
#[repr(C)]
pub struct EntryView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The document's id (XDS logicalId), for liasse_session_fetch.
    pub document: Id,
    /// The id of this version of its metadata (XDS entryUUID).
    pub entry: Id,
    /// The id of its dossier.
    pub dossier: Id,
    /// When it was written, in milliseconds since 1970-01-01 UTC.
    pub creation_time: i64,
    /// When it was deposited, in milliseconds since 1970-01-01 UTC.
    pub deposited: i64,
    /// Length of its bytes.
    pub size: u64,
    /// LIASSE_FLAG_* joined by |.
    pub flags: u32,
    /// One of LIASSE_STATUS_*.
    pub status: u32,
    /// Number of the metadata version, from 1.
    pub version: u32,
    /// Zero.
    pub reserved: u32,
    /// Identifier given by its producer.
    pub unique_id: Text,
    /// typeCode.
    pub type_code: Text,
    /// classCode.
    pub class_code: Text,
    /// Title.
    pub title: Text,
    /// Name of its first author, or her id when she gives none.
    pub author: Text,
    /// Name or id of the author's structure, empty when none.
    pub author_structure: Text,
    /// Media type.
    pub mime_type: Text,
    /// Confidentiality, as the document says it: N, R, V or another code.
    pub confidentiality: Text,
}

/// Lists a patient's dossier (matricule, or matricule@OID). statuses is one of
/// LIASSE_STATUSES_*. Give *cursor to liasse_entries_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_entries(
    session: *const Session,
    patient: *const c_char,
    statuses: u32,
    cursor: *mut *mut Entries,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let entries = session.entries(&patient, self::statuses(statuses, "statuses")?)?;
        place.set(handle::give(Rows::new(entries)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next document: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_entries_next(
    cursor: *mut Entries,
    row: *mut *const EntryView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_entries_free(cursor: *mut Entries) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one document's row.
#[derive(Default)]
pub(crate) struct EntryRow {
    texts: Texts<8>,
    view: Option<EntryView>,
}

impl Row for EntryRow {
    type Item = DocumentEntry;
    type View = EntryView;

    fn load(&mut self, entry: DocumentEntry) -> *const EntryView {
        let [
            unique_id,
            type_code,
            class_code,
            title,
            author,
            author_structure,
            mime_type,
            confidentiality,
        ] = self.texts.keep([
            entry.unique_id,
            entry.type_code,
            entry.class_code,
            entry.title,
            entry.author,
            entry.author_structure,
            entry.mime_type,
            entry.confidentiality,
        ]);
        ptr::from_ref(self.view.insert(EntryView {
            struct_size: size_of::<EntryView>(),
            document: entry.document.into(),
            entry: Id {
                bytes: *entry.entry.as_bytes(),
            },
            dossier: entry.dossier.into(),
            creation_time: entry.creation_time.millis(),
            deposited: entry.deposited.millis(),
            size: entry.size,
            flags: u32::from(entry.flags.bits()),
            status: u32::from(entry.status.byte()),
            version: entry.version,
            reserved: 0,
            unique_id,
            type_code,
            class_code,
            title,
            author,
            author_structure,
            mime_type,
            confidentiality,
        }))
    }
}

/// The flags these bits stand for.
pub(crate) fn flags(bits: u32, name: &'static str) -> Result<Flags, Fault> {
    let byte = u8::try_from(bits).ok();
    byte.and_then(Flags::from_bits)
        .ok_or_else(|| Fault::value(name))
}

/// The statuses a number stands for.
pub(crate) fn statuses(number: u32, name: &'static str) -> Result<Statuses, Fault> {
    match number {
        LIASSE_STATUSES_APPROVED => Ok(Statuses::Approved),
        LIASSE_STATUSES_ALL => Ok(Statuses::All),
        _ => Err(Fault::value(name)),
    }
}

#[cfg(test)]
mod tests;
