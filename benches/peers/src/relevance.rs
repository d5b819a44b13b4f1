//! A relevance set: documents, questions, and its own judge.
//!
//! For: `src/bin/relevance.rs`. Not for: judging; the figures are those that the set's `eval.py`
//! prints, of runs written as it wants them.

use crate::peer::{Asked, Document, Fault, Mode, Peer, Reading, Said, Spelling};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A set on disk.
pub struct RelevanceSet {
    folder: PathBuf,
    /// Its documents.
    pub documents: Vec<Document>,
    questions: Vec<(String, Asked)>,
}

/// One line of the judge: a kind of question, how many there are, and the figure.
pub struct Figure {
    /// The kind; `ALL set` for all that are judged as sets.
    pub kind: String,
    /// `F1` or `MRR@10`.
    pub measure: String,
    /// Of how many questions it is the mean.
    pub count: u32,
    /// The figure.
    pub value: f64,
}

impl RelevanceSet {
    /// Reads a set.
    ///
    /// # Errors
    /// When a file is missing or not what it should be.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let documents = lines(&folder.join("docs.jsonl"))?;
        let questions = lines(&folder.join("queries.jsonl"))?;
        Ok(Self {
            folder: folder.to_owned(),
            documents: documents.iter().map(document).collect(),
            questions: questions.iter().map(question).collect::<Result<_, _>>()?,
        })
    }

    /// Asks a peer every question and has its answers judged; `run` is written.
    ///
    /// # Errors
    /// What the peer or the judge says.
    pub fn judge(&self, peer: &mut dyn Peer, run: &Path) -> Result<Vec<Figure>, Fault> {
        let mut out = String::new();
        for (qid, asked) in &self.questions {
            for (at, score) in peer.ask(asked)? {
                let document = self.documents.get(at).ok_or("no such document")?;
                writeln!(out, "{qid}\t{}\t{score}", document.id)?;
            }
        }
        std::fs::write(run, out)?;
        let judged = Command::new("python3")
            .arg(self.folder.join("eval.py"))
            .arg(&self.folder)
            .arg(run)
            .output()?;
        if !judged.status.success() {
            return Err(String::from_utf8_lossy(&judged.stderr).into_owned().into());
        }
        let said = String::from_utf8(judged.stdout)?;
        said.lines().map(figure).collect()
    }
}

/// Reads `kind n= 3  P=0.9 R=0.9 F1=0.9` or `kind n= 3  MRR@10=0.9 S@1=0.9 S@10=0.9`.
fn figure(line: &str) -> Result<Figure, Fault> {
    let other = || format!("the judge said something else: {line}");
    let (kind, rest) = line.split_once("n=").ok_or_else(other)?;
    let count = rest.split_whitespace().next().ok_or_else(other)?;
    let figures = rest.split_whitespace().filter_map(|it| it.split_once('='));
    let mut wanted = figures.filter(|(name, _)| matches!(*name, "F1" | "MRR@10"));
    let (measure, value) = wanted.next().ok_or_else(other)?;
    Ok(Figure {
        kind: kind.trim().to_owned(),
        measure: measure.to_owned(),
        count: count.parse()?,
        value: value.parse()?,
    })
}

fn document(line: &Value) -> Document {
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    Document {
        id: text("id"),
        title: text("title"),
        text: text("text"),
    }
}

fn question(line: &Value) -> Result<(String, Asked), Fault> {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let mode = match text("mode") {
        "all" => Mode::All,
        "any" => Mode::Any,
        "phrase" => Mode::Phrase,
        "near" => Mode::Near(u32::try_from(
            line["slop"].as_u64().ok_or("near without slop")?,
        )?),
        "prefix" => Mode::Prefix,
        "fuzzy" => Mode::Fuzzy,
        other => return Err(format!("a question of an unknown mode: {other}").into()),
    };
    let said = match text("context") {
        "any" => Said::Any,
        "affirmed" => Said::Affirmed,
        "negated" => Said::Negated,
        "family" => Said::Family,
        other => return Err(format!("a question of an unknown context: {other}").into()),
    };
    let asked = Asked {
        text: text("text").to_owned(),
        mode,
        said,
        reading: if line["expand"] == true {
            Reading::Expanded
        } else {
            Reading::Literal
        },
        spelling: if line["fuzzy"] == true {
            Spelling::Doubtful
        } else {
            Spelling::Right
        },
        without: line["not"].as_str().map(str::to_owned),
    };
    Ok((text("qid").to_owned(), asked))
}

fn lines(file: &Path) -> Result<Vec<Value>, Fault> {
    let text = std::fs::read_to_string(file)?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}
