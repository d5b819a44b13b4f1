// Liasse for C++17: handles that free themselves, errors that are thrown, rows that are looped over.
//
// For: programs in C++. One header over liasse.h; what it lacks is called as in C with get().
// A row and its texts are the cursor's: they end with the next step of the loop.

#ifndef LIASSE_HPP
#define LIASSE_HPP

#include <liasse.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace liasse {

// Why a call failed: what() is the message.
class error : public std::runtime_error {
public:
    explicit error(liasse_error *owned)
        : std::runtime_error(liasse_error_message(owned)), code_(liasse_error_code(owned)),
          class_(liasse_error_class(owned)), hint_(liasse_error_hint(owned)) {
        if (const char *place = liasse_error_place(owned)) place_ = place;
        liasse_error_free(owned);
    }
    std::int32_t code() const noexcept { return code_; }
    std::uint32_t error_class() const noexcept { return class_; }
    const char *code_name() const noexcept { return liasse_code_name(code_); }
    const std::string &hint() const noexcept { return hint_; }
    const std::string &place() const noexcept { return place_; }

private:
    std::int32_t code_;
    std::uint32_t class_;
    std::string hint_, place_;
};

// Throws when the library that was loaded is not one that this header was written for.
inline void check_version() {
    if (!LIASSE_VERSION_FITS(liasse_version_number()))
        throw std::runtime_error(std::string("liasse.h is of another version than Liasse ") +
                                 liasse_version_string());
}

// Makes a call that takes a liasse_error ** last, and throws when it fails.
template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments) {
    liasse_error *failed = nullptr;
    if (function(arguments..., &failed) != LIASSE_OK) throw error(failed);
}

// A struct of the header, zeroed, that knows its size.
template <typename Struct> Struct sized() {
    Struct zeroed{};
    zeroed.struct_size = sizeof(Struct);
    return zeroed;
}

inline std::string_view view(const liasse_text &text) { return {text.bytes, text.length}; }

template <typename Handle, void (*Free)(Handle *)> struct Deleter {
    void operator()(Handle *handle) const noexcept { Free(handle); }
};
template <typename Handle, void (*Free)(Handle *)>
using Owned = std::unique_ptr<Handle, Deleter<Handle, Free>>;

using Bytes = Owned<liasse_bytes, liasse_bytes_free>;
using Answer = Owned<liasse_answer, liasse_answer_free>;
using Receipts = Owned<liasse_receipts, liasse_receipts_free>;

// A cursor to loop over, once; what algorithms of the standard library take for an input iterator.
template <typename Handle, typename Row, void (*Free)(Handle *),
          std::int32_t (*Next)(Handle *, const Row **, liasse_error **)>
class Cursor {
public:
    explicit Cursor(Handle *owned) : handle_(owned) {}
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Row;
        using difference_type = std::ptrdiff_t;
        using pointer = const Row *;
        using reference = const Row &;
        // What a step leaves behind: the row, whose texts ended with the step.
        class behind {
        public:
            explicit behind(const Row &row) : row_(row) {}
            const Row &operator*() const { return row_; }

        private:
            Row row_;
        };

        iterator() = default;
        explicit iterator(Handle *handle) : handle_(handle) {
            if (handle_) ++*this;
        }
        reference operator*() const { return *row_; }
        pointer operator->() const { return row_; }
        iterator &operator++() {
            call(Next, handle_, &row_);
            return *this;
        }
        behind operator++(int) {
            behind row(*row_);
            ++*this;
            return row;
        }
        bool operator==(const iterator &other) const { return row_ == other.row_; }
        bool operator!=(const iterator &other) const { return !(*this == other); }

    private:
        Handle *handle_ = nullptr;
        const Row *row_ = nullptr;
    };
    iterator begin() { return iterator(handle_.get()); }
    iterator end() { return iterator(); }
    Handle *get() const noexcept { return handle_.get(); }

private:
    Owned<Handle, Free> handle_;
};

using Entries = Cursor<liasse_entries, liasse_entry, liasse_entries_free, liasse_entries_next>;
using Hits = Cursor<liasse_hits, liasse_hit, liasse_hits_free, liasse_hits_next>;
using History =
    Cursor<liasse_history, liasse_history_line, liasse_history_free, liasse_history_next>;

class Session {
public:
    explicit Session(liasse_session *owned) : handle_(owned) {}
    liasse_session *get() const noexcept { return handle_.get(); }

    std::pair<liasse_id, std::uint32_t> deposit(std::string_view document,
                                                std::uint32_t absent = LIASSE_ABSENT_REFUSE) {
        auto what = sized<liasse_deposit>();
        what.bytes = reinterpret_cast<const std::uint8_t *>(document.data());
        what.length = document.size();
        what.absent = absent;
        std::pair<liasse_id, std::uint32_t> deposited{};
        call(liasse_session_deposit, get(), &what, &deposited.first,
             static_cast<liasse_id *>(nullptr), &deposited.second);
        return deposited;
    }
    Entries entries(const char *patient, std::uint32_t statuses = LIASSE_STATUSES_APPROVED) {
        liasse_entries *entries = nullptr;
        call(liasse_session_entries, get(), patient, statuses, &entries);
        return Entries(entries);
    }
    Answer ask(std::string_view query, std::uint32_t form = LIASSE_FORM_WORDS,
               const char *patient = nullptr) {
        auto what = sized<liasse_search>();
        what.query = query.data();
        what.query_length = query.size();
        what.form = form;
        what.patient = patient;
        liasse_answer *answer = nullptr;
        call(liasse_session_ask, get(), &what, &answer);
        return Answer(answer);
    }
    std::string fetch(const liasse_id &document) {
        liasse_bytes *fetched = nullptr;
        call(liasse_session_fetch, get(), &document, &fetched);
        Bytes bytes(fetched);
        auto data = reinterpret_cast<const char *>(liasse_bytes_data(bytes.get()));
        return std::string(data, liasse_bytes_length(bytes.get()));
    }

private:
    Owned<liasse_session, liasse_session_close> handle_;
};

class Engine {
public:
    static Engine create(const char *directory, const liasse_open_options &how) {
        check_version();
        liasse_engine *engine = nullptr;
        call(liasse_engine_create, directory, &how, &engine);
        return Engine(engine);
    }
    static Engine open(const char *directory, const liasse_open_options &how) {
        check_version();
        liasse_engine *engine = nullptr;
        call(liasse_engine_open, directory, &how, &engine);
        return Engine(engine);
    }
    liasse_engine *get() const noexcept { return handle_.get(); }

    Session session(const char *actor, const char *profession, std::uint32_t purpose,
                    const char *patient = nullptr) {
        auto who = sized<liasse_session_options>();
        who.actor = actor;
        who.profession = profession;
        who.purpose = purpose;
        who.patient = patient;
        liasse_session *session = nullptr;
        call(liasse_session_open, get(), &who, &session);
        return Session(session);
    }
    // Tells what a destructor cannot: whether the store was closed well.
    void close() { call(liasse_engine_close, handle_.release()); }

private:
    explicit Engine(liasse_engine *owned) : handle_(owned) {}
    static void end(liasse_engine *engine) { liasse_engine_close(engine, nullptr); }
    Owned<liasse_engine, end> handle_;
};

} // namespace liasse

#endif
