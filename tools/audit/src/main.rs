//! The `liasse-audit` command: checks a store, reading only.
//!
//! For: auditors. Checks the log against its tree, the catalog against the log, every seal,
//! every head with its bodies, index and store against each other. Invariants: nothing is
//! mended, nothing of a document is printed; exit 0 clean, 1 findings, 2 bad input, 3 could not
//! check.

use clap::Parser;
use liasse::{Class, Engine, Options, Report, RootKey};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks a Liasse store without changing it.
#[derive(Parser)]
#[command(name = "liasse-audit", version, max_term_width = 100)]
struct Arguments {
    /// The store's directory.
    store: PathBuf,
    /// The file made by `liasse key new`.
    #[arg(long, value_name = "FILE", required_unless_present = "passphrase_env")]
    key_file: Option<PathBuf>,
    /// The environment variable that holds the passphrase.
    #[arg(long, value_name = "VAR", conflicts_with = "key_file")]
    passphrase_env: Option<String>,
    /// One JSON object per finding and one for the summary.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(root) = root(&arguments) else {
        complain("give --key-file FILE, or --passphrase-env VAR with a passphrase in VAR");
        return ExitCode::from(EXIT_INPUT);
    };
    match Engine::verify(&arguments.store, root, Options::default()) {
        Ok(report) => {
            tell(&report, arguments.json);
            ExitCode::from(u8::from(!report.findings.is_empty()))
        }
        Err(error) => {
            complain(&error.to_string());
            let misuse = error.class() == Class::Misuse;
            ExitCode::from(if misuse { EXIT_INPUT } else { EXIT_NOT_CHECKED })
        }
    }
}

fn root(arguments: &Arguments) -> Option<RootKey> {
    if let Some(file) = &arguments.key_file {
        return Some(RootKey::File(file.clone()));
    }
    let passphrase = std::env::var(arguments.passphrase_env.as_ref()?).ok()?;
    Some(RootKey::Passphrase(passphrase))
}

fn tell(report: &Report, as_json: bool) {
    for finding in &report.findings {
        let (invariant, place, what) = (finding.invariant, &finding.place, &finding.what);
        if as_json {
            let object = json!({ "invariant": invariant, "place": place, "what": what });
            line(&object.to_string());
        } else {
            line(&format!("{invariant}  {place}: {what}"));
        }
    }
    let clean = report.findings.is_empty();
    if as_json {
        line(
            &json!({
                "clean": clean,
                "dossiers": report.dossiers,
                "documents": report.documents,
                "entries": report.entries,
                "segments": report.segments,
            })
            .to_string(),
        );
    } else {
        line(&format!(
            "{}: {} dossiers, {} documents, {} journal entries, {} index segments checked",
            if clean { "clean" } else { "NOT CLEAN" },
            report.dossiers,
            report.documents,
            report.entries,
            report.segments,
        ));
    }
}

fn line(text: &str) {
    // A reader that closed the pipe wants no more lines.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "liasse-audit: {text}");
}

const EXIT_INPUT: u8 = 2;
const EXIT_NOT_CHECKED: u8 = 3;
