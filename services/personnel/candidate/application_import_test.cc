#include "services/personnel/candidate/application_import.h"

#include "absl/strings/str_cat.h"
#include "services/personnel/candidate/candidate_testing.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;

class ApplicationImportTest : public CandidateFixture {
 protected:
  absl::StatusOr<v1::ImportApplicationsResponse> Import(const rpc::Call& call, const std::string& content) {
    v1::ImportApplicationsRequest request;
    request.set_requisition("requisitions/host");
    request.set_channel("recruitmentChannels/job-board");
    request.set_content(content);
    return Call<v1::ImportApplicationsResponse>("ImportApplications", call, request);
  }
  static std::vector<std::string> Defects(const v1::ImportApplicationsResponse& response) {
    std::vector<std::string> defects;
    for (const v1::ImportDefect& defect : response.defects())
      defects.push_back(absl::StrCat(defect.line(), ":", defect.column(), " ", defect.reason()));
    return defects;
  }
};

TEST_F(ApplicationImportTest, BadRowsAreToldByPlaceAndTheOthersTaken) {
  const std::string known = MustReceive("wu@example.com", "external_id: '104-3'");
  const auto imported = Import(Manager(),
                               "\xEF\xBB\xBF"
                               "external_id,display_name,email,phone,apply_date\r\n"
                               "104-1,\"林，美\",mei@example.com,０９１２３４５６７８,2025-12-30\r\n"
                               "104-2,Li,nobody,,2025-12-30\r\n"
                               "104-3,Wu,wu@example.com,,\r\n"
                               "104-4,,x@example.com,,2030-01-01\r\n"
                               "104-5,Ho,,12,2025-02-30\r\n"
                               "104-6,\"Ho\"x,ho@example.com,,\r\n"
                               "104-7,Ho,,,\r\n"
                               "104-8,Mei again,,0912 345 678,,more\r\n"
                               "104-9,Mei again,,0912 345 678\r\n");
  ASSERT_THAT(imported, IsOk());
  EXPECT_EQ(Defects(*imported), (std::vector<std::string>{"3:10 BAD_EMAIL", "5:1 CELL_EMPTY", "5:23 APPLIED_LATER", "6:14 BAD_DATE",
                                                          "7:11 STRAY_QUOTE", "8:10 NO_CONTACT", "9:32 CELL_TOO_MANY"}));
  ASSERT_EQ(imported->rows_size(), 3);
  EXPECT_EQ(imported->rows(0).line(), 2);
  EXPECT_FALSE(imported->rows(0).known());
  EXPECT_EQ(imported->rows(1).application(), known);
  EXPECT_TRUE(imported->rows(1).known());
  EXPECT_EQ(CandidateOf(imported->rows(2).application()), CandidateOf(imported->rows(0).application())) << "one person";
  EXPECT_EQ(GetCandidate(Manager(), CandidateOf(imported->rows(0).application()))->phone(), "+886912345678");
}

TEST_F(ApplicationImportTest, TheSameListAgainMakesNothingNew) {
  const std::string list = "external_id,display_name,email\n1,Lin,lin@example.com\n2,Wu,wu@example.com\n2,Wu,wu@example.com\n";
  const auto first = Import(Person("owner"), list), again = Import(Person("owner"), list);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  ASSERT_EQ(first->rows_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(again->rows(i).application(), first->rows(i).application());
  EXPECT_EQ(first->rows(1).application(), first->rows(2).application());
}

TEST_F(ApplicationImportTest, TitlesAndBoundsAreChecked) {
  EXPECT_THAT(Import(Manager(), "name,email,email\nx,x@example.com,\n"),
              HasViolations("content COLUMN_UNKNOWN", "content COLUMN_TWICE", "content COLUMN_MISSING"));
  EXPECT_THAT(Import(Manager(), "display_name\nx\n"), HasViolations("content COLUMN_MISSING"));
  std::string many = "display_name,email\n";
  for (int i = 0; i <= 1000; ++i) absl::StrAppend(&many, "x,x", i, "@example.com\n");
  EXPECT_THAT(Import(Manager(), many), HasViolations("content TOO_MANY_ROWS"));
  EXPECT_THAT(Import(Person("stranger"), "display_name,email\nx,x@example.com\n"), HasReason("NOT_YOUR_REQUISITION"));
}

TEST_F(ApplicationImportTest, NoDefectRepeatsWhatStandsInTheList) {
  const auto imported = Import(Manager(), "display_name,email,phone\nsecret-name,secret-mail,secret-phone\n");
  ASSERT_THAT(imported, IsOk());
  EXPECT_EQ(imported->defects_size(), 2);
  EXPECT_EQ(imported->ShortDebugString().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace heitie::personnel
