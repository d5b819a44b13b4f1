// A tour in C++: prints the lines of the tour in C. usage: tour EMPTY-FOLDER

#include <liasse.hpp>

#include <iostream>

static std::string document(const std::string &number, const std::string &title,
                            const std::string &text) {
    return "{\"liasse_document\":1,\"unique_id\":\"1.2.250.1.213.1.1.9999^" + number +
           "\",\"type\":{\"code\":\"11488-4\"},\"title\":\"" + title +
           "\",\"creation_time\":\"2026-01-0" + number + "T12:00:00Z\",\"text\":\"" + text +
           "\",\"authors\":[{\"id\":\"1.2.250.1.71.4.2.1^899900000001\","
           "\"person\":{\"family\":\"SPECIMEN\"}}],"
           "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","
           "\"oid\":\"1.2.250.1.213.1.4.10\"}}}";
}

static const char patient[] = "299999999999945@1.2.250.1.213.1.4.10";

static liasse_id deposit(liasse::Session &session, const std::string &document) {
    auto deposited = session.deposit(document, LIASSE_ABSENT_OPEN);
    bool kept = deposited.second == LIASSE_OUTCOME_KEPT;
    std::cout << "deposited: " << (kept ? "kept" : "already there") << "\n";
    return deposited.first;
}

static void search(liasse::Session &session, const std::string &query) {
    auto answer = session.ask(query, LIASSE_FORM_JSON);
    const liasse_hit *hit = nullptr;
    const liasse_count *count = nullptr;
    while (liasse::call(liasse_answer_next_hit, answer.get(), &hit), hit) {
        std::cout << "found: " << liasse::view(hit->snippet) << ", at byte "
                  << hit->highlights[0].from << "\n";
    }
    while (liasse::call(liasse_answer_next_count, answer.get(), &count), count) {
        std::cout << liasse::view(count->facet) << " " << liasse::view(count->group) << ": "
                  << count->documents << "\n";
    }
}

int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    std::string folder = argv[1], key = folder + "/root.key", store = folder + "/store";
    std::cout << "liasse " << liasse_version_string() << "\n";
    liasse::call(liasse_key_file_create, key.c_str());
    auto how = liasse::sized<liasse_open_options>();
    how.key_file = key.c_str();
    auto engine = liasse::Engine::create(store.c_str(), how);

    auto session = engine.session("899900000001", "medecin", LIASSE_PURPOSE_CARE);
    auto id = deposit(session, document("1", "Consultation", "Toux depuis trois jours."));
    deposit(session, document("2", "Suivi", "La fi\303\250vre a baiss\303\251."));
    deposit(session, document("1", "Consultation", "Toux depuis trois jours."));
    for (const auto &entry : session.entries(patient)) {
        std::cout << liasse::view(entry.title) << ", " << liasse::view(entry.author) << ", "
                  << entry.size << " bytes, " << entry.creation_time << "\n";
    }
    search(session, std::string("{\"query\":\"fievre\",\"patient\":\"") + patient +
                        "\",\"facets\":[\"type\"]}");
    std::cout << "fetched: " << session.fetch(id) << "\n";
    try {
        engine.session("899900000002", "medecin", LIASSE_PURPOSE_CARE).fetch(id);
    } catch (const liasse::error &refused) {
        std::cout << "another: " << refused.code_name() << ", " << refused.what() << "\n";
    }
    engine.close();
    std::cout << "closed\n";
    return 0;
} catch (const liasse::error &failed) {
    std::cerr << failed.what() << "; " << failed.hint() << "\n";
    return 1;
} catch (const std::exception &failed) {
    std::cerr << failed.what() << "\n";
    return 1;
}
