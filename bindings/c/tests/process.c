/*
 * What the header says of threads and processes: one session serves many threads at a time, and
 * a forked process is told that the handles it inherited are not its own.
 *
 * usage: process EMPTY-FOLDER
 */

#define _POSIX_C_SOURCE 200809L

#include "arrow.h"
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, DOCUMENTS = 3 };

/* Memory that one small deposit may need, and not two. */
enum { ONE_DEPOSIT = (4 << 20) + (32 << 10) };

static const char *const documents[THREADS][DOCUMENTS] = {
    {DOCUMENT("11", "A", "Toux."), DOCUMENT("12", "B", "Toux."), DOCUMENT("13", "C", "Toux.")},
    {DOCUMENT("21", "A", "Toux."), DOCUMENT("22", "B", "Toux."), DOCUMENT("23", "C", "Toux.")},
    {DOCUMENT("31", "A", "Toux."), DOCUMENT("32", "B", "Toux."), DOCUMENT("33", "C", "Toux.")},
};

struct work {
    const liasse_session *session;
    const char *const *documents;
};

static size_t count(const liasse_session *session) {
    liasse_error *error = NULL;
    liasse_search what = {0};
    uint64_t found = 0;
    what.struct_size = sizeof what;
    what.query = "toux";
    what.query_length = 4;
    what.patient = PATIENT;
    EXPECT(LIASSE_OK, liasse_session_count(session, &what, &found, &error));
    return (size_t)found;
}

/* Deposits, and finds what it deposited whatever the others do meanwhile. */
static void *deposit(void *given) {
    const struct work *work = given;
    liasse_error *error = NULL;
    size_t at;
    for (at = 0; at < DOCUMENTS; at++) {
        liasse_id id;
        liasse_bytes *bytes = NULL;
        liasse_deposit what = {0};
        what.struct_size = sizeof what;
        what.bytes = (const uint8_t *)work->documents[at];
        what.length = strlen(work->documents[at]);
        what.absent = LIASSE_ABSENT_OPEN;
        EXPECT(LIASSE_OK,
               liasse_session_deposit(work->session, &what, &id, NULL, NULL, &error));
        EXPECT(LIASSE_OK, liasse_session_fetch(work->session, &id, &bytes, &error));
        CHECK(liasse_bytes_length(bytes) == strlen("Toux."));
        liasse_bytes_free(bytes);
        CHECK(count(work->session) > at);
    }
    return NULL;
}

static void threads(const liasse_session *session) {
    pthread_t started[THREADS];
    struct work work[THREADS];
    size_t at;
    for (at = 0; at < THREADS; at++) {
        work[at].session = session;
        work[at].documents = documents[at];
        CHECK(pthread_create(&started[at], NULL, deposit, &work[at]) == 0);
    }
    for (at = 0; at < THREADS; at++) CHECK(pthread_join(started[at], NULL) == 0);
    CHECK(count(session) == THREADS * DOCUMENTS);
}

struct asking {
    const liasse_session *session;
    int32_t told[2];
};

/* Lists and searches again and again; what it is told is the same each time. */
static void *ask(void *given) {
    struct asking *asking = given;
    liasse_search what = {0};
    int turn;
    what.struct_size = sizeof what;
    what.query = "toux";
    what.query_length = 4;
    what.patient = PATIENT;
    for (turn = 0; turn < 5; turn++) {
        liasse_entries *entries = NULL;
        uint64_t count = 0;
        int32_t told[2];
        told[0] = liasse_session_entries(asking->session, PATIENT, 0, &entries, NULL);
        told[1] = liasse_session_count(asking->session, &what, &count, NULL);
        CHECK((told[0] == LIASSE_OK) == (entries != NULL));
        liasse_entries_free(entries);
        CHECK(turn == 0 || memcmp(told, asking->told, sizeof told) == 0);
        memcpy(asking->told, told, sizeof told);
    }
    return NULL;
}

/* A session of each purpose, used by two threads at a time. */
static void purposes(const liasse_engine *engine) {
    uint32_t purpose;
    int opened = 0;
    for (purpose = LIASSE_PURPOSE_CARE; purpose <= LIASSE_PURPOSE_CONTRACT; purpose++) {
        pthread_t started[2];
        struct asking asking[2];
        liasse_session *session = NULL;
        liasse_session_options who = {0};
        size_t at;
        who.struct_size = sizeof who;
        who.actor = "899900000001";
        who.profession = "medecin";
        who.purpose = purpose;
        who.patient = purpose == LIASSE_PURPOSE_HOLDER ? PATIENT : NULL;
        if (liasse_session_open(engine, &who, &session, NULL) != LIASSE_OK) continue;
        opened++;
        for (at = 0; at < 2; at++) {
            asking[at].session = session;
            CHECK(pthread_create(&started[at], NULL, ask, &asking[at]) == 0);
        }
        for (at = 0; at < 2; at++) CHECK(pthread_join(started[at], NULL) == 0);
        CHECK(memcmp(asking[0].told, asking[1].told, sizeof asking[0].told) == 0);
        liasse_session_close(session);
    }
    CHECK(opened >= 7);
}

/* Steps a cursor that another thread made, and frees it. */
static void *step_through(void *given) {
    liasse_entries *entries = given;
    const liasse_entry *entry = NULL;
    size_t rows = 0;
    do {
        CHECK(liasse_entries_next(entries, &entry, NULL) == LIASSE_OK);
        rows += entry != NULL;
    } while (entry != NULL);
    CHECK(rows == THREADS * DOCUMENTS);
    liasse_entries_free(entries);
    return NULL;
}

static void handed_over(const liasse_session *session) {
    liasse_error *error = NULL;
    liasse_entries *entries = NULL;
    pthread_t started;
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    CHECK(pthread_create(&started, NULL, step_through, entries) == 0);
    CHECK(pthread_join(started, NULL) == 0);
}

/* In the child: the ticket that the parent waits with holds nothing of the child's memory, whose
 * limit is the parent's. */
static void free_budget(const char *store, const liasse_open_options *how) {
    static const char document[] = DOCUMENT("41", "D", "Toux.");
    liasse_deposit given = deposit_of(document);
    liasse_error *error = NULL;
    liasse_engine *own = NULL;
    liasse_session *session;
    liasse_id id;
    char place[4096], key[4096];
    liasse_open_options with = *how;
    snprintf(place, sizeof place, "%s-of-child", store);
    snprintf(key, sizeof key, "%s-of-child.key", store);
    with.key_file = key;
    EXPECT(LIASSE_OK, liasse_key_file_create(key, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(place, &with, &own, &error));
    session = doctor(own);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &given, &id, NULL, NULL, &error));
    CHECK(liasse_memory_limit(1024) == ONE_DEPOSIT);
    EXPECT(LIASSE_E_BUDGET, liasse_session_deposit(session, &given, &id, NULL, NULL, &error));
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(own, &error));
}

/* In the child: nothing inherited is used, nothing hangs, the store is the parent's. */
static void child(liasse_engine *engine, liasse_session *session, liasse_entries *entries,
                  struct ArrowArrayStream *stream, const char *store,
                  const liasse_open_options *how) {
    liasse_error *error = NULL;
    struct ArrowArray array;
    liasse_bytes *bytes = NULL;
    liasse_engine *own = NULL;
    const liasse_entry *entry = NULL;
    liasse_id id = {{0}};
    EXPECT(LIASSE_E_FORKED, liasse_session_fetch(session, &id, &bytes, &error));
    EXPECT(LIASSE_E_FORKED, liasse_entries_next(entries, &entry, &error));
    CHECK(stream->get_next(stream, &array) != 0);
    CHECK(strstr(stream->get_last_error(stream), "forked") != NULL);
    stream->release(stream);
    EXPECT(LIASSE_E_BUSY, liasse_engine_open(store, how, &own, &error));
    liasse_entries_free(entries);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    free_budget(store, how);
}

/* A log callback that does not return before it may. */
struct gate {
    int entered[2];
    int let_out[2];
};

static void hold(void *user, uint32_t error_class, int32_t code, const char *message) {
    struct gate *gate = user;
    char byte = 0;
    (void)error_class;
    (void)code;
    (void)message;
    CHECK(write(gate->entered[1], &byte, 1) == 1);
    CHECK(read(gate->let_out[0], &byte, 1) == 1);
}

static void note(void *user, uint32_t error_class, int32_t code, const char *message) {
    (void)error_class;
    (void)message;
    *(int32_t *)user = code;
}

/* What the operator is told of. */
static void *open_nothing(void *given) {
    liasse_engine *engine = NULL;
    liasse_open_options how = {0};
    how.struct_size = sizeof how;
    how.key_file = given;
    CHECK(liasse_engine_open(given, &how, &engine, NULL) == LIASSE_E_NOT_A_STORE);
    return NULL;
}

/* A process that is forked off while another thread is in the log callback has no such thread,
 * and waits for none. */
static void forked_beside_a_log(char *nothing) {
    liasse_error *error = NULL;
    struct gate gate;
    pthread_t logging;
    pid_t forked;
    int status = 1;
    char byte = 0;
    CHECK(pipe(gate.entered) == 0 && pipe(gate.let_out) == 0);
    EXPECT(LIASSE_OK, liasse_log_to(hold, &gate, &error));
    CHECK(pthread_create(&logging, NULL, open_nothing, nothing) == 0);
    CHECK(read(gate.entered[0], &byte, 1) == 1);
    forked = fork();
    CHECK(forked >= 0);
    if (forked == 0) {
        int32_t noted = LIASSE_OK;
        /* Ends the child, and the test, when one of these calls does not return. */
        alarm(60);
        EXPECT(LIASSE_OK, liasse_log_to(note, &noted, &error));
        open_nothing(nothing);
        CHECK(noted == LIASSE_E_NOT_A_STORE);
        raise(SIGKILL);
    }
    CHECK(waitpid(forked, &status, 0) == forked);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK(write(gate.let_out[1], &byte, 1) == 1);
    CHECK(pthread_join(logging, NULL) == 0);
    EXPECT(LIASSE_OK, liasse_log_to(NULL, NULL, &error));
}

int main(int argc, char **arguments) {
    char nothing[4096];
    const char *store;
    liasse_error *error = NULL;
    liasse_engine *engine = NULL;
    liasse_session *session = NULL;
    liasse_entries *entries = NULL;
    liasse_ticket *ticket = NULL;
    liasse_deposit given = deposit_of(documents[0][0]);
    liasse_open_options how = {0};
    struct ArrowArrayStream stream;
    struct ArrowArray array;
    pid_t forked;
    int status = 1;

    CHECK(argc == 2);
    store = path_in(arguments[1], "store");
    how.struct_size = sizeof how;
    how.key_file = path_in(arguments[1], "root.key");
    EXPECT(LIASSE_OK, liasse_key_file_create(how.key_file, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(store, &how, &engine, &error));
    session = doctor(engine);
    threads(session);
    purposes(engine);
    handed_over(session);
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    EXPECT(LIASSE_OK, liasse_session_entries_arrow(session, PATIENT, 0, &stream, &error));

    CHECK(liasse_memory_limit(ONE_DEPOSIT) == 0);
    EXPECT(LIASSE_OK, liasse_session_begin_deposit(session, &given, &ticket, &error));

    forked = fork();
    CHECK(forked >= 0);
    if (forked == 0) {
        child(engine, session, entries, &stream, store, &how);
        /* All is well. An exit would have valgrind count what the parent's threads hold as lost. */
        raise(SIGKILL);
    }
    CHECK(waitpid(forked, &status, 0) == forked);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    liasse_ticket_free(ticket);
    CHECK(liasse_memory_limit(0) == ONE_DEPOSIT);

    strcpy(nothing, path_in(arguments[1], "nothing"));
    forked_beside_a_log(nothing);
    CHECK(count(session) == THREADS * DOCUMENTS);
    CHECK(stream.get_next(&stream, &array) == 0 && array.length == THREADS * DOCUMENTS);
    array.release(&array);
    stream.release(&stream);
    liasse_entries_free(entries);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    return 0;
}
