//! redb and tantivy as a program would join them: no keys, no traces, rules asked of each document
//! that was found.
//!
//! The index lies in memory, which is in its favour, and is committed once, at the end of the load.

use super::{BATCH, Engine, Listed, World, bytes_below};
use crate::peer::Fault;
use redb::{Database, ReadableDatabase, TableDefinition};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tantivy::collector::{DocSetCollector, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, STRING, Schema, TEXT};
use tantivy::{DocAddress, Index, IndexReader, Searcher, TantivyDocument, Term};

/// A table and an index.
pub struct Bare {
    folder: PathBuf,
    database: Database,
    index: Index,
    reader: Option<IndexReader>,
    fields: Fields,
    authorised: BTreeSet<u32>,
}

#[derive(Clone, Copy)]
struct Fields {
    number: Field,
    patient: Field,
    body: Field,
}

/// What is kept of a document beside its body.
struct Row {
    patient: u32,
    masked: bool,
    kind: String,
    title: String,
}

impl Bare {
    /// Makes both, in a new folder below `scratch`.
    ///
    /// # Errors
    /// What they say.
    pub fn create(scratch: &Path) -> Result<Self, Fault> {
        let folder = scratch.join("bare");
        std::fs::create_dir_all(&folder)?;
        let database = Database::create(folder.join("rows.redb"))?;
        let mut schema = Schema::builder();
        let fields = Fields {
            number: schema.add_u64_field("number", FAST),
            patient: schema.add_text_field("patient", STRING),
            body: schema.add_text_field("body", TEXT),
        };
        Ok(Self {
            folder,
            database,
            index: Index::create_in_ram(schema.build()),
            reader: None,
            fields,
            authorised: BTreeSet::new(),
        })
    }

    fn searcher(&self) -> Result<Searcher, Fault> {
        let reader = self.reader.as_ref().ok_or("nothing was loaded")?;
        Ok(reader.searcher())
    }

    fn word(&self, word: &str) -> Box<dyn Query> {
        let term = Term::from_field_text(self.fields.body, word);
        Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
    }

    /// What the rules let through of the documents found, in their order.
    fn shown(
        &self,
        searcher: &Searcher,
        found: impl Iterator<Item = DocAddress>,
    ) -> Result<Vec<(u32, Row)>, Fault> {
        let read = self.database.begin_read()?;
        let rows = read.open_table(ROWS)?;
        let mut shown = Vec::new();
        for address in found {
            let segment = searcher.segment_reader(address.segment_ord);
            let column = segment.fast_fields().u64("number")?;
            let number = column.first(address.doc_id).ok_or("no number")?;
            let number = u32::try_from(number)?;
            let row = rows.get(number)?.ok_or("a document without a row")?;
            let row = Row::read(row.value())?;
            if !row.masked && self.authorised.contains(&row.patient) {
                shown.push((number, row));
            }
        }
        Ok(shown)
    }

    fn all(&self, query: &dyn Query) -> Result<Vec<(u32, Row)>, Fault> {
        let searcher = self.searcher()?;
        let found = searcher.search(query, &DocSetCollector)?;
        self.shown(&searcher, found.into_iter())
    }
}

impl Row {
    fn write(&self) -> Vec<u8> {
        let mut bytes = self.patient.to_le_bytes().to_vec();
        bytes.push(u8::from(self.masked));
        bytes.extend(self.kind.as_bytes());
        bytes.push(b'\t');
        bytes.extend(self.title.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (patient, rest) = bytes.split_first_chunk::<4>().ok_or("a short row")?;
        let (masked, rest) = rest.split_first().ok_or("a short row")?;
        let (kind, title) = std::str::from_utf8(rest)?
            .split_once('\t')
            .ok_or("no tab")?;
        Ok(Self {
            patient: u32::from_le_bytes(*patient),
            masked: *masked == 1,
            kind: kind.to_owned(),
            title: title.to_owned(),
        })
    }
}

impl Engine for Bare {
    fn name(&self) -> String {
        "redb+tantivy, post-filtered".to_owned()
    }

    fn load(&mut self, world: &World) -> Result<(), Fault> {
        self.authorised = (0..world.panel()).collect();
        let mut writer = self.index.writer_with_num_threads(1, WRITER_BYTES)?;
        let all: Vec<u32> = (0..world.documents).collect();
        for batch in all.chunks(BATCH) {
            let write = self.database.begin_write()?;
            {
                let mut rows = write.open_table(ROWS)?;
                let mut bodies = write.open_table(BODIES)?;
                let mut lists = write.open_table(LISTS)?;
                for number in batch {
                    let it = world.document(*number);
                    let row = Row {
                        patient: it.patient,
                        masked: it.masked,
                        kind: it.kind.to_owned(),
                        title: it.title,
                    };
                    rows.insert(number, row.write().as_slice())?;
                    bodies.insert(number, it.text.as_bytes())?;
                    lists.insert((it.patient, it.day, *number), ())?;
                    let mut document = TantivyDocument::new();
                    document.add_u64(self.fields.number, u64::from(*number));
                    document.add_text(self.fields.patient, it.patient.to_string());
                    document.add_text(self.fields.body, &it.text);
                    writer.add_document(document)?;
                }
            }
            write.commit()?;
        }
        writer.commit()?;
        self.reader = Some(self.index.reader()?);
        Ok(())
    }

    fn list(&mut self, patient: u32) -> Result<Vec<Listed>, Fault> {
        let read = self.database.begin_read()?;
        let (rows, lists) = (read.open_table(ROWS)?, read.open_table(LISTS)?);
        let mut listed = Vec::new();
        if !self.authorised.contains(&patient) {
            return Ok(listed);
        }
        for entry in lists.range((patient, 0, 0)..=(patient, u32::MAX, u32::MAX))? {
            let (_, _, number) = entry?.0.value();
            let row = rows.get(number)?.ok_or("a document without a row")?;
            let row = Row::read(row.value())?;
            if !row.masked {
                listed.push(Listed {
                    number,
                    kind: row.kind,
                    title: row.title,
                });
            }
        }
        Ok(listed)
    }

    fn fetch(&mut self, number: u32) -> Result<Vec<u8>, Fault> {
        let read = self.database.begin_read()?;
        let rows = read.open_table(ROWS)?;
        let row = Row::read(rows.get(number)?.ok_or("no document")?.value())?;
        if row.masked || !self.authorised.contains(&row.patient) {
            return Err("refused".into());
        }
        let bodies = read.open_table(BODIES)?;
        let body = bodies.get(number)?.ok_or("no body")?;
        Ok(body.value().to_vec())
    }

    fn inside(&mut self, patient: u32, words: [&str; 2]) -> Result<Vec<u32>, Fault> {
        let of = Term::from_field_text(self.fields.patient, &patient.to_string());
        let of: Box<dyn Query> = Box::new(TermQuery::new(of, IndexRecordOption::Basic));
        let [one, other] = words.map(|word| (Occur::Must, self.word(word)));
        let query = BooleanQuery::new(vec![(Occur::Must, of), one, other]);
        let all = self.all(&query)?;
        Ok(all.into_iter().map(|(number, _)| number).collect())
    }

    fn top(&mut self, word: &str) -> Result<Vec<u32>, Fault> {
        let (searcher, query) = (self.searcher()?, self.word(word));
        let mut most = 40;
        loop {
            let best = searcher.search(&*query, &TopDocs::with_limit(most).order_by_score())?;
            let found = best.len();
            let addresses = best.into_iter().map(|(_, address)| address);
            let shown = self.shown(&searcher, addresses)?;
            if shown.len() >= 10 || found < most {
                let best = shown.into_iter().take(10);
                return Ok(best.map(|(number, _)| number).collect());
            }
            most *= 4;
        }
    }

    fn count(&mut self, word: &str) -> Result<u64, Fault> {
        Ok(self.all(&*self.word(word))?.len() as u64)
    }

    fn facets(&mut self, word: &str) -> Result<BTreeMap<String, u64>, Fault> {
        let mut facets = BTreeMap::new();
        for (_, row) in self.all(&*self.word(word))? {
            *facets.entry(row.kind).or_default() += 1;
        }
        Ok(facets)
    }

    fn bytes(&self) -> Option<u64> {
        let space = self.searcher().ok()?.space_usage().ok()?;
        Some(bytes_below(&self.folder) + space.total().get_bytes())
    }
}

const ROWS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("rows");
const BODIES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("bodies");
const LISTS: TableDefinition<'_, (u32, u32, u32), ()> = TableDefinition::new("lists");
const WRITER_BYTES: usize = 50_000_000;
