/*
 * Programs that were built with another header: each struct whose size a program says, as an older
 * program has it, as a newer one has it, and as none can have it, given twice each time.
 *
 * usage: sizes EMPTY-FOLDER
 */

#include "check.h"
#include "keys.h"

static liasse_error *error = NULL;

struct world {
    liasse_engine *engine;
    liasse_session *session;
    liasse_open_options how;
    const char *folder;
    char backup[4096];
    char sink[4096];
    char key[4096];
};

/* A call that is given the struct, whichever size it says. */
typedef int32_t (*try_it)(struct world *world, void *given);

/* What the struct says its size is. */
static size_t said(const void *given) {
    size_t size;
    memcpy(&size, given, sizeof size);
    return size;
}

static void say(void *given, size_t size) { memcpy(given, &size, sizeof size); }

/* So many bytes on the heap and none behind them, where a tool sees what reads on. */
static void *alone(const void *of, size_t known, size_t size) {
    unsigned char *given = malloc(size);
    CHECK(given != NULL);
    memset(given, 0, size);
    memcpy(given, of, known < size ? known : size);
    say(given, size);
    return given;
}

static void twice(struct world *world, void *given, int32_t wanted, try_it call) {
    size_t size = said(given);
    EXPECT(wanted, call(world, given));
    EXPECT(wanted, call(world, given));
    CHECK(said(given) == size);
}

/* A struct that goes in: first is its size in the first version that had it. */
static void goes_in(struct world *world, const char *name, const void *now, size_t size,
                    size_t first, try_it call) {
    enum { NEWER = 16 };
    unsigned char *given = alone(now, size, first);
    twice(world, given, LIASSE_OK, call);
    free(given);
    /* What an older program has behind its struct is none of the library's business. */
    given = alone(now, size, size + NEWER);
    memset(given + first, 0xA5, size + NEWER - first);
    say(given, first);
    twice(world, given, LIASSE_OK, call);
    free(given);
    given = alone(now, size, size);
    twice(world, given, LIASSE_OK, call);
    free(given);
    given = alone(now, size, size + NEWER);
    twice(world, given, LIASSE_OK, call);
    given[size + 3] = 1;
    twice(world, given, LIASSE_E_STRUCT_SIZE, call);
    given[size + 3] = 0;
    say(given, first - 1);
    twice(world, given, LIASSE_E_STRUCT_SIZE, call);
    if (first < size) {
        say(given, first + 1);
        twice(world, given, LIASSE_E_STRUCT_SIZE, call);
    }
    say(given, 4097);
    twice(world, given, LIASSE_E_STRUCT_SIZE, call);
    free(given);
    printf("%s\n", name);
}

/* Whether each byte from one place to another is still what it was. */
static int untouched(const unsigned char *given, size_t from, size_t to) {
    while (from < to && given[from] == 0xA5) from++;
    return from == to;
}

/* A struct that is filled where it lies. */
static void is_filled(struct world *world, const char *name, size_t size, size_t first,
                      try_it call) {
    enum { NEWER = 16 };
    unsigned char *given = alone("", 0, first);
    twice(world, given, LIASSE_OK, call);
    free(given);
    given = malloc(size + NEWER);
    CHECK(given != NULL);
    memset(given, 0xA5, size + NEWER);
    say(given, first);
    twice(world, given, LIASSE_OK, call);
    CHECK(untouched(given, first, size + NEWER));
    say(given, first - 1);
    memset(given + sizeof(size_t), 0xA5, size + NEWER - sizeof(size_t));
    twice(world, given, LIASSE_E_STRUCT_SIZE, call);
    CHECK(untouched(given, sizeof(size_t), size + NEWER));
    /* The library says how much of a newer program's struct it knows. */
    say(given, size + NEWER);
    EXPECT(LIASSE_OK, call(world, given));
    CHECK(said(given) == size && untouched(given, size, size + NEWER));
    twice(world, given, LIASSE_OK, call);
    CHECK(untouched(given, size, size + NEWER));
    free(given);
    printf("%s\n", name);
}

static int32_t create(struct world *world, void *given) {
    static int turn = 0;
    liasse_engine *engine = NULL;
    char name[32];
    int32_t code;
    CHECK(snprintf(name, sizeof name, "store-%d", turn++) > 0);
    /* A key file serves one store. */
    (void)remove(world->key);
    EXPECT(LIASSE_OK, liasse_key_file_create(world->key, &error));
    code = liasse_engine_create(path_in(world->folder, name), given, &engine, &error);
    if (code == LIASSE_OK) CHECK(liasse_engine_close(engine, NULL) == LIASSE_OK);
    return code;
}

static int32_t create_by_keys(struct world *world, void *given) {
    liasse_open_options how = {0};
    struct keys *keys = ((liasse_kms *)given)->user;
    memset(keys, 0, sizeof *keys);
    how.struct_size = sizeof how;
    how.kms = given;
    return create(world, &how);
}

static int32_t sign(void *user, const uint8_t *lines, size_t length, uint8_t *signature) {
    (void)user;
    (void)lines;
    (void)length;
    (void)signature;
    return 1;
}

static int32_t create_with_a_signer(struct world *world, void *given) {
    liasse_open_options how = {0};
    how.struct_size = sizeof how;
    how.key_file = world->key;
    how.signers = given;
    how.signer_count = 1;
    return create(world, &how);
}

static int32_t enter(struct world *world, void *given) {
    liasse_session *session = NULL;
    int32_t code = liasse_session_open(world->engine, given, &session, &error);
    liasse_session_close(session);
    return code;
}

static int32_t deposit(struct world *world, void *given) {
    liasse_id id;
    return liasse_session_deposit(world->session, given, &id, NULL, NULL, &error);
}

static int32_t search(struct world *world, void *given) {
    uint64_t found = 0;
    int32_t code = liasse_session_count(world->session, given, &found, &error);
    CHECK(code != LIASSE_OK || found == 1);
    return code;
}

static int32_t declare(struct world *world, void *given) {
    return liasse_engine_declare(world->engine, PATIENT, given, &error);
}

static int32_t erase(struct world *world, void *given) {
    liasse_outcomes *outcomes = NULL;
    int32_t code = liasse_engine_erase(world->engine, given, 1, &outcomes, &error);
    liasse_outcomes_free(outcomes);
    return code;
}

static int32_t count(struct world *world, void *given) {
    return liasse_engine_stats(world->engine, given, &error);
}

static int32_t back_up(struct world *world, void *given) {
    return liasse_engine_backup(world->engine, world->backup, NULL, NULL, given, &error);
}

static int32_t back_up_in_steps(struct world *world, void *given) {
    liasse_backup *backup = NULL;
    int32_t code;
    EXPECT(LIASSE_OK, liasse_engine_begin_backup(world->engine, world->backup, &backup, &error));
    code = liasse_backup_step(backup, 1, given, &error);
    liasse_backup_free(backup);
    return code;
}

static int32_t refresh(struct world *world, void *given) {
    const char *sinks[1];
    sinks[0] = world->sink;
    return liasse_refresh(world->backup, sinks, 1, path_in(world->folder, "standby"), given,
                          &error);
}

static int32_t look(struct world *world, void *given) {
    liasse_changes *changes = NULL;
    int32_t code = liasse_session_changes(world->session, PATIENT, given, &changes, &error);
    liasse_changes_free(changes);
    return code;
}

static void structs_that_go_in(struct world *world) {
    static const char document[] = DOCUMENT("1", "Note", "Toux.");
    liasse_open_options how = {0};
    liasse_session_options who = {0};
    liasse_search what = {0};
    liasse_declaration declared = {0};
    liasse_erasure erasure = {0};
    liasse_id none = {{0}};
    liasse_deposit given = deposit_of(document);
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys);
    liasse_signer signer = {0};
    liasse_since since = {0};
#define GOES_IN(name, now, first, call) goes_in(world, #name, &now, sizeof(name), first, call)
    how.key_file = world->key;
    GOES_IN(liasse_open_options, how, offsetof(liasse_open_options, kms), create);
    GOES_IN(liasse_kms, kms, sizeof kms, create_by_keys);
    signer.sign = sign;
    GOES_IN(liasse_signer, signer, sizeof signer, create_with_a_signer);
    who.actor = "899900000001";
    who.profession = "medecin";
    who.purpose = LIASSE_PURPOSE_CARE;
    GOES_IN(liasse_session_options, who, sizeof who, enter);
    GOES_IN(liasse_deposit, given, offsetof(liasse_deposit, path), deposit);
    what.query = "toux";
    what.query_length = 4;
    what.patient = PATIENT;
    GOES_IN(liasse_search, what, offsetof(liasse_search, after), search);
    declared.what = LIASSE_DECLARE_MAJORITY;
    GOES_IN(liasse_declaration, declared, sizeof declared, declare);
    since.time_ms = 600000;
    GOES_IN(liasse_since, since, sizeof since, look);
    erasure.session = world->session;
    erasure.document = &none;
    GOES_IN(liasse_erasure, erasure, sizeof erasure, erase);
}

/* The library says the size, and the program fills: its key store looks at the size. */
static void structs_that_the_program_fills(struct world *world) {
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys);
    EXPECT(LIASSE_OK, create_by_keys(world, &kms));
    CHECK(keys.state_bytes == sizeof(liasse_kms_state));
    printf("liasse_kms_state\n");
}

static void structs_that_are_filled(struct world *world) {
#define IS_FILLED(name, first, call) is_filled(world, #name, sizeof(name), first, call)
    IS_FILLED(liasse_stats, offsetof(liasse_stats, erasures_waiting), count);
    IS_FILLED(liasse_backup_summary, sizeof(liasse_backup_summary), back_up);
    IS_FILLED(liasse_progress, sizeof(liasse_progress), back_up_in_steps);
    IS_FILLED(liasse_refreshed, sizeof(liasse_refreshed), refresh);
}

int main(int argc, char **arguments) {
    struct world world = {0};
    const char *sinks[1];
    char key[4096];
    CHECK(argc == 2);
    world.folder = arguments[1];
    strcpy(key, path_in(world.folder, "root.key"));
    strcpy(world.backup, path_in(world.folder, "backup"));
    strcpy(world.sink, path_in(world.folder, "sink"));
    strcpy(world.key, path_in(world.folder, "another.key"));
    sinks[0] = world.sink;
    EXPECT(LIASSE_OK, liasse_key_file_create(key, &error));
    world.how.struct_size = sizeof world.how;
    world.how.key_file = key;
    world.how.sinks = sinks;
    world.how.sink_count = 1;
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(world.folder, "store"), &world.how,
                                           &world.engine, &error));
    world.session = doctor(world.engine);
    structs_that_go_in(&world);
    structs_that_are_filled(&world);
    structs_that_the_program_fills(&world);
    liasse_session_close(world.session);
    EXPECT(LIASSE_OK, liasse_engine_close(world.engine, &error));
    return 0;
}
