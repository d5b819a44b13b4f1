//! The `liasse` command: one subcommand per verb of the engine, for operators and scripts.
//!
//! For: `docs/cli.md`'s contracts. Not for: deciding anything; the engine does. Invariants:
//! standard output holds answers only, standard error messages only; no message holds medical
//! content, a name, an INS or query text.

mod actor;
mod args;
mod command;
mod fault;
mod output;
mod store;

use args::{Arguments, Command};
use clap::Parser;
use fault::Fault;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_USAGE)
            };
        }
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            output::complain(&fault.to_string());
            ExitCode::from(fault.exit())
        }
    }
}

fn run(command: Command) -> Result<(), Fault> {
    match command {
        Command::Demo(demo) => command::demo::run(&demo),
        Command::Key(key) => command::key::run(&key),
        Command::Create(create) => command::create::run(&create),
        Command::Import(import) => command::import::run(&import),
        Command::List(list) => command::read::list(&list),
        Command::Search(search) => command::read::search(&search),
        Command::Fetch(fetch) => command::read::fetch(&fetch),
        Command::History(history) => command::read::history(&history),
        Command::Changes(changes) => command::read::changes(&changes),
        Command::Explain(explain) => command::read::explain(&explain),
        Command::Flags(flags) => command::change::flags(&flags),
        Command::Status(status) => command::change::status(&status),
        Command::Consent(consent) => command::change::consent(&consent),
        Command::Declare(declare) => command::declare::run(&declare),
        Command::Close(dossier) => command::change::close(&dossier),
        Command::Reopen(dossier) => command::change::reopen(&dossier),
        Command::Erase(erase) => command::change::erase(&erase),
        Command::PurgeDue(purge) => command::keep::purge_due(&purge),
        Command::Receipts(receipts) => command::keep::receipts(&receipts),
        Command::Retain(retain) => command::keep::retain(&retain),
        Command::Rotate(rotate) => command::keep::rotate(&rotate),
        Command::RecordCosignature(asked) => command::keep::record_cosignature(&asked),
        Command::Compact(compact) => command::keep::compact(&compact),
        Command::Reindex(reindex) => command::keep::reindex(&reindex),
        Command::Backup(backup) => command::backup::backup(&backup),
        Command::Restore(restore) => command::backup::restore(&restore),
        Command::Standby(standby) => command::backup::standby(&standby),
        Command::Adopt(adopt) => command::keep::adopt(&adopt),
        Command::Verify(verify) => command::keep::verify(&verify),
        Command::Upgrade(upgrade) => command::keep::upgrade(&upgrade),
        Command::Stats(stats) => command::keep::stats(&stats),
        Command::Policy(policy) => command::policy::run(&policy),
        Command::Specimen(specimen) => command::specimen::run(&specimen),
    }
}

const EXIT_USAGE: u8 = 2;
