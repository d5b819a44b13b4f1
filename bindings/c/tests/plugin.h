/* What a program asks of its part that was built with another version of the library. */

#ifndef LIASSE_TESTS_PLUGIN_H
#define LIASSE_TESTS_PLUGIN_H

#include <liasse.h>

/* Whether the library it is served by is of the version it was built with. */
int32_t plugin_fits(void);

/* Which version it is. */
int32_t plugin_version(void);

/* A handle of its own, and what gives one back. */
void *plugin_interrupt(void);
void plugin_free(void *interrupt);

/* What its version answers to the program's engine. */
int32_t plugin_stats(void *engine);

/* Opens a store and closes it. */
int32_t plugin_open(const char *store, const char *key_file);

#endif
