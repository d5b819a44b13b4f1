//! Searches, counts, and what the rules come to.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::entries::{EntryRow, EntryView, statuses};
use crate::error::{Error, Fault};
use crate::fetch::Bytes;
use crate::handle::{self, Opaque};
use crate::input::{self, Options};
use crate::output::Out;
use crate::row::{self, Range, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::wall;
use liasse::{Explanation, Hit, SearchRequest};
use std::ffi::c_char;
use std::ptr;

/// A cursor over the documents that answer a search, the best first. Threads: one at a time.
pub struct Hits {
    _opaque: [u8; 0],
}

impl Opaque for Hits {
    type Value = Rows<HitRow>;
    const KIND: [u8; 4] = *b"Hits";
    const NAME: &'static str = "cursor";
}

/// What to look for. Zero it, set struct_size to its sizeof, then query and query_length.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SearchOptions {
    /// sizeof(liasse_search).
    pub struct_size: usize,
    /// The query in UTF-8, in the syntax of docs/search.md.
    pub query: *const c_char,
    /// How many bytes it has.
    pub query_length: usize,
    /// Only this patient's dossier (matricule, or matricule@OID); NULL for all of the actor's
    /// (purpose panel).
    pub patient: *const c_char,
    /// The most hits to answer with; 0 for ten.
    pub limit: usize,
    /// Which statuses: one of LIASSE_STATUSES_*.
    pub statuses: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, words and two halves, the first of which is the size; no padding at the end
// where a word is 4 or 8 bytes; zeroes are sizes, NULLs and numbers.
unsafe impl Options for SearchOptions {
    const NAME: &'static str = "search";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// A document that answers a search. Valid until the next step of its cursor or its end; copy
/// what must live longer. A later version may add fields behind the last: struct_size says how
/// many bytes this library knows.
#[repr(C)]
pub struct HitView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The document.
    pub entry: *const EntryView,
    /// Its score; it depends on the document and the query alone.
    pub score: u64,
    /// The part of its text that answers best; empty when it has no text.
    pub snippet: Text,
    /// The places of the snippet that answer the query, in bytes; NULL when there are none.
    pub highlights: *const Range,
    /// How many.
    pub highlight_count: usize,
}

/// Searches. Give *cursor to liasse_hits_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_search(
    session: *const Session,
    search: *const SearchOptions,
    cursor: *mut *mut Hits,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let request = unsafe { request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(session.search(&request)?)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Counts the documents that answer a search; its limit is not looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_count(
    session: *const Session,
    search: *const SearchOptions,
    count: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let request = unsafe { request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(count, "count") }?;
        place.set(session.count(&request)?);
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Says which rules the session is under and, when search is not NULL, how it would be
/// answered: UTF-8 lines for people. Give *text to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_explain(
    session: *const Session,
    search: *const SearchOptions,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        let request = if search.is_null() {
            None
        } else {
            // SAFETY: the caller, by rule 4.
            Some(unsafe { request(search) }?)
        };
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(text, "text") }?;
        let explanation = session.explain(request.as_ref())?;
        place.set(handle::give(lines(&explanation).into_bytes()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next hit: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_hits_next(
    cursor: *mut Hits,
    row: *mut *const HitView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_hits_free(cursor: *mut Hits) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one hit's row.
#[derive(Default)]
pub(crate) struct HitRow {
    entry: EntryRow,
    texts: Texts,
    highlights: Vec<Range>,
    view: Option<HitView>,
}

impl Row for HitRow {
    type Item = Hit;
    type View = HitView;

    fn load(&mut self, hit: Hit) -> *const HitView {
        let text = &hit.snippet.text;
        self.highlights.clear();
        self.highlights
            .extend(hit.snippet.highlights.iter().map(|(from, to)| Range {
                from: byte_of(text, *from),
                to: byte_of(text, *to),
            }));
        let highlights = match self.highlights.as_slice() {
            [] => ptr::null(),
            some => some.as_ptr(),
        };
        let [snippet] = self.texts.fill([text]);
        ptr::from_ref(self.view.insert(HitView {
            struct_size: size_of::<HitView>(),
            entry: self.entry.load(hit.entry),
            score: hit.score,
            snippet,
            highlights,
            highlight_count: self.highlights.len(),
        }))
    }
}

/// Where a character starts, in bytes.
fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices()
        .nth(character)
        .map_or(text.len(), |(byte, _)| byte)
}

fn lines(explanation: &Explanation) -> String {
    let mut text = format!("pack {}\n", explanation.pack);
    for line in explanation.rules.iter().chain(&explanation.plan) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// What the options ask for.
///
/// # Safety
/// Rule 4 of the header.
unsafe fn request(search: *const SearchOptions) -> Result<SearchRequest, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let given = unsafe { input::options(search) }?;
    // SAFETY: the caller, by rule 3.
    let query = unsafe { input::counted_text(given.query, given.query_length, "search.query") }?;
    let mut request = SearchRequest::new(query);
    // SAFETY: the caller, by rule 3.
    request.patient = unsafe { session::optional_patient(given.patient, "search.patient") }?;
    request = request.statuses(statuses(given.statuses, "search.statuses")?);
    if given.limit != 0 {
        request.question.limit = given.limit;
    }
    if given.reserved != 0 {
        return Err(Fault::value("search.reserved"));
    }
    Ok(request)
}

#[cfg(test)]
mod tests;
