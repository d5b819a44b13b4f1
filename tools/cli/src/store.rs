//! Opening the store the command line names.

use crate::args::{Open, Root};
use crate::fault::Fault;
use liasse::{DirectorySink, Engine, FixedClock, Instant, Options, RootKey, Sink, Sinks};
use std::path::Path;
use std::sync::Arc;

/// Opens the store.
pub(crate) fn open(open: &Open) -> Result<Engine, Fault> {
    Ok(Engine::open(
        &open.store,
        root(&open.root)?,
        options(open)?,
    )?)
}

/// The options the command line asks for.
pub(crate) fn options(open: &Open) -> Result<Options, Fault> {
    let mut options = Options::default();
    if let Some(at) = &open.at {
        let at = Instant::from_rfc3339(at).map_err(|error| Fault::input(error.to_string()))?;
        options.clock = Arc::new(FixedClock::new(at));
    }
    let sinks = open.sinks.iter();
    let sinks = sinks.map(|path| Arc::new(DirectorySink::new(path)) as Arc<dyn Sink>);
    let sinks: Vec<_> = sinks.collect();
    let waived = || "by --waive-sink".to_owned();
    options.sinks = match (sinks.is_empty(), open.waive_sink) {
        (true, false) => Sinks::Unsaid,
        (true, true) => Sinks::Waived(waived()),
        (false, false) => Sinks::To(sinks),
        (false, true) => Sinks::Except(sinks, waived()),
    };
    Ok(options)
}

/// The root key the command line names.
pub(crate) fn root(root: &Root) -> Result<RootKey, Fault> {
    root_of(root.key_file.as_deref(), root.passphrase_env.as_deref())
}

/// The root key in a file, or behind the passphrase in a variable.
pub(crate) fn root_of(file: Option<&Path>, variable: Option<&str>) -> Result<RootKey, Fault> {
    match (file, variable) {
        (Some(file), _) => Ok(RootKey::File(file.to_owned())),
        (None, Some(variable)) => match std::env::var(variable) {
            Ok(passphrase) if !passphrase.is_empty() => Ok(RootKey::Passphrase(passphrase)),
            _ => Err(Fault::input(format!(
                "the environment variable {variable} holds no passphrase; set it"
            ))),
        },
        (None, None) => Err(Fault::input("give --key-file FILE or --passphrase-env VAR")),
    }
}
