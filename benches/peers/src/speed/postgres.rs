//! PostgreSQL with row-level security and a GIN index, asked through one open `psql`.
//!
//! Its rules are policies of the server, asked as the role they restrict. As it comes, `@@` is not
//! leakproof, so under row-level security the index cannot be used; declared leakproof against
//! its nature it can, and a hidden row's words can be told from errors and times.

use super::{BATCH, Engine, Listed, World};
use crate::peer::{Fault, Psql, Server};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Whether text matching is declared leakproof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// As it comes.
    Honest,
    /// Declared so, which it is not.
    Leakproof,
}

/// A database of the server.
pub struct Postgres {
    psql: Psql,
    leak: Leak,
}

impl Postgres {
    /// Makes the tables.
    ///
    /// # Errors
    /// What the server says.
    pub fn create(server: &Server) -> Result<Self, Fault> {
        let mut psql = server.connect()?;
        psql.run(
            "CREATE ROLE physician;
             CREATE TABLE authorised (actor integer, patient integer, PRIMARY KEY (actor, patient));
             CREATE TABLE documents (number integer PRIMARY KEY, patient integer, kind text,
               title text, day integer, masked boolean, body text, words tsvector);
             CREATE POLICY shown ON documents FOR SELECT TO physician USING
               (NOT masked AND EXISTS (SELECT FROM authorised a
                 WHERE a.actor = 1 AND a.patient = documents.patient));
             ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
             GRANT SELECT ON documents, authorised TO physician",
        )?;
        Ok(Self {
            psql,
            leak: Leak::Honest,
        })
    }

    /// From here on, text matching is declared leakproof.
    ///
    /// # Errors
    /// What the server says.
    pub fn declare_leakproof(&mut self) -> Result<(), Fault> {
        self.psql.run(
            "RESET ROLE; ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
             SET ROLE physician",
        )?;
        self.leak = Leak::Leakproof;
        Ok(())
    }

    fn numbers(&mut self, sql: &str) -> Result<Vec<u32>, Fault> {
        let rows = self.psql.run(sql)?;
        let first = rows.iter().filter_map(|row| row.first());
        Ok(first.map(|text| text.parse()).collect::<Result<_, _>>()?)
    }
}

impl Engine for Postgres {
    fn name(&self) -> String {
        match self.leak {
            Leak::Honest => "PostgreSQL RLS+GIN",
            Leak::Leakproof => "PostgreSQL RLS+GIN, LEAKPROOF",
        }
        .to_owned()
    }

    fn load(&mut self, world: &World) -> Result<(), Fault> {
        let panel = world.panel();
        self.psql.run(&format!(
            "INSERT INTO authorised SELECT 1, n FROM generate_series(0, {panel} - 1) n"
        ))?;
        let all: Vec<u32> = (0..world.documents).collect();
        for batch in all.chunks(BATCH) {
            let mut sql = "INSERT INTO documents VALUES ".to_owned();
            for (nth, number) in batch.iter().enumerate() {
                let it = world.document(*number);
                let comma = if nth == 0 { "" } else { "," };
                // Made-up words need no quoting.
                write!(
                    sql,
                    "{comma}({},{},'{}','{}',{},{},'{}',to_tsvector('simple','{}'))",
                    it.number, it.patient, it.kind, it.title, it.day, it.masked, it.text, it.text
                )?;
            }
            self.psql.run(&sql)?;
        }
        self.psql.run(
            "CREATE INDEX documents_of ON documents (patient, day);
             CREATE INDEX words_of ON documents USING gin (words);
             ANALYZE documents; ANALYZE authorised; SET ROLE physician",
        )?;
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

    fn bytes(&self) -> Option<u64> {
        None
    }
}
