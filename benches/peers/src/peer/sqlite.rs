//! SQLite's FTS5, with the tokenizer that folds accents.

use super::{Asked, Document, Fault, Found, Mode, Peer, words};
use rusqlite::{Connection, params};
use std::path::Path;

/// A table of FTS5.
pub struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Makes a table in a new file.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn create(file: &Path) -> Result<Self, Fault> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "CREATE VIRTUAL TABLE documents USING fts5(title, body,
             tokenize = \"unicode61 remove_diacritics 2\")",
        )?;
        Ok(Self { connection })
    }

    /// Adds documents in one transaction; the first has row 0.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn load(&mut self, documents: &[Document]) -> Result<(), Fault> {
        let transaction = self.connection.transaction()?;
        {
            let sql = "INSERT INTO documents(rowid, title, body) VALUES (?, ?, ?)";
            let mut insert = transaction.prepare(sql)?;
            for (row, document) in (0_i64..).zip(documents) {
                insert.execute(params![row, document.title, document.text])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// The connection, for questions of a bench's own.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Peer for Sqlite {
    fn ask(&mut self, asked: &Asked) -> Result<Vec<Found>, Fault> {
        let sql = "SELECT rowid, -bm25(documents) FROM documents WHERE documents MATCH ?";
        let mut select = self.connection.prepare(sql)?;
        let rows = select.query_map([expression(asked)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (row, score) = row?;
            found.push((usize::try_from(row)?, score));
        }
        Ok(found)
    }
}

/// The question in the syntax of FTS5.
fn expression(asked: &Asked) -> String {
    let words = words(&asked.text);
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let found = match asked.mode {
        Mode::All | Mode::Fuzzy => quoted.join(" AND "),
        Mode::Any => quoted.join(" OR "),
        Mode::Phrase => format!("\"{}\"", words.join(" ")),
        Mode::Near(slop) => format!("NEAR({}, {slop})", quoted.join(" ")),
        Mode::Prefix => format!("{} *", quoted.join(" ")),
    };
    match &asked.without {
        Some(without) => format!("({found}) NOT \"{without}\""),
        None => found,
    }
}
