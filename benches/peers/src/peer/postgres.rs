//! PostgreSQL with its own `french` configuration behind `unaccent`.
//!
//! The server is the machine's: found where Debian puts it or on the path, started in a scratch
//! folder, reached over a socket in it, and stopped with its value. It refuses to run as root,
//! so root runs it as `postgres` or `nobody`. No client library: one `psql` is kept open and
//! talked to over pipes.

use super::{Asked, Document, Fault, Found, Mode, Peer, words};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A server of one's own.
pub struct Server {
    programs: PathBuf,
    user: Option<&'static str>,
    folder: PathBuf,
}

impl Server {
    /// Starts a server in a folder below `scratch`, over what an earlier one left there; `None`
    /// when the machine has none.
    ///
    /// # Errors
    /// What its programs say.
    pub fn start(scratch: &Path) -> Result<Option<Self>, Fault> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let folder = scratch.join("postgres");
        std::fs::create_dir_all(&folder)?;
        let server = Self {
            programs,
            user: unprivileged()?,
            folder,
        };
        let data = server.data();
        if !data.exists() {
            if let Some(user) = server.user {
                run(Command::new("chown").arg(user).arg(&server.folder))?;
            }
            let locale = ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
            let mut initdb = server.command("initdb");
            run(initdb.arg("-D").arg(&data).args(["-U", USER]).args(locale))?;
        }
        let options = format!("{SETTINGS} -h '' -k '{}'", server.folder.display());
        let mut start = server.command("pg_ctl");
        start.arg("-D").arg(&data).arg("-l");
        start.arg(server.folder.join("log"));
        run(start.args(["-w", "-o", &options, "start"]))?;
        Ok(Some(server))
    }

    /// A connection.
    ///
    /// # Errors
    /// When `psql` does not start.
    pub fn connect(&self) -> Result<Psql, Fault> {
        let mut psql = self.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-U", USER, "-d", "postgres", "-h"]);
        psql.arg(&self.folder)
            .env("PGOPTIONS", "-c client_min_messages=error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = psql.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("psql has no pipes".into());
        };
        Ok(Psql {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(self.data());
        // A server that was never started has nothing to stop.
        let _ = run(stop.args(["-m", "immediate", "stop"]));
    }
}

/// One open `psql`.
pub struct Psql {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Psql {
    /// Runs statements; gives the rows of all, as text.
    ///
    /// # Errors
    /// What `psql` says; it is of no use afterwards.
    pub fn run(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Fault> {
        let sent = writeln!(self.input, "{sql}\n;\\echo {DONE}").and_then(|()| self.input.flush());
        let mut rows = Vec::new();
        let mut line = String::new();
        while sent.is_ok() {
            line.clear();
            if self.output.read_line(&mut line)? == 0 {
                break;
            }
            let row = line.trim_end_matches('\n');
            if row == DONE {
                return Ok(rows);
            }
            rows.push(row.split('\t').map(str::to_owned).collect());
        }
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut said)?;
        }
        Err(format!("psql: {}", said.trim()).into())
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A table with a text vector and an index over it.
pub struct Postgres {
    psql: Psql,
}

impl Postgres {
    /// Makes the configuration and the table.
    ///
    /// # Errors
    /// What the server says, for example that `unaccent` is not installed.
    pub fn create(server: &Server) -> Result<Self, Fault> {
        let mut psql = server.connect()?;
        psql.run(
            "CREATE EXTENSION unaccent;
             CREATE TEXT SEARCH CONFIGURATION fr (COPY = french);
             ALTER TEXT SEARCH CONFIGURATION fr
               ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
             CREATE TABLE documents (at integer PRIMARY KEY, title text, body text,
               words tsvector GENERATED ALWAYS AS
                 (to_tsvector('fr'::regconfig, title || E'\\n' || body)) STORED);
             CREATE INDEX words_of ON documents USING gin (words)",
        )?;
        Ok(Self { psql })
    }

    /// Adds documents; the first is at 0.
    ///
    /// # Errors
    /// What the server says.
    pub fn load(&mut self, documents: &[Document]) -> Result<(), Fault> {
        let placed: Vec<_> = documents.iter().enumerate().collect();
        for batch in placed.chunks(BATCH) {
            let mut sql = "INSERT INTO documents (at, title, body) VALUES ".to_owned();
            for (nth, (at, document)) in batch.iter().enumerate() {
                let comma = if nth == 0 { "" } else { "," };
                let (title, body) = (literal(&document.title), literal(&document.text));
                write!(sql, "{comma}({at},{title},{body})")?;
            }
            self.psql.run(&sql)?;
        }
        self.psql.run("ANALYZE documents")?;
        Ok(())
    }
}

impl Peer for Postgres {
    fn ask(&mut self, asked: &Asked) -> Result<Vec<Found>, Fault> {
        let mut query = expression(asked);
        if let Some(without) = &asked.without {
            query = format!("({query} && !!plainto_tsquery('fr', {}))", literal(without));
        }
        let rows = self.psql.run(&format!(
            "SELECT at, ts_rank(words, asked) FROM documents, (SELECT {query} AS asked) AS it
             WHERE words @@ asked"
        ))?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [at, score] => Ok((at.parse()?, score.parse()?)),
                _ => Err("psql gave a row of another shape".into()),
            })
            .collect()
    }
}

/// The question as an expression of type `tsquery`.
fn expression(asked: &Asked) -> String {
    let text = literal(&asked.text);
    match asked.mode {
        // It has no misspellings: the word as it stands.
        Mode::All | Mode::Fuzzy => format!("plainto_tsquery('fr', {text})"),
        Mode::Any => {
            format!("replace(plainto_tsquery('fr', {text})::text, '&', '|')::tsquery")
        }
        Mode::Phrase => format!("phraseto_tsquery('fr', {text})"),
        Mode::Prefix => {
            let word = literal(&format!("{}:*", words(&asked.text).join(" & ")));
            format!("to_tsquery('fr', {word})")
        }
        Mode::Near(slop) => {
            let words = words(&asked.text);
            let (first, last) = match words.as_slice() {
                [first, .., last] => (first, last),
                [] | [_] => return format!("plainto_tsquery('fr', {text})"),
            };
            let apart: Vec<String> = (1..=slop + 1)
                .map(|apart| format!("{first} <{apart}> {last} | {last} <{apart}> {first}"))
                .collect();
            format!("to_tsquery('fr', {})", literal(&apart.join(" | ")))
        }
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Where the programs are: the newest of Debian's, or the path's.
fn programs() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").ok();
    let folders = installed.into_iter().flatten().flatten();
    let newest = folders
        .map(|folder| folder.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max();
    newest.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    })
}

/// Who runs the server, when we are root.
fn unprivileged() -> Result<Option<&'static str>, Fault> {
    let asked = Command::new("id").arg("-u").output()?;
    if String::from_utf8(asked.stdout)?.trim() != "0" {
        return Ok(None);
    }
    let exists = |user: &&str| {
        let id = Command::new("id").arg("-u").arg(user).output();
        id.is_ok_and(|output| output.status.success())
    };
    match ["postgres", "nobody"].into_iter().find(exists) {
        Some(user) => Ok(Some(user)),
        None => Err("root needs a user postgres or nobody to run the server as".into()),
    }
}

fn run(command: &mut Command) -> Result<(), Fault> {
    let file = std::env::temp_dir().join(format!("liasse-peer-{}", std::process::id()));
    // A pipe would stay open in the server it starts.
    let said = std::fs::File::create(&file)?;
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .status();
    let said = std::fs::read_to_string(&file)?;
    std::fs::remove_file(&file)?;
    if status?.success() {
        return Ok(());
    }
    let program = command.get_program().display().to_string();
    Err(format!("{program}: {}", said.trim()).into())
}

const USER: &str = "postgres";
/// What anybody would set for half a million documents on a machine like this; commits are synced.
const SETTINGS: &str =
    "-c shared_buffers=1GB -c work_mem=64MB -c max_wal_size=4GB -c maintenance_work_mem=256MB";
const DONE: &str = "--liasse: done--";
const BATCH: usize = 50;
