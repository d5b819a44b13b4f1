//! Proves that appending touches the same rows whatever the size of the log, and prints what
//! sealing, appending, proving and checking cost. The prints are read by people; only counts
//! are asserted.

use base::rows::MapRows;
use base::{
    AuditHandle, CommitSeq, Digest, DocumentId, DossierId, Entropy, Instant, OsEntropy, Purpose,
    Row, RowError, RowRead, RowWrite, SeededEntropy, SessionId, StoreId, Table, Visitor,
};
use journal::{
    Act, Agent, Commit, Decision, Draft, Fact, Log, Origin, Secrecy, Trace, TraceSeal, verify_all,
};
use std::cell::Cell;
use vault::{KeyFile, KeyTree, Slot};

const STORE: StoreId = StoreId::from_bytes([7; 16]);

/// Counts the rows that are read and written.
struct Counted {
    rows: MapRows,
    reads: Cell<u64>,
    writes: u64,
    written_bytes: usize,
}

impl RowRead for Counted {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        self.reads.set(self.reads.get() + 1);
        self.rows.row(table, key)
    }

    fn row_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError> {
        self.rows.row_at_or_before(table, key)
    }

    fn visit(
        &self,
        table: Table,
        first: &[u8],
        last: &[u8],
        visitor: &mut Visitor<'_>,
    ) -> Result<(), RowError> {
        self.rows.visit(table, first, last, visitor)
    }
}

impl RowWrite for Counted {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        self.writes += 1;
        self.written_bytes += value.len();
        self.rows.put(table, key, value)
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), RowError> {
        self.rows.remove(table, key)
    }
}

#[test]
fn an_append_touches_as_many_rows_in_a_long_log_as_in_a_short_one() {
    let mut rows = Counted {
        rows: MapRows::new(),
        reads: Cell::new(0),
        writes: 0,
        written_bytes: 0,
    };
    let mut log = Log::create(&mut rows, Origin::of_store(STORE, 0)).unwrap();
    let mut costs = Vec::new();
    for size in [1000_u64, 60_000] {
        while log.size() < size {
            let count = (size - log.size()).min(1000);
            let _ = log.append(&mut rows, commits(log.size(), count)).unwrap();
        }
        (rows.writes, rows.written_bytes) = (0, 0);
        rows.reads.set(0);
        let _ = log.append(&mut rows, commits(size, 1)).unwrap();
        costs.push((rows.reads.get(), rows.writes));
        assert!(rows.written_bytes < 9000, "one entry, one tile, one head");
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].0 <= 2 && costs[0].1 <= 3, "{costs:?}");
}

#[test]
fn what_it_costs() {
    let count = std::env::var("LIASSE_JOURNAL_ENTRIES").ok();
    let count: u32 = count.and_then(|text| text.parse().ok()).unwrap_or(2000);
    let path = std::env::temp_dir().join(format!("liasse-journal-{}.key", std::process::id()));
    let kms = KeyFile::create(&path, &OsEntropy).unwrap();
    let mut keys = MapRows::new();
    let tree = KeyTree::create(&mut keys, &kms, STORE, &OsEntropy).unwrap();
    std::fs::remove_file(path).unwrap();
    let audit = |slot| tree.audit_key(&keys, Slot::new(slot).unwrap()).unwrap();
    let period = audit(1_000_000);
    let patients: Vec<_> = (0..100)
        .map(|slot| audit(slot).entry_key(&period))
        .collect();
    let clock = std::time::Instant::now;

    let started = clock();
    let drafts: Vec<_> = (0..count).map(|number| draft(&patients, number)).collect();
    let sealing = started.elapsed() / count;
    let bytes: usize = drafts.iter().map(|draft| draft.entry().bytes().len()).sum();

    let mut rows = MapRows::new();
    let mut log = Log::create(&mut rows, Origin::of_store(STORE, 0)).unwrap();
    let started = clock();
    let mut drafts = drafts.into_iter();
    loop {
        let group: Vec<_> = drafts.by_ref().take(100).collect();
        if group.is_empty() {
            break;
        }
        let _ = log.append(&mut rows, group).unwrap();
    }
    let appending = started.elapsed() / count;

    let size = u64::from(count);
    // The quickest of many: the machine may be busy with other things.
    let proving = (0..200)
        .map(|index| {
            let started = clock();
            assert!(
                log.prove_inclusion(&rows, index * 7919 % size, size)
                    .is_ok()
            );
            started.elapsed()
        })
        .min()
        .unwrap_or_default();
    let started = clock();
    assert!(verify_all(&rows).unwrap().is_clean());
    let checking = started.elapsed();
    eprintln!(
        "{count} entries of {} bytes; seal {sealing:?}, append {appending:?} each in groups of \
         100, inclusion proof {proving:?}, whole check {checking:?} ({:.0} MB/s)",
        bytes / count as usize,
        bytes as f64 / checking.as_secs_f64() / 1e6,
    );
}

fn draft(patients: &[vault::EntryKey], number: u32) -> Draft {
    let patient = number as usize * 31 % patients.len();
    let mut handle = [0xA0; 16];
    handle[..8].copy_from_slice(&patient.to_le_bytes());
    let entropy = SeededEntropy::new(u64::from(number));
    let mut document = [0; 16];
    entropy.fill(&mut document).unwrap();
    let trace = Trace {
        at: Instant::from_millis(1_773_500_000_000 + i64::from(number)),
        dossier: Some(DossierId::from_bytes(handle)),
        agent: Agent {
            actor: "899700000001".into(),
            profession: "10".into(),
            speciality: "SM26".into(),
            structure: "750000001".into(),
            purpose: Purpose::Care,
            session: SessionId::from_bytes([3; 16]),
            secrecy: Secrecy::Open,
        },
        decision: Decision::Permit,
        pack: "dmp-2011/1".into(),
        act: Act::Disclosed {
            documents: vec![DocumentId::from_bytes(document)],
        },
    };
    let seal = TraceSeal {
        store: STORE,
        handle: AuditHandle::from_bytes(handle),
        key: &patients[patient],
        entropy: &OsEntropy,
    };
    Draft::trace(&seal, &trace, None).unwrap()
}

fn commits(from: u64, count: u64) -> Vec<Draft> {
    let digest = Digest::from_bytes([5; 32]);
    let commit = |seq| Commit {
        store: STORE,
        seq: CommitSeq::new(seq),
        at: Instant::from_millis(1_700_000_000_000),
        epoch: 1,
        format: 1,
        state: digest,
        keys: digest,
        manifest: digest,
        policy: digest,
        rows: digest,
    };
    let seqs = from..from + count;
    seqs.map(|seq| Draft::fact(&Fact::Commit(commit(seq)), None).unwrap())
        .collect()
}
