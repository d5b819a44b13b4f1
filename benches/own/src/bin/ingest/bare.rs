//! What the parts alone do: a file, redb and tantivy, without keys, rules or traces.

use crate::Failure;
use crate::meter::{Figures, Meter, percentile};
use crate::papers::Papers;
use redb::{Database, TableDefinition};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use tantivy::schema::{FAST, STRING, Schema, TEXT};
use tantivy::{Index, TantivyDocument};

/// Appends the texts, a hundred for each fdatasync.
pub(crate) fn append(folder: &Path, documents: usize) -> Result<Figures, Failure> {
    let mut papers = Papers::open(folder)?;
    let mut file = File::create(folder.join("append"))?;
    let meter = Meter::start()?;
    loop {
        let hundred = papers.some(BATCH)?;
        if hundred.is_empty() {
            break;
        }
        for paper in hundred {
            file.write_all(paper.text.as_bytes())?;
        }
        file.sync_data()?;
    }
    meter.stop(documents)
}

/// One append of a text and fdatasync, again and again.
pub(crate) fn fsync(folder: &Path) -> Result<Figures, Failure> {
    let mut file = File::create(folder.join("fsync"))?;
    let mut times = Vec::new();
    for paper in Papers::open(folder)?.some(ALONE)? {
        let since = Instant::now();
        file.write_all(paper.text.as_bytes())?;
        file.sync_data()?;
        times.push(since.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(Figures::default()
        .set("p50_ms", percentile(&times, 50))
        .set("p99_ms", percentile(&times, 99)))
}

/// Texts and titles into redb, durable for each hundred, and into tantivy, committed once.
pub(crate) fn ingest(folder: &Path, documents: usize) -> Result<Figures, Failure> {
    let mut papers = Papers::open(folder)?;
    let mut schema = Schema::builder();
    let id = schema.add_text_field("id", STRING);
    let number = schema.add_u64_field("number", FAST);
    let title = schema.add_text_field("title", TEXT);
    let text = schema.add_text_field("text", TEXT);
    // In memory: its files on the disk are a feature that would change the tantivy of the house.
    // It spares tantivy the writing, to its favour.
    let index = Index::create_in_ram(schema.build());
    let meter = Meter::start()?;
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_BYTES)?;
    let database = Database::create(folder.join("bare.redb"))?;
    let mut next: u64 = 0;
    loop {
        let hundred = papers.some(BATCH)?;
        if hundred.is_empty() {
            break;
        }
        let transaction = database.begin_write()?;
        {
            let mut bodies = transaction.open_table(BODIES)?;
            let mut ids = transaction.open_table(IDS)?;
            for paper in hundred {
                bodies.insert(next, paper.text.as_bytes())?;
                ids.insert(paper.id.as_str(), next)?;
                let mut document = TantivyDocument::new();
                document.add_text(id, &paper.id);
                document.add_u64(number, next);
                document.add_text(title, &paper.title);
                document.add_text(text, &paper.text);
                writer.add_document(document)?;
                next += 1;
            }
        }
        transaction.commit()?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    meter.stop(documents)
}

const BODIES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("bodies");
const IDS: TableDefinition<'_, &str, u64> = TableDefinition::new("ids");
/// Documents of one commit.
pub(crate) const BATCH: usize = 100;
/// Deposits that are timed one by one.
pub(crate) const ALONE: usize = 500;
const WRITER_BYTES: usize = 64 << 20;
