//! The judgement of one state: is what a fault left one of the states that may be there?
//!
//! For: opening what is left, looking, comparing. Not for: choosing states.
//! Invariants: a store that may be there opens; whatever it shows is one of the models, whole;
//! some are scrutinised, and some are worked on, so that recovery is proved and not only
//! reading.

use crate::keys::Roots;
use crate::look::{Depth, look, scrutinise};
use crate::model::Model;
use crate::play::{Play, patients};
use crate::record::probe;
use base::disk::FaultyDisk;

/// How closely a state is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closeness {
    /// Opened and looked at.
    Looked,
    /// Also checked by the engine itself, every word searched, what was erased asked for.
    Scrutinised,
    /// Also worked on: a deposit after it is kept.
    WorkedOn,
}

/// A store that was judged, still open, and which of the models it is.
pub(crate) struct Judged {
    pub(crate) play: Play,
    pub(crate) model: Model,
}

/// Opens what is left and compares it with the states that may be there.
pub(crate) fn judge(
    disk: &FaultyDisk,
    roots: Roots,
    candidates: &[Model],
    closeness: Closeness,
) -> Result<Judged, String> {
    let mut play = Play::found(disk, roots, 99).map_err(|error| format!("folder: {error}"))?;
    if closeness != Closeness::WorkedOn {
        // Segments are written where work goes on; here they would cost more than the rest.
        play.tail_documents_max = usize::MAX;
    }
    judge_play(play, candidates, closeness)
}

/// The same for a store whose disk stands already.
pub(crate) fn judge_play(
    mut play: Play,
    candidates: &[Model],
    closeness: Closeness,
) -> Result<Judged, String> {
    play.open().map_err(|error| format!("open: {error}"))?;
    judge_open(play, candidates, closeness)
}

/// The same for an engine that is open.
pub(crate) fn judge_open(
    mut play: Play,
    candidates: &[Model],
    closeness: Closeness,
) -> Result<Judged, String> {
    let told = |error: liasse::Error| format!("look: {error}");
    let engine = play.engine().map_err(told)?;
    let depth = match closeness {
        Closeness::Looked => Depth::Plain,
        Closeness::Scrutinised | Closeness::WorkedOn => Depth::Whole,
    };
    let seen = look(engine, patients(), depth).map_err(told)?;
    let mut differences = Vec::new();
    let mut fitting = None;
    for model in candidates {
        match seen.fits(model) {
            Ok(()) => fitting = Some(model.clone()),
            Err(difference) => differences.push(difference),
        }
    }
    let Some(model) = fitting else {
        return Err(format!("none of the states that may be: {differences:?}"));
    };
    if closeness != Closeness::Looked {
        scrutinise(engine, patients(), &model)?;
    }
    play.model = model;
    if closeness == Closeness::WorkedOn {
        let act = probe(&play.model);
        let done = play.act(&act);
        done.map_err(|error| format!("a deposit after recovery: {error}"))?;
        let engine = play.engine().map_err(told)?;
        let seen = look(engine, patients(), Depth::Whole).map_err(told)?;
        let fits = seen.fits(&play.model);
        fits.map_err(|what| format!("after a deposit on what was recovered: {what}"))?;
    }
    let model = play.model.clone();
    Ok(Judged { play, model })
}
