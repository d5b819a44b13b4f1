//! Bringing the sinks up to date: one thread for each, fed by the committer.
//!
//! For: every commit's delta, in order; a fresh snapshot where deltas are missing or have grown
//! too many. Not for: what is in a delta. Invariants: a commit waits for no sink, an erasure for
//! all of them; what waits for a sink is bounded, and a snapshot takes its place; what a newer
//! snapshot makes useless is removed.

use super::sink::{RollName, Sink, Sinks, State, way};
use crate::core::Current;
use crate::error::{Code, Error, Result};
use crate::upkeep::ENGINE;
use base::{CommitSeq, Digest, Instant, RowRead, RowWrite, StoreId};
use journal::Log;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Moment};
use store::{Export, Items, RollHeader, RollReader, RollWriter, Snapshot, Tip, Transaction};
use vault::{KeyTree, SigningKey};

/// The sinks of an open store.
pub(crate) struct Shipping {
    lanes: Vec<Lane>,
    waived: String,
    /// Nobody has said whether there are sinks.
    unsaid: bool,
    source: Arc<Source>,
}

/// What a catalog file is made from.
pub(crate) struct Source {
    pub(crate) store: StoreId,
    pub(crate) created: Instant,
    pub(crate) format: u32,
    pub(crate) current: Arc<Current>,
    pub(crate) signing: Arc<SigningKey>,
}

/// What one commit changed, on its way to the sinks.
pub(crate) struct Shipped {
    before: Tip,
    after: Tip,
    epoch: u64,
    chunks: Vec<Items>,
}

/// One sink and its thread.
struct Lane {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    sink: Arc<dyn Sink>,
    progress: Mutex<Lag>,
    changed: Condvar,
}

/// How far a sink is behind.
struct Lag {
    newest: CommitSeq,
    held: Option<Tip>,
    queue: VecDeque<Arc<Shipped>>,
    queued_bytes: usize,
    failure: Option<String>,
    asked: bool,
    stop: bool,
}

impl Source {
    /// The last committed state, and the header of its snapshot.
    fn state(&self) -> Result<(RollHeader, Arc<Snapshot>)> {
        let (rows, keys) = self.current.state();
        Ok((self.header_of(&rows, &keys)?, rows))
    }

    /// The header of a snapshot of these rows.
    pub(crate) fn header_of(&self, rows: &Snapshot, keys: &KeyTree) -> Result<RollHeader> {
        let after = Tip {
            commit: rows.counters().commit,
            binding: Log::open(rows)?.root(),
        };
        Ok(self.header(None, after, keys.epoch().number()))
    }

    fn header(&self, before: Option<Tip>, after: Tip, epoch: u64) -> RollHeader {
        RollHeader {
            store: self.store,
            created: self.created,
            format: self.format,
            epoch,
            before,
            after,
        }
    }
}

impl Shipping {
    /// The sinks, of which none is touched before [`Self::begin`].
    pub(crate) fn new(sinks: &Sinks, source: Source) -> Self {
        let unsaid = matches!(sinks, Sinks::Unsaid);
        let (sinks, waived) = match sinks {
            Sinks::Unsaid => (&[][..], "by default, none was configured".to_owned()),
            Sinks::Waived(why) => (&[][..], why.clone()),
            Sinks::To(sinks) => (sinks.as_slice(), String::new()),
        };
        let source = Arc::new(source);
        let newest = source.current.state().0.counters().commit;
        let lanes = sinks.iter().map(|sink| Lane::new(sink, newest)).collect();
        Self {
            lanes,
            waived,
            unsaid,
            source,
        }
    }

    /// Starts a thread for each sink; what was committed meanwhile waits for it.
    pub(crate) fn begin(&self) -> Result<()> {
        self.lanes
            .iter()
            .try_for_each(|lane| lane.begin(&self.source))
    }

    /// What catalog files are made from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Commits; gives what the sinks are to hear of it once readers see it.
    pub(crate) fn commit(
        &self,
        transaction: Transaction,
        bindings: (Digest, Digest),
        keys: &KeyTree,
    ) -> Result<Option<Shipped>> {
        let commit = transaction.seq();
        let prepared = transaction.prepare()?;
        let shipped = (!self.lanes.is_empty()).then(|| Shipped {
            before: Tip {
                commit: CommitSeq::new(commit.number().saturating_sub(1)),
                binding: bindings.0,
            },
            after: Tip {
                commit,
                binding: bindings.1,
            },
            epoch: keys.epoch().number(),
            chunks: prepared.items(),
        });
        prepared.commit()?;
        Ok(shipped)
    }

    /// Hands a commit to every sink; waits for none.
    pub(crate) fn push(&self, shipped: Option<Shipped>) {
        let Some(shipped) = shipped.map(Arc::new) else {
            return;
        };
        for lane in &self.lanes {
            lane.shared.push(&shipped);
        }
    }

    /// Waits until every sink holds the last commit: after it the older root is not needed.
    ///
    /// # Errors
    /// [`Code::Sink`] with the sink and what it said. Nothing is lost: the step that waited can
    /// be tried again, and is when the store is opened.
    pub(crate) fn require(&self) -> Result<()> {
        let (rows, _) = self.source.current.state();
        if self.unsaid && rows.row(ENGINE, SINKS)?.is_some() {
            return Err(Error::new(
                Code::Sink,
                "this store's catalog goes to sinks, and none was named",
                "name its sinks, or waive them in so many words",
            ));
        }
        for lane in &self.lanes {
            lane.shared.ask();
        }
        // INVARIANT(X11): whoever activates a root asks here first.
        let deadline = Moment::now() + PATIENCE;
        self.lanes
            .iter()
            .try_for_each(|lane| lane.shared.wait(deadline))
    }

    /// Keeps in the store whether it has sinks, so that they are not forgotten.
    pub(crate) fn remember(&self, rows: &mut dyn RowWrite) -> Result<()> {
        if !self.lanes.is_empty() {
            rows.put(ENGINE, SINKS, &[1])?;
        } else if !self.unsaid {
            rows.remove(ENGINE, SINKS)?;
        }
        Ok(())
    }

    /// What a receipt says of the sinks.
    pub(crate) fn words(&self) -> String {
        if self.lanes.is_empty() {
            return format!("no sink: waived ({})", self.waived);
        }
        let names: Vec<_> = self.lanes.iter().map(|it| it.shared.sink.name()).collect();
        format!("held by {}", names.join(", "))
    }

    /// Gives the sinks a moment to take what waits, and ends the threads; what they do not
    /// take, the next open makes up for.
    pub(crate) fn stop(&self) {
        let deadline = Moment::now() + PATIENCE;
        for lane in self.lanes.iter().filter(|lane| lane.is_running()) {
            lane.shared.ask();
            let reached = lane.shared.wait(deadline);
            let answers = reached.is_ok() || lane.shared.lag().failure.is_some();
            lane.stop(answers);
        }
    }
}

impl Drop for Shipping {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Lane {
    fn new(sink: &Arc<dyn Sink>, newest: CommitSeq) -> Self {
        let shared = Arc::new(Shared {
            sink: Arc::clone(sink),
            progress: Mutex::new(Lag {
                newest,
                held: None,
                queue: VecDeque::new(),
                queued_bytes: 0,
                failure: None,
                asked: true,
                stop: false,
            }),
            changed: Condvar::new(),
        });
        Self {
            shared,
            thread: Mutex::default(),
        }
    }

    fn begin(&self, source: &Arc<Source>) -> Result<()> {
        let (run, source) = (Arc::clone(&self.shared), Arc::clone(source));
        let thread = std::thread::Builder::new()
            .name("liasse-sink".to_owned())
            .spawn(move || Runner::new(run, source).run())
            .map_err(|error| Error::new(Code::Io, error.kind().to_string(), "try again"))?;
        *self.thread() = Some(thread);
        Ok(())
    }

    fn is_running(&self) -> bool {
        self.thread().is_some()
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the thread; one whose sink does not answer is left to itself.
    fn stop(&self, answers: bool) {
        let mut lag = self.shared.lag();
        lag.stop = true;
        drop(lag);
        self.shared.changed.notify_all();
        let thread = self.thread().take();
        if let Some(thread) = thread
            && answers
        {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lag(&self) -> MutexGuard<'_, Lag> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, shipped: &Arc<Shipped>) {
        let mut lag = self.lag();
        lag.newest = shipped.after.commit;
        lag.queued_bytes += shipped.bytes();
        lag.queue.push_back(Arc::clone(shipped));
        if lag.queued_bytes > QUEUE_BYTES_MAX {
            // A snapshot makes up for what is dropped here.
            lag.queue.clear();
            lag.queued_bytes = 0;
        }
        drop(lag);
        self.changed.notify_all();
    }

    /// Has the sink tried now, whatever it said before.
    fn ask(&self) {
        let mut lag = self.lag();
        lag.failure = None;
        lag.asked = true;
        drop(lag);
        self.changed.notify_all();
    }

    fn wait(&self, deadline: Moment) -> Result<()> {
        let mut lag = self.lag();
        loop {
            if lag.is_level() {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Moment::now());
            let said = match (&lag.failure, left.is_zero()) {
                (Some(said), _) => Some(said.clone()),
                (None, true) => Some("it does not answer".to_owned()),
                (None, false) => None,
            };
            if let Some(said) = said {
                let message = format!("the keyring sink ({}) is behind: {said}", self.sink.name());
                return Err(Error::new(Code::Sink, message, MEND));
            }
            let waited = self.changed.wait_timeout(lag, left);
            lag = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Lag {
    fn is_level(&self) -> bool {
        self.held.is_some_and(|held| held.commit >= self.newest)
    }
}

impl Shipped {
    fn bytes(&self) -> usize {
        self.chunks.iter().map(Items::len).sum()
    }
}

/// What the thread of a sink knows.
struct Runner {
    shared: Arc<Shared>,
    source: Arc<Source>,
    attached: bool,
    snapshot_bytes: u64,
    delta_bytes: u64,
    deltas: u64,
}

impl Runner {
    const fn new(shared: Arc<Shared>, source: Arc<Source>) -> Self {
        Self {
            shared,
            source,
            attached: false,
            snapshot_bytes: 0,
            delta_bytes: 0,
            deltas: 0,
        }
    }

    fn run(mut self) {
        while self.wait_for_work() {
            let outcome = self.step();
            let mut lag = self.shared.lag();
            match outcome {
                Ok(held) => lag.take(held),
                Err(error) => {
                    lag.failure = Some(error.to_string());
                    lag.asked = false;
                }
            }
            drop(lag);
            self.shared.changed.notify_all();
        }
    }

    /// Waits until there is something to do; false when the thread is to end.
    fn wait_for_work(&self) -> bool {
        let mut lag = self.shared.lag();
        loop {
            let due = !lag.is_level() && (lag.asked || lag.failure.is_none());
            if due && !(lag.stop && lag.failure.is_some()) {
                return true;
            }
            if lag.stop {
                return false;
            }
            if lag.is_level() {
                let woken = self.shared.changed.wait(lag);
                lag = woken.unwrap_or_else(PoisonError::into_inner);
            } else {
                let woken = self.shared.changed.wait_timeout(lag, RETRY_AFTER);
                let (after, timeout) = woken.unwrap_or_else(PoisonError::into_inner);
                lag = after;
                lag.asked |= timeout.timed_out();
            }
        }
    }

    /// Brings the sink one step further; the state it then holds.
    fn step(&mut self) -> Result<Tip> {
        if !self.attached {
            let end = self.end()?;
            self.attached = true;
            let (header, rows) = self.source.state()?;
            let held = self.shared.lag().state_at(end, header.after);
            if let Some(held) = held {
                self.snapshot_bytes = Export::estimate(&rows)?;
                return Ok(held);
            }
        }
        let overgrown = self.delta_bytes > self.snapshot_bytes.max(DELTA_BYTES_MIN)
            || self.deltas >= DELTAS_MAX;
        let next = self.shared.lag().next();
        match next {
            Some(deltas) if !overgrown => self.ship(&deltas),
            Some(_) | None => self.snapshot(),
        }
    }

    /// The state that the sink leads to, by files that can be read. One that serves another
    /// store, or of which nothing can be read, is left alone.
    fn end(&self) -> Result<Option<State>> {
        let sink = &self.shared.sink;
        let listed = sink.list().map_err(system)?;
        let listed: Vec<_> = listed.iter().filter_map(|it| RollName::parse(it)).collect();
        let mut names = Vec::with_capacity(listed.len());
        for name in &listed {
            let file = sink.get(&name.to_string()).map_err(system)?;
            let Ok(reader) = RollReader::open(file) else {
                continue;
            };
            if reader.header().store != self.source.store {
                return Err(Error::new(Code::Invalid, "it serves another store", ""));
            }
            names.push(*name);
        }
        if names.is_empty() && !listed.is_empty() {
            return Err(Error::new(
                Code::Invalid,
                "none of its files can be read, so nobody knows whose they are",
                "",
            ));
        }
        Ok(way(&names, None).last().map(|name| name.after))
    }

    fn ship(&mut self, deltas: &[Arc<Shipped>]) -> Result<Tip> {
        let (Some(first), Some(last)) = (deltas.first(), deltas.last()) else {
            return Err(base::Bug::new("a delta has a commit").into());
        };
        let header = self
            .source
            .header(Some(first.before), last.after, last.epoch);
        let (mut writer, mut file) = RollWriter::begin(header);
        for items in deltas.iter().flat_map(|delta| &delta.chunks) {
            file.extend(writer.chunk(items)?);
        }
        file.extend(writer.end(&self.source.signing));
        let name = RollName::of(header.before, header.after).to_string();
        self.shared
            .sink
            .put(&name, &mut file.as_slice())
            .map_err(system)?;
        self.delta_bytes += file.len() as u64;
        self.deltas += 1;
        Ok(header.after)
    }

    fn snapshot(&mut self) -> Result<Tip> {
        let (header, rows) = self.source.state()?;
        let name = RollName::of(None, header.after).to_string();
        let key = Arc::clone(&self.source.signing);
        let mut counted = Counted {
            export: Export::begin(rows, header, key)?,
            bytes: 0,
        };
        let sink = &self.shared.sink;
        sink.put(&name, &mut counted).map_err(system)?;
        for other in sink.list().map_err(system)? {
            // Of a listing only names of ours are touched, and what this snapshot replaces.
            if other != name && RollName::parse(&other).is_some() {
                sink.remove(&other).map_err(system)?;
            }
        }
        self.snapshot_bytes = counted.bytes;
        (self.delta_bytes, self.deltas) = (0, 0);
        Ok(header.after)
    }
}

impl Lag {
    fn take(&mut self, held: Tip) {
        self.held = Some(held);
        self.failure = None;
        self.queue.retain(|it| it.after.commit > held.commit);
        self.queued_bytes = self.queue.iter().map(|it| it.bytes()).sum();
    }

    /// The state that a sink which leads to `end` holds, when what waits goes on from there.
    fn state_at(&self, end: Option<State>, newest: Tip) -> Option<Tip> {
        let mut known = self.queue.iter().map(|it| it.before).chain([newest]);
        known.find(|tip| end == Some(State::of(*tip)))
    }

    /// The deltas that follow what is held, as many as one file takes.
    fn next(&self) -> Option<Vec<Arc<Shipped>>> {
        let first = self.queue.front()?;
        if self.held != Some(first.before) {
            return None;
        }
        let mut bytes = 0;
        let fitting = self.queue.iter().take_while(|it| {
            let fits = bytes < FILE_BYTES;
            bytes += it.bytes();
            fits
        });
        Some(fitting.cloned().collect())
    }
}

/// An export, and how many bytes it gave.
struct Counted {
    export: Export,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.export.read(out)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

fn system(error: io::Error) -> Error {
    store::StoreError::from(error).into()
}

const MEND: &str = "mend the sink and try again; an erasure waits for it, and is completed when \
                    the store is opened again";
/// Says that the store has sinks.
const SINKS: &[u8] = b"sinks";
/// How long an erasure and a close wait for a sink that says nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how long a sink that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Bytes that may wait for one sink.
const QUEUE_BYTES_MAX: usize = 64 << 20;
/// A delta file is closed above this many bytes.
const FILE_BYTES: usize = 16 << 20;
/// Deltas may always grow to this many bytes before a snapshot takes their place.
const DELTA_BYTES_MIN: u64 = 4 << 20;
/// Most delta files behind one snapshot.
const DELTAS_MAX: u64 = 4096;
