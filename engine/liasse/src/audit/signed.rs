//! Whether the store signed the catalog files that a backup was brought together from.
//!
//! The log's key signs them, so that whoever has no more than its verifier key can tell. For:
//! audits of backups. Not for: refusing a restore, which `backup::promote` does. Invariant: a
//! file is called signed only when every key that is known says so.

use super::Keys;
use super::check::Check;
use crate::engine;
use crate::error::Result;
use journal::{Algorithm, VerifierKey};

impl Check<'_> {
    /// Every catalog file bears the signature of the log's key, and the newest names the log that
    /// it holds.
    pub(super) fn signatures(&mut self) -> Result<()> {
        let rolls = &self.auditor.rolls;
        let Some(newest) = rolls.last() else {
            return Ok(());
        };
        let keys = self.log_keys()?;
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
            let what = "their signatures were not checked: give the log's key in a notebook";
            self.report.remark("the catalog files", what);
        }
        self.report
            .cover("catalog files, by their signatures", signed, of);
        Ok(())
    }

    /// The keys of the log that are known: the store's own, and the notebook's.
    fn log_keys(&self) -> Result<Vec<VerifierKey>> {
        let auditor = self.auditor;
        let mut known = Vec::new();
        if let Keys::Open(keys, _) = &auditor.keys
            && let Ok(signing) = engine::open_signing_key(&*auditor.rows, keys, auditor.store)
        {
            let own = VerifierKey::new("store", Algorithm::Ed25519, signing.public());
            known.push(own.map_err(|_| base::Bug::new("a public key is a point"))?);
        }
        known.extend(
            self.request
                .notebook
                .and_then(|notebook| notebook.key.clone()),
        );
        Ok(known)
    }
}
