//! Opening the store the command line names.

use crate::args::{Open, Root};
use crate::fault::Fault;
use crate::{actor, output};
use liasse::{DirectorySink, Engine, FixedClock, Options, RootKey, Sink, Sinks, Waiver};
use std::path::Path;
use std::sync::Arc;

/// Opens the store.
pub(crate) fn open(open: &Open) -> Result<Engine, Fault> {
    for sink in open.sinks.iter().filter(|it| !it.is_dir()) {
        output::complain(&format!(
            "{} is not there: it is made if it is new, the directory above it is there and no \
             sink of this store is missing",
            sink.display()
        ));
    }
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
        options.clock = Arc::new(FixedClock::new(actor::instant(at)?));
    }
    let sinks = open.sinks.iter();
    let sinks = sinks.map(|path| Arc::new(DirectorySink::new(path)) as Arc<dyn Sink>);
    let sinks: Vec<_> = sinks.collect();
    let waivers = open.waive_sink.iter().map(|sink| Waiver {
        sink: (!sink.is_empty()).then(|| sink.clone()),
        why: "by --waive-sink".to_owned(),
    });
    let waivers: Vec<_> = waivers.collect();
    options.sinks = match (sinks.is_empty(), waivers.is_empty()) {
        (true, true) => Sinks::Unsaid,
        (false, true) => Sinks::To(sinks),
        (_, false) => Sinks::Except(sinks, waivers),
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
            Ok(passphrase) if !passphrase.is_empty() => Ok(RootKey::Passphrase(passphrase.into())),
            _ => Err(Fault::input(format!(
                "the environment variable {variable} holds no passphrase; set it"
            ))),
        },
        (None, None) => Err(Fault::input("give --key-file FILE or --passphrase-env VAR")),
    }
}
