import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Liasse for Java, by JNA: handles to close, failures that are thrown.
 *
 * For: programs in Java 11 and later on 64-bit systems. The shared library is the property
 * liasse.library, or "liasse" where JNA looks; one of another version is refused. Rows are copied,
 * so they outlive their cursor. A text that holds a NUL is an IllegalArgumentException.
 */
public final class Liasse {
    public static final int PURPOSE_CARE = 1;
    public static final int ABSENT_REFUSE = 0;
    public static final int ABSENT_OPEN = 1;
    public static final int OUTCOME_KEPT = 1;
    public static final int STATUSES_APPROVED = 0;
    public static final int FORM_WORDS = 0;
    public static final int FORM_JSON = 1;
    private static final int WRITTEN_FOR = 1000;

    private Liasse() {}

    /** The functions that the classes below call; others are declared in the same way. */
    interface C extends Library {
        C LIBRARY = load();

        int liasse_version_number();
        String liasse_version_string();
        String liasse_code_name(int code);
        int liasse_error_code(Pointer error);
        String liasse_error_message(Pointer error);
        String liasse_error_hint(Pointer error);
        void liasse_error_free(Pointer error);
        int liasse_key_file_create(String path, PointerByReference error);
        int liasse_engine_create(String directory, OpenOptions how, PointerByReference engine,
                PointerByReference error);
        int liasse_engine_open(String directory, OpenOptions how, PointerByReference engine,
                PointerByReference error);
        int liasse_engine_close(Pointer engine, PointerByReference error);
        int liasse_session_open(Pointer engine, SessionOptions who, PointerByReference session,
                PointerByReference error);
        void liasse_session_close(Pointer session);
        int liasse_session_deposit(Pointer session, Deposit what, Id document, Id dossier,
                IntByReference outcome, PointerByReference error);
        int liasse_session_entries(Pointer session, String patient, int statuses,
                PointerByReference cursor, PointerByReference error);
        int liasse_entries_next(Pointer cursor, PointerByReference row, PointerByReference error);
        void liasse_entries_free(Pointer cursor);
        int liasse_session_ask(Pointer session, Search what, PointerByReference answer,
                PointerByReference error);
        int liasse_answer_next_hit(Pointer answer, PointerByReference row,
                PointerByReference error);
        int liasse_answer_next_count(Pointer answer, PointerByReference row,
                PointerByReference error);
        void liasse_answer_free(Pointer answer);
        int liasse_session_fetch(Pointer session, Id document, PointerByReference bytes,
                PointerByReference error);
        Pointer liasse_bytes_data(Pointer bytes);
        long liasse_bytes_length(Pointer bytes);
        void liasse_bytes_free(Pointer bytes);

        @FieldOrder({"bytes"})
        class Id extends Structure {
            public byte[] bytes = new byte[16];
        }

        @FieldOrder({"bytes", "length"})
        class Text extends Structure {
            public Pointer bytes;
            public long length;

            @Override
            public String toString() {
                byte[] copied = bytes.getByteArray(0, Math.toIntExact(length));
                return new String(copied, StandardCharsets.UTF_8);
            }
        }

        @FieldOrder({"size", "keyFile", "passphrase", "pack", "kms", "sinks", "sinkCount",
            "sinksWaived", "recheck", "kmsDeadlineMs", "ground", "reserved"})
        class OpenOptions extends Structure {
            public long size = size();
            public String keyFile;
            public String passphrase;
            public String pack;
            public Pointer kms;
            public Pointer sinks;
            public long sinkCount;
            public String sinksWaived;
            public int recheck;
            public int kmsDeadlineMs;
            public int ground;
            public int reserved;
        }

        @FieldOrder({"size", "actor", "profession", "speciality", "structure", "patient",
            "purpose", "secret"})
        class SessionOptions extends Structure {
            public long size = size();
            public String actor;
            public String profession;
            public String speciality;
            public String structure;
            public String patient;
            public int purpose;
            public int secret;
        }

        @FieldOrder({"size", "bytes", "length", "text", "textLength", "flags", "absent", "path",
            "read", "user", "memoryBytesMax"})
        class Deposit extends Structure {
            public long size = size();
            public Pointer bytes;
            public long length;
            public Pointer text;
            public long textLength;
            public int flags;
            public int absent;
            public String path;
            public Pointer read;
            public Pointer user;
            public long memoryBytesMax;
        }

        @FieldOrder({"size", "query", "queryLength", "patient", "limit", "statuses", "form",
            "after", "interrupt", "timeMs", "memoryBytesMax"})
        class Search extends Structure {
            public long size = size();
            public Pointer query;
            public long queryLength;
            public String patient;
            public long limit;
            public int statuses;
            public int form;
            public String after;
            public Pointer interrupt;
            public long timeMs;
            public long memoryBytesMax;
        }

        @FieldOrder({"size", "document", "entry", "dossier", "creationTime", "deposited", "bytes",
            "flags", "status", "version", "reserved", "uniqueId", "typeCode", "classCode",
            "title", "author", "authorStructure", "mimeType"})
        class EntryRow extends Structure {
            public long size;
            public Id document;
            public Id entry;
            public Id dossier;
            public long creationTime;
            public long deposited;
            public long bytes;
            public int flags;
            public int status;
            public int version;
            public int reserved;
            public Text uniqueId;
            public Text typeCode;
            public Text classCode;
            public Text title;
            public Text author;
            public Text authorStructure;
            public Text mimeType;

            EntryRow(Pointer row) {
                super(row);
                read();
            }
        }

        @FieldOrder({"size", "entry", "score", "snippet", "highlights", "highlightCount"})
        class HitRow extends Structure {
            public long size;
            public Pointer entry;
            public long score;
            public Text snippet;
            public Pointer highlights;
            public long highlightCount;

            HitRow(Pointer row) {
                super(row);
                read();
            }
        }

        @FieldOrder({"size", "documents", "facet", "group"})
        class CountRow extends Structure {
            public long size;
            public long documents;
            public Text facet;
            public Text group;

            CountRow(Pointer row) {
                super(row);
                read();
            }
        }
    }

    /** Why a call failed. */
    public static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final int code;
        public final String hint;

        Failure(Pointer error) {
            super(C.LIBRARY.liasse_error_message(error));
            code = C.LIBRARY.liasse_error_code(error);
            hint = C.LIBRARY.liasse_error_hint(error);
            C.LIBRARY.liasse_error_free(error);
        }

        public String codeName() {
            return C.LIBRARY.liasse_code_name(code);
        }
    }

    /** A document of a list. */
    public static final class Entry {
        public final byte[] document;
        public final String title;
        public final String author;
        public final long bytes;
        public final long creationTime;

        Entry(C.EntryRow row) {
            document = row.document.bytes.clone();
            title = row.title.toString();
            author = row.author.toString();
            bytes = row.bytes;
            creationTime = row.creationTime;
        }
    }

    /** A document that answers; its first highlight begins at that byte, or -1. */
    public static final class Hit {
        public final Entry entry;
        public final String snippet;
        public final long highlight;

        Hit(C.HitRow row) {
            entry = new Entry(new C.EntryRow(row.entry));
            snippet = row.snippet.toString();
            highlight = row.highlightCount == 0 ? -1 : row.highlights.getLong(0);
        }
    }

    /** How many documents are in a group of a facet. */
    public static final class Count {
        public final String facet;
        public final String group;
        public final long documents;

        Count(C.CountRow row) {
            facet = row.facet.toString();
            group = row.group.toString();
            documents = row.documents;
        }
    }

    /** Hits and counts of one moment. */
    public static final class Answer {
        public final List<Hit> hits = new ArrayList<>();
        public final List<Count> counts = new ArrayList<>();
    }

    private static C load() {
        C library = Native.load(System.getProperty("liasse.library", "liasse"), C.class,
                Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
        int loaded = library.liasse_version_number();
        int same = WRITTEN_FOR < 1_000_000 ? 1_000 : 1_000_000;
        if (loaded / same != WRITTEN_FOR / same || loaded < WRITTEN_FOR) {
            throw new UnsatisfiedLinkError(
                    "written for Liasse " + WRITTEN_FOR + ", not for " + loaded);
        }
        return library;
    }

    private interface Call {
        int with(PointerByReference error);
    }

    private interface Made {
        int with(PointerByReference made, PointerByReference error);
    }

    private static void call(Call call) {
        PointerByReference error = new PointerByReference();
        if (call.with(error) != 0) {
            throw new Failure(error.getValue());
        }
    }

    private static Pointer made(Made call) {
        PointerByReference made = new PointerByReference();
        call(error -> call.with(made, error));
        return made.getValue();
    }

    private static void rows(Made next, Consumer<Pointer> each) {
        for (Pointer row = made(next); row != null; row = made(next)) {
            each.accept(row);
        }
    }

    /** As C takes it, which would take a NUL for the end. */
    private static String text(String text) {
        if (text != null && text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a text for Liasse holds a NUL");
        }
        return text;
    }

    private static com.sun.jna.Memory memory(byte[] bytes) {
        com.sun.jna.Memory memory = new com.sun.jna.Memory(Math.max(bytes.length, 1));
        memory.write(0, bytes, 0, bytes.length);
        return memory;
    }

    public static String version() {
        return C.LIBRARY.liasse_version_string();
    }

    public static void createKeyFile(String path) {
        String checked = text(path);
        call(error -> C.LIBRARY.liasse_key_file_create(checked, error));
    }

    /** An open store. */
    public static final class Engine implements AutoCloseable {
        private final Pointer handle;

        private Engine(Pointer handle) {
            this.handle = handle;
        }

        public static Engine create(String directory, String keyFile) {
            return new Engine(start(C.LIBRARY::liasse_engine_create, directory, keyFile));
        }

        public static Engine open(String directory, String keyFile) {
            return new Engine(start(C.LIBRARY::liasse_engine_open, directory, keyFile));
        }

        private interface Start {
            int with(String directory, C.OpenOptions how, PointerByReference engine,
                    PointerByReference error);
        }

        private static Pointer start(Start start, String directory, String keyFile) {
            C.OpenOptions how = new C.OpenOptions();
            how.keyFile = text(keyFile);
            String checked = text(directory);
            return made((engine, error) -> start.with(checked, how, engine, error));
        }

        public Session session(String actor, String profession, int purpose) {
            C.SessionOptions who = new C.SessionOptions();
            who.actor = text(actor);
            who.profession = text(profession);
            who.purpose = purpose;
            return new Session(made((session, error) ->
                    C.LIBRARY.liasse_session_open(handle, who, session, error)));
        }

        /** Once; afterwards nothing is called on it. */
        @Override
        public void close() {
            call(error -> C.LIBRARY.liasse_engine_close(handle, error));
        }
    }

    /** Who asks and why. */
    public static final class Session implements AutoCloseable {
        private final Pointer handle;

        private Session(Pointer handle) {
            this.handle = handle;
        }

        /** Deposits a document; its id goes into the 16 bytes. Answers the outcome. */
        public int deposit(byte[] document, int absent, byte[] id) {
            C.Deposit what = new C.Deposit();
            what.bytes = memory(document);
            what.length = document.length;
            what.absent = absent;
            C.Id deposited = new C.Id();
            IntByReference outcome = new IntByReference();
            call(error -> C.LIBRARY.liasse_session_deposit(handle, what, deposited, null, outcome,
                    error));
            System.arraycopy(deposited.bytes, 0, id, 0, deposited.bytes.length);
            return outcome.getValue();
        }

        public List<Entry> entries(String patient, int statuses) {
            List<Entry> entries = new ArrayList<>();
            String checked = text(patient);
            Pointer cursor = made((made, error) ->
                    C.LIBRARY.liasse_session_entries(handle, checked, statuses, made, error));
            try {
                rows((row, error) -> C.LIBRARY.liasse_entries_next(cursor, row, error),
                        row -> entries.add(new Entry(new C.EntryRow(row))));
            } finally {
                C.LIBRARY.liasse_entries_free(cursor);
            }
            return entries;
        }

        public Answer ask(String query, int form) {
            byte[] text = text(query).getBytes(StandardCharsets.UTF_8);
            C.Search what = new C.Search();
            what.query = memory(text);
            what.queryLength = text.length;
            what.form = form;
            Answer answer = new Answer();
            Pointer given = made((made, error) ->
                    C.LIBRARY.liasse_session_ask(handle, what, made, error));
            try {
                rows((row, error) -> C.LIBRARY.liasse_answer_next_hit(given, row, error),
                        row -> answer.hits.add(new Hit(new C.HitRow(row))));
                rows((row, error) -> C.LIBRARY.liasse_answer_next_count(given, row, error),
                        row -> answer.counts.add(new Count(new C.CountRow(row))));
            } finally {
                C.LIBRARY.liasse_answer_free(given);
            }
            return answer;
        }

        public byte[] fetch(byte[] document) {
            C.Id id = new C.Id();
            id.bytes = document.clone();
            Pointer bytes = made((made, error) ->
                    C.LIBRARY.liasse_session_fetch(handle, id, made, error));
            try {
                int length = Math.toIntExact(C.LIBRARY.liasse_bytes_length(bytes));
                return C.LIBRARY.liasse_bytes_data(bytes).getByteArray(0, length);
            } finally {
                C.LIBRARY.liasse_bytes_free(bytes);
            }
        }

        /** Once; afterwards nothing is called on it. */
        @Override
        public void close() {
            C.LIBRARY.liasse_session_close(handle);
        }
    }
}
