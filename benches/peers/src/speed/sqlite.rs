//! SQLite with FTS5, plain or under SQLCipher: rules as joins, as its users write them.

use super::{BATCH, Contender, Document, Engine, Kept, Listed, World, bytes_below};
use crate::peer::Fault;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Whether pages are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// They are not.
    None,
    /// By SQLCipher; needs the feature `sqlcipher`.
    Sqlcipher,
}

/// A database in a file.
pub struct Sqlite {
    folder: PathBuf,
    cipher: Cipher,
    connection: Connection,
}

impl Sqlite {
    /// Makes or opens a database in a folder; `None` when this build has no SQLCipher.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn begin(folder: &Path, cipher: Cipher, kept: Kept) -> Result<Option<Self>, Fault> {
        let connection = Connection::open(folder.join("documents.db"))?;
        if cipher == Cipher::Sqlcipher {
            let version = "PRAGMA cipher_version";
            let mut select = connection.prepare(version)?;
            if !select.exists([])? {
                return Ok(None);
            }
            connection.execute_batch("PRAGMA key = 'a key of this bench and no other'")?;
        }
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536",
        )?;
        if kept == Kept::No {
            connection.execute_batch(
                "CREATE TABLE documents (number INTEGER PRIMARY KEY, patient INTEGER, kind TEXT,
                   title TEXT, day INTEGER, masked INTEGER, body TEXT);
                 CREATE INDEX documents_of ON documents (patient, day);
                 CREATE TABLE authorised (actor INTEGER, patient INTEGER,
                   PRIMARY KEY (actor, patient)) WITHOUT ROWID;
                 CREATE VIRTUAL TABLE words USING fts5(body, content = '',
                   tokenize = \"unicode61 remove_diacritics 2\")",
            )?;
        }
        // The file is read here, not at the first question.
        connection.query_row("SELECT count(*) FROM authorised", [], |_| Ok(()))?;
        Ok(Some(Self {
            folder: folder.to_owned(),
            cipher,
            connection,
        }))
    }

    /// Takes documents in, all in one transaction.
    fn insert(&mut self, documents: impl IntoIterator<Item = Document>) -> Result<(), Fault> {
        let transaction = self.connection.transaction()?;
        for it in documents {
            let sql = "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![
                it.number, it.patient, it.kind, it.title, it.day, it.masked, it.text
            ])?;
            let sql = "INSERT INTO words(rowid, body) VALUES (?, ?)";
            let mut words = transaction.prepare_cached(sql)?;
            words.execute(params![it.number, it.text])?;
        }
        Ok(transaction.commit()?)
    }

    fn numbers(&self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<u32>, Fault> {
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(values, |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Engine for Sqlite {
    fn name(&self) -> &'static str {
        match self.cipher {
            Cipher::None => Contender::Sqlite,
            Cipher::Sqlcipher => Contender::Sqlcipher,
        }
        .name()
    }

    fn load(&mut self, world: &World) -> Result<(), Fault> {
        let grant = self.connection.transaction()?;
        for patient in 0..world.panel() {
            grant.execute("INSERT INTO authorised VALUES (1, ?)", [patient])?;
        }
        grant.commit()?;
        let all: Vec<u32> = (0..world.documents).collect();
        for batch in all.chunks(BATCH) {
            self.insert(batch.iter().map(|number| world.document(*number)))?;
        }
        self.connection.execute_batch("ANALYZE")?;
        Ok(())
    }

    fn list(&mut self, patient: u32) -> Result<Vec<Listed>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT number, kind, title FROM documents JOIN authorised USING (patient)
             WHERE actor = 1 AND patient = ? AND masked = 0 ORDER BY day, number",
        )?;
        let rows = select.query_map([patient], |row| {
            Ok(Listed {
                number: row.get(0)?,
                kind: row.get(1)?,
                title: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn fetch(&mut self, number: u32) -> Result<Vec<u8>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT body FROM documents JOIN authorised USING (patient)
             WHERE actor = 1 AND number = ? AND masked = 0",
        )?;
        let body: String = select.query_row([number], |row| row.get(0))?;
        Ok(body.into_bytes())
    }

    fn inside(&mut self, patient: u32, words: [&str; 2]) -> Result<Vec<u32>, Fault> {
        let sql = "SELECT number FROM words JOIN documents ON number = words.rowid
             JOIN authorised USING (patient)
             WHERE words MATCH ? AND patient = ? AND actor = 1 AND masked = 0";
        self.numbers(sql, &[&words.join(" AND "), &patient])
    }

    fn top(&mut self, word: &str) -> Result<Vec<u32>, Fault> {
        let sql = "SELECT number FROM words JOIN documents ON number = words.rowid
             JOIN authorised USING (patient)
             WHERE words MATCH ? AND actor = 1 AND masked = 0 ORDER BY bm25(words) LIMIT 10";
        self.numbers(sql, &[&word])
    }

    fn count(&mut self, word: &str) -> Result<u64, Fault> {
        let sql = "SELECT count(*) FROM words JOIN documents ON number = words.rowid
             JOIN authorised USING (patient) WHERE words MATCH ? AND actor = 1 AND masked = 0";
        let count = self.numbers(sql, &[&word])?;
        Ok(count.first().copied().map_or(0, u64::from))
    }

    fn facets(&mut self, word: &str) -> Result<BTreeMap<String, u64>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT kind, count(*) FROM words JOIN documents ON number = words.rowid
             JOIN authorised USING (patient)
             WHERE words MATCH ? AND actor = 1 AND masked = 0 GROUP BY kind",
        )?;
        let rows = select.query_map([word], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?))
        })?;
        let mut facets = BTreeMap::new();
        for row in rows {
            let (kind, count) = row?;
            facets.insert(kind, u64::from(count));
        }
        Ok(facets)
    }

    fn deposit(&mut self, document: &Document) -> Result<(), Fault> {
        self.insert([document.clone()])
    }

    fn bytes(&mut self) -> Option<u64> {
        Some(bytes_below(&self.folder))
    }
}
