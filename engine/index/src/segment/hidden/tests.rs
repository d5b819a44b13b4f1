//! The contract with tantivy's hidden calls: an upgrade that breaks one of these lines changes
//! what the index relies on.

use super::{DATE, ORDINAL, SCHEMA, TOKENIZER, merge, schema_field, schema_field_named, segment};
use super::{settings, write};
use crate::analysis::{Analysed, PackedReader};
use crate::budget::Budget;
use crate::directory::{SegmentDirectory, SegmentKeys};
use crate::segment::Field;
use crate::segment::memory::MemorySegment;
use crate::testing::{Keys, Scratch, document, ordinal, slot};
use base::OsEntropy;
use specimen::World;
use std::path::Path;
use std::sync::Arc;
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{BitSet, Directory, Index, SegmentReader, TantivyDocument, TantivyError};

fn directory(scratch: &Scratch, number: u32) -> SegmentDirectory {
    let key = Keys::shared().key(slot(number)).unwrap();
    let budget = Budget::new(usize::MAX);
    SegmentDirectory::new(
        scratch.disk(),
        slot(number),
        key,
        Arc::new(OsEntropy),
        budget,
    )
}

fn ordinals(directory: &SegmentDirectory, documents: u32) -> Vec<u64> {
    let reader = SegmentReader::open(&segment(directory, documents).unwrap()).unwrap();
    assert_eq!(reader.max_doc(), documents);
    let column = reader.fast_fields().u64(ORDINAL).unwrap();
    (0..documents)
        .map(|slot| column.first(slot).unwrap())
        .collect()
}

/// Building writes six files, in document order, without locks or meta on disk; merging keeps
/// only what lives, sorted, and drops the terms of what does not.
#[test]
fn hidden_calls_keep_their_contract() {
    let scratch = Scratch::new("hidden");
    let (one, two, out) = (
        directory(&scratch, 1),
        directory(&scratch, 2),
        directory(&scratch, 3),
    );
    let documents = |first: u64| -> Vec<_> {
        (0..5_u64)
            .map(|step| {
                let text = format!("toux canari{}", first + step * 2);
                Arc::new(document(ordinal(first + step * 2, 0), 1, &text))
            })
            .collect()
    };
    write(&one, &MemorySegment::build(documents(0))).unwrap();
    write(&two, &MemorySegment::build(documents(1))).unwrap();
    assert_eq!(
        std::fs::read_dir(scratch.path().join("index"))
            .unwrap()
            .count(),
        12
    );
    assert!(ordinals(&one, 5).is_sorted());
    let mut alive = BitSet::with_max_value_and_full(5);
    alive.remove(1);
    let all = BitSet::with_max_value_and_full(5);
    let (first, second) = (segment(&one, 5).unwrap(), segment(&two, 5).unwrap());
    merge(&[(first, alive), (second, all)], &out).unwrap();
    let merged = ordinals(&out, 9);
    assert!(merged.is_sorted());
    assert!(!merged.contains(&ordinal(2, 0).value()));
    let reader = SegmentReader::open(&segment(&out, 9).unwrap()).unwrap();
    let body = reader.inverted_index(schema_field(Field::Body)).unwrap();
    assert!(body.terms().get(b"canari3").unwrap().is_some());
    assert!(
        body.terms().get(b"canari2").unwrap().is_none(),
        "a dead document's term is gone"
    );
}

/// Building twice under one name is refused: a file is written once.
#[test]
fn a_file_is_written_once() {
    let scratch = Scratch::new("hidden-twice");
    let documents = MemorySegment::build(vec![Arc::new(document(ordinal(1, 0), 1, "toux"))]);
    write(&directory(&scratch, 1), &documents).unwrap();
    assert!(write(&directory(&scratch, 1), &documents).is_err());
}

/// Whether segments were joined or built at once, what is written is, byte for byte, what
/// tantivy's own writer makes of the same tokens.
#[test]
fn a_segment_is_written_as_tantivy_writes_it() {
    let scratch = Scratch::new("hidden-own");
    let (own, ours) = (directory(&scratch, 1), directory(&scratch, 2));
    let world = World::new(3);
    let texts = (0..).flat_map(|patient| world.documents(patient));
    let documents: Vec<_> = (0..)
        .zip(texts.take(300))
        .map(|(number, text)| Arc::new(document(ordinal(number, 0), 1, &text.text())))
        .collect();
    build(&own, &documents).unwrap();
    let parts = documents.chunks(37).map(<[_]>::to_vec);
    let parts: Vec<_> = parts.map(MemorySegment::build).map(Arc::new).collect();
    write(&ours, &MemorySegment::join(&parts)).unwrap();
    for extension in ["fast", "fieldnorm", "idx", "pos", "store", "term"] {
        let path = format!("{}.{extension}", super::SEGMENT_ID);
        let read = |directory: &SegmentDirectory| {
            let file = directory.open_read(Path::new(&path)).unwrap();
            file.read_bytes().unwrap().to_vec()
        };
        assert_eq!(read(&ours), read(&own), "{extension}");
    }
}

/// The segment as tantivy's own writer makes it.
fn build(directory: &SegmentDirectory, documents: &[Arc<Analysed>]) -> Result<(), TantivyError> {
    let tokenizers = TokenizerManager::new();
    for name in [TOKENIZER, "default"] {
        tokenizers.register(name, TextAnalyzer::from(PackedTokenizer));
    }
    let mut writer = Index::builder()
        .schema(SCHEMA.clone())
        .settings(settings(None))
        .tokenizers(tokenizers)
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
    Ok(())
}

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

const BUILD_BYTES: usize = 3 << 20;
