/*
 * What reaches the library from a program that was itself deceived: texts that are none, lengths
 * that overflow, callbacks that fail or call back, needs without bound. Every place where such a
 * thing can be passed is tried; its name is printed, so that a place that was forgotten is seen.
 *
 * usage: hostile EMPTY-FOLDER
 *        [texts | nuls | lengths | numbers | changing | failing | releasing | ending | calling |
 *         budgets]
 */

#include "arrow.h"
#include "check.h"
#include "keys.h"

#include <stdint.h>

static liasse_error *error = NULL;

#define BAD "\377"

/* Tries a place, and says which it was. */
#define TRY(place, wanted, call) (EXPECT(wanted, call), (void)printf("%s\n", place))

struct world {
    liasse_engine *engine;
    liasse_session *session;
    liasse_open_options how;
    const char *folder;
};

static liasse_search words(const char *query, size_t length) {
    liasse_search what = {0};
    what.struct_size = sizeof what;
    what.query = query;
    what.query_length = length;
    what.patient = PATIENT;
    return what;
}

static int32_t asked(const liasse_session *session, liasse_search what) {
    uint64_t count = 0;
    return liasse_session_count(session, &what, &count, &error);
}

static int32_t searched(const liasse_session *session, liasse_search what) {
    liasse_hits *hits = NULL;
    int32_t code = liasse_session_search(session, &what, &hits, &error);
    liasse_hits_free(hits);
    return code;
}

static int32_t opened(const struct world *world, liasse_open_options how) {
    liasse_engine *engine = NULL;
    return liasse_engine_create(path_in(world->folder, "new"), &how, &engine, &error);
}

static int32_t deposited(const struct world *world, liasse_deposit what) {
    liasse_id id;
    return liasse_session_deposit(world->session, &what, &id, NULL, NULL, &error);
}

static void texts_of_options(const struct world *world) {
    const char *sinks[] = {BAD};
    liasse_open_options how = world->how;
    how.passphrase = BAD;
    how.key_file = NULL;
    TRY("liasse_open_options.passphrase", LIASSE_E_TEXT, opened(world, how));
    how.passphrase = NULL;
    how.key_file = BAD;
    TRY("liasse_open_options.key_file", LIASSE_E_TEXT, opened(world, how));
    how.key_file = world->how.key_file;
    how.pack = BAD;
    TRY("liasse_open_options.pack", LIASSE_E_TEXT, opened(world, how));
    how.pack = NULL;
    how.sinks = sinks;
    how.sink_count = 1;
    TRY("liasse_open_options.sinks", LIASSE_E_TEXT, opened(world, how));
    how.sinks = NULL;
    how.sink_count = 0;
    how.sinks_waived = BAD;
    TRY("liasse_open_options.sinks_waived", LIASSE_E_TEXT, opened(world, how));
    how.sinks_waived = NULL;
    how.anchor_file = BAD;
    TRY("liasse_open_options.anchor_file", LIASSE_E_TEXT, opened(world, how));
    how.anchor_file = NULL;
    how.synonyms = BAD;
    how.synonyms_length = 1;
    TRY("liasse_open_options.synonyms", LIASSE_E_TEXT, opened(world, how));
    how.synonyms = NULL;
    how.synonyms_length = 0;
    how.frequencies = BAD;
    how.frequencies_length = 1;
    TRY("liasse_open_options.frequencies", LIASSE_E_TEXT, opened(world, how));
}

static int32_t entered(const struct world *world, size_t field) {
    liasse_session *session = NULL;
    const char *texts[5] = {"899900000001", "medecin", "x", "x", PATIENT};
    liasse_session_options who = {0};
    texts[field] = BAD;
    who.struct_size = sizeof who;
    who.actor = texts[0];
    who.profession = texts[1];
    who.speciality = texts[2];
    who.structure = texts[3];
    who.patient = texts[4];
    who.purpose = LIASSE_PURPOSE_CARE;
    return liasse_session_open(world->engine, &who, &session, &error);
}

static void texts_of_requests(const struct world *world) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    liasse_search what = words(BAD, 1);
    liasse_deposit given = deposit_of(document);
    liasse_declaration declared = {0};
    liasse_erasure erasure = {0};
    liasse_outcomes *outcomes = NULL;
    TRY("liasse_session_options.actor", LIASSE_E_TEXT, entered(world, 0));
    TRY("liasse_session_options.profession", LIASSE_E_TEXT, entered(world, 1));
    TRY("liasse_session_options.speciality", LIASSE_E_TEXT, entered(world, 2));
    TRY("liasse_session_options.structure", LIASSE_E_TEXT, entered(world, 3));
    TRY("liasse_session_options.patient", LIASSE_E_TEXT, entered(world, 4));
    TRY("liasse_search.query", LIASSE_E_TEXT, asked(world->session, what));
    what = words("x", 1);
    what.patient = BAD;
    TRY("liasse_search.patient", LIASSE_E_TEXT, asked(world->session, what));
    what = words("x", 1);
    what.after = BAD;
    TRY("liasse_search.after", LIASSE_E_TEXT, asked(world->session, what));
    given.text = BAD;
    given.text_length = 1;
    TRY("liasse_deposit.text", LIASSE_E_TEXT, deposited(world, given));
    memset(&given, 0, sizeof given);
    given.struct_size = sizeof given;
    given.path = BAD;
    TRY("liasse_deposit.path", LIASSE_E_TEXT, deposited(world, given));
    declared.struct_size = sizeof declared;
    declared.what = LIASSE_DECLARE_TEAM;
    declared.kind = LIASSE_PARTY_ACTOR;
    declared.who = BAD;
    TRY("liasse_declaration.who", LIASSE_E_TEXT,
        liasse_engine_declare(world->engine, PATIENT, &declared, &error));
    declared.who = "x";
    TRY("liasse_engine_declare.patient", LIASSE_E_TEXT,
        liasse_engine_declare(world->engine, BAD, &declared, &error));
    erasure.struct_size = sizeof erasure;
    erasure.session = world->session;
    erasure.patient = BAD;
    TRY("liasse_erasure.patient", LIASSE_E_TEXT,
        liasse_engine_erase(world->engine, &erasure, 1, &outcomes, &error));
}

static void texts_of_stores(const struct world *world) {
    const char *good[] = {"x"}, *bad[] = {BAD};
    const liasse_open_options *how = &world->how;
    liasse_engine *engine = NULL;
    liasse_restored *restored = NULL;
    liasse_backup *backup = NULL;
    liasse_findings *findings = NULL;
    liasse_packs *packs = NULL;
    liasse_id id;
    TRY("liasse_id_parse.text", LIASSE_E_TEXT, liasse_id_parse(BAD, &id, &error));
    TRY("liasse_key_file_create.path", LIASSE_E_TEXT, liasse_key_file_create(BAD, &error));
    TRY("liasse_engine_create.directory", LIASSE_E_TEXT,
        liasse_engine_create(BAD, how, &engine, &error));
    TRY("liasse_engine_open.directory", LIASSE_E_TEXT,
        liasse_engine_open(BAD, how, &engine, &error));
    TRY("liasse_engine_backup.target", LIASSE_E_TEXT,
        liasse_engine_backup(world->engine, BAD, NULL, NULL, NULL, &error));
    TRY("liasse_engine_begin_backup.target", LIASSE_E_TEXT,
        liasse_engine_begin_backup(world->engine, BAD, &backup, &error));
    TRY("liasse_restore.backup", LIASSE_E_TEXT,
        liasse_restore(BAD, good, 1, "x", how, &restored, &error));
    TRY("liasse_restore.sinks", LIASSE_E_TEXT,
        liasse_restore("x", bad, 1, "x", how, &restored, &error));
    TRY("liasse_restore.directory", LIASSE_E_TEXT,
        liasse_restore("x", good, 1, BAD, how, &restored, &error));
    TRY("liasse_refresh.backup", LIASSE_E_TEXT,
        liasse_refresh(BAD, good, 1, "x", NULL, &error));
    TRY("liasse_refresh.sinks", LIASSE_E_TEXT, liasse_refresh("x", bad, 1, "x", NULL, &error));
    TRY("liasse_refresh.directory", LIASSE_E_TEXT,
        liasse_refresh("x", good, 1, BAD, NULL, &error));
    TRY("liasse_promote.directory", LIASSE_E_TEXT, liasse_promote(BAD, how, NULL, &error));
    TRY("liasse_verify.directory", LIASSE_E_TEXT, liasse_verify(BAD, how, &findings, &error));
    TRY("liasse_shrink.directory", LIASSE_E_TEXT, liasse_shrink(BAD, NULL, NULL, &error));
    TRY("liasse_upgrade.directory", LIASSE_E_TEXT, liasse_upgrade(BAD, NULL, NULL, &error));
    TRY("liasse_engine_reload_policies.directory", LIASSE_E_TEXT,
        liasse_engine_reload_policies(world->engine, BAD, &packs, &error));
    TRY("liasse_engine_link.one", LIASSE_E_TEXT,
        liasse_engine_link(world->engine, BAD, PATIENT, &error));
    TRY("liasse_engine_link.other", LIASSE_E_TEXT,
        liasse_engine_link(world->engine, PATIENT, BAD, &error));
    TRY("liasse_engine_unlink.one", LIASSE_E_TEXT,
        liasse_engine_unlink(world->engine, BAD, PATIENT, &error));
    TRY("liasse_engine_unlink.other", LIASSE_E_TEXT,
        liasse_engine_unlink(world->engine, PATIENT, BAD, &error));
    TRY("liasse_engine_record_cosignature.checkpoint", LIASSE_E_TEXT,
        liasse_engine_record_cosignature(world->engine, BAD, "key", NULL, NULL, &error));
    TRY("liasse_engine_record_cosignature.witness", LIASSE_E_TEXT,
        liasse_engine_record_cosignature(world->engine, "note", BAD, NULL, NULL, &error));
}

static void texts_of_reads(const liasse_session *session) {
    struct ArrowArrayStream stream;
    liasse_entries *entries = NULL;
    liasse_points *points = NULL;
    liasse_history *history = NULL;
    liasse_changes *changes = NULL;
    liasse_dossiers *dossiers = NULL;
    liasse_bytes *text = NULL;
    liasse_since since = {0};
    TRY("liasse_session_entries.patient", LIASSE_E_TEXT,
        liasse_session_entries(session, BAD, 0, &entries, &error));
    TRY("liasse_session_entries_arrow.patient", LIASSE_E_TEXT,
        liasse_session_entries_arrow(session, BAD, 0, &stream, &error));
    TRY("liasse_session_points.patient", LIASSE_E_TEXT,
        liasse_session_points(session, BAD, 0, &points, &error));
    TRY("liasse_session_points_arrow.patient", LIASSE_E_TEXT,
        liasse_session_points_arrow(session, BAD, 0, &stream, &error));
    TRY("liasse_session_history.patient", LIASSE_E_TEXT,
        liasse_session_history(session, BAD, &history, &error));
    TRY("liasse_session_history_during.patient", LIASSE_E_TEXT,
        liasse_session_history_during(session, BAD, 0, 1, &history, &error));
    TRY("liasse_session_audit_events_during.patient", LIASSE_E_TEXT,
        liasse_session_audit_events_during(session, BAD, 0, 1, "x", "x", &text, &error));
    TRY("liasse_session_audit_events_during.software", LIASSE_E_TEXT,
        liasse_session_audit_events_during(session, PATIENT, 0, 1, BAD, "x", &text, &error));
    TRY("liasse_session_audit_events_during.address", LIASSE_E_TEXT,
        liasse_session_audit_events_during(session, PATIENT, 0, 1, "x", BAD, &text, &error));
    TRY("liasse_session_audit_events.patient", LIASSE_E_TEXT,
        liasse_session_audit_events(session, BAD, "x", "x", &text, &error));
    TRY("liasse_session_audit_events.software", LIASSE_E_TEXT,
        liasse_session_audit_events(session, PATIENT, BAD, "x", &text, &error));
    TRY("liasse_session_audit_events.address", LIASSE_E_TEXT,
        liasse_session_audit_events(session, PATIENT, "x", BAD, &text, &error));
    TRY("liasse_session_changes.patient", LIASSE_E_TEXT,
        liasse_session_changes(session, BAD, NULL, &changes, &error));
    since.struct_size = sizeof since;
    since.mark = BAD;
    TRY("liasse_since.mark", LIASSE_E_TEXT,
        liasse_session_changes(session, PATIENT, &since, &changes, &error));
    EXPECT(LIASSE_E_TEXT, liasse_session_my_dossiers(session, &since, &dossiers, &error));
}

/* Each text of an act: the patient's matricule, a party's id, a motive. */
static void texts_of_acts(const liasse_session *session) {
    liasse_receipts *receipts = NULL;
    const char *patients[] = {BAD, PATIENT, PATIENT};
    const char *parties[] = {"x", BAD, "x"};
    const char *motives[] = {NULL, NULL, BAD};
    const char *names[] = {"patient", "party", "motive"};
    size_t at;
    TRY("liasse_session_erase.patient", LIASSE_E_TEXT,
        liasse_session_erase(session, BAD, &receipts, &error));
    TRY("liasse_session_break_glass.patient", LIASSE_E_TEXT,
        liasse_session_break_glass(session, BAD, "x", 1, &error));
    TRY("liasse_session_break_glass.motive", LIASSE_E_TEXT,
        liasse_session_break_glass(session, PATIENT, BAD, 1, &error));
    for (at = 0; at < 3; at++) {
        const char *patient = patients[at], *party = parties[at], *motive = motives[at];
        const char *name = names[at];
#define OF_PARTY(function, ...)                                        \
    EXPECT(LIASSE_E_TEXT, function(session, patient, __VA_ARGS__, &error)), \
        (void)printf(#function ".%s\n", name)
        OF_PARTY(liasse_session_authorise, 1, party, 0, 0, motive);
        OF_PARTY(liasse_session_revoke, 1, party, 0, motive);
        OF_PARTY(liasse_session_block, 1, party, 0, motive);
        OF_PARTY(liasse_session_unblock, 1, party, 0, motive);
        if (at == 1) name = "actor";
        OF_PARTY(liasse_session_set_attending, party, 0, motive);
        OF_PARTY(liasse_session_unset_attending, party, 0, motive);
        if (at == 1) continue;
        OF_PARTY(liasse_session_open_dossier, NULL, 0, motive);
        OF_PARTY(liasse_session_close_dossier, 0, motive);
        OF_PARTY(liasse_session_reopen_dossier, 0, motive);
        OF_PARTY(liasse_session_mask_by_default, 0, 0, motive);
        OF_PARTY(liasse_session_consent, 1, 1, 0, motive);
    }
}

static void texts(const struct world *world) {
    texts_of_options(world);
    texts_of_requests(world);
    texts_of_stores(world);
    texts_of_reads(world->session);
    texts_of_acts(world->session);
}

/* A NUL inside what comes with its length. */
static void nuls(const struct world *world) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    static const char nul[] = "a\0b";
    liasse_open_options how = world->how;
    liasse_deposit given = deposit_of(document);
    how.synonyms = nul;
    how.synonyms_length = 3;
    TRY("liasse_open_options.synonyms", LIASSE_E_TEXT, opened(world, how));
    how = world->how;
    how.frequencies = nul;
    how.frequencies_length = 3;
    TRY("liasse_open_options.frequencies", LIASSE_E_TEXT, opened(world, how));
    TRY("liasse_search.query", LIASSE_E_TEXT, asked(world->session, words(nul, 3)));
    given.text = nul;
    given.text_length = 3;
    TRY("liasse_deposit.text", LIASSE_E_TEXT, deposited(world, given));
    TRY("liasse_session_break_glass.motive", LIASSE_E_TEXT,
        liasse_session_break_glass(world->session, PATIENT, nul, 3, &error));
}

static void lengths_of_options(const struct world *world, size_t length) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    const char *sinks[] = {"x"};
    liasse_open_options how = world->how;
    liasse_search what = words("x", length);
    liasse_deposit given = deposit_of(document);
    liasse_session *session = NULL;
    liasse_outcomes *outcomes = NULL;
    liasse_session_options who = {0};
    liasse_declaration declared = {0};
    liasse_erasure erasure = {0};
    liasse_kms kms = {0};
    liasse_signer signer = {0};
    liasse_since since = {0};
    liasse_changes *changes = NULL;
    signer.struct_size = sizeof signer;
    how.sinks = sinks;
    how.sink_count = length;
    TRY("liasse_open_options.sink_count", LIASSE_E_LENGTH, opened(world, how));
    how = world->how;
    how.signers = &signer;
    how.signer_count = length;
    TRY("liasse_open_options.signer_count", LIASSE_E_LENGTH, opened(world, how));
    how.signer_count = 1;
    signer.struct_size = length;
    TRY("liasse_signer.struct_size", LIASSE_E_STRUCT_SIZE, opened(world, how));
    how = world->how;
    how.synonyms = "x";
    how.synonyms_length = length;
    TRY("liasse_open_options.synonyms_length", LIASSE_E_LENGTH, opened(world, how));
    how = world->how;
    how.durable_purposes = &who.purpose;
    how.durable_purpose_count = length;
    TRY("liasse_open_options.durable_purpose_count", LIASSE_E_LENGTH, opened(world, how));
    how = world->how;
    how.frequencies = "x";
    how.frequencies_length = length;
    TRY("liasse_open_options.frequencies_length", LIASSE_E_LENGTH, opened(world, how));
    how.struct_size = length;
    TRY("liasse_open_options.struct_size", LIASSE_E_STRUCT_SIZE, opened(world, how));
    how = world->how;
    how.key_file = NULL;
    how.kms = &kms;
    kms.struct_size = length;
    TRY("liasse_kms.struct_size", LIASSE_E_STRUCT_SIZE, opened(world, how));
    TRY("liasse_search.query_length", LIASSE_E_LENGTH, asked(world->session, what));
    what = words("x", 1);
    what.limit = length;
    TRY("liasse_search.limit", LIASSE_E_LIMIT, searched(world->session, what));
    what.struct_size = length;
    TRY("liasse_search.struct_size", LIASSE_E_STRUCT_SIZE, asked(world->session, what));
    given.length = length;
    TRY("liasse_deposit.length", LIASSE_E_LENGTH, deposited(world, given));
    given = deposit_of(document);
    given.text = "x";
    given.text_length = length;
    TRY("liasse_deposit.text_length", LIASSE_E_LENGTH, deposited(world, given));
    given.struct_size = length;
    TRY("liasse_deposit.struct_size", LIASSE_E_STRUCT_SIZE, deposited(world, given));
    who.struct_size = declared.struct_size = erasure.struct_size = length;
    TRY("liasse_session_options.struct_size", LIASSE_E_STRUCT_SIZE,
        liasse_session_open(world->engine, &who, &session, &error));
    since.struct_size = length;
    TRY("liasse_since.struct_size", LIASSE_E_STRUCT_SIZE,
        liasse_session_changes(world->session, PATIENT, &since, &changes, &error));
    TRY("liasse_declaration.struct_size", LIASSE_E_STRUCT_SIZE,
        liasse_engine_declare(world->engine, PATIENT, &declared, &error));
    TRY("liasse_erasure.struct_size", LIASSE_E_STRUCT_SIZE,
        liasse_engine_erase(world->engine, &erasure, 1, &outcomes, &error));
}

static void lengths_of_calls(const struct world *world, size_t length) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    const char *sinks[] = {"x"};
    liasse_search what = words("note", 4);
    liasse_deposit given = deposit_of(document);
    liasse_erasure erasure = {0};
    liasse_outcomes *outcomes = NULL;
    liasse_restored *restored = NULL;
    liasse_set_ticket *ticket = NULL;
    liasse_words *found = NULL;
    liasse_id id;
    erasure.struct_size = sizeof erasure;
    TRY("liasse_restore.sink_count", LIASSE_E_LENGTH,
        liasse_restore("x", sinks, length, "x", &world->how, &restored, &error));
    TRY("liasse_refresh.sink_count", LIASSE_E_LENGTH,
        liasse_refresh("x", sinks, length, "x", NULL, &error));
    TRY("liasse_session_break_glass.length", LIASSE_E_LENGTH,
        liasse_session_break_glass(world->session, PATIENT, "x", length, &error));
    TRY("liasse_engine_erase.count", LIASSE_E_LENGTH,
        liasse_engine_erase(world->engine, &erasure, length, &outcomes, &error));
    TRY("liasse_session_deposit_set.count", LIASSE_E_LENGTH,
        liasse_session_deposit_set(world->session, &given, length, &id, NULL, NULL, &error));
    TRY("liasse_session_begin_deposit_set.count", LIASSE_E_LENGTH,
        liasse_session_begin_deposit_set(world->session, &given, length, &ticket, &error));
    /* A ceiling, of which no memory is made. */
    TRY("liasse_session_complete.most", LIASSE_OK,
        liasse_session_complete(world->session, &what, length, &found, &error));
    liasse_words_free(found);
    EXPECT(LIASSE_OK, liasse_session_begin_deposit_set(world->session, &given, 1, &ticket, &error));
    TRY("liasse_set_ticket_wait.count", LIASSE_E_LENGTH,
        liasse_set_ticket_wait(ticket, length, &id, NULL, NULL, &error));
    liasse_set_ticket_free(ticket);
}

/* What overflows alone, what overflows when it is multiplied, and what is merely absurd. */
static void lengths(const struct world *world) {
    const size_t lengths[] = {SIZE_MAX, SIZE_MAX / sizeof(void *) + 1, (SIZE_MAX >> 1) + 1};
    size_t at;
    for (at = 0; at < sizeof lengths / sizeof lengths[0]; at++) {
        lengths_of_options(world, lengths[at]);
        lengths_of_calls(world, lengths[at]);
    }
}

/* A document that is read from memory, and the text that is changed meanwhile. */
struct change {
    const char *document;
    size_t given;
    char *text;
};

static int64_t read_and_change(void *user, uint8_t *buffer, size_t capacity) {
    struct change *change = user;
    size_t left = strlen(change->document) - change->given;
    CHECK(left <= capacity);
    memcpy(buffer, change->document + change->given, left);
    change->given += left;
    change->text[0] = '\377';
    return (int64_t)left;
}

/* What a deposit's read changes is looked at as it is behind it, in a set behind all of them. */
static void changing(const struct world *world) {
    static const char document[] = DOCUMENT("8", "Note", "Note.");
    static const char other[] = DOCUMENT("9", "Note", "Note.");
    char text[] = "Toux.";
    struct change change;
    liasse_deposit given = {0}, set[2];
    liasse_ticket *ticket = NULL;
    liasse_set_ticket *tickets = NULL;
    liasse_id ids[2];
#define AGAIN (change.given = 0, text[0] = 'T')
    change.document = document;
    change.text = text;
    given.struct_size = sizeof given;
    given.read = read_and_change;
    given.user = &change;
    given.absent = LIASSE_ABSENT_OPEN;
    set[1] = given;
    given.text = text;
    given.text_length = strlen(text);
    set[0] = deposit_of(other);
    set[0].text = text;
    set[0].text_length = strlen(text);
    AGAIN;
    TRY("liasse_session_deposit", LIASSE_E_TEXT, deposited(world, given));
    AGAIN;
    TRY("liasse_session_begin_deposit", LIASSE_E_TEXT,
        liasse_session_begin_deposit(world->session, &given, &ticket, &error));
    AGAIN;
    TRY("liasse_session_deposit_set", LIASSE_E_TEXT,
        liasse_session_deposit_set(world->session, set, 2, ids, NULL, NULL, &error));
    AGAIN;
    TRY("liasse_session_begin_deposit_set", LIASSE_E_TEXT,
        liasse_session_begin_deposit_set(world->session, set, 2, &tickets, &error));
    CHECK(ticket == NULL && tickets == NULL);
    AGAIN;
    given.text = NULL;
    given.text_length = 0;
    EXPECT(LIASSE_OK, deposited(world, given));
}

/* Numbers one behind the other that are none of the constants. */
static void numbers(const struct world *world) {
    const uint32_t wrong[] = {LIASSE_PURPOSE_CARE, 10};
    liasse_open_options how = world->how;
    how.durable_purposes = wrong;
    how.durable_purpose_count = 2;
    TRY("liasse_open_options.durable_purposes", LIASSE_E_VALUE, opened(world, how));
    how.durable_purposes = NULL;
    EXPECT(LIASSE_E_POINTER, opened(world, how));
}

/* How a callback misbehaves, and what the library told it. */
struct guile {
    int call_back;
    int calls;
    const liasse_engine *engine;
};

static void misbehave(struct guile *guile) {
    liasse_error *inner = NULL;
    liasse_stats stats = {0};
    guile->calls++;
    if (!guile->call_back) return;
    stats.struct_size = sizeof stats;
    CHECK(liasse_engine_stats(guile->engine, &stats, &inner) == LIASSE_E_REENTERED);
    CHECK(liasse_error_code(inner) == LIASSE_E_REENTERED);
    liasse_error_free(inner);
    /* What is in use further up the stack is not freed under it. */
    CHECK(liasse_engine_close((liasse_engine *)(uintptr_t)guile->engine, NULL) ==
          LIASSE_E_REENTERED);
}

static int64_t read_badly(void *user, uint8_t *buffer, size_t capacity) {
    struct guile *guile = user;
    (void)buffer;
    misbehave(guile);
    if (guile->call_back) return 0;
    return guile->calls % 2 ? -1 : (int64_t)capacity + 1;
}

static int32_t write_badly(void *user, const uint8_t *bytes, size_t length) {
    struct guile *guile = user;
    (void)bytes;
    (void)length;
    misbehave(guile);
    return guile->call_back ? 0 : 7;
}

static int32_t go_on_badly(void *user, uint64_t copied, uint64_t remaining) {
    struct guile *guile = user;
    (void)copied;
    (void)remaining;
    misbehave(guile);
    return guile->call_back ? 0 : 7;
}

static void log_badly(void *user, uint32_t class_, int32_t code, const char *message) {
    (void)class_;
    (void)code;
    (void)message;
    misbehave(user);
}

static int32_t sign_badly(void *user, const uint8_t *lines, size_t length, uint8_t *signature) {
    struct guile *guile = user;
    CHECK(lines != NULL && length > 0);
    memset(signature, 0, 64);
    misbehave(guile);
    return guile->call_back ? 0 : 7;
}

/* The base point of the curve stands for a public key: nobody has signed for it. */
static liasse_signer signer_of(struct guile *guile) {
    liasse_signer signer = {0};
    signer.struct_size = sizeof signer;
    signer.user = guile;
    signer.sign = sign_badly;
    memset(signer.public_key, 0x66, sizeof signer.public_key);
    signer.public_key[0] = 0x58;
    return signer;
}

/* What a signer does not truly sign does not leave, and all else goes on. */
static void signing(const struct world *world, struct guile *guile) {
    liasse_signer signer = signer_of(guile);
    liasse_open_options how = world->how;
    liasse_engine *engine = NULL;
    liasse_bytes *text = NULL;
    char key[4096], store[4096];
    strcpy(key, path_in(world->folder, guile->call_back ? "called.key" : "failed.key"));
    EXPECT(LIASSE_OK, liasse_key_file_create(key, &error));
    how.key_file = key;
    how.signers = &signer;
    how.signer_count = 1;
    strcpy(store, path_in(world->folder, guile->call_back ? "called" : "failed"));
    EXPECT(LIASSE_OK, liasse_engine_create(store, &how, &engine, &error));
    guile->calls = 0;
    TRY("liasse_signer", LIASSE_E_KEY_STORE, liasse_engine_checkpoint(engine, &text, &error));
    CHECK(guile->calls == 1);
    EXPECT(LIASSE_OK, liasse_engine_signer_keys(engine, &text, &error));
    CHECK(liasse_bytes_length(text) > 32);
    liasse_bytes_free(text);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    CHECK(guile->calls == 1);
}

static void callbacks(const struct world *world, struct guile *guile) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    int fails = !guile->call_back;
    int32_t wanted = fails ? LIASSE_E_CALLBACK : LIASSE_OK;
    liasse_deposit given = deposit_of(document);
    liasse_id id;
    EXPECT(LIASSE_OK, liasse_session_deposit(world->session, &given, &id, NULL, NULL, &error));
    memset(&given, 0, sizeof given);
    given.struct_size = sizeof given;
    given.read = read_badly;
    given.user = guile;
    TRY("liasse_read_callback", fails ? LIASSE_E_CALLBACK : LIASSE_E_DOCUMENT_KIND,
        deposited(world, given));
    if (fails) EXPECT(LIASSE_E_CALLBACK, deposited(world, given));
    TRY("liasse_write_callback", wanted,
        liasse_session_fetch_to(world->session, &id, write_badly, guile, &error));
    TRY("liasse_progress_callback", fails ? LIASSE_E_CANCELLED : LIASSE_OK,
        liasse_engine_reindex(world->engine, LIASSE_REINDEX_EVERYTHING, go_on_badly, guile, NULL,
                              NULL, &error));
    CHECK(guile->calls >= 3);
    EXPECT(LIASSE_OK, liasse_session_fetch_to(world->session, &id, write_badly,
                                              &(struct guile){1, 0, world->engine}, &error));
    signing(world, guile);
}

/* A callback that fails ends its call, and nothing but its call. */
static void failing(const struct world *world) {
    struct guile guile = {0, 0, world->engine};
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys);
    liasse_open_options how = {0};
    callbacks(world, &guile);
    how.struct_size = sizeof how;
    how.kms = &kms;
    keys.answer = LIASSE_KMS_UNREACHABLE;
    TRY("liasse_kms", LIASSE_E_KEY_UNREACHABLE, opened(world, how));
    keys.answer = 12345;
    EXPECT(LIASSE_E_KEY_STORE, opened(world, how));
    CHECK(keys.released == 2);
}

/* The calls that may be given a table, as one. */
static int32_t given_a_table(const struct world *world, int which, const char *directory,
                             const liasse_open_options *how) {
    liasse_engine *engine = NULL;
    liasse_findings *findings = NULL;
    switch (which) {
    case 0: return liasse_engine_create(directory, how, &engine, &error);
    case 1: return liasse_engine_open(directory, how, &engine, &error);
    case 2: return liasse_verify(directory, how, &findings, &error);
    case 3: return liasse_restore(world->folder, NULL, 0, directory, how, NULL, &error);
    default: return liasse_promote(directory, how, NULL, &error);
    }
}

/* A call that answers that it was called wrongly has not taken the table, and any other releases
 * it once: when it fails, before it returns. */
static void released_once(const struct world *world, int which, const char *name) {
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys), wrong = keys_table(&keys);
    liasse_open_options how = {0};
    char path[4096];
    int32_t code;
    strcpy(path, path_in(world->folder, "nothing"));
    how.struct_size = sizeof how;
    how.kms = &kms;
    keys.answer = LIASSE_KMS_UNREACHABLE;
    EXPECT(LIASSE_E_TEXT, given_a_table(world, which, BAD, &how));
    how.recheck = 2;
    EXPECT(LIASSE_E_VALUE, given_a_table(world, which, path, &how));
    how.recheck = 0;
    how.key_file = "x";
    EXPECT(LIASSE_E_VALUE, given_a_table(world, which, path, &how));
    how.key_file = NULL;
    how.pack = BAD;
    EXPECT(LIASSE_E_TEXT, given_a_table(world, which, path, &how));
    how.pack = NULL;
    how.kms = &wrong;
    wrong.wrap = NULL;
    EXPECT(LIASSE_E_POINTER, given_a_table(world, which, path, &how));
    wrong.struct_size = 8;
    EXPECT(LIASSE_E_STRUCT_SIZE, given_a_table(world, which, path, &how));
    CHECK(keys.released == 0);
    how.kms = &kms;
    code = given_a_table(world, which, path, &how);
    CHECK(code < 0 && code > LIASSE_E_POINTER && keys.released == 1);
    liasse_error_free(error);
    error = NULL;
    printf("%s\n", name);
}

static void releasing(const struct world *world) {
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys);
    liasse_open_options how = {0};
    liasse_engine *engine = NULL, *another = NULL;
    liasse_findings *findings = NULL;
    char path[4096];
    released_once(world, 0, "liasse_engine_create");
    released_once(world, 1, "liasse_engine_open");
    released_once(world, 2, "liasse_verify");
    released_once(world, 3, "liasse_restore");
    released_once(world, 4, "liasse_promote");
    strcpy(path, path_in(world->folder, "released"));
    how.struct_size = sizeof how;
    how.kms = &kms;
    EXPECT(LIASSE_OK, liasse_engine_create(path, &how, &engine, &error));
    EXPECT(LIASSE_E_BUSY, liasse_engine_open(path, &how, &another, &error));
    CHECK(keys.released == 1);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    CHECK(keys.released == 2);
    EXPECT(LIASSE_OK, liasse_verify(path, &how, &findings, &error));
    CHECK(keys.released == 3);
    liasse_findings_free(findings);
}

/* What outlives an engine holds neither its store nor its key store: another opens it at once,
 * and what the key store stood on is freed before the session and the backup are. */
static void ending(const struct world *world) {
    static const char document[] = DOCUMENT("51", "Note", "Note.");
    liasse_deposit given = deposit_of(document);
    liasse_id id;
    struct keys *keys = calloc(1, sizeof *keys);
    struct keys another = {0};
    liasse_kms kms;
    liasse_open_options how = {0};
    liasse_engine *engine = NULL;
    liasse_session *session, *own;
    liasse_changes *changes = NULL;
    liasse_entries *entries = NULL;
    liasse_backup *backup = NULL;
    liasse_progress progress = {0};
    char path[4096];
    CHECK(keys != NULL);
    kms = keys_table(keys);
    strcpy(path, path_in(world->folder, "ending"));
    how.struct_size = sizeof how;
    how.kms = &kms;
    EXPECT(LIASSE_OK, liasse_engine_create(path, &how, &engine, &error));
    session = doctor(engine);
    EXPECT(LIASSE_OK,
           liasse_session_open_dossier(session, PATIENT, NULL, 1, "she asked for it", &error));
    own = holder(engine);
    EXPECT(LIASSE_OK, liasse_session_changes(own, PATIENT, NULL, &changes, &error));
    liasse_session_close(own);
    EXPECT(LIASSE_OK, liasse_engine_begin_backup(
                          engine, path_in(world->folder, "ending-backup"), &backup, &error));
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    engine = NULL;
    CHECK(keys->released == 1);
    another = *keys;
    memset(keys, 255, sizeof *keys);
    free(keys);
    kms = keys_table(&another);
    EXPECT(LIASSE_OK, liasse_engine_open(path, &how, &engine, &error));
    progress.struct_size = sizeof progress;
    TRY("liasse_backup", LIASSE_E_CLOSED, liasse_backup_step(backup, 1, &progress, &error));
    TRY("liasse_session", LIASSE_E_CLOSED,
        liasse_session_entries(session, PATIENT, LIASSE_STATUSES_ALL, &entries, &error));
    liasse_backup_free(backup);
    liasse_session_close(session);
    liasse_changes_free(changes);
    session = doctor(engine);
    EXPECT(LIASSE_OK, liasse_session_deposit(session, &given, &id, NULL, NULL, &error));
    EXPECT(LIASSE_OK,
           liasse_session_entries(session, PATIENT, LIASSE_STATUSES_ALL, &entries, &error));
    liasse_entries_free(entries);
    liasse_session_close(session);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
    CHECK(another.released == 2);
}

/* A callback that calls the library is told so, and what it was called for goes on. */
static void calling(const struct world *world) {
    struct guile guile = {1, 0, world->engine};
    struct keys keys = {0};
    liasse_kms kms = keys_table(&keys);
    liasse_open_options how = {0};
    liasse_engine *engine = NULL;
    callbacks(world, &guile);
    EXPECT(LIASSE_OK, liasse_log_to(log_badly, &guile, &error));
    guile.calls = 0;
    TRY("liasse_log_callback", LIASSE_E_NOT_A_STORE,
        liasse_engine_open(path_in(world->folder, "none"), &world->how, &engine, &error));
    CHECK(guile.calls == 1);
    EXPECT(LIASSE_OK, liasse_log_to(NULL, NULL, &error));
    how.struct_size = sizeof how;
    how.kms = &kms;
    how.sinks_waived = "a test";
    keys.call_back = 1;
    TRY("liasse_kms", LIASSE_OK,
        liasse_engine_create(path_in(world->folder, "by-keys"), &how, &engine, &error));
    CHECK(keys.told == LIASSE_E_REENTERED);
    EXPECT(LIASSE_OK, liasse_engine_close(engine, &error));
}

/* Each query and each deposit is refused before it takes more memory than it, or all, may. */
static void bounded(const struct world *world, uint64_t own, int32_t wanted) {
    static const char document[] = DOCUMENT("1", "Note", "Note.");
    liasse_deposit given = deposit_of(document);
    liasse_search what = words("note", 4);
    liasse_ticket *ticket = NULL;
    liasse_set_ticket *tickets = NULL;
    liasse_answer *answer = NULL;
    liasse_words *found = NULL;
    liasse_bytes *text = NULL;
    liasse_session *auditor =
        session_of(world->engine, "899900000009", "auditeur", LIASSE_PURPOSE_AUDIT);
    liasse_session_options who = {0};
    liasse_id id;
    who.struct_size = sizeof who;
    who.actor = "899900000001";
    who.profession = "medecin";
    who.purpose = LIASSE_PURPOSE_PANEL;
    given.memory_bytes_max = what.memory_bytes_max = own;
    what.limit = 10000;
    TRY("liasse_session_deposit", wanted, deposited(world, given));
    TRY("liasse_session_begin_deposit", wanted,
        liasse_session_begin_deposit(world->session, &given, &ticket, &error));
    TRY("liasse_session_deposit_set", wanted,
        liasse_session_deposit_set(world->session, &given, 1, &id, NULL, NULL, &error));
    TRY("liasse_session_begin_deposit_set", wanted,
        liasse_session_begin_deposit_set(world->session, &given, 1, &tickets, &error));
    TRY("liasse_session_count", wanted, asked(world->session, what));
    TRY("liasse_session_search", wanted, searched(world->session, what));
    TRY("liasse_session_ask", wanted, liasse_session_ask(world->session, &what, &answer, &error));
    liasse_ticket_free(ticket);
    liasse_set_ticket_free(tickets);
    TRY("liasse_session_explain", wanted,
        liasse_session_explain(world->session, &what, &text, &error));
    liasse_bytes_free(text);
    text = NULL;
    TRY("liasse_session_complete", wanted,
        liasse_session_complete(world->session, &what, 3, &found, &error));
    TRY("liasse_session_did_you_mean", wanted,
        liasse_session_did_you_mean(world->session, &what, &text, &error));
    liasse_bytes_free(text);
    text = NULL;
    what.patient = NULL;
    TRY("liasse_session_explain_plan", wanted,
        liasse_session_explain_plan(auditor, &who, &what, &text, &error));
    liasse_bytes_free(text);
    liasse_words_free(found);
    liasse_session_close(auditor);
    liasse_answer_free(answer);
}

/* Tickets that nobody has waited for, or freed, hold what their deposits may still take. */
static void bounded_tickets(const struct world *world) {
    static const char first[] = DOCUMENT("41", "Note", "Note.");
    static const char second[] = DOCUMENT("42", "Note", "Note.");
    liasse_deposit given[2];
    liasse_ticket *ticket = NULL, *next = NULL;
    liasse_set_ticket *tickets = NULL;
    liasse_id ids[2];
    given[0] = deposit_of(first);
    given[1] = deposit_of(second);
    CHECK(liasse_memory_limit((4 << 20) + 13 * sizeof first + (32 << 10)) == 0);
    EXPECT(LIASSE_OK, liasse_session_begin_deposit(world->session, given, &ticket, &error));
    EXPECT(LIASSE_E_BUDGET, liasse_session_begin_deposit(world->session, given, &next, &error));
    EXPECT(LIASSE_E_BUDGET, deposited(world, given[1]));
    EXPECT(LIASSE_OK, liasse_ticket_wait(ticket, ids, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_session_begin_deposit(world->session, given, &next, &error));
    liasse_ticket_free(next);
    EXPECT(LIASSE_OK, deposited(world, given[1]));
    liasse_ticket_free(ticket);
    CHECK(liasse_memory_limit((8 << 20) + 26 * sizeof first + (32 << 10)) != 0);
    EXPECT(LIASSE_OK,
           liasse_session_begin_deposit_set(world->session, given, 2, &tickets, &error));
    EXPECT(LIASSE_E_BUDGET,
           liasse_session_deposit_set(world->session, given, 2, ids, NULL, NULL, &error));
    EXPECT(LIASSE_OK, liasse_set_ticket_wait(tickets, 2, ids, NULL, NULL, &error));
    EXPECT(LIASSE_OK,
           liasse_session_deposit_set(world->session, given, 2, ids, NULL, NULL, &error));
    liasse_set_ticket_free(tickets);
    CHECK(liasse_memory_limit(0) != 0);
}

/* A document that has no end. */
static int64_t endless(void *user, uint8_t *buffer, size_t capacity) {
    size_t *given = user;
    memset(buffer, 'a', capacity);
    *given += capacity;
    return (int64_t)capacity;
}

/* What is read during the call is granted before it is held, part by part; a file before it is
 * read; a set that no store takes is not read at all. */
static void bounded_reads(const struct world *world) {
    enum { PARTS = 10 };
    static liasse_deposit given[257];
    static liasse_id ids[257];
    const char *path = path_in(world->folder, "large");
    FILE *file = fopen(path, "wb");
    size_t taken = 0, at;
    for (at = 0; at < 257; at++) {
        given[at].struct_size = sizeof given[at];
        given[at].read = endless;
        given[at].user = &taken;
    }
    EXPECT(LIASSE_E_LIMIT,
           liasse_session_deposit_set(world->session, given, 257, ids, NULL, NULL, &error));
    CHECK(taken == 0);
    CHECK(liasse_memory_limit((4 << 20) + PARTS * 12 * (64 << 10)) == 0);
    EXPECT(LIASSE_E_BUDGET, deposited(world, given[0]));
    CHECK(taken == (PARTS + 1) * (64 << 10));
    taken = 0;
    EXPECT(LIASSE_E_BUDGET,
           liasse_session_deposit_set(world->session, given, 2, ids, NULL, NULL, &error));
    CHECK(taken == (PARTS + 1) * (64 << 10));
    CHECK(file != NULL && fseek(file, PARTS * (64 << 10), SEEK_SET) == 0);
    CHECK(fputc('a', file) == 'a' && fclose(file) == 0);
    given[0].read = NULL;
    given[0].path = path;
    EXPECT(LIASSE_E_BUDGET, deposited(world, given[0]));
    CHECK(liasse_memory_limit(0) != 0);
    EXPECT(LIASSE_E_DOCUMENT_KIND, deposited(world, given[0]));
}

static void budgets(const struct world *world) {
    bounded_reads(world);
    bounded_tickets(world);
    bounded(world, 1024, LIASSE_E_BUDGET);
    bounded(world, 1 << 30, LIASSE_OK);
    CHECK(liasse_memory_limit(1024) == 0);
    bounded(world, 0, LIASSE_E_BUDGET);
    CHECK(liasse_memory_limit(0) == 1024);
    bounded(world, 0, LIASSE_OK);
}

int main(int count, char **arguments) {
    static const char first[] = DOCUMENT("2", "Note", "Note.");
    static const struct {
        const char *name;
        void (*run)(const struct world *world);
    } parts[] = {{"texts", texts},     {"nuls", nuls},       {"lengths", lengths},
                 {"numbers", numbers}, {"changing", changing}, {"failing", failing},
                 {"releasing", releasing}, {"ending", ending}, {"calling", calling},
                 {"budgets", budgets}};
    struct world world = {0};
    char key[4096];
    size_t at;
    CHECK(count == 2 || count == 3);
    world.folder = arguments[1];
    strcpy(key, path_in(world.folder, "root.key"));
    EXPECT(LIASSE_OK, liasse_key_file_create(key, &error));
    world.how.struct_size = sizeof world.how;
    world.how.key_file = key;
    EXPECT(LIASSE_OK, liasse_engine_create(path_in(world.folder, "store"), &world.how,
                                           &world.engine, &error));
    world.session = doctor(world.engine);
    EXPECT(LIASSE_OK, deposited(&world, deposit_of(first)));
    liasse_session_close(world.session);
    /* Opened again, its documents are in segments. */
    EXPECT(LIASSE_OK, liasse_engine_close(world.engine, &error));
    EXPECT(LIASSE_OK,
           liasse_engine_open(path_in(world.folder, "store"), &world.how, &world.engine, &error));
    world.session = doctor(world.engine);
    for (at = 0; at < sizeof parts / sizeof parts[0]; at++) {
        if (count == 2 || strcmp(arguments[2], parts[at].name) == 0) parts[at].run(&world);
    }
    liasse_session_close(world.session);
    EXPECT(LIASSE_OK, liasse_engine_close(world.engine, &error));
    return 0;
}
