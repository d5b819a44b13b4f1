//! The documents of the bench: specimen texts of a median near 1.4 kB, one after the other.
//!
//! They are made once, by a process of their own, and lie in a file from which each measure reads
//! them one by one: so neither their making nor all of them at once is in anybody's figures.

use crate::Failure;
use specimen::{Document, World};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

/// One document.
pub(crate) struct Paper {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) text: String,
    /// The document in Liasse's JSON form.
    pub(crate) form: Vec<u8>,
}

/// Writes so many documents, patient by patient; the same in every run. Gives the median length
/// of their texts.
pub(crate) fn write(folder: &Path, count: usize) -> Result<usize, Failure> {
    let world = World::new(SEED);
    let documents = (0..).flat_map(|patient| world.documents(patient));
    let mut file = BufWriter::new(File::create(folder.join(FILE))?);
    let mut lengths = Vec::with_capacity(count);
    for document in documents.take(count) {
        let paper = paper(&document);
        lengths.push(paper.text.len());
        for part in [
            paper.id.as_bytes(),
            paper.title.as_bytes(),
            paper.text.as_bytes(),
            &paper.form,
        ] {
            file.write_all(&u32::try_from(part.len())?.to_le_bytes())?;
            file.write_all(part)?;
        }
    }
    file.flush()?;
    lengths.sort_unstable();
    Ok(lengths.get(lengths.len() / 2).copied().unwrap_or(0))
}

/// The documents of the file, one by one.
pub(crate) struct Papers(BufReader<File>);

impl Papers {
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        Ok(Self(BufReader::new(File::open(folder.join(FILE))?)))
    }

    /// The next one; `None` behind the last.
    pub(crate) fn next(&mut self) -> Result<Option<Paper>, Failure> {
        let Some(id) = self.part()? else {
            return Ok(None);
        };
        let mut rest = || self.part()?.ok_or_else(|| Failure::from("a cut file"));
        Ok(Some(Paper {
            id: String::from_utf8(id)?,
            title: String::from_utf8(rest()?)?,
            text: String::from_utf8(rest()?)?,
            form: rest()?,
        }))
    }

    /// The next ones, as many as there are up to `count`.
    pub(crate) fn some(&mut self, count: usize) -> Result<Vec<Paper>, Failure> {
        let mut some = Vec::with_capacity(count);
        while some.len() < count
            && let Some(paper) = self.next()?
        {
            some.push(paper);
        }
        Ok(some)
    }

    fn part(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut part = vec![0; usize::try_from(u32::from_le_bytes(length))?];
        self.0.read_exact(&mut part)?;
        Ok(Some(part))
    }
}

/// Documents of patients that the file does not hold.
pub(crate) fn later_papers() -> impl Iterator<Item = Paper> {
    papers_from(LATER_PATIENT)
}

/// Documents of the patients from this one on.
pub(crate) fn papers_from(patient: u64) -> impl Iterator<Item = Paper> {
    let world = World::new(SEED);
    (patient..)
        .flat_map(move |patient| world.documents(patient))
        .map(|document| paper(&document))
}

fn paper(document: &Document) -> Paper {
    Paper {
        id: document.unique_id.clone(),
        title: document.title.clone(),
        text: document.text(),
        form: document.json().to_string().into_bytes(),
    }
}

const FILE: &str = "papers";
const SEED: u64 = 11;
/// No patient of the file has a number as high as this.
pub(crate) const LATER_PATIENT: u64 = 50_000_000;
