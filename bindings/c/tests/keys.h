/* A key store of a test program's own. It keeps its keys in memory and its wrapping is none: it
 * shows how the functions are called, not how to wrap. */

#ifndef LIASSE_TESTS_KEYS_H
#define LIASSE_TESTS_KEYS_H

#include "check.h"

enum { EPOCHS = 16 };

struct keys {
    liasse_id store;
    int bound;
    uint64_t active;
    liasse_id writer;
    uint8_t there[EPOCHS];
    int32_t answer;
    int call_back;
    int32_t told;
    int destroyed;
    int released;
    size_t state_bytes;
};

static int32_t keys_load(void *user, const liasse_id *store, uint32_t purpose,
                         liasse_kms_state *state) {
    struct keys *keys = user;
    uint64_t epoch;
    keys->state_bytes = state->struct_size;
    CHECK(state->active == 0 && state->retired_count == 0);
    if (keys->call_back) {
        keys->told = liasse_id_parse("00", &keys->store, NULL);
    }
    if (keys->answer != LIASSE_KMS_OK) return keys->answer;
    if (!keys->bound) {
        if (purpose != LIASSE_KMS_CREATE) return LIASSE_KMS_UNBOUND;
        keys->bound = 1;
        keys->store = *store;
        keys->active = 1;
        keys->there[1] = 1;
    }
    if (memcmp(&keys->store, store, sizeof *store) != 0) return LIASSE_KMS_OTHER_STORE;
    state->active = keys->active;
    state->writer = keys->writer;
    state->next_staged = keys->there[keys->active + 1];
    for (epoch = 1; epoch < keys->active; epoch++) {
        if (keys->there[epoch]) state->retired[state->retired_count++] = epoch;
    }
    return LIASSE_KMS_OK;
}

static int keys_writer_is(const struct keys *keys, const liasse_id *writer) {
    return memcmp(&keys->writer, writer, sizeof *writer) == 0;
}

static int32_t keys_hand_over(void *user, const liasse_id *from, const liasse_id *to) {
    struct keys *keys = user;
    if (keys_writer_is(keys, to)) return LIASSE_KMS_OK;
    if (!keys_writer_is(keys, from)) return LIASSE_KMS_OTHER_WRITER;
    keys->writer = *to;
    return LIASSE_KMS_OK;
}

static int32_t keys_stage(void *user, const liasse_id *writer, uint64_t next, uint32_t *found, uint64_t *active) {
    struct keys *keys = user;
    *active = keys->active;
    if (!keys_writer_is(keys, writer)) return LIASSE_KMS_OTHER_WRITER;
    if (next != keys->active + 1 || next + 1 >= EPOCHS) return LIASSE_KMS_CONFLICT;
    *found = keys->there[next];
    keys->there[next] = 1;
    return LIASSE_KMS_OK;
}

static int32_t keys_activate(void *user, const liasse_id *writer, uint64_t next, uint64_t *active) {
    struct keys *keys = user;
    *active = keys->active;
    if (!keys_writer_is(keys, writer)) return LIASSE_KMS_OTHER_WRITER;
    if (next == keys->active) return LIASSE_KMS_OK;
    if (next != keys->active + 1) return LIASSE_KMS_CONFLICT;
    if (!keys->there[next]) return LIASSE_KMS_NO_ROOT;
    keys->active = next;
    return LIASSE_KMS_OK;
}

static int32_t keys_destroy(void *user, const liasse_id *writer, uint64_t epoch, uint32_t *scheduled, uint64_t *active) {
    struct keys *keys = user;
    *active = keys->active;
    if (!keys_writer_is(keys, writer)) return LIASSE_KMS_OTHER_WRITER;
    if (epoch >= keys->active) return LIASSE_KMS_CONFLICT;
    *scheduled = 0;
    keys->there[epoch] = 0;
    keys->destroyed++;
    return LIASSE_KMS_OK;
}

static int32_t keys_wrap(void *user, uint64_t epoch, const uint8_t *context, size_t context_length,
                         const uint8_t *secret, uint8_t *wrapped, size_t capacity,
                         size_t *length) {
    struct keys *keys = user;
    (void)context;
    if (epoch >= EPOCHS || !keys->there[epoch]) return LIASSE_KMS_NO_ROOT;
    CHECK(capacity >= 34);
    wrapped[0] = (uint8_t)epoch;
    wrapped[1] = (uint8_t)context_length;
    memcpy(wrapped + 2, secret, 32);
    *length = 34;
    return LIASSE_KMS_OK;
}

static int32_t keys_unwrap(void *user, uint64_t epoch, const uint8_t *context,
                           size_t context_length, const uint8_t *wrapped, size_t length,
                           uint8_t *secret) {
    struct keys *keys = user;
    (void)context;
    if (epoch >= EPOCHS || !keys->there[epoch]) return LIASSE_KMS_NO_ROOT;
    if (length != 34 || wrapped[0] != epoch || wrapped[1] != (uint8_t)context_length) {
        return LIASSE_KMS_NOT_WRAPPED_HERE;
    }
    memcpy(secret, wrapped + 2, 32);
    return LIASSE_KMS_OK;
}

static void keys_release(void *user) {
    struct keys *keys = user;
    keys->released++;
}

static liasse_kms keys_table(struct keys *keys) {
    liasse_kms kms = {0};
    kms.struct_size = sizeof kms;
    kms.user = keys;
    kms.forgetting = LIASSE_FORGETTING_REAL;
    kms.load = keys_load;
    kms.hand_over = keys_hand_over;
    kms.stage = keys_stage;
    kms.activate = keys_activate;
    kms.destroy = keys_destroy;
    kms.wrap = keys_wrap;
    kms.unwrap = keys_unwrap;
    kms.release = keys_release;
    return kms;
}

#endif
