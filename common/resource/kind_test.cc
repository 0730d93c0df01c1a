#include "common/resource/kind.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/resource/note_testing.h"
#include "common/status/macros.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::resource {
namespace {

using ::heitie::testing::HasReason;
using ::heitie::testing::IsOk;

using KindTest = NoteTest;

TEST_F(KindTest, EveryFieldComesBack) {
  const auto created = Create(R"(parent: "books/b" note_id: "n" note {
      title: "運營 %_' \" \\" number: -9223372036854775808 flag: true ratio: 0.1 ink: INK_RED moment { seconds: 1700000000 nanos: 123456000 }
      day { year: 2026 month: 2 day: 28 } blob: "\000\377\n'" marks { line: 1 text: "a" } marks { line: 2 } labels { key: "k" value: "v" } maybe: 0
      origin: "here" })");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "books/b/notes/n");
  EXPECT_EQ(created->etag(), "1");
  EXPECT_EQ(created->creator(), "employees/manager");
  EXPECT_EQ(created->mark_count(), 2);
  EXPECT_TRUE(created->has_maybe());
  const auto read = Get("books/b/notes/n");
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*created, *read)) << created->DebugString() << read->DebugString();
}

TEST_F(KindTest, MissingAndTakenNamesAreErrors) {
  EXPECT_THAT(Get("books/b/notes/none"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  EXPECT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), HasReason("ALREADY_EXISTS"));
  EXPECT_THAT(Create(R"(parent: "books/b" note_id: "../n" note { title: "x" })"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Create(R"(parent: "books/b" note { number: 1 })"), HasReason("INVALID_FIELDS"));
}

TEST_F(KindTest, OutputOnlyFieldsOfACreationAreIgnored) {
  const auto created = Create(R"(parent: "books/b" note { title: "x" creator: "employees/forged" mark_count: 7 })");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->creator(), "employees/manager");
  EXPECT_EQ(created->mark_count(), 0);
}

TEST_F(KindTest, UpdateChangesWhatTheMaskNames) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" number: 1 marks { line: 1 } origin: "o" })"), IsOk());
  const auto updated = Update(R"(note { name: "books/b/notes/n" title: "y" number: 9 } update_mask { paths: "number" paths: "marks" })");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->title(), "x");
  EXPECT_EQ(updated->number(), 9);
  EXPECT_EQ(updated->marks_size(), 0);
  EXPECT_EQ(updated->etag(), "2");
  const auto unmasked = Update(R"(note { name: "books/b/notes/n" title: "z" })");
  ASSERT_THAT(unmasked, IsOk());
  EXPECT_EQ(unmasked->title(), "z");
  EXPECT_EQ(unmasked->number(), 9);
  EXPECT_EQ(unmasked->origin(), "o");
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "3");
}

TEST_F(KindTest, UpdateRefusesWhatMayNotChange) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  for (const char* path : {"origin", "name", "creator", "etag", "nothing", "marks.line"}) {
    EXPECT_THAT(Update(absl::StrCat(R"(note { name: "books/b/notes/n" title: "y" } update_mask { paths: ")", path, "\" }")),
                HasReason("INVALID_FIELDS"))
        << path;
  }
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/n" } update_mask { paths: "title" })"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/n" title: "y" etag: "7" })"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/none" title: "y" })"), HasReason("NOT_FOUND"));
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "1");
}

TEST_F(KindTest, AGuardedRowIsChangedUnseen) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  const Note before = *Get("books/b/notes/n");
  const google::protobuf::Empty none;
  google::protobuf::Empty answer;
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(store_.Write(Manager(), none, &answer,
                             [&](Transaction& tx) -> absl::Status {
                               ASSIGN_OR_RETURN(const Note guarded, notes_.Guard(tx, "books/b/notes/n"));
                               EXPECT_EQ(guarded.title(), "x");
                               EXPECT_THAT(notes_.Guard(tx, "books/b/notes/none"), HasReason("NOT_FOUND"));
                               return absl::OkStatus();
                             }),
                IsOk());
  }
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(before, *Get("books/b/notes/n")));
  EXPECT_EQ(Events("")->events_size(), 1);
  int64_t guard = 0;
  ASSERT_THAT(store_.Read(Manager(),
                          [&](sql::Session& session) {
                            return session.Query("SELECT guard FROM notes", {}, [&](const sql::Row& row) { guard = row.Int(0); });
                          }),
              IsOk());
  EXPECT_EQ(guard, 2) << "a node of a cluster sees a conflict only where a row changes";
}

// The one that comes second waits for the guard, and what it reads after that includes what the first has written.
TEST_F(KindTest, WhoGuardsReadsWhatThoseBeforeHaveWritten) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "set" note { title: "x" })"), IsOk());
  constexpr int kWriters = 8;
  std::vector<size_t> seen(kWriters);
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const google::protobuf::Empty none;
      google::protobuf::Empty answer;
      EXPECT_THAT(store_.Write(Manager(), none, &answer,
                               [&](Transaction& tx) -> absl::Status {
                                 RETURN_IF_ERROR(notes_.Guard(tx, "books/b/notes/set").status());
                                 ASSIGN_OR_RETURN(const std::vector<Note> notes, notes_.Select(tx.sql, "WHERE origin = 'race'"));
                                 seen[i] = notes.size();
                                 Note note;
                                 note.set_name(absl::StrCat("books/b/notes/writer-", i));
                                 note.set_origin("race");
                                 return notes_.Insert(tx, note);
                               }),
                  IsOk());
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::sort(seen.begin(), seen.end());
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i);
}

TEST_F(KindTest, AnUpdateThatChangesNothingWritesNothing) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  ASSERT_THAT(Update(R"(note { name: "books/b/notes/n" title: "x" })"), IsOk());
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "1");
  EXPECT_EQ(Events("")->events_size(), 1);
}

TEST_F(KindTest, DeleteTakesTheRowAndKeepsTheHistory) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  const auto remove = [&](const std::string& request) {
    return Call<google::protobuf::Empty, testing::v1::DeleteNoteRequest>("DeleteNote", request);
  };
  EXPECT_THAT(remove(R"(name: "books/b/notes/n" etag: "2")"), HasReason("STALE_ETAG"));
  ASSERT_THAT(remove(R"(name: "books/b/notes/n" etag: "1")"), IsOk());
  EXPECT_THAT(Get("books/b/notes/n"), HasReason("NOT_FOUND"));
  const auto events = Events(R"(subject: "books/b/notes/n")");
  ASSERT_EQ(events->events_size(), 2);
  EXPECT_EQ(events->events(1).action(), "deleted");
  EXPECT_EQ(events->events(1).after_json(), "");
  EXPECT_NE(events->events(1).before_json(), "");
}

TEST_F(KindTest, TheSameRequestIdReturnsTheFirstAnswer) {
  const std::string request = R"(parent: "books/b" note { title: "x" } request_id: "r1")";
  const auto first = Create(request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Update(absl::StrCat(R"(note { name: ")", first->name(), R"(" title: "changed" })")), IsOk());
  const auto second = Create(request);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->name(), first->name());
  EXPECT_EQ(second->title(), "x");
  EXPECT_EQ(List(R"(parent: "books/b")")->notes_size(), 1);
  EXPECT_THAT(Create(R"(parent: "books/b" note { title: "other" } request_id: "r1")"), HasReason("REQUEST_ID_REUSED"));
}

TEST_F(KindTest, ARepeatedRequestWhoseWorkWouldNowFailStillGetsTheFirstAnswer) {
  const std::string request = R"(parent: "books/b" note_id: "n" note { title: "x" } request_id: "r1")";
  ASSERT_THAT(Create(request), IsOk());
  EXPECT_THAT(Create(request), IsOk());
}

TEST_F(KindTest, OneRequestIdRacingWithItselfHappensOnce) {
  std::atomic<int> fine = 0;
  std::vector<std::thread> threads;
  std::set<std::string> names;
  std::mutex mutex;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto note = Create(R"(parent: "books/b" note { title: "x" } request_id: "race")");
      if (!note.ok()) return;
      ++fine;
      std::lock_guard<std::mutex> lock(mutex);
      names.insert(note->name());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fine, 16);
  EXPECT_EQ(names.size(), 1u);
  EXPECT_EQ(List(R"(parent: "books/b")")->notes_size(), 1);
}

TEST_F(KindTest, ConcurrentGetsShareQueriesAndEachGetsItsOwn) {
  for (int i = 0; i < 40; ++i)
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: 'n", i, "' note { title: 'x' number: ", i, " }")), IsOk());
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int k = 0; k < 60; ++k) {
        const int i = (t * 7 + k * 3) % 45;
        const auto note = Get(absl::StrCat("books/b/notes/n", i));
        if (i >= 40) {
          EXPECT_THAT(note, HasReason("NOT_FOUND"));
        } else {
          ASSERT_THAT(note, IsOk());
          EXPECT_EQ(note->number(), i);
          EXPECT_EQ(note->name(), absl::StrCat("books/b/notes/n", i));
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(KindTest, FiltersSelectAndOtherBooksStayOut) {
  ASSERT_THAT(
      Create(R"(parent: "books/b" note_id: "a" note { title: "100% spring" number: 1 ink: INK_RED day { year: 2026 month: 1 day: 1 } })"),
      IsOk());
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "b" note { title: "autumn" number: 2 flag: true moment { seconds: 1700000000 } })"),
              IsOk());
  ASSERT_THAT(Create(R"(parent: "books/b2" note_id: "c" note { title: "other book" number: 3 })"), IsOk());
  const auto names = [&](const std::string& filter) {
    testing::v1::ListNotesRequest request;
    request.set_parent("books/b");
    request.set_filter(filter);
    const auto list = service_.Invoke<testing::v1::ListNotesResponse>("ListNotes", Manager(), request);
    std::string ids;
    if (!list.ok()) return status::ReasonOf(list.status());
    for (const Note& note : list->notes()) ids += IdOf(note.name());
    return ids;
  };
  EXPECT_EQ(names(""), "ab");
  EXPECT_EQ(names("number > 1"), "b");
  EXPECT_EQ(names("number>=1 AND flag=true"), "b");
  EXPECT_EQ(names("ink = INK_RED"), "a");
  EXPECT_EQ(names("ink != INK_RED"), "b");
  EXPECT_EQ(names("title : '0%'"), "a");
  EXPECT_EQ(names("title : '_'"), "");
  EXPECT_EQ(names("moment > \"2023-01-01T00:00:00Z\""), "b");
  EXPECT_EQ(names("day <= 2026-01-01"), "a");
  EXPECT_EQ(names("title = \"x' OR 1=1 -- \""), "");
  EXPECT_EQ(names("number = 1 OR number = 2"), "ab");
  EXPECT_EQ(names("number = 7 OR number = 2 OR number = 9"), "b");
  EXPECT_EQ(names("number = 1 OR number = 2 AND flag = true"), "b") << "OR binds more strongly";
  EXPECT_EQ(names("flag = true AND number = 1 OR number = 2"), "b");
  for (const char* bad : {"nothing = 1", "number = x", "number", "= 1", "number = 1 OR title = 'autumn'", "number > 1 OR number = 1",
                          "number = 1 OR", "OR number = 1", "number = 1 XOR number = 2", "ink = BLUE", "marks = 1", "mark_count = 1",
                          "number : 1", "title = \"open", "(number = 1)", "AND", "number = 1 AND"}) {
    EXPECT_EQ(names(bad), "INVALID_FIELDS") << bad;
  }
}

// Walks all pages and returns the ids in order.
TEST_F(KindTest, PagesAreCompleteInEveryOrder) {
  std::mt19937 random(7);
  std::vector<std::pair<int, std::string>> expected;
  for (int i = 0; i < 53; ++i) {
    const int number = static_cast<int>(random() % 5);
    const std::string id = absl::StrCat("n", 100 + i);
    expected.emplace_back(number, id);
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' number: ", number,
                                    " flag: ", i % 3 == 0 ? "true" : "false", " ratio: ", i % 4, ".1 }")),
                IsOk());
  }
  const auto walk = [&](const std::string& order) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const auto page = List(absl::StrCat("parent: 'books/b' page_size: 7 order_by: '", order, "' page_token: '", token, "'"));
      if (!page.ok()) {
        ADD_FAILURE() << page.status();
        break;
      }
      for (const Note& note : page->notes()) ids.push_back(IdOf(note.name()));
      token = page->next_page_token();
    } while (!token.empty());
    return ids;
  };
  const auto sorted = [&](auto less) {
    auto rows = expected;
    std::sort(rows.begin(), rows.end(), less);
    std::vector<std::string> ids;
    for (const auto& row : rows) ids.push_back(row.second);
    return ids;
  };
  EXPECT_EQ(walk(""), sorted([](const auto& a, const auto& b) { return a.second < b.second; }));
  EXPECT_EQ(walk("name desc"), sorted([](const auto& a, const auto& b) { return a.second > b.second; }));
  EXPECT_EQ(walk("number"), sorted([](const auto& a, const auto& b) { return a < b; }));
  EXPECT_EQ(walk("number desc"), sorted([](const auto& a, const auto& b) { return a > b; }));
  EXPECT_EQ(walk("number desc, name"),
            sorted([](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; }));
  EXPECT_EQ(walk("create_time, number").size(), 53u);
  EXPECT_EQ(walk("flag, ratio desc, ink").size(), 53u);
  EXPECT_THAT(List("parent: 'books/b' order_by: 'moment'"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(List("parent: 'books/b' order_by: 'number sideways'"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(List("parent: 'books/b' page_token: 'garbage'"), HasReason("INVALID_FIELDS"));
  const std::string token = List("parent: 'books/b' page_size: 7")->next_page_token();
  EXPECT_THAT(List(absl::StrCat("parent: 'books/other' page_token: '", token, "'")), HasReason("INVALID_FIELDS"));
}

// Only what a parent or a text with an index has narrowed is ever sorted.
TEST_F(KindTest, AWholeTableIsOrderedByIndexesOnly) {
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' number: 1 origin: 'press' }"), IsOk());
  for (const char* order : {"", "name", "name desc", "number", "number desc", "number desc, name desc", "number, name"}) {
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "'")), IsOk()) << order;
  }
  for (const char* order : {"title", "flag", "flag, number", "number desc, name", "number, title", "create_time"}) {
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "'")), HasReason("INVALID_FIELDS")) << order;
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "' filter: 'number = 1 AND title = \"x\" AND origin != \"web\"'")),
                HasReason("INVALID_FIELDS"))
        << order;
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "' filter: 'number = 1 AND origin = \"press\"'")), IsOk()) << order;
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "' parent: 'books/b'")), IsOk()) << order;
  }
}

TEST(NameTest, ParentsIdsAndPatterns) {
  EXPECT_EQ(ParentOf("projects/a/tasks/b"), "projects/a");
  EXPECT_EQ(ParentOf("projects/a"), "");
  EXPECT_EQ(IdOf("projects/a/tasks/b"), "b");
  EXPECT_TRUE(MatchesPattern("projects/a-1", "projects/{project}"));
  for (const char* bad : {"projects/", "projects/-a", "projects/A", "projects/a/b", "tasks/a", "projects/a b", "projects/a'"}) {
    EXPECT_FALSE(MatchesPattern(bad, "projects/{project}")) << bad;
  }
}

TEST(NewIdTest, AscendsAndFitsAName) {
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId(absl::FromUnixSeconds(1767225600));
    EXPECT_LT(last, id);
    EXPECT_TRUE(MatchesPattern("x/" + id, "x/{x}"));
    last = id;
  }
}

// The last page costs what the first does: rows are read from the index where the page begins, none is skipped and none is sorted.
TEST_F(KindTest, EveryPageReadsOnlyItsOwnRows) {
  constexpr int kNotes = 400, kPage = 10;
  for (int i = 0; i < kNotes; ++i)
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note { title: 'x' } note_id: 'n", 1000 + i, "'")), IsOk());
  // A test's calls follow each other on one connection, so its session's figures are theirs.
  const auto read = [&](const std::string& figures) {
    int64_t sum = 0;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              return session.Query("SHOW SESSION STATUS WHERE variable_name IN (" + figures + ")", {},
                                                   [&](const sql::Row& row) { sum += std::stoll(row.Text(1)); });
                            }),
                IsOk());
    return sum;
  };
  // What an action costs; asking costs as well.
  const auto cost = [&](const std::string& figures, const std::function<void()>& action) {
    const int64_t before = read(figures);
    action();
    return read(figures) - before;
  };
  const std::string rows = "'HANDLER_READ_NEXT', 'HANDLER_READ_KEY', 'HANDLER_READ_FIRST'",
                    scans = "'SORT_ROWS', 'SORT_SCAN', 'SELECT_SCAN'";
  const int64_t asking_rows = cost(rows, [] {}), asking_scans = cost(scans, [] {});
  std::string token, next;
  int pages = 0;
  do {
    const auto list = [&] {
      const auto page = List(absl::StrCat("parent: 'books/b' page_size: ", kPage, " page_token: '", token, "'"));
      ASSERT_THAT(page, IsOk());
      next = page->next_page_token();
    };
    EXPECT_LE(cost(rows, list) - asking_rows, kPage + 2) << "page " << pages;
    EXPECT_EQ(cost(scans, list) - asking_scans, 0) << "page " << pages;
    token = next;
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(pages, kNotes / kPage);
}

}  // namespace
}  // namespace heitie::resource
