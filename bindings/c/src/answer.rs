//! Answers to questions: a page of documents, counts, facets and a timeline of one moment.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::search::{self, HitRow, HitView, SearchOptions};
use crate::session::Session;
use crate::wall;
use std::ffi::{CString, c_char};
use std::ptr;

/// What a question is answered with. Threads: one at a time.
pub struct Answer {
    _opaque: [u8; 0],
}

impl Opaque for Answer {
    type Value = Answered;
    const KIND: [u8; 4] = *b"Answ";
    const NAME: &'static str = "answer";
}

/// How many documents are in a group of a facet, or in a step of the timeline. Valid until the
/// next step of its cursor or its end. A later version may add fields behind the last:
/// struct_size says how many bytes this library knows.
#[repr(C)]
pub struct CountView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// How many.
    pub documents: u64,
    /// The facet's name; "timeline" for a step of the timeline.
    pub facet: Text,
    /// The group or the step.
    pub group: Text,
}

/// Answers a question: documents, counts, facets and timeline of one moment. Give *answer to
/// liasse_answer_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_ask(
    session: *const Session,
    search: *const SearchOptions,
    answer: *mut *mut Answer,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let (request, _granted) = unsafe { search::request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(answer, "answer") }?;
        place.set(handle::give(session.ask(&request)?.into()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next hit: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_answer_next_hit(
    answer: *mut Answer,
    row: *mut *const HitView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::step(answer, row, error, |answer| &mut answer.hits) }
}

/// Steps to the next count, facet by facet, the largest group of each first, then through the
/// timeline: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_answer_next_count(
    answer: *mut Answer,
    row: *mut *const CountView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::step(answer, row, error, |answer| &mut answer.counts) }
}

/// How many documents answer in all. told is 1 when that was asked and may be told, else 0, and
/// total is 0 then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_answer_total(
    answer: *const Answer,
    total: *mut u64,
    told: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |answer: &Answered| -> Result<(), Fault> {
        // SAFETY: the caller, by rule 5.
        let total = unsafe { Out::new(total, "total") }?;
        // SAFETY: the caller, by rule 5.
        let told = unsafe { Out::new(told, "told") }?;
        total.set(answer.total.unwrap_or(0));
        told.set(u32::from(answer.total.is_some()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(answer, error, body) }
}

/// The cursor to go on from, to be set as after of the same question in the same session; NULL
/// when no more documents answer. Lives as long as the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_answer_cursor(answer: *const Answer) -> *const c_char {
    // SAFETY: the caller, by rule 1.
    let handle = unsafe { handle::shared(answer) }.ok();
    let cursor = handle.and_then(|handle| handle.value().next.as_ref());
    cursor.map_or(ptr::null(), |cursor| cursor.as_ptr())
}

/// Frees an answer and its rows. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_answer_free(answer: *mut Answer) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(answer) };
}

/// An answer with a cursor over each of its lists.
pub(crate) struct Answered {
    hits: Rows<HitRow>,
    counts: Rows<CountRow>,
    total: Option<u64>,
    next: Option<CString>,
}

impl From<liasse::Answer> for Answered {
    fn from(answer: liasse::Answer) -> Self {
        let groups = answer.facets.into_iter().flat_map(|facet| {
            let counted = |(group, documents)| (facet.name.clone(), group, documents);
            facet.groups.into_iter().map(counted).collect::<Vec<_>>()
        });
        let steps = answer.timeline.into_iter();
        let steps = steps.map(|(step, documents)| ("timeline".to_owned(), step, documents));
        Self {
            hits: Rows::new(answer.hits),
            counts: Rows::new(groups.chain(steps).collect()),
            total: answer.total,
            next: answer.next.and_then(|cursor| CString::new(cursor).ok()),
        }
    }
}

/// The memory of one count's row.
#[derive(Default)]
pub(crate) struct CountRow {
    texts: Texts<2>,
    view: Option<CountView>,
}

impl Row for CountRow {
    type Item = (String, String, u64);
    type View = CountView;

    fn load(&mut self, (facet, group, documents): Self::Item) -> *const CountView {
        let [facet, group] = self.texts.keep([facet, group]);
        ptr::from_ref(self.view.insert(CountView {
            struct_size: size_of::<CountView>(),
            documents,
            facet,
            group,
        }))
    }
}
