/*
 * What a program must not do, one thing at a time, to see that the tools which watch memory see
 * it: this library's memory is the program's own, not hidden in a pool.
 *
 * usage: misuse EMPTY-FOLDER cursor | session | twice | row | bytes | text | column | leak
 * Prints what the library answers to a handle that is used after it was freed.
 */

#include "arrow.h"
#include "check.h"

static const char document[] = DOCUMENT("1", "Consultation", "Toux.");

int main(int count, char **arguments) {
    liasse_error *error = NULL, *refusal = NULL;
    liasse_engine *engine = NULL;
    liasse_session *session = NULL;
    liasse_entries *entries = NULL;
    liasse_bytes *bytes = NULL;
    const liasse_entry *entry = NULL;
    struct ArrowArrayStream stream;
    struct ArrowArray array;
    const int64_t *created;
    const uint8_t *data;
    const char *message, *what;
    liasse_open_options how = {0};
    liasse_deposit given = deposit_of(document);
    liasse_id id, none = {{0}};
    int shown = 0;

    CHECK(count == 3);
    what = arguments[2];
    how.struct_size = sizeof how;
    how.key_file = path_in(arguments[1], "root.key");
    EXPECT(LIASSE_OK, liasse_key_file_create(how.key_file, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(arguments[1], "store"), &how, &engine, &error));
    session = doctor(engine);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &given, &id, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_session_fetch(session, &id, &bytes, &error));
    data = liasse_bytes_data(bytes);
    CHECK(liasse_session_fetch(session, &none, &bytes, &refusal) == LIASSE_E_REFUSED);
    message = liasse_error_message(refusal);
    EXPECT(LIASSE_OK, liasse_session_entries(session, PATIENT, 0, &entries, &error));
    EXPECT(LIASSE_OK, liasse_entries_next(entries, &entry, &error));
    EXPECT(LIASSE_OK, liasse_session_entries_arrow(session, PATIENT, 0, &stream, &error));
    CHECK(stream.get_next(&stream, &array) == 0);
    created = (const int64_t *)array.children[3]->buffers[1];
    if (strcmp(what, "leak") != 0) liasse_entries_free(entries);
    liasse_bytes_free(bytes);
    liasse_error_free(refusal);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    array.release(&array);
    stream.release(&stream);

    if (strcmp(what, "cursor") == 0)
        shown = liasse_entries_next(entries, &entry, NULL);
    else if (strcmp(what, "session") == 0)
        shown = liasse_session_fetch(session, &id, &bytes, NULL);
    else if (strcmp(what, "twice") == 0)
        liasse_entries_free(entries);
    else if (strcmp(what, "row") == 0)
        shown = entry->title.bytes[0];
    else if (strcmp(what, "bytes") == 0)
        shown = data[0];
    else if (strcmp(what, "text") == 0)
        shown = message[0];
    else if (strcmp(what, "column") == 0)
        shown = created[0] == 0;
    entries = NULL;
    entry = NULL;
    printf("%d\n", shown);
    return 0;
}
