/*
 * A part of a program that was built with another version of the library than the program: it
 * uses the version it was built with, and hands what it has over to the program.
 */

#include "plugin.h"
#include <stddef.h>

int32_t plugin_fits(void) {
    return LIASSE_VERSION_FITS(liasse_version_number());
}

int32_t plugin_version(void) { return (int32_t)liasse_version_number(); }

void *plugin_interrupt(void) {
    liasse_interrupt *interrupt = NULL;
    return liasse_interrupt_create(&interrupt, NULL) == LIASSE_OK ? interrupt : NULL;
}

void plugin_free(void *interrupt) { liasse_interrupt_free(interrupt); }

int32_t plugin_stats(void *engine) {
    liasse_stats stats = {0};
    stats.struct_size = sizeof stats;
    return liasse_engine_stats(engine, &stats, NULL);
}

int32_t plugin_open(const char *store, const char *key_file) {
    liasse_engine *engine = NULL;
    liasse_open_options how = {0};
    int32_t code;
    how.struct_size = sizeof how;
    how.key_file = key_file;
    code = liasse_engine_open(store, &how, &engine, NULL);
    return code == LIASSE_OK ? liasse_engine_close(engine, NULL) : code;
}
