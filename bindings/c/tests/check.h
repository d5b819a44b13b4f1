/* Small tools of the C test programs: a check that says where it failed, and paths. */

#ifndef LIASSE_TESTS_CHECK_H
#define LIASSE_TESTS_CHECK_H

#include <liasse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stops the program with the line and the error when a call does not return what it should. */
#define EXPECT(wanted, call) expect((wanted), (call), __FILE__, __LINE__, #call, &error)

/* Stops the program with the line when something does not hold. */
#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

static inline void expect(int32_t wanted, int32_t code, const char *file, int line, const char *call,
                   liasse_error **error) {
    if (code != wanted) {
        fprintf(stderr, "%s:%d: %s: %s instead of %s: %s; %s (%s)\n", file, line, call,
                liasse_code_name(code), liasse_code_name(wanted), liasse_error_message(*error),
                liasse_error_hint(*error),
                liasse_error_place(*error) ? liasse_error_place(*error) : "no place");
        exit(1);
    }
    if ((code == LIASSE_OK) != (*error == NULL)) {
        fprintf(stderr, "%s:%d: %s: an error object comes with failure only\n", file, line, call);
        exit(1);
    }
    if (*error != NULL) {
        CHECK(liasse_error_code(*error) == code);
        CHECK(liasse_error_class(*error) >= LIASSE_CLASS_REFUSED);
        CHECK(liasse_error_class(*error) <= LIASSE_CLASS_BUG);
        CHECK(liasse_error_message(*error)[0] != '\0');
    }
    liasse_error_free(*error);
    *error = NULL;
}

/* The path of name in the folder that the program was given. */
static inline const char *path_in(const char *folder, const char *name) {
    static char paths[4][4096];
    static int turn = 0;
    char *path = paths[turn++ % 4];
    int length = snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    CHECK(length > 0 && (size_t)length < sizeof paths[0]);
    return path;
}

#define PATIENT "299999999999945@1.2.250.1.213.1.4.10"
#define OTHER_PATIENT "299999999999934@1.2.250.1.213.1.4.10"

/* A session of somebody, for a purpose; a holder's is about her own dossier. */
static inline liasse_session *session_of(const liasse_engine *engine, const char *actor,
                                         const char *profession, uint32_t purpose) {
    liasse_error *error = NULL;
    liasse_session *session = NULL;
    liasse_session_options who = {0};
    who.struct_size = sizeof who;
    who.actor = actor;
    who.profession = profession;
    who.purpose = purpose;
    who.patient = purpose == LIASSE_PURPOSE_HOLDER ? PATIENT : NULL;
    EXPECT(LIASSE_OK, liasse_session_open(engine, &who, &session, &error));
    return session;
}

static inline liasse_session *doctor(const liasse_engine *engine) {
    return session_of(engine, "899900000001", "medecin", LIASSE_PURPOSE_CARE);
}

static inline liasse_session *holder(const liasse_engine *engine) {
    return session_of(engine, "299999999999945", "patient", LIASSE_PURPOSE_HOLDER);
}

/* What is asked for when a document is deposited, its dossier opened when there is none. */
static inline liasse_deposit deposit_of(const char *document) {
    liasse_deposit what = {0};
    what.struct_size = sizeof what;
    what.bytes = (const uint8_t *)document;
    what.length = strlen(document);
    what.absent = LIASSE_ABSENT_OPEN;
    return what;
}

/* A document about that patient, in Liasse's JSON form. */
#define DOCUMENT(number, title, text)                                                          \
    "{\"liasse_document\":1,\"unique_id\":\"1.2.250.1.213.1.1.9999^" number "\","              \
    "\"type\":{\"code\":\"11488-4\"},\"title\":\"" title "\","                                 \
    "\"creation_time\":\"2026-01-31T12:00:00Z\",\"text\":\"" text "\","                        \
    "\"authors\":[{\"id\":\"1.2.250.1.71.4.2.1^899900000001\","                                \
    "\"person\":{\"family\":\"SPECIMEN\"}}],"                                                  \
    "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","                                 \
    "\"oid\":\"1.2.250.1.213.1.4.10\"}}}"

#endif
