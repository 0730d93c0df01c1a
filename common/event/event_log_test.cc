#include "common/event/event_log.h"

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/resource/note_testing.h"
#include "common/status/macros.h"

namespace heitie::event {
namespace {

using ::heitie::testing::IsOk;

class EventLogTest : public resource::NoteTest {};

TEST_F(EventLogTest, TellsWhoDidWhatUnderWhichMethod) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  ASSERT_THAT(Update(R"(note { name: "books/b/notes/n" title: "y" })"), IsOk());
  const auto events = Events("");
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 2);
  const auto& event = events->events(1);
  EXPECT_EQ(event.position(), 2);
  EXPECT_EQ(event.subject(), "books/b/notes/n");
  EXPECT_EQ(event.subject_type(), "testing.heitie/Note");
  EXPECT_EQ(event.revision(), 2);
  EXPECT_EQ(event.action(), "updated");
  EXPECT_EQ(event.principal(), "employees/manager");
  EXPECT_EQ(event.method(), "heitie.testing.v1.NoteService/UpdateNote");
  EXPECT_EQ(event.trace_id(), "0123456789abcdef0123456789abcdef");
  EXPECT_NE(event.before_json().find("\"x\""), std::string::npos);
  EXPECT_NE(event.after_json().find("\"y\""), std::string::npos);
  EXPECT_EQ(events->last_position(), 2);
  EXPECT_EQ(Events("after_position: 2")->last_position(), 2);
}

// Auto-increment numbers are taken before the commit: a reader that trusts them loses what commits late.
TEST_F(EventLogTest, AnEventThatCommitsLateIsNotLost) {
  const auto insert = [&](const std::string& id, const std::function<void()>& before_commit) {
    const rpc::Call call = Manager();
    return store_.database().Write(call.deadline, [&](sql::Session& session) -> absl::Status {
      resource::Transaction tx{call, session};
      resource::Note note = testing::Proto<resource::Note>(absl::StrCat("name: 'books/b/notes/", id, "' title: 'x'"));
      RETURN_IF_ERROR(notes_.Insert(tx, note));
      before_commit();
      return absl::OkStatus();
    });
  };
  ASSERT_THAT(insert("late",
                     [&] {
                       ASSERT_THAT(insert("early", [] {}), IsOk());
                       const auto events = Events("");
                       ASSERT_EQ(events->events_size(), 1);
                       EXPECT_EQ(events->events(0).subject(), "books/b/notes/early");
                     }),
              IsOk());
  const auto events = Events("after_position: 1");
  ASSERT_EQ(events->events_size(), 1);
  EXPECT_EQ(events->events(0).subject(), "books/b/notes/late");
  EXPECT_EQ(events->events(0).position(), 2);
}

// A hundred writers and two readers: each reader sees every event once, those of one note in the order of its revisions.
TEST_F(EventLogTest, ManyWritersLoseNothing) {
  constexpr int kWriters = 100, kNotes = 10, kUpdates = 4;
  for (int i = 0; i < kNotes; ++i) ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: 'n", i, "' note { title: 'x' }")), IsOk());
  std::atomic<bool> writing = true;
  const auto read = [&](std::vector<type::v1::Event>* seen) {
    int64_t after = 0;
    while (true) {
      const bool last_round = !writing;
      const auto events = Events(absl::StrCat("page_size: 13 after_position: ", after));
      if (!events.ok()) {
        ADD_FAILURE() << events.status();
        return;
      }
      seen->insert(seen->end(), events->events().begin(), events->events().end());
      after = events->last_position();
      if (events->events().empty() && last_round) return;
    }
  };
  std::vector<type::v1::Event> seen[2];
  std::vector<std::thread> threads;
  std::thread readers[] = {std::thread(read, &seen[0]), std::thread(read, &seen[1])};
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int u = 0; u < kUpdates; ++u) {
        ASSERT_THAT(Update(absl::StrCat("note { name: 'books/b/notes/n", (w + u) % kNotes, "' title: 'w", w, "u", u, "' }")), IsOk());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  writing = false;
  for (auto& reader : readers) reader.join();
  for (const auto& events : seen) {
    ASSERT_EQ(events.size(), static_cast<size_t>(kNotes + kWriters * kUpdates));
    std::map<std::string, int64_t> revision;
    std::set<std::string> ids;
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].position(), static_cast<int64_t>(i) + 1);
      EXPECT_EQ(events[i].revision(), ++revision[events[i].subject()]);
      EXPECT_TRUE(ids.insert(events[i].event_id()).second);
    }
  }
}

}  // namespace
}  // namespace heitie::event
