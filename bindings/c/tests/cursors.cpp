// Cursors of liasse.hpp are what the standard library takes for input iterators: its algorithms
// run over them.
//
// usage: cursors EMPTY-FOLDER

#include <liasse.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <string>
#include <type_traits>

namespace {

template <typename Cursor, typename Row> constexpr void is_input_iterator() {
    using iterator = typename Cursor::iterator;
    using traits = std::iterator_traits<iterator>;
    static_assert(std::is_same_v<typename traits::value_type, Row>);
    static_assert(std::is_same_v<typename traits::difference_type, std::ptrdiff_t>);
    static_assert(std::is_same_v<typename traits::pointer, const Row *>);
    static_assert(std::is_same_v<typename traits::reference, const Row &>);
    static_assert(std::is_same_v<typename traits::iterator_category, std::input_iterator_tag>);
    static_assert(std::is_same_v<decltype(*std::declval<const iterator &>()), const Row &>);
    static_assert(std::is_same_v<decltype(std::declval<const iterator &>().operator->()),
                                 const Row *>);
    static_assert(std::is_same_v<decltype(++std::declval<iterator &>()), iterator &>);
    static_assert(std::is_copy_constructible_v<iterator> && std::is_copy_assignable_v<iterator>);
    static_assert(std::is_same_v<decltype(std::declval<const iterator &>() ==
                                          std::declval<const iterator &>()),
                                 bool>);
    static_assert(std::is_same_v<decltype(std::declval<const iterator &>() !=
                                          std::declval<const iterator &>()),
                                 bool>);
    static_assert(std::is_convertible_v<decltype(*std::declval<iterator &>()++), Row>);
}

void check(bool held, const char *what) {
    if (held) return;
    std::fprintf(stderr, "%s\n", what);
    std::exit(1);
}

std::string note(int number) {
    return "{\"liasse_document\":1,\"unique_id\":\"1.2.250.1.213.1.1.9999^" +
           std::to_string(number) +
           "\",\"type\":{\"code\":\"11488-4\"},\"title\":\"Note " + std::to_string(number) +
           "\",\"creation_time\":\"2026-01-31T12:00:00Z\",\"text\":\"Toux.\","
           "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","
           "\"oid\":\"1.2.250.1.213.1.4.10\"}}}";
}

} // namespace

int main(int count, char **arguments) {
    is_input_iterator<liasse::Entries, liasse_entry>();
    is_input_iterator<liasse::Hits, liasse_hit>();
    is_input_iterator<liasse::History, liasse_history_line>();
    check(count == 2, "usage");
    const std::string folder = arguments[1], key = folder + "/key";
    liasse::call(liasse_key_file_create, key.c_str());
    auto how = liasse::sized<liasse_open_options>();
    how.key_file = key.c_str();
    auto engine = liasse::Engine::create((folder + "/store").c_str(), how);
    {
        auto session = engine.session("899900000001", "medecin", LIASSE_PURPOSE_CARE);
        for (int number = 1; number <= 3; number++)
            session.deposit(note(number), LIASSE_ABSENT_OPEN);
        auto listed = [&] { return session.entries("299999999999945"); };
        auto all = listed();
        check(std::distance(all.begin(), all.end()) == 3, "distance");
        auto some = listed();
        auto found = std::find_if(some.begin(), some.end(), [](const liasse_entry &entry) {
            return liasse::view(entry.title) == "Note 2";
        });
        check(found != some.end() && liasse::view(found->title) == "Note 2", "find_if");
        auto sum = listed();
        auto bytes = std::accumulate(sum.begin(), sum.end(), std::size_t{0},
                                     [](std::size_t before, const liasse_entry &entry) {
                                         return before + entry.title.length;
                                     });
        check(bytes == 18, "accumulate");
        auto stepped = listed();
        auto at = stepped.begin();
        const auto status = (*at++).status;
        check(status == LIASSE_STATUS_APPROVED && at != stepped.end(), "a step behind");
        check(stepped.end() == stepped.end(), "the end");
    }
    engine.close();
    return 0;
}
