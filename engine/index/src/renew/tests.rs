//! Proves that segments are renewed in place of themselves, and damaged ones rebuilt.

use super::Renewed;
use crate::index::{Damaged, Index, IndexOptions};
use crate::manifest;
use crate::testing::{Fixture, Keys, STORE, document, hits, ordinal, slot};
use crate::{Analysed, Expr, Filter, IndexError, Renewal, Rewrite, SegmentKeys, WordOptions};
use base::disk::{Crash, Disk, FaultyDisk};
use base::rows::MapRows;
use base::{CommitSeq, DocumentSet, Ordinal, OsEntropy};
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

const TEXTS: [&str; 5] = ["fievre", "toux et fievre", "toux", "pas de toux", "HTA"];

/// The documents that are kept, as `read` gives them.
fn kept(at: Ordinal) -> Result<Option<Analysed>, IndexError> {
    let number = at.document().number();
    let text = TEXTS.get(usize::try_from(number).unwrap()).copied();
    Ok(text.map(|text| document(at, u64::from(number) + 1, text)))
}

/// An index with all documents in one segment.
fn filled(name: &str) -> Fixture {
    let mut fixture = Fixture::new(name);
    for number in 0..5 {
        let document = kept(ordinal(1, number)).unwrap().unwrap();
        fixture.index.append(vec![document]);
    }
    fixture.flush();
    fixture
}

fn reopen(fixture: &mut Fixture, documents: usize) {
    let mut options = IndexOptions::new(STORE, Arc::new(OsEntropy));
    options.damaged = Damaged::SetAside;
    options.tail_documents_max = documents;
    let (disk, rows) = (fixture.scratch.disk(), &fixture.rows);
    fixture.index = Index::open(disk, rows, Keys::shared(), options).unwrap();
}

fn renew(fixture: &mut Fixture, plan: &Renewal) -> Rewrite {
    let mut next = fixture.slots(5).into_iter();
    let mut slot = || next.next().ok_or(IndexError::Stale);
    let work = fixture.index.renew(plan, &mut kept, &mut slot).unwrap();
    work.expect("no erasure came between")
}

fn finish(fixture: &mut Fixture, work: Rewrite) {
    work.record(&mut fixture.rows).unwrap();
    fixture.index.publish(work).unwrap();
}

fn answers(fixture: &Fixture) -> Vec<usize> {
    let queries = ["fievre", "toux", "hta"];
    let found = queries.map(|text| {
        let query = Expr::all_words(text, &WordOptions::default()).unwrap();
        hits(&fixture.index.searcher(), &query, Filter::All).len()
    });
    found.to_vec()
}

const ANSWERS: [usize; 3] = [2, 3, 1];

/// A segment of an older analyzer answers until it is renewed, in parts no larger than a tail,
/// and is then no more.
#[test]
fn outdated_segments_are_renewed_while_they_answer() {
    let mut fixture = filled("outdated");
    let key = Keys::shared().key(slot(1)).unwrap();
    let read = manifest::read(&fixture.rows, STORE, Keys::shared().as_ref()).unwrap();
    let mut row = read.1[&slot(1)].0;
    row.analyzer = 0;
    manifest::put_segment(&mut fixture.rows, STORE, &row, &key, &OsEntropy).unwrap();
    manifest::put_head(&mut fixture.rows, &read.0, CommitSeq::new(0)).unwrap();
    reopen(&mut fixture, 2);
    assert_eq!(fixture.index.segments()[0].analyzer, 0);
    assert_eq!(answers(&fixture), ANSWERS);
    let mut plans = fixture.index.plan_renewals(Renewed::Outdated).unwrap();
    let plan = plans.pop().unwrap();
    assert_eq!((plans.len(), plan.documents()), (0, 5));
    let cut_short = renew(&mut fixture, &plan);
    assert_eq!(answers(&fixture), ANSWERS);
    drop(cut_short);
    reopen(&mut fixture, 2);
    let orphans = fixture.index.orphans().len();
    assert_eq!(
        orphans, 3,
        "what was cut short is removed, and begins again"
    );
    let plan = fixture.index.plan_renewals(Renewed::Outdated).unwrap();
    let work = renew(&mut fixture, &plan[0]);
    assert_eq!(work.writes().len(), 3);
    finish(&mut fixture, work);
    for _ in 0..2 {
        assert_eq!(answers(&fixture), ANSWERS);
        let segments = fixture.index.segments();
        assert!(
            segments
                .iter()
                .all(|it| it.analyzer == crate::ANALYZER_VERSION)
        );
        let left = fixture.index.plan_renewals(Renewed::Outdated).unwrap();
        assert!(left.is_empty());
        reopen(&mut fixture, 2);
    }
}

/// A segment of a later analyzer is not believed.
#[test]
fn a_later_analyzer_is_refused() {
    let mut fixture = filled("later");
    let key = Keys::shared().key(slot(1)).unwrap();
    let read = manifest::read(&fixture.rows, STORE, Keys::shared().as_ref()).unwrap();
    let mut row = read.1[&slot(1)].0;
    row.analyzer = 99;
    manifest::put_segment(&mut fixture.rows, STORE, &row, &key, &OsEntropy).unwrap();
    manifest::put_head(&mut fixture.rows, &read.0, CommitSeq::new(0)).unwrap();
    let opened = crate::testing::open(&fixture.scratch, &fixture.rows);
    assert!(matches!(
        opened,
        Err(IndexError::Analyzer { found: 99, .. })
    ));
}

/// Work planned before an erasure or beside another is not current any more.
#[test]
fn overtaken_renewals_are_refused() {
    let mut fixture = filled("overtaken");
    let plans = fixture.index.plan_renewals(Renewed::Every).unwrap();
    let (one, other) = (
        renew(&mut fixture, &plans[0]),
        renew(&mut fixture, &plans[0]),
    );
    finish(&mut fixture, one);
    assert!(!other.is_current(&fixture.rows).unwrap());
    other.abandon().unwrap();
    assert_eq!(answers(&fixture), ANSWERS);
    let plans = fixture.index.plan_renewals(Renewed::Every).unwrap();
    let late = renew(&mut fixture, &plans[0]);
    fixture.index.forget_tail(&crate::Forget::default());
    assert!(!late.is_current(&fixture.rows).unwrap());
}

/// S15: an erasure comes while a batch is read: nothing of that batch, nor of a later one, is
/// ever written, since the keys of its slots may be those that the erasure left behind; what was
/// written before it is removed.
#[test]
fn what_was_read_before_an_erasure_is_not_written_behind_it() {
    for (erased, batches) in [(1, 0), (2, 1), (3, 1), (4, 2)] {
        let disk = FaultyDisk::new();
        let mut options = IndexOptions::new(STORE, Arc::new(OsEntropy));
        options.tail_documents_max = 2;
        let mut rows = MapRows::new();
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let index = Index::open(shared, &rows, Keys::shared(), options).unwrap();
        let all = (0..5).map(|number| kept(ordinal(1, number)).unwrap().unwrap());
        index.append(all.collect());
        let work = index.flush(slot(1)).unwrap().unwrap();
        work.record(&mut rows).unwrap();
        index.publish(work).unwrap();
        let before = disk.files();
        let plans = index.plan_renewals(Renewed::Every).unwrap();
        disk.start_recording();
        let (mut next, mut events) = (2, 0);
        let work = index.renew(
            &plans[0],
            &mut |at| {
                let read = kept(at);
                if at == ordinal(1, erased) {
                    index.forget_tail(&crate::Forget::default());
                    events = disk.events();
                }
                read
            },
            &mut || {
                next += 1;
                Ok::<_, IndexError>(slot(next - 1))
            },
        );
        assert!(work.unwrap().is_none(), "it is planned anew");
        let names = |files: Vec<(String, u64)>| -> BTreeSet<String> {
            files.into_iter().map(|(name, _)| name).collect()
        };
        let mut replay = disk.replay();
        replay.advance(events);
        let known = names(replay.power_cut(Crash::KeepAll).files());
        assert_eq!(known.len(), before.len() * (1 + batches), "{known:?}");
        for at in events..=disk.events() {
            replay.advance(at);
            let there = names(replay.power_cut(Crash::KeepAll).files());
            assert!(there.is_subset(&known), "{there:?} of {known:?}");
        }
        assert_eq!(disk.files(), before, "nothing stays of what was overtaken");
    }
}

/// Whatever file is damaged and wherever, searches say which, and the repair brings all back.
#[test]
fn damaged_segments_are_set_aside_and_rebuilt() {
    let mut fixture = filled("aside");
    fixture
        .index
        .append(vec![document(ordinal(2, 0), 9, "toux")]);
    fixture.flush();
    let folder = fixture.scratch.path().join("index");
    let all: DocumentSet = {
        let mut all = DocumentSet::new();
        (0..5).for_each(|number| all.insert(ordinal(1, number)));
        all.insert(ordinal(2, 0));
        all
    };
    for round in 0..12_usize {
        let segments = fixture.index.segments();
        let large = segments.iter().max_by_key(|it| it.documents).unwrap();
        let prefix = format!("{:08x}.", large.slot.number());
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(&prefix)
            })
            .collect();
        files.sort();
        let path = &files[round % files.len()];
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if round % 4 == 3 {
            fs::remove_file(path).unwrap();
        } else {
            let mut bytes = fs::read(path).unwrap();
            let at = bytes.len() * round / 12;
            bytes[at] ^= 1;
            fs::write(path, &bytes).unwrap();
        }
        if round % 2 == 0 {
            reopen(&mut fixture, 100);
        }
        assert!(fixture.index.set_damaged_aside().unwrap(), "{name}");
        let query = Expr::every();
        let count = fixture.index.searcher().count(&query, Filter::All);
        assert!(matches!(count, Err(IndexError::Damaged { file }) if file == name));
        let mut found = Vec::new();
        let index = &fixture.index;
        index
            .verify(&mut |file| found.push(file.to_owned()))
            .unwrap();
        assert_eq!(found, [name]);
        let forget = crate::Forget::default();
        let forgetting = index.plan_forgetting(&forget);
        assert_eq!(forgetting.len(), 1, "what cannot be read may hold it");
        let plan = index.plan_repair(&all).unwrap().unwrap();
        assert_eq!(plan.documents(), 5);
        let work = renew(&mut fixture, &plan);
        finish(&mut fixture, work);
        assert!(fixture.index.plan_repair(&all).unwrap().is_none());
        assert_eq!(answers(&fixture), [2, 4, 1]);
        fixture.index.verify(&mut |file| panic!("{file}")).unwrap();
    }
    reopen(&mut fixture, 100);
    assert_eq!(answers(&fixture), [2, 4, 1]);
    let left = fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 12, "nothing stays of what was replaced");
}
