/*
 * What a program reads and keeps besides documents: submissions, declarations, data points, words
 * to search for, tables for other programs, receipts and traces.
 *
 * usage: records EMPTY-FOLDER
 */

#include "arrow.h"
#include "check.h"

static liasse_error *error = NULL;

static const char coded[] =
    "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id root=\"1.2.250.1.999.7.1\" extension=\"LAB-1\"/>"
    "<code code=\"11502-2\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"CR\"/>"
    "<title>Biologie</title><effectiveTime value=\"20260114101500+0100\"/>"
    "<confidentialityCode code=\"N\" codeSystem=\"2.16.840.1.113883.5.25\"/>"
    "<languageCode code=\"fr-FR\"/><recordTarget><patientRole>"
    "<id root=\"1.2.250.1.213.1.4.10\" extension=\"299999999999945\"/></patientRole></recordTarget>"
    "<author><time value=\"20260114\"/><assignedAuthor>"
    "<id root=\"1.2.250.1.71.4.2.1\" extension=\"899900000001\"/></assignedAuthor></author>"
    "<component><structuredBody><component><section><title>Bilan</title>"
    "<text>Glyqu\303\251e.</text><entry><observation classCode=\"OBS\" moodCode=\"EVN\">"
    "<code code=\"4548-4\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"HbA1c\"/>"
    "<effectiveTime value=\"20260114\"/><value value=\"6.5\" unit=\"%\"/></observation></entry>"
    "<entry><observation classCode=\"OBS\" moodCode=\"EVN\" negationInd=\"true\">"
    "<code code=\"48765-2\"/><value code=\"91936005\" codeSystem=\"2.16.840.1.113883.6.96\" "
    "displayName=\"P\303\251nicilline\"/></observation></entry>"
    "</section></component></structuredBody></component></ClinicalDocument>";

/* All of a submission is kept, or none. */
static void submissions(liasse_session *session) {
    static const char first[] = DOCUMENT("31", "Toux", "Toux depuis trois jours.");
    static const char second[] = DOCUMENT("32", "Suivi", "Angine.");
    static const char third[] = DOCUMENT("33", "Suivi", "Pas de fi\\u00e8vre.");
    liasse_deposit set[2], wrong[2];
    liasse_id documents[2] = {{{0}}, {{0}}}, dossier = {{0}}, again[2];
    uint32_t outcomes[2] = {0, 0};
    liasse_set_ticket *ticket = NULL;
    set[0] = deposit_of(first);
    set[1] = deposit_of(second);
    wrong[0] = deposit_of(third);
    wrong[1] = deposit_of("{}");
    EXPECT(LIASSE_E_DOCUMENT_SYNTAX, liasse_session_deposit_set(session, wrong, 2, documents, NULL,
                                                                NULL, &error));
    EXPECT(LIASSE_OK, liasse_session_deposit_set(session, set, 2, documents, &dossier, outcomes,
                                                 &error));
    CHECK(outcomes[0] == LIASSE_OUTCOME_KEPT && outcomes[1] == LIASSE_OUTCOME_KEPT);
    CHECK(memcmp(&documents[0], &documents[1], sizeof documents[0]) != 0);
    set[0] = deposit_of(third);
    EXPECT(LIASSE_OK, liasse_session_begin_deposit_set(session, set, 2, &ticket, &error));
    EXPECT(LIASSE_E_LENGTH, liasse_set_ticket_wait(ticket, 1, again, NULL, NULL, &error));
    EXPECT(LIASSE_E_POINTER, liasse_set_ticket_wait(ticket, 2, NULL, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_set_ticket_wait(ticket, 2, again, NULL, outcomes, &error));
    CHECK(outcomes[0] == LIASSE_OUTCOME_KEPT && outcomes[1] == LIASSE_OUTCOME_ALREADY_PRESENT);
    CHECK(memcmp(&again[1], &documents[1], sizeof again[1]) == 0);
    EXPECT(LIASSE_OK, liasse_set_ticket_wait(ticket, 2, again, &dossier, NULL, &error));
    liasse_set_ticket_free(ticket);
    EXPECT(LIASSE_E_INVALID,
           liasse_session_deposit_set(session, NULL, 0, NULL, NULL, NULL, &error));
}

static void points(liasse_session *session) {
    liasse_points *points = NULL;
    const liasse_point *point = NULL;
    liasse_deposit what = deposit_of(coded);
    liasse_id id;
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_session_points(session, PATIENT, 0, &points, &error));
    EXPECT(LIASSE_OK, liasse_points_next(points, &point, &error));
    CHECK(point != NULL && point->struct_size >= sizeof *point);
    CHECK(memcmp(&point->document, &id, sizeof id) == 0);
    CHECK(point->kind == LIASSE_POINT_OBSERVATION && point->has_at == 1 && point->negated == 0);
    CHECK(strcmp(point->value.bytes, "6.5") == 0 && strcmp(point->unit.bytes, "%") == 0);
    EXPECT(LIASSE_OK, liasse_points_next(points, &point, &error));
    CHECK(point->negated == 1 && point->has_at == 0 && point->at == 0);
    CHECK(strcmp(point->value.bytes, "91936005") == 0);
    EXPECT(LIASSE_OK, liasse_points_next(points, &point, &error));
    CHECK(point == NULL);
    liasse_points_free(points);
}

static void text_is(const struct ArrowArray *column, int64_t row, liasse_text text) {
    const int64_t *ends = (const int64_t *)column->buffers[1];
    CHECK((size_t)(ends[row + 1] - ends[row]) == text.length);
    CHECK(memcmp((const char *)column->buffers[2] + ends[row], text.bytes, text.length) == 0);
}

/* The same rows as an Arrow stream; a column that was moved out outlives all else. */
static void entries_streamed(liasse_session *session) {
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray array, titles;
    liasse_entries *entries = NULL;
    const liasse_entry *entry = NULL;
    int64_t row, column;
    EXPECT(LIASSE_OK, liasse_session_entries_arrow(session, PATIENT, 0, &stream, &error));
    CHECK(stream.get_last_error(&stream) == NULL);
    CHECK(stream.get_schema(&stream, &schema) == 0);
    CHECK(strcmp(schema.format, "+s") == 0 && schema.n_children == 16);
    CHECK(strcmp(schema.children[0]->format, "w:16") == 0 && schema.children[0]->flags == 0);
    CHECK(strcmp(schema.children[12]->name, "title") == 0);
    CHECK(stream.get_next(&stream, &array) == 0);
    CHECK(array.release != NULL && array.n_children == 16 && array.length == 4);
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    for (row = 0; row < array.length; row++) {
        EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
        CHECK(entry != NULL);
        CHECK(memcmp((const char *)array.children[0]->buffers[1] + row * 16,
                     entry->document.bytes, 16) == 0);
        CHECK(((const int64_t *)array.children[3]->buffers[1])[row] == entry->creation_time);
        CHECK(((const uint64_t *)array.children[5]->buffers[1])[row] == entry->size);
        CHECK(((const uint32_t *)array.children[8]->buffers[1])[row] == entry->version);
        text_is(array.children[12], row, entry->title);
        text_is(array.children[15], row, entry->mime_type);
    }
    EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
    CHECK(entry == NULL);
    liasse_entries_free(entries);
    for (column = 0; column < array.n_children; column++) {
        CHECK(array.children[column]->length == array.length);
        CHECK(array.children[column]->null_count == 0);
    }
    titles = *array.children[12];
    array.children[12]->release = NULL;
    array.release(&array);
    CHECK(array.release == NULL);
    CHECK(stream.get_next(&stream, &array) == 0 && array.release == NULL);
    CHECK(stream.get_schema(&stream, NULL) != 0 && stream.get_last_error(&stream) != NULL);
    CHECK(stream.get_next(&stream, NULL) != 0 && stream.get_last_error(&stream)[0] != '\0');
    CHECK(stream.get_next(&stream, &array) == 0 && stream.get_last_error(&stream) == NULL);
    stream.release(&stream);
    CHECK(stream.release == NULL);
    CHECK(((const int64_t *)titles.buffers[1])[titles.length] > 0);
    CHECK(((const char *)titles.buffers[2])[0] != '\0');
    titles.release(&titles);
    schema.release(&schema);
    /* A stream of which nothing was taken. */
    EXPECT(LIASSE_OK, liasse_session_entries_arrow(session, PATIENT, 0, &stream, &error));
    stream.release(&stream);
}

static void points_streamed(liasse_session *session) {
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray array;
    const struct ArrowArray *at;
    liasse_points *points = NULL;
    const liasse_point *point = NULL;
    int64_t row;
    EXPECT(LIASSE_OK, liasse_session_points_arrow(session, PATIENT, 0, &stream, &error));
    CHECK(stream.get_schema(&stream, &schema) == 0 && schema.n_children == 12);
    CHECK(strcmp(schema.children[2]->name, "at") == 0 && schema.children[2]->flags == 2);
    CHECK(stream.get_next(&stream, &array) == 0 && array.length == 2);
    stream.release(&stream);
    at = array.children[2];
    CHECK(at->null_count == 1 && ((const uint8_t *)at->buffers[0])[0] == 1);
    CHECK(((const uint8_t *)array.children[4]->buffers[1])[0] == 2);
    EXPECT(LIASSE_OK, liasse_session_points(session, PATIENT, 0, &points, &error));
    for (row = 0; row < array.length; row++) {
        EXPECT(LIASSE_OK, liasse_points_next(points, &point, &error));
        CHECK(((const int64_t *)at->buffers[1])[row] == point->at);
        CHECK(((const uint32_t *)array.children[3]->buffers[1])[row] == point->kind);
        text_is(array.children[5], row, point->code);
        text_is(array.children[8], row, point->value);
        text_is(array.children[11], row, point->value_label);
    }
    liasse_points_free(points);
    array.release(&array);
    schema.release(&schema);
}

static liasse_search words(const char *query) {
    liasse_search what = {0};
    what.struct_size = sizeof what;
    what.query = query;
    what.query_length = strlen(query);
    what.patient = PATIENT;
    return what;
}

static void suggestions(liasse_session *session) {
    liasse_search what = words("tou");
    liasse_words *proposed = NULL;
    const liasse_text *word = NULL;
    liasse_bytes *meant = NULL;
    EXPECT(LIASSE_OK, liasse_session_complete(session, &what, 5, &proposed, &error));
    EXPECT(LIASSE_OK, liasse_words_next(proposed, &word, &error));
    CHECK(word != NULL && word->length == 4 && strcmp(word->bytes, "toux") == 0);
    EXPECT(LIASSE_OK, liasse_words_next(proposed, &word, &error));
    CHECK(word == NULL);
    liasse_words_free(proposed);
    what = words("angime");
    EXPECT(LIASSE_OK, liasse_session_did_you_mean(session, &what, &meant, &error));
    CHECK(liasse_bytes_length(meant) == 6 && memcmp(liasse_bytes_data(meant), "angine", 6) == 0);
    liasse_bytes_free(meant);
    what = words("angine");
    EXPECT(LIASSE_OK, liasse_session_did_you_mean(session, &what, &meant, &error));
    CHECK(meant == NULL);
}

/* What the document says where it answers; or no text of it at all. */
static void marks(liasse_session *session) {
    liasse_search what = words("fi\303\250vre");
    liasse_hits *hits = NULL;
    const liasse_hit *hit = NULL;
    EXPECT(LIASSE_OK, liasse_session_search(session, &what, &hits, &error));
    EXPECT(LIASSE_OK, liasse_hits_next(hits, &hit, &error));
    CHECK(hit != NULL && hit->highlight_count == 1 && hit->said[0] == LIASSE_SAID_NEGATED);
    liasse_hits_free(hits);
    what.without_snippets = 1;
    EXPECT(LIASSE_OK, liasse_session_search(session, &what, &hits, &error));
    EXPECT(LIASSE_OK, liasse_hits_next(hits, &hit, &error));
    CHECK(hit != NULL && hit->snippet.length == 0 && hit->highlights == NULL && hit->said == NULL);
    liasse_hits_free(hits);
    what.without_snippets = 2;
    EXPECT(LIASSE_E_VALUE, liasse_session_search(session, &what, &hits, &error));
}

static void declarations(liasse_engine *engine) {
    liasse_declaration what = {0};
    static const uint32_t order[] = {LIASSE_DECLARE_TEAM, LIASSE_DECLARE_LEFT_TEAM,
                                     LIASSE_DECLARE_REPRESENTED, LIASSE_DECLARE_NOT_REPRESENTED,
                                     LIASSE_DECLARE_MAJORITY};
    size_t at;
    what.struct_size = sizeof what;
    what.who = "899900000002";
    what.until = LIASSE_FOREVER;
    for (at = 0; at < sizeof order / sizeof *order; at++) {
        what.what = order[at];
        what.kind = LIASSE_ROLE_LEGAL;
        EXPECT(LIASSE_OK, liasse_engine_declare(engine, PATIENT, &what, &error));
    }
    what.what = LIASSE_DECLARE_TEAM;
    what.kind = 3;
    EXPECT(LIASSE_E_VALUE, liasse_engine_declare(engine, PATIENT, &what, &error));
    what.what = LIASSE_DECLARE_REPRESENTED;
    what.kind = 4;
    EXPECT(LIASSE_E_VALUE, liasse_engine_declare(engine, PATIENT, &what, &error));
    what.what = 6;
    EXPECT(LIASSE_E_VALUE, liasse_engine_declare(engine, PATIENT, &what, &error));
    what.what = LIASSE_DECLARE_TEAM;
    what.kind = LIASSE_PARTY_ACTOR;
    what.who = NULL;
    EXPECT(LIASSE_E_POINTER, liasse_engine_declare(engine, PATIENT, &what, &error));
    what.who = "";
    EXPECT(LIASSE_E_INVALID, liasse_engine_declare(engine, PATIENT, &what, &error));
    /* Whoever forgets the end is told, and has not declared what ended in 1970. */
    what.who = "899900000002";
    what.until = 0;
    CHECK(liasse_engine_declare(engine, PATIENT, &what, &error) == LIASSE_E_VALUE);
    CHECK(strstr(liasse_error_hint(error), "LIASSE_FOREVER") != NULL);
    liasse_error_free(error);
    error = NULL;
    what.what = LIASSE_DECLARE_REPRESENTED;
    what.kind = LIASSE_ROLE_LEGAL;
    EXPECT(LIASSE_E_VALUE, liasse_engine_declare(engine, PATIENT, &what, &error));
    what.what = LIASSE_DECLARE_MAJORITY;
    EXPECT(LIASSE_OK, liasse_engine_declare(engine, PATIENT, &what, &error));
}

static void operators(liasse_engine *engine, const char *sink) {
    liasse_stats stats = {0};
    liasse_space *space = NULL;
    const liasse_space_used *used = NULL;
    liasse_sinks *sinks = NULL;
    const liasse_sink *found = NULL;
    liasse_bytes *key = NULL;
    uint64_t bytes = 0, gone = 99;
    stats.struct_size = sizeof stats;
    EXPECT(LIASSE_OK, liasse_engine_stats(engine, &stats, &error));
    CHECK(stats.commit > 0 && stats.free_bytes > 0 && stats.amplification_percent >= 100);
    EXPECT(LIASSE_OK, liasse_engine_space(engine, &space, &error));
    for (;;) {
        EXPECT(LIASSE_OK, liasse_space_next(space, &used, &error));
        if (used == NULL) break;
        CHECK(used->struct_size >= sizeof *used && used->kind.length > 0);
        bytes += used->bytes;
    }
    liasse_space_free(space);
    CHECK(bytes > 0);
    EXPECT(LIASSE_OK, liasse_engine_sinks(engine, &sinks, &error));
    EXPECT(LIASSE_OK, liasse_sinks_next(sinks, &found, &error));
    CHECK(found != NULL && found->struct_size >= sizeof *found);
    CHECK(strstr(found->place.bytes, sink) != NULL && found->failure.length == 0);
    EXPECT(LIASSE_OK, liasse_sinks_next(sinks, &found, &error));
    CHECK(found == NULL);
    liasse_sinks_free(sinks);
    EXPECT(LIASSE_OK, liasse_engine_checkpoint_key(engine, &key, &error));
    CHECK(liasse_bytes_length(key) > 32);
    EXPECT(LIASSE_OK, liasse_engine_pin(engine, &error));
    liasse_bytes_free(key);
    EXPECT(LIASSE_OK, liasse_engine_retain(engine, LIASSE_TRACES_READING, 36, &gone, &error));
    CHECK(gone == 0);
    EXPECT(LIASSE_E_VALUE, liasse_engine_retain(engine, 7, 36, &gone, &error));
    EXPECT(LIASSE_E_VALUE,
           liasse_engine_retain(engine, LIASSE_TRACES_ERASURE, 70000, NULL, &error));
    EXPECT(LIASSE_E_INVALID, liasse_engine_retain(engine, LIASSE_TRACES_REFUSAL, 0, NULL, &error));
}

struct steps {
    const liasse_engine *engine;
    int calls;
    int32_t answer;
};

static int32_t step(void *user, uint64_t done, uint64_t left) {
    struct steps *steps = user;
    CHECK(done > 0 && left < 100);
    CHECK(liasse_engine_settle(steps->engine, NULL) == LIASSE_E_REENTERED);
    steps->calls++;
    return steps->answer;
}

static void reindexing(liasse_engine *engine) {
    struct steps steps = {engine, 0, 0};
    uint64_t documents = 99, done = 99;
    EXPECT(LIASSE_OK, liasse_engine_reindex(engine, LIASSE_REINDEX_NEEDED, step, &steps,
                                            &documents, &done, &error));
    CHECK(documents == 0 && done == 0 && steps.calls == 0);
    EXPECT(LIASSE_OK, liasse_engine_reindex(engine, LIASSE_REINDEX_EVERYTHING, step, &steps,
                                            &documents, &done, &error));
    CHECK(documents > 0 && done == (uint64_t)steps.calls && steps.calls > 0);
    steps.answer = 1;
    documents = 99;
    EXPECT(LIASSE_E_CANCELLED, liasse_engine_reindex(engine, LIASSE_REINDEX_EVERYTHING, step,
                                                     &steps, &documents, NULL, &error));
    CHECK(documents == 99);
    EXPECT(LIASSE_OK, liasse_engine_reindex(engine, LIASSE_REINDEX_EVERYTHING, NULL, NULL, NULL,
                                            NULL, &error));
    EXPECT(LIASSE_E_VALUE, liasse_engine_reindex(engine, 2, NULL, NULL, NULL, NULL, &error));
}

static void traces(liasse_session *own) {
    liasse_bytes *events = NULL;
    EXPECT(LIASSE_OK, liasse_session_audit_events(own, PATIENT, "records", "localhost", &events,
                                                  &error));
    CHECK(liasse_bytes_length(events) > 100 && liasse_bytes_data(events)[0] == '{');
    size_t whole = liasse_bytes_length(events);
    liasse_bytes_free(events);
    EXPECT(LIASSE_OK,
           liasse_session_audit_events_during(own, PATIENT, INT64_MIN, INT64_MAX, "records",
                                              "localhost", &events, &error));
    CHECK(liasse_bytes_length(events) >= whole);
    liasse_bytes_free(events);
    EXPECT(LIASSE_OK, liasse_session_audit_events_during(own, PATIENT, 0, 1, "records",
                                                         "localhost", &events, &error));
    CHECK(liasse_bytes_length(events) == 0);
    liasse_bytes_free(events);
    EXPECT(LIASSE_E_VALUE, liasse_session_audit_events_during(own, PATIENT, 1, 0, "records",
                                                              "localhost", &events, &error));
    EXPECT(LIASSE_E_POINTER,
           liasse_session_audit_events(own, PATIENT, NULL, "localhost", &events, &error));
}

static void receipts(liasse_engine *engine, liasse_session *own) {
    liasse_receipts *given = NULL;
    liasse_kept *kept = NULL;
    const liasse_kept_receipt *receipt = NULL;
    int64_t numbers = 0;
    EXPECT(LIASSE_OK, liasse_session_close_dossier(own, PATIENT, 1, "she asked for it", &error));
    EXPECT(LIASSE_OK, liasse_session_erase(own, PATIENT, &given, &error));
    liasse_receipts_free(given);
    EXPECT(LIASSE_OK, liasse_engine_receipts(engine, &kept, &error));
    for (;;) {
        EXPECT(LIASSE_OK, liasse_kept_next(kept, &receipt, &error));
        if (receipt == NULL) break;
        CHECK(receipt->struct_size >= sizeof *receipt && receipt->at > 0);
        CHECK(receipt->receipt->root.length > 0);
        numbers += receipt->receipt->number;
    }
    liasse_kept_free(kept);
    CHECK(numbers == 3);
    EXPECT(LIASSE_OK, liasse_engine_finish_erasures(engine, &kept, &error));
    EXPECT(LIASSE_OK, liasse_kept_next(kept, &receipt, &error));
    CHECK(receipt == NULL);
    liasse_kept_free(kept);
    EXPECT(LIASSE_OK, liasse_engine_finish_erasures(engine, NULL, &error));
}

int main(int count, char **arguments) {
    static char key[4096], sink[4096], store[4096], anchor[4096];
    static const char synonyms[] = "glyqu\303\251e\tHbA1c\n";
    static const uint32_t durable[] = {LIASSE_PURPOSE_CARE, LIASSE_PURPOSE_HOLDER};
    const char *sinks[1];
    liasse_open_options how = {0};
    liasse_engine *engine = NULL;
    liasse_session *session, *own;

    CHECK(count == 2);
    strcpy(key, path_in(arguments[1], "root.key"));
    strcpy(sink, path_in(arguments[1], "sink"));
    strcpy(store, path_in(arguments[1], "store"));
    strcpy(anchor, path_in(arguments[1], "anchor"));
    sinks[0] = sink;
    how.struct_size = sizeof how;
    how.key_file = key;
    how.sinks = sinks;
    how.sink_count = 1;
    how.anchor_file = anchor;
    how.synonyms = synonyms;
    how.synonyms_length = strlen(synonyms);
    how.durable_purposes = durable;
    how.durable_purpose_count = sizeof durable / sizeof durable[0];
    how.damaged_index = LIASSE_INDEX_SET_ASIDE;
    EXPECT(LIASSE_OK, liasse_key_file_create(key, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(store, &how, &engine, &error));
    session = doctor(engine);
    submissions(session);
    points(session);
    entries_streamed(session);
    points_streamed(session);
    suggestions(session);
    marks(session);
    declarations(engine);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    liasse_session_close(session);
    engine = NULL;
    EXPECT(LIASSE_OK, liasse_engine_open(store, &how, &engine, &error));
    operators(engine, sink);
    reindexing(engine);
    own = holder(engine);
    traces(own);
    receipts(engine, own);
    liasse_session_close(own);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    engine = NULL;
    how.damaged_index = 2;
    EXPECT(LIASSE_E_VALUE, liasse_engine_open(store, &how, &engine, &error));
    how.damaged_index = 0;
    how.frequencies = "\377";
    how.frequencies_length = 1;
    EXPECT(LIASSE_E_TEXT, liasse_engine_open(store, &how, &engine, &error));
    CHECK(engine == NULL);
    return 0;
}
