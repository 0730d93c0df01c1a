#include "common/record/strangers.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/note_testing.h"

namespace heitie::record {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::v1::CreateNoteRequest;
using test::v1::DeleteNoteRequest;
using test::v1::UpdateNoteRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using type::v1::HandOverRequest;
using type::v1::Holding;

// Notes name people in `origin` and in the texts of their marks. The copy knows li and bo; personnel knows whom a test says.
class StrangersTest : public NoteTest {
 protected:
  StrangersTest() {
    store_.owners().known = [this](const std::string& employee) {
      const std::lock_guard lock(mutex_);
      return known_.empty() || known_.count(employee) > 0;
    };
    store_.owners().ask = [this](const rpc::Call& call, std::vector<std::string> employees,
                                 std::function<void(absl::StatusOr<std::set<std::string>>)> done) {
      EXPECT_LT(absl::Now(), call.deadline);
      const std::lock_guard lock(mutex_);
      std::set<std::string> found;
      for (const std::string& employee : employees) {
        asked_.push_back(employee);
        if (employed_.count(employee) > 0) found.insert(employee);
      }
      // No answer comes from the thread that asks.
      answers_.emplace_back([this, found, done = std::move(done)] {
        if (away_) return done(absl::UnavailableError("away"));
        done(found);
      });
    };
  }

  absl::StatusOr<Note> Make(const std::string& id, const std::string& fields, const std::string& more = "") {
    return Create(absl::StrCat("parent: 'books/a' note_id: '", id, "' note { title: 't' ", fields, " } ", more));
  }
  absl::StatusOr<Note> Change(const std::string& fields, const std::string& mask) {
    return Update(absl::StrCat("note { name: 'books/a/notes/n' ", fields, " } update_mask { paths: '", mask, "' }"));
  }
  int EventCount() {
    const auto events = Events("subject_types: 'testing.heitie/Note'");
    EXPECT_THAT(events, IsOk());
    return events.ok() ? events->events_size() : -1;
  }

  std::mutex mutex_;
  std::set<std::string> known_ = {"employees/li", "employees/bo"}, employed_;
  std::vector<std::string> asked_;
  std::atomic<bool> away_{false};
  std::vector<std::jthread> answers_;  // last: they use what is above
};

TEST_F(StrangersTest, EachFieldThatNamesOneIsTold) {
  EXPECT_THAT(Make("n",
                   "origin: 'employees/x' marks { text: 'employees/li' } marks { text: 'employees/y' } labels { key: 'a' value: "
                   "'employees/z' }"),
              HasViolations("note.marks[1].text PERSON_UNKNOWN", "note.origin PERSON_UNKNOWN"));
  EXPECT_THAT(asked_, ElementsAre("employees/x", "employees/y"));
  EXPECT_EQ(EventCount(), 0);
  EXPECT_THAT(Get("books/a/notes/n"), HasReason("NOT_FOUND"));
}

TEST_F(StrangersTest, PersonnelIsAskedOnlyAboutThem) {
  ASSERT_THAT(Make("n",
                   "origin: 'employees/li' marks { text: 'employees/bo' } marks { text: 'nobody' } labels { key: 'a' value: "
                   "'employees/z' }"),
              IsOk());
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(StrangersTest, WhoIsEmployedAndNotInTheCopyYetIsNamed) {
  employed_ = {"employees/new", "employees/newer"};
  const auto made = Make("n", "origin: 'employees/new' marks { text: 'employees/newer' }", "request_id: 'r1'");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(EventCount(), 1);
  EXPECT_EQ(asked_.size(), 2u);
  // Only the others are told.
  EXPECT_THAT(Make("m", "origin: 'employees/new' marks { text: 'employees/x' }"), HasViolations("note.marks[0].text PERSON_UNKNOWN"));
  // What was answered stays the answer, whatever personnel says now.
  employed_.clear();
  asked_.clear();
  const auto again = Make("n", "origin: 'employees/new' marks { text: 'employees/newer' }", "request_id: 'r1'");
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(*again, test::EqualsProto(*made));
  EXPECT_EQ(EventCount(), 1);
}

TEST_F(StrangersTest, WhilePersonnelIsAwayNobodyIsRefusedForGood) {
  away_ = true;
  const auto made = Make("n", "origin: 'employees/x'", "request_id: 'r1'");
  EXPECT_THAT(made, HasReason("PERSON_UNCONFIRMED"));
  EXPECT_TRUE(absl::IsUnavailable(made.status()));
  EXPECT_EQ(EventCount(), 0);
  EXPECT_THAT(Make("m", "origin: 'employees/li'"), IsOk()) << "who is known needs no personnel";
  away_ = false;
  EXPECT_THAT(Make("n", "origin: 'employees/x'", "request_id: 'r1'"), HasViolations("note.origin PERSON_UNKNOWN"));
  employed_ = {"employees/x"};
  EXPECT_THAT(Make("n", "origin: 'employees/x'", "request_id: 'r1'"), IsOk());
}

TEST_F(StrangersTest, WhileNobodyIsKnownNobodyIsAStranger) {
  known_.clear();
  EXPECT_THAT(Make("n", "origin: 'employees/x' marks { text: 'employees/y' }"), IsOk());
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(StrangersTest, WhatWasNamedIsNotJudgedAnew) {
  known_.clear();
  ASSERT_THAT(Make("n", "origin: 'employees/old' marks { text: 'employees/older' }"), IsOk());
  known_ = {"employees/li"};
  EXPECT_THAT(Change("title: 'u' origin: 'employees/old' marks { text: 'employees/older' }", "*"), IsOk());
  EXPECT_THAT(Change("marks { text: 'employees/older' } marks { text: 'employees/li' }", "marks"), IsOk());
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_THAT(Change("marks { text: 'employees/older' } marks { text: 'employees/x' }", "marks"),
              HasViolations("note.marks[1].text PERSON_UNKNOWN"));
  EXPECT_EQ(Get("books/a/notes/n")->etag(), "3");
}

TEST_F(StrangersTest, CallersMayNameThemselvesAndServicesAnybody) {
  EXPECT_THAT(Make("n", "origin: 'employees/manager'"), IsOk());
  const rpc::Call service = test::By("services/risk", {options::v1::ROLE_SERVICE, options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  EXPECT_THAT(
      service_.Invoke<Note>("CreateNote", service,
                            test::Proto<CreateNoteRequest>("parent: 'books/a' note_id: 'm' note { title: 't' origin: 'employees/x' }")),
      IsOk());
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(StrangersTest, WhatTheRequestDoesNotSayIsNobodysFault) {
  const rpc::Call call = Manager();
  const auto insert = [&](const google::protobuf::Message& request) {
    google::protobuf::Empty response;
    return store_.Write(call, request, &response, [&](Transaction& tx) {
      Note note = test::Proto<Note>("title: 't' origin: 'employees/x'");
      note.set_name(absl::StrCat("books/a/notes/", request.GetDescriptor()->name() == "DeleteNoteRequest" ? "derived" : "told"));
      return notes_.Insert(tx, note);
    });
  };
  EXPECT_THAT(insert(test::Proto<DeleteNoteRequest>("name: 'books/a/notes/x'")), IsOk());
  EXPECT_THAT(insert(test::Proto<HandOverRequest>("resource: 'books/a/notes/x' successor: 'employees/x'")),
              HasViolations("successor PERSON_UNKNOWN"));
  employed_ = {"employees/x"};
  EXPECT_THAT(insert(test::Proto<HandOverRequest>("resource: 'books/a/notes/x' successor: 'employees/x'")), IsOk());
}

TEST_F(StrangersTest, NobodyHandsOverToThem) {
  ASSERT_THAT(Make("n", "origin: 'employees/li'"), IsOk());
  const auto hand_over = [&](const std::string& successor) {
    return Call<Holding, HandOverRequest>(
        "HandOver",
        absl::StrCat("resource: 'books/a/notes/n' field: 'origin' employee: 'employees/li' successor: '", successor, "' reason: 'r'"));
  };
  EXPECT_THAT(hand_over("employees/x"), HasViolations("successor PERSON_UNKNOWN"));
  EXPECT_EQ(Get("books/a/notes/n")->origin(), "employees/li");
  EXPECT_THAT(hand_over("employees/bo"), IsOk());
}

TEST_F(StrangersTest, WhoOnlyTriesIsToldTheSame) {
  EXPECT_THAT(Make("n", "origin: 'employees/x'", "validate_only: true"), HasViolations("note.origin PERSON_UNKNOWN"));
  away_ = true;
  EXPECT_THAT(Make("n", "origin: 'employees/y'", "validate_only: true"), HasReason("PERSON_UNCONFIRMED"));
  away_ = false;
  employed_ = {"employees/x"};
  EXPECT_THAT(Make("n", "origin: 'employees/x'", "validate_only: true"), IsOk());
  EXPECT_EQ(EventCount(), 0);
}

// More than are asked about at once: those whom personnel knows are named, and one whom it does not know is found among them.
TEST_F(StrangersTest, ManyAreAskedAbout) {
  std::string marks;
  for (int i = 0; i < 450; ++i) {
    absl::StrAppend(&marks, "marks { text: 'employees/m", i, "' } ");
    employed_.insert(absl::StrCat("employees/m", i));
  }
  EXPECT_THAT(Make("n", marks), IsOk());
  EXPECT_EQ(asked_.size(), 450u) << "each once";
  employed_.erase("employees/m449");
  const auto refused = Make("m", marks);
  EXPECT_THAT(refused, test::HasViolation("note.marks[449].text", "PERSON_UNKNOWN"));
  EXPECT_LT(test::Violations(refused.status()).size(), 100u) << "nobody whom personnel has vouched for";
}

// Writes that share commits with those that name strangers: everybody gets their own answer, and what was accepted is there once.
TEST_F(StrangersTest, NeighboursAreNotRefused) {
  constexpr int kThreads = 12, kEach = 25;
  employed_ = {"employees/new"};
  std::atomic<int> made{0}, refused{0}, wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const char* const who = i % 3 == 0 ? "employees/x" : i % 3 == 1 ? "employees/new" : "employees/li";
        for (int j = 0; j < kEach; ++j) {
          const auto note = Make(absl::StrCat("n", i, "-", j), absl::StrCat("origin: '", who, "'"));
          const bool right =
              i % 3 == 0 ? test::Violations(note.status()) == std::vector<std::string>{"note.origin PERSON_UNKNOWN"} : note.ok();
          if (!right) {
            ++wrong;
            ADD_FAILURE() << who << " " << note.status();
          }
          ++(note.ok() ? made : refused);
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(refused, kThreads / 3 * kEach);
  const auto events = Events("subject_types: 'testing.heitie/Note' page_size: 1000");
  ASSERT_THAT(events, IsOk());
  EXPECT_EQ(events->events_size(), made);
}

}  // namespace
}  // namespace heitie::record
