/*
 * Two versions of the library in one process: the program's, and that of a part which was built
 * with another. Each serves its own handles, tells those of the other, and keeps out of a store
 * that the other has open.
 *
 * usage: versions EMPTY-FOLDER
 */

#include "check.h"
#include "plugin.h"

int main(int argc, char **arguments) {
    liasse_error *error = NULL;
    liasse_engine *engine = NULL;
    liasse_interrupt *own = NULL;
    void *theirs;
    const char *store, *key;
    liasse_open_options how = {0};
    CHECK(argc == 2);
    /* Each has the version it was built with, and the two differ. */
    CHECK(LIASSE_VERSION_FITS(liasse_version_number()));
    CHECK(plugin_fits());
    CHECK(!LIASSE_VERSION_FITS((uint32_t)plugin_version()));

    store = path_in(arguments[1], "store");
    key = path_in(arguments[1], "root.key");
    how.struct_size = sizeof how;
    how.key_file = key;
    EXPECT(LIASSE_OK, liasse_key_file_create(key, &error));
    EXPECT(LIASSE_OK, liasse_engine_create(store, &how, &engine, &error));
    EXPECT(LIASSE_OK, liasse_interrupt_create(&own, &error));
    theirs = plugin_interrupt();
    CHECK(theirs != NULL);

    CHECK(plugin_stats(engine) == LIASSE_E_HANDLE);
    CHECK(plugin_stats(theirs) == LIASSE_E_HANDLE);
    EXPECT(LIASSE_E_HANDLE, liasse_engine_close(theirs, &error));
    /* What is freed by the wrong version is left alone. */
    plugin_free(own);
    liasse_interrupt_raise(own);
    liasse_interrupt_free(theirs);

    CHECK(plugin_open(store, key) == LIASSE_E_BUSY);
    plugin_free(theirs);
    liasse_interrupt_free(own);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    CHECK(plugin_open(store, key) == LIASSE_OK);
    printf("%u and %d\n", (unsigned)liasse_version_number(), (int)plugin_version());
    return 0;
}
