//! Answers the queries of the public relevance set and writes a run for its `eval.py`.
//!
//! `LIASSE_REAL_DATA=... cargo run --release -p liasse-index --example relevance -- RUN.tsv`
//! reads `search/docs.jsonl` and `search/queries.jsonl` below that folder. Half of the documents
//! are flushed into an encrypted segment, half stay in the tail. Then:
//! `python3 $LIASSE_REAL_DATA/search/eval.py $LIASSE_REAL_DATA/search RUN.tsv`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use base::disk::FolderDisk;
use base::rows::MapRows;
use base::{CommitSeq, Entropy, Ordinal, OsEntropy, StoreId};
use index::{
    Analysed, Context, DocumentText, Expr, Filter, In, Index, IndexError, IndexOptions, Scores,
    SegmentKeys, Synonyms, WordOptions,
};
use serde_json::Value;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use vault::{KeyFile, KeyTree, SegmentKey, Slot};

const STORE: StoreId = StoreId::from_bytes([9; 16]);

struct Keys {
    tree: Arc<KeyTree>,
    rows: MapRows,
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        self.tree
            .segment_key(&self.rows, slot)
            .map_err(|_| IndexError::Key)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(data) = std::env::var_os("LIASSE_REAL_DATA") else {
        eprintln!("LIASSE_REAL_DATA is not set: nothing to do");
        return Ok(());
    };
    let run = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "RUN.tsv".to_owned());
    let folder = Path::new(&data).join("search");
    let documents = lines(&folder.join("docs.jsonl"))?;
    let scratch = std::env::temp_dir().join(format!("liasse-relevance-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let outcome = answer(&folder, &documents, &scratch);
    fs::remove_dir_all(&scratch)?;
    fs::write(&run, outcome?)?;
    println!("run written to {run}");
    Ok(())
}

fn answer(folder: &Path, documents: &[Value], scratch: &Path) -> Result<String, Box<dyn Error>> {
    let index = build(documents, scratch)?;
    let searcher = index.searcher();
    let mut out = String::new();
    for query in lines(&folder.join("queries.jsonl"))? {
        let expr = expression(&query)?;
        let qid = query["qid"].as_str().unwrap_or_default();
        searcher.search(&expr, Filter::All, Scores::Wanted, &mut |ordinal, score| {
            let at = usize::try_from(ordinal.value()).unwrap_or(usize::MAX);
            let id = documents
                .get(at)
                .and_then(|document| document["id"].as_str());
            let _ = writeln!(out, "{qid}\t{}\t{score}", id.unwrap_or_default());
            ControlFlow::Continue(())
        })?;
    }
    Ok(out)
}

fn build(documents: &[Value], scratch: &Path) -> Result<Index, Box<dyn Error>> {
    let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
    let mut rows = MapRows::new();
    let kms = KeyFile::create(&scratch.join("key"), &OsEntropy)?;
    let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy)?;
    let keys = Arc::new(Keys {
        tree,
        rows: rows.clone(),
    });
    let options = IndexOptions::new(STORE, entropy);
    let disk = Arc::new(FolderDisk::new(scratch));
    let index = Index::open(disk, &rows, keys, options)?;
    let begun = Instant::now();
    let mut analysed = Vec::new();
    let mut bytes = 0;
    for (at, document) in (0_u64..).zip(documents) {
        let body = document["text"].as_str().unwrap_or_default();
        bytes += body.len();
        analysed.push(Analysed::new(&DocumentText {
            ordinal: Ordinal::from_value(at),
            commit: CommitSeq::new(at + 1),
            title: document["title"].as_str().unwrap_or_default(),
            body,
            codes: &[],
            date: None,
        })?);
    }
    println!("{bytes} bytes analysed in {:?}", begun.elapsed());
    let begun = Instant::now();
    let fresh = analysed.split_off(analysed.len() / 2);
    index.append(analysed);
    println!("half in the tail after {:?}", begun.elapsed());
    let begun = Instant::now();
    if let Some(work) = index.flush(Slot::new(0)?)? {
        work.record(&mut rows)?;
        index.publish(work)?;
    }
    println!("flushed in {:?}: {:?}", begun.elapsed(), index.segments());
    index.append(fresh);
    Ok(index)
}

fn expression(query: &Value) -> Result<Expr, Box<dyn Error>> {
    let text = query["text"].as_str().unwrap_or_default();
    let options = WordOptions {
        field: In::Anywhere,
        context: match query["context"].as_str() {
            Some("affirmed") => Context::Affirmed,
            Some("negated") => Context::Negated,
            Some("family") => Context::Family,
            _ => Context::Any,
        },
        synonyms: (query["expand"] == true).then(Synonyms::built_in),
    };
    let slop = query["slop"]
        .as_u64()
        .and_then(|slop| u32::try_from(slop).ok())
        .unwrap_or(0);
    let fuzzy = query["fuzzy"] == true;
    let found = match query["mode"].as_str() {
        Some("phrase") => Expr::phrase(text, &options)?,
        Some("near") => Expr::near(text, slop, &options)?,
        Some("prefix") => Expr::prefix(text, &options)?,
        Some("fuzzy") => Expr::fuzzy(text, &options)?,
        Some("any") if fuzzy => Expr::any_word_fuzzy(text, &options)?,
        Some("any") => Expr::any_word(text, &options)?,
        _ => Expr::all_words(text, &options)?,
    };
    match query["not"].as_str() {
        Some(denied) => {
            let denied = Expr::not(Expr::all_words(denied, &options)?)?;
            Ok(Expr::and(vec![found, denied])?)
        }
        None => Ok(found),
    }
}

fn lines(path: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}
