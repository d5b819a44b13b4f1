//! Every limit of the engine, in one place: name, unit, value, reason.
//!
//! A limit is syntactic or counts what the actor may see; none counts what is hidden.

use std::time::Duration;

/// Bits of an ordinal that number the document in its dossier.
pub const DOCUMENT_NUMBER_BITS: u32 = 24;
/// Largest document number in a dossier.
pub const DOCUMENT_NUMBER_MAX: u32 = (1 << DOCUMENT_NUMBER_BITS) - 1;
/// Most documents that one dossier takes in its life: every row of it names the digests of all
/// parts of its head in its own key, which is at most 64 KiB.
pub const DOSSIER_DOCUMENTS_MAX: u32 = 166_400;
/// Largest dossier number in a store: 40 bits, 16 times the world's population.
pub const DOSSIER_NUMBER_MAX: u64 = (1 << 40) - 1;

/// Largest body in bytes (4 GiB - 1): lengths on disk are 32 bits.
pub const BODY_BYTES_MAX: u64 = u32::MAX as u64;
/// Bodies above this many bytes are sealed in frames, so that none is held whole twice.
pub const BODY_WHOLE_BYTES_MAX: usize = 1 << 20;
/// Bytes of plaintext in one frame of a large body.
pub const BODY_FRAME_BYTES: usize = 64 << 10;
/// A body segment is closed and becomes immutable above this many bytes.
pub const SEGMENT_BYTES_MAX: u64 = 1 << 30;
/// A body segment may hold this many bytes, however small the store: what lives in it is moved
/// even on a full disk, within the reserve.
pub const SEGMENT_BYTES_MIN: u64 = RESERVE_BYTES / 4;
/// Beyond that a body segment holds one in this many of all bytes that live in bodies: emptying it
/// never takes more of the disk than that.
pub const SEGMENT_SHARE: u64 = 32;
/// Bytes of documents that wait for their commit by default; deposits beyond wait to be taken.
pub const WAITING_BYTES_MAX: usize = 64 << 20;
/// Most changes that one commit makes true together.
pub const GROUP_WORKS_MAX: usize = 512;
/// Bytes of documents above which no more join a commit.
pub const GROUP_BYTES_MAX: usize = 16 << 20;
/// Most commits that are built and not durable yet, besides the one being built.
pub const GROUPS_UNDER_WAY_MAX: usize = 2;
/// Bytes that deposits leave free on the disk by default, for traces and recovery.
pub const RESERVE_BYTES: u64 = 32 << 20;
/// Bytes of live bodies that a compaction moves in one commit.
pub const COMPACTION_BYTES_MAX: u64 = 4 << 20;
/// Bytes of catalog files that wait for a keyring sink; beyond, it is given a snapshot instead.
pub const SINK_WAITING_BYTES_MAX: usize = 64 << 20;
/// Most documents of one submission.
pub const SUBMISSION_DOCUMENTS_MAX: usize = 256;
/// Most bytes of the documents of one submission and their texts together: they are in memory at
/// once, whatever else waits.
pub const SUBMISSION_BYTES_MAX: usize = 256 << 20;
/// Longest extracted text of one document in bytes.
pub const TEXT_BYTES_MAX: usize = 16 << 20;
/// Longest metadata text field (title, name, id) in bytes.
pub const FIELD_BYTES_MAX: usize = 4096;
/// Longest id or code of an actor or a party in bytes: a trace counts them in one byte.
pub const ACTOR_FIELD_BYTES_MAX: usize = 255;
/// Most members of one dossier's care team, and most of its representatives, that are declared.
pub const DECLARED_PARTIES_MAX: usize = 256;
/// Most values in one repeated metadata field.
pub const FIELD_VALUES_MAX: usize = 256;

/// Entries in one part of a head before it is split.
pub const HEAD_PART_ENTRIES_MAX: usize = 256;
/// Bytes of opened heads that are kept for the sessions that opened them.
pub const HEADS_KEPT_BYTES_MAX: usize = 8 << 20;
/// Bytes of names, and where they lead, that are kept for the sessions that looked them up.
pub const NAMES_KEPT_BYTES_MAX: usize = 1 << 20;
/// Plaintext bytes of one sealed unit before it is split.
pub const UNIT_BYTES_MAX: usize = 4000;

/// Deepest nesting of an XML document.
pub const XML_DEPTH_MAX: usize = 256;
/// Longest XML document in bytes that is parsed rather than kept whole.
pub const XML_BYTES_MAX: usize = 64 << 20;
/// Most attributes of one XML element: comparing their names costs the square of their number.
pub const XML_ATTRIBUTES_MAX: usize = 256;
/// Most sections of one document.
pub const SECTIONS_MAX: usize = 16_384;
/// Most coded values that are told of one document.
pub const POINTS_MAX: usize = 65_536;

/// Longest query text in bytes.
pub const QUERY_BYTES_MAX: usize = 4096;
/// Most terms in one query.
pub const QUERY_TERMS_MAX: usize = 128;
/// Deepest nesting of a query.
pub const QUERY_DEPTH_MAX: usize = 32;
/// Shortest prefix of a prefix query, in characters.
pub const QUERY_PREFIX_CHARACTERS_MIN: usize = 2;
/// Longest token that is indexed, in bytes.
pub const TOKEN_BYTES_MAX: usize = 64;
/// Most answers one request can ask for.
pub const ANSWERS_MAX: usize = 10_000;
/// Most that a boost may multiply a score with, in percent.
pub const BOOST_PERCENT_MAX: u32 = 1000;
/// Facets of one question.
pub const FACETS_MAX: usize = 16;
/// Values of fields of which one must hold, in one question.
pub const FILTER_VALUES_MAX: usize = 1024;

/// Most coded values indexed for one document.
pub const DOCUMENT_CODES_MAX: usize = 1024;
/// Most edits a fuzzy word may be away.
pub const QUERY_EDITS_MAX: u8 = 2;
/// Most words between two words that are asked to be near.
pub const QUERY_SLOP_MAX: u32 = 64;
/// Documents of the index tail above which it is due to be flushed into a segment.
pub const INDEX_TAIL_DOCUMENTS_MAX: usize = 4096;
/// Bytes of packed tokens in the index tail above which it is due to be flushed.
pub const INDEX_TAIL_BYTES_MAX: usize = 64 << 20;
/// Segments of one level and partition that are merged into one of the next.
pub const INDEX_SEGMENTS_MERGED: usize = 8;
/// Documents of an index partition above which it is split in two.
pub const INDEX_PARTITION_DOCUMENTS_MAX: u64 = 1 << 20;
/// Plaintext bytes of index files kept in memory by default.
pub const INDEX_ARENA_BYTES_MAX: usize = 512 << 20;

/// Longest journal entry in bytes: tlog-tiles bundles prefix entries with a `u16`.
pub const JOURNAL_ENTRY_BYTES_MAX: usize = 65_535;
/// Longest verifier key of a witness in bytes: the entry that names her counts them in one byte.
pub const VERIFIER_KEY_BYTES_MAX: usize = 255;
/// Most documents one trace names; 16 bytes each, they must fit an entry.
pub const TRACE_DOCUMENTS_MAX: usize = 2048;
/// Longest a pending trace waits for its commit, in milliseconds.
pub const TRACE_PENDING_MILLIS_MAX: u64 = 50;
/// Bytes of traces that wait for their commit; beyond, nothing is read.
pub const TRACES_WAITING_BYTES_MAX: usize = 16 << 20;
/// Most policies in one pack.
pub const PACK_POLICIES_MAX: usize = 1000;
/// Longest text file of a pack in bytes.
pub const PACK_FILE_BYTES_MAX: usize = 1 << 20;
/// Most packs of one store.
pub const PACKS_MAX: usize = 16;
/// Most sessions whose rules are kept for their next request.
pub const SESSIONS_KEPT_MAX: usize = 1024;
/// Most dossiers whose gate is kept for the next request, over all sessions.
pub const GATES_KEPT_MAX: usize = 65_536;
/// Longest that one call to a host's KMS is waited for: a token makes a key within a second.
pub const KMS_CALL_MAX: Duration = Duration::from_secs(30);
/// Fewest persons a population session is told of; its numbers are multiples of it.
pub const POPULATION_CELL_MIN: u64 = 11;
/// Most questions about the population that one actor asks in a day, groups of the actor's own
/// making counted one by one: an average over many would wear the rounding off.
pub const POPULATION_QUESTIONS_A_DAY: u64 = 200;

const _: () =
    assert!(TRACE_DOCUMENTS_MAX * 16 + 2 * FIELD_BYTES_MAX + 4096 < JOURNAL_ENTRY_BYTES_MAX);
const _: () = assert!(BODY_FRAME_BYTES <= BODY_WHOLE_BYTES_MAX);
const _: () = assert!(BODY_BYTES_MAX <= u32::MAX as u64);
const _: () = assert!(QUERY_PREFIX_CHARACTERS_MIN >= 2);
