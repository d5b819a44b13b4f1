//! Where a store's bytes are, and how far its keyring sinks are; for operators.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::error::Error;
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::wall;
use liasse::SinkStats;
use std::ptr;

/// A cursor over kinds of bytes on the disk. Threads: one at a time.
pub struct Space {
    _opaque: [u8; 0],
}

impl Opaque for Space {
    type Value = Rows<SpaceRow>;
    const KIND: [u8; 4] = *b"Spac";
    const NAME: &'static str = "cursor";
}

/// Bytes of one kind. Valid until the next step of its cursor or its end. A later version may
/// add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct SpaceView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// How many; no byte is in two kinds.
    pub bytes: u64,
    /// What they are.
    pub kind: Text,
}

/// A cursor over keyring sinks. Threads: one at a time.
pub struct Sinks {
    _opaque: [u8; 0],
}

impl Opaque for Sinks {
    type Value = Rows<SinkRow>;
    const KIND: [u8; 4] = *b"Sink";
    const NAME: &'static str = "cursor";
}

/// How far a keyring sink is. Valid until the next step of its cursor or its end. A later version
/// may add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct SinkView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// 1 when it has every commit, else 0.
    pub level: u32,
    /// Zero.
    pub reserved: u32,
    /// The id it bears; empty until it has answered.
    pub id: Text,
    /// What receipts call it.
    pub label: Text,
    /// Where it is.
    pub place: Text,
    /// What it said when it failed of late, else empty.
    pub failure: Text,
}

/// Lists a store's bytes on the disk by kind, in a fixed order. Give *cursor to
/// liasse_space_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_space(
    engine: *const Engine,
    cursor: *mut *mut Space,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(engine.stats()?.bytes)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Steps to the next kind: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_space_next(
    cursor: *mut Space,
    row: *mut *const SpaceView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_space_free(cursor: *mut Space) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// Lists the keyring sinks of a store. Give *cursor to liasse_sinks_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_sinks(
    engine: *const Engine,
    cursor: *mut *mut Sinks,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(engine.stats()?.sinks)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Steps to the next sink: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_sinks_next(
    cursor: *mut Sinks,
    row: *mut *const SinkView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_sinks_free(cursor: *mut Sinks) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one kind's row.
#[derive(Default)]
pub(crate) struct SpaceRow {
    texts: Texts<1>,
    view: Option<SpaceView>,
}

impl Row for SpaceRow {
    type Item = (&'static str, u64);
    type View = SpaceView;

    fn load(&mut self, (kind, bytes): Self::Item) -> *const SpaceView {
        let [kind] = self.texts.keep([kind.to_owned()]);
        ptr::from_ref(self.view.insert(SpaceView {
            struct_size: size_of::<SpaceView>(),
            bytes,
            kind,
        }))
    }
}

/// The memory of one sink's row.
#[derive(Default)]
pub(crate) struct SinkRow {
    texts: Texts<4>,
    view: Option<SinkView>,
}

impl Row for SinkRow {
    type Item = SinkStats;
    type View = SinkView;

    fn load(&mut self, sink: SinkStats) -> *const SinkView {
        let [id, label, place, failure] = self.texts.keep([
            sink.id.unwrap_or_default(),
            sink.label,
            sink.place,
            sink.failure.unwrap_or_default(),
        ]);
        ptr::from_ref(self.view.insert(SinkView {
            struct_size: size_of::<SinkView>(),
            level: u32::from(sink.level),
            reserved: 0,
            id,
            label,
            place,
            failure,
        }))
    }
}
