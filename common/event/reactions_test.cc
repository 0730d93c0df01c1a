#include "common/event/reactions.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/event/follow_testing.h"
#include "common/observe/metrics.h"
#include "common/observe/spans_testing.h"
#include "common/rpc/trace.h"
#include "common/time/instant.h"

namespace heitie::event {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;
using record::Note;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kName[] = "note-watch";

class ReactionsTest : public FollowTest {
 protected:
  ReactionsTest() { Start(runner_); }

  // Notes what it sees as "n1 create x", unless it is told to fail.
  void Start(job::Runner& runner) {
    Reactions reactions(own_store_, runner, source_, "note", kName);
    reactions.On(this, &ReactionsTest::OnNote);
  }
  absl::Status OnNote(const rpc::Call& call, const Change<Note>& change) {
    EXPECT_TRUE(call.principal.Has(options::v1::ROLE_SERVICE));
    const std::string id = record::IdOf(change.subject);
    if (const auto failure = failures_.find(id); failure != failures_.end()) return failure->second;
    if (id == thrower_) throw std::runtime_error("thrown");
    if (hanging_.count(id) > 0) {
      absl::SleepFor(call.deadline - absl::Now());
      return absl::DeadlineExceededError("hung");
    }
    last_call_ = call;
    seen_.push_back(absl::StrCat(id, " ", change.action, " ", change.latest().title()));
    return absl::OkStatus();
  }

  // The gauges outlive the test's database.
  static void Hide() {
    for (const char* gauge : {"heitie_followers_stuck_subjects", "heitie_followers_stuck_seconds", "heitie_followers_behind_seconds",
                              "heitie_followers_failing"}) {
      observe::RegisterGauge(gauge, "", [] { return 0; });
    }
    observe::RegisterTable("Followers of other services", [] { return observe::Table(); });
  }

  std::map<std::string, absl::Status> failures_;  // by note
  std::string thrower_;
  std::set<std::string> hanging_;
  std::vector<std::string> seen_;
  rpc::Call last_call_;
};

TEST_F(ReactionsTest, AConsequenceIsLinkedToItsCause) {
  const observe::AllSampled all;
  const rpc::Call cause = Manager();
  Add("n1");
  Run();
  const auto spans = observe::ExportedSpans::Get().Where([](const observe::Span& span) { return span.name == "follow/note-watch"; }, 1);
  ASSERT_EQ(spans.size(), 1u);
  ASSERT_EQ(spans[0].links.size(), 1u);
  EXPECT_EQ(spans[0].links[0].trace_id, cause.trace_id);
  EXPECT_EQ(spans[0].links[0].span_id,
            rpc::SpanIdOf(cause.trace_id, "heitie.test.v1.NoteService/CreateNote", cause.principal.name, cause.now));
  EXPECT_EQ(spans[0].kind, observe::Span::Kind::kConsumer);
  EXPECT_EQ(spans[0].trace_id, last_call_.trace_id) << "what it calls and writes is a part of it";
  EXPECT_EQ(spans[0].span_id, last_call_.span_id);
  EXPECT_TRUE(last_call_.sampled);
  EXPECT_NE(spans[0].trace_id, cause.trace_id);
  observe::SetSampledPercent(0);
  Add("n2");
  Run();
  EXPECT_FALSE(last_call_.sampled) << "its cause was not recorded";
}

TEST_F(ReactionsTest, TakesManyTogetherAndEachAloneWhereOneFails) {
  using Ids = std::vector<std::string>;
  greatest_page_ = 100;
  std::vector<Ids> taken;
  std::set<std::string> failing;
  int attempts = 0;
  Reactions reactions(own_store_, runner_, source_, "note", "together");
  reactions.OnTogether<Note>([&](const rpc::Call&, const std::vector<Change<Note>>& changes) -> absl::Status {
    ++attempts;
    Ids ids;
    for (const Change<Note>& change : changes) ids.push_back(record::IdOf(change.subject));
    for (const std::string& id : ids) {
      if (failing.count(id) > 0) return absl::FailedPreconditionError("failed");
    }
    taken.push_back(ids);
    return absl::OkStatus();
  });
  for (const char* id : {"n1", "n2", "n3"}) Add(id);
  Retitle("n1", "y");
  Run();
  EXPECT_THAT(taken, ElementsAre(Ids{"n1", "n2", "n3", "n1"}));

  failing = {"n5"};
  attempts = 0;
  for (const char* id : {"n4", "n5", "n6", "n7"}) Add(id);
  Run();
  EXPECT_THAT(taken, ElementsAre(Ids{"n1", "n2", "n3", "n1"}, Ids{"n4"}, Ids{"n6"}, Ids{"n7"}));
  EXPECT_EQ(attempts, 5) << "once together, then each once";
  EXPECT_EQ(State("together").stuck_subject_count(), 1);
  // What is set aside is no part of a portion.
  Retitle("n5", "y");
  for (const char* id : {"n8", "n9"}) Add(id);
  Run();
  EXPECT_THAT(taken.back(), ElementsAre("n8", "n9"));
}

TEST_F(ReactionsTest, GivesEachEventOnceAcrossPagesRunsAndReplicas) {
  greatest_page_ = 2;
  for (const char* id : {"n1", "n2", "n3"}) Add(id);
  Run();
  EXPECT_THAT(seen_, ElementsAre("n1 create x", "n2 create x", "n3 create x"));
  Run();
  Retitle("n2", "y");
  job::Runner replica(own_store_, clock_, "services/test");
  Start(replica);
  Run(replica);
  Run();
  Remove("n1");
  Run();
  EXPECT_THAT(seen_, ElementsAre("n1 create x", "n2 create x", "n3 create x", "n2 update y", "n1 delete x"));
  EXPECT_EQ(State(kName).position(), 5);
}

TEST_F(ReactionsTest, TellsWhatChanged) {
  std::vector<event::Change<Note>> changes, updates;
  Reactions reactions(own_store_, runner_, source_, "note", "second");
  reactions.On<Note>({}, [&](const rpc::Call&, const event::Change<Note>& change) {
    changes.push_back(change);
    return absl::OkStatus();
  });
  reactions.On<Note>({"update"}, [&](const rpc::Call&, const event::Change<Note>& change) {
    updates.push_back(change);
    return absl::OkStatus();
  });
  Add("n", "x");
  Retitle("n", "y");
  Remove("n");
  // The contract of a newer version has fields that this one does not know.
  AddEvent("m", 1, R"({"name": "books/b/notes/m", "title": "t", "novelty": {"a": [1]}})");
  Run();
  ASSERT_EQ(changes.size(), 4u);
  EXPECT_EQ(changes[0].action, "create");
  EXPECT_FALSE(changes[0].before);
  EXPECT_EQ(changes[0].after->title(), "x");
  EXPECT_EQ(changes[1].before->title(), "x");
  EXPECT_EQ(changes[1].after->title(), "y");
  EXPECT_EQ(changes[1].subject, "books/b/notes/n");
  EXPECT_EQ(changes[1].revision, 2);
  EXPECT_EQ(changes[1].principal, "employees/manager");
  EXPECT_EQ(changes[1].position, 2);
  EXPECT_EQ(changes[2].action, "delete");
  EXPECT_FALSE(changes[2].after);
  EXPECT_EQ(changes[2].latest().title(), "y");
  EXPECT_EQ(changes[3].latest().title(), "t");
  ASSERT_EQ(updates.size(), 2u);
  EXPECT_EQ(updates[0].position, 2);
}

TEST_F(ReactionsTest, NobodyIsStuckWhileTheSourceIsAway) {
  Run();
  answers_ = false;
  Add("n1");
  Run();
  Run(absl::Minutes(1));
  EXPECT_THAT(State(kName).error(), HasSubstr("away"));
  EXPECT_EQ(State(kName).stuck_subject_count(), 0);
  answers_ = true;
  Run(absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("n1 create x"));
  EXPECT_EQ(State(kName).error(), "");
}

TEST_F(ReactionsTest, AStuckResourceHoldsUpItselfOnly) {
  Add("n1");
  Add("n2");
  Add("n3");
  Retitle("n2", "y");
  Retitle("n1", "z");
  failures_["n2"] = absl::InvalidArgumentError("indigestible");
  Run();
  EXPECT_THAT(seen_, ElementsAre("n1 create x", "n3 create x", "n1 update z"));
  const type::v1::Follower follower = State(kName);
  EXPECT_EQ(follower.name(), "followers/note-watch");
  EXPECT_EQ(follower.kind(), type::v1::Follower::KIND_REACTIONS);
  EXPECT_EQ(follower.source(), "note");
  EXPECT_THAT(follower.subject_types(), ElementsAre("testing.heitie/Note"));
  EXPECT_EQ(follower.position(), 5);
  EXPECT_TRUE(follower.has_catch_up_time());
  ASSERT_EQ(follower.stuck_subject_count(), 1);
  EXPECT_EQ(follower.stuck_subjects(0).subject(), "books/b/notes/n2");
  EXPECT_EQ(follower.stuck_subjects(0).position(), 2);
  EXPECT_THAT(follower.stuck_subjects(0).error(), HasSubstr("indigestible"));
  // What comes later of it waits as well; the rest goes on.
  Retitle("n2", "q");
  Retitle("n3", "r");
  Run();
  EXPECT_EQ(seen_.back(), "n3 update r");
  failures_.clear();
  Run(absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("n1 create x", "n3 create x", "n1 update z", "n3 update r", "n2 create x", "n2 update y", "n2 update q"));
  EXPECT_EQ(State(kName).stuck_subject_count(), 0);
  Retitle("n2", "last");
  Run();
  EXPECT_EQ(seen_.back(), "n2 update last");
}

TEST_F(ReactionsTest, IsTriedAgainMoreAndMoreSeldom) {
  Add("n1");
  failures_["n1"] = absl::InternalError("no");
  Run();
  const absl::Time begin = clock_.Now();
  std::vector<int64_t> attempts;
  for (int second = 1; second <= 130; ++second) {
    Run(absl::Seconds(1));
    const int64_t count = State(kName).stuck_subjects(0).attempts();
    if (attempts.empty() ? count > 1 : count > static_cast<int64_t>(attempts.size()) + 1) {
      attempts.push_back(absl::ToInt64Seconds(clock_.Now() - begin));
    }
  }
  // 1, 2, 4, 8, 16, 32 and 60 s after one another.
  EXPECT_THAT(attempts, ElementsAre(1, 3, 7, 15, 31, 63, 123));
}

TEST_F(ReactionsTest, WhatThrowsIsStuck) {
  Add("n1");
  Add("n2");
  thrower_ = "n1";
  Run();
  EXPECT_THAT(seen_, ElementsAre("n2 create x"));
  EXPECT_THAT(State(kName).stuck_subjects(0).error(), HasSubstr("thrown"));
}

TEST_F(ReactionsTest, WhatNeedsSomebodyWhoIsAwayWaitsAndThenGivesWay) {
  Add("n1");
  Add("n2");
  failures_["n1"] = absl::UnavailableError("planning is away");
  for (int i = 0; i < kPatience; ++i) {
    Run(absl::Minutes(1));
    EXPECT_THAT(seen_, IsEmpty());
    EXPECT_EQ(State(kName).stuck_subject_count(), 0);
    EXPECT_THAT(State(kName).error(), HasSubstr("planning is away"));
  }
  Run(absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("n2 create x"));
  EXPECT_EQ(State(kName).stuck_subject_count(), 1);
  failures_.clear();
  Run(absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("n2 create x", "n1 create x"));
}

// An outage that lasts sets aside one resource a turn, not all.
TEST_F(ReactionsTest, AnOutageDoesNotSetEverythingAside) {
  for (const char* id : {"n1", "n2", "n3", "n4"}) {
    Add(id);
    failures_[id] = absl::UnavailableError("away");
  }
  for (int i = 0; i <= kPatience; ++i) Run(absl::Minutes(1));
  EXPECT_EQ(State(kName).stuck_subject_count(), 1);
}

// Nor do stuck resources whose consequences hang stop the others, and from one attempt to the next it is as long as after a quick failure.
TEST_F(ReactionsTest, WhatHangsHoldsUpItselfOnly) {
  for (const char* id : {"n1", "n2"}) {
    Add(id);
    failures_[id] = absl::InternalError("no");
  }
  Run();
  ASSERT_EQ(State(kName).stuck_subject_count(), 2);
  failures_.clear();
  hanging_ = {"n1", "n2"};
  std::vector<std::string> tried;
  for (const char* id : {"n3", "n4"}) {
    Add(id);
    const absl::Time begin = absl::Now();
    Run(absl::Minutes(1));
    const absl::Duration hung = absl::Now() - begin;
    EXPECT_LT(hung, absl::Seconds(10));
    EXPECT_EQ(seen_.back(), absl::StrCat(id, " create x"));
    const type::v1::Follower follower = State(kName);
    for (const auto& stuck : follower.stuck_subjects()) {
      const absl::Duration pause = time::ToTime(stuck.next_time()) - clock_.Now();
      if (pause < absl::Seconds(1)) continue;
      tried.push_back(stuck.subject());
      EXPECT_EQ(stuck.attempts(), 2);
      EXPECT_THAT(stuck.error(), HasSubstr("hung"));
      EXPECT_GE(pause, absl::Seconds(2) + absl::Floor(hung - absl::Seconds(1), absl::Seconds(1)));
    }
  }
  // Who has waited longest is next.
  EXPECT_THAT(tried, ElementsAre("books/b/notes/n1", "books/b/notes/n2"));
}

// A source answers with as much as fits into a message.
TEST_F(ReactionsTest, AsksForFewerEventsUntilTheyFit) {
  greatest_page_ = 1000;
  const std::string large = record::LargeNote(640);
  for (const char* id : {"n1", "n2", "n3", "n4", "n5"}) {
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { ", large, " }")), IsOk());
    Retitle(id, "y");
  }
  Run();
  EXPECT_EQ(seen_.size(), 10u);
  EXPECT_EQ(State(kName).position(), 10);
  EXPECT_EQ(State(kName).stuck_subject_count(), 0);
  EXPECT_EQ(State(kName).error(), "");
}

class StepOverTest : public ReactionsTest {
 protected:
  // An event of n1 that holds nothing which could be read, between two that do.
  void Poison() {
    Add("n1");
    AddEvent("n1", 2, "nonsense");
    AddEvent("n1", 3, R"({"name": "books/b/notes/n1", "title": "after"})");
    Add("n2");
    Run();
    ASSERT_THAT(seen_, ElementsAre("n1 create x", "n2 create x"));
    ASSERT_EQ(State(kName).stuck_subjects(0).position(), 2);
  }
};

TEST_F(StepOverTest, LeavesOneEventOutAndTellsWhoDidSoAndWhy) {
  Poison();
  const std::string request = "name: 'followers/note-watch' subject: 'books/b/notes/n1' position: 2 reason: 'a bug of 1.2' request_id: 'r'";
  const auto stepped = StepOver(request);
  ASSERT_THAT(stepped, IsOk());
  EXPECT_EQ(stepped->reason(), "a bug of 1.2");
  EXPECT_EQ(StepOver(request)->SerializeAsString(), stepped->SerializeAsString());
  Run();
  EXPECT_THAT(seen_, ElementsAre("n1 create x", "n2 create x", "n1 update after"));
  EXPECT_EQ(State(kName).stuck_subject_count(), 0);
  const type::v1::ListEventsResponse trail = OwnEvents();
  ASSERT_EQ(trail.events_size(), 1);
  EXPECT_EQ(trail.events(0).action(), "step_over");
  EXPECT_EQ(trail.events(0).subject(), "followers/note-watch");
  EXPECT_EQ(trail.events(0).principal(), "employees/engineer");
  EXPECT_EQ(trail.events(0).revision(), 1);
  EXPECT_THAT(trail.events(0).before_json(), HasSubstr("holds no testing.heitie/Note"));
  EXPECT_THAT(trail.events(0).after_json(), HasSubstr("a bug of 1.2"));
}

TEST_F(StepOverTest, OnlyWhatIsStuckIsSteppedOver) {
  Poison();
  EXPECT_THAT(StepOver("name: 'followers/note-watch' subject: 'books/b/notes/n1' position: 3 reason: 'r'"), HasReason("EVENT_NOT_STUCK"));
  EXPECT_THAT(StepOver("name: 'followers/note-watch' subject: 'books/b/notes/n2' position: 2 reason: 'r'"), HasReason("EVENT_NOT_STUCK"));
  EXPECT_THAT(StepOver("name: 'followers/nobody' subject: 'books/b/notes/n1' position: 2 reason: 'r'"), HasReason("NOT_FOUND"));
  EXPECT_THAT(StepOver("name: 'followers/note-watch' subject: 'books/b/notes/n1' position: 2"), test::HasViolation("reason", "REQUIRED"));
  EXPECT_THAT(Rebuild("name: 'followers/note-watch' reason: 'r'"), HasReason("NOT_A_MIRROR"));
  // By the platform engineer.
  const auto refused = own_service_.Invoke<type::v1::Follower>(
      "StepOverEvent", Manager(),
      test::Proto<type::v1::StepOverEventRequest>("name: 'followers/note-watch' subject: 'books/b/notes/n1' position: 2 reason: 'r'"));
  EXPECT_TRUE(absl::IsPermissionDenied(refused.status()));
  EXPECT_EQ(State(kName).stuck_subjects(0).position(), 2);
  EXPECT_EQ(OwnEvents().events_size(), 0);
}

TEST_F(StepOverTest, IsShownToOperators) {
  KnowFollower(kName);
  ShowFollowers(own_store_);
  Poison();
  const std::string metrics = observe::Scrape();
  EXPECT_THAT(metrics, HasSubstr("heitie_followers_stuck_subjects 1"));
  EXPECT_THAT(metrics, HasSubstr("heitie_followers_stuck_seconds "));
  const observe::Snapshot snapshot = observe::TakeSnapshot();
  const auto table = std::find_if(snapshot.tables.begin(), snapshot.tables.end(),
                                  [](const observe::Table& one) { return one.title == "Followers of other services"; });
  ASSERT_NE(table, snapshot.tables.end());
  ASSERT_EQ(table->rows.size(), 1u);
  EXPECT_EQ(table->rows[0].size(), table->head.size());
  EXPECT_EQ(table->rows[0][0], kName);
  EXPECT_EQ(table->rows[0][1], "note: testing.heitie/Note");
  EXPECT_THAT(table->rows[0][5], HasSubstr("books/b/notes/n1 on event 2"));
  Hide();
}

// The alert looks at the time since it had read everything.
TEST_F(ReactionsTest, WhoNeverCaughtUpIsBehindSinceItsBeginning) {
  answers_ = false;
  Run();
  ASSERT_FALSE(State(kName).has_catch_up_time());
  EXPECT_LT(absl::AbsDuration(absl::Now() - time::ToTime(State(kName).create_time())), absl::Minutes(1));
  Execute("UPDATE follower SET create_time = UTC_TIMESTAMP(6) - INTERVAL 100 SECOND");
  // A later version registers again.
  job::Runner later(own_store_, clock_, "services/test");
  Start(later);
  Run(later, absl::Minutes(1));
  KnowFollower(kName);
  ShowFollowers(own_store_);
  EXPECT_THAT(observe::Scrape(), ::testing::ContainsRegex("heitie_followers_behind_seconds 1[0-9][0-9]"));
  Hide();
}

// Two replicas at once, each of which may lose its lease at any time, and consequences that fail: each note's changes are seen in order,
// none is left out, and what is repeated is repeated before anything later.
TEST_F(ReactionsTest, TwoReplicasAtATime) {
  constexpr int kNotes = 10, kChanges = 200;
  greatest_page_ = 7;
  time::SystemClock real;
  std::mutex mutex;
  std::map<std::string, std::vector<int64_t>> seen;  // revisions by note
  const auto follow = [&](uint32_t seed, std::atomic<bool>& stop) {
    std::mt19937 random(seed);
    while (!stop) {
      job::Runner runner(own_store_, real, "services/test", absl::Milliseconds(300));
      Reactions reactions(own_store_, runner, source_, "note", "raced");
      reactions.On<Note>({}, [&](const rpc::Call&, const event::Change<Note>& change) -> absl::Status {
        const std::lock_guard lock(mutex);
        if (random() % 10 == 0) return absl::InternalError("now and then");
        seen[change.subject].push_back(change.revision);
        return absl::OkStatus();
      });
      for (int i = 0; i < 20 && !stop; ++i) {
        EXPECT_THAT(runner.RunDue(), IsOk());
        absl::SleepFor(absl::Milliseconds(5));
        // As if it had been told.
        runner.Hastener("raced")();
      }
    }
  };
  std::atomic<bool> stop = false;
  std::thread replicas[] = {std::thread([&] { follow(1, stop); }), std::thread([&] { follow(2, stop); })};
  std::mt19937 random(3);
  for (int i = 0; i < kNotes; ++i) Add(absl::StrCat("n", i));
  for (int i = 0; i < kChanges; ++i) Retitle(absl::StrCat("n", random() % kNotes), absl::StrCat("t", i));
  const absl::Time deadline = absl::Now() + absl::Seconds(120);
  const auto done = [&] {
    const type::v1::Follower follower = State("raced");
    return follower.position() == kNotes + kChanges && follower.stuck_subject_count() == 0;
  };
  while (!done() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(50));
  stop = true;
  for (auto& replica : replicas) replica.join();
  size_t all = 0;
  for (const auto& [subject, revisions] : seen) {
    int64_t last = 0;
    for (const int64_t revision : revisions) {
      EXPECT_LE(revision, last + 1) << subject << " skipped one";
      last = std::max(last, revision);
    }
    all += static_cast<size_t>(last);
  }
  EXPECT_EQ(all, static_cast<size_t>(kNotes + kChanges));
}

TEST_F(ReactionsTest, SkipsNothingThatGetsPositionsAnew) {
  for (const char* id : {"n1", "n2", "n3"}) Add(id);
  failures_["n1"] = failures_["n3"] = absl::FailedPreconditionError("not now");
  Run();
  EXPECT_THAT(seen_, ElementsAre("n2 create x"));
  EXPECT_EQ(State(kName).stuck_subject_count(), 2);
  failures_.clear();
  RestoreEventsTo(1);
  for (const char* id : {"n4", "n5", "n6"}) Add(id);
  for (int i = 0; i < 3; ++i) Run(absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("n2 create x", "n1 create x", "n4 create x", "n5 create x", "n6 create x"));
  const type::v1::Follower state = State(kName);
  EXPECT_EQ(state.position(), 4);
  EXPECT_EQ(state.stuck_subject_count(), 0) << "what was lost is not waited for";
  EXPECT_EQ(state.error(), "");
}

// With a running process and a request that waits at the source: about as quick as if the process were told of each event, and far quicker
// than the interval in which it would look by itself.
TEST_F(ReactionsTest, FollowsAtOnce) {
  std::atomic<int> asked = 0;
  test::FakeClient source;
  source.AnswerAside();
  source.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      kListNoteEvents, [this, &asked](const rpc::Call& call, const type::v1::ListEventsRequest& request) {
        if (!request.has_wait()) ++asked;
        rpc::Call asked = Manager();
        asked.deadline = call.deadline;
        return service_.Invoke<type::v1::ListEventsResponse>("ListEvents", asked, request);
      });
  time::SystemClock real;
  job::Runner runner(own_store_, real, "services/test");
  Reactions reactions(own_store_, runner, source, "note", "quick");
  std::mutex mutex;
  std::map<std::string, absl::Time> reacted;
  reactions.On<Note>({}, [&](const rpc::Call&, const event::Change<Note>& change) {
    const std::lock_guard lock(mutex);
    reacted[change.subject] = absl::Now();
    return absl::OkStatus();
  });
  runner.Start();
  constexpr int kEvents = 40;
  std::vector<absl::Duration> told, waited;
  std::mt19937 random(5);
  absl::SleepFor(absl::Milliseconds(500));
  for (int i = 0; i < kEvents; ++i) {
    const std::string id = absl::StrCat("q", i);
    Add(id);
    const absl::Time committed = absl::Now();
    if (i % 2 == 0) runner.Hastener("quick")();
    absl::SleepFor(absl::Milliseconds(50 + static_cast<int>(random() % 100)));
    for (int tries = 0; tries < 2000; ++tries) {
      {
        const std::lock_guard lock(mutex);
        const auto found = reacted.find("books/b/notes/" + id);
        if (found != reacted.end()) {
          (i % 2 == 0 ? told : waited).push_back(found->second - committed);
          break;
        }
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  // Once it knows that its request lasts, it leaves the source alone.
  absl::SleepFor(absl::Milliseconds(1500));
  const int before = asked;
  absl::SleepFor(absl::Seconds(4));
  EXPECT_LE(asked - before, 1);
  runner.Stop();
  Add("last");  // ends the request
  ASSERT_EQ(told.size() + waited.size(), static_cast<size_t>(kEvents));
  std::sort(told.begin(), told.end());
  std::sort(waited.begin(), waited.end());
  const absl::Duration median = waited[waited.size() / 2], median_told = told[told.size() / 2];
  std::printf("commit to consequence: median %.1f ms, nine tenths within %.1f ms, greatest %.1f ms; median when told: %.1f ms\n",
              absl::ToDoubleMilliseconds(median), absl::ToDoubleMilliseconds(waited[waited.size() * 9 / 10]),
              absl::ToDoubleMilliseconds(waited.back()), absl::ToDoubleMilliseconds(median_told));
  // Half a second would be the mean of an interval of one.
  EXPECT_LT(median, 2 * median_told + absl::Milliseconds(250));
}

}  // namespace
}  // namespace heitie::event
