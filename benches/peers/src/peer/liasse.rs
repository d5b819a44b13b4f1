//! Our own index: half of the documents in a segment on disk, half in its tail. It is asked as a
//! program asks it, and as a clinician types.

use super::{Asked, Document, Fault, Found, Mode, Peer, Reading, Said, Spelling};
use base::disk::FolderDisk;
use base::rows::MapRows;
use base::{CommitSeq, Entropy, Ordinal, OsEntropy, StoreId};
use index::{
    Analysed, Context, DocumentText, Expr, Filter, In, Index, IndexError, IndexOptions, Scores,
    SegmentKeys, Synonyms, WordOptions,
};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use vault::{KeyFile, KeyTree, SegmentKey, Slot};

/// The index of one store, without the engine around it.
pub struct Liasse {
    index: Index,
}

struct Keys {
    tree: Arc<KeyTree>,
    rows: MapRows,
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        let key = self.tree.segment_key(&self.rows, slot);
        key.map_err(|_| IndexError::Key)
    }
}

impl Liasse {
    /// Indexes documents in a new folder below `scratch`.
    ///
    /// # Errors
    /// What the index says.
    pub fn load(scratch: &Path, documents: &[Document]) -> Result<Self, Fault> {
        let folder = scratch.join("liasse");
        std::fs::create_dir_all(&folder)?;
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let mut rows = MapRows::new();
        let kms = KeyFile::create(&folder.join("key"), &OsEntropy)?;
        let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy)?;
        let keys = Arc::new(Keys {
            tree,
            rows: rows.clone(),
        });
        let options = IndexOptions::new(STORE, entropy);
        let disk = Arc::new(FolderDisk::new(&folder));
        let index = Index::open(disk, &rows, keys, options)?;
        let mut analysed = Vec::new();
        for (at, document) in (0_u64..).zip(documents) {
            analysed.push(Analysed::new(&DocumentText {
                ordinal: Ordinal::from_value(at),
                commit: CommitSeq::new(at + 1),
                title: &document.title,
                body: &document.text,
                codes: &[],
                date: None,
            })?);
        }
        let fresh = analysed.split_off(analysed.len() / 2);
        index.append(analysed);
        if let Some(work) = index.flush(Slot::new(0)?)? {
            work.record(&mut rows)?;
            index.publish(work)?;
        }
        index.append(fresh);
        Ok(Self { index })
    }
}

impl Peer for Liasse {
    fn ask(&mut self, asked: &Asked) -> Result<Vec<Found>, Fault> {
        self.answers(&expression(asked)?)
    }
}

/// The same index, asked in the text syntax.
pub struct Typed<'a>(pub &'a mut Liasse);

impl Peer for Typed<'_> {
    fn ask(&mut self, asked: &Asked) -> Result<Vec<Found>, Fault> {
        let synonyms = (asked.reading == Reading::Expanded).then(Synonyms::built_in);
        let expr = query::expression(&typed(asked), synonyms)?;
        self.0.answers(&expr)
    }
}

impl Liasse {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the judge reads scores as floats"
    )]
    fn answers(&self, expr: &Expr) -> Result<Vec<Found>, Fault> {
        let mut found = Vec::new();
        let mut sink = |ordinal: Ordinal, score: u64| {
            let at = usize::try_from(ordinal.value()).unwrap_or(usize::MAX);
            found.push((at, score as f64));
            ControlFlow::Continue(())
        };
        let searcher = self.index.searcher();
        searcher.search(expr, Filter::All, Scores::Wanted, &mut sink)?;
        Ok(found)
    }
}

/// What a clinician types for a question.
fn typed(asked: &Asked) -> String {
    let words: Vec<&str> = asked.text.split_whitespace().collect();
    let context = match asked.said {
        Said::Any => "",
        Said::Affirmed => "context:affirmed ",
        Said::Negated => "context:negated ",
        Said::Family => "context:family ",
    };
    let without = asked.without.as_deref();
    let without = without.map_or(String::new(), |word| format!(" -{word}"));
    let found = match (asked.mode, asked.spelling) {
        (Mode::All, _) => asked.text.clone(),
        (Mode::Phrase, _) => format!("\"{}\"", asked.text),
        (Mode::Near(slop), _) => words.join(&format!(" NEAR/{slop} ")),
        (Mode::Prefix, _) => format!("{}*", asked.text),
        (Mode::Fuzzy, _) => format!("{}~", asked.text),
        (Mode::Any, Spelling::Right) => words.join(" OR "),
        (Mode::Any, Spelling::Doubtful) => format!("{}~", words.join("~ OR ")),
    };
    format!("{context}{found}{without}")
}

fn expression(asked: &Asked) -> Result<Expr, Fault> {
    let text = &asked.text;
    let options = WordOptions {
        field: In::Anywhere,
        context: match asked.said {
            Said::Any => Context::Any,
            Said::Affirmed => Context::Affirmed,
            Said::Negated => Context::Negated,
            Said::Family => Context::Family,
        },
        synonyms: (asked.reading == Reading::Expanded).then(Synonyms::built_in),
    };
    let found = match (asked.mode, asked.spelling) {
        (Mode::All, _) => Expr::all_words(text, &options)?,
        (Mode::Phrase, _) => Expr::phrase(text, &options)?,
        (Mode::Near(slop), _) => Expr::near(text, slop, &options)?,
        (Mode::Prefix, _) => Expr::prefix(text, &options)?,
        (Mode::Fuzzy, _) => Expr::fuzzy(text, &options)?,
        (Mode::Any, Spelling::Right) => Expr::any_word(text, &options)?,
        (Mode::Any, Spelling::Doubtful) => Expr::any_word_fuzzy(text, &options)?,
    };
    match &asked.without {
        Some(denied) => {
            let denied = Expr::not(Expr::all_words(denied, &options)?)?;
            Ok(Expr::and(vec![found, denied])?)
        }
        None => Ok(found),
    }
}

const STORE: StoreId = StoreId::from_bytes([9; 16]);
