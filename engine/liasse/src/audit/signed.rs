//! Whether the store signed its log, and the catalog files that a backup was brought together from.
//!
//! The log's key signs both, so that whoever has no more than its verifier key can tell. Not for:
//! refusing to open or to restore, which `signing` and `backup::promote` do. Invariant: what is
//! called signed is so by every key that is known.

use super::Keys;
use super::check::{Check, SIGNATURES};
use super::open::finding_of;
use crate::error::Result;
use crate::signing;
use journal::{Log, Signed, VerifierKey};

impl Check<'_> {
    /// The log bears the signature that the last commit made of it.
    pub(super) fn log_signature(&mut self, log: &Log) -> Result<()> {
        let rows = &*self.auditor.rows;
        let keys = &self.log_keys;
        if !Log::bears_signature(rows)? {
            self.report.find("J12", "the journal", "bears no signature");
            return Ok(());
        }
        if keys.is_empty() {
            let why = "the log's was not checked: give its key in a notebook, or the store's key";
            self.report.skip(SIGNATURES, why);
            return Ok(());
        }
        for key in keys {
            if log.signed_by(rows, key)? != Signed::Truly {
                let what = "the log's key did not sign it as it is: entries were cut off, or \
                            others written, without that key";
                self.report.find("J12", "the journal", what);
            }
        }
        self.report.cover_whole("the log, by its signature", 1, 1);
        Ok(())
    }

    /// Every catalog file bears the signature of the log's key, and the newest names the log that
    /// it holds.
    pub(super) fn signatures(&mut self) -> Result<()> {
        let rolls = &self.auditor.rolls;
        let Some(newest) = rolls.last() else {
            return Ok(());
        };
        let keys = &self.log_keys;
        let mut signed = 0;
        for roll in rolls {
            let message = roll.message();
            let own = |key: &VerifierKey| key.verify_raw(&message, roll.signature());
            if keys.iter().all(own) {
                signed += 1;
                continue;
            }
            let commit = roll.header.after.commit.number();
            let place = format!("the catalog file of commit {commit}");
            self.report
                .find("X12", place, "the log's key did not sign it");
        }
        if newest.header.after.binding != self.report.log.root {
            let what = "names another log than it holds";
            self.report.find("X12", "the newest catalog file", what);
        }
        let of = rolls.len() as u64;
        if keys.is_empty() {
            signed = 0;
            let why =
                "those of the catalog files were not checked: give the log's key in a notebook";
            self.report.skip(SIGNATURES, why);
        }
        self.report
            .cover_whole("catalog files, by their signatures", signed, of);
        Ok(())
    }

    /// The keys of the log that are known: the store's own, and the notebook's. That the store's
    /// does not open is a finding: who wrote the log is not known by it.
    pub(super) fn keys_of_log(&mut self) -> Result<Vec<VerifierKey>> {
        let auditor = self.auditor;
        let mut known = Vec::new();
        if let Keys::Open(keys, _) = &auditor.keys {
            match signing::open(&*auditor.rows, keys, auditor.store) {
                Ok(own) => known.push(signing::verifier(&own)?),
                Err(error) => match finding_of(&error) {
                    Some(found) => self.report.find("J12", found.place, &found.what),
                    None => return Err(error),
                },
            }
        }
        known.extend(
            self.request
                .notebook
                .and_then(|notebook| notebook.key.clone()),
        );
        Ok(known)
    }
}
