//! What a host is given: entries, hits, receipts, findings. Plain owned values, cleared by the
//! rules and recorded in the journal before they exist.

use base::{AuditHandle, Availability, DocumentId, DossierId, EntryId, Flags, Instant};
use index::Said;
use query::{Counts, Pass};
use std::fmt;

mod point;
pub use point::{DataPoint, PointKind};

/// A document as the list of a dossier shows it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentEntry {
    /// Its id in this engine (XDS logicalId).
    pub document: DocumentId,
    /// This version of its metadata (XDS entryUUID).
    pub entry: EntryId,
    /// Its dossier.
    pub dossier: DossierId,
    /// Identifier given by its producer.
    pub unique_id: String,
    /// typeCode.
    pub type_code: String,
    /// classCode.
    pub class_code: String,
    /// Title.
    pub title: String,
    /// Name of its first author, or her id when she gives none.
    pub author: String,
    /// Name or id of the author's structure, empty when none.
    pub author_structure: String,
    /// When it was written.
    pub creation_time: Instant,
    /// When it was deposited.
    pub deposited: Instant,
    /// Confidentiality, as the document says it: N, R, V or another code.
    pub confidentiality: String,
    /// Visibility flags.
    pub flags: Flags,
    /// Status.
    pub status: Availability,
    /// Media type of the body.
    pub mime_type: String,
    /// Length of the body in bytes.
    pub size: u64,
    /// Number of the metadata version, from 1.
    pub version: u32,
}

impl fmt::Debug for DocumentEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentEntry({})", self.document)
    }
}

/// A document that answers a search.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The document.
    pub entry: DocumentEntry,
    /// Its score; it depends on the document and the query alone.
    pub score: u64,
    /// The part of its text that answers best; empty when it has no text.
    pub snippet: Snippet,
}

/// What a question is answered with. The numbers are numbers of documents; of a population session
/// those of persons, rounded to multiples of the smallest cell, and what is too few is left out.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The documents, in the order asked for.
    pub hits: Vec<Hit>,
    /// How many documents answer, when that was asked and may be told.
    pub total: Option<u64>,
    /// How many by each facet asked for, the largest group first.
    pub facets: Vec<Counts>,
    /// How many by year, month or day of writing, the earliest first.
    pub timeline: Vec<(String, u64)>,
    /// The cursor to go on from, when more documents answer.
    pub next: Option<String>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} hits)", self.hits.len())
    }
}

/// What has changed in a dossier since a moment.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The document as it is now.
    pub entry: DocumentEntry,
    /// What happened to it.
    pub what: Changed,
}

/// What happened to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Changed {
    /// It was deposited.
    New,
    /// It was replaced by a later one.
    Replaced,
    /// Its flags or its status changed, or its time of being hidden has passed.
    Flagged,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({}, {:?})", self.entry.document, self.what)
    }
}

/// Changes, and the mark to ask from the next time.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// The changes, the oldest document first.
    pub changes: Vec<Change>,
    /// Whether the holder is to be told that her dossier was updated, and no more: two weeks ago a
    /// document was deposited that is still hidden from her (R16).
    pub updated: bool,
    /// Each bris de glace of the one dossier asked for since the mark, newest first, for whoever
    /// may read its traces, the holder first; without the motive for her attending physician.
    /// Empty for everybody else, and for all the actor's dossiers.
    pub glass: Vec<HistoryLine>,
    /// The mark of this moment.
    pub mark: String,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Changes({})", self.changes.len())
    }
}

/// A dossier of the actor's.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MyDossier {
    /// Its id.
    pub dossier: DossierId,
    /// Its patient's current matricule.
    pub patient: String,
    /// Documents that the session may see.
    pub documents: u64,
    /// Those of them that are new, replaced or changed since the mark.
    pub changed: u64,
}

/// The actor's dossiers, and the mark to ask from the next time.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MyDossiers {
    /// The dossiers, by id.
    pub dossiers: Vec<MyDossier>,
    /// The mark of this moment.
    pub mark: String,
}

impl fmt::Debug for MyDossiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MyDossiers({})", self.dossiers.len())
    }
}

/// A part of a text with the places that answer the query.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// The text; empty when the document has none, or when its bytes are lost.
    pub text: String,
    /// Where answers stand in it, in order.
    pub highlights: Vec<Highlight>,
}

/// A place in a snippet that answers, and what the document says there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Highlight {
    /// The character it begins at, from 0.
    pub from: usize,
    /// The character behind its last.
    pub to: usize,
    /// What the document says of it.
    pub said: Said,
}

impl fmt::Debug for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snippet({} highlights)", self.highlights.len())
    }
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hit({}, {})", self.entry.document, self.score)
    }
}

/// What came of a deposit, once it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposited {
    /// The document, or the one that was there.
    pub document: DocumentId,
    /// The dossier it lies in.
    pub dossier: DossierId,
    /// Whether it is new.
    pub outcome: Outcome,
}

/// Whether a deposit was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was kept.
    Kept,
    /// The same actor had deposited it before, or her structure and she may see it; nothing
    /// changed.
    AlreadyPresent,
}

/// One line of a dossier's history.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryLine {
    /// When.
    pub at: Instant,
    /// What, for example `access`, `query`, `disclose`, `break_glass`.
    pub what: String,
    /// Who.
    pub actor: String,
    /// With which profession.
    pub profession: String,
    /// For which structure, empty when none.
    pub structure: String,
    /// Why.
    pub purpose: String,
    /// Whether it was permitted.
    pub permitted: bool,
    /// The documents it concerned, those that the reader may know of.
    pub documents: Vec<DocumentId>,
    /// Details for people: flags before and after, a motive.
    pub detail: String,
    /// Its number in the journal; told to auditors only, since it counts others' work.
    pub entry: Option<u64>,
}

/// What an erasure did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// 1: the keys are destroyed; 2: the index holds no trace any more.
    pub number: u8,
    /// How the root is kept, which says what destruction means.
    pub root: String,
    /// Whether the old root's destruction is done or scheduled.
    pub destruction: String,
    /// What this erasure does not promise, in plain words.
    pub caveat: String,
    /// Which keyring sinks hold what a restore needs after it, or that there is none and why.
    pub sinks: String,
    /// The journal entry that proves it.
    pub entry: u64,
}

/// A receipt that was kept for later asking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptReceipt {
    /// The erasure, by the name that the journal's entries about it bear. It names no person.
    pub erasure: AuditHandle,
    /// When it was given.
    pub at: Instant,
    /// The receipt.
    pub receipt: Receipt,
}

/// A witness's word for a checkpoint of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cosigned {
    /// How many entries the log had that she saw.
    pub size: u64,
    /// When she signed, by her own clock.
    pub at: Instant,
}

/// What changing the root key did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotated {
    /// The epoch of the root key that is in use now.
    pub epoch: u64,
    /// How the root is kept, which says what destruction means.
    pub root: String,
    /// Whether the old root's destruction is done or scheduled.
    pub destruction: String,
    /// What this does not promise, in plain words.
    pub caveat: String,
    /// Which keyring sinks hold what a restore needs after it, or that there is none and why.
    pub sinks: String,
}

/// A dossier erased because its term had passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Which it was.
    pub dossier: DossierId,
    /// Its receipts.
    pub receipts: Vec<Receipt>,
}

/// What compacting gave back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compacted {
    /// Body segments removed.
    pub segments: u64,
    /// Dead bytes in them.
    pub bytes: u64,
}

/// How far an index has been rebuilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reindexed {
    /// Documents analysed again.
    pub documents: u64,
    /// Documents there were to analyse.
    pub of: u64,
    /// Steps done: segments replaced, or all damaged ones at once.
    pub segments: u64,
}

/// How large a catalog was and is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shrunk {
    /// Bytes before.
    pub from: u64,
    /// Bytes after.
    pub to: u64,
}

/// The formats of a store before and after an upgrade; the same when there was nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upgraded {
    /// The format it had.
    pub from: u32,
    /// The format it has.
    pub to: u32,
}

/// What a check of the whole store found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, with its place.
    pub findings: Vec<Finding>,
    /// Dossiers checked.
    pub dossiers: u64,
    /// Documents checked.
    pub documents: u64,
    /// Journal entries checked.
    pub entries: u64,
    /// Index segments checked.
    pub segments: u64,
}

/// Something wrong in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The invariant that does not hold, as `docs/invariants.md` numbers it.
    pub invariant: &'static str,
    /// Where.
    pub place: String,
    /// What.
    pub what: String,
}

/// Which rules a session is under.
#[derive(Clone)]
#[non_exhaustive]
pub struct Explanation {
    /// The policy pack and its version.
    pub pack: String,
    /// The rules that apply, by id, and the predicate they come to, in lines.
    pub rules: Vec<String>,
    /// How a query would be answered, in lines; empty without a query.
    pub plan: Vec<String>,
}

/// How much work a search is, for operators: nothing of what it met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// The passes that the planner tried, in their order.
    pub passes: Vec<&'static str>,
    /// Those that changed the plan; of `access`, which goes by what is stored, it is not told.
    pub changed: Vec<&'static str>,
    /// In how many of a million documents the words would be found by the table of published
    /// frequencies the store was opened with, never by what is stored.
    pub expected_in_a_million: u32,
    /// How long asking the rules took: less than this power of two of microseconds.
    pub rules: u64,
    /// How long planning took, told in the same way.
    pub planning: u64,
    /// How long running took, told in the same way.
    pub running: u64,
}

impl Work {
    pub(crate) fn of(profile: &query::Profile, expected_in_a_million: u32) -> Self {
        let passes = profile.passes.iter();
        let told = passes.clone();
        let told = told.filter(|(pass, changed)| *changed && *pass != Pass::Access);
        let coarse = |micros: u64| (micros + 1).next_power_of_two().max(COARSEST_MICROS);
        Self {
            passes: passes.map(|(pass, _)| pass.name()).collect(),
            changed: told.map(|(pass, _)| pass.name()).collect(),
            expected_in_a_million,
            rules: coarse(profile.rules),
            planning: coarse(profile.planning),
            running: coarse(profile.running),
        }
    }

    /// The same in lines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Self {
            rules,
            planning,
            running,
            ..
        } = self;
        let passes = self.passes.iter().map(|pass| {
            if self.changed.contains(pass) {
                format!("pass {pass}, changed the plan")
            } else {
                format!("pass {pass}")
            }
        });
        let expected = format!(
            "expected in {} of a million documents",
            self.expected_in_a_million
        );
        let times = format!(
            "under {rules} us of rules, {planning} us of planning, {running} us of running"
        );
        passes.chain([expected, times]).collect()
    }
}

impl Work {
    /// The same as one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        let list = |names: &[&str]| {
            let quoted = names.iter().map(|name| format!("\"{name}\""));
            quoted.collect::<Vec<String>>().join(",")
        };
        let (passes, changed) = (list(&self.passes), list(&self.changed));
        let Self {
            expected_in_a_million,
            rules,
            planning,
            running,
            ..
        } = self;
        format!(
            "{{\"passes\":[{passes}],\"changed\":[{changed}],\
             \"expected_in_a_million\":{expected_in_a_million},\
             \"micros\":{{\"rules\":{rules},\"planning\":{planning},\"running\":{running}}}}}"
        )
    }
}

/// Times of work are told no finer than this: a search of few documents is like any other.
const COARSEST_MICROS: u64 = 16_384;

/// Sizes and counts of a store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Dossiers in use.
    pub dossiers: u64,
    /// Documents kept.
    pub documents: u64,
    /// Journal entries.
    pub entries: u64,
    /// Documents in the index's tail.
    pub tail: u64,
    /// Bytes of memory they take there, about.
    pub tail_bytes: u64,
    /// Index segments.
    pub segments: u64,
    /// Body segments.
    pub body_segments: u64,
    /// The number of the last commit.
    pub commit: u64,
    /// The oldest commit that somebody still reads: pages and segments freed since are kept.
    pub oldest_reader: u64,
    /// Bytes of documents that wait for their commit.
    pub waiting_bytes: u64,
    /// Bytes on the disk by kind, in a fixed order; no byte is in two kinds.
    pub bytes: Vec<(&'static str, u64)>,
    /// Dossiers and documents whose erasure was begun and is not concluded: gone from every
    /// answer, their keys not destroyed yet or their words still in segments of the index. See
    /// [`crate::Engine::finish_erasures`].
    pub erasures_waiting: u64,
    /// All bytes on the disk for 100 that something names.
    pub amplification_percent: u64,
    /// Bytes free on the device.
    pub free_bytes: u64,
    /// The keyring sinks.
    pub sinks: Vec<SinkStats>,
}

/// How far a keyring sink is; for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// The id it bears, once it has answered.
    pub id: Option<String>,
    /// What receipts call it.
    pub label: String,
    /// Where it is.
    pub place: String,
    /// Whether it has every commit.
    pub level: bool,
    /// What it said when it failed of late.
    pub failure: Option<String>,
}

/// A policy pack of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackInForce {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// From when it decides.
    pub valid_from: Instant,
    /// Until before when.
    pub valid_until: Instant,
}

/// How often Cedar was asked about a document that was about to be returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rechecks {
    /// Documents asked about.
    pub asked: u64,
    /// Documents it kept back. Anything but 0 is a fault in Liasse; please report it.
    pub withheld: u64,
}

impl fmt::Debug for HistoryLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoryLine({})", self.what)
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Explanation({})", self.pack)
    }
}
