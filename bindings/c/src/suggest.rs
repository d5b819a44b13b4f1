//! Completion and did-you-mean.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::Error;
use crate::fetch::Bytes;
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::search::{self, SearchOptions};
use crate::session::Session;
use crate::wall;
use std::ptr;

/// A cursor over words. Threads: one at a time.
pub struct Words {
    _opaque: [u8; 0],
}

impl Opaque for Words {
    type Value = Rows<WordRow>;
    const KIND: [u8; 4] = *b"Word";
    const NAME: &'static str = "cursor";
}

/// Proposes how the word that the query ends in may go on: at most this many words of the
/// documents that the rest of the search is about. Each document a word is taken from counts as
/// read, so ask when a person pauses. Give *cursor to liasse_words_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_complete(
    session: *const Session,
    search: *const SearchOptions,
    most: usize,
    cursor: *mut *mut Words,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let (request, _granted) = unsafe { search::request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(session.complete(&request, most)?)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Proposes the query with those words replaced that no document holds: UTF-8. *query is set to
/// NULL when there is nothing to replace, else give it to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_did_you_mean(
    session: *const Session,
    search: *const SearchOptions,
    query: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let (request, _granted) = unsafe { search::request(search) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(query, "query") }?;
        let meant = session.did_you_mean(&request)?;
        place.set(meant.map_or(ptr::null_mut(), |it| handle::give(it.into_bytes())));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next word: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_words_next(
    cursor: *mut Words,
    row: *mut *const Text,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_words_free(cursor: *mut Words) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one word's row.
#[derive(Default)]
pub(crate) struct WordRow {
    texts: Texts<1>,
    view: Option<Text>,
}

impl Row for WordRow {
    type Item = String;
    type View = Text;

    fn load(&mut self, word: String) -> *const Text {
        let [text] = self.texts.keep([word]);
        ptr::from_ref(self.view.insert(text))
    }
}
