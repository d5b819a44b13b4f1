//! The certificate of an erasure: what the log says of it, with proofs that need no store.
//!
//! ```text
//! liasse erasure certificate v2
//! handle HANDLE
//! tree SIZE ROOT HASHES (base64)      the log before the erasure, and behind it: each with the
//!                                     proof that the checkpoint's log begins with it
//! entry NUMBER BYTES (base64)         once for each of: the last commit before, begun, its commit,
//! proof NUMBER TEXT (base64)          keys destroyed, its commit, index rewritten, its commit
//! ```
//! For: whoever was erased, and a judge. It proves that the log says so, in this order, under
//! commits of this store; that keys were destroyed is the word of the key store, and that nothing
//! opens any more is what a full audit checks. Invariants: a certificate that was opened names one
//! handle; its steps stand in their order, each before its commit and behind the commit of the one
//! before; all of it is under one checkpoint; the keys were replaced by the commit that began it,
//! and once more before the last.

use super::Auditor;
use super::proof::unproved;
use crate::error::{Code, Error, Result};
use base::{AuditHandle, Digest, Instant};
use journal::{
    AccessProof, Checkpoint, Commit, Consistency, Entry, ErasureStage, Fact, Log, VerifierKey,
};
use std::fmt::Write as _;
use std::ops::ControlFlow;

/// The certificate of one erasure.
#[derive(Clone)]
pub struct Certificate {
    text: String,
}

/// What a certificate proves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// The name of the log.
    pub origin: String,
    /// How many entries the log had when its key signed the checkpoint that all is under.
    pub size: u64,
    /// The root it had then.
    pub root: Digest,
    /// The handle of what was erased.
    pub handle: String,
    /// When it was begun, when the keys were destroyed, when the index was rewritten.
    pub steps: Vec<(u64, String, Instant)>,
    /// The last commit before the erasure, and the one behind each step.
    pub commits: Vec<CertifiedCommit>,
    /// Size and root of the log with the first of these commits, and with the last.
    pub trees: Vec<(u64, Digest)>,
}

/// What a commit bound.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertifiedCommit {
    /// Its entry.
    pub entry: u64,
    /// Its number.
    pub commit: u64,
    /// When it was made.
    pub at: Instant,
    /// The epoch of the root key.
    pub epoch: u64,
    /// The root of the key tree.
    pub keys: Digest,
    /// The root over all dossiers.
    pub state: Digest,
    /// The digest of the index manifest.
    pub manifest: Digest,
}

impl Certificate {
    /// The certificate as a file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Checks a certificate against the log's key, without the store.
    ///
    /// # Errors
    /// [`Code::Invalid`] with what does not hold.
    pub fn check(text: &str, key: &str) -> Result<CertificateFacts> {
        let key: VerifierKey = key
            .trim()
            .parse()
            .map_err(|_| unproved("the text is not a verifier key: name+id+key"))?;
        let parsed = parse(text).ok_or_else(|| unproved("it is no certificate"))?;
        let mut under = None;
        let mut said = Vec::new();
        for (entry, proof) in parsed.pairs {
            let opened = AccessProof::open(&proof, &entry, &key)
                .map_err(|error| unproved(&error.to_string()))?;
            if *under.get_or_insert_with(|| opened.checkpoint().clone()) != *opened.checkpoint() {
                return Err(unproved("its entries are proved under several checkpoints"));
            }
            let read = Entry::from_bytes(entry);
            let read = read.map_err(|_| unproved("the log holds it, and it is no entry"))?;
            said.push((opened.index(), read));
        }
        let under = under.ok_or_else(|| unproved("it holds no entries"))?;
        let mut facts = in_order(&parsed.handle, said)?;
        replaced(&facts.commits)?;
        facts.trees = trees(&parsed.trees, &facts.commits, &under)?;
        under.origin.as_str().clone_into(&mut facts.origin);
        (facts.size, facts.root) = (under.size, under.root);
        Ok(facts)
    }
}

/// What the entries say, when each is the one that must stand there.
fn in_order(handle: &str, said: Vec<(u64, Entry)>) -> Result<CertificateFacts> {
    let mut facts = CertificateFacts {
        origin: String::new(),
        size: 0,
        root: Digest::ZERO,
        handle: handle.to_owned(),
        steps: Vec::new(),
        commits: Vec::new(),
        trees: Vec::new(),
    };
    if said.len() != ORDER.len() {
        return Err(unproved(
            "it does not hold the three steps and their commits",
        ));
    }
    let (mut last, mut before): (Option<u64>, Option<Commit>) = (None, None);
    for (wanted, (index, entry)) in ORDER.into_iter().zip(said) {
        if last.is_some_and(|last| index <= last) {
            return Err(unproved("its entries are not in the order of the log"));
        }
        last = Some(index);
        let own = entry.header().handle.map(|it| it.to_string());
        match (wanted, entry.fact()) {
            (None, Some(Fact::Commit(commit))) => {
                let follows = |it: Commit| it.store == commit.store && it.seq < commit.seq;
                if !before.is_none_or(follows) {
                    return Err(unproved("its commits do not follow one another"));
                }
                before = Some(commit);
                facts.commits.push(certified(index, &commit));
            }
            (
                Some(stage),
                Some(Fact::Erasure {
                    at, stage: said, ..
                }),
            ) if said == stage && own.as_deref() == Some(handle) => {
                facts.steps.push((index, stage.code().to_owned(), at));
            }
            (None | Some(_), Some(_) | None) => {
                let what = "its steps and commits are not those of an erasure, in their order";
                return Err(unproved(what));
            }
        }
    }
    Ok(facts)
}

const fn certified(entry: u64, commit: &Commit) -> CertifiedCommit {
    CertifiedCommit {
        entry,
        commit: commit.seq.number(),
        at: commit.at,
        epoch: commit.epoch,
        keys: commit.keys,
        state: commit.state,
        manifest: commit.manifest,
    }
}

/// The keys were replaced by the commit that began the erasure, and again before the last step.
fn replaced(commits: &[CertifiedCommit]) -> Result<()> {
    let [before, begun, destroyed, rewritten] = commits else {
        return Err(unproved(
            "it does not hold the three steps and their commits",
        ));
    };
    for (older, newer) in [(before, begun), (destroyed, rewritten)] {
        if older.keys == newer.keys || older.epoch >= newer.epoch {
            let what = "its commits do not say that the keys were replaced before each receipt";
            return Err(unproved(what));
        }
    }
    Ok(())
}

/// Size and root of the log before and behind the erasure, when the checkpoint's log begins so.
fn trees(
    told: &[Tree],
    commits: &[CertifiedCommit],
    under: &Checkpoint,
) -> Result<Vec<(u64, Digest)>> {
    let ends: Vec<_> = commits.first().into_iter().chain(commits.last()).collect();
    if told.len() != ends.len() {
        return Err(unproved(
            "it does not hold the log before and behind the erasure",
        ));
    }
    let mut held = Vec::new();
    for (tree, commit) in told.iter().zip(ends) {
        let older = Checkpoint {
            origin: under.origin.clone(),
            size: tree.size,
            root: tree.root,
        };
        let proof = Consistency {
            from: tree.size,
            to: under.size,
            hashes: tree.hashes.clone(),
        };
        let leads = proof.verify(&older, under);
        leads.map_err(|error| unproved(&error.to_string()))?;
        if tree.size != commit.entry + 1 {
            return Err(unproved(
                "a tree of the log is not the one that its commit ended",
            ));
        }
        held.push((tree.size, tree.root));
    }
    Ok(held)
}

impl Auditor {
    /// The certificate of the erasure of what `handle` stands for, the last one when there were
    /// several. The checkpoint is given with its key, or signed by this store now.
    ///
    /// # Errors
    /// [`Code::Refused`] when the log says nothing of such an erasure, or not all of it yet;
    /// those of [`Self::prove`].
    pub fn certificate(
        &self,
        handle: AuditHandle,
        signed: Option<(&str, &str)>,
    ) -> Result<Certificate> {
        let log = Log::open(&*self.rows)?;
        let wanted = self.erasure_entries(&log, handle)?;
        let (mut entries, mut size) = (String::new(), 0);
        for index in &wanted {
            let proved = self.prove(*index, signed)?;
            size = proved.size;
            let entry = journal::base64(&proved.entry);
            let proof = journal::base64(proved.proof.as_bytes());
            let _ = write!(entries, "entry {index} {entry}\nproof {index} {proof}\n");
        }
        let mut text = format!("{TITLE}\nhandle {handle}\n");
        for end in wanted.first().into_iter().chain(wanted.last()) {
            let from = end + 1;
            let root = journal::base64(log.root_at(&*self.rows, from)?.as_bytes());
            let proof = log.prove_consistency(&*self.rows, from, size)?;
            let hashes: Vec<u8> = proof.hashes.iter().flat_map(|it| *it.as_bytes()).collect();
            let _ = writeln!(text, "tree {from} {root} {}", journal::base64(&hashes));
        }
        text.push_str(&entries);
        Ok(Certificate { text })
    }

    /// The numbers of the three steps, of the commit entries behind them, and of the one before.
    fn erasure_entries(&self, log: &Log, handle: AuditHandle) -> Result<Vec<u64>> {
        let mut steps: Vec<(u64, ErasureStage)> = Vec::new();
        log.history(&*self.rows, handle, None, &mut |index, entry| {
            if let Some(Fact::Erasure { stage, .. }) = entry.fact() {
                steps.push((index, stage));
                if stage == ErasureStage::Begun {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        steps.reverse();
        let said: Vec<_> = steps.iter().map(|(_, stage)| Some(*stage)).collect();
        let all: Vec<_> = ORDER.into_iter().filter(Option::is_some).collect();
        let Some((begun, _)) = steps.first().filter(|_| said == all) else {
            return Err(Error::new(
                Code::Refused,
                "the log does not say that an erasure under this handle is concluded",
                "name the handle that the audit lists, once receipt 2 was given",
            ));
        };
        let mut wanted = Vec::new();
        for index in (0..*begun).rev() {
            if is_commit(&log.entry(&*self.rows, index)?) {
                wanted.push(index);
                break;
            }
        }
        for (index, _) in steps {
            wanted.push(index);
            let mut commit = None;
            log.entries(&*self.rows, index..log.size(), &mut |at, entry| {
                if is_commit(&entry) {
                    commit = Some(at);
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
            wanted.extend(commit);
        }
        Ok(wanted)
    }
}

fn is_commit(entry: &Entry) -> bool {
    matches!(entry.fact(), Some(Fact::Commit(_)))
}

/// A certificate's parts, of which nothing was checked.
struct Parsed {
    handle: String,
    trees: Vec<Tree>,
    /// Each entry with its proof.
    pairs: Vec<(Vec<u8>, String)>,
}

/// What the log was, and the hashes that lead from there to the checkpoint.
struct Tree {
    size: u64,
    root: Digest,
    hashes: Vec<Digest>,
}

fn parse(text: &str) -> Option<Parsed> {
    let mut lines = text.lines().peekable();
    if lines.next()? != TITLE {
        return None;
    }
    let handle = lines.next()?.strip_prefix("handle ")?.to_owned();
    let mut trees = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with("tree ")) {
        trees.push(tree(line)?);
    }
    let mut pairs = Vec::new();
    while let Some(line) = lines.next() {
        let (number, entry) = line.strip_prefix("entry ")?.split_once(' ')?;
        let (again, proof) = lines.next()?.strip_prefix("proof ")?.split_once(' ')?;
        if number != again {
            return None;
        }
        let proof = String::from_utf8(journal::from_base64(proof)?).ok()?;
        pairs.push((journal::from_base64(entry)?, proof));
    }
    Some(Parsed {
        handle,
        trees,
        pairs,
    })
}

fn tree(line: &str) -> Option<Tree> {
    let (size, rest) = line.strip_prefix("tree ")?.split_once(' ')?;
    let (root, hashes) = rest.split_once(' ')?;
    let root = journal::from_base64(root)?.try_into().ok()?;
    let hashes = journal::from_base64(hashes)?;
    let (hashes, odd) = hashes.as_chunks();
    if !odd.is_empty() {
        return None;
    }
    Some(Tree {
        size: size.parse().ok()?,
        root: Digest::from_bytes(root),
        hashes: hashes.iter().copied().map(Digest::from_bytes).collect(),
    })
}

/// What stands where: the steps, and a commit before and behind each.
const ORDER: [Option<ErasureStage>; 7] = [
    None,
    Some(ErasureStage::Begun),
    None,
    Some(ErasureStage::KeysDestroyed),
    None,
    Some(ErasureStage::IndexRewritten),
    None,
];
const TITLE: &str = "liasse erasure certificate v2";

#[cfg(test)]
mod tests;
