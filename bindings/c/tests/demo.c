/*
 * What a program does with Liasse: makes a store, deposits, lists, searches, fetches, changes
 * who may see what, reads the traces, erases. Each step is checked.
 *
 * usage: demo EMPTY-FOLDER
 */

#include "check.h"

#define COUGH_TEXT "Toux depuis trois jours."
#define FEVER_TEXT "La fi\303\250vre a baiss\303\251."
static const char cough[] = DOCUMENT("1", "Consultation de ville", COUGH_TEXT);
static const char fever[] = DOCUMENT("2", "Consultation de suivi", FEVER_TEXT);

static liasse_id deposit(liasse_session *session, const char *document, uint32_t wanted) {
    liasse_error *error = NULL;
    liasse_id id;
    liasse_id dossier;
    uint32_t outcome = 0;
    liasse_deposit what = {0};
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)document;
    what.length = strlen(document);
    what.absent = LIASSE_ABSENT_OPEN;
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, &dossier, &outcome, &error));
    CHECK(outcome == wanted);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    return id;
}

/* Several deposits on their way at the same time; each is found again by what it was given. */
static void deposit_many(liasse_session *session) {
    static const char *const documents[] = {
        DOCUMENT("11", "Un", "Un."),
        DOCUMENT("12", "Deux", "Deux."),
        DOCUMENT("13", "Trois", "Trois."),
    };
    enum { COUNT = sizeof documents / sizeof *documents };
    liasse_error *error = NULL;
    liasse_ticket *tickets[COUNT] = {NULL};
    liasse_id id, again, dossier;
    uint32_t outcome = 0;
    size_t at;
    for (at = 0; at < COUNT; at++) {
        liasse_deposit what = {0};
        what.struct_size = sizeof what;
        what.bytes = (const uint8_t *)documents[at];
        what.length = strlen(documents[at]);
        EXPECT(LIASSE_OK, liasse_session_begin_deposit(session, &what, &tickets[at], &error));
    }
    for (at = 0; at < COUNT; at++) {
        EXPECT(LIASSE_OK, liasse_ticket_wait(tickets[at], &id, &dossier, &outcome, &error));
        CHECK(outcome == LIASSE_OUTCOME_KEPT);
        EXPECT(LIASSE_OK, liasse_ticket_wait(tickets[at], &again, NULL, NULL, &error));
        CHECK(memcmp(&id, &again, sizeof id) == 0);
        liasse_ticket_free(tickets[at]);
    }
}

static void verify(const char *store, const liasse_open_options *how) {
    liasse_error *error = NULL;
    liasse_findings *findings = NULL;
    const liasse_finding *finding = NULL;
    uint64_t checked[4] = {0, 0, 0, 0};
    EXPECT(LIASSE_OK, liasse_verify(store, how, &findings, &error));
    EXPECT(LIASSE_OK, liasse_findings_next(findings, &finding, &error));
    if (finding != NULL) {
        fprintf(stderr, "%s: %s: %s\n", finding->invariant.bytes, finding->place.bytes,
                finding->what.bytes);
    }
    CHECK(finding == NULL);
    EXPECT(LIASSE_OK, liasse_findings_checked(findings, &checked[0], &checked[1], &checked[2],
                                              &checked[3], &error));
    CHECK(checked[0] > 0 && checked[2] > 0);
    EXPECT(LIASSE_OK, liasse_findings_checked(findings, NULL, NULL, NULL, NULL, &error));
    liasse_findings_free(findings);
}

static void stats(liasse_engine *engine) {
    liasse_error *error = NULL;
    liasse_stats counts = {0};
    counts.struct_size = sizeof counts;
    EXPECT(LIASSE_OK, liasse_engine_stats(engine, &counts, &error));
    CHECK(counts.struct_size == sizeof counts);
    CHECK(counts.dossiers == 1 && counts.documents == 5);
    CHECK(counts.entries > 5 && counts.bytes > 0);
}

static size_t list(liasse_session *session) {
    liasse_error *error = NULL;
    liasse_entries *entries = NULL;
    const liasse_entry *entry = NULL;
    size_t count = 0;
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, LIASSE_STATUSES_APPROVED, &entries,
                                             &error));
    for (;;) {
        char id[33];
        EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
        if (entry == NULL) break;
        count++;
        CHECK(entry->struct_size >= sizeof *entry);
        CHECK(entry->status == LIASSE_STATUS_APPROVED);
        CHECK(entry->version >= 1 && entry->size > 0);
        CHECK(strlen(entry->title.bytes) == entry->title.length);
        CHECK(strcmp(entry->type_code.bytes, "11488-4") == 0);
        EXPECT(LIASSE_OK, liasse_id_format(&entry->document, id, &error));
        CHECK(strlen(id) == 32);
        printf("%s, %s, %s, flags %u\n", entry->title.bytes, entry->author.bytes,
               entry->mime_type.bytes, (unsigned)entry->flags);
    }
    EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
    CHECK(entry == NULL);
    liasse_entries_free(entries);
    return count;
}

static void search(liasse_session *session, liasse_id wanted) {
    static const char query[] = "fi\303\250vre";
    liasse_error *error = NULL;
    liasse_hits *hits = NULL;
    const liasse_hit *hit = NULL;
    liasse_bytes *text = NULL;
    uint64_t count = 0;
    liasse_search what = {0};
    what.struct_size = sizeof what;
    what.query = query;
    what.query_length = strlen(query);
    what.patient = PATIENT;
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &count, &error));
    CHECK(count == 1);
    EXPECT(LIASSE_OK, liasse_session_search(session, &what, &hits, &error));
    EXPECT(LIASSE_OK, liasse_hits_next(hits, &hit, &error));
    CHECK(hit != NULL && hit->struct_size >= sizeof *hit);
    CHECK(memcmp(&hit->entry->document, &wanted, sizeof wanted) == 0);
    CHECK(hit->score > 0);
    CHECK(hit->highlight_count == 1);
    CHECK(hit->highlights[0].to <= hit->snippet.length);
    CHECK(hit->highlights[0].to - hit->highlights[0].from == strlen(query));
    CHECK(memcmp(hit->snippet.bytes + hit->highlights[0].from, query, strlen(query)) == 0);
    printf("found: %s\n", hit->snippet.bytes);
    EXPECT(LIASSE_OK, liasse_hits_next(hits, &hit, &error));
    CHECK(hit == NULL);
    liasse_hits_free(hits);

    EXPECT(LIASSE_OK, liasse_session_explain(session, &what, &text, &error));
    CHECK(liasse_bytes_length(text) > 5);
    CHECK(memcmp(liasse_bytes_data(text), "pack ", 5) == 0);
    liasse_bytes_free(text);
    text = NULL;
    EXPECT(LIASSE_OK, liasse_session_explain(session, NULL, &text, &error));
    liasse_bytes_free(text);
}

/* The JSON form carries its body, so the body is what is fetched. */
static void fetch(liasse_session *session, liasse_id id, const char *body) {
    liasse_error *error = NULL;
    liasse_bytes *bytes = NULL;
    EXPECT(LIASSE_OK, liasse_session_fetch(session, &id, &bytes, &error));
    CHECK(liasse_bytes_length(bytes) == strlen(body));
    CHECK(memcmp(liasse_bytes_data(bytes), body, strlen(body)) == 0);
    liasse_bytes_free(bytes);
}

static void ids(liasse_id id) {
    liasse_error *error = NULL;
    liasse_id again;
    char text[33];
    EXPECT(LIASSE_OK, liasse_id_format(&id, text, &error));
    EXPECT(LIASSE_OK, liasse_id_parse(text, &again, &error));
    CHECK(memcmp(&id, &again, sizeof id) == 0);
}

/* The holder decides who sees what. */
static void grants(liasse_engine *engine, liasse_id id) {
    liasse_error *error = NULL;
    liasse_session *patient = holder(engine);
    liasse_session *colleague =
        session_of(engine, "899900000002", "medecin", LIASSE_PURPOSE_CARE);
    liasse_bytes *bytes = NULL;
    uint32_t flags = 99;

    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch(colleague, &id, &bytes, &error));
    CHECK(bytes == NULL);
    EXPECT(LIASSE_OK, liasse_session_authorise(patient, PATIENT, LIASSE_PARTY_ACTOR,
                                               "899900000002", LIASSE_FOREVER, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_session_fetch(colleague, &id, &bytes, &error));
    liasse_bytes_free(bytes);
    bytes = NULL;

    EXPECT(LIASSE_OK,
           liasse_session_set_flags(patient, &id, LIASSE_FLAG_MASQUE_PS, 0, &flags, &error));
    CHECK(flags == LIASSE_FLAG_MASQUE_PS);
    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch(colleague, &id, &bytes, &error));
    EXPECT(LIASSE_OK,
           liasse_session_set_flags(patient, &id, 0, LIASSE_FLAG_MASQUE_PS, NULL, &error));
    CHECK(list(colleague) == 5);

    EXPECT(LIASSE_OK, liasse_session_block(patient, PATIENT, LIASSE_PARTY_ACTOR, "899900000002", 1,
                                           "motive of a block", &error));
    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch(colleague, &id, &bytes, &error));
    EXPECT(LIASSE_OK, liasse_session_unblock(patient, PATIENT, LIASSE_PARTY_ACTOR, "899900000002",
                                             0, "motive of its end", &error));
    EXPECT(LIASSE_OK, liasse_session_revoke(patient, PATIENT, LIASSE_PARTY_ACTOR, "899900000002", 0,
                                            "motive of a revocation", &error));
    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch(colleague, &id, &bytes, &error));
    EXPECT(LIASSE_OK,
           liasse_session_set_attending(patient, PATIENT, "899900000002", 1, "she asked for it", &error));
    CHECK(list(colleague) == 5);
    EXPECT(LIASSE_OK,
           liasse_session_unset_attending(patient, PATIENT, "899900000002", 1,
                                          "motive of a departure", &error));
    EXPECT(LIASSE_OK, liasse_session_consent(patient, PATIENT, LIASSE_MATTER_BTG,
                                             LIASSE_CONSENT_PERMIT, 1, "she asked for it", &error));
    liasse_session_close(colleague);
    liasse_session_close(patient);
}

static void emergency(liasse_engine *engine, liasse_id id) {
    static const char motive[] = "personne inconsciente";
    liasse_error *error = NULL;
    liasse_bytes *bytes = NULL;
    liasse_session *session =
        session_of(engine, "899900000003", "medecin", LIASSE_PURPOSE_EMERGENCY_BTG);
    EXPECT(LIASSE_OK, liasse_session_break_glass(session, PATIENT, motive, strlen(motive),
                                                 &error));
    EXPECT(LIASSE_OK, liasse_session_fetch(session, &id, &bytes, &error));
    liasse_bytes_free(bytes);
    liasse_session_close(session);
}

/* The holder is told of each bris de glace when she asks what is new; so she is of none twice. */
static void glass_among_changes(liasse_session *patient) {
    liasse_error *error = NULL;
    liasse_changes *changes = NULL;
    const liasse_history_line *line = NULL;
    liasse_since since = {0};
    char mark[1024];
    EXPECT(LIASSE_OK, liasse_session_changes(patient, PATIENT, NULL, &changes, &error));
    EXPECT(LIASSE_OK, liasse_changes_next_glass(changes, &line, &error));
    CHECK(line != NULL && line->struct_size >= sizeof *line && line->permitted == 1);
    CHECK(strcmp(line->what.bytes, "break_glass") == 0 && line->actor.length > 0);
    EXPECT(LIASSE_OK, liasse_changes_next_glass(changes, &line, &error));
    CHECK(line == NULL);
    CHECK(strlen(liasse_changes_mark(changes)) < sizeof mark);
    strcpy(mark, liasse_changes_mark(changes));
    liasse_changes_free(changes);
    since.struct_size = sizeof since;
    since.mark = mark;
    EXPECT(LIASSE_OK, liasse_session_changes(patient, PATIENT, &since, &changes, &error));
    EXPECT(LIASSE_OK, liasse_changes_next_glass(changes, &line, &error));
    CHECK(line == NULL);
    liasse_changes_free(changes);
}

/* How many traces there are of acts between two instants. */
static size_t traces_during(liasse_session *patient, int64_t from, int64_t to) {
    liasse_error *error = NULL;
    liasse_history *traces = NULL;
    const liasse_history_line *line = NULL;
    size_t count = 0;
    EXPECT(LIASSE_OK,
           liasse_session_history_during(patient, PATIENT, from, to, &traces, &error));
    for (;;) {
        EXPECT(LIASSE_OK, liasse_history_next(traces, &line, &error));
        if (line == NULL) break;
        CHECK(line->at >= from && line->at <= to);
        count++;
    }
    liasse_history_free(traces);
    EXPECT(LIASSE_E_VALUE,
           liasse_session_history_during(patient, PATIENT, to, from - 1, &traces, &error));
    return count;
}

static void history(liasse_engine *engine, liasse_id id) {
    liasse_error *error = NULL;
    liasse_history *traces = NULL;
    const liasse_history_line *line = NULL;
    static const char *const motives[] = {"motive of a block", "motive of its end",
                                          "motive of a revocation", "motive of a departure"};
    size_t about = 0, glass = 0, stated = 0;
    int64_t at_of_some = 0;
    liasse_session *patient = holder(engine);
    EXPECT(LIASSE_OK, liasse_session_history(patient, PATIENT, &traces, &error));
    for (;;) {
        size_t at;
        EXPECT(LIASSE_OK, liasse_history_next(traces, &line, &error));
        if (line == NULL) break;
        CHECK(line->struct_size >= sizeof *line);
        CHECK(line->what.length > 0 && line->permitted <= 1);
        at_of_some = line->at;
        if (strcmp(line->what.bytes, "break_glass") == 0) glass++;
        for (at = 0; at < sizeof motives / sizeof motives[0]; at++) {
            if (strstr(line->detail.bytes, motives[at]) != NULL) stated++;
        }
        for (at = 0; at < line->document_count; at++) {
            if (memcmp(&line->documents[at], &id, sizeof id) == 0) about++;
        }
    }
    CHECK(about > 0);
    CHECK(glass > 0);
    CHECK(traces_during(patient, at_of_some, at_of_some) > 0);
    CHECK(traces_during(patient, 0, at_of_some - 1) < traces_during(patient, 0, at_of_some));
    glass_among_changes(patient);
    CHECK(stated == sizeof motives / sizeof motives[0]);
    liasse_history_free(traces);
    liasse_session_close(patient);
}

static void erase(liasse_session *session) {
    liasse_error *error = NULL;
    liasse_receipts *receipts = NULL;
    const liasse_receipt *receipt = NULL;
    EXPECT(LIASSE_OK, liasse_session_erase(session, PATIENT, &receipts, &error));
    EXPECT(LIASSE_OK, liasse_receipts_next(receipts, &receipt, &error));
    CHECK(receipt != NULL && receipt->struct_size >= sizeof *receipt);
    CHECK(receipt->number == 1);
    CHECK(receipt->root.length > 0 && receipt->destruction.length > 0);
    printf("receipt 1: root kept by %s, old root %s\n", receipt->root.bytes,
           receipt->destruction.bytes);
    liasse_receipts_free(receipts);
}

/* A session that outlives its engine's closing reads and writes nothing any more. */
static void after_closing(liasse_session *session, liasse_id id) {
    liasse_error *error = NULL;
    liasse_bytes *bytes = NULL;
    liasse_entries *entries = NULL;
    liasse_deposit what = {0};
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)cough;
    what.length = strlen(cough);
    EXPECT(LIASSE_E_CLOSED, liasse_session_fetch(session, &id, &bytes, &error));
    EXPECT(LIASSE_E_CLOSED, liasse_session_entries(session, PATIENT, LIASSE_STATUSES_ALL,
                                                   &entries, &error));
    EXPECT(LIASSE_E_CLOSED, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    CHECK(bytes == NULL && entries == NULL);
}

int main(int count, char **arguments) {
    const char *folder;
    liasse_error *error = NULL;
    liasse_engine *engine = NULL;
    liasse_session *session;
    liasse_bytes *bytes = NULL;
    liasse_id first, second, dossier;
    liasse_open_options how = {0};

    CHECK(count == 2);
    folder = arguments[1];
    CHECK(LIASSE_VERSION_FITS(liasse_version_number()));
    printf("liasse %s\n", liasse_version_string());

    EXPECT(LIASSE_OK, liasse_key_file_create(path_in(folder, "root.key"), &error));
    how.struct_size = sizeof how;
    how.key_file = path_in(folder, "root.key");
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(folder, "store"), &how, &engine, &error));
    session = doctor(engine);
    EXPECT(LIASSE_OK, liasse_session_open_dossier(session, PATIENT, &dossier, 1, "she asked for it", &error));
    first = deposit(session, cough, LIASSE_OUTCOME_KEPT);
    second = deposit(session, fever, LIASSE_OUTCOME_KEPT);
    ids(first);
    CHECK(list(session) == 2);
    search(session, second);
    fetch(session, first, COUGH_TEXT);
    fetch(session, second, FEVER_TEXT);
    deposit_many(session);
    stats(engine);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    engine = NULL;
    after_closing(session, first);
    liasse_session_close(session);
    verify(path_in(folder, "store"), &how);

    EXPECT(LIASSE_OK, liasse_engine_open(path_in(folder, "store"), &how, &engine, &error));
    session = doctor(engine);
    CHECK(list(session) == 5);
    search(session, second);
    CHECK(memcmp(&first, &second, sizeof first) != 0);
    deposit(session, cough, LIASSE_OUTCOME_ALREADY_PRESENT);
    grants(engine, first);
    emergency(engine, first);
    history(engine, first);
    liasse_session_close(session);

    session = holder(engine);
    EXPECT(LIASSE_OK, liasse_session_close_dossier(session, PATIENT, 1, "she asked for it", &error));
    erase(session);
    EXPECT(LIASSE_E_REFUSED, liasse_session_fetch(session, &first, &bytes, &error));
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    CHECK(bytes == NULL);
    return 0;
}
