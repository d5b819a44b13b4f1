//! The auditor's notebook: what earlier audits saw of the log, kept where nobody who can change
//! the store can change it.
//!
//! ```text
//! NOTEBOOK/key                  the log's verifier key, as `liasse checkpoint` tells it
//! NOTEBOOK/host-keys            the keys of the host's own signers, one a line, if it has any
//! NOTEBOOK/*.checkpoint         signed checkpoints, or the three lines of one alone, as an
//!                               audit without keys notes it
//! NOTEBOOK/evidence/*           pages that contradict the store or one another; never removed
//! ```
//! For: rollback and forks of the whole store. Invariants: a page is never changed; a signed page
//! is believed only by the key, and taken in only with a host's signature once one is known; what
//! contradicts is copied beside, with what it contradicts.

use crate::error::{Code, Error, Result};
use base::Digest;
use base::disk::{Disk, FolderDisk};
use journal::{Checkpoint, SignedCheckpoint, VerifierKey};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The checkpoints of earlier audits.
pub struct Notebook {
    folder: PathBuf,
    pub(super) key: Option<VerifierKey>,
    /// The key is not in the folder yet.
    fresh_key: bool,
    hosts: Vec<VerifierKey>,
    pub(super) pages: BTreeMap<String, Page>,
}

/// One page.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) checkpoint: Checkpoint,
    pub(super) text: String,
}

impl Notebook {
    /// Opens the notebook in `folder`, which is made when it is not there; tells which pages
    /// cannot be believed.
    ///
    /// # Errors
    /// [`Code::Io`]; [`Code::Invalid`] when the key cannot be read.
    pub fn open(folder: &Path) -> Result<(Self, Vec<String>)> {
        Self::open_with(folder, None)
    }

    /// Opens the notebook in `folder` as [`Self::open`] does. Where it holds no key of the log, its
    /// pages are read by this one, which comes into it with the first page that is added.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_key(folder: &Path, key: &str) -> Result<(Self, Vec<String>)> {
        let key = key.trim().parse().map_err(|_| unreadable(KEY))?;
        Self::open_with(folder, Some(key))
    }

    /// Whether it holds no page that could contradict a log.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    fn open_with(folder: &Path, given: Option<VerifierKey>) -> Result<(Self, Vec<String>)> {
        fs::create_dir_all(folder).map_err(system)?;
        let mut fresh_key = false;
        let key = match fs::read_to_string(folder.join(KEY)) {
            Ok(text) => Some(text.trim().parse().map_err(|_| unreadable(KEY))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fresh_key = given.is_some();
                given
            }
            Err(error) => return Err(system(error)),
        };
        let hosts = match fs::read_to_string(folder.join(HOSTS)) {
            Ok(text) => {
                let read = |line: &str| line.trim().parse().map_err(|_| unreadable(HOSTS));
                text.lines().map(read).collect::<Result<_>>()?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(system(error)),
        };
        let mut notebook = Self {
            folder: folder.to_path_buf(),
            key,
            fresh_key,
            hosts,
            pages: BTreeMap::new(),
        };
        let mut unread = Vec::new();
        for entry in fs::read_dir(folder).map_err(system)? {
            let name = entry.map_err(system)?.file_name();
            let name = name.to_string_lossy().into_owned();
            if !name.ends_with(PAGE) {
                continue;
            }
            let text = fs::read_to_string(folder.join(&name)).map_err(system)?;
            match notebook.read(&text) {
                Some(checkpoint) => {
                    notebook.pages.insert(name, Page { checkpoint, text });
                }
                None => unread.push(name),
            }
        }
        unread.sort();
        Ok((notebook, unread))
    }

    /// Adds a page: a signed checkpoint, or the lines of one; its name, or `None` when the
    /// notebook has it.
    ///
    /// # Errors
    /// [`Code::Invalid`] when it is none, or not signed by the notebook's key, or by none of the
    /// host's that it knows; [`Code::Io`].
    pub fn add(&mut self, text: &str) -> Result<Option<String>> {
        let checkpoint = self.read(text).ok_or_else(|| unreadable("checkpoint"))?;
        let alone = text.contains("\n\n") && !self.is_hosted(text);
        if alone && !self.hosts.is_empty() {
            return Err(unreadable("checkpoint"));
        }
        let signed = if text.contains("\n\n") { "" } else { "-noted" };
        if self.fresh_key
            && let Some(key) = &self.key
        {
            write_new(&self.folder.join(KEY), &format!("{key}\n"))?;
            self.fresh_key = false;
        }
        let name = format!("{}{signed}{PAGE}", stem(&checkpoint));
        if self.pages.contains_key(&name) {
            return Ok(None);
        }
        write_new(&self.folder.join(&name), text)?;
        let text = text.to_owned();
        self.pages.insert(name.clone(), Page { checkpoint, text });
        Ok(Some(name))
    }

    /// Takes a key of the host's own signers in: its first on the auditor's word, each later one
    /// on that of a key before it, which signed this checkpoint too.
    ///
    /// # Errors
    /// [`Code::Invalid`] when the new key, the notebook's or, once there are some, none of the
    /// host's signed it; [`Code::Io`].
    pub fn trust_host(&mut self, text: &str, key: &str) -> Result<()> {
        let fresh: VerifierKey = key.trim().parse().map_err(|_| unreadable(HOSTS))?;
        let both = self.read(text).is_some() && signed_by(text, &fresh).is_some();
        if !both || !(self.hosts.is_empty() || self.is_hosted(text)) {
            return Err(unreadable("checkpoint"));
        }
        if self.hosts.contains(&fresh) {
            return Ok(());
        }
        self.hosts.push(fresh);
        let lines: String = self.hosts.iter().map(|it| format!("{it}\n")).collect();
        write(&self.folder.join(HOSTS), &lines).map_err(system)
    }

    /// Whether one of the host's keys signed it.
    fn is_hosted(&self, text: &str) -> bool {
        self.hosts.iter().any(|key| signed_by(text, key).is_some())
    }

    /// Keeps a page and what it contradicts; the name of the file.
    pub(super) fn keep_evidence(&self, name: &str, against: &Checkpoint) -> Result<String> {
        let folder = self.folder.join(EVIDENCE);
        fs::create_dir_all(&folder).map_err(system)?;
        let page = self.pages.get(name).map_or("", |page| page.text.as_str());
        let text = format!(
            "page {name}:\n\n{page}\ncontradicts, as it was found:\n\n{}",
            against.body()
        );
        let file = format!(
            "{}-against-{}.txt",
            name.trim_end_matches(PAGE),
            stem(against)
        );
        match write_new(&folder.join(&file), &text) {
            Err(error) if error.code() != Code::Exists => Err(error),
            Ok(()) | Err(_) => Ok(format!("{EVIDENCE}/{file}")),
        }
    }

    /// Pages that contradict another one of the same log and size.
    pub(super) fn forks(&self) -> Vec<(String, Checkpoint)> {
        let mut seen: BTreeMap<(String, u64), &Checkpoint> = BTreeMap::new();
        let mut forks = Vec::new();
        for (name, Page { checkpoint, .. }) in &self.pages {
            let at = (checkpoint.origin.as_str().to_owned(), checkpoint.size);
            match seen.get(&at) {
                Some(other) if other.root != checkpoint.root => {
                    forks.push((name.clone(), (*other).clone()));
                }
                Some(_) => {}
                None => {
                    seen.insert(at, checkpoint);
                }
            }
        }
        forks
    }

    fn read(&self, text: &str) -> Option<Checkpoint> {
        if !text.contains("\n\n") {
            return Checkpoint::from_body(text.as_bytes()).ok();
        }
        signed_by(text, self.key.as_ref()?)
    }
}

/// The checkpoint, when the key signed it.
fn signed_by(text: &str, key: &VerifierKey) -> Option<Checkpoint> {
    // After a restore the same key signs under the log's next name.
    let name = text.lines().next()?;
    let named = VerifierKey::new(name, key.algorithm(), *key.public()).ok()?;
    let signed = SignedCheckpoint::open(text, &named).ok()?;
    Some(signed.checkpoint().clone())
}

fn stem(checkpoint: &Checkpoint) -> String {
    let generation = checkpoint.origin.as_str().rsplit('/').next();
    let generation = generation.unwrap_or_default();
    let digits: String = generation.chars().filter(char::is_ascii_digit).collect();
    let root = short(checkpoint.root);
    format!("log{digits}-{:012}-{root}", checkpoint.size)
}

fn short(root: Digest) -> String {
    let bytes = root.as_bytes().iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// Writes what is not there yet.
fn write_new(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        let message = "a page of the notebook is there already";
        return Err(Error::new(Code::Exists, message, ""));
    }
    write(path, text).map_err(system)
}

/// Writes a file beside, and gives it its name once it is durable: a page that a crash tore would
/// accuse the store for ever.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut part = path.to_path_buf().into_os_string();
    part.push(".part");
    let mut file = fs::File::create(&part)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    match path.parent() {
        Some(folder) => FolderDisk::new(folder).sync_folder(""),
        None => Ok(()),
    }
}

fn unreadable(what: &str) -> Error {
    let hint = "give the log's verifier key as `key`, and checkpoints that it signed";
    let message = "it is not what a notebook holds, or the log's key did not sign it";
    Error::new(Code::Invalid, message, hint).at(what.to_owned())
}

fn system(error: io::Error) -> Error {
    Error::new(
        Code::Io,
        error.kind().to_string(),
        "check the folder of the notebook",
    )
}

const KEY: &str = "key";
const HOSTS: &str = "host-keys";
const PAGE: &str = ".checkpoint";
const EVIDENCE: &str = "evidence";
