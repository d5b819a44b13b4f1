import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A tour in Java: prints the lines of the tour in C. usage: Tour EMPTY-FOLDER */
public final class Tour {
    private static final String PATIENT = "299999999999945@1.2.250.1.213.1.4.10";
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private Tour() {}

    private static byte[] document(String number, String title, String text) {
        String document = "{\"liasse_document\":1,"
                + "\"unique_id\":\"1.2.250.1.213.1.1.9999^" + number + "\","
                + "\"type\":{\"code\":\"11488-4\"},\"title\":\"" + title + "\","
                + "\"creation_time\":\"2026-01-0" + number + "T12:00:00Z\","
                + "\"text\":\"" + text + "\","
                + "\"authors\":[{\"id\":\"1.2.250.1.71.4.2.1^899900000001\","
                + "\"person\":{\"family\":\"SPECIMEN\"}}],"
                + "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","
                + "\"oid\":\"1.2.250.1.213.1.4.10\"}}}";
        return document.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] deposit(Liasse.Session session, byte[] document) {
        byte[] id = new byte[16];
        int outcome = session.deposit(document, Liasse.ABSENT_OPEN, id);
        OUT.println("deposited: " + (outcome == Liasse.OUTCOME_KEPT ? "kept" : "already there"));
        return id;
    }

    private static byte[] fill(Liasse.Session session) {
        byte[] first = deposit(session, document("1", "Consultation", "Toux depuis trois jours."));
        deposit(session, document("2", "Suivi", "La fi\u00e8vre a baiss\u00e9."));
        deposit(session, document("1", "Consultation", "Toux depuis trois jours."));
        return first;
    }

    private static void look(Liasse.Session session) {
        for (Liasse.Entry entry : session.entries(PATIENT, Liasse.STATUSES_APPROVED)) {
            OUT.println(entry.title + ", " + entry.author + ", " + entry.bytes + " bytes, "
                    + entry.creationTime);
        }
        String question = "{\"query\":\"fievre\",\"patient\":\"" + PATIENT
                + "\",\"facets\":[\"type\"]}";
        Liasse.Answer answer = session.ask(question, Liasse.FORM_JSON);
        for (Liasse.Hit hit : answer.hits) {
            OUT.println("found: " + hit.snippet + ", at byte " + hit.highlight);
        }
        for (Liasse.Count count : answer.counts) {
            OUT.println(count.facet + " " + count.group + ": " + count.documents);
        }
    }

    public static void main(String[] arguments) {
        String key = arguments[0] + "/root.key";
        OUT.println("liasse " + Liasse.version());
        Liasse.createKeyFile(key);
        try (Liasse.Engine engine = Liasse.Engine.create(arguments[0] + "/store", key)) {
            byte[] first;
            try (Liasse.Session session =
                    engine.session("899900000001", "medecin", Liasse.PURPOSE_CARE)) {
                first = fill(session);
                look(session);
                OUT.println("fetched: "
                        + new String(session.fetch(first), StandardCharsets.UTF_8));
            }
            try (Liasse.Session other =
                    engine.session("899900000002", "medecin", Liasse.PURPOSE_CARE)) {
                other.fetch(first);
            } catch (Liasse.Failure refused) {
                OUT.println("another: " + refused.codeName() + ", " + refused.getMessage());
            }
        }
        OUT.println("closed");
    }
}
