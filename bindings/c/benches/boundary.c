/*
 * Lists a dossier as often as it is told, and says how long that took: what a C program pays.
 *
 * usage: boundary FOLDER PATIENT, the folder with a store and its key
 * Reads a number of lists from each line; answers with the nanoseconds they took, the rows of one
 * list and the bytes of its titles.
 */

#define _POSIX_C_SOURCE 199309L

#include "../tests/check.h"
#include <time.h>

struct sums {
    size_t rows;
    size_t bytes;
};

static struct sums list(liasse_session *session, const char *patient) {
    liasse_error *error = NULL;
    liasse_entries *entries = NULL;
    const liasse_entry *entry = NULL;
    struct sums sums = {0, 0};
    EXPECT(LIASSE_OK, liasse_session_entries(session, patient, LIASSE_STATUSES_APPROVED, &entries,
                                             &error));
    for (;;) {
        EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
        if (entry == NULL) break;
        sums.rows++;
        sums.bytes += entry->title.length;
    }
    liasse_entries_free(entries);
    return sums;
}

static long long nanoseconds(void) {
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (long long)now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv) {
    liasse_error *error = NULL;
    liasse_engine *engine = NULL;
    liasse_session *session = NULL;
    liasse_open_options how = {0};
    liasse_session_options who = {0};
    char line[64];
    CHECK(argc == 3);
    how.struct_size = sizeof how;
    how.key_file = path_in(argv[1], "key");
    EXPECT(LIASSE_OK,
           liasse_engine_open(path_in(argv[1], "store"), &how, &engine, &error));
    who.struct_size = sizeof who;
    who.actor = "doctor";
    who.profession = "medecin";
    who.purpose = LIASSE_PURPOSE_CARE;
    EXPECT(LIASSE_OK, liasse_session_open(engine, &who, &session, &error));
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long wanted = strtoul(line, NULL, 10);
        struct sums sums = {0, 0};
        long long begun = nanoseconds();
        while (wanted-- > 0) sums = list(session, argv[2]);
        printf("%lld %lu %lu\n", nanoseconds() - begun, (unsigned long)sums.rows,
               (unsigned long)sums.bytes);
        CHECK(fflush(stdout) == 0);
    }
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    return 0;
}
