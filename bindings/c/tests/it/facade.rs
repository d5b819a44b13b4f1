//! Proves that C has what Rust has: every public function of the engine, its sessions, backups
//! and tickets, and every field of what they are asked with and answer. What is new in the
//! facade and has no place in the header fails here until it has one, or a reason stands below.

use crate::header::{functions, members, prototypes};
use crate::workshop::home;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Functions of the facade, and those of the header that do the same.
pub(crate) const VERBS: &[(&str, &str)] = &[
    ("Backup::report", "liasse_backup_report"),
    ("Backup::step", "liasse_backup_step"),
    ("Engine::backup", "liasse_engine_backup"),
    ("Engine::begin_backup", "liasse_engine_begin_backup"),
    ("Engine::check", "liasse_engine_check"),
    ("Engine::checkpoint", "liasse_engine_checkpoint"),
    ("Engine::checkpoint_key", "liasse_engine_checkpoint_key"),
    ("Engine::close", "liasse_engine_close"),
    ("Engine::compact", "liasse_engine_compact"),
    ("Engine::create", "liasse_engine_create"),
    ("Engine::declare", "liasse_engine_declare"),
    ("Engine::erase", "liasse_engine_erase"),
    ("Engine::finish_erasures", "liasse_engine_finish_erasures"),
    ("Engine::link", "liasse_engine_link"),
    ("Engine::open", "liasse_engine_open"),
    ("Engine::pin", "liasse_engine_pin"),
    ("Engine::policies", "liasse_engine_policies"),
    ("Engine::purge_due", "liasse_engine_purge_due"),
    ("Engine::receipts", "liasse_engine_receipts"),
    ("Engine::rechecks", "liasse_engine_rechecks"),
    (
        "Engine::record_cosignature",
        "liasse_engine_record_cosignature",
    ),
    ("Engine::reindex", "liasse_engine_reindex"),
    ("Engine::reload_policies", "liasse_engine_reload_policies"),
    ("Engine::restore", "liasse_restore"),
    ("Engine::retain", "liasse_engine_retain"),
    ("Engine::rotate_root", "liasse_engine_rotate_root"),
    ("Engine::session", "liasse_session_open"),
    ("Engine::settle", "liasse_engine_settle"),
    ("Engine::shrink", "liasse_shrink"),
    ("Engine::signer_keys", "liasse_engine_signer_keys"),
    ("Engine::stats", "liasse_engine_stats"),
    ("Engine::unlink", "liasse_engine_unlink"),
    ("Engine::upgrade", "liasse_upgrade"),
    ("Engine::verify", "liasse_verify"),
    ("Session::ask", "liasse_session_ask"),
    ("Session::audit_events", "liasse_session_audit_events"),
    (
        "Session::audit_events_during",
        "liasse_session_audit_events_during",
    ),
    ("Session::begin_deposit", "liasse_session_begin_deposit"),
    (
        "Session::begin_deposit_set",
        "liasse_session_begin_deposit_set",
    ),
    ("Session::break_glass", "liasse_session_break_glass"),
    ("Session::changes", "liasse_session_changes"),
    ("Session::close_dossier", "liasse_session_close_dossier"),
    ("Session::complete", "liasse_session_complete"),
    ("Session::count", "liasse_session_count"),
    ("Session::deposit", "liasse_session_deposit"),
    ("Session::deposit_set", "liasse_session_deposit_set"),
    ("Session::did_you_mean", "liasse_session_did_you_mean"),
    ("Session::entries", "liasse_session_entries"),
    ("Session::erase", "liasse_session_erase"),
    ("Session::erase_document", "liasse_session_erase_document"),
    ("Session::explain", "liasse_session_explain"),
    ("Session::explain_plan", "liasse_session_explain_plan"),
    ("Session::fetch", "liasse_session_fetch"),
    ("Session::grant", "liasse_session_authorise"),
    ("Session::history", "liasse_session_history"),
    ("Session::history_during", "liasse_session_history_during"),
    ("Session::mask_by_default", "liasse_session_mask_by_default"),
    ("Session::my_dossiers", "liasse_session_my_dossiers"),
    ("Session::open_dossier", "liasse_session_open_dossier"),
    ("Session::points", "liasse_session_points"),
    ("Session::reopen", "liasse_session_reopen_dossier"),
    ("Session::search", "liasse_session_search"),
    ("Session::set_flags", "liasse_session_set_flags"),
    ("Session::set_status", "liasse_session_set_status"),
    ("Ticket::wait", "liasse_ticket_wait"),
    ("new_key_file", "liasse_key_file_create"),
    ("promote", "liasse_promote"),
    ("refresh", "liasse_refresh"),
];

/// Functions that C does without.
const RUST_ONLY: &[(&str, &str)] = &[
    ("Engine::begin_backup_on", "takes a disk written in Rust"),
    ("Engine::create_on", "takes a disk written in Rust"),
    ("Engine::open_on", "takes a disk written in Rust"),
    ("Engine::restore_on", "takes a disk written in Rust"),
    ("refresh_on", "takes a disk written in Rust"),
    (
        "check_proof",
        "for auditors, who have a program of their own",
    ),
    (
        "with_cosignatures",
        "for auditors, who have a program of their own",
    ),
];

/// Structs of the facade, and those of the header that say the same.
const STRUCTS: &[(&str, &str)] = &[
    ("BackupReport", "liasse_backup_summary"),
    ("Change", "liasse_change"),
    ("DataPoint", "liasse_point"),
    ("Deposit", "liasse_deposit"),
    ("DocumentEntry", "liasse_entry"),
    ("Finding", "liasse_finding"),
    ("HistoryLine", "liasse_history_line"),
    ("Hit", "liasse_hit"),
    ("KeptReceipt", "liasse_kept_receipt"),
    ("Lost", "liasse_restored_row"),
    ("MyDossier", "liasse_my_dossier"),
    ("Options", "liasse_open_options"),
    ("PackInForce", "liasse_pack"),
    ("Progress", "liasse_progress"),
    ("Purged", "liasse_outcome"),
    ("Receipt", "liasse_receipt"),
    ("Refreshed", "liasse_refreshed"),
    ("Restored", "liasse_restored_row"),
    ("SearchRequest", "liasse_search"),
    ("SessionRequest", "liasse_session_options"),
    ("Since", "liasse_since"),
    ("SinkStats", "liasse_sink"),
    ("Stats", "liasse_stats"),
];

/// Fields of the structs of the facade that have none of their own in the header, and what says
/// the same there: a function, or a function's parameter or a struct's member behind a point.
const PARTS: &[(&str, &str)] = &[
    ("Answer::facets", "liasse_answer_next_count"),
    ("Answer::hits", "liasse_answer_next_hit"),
    ("Answer::next", "liasse_answer_cursor"),
    ("Answer::timeline", "liasse_answer_next_count"),
    ("Answer::total", "liasse_answer_total.total"),
    ("Changes::changes", "liasse_changes_next"),
    ("Changes::glass", "liasse_changes_next_glass"),
    ("Changes::mark", "liasse_changes_mark"),
    ("Changes::updated", "liasse_changes_updated"),
    ("Compacted::bytes", "liasse_engine_compact.bytes"),
    ("Compacted::segments", "liasse_engine_compact.segments"),
    ("Deposited::document", "liasse_session_deposit.document"),
    ("Deposited::dossier", "liasse_session_deposit.dossier"),
    ("Deposited::outcome", "liasse_session_deposit.outcome"),
    ("Erasure::session", "liasse_erasure.session"),
    ("Erasure::target", "liasse_erasure.document"),
    ("Explanation::pack", "liasse_session_explain.text"),
    ("Explanation::plan", "liasse_session_explain.text"),
    ("Explanation::rules", "liasse_session_explain.text"),
    ("FlagChange::clear", "liasse_session_set_flags.clear"),
    ("FlagChange::set", "liasse_session_set_flags.set"),
    ("Highlight::from", "liasse_range.from"),
    ("Highlight::said", "liasse_hit.said"),
    ("Highlight::to", "liasse_range.to"),
    ("MyDossiers::dossiers", "liasse_dossiers_next"),
    ("MyDossiers::mark", "liasse_dossiers_mark"),
    ("Rechecks::asked", "liasse_engine_rechecks.asked"),
    ("Rechecks::withheld", "liasse_engine_rechecks.withheld"),
    ("Reindexed::documents", "liasse_engine_reindex.documents"),
    ("Reindexed::of", "liasse_engine_reindex.progress"),
    ("Reindexed::segments", "liasse_engine_reindex.steps"),
    ("Report::documents", "liasse_findings_checked.documents"),
    ("Report::dossiers", "liasse_findings_checked.dossiers"),
    ("Report::entries", "liasse_findings_checked.entries"),
    ("Report::findings", "liasse_findings_next"),
    ("Report::segments", "liasse_findings_checked.segments"),
    ("Rotated::caveat", "liasse_receipt.caveat"),
    ("Rotated::destruction", "liasse_receipt.destruction"),
    ("Cosigned::at", "liasse_engine_record_cosignature.at"),
    ("Cosigned::size", "liasse_engine_record_cosignature.size"),
    ("Rotated::epoch", "liasse_engine_rotate_root.epoch"),
    ("Rotated::root", "liasse_receipt.root"),
    ("Rotated::sinks", "liasse_receipt.sinks"),
    ("Shrunk::from", "liasse_shrink.bytes_before"),
    ("Shrunk::to", "liasse_shrink.bytes_after"),
    ("Snippet::highlights", "liasse_hit.highlights"),
    ("Snippet::text", "liasse_hit.snippet"),
    ("Statement::agreement", "liasse_session_consent.agreement"),
    ("Statement::motive", "liasse_session_consent.motive"),
    ("Upgraded::from", "liasse_upgrade.format_before"),
    ("Upgraded::to", "liasse_upgrade.format_after"),
    ("Waiver::why", "liasse_open_options.sinks_waived"),
    ("WordTables::frequencies", "liasse_open_options.frequencies"),
    ("WordTables::synonyms", "liasse_open_options.synonyms"),
    ("Work::changed", "liasse_session_explain_plan.json"),
    (
        "Work::expected_in_a_million",
        "liasse_session_explain_plan.json",
    ),
    ("Work::passes", "liasse_session_explain_plan.json"),
    ("Work::planning", "liasse_session_explain_plan.json"),
    ("Work::rules", "liasse_session_explain_plan.json"),
    ("Work::running", "liasse_session_explain_plan.json"),
];

/// What C does without: the auditor is a program of its own, and a sink that is waived in C is
/// every sink.
const PARTS_OF_RUST: &[&str] = &[
    "Accesses",
    "AuditMark",
    "AuditProgress",
    "AuditReport",
    "AuditRequest",
    "CertificateFacts",
    "CertifiedCommit",
    "Covered",
    "EntryFacts",
    "Erased",
    "GapSpan",
    "GlassBroken",
    "LogState",
    "Proved",
    "Remark",
    "Skipped",
    "Waiver::sink",
];

/// Fields that the header names otherwise; `None` for what C does without.
const FIELDS: &[(&str, Option<&str>)] = &[
    ("Options::anchor", Some("anchor_file")),
    ("Options::kms_deadline", Some("kms_deadline_ms")),
    ("Options::words", Some("synonyms")),
    ("SearchRequest::cancel", Some("interrupt")),
    ("SearchRequest::question", Some("query")),
    ("SearchRequest::snippets", Some("without_snippets")),
    ("SearchRequest::time", Some("time_ms")),
    ("Since::cancel", Some("interrupt")),
    ("Since::time", Some("time_ms")),
    ("Stats::sinks", Some("sinks_behind")),
    // Told by liasse_log_to.
    ("Options::on_lost_traces", None),
    // For tests.
    ("Options::clock", None),
    ("Options::entropy", None),
    ("SearchRequest::passes", None),
    // Tuning, for which the defaults were measured.
    ("Options::index_tail_documents_max", None),
    ("Options::sink_keep", None),
    ("Options::store", None),
    ("Options::trace_gather", None),
    ("Options::waiting_bytes_max", None),
];

#[test]
fn every_public_function_of_the_facade_is_in_the_header() {
    let facade: BTreeSet<String> = facade().into_keys().collect();
    assert!(facade.len() > 60, "{} functions were found", facade.len());
    let known = VERBS.iter().chain(RUST_ONLY).map(|(name, _)| *name);
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    let missing: Vec<_> = facade.difference(&known).collect();
    assert!(missing.is_empty(), "without a function in C: {missing:?}");
    let gone: Vec<_> = known.difference(&facade).collect();
    assert!(gone.is_empty(), "no longer in the facade: {gone:?}");
    let header = functions();
    let undeclared = VERBS.iter().filter(|(_, name)| !header.contains_key(*name));
    let undeclared: Vec<_> = undeclared.collect();
    assert!(undeclared.is_empty(), "not in liasse.h: {undeclared:?}");
}

/// So that nobody forgets a struct: each that the facade exports with public fields is compared.
#[test]
fn every_public_struct_of_the_facade_is_compared() {
    let sources = sources("liasse/src");
    let exported = text_of("liasse/src/lib.rs");
    let names = exported.split(|c: char| c != '_' && !c.is_alphanumeric());
    let (functions, mut looked_at) = (prototypes(), 0);
    for name in names.collect::<BTreeSet<_>>() {
        if STRUCTS.iter().any(|(ours, _)| *ours == name) || PARTS_OF_RUST.contains(&name) {
            continue;
        }
        for field in fields(&sources, name) {
            let path = format!("{name}::{field}");
            if PARTS_OF_RUST.contains(&path.as_str()) {
                continue;
            }
            let part = PARTS.iter().find(|(ours, _)| *ours == path);
            let (_, place) = part.unwrap_or_else(|| panic!("{path} has no place in the header"));
            let (of, inside) = place.split_once('.').unwrap_or((place, ""));
            let there = match functions.get(of) {
                Some(parameters) => {
                    inside.is_empty() || parameters.iter().any(|it| it.name == inside)
                }
                None => members(of).iter().any(|it| it.name == inside),
            };
            assert!(there, "{path} as {place}");
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, PARTS.len(), "a part is no longer in the facade");
}

#[test]
fn every_public_field_of_the_facade_is_in_the_header() {
    let sources = sources("liasse/src");
    for (ours, theirs) in STRUCTS {
        let there = members(theirs).into_iter().map(|it| it.name);
        let there: BTreeSet<String> = there.collect();
        let fields = fields(&sources, ours);
        assert!(!fields.is_empty() && !there.is_empty(), "{ours}, {theirs}");
        for field in fields {
            let path = format!("{ours}::{field}");
            let renamed = FIELDS.iter().find(|(name, _)| *name == path);
            match renamed {
                None => assert!(there.contains(&field), "{path} is not in {theirs}"),
                Some((_, Some(name))) => assert!(there.contains(*name), "{path} as {name}"),
                Some((_, None)) => assert!(!there.contains(&field), "{path} is in {theirs}"),
            }
        }
    }
    for (path, _) in FIELDS {
        let (of, field) = path.split_once("::").unwrap();
        assert!(fields(&sources, of).contains(field), "no longer: {path}");
    }
}

/// The text of a file of the engine.
pub(crate) fn text_of(path: &str) -> String {
    std::fs::read_to_string(home().join("../../engine").join(path)).unwrap()
}

/// The text of each file in a folder of the engine.
pub(crate) fn sources(folder: &str) -> Vec<String> {
    fn read(folder: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, texts);
            } else {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut texts = Vec::new();
    read(&home().join("../../engine").join(folder), &mut texts);
    texts
}

/// The public functions of the types a program works with, and those that stand alone, with the
/// types of their parameters; the house formats its code, so a block ends at a brace that begins
/// a line, and a signature with one that ends it.
pub(crate) fn facade() -> BTreeMap<String, Vec<String>> {
    let exported = text_of("liasse/src/lib.rs");
    let exported: BTreeSet<&str> = exported
        .split(|c: char| c != '_' && !c.is_alphanumeric())
        .collect();
    let mut found = BTreeMap::new();
    for text in sources("liasse/src") {
        let mut inside = None;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut signature = || {
                let mut text = line.to_owned();
                while !text.ends_with('{') {
                    text.push_str(lines.next().unwrap());
                }
                parameters(&text)
            };
            if let Some(rest) = line.strip_prefix("impl") {
                let name = rest.trim_start_matches("<T>").trim().trim_end_matches(" {");
                let name = name.trim_end_matches("<T>");
                inside = ["Engine", "Session", "Backup", "Ticket"]
                    .into_iter()
                    .find(|known| *known == name);
            } else if line == "}" {
                inside = None;
            } else if let (Some(of), Some(name)) = (inside, function(line, "    ")) {
                found.insert(format!("{of}::{name}"), signature());
            } else if let Some(name) = function(line, "").filter(|name| exported.contains(name)) {
                found.insert(name.to_owned(), signature());
            }
        }
    }
    found
}

/// The types of a signature's parameters.
fn parameters(signature: &str) -> Vec<String> {
    let (_, rest) = signature.split_once('(').unwrap();
    let (mut depth, mut types, mut one) = (0, Vec::new(), String::new());
    for (before, letter) in std::iter::once(' ').chain(rest.chars()).zip(rest.chars()) {
        depth += match letter {
            '(' | '[' | '<' => 1,
            '>' if before == '-' => 0,
            ')' | ']' | '>' => -1,
            _ => 0,
        };
        if depth < 0 || (depth == 0 && letter == ',') {
            let kind = one.split_once(": ").map_or(one.as_str(), |(_, kind)| kind);
            types.extend((!kind.trim().is_empty()).then(|| kind.trim().to_owned()));
            one.clear();
        } else {
            one.push(letter);
        }
        if depth < 0 {
            break;
        }
    }
    types
}

/// The name of the public function that a line of this indentation begins.
fn function<'a>(line: &'a str, indent: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(indent)?.strip_prefix("pub ")?;
    let rest = rest.strip_prefix("const ").unwrap_or(rest);
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// The public fields of a struct of the facade.
fn fields(sources: &[String], name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in sources {
        let mut lines = text.lines();
        let begins = |line: &str| {
            let rest = line.strip_prefix("pub struct ");
            let rest = rest.and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| rest == " {" || rest == "<'a> {")
        };
        if !lines.any(begins) {
            continue;
        }
        let inside = lines.take_while(|line| *line != "}");
        found.extend(inside.filter_map(|line| {
            let field = line.strip_prefix("    pub ")?;
            Some(field.split_once(':')?.0.to_owned())
        }));
    }
    found
}
