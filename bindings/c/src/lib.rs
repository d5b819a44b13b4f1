//! The C boundary of Liasse: what `include/liasse.h` declares.
//!
//! For: programs in C, C++ and everything that can call C. Not for: deciding anything; each
//! function checks what it was given, calls one verb of the `liasse` crate and hands the answer
//! over. Invariants: no panic leaves a function; every pointer is checked for NULL; an output is
//! written only on success; unsafe code reads and writes what the caller passed, nothing else.
//! The rules a caller keeps are numbered in the header; `// SAFETY:` comments cite them.

#![allow(
    clippy::missing_safety_doc,
    reason = "what callers must keep is said once, by number, at the top of liasse.h"
)]

mod budget;
mod callback;
mod code;
mod fork;
mod handle;
mod input;
mod log;
mod output;
mod source;
mod wall;

mod error;
mod id;
mod row;

mod engine;
mod interrupt;
mod kms;
mod session;
mod signer;

mod answer;
mod arrow;
mod backup;
mod changes;
mod declare;
mod deposit;
mod dossier;
mod entries;
mod erase;
mod fetch;
mod grant;
mod history;
mod kept;
mod points;
mod policy;
mod search;
mod space;
mod submission;
mod suggest;
mod upkeep;
mod verify;

pub use answer::{
    Answer, CountView, liasse_answer_cursor, liasse_answer_free, liasse_answer_next_count,
    liasse_answer_next_hit, liasse_answer_total, liasse_session_ask,
};
pub use arrow::{ArrowArrayStream, liasse_session_entries_arrow, liasse_session_points_arrow};
pub use backup::{
    Backup, ProgressCallback, ProgressView, RefreshedView, Restored, RestoredView, SummaryView,
    liasse_backup_free, liasse_backup_report, liasse_backup_step, liasse_engine_backup,
    liasse_engine_begin_backup, liasse_promote, liasse_refresh, liasse_restore,
    liasse_restored_free, liasse_restored_next,
};
pub use budget::liasse_memory_limit;
pub use changes::{
    ChangeView, Changes, DossierView, Dossiers, LIASSE_CHANGE_FLAGGED, LIASSE_CHANGE_NEW,
    LIASSE_CHANGE_OTHER, LIASSE_CHANGE_REPLACED, SinceOptions, liasse_changes_free,
    liasse_changes_mark, liasse_changes_next, liasse_changes_next_glass, liasse_changes_updated,
    liasse_dossiers_free, liasse_dossiers_mark, liasse_dossiers_next, liasse_session_changes,
    liasse_session_my_dossiers,
};
pub use code::{
    LIASSE_CLASS_BUG, LIASSE_CLASS_CORRUPT, LIASSE_CLASS_ENVIRONMENT, LIASSE_CLASS_MISUSE,
    LIASSE_CLASS_REFUSED, LIASSE_CLASS_RETRY, LIASSE_E_BUDGET, LIASSE_E_BUG, LIASSE_E_BUSY,
    LIASSE_E_CALLBACK, LIASSE_E_CANCELLED, LIASSE_E_CATALOG_DAMAGED, LIASSE_E_CHANGED,
    LIASSE_E_CLOSED, LIASSE_E_CORRUPT, LIASSE_E_DOCUMENT_BOMB, LIASSE_E_DOCUMENT_KIND,
    LIASSE_E_DOCUMENT_SYNTAX, LIASSE_E_EXISTS, LIASSE_E_FORKED, LIASSE_E_FULL, LIASSE_E_HANDLE,
    LIASSE_E_INVALID, LIASSE_E_IO, LIASSE_E_KEY_STORE, LIASSE_E_KEY_UNREACHABLE, LIASSE_E_LATE,
    LIASSE_E_LENGTH, LIASSE_E_LIMIT, LIASSE_E_NEWER_FORMAT, LIASSE_E_NO_ENTROPY,
    LIASSE_E_NO_PATIENT, LIASSE_E_NOT_A_STORE, LIASSE_E_OLDER_COPY, LIASSE_E_OTHER_COPY,
    LIASSE_E_PACK, LIASSE_E_PANIC, LIASSE_E_POINTER, LIASSE_E_POISONED, LIASSE_E_POISONED_HANDLE,
    LIASSE_E_PURPOSE_REFUSED, LIASSE_E_QUERY_SYNTAX, LIASSE_E_READ_ONLY, LIASSE_E_REENTERED,
    LIASSE_E_REFUSED, LIASSE_E_SINK, LIASSE_E_STRUCT_SIZE, LIASSE_E_TEXT, LIASSE_E_VALUE,
    LIASSE_E_WRITE_REFUSED, LIASSE_E_WRONG_KEY, LIASSE_E_WRONG_PURPOSE, LIASSE_OK,
    liasse_code_name,
};
pub use declare::{
    DeclarationOptions, LIASSE_DECLARE_LEFT_TEAM, LIASSE_DECLARE_MAJORITY,
    LIASSE_DECLARE_NOT_REPRESENTED, LIASSE_DECLARE_REPRESENTED, LIASSE_DECLARE_TEAM,
    LIASSE_ROLE_AIDANT, LIASSE_ROLE_HEALTH_CARE, LIASSE_ROLE_LEGAL, liasse_engine_declare,
};
pub use deposit::{
    DepositOptions, LIASSE_ABSENT_OPEN, LIASSE_ABSENT_REFUSE, LIASSE_OUTCOME_ALREADY_PRESENT,
    LIASSE_OUTCOME_KEPT, Ticket, liasse_session_begin_deposit, liasse_session_deposit,
    liasse_ticket_free, liasse_ticket_wait,
};
pub use dossier::{
    liasse_engine_link, liasse_engine_unlink, liasse_session_break_glass,
    liasse_session_close_dossier, liasse_session_open_dossier, liasse_session_reopen_dossier,
};
pub use engine::{
    Engine, LIASSE_GROUND_SUCCESSION, LIASSE_GROUND_TAKE_OVER, LIASSE_INDEX_REFUSED,
    LIASSE_INDEX_SET_ASIDE, LIASSE_RECHECK_OFF, LIASSE_RECHECK_RETURNED, LIASSE_VERSION_NUMBER,
    OpenOptions, StatsView, liasse_engine_close, liasse_engine_create, liasse_engine_open,
    liasse_engine_stats, liasse_key_file_create, liasse_version_number, liasse_version_string,
};
pub use entries::{
    Entries, EntryView, LIASSE_FLAG_INVISIBLE_PATIENT, LIASSE_FLAG_INVISIBLE_REPRESENTANTS_LEGAUX,
    LIASSE_FLAG_MASQUE_PS, LIASSE_STATUS_APPROVED, LIASSE_STATUS_ARCHIVED, LIASSE_STATUS_DELETED,
    LIASSE_STATUS_DEPRECATED, LIASSE_STATUSES_ALL, LIASSE_STATUSES_APPROVED, liasse_entries_free,
    liasse_entries_next, liasse_session_entries,
};
pub use erase::{
    ErasureOptions, OutcomeView, Outcomes, ReceiptView, Receipts, liasse_engine_erase,
    liasse_engine_purge_due, liasse_engine_rotate_root, liasse_outcomes_free, liasse_outcomes_next,
    liasse_receipts_free, liasse_receipts_next, liasse_session_erase,
    liasse_session_erase_document,
};
pub use error::{
    Error, liasse_error_class, liasse_error_code, liasse_error_free, liasse_error_hint,
    liasse_error_message, liasse_error_place,
};
pub use fetch::{
    Bytes, WriteCallback, liasse_bytes_data, liasse_bytes_free, liasse_bytes_length,
    liasse_session_fetch, liasse_session_fetch_to,
};
pub use grant::{
    LIASSE_CONSENT_DENY, LIASSE_CONSENT_PERMIT, LIASSE_CONSENT_UNASKED, LIASSE_FOREVER,
    LIASSE_MASKING_BY_DEFAULT, LIASSE_MASKING_OPEN, LIASSE_MATTER_BTG, LIASSE_MATTER_CONSULTATION,
    LIASSE_MATTER_DEPOSIT, LIASSE_MATTER_ETREAT, LIASSE_MATTER_MASKED, LIASSE_PARTY_ACTOR,
    LIASSE_PARTY_STRUCTURE, liasse_session_authorise, liasse_session_block, liasse_session_consent,
    liasse_session_mask_by_default, liasse_session_revoke, liasse_session_set_attending,
    liasse_session_set_flags, liasse_session_set_status, liasse_session_unblock,
    liasse_session_unset_attending,
};
pub use history::{
    History, HistoryView, liasse_history_free, liasse_history_next, liasse_session_audit_events,
    liasse_session_audit_events_during, liasse_session_history, liasse_session_history_during,
};
pub use id::{Id, liasse_id_format, liasse_id_parse};
pub use interrupt::{
    Interrupt, liasse_interrupt_clear, liasse_interrupt_create, liasse_interrupt_free,
    liasse_interrupt_raise,
};
pub use kept::{
    Kept, KeptView, liasse_engine_finish_erasures, liasse_engine_receipts, liasse_kept_free,
    liasse_kept_next,
};
pub use kms::{
    KmsOptions, KmsStateView, LIASSE_FORGETTING_BEST_EFFORT, LIASSE_FORGETTING_NEVER,
    LIASSE_FORGETTING_REAL, LIASSE_KMS_CONFLICT, LIASSE_KMS_CREATE, LIASSE_KMS_DAMAGED,
    LIASSE_KMS_NO_ROOT, LIASSE_KMS_NOT_WRAPPED_HERE, LIASSE_KMS_OK, LIASSE_KMS_OPEN,
    LIASSE_KMS_OTHER_STORE, LIASSE_KMS_OTHER_WRITER, LIASSE_KMS_UNBOUND, LIASSE_KMS_UNREACHABLE,
};
pub use log::{LogCallback, liasse_log_to};
pub use points::{
    LIASSE_POINT_ADMINISTRATION, LIASSE_POINT_OBSERVATION, LIASSE_POINT_PRESCRIPTION, PointView,
    Points, liasse_points_free, liasse_points_next, liasse_session_points,
};
pub use policy::{
    PackView, Packs, liasse_engine_policies, liasse_engine_rechecks, liasse_engine_reload_policies,
    liasse_packs_free, liasse_packs_next,
};
pub use row::{Range, Text};
pub use search::{
    HitView, Hits, LIASSE_FORM_FHIR, LIASSE_FORM_JSON, LIASSE_FORM_RECENT,
    LIASSE_FORM_VACCINATIONS, LIASSE_FORM_WORDS, LIASSE_SAID_AFFIRMED, LIASSE_SAID_FAMILY,
    LIASSE_SAID_NEGATED, LIASSE_SAID_UNSTATED, SearchOptions, liasse_hits_free, liasse_hits_next,
    liasse_session_count, liasse_session_explain, liasse_session_explain_plan,
    liasse_session_search,
};
pub use session::{
    LIASSE_PURPOSE_AUDIT, LIASSE_PURPOSE_CARE, LIASSE_PURPOSE_CONTRACT,
    LIASSE_PURPOSE_EMERGENCY_BTG, LIASSE_PURPOSE_EMERGENCY_SAMU, LIASSE_PURPOSE_HOLDER,
    LIASSE_PURPOSE_PANEL, LIASSE_PURPOSE_POPULATION, LIASSE_PURPOSE_REPRESENTATIVE, Session,
    SessionOptions, liasse_session_close, liasse_session_open,
};
pub use signer::SignerOptions;
pub use source::ReadCallback;
pub use space::{
    SinkView, Sinks, Space, SpaceView, liasse_engine_sinks, liasse_engine_space, liasse_sinks_free,
    liasse_sinks_next, liasse_space_free, liasse_space_next,
};
pub use submission::{
    SetTicket, liasse_session_begin_deposit_set, liasse_session_deposit_set,
    liasse_set_ticket_free, liasse_set_ticket_wait,
};
pub use suggest::{
    Words, liasse_session_complete, liasse_session_did_you_mean, liasse_words_free,
    liasse_words_next,
};
pub use upkeep::{
    LIASSE_REINDEX_EVERYTHING, LIASSE_REINDEX_NEEDED, LIASSE_TRACES_AGGREGATE,
    LIASSE_TRACES_EMERGENCY, LIASSE_TRACES_ERASURE, LIASSE_TRACES_READING, LIASSE_TRACES_REFUSAL,
    LIASSE_TRACES_WRITING, liasse_engine_check, liasse_engine_checkpoint,
    liasse_engine_checkpoint_key, liasse_engine_compact, liasse_engine_pin,
    liasse_engine_record_cosignature, liasse_engine_reindex, liasse_engine_retain,
    liasse_engine_settle, liasse_engine_signer_keys, liasse_shrink, liasse_upgrade,
};
pub use verify::{
    FindingView, Findings, liasse_findings_checked, liasse_findings_free, liasse_findings_next,
    liasse_verify,
};
