//! PostgreSQL with row-level security and a GIN index, asked through one open `psql`.
//!
//! Its rules are policies of the server, asked as the role they restrict. As it comes, `@@` is not
//! leakproof, so under row-level security the index cannot be used; declared leakproof against
//! its nature it can, and a hidden row's words can be told from errors and times.

use super::{BATCH, Contender, Document, Engine, Kept, Listed, World, processor_of};
use crate::peer::{Fault, Psql, Server};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Whether text matching is declared leakproof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// As it comes.
    Honest,
    /// Declared so, which it is not.
    Leakproof,
}

/// A database of a server of its own.
pub struct Postgres {
    // The connection ends before the server does.
    psql: Psql,
    leak: Leak,
    backend: String,
    _server: Server,
}

impl Postgres {
    /// Starts a server in a folder, and makes the tables; `None` when the machine has none.
    ///
    /// # Errors
    /// What the server says.
    pub fn begin(folder: &Path, leak: Leak, kept: Kept) -> Result<Option<Self>, Fault> {
        let Some(server) = Server::start(folder)? else {
            return Ok(None);
        };
        let mut psql = server.connect()?;
        if kept == Kept::No {
            psql.run(TABLES)?;
        }
        let leakproof = match leak {
            Leak::Honest => "NOT LEAKPROOF",
            Leak::Leakproof => "LEAKPROOF",
        };
        psql.run(&format!(
            "ALTER FUNCTION ts_match_vq(tsvector, tsquery) {leakproof}"
        ))?;
        let backend = psql.run("SELECT pg_backend_pid()")?;
        let backend = backend.into_iter().flatten().next().ok_or("no backend")?;
        if kept == Kept::Yes {
            psql.run("SET ROLE physician")?;
        }
        Ok(Some(Self {
            psql,
            leak,
            backend,
            _server: server,
        }))
    }

    fn insert(&mut self, documents: impl IntoIterator<Item = Document>) -> Result<(), Fault> {
        let mut sql = "INSERT INTO documents VALUES ".to_owned();
        for (nth, it) in documents.into_iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            // Made-up words need no quoting.
            write!(
                sql,
                "{comma}({},{},'{}','{}',{},{},'{}',to_tsvector('simple','{}'))",
                it.number, it.patient, it.kind, it.title, it.day, it.masked, it.text, it.text
            )?;
        }
        self.psql.run(&sql)?;
        Ok(())
    }

    fn numbers(&mut self, sql: &str) -> Result<Vec<u32>, Fault> {
        let rows = self.psql.run(sql)?;
        let first = rows.iter().filter_map(|row| row.first());
        Ok(first.map(|text| text.parse()).collect::<Result<_, _>>()?)
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        match self.leak {
            Leak::Honest => Contender::Honest,
            Leak::Leakproof => Contender::Leakproof,
        }
        .name()
    }

    fn load(&mut self, world: &World) -> Result<(), Fault> {
        let panel = world.panel();
        self.psql.run(&format!(
            "INSERT INTO authorised SELECT 1, n FROM generate_series(0, {panel} - 1) n"
        ))?;
        let all: Vec<u32> = (0..world.documents).collect();
        for batch in all.chunks(BATCH) {
            self.insert(batch.iter().map(|number| world.document(*number)))?;
        }
        self.psql.run("VACUUM ANALYZE documents")?;
        self.psql.run("ANALYZE authorised")?;
        Ok(())
    }

    fn list(&mut self, patient: u32) -> Result<Vec<Listed>, Fault> {
        let rows = self.psql.run(&format!(
            "SELECT number, kind, title FROM documents WHERE patient = {patient} \
             ORDER BY day, number"
        ))?;
        let mut listed = Vec::with_capacity(rows.len());
        for row in rows {
            let [number, kind, title] = <[String; 3]>::try_from(row).map_err(|_| "a short row")?;
            listed.push(Listed {
                number: number.parse()?,
                kind,
                title,
            });
        }
        Ok(listed)
    }

    fn fetch(&mut self, number: u32) -> Result<Vec<u8>, Fault> {
        let sql = format!("SELECT body FROM documents WHERE number = {number}");
        let rows = self.psql.run(&sql)?;
        let body = rows.into_iter().flatten().next();
        Ok(body.ok_or("no body")?.into_bytes())
    }

    fn inside(&mut self, patient: u32, words: [&str; 2]) -> Result<Vec<u32>, Fault> {
        let words = words.join(" & ");
        self.numbers(&format!(
            "SELECT number FROM documents WHERE patient = {patient} \
             AND words @@ to_tsquery('simple', '{words}')"
        ))
    }

    fn top(&mut self, word: &str) -> Result<Vec<u32>, Fault> {
        self.numbers(&format!(
            "SELECT number FROM documents, to_tsquery('simple', '{word}') asked \
             WHERE words @@ asked ORDER BY ts_rank(words, asked) DESC LIMIT 10"
        ))
    }

    fn count(&mut self, word: &str) -> Result<u64, Fault> {
        let count = self.numbers(&format!(
            "SELECT count(*) FROM documents WHERE words @@ to_tsquery('simple', '{word}')"
        ))?;
        Ok(count.first().copied().map_or(0, u64::from))
    }

    fn facets(&mut self, word: &str) -> Result<BTreeMap<String, u64>, Fault> {
        let rows = self.psql.run(&format!(
            "SELECT kind, count(*) FROM documents \
             WHERE words @@ to_tsquery('simple', '{word}') GROUP BY kind"
        ))?;
        let mut facets = BTreeMap::new();
        for row in rows {
            let [kind, count] = <[String; 2]>::try_from(row).map_err(|_| "a short row")?;
            facets.insert(kind, count.parse()?);
        }
        Ok(facets)
    }

    fn deposit(&mut self, document: &Document) -> Result<(), Fault> {
        self.psql.run("RESET ROLE")?;
        self.insert([document.clone()])?;
        self.psql.run("SET ROLE physician")?;
        Ok(())
    }

    fn bytes(&mut self) -> Option<u64> {
        let asked = "SELECT pg_total_relation_size('documents') \
             + pg_total_relation_size('authorised')";
        let rows = self.psql.run(asked).ok()?;
        rows.into_iter().flatten().next()?.parse().ok()
    }

    fn processor(&mut self) -> Option<Duration> {
        processor_of(&self.backend)
    }
}

const TABLES: &str = "CREATE ROLE physician;
    CREATE TABLE authorised (actor integer, patient integer, PRIMARY KEY (actor, patient));
    CREATE TABLE documents (number integer PRIMARY KEY, patient integer, kind text,
      title text, day integer, masked boolean, body text, words tsvector);
    CREATE POLICY shown ON documents FOR SELECT TO physician USING
      (NOT masked AND EXISTS (SELECT FROM authorised a
        WHERE a.actor = 1 AND a.patient = documents.patient));
    ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
    GRANT SELECT ON documents, authorised TO physician;
    CREATE INDEX documents_of ON documents (patient, day);
    CREATE INDEX words_of ON documents USING gin (words)";
