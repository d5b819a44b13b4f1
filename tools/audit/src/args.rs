//! The command line of `liasse-audit`; `docs/cli.md` says what scripts may rely on.

use clap::{Args, Parser, Subcommand};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

/// Audits a Liasse store without changing it.
#[derive(Parser)]
#[command(name = "liasse-audit", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check a store, or a backup of one.
    Check(Check),
    /// Prove one entry of the log to a patient or a judge.
    Prove(Prove),
    /// Check such a proof, without the store.
    CheckProof(CheckProof),
    /// The certificate of an erasure.
    Certificate(Certificate),
    /// Check such a certificate, without the store.
    CheckCertificate(CheckCertificate),
    /// The log's signed checkpoint, and the key that verifies it.
    Checkpoint(Checkpoint),
    /// Take a key of the host's own signers into a notebook.
    HostKey(HostKey),
    /// Write a key file that opens traces and nothing else, for an auditor.
    AuditKey(AuditKey),
    /// Write the log as static files that any tool for transparency logs reads.
    Export(Export),
    /// What to send to a witness.
    WitnessRequest(WitnessRequest),
    /// As a witness: sign what a log was, when it continues what was signed before.
    Witness(Witness),
    /// Add a witness's answer to a checkpoint.
    WitnessAdd(WitnessAdd),
}

impl Command {
    /// The store that is only read, and where something is to be written.
    pub(crate) fn places(&self) -> Option<(&Path, Vec<&Path>)> {
        let (store, places) = match self {
            Self::Check(asked) => {
                let places = [&asked.notebook, &asked.state, &asked.html];
                (&asked.store, places.into_iter().flatten().collect())
            }
            Self::Prove(asked) => (&asked.store, vec![&asked.output]),
            Self::Certificate(asked) => (&asked.store, vec![&asked.output]),
            Self::Checkpoint(asked) => (&asked.store, asked.notebook.iter().collect()),
            Self::AuditKey(asked) => (&asked.store, vec![&asked.output]),
            Self::Export(asked) => (&asked.store, vec![&asked.output]),
            Self::WitnessRequest(asked) => (&asked.store, vec![&asked.output]),
            Self::CheckProof(_)
            | Self::CheckCertificate(_)
            | Self::HostKey(_)
            | Self::Witness(_)
            | Self::WitnessAdd(_) => return None,
        };
        let places: Vec<&PathBuf> = places;
        let places = places.into_iter().map(PathBuf::as_path);
        Some((store, places.collect()))
    }
}

#[derive(Args)]
pub(crate) struct Root {
    /// The file made by `liasse key new`.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The environment variable that holds the passphrase.
    #[arg(long, value_name = "VAR", conflicts_with = "key_file")]
    pub(crate) passphrase_env: Option<String>,
}

/// The key of traces alone.
#[derive(Args)]
pub(crate) struct Traces {
    /// A file made by `liasse-audit audit-key`: traces are opened and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_file", "passphrase_env"])]
    pub(crate) audit_key_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AuditKey {
    /// The store's directory.
    pub(crate) store: PathBuf,
    /// Where the key goes: a new file, which only its owner can read.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
}

#[derive(Args)]
pub(crate) struct Signed {
    /// A checkpoint that the log's key signed, instead of one signed now.
    #[arg(long, value_name = "FILE", requires = "log_key")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// The file with the log's verifier key.
    #[arg(long, value_name = "FILE")]
    pub(crate) log_key: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Check {
    /// The store's directory, or with --backup a new one for what is brought together.
    pub(crate) store: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    #[command(flatten)]
    pub(crate) traces: Traces,
    /// Without any key.
    #[arg(long, group = "depth")]
    pub(crate) keyless: bool,
    /// With the keys of traces: accesses are counted, no dossier is opened.
    #[arg(long, group = "depth")]
    pub(crate) audit_keys: bool,
    /// With all keys: every seal is opened (the default when a key is given).
    #[arg(long, group = "depth")]
    pub(crate) full: bool,
    /// The folder with the checkpoints of earlier audits.
    #[arg(long, value_name = "DIR")]
    pub(crate) notebook: Option<PathBuf>,
    /// Open only about this many dossiers, one at least, chosen by a seed that is drawn and told;
    /// of the others nothing is opened, which is told as skipped.
    #[arg(long, value_name = "N", value_parser = dossiers)]
    pub(crate) sample: Option<NonZeroU64>,
    /// Choose the dossiers of a sample by this seed, which an earlier check told.
    #[arg(long, value_name = "HEX", requires = "sample", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Where to keep how far it is; go on from there when the file is there.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Stop after this many seconds; go on later with --state.
    #[arg(long, value_name = "N", requires = "state")]
    pub(crate) seconds: Option<u64>,
    /// Check a backup: it is only read, and brought together in STORE.
    #[arg(long, value_name = "DIR")]
    pub(crate) backup: Option<PathBuf>,
    /// A keyring sink with newer catalogs than the backup has; may be repeated.
    #[arg(long, value_name = "DIR", requires = "backup")]
    pub(crate) sink: Vec<PathBuf>,
    /// Write one HTML page that opens offline.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// One JSON object instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Prove {
    /// The store's directory.
    pub(crate) store: PathBuf,
    /// The number of the entry.
    #[arg(long, value_name = "N")]
    pub(crate) entry: u64,
    /// Where the proof goes: NAME.tlog-proof, NAME.entry, NAME.key.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    #[command(flatten)]
    pub(crate) traces: Traces,
    #[command(flatten)]
    pub(crate) signed: Signed,
}

#[derive(Args)]
pub(crate) struct CheckProof {
    /// The proof: NAME.tlog-proof.
    pub(crate) proof: PathBuf,
    /// The entry that travels beside it: NAME.entry.
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: PathBuf,
    /// The log's verifier key, from somebody you trust.
    #[arg(long, value_name = "FILE")]
    pub(crate) log_key: PathBuf,
    /// One JSON object instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Certificate {
    /// The store's directory.
    pub(crate) store: PathBuf,
    /// The audit handle of what was erased, as `check` lists it.
    #[arg(long, value_name = "HEX")]
    pub(crate) handle: String,
    /// Where the certificate goes.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    #[command(flatten)]
    pub(crate) signed: Signed,
}

#[derive(Args)]
pub(crate) struct CheckCertificate {
    /// The certificate.
    pub(crate) certificate: PathBuf,
    /// The log's verifier key, from somebody you trust.
    #[arg(long, value_name = "FILE")]
    pub(crate) log_key: PathBuf,
    /// One JSON object instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Checkpoint {
    /// The store's directory.
    pub(crate) store: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    /// Put both into this notebook, unless it has them.
    #[arg(long, value_name = "DIR")]
    pub(crate) notebook: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct HostKey {
    /// The notebook.
    pub(crate) notebook: PathBuf,
    /// A checkpoint that the key signed, and so did a key of the host's that the notebook has.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: PathBuf,
    /// The file with the key, as the host told it.
    #[arg(long, value_name = "FILE")]
    pub(crate) host_key: PathBuf,
}

#[derive(Args)]
pub(crate) struct Export {
    /// The store's directory.
    pub(crate) store: PathBuf,
    /// Where the files go; what is there already is gone on with.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    #[command(flatten)]
    pub(crate) signed: Signed,
}

#[derive(Args)]
pub(crate) struct WitnessRequest {
    /// The store's directory.
    pub(crate) store: PathBuf,
    /// How many entries the log had when the witness signed last.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) old: u64,
    /// Where the request goes.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    #[command(flatten)]
    pub(crate) signed: Signed,
}

#[derive(Args)]
pub(crate) struct Witness {
    /// The request.
    pub(crate) request: PathBuf,
    /// The witness's name.
    #[arg(long)]
    pub(crate) name: String,
    /// The file with the witness's key; it is made when it is not there.
    #[arg(long, value_name = "FILE")]
    pub(crate) witness_key: PathBuf,
    /// The log's verifier key.
    #[arg(long, value_name = "FILE")]
    pub(crate) log_key: PathBuf,
    /// The checkpoint this witness signed last, and where the new one is kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) last: PathBuf,
    /// Where the answer goes.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Args)]
pub(crate) struct WitnessAdd {
    /// The signed checkpoint.
    pub(crate) checkpoint: PathBuf,
    /// The log's verifier key.
    #[arg(long, value_name = "FILE")]
    pub(crate) log_key: PathBuf,
    /// The witness's answer.
    #[arg(long, value_name = "FILE")]
    pub(crate) answer: PathBuf,
    /// The witness's verifier key.
    #[arg(long, value_name = "FILE")]
    pub(crate) witness_key: PathBuf,
    /// Where the cosigned checkpoint goes.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

fn dossiers(text: &str) -> Result<NonZeroU64, String> {
    let read = text.parse();
    read.map_err(|_| "a sample is of a number of dossiers, one at least".to_owned())
}

fn seed(text: &str) -> Result<u64, String> {
    let digits = text.len() == 16 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let read = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
    read.ok_or_else(|| "a seed is 16 hexadecimal digits".to_owned())
}
