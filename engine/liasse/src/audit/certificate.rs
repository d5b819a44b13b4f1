//! The certificate of an erasure: what the log says of it, with proofs that need no store.
//!
//! ```text
//! liasse erasure certificate v1
//! handle HANDLE
//! entry NUMBER BYTES (base64)         once for each: begun, keys destroyed, index rewritten, and
//! proof NUMBER TEXT (base64)          the commit entry behind each, which binds the catalog
//! ```
//! For: whoever was erased, and a judge. It proves that the log says so, in this order, under
//! commits of this store; that keys were destroyed is the word of the key store, and that nothing
//! opens any more is what a full audit checks. Invariant: a certificate that was opened names one
//! handle, and its steps stand in their order.

use super::Auditor;
use super::proof::unproved;
use crate::error::{Code, Error, Result};
use base::{AuditHandle, Instant};
use journal::{AccessProof, Entry, ErasureStage, Fact, Log, VerifierKey};
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
    /// The handle of what was erased.
    pub handle: String,
    /// When it was begun, when the keys were destroyed, when the index was rewritten.
    pub steps: Vec<(u64, String, Instant)>,
    /// The commits that bound the catalog behind each step, by number.
    pub commits: Vec<u64>,
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
        let (handle, pairs) = parse(text).ok_or_else(|| unproved("it is no certificate"))?;
        let mut facts = CertificateFacts {
            origin: String::new(),
            handle: handle.clone(),
            steps: Vec::new(),
            commits: Vec::new(),
        };
        let mut last = None;
        for (entry, proof) in pairs {
            let opened = AccessProof::open(&proof, &entry, &key)
                .map_err(|error| unproved(&error.to_string()))?;
            if last.is_some_and(|last| opened.index() <= last) {
                return Err(unproved("its entries are not in the order of the log"));
            }
            last = Some(opened.index());
            opened
                .checkpoint()
                .origin
                .as_str()
                .clone_into(&mut facts.origin);
            let read = Entry::from_bytes(entry);
            let read = read.map_err(|_| unproved("the log holds it, and it is no entry"))?;
            let own = read.header().handle.map(|it| it.to_string());
            match read.fact() {
                Some(Fact::Commit(commit)) => facts.commits.push(commit.seq.number()),
                Some(Fact::Erasure { at, stage, .. }) if own == Some(handle.clone()) => {
                    facts
                        .steps
                        .push((opened.index(), stage.code().to_owned(), at));
                }
                Some(_) | None => return Err(unproved("an entry speaks of something else")),
            }
        }
        let said: Vec<&str> = facts
            .steps
            .iter()
            .map(|(_, step, _)| step.as_str())
            .collect();
        let all = [
            ErasureStage::Begun,
            ErasureStage::KeysDestroyed,
            ErasureStage::IndexRewritten,
        ];
        if said == all.map(ErasureStage::code) && facts.commits.len() == all.len() {
            Ok(facts)
        } else {
            Err(unproved(
                "it does not hold the three steps and their commits",
            ))
        }
    }
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
        let mut text = format!("{TITLE}\nhandle {handle}\n");
        for index in wanted {
            let proved = self.prove(index, signed)?;
            let entry = journal::base64(&proved.entry);
            let proof = journal::base64(proved.proof.as_bytes());
            let _ = write!(text, "entry {index} {entry}\nproof {index} {proof}\n");
        }
        Ok(Certificate { text })
    }

    /// The numbers of the three steps and of the commit entries behind them.
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
        let said: Vec<_> = steps.iter().map(|(_, stage)| *stage).collect();
        let all = [
            ErasureStage::Begun,
            ErasureStage::KeysDestroyed,
            ErasureStage::IndexRewritten,
        ];
        if said != all {
            return Err(Error::new(
                Code::Refused,
                "the log does not say that an erasure under this handle is concluded",
                "name the handle that the audit lists, once receipt 2 was given",
            ));
        }
        let mut wanted = Vec::new();
        for (index, _) in steps {
            wanted.push(index);
            let mut commit = None;
            log.entries(&*self.rows, index..log.size(), &mut |at, entry| {
                if matches!(entry.fact(), Some(Fact::Commit(_))) {
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

/// An entry and its proof.
type Pair = (Vec<u8>, String);

/// The handle, and each entry with its proof.
fn parse(text: &str) -> Option<(String, Vec<Pair>)> {
    let mut lines = text.lines();
    if lines.next()? != TITLE {
        return None;
    }
    let handle = lines.next()?.strip_prefix("handle ")?.to_owned();
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
    Some((handle, pairs))
}

const TITLE: &str = "liasse erasure certificate v1";
