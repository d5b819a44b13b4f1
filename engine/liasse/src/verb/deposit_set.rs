//! `deposit_set`: several documents of one patient taken in together (an XDS SubmissionSet).
//!
//! Invariants: all of them are kept, or none; each is decided on before any is written; what
//! holds of a deposit holds of each.

use super::deposit::DepositWork;
use crate::answer::Deposited;
use crate::ask::Deposit;
use crate::committer::Ticket;
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::measure::UnderWay;
use crate::session::Session;
use base::limit;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::Spending;

impl Session {
    /// Takes the documents of one submission in, all or none, and waits until they are durable.
    /// One of them may replace a document of the dossier. The answers are in their order.
    ///
    /// # Errors
    /// As [`Self::begin_deposit_set`], and why they could not be made durable; as with
    /// [`Session::deposit`].
    pub fn deposit_set(&self, deposits: &[Deposit<'_>]) -> Result<Vec<Deposited>> {
        self.redone(|| self.begin_deposit_set(deposits)?.wait())
    }

    /// As [`Self::deposit_set`]; the ticket says when they are durable.
    ///
    /// # Errors
    /// Why one of them cannot be read; [`Code::Invalid`] when they are not of one patient, when
    /// two are the same document or replace the same one, or when one replaces another of them;
    /// [`Code::Limit`] for more than [`limit::SUBMISSION_DOCUMENTS_MAX`], or more than
    /// [`limit::SUBMISSION_BYTES_MAX`] bytes of documents and texts together;
    /// [`Code::WriteRefused`] when the rules refuse one.
    pub fn begin_deposit_set(&self, deposits: &[Deposit<'_>]) -> Result<Ticket<Vec<Deposited>>> {
        if deposits.len() > limit::SUBMISSION_DOCUMENTS_MAX {
            let most = limit::SUBMISSION_DOCUMENTS_MAX;
            return Err(Error::new(
                Code::Limit,
                format!("a submission holds at most {most} documents"),
                "divide it",
            ));
        }
        let given: usize = deposits.iter().map(Deposit::bytes_given).sum();
        if given > limit::SUBMISSION_BYTES_MAX {
            let most = limit::SUBMISSION_BYTES_MAX;
            return Err(Error::new(
                Code::Limit,
                format!("the documents of a submission hold at most {most} bytes together"),
                "divide it",
            ));
        }
        let berth = self.shared.room_for(given);
        let works: Vec<DepositWork> = deposits
            .iter()
            .map(|deposit| self.work(deposit))
            .collect::<Result<_>>()?;
        let Some(first) = works.first() else {
            return Err(invalid("a submission without a document"));
        };
        let identity = first.new.identity.clone();
        if works.iter().any(|work| work.new.identity != identity) {
            return Err(invalid("the documents of a submission are of two patients"));
        }
        let ids: BTreeSet<&str> = works.iter().map(|it| it.entry.unique_id.as_str()).collect();
        if ids.len() < works.len() {
            return Err(invalid("two documents of a submission have one uniqueId"));
        }
        let own = |work: &DepositWork| work.replaces().any(|old| ids.contains(old));
        if works.iter().any(own) {
            return Err(invalid("a document replaces another of its submission"));
        }
        // Whether the rules let her replace it, or it is there at all, has no part in it.
        let mut replaced = BTreeSet::new();
        for work in &works {
            let olds: BTreeSet<&str> = work.replaces().collect();
            if !olds.into_iter().all(|old| replaced.insert(old)) {
                return Err(invalid(
                    "two documents of a submission replace the same one",
                ));
            }
        }
        let bytes = works.iter().map(DepositWork::bytes).sum();
        let opener = Arc::clone(&self.shared.core);
        Ok(self.shared.submit_bytes(
            Spending::Ordinary,
            (berth, bytes),
            move |group| {
                let deposited = run(works, group);
                let outcomes = |all: &Vec<Deposited>| all.iter().map(|it| it.outcome).collect();
                let under_way = UnderWay::decided(&deposited, outcomes);
                deposited.map(|deposited| (deposited, under_way))
            },
            move |(deposited, under_way), _| {
                under_way.durable();
                opener.keep_promise(&identity);
                deposited
            },
        ))
    }
}

fn run(works: Vec<DepositWork>, group: &mut Group<'_>) -> Result<Result<Vec<Deposited>>> {
    let mut decided = Vec::with_capacity(works.len());
    // INVARIANT(X14): all are decided on before the first is written.
    for mut work in works {
        let decision = match work.kept(group)? {
            Ok(decision) => decision,
            Err(refused) => return Ok(Err(refused)),
        };
        decided.push((work, decision));
    }
    let mut opened = None;
    let mut deposited = Vec::with_capacity(decided.len());
    for (work, decision) in decided {
        let decision = decision.in_dossier(opened);
        let (done, number) = work.carry_out(group, decision)?;
        opened = opened.or(number);
        deposited.push(done);
    }
    Ok(Ok(deposited))
}

fn invalid(what: &'static str) -> Error {
    Error::new(
        Code::Invalid,
        what,
        "send one patient's documents, each once, and replacements of what is kept",
    )
}
