//! What the host knows of the persons around a dossier.

use crate::args::Declare;
use crate::command::change::party;
use crate::fault::Fault;
use crate::{actor, output, store};
use liasse::{Declaration, Instant, RepresentativeRole};

/// Declares all that is asked, one after the other.
pub(crate) fn run(asked: &Declare) -> Result<(), Fault> {
    let patient = actor::matricule(&asked.patient)?;
    let declarations = declarations(asked)?;
    if declarations.is_empty() {
        return Err(Fault::input("say what to declare, for example --team ID"));
    }
    let engine = store::open(&asked.open)?;
    for declaration in declarations {
        engine.declare(&patient, declaration)?;
    }
    output::line("declared");
    Ok(engine.close()?)
}

fn declarations(asked: &Declare) -> Result<Vec<Declaration>, Fault> {
    let until = asked.until.as_deref().map(actor::instant).transpose()?;
    let until = until.unwrap_or(Instant::MAX);
    let team = |id: &String| Declaration::Team {
        party: party(id),
        until,
    };
    let person = |id: &String, role| Declaration::Represented {
        person: id.clone(),
        role,
        until,
    };
    let legal = |id| person(id, RepresentativeRole::Legal);
    let delegate = |id| person(id, RepresentativeRole::HealthCare);
    let left = |id: &String| Declaration::LeftTeam(party(id));
    let mut all: Vec<_> = asked.left_team.iter().map(left).collect();
    let ended = asked.not_represented.iter().cloned();
    all.extend(ended.map(Declaration::NotRepresented));
    all.extend(asked.team.iter().map(team));
    all.extend(asked.legal.iter().map(legal));
    all.extend(asked.delegate.iter().map(delegate));
    if let Some(at) = &asked.majority {
        all.push(Declaration::Majority(actor::instant(at)?));
    }
    Ok(all)
}
