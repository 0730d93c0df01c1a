#include "common/event/event_log.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/event/waiters.h"
#include "common/record/note_testing.h"
#include "common/rpc/door.h"
#include "common/rpc/service_impl.h"
#include "common/status/argument.h"
#include "common/status/macros.h"

namespace heitie::event {
namespace {

using ::heitie::test::HasReason;
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
                        ", 'update', 'p', 'm', '', '2026-01-01')");
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
  EXPECT_EQ(event.action(), "update");
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

TEST_F(EventLogTest, TellsWhoHasSeenWhatARestoreLost) {
  for (const char* id : {"a", "b", "c", "d"})
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' }")), IsOk());
  const std::string first = Events("")->incarnation();
  EXPECT_NE(first, "");
  const auto after = [&](int64_t position, const std::string& incarnation) {
    return Events(absl::StrCat("after_position: ", position, " incarnation: '", incarnation, "'"));
  };
  EXPECT_THAT(after(4, first), IsOk());
  EXPECT_THAT(after(5, first), HasReason("EVENTS_BEHIND")) << "a node that is behind, or a database put back by hand";
  EXPECT_THAT(after(5, ""), HasReason("EVENTS_BEHIND"));

  RestoreEventsTo(2);
  const auto known = after(2, first);
  ASSERT_THAT(known, IsOk()) << "seen nothing that was lost";
  const std::string second = known->incarnation();
  EXPECT_NE(second, first);
  for (const std::string& incarnation : {first, std::string()}) {
    const auto told = after(4, incarnation);
    EXPECT_THAT(told, HasReason("EVENTS_RESTORED")) << incarnation;
    EXPECT_EQ(status::ArgumentOf(told.status(), "position"), "2");
    EXPECT_EQ(status::ArgumentOf(told.status(), "incarnation"), second);
  }
  // Positions are given anew.
  for (const char* id : {"e", "f", "g"})
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' }")), IsOk());
  EXPECT_THAT(after(4, first), HasReason("EVENTS_RESTORED"));
  EXPECT_EQ(after(2, first)->events_size(), 3);
  EXPECT_EQ(after(4, second)->events_size(), 1);

  RestoreEventsTo(4);
  EXPECT_THAT(after(4, second), IsOk());
  EXPECT_EQ(status::ArgumentOf(after(4, first).status(), "position"), "2");
  EXPECT_EQ(status::ArgumentOf(after(5, second).status(), "position"), "4");
  const auto stranger = after(1, "never-here");
  EXPECT_THAT(stranger, HasReason("EVENTS_RESTORED"));
  EXPECT_EQ(status::ArgumentOf(stranger.status(), "position"), "0") << "nothing is known of what it has seen";
  EXPECT_THAT(after(0, "never-here"), IsOk());
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

// What is deleted and created again begins anew with its first revision.
TEST_F(EventLogTest, AResourceThatIsCreatedAgainComesAfterItsDeletion) {
  const auto remove = [&] {
    ASSERT_THAT((Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", "name: 'books/b/notes/n'")), IsOk());
  };
  for (int life = 0; life < 3; ++life) {
    ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' }"), IsOk());
    ASSERT_THAT(Update("note { name: 'books/b/notes/n' title: 'y' }"), IsOk());
    if (life < 2) remove();
  }
  const auto events = Events("");
  ASSERT_THAT(events, IsOk());
  std::vector<std::string> actions;
  for (const auto& event : events->events()) actions.push_back(event.action());
  EXPECT_THAT(actions, ::testing::ElementsAre("create", "update", "delete", "create", "update", "delete", "create", "update"));
}

// Against a plain reading of everything, for any choice of kinds and resource, and any size of page.
TEST_F(EventLogTest, ChoosesByKindAndResource) {
  std::mt19937 random(7);
  constexpr int kEvents = 300;
  std::string rows;
  for (int i = 0; i < kEvents; ++i) {
    absl::StrAppend(&rows, rows.empty() ? "" : ",", "('e", i, "', 'testing.heitie/K", std::string(1, static_cast<char>('a' + random() % 4)),
                    "', 'things/t", random() % 8, "', ", i + 1, ", 'update', 'p', 'm', '', '2026-01-01', NULL, '{}')");
  }
  ASSERT_THAT(store_.database().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) {
                                        return session
                                            .Execute(
                                                "INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, "
                                                "trace_id, occur_time, before_json, payload) VALUES " +
                                                rows)
                                            .status();
                                      }),
              IsOk());
  const auto all = Events("page_size: 1000");
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->events_size(), kEvents);
  for (int round = 0; round < 100; ++round) {
    type::v1::ListEventsRequest request;
    std::set<std::string> types;
    for (const char kind : {'a', 'b', 'c', 'd', 'e'}) {
      if (random() % 3 == 0) types.insert(std::string("testing.heitie/K") + kind);
    }
    for (const std::string& type : types) request.add_subject_types(type);
    if (random() % 3 == 0) request.set_subject(absl::StrCat("things/t", random() % 9));
    request.set_page_size(static_cast<int>(1 + random() % 40));
    std::vector<int64_t> expected, seen;
    for (const auto& event : all->events()) {
      const bool of_kind = types.empty() || types.count(event.subject_type()) > 0;
      if (of_kind && (request.subject().empty() || request.subject() == event.subject())) expected.push_back(event.position());
    }
    while (true) {
      const auto page = service_.Invoke<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
      ASSERT_THAT(page, IsOk());
      for (const auto& event : page->events()) seen.push_back(event.position());
      ASSERT_GE(page->last_position(), request.after_position());
      request.set_after_position(page->last_position());
      if (page->events_size() < request.page_size()) break;
    }
    EXPECT_EQ(seen, expected) << request.ShortDebugString();
    EXPECT_EQ(request.after_position(), kEvents) << "what is not asked for is not looked through again";
  }
}

// ---- Waiting for events

class WaitingTest : public EventLogTest {
 protected:
  // A request under way.
  struct Asked {
    absl::StatusOr<type::v1::ListEventsResponse> Answer() {
      finished.WaitForNotification();
      if (!status.ok()) return status;
      return response;
    }
    type::v1::ListEventsRequest request;
    type::v1::ListEventsResponse response;
    absl::Status status;
    std::atomic<bool> gone = false;
    absl::Notification finished;
  };

  // The handler returns while the request waits.
  std::shared_ptr<Asked> Ask(const std::string& request, absl::Duration time = absl::Seconds(60), const std::string& who = "") {
    auto asked = std::make_shared<Asked>();
    asked->request = test::Proto<type::v1::ListEventsRequest>(request);
    auto exchange = std::make_shared<rpc::Exchange>();
    exchange->call = Manager();
    exchange->call.deadline = absl::Now() + time;
    if (!who.empty()) exchange->call.principal.name = who;
    exchange->request = &asked->request;
    exchange->response = &asked->response;
    exchange->cancelled = [asked] { return asked->gone.load(); };
    exchange->finish = [asked](const absl::Status& status) {
      asked->status = status;
      asked->finished.Notify();
    };
    service_.impl()->methods.at("ListEvents").handler.run(exchange);
    return asked;
  }
  void Add(const std::string& id) {
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' }")), IsOk());
  }
};

TEST_F(WaitingTest, ACommitHereAndACommitElsewhereWakeIt) {
  const auto here = Ask("wait { seconds: 30 }"), other = Ask("wait { seconds: 30 } subject_types: 'testing.heitie/Other'");
  EXPECT_FALSE(here->finished.HasBeenNotified());
  const absl::Time begin = absl::Now();
  Add("n1");
  auto answer = here->Answer();
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->events_size(), 1);
  EXPECT_EQ(answer->last_position(), 1);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  // Of another process.
  const auto again = Ask("wait { seconds: 30 } after_position: 1");
  Commit(1);
  answer = again->Answer();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->events(0).subject_type(), "t");
  EXPECT_FALSE(other->finished.HasBeenNotified()) << "none of these is what it asked for";
}

TEST_F(WaitingTest, EndsWithoutEventsAndSaysUpToWhereItLooked) {
  const auto asked = Ask("wait { nanos: 400000000 } subject_types: 'testing.heitie/Other'");
  Add("n1");
  Add("n2");
  const absl::Time begin = absl::Now();
  const auto answer = asked->Answer();
  EXPECT_GT(absl::Now() - begin, absl::Milliseconds(50));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->events_size(), 0);
  EXPECT_EQ(answer->last_position(), 2);
}

TEST_F(WaitingTest, EndsInsideTheCallersTimeAndWithTheCaller) {
  const absl::Time begin = absl::Now();
  const auto hurried = Ask("wait { seconds: 30 }", absl::Seconds(1));
  EXPECT_THAT(hurried->Answer(), IsOk());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  const auto left = Ask("wait { seconds: 30 }");
  left->gone = true;
  EXPECT_TRUE(absl::IsCancelled(left->Answer().status()));
}

TEST_F(WaitingTest, SoManyWaitAndNoMore) {
  std::vector<std::shared_ptr<Asked>> waiting;
  for (size_t i = 0; i < Waiters::kMostOfCaller; ++i) waiting.push_back(Ask("wait { seconds: 30 }"));
  EXPECT_TRUE(absl::IsResourceExhausted(Ask("wait { seconds: 30 }")->Answer().status())) << "of one caller";
  EXPECT_THAT(Ask("")->Answer(), IsOk()) << "who does not wait is served";
  for (size_t i = waiting.size(); i < Waiters::kMost; ++i)
    waiting.push_back(Ask("wait { seconds: 30 }", absl::Seconds(60), absl::StrCat("s", i)));
  EXPECT_TRUE(absl::IsResourceExhausted(Ask("wait { seconds: 30 }", absl::Seconds(60), "another")->Answer().status())) << "of all";
  for (const auto& asked : waiting) EXPECT_FALSE(asked->finished.HasBeenNotified());
  Add("n1");
  for (const auto& asked : waiting) EXPECT_EQ(asked->Answer()->events_size(), 1);
  // Their places are free again.
  const auto later = Ask("wait { seconds: 30 } after_position: 1");
  EXPECT_FALSE(later->finished.HasBeenNotified());
}

TEST_F(WaitingTest, AServiceThatEndsAnswersWhoWaits) {
  const auto asked = Ask("wait { seconds: 30 }");
  EXPECT_FALSE(asked->finished.HasBeenNotified());
  rpc::Door door({.clock = &clock_});
  door.Serve(service_);
  door.Drain(absl::Now());
  EXPECT_THAT(asked->Answer(), IsOk());
  EXPECT_THAT(Ask("wait { seconds: 30 }")->Answer(), IsOk()) << "nobody waits any more";
}

TEST_F(WaitingTest, OnlyAShortWaitIsTaken) {
  for (const char* wait : {"seconds: -1", "seconds: 31", "seconds: 30 nanos: 1", "nanos: -1"}) {
    EXPECT_THAT(Events(absl::StrCat("wait { ", wait, " }")), test::HasViolation("wait", "BAD_VALUE")) << wait;
  }
}

// Every waiter gets every event once, however commits, answers and new requests fall together.
TEST_F(WaitingTest, NothingIsMissedBetweenTwoRequests) {
  constexpr int kEvents = 200;
  std::vector<std::thread> followers;
  for (int f = 0; f < 4; ++f) {
    followers.emplace_back([&] {
      int64_t after = 0;
      while (after < kEvents) {
        const auto answer = Ask(absl::StrCat("wait { seconds: 5 } page_size: 3 after_position: ", after))->Answer();
        ASSERT_THAT(answer, IsOk());
        ASSERT_GT(answer->events_size(), 0) << "an event was slept through after " << after;
        for (const auto& event : answer->events()) ASSERT_EQ(event.position(), ++after);
      }
    });
  }
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEvents / 4; ++i) Add(absl::StrCat("n", w, "-", i));
    });
  }
  for (auto& writer : writers) writer.join();
  for (auto& follower : followers) follower.join();
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
