#include "common/event/mirror.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/event/follow_testing.h"
#include "common/status/macros.h"

extern char** environ;

namespace heitie::event {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;
using record::Note;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMirror[] = "mirrored-notes";
// Shorter than a note's own.
constexpr int kTitleBytes = 20;

sql::Database& WithMirror(sql::Database& database) {
  const absl::Status status = database.Read(absl::Now() + absl::Seconds(20), [](sql::Session& session) {
    return session
        .Execute(
            absl::StrCat("CREATE TABLE mirrored_notes (name VARBINARY(190) NOT NULL PRIMARY KEY, title VARBINARY(", kTitleBytes,
                         ") NOT NULL, number BIGINT NOT NULL, ink VARBINARY(64) NOT NULL, moment DATETIME(6) NULL, day DATE NULL, marks "
                         "LONGTEXT NOT NULL, maybe BIGINT NULL, KEY mirrored_notes_number (number, name)) ENGINE=InnoDB"))
        .status();
  });
  if (!status.ok()) ADD_FAILURE() << status;
  return database;
}

// The fields of a note that the mirror has.
Note Copied(const Note& note) {
  Note copied;
  copied.set_name(note.name());
  copied.set_title(note.title());
  copied.set_number(note.number());
  copied.set_ink(note.ink());
  if (note.has_moment()) *copied.mutable_moment() = note.moment();
  if (note.has_day()) *copied.mutable_day() = note.day();
  *copied.mutable_marks() = note.marks();
  if (note.has_maybe()) copied.set_maybe(note.maybe());
  return copied;
}

class MirrorTest : public FollowTest {
 protected:
  MirrorTest() { WithMirror(own_database_.get()); }

  template <typename F>
  auto Read(const F& work) {
    decltype(work(std::declval<sql::Session&>())) result = absl::UnknownError("not read");
    EXPECT_THAT(own_store_.database().Read(absl::Now() + absl::Seconds(20),
                                           [&](sql::Session& session) {
                                             result = work(session);
                                             return absl::OkStatus();
                                           }),
                IsOk());
    return result;
  }
  std::vector<std::string> Lines(const std::vector<Note>& notes) {
    std::vector<std::string> lines;
    for (const Note& note : notes) lines.push_back(note.ShortDebugString());
    return lines;
  }
  std::vector<std::string> Mirrored(const Mirror<Note>& mirror) {
    const auto rows = Read([&](sql::Session& session) { return mirror.Select(session, "ORDER BY name"); });
    EXPECT_THAT(rows, IsOk());
    return Lines(rows.value_or(std::vector<Note>()));
  }
  std::vector<std::string> AtSource() {
    std::vector<Note> notes;
    EXPECT_THAT(store_.database().Read(absl::Now() + absl::Seconds(20),
                                       [&](sql::Session& session) -> absl::Status {
                                         auto rows = notes_.Select(session, "ORDER BY name");
                                         if (rows.ok()) notes = *std::move(rows);
                                         return rows.status();
                                       }),
                IsOk());
    for (Note& note : notes) note = Copied(note);
    return Lines(notes);
  }
  // The columns as texts.
  std::vector<std::string> Raw(const std::string& query) {
    std::vector<std::string> texts;
    EXPECT_THAT(
        Read([&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { texts.push_back(row.Text(0)); }); }),
        IsOk());
    return texts;
  }
};

TEST_F(MirrorTest, HoldsWhatTheSourceHolds) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  EXPECT_EQ(mirror.follower(), kMirror);
  const auto early = Read([&](sql::Session& session) { return mirror.Find(session, "books/b/notes/n1"); });
  EXPECT_THAT(early, HasReason("MIRROR_INCOMPLETE"));
  EXPECT_THAT(Read([&](sql::Session& session) { return mirror.Select(session, ""); }), HasReason("MIRROR_INCOMPLETE"));
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n1" note {
                          title: "價格" number: 7 ink: INK_RED ratio: 0.5 maybe: 0 moment { seconds: 1767225600 nanos: 5000 }
                          day { year: 2026 month: 2 day: 28 } marks { line: 1 text: "a" } labels { key: "k" value: "v" } })"),
              IsOk());
  Add("n2");
  Add("n3");
  Run();
  Retitle("n2", "y");
  Remove("n3");
  Run();
  EXPECT_EQ(Mirrored(mirror), AtSource());
  const auto found = Read([&](sql::Session& session) { return mirror.Find(session, "books/b/notes/n1"); });
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->ink(), Note::INK_RED);
  EXPECT_TRUE(found->has_maybe());
  EXPECT_EQ(found->ratio(), 0) << "not copied";
  EXPECT_THAT(Read([&](sql::Session& session) { return mirror.Find(session, "books/b/notes/n3"); }), HasReason("NOT_FOUND"));
  const auto chosen = Read([&](sql::Session& session) { return mirror.Select(session, "WHERE number > ?", sql::Bind(5)); });
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->size(), 1u);
  const auto state = Read([&](sql::Session& session) { return mirror.State(session); });
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->position, 5);
  EXPECT_EQ(state->catch_up_time, clock_.Now());
}

TEST_F(MirrorTest, ForgetsWhatARestoreOfTheSourceLost) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  for (const char* id : {"n1", "n2", "n3", "n4"}) Add(id);
  Run();
  ASSERT_EQ(Mirrored(mirror).size(), 4u);
  ASSERT_THAT(store_.database().Write(
                  absl::Now() + absl::Seconds(20),
                  [](sql::Session& session) { return session.Execute("DELETE FROM notes WHERE name > 'books/b/notes/n2'").status(); }),
              IsOk());
  RestoreEventsTo(2);
  for (const char* id : {"n5", "n6", "n7"}) Add(id);
  for (int i = 0; i < 4; ++i) Run();
  EXPECT_EQ(Mirrored(mirror), AtSource());
  EXPECT_EQ(Mirrored(mirror).size(), 5u);
  EXPECT_FALSE(State(kMirror).has_rebuild_position());
}

TEST_F(MirrorTest, AgesWhileTheSourceIsAway) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  Run();
  const absl::Time caught_up = clock_.Now();
  Add("n1");
  answers_ = false;
  Run();
  Run(absl::Minutes(1));
  EXPECT_EQ(Read([&](sql::Session& session) { return mirror.State(session); })->catch_up_time, caught_up);
  EXPECT_THAT(State(kMirror).error(), HasSubstr("away"));
  answers_ = true;
  Run(absl::Minutes(1));
  EXPECT_EQ(Read([&](sql::Session& session) { return mirror.State(session); })->catch_up_time, clock_.Now());
  EXPECT_EQ(Mirrored(mirror), AtSource());
}

TEST_F(MirrorTest, WhatDoesNotFitIsStuckAndHealsWithTheNextThatFits) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  Add("n1");
  Add("n2", std::string(kTitleBytes + 1, 't'));
  Add("n3");
  Retitle("n2", "fits");
  Retitle("n3", "z");
  Run();
  ASSERT_EQ(State(kMirror).stuck_subject_count(), 1);
  EXPECT_EQ(State(kMirror).stuck_subjects(0).subject(), "books/b/notes/n2");
  EXPECT_EQ(State(kMirror).position(), 5);
  EXPECT_EQ(Mirrored(mirror).size(), 2u);
  ASSERT_THAT(StepOver(absl::StrCat("name: 'followers/", kMirror, "' subject: 'books/b/notes/n2' position: 2 reason: 'too long'")), IsOk());
  Run();
  EXPECT_EQ(State(kMirror).stuck_subject_count(), 0);
  EXPECT_EQ(Mirrored(mirror), AtSource());
}

TEST_F(MirrorTest, IsRebuiltWhileReadersSeeTheOldCopy) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  for (int i = 0; i < 10; ++i) Add(absl::StrCat("n", i));
  Remove("n9");
  Add("n9");
  Run();
  // Somebody's hand.
  Execute("UPDATE mirrored_notes SET title = 'wrong' WHERE name = 'books/b/notes/n1'");
  Execute("DELETE FROM mirrored_notes WHERE name = 'books/b/notes/n2'");
  Execute("INSERT INTO mirrored_notes (name, title, number, ink, marks) VALUES ('books/b/notes/ghost', 'g', 0, 'INK_UNSPECIFIED', '{}')");
  const std::vector<std::string> old = Mirrored(mirror);
  ASSERT_NE(old, AtSource());
  const auto begun = Rebuild(absl::StrCat("name: 'followers/", kMirror, "' reason: 'touched by hand' request_id: 'r'"));
  ASSERT_THAT(begun, IsOk());
  EXPECT_EQ(begun->rebuild_position(), 0);
  // The source goes away in the middle of its history.
  before_answer_ = [&](const type::v1::ListEventsRequest& request) {
    if (request.after_position() == 6) answers_ = false;
    EXPECT_EQ(Mirrored(mirror), old);
  };
  greatest_page_ = 3;
  Run();
  Run(absl::Minutes(1));
  EXPECT_EQ(Mirrored(mirror), old);
  EXPECT_GT(State(kMirror).rebuild_position(), 0);
  before_answer_ = nullptr;
  answers_ = true;
  Retitle("n4", "later");
  Run(absl::Minutes(1));
  EXPECT_EQ(Mirrored(mirror), AtSource());
  const type::v1::Follower rebuilt = State(kMirror);
  EXPECT_FALSE(rebuilt.has_rebuild_position());
  EXPECT_TRUE(rebuilt.has_rebuild_time());
  const type::v1::ListEventsResponse trail = OwnEvents();
  ASSERT_EQ(trail.events_size(), 1);
  EXPECT_EQ(trail.events(0).action(), "rebuild");
  EXPECT_EQ(trail.events(0).principal(), "employees/engineer");
  EXPECT_THAT(trail.events(0).after_json(), HasSubstr("touched by hand"));
}

TEST_F(MirrorTest, TellsInTheSameTransactionWhatWasCopiedAndWhatHasGone) {
  Execute("CREATE TABLE told (name VARBINARY(190) NOT NULL, title VARBINARY(800) NULL) ENGINE=InnoDB");
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  mirror.SetFollow([](sql::Session& session, const std::vector<std::string>& names) -> absl::Status {
    for (const std::string& name : names) {
      // As it is copied already.
      RETURN_IF_ERROR(
          session.Execute("INSERT INTO told SELECT ?, (SELECT title FROM mirrored_notes WHERE name = ?)", sql::Bind(name, name)).status());
    }
    return absl::OkStatus();
  });
  const auto told = [&] {
    const std::vector<std::string> lines = Raw("SELECT CONCAT(name, ' ', COALESCE(title, 'gone')) FROM told ORDER BY name, title");
    Execute("DELETE FROM told");
    return lines;
  };
  Add("n1");
  Add("n2");
  // Of one that does not fit nothing is copied, and nothing told.
  Add("n3", std::string(kTitleBytes + 1, 't'));
  Run();
  EXPECT_THAT(told(), ElementsAre("books/b/notes/n1 x", "books/b/notes/n2 x"));
  Retitle("n1", "y");
  Remove("n2");
  Run();
  EXPECT_THAT(told(), ElementsAre("books/b/notes/n1 y", "books/b/notes/n2 gone"));
  Execute("INSERT INTO mirrored_notes (name, title, number, ink, marks) VALUES ('books/b/notes/ghost', 'g', 0, 'INK_UNSPECIFIED', '{}')");
  ASSERT_THAT(Rebuild(absl::StrCat("name: 'followers/", kMirror, "' reason: 'touched by hand' request_id: 'r'")), IsOk());
  Run(absl::Minutes(1));
  EXPECT_THAT(told(), ElementsAre("books/b/notes/ghost gone", "books/b/notes/n1 y"));
}

TEST_F(MirrorTest, ARebuildSetsAsideWhatDoesNotFit) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  Add("n1");
  Add("n2", std::string(kTitleBytes + 1, 't'));
  Add("n3", std::string(kTitleBytes + 1, 't'));
  Run();
  ASSERT_EQ(State(kMirror).stuck_subject_count(), 2);
  Retitle("n3", "fits");
  ASSERT_THAT(Rebuild(absl::StrCat("name: 'followers/", kMirror, "' reason: 'r'")), IsOk());
  Run();
  EXPECT_EQ(State(kMirror).stuck_subject_count(), 1);
  EXPECT_EQ(State(kMirror).stuck_subjects(0).subject(), "books/b/notes/n2");
  Retitle("n2", "fits");
  EXPECT_THAT(Mirrored(mirror), ::testing::SizeIs(2));
}

// A newer source has members and values that this contract does not know. They are there for the version that knows them.
TEST_F(MirrorTest, KeepsWhatOnlyANewerSourceKnows) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  AddEvent("n1", 1,
           R"({"name": "books/b/notes/n1", "title": "t", "number": "3", "ink": "INK_GOLD", "novelty": 1,)"
           R"( "marks": [{"line": "1", "text": "a", "shade": {"depth": 0.1}}, {"line": "2"}]})");
  AddEvent("n2", 1, R"({"name": "books/b/notes/n2", "title": "t", "ink": "INK_RED", "marks": [{"line": "1", "novelty": true}]})");
  AddEvent("n3", 1, R"({"name": "books/b/notes/n3", "title": "t", "ink": 1, "novelty": 1})");
  AddEvent("n4", 1, R"({"name": "books/b/notes/n4", "title": "t", "ink": "no value", "novelty": 1})");
  const auto kept = [&] {
    EXPECT_THAT(Raw("SELECT ink FROM mirrored_notes ORDER BY name"), ElementsAre("INK_GOLD", "INK_RED", "INK_BLUE", "INK_UNSPECIFIED"));
    EXPECT_THAT(Raw("SELECT marks FROM mirrored_notes ORDER BY name"),
                ElementsAre(R"({"marks":[{"line":"1","shade":{"depth":0.1},"text":"a"},{"line":"2"}]})",
                            R"({"marks":[{"line":"1","novelty":true}]})", "{}", "{}"));
    const auto found = Read([&](sql::Session& session) { return mirror.Find(session, "books/b/notes/n1"); });
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->ink(), Note::INK_UNSPECIFIED);
    EXPECT_EQ(found->number(), 3);
    ASSERT_EQ(found->marks_size(), 2);
    EXPECT_EQ(found->marks(0).text(), "a");
  };
  Run();
  kept();
  ASSERT_THAT(Rebuild(absl::StrCat("name: 'followers/", kMirror, "' reason: 'r'")), IsOk());
  Execute("DELETE FROM mirrored_notes");
  Run();
  kept();
}

// One replica stands still between its question and its answer for longer than its lease. Meanwhile another one heals a resource that the
// first one knows as stuck, and ends before it goes on.
TEST_F(MirrorTest, WhoStoodStillDoesNotPassOverWhatWasHealedMeanwhile) {
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  job::Runner other(own_store_, clock_, "services/test");
  Mirror<Note> of_other(own_store_, other, source_, "note");
  Add("n1", std::string(kTitleBytes + 1, 't'));
  Run();
  ASSERT_EQ(State(kMirror).stuck_subject_count(), 1);
  Retitle("n1", "fits");
  bool stood_still = false;
  before_answer_ = [&](const type::v1::ListEventsRequest& request) {
    if (!stood_still && request.subject().empty() && request.page_size() > 1) {
      stood_still = true;
      ASSERT_THAT(StepOver(absl::StrCat("name: 'followers/", kMirror, "' subject: 'books/b/notes/n1' position: 1 reason: 'r'")), IsOk());
      Execute(absl::StrCat("UPDATE job SET lease_token = NULL, lease_until = NULL WHERE name = '", kMirror, "'"));
      Run(other, absl::ZeroDuration());
      EXPECT_EQ(State(kMirror).stuck_subject_count(), 0) << "the other one has healed it";
      answers_ = true;
    } else if (!request.subject().empty()) {
      // The last that the other one is told.
      answers_ = false;
    }
  };
  // The resource is not due for it.
  Run(absl::ZeroDuration());
  runner_.Hastener(kMirror)();
  Run(absl::Milliseconds(1));
  ASSERT_TRUE(stood_still);
  before_answer_ = nullptr;
  Run(absl::Minutes(1));
  Run(absl::Minutes(1));
  EXPECT_EQ(State(kMirror).position(), 2);
  EXPECT_EQ(Mirrored(mirror), AtSource());
}

// Row by row it would not be done within a call's time at some size, and a mirror of that size could never be rebuilt.
TEST_F(MirrorTest, ARebuiltCopyTakesItsPlaceInFewStatements) {
  constexpr int kNotes = 20'000;
  Mirror<Note> mirror(own_store_, runner_, source_, "note");
  Run();
  Execute(absl::StrCat("INSERT INTO mirror_rebuild (follower, subject, position, after_json) WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL ",
                       "SELECT i + 1 FROM d WHERE i < 199), n (i) AS (SELECT 200 * a.i + b.i FROM d a, d b WHERE 200 * a.i < ", kNotes,
                       ") SELECT '", kMirror,
                       "', CONCAT('books/b/notes/n', i), i + 1, CONCAT('{\"name\":\"books/b/notes/n', i, '\",\"title\":\"', IF(i = 7777, ",
                       "REPEAT('t', 50), 't'), '\",\"marks\":[{\"line\":\"', i, '\"}]}') FROM n"));
  Execute("UPDATE follower SET rebuild_position = position");
  // Within a statement the time stands still.
  Execute("CREATE TABLE statements (at DATETIME(6) NOT NULL PRIMARY KEY)");
  Execute("CREATE TRIGGER counted BEFORE INSERT ON mirrored_notes FOR EACH ROW INSERT IGNORE INTO statements VALUES (NOW(6))");
  Run();
  EXPECT_TRUE(State(kMirror).has_rebuild_time());
  EXPECT_THAT(Raw("SELECT COUNT(*) FROM mirrored_notes"), ElementsAre(absl::StrCat(kNotes - 1)));
  EXPECT_THAT(Raw("SELECT marks FROM mirrored_notes WHERE name = 'books/b/notes/n19999'"), ElementsAre(R"({"marks":[{"line":"19999"}]})"));
  ASSERT_EQ(State(kMirror).stuck_subject_count(), 1);
  EXPECT_EQ(State(kMirror).stuck_subjects(0).subject(), "books/b/notes/n7777");
  const std::vector<std::string> statements = Raw("SELECT COUNT(*) FROM statements");
  ASSERT_EQ(statements.size(), 1u);
  EXPECT_LT(std::stoi(statements[0]), kNotes / 15);
  EXPECT_THAT(Raw("SELECT COUNT(*) FROM mirror_rebuild"), ElementsAre("0"));
  Execute("DROP TABLE statements");
}

// ---- Under kills of either side

// The schemas of a process that follows, as it is told by the test that started it.
constexpr char kSourceSchema[] = "HEITIE_MIRROR_SOURCE", kOwnSchema[] = "HEITIE_MIRROR_OWN";

sql::Options OptionsOf(const std::string& schema) {
  sql::Options options;
  options.socket = std::getenv("HEITIE_TEST_DB_SOCKET");
  options.user = "root";
  options.schema = schema;
  options.pool_size = 8;
  return options;
}

// Not a test by itself: the process that MirrorUnderKills starts and kills.
TEST(MirrorProcess, Follows) {
  if (std::getenv(kSourceSchema) == nullptr) GTEST_SKIP() << "started by another test";
  sql::Database source_database(OptionsOf(std::getenv(kSourceSchema))), own_database(OptionsOf(std::getenv(kOwnSchema)));
  record::Store source_store(source_database), own_store(own_database);
  test::FakeClient source;
  source.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      kListNoteEvents, [&](const rpc::Call& call, const type::v1::ListEventsRequest& request) {
        type::v1::ListEventsRequest small = request;
        small.set_page_size(std::min(request.page_size(), 20));
        return event::List(source_store, call, small);
      });
  const time::SystemClock clock;
  job::Runner runner(own_store, clock, "services/test", absl::Milliseconds(200));
  const Mirror<Note> mirror(own_store, runner, source, "note");
  const auto hasten = runner.Hastener(mirror.follower());
  // Until it is killed, or nobody is left who would.
  const absl::Time end = absl::Now() + absl::Minutes(2);
  while (absl::Now() < end) {
    runner.RunDue().IgnoreError();
    absl::SleepFor(absl::Milliseconds(2));
    hasten();
  }
}

pid_t StartFollower(const std::string& source, const std::string& own) {
  std::vector<std::string> environment = {absl::StrCat(kSourceSchema, "=", source), absl::StrCat(kOwnSchema, "=", own)};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    // What makes gtest and ctest write reports.
    if (text.rfind("GTEST_", 0) != 0 && text.rfind("TEST_", 0) != 0 && text.rfind("XML_", 0) != 0) environment.push_back(text);
  }
  std::vector<char*> environment_pointers;
  for (std::string& entry : environment) environment_pointers.push_back(entry.data());
  environment_pointers.push_back(nullptr);
  std::string program = "/proc/self/exe", filter = "--gtest_filter=MirrorProcess.Follows";
  char* arguments[] = {program.data(), filter.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments, environment_pointers.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

class MirrorUnderKills : public MirrorTest {
 protected:
  static constexpr int kWriters = 4, kNotesOfWriter = 8, kChanges = 500;

  // Creates, changes, deletes and creates again its own notes, whatever becomes of its connections.
  void WriteHistory(uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < kChanges; ++i) {
      const std::string id = absl::StrCat("w", seed, "-", random() % kNotesOfWriter), name = "books/b/notes/" + id;
      const std::string fields = absl::StrCat("title: 't", i, "' number: ", random() % 100, random() % 2 == 0 ? " maybe: 3" : "",
                                              random() % 2 == 0 ? " ink: INK_BLUE" : "", " marks { line: ", i, " }");
      // Most of the others find the note in the other state, and change nothing.
      switch (random() % 4) {
        case 0:
          (void)Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { ", fields, " }"));
          break;
        case 1:
          (void)Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", "name: '" + name + "'");
          break;
        default:
          (void)Update(absl::StrCat("note { name: '", name, "' ", fields, " }"));
      }
    }
  }

  // Kills one of the connections to one of the schemas.
  void KillAConnection(sql::Session& session, std::mt19937& random) {
    std::vector<int64_t> ids;
    ASSERT_THAT(session.Query("SELECT id FROM information_schema.processlist WHERE db IN (?, ?)",
                              sql::Bind(store_.database().options().schema, own_store_.database().options().schema),
                              [&](const sql::Row& row) { ids.push_back(row.Int(0)); }),
                IsOk());
    if (ids.empty()) return;
    // It may have ended by itself meanwhile.
    killed_ += session.Execute(absl::StrCat("KILL ", ids[random() % ids.size()])).ok();
  }

  // Of the source, everything placed.
  int64_t LastPosition() {
    EXPECT_THAT(PlaceAll(store_, absl::Now() + absl::Seconds(20)), IsOk());
    int64_t last = 0;
    EXPECT_THAT(store_.database().Read(absl::Now() + absl::Seconds(20),
                                       [&](sql::Session& session) {
                                         return session.Query("SELECT position FROM event_position", {},
                                                              [&](const sql::Row& row) { last = row.Int(0); });
                                       }),
                IsOk());
    return last;
  }

  int killed_ = 0;
};

TEST_F(MirrorUnderKills, EqualsItsSourceInTheEnd) {
  const std::string source = store_.database().options().schema, own = own_store_.database().options().schema;
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      WriteHistory(static_cast<uint32_t>(w));
      --writing;
    });
  }
  sql::Database killers(OptionsOf("mysql"));
  std::mt19937 random(11);
  pid_t followers[2] = {StartFollower(source, own), StartFollower(source, own)};
  int killed_processes = 0, rounds = 0;
  int64_t position_at_kill = -1;
  bool rebuilt = false;
  absl::Time deadline = absl::Now() + absl::Minutes(4);
  // Kills go on after the last change, so that the end comes under them as well.
  while ((writing > 0 || killed_processes < 8 || !rebuilt) && absl::Now() < deadline) {
    ++rounds;
    const absl::Time begin = absl::Now();
    const int64_t position = State(kMirror).position();
    // On a busy machine more seldom, or nobody would ever finish anything.
    const absl::Duration pulse = std::max(absl::Now() - begin, absl::Milliseconds(2));
    absl::SleepFor(pulse * static_cast<double>(10 + random() % 60));
    ASSERT_THAT(killers.Read(absl::Now() + absl::Seconds(20),
                             [&](sql::Session& session) {
                               KillAConnection(session, random);
                               return absl::OkStatus();
                             }),
                IsOk());
    // Whoever follows has followed a little; after the last change there is nothing more to follow.
    if (rounds % 3 == 0 && (position != position_at_kill || writing == 0)) {
      position_at_kill = position;
      pid_t& follower = followers[random() % 2];
      kill(follower, SIGKILL);
      waitpid(follower, nullptr, 0);
      ++killed_processes;
      follower = StartFollower(source, own);
    }
    if (rounds >= 15 && !rebuilt) rebuilt = Rebuild(absl::StrCat("name: 'followers/", kMirror, "' reason: 'r' request_id: 'r'")).ok();
  }
  for (auto& writer : writers) writer.join();
  for (const pid_t follower : followers) {
    kill(follower, SIGKILL);
    waitpid(follower, nullptr, 0);
  }
  EXPECT_TRUE(rebuilt);
  EXPECT_GE(killed_processes, 8);
  EXPECT_GE(killed_, 10);
  deadline = absl::Now() + absl::Minutes(2);
  const time::SystemClock clock;
  job::Runner runner(own_store_, clock, "services/test", absl::Milliseconds(200));
  greatest_page_ = 1000;
  const Mirror<Note> mirror(own_store_, runner, source_, "note");
  const int64_t head = LastPosition();
  const auto done = [&] {
    const type::v1::Follower follower = State(kMirror);
    return follower.position() >= head && follower.stuck_subject_count() == 0 && !follower.has_rebuild_position();
  };
  while (!done() && absl::Now() < deadline) {
    EXPECT_THAT(runner.RunDue(), IsOk());
    runner.Hastener(kMirror)();
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_TRUE(done()) << State(kMirror).DebugString();
  EXPECT_GT(head, 400);
  EXPECT_THAT(AtSource(), ::testing::Not(IsEmpty()));
  EXPECT_EQ(Mirrored(mirror), AtSource());
  EXPECT_TRUE(State(kMirror).has_rebuild_time());
  std::printf("%d events, %d connections and %d processes killed\n", static_cast<int>(head), killed_, killed_processes);
}

}  // namespace
}  // namespace heitie::event
