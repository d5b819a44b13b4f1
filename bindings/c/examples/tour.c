/*
 * A tour in C: makes a store, deposits, lists, searches, fetches, is refused. The tours in the
 * other languages print the same lines.
 *
 * usage: tour EMPTY-FOLDER
 */

#include <liasse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENT "299999999999945@1.2.250.1.213.1.4.10"
#define DOCUMENT(number, title, text)                                                         \
    "{\"liasse_document\":1,\"unique_id\":\"1.2.250.1.213.1.1.9999^" number "\","             \
    "\"type\":{\"code\":\"11488-4\"},\"title\":\"" title "\","                                \
    "\"creation_time\":\"2026-01-0" number "T12:00:00Z\",\"text\":\"" text "\","                       \
    "\"authors\":[{\"id\":\"1.2.250.1.71.4.2.1^899900000001\","                               \
    "\"person\":{\"family\":\"SPECIMEN\"}}],"                                                 \
    "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","                                \
    "\"oid\":\"1.2.250.1.213.1.4.10\"}}}"

static liasse_error *error = NULL;

/* Ends the program when a call fails that should not. */
static void must(int32_t code) {
    if (code == LIASSE_OK) return;
    fprintf(stderr, "%s; %s\n", liasse_error_message(error), liasse_error_hint(error));
    liasse_error_free(error);
    exit(1);
}

static liasse_session *session_of(const liasse_engine *engine, const char *actor) {
    liasse_session_options who = {0};
    liasse_session *session = NULL;
    who.struct_size = sizeof who;
    who.actor = actor;
    who.profession = "medecin";
    who.purpose = LIASSE_PURPOSE_CARE;
    must(liasse_session_open(engine, &who, &session, &error));
    return session;
}

static liasse_id deposit(const liasse_session *session, const char *document) {
    liasse_deposit what = {0};
    liasse_id id;
    uint32_t outcome;
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)document;
    what.length = strlen(document);
    what.absent = LIASSE_ABSENT_OPEN;
    must(liasse_session_deposit(session, &what, &id, NULL, &outcome, &error));
    printf("deposited: %s\n", outcome == LIASSE_OUTCOME_KEPT ? "kept" : "already there");
    return id;
}

static void list(const liasse_session *session) {
    liasse_entries *entries = NULL;
    const liasse_entry *entry = NULL;
    must(liasse_session_entries(session, PATIENT, LIASSE_STATUSES_APPROVED, &entries, &error));
    for (;;) {
        must(liasse_entries_next(entries, &entry, &error));
        if (entry == NULL) break;
        printf("%s, %s, %u bytes, %lld\n", entry->title.bytes, entry->author.bytes,
               (unsigned)entry->size, (long long)entry->creation_time);
    }
    liasse_entries_free(entries);
}

static void search(const liasse_session *session, const char *query) {
    liasse_search what = {0};
    liasse_answer *answer = NULL;
    const liasse_hit *hit = NULL;
    const liasse_count *count = NULL;
    what.struct_size = sizeof what;
    what.form = LIASSE_FORM_JSON;
    what.query = query;
    what.query_length = strlen(query);
    must(liasse_session_ask(session, &what, &answer, &error));
    for (;;) {
        must(liasse_answer_next_hit(answer, &hit, &error));
        if (hit == NULL) break;
        printf("found: %s, at byte %u\n", hit->snippet.bytes, (unsigned)hit->highlights[0].from);
    }
    for (;;) {
        must(liasse_answer_next_count(answer, &count, &error));
        if (count == NULL) break;
        printf("%s %s: %u\n", count->facet.bytes, count->group.bytes, (unsigned)count->documents);
    }
    liasse_answer_free(answer);
}

int main(int argc, char **argv) {
    char key[1024], store[1024];
    liasse_open_options how = {0};
    liasse_engine *engine = NULL;
    liasse_session *session, *other;
    liasse_bytes *bytes = NULL;
    liasse_id id;
    if (argc != 2) return 2;
    if (!LIASSE_VERSION_FITS(liasse_version_number())) {
        fprintf(stderr, "built for another version than Liasse %s\n", liasse_version_string());
        return 3;
    }
    snprintf(key, sizeof key, "%s/root.key", argv[1]);
    snprintf(store, sizeof store, "%s/store", argv[1]);
    printf("liasse %s\n", liasse_version_string());
    must(liasse_key_file_create(key, &error));
    how.struct_size = sizeof how;
    how.key_file = key;
    must(liasse_engine_create(store, &how, &engine, &error));

    session = session_of(engine, "899900000001");
    id = deposit(session, DOCUMENT("1", "Consultation", "Toux depuis trois jours."));
    deposit(session, DOCUMENT("2", "Suivi", "La fi\303\250vre a baiss\303\251."));
    deposit(session, DOCUMENT("1", "Consultation", "Toux depuis trois jours."));
    list(session);
    search(session, "{\"query\":\"fievre\",\"patient\":\"" PATIENT "\",\"facets\":[\"type\"]}");
    must(liasse_session_fetch(session, &id, &bytes, &error));
    printf("fetched: %.*s\n", (int)liasse_bytes_length(bytes),
           (const char *)liasse_bytes_data(bytes));
    liasse_bytes_free(bytes);

    other = session_of(engine, "899900000002");
    bytes = NULL;
    printf("another: %s, ", liasse_code_name(liasse_session_fetch(other, &id, &bytes, &error)));
    printf("%s\n", liasse_error_message(error));
    liasse_error_free(error);
    error = NULL;
    liasse_session_close(other);
    liasse_session_close(session);
    must(liasse_engine_close(engine, &error));
    printf("closed\n");
    return 0;
}
