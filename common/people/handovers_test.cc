#include "common/people/handovers.h"

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/record/hand_over.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "common/record/note_testing.h"
#include "common/time/instant.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/handover.pb.h"

namespace heitie::people {
namespace {

using personnel::v1::Handover;
using personnel::v1::Succession;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using type::v1::HandoverReport;
using type::v1::Holding;

// ---- Who gets what

// The rule as the contract words it, one narrowness after the other.
std::optional<std::string> Oracle(const Handover& handover, const Holding& holding) {
  const bool over = handover.state() == Handover::STATE_DUE || handover.state() == Handover::STATE_COMPLETED;
  if (handover.state() == Handover::STATE_WITHDRAWN) return std::nullopt;
  for (const bool by_resource : {true, false}) {
    for (const bool by_field : {true, false}) {
      for (const Succession& s : handover.successions()) {
        const bool about = by_resource ? !s.resource().empty() && s.resource() == holding.resource()
                                       : s.resource().empty() && s.resource_type() == holding.resource_type();
        if (about && (by_field ? s.field() == holding.field() : s.field().empty()))
          return over || s.in_force() ? std::optional(s.successor()) : std::nullopt;
      }
    }
  }
  return over ? std::optional(handover.successor()) : std::nullopt;
}

TEST(WhoTakes, IsTheNarrowestSuccessionsWhateverTheirOrder) {
  std::mt19937 random(11);
  const auto pick = [&](std::vector<std::string> values) { return values[random() % values.size()]; };
  int named = 0, stays = 0;
  for (int round = 0; round < 3000; ++round) {
    Handover handover;
    handover.set_state(static_cast<Handover::State>(1 + random() % 4));
    handover.set_successor(pick({"", "employees/whole"}));
    std::set<std::string> seen;
    const int count = static_cast<int>(random() % 6);
    for (int i = 0; i < count; ++i) {
      Succession s;
      if (random() % 2 == 0) {
        s.set_resource(pick({"projects/a", "projects/b"}));
      } else {
        s.set_resource_type(pick({"planning.heitie/Project", "planning.heitie/Task"}));
      }
      s.set_field(pick({"", "owner", "staff[0].employee"}));
      s.set_successor(absl::StrCat("employees/e", i));
      s.set_in_force(random() % 2 == 0);
      if (seen.insert(absl::StrCat(s.resource(), s.resource_type(), s.field())).second) *handover.add_successions() = s;
    }
    Holding holding;
    holding.set_resource(pick({"projects/a", "projects/b", "projects/c"}));
    holding.set_resource_type(pick({"planning.heitie/Project", "planning.heitie/Task"}));
    holding.set_field(pick({"owner", "staff[0].employee", "staff[1].employee"}));
    const std::optional<std::string> expected = Oracle(handover, holding);
    EXPECT_EQ(WhoTakes(handover, holding), expected) << handover.DebugString() << holding.DebugString();
    std::shuffle(handover.mutable_successions()->pointer_begin(), handover.mutable_successions()->pointer_end(), random);
    EXPECT_EQ(WhoTakes(handover, holding), expected);
    named += expected && !expected->empty();
    stays += !expected;
  }
  EXPECT_GT(named, 300);
  EXPECT_GT(stays, 300);
}

TEST(NextLook, IsAfterAMinuteAnHourAndADay) {
  const absl::Time due = absl::FromUnixSeconds(1767225600);
  EXPECT_EQ(NextLook(due, due), due + absl::Minutes(1));
  EXPECT_EQ(NextLook(due, due + absl::Minutes(1)), due + absl::Hours(1));
  EXPECT_EQ(NextLook(due, due + absl::Hours(2)), due + absl::Hours(24));
  EXPECT_EQ(NextLook(due, due + absl::Hours(24)), std::nullopt);
}

// ---- A service of notes carries out what personnel says

class HandoversTest : public record::NoteTest {
 protected:
  HandoversTest() : jobs_(store_, clock_, "services/test"), handovers_(store_, jobs_, personnel_, "test", directory_) {
    personnel_.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.personnel.v1.RecordService/ListEvents",
        [this](const rpc::Call&, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
          if (request.has_wait()) return absl::CancelledError();
          type::v1::ListEventsResponse response;
          for (const auto& event : events_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(static_cast<int64_t>(events_.size()));
          return response;
        });
    plan_ = test::Proto<Handover>(R"pb(
      name: "handovers/li"
      employee: "employees/li"
      leave_date { year: 2025 month: 12 day: 31 }
      state: STATE_PLANNED
      etag: "0"
      fallback: "employees/boss")pb");
    for (const char* name : {"li", "bo", "an", "boss", "wu"}) Know(name, std::nullopt);
  }

  void Know(const std::string& id, std::optional<absl::CivilDay> last) {
    EmployeeFact fact;
    fact.hired = absl::CivilDay(2020, 1, 1);
    fact.last = last;
    fact.posts = {{fact.hired, "positions/x", "operations"}};
    Directory::Changes changes;
    changes.employees["employees/" + id] = fact;
    directory_.Take(changes);
  }
  void Leave(const std::string& id) { Know(id, absl::CivilDay(2025, 12, 30)); }

  // Personnel changes the handover.
  void Tell() {
    plan_.set_etag(absl::StrCat(events_.size() + 1));
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(events_.size()) + 1);
    event.set_subject_type("personnel.heitie/Handover");
    event.set_subject(plan_.name());
    event.set_action("advance");
    event.set_revision(static_cast<int64_t>(events_.size()) + 1);
    event.set_after_json(record::ToJson(plan_));
    events_.push_back(event);
  }
  void FallDue() {
    plan_.set_state(Handover::STATE_DUE);
    *plan_.mutable_due_time() = time::ToTimestamp(clock_.Now());
    Leave("li");
    Tell();
  }
  // Until nothing is due any more, some seconds.
  void Run() {
    clock_.Advance(absl::Seconds(1));
    for (int i = 0; i < 20; ++i) {
      const auto run = jobs_.RunDue();
      ASSERT_THAT(run, IsOk());
      if (*run == 0) return;
    }
    FAIL() << "it does not end";
  }

  void Make(const std::string& id, const std::string& fields) {
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/a' note_id: '", id, "' note { title: 't' ", fields, " }")), IsOk());
  }
  std::string OriginOf(const std::string& id) { return Get("books/a/notes/" + id)->origin(); }
  // "one.origin MOVED employees/bo", in the order of the log.
  std::vector<std::string> Reports() {
    std::vector<std::string> reports;
    const auto events = Events("subject_types: 'type.heitie/HandoverReport' page_size: 1000");
    EXPECT_THAT(events, IsOk());
    for (const auto& event : events->events()) {
      HandoverReport report;
      EXPECT_TRUE(record::FromKnownJson(event.after_json(), &report));
      const std::string outcome = HandoverReport::Outcome_Name(report.outcome()).substr(8);
      reports.push_back(report.has_holding()
                            ? absl::StrCat(record::IdOf(report.holding().resource()), ".", report.holding().field(), " ", outcome,
                                           report.successor().empty() ? "" : " ", report.successor(), report.error().empty() ? "" : " !")
                            : outcome);
    }
    return reports;
  }
  void Spoil(const std::string& id) {
    ASSERT_THAT(
        database_.get().Read(
            absl::Now() + absl::Seconds(20),
            [&](sql::Session& session) {
              return session.Execute("UPDATE notes SET ink = 'INK_INVISIBLE' WHERE name = ?", sql::Bind("books/a/notes/" + id)).status();
            }),
        IsOk());
  }

  Directory directory_{absl::UTCTimeZone()};
  test::FakeClient personnel_;
  std::vector<type::v1::Event> events_;
  Handover plan_;
  job::Runner jobs_;
  Handovers handovers_;
};

TEST_F(HandoversTest, EverythingMovesWhenTheLastDayIsOver) {
  Make("one", "origin: 'employees/li'");
  Make("two", "origin: 'employees/bo' marks { text: 'employees/li' }");
  Make("other", "origin: 'employees/an'");
  plan_.set_successor("employees/wu");
  Tell();
  Run();
  EXPECT_THAT(Reports(), IsEmpty()) << "the last day is not over";
  FallDue();
  Run();
  EXPECT_THAT(Reports(), UnorderedElementsAre("one.origin MOVED employees/wu", "two.marks[0].text MOVED employees/wu", "NOTHING_LEFT"));
  EXPECT_EQ(OriginOf("one"), "employees/wu");
  EXPECT_EQ(OriginOf("other"), "employees/an");
  // Personnel notes that a service is ready: nothing begins anew.
  Tell();
  Run();
  EXPECT_EQ(Reports().size(), 3u);
}

TEST_F(HandoversTest, WhatNobodyWasNamedForGoesToTheFallbackOfItsKindElseToTheSuperior) {
  Make("one", "origin: 'employees/li'");
  Make("two", "origin: 'employees/an' marks { text: 'employees/li' }");
  FallDue();
  Run();
  EXPECT_THAT(Reports(),
              UnorderedElementsAre("one.origin UNDECIDED employees/boss", "two.marks[0].text UNDECIDED employees/an", "NOTHING_LEFT"));
}

TEST_F(HandoversTest, OneSuccessionAtATimeMovesOnItsDay) {
  Make("one", "origin: 'employees/li' marks { text: 'employees/li' }");
  Make("two", "origin: 'employees/li'");
  *plan_.add_successions() =
      test::Proto<Succession>("resource: 'books/a/notes/one' field: 'origin' successor: 'employees/bo' in_force: true");
  *plan_.add_successions() = test::Proto<Succession>("resource_type: 'testing.heitie/Note' successor: 'employees/wu'");
  Tell();
  Run();
  EXPECT_THAT(Reports(), ElementsAre("one.origin MOVED employees/bo"));
  FallDue();
  Run();
  EXPECT_THAT(Reports(), UnorderedElementsAre("one.origin MOVED employees/bo", "one.marks[0].text MOVED employees/wu",
                                              "two.origin MOVED employees/wu", "NOTHING_LEFT"));
}

TEST_F(HandoversTest, WhoCannotHaveItIsPassedOver) {
  Make("one", "origin: 'employees/li'");
  Make("two", "origin: 'employees/li'");
  plan_.set_successor("employees/wu");
  *plan_.add_successions() = test::Proto<Succession>("resource: 'books/a/notes/one' successor: 'employees/bo'");
  Leave("bo");
  FallDue();
  Run();
  EXPECT_THAT(Reports(), UnorderedElementsAre("one.origin UNDECIDED employees/boss !", "two.origin MOVED employees/wu", "NOTHING_LEFT"));
}

// A row that a newer version wrote is changed by nobody here.
TEST_F(HandoversTest, OneThatCannotBeMovedIsNamedAndHoldsUpNothingElse) {
  for (const char* id : {"a", "b", "c"}) Make(id, "origin: 'employees/li'");
  plan_.set_successor("employees/wu");
  Spoil("b");
  FallDue();
  Run();
  const std::vector<std::string> reports = Reports();
  EXPECT_THAT(std::set<std::string>(reports.begin(), reports.end()),
              ElementsAre("a.origin MOVED employees/wu", "b.origin NOT_MOVED !", "c.origin MOVED employees/wu"));
  ASSERT_THAT(
      database_.get().Read(absl::Now() + absl::Seconds(20),
                           [&](sql::Session& session) { return session.Execute("UPDATE notes SET ink = 'INK_UNSPECIFIED'").status(); }),
      IsOk());
  clock_.Advance(absl::Minutes(2));
  Run();
  EXPECT_EQ(OriginOf("b"), "employees/wu");
  EXPECT_EQ(Reports().back(), "NOTHING_LEFT");
}

TEST_F(HandoversTest, ARaceIsSweptByTheNextLook) {
  FallDue();
  Run();
  EXPECT_THAT(Reports(), ElementsAre("NOTHING_LEFT"));
  Know("li", std::nullopt);  // this process did not know yet
  Make("late", "origin: 'employees/li'");
  Leave("li");
  clock_.Advance(absl::Minutes(1));
  Run();
  EXPECT_THAT(Reports(), ElementsAre("NOTHING_LEFT", "late.origin UNDECIDED employees/boss"));
}

TEST_F(HandoversTest, AWithdrawnOneMovesNothing) {
  Make("one", "origin: 'employees/li'");
  *plan_.add_successions() = test::Proto<Succession>("resource: 'books/a/notes/one' successor: 'employees/bo' in_force: true");
  plan_.set_state(Handover::STATE_WITHDRAWN);
  Tell();
  Run();
  EXPECT_THAT(Reports(), IsEmpty());
  EXPECT_EQ(OriginOf("one"), "employees/li");
}

// As after a crash between the portions: the job begins anew and finds only what is left.
TEST_F(HandoversTest, AThousandMoveEachOnceHoweverOftenItIsBegun) {
  constexpr int kNotes = 1000;
  for (int i = 0; i < kNotes; ++i) Make(absl::StrCat("n", i), "origin: 'employees/li'");
  plan_.set_successor("employees/wu");
  FallDue();
  clock_.Advance(absl::Seconds(1));
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    ASSERT_THAT(
        store_.Write(Manager(), record::Store::Work([&](record::Transaction& tx) { return store_.owners().sweep(tx, "employees/li"); })),
        IsOk());
  }
  RecordProperty("milliseconds", static_cast<int>(absl::ToInt64Milliseconds(absl::Now() - begin)));
  Run();
  int64_t moves = 0, reports = 0;
  ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session.Query("SELECT SUM(type = 'hand_over'), SUM(type = 'report') FROM event", {},
                                                          [&](const sql::Row& row) {
                                                            moves = row.Int(0);
                                                            reports = row.Int(1);
                                                          });
                                   }),
              IsOk());
  EXPECT_EQ(moves, kNotes);
  EXPECT_EQ(reports, kNotes + 1) << "and that nothing is left";
  const auto left =
      record::FindHoldings(store_, Manager(), "heitie.test.v1", test::Proto<type::v1::ListHoldingsRequest>("employee: 'employees/li'"));
  ASSERT_THAT(left, IsOk());
  EXPECT_EQ(left->holdings_size(), 0);
}

}  // namespace
}  // namespace heitie::people
