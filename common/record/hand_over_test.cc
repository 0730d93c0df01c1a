#include "common/record/hand_over.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/record/note_testing.h"

namespace heitie::record {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using type::v1::HandoverReport;
using type::v1::HandOverRequest;
using type::v1::Holding;

// Notes name people in `origin` and, everybody once, in the texts of their marks.
class HandOverTest : public NoteTest {
 protected:
  HandOverTest() {
    store_.owners().left = [this](const std::string& employee, absl::Time) { return left_.count(employee) > 0; };
    store_.owners().sweep = [this](Transaction&, const std::string& employee) {
      swept_.push_back(employee);
      return absl::OkStatus();
    };
  }
  absl::StatusOr<Holding> HandOver(const std::string& field, const std::string& from, const std::string& to, const std::string& more = "") {
    return Call<Holding, HandOverRequest>("HandOver", absl::StrCat("resource: 'books/a/notes/n' field: '", field, "' employee: 'employees/",
                                                                   from, "' successor: 'employees/", to, "' reason: 'Li leaves' ", more));
  }
  absl::StatusOr<Note> Make(const std::string& fields) {
    return Create(absl::StrCat("parent: 'books/a' note_id: 'n' note { title: 't' ", fields, " }"));
  }
  std::vector<std::string> Marks() {
    std::vector<std::string> texts;
    const auto note = Get("books/a/notes/n");
    EXPECT_THAT(note, IsOk());
    if (!note.ok()) return texts;
    for (const auto& mark : note->marks()) texts.push_back(absl::StrCat(mark.line(), mark.text()));
    return texts;
  }
  static absl::Status Write(Store& store, const rpc::Call& call, const std::function<absl::Status(Transaction&)>& work) {
    return store.Write(call, Store::Work(work));
  }

  std::set<std::string> left_;
  std::vector<std::string> swept_;
};

TEST_F(HandOverTest, ChangesTheOneFieldAndSaysWhy) {
  ASSERT_THAT(Make("origin: 'employees/li' number: 3 marks { text: 'employees/li' }"), IsOk());
  const auto before = Get("books/a/notes/n");
  const auto holding = HandOver("origin", "li", "bo");
  ASSERT_THAT(holding, IsOk());
  EXPECT_EQ(holding->etag(), "2");
  EXPECT_EQ(holding->resource_type(), "testing.heitie/Note");
  auto after = *Get("books/a/notes/n");
  EXPECT_EQ(after.origin(), "employees/bo") << "though no update may change it";
  after.set_origin(before->origin());
  after.set_etag(before->etag());
  *after.mutable_update_time() = before->update_time();
  EXPECT_EQ(after.DebugString(), before->DebugString());
  const auto events = Events("subject_types: 'testing.heitie/Note' subject_types: 'type.heitie/HandoverReport'");
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 3);
  EXPECT_EQ(events->events(1).action(), "hand_over");
  EXPECT_EQ(events->events(2).action(), "report");
  HandoverReport report;
  ASSERT_TRUE(FromKnownJson(events->events(2).after_json(), &report));
  EXPECT_EQ(ParentOf(report.name()), "handovers/li") << report.name();
  EXPECT_EQ(report.service(), "test");
  EXPECT_EQ(report.outcome(), HandoverReport::OUTCOME_MOVED);
  EXPECT_EQ(report.successor(), "employees/bo");
  EXPECT_EQ(report.reason(), "Li leaves");
  EXPECT_EQ(report.holding().etag(), "1");
}

TEST_F(HandOverTest, WhoStandsInTheListAlreadyStandsThereOnce) {
  ASSERT_THAT(Make("marks { line: 1 text: 'employees/bo' } marks { line: 2 text: 'employees/li' } marks { line: 3 text: 'employees/an' }"),
              IsOk());
  ASSERT_THAT(HandOver("marks[1].text", "li", "bo"), IsOk());
  EXPECT_THAT(Marks(), ElementsAre("1employees/bo", "3employees/an"));
  ASSERT_THAT(HandOver("marks[1].text", "an", "wu"), IsOk());
  EXPECT_THAT(Marks(), ElementsAre("1employees/bo", "3employees/wu"));
}

TEST_F(HandOverTest, WhatIsWrongIsRefused) {
  ASSERT_THAT(Make("origin: 'employees/li' marks { text: 'employees/li' } labels { key: 'a' value: 'employees/li' }"), IsOk());
  EXPECT_THAT(HandOver("origin", "bo", "an"), HasReason("NOT_THE_HOLDER"));
  EXPECT_THAT(HandOver("origin", "li", "li"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(HandOver("origin", "li", "bo", "etag: '7'"), HasReason("STALE_ETAG"));
  for (const char* field : {"title", "origin.x", "origin[0]", "marks", "marks.text", "marks[1].text", "marks[-1].text", "marks[0]",
                            "marks[0].line", "marks[x].text", "labels", "labels[0]", "creator", "nothing", ".", "marks[0].text."})
    EXPECT_THAT(HandOver(field, "li", "bo"), HasReason("INVALID_FIELDS")) << field;
  EXPECT_THAT((Call<Holding, HandOverRequest>("HandOver",
                                              "resource: 'books/a/notes/x' field: 'origin' employee: 'employees/li' successor: "
                                              "'employees/bo' reason: 'x'")),
              HasReason("NOT_FOUND"));
  EXPECT_THAT((Call<Holding, HandOverRequest>("HandOver",
                                              "resource: 'books/a' field: 'origin' employee: 'employees/li' successor: "
                                              "'employees/bo' reason: 'x'")),
              HasReason("INVALID_FIELDS"));
  left_ = {"employees/bo"};
  EXPECT_THAT(HandOver("origin", "li", "bo"), HasReason("OWNER_LEFT"));
  EXPECT_EQ(Get("books/a/notes/n")->etag(), "1");
}

TEST_F(HandOverTest, IsDoneOnceForARequestId) {
  ASSERT_THAT(Make("origin: 'employees/li'"), IsOk());
  for (int i = 0; i < 2; ++i) {
    const auto holding = HandOver("origin", "li", "bo", "request_id: 'once'");
    ASSERT_THAT(holding, IsOk());
    EXPECT_EQ(holding->etag(), "2");
  }
  EXPECT_THAT(HandOver("origin", "li", "bo"), HasReason("NOT_THE_HOLDER"));
}

TEST_F(HandOverTest, WhoHasLeftIsNotNamedAnew) {
  left_ = {"employees/li"};
  EXPECT_THAT(Make("origin: 'employees/li'"), HasReason("OWNER_LEFT"));
  EXPECT_THAT(Make("marks { text: 'employees/bo' } marks { text: 'employees/li' }"), HasReason("OWNER_LEFT"));
  ASSERT_THAT(Make("labels { key: 'a' value: 'employees/li' }"), IsOk()) << "a record";
  EXPECT_THAT(Update("note { name: 'books/a/notes/n' marks { text: 'employees/li' } } update_mask { paths: 'marks' }"),
              HasReason("OWNER_LEFT"));
  EXPECT_THAT(Update("note { name: 'books/a/notes/n' marks { text: 'employees/nobody-knows' } } update_mask { paths: 'marks' }"), IsOk());
  EXPECT_THAT(swept_, IsEmpty());
}

TEST_F(HandOverTest, WhoStoodThereBeforeMayStay) {
  ASSERT_THAT(Make("origin: 'employees/li' marks { text: 'employees/li' }"), IsOk());
  left_ = {"employees/li"};
  EXPECT_THAT(Update("note { name: 'books/a/notes/n' title: 'other' } update_mask { paths: 'title' }"), IsOk());
  EXPECT_THAT(Update("note { name: 'books/a/notes/n' marks { text: 'employees/bo' } } update_mask { paths: 'marks' }"), IsOk());
  EXPECT_THAT(swept_, IsEmpty());
}

// Nobody could put it right: it is handed over instead.
TEST_F(HandOverTest, WhatAServiceDoesByItselfIsSweptAtOnce) {
  left_ = {"employees/li"};
  rpc::Call job = Manager();
  job.principal = {"services/test"};
  job.principal.Grant(options::v1::ROLE_SERVICE);
  Note note = test::Proto<Note>("name: 'books/a/notes/n' title: 't' origin: 'employees/li'");
  ASSERT_THAT(Write(store_, job, [&](Transaction& tx) { return notes_.Insert(tx, note, "create"); }), IsOk());
  EXPECT_THAT(swept_, ElementsAre("employees/li"));
}

TEST_F(HandOverTest, AKindMayDoItInItsOwnWay) {
  ASSERT_THAT(Make("origin: 'employees/li'"), IsOk());
  notes_.SetPassing([](Transaction&, const HandOverRequest& request, const Note& before, Note& after) -> absl::Status {
    if (request.successor() == "employees/bo") return status::NotFound(before.name());
    after.set_number(7);
    return absl::OkStatus();
  });
  EXPECT_THAT(HandOver("origin", "li", "bo"), HasReason("NOT_FOUND"));
  ASSERT_THAT(HandOver("origin", "li", "an"), IsOk());
  EXPECT_EQ(Get("books/a/notes/n")->number(), 7);
}

TEST_F(HandOverTest, RowsThatWereLockedTogetherAreForgottenOnceTheyChange) {
  const std::string n = "books/a/notes/n", m = "books/a/notes/m", still = "books/a/notes/still";
  ASSERT_THAT(Make("origin: 'employees/li'"), IsOk());
  for (const char* id : {"m", "still"})
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/a' note_id: '", id, "' note { title: 't' origin: 'employees/li' }")), IsOk());
  // Whoever gets the one gets the other as well.
  notes_.SetPassing([&](Transaction& tx, const HandOverRequest& request, const Note& before, Note&) -> absl::Status {
    if (before.name() != n) return absl::OkStatus();
    const auto other = notes_.Lock(tx, m);
    if (!other.ok()) return other.status();
    Note after = *other;
    after.set_origin(request.successor());
    return notes_.Update(tx, *other, after, "update");
  });
  HandOverRequest request;
  request.set_field("origin");
  request.set_employee("employees/li");
  request.set_successor("employees/bo");
  EXPECT_THAT(Write(store_, Manager(),
                    [&](Transaction& tx) -> absl::Status {
                      LockedRows locked(tx);
                      const absl::Status all = locked.Lock(store_, "heitie.test.v1", {n, m, still, "books/a/notes/gone"});
                      EXPECT_THAT(all, IsOk());
                      EXPECT_NE(locked.Find(n), nullptr);
                      EXPECT_EQ(locked.Find("books/a/notes/gone"), nullptr);
                      request.set_resource(n);
                      EXPECT_THAT(record::HandOver(locked.tx(), store_, "heitie.test.v1", request, {}, &locked), IsOk());
                      EXPECT_EQ(locked.Find(n), nullptr);
                      EXPECT_EQ(locked.Find(m), nullptr);
                      EXPECT_NE(locked.Find(still), nullptr);
                      request.set_resource(m);
                      EXPECT_THAT(record::HandOver(locked.tx(), store_, "heitie.test.v1", request, {}, &locked),
                                  HasReason("NOT_THE_HOLDER"));
                      request.set_resource(still);
                      return record::HandOver(locked.tx(), store_, "heitie.test.v1", request, {}, &locked).status();
                    }),
              IsOk());
  for (const std::string& name : {n, m, still}) {
    EXPECT_EQ(Get(name)->origin(), "employees/bo");
    EXPECT_EQ(Get(name)->etag(), "2") << name;
  }
}

TEST_F(HandOverTest, TheFallbackIsWhomTheContractNames) {
  ASSERT_THAT(Make("origin: 'employees/bo' marks { text: 'employees/li' }"), IsOk());
  Holding holding;
  holding.set_resource("books/a/notes/n");
  const auto fallback = [&](const std::string& field) {
    holding.set_field(field);
    std::string name = "nothing";
    EXPECT_THAT(Write(store_, Manager(),
                      [&](Transaction& tx) {
                        const auto found = FallbackOf(tx, store_, "heitie.test.v1", holding);
                        if (found.ok()) name = *found;
                        return found.status();
                      }),
                IsOk());
    return name;
  };
  EXPECT_EQ(fallback("marks[0].text"), "employees/bo");
  EXPECT_EQ(fallback("origin"), "");
  EXPECT_EQ(fallback("marks[3].text"), "");
}

}  // namespace
}  // namespace heitie::record
