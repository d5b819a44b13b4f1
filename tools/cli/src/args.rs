//! The words of the command line; `docs/cli.md` gives them with examples.

use crate::command::keep::{Compact, RecordCosignature, Rotate, Upgrade};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Keeps medical dossiers: one key per patient, rules in the query plan, a trace of every read.
#[derive(Parser)]
#[command(name = "liasse", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the engine at work on generated dossiers.
    Demo(Demo),
    /// Make a key file.
    #[command(subcommand)]
    Key(Key),
    /// Create a store.
    Create(Create),
    /// Take documents in, opening dossiers that do not exist yet.
    Import(Import),
    /// List a dossier's documents.
    List(List),
    /// Search one dossier, or all of an actor's (purpose `panel`).
    Search(Search),
    /// Write a document's bytes to a file.
    Fetch(Fetch),
    /// Show who did what in a dossier.
    History(History),
    /// Show what is new in a dossier since a mark, each bris de glace with it.
    Changes(Changes),
    /// Set or clear a document's visibility flags.
    Flags(SetFlags),
    /// Delete a document, archive it, or take it out of the archive.
    Status(SetStatus),
    /// Set the holder's consents and who may read.
    Consent(SetConsent),
    /// Declare who represents a patient, when she comes of age, who is of her care team.
    Declare(Declare),
    /// Close a dossier; it is kept ten years.
    Close(ChangeOne),
    /// Reopen a closed dossier.
    Reopen(ChangeOne),
    /// Erase a dossier, or documents of one, for good.
    Erase(Erase),
    /// Erase the dossiers whose ten years after closing have passed.
    PurgeDue(PurgeDue),
    /// Complete the erasures that were held up, and show the receipts of all.
    Receipts(Receipts),
    /// Close the traces of a class for good, once they are older than so many months.
    Retain(Retain),
    /// Put all keys under a new root key and destroy the old one.
    Rotate(Rotate),
    /// Have the log told that a witness cosigned a checkpoint of it.
    RecordCosignature(RecordCosignature),
    /// Give the room of what was erased or replaced back to the disk.
    Compact(Compact),
    /// Rebuild what is damaged or outdated in the index.
    Reindex(Reindex),
    /// Back a store up; only what is new is copied.
    Backup(Backup),
    /// Restore a store from a backup and the keyring sinks.
    Restore(Restore),
    /// Keep a second directory fresh, or make a store of it.
    Standby(Standby),
    /// Make a copy of a store, or one that was moved, the one that is written.
    Adopt(Adopt),
    /// Check the whole store.
    Verify(Verify),
    /// Bring a store that an earlier version wrote to the format of this one.
    Upgrade(Upgrade),
    /// Show which rules a session is under.
    Explain(Explain),
    /// Look at policy packs, and load them into a store.
    #[command(subcommand)]
    Policy(Policy),
    /// Write generated documents to a folder.
    Specimen(Specimen),
    /// Show sizes and counts.
    Stats(Stats),
}

/// How the store's root key is reached.
#[derive(Args, Clone)]
#[group(required = true, multiple = false)]
pub(crate) struct Root {
    /// The file made by `liasse key new`.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The environment variable that holds the passphrase.
    #[arg(long, value_name = "VAR")]
    pub(crate) passphrase_env: Option<String>,
}

/// The store, its key, and which instant it is.
#[derive(Args, Clone)]
pub(crate) struct Open {
    /// The store's directory.
    pub(crate) store: PathBuf,
    #[command(flatten)]
    pub(crate) root: Root,
    /// A directory that is a keyring sink: it gets every commit's delta; may be repeated.
    #[arg(long = "sink", value_name = "DIR")]
    pub(crate) sinks: Vec<PathBuf>,
    /// Go without a sink that the store remembers, named by its id, its label or its place; alone,
    /// without all that are not named. After an erasure no catalog made before opens any more.
    #[arg(long, value_name = "SINK", num_args = 0..=1, require_equals = true,
          default_missing_value = "")]
    pub(crate) waive_sink: Vec<String>,
    /// Take the instant from --at instead of the system's clock.
    #[arg(long, requires = "at")]
    pub(crate) demo_clock: bool,
    /// The instant, as RFC 3339; only together with --demo-clock.
    #[arg(long, value_name = "RFC3339", requires = "demo_clock")]
    pub(crate) at: Option<String>,
}

/// Who asks, and how the answer is written.
#[derive(Args, Clone)]
pub(crate) struct Asking {
    /// The actor file (JSON).
    #[arg(long = "as", value_name = "ACTOR.json")]
    pub(crate) actor: PathBuf,
    /// One JSON object per line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Keep the demo's store in this directory instead of removing it.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Make a new key file; keep it apart from the store and its backups.
    New {
        /// The file to make; it must not exist.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The policy pack the store works under: a built-in one, or a directory with one or several.
    #[arg(long, default_value = "dmp-2011", value_name = "PACK")]
    pub(crate) pack: String,
}

#[derive(Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) open: Open,
    /// Files, or folders of .xml and .json files.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) open: Open,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The patient's INS matricule, alone or as MATRICULE@OID.
    #[arg(long, value_name = "MATRICULE")]
    pub(crate) patient: String,
    /// Archived and deprecated documents too.
    #[arg(long)]
    pub(crate) all: bool,
    /// The motive of a break-glass reading.
    #[arg(long, value_name = "TEXT")]
    pub(crate) motive: Option<String>,
}

#[derive(Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) open: Open,
    /// What to look for; `docs/search.md` gives the syntax.
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// Only this patient's dossier.
    #[arg(long, value_name = "MATRICULE")]
    pub(crate) patient: Option<String>,
    /// The most documents to show.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) limit: usize,
    /// Archived and deprecated documents too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only the number of documents.
    #[arg(long)]
    pub(crate) count: bool,
    /// The motive of a break-glass reading.
    #[arg(long, value_name = "TEXT")]
    pub(crate) motive: Option<String>,
}

#[derive(Args)]
pub(crate) struct Fetch {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The document's id.
    pub(crate) document: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The file to write; it must not exist.
    #[arg(short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The motive of a break-glass reading.
    #[arg(long, value_name = "TEXT")]
    pub(crate) motive: Option<String>,
}

#[derive(Args)]
pub(crate) struct OneDossier {
    #[command(flatten)]
    pub(crate) open: Open,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The patient's INS matricule.
    #[arg(long, value_name = "MATRICULE")]
    pub(crate) patient: String,
}

#[derive(Args)]
pub(crate) struct Stating {
    /// Say that the actor has collected the patient's agreement to this.
    #[arg(long)]
    pub(crate) agreement: bool,
    /// Why, in a sentence; kept sealed with the trace.
    #[arg(long, value_name = "TEXT")]
    pub(crate) motive: Option<String>,
}

#[derive(Args)]
pub(crate) struct ChangeOne {
    #[command(flatten)]
    pub(crate) one: OneDossier,
    #[command(flatten)]
    pub(crate) stating: Stating,
}

#[derive(Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) dossier: OneDossier,
    /// One FHIR AuditEvent per line, which names this machine by ADDRESS.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "json")]
    pub(crate) fhir: Option<String>,
    /// No acts before this instant.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Option<String>,
    /// No acts after this instant.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) until: Option<String>,
}

#[derive(Args)]
pub(crate) struct Changes {
    #[command(flatten)]
    pub(crate) dossier: OneDossier,
    /// The mark that an earlier call gave; without one, all there is.
    #[arg(long)]
    pub(crate) since: Option<String>,
}

#[derive(Args)]
pub(crate) struct SetFlags {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The document's id.
    pub(crate) document: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// Flags to set: MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX.
    #[arg(long, value_name = "FLAG")]
    pub(crate) set: Vec<String>,
    /// Flags to clear.
    #[arg(long, value_name = "FLAG")]
    pub(crate) clear: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SetStatus {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The document's id.
    pub(crate) document: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The status to give it: approved, archived, deleted.
    #[arg(long, value_name = "STATUS")]
    pub(crate) set: String,
}

#[derive(Args)]
pub(crate) struct SetConsent {
    #[command(flatten)]
    pub(crate) open: Open,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The patient's INS matricule.
    #[arg(long, value_name = "MATRICULE")]
    pub(crate) patient: String,
    /// Authorise a professional or a structure by id.
    #[arg(long, value_name = "ID")]
    pub(crate) authorise: Vec<String>,
    /// Withdraw an authorisation.
    #[arg(long, value_name = "ID")]
    pub(crate) revoke: Vec<String>,
    /// Block a professional or a structure by id.
    #[arg(long, value_name = "ID")]
    pub(crate) block: Vec<String>,
    /// Lift a block.
    #[arg(long, value_name = "ID")]
    pub(crate) unblock: Vec<String>,
    /// Declare an attending physician by id.
    #[arg(long, value_name = "ID")]
    pub(crate) attending: Vec<String>,
    #[command(flatten)]
    pub(crate) stating: Stating,
    /// Set a consent, as NAME=permit|deny|unasked; names: consultation, deposit, etreat, btg,
    /// masked.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Mask what is there and every later deposit (on), or end that and leave what is masked (off).
    #[arg(long, value_name = "on|off")]
    pub(crate) mask_by_default: Option<String>,
}

#[derive(Args)]
pub(crate) struct Declare {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The patient's INS matricule.
    #[arg(long, value_name = "MATRICULE")]
    pub(crate) patient: String,
    /// A member of the care team: a professional, or a structure behind `structure:`.
    #[arg(long, value_name = "ID")]
    pub(crate) team: Vec<String>,
    /// One that has left the care team.
    #[arg(long, value_name = "ID")]
    pub(crate) left_team: Vec<String>,
    /// A legal representative.
    #[arg(long, value_name = "ID")]
    pub(crate) legal: Vec<String>,
    /// A person the holder delegated access to.
    #[arg(long, value_name = "ID")]
    pub(crate) delegate: Vec<String>,
    /// A person who represents her no more.
    #[arg(long, value_name = "ID")]
    pub(crate) not_represented: Vec<String>,
    /// When she comes of age.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) majority: Option<String>,
    /// Until when --team, --legal and --delegate hold; without an end when it is not given.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) until: Option<String>,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["patient", "document"])))]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) open: Open,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The INS matricule of the patient whose dossier is to go, with all linked to it.
    #[arg(long, value_name = "MATRICULE")]
    pub(crate) patient: Option<String>,
    /// A document to go, with its earlier versions; the dossier stays.
    #[arg(long, value_name = "DOCUMENT")]
    pub(crate) document: Vec<String>,
    /// Say that it is to be erased for good.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The directory to back up into: empty, or an earlier backup of this store.
    pub(crate) target: PathBuf,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) open: Open,
    /// The backup's directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) backup: PathBuf,
    /// The sinks that the store had are lost: what was committed after the backup is lost too.
    #[arg(long, conflicts_with = "sinks")]
    pub(crate) without_sink: bool,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Standby {
    /// The directory to keep fresh.
    pub(crate) directory: PathBuf,
    /// The backup's directory.
    #[arg(long, value_name = "DIR", conflicts_with = "promote")]
    pub(crate) backup: Option<PathBuf>,
    /// A keyring sink; may be repeated.
    #[arg(long = "sink", value_name = "DIR", conflicts_with = "promote")]
    pub(crate) sinks: Vec<PathBuf>,
    /// The sinks that the store had are lost, or left out on purpose.
    #[arg(long, conflicts_with_all = ["promote", "sinks"])]
    pub(crate) without_sink: bool,
    /// Make a store of it; needs the root key.
    #[arg(long)]
    pub(crate) promote: bool,
    /// The file made by `liasse key new`.
    #[arg(long, value_name = "FILE", requires = "promote")]
    pub(crate) key_file: Option<PathBuf>,
    /// The environment variable that holds the passphrase.
    #[arg(
        long,
        value_name = "VAR",
        requires = "promote",
        conflicts_with = "key_file"
    )]
    pub(crate) passphrase_env: Option<String>,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct PurgeDue {
    #[command(flatten)]
    pub(crate) open: Open,
    /// Say that what is due is to be erased for good.
    #[arg(long)]
    pub(crate) yes: bool,
    /// One JSON object per receipt.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Receipts {
    #[command(flatten)]
    pub(crate) open: Open,
    /// One JSON object per receipt.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Retain {
    #[command(flatten)]
    pub(crate) open: Open,
    /// Which traces: reading, writing, emergency, refusal, aggregate or erasure.
    pub(crate) class: String,
    /// Keep those of the current month and of so many whole months before it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) months: u16,
    /// Say that nobody is to open them any more.
    #[arg(long)]
    pub(crate) yes: bool,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Adopt {
    #[command(flatten)]
    pub(crate) open: Open,
    /// Say that no other copy of this store is to be opened for writing any more.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Args)]
pub(crate) struct Reindex {
    #[command(flatten)]
    pub(crate) open: Open,
    /// Analyse every document again.
    #[arg(long)]
    pub(crate) all: bool,
    /// One JSON object per step and one at the end.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) open: Open,
    /// One JSON object per finding and one for the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) open: Open,
    /// A query to plan; without one the session's rules alone are shown.
    pub(crate) query: Option<String>,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// How the query is done for this actor: passes and rounded times. Needs purpose
    /// `audit`.
    #[arg(long, value_name = "ACTOR.json", requires = "query")]
    pub(crate) of: Option<PathBuf>,
    /// Only this patient's dossier.
    #[arg(long, value_name = "MATRICULE", requires = "query")]
    pub(crate) patient: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Policy {
    /// Say what is wrong in a pack, and what looks wrong.
    Check {
        /// What is built in, or the directory of one pack or of several.
        pack: String,
        /// The version before: say who would see more than under it.
        #[arg(long, value_name = "PACK")]
        previous: Option<String>,
        /// One JSON object per finding and one for the summary.
        #[arg(long)]
        json: bool,
    },
    /// Say who gains and who loses sight of what, from one pack to another.
    Diff {
        /// The pack in force.
        old: String,
        /// The pack that would replace it.
        new: String,
        /// One JSON object per change.
        #[arg(long)]
        json: bool,
    },
    /// Have a store work under other packs from now on.
    Load {
        #[command(flatten)]
        open: Open,
        /// What is built in (`dmp-2011`, `dmp-2023`, or `dmp` for both), or a directory with one
        /// pack, or with a directory for each of several.
        pack: String,
        /// One JSON object per pack.
        #[arg(long)]
        json: bool,
    },
    /// Show who reads which type of document, once authorised.
    Matrix {
        /// A pack that is built in, or the directory of one.
        #[arg(default_value = "dmp-2011")]
        pack: String,
        /// A page for a browser or a printer, complete in itself.
        #[arg(long)]
        html: bool,
    },
}

#[derive(Args)]
pub(crate) struct Specimen {
    /// The folder to make.
    pub(crate) folder: PathBuf,
    /// How many patients.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) patients: u32,
    /// Another seed gives other dossiers.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
}

#[derive(Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) open: Open,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
