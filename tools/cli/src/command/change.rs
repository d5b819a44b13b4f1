//! What changes a dossier: flags, statuses, consents and grants, closing, reopening, erasing.

use crate::args::{ChangeOne, Erase, Open, SetConsent, SetFlags, SetStatus, Stating};
use crate::fault::Fault;
use crate::{actor, output, store};
use liasse::{
    Availability, Consent, DocumentId, Erasure, FlagChange, Flags, Grant, Instant, Masking, Matter,
    Party, Receipt, Statement, Target,
};
use serde_json::json;

/// Sets and clears visibility flags.
pub(crate) fn flags(asked: &SetFlags) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let document = document(&asked.document)?;
    let change = FlagChange {
        set: union(&asked.set)?,
        clear: union(&asked.clear)?,
    };
    if change == FlagChange::default() {
        return Err(Fault::input("give --set FLAG or --clear FLAG"));
    }
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    let after = session.set_flags(document, change)?;
    let codes: Vec<_> = after.codes().collect();
    if asked.asking.json {
        output::object(&json!({ "document": asked.document, "flags": codes }));
    } else {
        output::line(&format!("{}  [{}]", asked.document, codes.join(", ")));
    }
    drop(session);
    Ok(engine.close()?)
}

/// Deletes a document, archives it, or takes it out of the archive.
pub(crate) fn status(asked: &SetStatus) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let document = document(&asked.document)?;
    let status: Availability = asked
        .set
        .parse()
        .map_err(|error: liasse::UnknownCode| Fault::input(error.to_string()))?;
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    session.set_status(document, status)?;
    if asked.asking.json {
        output::object(&json!({ "document": asked.document, "status": status.code() }));
    } else {
        output::line(&format!("{}  {}", asked.document, status.code()));
    }
    drop(session);
    Ok(engine.close()?)
}

/// Sets consents, authorisations, blocks and attending physicians.
pub(crate) fn consent(asked: &SetConsent) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let patient = actor::matricule(&asked.patient)?;
    let grants = grants(asked)?;
    let masking = asked.mask_by_default.as_deref().map(masking).transpose()?;
    if grants.is_empty() && masking.is_none() {
        return Err(Fault::input(
            "say what to change, for example --authorise ID",
        ));
    }
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    for grant in grants {
        session.grant(&patient, grant.stating(stated(&asked.stating)))?;
    }
    if let Some(masking) = masking {
        session.mask_by_default(&patient, masking, &stated(&asked.stating))?;
    }
    output::line("done");
    drop(session);
    Ok(engine.close()?)
}

/// Closes a dossier.
pub(crate) fn close(
    ChangeOne {
        one: asked,
        stating,
    }: &ChangeOne,
) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let patient = actor::matricule(&asked.patient)?;
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    session.close_dossier(&patient, &stated(stating))?;
    output::line("closed; it is kept ten years");
    drop(session);
    Ok(engine.close()?)
}

/// Reopens a closed dossier.
pub(crate) fn reopen(
    ChangeOne {
        one: asked,
        stating,
    }: &ChangeOne,
) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let patient = actor::matricule(&asked.patient)?;
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    session.reopen(&patient, &stated(stating))?;
    output::line("reopened, with all that it held");
    drop(session);
    Ok(engine.close()?)
}

/// Erases a dossier, or documents of one.
pub(crate) fn erase(asked: &Erase) -> Result<(), Fault> {
    let request = actor::read(&asked.asking.actor)?;
    let targets = targets(asked)?;
    if !asked.yes {
        return Err(Fault::input("erasing cannot be undone; add --yes to go on"));
    }
    sinks_are_said(&asked.open)?;
    let engine = store::open(&asked.open)?;
    let session = engine.session(request)?;
    let erasures: Vec<_> = targets
        .into_iter()
        .map(|target| Erasure {
            session: &session,
            target,
        })
        .collect();
    let mut refused = None;
    for outcome in engine.erase(&erasures)? {
        match outcome {
            Ok(receipts) => show(&receipts, asked.asking.json),
            Err(error) => refused = Some(error),
        }
    }
    drop(erasures);
    drop(session);
    engine.close()?;
    refused.map_or(Ok(()), |error| Err(error.into()))
}

/// Asks for a word on sinks before keys are destroyed.
pub(crate) fn sinks_are_said(open: &Open) -> Result<(), Fault> {
    if open.sinks.is_empty() && open.waive_sink.is_empty() {
        return Err(Fault::input(
            "no backup of the catalog made before keys are destroyed opens after it: give \
             --sink DIR, where what a restore needs is kept, or do without by --waive-sink",
        ));
    }
    Ok(())
}

/// Shows receipts, one a line.
pub(crate) fn show(receipts: &[Receipt], json: bool) {
    for receipt in receipts {
        if json {
            output::object(&receipt_json(receipt));
        } else {
            output::line(&receipt_line(receipt));
        }
    }
}

fn targets(asked: &Erase) -> Result<Vec<Target>, Fault> {
    if let Some(patient) = &asked.patient {
        return Ok(vec![Target::Dossier(actor::matricule(patient)?)]);
    }
    let documents = asked.document.iter();
    documents
        .map(|it| document(it).map(Target::Document))
        .collect()
}

/// A receipt for people.
pub(crate) fn receipt_line(receipt: &Receipt) -> String {
    format!(
        "receipt {}: root kept by {}, old root {}, {}, journal entry {}{}",
        receipt.number,
        receipt.root,
        receipt.destruction,
        receipt.sinks,
        receipt.entry,
        if receipt.caveat.is_empty() {
            String::new()
        } else {
            format!("; {}", receipt.caveat)
        },
    )
}

/// A receipt for programs.
pub(crate) fn receipt_json(receipt: &Receipt) -> serde_json::Value {
    json!({
        "receipt": receipt.number,
        "root": receipt.root,
        "destruction": receipt.destruction,
        "caveat": receipt.caveat,
        "sinks": receipt.sinks,
        "entry": receipt.entry,
    })
}

fn document(id: &str) -> Result<DocumentId, Fault> {
    id.parse()
        .map_err(|error: liasse::NotAnId| Fault::input(error.to_string()))
}

fn masking(word: &str) -> Result<Masking, Fault> {
    match word {
        "on" => Ok(Masking::ByDefault),
        "off" => Ok(Masking::Open),
        _ => Err(Fault::input("write --mask-by-default on, or off")),
    }
}

fn union(codes: &[String]) -> Result<Flags, Fault> {
    codes.iter().try_fold(Flags::NONE, |flags, code| {
        let flag = Flags::from_code(code).map_err(|error| Fault::input(error.to_string()))?;
        Ok(flags.with(flag))
    })
}

fn grants(asked: &SetConsent) -> Result<Vec<Grant>, Fault> {
    let actors = |ids: &[String]| -> Vec<Party> { ids.iter().map(|id| party(id)).collect() };
    let mut grants = Vec::new();
    grants.extend(
        actors(&asked.authorise)
            .into_iter()
            .map(|party| Grant::Authorise {
                party,
                until: Instant::MAX,
            }),
    );
    grants.extend(actors(&asked.revoke).into_iter().map(Grant::Revoke));
    grants.extend(actors(&asked.block).into_iter().map(Grant::Block));
    grants.extend(actors(&asked.unblock).into_iter().map(Grant::Unblock));
    grants.extend(
        actors(&asked.attending)
            .into_iter()
            .map(Grant::SetAttending),
    );
    for setting in &asked.set {
        let (matter, answer) = setting
            .split_once('=')
            .ok_or_else(|| Fault::input("write a consent as NAME=VALUE, for example btg=deny"))?;
        let matter: Matter = matter.parse()?;
        let answer: Consent = answer
            .parse()
            .map_err(|error: liasse::UnknownCode| Fault::input(error.to_string()))?;
        grants.push(Grant::Consent { matter, answer });
    }
    Ok(grants)
}

fn stated(asked: &Stating) -> Statement {
    let stated = if asked.agreement {
        Statement::agreed()
    } else {
        Statement::NONE
    };
    stated.because(asked.motive.as_deref().unwrap_or_default())
}

/// An id is a professional's, or a structure's behind `structure:`.
pub(crate) fn party(id: &str) -> Party {
    match id.strip_prefix("structure:") {
        Some(structure) => Party::Structure(structure.to_owned()),
        None => Party::Actor(id.to_owned()),
    }
}
