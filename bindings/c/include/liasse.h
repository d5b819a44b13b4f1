/*
 * liasse.h: medical dossiers, kept and searched inside your own process.
 *
 * This file is generated from the library's code; docs/c-abi.md is the guide to it.
 *
 * A COMPLETE PROGRAM. It makes a store, deposits a document, lists the dossier:
 *
 *     #include <liasse.h>
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     static int failed(liasse_error *error) {
 *         fprintf(stderr, "%s; %s\n", liasse_error_message(error), liasse_error_hint(error));
 *         liasse_error_free(error);
 *         return 1;
 *     }
 *
 *     static const char document[] =
 *         "{\"liasse_document\":1,\"unique_id\":\"1.2.250.1.213.1.1.9999^1\","
 *         "\"type\":{\"code\":\"11488-4\"},\"title\":\"Compte rendu de consultation\","
 *         "\"creation_time\":\"2026-01-31T12:00:00Z\",\"text\":\"Toux depuis trois jours.\","
 *         "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","
 *         "\"oid\":\"1.2.250.1.213.1.4.10\"}}}";
 *
 *     int main(void) {
 *         liasse_error *error = NULL;
 *         liasse_engine *engine = NULL;
 *         liasse_session *session = NULL;
 *         liasse_entries *entries = NULL;
 *         const liasse_entry *entry = NULL;
 *         liasse_id id;
 *
 *         liasse_open_options how = {0};
 *         how.struct_size = sizeof how;
 *         how.key_file = "root.key";
 *         if (liasse_key_file_create("root.key", &error)) return failed(error);
 *         if (liasse_engine_create("store", &how, &engine, &error)) return failed(error);
 *
 *         liasse_session_options who = {0};
 *         who.struct_size = sizeof who;
 *         who.actor = "899900000001";
 *         who.profession = "medecin";
 *         who.purpose = LIASSE_PURPOSE_CARE;
 *         if (liasse_session_open(engine, &who, &session, &error)) return failed(error);
 *
 *         liasse_deposit what = {0};
 *         what.struct_size = sizeof what;
 *         what.bytes = (const uint8_t *)document;
 *         what.length = strlen(document);
 *         what.absent = LIASSE_ABSENT_OPEN;
 *         if (liasse_session_deposit(session, &what, &id, NULL, NULL, &error))
 *             return failed(error);
 *
 *         if (liasse_session_entries(session, "299999999999945@1.2.250.1.213.1.4.10",
 *                                    LIASSE_STATUSES_APPROVED, &entries, &error))
 *             return failed(error);
 *         while (liasse_entries_next(entries, &entry, &error) == LIASSE_OK && entry)
 *             printf("%s\n", entry->title.bytes);
 *
 *         liasse_entries_free(entries);
 *         liasse_session_close(session);
 *         return liasse_engine_close(engine, &error) ? failed(error) : 0;
 *     }
 *
 * ANSWERS. A function that can fail returns int32_t: LIASSE_OK, which is 0, or a negative
 * LIASSE_E_*, whose meaning never changes. Its last argument, error, is NULL or the address of a
 * liasse_error pointer of yours. When the call fails, that pointer is set to a new error with
 * code, class (who must act), message, hint and place; free it with liasse_error_free. When the
 * call succeeds, it is left alone. Nothing is kept per thread. What was forbidden and what does
 * not exist give the same LIASSE_E_REFUSED.
 *
 * WHAT YOU KEEP, by number:
 *  1 A handle (a pointer to a struct that this header declares and does not define) is one this
 *    library gave and that is not freed yet. NULL is an error where a handle is used, and nothing
 *    where one is freed.
 *  2 Nothing else uses a handle while it is freed or closed, or while it is passed without
 *    const. Passed as const, an engine, a session, an interrupt and bytes may be used by any
 *    number of threads at a time; all other handles by one at a time, whichever thread it is.
 *  3 What you pass in is yours, only read during the call, and as it is until the call returns:
 *    no other thread changes it, and no callback, but that read of a deposit may change what
 *    this and the other deposits of the call lead to, which is looked at behind all of them. A
 *    text (const char *) is UTF-8 and ends with a NUL; where a length comes with it, it needs no
 *    NUL and holds none. A pointer with length 0 may be NULL.
 *  4 An options struct is zeroed first, then struct_size is set to its sizeof, then what you
 *    need. So a program keeps running with a library that knows more fields.
 *  5 An output is a pointer to memory of yours. It is written when the call succeeds and left
 *    alone when it fails. NULL is an error unless the function says that it may be NULL.
 *  6 A function that you name (a callback) is called with the user pointer named with it, and
 *    returns; it neither unwinds nor jumps out. Unless its type says otherwise it is called during
 *    the call it was named for, by the thread that makes the call. It calls no function of this
 *    library, but those that return no int32_t: any other answers LIASSE_E_REENTERED, and what it
 *    frees, but errors, is left alone.
 *
 * WHAT YOU GET. Every handle you get is yours until you give it to the function that its maker
 * names. A row of a cursor, and every pointer in it, is the cursor's: valid until the next step
 * of the cursor or its end. A text in a row ends with a NUL and knows its length.
 * Sessions, cursors and backups may outlive the engine's closing; then they answer
 * LIASSE_E_CLOSED, or what they already hold, and are still to be freed.
 *
 * FAULTS. A fault of the library's own (a panic) ends the call with LIASSE_E_PANIC, never the
 * process; from then on the handle answers LIASSE_E_POISONED_HANDLE and can only be freed. Out
 * of memory does end the process; what was acknowledged is on disk. In a process forked off after
 * a handle was made, the handle answers LIASSE_E_FORKED, and freeing it does nothing. A handle
 * that another copy of the library made in the same process is LIASSE_E_HANDLE.
 *
 * VERSIONS. When the program starts, ask LIASSE_VERSION_FITS(liasse_version_number()). Two versions
 * may be loaded into one process.
 *
 * MEMORY. memory_bytes_max of a search or a deposit, and liasse_memory_limit for all of them
 * under way together and all tickets that nobody has waited for, have a call answer
 * LIASSE_E_BUDGET before it takes more. A search gives at most 10000 hits. Other calls of a session
 * hold what they list, which has bounds of its own: entries and changes at most 166400 documents
 * of a dossier, in about 1 KiB each; points at most 65536 of a document, in about 256 bytes each;
 * history, history_during, audit_events and audit_events_during the traces of the dossier or of
 * the time asked for, at most 64 KiB each; my_dossiers about 128 bytes for each of the actor's; fetch a document, at most
 * 64 MiB; erase and erase_document a receipt. An Arrow stream holds what its cursor would. What an
 * operator lists (findings, receipts, packs, sinks) is as long as the store has of it.
 *
 * Instants are milliseconds since 1970-01-01T00:00:00Z. Patients are named by their matricule,
 * or by matricule@OID with the OID of the authority that gave it.
 */

#ifndef LIASSE_H
#define LIASSE_H

#include <stddef.h>
#include <stdint.h>

// A stream of the Arrow C data interface. Arrow's own header, or those of its implementations,
// define it for programs that look inside.
struct ArrowArrayStream;

// Whether a library of this version (liasse_version_number()) serves a program that was built with
// this header: major and, before 1.0, minor are equal, and the rest is not lower.
#define LIASSE_VERSION_FITS(loaded) \
    ((loaded) >= LIASSE_VERSION_NUMBER && \
     (loaded) / LIASSE_VERSION_SAME == LIASSE_VERSION_NUMBER / LIASSE_VERSION_SAME)
#define LIASSE_VERSION_SAME (LIASSE_VERSION_NUMBER < 1000000 ? 1000 : 1000000)

// The call did what it should.
#define LIASSE_OK 0

// Refused: the rules say no, or there is nothing by that id; the two look the same.
#define LIASSE_E_REFUSED -1

// Refused: a write the rules do not allow.
#define LIASSE_E_WRITE_REFUSED -2

// Refused: the session's purpose is never allowed.
#define LIASSE_E_PURPOSE_REFUSED -3

// Misuse: a field, a code or a combination of options is wrong.
#define LIASSE_E_INVALID -10

// Misuse: the query cannot be read.
#define LIASSE_E_QUERY_SYNTAX -11

// Misuse: the session's purpose cannot do this.
#define LIASSE_E_WRONG_PURPOSE -12

// Misuse: a limit would be passed.
#define LIASSE_E_LIMIT -13

// Misuse: the document is not well-formed.
#define LIASSE_E_DOCUMENT_SYNTAX -14

// Misuse: the document names no patient.
#define LIASSE_E_NO_PATIENT -15

// Misuse: the document's kind is not known.
#define LIASSE_E_DOCUMENT_KIND -16

// Misuse: the document would grow without bound when read.
#define LIASSE_E_DOCUMENT_BOMB -17

// Misuse: there is something where the store or the key file should be created.
#define LIASSE_E_EXISTS -18

// Misuse: the engine was closed.
#define LIASSE_E_CLOSED -19

// Misuse: the policy pack is not valid.
#define LIASSE_E_PACK -20

// Retry: another process has the store.
#define LIASSE_E_BUSY -30

// Retry: what was seen changed meanwhile.
#define LIASSE_E_CHANGED -31

// Retry: the service or the token that keeps the root key does not answer.
#define LIASSE_E_KEY_UNREACHABLE -32

// Retry: the host ended the query.
#define LIASSE_E_CANCELLED -34

// Retry: the query took longer than the time it was given.
#define LIASSE_E_LATE -35

// Environment: the disk or the system failed.
#define LIASSE_E_IO -40

// Environment: no space is left.
#define LIASSE_E_FULL -41

// Environment: the directory may not be written.
#define LIASSE_E_READ_ONLY -42

// Environment: the key does not open this store.
#define LIASSE_E_WRONG_KEY -43

// Environment: the key store cannot be used.
#define LIASSE_E_KEY_STORE -44

// Environment: the directory is not a store.
#define LIASSE_E_NOT_A_STORE -45

// Environment: the store was written by a newer version.
#define LIASSE_E_NEWER_FORMAT -46

// Environment: the store is an older copy; its root key was rotated since.
#define LIASSE_E_OLDER_COPY -47

// Environment: a commit failed; close the engine and open the store again.
#define LIASSE_E_POISONED -48

// Environment: the system gives no random bytes.
#define LIASSE_E_NO_ENTROPY -49

// Environment: a keyring sink is behind; an erasure waits for it.
#define LIASSE_E_SINK -50

// Environment: another copy of the store is the one that is written.
#define LIASSE_E_OTHER_COPY -51

// Corrupt: bytes of the store are damaged.
#define LIASSE_E_CORRUPT -60

// Corrupt: the catalog is damaged or cut.
#define LIASSE_E_CATALOG_DAMAGED -61

// Bug: a fault in Liasse.
#define LIASSE_E_BUG -70

// Misuse: a pointer that must not be is NULL, or is not aligned.
#define LIASSE_E_POINTER -101

// Misuse: the struct_size of an options struct is none this library knows, or a field that it
// does not know is set.
#define LIASSE_E_STRUCT_SIZE -102

// Misuse: a text is not UTF-8, or holds a NUL.
#define LIASSE_E_TEXT -103

// Misuse: a length is larger than any the library takes.
#define LIASSE_E_LENGTH -104

// Misuse: a number is none of the constants it should be, or says nothing where it must.
#define LIASSE_E_VALUE -105

// Misuse: a handle is of another type, or was freed.
#define LIASSE_E_HANDLE -106

// Bug: the call panicked; its handle answers LIASSE_E_POISONED_HANDLE from now on.
#define LIASSE_E_PANIC -107

// Bug: an earlier call on this handle panicked; free it.
#define LIASSE_E_POISONED_HANDLE -108

// Misuse: a handle was made before this process was forked off; only the process that made it
// may use it.
#define LIASSE_E_FORKED -109

// Misuse: a callback called the library, which is at work further up the same stack.
#define LIASSE_E_REENTERED -110

// Retry: the call would need more memory than it, or all calls at a time, may take.
#define LIASSE_E_BUDGET -111

// Misuse: a callback said that it failed, or answered what it cannot.
#define LIASSE_E_CALLBACK -112

// Nobody must act: the rules say no, or there is nothing.
#define LIASSE_CLASS_REFUSED 1

// The caller must act: what it passed is wrong.
#define LIASSE_CLASS_MISUSE 2

// Nobody must act for now: try again.
#define LIASSE_CLASS_RETRY 3

// The operator must act: disk, permissions, key store.
#define LIASSE_CLASS_ENVIRONMENT 4

// The operator must act: the store is damaged at a place.
#define LIASSE_CLASS_CORRUPT 5

// Liasse's makers must act.
#define LIASSE_CLASS_BUG 6

// The rules' answer about a document that is about to be returned is not asked for again.
#define LIASSE_RECHECK_OFF 0

// It is asked for again, from an independent implementation; liasse_engine_rechecks counts.
#define LIASSE_RECHECK_RETURNED 1

// The version this header was written for: major * 1000000 + minor * 1000 + patch.
#define LIASSE_VERSION_NUMBER 1000

// It is the copy that was written before, where it was before.
#define LIASSE_GROUND_SUCCESSION 0

// Whoever opens it says that it shall be, whatever copy was written before.
#define LIASSE_GROUND_TAKE_OVER 1

// A store whose index is damaged does not open.
#define LIASSE_INDEX_REFUSED 0

// It opens, and searches fail until liasse_engine_reindex has rebuilt the index.
#define LIASSE_INDEX_SET_ASIDE 1

// A function of a key store did what it should.
#define LIASSE_KMS_OK 0

// It does not answer now; trying again may help.
#define LIASSE_KMS_UNREACHABLE 1

// Its keys belong to another store.
#define LIASSE_KMS_OTHER_STORE 2

// It serves no store yet, so it cannot open one.
#define LIASSE_KMS_UNBOUND 3

// It has no root key of that epoch.
#define LIASSE_KMS_NO_ROOT 4

// The epoch asked for does not follow from the active one.
#define LIASSE_KMS_CONFLICT 5

// What was wrapped does not unwrap.
#define LIASSE_KMS_NOT_WRAPPED_HERE 6

// Its key material is damaged.
#define LIASSE_KMS_DAMAGED 7

// Another copy of the store was opened for writing since.
#define LIASSE_KMS_OTHER_WRITER 8

// A key store is asked for a new store, to which it binds itself when it serves none.
#define LIASSE_KMS_CREATE 1

// A key store is asked for a store that exists, to which it must be bound.
#define LIASSE_KMS_OPEN 2

// A destroyed root key existed in hardware or in a service that destroys it.
#define LIASSE_FORGETTING_REAL 1

// A destroyed root key was overwritten in a file, which a disk may keep all the same.
#define LIASSE_FORGETTING_BEST_EFFORT 2

// A root key can be made again from what somebody knows: destroying it erases nothing.
#define LIASSE_FORGETTING_NEVER 3

// Purpose: care of one patient.
#define LIASSE_PURPOSE_CARE 1

// Purpose: an actor's own patients, across dossiers.
#define LIASSE_PURPOSE_PANEL 2

// Purpose: bris de glace, a risk to a person who cannot express her will.
#define LIASSE_PURPOSE_EMERGENCY_BTG 3

// Purpose: the regulating physician of a centre 15.
#define LIASSE_PURPOSE_EMERGENCY_SAMU 4

// Purpose: the holder reads her own dossier.
#define LIASSE_PURPOSE_HOLDER 5

// Purpose: a legal representative or a delegate reads.
#define LIASSE_PURPOSE_REPRESENTATIVE 6

// Purpose: counts over many dossiers, pseudonymised.
#define LIASSE_PURPOSE_POPULATION 7

// Purpose: an auditor reads traces.
#define LIASSE_PURPOSE_AUDIT 8

// Purpose: a contract that needs a health assessment; always refused.
#define LIASSE_PURPOSE_CONTRACT 9

// The document was deposited.
#define LIASSE_CHANGE_NEW 1

// The document was replaced by a later one.
#define LIASSE_CHANGE_REPLACED 2

// The document's flags or status changed, or its time of being hidden has passed.
#define LIASSE_CHANGE_FLAGGED 3

// Something this version of the header has no name for.
#define LIASSE_CHANGE_OTHER 4

// who, of the kind LIASSE_PARTY_*, is of the care team until an instant.
#define LIASSE_DECLARE_TEAM 1

// who, of the kind LIASSE_PARTY_*, is of the care team no more.
#define LIASSE_DECLARE_LEFT_TEAM 2

// who represents the holder, or has access for her, as LIASSE_ROLE_*, until an instant.
#define LIASSE_DECLARE_REPRESENTED 3

// who does not any more.
#define LIASSE_DECLARE_NOT_REPRESENTED 4

// The holder comes of age at the instant until; without it she counts as of age.
#define LIASSE_DECLARE_MAJORITY 5

// A legal representative.
#define LIASSE_ROLE_LEGAL 1

// A person charged with the holder's health care.
#define LIASSE_ROLE_HEALTH_CARE 2

// An aidant.
#define LIASSE_ROLE_AIDANT 3

// A deposit for a patient without dossier is refused.
#define LIASSE_ABSENT_REFUSE 0

// A deposit for a patient without dossier opens it; the journal says so.
#define LIASSE_ABSENT_OPEN 1

// The document was kept.
#define LIASSE_OUTCOME_KEPT 1

// The same actor had deposited it before, or her structure and she may see it; nothing changed.
#define LIASSE_OUTCOME_ALREADY_PRESENT 2

// Flag: hidden from professionals.
#define LIASSE_FLAG_MASQUE_PS 1

// Flag: not yet visible to the holder.
#define LIASSE_FLAG_INVISIBLE_PATIENT 2

// Flag: hidden from legal representatives.
#define LIASSE_FLAG_INVISIBLE_REPRESENTANTS_LEGAUX 4

// Status: current.
#define LIASSE_STATUS_APPROVED 1

// Status: replaced by a later version.
#define LIASSE_STATUS_DEPRECATED 2

// Status: archived.
#define LIASSE_STATUS_ARCHIVED 3

// Status: logically deleted.
#define LIASSE_STATUS_DELETED 4

// Answer with approved documents only, the default of the DMP.
#define LIASSE_STATUSES_APPROVED 0

// Answer with deprecated and archived documents too.
#define LIASSE_STATUSES_ALL 1

// A party is a professional.
#define LIASSE_PARTY_ACTOR 1

// A party is a structure.
#define LIASSE_PARTY_STRUCTURE 2

// Consent about reading of the dossier.
#define LIASSE_MATTER_CONSULTATION 1

// Consent about deposits.
#define LIASSE_MATTER_DEPOSIT 2

// Consent about reading by the regulating physician of a centre 15.
#define LIASSE_MATTER_ETREAT 3

// Consent about bris de glace.
#define LIASSE_MATTER_BTG 4

// Consent about reading of masked documents in an emergency.
#define LIASSE_MATTER_MASKED 5

// She agrees.
#define LIASSE_CONSENT_PERMIT 1

// She is opposed.
#define LIASSE_CONSENT_DENY 2

// She was not asked.
#define LIASSE_CONSENT_UNASKED 3

// Documents are masked as they come in only when asked.
#define LIASSE_MASKING_OPEN 0

// All documents are masked as they come in.
#define LIASSE_MASKING_BY_DEFAULT 1

// An authorisation without end.
#define LIASSE_FOREVER INT64_MAX

// A data point: something was observed.
#define LIASSE_POINT_OBSERVATION 1

// A data point: a substance was given, for example a vaccine.
#define LIASSE_POINT_ADMINISTRATION 2

// A data point: a substance shall be given.
#define LIASSE_POINT_PRESCRIPTION 3

// The query is words in the syntax of docs/search.md.
#define LIASSE_FORM_WORDS 0

// The query is a question in JSON; docs/search.md gives its form.
#define LIASSE_FORM_JSON 1

// The query is the FHIR search string of DocumentReference (IHE MHD ITI-67, French PDSm).
#define LIASSE_FORM_FHIR 2

// No query: approved documents of the last two years, the newest first. Name the patient.
#define LIASSE_FORM_RECENT 3

// No query: the patient's vaccinations, whatever their date. Name the patient.
#define LIASSE_FORM_VACCINATIONS 4

// At a highlight: the patient has or had it.
#define LIASSE_SAID_AFFIRMED 1

// At a highlight: it is absent.
#define LIASSE_SAID_NEGATED 2

// At a highlight: a relative has or had it.
#define LIASSE_SAID_FAMILY 3

// At a highlight: nobody is said to have it: a heading, a condition, a risk.
#define LIASSE_SAID_UNSTATED 4

// Documents in damaged parts of the index, and those that an older version has analysed.
#define LIASSE_REINDEX_NEEDED 0

// All documents that are in index segments.
#define LIASSE_REINDEX_EVERYTHING 1

// Traces of readings.
#define LIASSE_TRACES_READING 1

// Traces of changes of dossiers.
#define LIASSE_TRACES_WRITING 2

// Traces of bris de glace, and of readings in an emergency.
#define LIASSE_TRACES_EMERGENCY 3

// Traces of requests that were refused.
#define LIASSE_TRACES_REFUSAL 4

// Traces of counts over many dossiers.
#define LIASSE_TRACES_AGGREGATE 5

// Traces of acts of erasing.
#define LIASSE_TRACES_ERASURE 6

// What a question is answered with. Threads: one at a time.
typedef struct liasse_answer liasse_answer;

// A backup that is being taken, as fast as the program wants. Threads: one at a time.
typedef struct liasse_backup liasse_backup;

// Bytes the library gave. Threads: any number at a time may look, one frees.
typedef struct liasse_bytes liasse_bytes;

// A cursor over changes, and the mark to ask from the next time. Threads: one at a time.
typedef struct liasse_changes liasse_changes;

// A cursor over the actor's dossiers, and the mark to ask from the next time. Threads: one at a
// time.
typedef struct liasse_dossiers liasse_dossiers;

// An open store. Threads: any number at a time may use it, but for liasse_engine_close.
typedef struct liasse_engine liasse_engine;

// A cursor over the documents of a dossier. Threads: one at a time.
typedef struct liasse_entries liasse_entries;

// Why a call failed. Yours once a call gave it: free it with liasse_error_free.
// Threads: one at a time.
typedef struct liasse_error liasse_error;

// A cursor over what a check found. Threads: one at a time.
typedef struct liasse_findings liasse_findings;

// A cursor over the traces of a dossier. Threads: one at a time.
typedef struct liasse_history liasse_history;

// A cursor over the documents that answer a search, the best first. Threads: one at a time.
typedef struct liasse_hits liasse_hits;

// A switch that ends the searches and the looks at changes that it was given to. Threads: any
// number at a time may use it, but for liasse_interrupt_free.
typedef struct liasse_interrupt liasse_interrupt;

// A cursor over receipts that were kept. Threads: one at a time.
typedef struct liasse_kept liasse_kept;

// A cursor over the outcomes of a batch of erasures. Threads: one at a time.
typedef struct liasse_outcomes liasse_outcomes;

// A cursor over policy packs, in the order of their validity. Threads: one at a time.
typedef struct liasse_packs liasse_packs;

// A cursor over data points. Threads: one at a time.
typedef struct liasse_points liasse_points;

// A cursor over the receipts of an erasure. Threads: one at a time.
typedef struct liasse_receipts liasse_receipts;

// What a restore brought back, with a cursor over what it could not. Threads: one at a time.
typedef struct liasse_restored liasse_restored;

// Who asks and why. Every answer obeys the rules for her, every read is recorded under her
// name. Threads: any number at a time may use it, but for liasse_session_close.
typedef struct liasse_session liasse_session;

// A submission that is on its way to the disk. Threads: one at a time.
typedef struct liasse_set_ticket liasse_set_ticket;

// A cursor over keyring sinks. Threads: one at a time.
typedef struct liasse_sinks liasse_sinks;

// A cursor over kinds of bytes on the disk. Threads: one at a time.
typedef struct liasse_space liasse_space;

// A deposit that is on its way to the disk. Threads: one at a time.
typedef struct liasse_ticket liasse_ticket;

// A cursor over words. Threads: one at a time.
typedef struct liasse_words liasse_words;

// Told of a failure: its class, its code and its message, which is valid during the call.
// Threads: any number at a time may call it.
typedef void (*liasse_log_callback)(void *user,
                                    uint32_t error_class,
                                    int32_t code,
                                    const char *message);

// The id of a document or of a dossier: random, never a patient's number. A value to copy.
typedef struct liasse_id {
    // Its 16 bytes.
    uint8_t bytes[16];
} liasse_id;

// What a key store holds for one store. A later version may add fields behind the last:
// struct_size says how many bytes this library reads.
typedef struct liasse_kms_state {
    // How many bytes of this struct the library has room for; it sets it.
    size_t struct_size;
    // The epoch whose root key is in use; the first is 1.
    uint64_t active;
    // 1 when the root key of the next epoch is there already, else 0.
    uint32_t next_staged;
    // How many of retired are set.
    uint32_t retired_count;
    // Epochs below active whose root keys still exist, in order.
    uint64_t retired[8];
    // Who may change the root keys; zeroes at first.
    struct liasse_id writer;
} liasse_kms_state;

// A key store of the program's own, which keeps root keys, each known by its epoch. A call that
// answers LIASSE_E_POINTER or a number below it has not taken the table, LIASSE_E_PANIC apart;
// any other has, and then what user points to stays until release is called. Every function
// returns LIASSE_KMS_OK or another LIASSE_KMS_*; with LIASSE_KMS_CONFLICT it sets active to the
// epoch that is. stage, activate and destroy answer LIASSE_KMS_OTHER_WRITER to a writer that is
// not the one that hand_over named last. Every one may be called again after a crash: a repeated
// call changes nothing. One is called at a time, from any thread; one that has not returned
// within kms_deadline_ms counts as unreachable.
typedef struct liasse_kms {
    // sizeof(liasse_kms).
    size_t struct_size;
    // Passed to every function.
    void *user;
    // What destroying a root key here is worth: one of LIASSE_FORGETTING_*.
    uint32_t forgetting;
    // Zero.
    uint32_t reserved;
    // Says what is held for a store; purpose is LIASSE_KMS_CREATE or LIASSE_KMS_OPEN. state comes
    // zeroed, but for its struct_size.
    int32_t (*load)(void *user,
                    const struct liasse_id *store,
                    uint32_t purpose,
                    struct liasse_kms_state *state);
    // Makes to the writer in the place of from, by comparing and setting at once; with to the
    // writer already, changes nothing. LIASSE_KMS_OTHER_WRITER when it is neither.
    int32_t (*hand_over)(void *user, const struct liasse_id *from, const struct liasse_id *to);
    // Makes the root key of next, the epoch after the active one, unless it is there; sets found
    // to 1 when it was there.
    int32_t (*stage)(void *user,
                     const struct liasse_id *writer,
                     uint64_t next,
                     uint32_t *found,
                     uint64_t *active);
    // Makes next the active epoch.
    int32_t (*activate)(void *user, const struct liasse_id *writer, uint64_t next, uint64_t *active);
    // Destroys the root key of an epoch below the active one; sets scheduled to 1 when it will be
    // destroyed later.
    int32_t (*destroy)(void *user,
                       const struct liasse_id *writer,
                       uint64_t epoch,
                       uint32_t *scheduled,
                       uint64_t *active);
    // Wraps the 32 bytes of secret under the root key of epoch, bound to context: writes at most
    // capacity bytes to wrapped and sets length. Wipes its own copies of the secret.
    int32_t (*wrap)(void *user,
                    uint64_t epoch,
                    const uint8_t *context,
                    size_t context_length,
                    const uint8_t *secret,
                    uint8_t *wrapped,
                    size_t capacity,
                    size_t *length);
    // Unwraps what wrap made under the same epoch and context: writes 32 bytes to secret.
    int32_t (*unwrap)(void *user,
                      uint64_t epoch,
                      const uint8_t *context,
                      size_t context_length,
                      const uint8_t *wrapped,
                      size_t length,
                      uint8_t *secret);
    // Called once for each call that took the table, when no other function will be called any
    // more: when the engine is closed, whatever of it is still held; when the call fails or
    // needs an engine no longer than it lasts; in each case before the call returns. Where a
    // function did not return in time, once it has. May be NULL.
    void (*release)(void *user);
} liasse_kms;

// A key of the program's own, in a device or a service, that signs each checkpoint beside the
// store's key. While one key takes the place of another, name both: what both signed is the old
// one's word for the new.
typedef struct liasse_signer {
    // sizeof(liasse_signer).
    size_t struct_size;
    // Passed to sign.
    void *user;
    // The public key, of Ed25519.
    uint8_t public_key[32];
    // Writes the 64 bytes of the signature over lines to signature, and returns 0; anything else
    // when it cannot: then no checkpoint leaves. Any number of threads at a time may call it, from
    // liasse_engine_checkpoint alone, until liasse_engine_close returns.
    int32_t (*sign)(void *user, const uint8_t *lines, size_t length, uint8_t *signature);
} liasse_signer;

// How to open or create a store. Zero it, set struct_size to its sizeof, then one of key_file,
// passphrase and kms.
typedef struct liasse_open_options {
    // sizeof(liasse_open_options).
    size_t struct_size;
    // Path of the file that keeps the root key (see liasse_key_file_create), or NULL.
    const char *key_file;
    // Passphrase the root key is made from, or NULL. A passphrase cannot be destroyed: with
    // it, erasing is weaker.
    const char *passphrase;
    // The policy pack a new store works under, "dmp-2011", "dmp-2023" or the directory of a pack
    // of your own; NULL for the first. Only looked at when a store is created.
    const char *pack;
    // A key store of the program's own, or NULL.
    const struct liasse_kms *kms;
    // Directories, on other devices, that the catalog's deltas go to, so that an erasure leaves
    // a backup that opens; NULL when there are none.
    const char *const *sinks;
    // How many.
    size_t sink_count;
    // Why there is no sink, which every receipt repeats, or NULL. A store that has had sinks
    // erases nothing while neither is said.
    const char *sinks_waived;
    // One of LIASSE_RECHECK_*.
    uint32_t recheck;
    // How many milliseconds a function of kms is waited for; 0 for the usual time.
    uint32_t kms_deadline_ms;
    // On what ground this copy of the store is the one that is written: one of LIASSE_GROUND_*.
    uint32_t ground;
    // What to do with a damaged index: one of LIASSE_INDEX_*.
    uint32_t damaged_index;
    // A file on a medium that is not rolled back with the store, where its newest checkpoint is
    // pinned; a store that does not continue it is refused. NULL for none.
    const char *anchor_file;
    // Lines of words parted by tabs that mean the same, beside the built-in ones (see
    // docs/search.md), in UTF-8; NULL for none.
    const char *synonyms;
    // How many bytes they have.
    size_t synonyms_length;
    // Lines of a word, a tab, and how many of a million documents hold it, in place of the
    // built-in ones; NULL for these.
    const char *frequencies;
    // How many bytes they have.
    size_t frequencies_length;
    // Purposes (LIASSE_PURPOSE_*) whose traces are on the disk before anything is shown, as those
    // of emergencies always are; a trace of another purpose may follow up to 50 ms later, and is
    // a gap in the log when the process is killed meanwhile. NULL for none.
    const uint32_t *durable_purposes;
    // How many.
    size_t durable_purpose_count;
    // Keys of the program's own that sign each checkpoint beside the store's; NULL for none.
    const struct liasse_signer *signers;
    // How many.
    size_t signer_count;
} liasse_open_options;

// Counts of a store. Set struct_size to its sizeof.
typedef struct liasse_stats {
    // sizeof(liasse_stats); afterwards, how many bytes of it the library knows.
    size_t struct_size;
    // Dossiers in use.
    uint64_t dossiers;
    // Documents kept.
    uint64_t documents;
    // Entries of the journal.
    uint64_t entries;
    // Documents whose words wait for the next index segment; they are found all the same.
    uint64_t tail;
    // Index segments.
    uint64_t segments;
    // Bytes on disk.
    uint64_t bytes;
    // Dossiers and documents whose erasure was begun and is not concluded; see
    // liasse_engine_finish_erasures.
    uint64_t erasures_waiting;
    // Keyring sinks that do not have every commit; see liasse_engine_sinks.
    uint64_t sinks_behind;
    // Bytes of memory that the documents of tail take, about.
    uint64_t tail_bytes;
    // Body segments.
    uint64_t body_segments;
    // The number of the last commit.
    uint64_t commit;
    // The oldest commit that somebody still reads: what was freed since is kept.
    uint64_t oldest_reader;
    // Bytes of documents that wait for their commit.
    uint64_t waiting_bytes;
    // All bytes on the disk for 100 that something names; see liasse_engine_space.
    uint64_t amplification_percent;
    // Bytes free on the device.
    uint64_t free_bytes;
} liasse_stats;

// Who asks and why; the program has verified it. Zero it and set struct_size to its sizeof.
typedef struct liasse_session_options {
    // sizeof(liasse_session_options).
    size_t struct_size;
    // The professional's national or local id; for a patient, her own id.
    const char *actor;
    // Profession code, for example "medecin", "pharmacien", "patient"; an unknown one is
    // refused everything.
    const char *profession;
    // Speciality or role, or NULL.
    const char *speciality;
    // The structure she acts for, or NULL.
    const char *structure;
    // Whose dossier a holder or a representative reads (matricule, or matricule@OID), or NULL.
    const char *patient;
    // Why she reads: one of LIASSE_PURPOSE_*.
    uint32_t purpose;
    // 1 for a minor's secret connection, whose traces stay hidden from the representatives;
    // else 0.
    uint32_t secret;
} liasse_session_options;

// What to look for. Zero it, set struct_size to its sizeof, then query and query_length.
typedef struct liasse_search {
    // sizeof(liasse_search).
    size_t struct_size;
    // The query in UTF-8, in the form that form says.
    const char *query;
    // How many bytes it has.
    size_t query_length;
    // Only this patient's dossier (matricule, or matricule@OID); NULL for the one the query
    // names, or for all of the actor's (purpose panel).
    const char *patient;
    // The most hits to answer with; 0 for what the query says, or ten.
    size_t limit;
    // Which statuses: one of LIASSE_STATUSES_*; a query in JSON or FHIR says it itself.
    uint32_t statuses;
    // What the query is: one of LIASSE_FORM_*.
    uint32_t form;
    // Goes on behind the answer that gave this cursor (liasse_answer_cursor), or NULL.
    const char *after;
    // Ends the search when it is raised, or NULL.
    const struct liasse_interrupt *interrupt;
    // How many milliseconds looking may take; 0 for any.
    uint64_t time_ms;
    // The most bytes of memory the search may need; 0 for any.
    uint64_t memory_bytes_max;
    // 1 to be given entries and scores alone, so that no document's text is opened; else 0.
    uint32_t without_snippets;
    // Zero.
    uint32_t reserved;
} liasse_search;

// A text: UTF-8, followed by a NUL that length does not count. Never NULL. A document's own
// text may hold a NUL before its end; length tells.
typedef struct liasse_text {
    // Its bytes.
    const char *bytes;
    // How many.
    size_t length;
} liasse_text;

// A document as lists and searches show it. Valid until the next step of its cursor or its
// end; copy what must live longer. A later version may add fields behind the last: struct_size
// says how many bytes this library knows.
typedef struct liasse_entry {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The document's id (XDS logicalId), for liasse_session_fetch.
    struct liasse_id document;
    // The id of this version of its metadata (XDS entryUUID).
    struct liasse_id entry;
    // The id of its dossier.
    struct liasse_id dossier;
    // When it was written, in milliseconds since 1970-01-01 UTC.
    int64_t creation_time;
    // When it was deposited, in milliseconds since 1970-01-01 UTC.
    int64_t deposited;
    // Length of its bytes.
    uint64_t size;
    // LIASSE_FLAG_* joined by |.
    uint32_t flags;
    // One of LIASSE_STATUS_*.
    uint32_t status;
    // Number of the metadata version, from 1.
    uint32_t version;
    // Zero.
    uint32_t reserved;
    // Identifier given by its producer.
    struct liasse_text unique_id;
    // typeCode.
    struct liasse_text type_code;
    // classCode.
    struct liasse_text class_code;
    // Title.
    struct liasse_text title;
    // Name of its first author, or her id when she gives none.
    struct liasse_text author;
    // Name or id of the author's structure, empty when none.
    struct liasse_text author_structure;
    // Media type.
    struct liasse_text mime_type;
    // Confidentiality, as the document says it: N, R, V or another code.
    struct liasse_text confidentiality;
} liasse_entry;

// A part of a text, in bytes from its start.
typedef struct liasse_range {
    // The first byte.
    size_t from;
    // The byte behind the last.
    size_t to;
} liasse_range;

// A document that answers a search. Valid until the next step of its cursor or its end; copy
// what must live longer. A later version may add fields behind the last: struct_size says how
// many bytes this library knows.
typedef struct liasse_hit {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The document.
    const struct liasse_entry *entry;
    // Its score; it depends on the document and the query alone.
    uint64_t score;
    // The part of its text that answers best; empty when it has no text.
    struct liasse_text snippet;
    // The places of the snippet that answer the query, in bytes; NULL when there are none.
    const struct liasse_range *highlights;
    // How many.
    size_t highlight_count;
    // What the document says at each of these places, one of LIASSE_SAID_*; NULL when there are
    // none.
    const uint32_t *said;
} liasse_hit;

// How many documents are in a group of a facet, or in a step of the timeline. Valid until the
// next step of its cursor or its end. A later version may add fields behind the last:
// struct_size says how many bytes this library knows.
typedef struct liasse_count {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // How many.
    uint64_t documents;
    // The facet's name; "timeline" for a step of the timeline.
    struct liasse_text facet;
    // The group or the step.
    struct liasse_text group;
} liasse_count;

// Told how far a long call is: bytes done, and about how many are left (documents, of
// liasse_engine_reindex). Returns 0 to go on, any
// other number to end the call with LIASSE_E_CANCELLED.
typedef int32_t (*liasse_progress_callback)(void *user, uint64_t copied, uint64_t remaining);

// What a finished backup holds. Set struct_size to its sizeof.
typedef struct liasse_backup_summary {
    // sizeof(liasse_backup_summary); afterwards, how many bytes of it the library knows.
    size_t struct_size;
    // The last commit in it.
    uint64_t commit;
    // The epoch of the root key that its catalog opens under.
    uint64_t epoch;
    // Bytes of segments and index files that were copied.
    uint64_t copied_bytes;
    // Bytes of the catalog snapshot.
    uint64_t catalog_bytes;
    // Files that are damaged in the store itself; they were copied as they are.
    uint64_t damaged;
} liasse_backup_summary;

// How far a backup is. Set struct_size to its sizeof.
typedef struct liasse_progress {
    // sizeof(liasse_progress); afterwards, how many bytes of it the library knows.
    size_t struct_size;
    // Bytes written so far.
    uint64_t copied;
    // About how many bytes are left; what is deposited meanwhile is added.
    uint64_t remaining;
    // 1 when it is finished, else 0.
    uint32_t done;
    // Zero.
    uint32_t reserved;
} liasse_progress;

// What a refresh brought. Set struct_size to its sizeof.
typedef struct liasse_refreshed {
    // sizeof(liasse_refreshed); afterwards, how many bytes of it the library knows.
    size_t struct_size;
    // The last commit.
    uint64_t commit;
    // The epoch of the root key that opens it.
    uint64_t epoch;
    // Catalog files that were applied.
    uint64_t applied;
    // Bytes of segments and index files that were copied.
    uint64_t copied_bytes;
} liasse_refreshed;

// What a restore brought back, or a document whose bytes are in no backup: listed and found, but
// not read. Valid until the next step of its cursor or its end. A later version may add fields
// behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_restored_row {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The last commit that was brought back.
    uint64_t commit;
    // The epoch of the root key.
    uint64_t epoch;
    // 1 when index files were missing: the first opening then analyses all texts anew; else 0.
    uint32_t index_anew;
    // 0 in the first row, which speaks of the restore; 1 in each that follows, which names a
    // lost document.
    uint32_t lost;
    // The lost document; zeroes in the first row.
    struct liasse_id document;
    // Its dossier; zeroes in the first row.
    struct liasse_id dossier;
    // The name of the log from here on.
    struct liasse_text origin;
} liasse_restored_row;

// Since when, and how long looking may take. Zero it and set struct_size to its sizeof.
typedef struct liasse_since {
    // sizeof(liasse_since).
    size_t struct_size;
    // The mark that an earlier call gave; NULL for the beginning.
    const char *mark;
    // Ends the call from another thread, which then answers LIASSE_E_CANCELLED; or NULL.
    const struct liasse_interrupt *interrupt;
    // Milliseconds after which the call answers LIASSE_E_LATE; 0 for no limit.
    uint64_t time_ms;
} liasse_since;

// A change. Valid until the next step of its cursor or its end. A later version may add fields
// behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_change {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The document as it is now.
    const struct liasse_entry *entry;
    // What happened to it: one of LIASSE_CHANGE_*.
    uint32_t what;
    // Zero.
    uint32_t reserved;
} liasse_change;

// One trace: who did what, when and why. Valid until the next step of its cursor or its end.
// A later version may add fields behind the last: struct_size says how many bytes this library
// knows.
typedef struct liasse_history_line {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // When, in milliseconds since 1970-01-01 UTC.
    int64_t at;
    // Its number in the journal; 0 but for an auditor.
    uint64_t entry;
    // 1 when it was permitted, 0 when it was refused.
    uint32_t permitted;
    // Zero.
    uint32_t reserved;
    // What, for example "access", "query", "disclose", "break_glass".
    struct liasse_text what;
    // Who.
    struct liasse_text actor;
    // With which profession.
    struct liasse_text profession;
    // For which structure, empty when none.
    struct liasse_text structure;
    // Why.
    struct liasse_text purpose;
    // Details for people: flags before and after, a motive.
    struct liasse_text detail;
    // The documents it concerned, those the reader may know of; NULL when there are none.
    const struct liasse_id *documents;
    // How many.
    size_t document_count;
} liasse_history_line;

// A dossier of the actor's. Valid until the next step of its cursor or its end. A later version
// may add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_my_dossier {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // Its id.
    struct liasse_id dossier;
    // Documents that the session may see.
    uint64_t documents;
    // Those of them that are new, replaced or changed since the mark.
    uint64_t changed;
    // Its patient's current matricule.
    struct liasse_text patient;
} liasse_my_dossier;

// What is known. Zero it, set struct_size to its sizeof, then what, and what that asks for.
typedef struct liasse_declaration {
    // sizeof(liasse_declaration).
    size_t struct_size;
    // The id of a person or party, as her sessions give it (actor, structure), or NULL.
    const char *who;
    // Until when (not 0), or when, in milliseconds since 1970-01-01 UTC; LIASSE_FOREVER for no
    // end.
    int64_t until;
    // One of LIASSE_DECLARE_*.
    uint32_t what;
    // One of LIASSE_PARTY_* or LIASSE_ROLE_*, or 0.
    uint32_t kind;
} liasse_declaration;

// Writes at most capacity bytes to buffer and returns how many; 0 at the end, a negative number
// when it cannot.
typedef int64_t (*liasse_read_callback)(void *user, uint8_t *buffer, size_t capacity);

// A document to be taken in. Zero it, set struct_size to its sizeof, then one of bytes (with
// length), path and read.
typedef struct liasse_deposit {
    // sizeof(liasse_deposit).
    size_t struct_size;
    // Its bytes: a CDA R2 document, or Liasse's JSON form.
    const uint8_t *bytes;
    // How many.
    size_t length;
    // Its readable text in UTF-8, when the program has extracted it (a PDF); NULL to use what
    // the document says of itself.
    const char *text;
    // How many bytes the text has.
    size_t text_length;
    // Flags to set besides those the document carries: LIASSE_FLAG_* joined by |.
    uint32_t flags;
    // What to do when the patient has no dossier yet: one of LIASSE_ABSENT_*.
    uint32_t absent;
    // Path of the regular file that holds its bytes, or NULL.
    const char *path;
    // Called during the call until it has given all its bytes, or NULL.
    liasse_read_callback read;
    // Passed to read.
    void *user;
    // The most bytes of memory the deposit may need; 0 for any.
    uint64_t memory_bytes_max;
} liasse_deposit;

// What an erasure did. Valid until the next step of its cursor or its end. A later version may
// add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_receipt {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The journal entry that proves it.
    uint64_t entry;
    // 1: the keys are destroyed; 2: the index holds no trace any more.
    uint32_t number;
    // Zero.
    uint32_t reserved;
    // How the root key is kept, which says what destruction means.
    struct liasse_text root;
    // Whether the old root's destruction is done or scheduled.
    struct liasse_text destruction;
    // What this erasure does not promise, in plain words; empty when it keeps every promise.
    struct liasse_text caveat;
    // Which keyring sinks hold what a restore needs after it, or that there is none and why.
    struct liasse_text sinks;
} liasse_receipt;

// An erasure of a batch. Zero it, set struct_size to its sizeof, then session and one of patient
// and document.
typedef struct liasse_erasure {
    // sizeof(liasse_erasure), the same in all of a batch.
    size_t struct_size;
    // Who asks for it.
    const struct liasse_session *session;
    // Whose dossier is to be erased (matricule, or matricule@OID), or NULL.
    const char *patient;
    // Which document is to be erased, or NULL.
    const struct liasse_id *document;
} liasse_erasure;

// What came of one erasure. Valid until the next step of its cursor or its end. A later version
// may add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_outcome {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The dossier, of liasse_engine_purge_due; zeroes of liasse_engine_erase.
    struct liasse_id dossier;
    // LIASSE_OK, or why it was not erased.
    int32_t code;
    // Zero.
    uint32_t reserved;
    // What happened when it was not erased, else empty.
    struct liasse_text message;
    // What to do about it, else empty.
    struct liasse_text hint;
    // Its receipts, each as large as the struct_size it starts with says; NULL when there are
    // none.
    const struct liasse_receipt *receipts;
    // How many.
    size_t receipt_count;
} liasse_outcome;

// Takes the next length bytes, which are valid during the call. Returns 0 to go on, any other
// number to end the call with LIASSE_E_CALLBACK.
typedef int32_t (*liasse_write_callback)(void *user, const uint8_t *bytes, size_t length);

// A receipt that was kept. Valid until the next step of its cursor or its end. A later version
// may add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_kept_receipt {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The erasure, by the random name that the journal's entries about it bear. It names no
    // person.
    struct liasse_id erasure;
    // When it was given, in milliseconds since 1970-01-01 UTC.
    int64_t at;
    // The receipt.
    const struct liasse_receipt *receipt;
} liasse_kept_receipt;

// A coded value that a document states, as it writes it. Valid until the next step of its cursor
// or its end. A later version may add fields behind the last: struct_size says how many bytes
// this library knows.
typedef struct liasse_point {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The document that states it.
    struct liasse_id document;
    // Its dossier.
    struct liasse_id dossier;
    // When, in milliseconds since 1970-01-01 UTC; 0 when has_at is 0.
    int64_t at;
    // 1 when the statement says when, else 0.
    uint32_t has_at;
    // One of LIASSE_POINT_*.
    uint32_t kind;
    // 1 when the document states that it is not so, else 0.
    uint32_t negated;
    // Zero.
    uint32_t reserved;
    // What was observed, given or prescribed.
    struct liasse_text code;
    // OID of the code's terminology, empty when the document gives none.
    struct liasse_text system;
    // Label of the code, empty when the document gives none.
    struct liasse_text label;
    // A number, a code or a text; empty for a substance without an amount.
    struct liasse_text value;
    // Unit of a number.
    struct liasse_text unit;
    // OID of the terminology of a value that is a code.
    struct liasse_text value_system;
    // Label of a value that is a code.
    struct liasse_text value_label;
} liasse_point;

// A policy pack of a store. Valid until the next step of its cursor or its end. A later version
// may add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_pack {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // From when it decides, in milliseconds since 1970-01-01 UTC.
    int64_t valid_from;
    // Until before when.
    int64_t valid_until;
    // Its name.
    struct liasse_text name;
    // Its version.
    struct liasse_text version;
} liasse_pack;

// Bytes of one kind. Valid until the next step of its cursor or its end. A later version may
// add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_space_used {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // How many; no byte is in two kinds.
    uint64_t bytes;
    // What they are.
    struct liasse_text kind;
} liasse_space_used;

// How far a keyring sink is. Valid until the next step of its cursor or its end. A later version
// may add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_sink {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // 1 when it has every commit, else 0.
    uint32_t level;
    // Zero.
    uint32_t reserved;
    // The id it bears; empty until it has answered.
    struct liasse_text id;
    // What receipts call it.
    struct liasse_text label;
    // Where it is.
    struct liasse_text place;
    // What it said when it failed of late, else empty.
    struct liasse_text failure;
} liasse_sink;

// Something wrong in a store. Valid until the next step of its cursor or its end. A later
// version may add fields behind the last: struct_size says how many bytes this library knows.
typedef struct liasse_finding {
    // How many bytes of this struct the library fills.
    size_t struct_size;
    // The invariant that does not hold, as docs/invariants.md numbers it.
    struct liasse_text invariant;
    // Where.
    struct liasse_text place;
    // What.
    struct liasse_text what;
} liasse_finding;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The most memory in bytes that the deposits and searches under way, and the tickets of deposits
// that nobody has waited for, may need together, in all engines of the process; 0, which it is
// at first, for any. One that does not fit gets LIASSE_E_BUDGET: wait for a ticket, then try
// again. Returns what it was before. A process that is forked off keeps it, and starts from none.
uint64_t liasse_memory_limit(uint64_t bytes);

// The stable name of a code, for logs and for comparing across languages ("refused",
// "wrong_key"); "unknown" for a number that is none. The text lives as long as the library.
const char *liasse_code_name(int32_t code);

// Names the function that is told of each call that fails with what an operator or Liasse's
// makers must act on (the classes from LIASSE_CLASS_ENVIRONMENT on), of all engines of the
// process, before the call returns; log may be NULL, for none. Traces that are lost with a commit
// that failed are told as they are, by a thread of the library's, as LIASSE_E_POISONED; what else
// fails between calls, when a call returns it: a commit by the wait for its ticket. A call that
// fails within a callback is not told. When the call returns, the function named before is not
// running and is not called again. A process that is forked off keeps the function named, and
// waits for no call of the other's.
int32_t liasse_log_to(liasse_log_callback log, void *user, struct liasse_error **error);

// The code of an error, the same number the call returned; LIASSE_OK for NULL.
int32_t liasse_error_code(const struct liasse_error *error);

// Who must act, one of LIASSE_CLASS_*; 0 for NULL.
uint32_t liasse_error_class(const struct liasse_error *error);

// What happened, in a sentence; "" for NULL. Never NULL; lives as long as the error.
const char *liasse_error_message(const struct liasse_error *error);

// What to do about it, in a sentence; "" when there is nothing to say. Never NULL; lives as
// long as the error.
const char *liasse_error_hint(const struct liasse_error *error);

// Where it happened (a file, a line and column, an argument), or NULL when that is not known.
// Lives as long as the error.
const char *liasse_error_place(const struct liasse_error *error);

// Frees an error. NULL is allowed.
void liasse_error_free(struct liasse_error *error);

// Writes an id as 32 hexadecimal digits and a NUL into text, which has room for 33 bytes.
int32_t liasse_id_format(const struct liasse_id *id, char *text, struct liasse_error **error);

// Reads an id from its text: 32 hexadecimal digits, hyphens allowed.
int32_t liasse_id_parse(const char *text, struct liasse_id *id, struct liasse_error **error);

// The library's version as text, for example "0.1.0". Lives as long as the library.
const char *liasse_version_string(void);

// The library's version as a number, for LIASSE_VERSION_FITS.
uint32_t liasse_version_number(void);

// Makes a new key file, readable by its owner alone. Keep it on another device than the store
// and its backups; whoever has both has everything.
int32_t liasse_key_file_create(const char *path, struct liasse_error **error);

// Creates a store in directory, which is new or empty, and opens it. On failure nothing is left
// behind. Give *engine to liasse_engine_close.
int32_t liasse_engine_create(const char *directory,
                             const struct liasse_open_options *options,
                             struct liasse_engine **engine,
                             struct liasse_error **error);

// Opens the store in directory. Give *engine to liasse_engine_close.
int32_t liasse_engine_open(const char *directory,
                           const struct liasse_open_options *options,
                           struct liasse_engine **engine,
                           struct liasse_error **error);

// Counts what an open store holds. Set stats->struct_size to its sizeof first: as many bytes are
// written.
int32_t liasse_engine_stats(const struct liasse_engine *engine,
                            struct liasse_stats *stats,
                            struct liasse_error **error);

// Closes a store and frees its handle, also when an error is returned: the handle is gone
// either way, and what was acknowledged is on disk either way. The store is another's to open
// from then on, and a key store was released; sessions and backups that are still held answer
// LIASSE_E_CLOSED, and are to be closed and freed too. NULL is allowed.
int32_t liasse_engine_close(struct liasse_engine *engine, struct liasse_error **error);

// Makes a switch, to be set as interrupt of a liasse_search or a liasse_since. Give *interrupt to
// liasse_interrupt_free.
int32_t liasse_interrupt_create(struct liasse_interrupt **interrupt, struct liasse_error **error);

// Ends the calls that have this switch, those under way and those to come, with
// LIASSE_E_CANCELLED; liasse_interrupt_clear lets the next ones run. A callback may call it.
void liasse_interrupt_raise(const struct liasse_interrupt *interrupt);

// Lets calls run that are begun from now on.
void liasse_interrupt_clear(const struct liasse_interrupt *interrupt);

// Frees a switch. NULL is allowed. Calls that have it go on.
void liasse_interrupt_free(struct liasse_interrupt *interrupt);

// Opens a session. Give *session to liasse_session_close.
int32_t liasse_session_open(const struct liasse_engine *engine,
                            const struct liasse_session_options *options,
                            struct liasse_session **session,
                            struct liasse_error **error);

// Closes a session. NULL is allowed.
void liasse_session_close(struct liasse_session *session);

// Answers a question: documents, counts, facets and timeline of one moment. Give *answer to
// liasse_answer_free.
int32_t liasse_session_ask(const struct liasse_session *session,
                           const struct liasse_search *search,
                           struct liasse_answer **answer,
                           struct liasse_error **error);

// Steps to the next hit: *row is set to it, or to NULL behind the last.
int32_t liasse_answer_next_hit(struct liasse_answer *answer,
                               const struct liasse_hit **row,
                               struct liasse_error **error);

// Steps to the next count, facet by facet, the largest group of each first, then through the
// timeline: *row is set to it, or to NULL behind the last.
int32_t liasse_answer_next_count(struct liasse_answer *answer,
                                 const struct liasse_count **row,
                                 struct liasse_error **error);

// How many documents answer in all. told is 1 when that was asked and may be told, else 0, and
// total is 0 then.
int32_t liasse_answer_total(const struct liasse_answer *answer,
                            uint64_t *total,
                            uint32_t *told,
                            struct liasse_error **error);

// The cursor to go on from, to be set as after of the same question in the same session; NULL
// when no more documents answer. Lives as long as the answer.
const char *liasse_answer_cursor(const struct liasse_answer *answer);

// Frees an answer and its rows. NULL is allowed.
void liasse_answer_free(struct liasse_answer *answer);

// Lists a patient's dossier (matricule, or matricule@OID) as an Arrow C data interface stream.
// Its columns are the fields of liasse_entry, ids as 16 bytes, instants in milliseconds of UTC.
// statuses is one of LIASSE_STATUSES_*. What stream held is overwritten. Call its release, or
// hand it to what does; it and its arrays may outlive the session and the engine.
int32_t liasse_session_entries_arrow(const struct liasse_session *session,
                                     const char *patient,
                                     uint32_t statuses,
                                     struct ArrowArrayStream *stream,
                                     struct liasse_error **error);

// Gives the coded values of a patient's dossier as an Arrow C data interface stream, as
// liasse_session_points does. Its columns are the fields of liasse_point but has_at: an instant
// that is not said is null. Else as liasse_session_entries_arrow.
int32_t liasse_session_points_arrow(const struct liasse_session *session,
                                    const char *patient,
                                    uint32_t statuses,
                                    struct ArrowArrayStream *stream,
                                    struct liasse_error **error);

// Backs a store up into target, a directory that is made or holds an earlier backup of this
// store: only what is new is copied. The root key is not in it. progress, called between parts,
// and summary, which has its struct_size set, may be NULL.
int32_t liasse_engine_backup(const struct liasse_engine *engine,
                             const char *target,
                             liasse_progress_callback progress,
                             void *user,
                             struct liasse_backup_summary *summary,
                             struct liasse_error **error);

// Begins a backup as liasse_engine_backup takes one, paced by liasse_backup_step. Give *backup
// to liasse_backup_free.
int32_t liasse_engine_begin_backup(const struct liasse_engine *engine,
                                   const char *target,
                                   struct liasse_backup **backup,
                                   struct liasse_error **error);

// Does the next part of a backup, about bytes_max bytes of it. Step until progress->done is 1;
// progress has its struct_size set. After a failure it can be stepped again.
int32_t liasse_backup_step(struct liasse_backup *backup,
                           uint64_t bytes_max,
                           struct liasse_progress *progress,
                           struct liasse_error **error);

// Says what a finished backup holds; LIASSE_E_CHANGED when it is not finished. summary has its
// struct_size set.
int32_t liasse_backup_report(struct liasse_backup *backup,
                             struct liasse_backup_summary *summary,
                             struct liasse_error **error);

// Frees a backup, which ends it when it is not finished; the next into the same target goes on
// where it was. NULL is allowed.
void liasse_backup_free(struct liasse_backup *backup);

// Restores a store into directory, which is new or which an earlier restore began to fill, from
// the directory of a backup and sink_count directories of sinks that hold newer catalogs. Open
// it afterwards. restored may be NULL; give *restored to liasse_restored_free.
int32_t liasse_restore(const char *backup,
                       const char *const *sinks,
                       size_t sink_count,
                       const char *directory,
                       const struct liasse_open_options *options,
                       struct liasse_restored **restored,
                       struct liasse_error **error);

// Brings what is new in a backup and its sinks into directory, which is new or which an earlier
// call filled: a standby, kept near its store. liasse_promote makes a store of it. refreshed,
// which has its struct_size set, may be NULL.
int32_t liasse_refresh(const char *backup,
                       const char *const *sinks,
                       size_t sink_count,
                       const char *directory,
                       struct liasse_refreshed *refreshed,
                       struct liasse_error **error);

// Makes a store of a directory that liasse_refresh filled. Open it afterwards. restored may be
// NULL; give *restored to liasse_restored_free.
int32_t liasse_promote(const char *directory,
                       const struct liasse_open_options *options,
                       struct liasse_restored **restored,
                       struct liasse_error **error);

// Steps to the next row: first to the one that speaks of the restore, then to each document
// that was lost, then *row is NULL.
int32_t liasse_restored_next(struct liasse_restored *cursor,
                             const struct liasse_restored_row **row,
                             struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_restored_free(struct liasse_restored *cursor);

// Reads what has changed since the mark that an earlier call gave, or since the beginning when
// since is NULL: of a patient's documents (matricule, or matricule@OID), or, when patient is
// NULL, of those in all the actor's dossiers (purpose panel). Give *cursor to
// liasse_changes_free.
int32_t liasse_session_changes(const struct liasse_session *session,
                               const char *patient,
                               const struct liasse_since *since,
                               struct liasse_changes **cursor,
                               struct liasse_error **error);

// Steps to the next change: *row is set to it, or to NULL behind the last.
int32_t liasse_changes_next(struct liasse_changes *cursor,
                            const struct liasse_change **row,
                            struct liasse_error **error);

// Steps to the next bris de glace since the mark, newest first: *row is set to it, or to NULL
// behind the last. They are told of the one dossier asked for, to whoever may read its traces,
// the holder first; her attending physician is not told the motive.
int32_t liasse_changes_next_glass(struct liasse_changes *cursor,
                                  const struct liasse_history_line **row,
                                  struct liasse_error **error);

// The mark to ask from the next time; "" for NULL. Lives as long as the cursor.
const char *liasse_changes_mark(const struct liasse_changes *cursor);

// 1 when the holder is to be told that her dossier was updated, and no more: two weeks ago a
// document was deposited that is still hidden from her; else 0.
uint32_t liasse_changes_updated(const struct liasse_changes *cursor);

// Frees a cursor and its row. NULL is allowed.
void liasse_changes_free(struct liasse_changes *cursor);

// Lists the actor's dossiers (purpose panel), each with how many documents the session may see
// there and how many of them changed since the mark; since may be NULL. Give *cursor to
// liasse_dossiers_free.
int32_t liasse_session_my_dossiers(const struct liasse_session *session,
                                   const struct liasse_since *since,
                                   struct liasse_dossiers **cursor,
                                   struct liasse_error **error);

// Steps to the next dossier: *row is set to it, or to NULL behind the last.
int32_t liasse_dossiers_next(struct liasse_dossiers *cursor,
                             const struct liasse_my_dossier **row,
                             struct liasse_error **error);

// The mark to ask from the next time; "" for NULL. Lives as long as the cursor.
const char *liasse_dossiers_mark(const struct liasse_dossiers *cursor);

// Frees a cursor and its row. NULL is allowed.
void liasse_dossiers_free(struct liasse_dossiers *cursor);

// Keeps what the program knows of the persons around a patient's dossier (matricule, or
// matricule@OID); the rules ask it from the next request on. The same again replaces what was
// declared before.
int32_t liasse_engine_declare(const struct liasse_engine *engine,
                              const char *patient,
                              const struct liasse_declaration *declaration,
                              struct liasse_error **error);

// Deposits a document, which says itself whose it is, and waits until it is durable. outcome
// is one of LIASSE_OUTCOME_*; dossier and outcome may be NULL.
int32_t liasse_session_deposit(const struct liasse_session *session,
                               const struct liasse_deposit *deposit,
                               struct liasse_id *document,
                               struct liasse_id *dossier,
                               uint32_t *outcome,
                               struct liasse_error **error);

// Deposits a document without waiting: many deposits under way share a commit. The document is
// read during the call. What it takes until it is durable counts among what
// liasse_memory_limit bounds, until its ticket has been waited for or freed. Give *ticket to
// liasse_ticket_wait, then to liasse_ticket_free.
int32_t liasse_session_begin_deposit(const struct liasse_session *session,
                                     const struct liasse_deposit *deposit,
                                     struct liasse_ticket **ticket,
                                     struct liasse_error **error);

// Waits until a deposit is durable, or has failed; answers as liasse_session_deposit does, and
// the same again when it is asked again. dossier and outcome may be NULL.
int32_t liasse_ticket_wait(struct liasse_ticket *ticket,
                           struct liasse_id *document,
                           struct liasse_id *dossier,
                           uint32_t *outcome,
                           struct liasse_error **error);

// Frees a ticket. NULL is allowed. A deposit nobody waited for goes on to the disk all the same.
void liasse_ticket_free(struct liasse_ticket *ticket);

// Opens a dossier for a patient (matricule, or matricule@OID). dossier, its id, may be NULL.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_open_dossier(const struct liasse_session *session,
                                    const char *patient,
                                    struct liasse_id *dossier,
                                    uint32_t agreement,
                                    const char *motive,
                                    struct liasse_error **error);

// Breaks the glass (purpose LIASSE_PURPOSE_EMERGENCY_BTG): opens a patient's dossier to this
// session with a motive, length bytes of UTF-8, that the journal keeps and the holder reads.
int32_t liasse_session_break_glass(const struct liasse_session *session,
                                   const char *patient,
                                   const char *motive,
                                   size_t length,
                                   struct liasse_error **error);

// Closes a patient's dossier; it is kept ten years.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_close_dossier(const struct liasse_session *session,
                                     const char *patient,
                                     uint32_t agreement,
                                     const char *motive,
                                     struct liasse_error **error);

// Reopens a patient's closed dossier, with all that it held.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_reopen_dossier(const struct liasse_session *session,
                                      const char *patient,
                                      uint32_t agreement,
                                      const char *motive,
                                      struct liasse_error **error);

// Links two dossiers of one person.
int32_t liasse_engine_link(const struct liasse_engine *engine,
                           const char *one,
                           const char *other,
                           struct liasse_error **error);

// Undoes a link.
int32_t liasse_engine_unlink(const struct liasse_engine *engine,
                             const char *one,
                             const char *other,
                             struct liasse_error **error);

// Lists a patient's dossier (matricule, or matricule@OID). statuses is one of
// LIASSE_STATUSES_*. Give *cursor to liasse_entries_free.
int32_t liasse_session_entries(const struct liasse_session *session,
                               const char *patient,
                               uint32_t statuses,
                               struct liasse_entries **cursor,
                               struct liasse_error **error);

// Steps to the next document: *row is set to it, or to NULL behind the last.
int32_t liasse_entries_next(struct liasse_entries *cursor,
                            const struct liasse_entry **row,
                            struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_entries_free(struct liasse_entries *cursor);

// Erases a patient's dossier for good; nothing brings it back. Keep the receipts. Give *cursor
// to liasse_receipts_free.
int32_t liasse_session_erase(const struct liasse_session *session,
                             const char *patient,
                             struct liasse_receipts **cursor,
                             struct liasse_error **error);

// Erases a document for good, with its earlier versions. Keep the receipts. Give *cursor to
// liasse_receipts_free.
int32_t liasse_session_erase_document(const struct liasse_session *session,
                                      const struct liasse_id *document,
                                      struct liasse_receipts **cursor,
                                      struct liasse_error **error);

// Steps to the next receipt: *row is set to it, or to NULL behind the last.
int32_t liasse_receipts_next(struct liasse_receipts *cursor,
                             const struct liasse_receipt **row,
                             struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_receipts_free(struct liasse_receipts *cursor);

// Erases count dossiers and documents, each asked for by a session of its own, faster than one
// by one. The outcomes come in their order. Give *cursor to liasse_outcomes_free.
int32_t liasse_engine_erase(const struct liasse_engine *engine,
                            const struct liasse_erasure *erasures,
                            size_t count,
                            struct liasse_outcomes **cursor,
                            struct liasse_error **error);

// Erases the dossiers that were closed ten years ago and more. Give *cursor to
// liasse_outcomes_free.
int32_t liasse_engine_purge_due(const struct liasse_engine *engine,
                                struct liasse_outcomes **cursor,
                                struct liasse_error **error);

// Makes a new root key, puts all keys of the store under it and destroys the old one: for an
// operator who suspects it. epoch, the new one's, and cursor may be NULL; the one row of cursor
// says what the destruction is worth, its number and entry are 0. Give *cursor to
// liasse_receipts_free.
int32_t liasse_engine_rotate_root(const struct liasse_engine *engine,
                                  uint64_t *epoch,
                                  struct liasse_receipts **cursor,
                                  struct liasse_error **error);

// Steps to the next outcome: *row is set to it, or to NULL behind the last.
int32_t liasse_outcomes_next(struct liasse_outcomes *cursor,
                             const struct liasse_outcome **row,
                             struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_outcomes_free(struct liasse_outcomes *cursor);

// Fetches a document's bytes as they were deposited; of Liasse's JSON form, the body it carries.
// Give *bytes to liasse_bytes_free.
int32_t liasse_session_fetch(const struct liasse_session *session,
                             const struct liasse_id *document,
                             struct liasse_bytes **bytes,
                             struct liasse_error **error);

// Fetches a document's bytes part by part: write is called with one part after the other, during
// the call. The seal of the whole document is checked before its first byte is handed over.
int32_t liasse_session_fetch_to(const struct liasse_session *session,
                                const struct liasse_id *document,
                                liasse_write_callback write,
                                void *user,
                                struct liasse_error **error);

// The first of the bytes; they live as long as the handle. NULL for NULL.
const uint8_t *liasse_bytes_data(const struct liasse_bytes *bytes);

// How many bytes there are; 0 for NULL.
size_t liasse_bytes_length(const struct liasse_bytes *bytes);

// Frees bytes. NULL is allowed.
void liasse_bytes_free(struct liasse_bytes *bytes);

// Sets and clears visibility flags of a document (LIASSE_FLAG_* joined by |), none of them both.
// flags_after, the flags it has then, may be NULL.
int32_t liasse_session_set_flags(const struct liasse_session *session,
                                 const struct liasse_id *document,
                                 uint32_t set,
                                 uint32_t clear,
                                 uint32_t *flags_after,
                                 struct liasse_error **error);

// Sets a document's status: LIASSE_STATUS_DELETED, _ARCHIVED, or _APPROVED to take it out of the
// archive. A deleted document is shown to nobody any more; its bytes go when it is erased.
int32_t liasse_session_set_status(const struct liasse_session *session,
                                  const struct liasse_id *document,
                                  uint32_t status,
                                  struct liasse_error **error);

// Masks every document of a patient's dossier that the session may mask, and from now on every
// deposit (LIASSE_MASKING_BY_DEFAULT); or ends that, and leaves what is masked as it is
// (LIASSE_MASKING_OPEN).
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_mask_by_default(const struct liasse_session *session,
                                       const char *patient,
                                       uint32_t masking,
                                       uint32_t agreement,
                                       const char *motive,
                                       struct liasse_error **error);

// Authorises a party (kind: one of LIASSE_PARTY_*) to read a patient's dossier until an instant
// (milliseconds since 1970-01-01 UTC, not 0, or LIASSE_FOREVER).
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_authorise(const struct liasse_session *session,
                                 const char *patient,
                                 uint32_t kind,
                                 const char *party,
                                 int64_t until,
                                 uint32_t agreement,
                                 const char *motive,
                                 struct liasse_error **error);

// Withdraws a party's authorisation.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_revoke(const struct liasse_session *session,
                              const char *patient,
                              uint32_t kind,
                              const char *party,
                              uint32_t agreement,
                              const char *motive,
                              struct liasse_error **error);

// Blocks a party: it has no access whatever else is granted, in an emergency too.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_block(const struct liasse_session *session,
                             const char *patient,
                             uint32_t kind,
                             const char *party,
                             uint32_t agreement,
                             const char *motive,
                             struct liasse_error **error);

// Lifts a block.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_unblock(const struct liasse_session *session,
                               const char *patient,
                               uint32_t kind,
                               const char *party,
                               uint32_t agreement,
                               const char *motive,
                               struct liasse_error **error);

// Declares a professional as attending physician.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_set_attending(const struct liasse_session *session,
                                     const char *patient,
                                     const char *actor,
                                     uint32_t agreement,
                                     const char *motive,
                                     struct liasse_error **error);

// Withdraws an attending physician.
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_unset_attending(const struct liasse_session *session,
                                       const char *patient,
                                       const char *actor,
                                       uint32_t agreement,
                                       const char *motive,
                                       struct liasse_error **error);

// Records what the holder said (one of LIASSE_CONSENT_*) about a matter (LIASSE_MATTER_*).
// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
int32_t liasse_session_consent(const struct liasse_session *session,
                               const char *patient,
                               uint32_t matter,
                               uint32_t answer,
                               uint32_t agreement,
                               const char *motive,
                               struct liasse_error **error);

// Reads who did what in a patient's dossier (matricule, or matricule@OID). Give *cursor to
// liasse_history_free.
int32_t liasse_session_history(const struct liasse_session *session,
                               const char *patient,
                               struct liasse_history **cursor,
                               struct liasse_error **error);

// Reads the same traces, those of acts between two instants, both among them, in milliseconds
// since 1970-01-01 UTC; from is not after to. Give *cursor to liasse_history_free.
int32_t liasse_session_history_during(const struct liasse_session *session,
                                      const char *patient,
                                      int64_t from,
                                      int64_t to,
                                      struct liasse_history **cursor,
                                      struct liasse_error **error);

// The same traces as FHIR R4 AuditEvents in the shape of IHE BALP: UTF-8, one JSON object to a
// line. software and address are the program's own. Give *text to liasse_bytes_free.
int32_t liasse_session_audit_events(const struct liasse_session *session,
                                    const char *patient,
                                    const char *software,
                                    const char *address,
                                    struct liasse_bytes **text,
                                    struct liasse_error **error);

// The same events, those of acts between two instants, both among them, in milliseconds since
// 1970-01-01 UTC; from is not after to. Give *text to liasse_bytes_free.
int32_t liasse_session_audit_events_during(const struct liasse_session *session,
                                           const char *patient,
                                           int64_t from,
                                           int64_t to,
                                           const char *software,
                                           const char *address,
                                           struct liasse_bytes **text,
                                           struct liasse_error **error);

// Steps to the next trace: *row is set to it, or to NULL behind the last.
int32_t liasse_history_next(struct liasse_history *cursor,
                            const struct liasse_history_line **row,
                            struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_history_free(struct liasse_history *cursor);

// Lists all receipts of erasures, in the order of their journal entries; for operators. Give
// *cursor to liasse_kept_free.
int32_t liasse_engine_receipts(const struct liasse_engine *engine,
                               struct liasse_kept **cursor,
                               struct liasse_error **error);

// Completes the erasures that were begun and that a sink, a reader or the key store held up;
// without any it does nothing. The next erasure does so too, and so does opening. cursor, the
// receipts of this, may be NULL; give *cursor to liasse_kept_free.
int32_t liasse_engine_finish_erasures(const struct liasse_engine *engine,
                                      struct liasse_kept **cursor,
                                      struct liasse_error **error);

// Steps to the next receipt: *row is set to it, or to NULL behind the last.
int32_t liasse_kept_next(struct liasse_kept *cursor,
                         const struct liasse_kept_receipt **row,
                         struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_kept_free(struct liasse_kept *cursor);

// Gives the coded values in the documents of a patient's dossier (matricule, or matricule@OID)
// that the session may read; each document with some counts as read. statuses is one of
// LIASSE_STATUSES_*. Give *cursor to liasse_points_free.
int32_t liasse_session_points(const struct liasse_session *session,
                              const char *patient,
                              uint32_t statuses,
                              struct liasse_points **cursor,
                              struct liasse_error **error);

// Steps to the next data point: *row is set to it, or to NULL behind the last.
int32_t liasse_points_next(struct liasse_points *cursor,
                           const struct liasse_point **row,
                           struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_points_free(struct liasse_points *cursor);

// Lists the policy packs a store works under. Give *cursor to liasse_packs_free.
int32_t liasse_engine_policies(const struct liasse_engine *engine,
                               struct liasse_packs **cursor,
                               struct liasse_error **error);

// Replaces the rules by those of a directory that holds one pack, or several in directories of
// their own; they decide from the next request on. When they are not valid, LIASSE_E_PACK says
// where and why, and the old ones stay in force. cursor, the packs then in force, may be NULL;
// give *cursor to liasse_packs_free.
int32_t liasse_engine_reload_policies(const struct liasse_engine *engine,
                                      const char *directory,
                                      struct liasse_packs **cursor,
                                      struct liasse_error **error);

// Steps to the next pack: *row is set to it, or to NULL behind the last.
int32_t liasse_packs_next(struct liasse_packs *cursor,
                          const struct liasse_pack **row,
                          struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_packs_free(struct liasse_packs *cursor);

// What the second opinion (recheck of liasse_open_options) was asked since the rules were
// loaded, and how many documents it kept back: anything but 0 is a fault in Liasse.
int32_t liasse_engine_rechecks(const struct liasse_engine *engine,
                               uint64_t *asked,
                               uint64_t *withheld,
                               struct liasse_error **error);

// Searches. Give *cursor to liasse_hits_free.
int32_t liasse_session_search(const struct liasse_session *session,
                              const struct liasse_search *search,
                              struct liasse_hits **cursor,
                              struct liasse_error **error);

// Counts the documents that answer a search; its limit is not looked at.
int32_t liasse_session_count(const struct liasse_session *session,
                             const struct liasse_search *search,
                             uint64_t *count,
                             struct liasse_error **error);

// Says which rules apply and, when search is not NULL, how it would be
// answered: UTF-8 lines for people. Give *text to liasse_bytes_free.
int32_t liasse_session_explain(const struct liasse_session *session,
                               const struct liasse_search *search,
                               struct liasse_bytes **text,
                               struct liasse_error **error);

// Says how long a search of all of actor's dossiers takes, coarsely, as a JSON object in UTF-8;
// search.patient is NULL. Asked by a session of purpose LIASSE_PURPOSE_AUDIT; nothing of what is
// found is told. Give *json to liasse_bytes_free.
int32_t liasse_session_explain_plan(const struct liasse_session *session,
                                    const struct liasse_session_options *actor,
                                    const struct liasse_search *search,
                                    struct liasse_bytes **json,
                                    struct liasse_error **error);

// Steps to the next hit: *row is set to it, or to NULL behind the last.
int32_t liasse_hits_next(struct liasse_hits *cursor,
                         const struct liasse_hit **row,
                         struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_hits_free(struct liasse_hits *cursor);

// Lists a store's bytes on the disk by kind, in a fixed order. Give *cursor to
// liasse_space_free.
int32_t liasse_engine_space(const struct liasse_engine *engine,
                            struct liasse_space **cursor,
                            struct liasse_error **error);

// Steps to the next kind: *row is set to it, or to NULL behind the last.
int32_t liasse_space_next(struct liasse_space *cursor,
                          const struct liasse_space_used **row,
                          struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_space_free(struct liasse_space *cursor);

// Lists the keyring sinks of a store. Give *cursor to liasse_sinks_free.
int32_t liasse_engine_sinks(const struct liasse_engine *engine,
                            struct liasse_sinks **cursor,
                            struct liasse_error **error);

// Steps to the next sink: *row is set to it, or to NULL behind the last.
int32_t liasse_sinks_next(struct liasse_sinks *cursor,
                          const struct liasse_sink **row,
                          struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_sinks_free(struct liasse_sinks *cursor);

// Deposits count documents of one patient, all of them or none, and waits until they are
// durable. documents has room for count ids, in the order of deposits; so have outcomes (one of
// LIASSE_OUTCOME_* each), which may be NULL, as may dossier.
int32_t liasse_session_deposit_set(const struct liasse_session *session,
                                   const struct liasse_deposit *deposits,
                                   size_t count,
                                   struct liasse_id *documents,
                                   struct liasse_id *dossier,
                                   uint32_t *outcomes,
                                   struct liasse_error **error);

// Deposits a submission without waiting, as liasse_session_begin_deposit does a document. The
// documents are read during the call. Give *ticket to liasse_set_ticket_wait, then to
// liasse_set_ticket_free.
int32_t liasse_session_begin_deposit_set(const struct liasse_session *session,
                                         const struct liasse_deposit *deposits,
                                         size_t count,
                                         struct liasse_set_ticket **ticket,
                                         struct liasse_error **error);

// Waits until a submission is durable, or has failed; answers as liasse_session_deposit_set
// does, and the same again when it is asked again. count is that of the submission; dossier and
// outcomes may be NULL.
int32_t liasse_set_ticket_wait(struct liasse_set_ticket *ticket,
                               size_t count,
                               struct liasse_id *documents,
                               struct liasse_id *dossier,
                               uint32_t *outcomes,
                               struct liasse_error **error);

// Frees a ticket. NULL is allowed. A submission nobody waited for goes on to the disk all the
// same.
void liasse_set_ticket_free(struct liasse_set_ticket *ticket);

// Proposes how the word that the query ends in may go on: at most this many words of the
// documents that the rest of the search is about. Each document a word is taken from counts as
// read, so ask when a person pauses. Give *cursor to liasse_words_free.
int32_t liasse_session_complete(const struct liasse_session *session,
                                const struct liasse_search *search,
                                size_t most,
                                struct liasse_words **cursor,
                                struct liasse_error **error);

// Proposes the query with those words replaced that no document holds: UTF-8. *query is set to
// NULL when there is nothing to replace, else give it to liasse_bytes_free.
int32_t liasse_session_did_you_mean(const struct liasse_session *session,
                                    const struct liasse_search *search,
                                    struct liasse_bytes **query,
                                    struct liasse_error **error);

// Steps to the next word: *row is set to it, or to NULL behind the last.
int32_t liasse_words_next(struct liasse_words *cursor,
                          const struct liasse_text **row,
                          struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_words_free(struct liasse_words *cursor);

// Waits until what was handed over before, traces among it, is committed, and until the index
// has done the work that is due.
int32_t liasse_engine_settle(const struct liasse_engine *engine, struct liasse_error **error);

// Checks the whole store while it is open, and has its log told; liasse_verify checks one that
// is not, and writes nothing. Give *cursor to liasse_findings_free.
int32_t liasse_engine_check(const struct liasse_engine *engine,
                            struct liasse_findings **cursor,
                            struct liasse_error **error);

// The journal's checkpoint, signed by the store's key and by each of the signers of
// liasse_open_options: size and root of its log. Whoever keeps one can tell later whether the log
// was altered. LIASSE_E_KEY_STORE when a signer does not sign it. Give *text to
// liasse_bytes_free.
int32_t liasse_engine_checkpoint(const struct liasse_engine *engine,
                                 struct liasse_bytes **text,
                                 struct liasse_error **error);

// Has the log told that a witness cosigned a checkpoint of it: checkpoint is the signed note with
// her line added, witness her verifier key. size, the entries of the log that she saw, and at,
// when she signed by her own clock, may be NULL. Brought again, it is told again.
// LIASSE_E_INVALID when this log's key did not sign it or she did not; LIASSE_E_OTHER_COPY when
// the log does not continue it: keep it then, it is evidence.
int32_t liasse_engine_record_cosignature(const struct liasse_engine *engine,
                                         const char *checkpoint,
                                         const char *witness,
                                         uint64_t *size,
                                         int64_t *at,
                                         struct liasse_error **error);

// The key that verifies the checkpoints of this store: its name, its id and the key. Give *text
// to liasse_bytes_free.
int32_t liasse_engine_checkpoint_key(const struct liasse_engine *engine,
                                     struct liasse_bytes **text,
                                     struct liasse_error **error);

// The keys that verify what the signers of liasse_open_options sign of this store's checkpoints,
// in their order, a line each. Give *text to liasse_bytes_free.
int32_t liasse_engine_signer_keys(const struct liasse_engine *engine,
                                  struct liasse_bytes **text,
                                  struct liasse_error **error);

// Pins what the log is now in the anchor_file the store was opened with; without one it does
// nothing. Opening and closing do so too.
int32_t liasse_engine_pin(const struct liasse_engine *engine, struct liasse_error **error);

// Rebuilds what is damaged in the index, and analyses documents anew: those that an older
// version has analysed (LIASSE_REINDEX_NEEDED), or all (LIASSE_REINDEX_EVERYTHING); searches and
// deposits go on. progress, called after each step, may be NULL; what was done before it ended
// the call stays done. documents and steps, how many were done, may be NULL.
int32_t liasse_engine_reindex(const struct liasse_engine *engine,
                              uint32_t which,
                              liasse_progress_callback progress,
                              void *user,
                              uint64_t *documents,
                              uint64_t *steps,
                              struct liasse_error **error);

// Destroys the keys of the traces of a class (one of LIASSE_TRACES_*) that are older than this
// many whole months, for all patients. gone, how many months of keys went, may be NULL.
int32_t liasse_engine_retain(const struct liasse_engine *engine,
                             uint32_t class_,
                             uint32_t months,
                             uint64_t *gone,
                             struct liasse_error **error);

// Moves what lives out of body segments of which at least dead_percent_min (0 to 100) is dead,
// and removes them. segments, how many were removed, and bytes, how many dead bytes were in
// them, may be NULL.
int32_t liasse_engine_compact(const struct liasse_engine *engine,
                              uint32_t dead_percent_min,
                              uint64_t *segments,
                              uint64_t *bytes,
                              struct liasse_error **error);

// Brings the store of an earlier version, which nobody has open, to the format that this version
// writes, one format after the other. Needs no key; a store that has the format already is left
// as it is. format_before and format_after may be NULL.
int32_t liasse_upgrade(const char *directory,
                       uint32_t *format_before,
                       uint32_t *format_after,
                       struct liasse_error **error);

// Gives the free pages of a catalog that nobody has open back to the disk. bytes_before and
// bytes_after may be NULL.
int32_t liasse_shrink(const char *directory,
                      uint64_t *bytes_before,
                      uint64_t *bytes_after,
                      struct liasse_error **error);

// Checks the whole store in directory, which no engine has open: every journal entry, dossier,
// document and index file. A sound store has no findings. Give *cursor to liasse_findings_free.
int32_t liasse_verify(const char *directory,
                      const struct liasse_open_options *options,
                      struct liasse_findings **cursor,
                      struct liasse_error **error);

// Steps to the next finding: *row is set to it, or to NULL behind the last.
int32_t liasse_findings_next(struct liasse_findings *cursor,
                             const struct liasse_finding **row,
                             struct liasse_error **error);

// How much was checked: dossiers, documents, entries of the journal, segments of the index. Each
// may be NULL.
int32_t liasse_findings_checked(const struct liasse_findings *cursor,
                                uint64_t *dossiers,
                                uint64_t *documents,
                                uint64_t *entries,
                                uint64_t *segments,
                                struct liasse_error **error);

// Frees a cursor and its row. NULL is allowed.
void liasse_findings_free(struct liasse_findings *cursor);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LIASSE_H */
