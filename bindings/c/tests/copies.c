/*
 * Two copies of the library in one process: the one that is linked, and one that is loaded. Each
 * serves its own handles and tells those of the other.
 *
 * usage: copies LIBRARY
 */

#include <dlfcn.h>
#include <liasse.h>
#include <stdio.h>
#include <string.h>

typedef int32_t (*create_function)(liasse_interrupt **, liasse_error **);
typedef void (*free_function)(liasse_interrupt *);
typedef const char *(*version_function)(void);

#define CHECK(condition)                                              \
    if (!(condition)) {                                               \
        fprintf(stderr, "%d: not so: %s\n", __LINE__, #condition);    \
        return 1;                                                     \
    }

static void *function(void *library, const char *name) { return dlsym(library, name); }

int main(int argc, char **argv) {
    create_function create;
    free_function freed;
    version_function version;
    liasse_interrupt *own = NULL, *theirs = NULL;
    void *library, *found;
    CHECK(argc == 2);
    library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
    CHECK(library != NULL);
    found = function(library, "liasse_interrupt_create");
    memcpy(&create, &found, sizeof create);
    found = function(library, "liasse_interrupt_free");
    memcpy(&freed, &found, sizeof freed);
    found = function(library, "liasse_version_string");
    memcpy(&version, &found, sizeof version);
    CHECK(create != liasse_interrupt_create);
    CHECK(strcmp(version(), liasse_version_string()) == 0);
    CHECK(liasse_interrupt_create(&own, NULL) == LIASSE_OK);
    CHECK(create(&theirs, NULL) == LIASSE_OK);
    /* A handle of the other copy is none of ours: it is left alone, and its own copy frees it. */
    liasse_interrupt_free(theirs);
    freed(own);
    CHECK(liasse_engine_close((liasse_engine *)(void *)theirs, NULL) == LIASSE_E_HANDLE);
    freed(theirs);
    liasse_interrupt_free(own);
    return 0;
}
