//! redb and tantivy as a program would join them: no keys, no traces; rules asked of each document
//! that was found, or as a bitmap inside the query.
//!
//! The index is committed once, at the end of the load, which is in its favour. The bitmap is made
//! when the store is opened, and never kept up to date, which is too.

use super::permitted::{ByKind, Permitted};
use super::world::KINDS;
use super::{BATCH, Contender, Document, Engine, Kept, Listed, World, bytes_below};
use crate::peer::Fault;
use redb::{Database, ReadableDatabase, TableDefinition};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::collector::{Count, DocSetCollector, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, STRING, Schema, TEXT};
use tantivy::{BitSet, DocAddress, Index, IndexReader, IndexWriter, Searcher};
use tantivy::{TantivyDocument, Term};

/// Where the rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Of each document found.
    PostFiltered,
    /// Inside the query.
    Fused,
}

/// A table and an index.
pub struct Bare {
    folder: PathBuf,
    rules: Rules,
    database: Database,
    index: Index,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    fields: Fields,
    authorised: BTreeSet<u32>,
    permitted: Permitted,
}

#[derive(Clone, Copy)]
struct Fields {
    number: Field,
    kind: Field,
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
    /// Makes or opens both in a folder.
    ///
    /// # Errors
    /// What they say; without the feature `mmap` tantivy has no folders.
    pub fn begin(folder: &Path, rules: Rules, kept: Kept, world: &World) -> Result<Self, Fault> {
        let database = Database::create(folder.join("rows.redb"))?;
        let mut schema = Schema::builder();
        let fields = Fields {
            number: schema.add_u64_field("number", FAST),
            kind: schema.add_u64_field("kind", FAST),
            patient: schema.add_text_field("patient", STRING),
            body: schema.add_text_field("body", TEXT),
        };
        let index = index_in(&folder.join("index"), schema.build())?;
        let mut bare = Self {
            folder: folder.to_owned(),
            rules,
            database,
            reader: index.reader()?,
            index,
            writer: None,
            fields,
            authorised: (0..world.panel()).collect(),
            permitted: Permitted(Arc::default()),
        };
        if kept == Kept::Yes && rules == Rules::Fused {
            bare.permitted = bare.permitted()?;
        }
        Ok(bare)
    }

    /// The documents of each segment that the rules let through.
    fn permitted(&self) -> Result<Permitted, Fault> {
        let read = self.database.begin_read()?;
        let rows = read.open_table(ROWS)?;
        let mut segments = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let mut set = BitSet::with_max_value(segment.max_doc());
            let column = segment.fast_fields().u64("number")?;
            for at in 0..segment.max_doc() {
                let number = u32::try_from(column.first(at).ok_or("no number")?)?;
                let row = rows.get(number)?.ok_or("a document without a row")?;
                let row = Row::read(row.value())?;
                if !row.masked && self.authorised.contains(&row.patient) {
                    set.insert(at);
                }
            }
            segments.insert(segment.segment_id(), set);
        }
        Ok(Permitted(Arc::new(segments)))
    }

    /// Puts documents into table and index, and commits the table.
    fn insert(&mut self, documents: impl IntoIterator<Item = Document>) -> Result<(), Fault> {
        if self.writer.is_none() {
            self.writer = Some(self.index.writer_with_num_threads(1, WRITER_BYTES)?);
        }
        let writer = self.writer.as_ref().ok_or("no writer")?;
        let write = self.database.begin_write()?;
        {
            let mut rows = write.open_table(ROWS)?;
            let mut bodies = write.open_table(BODIES)?;
            let mut lists = write.open_table(LISTS)?;
            for it in documents {
                let row = Row {
                    patient: it.patient,
                    masked: it.masked,
                    kind: it.kind.to_owned(),
                    title: it.title,
                };
                rows.insert(it.number, row.write().as_slice())?;
                bodies.insert(it.number, it.text.as_bytes())?;
                lists.insert((it.patient, it.day, it.number), ())?;
                let kind = KINDS.iter().position(|kind| *kind == it.kind);
                let mut document = TantivyDocument::new();
                document.add_u64(self.fields.number, u64::from(it.number));
                document.add_u64(self.fields.kind, kind.unwrap_or(0) as u64);
                document.add_text(self.fields.patient, it.patient.to_string());
                document.add_text(self.fields.body, &it.text);
                writer.add_document(document)?;
            }
        }
        Ok(write.commit()?)
    }

    fn publish(&mut self) -> Result<(), Fault> {
        self.writer
            .as_mut()
            .ok_or("nothing was written")?
            .commit()?;
        Ok(self.reader.reload()?)
    }

    /// A question, inside what may be seen when the rules are fused.
    fn asked(&self, mut parts: Vec<Box<dyn Query>>) -> Box<dyn Query> {
        if self.rules == Rules::Fused {
            parts.push(Box::new(self.permitted.clone()));
        }
        let parts = parts.into_iter().map(|part| (Occur::Must, part));
        Box::new(BooleanQuery::new(parts.collect()))
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

    /// The numbers of documents that the rules have let through already.
    fn numbers(
        searcher: &Searcher,
        found: impl IntoIterator<Item = DocAddress>,
    ) -> Result<Vec<u32>, Fault> {
        let mut numbers = Vec::new();
        for address in found {
            let segment = searcher.segment_reader(address.segment_ord);
            let column = segment.fast_fields().u64("number")?;
            let number = column.first(address.doc_id).ok_or("no number")?;
            numbers.push(u32::try_from(number)?);
        }
        Ok(numbers)
    }

    fn all(&self, query: &dyn Query) -> Result<Vec<(u32, Row)>, Fault> {
        let searcher = self.reader.searcher();
        let found = searcher.search(query, &DocSetCollector)?;
        self.shown(&searcher, found.into_iter())
    }

    fn best_after_rules(&self, query: &dyn Query) -> Result<Vec<u32>, Fault> {
        let searcher = self.reader.searcher();
        let mut most = 40;
        loop {
            let best = searcher.search(query, &TopDocs::with_limit(most).order_by_score())?;
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
    fn name(&self) -> &'static str {
        match self.rules {
            Rules::PostFiltered => Contender::PostFiltered,
            Rules::Fused => Contender::Fused,
        }
        .name()
    }

    fn load(&mut self, world: &World) -> Result<(), Fault> {
        let all: Vec<u32> = (0..world.documents).collect();
        for batch in all.chunks(BATCH) {
            self.insert(batch.iter().map(|number| world.document(*number)))?;
        }
        self.publish()
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
        let [one, other] = words.map(|word| self.word(word));
        let query = self.asked(vec![of, one, other]);
        match self.rules {
            Rules::PostFiltered => {
                let all = self.all(&*query)?;
                Ok(all.into_iter().map(|(number, _)| number).collect())
            }
            Rules::Fused => {
                let searcher = self.reader.searcher();
                Self::numbers(&searcher, searcher.search(&*query, &DocSetCollector)?)
            }
        }
    }

    fn top(&mut self, word: &str) -> Result<Vec<u32>, Fault> {
        let query = self.asked(vec![self.word(word)]);
        match self.rules {
            Rules::PostFiltered => self.best_after_rules(&*query),
            Rules::Fused => {
                let searcher = self.reader.searcher();
                let best = TopDocs::with_limit(10).order_by_score();
                let best = searcher.search(&*query, &best)?;
                Self::numbers(&searcher, best.into_iter().map(|(_, address)| address))
            }
        }
    }

    fn count(&mut self, word: &str) -> Result<u64, Fault> {
        let query = self.asked(vec![self.word(word)]);
        match self.rules {
            Rules::PostFiltered => Ok(self.all(&*query)?.len() as u64),
            Rules::Fused => Ok(self.reader.searcher().search(&*query, &Count)? as u64),
        }
    }

    fn facets(&mut self, word: &str) -> Result<BTreeMap<String, u64>, Fault> {
        let query = self.asked(vec![self.word(word)]);
        let mut facets = BTreeMap::new();
        match self.rules {
            Rules::PostFiltered => {
                for (_, row) in self.all(&*query)? {
                    *facets.entry(row.kind).or_default() += 1;
                }
            }
            Rules::Fused => {
                for (kind, count) in self.reader.searcher().search(&*query, &ByKind)? {
                    let kind = KINDS.get(usize::try_from(kind)?).ok_or("no such type")?;
                    facets.insert((*kind).to_owned(), count);
                }
            }
        }
        Ok(facets)
    }

    fn deposit(&mut self, document: &Document) -> Result<(), Fault> {
        self.insert([document.clone()])?;
        self.publish()
    }

    fn bytes(&mut self) -> Option<u64> {
        Some(bytes_below(&self.folder))
    }
}

#[cfg(feature = "mmap")]
fn index_in(folder: &Path, schema: Schema) -> Result<Index, Fault> {
    std::fs::create_dir_all(folder)?;
    let directory = tantivy::directory::MmapDirectory::open(folder)?;
    Ok(Index::open_or_create(directory, schema)?)
}

#[cfg(not(feature = "mmap"))]
fn index_in(_: &Path, _: Schema) -> Result<Index, Fault> {
    Err("tantivy has no folders: build with --features mmap".into())
}

const ROWS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("rows");
const BODIES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("bodies");
const LISTS: TableDefinition<'_, (u32, u32, u32), ()> = TableDefinition::new("lists");
const WRITER_BYTES: usize = 50_000_000;
