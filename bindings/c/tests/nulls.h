/* One of everything that a function of liasse.h can be given, for a program that gives it NULL
 * instead, argument by argument: it is written by the test, which reads the header. */

#ifndef LIASSE_TESTS_NULLS_H
#define LIASSE_TESTS_NULLS_H

#include "arrow.h"
#include "check.h"

struct live {
    const char *folder;
    liasse_answer *answer;
    liasse_backup *backup;
    liasse_bytes *bytes;
    liasse_changes *changes;
    liasse_dossiers *dossiers;
    liasse_engine *engine;
    liasse_entries *entries;
    liasse_error *error;
    liasse_findings *findings;
    liasse_history *history;
    liasse_hits *hits;
    liasse_interrupt *interrupt;
    liasse_kept *kept;
    liasse_outcomes *outcomes;
    liasse_packs *packs;
    liasse_points *points;
    liasse_receipts *receipts;
    liasse_restored *restored;
    liasse_session *session;
    liasse_set_ticket *set_ticket;
    liasse_sinks *sinks;
    liasse_space *space;
    liasse_ticket *ticket;
    liasse_words *words;
    liasse_open_options open_options;
    liasse_session_options session_options;
    liasse_declaration declaration;
    liasse_deposit deposit;
    liasse_erasure erasure;
    liasse_search search;
    liasse_since since;
    liasse_stats stats;
    liasse_progress progress;
    liasse_backup_summary backup_summary;
    liasse_refreshed refreshed;
    liasse_id id;
    const char *texts[1];
    char key[4096];
};

static liasse_error *error = NULL;

static inline int32_t take_part(void *user, const uint8_t *bytes, size_t length) {
    (void)user;
    (void)bytes;
    (void)length;
    return 0;
}

static inline int32_t go_on(void *user, uint64_t copied, uint64_t remaining) {
    (void)user;
    (void)copied;
    (void)remaining;
    return 0;
}

static inline void look_away(void *user, uint32_t error_class, int32_t code, const char *message) {
    (void)user;
    (void)error_class;
    (void)code;
    (void)message;
}

static inline void structs(struct live *live) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    strcpy(live->key, path_in(live->folder, "root.key"));
    live->texts[0] = "x";
    live->open_options.struct_size = sizeof live->open_options;
    live->open_options.key_file = live->key;
    live->open_options.sinks_waived = "a test";
    live->session_options.struct_size = sizeof live->session_options;
    live->session_options.actor = "899900000001";
    live->session_options.profession = "medecin";
    live->session_options.purpose = LIASSE_PURPOSE_CARE;
    live->declaration.struct_size = sizeof live->declaration;
    live->declaration.what = LIASSE_DECLARE_MAJORITY;
    live->deposit = deposit_of(document);
    live->search.struct_size = sizeof live->search;
    live->search.query = "note";
    live->search.query_length = 4;
    live->search.patient = PATIENT;
    live->since.struct_size = sizeof live->since;
    live->erasure.struct_size = sizeof live->erasure;
    live->stats.struct_size = sizeof live->stats;
    live->progress.struct_size = sizeof live->progress;
    live->backup_summary.struct_size = sizeof live->backup_summary;
    live->refreshed.struct_size = sizeof live->refreshed;
}

static inline void lists_of_a_session(struct live *live) {
    const liasse_session *session = live->session;
    liasse_session *panel =
        session_of(live->engine, "899900000001", "medecin", LIASSE_PURPOSE_PANEL);
    EXPECT(LIASSE_OK,
           liasse_session_deposit(session, &live->deposit, &live->id, NULL, NULL, &error));
    live->erasure.session = session;
    live->erasure.document = &live->id;
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, LIASSE_STATUSES_ALL,
                                             &live->entries, &error));
    EXPECT(LIASSE_OK, liasse_session_search(session, &live->search, &live->hits, &error));
    EXPECT(LIASSE_OK, liasse_session_ask(session, &live->search, &live->answer, &error));
    EXPECT(LIASSE_OK, liasse_session_changes(session, PATIENT, NULL, &live->changes, &error));
    EXPECT(LIASSE_OK, liasse_session_my_dossiers(panel, NULL, &live->dossiers, &error));
    EXPECT(LIASSE_OK, liasse_session_points(session, PATIENT, 0, &live->points, &error));
    EXPECT(LIASSE_OK, liasse_session_complete(session, &live->search, 1, &live->words, &error));
    EXPECT(LIASSE_OK, liasse_session_fetch(session, &live->id, &live->bytes, &error));
    EXPECT(LIASSE_OK,
           liasse_session_begin_deposit(session, &live->deposit, &live->ticket, &error));
    EXPECT(LIASSE_OK, liasse_session_begin_deposit_set(session, &live->deposit, 1,
                                                       &live->set_ticket, &error));
    liasse_session_close(panel);
    panel = holder(live->engine);
    EXPECT(LIASSE_OK, liasse_session_history(panel, PATIENT, &live->history, &error));
    liasse_session_close(panel);
}

static inline void lists_of_an_engine(struct live *live) {
    const liasse_engine *engine = live->engine;
    EXPECT(LIASSE_OK, liasse_engine_rotate_root(engine, NULL, &live->receipts, &error));
    EXPECT(LIASSE_OK, liasse_engine_purge_due(engine, &live->outcomes, &error));
    EXPECT(LIASSE_OK, liasse_engine_check(engine, &live->findings, &error));
    EXPECT(LIASSE_OK, liasse_engine_policies(engine, &live->packs, &error));
    EXPECT(LIASSE_OK, liasse_engine_receipts(engine, &live->kept, &error));
    EXPECT(LIASSE_OK, liasse_engine_space(engine, &live->space, &error));
    EXPECT(LIASSE_OK, liasse_engine_sinks(engine, &live->sinks, &error));
    EXPECT(LIASSE_OK, liasse_engine_backup(engine, path_in(live->folder, "backup"), NULL, NULL,
                                           NULL, &error));
    EXPECT(LIASSE_OK, liasse_engine_begin_backup(engine, path_in(live->folder, "backup"),
                                                 &live->backup, &error));
    EXPECT(LIASSE_OK,
           liasse_restore(path_in(live->folder, "backup"), NULL, 0,
                          path_in(live->folder, "restored"), &live->open_options,
                          &live->restored, &error));
}

static inline void alive(struct live *live, const char *folder) {
    memset(live, 0, sizeof *live);
    live->folder = folder;
    structs(live);
    EXPECT(LIASSE_OK, liasse_key_file_create(live->key, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(folder, "store"), &live->open_options,
                                           &live->engine, &error));
    live->session = doctor(live->engine);
    EXPECT(LIASSE_OK, liasse_interrupt_create(&live->interrupt, &error));
    lists_of_a_session(live);
    lists_of_an_engine(live);
    CHECK(liasse_key_file_create(live->key, &live->error) == LIASSE_E_EXISTS);
}

#endif
