//! `liasse import`: documents in, one answer per file.

use crate::args::Import;
use crate::fault::Fault;
use crate::{actor, output, store};
use liasse::{Deposit, Deposited, Error, Outcome, Session, Ticket};
use serde_json::json;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Imports every file; a refused one does not stop the others.
pub(crate) fn run(import: &Import) -> Result<(), Fault> {
    let request = actor::read(&import.asking.actor)?;
    let files = files(&import.paths)?;
    let engine = store::open(&import.open)?;
    let session = engine.session(request)?;
    let mut tally = Tally {
        json: import.asking.json,
        ..Tally::default()
    };
    let mut waiting: VecDeque<(PathBuf, Ticket<Deposited>)> = VecDeque::new();
    for file in files {
        match begin(&session, &file) {
            Ok(ticket) => waiting.push_back((file, ticket)),
            Err(error) => tally.refused(&file, &error),
        }
        if waiting.len() >= IN_FLIGHT_MAX {
            settle(&mut waiting, &mut tally);
        }
    }
    while !waiting.is_empty() {
        settle(&mut waiting, &mut tally);
    }
    drop(session);
    engine.close()?;
    tally.finish()
}

fn begin(session: &Session, file: &Path) -> Result<Ticket<Deposited>, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(
            liasse::Code::Invalid,
            format!("the file cannot be read: {}", error.kind()),
            "check its name and its permissions",
        )
    };
    // Looked at before the file is read: a file far too long must not fill the memory.
    let length = std::fs::metadata(file).map_err(unreadable)?.len();
    if length > liasse::DEPOSIT_BYTES_MAX {
        return Err(Error::new(
            liasse::Code::Limit,
            format!(
                "the file is longer than {} bytes",
                liasse::DEPOSIT_BYTES_MAX
            ),
            "split it, or deposit a smaller form of it",
        ));
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    session.begin_deposit(&Deposit::new(&bytes).opening())
}

fn settle(waiting: &mut VecDeque<(PathBuf, Ticket<Deposited>)>, tally: &mut Tally) {
    if let Some((file, ticket)) = waiting.pop_front() {
        match ticket.wait() {
            Ok(deposited) => tally.taken(&file, &deposited),
            Err(error) => tally.refused(&file, &error),
        }
    }
}

#[derive(Default)]
struct Tally {
    json: bool,
    kept: usize,
    present: usize,
    refused: usize,
}

impl Tally {
    fn taken(&mut self, file: &Path, deposited: &Deposited) {
        let outcome = match deposited.outcome {
            Outcome::Kept => {
                self.kept += 1;
                "kept"
            }
            Outcome::AlreadyPresent => {
                self.present += 1;
                "already_present"
            }
        };
        if self.json {
            output::object(&json!({
                "file": file.display().to_string(),
                "outcome": outcome,
                "document": deposited.document.to_string(),
                "reason": null,
                "place": null,
            }));
        } else {
            output::line(&format!(
                "{outcome}  {}  {}",
                deposited.document,
                file.display()
            ));
        }
    }

    fn refused(&mut self, file: &Path, error: &Error) {
        self.refused += 1;
        if self.json {
            output::object(&json!({
                "file": file.display().to_string(),
                "outcome": "refused",
                "document": null,
                "reason": reason(error),
                "code": error.code().name(),
                "place": error.place(),
            }));
        } else {
            output::line(&format!("refused  {}  {error}", file.display()));
        }
    }

    fn finish(&self) -> Result<(), Fault> {
        if !self.json {
            output::line(&format!(
                "{} kept, {} already present, {} refused",
                self.kept, self.present, self.refused
            ));
        }
        if self.refused == 0 {
            Ok(())
        } else {
            Err(Fault::findings(format!(
                "{} files were refused",
                self.refused
            )))
        }
    }
}

/// What is wrong and, where there is more to say, what to do.
fn reason(error: &Error) -> String {
    match error.hint() {
        "" => error.message().to_owned(),
        hint => format!("{}; {hint}", error.message()),
    }
}

/// The files named, and those of the folders named, in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for path in paths {
        let found = path.metadata().map_err(|error| Fault::file(path, &error))?;
        if found.is_dir() {
            walk(path, &mut files, 0)?;
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Fault::input("no .xml or .json file was found there"));
    }
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> Result<(), Fault> {
    let entries = std::fs::read_dir(folder).map_err(|error| Fault::file(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| Fault::file(folder, &error))?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() && depth < FOLDER_DEPTH_MAX {
            walk(&path, files, depth + 1)?;
        } else if matches!(
            path.extension().and_then(|end| end.to_str()),
            Some("xml" | "json")
        ) {
            files.push(path);
        }
    }
    Ok(())
}

/// How many deposits wait for their commit at once.
const IN_FLIGHT_MAX: usize = 64;
/// How deep folders are followed.
const FOLDER_DEPTH_MAX: usize = 16;
