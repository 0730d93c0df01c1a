#include "common/event/event_log.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"

namespace heitie::event {
namespace {

using ::heitie::test::IsOk;

class EventLogTest : public record::NoteTest {
 protected:
  // Commits `count` events of ten notes that nobody has read.
  void Commit(int count) {
    constexpr int kRows = 500;
    for (int first = 0; first < count; first += kRows) {
      std::string rows;
      for (int i = first; i < std::min(first + kRows, count); ++i) {
        absl::StrAppend(&rows, rows.empty() ? "" : ",", "('e", i, "', 't', 'books/b/notes/n", i % 10, "', ", i / 10 + 1,
                        ", 'updated', 'p', 'm', '', '2026-01-01')");
      }
      ASSERT_THAT(store_.database().Write(absl::Now() + absl::Seconds(60),
                                          [&](sql::Session& session) {
                                            return session
                                                .Execute(
                                                    "INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, "
                                                    "trace_id, occur_time) VALUES " +
                                                    rows)
                                                .status();
                                          }),
                  IsOk());
    }
  }
  int64_t Count(const std::string& condition) {
    int64_t count = -1;
    EXPECT_THAT(store_.database().Read(absl::Now() + absl::Seconds(20),
                                       [&](sql::Session& session) {
                                         return session.Query("SELECT COUNT(*) FROM event WHERE " + condition, {},
                                                              [&](const sql::Row& row) { count = row.Int(0); });
                                       }),
                IsOk());
    return count;
  }
  absl::StatusOr<type::v1::ListEventsResponse> EventsWithin(absl::Duration time, const std::string& request) {
    rpc::Call call = Manager();
    call.deadline = absl::Now() + time;
    return service_.Invoke<type::v1::ListEventsResponse>("ListEvents", call, test::Proto<type::v1::ListEventsRequest>(request));
  }
};

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
  EXPECT_EQ(event.method(), "heitie.test.v1.NoteService/UpdateNote");
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
      record::Transaction tx{call, session};
      record::Note note = test::Proto<record::Note>(absl::StrCat("name: 'books/b/notes/", id, "' title: 'x'"));
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

// However many wait, a page costs a portion: a reader with a second reads all of them.
TEST_F(EventLogTest, ALongLogIsReadInPortions) {
  constexpr int kEvents = 60000, kPage = 1000;
  Commit(kEvents);
  std::map<std::string, int64_t> revision;
  int64_t after = 0;
  int late = 0;
  while (after < kEvents) {
    const auto events = EventsWithin(absl::Seconds(1), absl::StrCat("page_size: ", kPage, " after_position: ", after));
    if (absl::IsDeadlineExceeded(events.status())) {
      // The machine stood still for a second; what was placed before stays so.
      ASSERT_LT(++late, 10) << after;
      continue;
    }
    late = 0;
    ASSERT_THAT(events, IsOk()) << after;
    ASSERT_GT(events->events_size(), 0) << "each call makes progress";
    for (const auto& event : events->events()) {
      ASSERT_EQ(event.position(), ++after);
      ASSERT_EQ(event.revision(), ++revision[event.subject()]);
    }
    if (after <= kPage) {
      EXPECT_GT(Count("position IS NULL"), kEvents / 2) << "the first page needs not all of them";
    }
  }
  EXPECT_TRUE(Events(absl::StrCat("after_position: ", kEvents))->events().empty());
}

// The one event of a resource may be the last: calls without time for all of them still come nearer, and end in time.
TEST_F(EventLogTest, CallsWithoutTimeMakeProgress) {
  Commit(20000);
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'last' note { title: 'x' }"), IsOk());
  // Some eighty portions; a call that is too late even to begin one is no progress.
  constexpr int kCalls = 100;
  bool found = false;
  for (int i = 0; i < kCalls && !found; ++i) {
    const auto events = EventsWithin(absl::Milliseconds(250), "subject: 'books/b/notes/last'");
    if (events.ok()) {
      found = events->events_size() == 1;
    } else {
      ASSERT_EQ(events.status().code(), absl::StatusCode::kDeadlineExceeded) << events.status();
    }
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(Count("position IS NULL"), 0);
}

TEST_F(EventLogTest, NobodyNeedsToReadForTheLogToBeShort) {
  Commit(2500);
  job::Runner jobs(store_, clock_, "services/test");
  KeepPlaced(jobs, store_);
  EXPECT_EQ(*jobs.RunDue(), 1);
  EXPECT_EQ(Count("position IS NULL"), 0);
  EXPECT_EQ(Count("position BETWEEN 1 AND 2500"), 2500);
  Commit(1);
  EXPECT_EQ(*jobs.RunDue(), 0);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(*jobs.RunDue(), 1);
  EXPECT_EQ(Count("position IS NULL"), 0);
}

// A hundred writers, two readers and two processes that place: each reader sees every event once, those of one note in the order of its
// revisions.
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
  std::vector<std::thread> placers;
  for (int p = 0; p < 2; ++p) {
    placers.emplace_back([&] {
      job::Runner jobs(store_, clock_, "services/test");
      KeepPlaced(jobs, store_);
      while (writing) {
        clock_.Advance(absl::Seconds(5));
        EXPECT_THAT(jobs.RunDue(), IsOk());
      }
    });
  }
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
  for (auto& placer : placers) placer.join();
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
