//! Searches, counts, and what the rules come to.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::budget::{self, Granted};
use crate::entries::{EntryRow, EntryView, statuses};
use crate::error::{Error, Fault};
use crate::fetch::Bytes;
use crate::handle::{self, Opaque};
use crate::input::{self, Options};
use crate::interrupt::{self, Interrupt};
use crate::output::Out;
use crate::row::{self, Range, Row, Rows, Text, Texts};
use crate::session::{self, Session, SessionOptions};
use crate::wall;
use liasse::{Clock, Explanation, Hit, Matricule, Said, SearchRequest, Statuses, SystemClock};
use std::ffi::c_char;
use std::mem::offset_of;
use std::ptr;
use std::time::Duration;

/// The query is words in the syntax of docs/search.md.
pub const LIASSE_FORM_WORDS: u32 = 0;
/// The query is a question in JSON; docs/search.md gives its form.
pub const LIASSE_FORM_JSON: u32 = 1;
/// The query is the FHIR search string of DocumentReference (IHE MHD ITI-67, French PDSm).
pub const LIASSE_FORM_FHIR: u32 = 2;
/// No query: approved documents of the last two years, the newest first. Name the patient.
pub const LIASSE_FORM_RECENT: u32 = 3;
/// No query: the patient's vaccinations, whatever their date. Name the patient.
pub const LIASSE_FORM_VACCINATIONS: u32 = 4;

/// At a highlight: the patient has or had it.
pub const LIASSE_SAID_AFFIRMED: u32 = 1;
/// At a highlight: it is absent.
pub const LIASSE_SAID_NEGATED: u32 = 2;
/// At a highlight: a relative has or had it.
pub const LIASSE_SAID_FAMILY: u32 = 3;
/// At a highlight: nobody is said to have it: a heading, a condition, a risk.
pub const LIASSE_SAID_UNSTATED: u32 = 4;

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
    /// The query in UTF-8, in the form that form says.
    pub query: *const c_char,
    /// How many bytes it has.
    pub query_length: usize,
    /// Only this patient's dossier (matricule, or matricule@OID); NULL for the one the query
    /// names, or for all of the actor's (purpose panel).
    pub patient: *const c_char,
    /// The most hits to answer with; 0 for what the query says, or ten.
    pub limit: usize,
    /// Which statuses: one of LIASSE_STATUSES_*; a query in JSON or FHIR says it itself.
    pub statuses: u32,
    /// What the query is: one of LIASSE_FORM_*.
    pub form: u32,
    /// Goes on behind the answer that gave this cursor (liasse_answer_cursor), or NULL.
    pub after: *const c_char,
    /// Ends the search when it is raised, or NULL.
    pub interrupt: *const Interrupt,
    /// How many milliseconds looking may take; 0 for any.
    pub time_ms: u64,
    /// The most bytes of memory the search may need; 0 for any.
    pub memory_bytes_max: u64,
    /// 1 to be given entries and scores alone, so that no document's text is opened; else 0.
    pub without_snippets: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, words, halves and numbers of eight bytes, the first of which is the size; no
// padding at the end; zeroes are sizes, NULLs and numbers.
unsafe impl Options for SearchOptions {
    const NAME: &'static str = "search";
    const SIZE_FIRST: usize = offset_of!(Self, after);
    const LATER: &'static [usize] = &[
        offset_of!(Self, interrupt),
        offset_of!(Self, time_ms),
        offset_of!(Self, memory_bytes_max),
        offset_of!(Self, without_snippets),
    ];
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
    /// What the document says at each of these places, one of LIASSE_SAID_*; NULL when there are
    /// none.
    pub said: *const u32,
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
        let (request, _granted) = unsafe { request(search) }?;
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
        let (request, _granted) = unsafe { request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(count, "count") }?;
        place.set(session.count(&request)?);
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Says which rules apply and, when search is not NULL, how it would be
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
        let request = request.as_ref().map(|(request, _)| request);
        let explanation = session.explain(request)?;
        place.set(handle::give(lines(&explanation).into_bytes()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Says how long a search of all of actor's dossiers takes, coarsely, as a JSON object in UTF-8;
/// search.patient is NULL. Asked by a session of purpose LIASSE_PURPOSE_AUDIT; nothing of what is
/// found is told. Give *json to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_explain_plan(
    session: *const Session,
    actor: *const SessionOptions,
    search: *const SearchOptions,
    json: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let actor = unsafe { session::asked(actor) }?;
        // SAFETY: the caller, by rule 4.
        let (request, _granted) = unsafe { request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(json, "json") }?;
        let work = session.explain_plan(actor, &request)?;
        place.set(handle::give(work.json().into_bytes()));
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
    texts: Texts<1>,
    highlights: Vec<Range>,
    said: Vec<u32>,
    view: Option<HitView>,
}

impl Row for HitRow {
    type Item = Hit;
    type View = HitView;

    fn load(&mut self, hit: Hit) -> *const HitView {
        let text = &hit.snippet.text;
        self.highlights.clear();
        self.highlights
            .extend(hit.snippet.highlights.iter().map(|mark| Range {
                from: byte_of(text, mark.from),
                to: byte_of(text, mark.to),
            }));
        self.said.clear();
        let marks = hit.snippet.highlights.iter();
        self.said.extend(marks.map(|mark| said(mark.said)));
        let (highlights, said) = match self.highlights.as_slice() {
            [] => (ptr::null(), ptr::null()),
            some => (some.as_ptr(), self.said.as_ptr()),
        };
        let [snippet] = self.texts.keep([hit.snippet.text]);
        ptr::from_ref(self.view.insert(HitView {
            struct_size: size_of::<HitView>(),
            entry: self.entry.load(hit.entry),
            score: hit.score,
            snippet,
            highlights,
            highlight_count: self.highlights.len(),
            said,
        }))
    }
}

/// The number of what a document says.
const fn said(said: Said) -> u32 {
    match said {
        Said::Affirmed => LIASSE_SAID_AFFIRMED,
        Said::Negated => LIASSE_SAID_NEGATED,
        Said::Family => LIASSE_SAID_FAMILY,
        Said::Unstated => LIASSE_SAID_UNSTATED,
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

/// What the options ask for, and the memory it may take.
///
/// # Safety
/// Rule 4 of the header.
pub(crate) unsafe fn request(
    search: *const SearchOptions,
) -> Result<(SearchRequest, Granted<'static>), Fault> {
    // SAFETY: the caller's promise is this function's own.
    let given = unsafe { input::options(search) }?;
    // SAFETY: the caller, by rule 3.
    let query = unsafe { input::counted_text(given.query, given.query_length, "search.query") }?;
    // SAFETY: the caller, by rule 3.
    let patient = unsafe { session::optional_patient(given.patient, "search.patient") }?;
    // SAFETY: the caller, by rule 3.
    let after = unsafe { input::optional_text(given.after, "search.after") }?;
    let mut request = asked(query, given.form, patient)?;
    match statuses(given.statuses, "search.statuses")? {
        Statuses::Approved => {}
        Statuses::All if says_statuses(given.form) => return Err(Fault::value("search.statuses")),
        Statuses::All => request = request.statuses(Statuses::All),
    }
    match (given.without_snippets, given.reserved) {
        (0, 0) => {}
        (1, 0) => request = request.without_snippets(),
        _ => return Err(Fault::value("search.without_snippets")),
    }
    if given.limit != 0 {
        request.question.limit = given.limit;
    }
    if let Some(after) = after {
        request = request.after(after);
    }
    request.time = (given.time_ms != 0).then(|| Duration::from_millis(given.time_ms));
    // SAFETY: the caller, by rule 1.
    request.cancel = unsafe { interrupt::given(given.interrupt) }?;
    interrupt::check(request.cancel.as_ref())?;
    let granted = budget::search(request.question.limit, given.memory_bytes_max)?;
    Ok((request, granted))
}

/// Reads a query in one of its forms.
fn asked(query: &str, form: u32, patient: Option<Matricule>) -> Result<SearchRequest, Fault> {
    let mut request = match form {
        LIASSE_FORM_WORDS => SearchRequest::new(query),
        LIASSE_FORM_JSON => SearchRequest::from_json(query)?,
        LIASSE_FORM_FHIR => SearchRequest::from_fhir(query)?,
        LIASSE_FORM_RECENT | LIASSE_FORM_VACCINATIONS => {
            if !query.is_empty() {
                return Err(Fault::value("search.query"));
            }
            let patient = patient.ok_or_else(|| Fault::pointer("search.patient"))?;
            return Ok(if form == LIASSE_FORM_RECENT {
                SearchRequest::recent(patient, SystemClock.now())
            } else {
                SearchRequest::vaccinations(patient)
            });
        }
        _ => return Err(Fault::value("search.form")),
    };
    if patient.is_some() {
        // One of the two would be dropped, and more be shown than was asked.
        if request.patient.is_some() {
            return Err(Fault::value("search.patient"));
        }
        request.patient = patient;
    }
    Ok(request)
}

/// Whether a query of this form says itself which statuses it wants.
const fn says_statuses(form: u32) -> bool {
    form == LIASSE_FORM_JSON || form == LIASSE_FORM_FHIR
}

#[cfg(test)]
mod tests;
