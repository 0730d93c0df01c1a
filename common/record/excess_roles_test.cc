#include "common/record/excess_roles.h"

#include "absl/strings/str_cat.h"
#include "common/record/note_testing.h"
#include "heitie/type/v1/excess_role.pb.h"

namespace heitie::record {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ExcessRolesTest : public NoteTest {
 protected:
  ExcessRolesTest() {
    for (const char* row : {"'employees/bo', 'DATA_ANALYST', 3, '2026-01-02', '2026-01-05'",
                            "'employees/bo', 'PLATFORM_ENGINEER', 1, '2026-01-02', '2026-01-02'",
                            "'employees/an', 'DATA_ANALYST', 7, '2026-01-01', '2026-01-04 12:00:00.5'"}) {
      EXPECT_THAT(
          store_.database().Read(absl::Now() + absl::Seconds(20),
                                 [&](sql::Session& session) {
                                   return session
                                       .Execute(absl::StrCat(
                                           "INSERT INTO excess_role (person, role, requests, first_time, last_time) VALUES (", row, ")"))
                                       .status();
                                 }),
          IsOk());
    }
  }

  absl::StatusOr<type::v1::ListExcessRolesResponse> Page(const std::string& request) {
    return Call<type::v1::ListExcessRolesResponse, type::v1::ListExcessRolesRequest>("ListExcessRoles", request);
  }
  std::vector<std::string> Pages(const std::string& since, int page_size) {
    std::vector<std::string> found;
    std::string token;
    do {
      const auto page = Page(absl::StrCat(since, " page_size: ", page_size, " page_token: '", token, "'"));
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      EXPECT_LE(page->excess_roles_size(), page_size);
      for (const auto& excess : page->excess_roles()) {
        found.push_back(absl::StrCat(IdOf(excess.person()), " ", excess.role(), " ", excess.request_count()));
      }
      token = page->next_page_token();
    } while (!token.empty());
    return found;
  }
};

TEST_F(ExcessRolesTest, AreListedByPersonAndRoleWhateverThePage) {
  for (const int page_size : {1, 2, 3, 50}) {
    EXPECT_THAT(Pages("", page_size), ElementsAre("an DATA_ANALYST 7", "bo DATA_ANALYST 3", "bo PLATFORM_ENGINEER 1")) << page_size;
  }
  const auto all = Page("");
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->excess_roles(0).last_time().seconds(), 1767528000);
  EXPECT_EQ(all->excess_roles(0).last_time().nanos(), 500'000'000);
  EXPECT_EQ(all->excess_roles(0).first_time().seconds(), 1767225600);
}

TEST_F(ExcessRolesTest, OnlyWhatCameSince) {
  EXPECT_THAT(Pages("since_time { seconds: 1767528000 nanos: 500000000 }", 1), ElementsAre("an DATA_ANALYST 7", "bo DATA_ANALYST 3"));
  EXPECT_THAT(Pages("since_time { seconds: 1767528001 }", 1), ElementsAre("bo DATA_ANALYST 3"));
  EXPECT_THAT(Pages("since_time { seconds: 1777528001 }", 1), IsEmpty());
}

TEST_F(ExcessRolesTest, ATokenOfAnotherQuestionIsRefused) {
  const auto first = Page("page_size: 1");
  ASSERT_THAT(first, IsOk());
  const std::string token = absl::StrCat("page_token: '", first->next_page_token(), "'");
  EXPECT_THAT(Page("since_time { seconds: 1 } " + token), HasViolation("page_token", "BAD_VALUE"));
  EXPECT_THAT(Page("page_token: 'nothing'"), HasViolation("page_token", "BAD_VALUE"));
}

TEST_F(ExcessRolesTest, AreNotForEverybody) {
  const rpc::Call specialist = test::By("employees/a", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  EXPECT_THAT(service_.Invoke<type::v1::ListExcessRolesResponse>("ListExcessRoles", specialist, type::v1::ListExcessRolesRequest()),
              HasReason("PERMISSION_DENIED"));
}

}  // namespace
}  // namespace heitie::record
