//! The calls into tantivy that its authors hide from documentation, in one place.
//!
//! For: building a segment without an `IndexWriter` and rewriting segments. A contract test in
//! `hidden/tests.rs` fails when an upgrade changes what they do; tantivy is pinned. Invariants:
//! documents go in sorted by ordinal and merges keep that order; nothing is stored but postings,
//! positions and columns.

use super::Field;
use super::memory::{MemoryPostings, MemorySegment};
use crate::analysis::Analysed;
use crate::directory::SegmentDirectory;
use std::sync::{Arc, LazyLock};
use tantivy::directory::TerminatingWrite;
use tantivy::fastfield::{AliveBitSet, FastFieldsWriter, write_alive_bitset};
use tantivy::fieldnorm::{FieldNormReaders, FieldNormsSerializer, FieldNormsWriter};
use tantivy::index::{SegmentComponent, SegmentId};
use tantivy::indexer::merge_filtered_segments;
use tantivy::postings::{FieldSerializer, InvertedIndexSerializer};
use tantivy::schema::{
    Field as SchemaField, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::store::{Compressor, StoreWriter};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{
    BitSet, Index, IndexSettings, IndexSortByField, Order, Segment, TantivyDocument, TantivyError,
};

/// Name of the column of ordinals.
pub(crate) const ORDINAL: &str = "ordinal";
/// Name of the column of dates.
pub(crate) const DATE: &str = "date";

/// Writes a segment of memory as one on disk. Its terms are sorted already, so that tantivy's own
/// writer, which would gather them once more from each document, is passed by.
pub(crate) fn write(
    directory: &SegmentDirectory,
    from: &MemorySegment,
) -> Result<(), TantivyError> {
    let documents = from.documents();
    let count = u32::try_from(documents.len())
        .map_err(|_| TantivyError::InvalidArgument("too many documents".to_owned()))?;
    let target = segment(directory, count)?;
    write_columns(&target, documents)?;
    write_lengths(&target, documents)?;
    let lengths = FieldNormReaders::open(target.open_read(SegmentComponent::FieldNorms)?)?;
    let mut serializer = InvertedIndexSerializer::open(&target)?;
    for field in Field::ALL {
        let tokens = from.tokens(field);
        if tokens == 0 {
            continue;
        }
        let name = schema_field(field);
        let tokens = u64::try_from(tokens).unwrap_or(u64::MAX);
        let mut out = serializer.new_field(name, tokens, lengths.get_field(name)?)?;
        let mut steps = Vec::new();
        for (text, postings) in from.terms(field) {
            write_term(&mut out, text, postings, &mut steps)?;
        }
        out.close()?;
    }
    serializer.close()?;
    Ok(())
}

/// The columns, and the store of documents, of whom nothing is stored.
fn write_columns(target: &Segment, documents: &[Arc<Analysed>]) -> Result<(), TantivyError> {
    let nobody = TokenizerManager::new();
    let mut columns = FastFieldsWriter::from_schema_and_tokenizer_manager(&SCHEMA, nobody)?;
    let IndexSettings {
        docstore_compression,
        docstore_blocksize,
        ..
    } = settings(None);
    let out = target.open_write(SegmentComponent::Store)?;
    let mut store = StoreWriter::new(out, docstore_compression, docstore_blocksize, false)?;
    for document in documents {
        let mut row = TantivyDocument::new();
        row.add_u64(schema_field_named(ORDINAL), document.ordinal.value());
        if let Some(date) = document.date {
            row.add_i64(schema_field_named(DATE), date.millis());
        }
        columns.add_document(&row)?;
        store.store(&row, &SCHEMA)?;
    }
    let mut out = target.open_write(SegmentComponent::FastFields)?;
    columns.serialize(&mut out, None)?;
    out.terminate()?;
    store.close()?;
    Ok(())
}

fn write_lengths(target: &Segment, documents: &[Arc<Analysed>]) -> Result<(), TantivyError> {
    let mut lengths = FieldNormsWriter::for_schema(&SCHEMA);
    for (slot, document) in (0..).zip(documents) {
        lengths.record(slot, schema_field(Field::Body), document.body.count());
    }
    let out = target.open_write(SegmentComponent::FieldNorms)?;
    lengths.serialize(FieldNormsSerializer::from_write(out)?, None)?;
    Ok(())
}

fn write_term(
    out: &mut FieldSerializer<'_>,
    text: &str,
    mut postings: MemoryPostings<'_>,
    steps: &mut Vec<u32>,
) -> Result<(), TantivyError> {
    out.new_term(text.as_bytes(), postings.count(), true)?;
    while let Some(slot) = postings.document() {
        steps.clear();
        let mut last = 0;
        steps.extend(postings.places().iter().map(|place| {
            let step = place.saturating_sub(last);
            last = *place;
            step
        }));
        out.write_doc(slot, postings.frequency(), steps);
        postings.advance();
    }
    out.close_term()?;
    Ok(())
}

/// Writes the kept documents of some segments into a new one, sorted by ordinal.
pub(crate) fn merge(
    sources: &[(Segment, BitSet)],
    target: &SegmentDirectory,
) -> Result<(), TantivyError> {
    let segments: Vec<Segment> = sources.iter().map(|(segment, _)| segment.clone()).collect();
    let mut kept = Vec::with_capacity(sources.len());
    for (_, alive) in sources {
        let mut bytes = Vec::new();
        write_alive_bitset(alive, &mut bytes)?;
        kept.push(Some(AliveBitSet::open(
            tantivy::directory::OwnedBytes::new(bytes),
        )));
    }
    let sorted = IndexSortByField {
        field: ORDINAL.to_owned(),
        order: Order::Asc,
    };
    merge_filtered_segments(&segments, settings(Some(sorted)), kept, target.clone())?;
    Ok(())
}

/// The segment in a directory, which holds `documents` documents.
pub(crate) fn segment(
    directory: &SegmentDirectory,
    documents: u32,
) -> Result<Segment, TantivyError> {
    let index = Index::create(directory.clone(), SCHEMA.clone(), settings(None))?;
    let id = SegmentId::from_uuid_string(SEGMENT_ID)
        .map_err(|_| TantivyError::InvalidArgument("the segment's name".to_owned()))?;
    Ok(index.segment(index.new_segment_meta(id, documents)))
}

/// A field in the schema.
pub(crate) fn schema_field(field: Field) -> SchemaField {
    schema_field_named(field.name())
}

fn schema_field_named(name: &str) -> SchemaField {
    SCHEMA
        .get_field(name)
        .expect("the schema holds every field: tested")
}

fn settings(sort_by_field: Option<IndexSortByField>) -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        sort_by_field,
        ..IndexSettings::default()
    }
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::builder();
    for field in Field::ALL {
        let (record, lengths) = match field {
            Field::Body => (IndexRecordOption::WithFreqsAndPositions, true),
            Field::Negated | Field::Family | Field::Unstated | Field::Title => {
                (IndexRecordOption::WithFreqsAndPositions, false)
            }
            Field::Codes => (IndexRecordOption::WithFreqs, false),
        };
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(record)
            .set_fieldnorms(lengths);
        schema.add_text_field(
            field.name(),
            TextOptions::default().set_indexing_options(indexing),
        );
    }
    schema.add_u64_field(ORDINAL, NumericOptions::default().set_fast());
    schema.add_i64_field(DATE, NumericOptions::default().set_fast());
    schema.build()
});

/// Tokens come from the analysis; the name stands for a tokenizer that nobody asks for.
const TOKENIZER: &str = "packed";
/// The name every segment has inside its own directory.
const SEGMENT_ID: &str = "00000000000000000000000000000001";

#[cfg(test)]
mod tests;
