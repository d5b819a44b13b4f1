//! The life of an index: tail, flush, reopen, merge, erase, verify, damage.

use crate::testing::{Fixture, Keys, STORE, document, hits, open, ordinal, slot};
use crate::{
    Access, Expr, Filter, Forget, Index, IndexError, IndexOptions, WordOptions, clear_manifest,
    manifest_digest,
};
use base::{CommitSeq, DossierNumber, OsEntropy, RowRead};
use std::fs;
use std::sync::Arc;

fn word(text: &str) -> Expr {
    Expr::all_words(text, &WordOptions::default()).unwrap()
}

fn count(index: &Index, text: &str) -> u64 {
    index.searcher().count(&word(text), Filter::All).unwrap()
}

fn dossier(number: u64) -> DossierNumber {
    DossierNumber::new(number).unwrap()
}

/// A deposit is found by the next search, before and after a flush, and after reopening.
#[test]
fn a_deposit_is_found_at_once_and_stays_found() {
    let mut fixture = Fixture::new("life");
    for number in 0..20_u32 {
        let text = format!("appendicite numero{number}");
        fixture.index.append(vec![document(
            ordinal(1, number),
            u64::from(number) + 1,
            &text,
        )]);
        assert_eq!(count(&fixture.index, &format!("numero{number}")), 1);
    }
    assert_eq!(count(&fixture.index, "appendicite"), 20);
    fixture.flush();
    assert_eq!(fixture.index.tail_size().0, 0);
    assert_eq!(fixture.index.watermark(), CommitSeq::new(20));
    assert_eq!(count(&fixture.index, "appendicite"), 20);
    fixture.reopen();
    assert_eq!(fixture.index.watermark(), CommitSeq::new(20));
    assert_eq!(count(&fixture.index, "appendicite"), 20);
    // What the manifest covers is not taken into the tail again.
    fixture
        .index
        .append(vec![document(ordinal(1, 3), 4, "appendicite")]);
    assert_eq!(count(&fixture.index, "appendicite"), 20);
}

/// A searcher keeps its snapshot, and its files, while the index moves on.
#[test]
fn a_searcher_sees_one_snapshot() {
    let mut fixture = Fixture::new("snapshot");
    for number in 0..8_u32 {
        let commit = u64::from(number) + 1;
        fixture.index.append(vec![document(
            ordinal(u64::from(number), 0),
            commit,
            "toux",
        )]);
        fixture.flush();
    }
    let before = fixture.index.searcher();
    let plan = fixture.index.plan_merge().unwrap();
    let slots = fixture.slots(plan.slots_needed());
    let work = fixture.index.rewrite(&plan, &slots).unwrap();
    work.record(&mut fixture.rows).unwrap();
    let retired = fixture.index.publish(work).unwrap();
    assert_eq!(retired.len(), 8);
    assert_eq!(fixture.index.segments().len(), 1);
    assert_eq!(before.count(&word("toux"), Filter::All).unwrap(), 8);
    let files = || {
        fs::read_dir(fixture.scratch.path().join("index"))
            .unwrap()
            .count()
    };
    assert!(
        files() > 8,
        "the old files stay while a searcher holds them"
    );
    drop(before);
    assert_eq!(files(), 6);
    assert_eq!(count(&fixture.index, "toux"), 8);
}

/// Files that no manifest row names are removed by the owner and left by a reader.
#[test]
fn orphans_are_removed_at_open() {
    let mut fixture = Fixture::new("orphans");
    fixture
        .index
        .append(vec![document(ordinal(1, 0), 1, "toux")]);
    let slots = fixture.slots(1);
    let work = fixture.index.flush(slots[0]).unwrap().unwrap();
    drop(work);
    let folder = fixture.scratch.path().join("index");
    fs::write(folder.join("notes.txt"), b"not ours").unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 7);
    let mut options = IndexOptions::new(STORE, Arc::new(OsEntropy));
    options.access = Access::Reader;
    Index::open(
        fixture.scratch.disk(),
        &fixture.rows,
        Keys::shared(),
        options,
    )
    .unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 7);
    fixture.reopen();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// After an erasure no segment, no file and no answer holds the dossier's words.
#[test]
fn forgotten_dossiers_leave_tail_and_segments() {
    let mut fixture = Fixture::new("forget");
    for number in 0..10_u64 {
        let text = format!("fievre canari{number}");
        fixture
            .index
            .append(vec![document(ordinal(number, 0), number + 1, &text)]);
    }
    fixture.flush();
    fixture
        .index
        .append(vec![document(ordinal(3, 1), 11, "fievre canaritail")]);
    let begun = fixture.slots(1);
    let stale = fixture.index.flush(begun[0]).unwrap().unwrap();
    let forget = Forget {
        dossiers: [dossier(3)].into_iter().collect(),
        ..Forget::default()
    };
    fixture.index.forget_tail(&forget);
    assert!(matches!(
        stale.record(&mut fixture.rows),
        Err(IndexError::Stale)
    ));
    stale.abandon().unwrap();
    assert_eq!(count(&fixture.index, "canaritail"), 0);
    let plans = fixture.index.plan_forgetting(&forget);
    assert_eq!(plans.len(), 1);
    for plan in plans {
        let slots = fixture.slots(plan.slots_needed());
        let work = fixture.index.rewrite(&plan, &slots).unwrap();
        work.record(&mut fixture.rows).unwrap();
        assert_eq!(fixture.index.publish(work).unwrap(), plan.sources());
    }
    assert!(fixture.index.plan_forgetting(&forget).is_empty());
    assert_eq!(count(&fixture.index, "canari3"), 0);
    assert_eq!(count(&fixture.index, "fievre"), 9);
    let options = WordOptions::default();
    let prefix = Expr::prefix("canari", &options).unwrap();
    assert_eq!(
        hits(&fixture.index.searcher(), &prefix, Filter::All).len(),
        9
    );
    fixture.reopen();
    assert_eq!(count(&fixture.index, "fievre"), 9);
}

/// One document leaves, its dossier stays, in the tail and on disk.
#[test]
fn a_forgotten_document_leaves_tail_and_segments_alone() {
    let mut fixture = Fixture::new("forget-one");
    let texts = [(0, "fievre canarione"), (1, "fievre canaritwo")];
    let documents = texts.map(|(at, text)| document(ordinal(4, at), 1, text));
    fixture.index.append(documents.into());
    fixture.flush();
    let texts = [(2, "fievre canarithree"), (3, "fievre canarifour")];
    let documents = texts.map(|(at, text)| document(ordinal(4, at), 2, text));
    fixture.index.append(documents.into());
    let forget = Forget {
        documents: [ordinal(4, 1), ordinal(4, 2)].into_iter().collect(),
        ..Forget::default()
    };
    fixture.index.forget_tail(&forget);
    let plan = fixture.index.plan_forgetting(&forget).pop().unwrap();
    let slots = fixture.slots(1);
    let work = fixture.index.rewrite(&plan, &slots).unwrap();
    assert_eq!(work.retires(), plan.sources());
    work.record(&mut fixture.rows).unwrap();
    fixture.index.publish(work).unwrap();
    let found = ["canarione", "canaritwo", "canarithree", "canarifour"];
    assert_eq!(found.map(|word| count(&fixture.index, word)), [1, 0, 0, 1]);
    assert!(fixture.index.plan_forgetting(&forget).is_empty());
}

/// A rewrite that leaves nothing removes the segment and writes none.
#[test]
fn forgetting_everything_leaves_no_segment() {
    let mut fixture = Fixture::new("forget-all");
    fixture
        .index
        .append(vec![document(ordinal(5, 0), 1, "toux")]);
    fixture.flush();
    let forget = Forget {
        documents: [ordinal(5, 0)].into_iter().collect(),
        ..Forget::default()
    };
    let plan = fixture.index.plan_forgetting(&forget).pop().unwrap();
    let slots = fixture.slots(1);
    let work = fixture.index.rewrite(&plan, &slots).unwrap();
    work.record(&mut fixture.rows).unwrap();
    fixture.index.publish(work).unwrap();
    assert!(fixture.index.segments().is_empty());
    assert_eq!(
        fs::read_dir(fixture.scratch.path().join("index"))
            .unwrap()
            .count(),
        0
    );
    fixture.reopen();
    assert_eq!(count(&fixture.index, "toux"), 0);
}

/// A flipped byte of any file (each of them at night) is an error that names the file, found by
/// `verify` too; never a panic, never another answer.
#[test]
fn damage_names_the_file() {
    let mut fixture = Fixture::new("damage");
    let texts = [
        "fievre et toux",
        "appendicite aigue",
        "pas de fievre",
        "HTA connue",
    ];
    for (number, text) in (0_u32..).zip(texts) {
        fixture.index.append(vec![document(
            ordinal(1, number),
            u64::from(number) + 1,
            text,
        )]);
    }
    fixture.flush();
    let query = Expr::phrase("pas de fievre", &WordOptions::default()).unwrap();
    let expected = hits(&fixture.index.searcher(), &query, Filter::All);
    assert_eq!(expected.len(), 1);
    let folder = fixture.scratch.path().join("index");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let whole = fs::read(&path).unwrap();
        let step = match std::env::var_os("LIASSE_NIGHTLY") {
            Some(_) => 1,
            None => (whole.len() / 12).max(1),
        };
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            match open(&fixture.scratch, &fixture.rows) {
                Err(IndexError::Damaged { file }) => assert_eq!(file, name),
                Err(other) => panic!("{name} {at}: {other}"),
                Ok(index) => {
                    let mut found = Vec::new();
                    index
                        .verify(&mut |file| found.push(file.to_owned()))
                        .unwrap();
                    assert_eq!(found, std::slice::from_ref(&name), "byte {at}");
                    match index.searcher().count(&query, Filter::All) {
                        Ok(count) => assert_eq!(count, 1),
                        Err(IndexError::Damaged { file }) => assert_eq!(file, name),
                        Err(other) => panic!("{name} {at}: {other}"),
                    }
                }
            }
        }
        for length in [0, 10, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(matches!(
                open(&fixture.scratch, &fixture.rows),
                Err(IndexError::Damaged { file }) if file == name
            ));
        }
        fs::write(&path, &whole).unwrap();
    }
    fixture.reopen();
    fixture.index.verify(&mut |file| panic!("{file}")).unwrap();
}

/// Two files of one kind that change places do not open; nor does a removed one.
#[test]
fn swapped_and_missing_files_are_damage() {
    let mut fixture = Fixture::new("swap");
    for number in 0..2_u64 {
        fixture
            .index
            .append(vec![document(ordinal(number, 0), number + 1, "toux")]);
        fixture.flush();
    }
    let file = |slot: u32, kind: &str| {
        fixture
            .scratch
            .path()
            .join("index")
            .join(format!("{slot:08x}.{kind}"))
    };
    fs::rename(file(1, "idx"), file(9, "idx")).unwrap();
    fs::rename(file(2, "idx"), file(1, "idx")).unwrap();
    fs::rename(file(9, "idx"), file(2, "idx")).unwrap();
    assert!(matches!(
        open(&fixture.scratch, &fixture.rows),
        Err(IndexError::Damaged { .. })
    ));
    fs::remove_file(file(1, "idx")).unwrap();
    assert!(matches!(
        open(&fixture.scratch, &fixture.rows),
        Err(IndexError::Damaged { file }) if file == "00000001.idx"
    ));
}

/// Two flushes of one tail cannot both be recorded, and slots are asked for.
#[test]
fn work_that_was_overtaken_is_refused() {
    let mut fixture = Fixture::new("stale");
    fixture
        .index
        .append(vec![document(ordinal(1, 0), 1, "toux")]);
    let one = fixture.index.flush(slot(1)).unwrap().unwrap();
    let two = fixture.index.flush(slot(2)).unwrap().unwrap();
    one.record(&mut fixture.rows).unwrap();
    fixture.index.publish(one).unwrap();
    assert!(matches!(
        two.record(&mut fixture.rows),
        Err(IndexError::Stale)
    ));
    let forget = Forget {
        documents: [ordinal(1, 0)].into_iter().collect(),
        ..Forget::default()
    };
    let plan = fixture.index.plan_forgetting(&forget).pop().unwrap();
    assert!(matches!(
        fixture.index.rewrite(&plan, &[]),
        Err(IndexError::Slots {
            needed: 1,
            given: 0
        })
    ));
    assert!(fixture.index.flush(slot(3)).unwrap().is_none());
}

/// The digest follows the manifest, and a reader of the rows can compute it.
#[test]
fn the_digest_binds_the_manifest() {
    let mut fixture = Fixture::new("digest");
    let empty = manifest_digest(&fixture.rows).unwrap();
    fixture
        .index
        .append(vec![document(ordinal(1, 0), 1, "toux")]);
    fixture.flush();
    let one = manifest_digest(&fixture.rows).unwrap();
    assert_ne!(empty, one);
    let rows: &dyn RowRead = &fixture.rows;
    assert_eq!(manifest_digest(rows).unwrap(), one);
}

/// A damaged index is emptied, fed again, and answers as before.
#[test]
fn a_cleared_index_is_built_anew() {
    let mut fixture = Fixture::new("clear");
    fixture
        .index
        .append(vec![document(ordinal(1, 0), 1, "toux")]);
    fixture.flush();
    let file = fixture.scratch.path().join("index").join("00000001.idx");
    fs::write(&file, b"garbage").unwrap();
    assert!(matches!(
        open(&fixture.scratch, &fixture.rows),
        Err(IndexError::Damaged { file }) if file == "00000001.idx"
    ));
    assert_eq!(clear_manifest(&mut fixture.rows).unwrap(), [slot(1)]);
    fixture.reopen();
    assert!(!file.exists());
    assert_eq!(fixture.index.watermark(), CommitSeq::new(0));
    fixture.slots(1);
    fixture
        .index
        .append(vec![document(ordinal(1, 0), 1, "toux")]);
    fixture.flush();
    assert_eq!(count(&fixture.index, "toux"), 1);
}
