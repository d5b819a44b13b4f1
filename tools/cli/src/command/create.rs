//! `liasse create`: a new store.

use crate::args::Create;
use crate::fault::Fault;
use crate::{output, store};
use liasse::Engine;

/// Creates the store.
pub(crate) fn run(create: &Create) -> Result<(), Fault> {
    let mut options = store::options(&create.open)?;
    options.pack.clone_from(&create.pack);
    let root = store::root(&create.open.root)?;
    let engine = Engine::create(&create.open.store, root, options)?;
    engine.close()?;
    output::line(&format!("created {}", create.open.store.display()));
    Ok(())
}
