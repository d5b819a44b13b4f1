//! The `liasse-audit` command: checks a store, reading only, and hands out proofs.
//!
//! For: auditors, patients and judges; `docs/audit.md` is written for them. Not for: deciding
//! what is wrong; `liasse::Auditor` does. Invariants: nothing of a store is mended or written;
//! nothing of a document is printed; exit 0 clean, 1 findings, 2 bad input, 3 could not be
//! checked, 4 not everything could be checked, 5 an erasure is under way, 70 a fault of ours.

mod args;
mod check;
mod html;
mod json;
mod output;
mod outside;
mod prove;

use args::{Arguments, Command};
use clap::Parser;
use output::{Fault, complain};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = !error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if asked { 0 } else { output::EXIT_INPUT });
        }
    };
    match run(arguments.command) {
        Ok(exit) => ExitCode::from(exit),
        Err(fault) => {
            complain(&fault.message);
            ExitCode::from(fault.exit)
        }
    }
}

fn run(command: Command) -> Result<u8, Fault> {
    if let Some((store, places)) = command.places() {
        output::keep_out(store, &places)?;
    }
    match command {
        Command::Check(check) => check::run(&check),
        Command::Prove(prove) => prove::prove(&prove),
        Command::CheckProof(check) => prove::check_proof(&check),
        Command::Certificate(asked) => prove::certificate(&asked),
        Command::CheckCertificate(check) => prove::check_certificate(&check),
        Command::Checkpoint(asked) => outside::checkpoint(&asked),
        Command::HostKey(asked) => outside::host_key(&asked),
        Command::AuditKey(asked) => outside::audit_key(&asked),
        Command::Export(export) => outside::export(&export),
        Command::WitnessRequest(asked) => outside::witness_request(&asked),
        Command::Witness(witness) => outside::witness(&witness),
        Command::WitnessAdd(add) => outside::witness_add(&add),
    }
}
