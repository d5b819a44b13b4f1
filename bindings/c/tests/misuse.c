/*
 * What a program must not do, one thing at a time, to see that the tools which watch memory see
 * it: this library's memory is the program's own, not hidden in a pool.
 *
 * usage: misuse EMPTY-FOLDER cursor | row | session | column | leak
 */

#include "arrow.h"
#include "check.h"

static const char document[] = DOCUMENT("1", "Consultation", "Toux.");

int main(int count, char **arguments) {
    liasse_error *error = NULL;
    liasse_engine *engine = NULL;
    liasse_session *session = NULL;
    liasse_entries *entries = NULL;
    const liasse_entry *entry = NULL;
    struct ArrowArrayStream stream;
    struct ArrowArray array;
    const int64_t *created;
    liasse_open_options how = {0};
    liasse_session_options who = {0};
    liasse_deposit what = {0};
    liasse_id id;
    int shown = 0;

    CHECK(count == 3);
    how.struct_size = sizeof how;
    how.key_file = path_in(arguments[1], "root.key");
    EXPECT(LIASSE_OK, liasse_key_file_create(how.key_file, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(arguments[1], "store"), &how, &engine, &error));
    who.struct_size = sizeof who;
    who.actor = "899900000001";
    who.profession = "medecin";
    who.purpose = LIASSE_PURPOSE_CARE;
    EXPECT(LIASSE_OK, liasse_session_open(engine, &who, &session, &error));
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)document;
    what.length = strlen(document);
    what.absent = LIASSE_ABSENT_OPEN;
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &what, &id, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
    EXPECT(LIASSE_OK, liasse_session_entries_arrow(session, PATIENT, 0, &stream, &error));
    CHECK(stream.get_next(&stream, &array) == 0);
    created = (const int64_t *)array.children[3]->buffers[1];
    if (strcmp(arguments[2], "leak") != 0) liasse_entries_free(entries);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    array.release(&array);
    stream.release(&stream);

    if (strcmp(arguments[2], "cursor") == 0)
        shown = liasse_entries_next(entries, &entry, NULL) == LIASSE_OK;
    else if (strcmp(arguments[2], "row") == 0)
        shown = entry->title.bytes[0] == 'C';
    else if (strcmp(arguments[2], "session") == 0)
        shown = liasse_session_fetch(session, &id, NULL, NULL) == LIASSE_OK;
    else if (strcmp(arguments[2], "column") == 0)
        shown = created[0] == 0;
    entries = NULL;
    entry = NULL;
    printf("%d\n", shown);
    return 0;
}
