//! Our directory beside tantivy's memory-mapped one, and our index beside tantivy's.
//!
//! ```sh
//! LIASSE_REAL_DATA=FOLDER cargo bench -p liasse-bench-peers --features mmap --bench index
//! ```
//! reads `FOLDER/search/docs.jsonl`. Directories: the same segment, written and asked by tantivy
//! alone, so that nothing but the directory differs. Cold: nothing is decrypted yet; the files
//! are in the system's cache for both. Indexing: every layer of ours against tantivy's default
//! tokenizer, one thread, positions on. Each figure is the least of several turns, and what is
//! compared takes turns with what it is compared with.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use base::disk::FolderDisk;
use base::rows::MapRows;
use base::{CommitSeq, DocumentNumber, DossierNumber, Entropy, OsEntropy, StoreId};
use bench_peers::least;
use bench_peers::peer::Fault;
use bench_peers::relevance::RelevanceSet;
use index::{
    Analysed, DocumentText, Expr, Filter, Index as Ours, IndexError, IndexOptions, Scores,
    SegmentKeys, WordOptions,
};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tantivy::collector::TopDocs;
use tantivy::directory::MmapDirectory;
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STRING, Schema, TEXT};
use tantivy::{Directory, Index, Searcher, TantivyDocument, Term};
use vault::{KeyFile, KeyTree, SegmentKey, Slot};

fn main() -> Result<(), Fault> {
    let Some(data) = std::env::var_os("LIASSE_REAL_DATA") else {
        println!("SKIPPED: LIASSE_REAL_DATA is not set");
        return Ok(());
    };
    let set = RelevanceSet::read(&Path::new(&data).join("search"))?;
    let texts: Vec<&str> = set.documents.iter().map(|it| it.text.as_str()).collect();
    let scratch = Scratch::new()?;
    let keys = Keys::make(&scratch.folder)?;
    println!("| | plain | ours | ratio |\n|---|---|---|---|");
    directories(&texts, &scratch, &keys)?;
    indexing(&texts, &scratch, &keys)?;
    one_patient(&texts, &scratch, &keys)
}

fn row(name: &str, unit: &str, plain: f64, ours: f64) {
    let ratio = ours / plain;
    println!("| {name}, {unit} | {plain:.2} | {ours:.2} | {ratio:.2} |");
}

/// The same segment in a mapped folder and in a sealed one.
fn directories(texts: &[&str], scratch: &Scratch, keys: &Arc<Keys>) -> Result<(), Fault> {
    let many: Vec<&str> = texts.iter().copied().cycle().take(DOCUMENTS).collect();
    let (mut plain, mut ours) = (f64::MAX, f64::MAX);
    let mut last = None;
    for turn in 0..BUILDS {
        let folder = scratch.make(&format!("plain-{turn}"))?;
        let begun = Instant::now();
        let one = build(Box::new(MmapDirectory::open(&folder)?), &many)?;
        plain = plain.min(begun.elapsed().as_secs_f64());
        let slot = Slot::new(u32::try_from(turn)?)?;
        let begun = Instant::now();
        let other = build(keys.directory(scratch, slot)?, &many)?;
        ours = ours.min(begun.elapsed().as_secs_f64());
        last = Some((one, other, folder, slot));
    }
    row("build a segment", "s", plain, ours);
    let (one, other, folder, slot) = last.ok_or("no turn")?;
    let queries = queries(one.schema().get_field("body")?);
    for (name, query) in &queries {
        let (plain, ours) = (one.reader()?.searcher(), other.reader()?.searcher());
        let (found, same) = (ask(&plain, query)?, ask(&ours, query)?);
        if found != same {
            return Err(format!("{name}: the directories do not answer alike").into());
        }
        let measure = |searcher: &Searcher| {
            least(|| {
                let found = ask(searcher, query);
                black_box(found.is_ok());
            }) / 1_000.0
        };
        row(
            &format!("{name}, warm"),
            "us",
            measure(&plain),
            measure(&ours),
        );
    }
    let meta = other.directory().atomic_read(Path::new("meta.json"))?;
    for (name, query) in &queries {
        let (mut plain, mut ours) = (f64::MAX, f64::MAX);
        for _ in 0..COLD_TURNS {
            let fresh = MmapDirectory::open(&folder)?;
            plain = plain.min(cold(Index::open(fresh)?, query)?);
            let fresh = keys.directory(scratch, slot)?;
            fresh.atomic_write(Path::new("meta.json"), &meta)?;
            ours = ours.min(cold(Index::open(fresh)?, query)?);
        }
        row(&format!("{name}, cold"), "us", plain, ours);
    }
    Ok(())
}

/// The first answer of an index that was just opened.
fn cold(index: Index, query: &dyn Query) -> Result<f64, Fault> {
    let searcher = index.reader()?.searcher();
    let begun = Instant::now();
    ask(&searcher, query)?;
    Ok(begun.elapsed().as_secs_f64() * 1e6)
}

fn build(directory: Box<dyn Directory>, texts: &[&str]) -> Result<Index, Fault> {
    let mut schema = Schema::builder();
    let body = schema.add_text_field("body", TEXT);
    let patient = schema.add_text_field("patient", STRING);
    let builder = Index::builder().schema(schema.build());
    let mut writer = builder.single_segment_index_writer(directory, WRITER_BYTES)?;
    for (at, text) in texts.iter().enumerate() {
        let mut document = TantivyDocument::new();
        document.add_text(body, text);
        document.add_text(patient, format!("p{}", at / 28));
        writer.add_document(document)?;
    }
    Ok(writer.finalize()?)
}

fn queries(body: Field) -> Vec<(&'static str, Box<dyn Query>)> {
    let term = |word: &str| Term::from_field_text(body, word);
    let one = |word: &str| -> Box<dyn Query> {
        Box::new(TermQuery::new(term(word), IndexRecordOption::WithFreqs))
    };
    let all = |occur, words: &[&str]| -> Box<dyn Query> {
        let parts = words.iter().map(|word| (occur, one(word)));
        Box::new(BooleanQuery::new(parts.collect()))
    };
    let phrase = ["pas", "de", "signe"].map(term).to_vec();
    vec![
        ("a frequent word", one("patient")),
        ("two words, AND", all(Occur::Must, &["patient", "douleur"])),
        (
            "three words, OR",
            all(Occur::Should, &["douleur", "fracture", "toux"]),
        ),
        ("a phrase of three", Box::new(PhraseQuery::new(phrase))),
    ]
}

fn ask(searcher: &Searcher, query: &dyn Query) -> Result<Vec<(u32, u32)>, Fault> {
    let top = searcher.search(query, &TopDocs::with_limit(10).order_by_score())?;
    let found = top.iter();
    Ok(found
        .map(|(score, at)| (score.to_bits(), at.doc_id))
        .collect())
}

/// Every layer of ours against tantivy's default tokenizer, and the bytes it takes.
fn indexing(texts: &[&str], scratch: &Scratch, keys: &Arc<Keys>) -> Result<(), Fault> {
    let many: Vec<&str> = texts.iter().copied().cycle().take(INDEXED).collect();
    let megabytes = many.iter().map(|text| text.len()).sum::<usize>() as f64 / 1e6;
    let (mut theirs, mut ours, mut bytes) = (f64::MAX, f64::MAX, 0);
    for turn in 0..BUILDS {
        let folder = scratch.make(&format!("theirs-{turn}"))?;
        let begun = Instant::now();
        build(Box::new(MmapDirectory::open(&folder)?), &many)?;
        theirs = theirs.min(begun.elapsed().as_secs_f64());
        let mut store = Store::make(scratch, keys, &format!("ours-{turn}"))?;
        let begun = Instant::now();
        store.add(&many, 28)?;
        store.flush()?;
        ours = ours.min(begun.elapsed().as_secs_f64());
        bytes = store
            .index
            .segments()
            .iter()
            .map(|it| it.bytes)
            .sum::<u64>();
    }
    row(
        "index, all layers",
        "MB/s",
        megabytes / theirs,
        megabytes / ours,
    );
    let share = bytes as f64 / 1e6 / megabytes;
    println!("| index, byte for a byte of text | | {share:.3} | |");
    Ok(())
}

/// One patient and two words among half a million documents.
fn one_patient(texts: &[&str], scratch: &Scratch, keys: &Arc<Keys>) -> Result<(), Fault> {
    let short: Vec<String> = texts
        .iter()
        .map(|text| text.chars().take(400).collect())
        .collect();
    let many: Vec<&str> = short
        .iter()
        .map(String::as_str)
        .cycle()
        .take(HALF_A_MILLION)
        .collect();
    let mut store = Store::make(scratch, keys, "patients")?;
    for part in many.chunks(HALF_A_MILLION / 10) {
        store.add(part, 28)?;
        store.flush()?;
    }
    let expr = Expr::all_words("patient examen", &WordOptions::default())?;
    let searcher = store.index.searcher();
    let mut hits = 0_u64;
    let mut number = 0;
    let took = least(|| {
        // Patients far from each other, as they come in.
        number = (number + 7_919) % (HALF_A_MILLION as u64 / 28);
        let Ok(dossier) = DossierNumber::new(number) else {
            return;
        };
        let filter = Filter::Dossier(dossier);
        let found = searcher.search(&expr, filter, Scores::Wanted, &mut |_, _| {
            hits += 1;
            ControlFlow::Continue(())
        });
        black_box(found.is_ok());
    });
    let segments = store.index.segments().len();
    let us = took / 1_000.0;
    println!("| one patient and two words, {segments} segments, us | | {us:.2} | |");
    if hits == 0 {
        return Err("nobody has these words".into());
    }
    Ok(())
}

/// An index of ours in a folder of its own.
struct Store {
    index: Ours,
    rows: MapRows,
    slots: u32,
    added: u64,
}

impl Store {
    fn make(scratch: &Scratch, keys: &Arc<Keys>, name: &str) -> Result<Self, Fault> {
        let disk = Arc::new(FolderDisk::new(&scratch.make(name)?));
        let rows = MapRows::new();
        let options = IndexOptions::new(STORE, Arc::new(OsEntropy));
        let index = Ours::open(disk, &rows, Arc::clone(keys) as _, options)?;
        Ok(Self {
            index,
            rows,
            slots: 100,
            added: 0,
        })
    }

    /// Adds texts, so many to a dossier.
    fn add(&mut self, texts: &[&str], dossier: u64) -> Result<(), Fault> {
        for batch in texts.chunks(BATCH) {
            let mut analysed = Vec::with_capacity(batch.len());
            for text in batch {
                let (number, document) = (self.added / dossier, self.added % dossier);
                let document = DocumentNumber::new(u32::try_from(document)?)?;
                analysed.push(Analysed::new(&DocumentText {
                    ordinal: DossierNumber::new(number)?.ordinal(document),
                    commit: CommitSeq::new(self.added + 1),
                    title: "",
                    body: text,
                    codes: &[],
                    date: None,
                })?);
                self.added += 1;
            }
            self.index.append(analysed);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Fault> {
        let slot = Slot::new(self.slots)?;
        self.slots += 1;
        if let Some(work) = self.index.flush(slot)? {
            work.record(&mut self.rows)?;
            self.index.publish(work)?;
        }
        Ok(())
    }
}

struct Keys {
    tree: Arc<KeyTree>,
    rows: MapRows,
}

impl Keys {
    fn make(folder: &Path) -> Result<Arc<Self>, Fault> {
        let mut rows = MapRows::new();
        let kms = KeyFile::create(&folder.join("key"), &OsEntropy)?;
        let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy)?;
        Ok(Arc::new(Self { tree, rows }))
    }

    fn directory(&self, scratch: &Scratch, slot: Slot) -> Result<Box<dyn Directory>, Fault> {
        let disk = Arc::new(FolderDisk::new(&scratch.make("sealed")?));
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let key = self.key(slot)?;
        Ok(index::measuring::sealed_directory(
            disk, slot, key, entropy,
        )?)
    }
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        let key = self.tree.segment_key(&self.rows, slot);
        key.map_err(|_| IndexError::Key)
    }
}

/// A folder that goes with its value.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, Fault> {
        let folder = std::env::temp_dir().join(format!("liasse-index-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    fn make(&self, name: &str) -> Result<PathBuf, Fault> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const STORE: StoreId = StoreId::from_bytes([9; 16]);
const DOCUMENTS: usize = 20_000;
const INDEXED: usize = 6_000;
const HALF_A_MILLION: usize = 500_000;
const BATCH: usize = 512;
const BUILDS: usize = 3;
const COLD_TURNS: usize = 40;
const WRITER_BYTES: usize = 64 << 20;
