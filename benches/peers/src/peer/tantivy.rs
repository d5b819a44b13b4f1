//! tantivy with its own analysis, as a program that takes it as it comes would have it.

use super::{Asked, Document, Fault, Found, Mode, Peer, Spelling};
use frostem::Algorithm;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer, Token,
    TokenFilter, TokenStream, Tokenizer,
};
use tantivy::{Index, IndexReader, TantivyDocument, Term};

/// A chain of tantivy's own parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// What it calls `default`: words, at most 40 bytes, in small letters.
    Default,
    /// The same and its French stemmer.
    French,
    /// The same, and accents folded behind the stemmer, as its documentation has them.
    FrenchFolded,
}

/// An index in memory, written by tantivy's own writer on one thread.
pub struct Tantivy {
    reader: IndexReader,
    analyzer: TextAnalyzer,
    body: Field,
    documents: usize,
}

impl Tantivy {
    /// Indexes documents.
    ///
    /// # Errors
    /// What tantivy says.
    pub fn load(chain: Chain, documents: &[Document]) -> Result<Self, Fault> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(CHAIN)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let body = schema.add_text_field(
            "body",
            TextOptions::default().set_indexing_options(indexing),
        );
        let at = schema.add_u64_field("at", FAST);
        let index = Index::create_in_ram(schema.build());
        let analyzer = analyzer(chain);
        index.tokenizers().register(CHAIN, analyzer.clone());
        let mut writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for (place, document) in (0_u64..).zip(documents) {
            let mut added = TantivyDocument::new();
            added.add_text(body, format!("{}\n{}", document.title, document.text));
            added.add_u64(at, place);
            writer.add_document(added)?;
        }
        writer.commit()?;
        Ok(Self {
            reader: index.reader()?,
            analyzer,
            body,
            documents: documents.len(),
        })
    }

    fn terms(&mut self, text: &str) -> Vec<Term> {
        let mut terms = Vec::new();
        let mut stream = self.analyzer.token_stream(text);
        while stream.advance() {
            terms.push(Term::from_field_text(self.body, &stream.token().text));
        }
        terms
    }

    fn query(&mut self, asked: &Asked) -> Box<dyn Query> {
        let terms = self.terms(&asked.text);
        let found: Box<dyn Query> = match (asked.mode, terms.as_slice()) {
            (Mode::Phrase, [_, _, ..]) => Box::new(PhraseQuery::new(terms)),
            (Mode::Near(slop), [_, _, ..]) => {
                let mut near = PhraseQuery::new(terms);
                near.set_slop(slop);
                Box::new(near)
            }
            (Mode::Prefix, [only]) => Box::new(FuzzyTermQuery::new_prefix(only.clone(), 0, true)),
            (Mode::Fuzzy, [only]) => fuzzy(only),
            (Mode::Any, _) => {
                let word = match asked.spelling {
                    Spelling::Right => exact,
                    Spelling::Doubtful => fuzzy,
                };
                let any = terms.iter().map(|term| (Occur::Should, word(term)));
                Box::new(BooleanQuery::new(any.collect()))
            }
            (Mode::All | Mode::Phrase | Mode::Near(_) | Mode::Prefix | Mode::Fuzzy, _) => {
                let all = terms.iter().map(|term| (Occur::Must, exact(term)));
                Box::new(BooleanQuery::new(all.collect()))
            }
        };
        let Some(without) = &asked.without else {
            return found;
        };
        let mut parts = vec![(Occur::Must, found)];
        let denied = self.terms(without);
        parts.extend(denied.iter().map(|term| (Occur::MustNot, exact(term))));
        Box::new(BooleanQuery::new(parts))
    }
}

impl Peer for Tantivy {
    fn ask(&mut self, asked: &Asked) -> Result<Vec<Found>, Fault> {
        let query = self.query(asked);
        let searcher = self.reader.searcher();
        let collector = TopDocs::with_limit(self.documents.max(1)).order_by_score();
        let mut found = Vec::new();
        for (score, address) in searcher.search(&*query, &collector)? {
            let columns = searcher.segment_reader(address.segment_ord).fast_fields();
            let at = columns.u64("at")?.first(address.doc_id);
            let at = at.ok_or("a document without its place")?;
            found.push((usize::try_from(at)?, f64::from(score)));
        }
        Ok(found)
    }
}

fn exact(term: &Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs))
}

/// One edit, two from seven letters on, as the question means it.
fn fuzzy(term: &Term) -> Box<dyn Query> {
    let letters = term.value().as_str().map_or(0, |word| word.chars().count());
    let edits = if letters >= 7 { 2 } else { 1 };
    Box::new(FuzzyTermQuery::new(term.clone(), edits, true))
}

fn analyzer(chain: Chain) -> TextAnalyzer {
    let words = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(40))
        .filter(LowerCaser);
    match chain {
        Chain::Default => words.build(),
        Chain::French => words.filter(Stemmer).build(),
        Chain::FrenchFolded => words.filter(Stemmer).filter(AsciiFoldingFilter).build(),
    }
}

/// tantivy's filter of the same name, for French: the crate is built without it, and its feature
/// would change the tantivy that hosts link.
#[derive(Clone)]
struct Stemmer;

impl TokenFilter for Stemmer {
    type Tokenizer<T: Tokenizer> = Stemmed<T>;

    fn transform<T: Tokenizer>(self, inner: T) -> Stemmed<T> {
        Stemmed { inner }
    }
}

#[derive(Clone)]
struct Stemmed<T> {
    inner: T,
}

impl<T: Tokenizer> Tokenizer for Stemmed<T> {
    type TokenStream<'a> = StemmedStream<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        StemmedStream {
            inner: self.inner.token_stream(text),
            stemmer: frostem::Stemmer::new(Algorithm::French),
        }
    }
}

struct StemmedStream<T> {
    inner: T,
    stemmer: frostem::Stemmer,
}

impl<T: TokenStream> TokenStream for StemmedStream<T> {
    fn advance(&mut self) -> bool {
        if !self.inner.advance() {
            return false;
        }
        let token = self.inner.token_mut();
        let stem = self.stemmer.stem(&token.text).into_owned();
        token.text = stem;
        true
    }

    fn token(&self) -> &Token {
        self.inner.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.inner.token_mut()
    }
}

const CHAIN: &str = "chain";
const WRITER_BYTES: usize = 50_000_000;
