//! What one asker does to a store: each verb that changes something, its answer written out.
//!
//! Invariant: what is done is made of a seed alone; of a receipt all is told but the number of its
//! entry, which counts what others do.

use super::asking::said;
use super::hidden::{FIRST_HIDDEN, OTHER};
use super::store::{Dice, Paper, Store, id, matricule};
use liasse::{
    Availability, Consent, Deposit, FlagChange, Flags, Grant, Instant, Masking, Matter, Party,
    Receipt, Session, Statement,
};

/// Does what the request of this number does.
pub(super) fn done(
    (store, session): (&Store, &Session),
    dice: &mut Dice,
    patient: usize,
    nth: usize,
) -> String {
    let own = matricule(patient);
    let stated = [Statement::NONE, Statement::agreed().because("motif")][dice.below(2)].clone();
    match nth {
        15 => written(store, session, dice, patient),
        16 => flagged(session, dice),
        17 => granted(session, dice, patient),
        27 => moved(session, dice),
        31 => submitted(session, dice, patient),
        32 => {
            let masking = [Masking::ByDefault, Masking::Open][dice.below(2)];
            told(session.mask_by_default(&own, masking, &stated))
        }
        33 => {
            let grant = [
                Grant::Authorise {
                    party: Party::Actor("tiers-2".to_owned()),
                    until: Instant::MAX,
                },
                Grant::Consent {
                    matter: Matter::Etreat,
                    answer: Consent::Deny,
                },
            ];
            told(session.grant(&own, grant[dice.below(2)].clone()))
        }
        34 => moved(session, dice),
        35 => erased(session.erase_document(some_document(dice))),
        36 => told(session.close_dossier(&own, &stated)),
        37 => told(session.reopen(&own, &stated)),
        // Whether there is a dossier of a person is told to whoever may open one; the last is of
        // nobody in both stores.
        38 => {
            let whose = [own, matricule(7)][dice.below(2)].clone();
            told(session.open_dossier(&whose, &stated))
        }
        _ => erased(session.erase(&own)),
    }
}

fn told<T: std::fmt::Debug>(outcome: liasse::Result<T>) -> String {
    format!("{:?}", outcome.map_err(said))
}

fn erased(receipts: liasse::Result<Vec<Receipt>>) -> String {
    let uncounted = |mut receipts: Vec<Receipt>| {
        for receipt in &mut receipts {
            receipt.entry = 0;
        }
        receipts
    };
    told(receipts.map(uncounted))
}

/// One that the asker may see, or one that she may not, or one of her own.
fn some_document(dice: &mut Dice) -> liasse::DocumentId {
    let number = match dice.below(8) {
        0..2 => FIRST_HIDDEN + dice.below(6) as u64,
        2..5 => 900 + dice.below(3) as u64,
        5 => 10 + dice.below(8) as u64,
        _ => [1, 5][dice.below(2)],
    };
    id(number)
}

fn moved(session: &Session, dice: &mut Dice) -> String {
    let status = [Availability::Archived, Availability::Deprecated][dice.below(2)];
    told(session.set_status(some_document(dice), status))
}

/// Two documents at once, one of them perhaps in the place of a hidden one.
fn submitted(session: &Session, dice: &mut Dice, patient: usize) -> String {
    let mut papers = [
        Paper::new(901, patient.min(2), "asker"),
        Paper::new(902, patient.min(2), "asker"),
    ];
    let hidden = Paper::new(FIRST_HIDDEN + dice.below(3) as u64, patient, OTHER);
    match dice.below(4) {
        0 => papers[1].replaces = Some(hidden.unique_id),
        1 => papers[1].unique_id = hidden.unique_id,
        2 => papers[1].coded = true,
        _ => {}
    }
    let bytes = papers.map(|paper| paper.bytes());
    told(session.deposit_set(&bytes.each_ref().map(|bytes| Deposit::new(bytes))))
}

/// A deposit: new, or under the uniqueId of a hidden document, or in its place.
fn written(store: &Store, session: &Session, dice: &mut Dice, patient: usize) -> String {
    let mut paper = Paper::new(900, patient.min(2), "asker");
    let hidden = Paper::new(FIRST_HIDDEN + dice.below(3) as u64, patient, OTHER);
    match dice.below(3) {
        0 => paper.unique_id = hidden.unique_id,
        1 => paper.replaces = Some(hidden.unique_id),
        _ => {}
    }
    match store.deposit_as(session, &paper) {
        Ok(deposited) => format!("{deposited:?}"),
        Err(error) => said(error),
    }
}

fn flagged(session: &Session, dice: &mut Dice) -> String {
    let change = FlagChange {
        set: [Flags::MASQUE_PS, Flags::INVISIBLE_PATIENT][dice.below(2)],
        clear: Flags::NONE,
    };
    format!(
        "{:?}",
        session.set_flags(some_document(dice), change).map_err(said)
    )
}

fn granted(session: &Session, dice: &mut Dice, patient: usize) -> String {
    let party = Party::Actor("tiers-1".to_owned());
    let grant = [Grant::Revoke(party.clone()), Grant::Block(party)][dice.below(2)].clone();
    format!(
        "{:?}",
        session.grant(&matricule(patient), grant).map_err(said)
    )
}
