/*
 * What a program does beyond demo.c: questions with counts and pages, changes, deposits from files
 * and callbacks, erasures, backups and restores, rules, upkeep, a key store of its own.
 *
 * usage: verbs EMPTY-FOLDER PACKS
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "keys.h"

#include <sys/stat.h>

static liasse_error *error = NULL;

/* A document given part by part. */
struct parts {
    const char *rest;
    const liasse_engine *engine;
    int calls;
};

static int64_t by_parts(void *user, uint8_t *buffer, size_t capacity) {
    struct parts *parts = user;
    size_t length = strlen(parts->rest);
    if (length > 100) length = 100;
    CHECK(capacity >= length);
    memcpy(buffer, parts->rest, length);
    parts->rest += length;
    parts->calls++;
    return (int64_t)length;
}

static int64_t too_many(void *user, uint8_t *buffer, size_t capacity) {
    (void)user;
    (void)buffer;
    return (int64_t)capacity + 1;
}

static int64_t broken(void *user, uint8_t *buffer, size_t capacity) {
    (void)user;
    (void)buffer;
    (void)capacity;
    return -1;
}

/* A callback that calls the library is told so, and may free the error that says it. */
static int64_t re_entering(void *user, uint8_t *buffer, size_t capacity) {
    struct parts *parts = user;
    liasse_error *inner = NULL;
    liasse_stats counts = {0};
    (void)buffer;
    (void)capacity;
    counts.struct_size = sizeof counts;
    CHECK(liasse_engine_stats(parts->engine, &counts, &inner) == LIASSE_E_REENTERED);
    CHECK(liasse_error_code(inner) == LIASSE_E_REENTERED);
    liasse_error_free(inner);
    parts->calls++;
    return 0;
}

/* What is no regular file is refused, and not waited for. */
static void refused_paths(liasse_session *session, liasse_deposit what, const char *folder) {
    const char *const paths[] = {path_in(folder, "pipe"), "/dev/zero", folder};
    size_t at;
    CHECK(mkfifo(paths[0], 0600) == 0);
    for (at = 0; at < sizeof paths / sizeof *paths; at++) {
        liasse_error *refused = NULL;
        liasse_id id;
        what.path = paths[at];
        CHECK(liasse_session_deposit(session, &what, &id, NULL, NULL, &refused) == LIASSE_E_IO);
        CHECK(strstr(liasse_error_place(refused), "no regular file") != NULL);
        liasse_error_free(refused);
    }
}

static void deposits(liasse_engine *engine, liasse_session *session, const char *folder) {
    static const char called[] = DOCUMENT("21", "Lettre", "Toux et fi\\u00e8vre.");
    static const char filed[] = DOCUMENT("22", "Bilan", "Bilan sanguin.");
    const char *path = path_in(folder, "document.json");
    FILE *file = fopen(path, "wb");
    struct parts parts = {called, engine, 0};
    liasse_id id;
    liasse_deposit what = {0};
    CHECK(file != NULL);
    CHECK(fwrite(filed, 1, strlen(filed), file) == strlen(filed));
    CHECK(fclose(file) == 0);

    what.struct_size = sizeof what;
    what.absent = LIASSE_ABSENT_OPEN;
    what.read = by_parts;
    what.user = &parts;
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    CHECK(parts.calls > 2);
    what.path = path;
    EXPECT(LIASSE_E_VALUE, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.read = NULL;
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.path = path_in(folder, "nothing");
    EXPECT(LIASSE_E_IO, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));

    refused_paths(session, what, folder);

    what.path = NULL;
    what.read = too_many;
    EXPECT(LIASSE_E_CALLBACK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    what.read = broken;
    EXPECT(LIASSE_E_CALLBACK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    parts.calls = 0;
    what.read = re_entering;
    EXPECT(LIASSE_E_DOCUMENT_KIND,
           liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    CHECK(parts.calls == 1);
}

struct received {
    size_t length;
    int32_t answer;
};

static int32_t receive(void *user, const uint8_t *bytes, size_t length) {
    struct received *received = user;
    CHECK(bytes != NULL && length > 0);
    received->length += length;
    return received->answer;
}

/* A large document comes in parts, and the program may end it. */
static void streams(liasse_session *session) {
    enum { LARGE = 1 << 20 };
    static char document[LARGE + 1024];
    struct received received = {0, 0};
    liasse_id id;
    liasse_deposit what = {0};
    static const char start[] = DOCUMENT("24", "Grand", "");
    char *text = strstr(start, "\"text\":\"");
    size_t before = (size_t)(text - start) + strlen("\"text\":\"");
    memcpy(document, start, before);
    memset(document + before, 'a', LARGE);
    strcpy(document + before + LARGE, start + before);
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)document;
    what.length = strlen(document);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_session_fetch_to(session, &id, receive, &received, &error));
    CHECK(received.length == LARGE);
    received.answer = 1;
    EXPECT(LIASSE_E_CALLBACK,
           liasse_session_fetch_to(session, &id, receive, &received, &error));
    CHECK(received.length < 2 * LARGE);
}

static liasse_search question(uint32_t form, const char *query) {
    liasse_search what = {0};
    what.struct_size = sizeof what;
    what.form = form;
    what.query = query;
    what.query_length = query ? strlen(query) : 0;
    return what;
}

/* Counts of one facet and of the timeline add up to the total. */
static void questions(liasse_session *session) {
    static const char json[] = "{\"query\":\"\",\"patient\":\"" PATIENT "\",\"order\":\"newest\","
                               "\"limit\":2,\"total\":true,\"facets\":[\"type\"],"
                               "\"timeline\":\"month\"}";
    liasse_search what = question(LIASSE_FORM_JSON, json);
    liasse_answer *answer = NULL;
    const liasse_hit *hit = NULL;
    const liasse_count *count = NULL;
    uint64_t total = 0, by_type = 0, by_month = 0;
    uint32_t told = 0;
    size_t hits = 0, pages = 0;
    char cursor[256];
    for (;;) {
        const char *next;
        EXPECT(LIASSE_OK, liasse_session_ask(session, &what, &answer, &error));
        pages++;
        for (;;) {
            EXPECT(LIASSE_OK, liasse_answer_next_hit(answer, &hit, &error));
            if (hit == NULL) break;
            hits++;
        }
        EXPECT(LIASSE_OK, liasse_answer_total(answer, &total, &told, &error));
        CHECK(told == 1);
        while (pages == 1) {
            EXPECT(LIASSE_OK, liasse_answer_next_count(answer, &count, &error));
            if (count == NULL) break;
            CHECK(count->struct_size >= sizeof *count && count->group.length > 0);
            if (strcmp(count->facet.bytes, "type") == 0) by_type += count->documents;
            if (strcmp(count->facet.bytes, "timeline") == 0) by_month += count->documents;
        }
        next = liasse_answer_cursor(answer);
        if (next == NULL) break;
        CHECK(strlen(next) < sizeof cursor);
        strcpy(cursor, next);
        what.after = cursor;
        liasse_answer_free(answer);
        answer = NULL;
    }
    liasse_answer_free(answer);
    CHECK(total == 3 && hits == total && pages == 2);
    CHECK(by_type == total && by_month == total);
    what.patient = PATIENT;
    EXPECT(LIASSE_E_VALUE, liasse_session_count(session, &what, &total, &error));
    what.patient = NULL;
    what.statuses = LIASSE_STATUSES_ALL;
    EXPECT(LIASSE_E_VALUE, liasse_session_count(session, &what, &total, &error));
}

static void forms(liasse_session *session) {
    liasse_search what =
        question(LIASSE_FORM_FHIR, "patient.identifier=299999999999945&_content=toux");
    uint64_t count = 0;
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &count, &error));
    CHECK(count == 1);
    what = question(LIASSE_FORM_VACCINATIONS, NULL);
    EXPECT(LIASSE_E_POINTER, liasse_session_count(session, &what, &count, &error));
    what.patient = PATIENT;
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &count, &error));
    CHECK(count == 0);
    what.form = LIASSE_FORM_RECENT;
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &count, &error));
    what.query = "x";
    what.query_length = 1;
    EXPECT(LIASSE_E_VALUE, liasse_session_count(session, &what, &count, &error));
}

static uint64_t score_of(liasse_session *session, const char *json) {
    liasse_search what = question(LIASSE_FORM_JSON, json);
    liasse_hits *hits = NULL;
    const liasse_hit *hit = NULL;
    uint64_t score;
    EXPECT(LIASSE_OK, liasse_session_search(session, &what, &hits, &error));
    EXPECT(LIASSE_OK, liasse_hits_next(hits, &hit, &error));
    CHECK(hit != NULL);
    score = hit->score;
    liasse_hits_free(hits);
    return score;
}

#define BOOSTED(boost) "{\"query\":\"toux\",\"patient\":\"" PATIENT "\",\"boost\":{" boost "}}"

/* What weighs more is said in the question: a type of documents, and recent ones. */
static void boosts(liasse_session *session) {
    uint64_t plain = score_of(session, BOOSTED("\"types\":{\"11488-4\":100}"));
    liasse_search what = question(LIASSE_FORM_JSON, BOOSTED("\"types\":{\"11488-4\":1001}"));
    uint64_t count = 0;
    CHECK(plain > 0);
    CHECK(score_of(session, BOOSTED("\"types\":{\"11488-4\":200}")) > plain);
    CHECK(score_of(session, BOOSTED("\"types\":{\"11488-4\":0}")) < plain);
    CHECK(score_of(session, BOOSTED("\"recency\":{\"at\":\"2026-01-01\",\"percent\":100,"
                                    "\"half_days\":365}")) > plain);
    EXPECT(LIASSE_E_LIMIT, liasse_session_count(session, &what, &count, &error));
}

/* An auditor learns how a search is done, and nothing of what it finds. */
static void plans(liasse_engine *engine) {
    liasse_session *auditor = session_of(engine, "auditrice-1", "auditeur", LIASSE_PURPOSE_AUDIT);
    liasse_search what = question(LIASSE_FORM_WORDS, "toux");
    liasse_session_options who = {0};
    liasse_bytes *json = NULL;
    who.struct_size = sizeof who;
    who.actor = "899900000001";
    who.profession = "medecin";
    who.purpose = LIASSE_PURPOSE_PANEL;
    EXPECT(LIASSE_OK, liasse_session_explain_plan(auditor, &who, &what, &json, &error));
    CHECK(liasse_bytes_length(json) > 2 && liasse_bytes_data(json)[0] == '{');
    liasse_bytes_free(json);
    liasse_session_close(auditor);
}

static void interrupts(liasse_session *session) {
    liasse_interrupt *interrupt = NULL;
    liasse_search what = question(LIASSE_FORM_WORDS, "toux");
    uint64_t count = 0;
    what.patient = PATIENT;
    EXPECT(LIASSE_OK, liasse_interrupt_create(&interrupt, &error));
    what.interrupt = interrupt;
    what.time_ms = 60000;
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &count, &error));
    liasse_interrupt_raise(interrupt);
    EXPECT(LIASSE_E_CANCELLED, liasse_session_count(session, &what, &count, &error));
    liasse_interrupt_clear(interrupt);
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &count, &error));
    liasse_interrupt_free(interrupt);
}

static size_t changed(liasse_session *session, const char *since, char *mark, size_t capacity) {
    liasse_changes *changes = NULL;
    const liasse_change *change = NULL;
    liasse_since asked = {0};
    size_t count = 0;
    asked.struct_size = sizeof asked;
    asked.mark = since;
    asked.time_ms = 600000;
    EXPECT(LIASSE_OK, liasse_session_changes(session, PATIENT, &asked, &changes, &error));
    for (;;) {
        EXPECT(LIASSE_OK, liasse_changes_next(changes, &change, &error));
        if (change == NULL) break;
        CHECK(change->struct_size >= sizeof *change);
        CHECK(change->what == LIASSE_CHANGE_NEW && change->entry->title.length > 0);
        count++;
    }
    CHECK(liasse_changes_updated(changes) == 0);
    CHECK(strlen(liasse_changes_mark(changes)) < capacity);
    strcpy(mark, liasse_changes_mark(changes));
    liasse_changes_free(changes);
    return count;
}

/* A look that was ended answers nothing; the next one does. */
static void ended(const liasse_session *session, const liasse_session *panel) {
    liasse_interrupt *interrupt = NULL;
    liasse_changes *changes = NULL;
    liasse_dossiers *dossiers = NULL;
    liasse_since asked = {0};
    EXPECT(LIASSE_OK, liasse_interrupt_create(&interrupt, &error));
    asked.struct_size = sizeof asked;
    asked.interrupt = interrupt;
    liasse_interrupt_raise(interrupt);
    EXPECT(LIASSE_E_CANCELLED, liasse_session_changes(session, PATIENT, &asked, &changes, &error));
    EXPECT(LIASSE_E_CANCELLED, liasse_session_my_dossiers(panel, &asked, &dossiers, &error));
    liasse_interrupt_clear(interrupt);
    EXPECT(LIASSE_OK, liasse_session_changes(session, PATIENT, &asked, &changes, &error));
    EXPECT(LIASSE_OK, liasse_session_my_dossiers(panel, &asked, &dossiers, &error));
    liasse_changes_free(changes);
    liasse_dossiers_free(dossiers);
    liasse_interrupt_free(interrupt);
}

static void changes(liasse_engine *engine, liasse_session *session) {
    static const char document[] = DOCUMENT("25", "Nouveau", "Nouveau.");
    char first[1024], second[1024];
    liasse_session *panel = session_of(engine, "899900000001", "medecin", LIASSE_PURPOSE_PANEL);
    liasse_dossiers *dossiers = NULL;
    const liasse_my_dossier *mine = NULL;
    liasse_id id;
    liasse_deposit what = {0};
    CHECK(changed(session, NULL, first, sizeof first) == 3);
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)document;
    what.length = strlen(document);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    CHECK(changed(session, first, second, sizeof second) == 1);

    ended(session, panel);
    EXPECT(LIASSE_OK, liasse_session_my_dossiers(panel, NULL, &dossiers, &error));
    EXPECT(LIASSE_OK, liasse_dossiers_next(dossiers, &mine, &error));
    CHECK(mine != NULL && mine->struct_size >= sizeof *mine);
    CHECK(mine->documents == 4 && strcmp(mine->patient.bytes, "299999999999945") == 0);
    EXPECT(LIASSE_OK, liasse_dossiers_next(dossiers, &mine, &error));
    CHECK(mine == NULL && strlen(liasse_dossiers_mark(dossiers)) > 0);
    liasse_dossiers_free(dossiers);
    liasse_session_close(panel);
}

static size_t packs_of(liasse_packs *packs) {
    const liasse_pack *pack = NULL;
    size_t count = 0;
    for (;;) {
        EXPECT(LIASSE_OK, liasse_packs_next(packs, &pack, &error));
        if (pack == NULL) break;
        CHECK(pack->struct_size >= sizeof *pack && pack->name.length > 0);
        CHECK(pack->valid_from < pack->valid_until);
        count++;
    }
    liasse_packs_free(packs);
    return count;
}

static void rules(liasse_engine *engine, const char *directory) {
    liasse_packs *packs = NULL;
    uint64_t asked = 0, withheld = 99;
    EXPECT(LIASSE_OK, liasse_engine_rechecks(engine, &asked, &withheld, &error));
    CHECK(asked > 0 && withheld == 0);
    EXPECT(LIASSE_OK, liasse_engine_policies(engine, &packs, &error));
    CHECK(packs_of(packs) == 1);
    EXPECT(LIASSE_OK, liasse_engine_reload_policies(engine, directory, &packs, &error));
    CHECK(packs_of(packs) == 1);
    EXPECT(LIASSE_OK, liasse_engine_reload_policies(engine, directory, NULL, &error));
}

/* The file's text; of the last call only. */
static const char *text_of(const char *path) {
    static char text[4096];
    FILE *file = fopen(path, "rb");
    size_t length;
    CHECK(file != NULL);
    length = fread(text, 1, sizeof text - 1, file);
    CHECK(fclose(file) == 0);
    text[length] = 0;
    return text;
}

/* What a witness has cosigned of a store that lies there. */
static void cosignature(const char *folder) {
    liasse_engine *engine = NULL;
    liasse_open_options how = {0};
    char store[4096], key[4096], cosigned[4096];
    uint64_t size = 0;
    int64_t at = 0;
    strcpy(store, path_in(folder, "witnessed"));
    strcpy(key, path_in(folder, "witnessed.key"));
    strcpy(cosigned, text_of(path_in(folder, "witnessed.cosigned")));
    how.struct_size = sizeof how;
    how.key_file = key;
    EXPECT(LIASSE_OK, liasse_engine_open(store, &how, &engine, &error));
    EXPECT(LIASSE_OK, liasse_engine_record_cosignature(
                          engine, cosigned, text_of(path_in(folder, "witnessed.by")), &size, &at,
                          &error));
    CHECK(size > 0 && at == 1800000000000);
    EXPECT(LIASSE_E_INVALID,
           liasse_engine_record_cosignature(engine, cosigned + 1, text_of(path_in(folder, "witnessed.by")),
                                            NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
}

static void upkeep(liasse_engine *engine) {
    liasse_findings *findings = NULL;
    const liasse_finding *finding = NULL;
    liasse_bytes *text = NULL;
    uint64_t segments = 99, bytes = 99;
    EXPECT(LIASSE_OK, liasse_engine_settle(engine, &error));
    EXPECT(LIASSE_OK, liasse_engine_compact(engine, 0, &segments, &bytes, &error));
    CHECK(segments != 99 && bytes != 99);
    EXPECT(LIASSE_OK, liasse_engine_compact(engine, 100, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_engine_check(engine, &findings, &error));
    EXPECT(LIASSE_OK, liasse_findings_next(findings, &finding, &error));
    CHECK(finding == NULL);
    liasse_findings_free(findings);
    EXPECT(LIASSE_OK, liasse_engine_checkpoint(engine, &text, &error));
    CHECK(liasse_bytes_length(text) > 32);
    liasse_bytes_free(text);
    EXPECT(LIASSE_OK, liasse_engine_signer_keys(engine, &text, &error));
    CHECK(liasse_bytes_length(text) == 0);
    liasse_bytes_free(text);
}

struct seen {
    uint64_t copied;
    int32_t answer;
};

static int32_t watch(void *user, uint64_t copied, uint64_t remaining) {
    struct seen *seen = user;
    CHECK(copied >= seen->copied);
    (void)remaining;
    seen->copied = copied;
    return seen->answer;
}

static void back_up(liasse_engine *engine, const char *target) {
    struct seen seen = {0, 0};
    liasse_backup *backup = NULL;
    liasse_backup_summary summary = {0};
    liasse_progress progress = {0};
    int steps = 0;
    summary.struct_size = sizeof summary;
    progress.struct_size = sizeof progress;
    EXPECT(LIASSE_OK, liasse_engine_backup(engine, target, watch, &seen, &summary, &error));
    CHECK(summary.commit > 0 && summary.catalog_bytes > 0 && summary.damaged == 0);
    EXPECT(LIASSE_OK, liasse_engine_backup(engine, target, NULL, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_engine_begin_backup(engine, target, &backup, &error));
    EXPECT(LIASSE_E_CHANGED, liasse_backup_report(backup, &summary, &error));
    while (!progress.done) {
        EXPECT(LIASSE_OK, liasse_backup_step(backup, 4096, &progress, &error));
        steps++;
    }
    CHECK(steps > 1 && progress.remaining == 0);
    EXPECT(LIASSE_OK, liasse_backup_report(backup, &summary, &error));
    liasse_backup_free(backup);
    EXPECT(LIASSE_OK, liasse_engine_begin_backup(engine, target, &backup, &error));
    liasse_backup_free(backup);
}

/* What was deposited is there again, from a backup at once and by way of a standby. */
static void restore(const char *folder, const char *backup, const liasse_open_options *how) {
    const char *sinks[1];
    liasse_restored *restored = NULL;
    const liasse_restored_row *row = NULL;
    liasse_refreshed refreshed = {0};
    liasse_engine *engine = NULL;
    liasse_session *session;
    char mark[1024];
    liasse_open_options taken = *how;
    sinks[0] = how->sinks[0];
    EXPECT(LIASSE_OK, liasse_restore(backup, sinks, 1, path_in(folder, "restored"), how, &restored,
                                     &error));
    EXPECT(LIASSE_OK, liasse_restored_next(restored, &row, &error));
    CHECK(row != NULL && row->struct_size >= sizeof *row && row->lost == 0);
    CHECK(row->commit > 0 && row->epoch > 0 && row->origin.length > 0);
    EXPECT(LIASSE_OK, liasse_restored_next(restored, &row, &error));
    CHECK(row == NULL);
    liasse_restored_free(restored);

    refreshed.struct_size = sizeof refreshed;
    EXPECT(LIASSE_OK, liasse_refresh(backup, sinks, 1, path_in(folder, "standby"), &refreshed,
                                     &error));
    CHECK(refreshed.commit > 0);
    EXPECT(LIASSE_OK, liasse_refresh(backup, sinks, 1, path_in(folder, "standby"), NULL, &error));
    EXPECT(LIASSE_OK, liasse_promote(path_in(folder, "standby"), how, NULL, &error));
    taken.ground = LIASSE_GROUND_TAKE_OVER;
    /* The sink goes on with the store that it was made for. */
    taken.sinks = NULL;
    taken.sink_count = 0;
    taken.sinks_waived = "a drill";
    EXPECT(LIASSE_OK, liasse_engine_open(path_in(folder, "standby"), &taken, &engine, &error));
    session = doctor(engine);
    CHECK(changed(session, NULL, mark, sizeof mark) == 4);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
}

static liasse_id first_of(liasse_session *session) {
    liasse_entries *entries = NULL;
    const liasse_entry *entry = NULL;
    liasse_id id;
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
    CHECK(entry != NULL);
    id = entry->document;
    liasse_entries_free(entries);
    return id;
}

static void new_root(liasse_engine *engine) {
    liasse_receipts *receipts = NULL;
    const liasse_receipt *receipt = NULL;
    uint64_t epoch = 0, next = 0;
    EXPECT(LIASSE_OK, liasse_engine_rotate_root(engine, &epoch, &receipts, &error));
    EXPECT(LIASSE_OK, liasse_receipts_next(receipts, &receipt, &error));
    CHECK(receipt != NULL && receipt->number == 0 && receipt->root.length > 0);
    liasse_receipts_free(receipts);
    EXPECT(LIASSE_OK, liasse_engine_rotate_root(engine, &next, NULL, &error));
    CHECK(epoch > 1 && next == epoch + 1);
}

static void erasures(liasse_engine *engine) {
    liasse_session *session = holder(engine);
    liasse_receipts *receipts = NULL;
    const liasse_receipt *receipt = NULL;
    liasse_outcomes *outcomes = NULL;
    const liasse_outcome *outcome = NULL;
    liasse_erasure batch[2];
    liasse_session *author;
    liasse_id id, deleted;
    static const liasse_id no_id = {{0}};
    EXPECT(LIASSE_OK, liasse_session_mask_by_default(session, PATIENT, LIASSE_MASKING_BY_DEFAULT, 1, "she asked for it",
                                                     &error));
    EXPECT(LIASSE_OK,
           liasse_session_mask_by_default(session, PATIENT, LIASSE_MASKING_OPEN, 1, "she asked for it", &error));
    author = doctor(engine);
    deleted = first_of(author);
    EXPECT(LIASSE_OK,
           liasse_session_set_status(author, &deleted, LIASSE_STATUS_DELETED, &error));
    liasse_session_close(author);
    id = first_of(session);
    EXPECT(LIASSE_OK, liasse_session_erase_document(session, &id, &receipts, &error));
    EXPECT(LIASSE_OK, liasse_receipts_next(receipts, &receipt, &error));
    CHECK(receipt != NULL && receipt->sinks.length > 0);
    liasse_receipts_free(receipts);

    EXPECT(LIASSE_OK, liasse_session_close_dossier(session, PATIENT, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_session_reopen_dossier(session, PATIENT, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_engine_purge_due(engine, &outcomes, &error));
    EXPECT(LIASSE_OK, liasse_outcomes_next(outcomes, &outcome, &error));
    CHECK(outcome == NULL);
    liasse_outcomes_free(outcomes);

    memset(batch, 0, sizeof batch);
    batch[0].struct_size = batch[1].struct_size = sizeof batch[0];
    batch[0].session = batch[1].session = session;
    batch[0].document = &no_id;
    batch[1].patient = PATIENT;
    EXPECT(LIASSE_OK, liasse_session_close_dossier(session, PATIENT, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_engine_erase(engine, batch, 2, &outcomes, &error));
    EXPECT(LIASSE_OK, liasse_outcomes_next(outcomes, &outcome, &error));
    CHECK(outcome->code == LIASSE_E_REFUSED && outcome->message.length > 0);
    CHECK(outcome->receipts == NULL && outcome->receipt_count == 0);
    EXPECT(LIASSE_OK, liasse_outcomes_next(outcomes, &outcome, &error));
    CHECK(outcome->code == LIASSE_OK && outcome->receipt_count == 2);
    CHECK(outcome->receipts[0].number == 1 && outcome->receipts[1].number == 2);
    liasse_outcomes_free(outcomes);
    liasse_session_close(session);
}

/* Two dossiers of one person, linked and unlinked. */
static void links(liasse_engine *engine) {
    liasse_session *session = doctor(engine);
    EXPECT(LIASSE_OK, liasse_session_open_dossier(session, PATIENT, NULL, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_session_open_dossier(session, OTHER_PATIENT, NULL, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_engine_link(engine, PATIENT, OTHER_PATIENT, &error));
    EXPECT(LIASSE_OK, liasse_engine_unlink(engine, PATIENT, OTHER_PATIENT, &error));
    liasse_session_close(session);
}

static void listen(void *user, uint32_t class_, int32_t code, const char *message) {
    int *lines = user;
    CHECK(class_ >= LIASSE_CLASS_ENVIRONMENT && code < 0 && message[0] != '\0');
    CHECK(liasse_log_to(NULL, NULL, NULL) == LIASSE_E_REENTERED);
    (*lines)++;
}

static void log_lines(const char *folder, const liasse_open_options *how) {
    liasse_engine *engine = NULL;
    int lines = 0;
    EXPECT(LIASSE_OK, liasse_log_to(listen, &lines, &error));
    EXPECT(LIASSE_E_NOT_A_STORE,
           liasse_engine_open(path_in(folder, "none"), how, &engine, &error));
    CHECK(lines == 1);
    EXPECT(LIASSE_OK, liasse_log_to(NULL, NULL, &error));
    EXPECT(LIASSE_E_NOT_A_STORE,
           liasse_engine_open(path_in(folder, "none"), how, &engine, &error));
    CHECK(lines == 1);
}

/* The program's own key store: used, unreachable, and one that calls the library. */
static void key_store(const char *folder) {
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys);
    liasse_open_options how = {0};
    liasse_engine *engine = NULL;
    liasse_session *session;
    liasse_receipts *receipts = NULL;
    char store[4096];
    strcpy(store, path_in(folder, "by-keys"));
    how.struct_size = sizeof how;
    how.kms = &kms;
    how.sinks_waived = "a test";
    EXPECT(LIASSE_OK, liasse_engine_create(store, &how, &engine, &error));
    session = doctor(engine);
    EXPECT(LIASSE_OK, liasse_session_open_dossier(session, PATIENT, NULL, 1, "she asked for it", &error));
    liasse_session_close(session);
    session = holder(engine);
    EXPECT(LIASSE_OK, liasse_session_close_dossier(session, PATIENT, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_session_erase(session, PATIENT, &receipts, &error));
    CHECK(keys.destroyed > 0);
    liasse_receipts_free(receipts);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    CHECK(keys.released == 1);
    engine = NULL;

    keys.answer = LIASSE_KMS_UNREACHABLE;
    EXPECT(LIASSE_E_KEY_UNREACHABLE, liasse_engine_open(store, &how, &engine, &error));
    keys.answer = 12345;
    EXPECT(LIASSE_E_KEY_STORE, liasse_engine_open(store, &how, &engine, &error));
    keys.answer = LIASSE_KMS_OK;
    keys.call_back = 1;
    EXPECT(LIASSE_OK, liasse_engine_open(store, &how, &engine, &error));
    CHECK(keys.told == LIASSE_E_REENTERED);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    engine = NULL;
    kms.unwrap = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_engine_open(store, &how, &engine, &error));
    CHECK(engine == NULL && keys.released == 4);
}

int main(int count, char **arguments) {
    static char names[4][4096];
    const char *folder;
    const char *sinks[1];
    uint64_t before = 0, after = 0;
    uint32_t format_before = 0, format_after = 0;
    liasse_engine *engine = NULL;
    liasse_session *session;
    liasse_open_options how = {0};

    CHECK(count == 3);
    folder = arguments[1];
    strcpy(names[0], path_in(folder, "root.key"));
    strcpy(names[1], path_in(folder, "sink"));
    strcpy(names[2], path_in(folder, "store"));
    strcpy(names[3], path_in(folder, "backup"));
    EXPECT(LIASSE_OK, liasse_key_file_create(names[0], &error));
    sinks[0] = names[1];
    how.struct_size = sizeof how;
    how.key_file = names[0];
    how.sinks = sinks;
    how.sink_count = 1;
    how.recheck = LIASSE_RECHECK_RETURNED;
    EXPECT(LIASSE_OK, liasse_engine_create(names[2], &how, &engine, &error));
    session = doctor(engine);
    deposits(engine, session, folder);
    streams(session);
    questions(session);
    forms(session);
    boosts(session);
    interrupts(session);
    plans(engine);
    changes(engine, session);
    liasse_session_close(session);
    rules(engine, arguments[2]);
    upkeep(engine);
    back_up(engine, names[3]);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    engine = NULL;
    restore(folder, names[3], &how);
    cosignature(folder);

    how.ground = LIASSE_GROUND_TAKE_OVER;
    EXPECT(LIASSE_OK, liasse_engine_open(names[2], &how, &engine, &error));
    how.ground = LIASSE_GROUND_SUCCESSION;
    new_root(engine);
    erasures(engine);
    links(engine);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    EXPECT(LIASSE_OK, liasse_shrink(names[2], &before, &after, &error));
    CHECK(before >= after && after > 0);
    EXPECT(LIASSE_OK, liasse_shrink(names[2], NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_upgrade(names[2], &format_before, &format_after, &error));
    CHECK(format_before == format_after && format_after > 0);
    EXPECT(LIASSE_OK, liasse_upgrade(names[2], NULL, NULL, &error));
    log_lines(folder, &how);
    key_store(folder);
    return 0;
}
