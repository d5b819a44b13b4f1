import java.util.List;

/** Passes every text that the wrapper takes with a NUL inside; each is refused. */
final class Nuls {
    private Nuls() {}

    public static void main(String[] arguments) {
        String nul = "a\0b";
        String key = arguments[0] + "/key";
        String store = arguments[0] + "/store";
        Liasse.createKeyFile(key);
        try (Liasse.Engine engine = Liasse.Engine.create(store, key);
                Liasse.Session session =
                        engine.session("899900000001", "medecin", Liasse.PURPOSE_CARE)) {
            List<Runnable> tried = List.of(
                    () -> Liasse.createKeyFile(nul),
                    () -> Liasse.Engine.create(nul, key),
                    () -> Liasse.Engine.create(store, nul),
                    () -> Liasse.Engine.open(nul, key),
                    () -> engine.session(nul, "medecin", Liasse.PURPOSE_CARE),
                    () -> engine.session("899900000001", nul, Liasse.PURPOSE_CARE),
                    () -> session.entries(nul, Liasse.STATUSES_APPROVED),
                    () -> session.ask(nul, Liasse.FORM_WORDS));
            int refused = 0;
            for (Runnable call : tried) {
                try {
                    call.run();
                } catch (IllegalArgumentException expected) {
                    refused++;
                }
            }
            System.out.println(refused + " texts with a NUL were refused");
        }
    }
}
