//! `liasse specimen`: generated documents as files, to try the engine with.

use crate::args::Specimen;
use crate::fault::Fault;
use crate::output;
use std::path::Path;

/// Writes the documents of the first patients of a world as CDA files.
pub(crate) fn run(asked: &Specimen) -> Result<(), Fault> {
    let failed = |error: &std::io::Error| Fault::file(&asked.folder, error);
    std::fs::create_dir(&asked.folder).map_err(|error| failed(&error))?;
    let world = specimen::World::new(asked.seed);
    let mut count = 0_u64;
    for number in 0..u64::from(asked.patients) {
        for document in world.documents(number) {
            let name = format!("{number:06}-{:04}.xml", document.number);
            write(&asked.folder.join(name), &document.cda())?;
            count += 1;
        }
    }
    output::line(&format!(
        "{count} documents of {} patients, all invented",
        asked.patients
    ));
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    std::fs::write(path, text).map_err(|error| Fault::file(path, &error))
}
