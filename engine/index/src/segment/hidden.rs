//! The calls into tantivy that its authors hide from documentation, in one place.
//!
//! For: building a segment without an `IndexWriter` and rewriting segments. A contract test in
//! `hidden/tests.rs` fails when an upgrade changes what they do; tantivy is pinned. Invariants:
//! documents go in sorted by ordinal and merges keep that order; nothing is stored but postings,
//! positions and columns.

use super::Field;
use crate::analysis::{Analysed, PackedReader};
use crate::directory::SegmentDirectory;
use std::sync::{Arc, LazyLock};
use tantivy::fastfield::{AliveBitSet, write_alive_bitset};
use tantivy::index::SegmentId;
use tantivy::indexer::merge_filtered_segments;
use tantivy::schema::{
    Field as SchemaField, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::store::Compressor;
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{
    BitSet, Index, IndexSettings, IndexSortByField, Order, Segment, TantivyDocument, TantivyError,
};

/// Name of the column of ordinals.
pub(crate) const ORDINAL: &str = "ordinal";
/// Name of the column of dates.
pub(crate) const DATE: &str = "date";

/// Builds a segment from documents sorted by ordinal; gives how many it holds.
pub(crate) fn build(
    directory: &SegmentDirectory,
    documents: &[Arc<Analysed>],
) -> Result<u32, TantivyError> {
    debug_assert!(documents.is_sorted_by_key(|document| document.ordinal));
    let mut writer = Index::builder()
        .schema(SCHEMA.clone())
        .settings(settings(None))
        .tokenizers(tokenizers())
        .single_segment_index_writer(directory.clone(), BUILD_BYTES)?;
    for document in documents {
        let mut row = TantivyDocument::new();
        row.add_u64(schema_field_named(ORDINAL), document.ordinal.value());
        if let Some(date) = document.date {
            row.add_i64(schema_field_named(DATE), date.millis());
        }
        for field in Field::ALL {
            let packed = field.tokens(document).as_str();
            if !packed.is_empty() {
                row.add_text(schema_field(field), packed);
            }
        }
        writer.add_document(row)?;
    }
    writer.finalize()?;
    u32::try_from(documents.len())
        .map_err(|_| TantivyError::InvalidArgument("too many documents".to_owned()))
}

/// Writes the kept documents of some segments into a new one, sorted by ordinal.
pub(crate) fn merge(
    sources: &[(&Segment, BitSet)],
    target: &SegmentDirectory,
) -> Result<(), TantivyError> {
    let segments: Vec<Segment> = sources
        .iter()
        .map(|(segment, _)| (*segment).clone())
        .collect();
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
    let mut index = Index::create(directory.clone(), SCHEMA.clone(), settings(None))?;
    index.set_tokenizers(tokenizers());
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

fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::new();
    manager.register(TOKENIZER, TextAnalyzer::from(PackedTokenizer));
    manager.register("default", TextAnalyzer::from(PackedTokenizer));
    manager
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

/// Hands out the tokens that the analysis packed.
#[derive(Clone)]
struct PackedTokenizer;

struct PackedStream<'a> {
    reader: PackedReader<'a>,
    token: Token,
}

impl Tokenizer for PackedTokenizer {
    type TokenStream<'a> = PackedStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PackedStream<'a> {
        PackedStream {
            reader: PackedReader::new(text),
            token: Token::default(),
        }
    }
}

impl TokenStream for PackedStream<'_> {
    fn advance(&mut self) -> bool {
        let Some((position, text)) = self.reader.next() else {
            return false;
        };
        self.token.position = usize::try_from(position).unwrap_or(usize::MAX);
        self.token.text.clear();
        self.token.text.push_str(text);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

const TOKENIZER: &str = "packed";
/// The name every segment has inside its own directory.
const SEGMENT_ID: &str = "00000000000000000000000000000001";
/// Memory for the hash table of one build, in bytes; it grows as it needs.
const BUILD_BYTES: usize = 3 << 20;

#[cfg(test)]
mod tests;
