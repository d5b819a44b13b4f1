//! What goes out: answers on standard output, everything else on standard error.

use crate::args::{Root, Signed};
use crate::html;
use liasse::{Auditor, Class, Depth, Options, RootKey};
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Why a command did not do what it should.
pub(crate) struct Fault {
    pub(crate) exit: u8,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self {
            exit: EXIT_INPUT,
            message: message.into(),
        }
    }

    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        let named_wrongly = [ErrorKind::NotFound, ErrorKind::NotADirectory];
        let exit = if named_wrongly.contains(&error.kind()) {
            EXIT_INPUT
        } else {
            EXIT_NOT_CHECKED
        };
        let message = format!("{}: {}", path.display(), error.kind());
        Self { exit, message }
    }
}

impl From<liasse::Error> for Fault {
    fn from(error: liasse::Error) -> Self {
        let exit = if error.class() == Class::Misuse {
            EXIT_INPUT
        } else if error.class() == Class::Refused {
            EXIT_FINDINGS
        } else if error.class() == Class::Bug {
            EXIT_BUG
        } else {
            EXIT_NOT_CHECKED
        };
        Self {
            exit,
            message: error.to_string(),
        }
    }
}

/// Sees that nothing is to be written into the store that is looked at.
pub(crate) fn keep_out(store: &Path, places: &[&Path]) -> Result<(), Fault> {
    // What cannot be found is told when it is opened.
    let Ok(store) = store.canonicalize() else {
        return Ok(());
    };
    for place in places {
        let whole = std::path::absolute(place).map_err(|error| Fault::file(place, &error))?;
        let mut there = whole.ancestors().filter_map(|it| it.canonicalize().ok());
        if there.next().is_some_and(|it| it.starts_with(&store)) {
            return Err(Fault::input(format!(
                "{} lies in the store, which is only read: name a place outside of it",
                place.display()
            )));
        }
    }
    Ok(())
}

/// Sees that a notebook is where it is said to be: one that is made by mistake knows nothing, and
/// contradicts nobody.
pub(crate) fn notebook_there(folder: &Path) -> Result<(), Fault> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Fault::input(format!(
        "there is no notebook at {}: make the folder if it is to be a new one",
        folder.display()
    )))
}

/// The root key that was named, if one was.
pub(crate) fn root(asked: &Root) -> Result<Option<RootKey>, Fault> {
    if let Some(file) = &asked.key_file {
        fs::metadata(file).map_err(|error| Fault::file(file, &error))?;
        return Ok(Some(RootKey::File(file.clone())));
    }
    let Some(name) = &asked.passphrase_env else {
        return Ok(None);
    };
    match std::env::var(name) {
        Ok(text) => Ok(Some(RootKey::Passphrase(text.into()))),
        Err(_) => Err(Fault::input(format!("put the passphrase into {name}"))),
    }
}

/// A store whose log is proved or exported; its key signs when no checkpoint is given.
pub(crate) fn open(store: &Path, asked: &Root) -> Result<Auditor, Fault> {
    let root = root(asked)?;
    let auditor = Auditor::open(store, Depth::AuditKeys, root.as_ref(), &Options::default())?;
    auditor.require_keys()?;
    Ok(auditor)
}

/// The checkpoint that was given, and its key.
pub(crate) fn signed(asked: &Signed) -> Result<Option<(String, String)>, Fault> {
    match (&asked.checkpoint, &asked.log_key) {
        (Some(checkpoint), Some(key)) => Ok(Some((read(checkpoint)?, read(key)?))),
        (None, _) | (_, None) => Ok(None),
    }
}

/// The same, borrowed.
pub(crate) fn pair(signed: Option<&(String, String)>) -> Option<(&str, &str)> {
    signed.map(|(text, key)| (text.as_str(), key.as_str()))
}

pub(crate) fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(|error| {
        if error.kind() == ErrorKind::InvalidData {
            Fault::input(format!("{} is no text", path.display()))
        } else {
            Fault::file(path, &error)
        }
    })
}

/// Sees that there is nothing yet where something is to be written: no key, no earlier proof.
pub(crate) fn vacant(path: &Path) -> Result<(), Fault> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let what = "is there already, and is not written over: remove it, or name another";
    Err(Fault::input(format!("{} {what}", path.display())))
}

/// Writes a file where there is none.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    vacant(path)?;
    write(path, bytes)
}

/// Writes a page; one that was written before is replaced, and nothing else is.
pub(crate) fn write_page(path: &Path, page: &str) -> Result<(), Fault> {
    vacant_or_page(path)?;
    write(path, page.as_bytes())
}

/// Sees that nothing but an earlier page lies where one is to be written.
pub(crate) fn vacant_or_page(path: &Path) -> Result<(), Fault> {
    let mut begin = vec![0; html::BEGIN.len()];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    if read.is_ok() && begin == html::BEGIN.as_bytes() {
        return Ok(());
    }
    vacant(path)
}

/// Writes a file anew; what was there is replaced in one step.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let fresh = beside(path, "part");
    let done = written(&fresh, bytes).and_then(|()| fs::rename(&fresh, path));
    let done = done.and_then(|()| synced_folder(path));
    done.map_err(|error| Fault::file(path, &error))
}

/// The path with an ending behind its whole name: `acc.1` and `acc.2` are two.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn written(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What was replaced stays replaced when the power is lost: a witness must not forget what she
/// signed.
fn synced_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Says one line. Names come from the store that is looked at: they make no line of their own,
/// and tell a terminal nothing.
pub(crate) fn line(text: &str) {
    // A reader that closed the pipe wants no more lines.
    let _ = writeln!(io::stdout().lock(), "{}", plain(text));
}

pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "liasse-audit: {}", plain(text));
}

fn plain(text: &str) -> String {
    let plain = |it: char| match it.is_control() {
        true => it.escape_default().collect(),
        false => String::from(it),
    };
    text.chars().map(plain).collect()
}

pub(crate) const EXIT_FINDINGS: u8 = 1;
pub(crate) const EXIT_INPUT: u8 = 2;
pub(crate) const EXIT_NOT_CHECKED: u8 = 3;
pub(crate) const EXIT_NOT_FULLY: u8 = 4;
pub(crate) const EXIT_ERASING: u8 = 5;
pub(crate) const EXIT_BUG: u8 = 70;
