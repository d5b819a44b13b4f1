//! `verify`: the whole store against itself, with its keys.
//!
//! Checks the log, the catalog against the last commit entry, every head, every body, every
//! index file, and index and store against each other. Invariants: nothing is mended; no
//! finding holds content; findings name the invariant that does not hold.

use crate::answer::{Finding, Report};
use crate::core::Core;
use crate::engine::{self, Engine, NotReadable, Options, RootKey};
use crate::error::Result;
use crate::recorder::slot;
use base::{DossierNumber, Ordinal};
use index::{Expr, Filter, Scores};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use store::{DocumentName, DossierSeal, Listing, SealedHead, open_body, open_text, state_tree};

impl Engine {
    /// Checks a whole store without changing it, also beside a process that writes it. A store
    /// whose last writer did not close it is opened for writing once, so that it recovers.
    ///
    /// # Errors
    /// As [`Engine::open`]; what is found wrong in an open store is a finding, not an error.
    pub fn verify(directory: &Path, root: RootKey, options: Options) -> Result<Report> {
        let again = options.clone();
        let core = match engine::read_only(directory, &root, options) {
            Ok(core) => core,
            Err(NotReadable::Error(error)) => return Err(error),
            Err(NotReadable::NeedsRecovery) => {
                let engine = Self::open(directory, root, again)?;
                let report = engine.check()?;
                engine.close()?;
                return Ok(report);
            }
        };
        check(&core)
    }
}

/// Checks an open store.
pub(crate) fn check(core: &Core) -> Result<Report> {
    let mut check = Check {
        core,
        report: Report::default(),
    };
    check.journal()?;
    check.catalog()?;
    check.index()?;
    Ok(check.report)
}

struct Check<'a> {
    core: &'a Core,
    report: Report,
}

impl Check<'_> {
    fn find(&mut self, invariant: &'static str, place: impl Into<String>, what: &str) {
        let (place, what) = (place.into(), what.to_owned());
        self.report.findings.push(Finding {
            invariant,
            place,
            what,
        });
    }

    /// The log is what its tree says, and the last commit entry binds this catalog.
    fn journal(&mut self) -> Result<()> {
        let view = self.core.view()?;
        let verified = journal::verify_all(view.rows())?;
        self.report.entries = verified.size;
        for finding in &verified.findings {
            self.find("J1", "the journal", &finding.to_string());
        }
        let Some(commit) = verified.commit else {
            self.find("X1", "the journal", "no entry binds the catalog");
            return Ok(());
        };
        if commit.store != self.core.store {
            self.find(
                "X1",
                "the journal",
                "the last commit entry is of another store",
            );
        }
        if state_tree::root(view.rows())? != commit.state {
            self.find("X1", "the state tree", "is not the one the journal binds");
        }
        if view.keys.root_digest() != commit.keys {
            self.find("X1", "the key tree", "is not the one the journal binds");
        }
        if index::manifest_digest(view.rows())? != commit.manifest {
            self.find(
                "X1",
                "the index manifest",
                "is not the one the journal binds",
            );
        }
        if self.core.policies.in_force().digest() != commit.policy {
            self.find("X1", "the policies", "are not those the journal binds");
        }
        if let Err(error) = view.keys.verify(view.rows()) {
            self.find("V9", "the key tree", &error.to_string());
        }
        Ok(())
    }

    /// Every dossier the state tree knows opens, with every body.
    fn catalog(&mut self) -> Result<()> {
        let view = self.core.view()?;
        let mut numbers = Vec::new();
        let walked = state_tree::verify(view.rows(), &mut |number, _| {
            numbers.push(number);
            Ok(())
        });
        if let Err(error) = walked {
            self.find("S6", "the state tree", &error.to_string());
        }
        for number in numbers {
            self.report.dossiers += 1;
            match self.open(number) {
                Ok((listing, key)) => self.documents(number, &listing, &key)?,
                Err(error) => {
                    let place = format!("dossier {}", number.number());
                    self.find("S5", place, error.message());
                }
            }
        }
        Ok(())
    }

    fn open(&self, number: DossierNumber) -> Result<(Listing, vault::DossierKey)> {
        let view = self.core.view()?;
        let sealed = SealedHead::read(view.rows(), number)?;
        let sealed = sealed.ok_or_else(crate::Error::refused)?;
        let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
        let seal = DossierSeal {
            store: self.core.store,
            key: &key,
        };
        Ok((sealed.open(view.rows(), seal)?, key))
    }

    fn documents(
        &mut self,
        number: DossierNumber,
        listing: &Listing,
        key: &vault::DossierKey,
    ) -> Result<()> {
        let view = self.core.view()?;
        let seal = DossierSeal {
            store: self.core.store,
            key,
        };
        let dossier = listing.dossier()?.id();
        for entry in listing.entries() {
            self.report.documents += 1;
            let name = DocumentName {
                store: self.core.store,
                dossier,
                document: entry.document(),
            };
            let checked = || -> Result<()> {
                let Some(stored) = listing.body(view.rows(), seal, entry.number())? else {
                    return Ok(());
                };
                let (place, packing) = (stored.place, stored.place.packing());
                let sealed = self.core.catalog.read_body(place)?;
                open_body(name, &stored.key, packing, &sealed)?;
                let sealed = self.core.catalog.read_text(place)?;
                open_text(name, &stored.key, packing, &sealed)?;
                Ok(())
            };
            if let Err(error) = checked() {
                let place = format!(
                    "dossier {}, document {}",
                    number.number(),
                    entry.number().number()
                );
                self.find("S7", place, error.message());
            }
        }
        Ok(())
    }

    /// Every page of the index opens; index and store hold the same documents.
    fn index(&mut self) -> Result<()> {
        let mut damaged = BTreeSet::new();
        self.core.index.verify(&mut |file| {
            damaged.insert(file.to_owned());
        })?;
        self.report.segments = self.core.index.segments().len() as u64;
        let clean = damaged.is_empty();
        for file in damaged {
            self.find("X2", format!("index/{file}"), "does not open");
        }
        if !clean {
            return Ok(());
        }
        let view = self.core.view()?;
        let mut indexed: BTreeSet<Ordinal> = BTreeSet::new();
        let every = Expr::every();
        view.searcher
            .search(&every, Filter::All, Scores::Unwanted, &mut |ordinal, _| {
                indexed.insert(ordinal);
                ControlFlow::Continue(())
            })?;
        let mut kept = BTreeSet::new();
        for number in 0..view.rows.counters().dossiers() {
            let Ok(number) = DossierNumber::new(number) else {
                break;
            };
            if let Ok((listing, _)) = self.open(number) {
                kept.extend(
                    listing
                        .entries()
                        .map(|entry| number.ordinal(entry.number())),
                );
            }
        }
        for ordinal in indexed.symmetric_difference(&kept) {
            let place = format!("document {}", ordinal.value());
            let what = if kept.contains(ordinal) {
                "is not indexed"
            } else {
                "is not kept"
            };
            self.find("X3", place, what);
        }
        Ok(())
    }
}
