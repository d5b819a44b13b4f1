/*
 * Functions called wrongly: structs of another size, texts that are none, numbers that are no
 * constants, handles of another type; the test writes a program that passes NULL. None may crash, each says what is
 * wrong, none writes an output.
 *
 * usage: wrong EMPTY-FOLDER
 */

#include "check.h"

static liasse_error *error = NULL;
static const liasse_id no_id = {{0}};

static void accessors(void) {
    CHECK(liasse_error_code(NULL) == LIASSE_OK);
    CHECK(liasse_error_class(NULL) == 0);
    CHECK(liasse_error_message(NULL)[0] == '\0');
    CHECK(liasse_error_hint(NULL)[0] == '\0');
    CHECK(liasse_error_place(NULL) == NULL);
    CHECK(liasse_bytes_data(NULL) == NULL);
    CHECK(liasse_bytes_length(NULL) == 0);
    CHECK(liasse_answer_cursor(NULL) == NULL);
    CHECK(liasse_changes_updated(NULL) == 0);
    CHECK(liasse_changes_mark(NULL)[0] == '\0');
    CHECK(liasse_dossiers_mark(NULL)[0] == '\0');
    CHECK(strcmp(liasse_code_name(LIASSE_E_REFUSED), "refused") == 0);
    CHECK(strcmp(liasse_code_name(12345), "unknown") == 0);
    CHECK(liasse_version_string()[0] != '\0');
    CHECK(LIASSE_VERSION_FITS(liasse_version_number()));
    CHECK(LIASSE_VERSION_FITS(LIASSE_VERSION_NUMBER + 1u));
    CHECK(!LIASSE_VERSION_FITS(LIASSE_VERSION_NUMBER - 1u));
    CHECK(!LIASSE_VERSION_FITS(LIASSE_VERSION_NUMBER + LIASSE_VERSION_SAME));
}

static void wrong_ids(void) {
    liasse_id id = no_id;
    char text[33];
    EXPECT(LIASSE_E_POINTER, liasse_id_format(NULL, text, &error));
    EXPECT(LIASSE_E_POINTER, liasse_id_format(&id, NULL, &error));
    EXPECT(LIASSE_E_VALUE, liasse_id_parse("not an id", &id, &error));
    EXPECT(LIASSE_E_TEXT, liasse_id_parse("\377", &id, &error));
    EXPECT(LIASSE_E_POINTER, liasse_id_parse("00", NULL, &error));
    CHECK(memcmp(&id, &no_id, sizeof id) == 0);
}

static void wrong_stores(const char *folder) {
    liasse_engine *engine = NULL;
    liasse_findings *findings = NULL;
    const char *store = path_in(folder, "none");
    liasse_open_options how = {0};
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_open(store, &how, &engine, &error));
    how.struct_size = offsetof(liasse_open_options, kms) - 1;
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_create(store, &how, &engine, &error));
    how.struct_size = 4097;
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_create(store, &how, &engine, &error));
    how.struct_size = (size_t)-1;
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_create(store, &how, &engine, &error));
    how.struct_size = sizeof how;
    EXPECT(LIASSE_E_VALUE, liasse_engine_open(store, &how, &engine, &error));
    how.passphrase = "a";
    how.key_file = "b";
    EXPECT(LIASSE_E_VALUE, liasse_engine_open(store, &how, &engine, &error));
    how.passphrase = "\377";
    EXPECT(LIASSE_E_TEXT, liasse_engine_open(store, &how, &engine, &error));
    how.passphrase = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_engine_open(store, NULL, &engine, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_open(store, &how, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_open(NULL, &how, &engine, &error));
    EXPECT(LIASSE_E_NOT_A_STORE, liasse_engine_open(store, &how, &engine, &error));
    EXPECT(LIASSE_E_NOT_A_STORE, liasse_verify(store, &how, &findings, &error));
    EXPECT(LIASSE_E_POINTER, liasse_verify(store, &how, NULL, &error));
    CHECK(engine == NULL && findings == NULL);
}

static void wrong_ways_to_open(const char *folder, liasse_open_options how) {
    const char *sinks[1] = {NULL};
    char store[4096];
    liasse_engine *engine = NULL;
    liasse_kms kms = {0};
    strcpy(store, path_in(folder, "none"));
    how.kms = &kms;
    EXPECT(LIASSE_E_VALUE, liasse_engine_create(store, &how, &engine, &error));
    how.key_file = NULL;
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_create(store, &how, &engine, &error));
    kms.struct_size = sizeof kms;
    EXPECT(LIASSE_E_VALUE, liasse_engine_create(store, &how, &engine, &error));
    kms.forgetting = LIASSE_FORGETTING_REAL;
    EXPECT(LIASSE_E_POINTER, liasse_engine_create(store, &how, &engine, &error));
    how.kms = NULL;
    how.key_file = path_in(folder, "root.key");
    how.sinks = sinks;
    how.sink_count = 1;
    EXPECT(LIASSE_E_POINTER, liasse_engine_create(store, &how, &engine, &error));
    sinks[0] = store;
    how.sinks_waived = "why";
    EXPECT(LIASSE_E_VALUE, liasse_engine_create(store, &how, &engine, &error));
    how.sinks_waived = NULL;
    how.ground = 2;
    EXPECT(LIASSE_E_VALUE, liasse_engine_create(store, &how, &engine, &error));
    how.ground = 0;
    how.recheck = 2;
    EXPECT(LIASSE_E_VALUE, liasse_engine_create(store, &how, &engine, &error));
    CHECK(engine == NULL);
}

static void wrong_sessions(liasse_engine *engine) {
    liasse_session *session = NULL;
    liasse_session_options who = {0};
    EXPECT(LIASSE_E_POINTER, liasse_session_open(engine, NULL, &session, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_session_open(engine, &who, &session, &error));
    who.struct_size = sizeof who;
    EXPECT(LIASSE_E_POINTER, liasse_session_open(engine, &who, &session, &error));
    who.actor = "899900000001";
    who.profession = "medecin";
    EXPECT(LIASSE_E_VALUE, liasse_session_open(engine, &who, &session, &error));
    who.purpose = LIASSE_PURPOSE_CARE;
    who.secret = 2;
    EXPECT(LIASSE_E_VALUE, liasse_session_open(engine, &who, &session, &error));
    who.secret = 0;
    who.patient = "no matricule";
    EXPECT(LIASSE_E_INVALID, liasse_session_open(engine, &who, &session, &error));
    who.patient = NULL;
    who.structure = "\300";
    EXPECT(LIASSE_E_TEXT, liasse_session_open(engine, &who, &session, &error));
    who.structure = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_session_open(engine, &who, NULL, &error));
    CHECK(session == NULL);
}

static void wrong_stats(liasse_engine *engine) {
    liasse_stats counts = {0};
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_stats(engine, &counts, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_stats(engine, NULL, &error));
    CHECK(counts.struct_size == 0);
}

/* The same as sessions opened by the next version: it may know more fields than the library. */
static void newer_callers(liasse_engine *engine) {
    liasse_session *session = NULL;
    struct {
        liasse_session_options known;
        const char *unknown;
    } who;
    memset(&who, 0, sizeof who);
    who.known.struct_size = sizeof who;
    who.known.actor = "899900000001";
    who.known.profession = "medecin";
    who.known.purpose = LIASSE_PURPOSE_CARE;
    who.unknown = "something this library cannot know";
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_session_open(engine, &who.known, &session, &error));
    who.unknown = NULL;
    EXPECT(LIASSE_OK, liasse_session_open(engine, &who.known, &session, &error));
    liasse_session_close(session);
}

static void wrong_deposits(liasse_session *session) {
    static const char document[] = DOCUMENT("1", "Consultation", "Toux.");
    liasse_id id = no_id;
    liasse_ticket *ticket = NULL;
    liasse_deposit what = {0};
    EXPECT(LIASSE_E_POINTER, liasse_session_deposit(session, NULL, &id, NULL, NULL, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE,
           liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.struct_size = sizeof what;
    what.length = 1;
    EXPECT(LIASSE_E_POINTER, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.bytes = (const uint8_t *)document;
    what.length = (size_t)-1;
    EXPECT(LIASSE_E_LENGTH, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.length = strlen(document);
    EXPECT(LIASSE_E_POINTER, liasse_session_deposit(session, &what, NULL, NULL, NULL, &error));
    what.flags = 8;
    EXPECT(LIASSE_E_VALUE, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.flags = 0;
    what.absent = 2;
    EXPECT(LIASSE_E_VALUE, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.absent = LIASSE_ABSENT_OPEN;
    what.text = "to\0ux";
    what.text_length = 5;
    EXPECT(LIASSE_E_TEXT, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.text = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.text_length = 0;
    what.length = strlen(document) / 2;
    EXPECT(LIASSE_E_DOCUMENT_SYNTAX,
           liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    EXPECT(LIASSE_E_DOCUMENT_SYNTAX,
           liasse_session_begin_deposit(session, &what, &ticket, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_begin_deposit(session, &what, NULL, &error));
    CHECK(memcmp(&id, &no_id, sizeof id) == 0 && ticket == NULL);
    what.length = strlen(document);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
}

static void wrong_searches(liasse_session *session) {
    liasse_hits *hits = NULL;
    liasse_answer *answer = NULL;
    liasse_bytes *text = NULL;
    uint64_t count = 99;
    liasse_search what = {0};
    EXPECT(LIASSE_E_POINTER, liasse_session_search(session, NULL, &hits, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_session_search(session, &what, &hits, &error));
    what.struct_size = sizeof what;
    what.query = "to\0ux";
    what.query_length = 5;
    what.patient = PATIENT;
    EXPECT(LIASSE_E_TEXT, liasse_session_search(session, &what, &hits, &error));
    what.query_length = 2;
    EXPECT(LIASSE_E_POINTER, liasse_session_search(session, &what, NULL, &error));
    what.statuses = 2;
    EXPECT(LIASSE_E_VALUE, liasse_session_search(session, &what, &hits, &error));
    what.statuses = 0;
    what.form = 5;
    EXPECT(LIASSE_E_VALUE, liasse_session_count(session, &what, &count, &error));
    what.form = 0;
    what.after = "\377";
    EXPECT(LIASSE_E_TEXT, liasse_session_count(session, &what, &count, &error));
    what.after = "no cursor";
    EXPECT(LIASSE_E_INVALID, liasse_session_ask(session, &what, &answer, &error));
    what.after = NULL;
    what.interrupt = (const liasse_interrupt *)session;
    EXPECT(LIASSE_E_HANDLE, liasse_session_search(session, &what, &hits, &error));
    what.interrupt = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_session_ask(session, &what, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_ask(session, NULL, &answer, &error));
    CHECK(answer == NULL);
    EXPECT(LIASSE_E_POINTER, liasse_session_count(session, &what, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_explain(session, &what, NULL, &error));
    what.query = "(toux";
    what.query_length = 5;
    EXPECT(LIASSE_E_QUERY_SYNTAX, liasse_session_search(session, &what, &hits, &error));
    what.patient = "nobody";
    EXPECT(LIASSE_E_INVALID, liasse_session_explain(session, &what, &text, &error));
    CHECK(hits == NULL && text == NULL && count == 99);
}

static void wrong_reads(liasse_session *session) {
    liasse_entries *entries = NULL;
    liasse_history *traces = NULL;
    liasse_receipts *receipts = NULL;
    liasse_bytes *bytes = NULL;
    liasse_points *points = NULL;
    const liasse_entry *entry = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_session_entries(session, NULL, 0, &entries, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_entries(session, PATIENT, 2, &entries, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_entries(session, PATIENT, 0, NULL, &error));
    EXPECT(LIASSE_E_INVALID, liasse_session_entries(session, "1", 0, &entries, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_entries_arrow(session, PATIENT, 0, NULL, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_points(session, PATIENT, 2, &points, &error));
    EXPECT(LIASSE_E_INVALID, liasse_session_points(session, "1", 0, &points, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_points_arrow(session, PATIENT, 0, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_fetch(session, NULL, &bytes, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_fetch(session, &no_id, NULL, &error));
    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch(session, &no_id, &bytes, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_history(session, NULL, &traces, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_history(session, PATIENT, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_erase(session, NULL, &receipts, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_erase(session, PATIENT, NULL, &error));
    CHECK(entries == NULL && traces == NULL && receipts == NULL && bytes == NULL);
    CHECK(points == NULL);

    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    EXPECT(LIASSE_E_POINTER, liasse_entries_next(entries, NULL, &error));
    EXPECT(LIASSE_E_HANDLE, liasse_entries_next((liasse_entries *)session, &entry, &error));
    CHECK(entry == NULL);
    EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
    CHECK(entry != NULL);
    liasse_entries_free(entries);
}

static void wrong_changes(liasse_session *session) {
    uint32_t flags = 99;
    liasse_id dossier = no_id;
    EXPECT(LIASSE_E_POINTER, liasse_session_set_flags(session, NULL, 1, 0, &flags, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_set_flags(session, &no_id, 8, 0, &flags, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_set_flags(session, &no_id, 0, 256, &flags, &error));
    CHECK(liasse_session_set_flags(session, &no_id, 3, 2, &flags, &error) == LIASSE_E_VALUE);
    CHECK(strstr(liasse_error_hint(error), "one of set and clear") != NULL);
    liasse_error_free(error);
    CHECK(liasse_session_authorise(session, PATIENT, LIASSE_PARTY_ACTOR, "x", 0, 1,
                                   "she asked for it", &error) == LIASSE_E_VALUE);
    CHECK(strstr(liasse_error_hint(error), "LIASSE_FOREVER") != NULL);
    CHECK(strcmp(liasse_error_place(error), "argument until") == 0);
    liasse_error_free(error);
    error = NULL;
    EXPECT(LIASSE_E_REFUSED, liasse_session_set_flags(session, &no_id, 1, 0, &flags, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_set_status(session, &no_id, 0, &error));
    EXPECT(LIASSE_E_REFUSED,
           liasse_session_set_status(session, &no_id, LIASSE_STATUS_DELETED, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_mask_by_default(session, PATIENT, 2, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_authorise(session, PATIENT, 0, "x", 0, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_revoke(session, PATIENT, 1, NULL, 0, NULL, &error));
    EXPECT(LIASSE_E_TEXT, liasse_session_block(session, PATIENT, 1, "\200", 0, NULL, &error));
    EXPECT(LIASSE_E_INVALID, liasse_session_unblock(session, "", 1, "x", 0, NULL, &error));
    EXPECT(LIASSE_E_TEXT, liasse_session_unblock(session, PATIENT, 1, "x", 0, "\377", &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_unblock(session, PATIENT, 1, "x", 2, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_set_attending(session, PATIENT, NULL, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_unset_attending(session, NULL, "x", 0, NULL, &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_consent(session, PATIENT, 0, 1, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_VALUE, liasse_session_consent(session, PATIENT, 1, 4, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_INVALID, liasse_session_open_dossier(session, "1", &dossier, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_close_dossier(session, NULL, 1, "she asked for it", &error));
    EXPECT(LIASSE_E_TEXT, liasse_session_break_glass(session, PATIENT, "a\0b", 3, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_break_glass(session, PATIENT, NULL, 3, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_reopen_dossier(session, NULL, 1, "she asked for it", &error));
    CHECK(flags == 99 && memcmp(&dossier, &no_id, sizeof dossier) == 0);
}

static int32_t never(void *user, const uint8_t *bytes, size_t length) {
    (void)user;
    (void)bytes;
    (void)length;
    CHECK(0);
    return 0;
}

static void wrong_questions(liasse_session *session) {
    liasse_changes *changes = NULL;
    liasse_dossiers *dossiers = NULL;
    liasse_answer *answer = NULL;
    liasse_bytes *plan = NULL;
    const liasse_hit *hit = NULL;
    uint64_t total = 99;
    liasse_search what = {0};
    liasse_since since = {0};
    EXPECT(LIASSE_E_INVALID, liasse_session_changes(session, "1", NULL, &changes, &error));
    since.struct_size = sizeof since;
    since.mark = "\377";
    EXPECT(LIASSE_E_TEXT, liasse_session_changes(session, PATIENT, &since, &changes, &error));
    since.mark = "x";
    EXPECT(LIASSE_E_INVALID, liasse_session_changes(session, PATIENT, &since, &changes, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_changes(session, PATIENT, NULL, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_my_dossiers(session, NULL, NULL, &error));
    EXPECT(LIASSE_E_WRONG_PURPOSE,
           liasse_session_my_dossiers(session, NULL, &dossiers, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_explain_plan(session, NULL, &what, &plan, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_fetch_to(session, NULL, never, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_fetch_to(session, &no_id, NULL, NULL, &error));
    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch_to(session, &no_id, never, NULL, &error));
    CHECK(changes == NULL && dossiers == NULL && plan == NULL);
    what.struct_size = sizeof what;
    what.patient = PATIENT;
    EXPECT(LIASSE_OK, liasse_session_ask(session, &what, &answer, &error));
    EXPECT(LIASSE_E_POINTER, liasse_answer_next_hit(answer, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_answer_total(answer, &total, NULL, &error));
    EXPECT(LIASSE_E_HANDLE, liasse_hits_next((liasse_hits *)answer, &hit, &error));
    CHECK(total == 99 && hit == NULL && liasse_answer_cursor(answer) == NULL);
    liasse_answer_free(answer);
}

static void wrong_erasures(liasse_engine *engine, liasse_session *session) {
    liasse_receipts *receipts = NULL;
    liasse_outcomes *outcomes = NULL;
    const liasse_outcome *outcome = NULL;
    liasse_erasure batch[2];
    memset(batch, 0, sizeof batch);
    EXPECT(LIASSE_E_POINTER, liasse_session_erase_document(session, NULL, &receipts, &error));
    EXPECT(LIASSE_E_POINTER, liasse_session_erase_document(session, &no_id, NULL, &error));
    EXPECT(LIASSE_E_REFUSED, liasse_session_erase_document(session, &no_id, &receipts, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_erase(engine, NULL, 1, &outcomes, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_erase(engine, NULL, 0, NULL, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_erase(engine, batch, 1, &outcomes, &error));
    batch[0].struct_size = sizeof batch[0];
    EXPECT(LIASSE_E_POINTER, liasse_engine_erase(engine, batch, 1, &outcomes, &error));
    batch[0].session = (const liasse_session *)engine;
    EXPECT(LIASSE_E_HANDLE, liasse_engine_erase(engine, batch, 1, &outcomes, &error));
    batch[0].session = session;
    EXPECT(LIASSE_E_VALUE, liasse_engine_erase(engine, batch, 1, &outcomes, &error));
    batch[0].document = &no_id;
    batch[0].patient = PATIENT;
    EXPECT(LIASSE_E_VALUE, liasse_engine_erase(engine, batch, 1, &outcomes, &error));
    batch[0].patient = NULL;
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_erase(engine, batch, 2, &outcomes, &error));
    EXPECT(LIASSE_E_LENGTH, liasse_engine_erase(engine, batch, (size_t)-1 / 8, &outcomes, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_purge_due(engine, NULL, &error));
    CHECK(receipts == NULL && outcomes == NULL);
    EXPECT(LIASSE_OK, liasse_engine_erase(engine, NULL, 0, &outcomes, &error));
    EXPECT(LIASSE_E_POINTER, liasse_outcomes_next(outcomes, NULL, &error));
    EXPECT(LIASSE_OK, liasse_outcomes_next(outcomes, &outcome, &error));
    CHECK(outcome == NULL);
    liasse_outcomes_free(outcomes);
}

static void wrong_upkeep(liasse_engine *engine, const char *folder) {
    liasse_packs *packs = NULL;
    liasse_backup *backup = NULL;
    liasse_backup_summary summary = {0};
    liasse_progress progress = {0};
    uint64_t number = 99;
    uint32_t format = 99;
    EXPECT(LIASSE_E_PACK,
           liasse_engine_reload_policies(engine, path_in(folder, "none"), &packs, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_reload_policies(engine, NULL, &packs, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_policies(engine, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_rechecks(engine, &number, NULL, &error));
    EXPECT(LIASSE_E_VALUE, liasse_engine_compact(engine, 101, &number, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_check(engine, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_checkpoint(engine, NULL, &error));
    EXPECT(LIASSE_E_INVALID,
           liasse_engine_record_cosignature(engine, "none", "none", &number, NULL, &error));
    EXPECT(LIASSE_E_INVALID, liasse_engine_link(engine, PATIENT, PATIENT, &error));
    EXPECT(LIASSE_E_POINTER, liasse_engine_unlink(engine, PATIENT, NULL, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_engine_backup(engine, path_in(folder, "backup"), NULL,
                                                      NULL, &summary, &error));
    EXPECT(LIASSE_OK,
           liasse_engine_begin_backup(engine, path_in(folder, "backup"), &backup, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_backup_step(backup, 1, &progress, &error));
    EXPECT(LIASSE_E_STRUCT_SIZE, liasse_backup_report(backup, &summary, &error));
    liasse_backup_free(backup);
    EXPECT(LIASSE_E_BUSY, liasse_shrink(path_in(folder, "store"), &number, NULL, &error));
    EXPECT(LIASSE_E_NOT_A_STORE, liasse_upgrade(path_in(folder, "no-store"), &format, NULL, &error));
    CHECK(packs == NULL && number == 99 && format == 99);
}

static void wrong_restores(const char *folder, const liasse_open_options *how) {
    const char *sinks[1] = {NULL};
    liasse_restored *restored = NULL;
    const char *none = path_in(folder, "no-backup");
    EXPECT(LIASSE_E_POINTER,
           liasse_restore(none, sinks, 1, path_in(folder, "new"), how, &restored, &error));
    EXPECT(LIASSE_E_LENGTH, liasse_restore(none, sinks, (size_t)-1, path_in(folder, "new"), how,
                                           &restored, &error));
    EXPECT(LIASSE_E_POINTER,
           liasse_refresh(none, NULL, 1, path_in(folder, "new"), NULL, &error));
    CHECK(liasse_promote(path_in(folder, "new"), how, &restored, &error) != LIASSE_OK);
    liasse_error_free(error);
    error = NULL;
    CHECK(restored == NULL);
}

/* A handle passed for one of another type is told, by using and by freeing functions alike. */
static void mistaken_handles(liasse_engine *engine, liasse_session *session) {
    liasse_session *another = NULL;
    liasse_session_options who = {0};
    who.struct_size = sizeof who;
    EXPECT(LIASSE_E_HANDLE,
           liasse_session_open((liasse_engine *)session, &who, &another, &error));
    EXPECT(LIASSE_E_HANDLE, liasse_engine_close((liasse_engine *)session, &error));
    liasse_session_close((liasse_session *)engine);
    liasse_error_free((liasse_error *)engine);
    CHECK(liasse_bytes_data((liasse_bytes *)engine) == NULL);
    CHECK(liasse_error_code((liasse_error *)engine) == LIASSE_OK);
    EXPECT(LIASSE_E_HANDLE,
           liasse_session_close_dossier((liasse_session *)engine, PATIENT, 1, "she asked for it", &error));
}

int main(int count, char **arguments) {
    liasse_engine *engine = NULL;
    liasse_session *session = NULL;
    liasse_open_options how = {0};
    const char *folder;

    CHECK(count == 2);
    folder = arguments[1];
    accessors();
    wrong_ids();
    wrong_stores(folder);
    EXPECT(LIASSE_E_TEXT, liasse_key_file_create("\377", &error));

    how.struct_size = sizeof how;
    how.key_file = path_in(folder, "root.key");
    EXPECT(LIASSE_OK, liasse_key_file_create(how.key_file, &error));
    EXPECT(LIASSE_E_EXISTS, liasse_key_file_create(how.key_file, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(folder, "store"), &how, &engine, &error));
    wrong_ways_to_open(folder, how);
    wrong_sessions(engine);
    wrong_stats(engine);
    newer_callers(engine);

    session = doctor(engine);
    EXPECT(LIASSE_OK, liasse_session_open_dossier(session, PATIENT, NULL, 1, "she asked for it", &error));
    wrong_deposits(session);
    wrong_searches(session);
    wrong_reads(session);
    wrong_changes(session);
    wrong_questions(session);
    wrong_erasures(engine, session);
    wrong_upkeep(engine, folder);
    wrong_restores(folder, &how);
    mistaken_handles(engine, session);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    return 0;
}
