#include "common/record/holdings.h"

#include "absl/strings/str_cat.h"
#include "common/record/note_testing.h"

namespace heitie::record {
namespace {

using test::HasReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using type::v1::ListHoldingsRequest;
using type::v1::ListHoldingsResponse;

// Notes name people in `origin`, a column, and in the texts of their marks, JSON.
class HoldingsTest : public NoteTest {
 protected:
  absl::StatusOr<ListHoldingsResponse> HoldingsBy(const rpc::Call& call, const std::string& request) {
    return service_.Invoke<ListHoldingsResponse>("ListHoldings", call, test::Proto<ListHoldingsRequest>(request));
  }
  absl::StatusOr<ListHoldingsResponse> Holdings(const std::string& request) { return HoldingsBy(Manager(), request); }
  void Make(const std::string& id, const std::string& note) {
    const auto made = Create(absl::StrCat("parent: 'books/a' note_id: '", id, "' note { title: 'Title of ", id, "' ", note, " }"));
    ASSERT_TRUE(made.ok()) << made.status();
  }
  // "one.origin two.marks[1].text" of all pages.
  std::vector<std::string> Pages(int page_size) {
    std::vector<std::string> found;
    std::string token;
    do {
      const auto page = Holdings(absl::StrCat("employee: 'employees/li' page_size: ", page_size, " page_token: '", token, "'"));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const auto& holding : page->holdings()) found.push_back(absl::StrCat(IdOf(holding.resource()), ".", holding.field()));
      token = page->next_page_token();
    } while (!token.empty());
    return found;
  }
};

TEST_F(HoldingsTest, AreToldWithTheirResource) {
  Make("one", "origin: 'employees/li'");
  const auto holdings = Holdings("employee: 'employees/li'");
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  ASSERT_THAT(holdings->holdings(), SizeIs(1));
  EXPECT_EQ(holdings->holdings(0).DebugString(), test::Proto<type::v1::Holding>(R"pb(
                                                   resource: "books/a/notes/one"
                                                   resource_type: "testing.heitie/Note"
                                                   field: "origin"
                                                   title: "Title of one"
                                                   open: true
                                                   etag: "1"
                                                 )pb")
                                                     .DebugString());
  EXPECT_EQ(holdings->next_page_token(), "");
}

TEST_F(HoldingsTest, PagesMayEndWithinAResource) {
  Make("one", "origin: 'employees/li' marks { text: 'employees/li' } marks { text: 'employees/wu' } marks { text: 'employees/li' }");
  Make("three", "marks { text: 'employees/li' }");
  Make("two", "origin: 'employees/li'");
  for (int page_size = 1; page_size < 7; ++page_size) {
    EXPECT_THAT(Pages(page_size), ElementsAre("one.marks[0].text", "one.marks[2].text", "one.origin", "three.marks[0].text", "two.origin"))
        << page_size;
  }
}

TEST_F(HoldingsTest, WhatLooksLikeThePersonIsNotTold) {
  Make("beginning", "origin: 'employees/li-ming' marks { text: 'employees/li-ming' }");
  Make("end", "origin: 'x/employees/li' marks { text: 'x/employees/li' }");
  Make("quoted", "labels { key: 'b' value: '\"employees/li\"' } marks { text: '\"employees/li\"' }");
  Make("upper", "origin: 'EMPLOYEES/LI' marks { text: 'EMPLOYEES/LI' }");
  Make("blank", "origin: 'employees/li ' marks { text: 'employees/li ' }");
  Make("record", "labels { key: 'a' value: 'employees/li' }");
  for (int page_size = 1; page_size < 3; ++page_size) EXPECT_THAT(Pages(page_size), IsEmpty());
  Make("self", "marks { text: 'employees/li' }");
  for (int page_size = 1; page_size < 3; ++page_size) EXPECT_THAT(Pages(page_size), ElementsAre("self.marks[0].text"));
}

// More rows look like it than a page has.
TEST_F(HoldingsTest, AreFoundBehindManyThatOnlyLookLikeThem) {
  for (int i = 0; i < 9; ++i) {
    Make(absl::StrCat("a", i), "marks { text: 'x' } labels { key: 'employees/li' value: 'employees/li' }");
    const auto status = database_.get().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
      // The name beside the field that is declared, as a later version of the contract may have it.
      return session
          .Execute("UPDATE notes SET marks = ? WHERE name = ?",
                   sql::Bind(R"({"marks":[{"text":"x","witness":"employees/li"}]})", absl::StrCat("books/a/notes/a", i)))
          .status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  Make("z", "marks { text: 'employees/li' }");
  for (const int page_size : {1, 2, 50}) EXPECT_THAT(Pages(page_size), ElementsAre("z.marks[0].text")) << page_size;
}

TEST_F(HoldingsTest, ATokenIsForItsQuery) {
  Make("one", "origin: 'employees/li'");
  Make("two", "origin: 'employees/li'");
  const auto page = Holdings("employee: 'employees/li' page_size: 1");
  ASSERT_TRUE(page.ok()) << page.status();
  const std::string token = absl::StrCat(" page_token: '", page->next_page_token(), "'");
  EXPECT_TRUE(Holdings("employee: 'employees/li' page_size: 5" + token).ok());
  EXPECT_THAT(Holdings("employee: 'employees/wu'" + token), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Holdings("employee: 'employees/li' open_only: true" + token), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Holdings("employee: 'employees/li' page_token: 'x'"), HasReason("INVALID_FIELDS"));
}

TEST_F(HoldingsTest, PeopleSeeTheirOwnAndManagersEverybodys) {
  Make("one", "origin: 'employees/li'");
  const std::string request = "employee: 'employees/li'";
  const auto by = [&](const std::string& name, options::v1::Role role) {
    return HoldingsBy(test::By(name, {role}, clock_.Now()), request);
  };
  for (const auto role : {options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_DEPARTMENT_MEMBER}) {
    EXPECT_TRUE(by("employees/li", role).ok()) << role;
    EXPECT_THAT(by("employees/wu", role), HasReason("NOT_YOURSELF")) << role;
    EXPECT_THAT(by("employees/li-ming", role), HasReason("NOT_YOURSELF")) << role;
  }
  EXPECT_TRUE(by("employees/wu", options::v1::ROLE_OPERATIONS_MANAGER).ok());
  EXPECT_TRUE(by("employees/wu", options::v1::ROLE_PLATFORM_ENGINEER).ok());
  EXPECT_THAT(HoldingsBy(Manager(), "employee: 'projects/x'"), HasReason("INVALID_FIELDS"));
}

}  // namespace
}  // namespace heitie::record
