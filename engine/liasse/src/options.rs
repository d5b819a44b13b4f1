//! What a store is opened with; every part has a default.
//!
//! For: hosts. Not for: what is kept in the store; that is asked of it.

use crate::anchor::Anchor;
use crate::backup::Sinks;
use crate::rules::Recheck;
use crate::signer::CheckpointSigner;
use crate::words::WordTables;
use base::{Clock, Entropy, OsEntropy, Purpose, SystemClock, limit};
use index::Damaged;
use std::sync::Arc;
use std::time::Duration;
use vault::Ground;

/// What is told of lost traces.
pub type LostTraces = Arc<dyn Fn(usize) + Send + Sync>;

/// What an engine is opened with.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub entropy: Arc<dyn Entropy>,
    /// The policy pack a new store works under: `dmp-2011`, `dmp-2023`, or a directory with a
    /// pack, or with several, of the host's own; see `docs/rules.md`.
    pub pack: String,
    /// Cache, space reserve and size of segments.
    pub store: store::Options,
    /// How long a trace that waits alone is joined by others before it is committed.
    pub trace_gather: Duration,
    /// Purposes whose traces are durable before anything is shown. Those of emergencies always
    /// are; without these, a trace of another purpose may wait for its commit up to 50 ms, and
    /// falls into a gap when the process is killed meanwhile.
    pub durable_purposes: Vec<Purpose>,
    /// Fresh documents above which the index writes a segment.
    pub index_tail_documents_max: usize,
    /// Bytes of documents that may wait for their commit; a deposit beyond waits to be taken.
    pub waiting_bytes_max: usize,
    /// Whether a store opens whose index is damaged: searches then say so, until
    /// [`crate::Engine::reindex`] has rebuilt it.
    pub damaged_index: Damaged,
    /// The host's own synonyms and frequencies of words.
    pub words: WordTables,
    /// Whether Cedar is asked again about documents that are about to be returned.
    pub recheck: Recheck,
    /// Where the catalog's deltas go, so that an erasure leaves a backup that opens.
    pub sinks: Sinks,
    /// How long a sink keeps catalog files from before the last change of the root key, at most.
    pub sink_keep: Duration,
    /// On what ground this copy of the store is the one that is written, and that a restored
    /// store takes the sinks of the store before it.
    pub ground: Ground,
    /// Where the newest checkpoint is pinned; a store that does not continue it is refused.
    pub anchor: Option<Arc<dyn Anchor>>,
    /// Keys of the host's own that sign each checkpoint beside the store's.
    pub signers: Vec<Arc<dyn CheckpointSigner>>,
    /// Told, by a thread of the engine's, how many traces were lost with a commit that failed, as
    /// soon as they are: nothing more is answered then, and the next open writes a gap.
    pub on_lost_traces: Option<LostTraces>,
    /// How long one call to a host's KMS is waited for before it counts as unreachable.
    pub kms_deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            pack: "dmp-2011".to_owned(),
            store: store::Options::default(),
            trace_gather: Duration::from_millis(10),
            durable_purposes: Vec::new(),
            index_tail_documents_max: limit::INDEX_TAIL_DOCUMENTS_MAX,
            waiting_bytes_max: limit::WAITING_BYTES_MAX,
            damaged_index: Damaged::Refused,
            words: WordTables::default(),
            recheck: Recheck::Off,
            sinks: Sinks::default(),
            sink_keep: Duration::from_hours(24),
            ground: Ground::default(),
            anchor: None,
            signers: Vec::new(),
            on_lost_traces: None,
            kms_deadline: limit::KMS_CALL_MAX,
        }
    }
}
