// A measured month with the real metrics beside personnel (H4, W10): the distinct buyers of June 2021, as the file of purchases tells them
// where it is, else invented ones of the same number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "common/test/fixture.h"
#include "google/api/resource.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_calibration.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "tests/contract/request_generator.h"
#include "tests/contract/suite.h"

namespace heitie::contract {
namespace {

using google::protobuf::MethodDescriptor;

constexpr size_t kBuyersOfJune = 2339;
constexpr char kMonth[] = "appraisalCycles/2021-06-operations";
constexpr char kSheet[] = "appraisalCycles/2021-06-operations/appraisals/li";

// Customer and day of June 2021, "00001,2021-06-01".
std::vector<std::pair<std::string, int>> PurchasesOfJune() {
  std::vector<std::pair<std::string, int>> purchases;
  const char* const configured = std::getenv("HEITIE_PURCHASES");
  std::ifstream file(configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/purchases/purchases.csv");
  std::string line;
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    if (fields.size() == 4 && absl::StartsWith(fields[1], "2021-06-")) purchases.emplace_back(fields[0], std::stoi(fields[1].substr(8)));
  }
  for (size_t i = 0; purchases.size() < kBuyersOfJune; ++i) purchases.emplace_back(absl::StrCat("c", i), 1 + static_cast<int>(i % 30));
  return purchases;
}

class AppraisalOfFiguresTest : public ::testing::Test {
 protected:
  std::string Do(const rpc::Arrival& who, const std::string& name, const google::protobuf::Message& request) {
    std::string answer;
    for (const MethodDescriptor* method : Methods()) {
      if (method->name() != name) continue;
      EXPECT_THAT(suite_.Ask(who, *method, request.SerializeAsString(), &answer), test::IsOk()) << name;
    }
    EXPECT_THAT(suite_.RunJobs(), test::IsOk());
    return answer;
  }
  std::string Do(const rpc::Arrival& who, const std::string& name, const std::string& text) {
    for (const MethodDescriptor* method : Methods()) {
      if (method->name() != name) continue;
      const std::unique_ptr<google::protobuf::Message> request = NewMessage(*method->input_type());
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get())) << text;
      return Do(who, name, *request);
    }
    ADD_FAILURE() << "no method " << name;
    return "";
  }
  void Buy(int64_t sequence, const std::vector<std::pair<std::string, int>>& purchases, int month = 6) {
    metrics::v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(sequence);
    for (const auto& [customer, day] : purchases) {
      auto* event = request.add_events();
      event->set_event_name("purchase");
      event->set_user(customer);
      event->mutable_occur_time()->set_seconds(
          absl::ToUnixSeconds(absl::FromCivil(absl::CivilHour(2021, month, day, 12), service::DefaultTimeZone())));
    }
    Do(With(options::v1::ROLE_DATA_ANALYST), "IngestEvents", request);
  }
  personnel::v1::Appraisal Sheet() {
    personnel::v1::Appraisal sheet;
    EXPECT_TRUE(sheet.ParseFromString(Do(manager_, "GetAppraisal", absl::StrCat("name: '", kSheet, "'"))));
    return sheet;
  }

  // li, led by boss, has a closed June; boss, led by nobody, is excused.
  void CloseJune() {
    const auto purchases = PurchasesOfJune();
    std::set<std::string> buyers;
    for (const auto& [customer, day] : purchases) buyers.insert(customer);
    ASSERT_EQ(buyers.size(), kBuyersOfJune);
    Buy(1, purchases);
    Buy(2, {{"somebody", 1}}, 7);
    Do(manager_, "CreateMetricDefinition",
       "metric_definition_id: 'buyers' metric_definition { display_name: 'Buyers' event_name: 'purchase' aggregation: "
       "AGGREGATION_DISTINCT_USERS "
       "unit: 'users' }");
    Do(manager_, "CreatePosition", "position_id: 'host' position { title: 'Host' responsibilities: 'Hosts' }");
    for (const std::string who :
         {"boss' employee { display_name: 'Boss'", "li' employee { superior: 'employees/boss' display_name: 'Li'"}) {
      Do(manager_, "CreateEmployee",
         absl::StrCat("employee_id: '", who,
                      " position: 'positions/host' department: 'operations' hire_date { year: 2020 month: 1 day: 1 } }"));
    }
    Do(manager_, "CreateAppraisalScheme",
       "parent: 'positions/host' appraisal_scheme_id: 'one' appraisal_scheme { reason: 'r' "
       "indicators { id: 'buyers' title: 'b' kind: KIND_RESULTS weight: 5000 measure { source: SOURCE_METRIC metric: "
       "'metricDefinitions/buyers' "
       "curve { figure: '1500' points: 0 } curve { figure: '2000' points: 6000 } curve { figure: '2500' points: 8500 } "
       "curve { figure: '3000' points: 10000 } } } "
       "indicators { id: 'shows' title: 's' kind: KIND_RESULTS weight: 2000 levels { anchor: 'l' points: 1 } levels { anchor: 'h' points: "
       "9000 } } "
       "indicators { id: 'care' title: 'c' kind: KIND_ATTITUDE weight: 2000 levels { anchor: 'l' points: 1 } levels { anchor: 'h' points: "
       "7500 } } "
       "indicators { id: 'help' title: 'h' kind: KIND_TEAMWORK weight: 1000 levels { anchor: 'l' points: 1 } levels { anchor: 'h' points: "
       "10000 } } "
       "}");
    Do(manager_, "PublishAppraisalScheme", "name: 'positions/host/appraisalSchemes/one'");
    Do(manager_, "OpenAppraisalCycle", "month { year: 2021 month: 6 day: 1 } department: 'operations'");
    const auto as = [](const char* name) { return From(name, options::v1::ROLE_OPERATIONS_SPECIALIST, ""); };
    Do(as("employees/li"), "SubmitSelfReview", absl::StrCat("name: '", kSheet, "' summary: 'Shows'"));
    personnel::v1::AppraisalPart part;
    ASSERT_TRUE(part.ParseFromString(
        Do(as("employees/boss"), "RateAppraisalPart",
           absl::StrCat("name: '", kSheet, "/parts/1' ratings { indicator: 'shows' level: 2 words: 'w' } ",
                        "ratings { indicator: 'care' level: 2 words: 'w' } ratings { indicator: 'help' level: 2 words: 'w' }"))));
    ASSERT_EQ(part.figures_size(), 1);
    EXPECT_EQ(part.figures(0).numerator(), "2339");
    EXPECT_FALSE(part.figures(0).provisional());
    EXPECT_GT(part.figures(0).version(), 0);
    Do(manager_, "ExcuseAppraisalPart", absl::StrCat("name: '", kMonth, "/appraisals/boss/parts/1' reason: 'led by nobody'"));
    Do(manager_, "CalibrateAppraisalCycle", absl::StrCat("name: '", kMonth, "'"));
    Do(manager_, "CloseAppraisalCycle", absl::StrCat("name: '", kMonth, "'"));
  }
  // The rows of the closed cycle, whole.
  std::string Stored() {
    std::string stored;
    for (const google::protobuf::Descriptor* kind :
         {personnel::v1::AppraisalCycle::descriptor(), personnel::v1::Appraisal::descriptor(), personnel::v1::AppraisalPart::descriptor(),
          personnel::v1::AppraisalCalibration::descriptor()}) {
      for (const auto& row : suite_.Rows(*kind)) {
        const std::string text = row->ShortDebugString();
        if (absl::StartsWith(text, absl::StrCat("name: \"", kMonth))) absl::StrAppend(&stored, text, "\n");
      }
    }
    return stored;
  }
  // Makes a plausible request one about the closed cycle and its people.
  void Aim(google::protobuf::Message& message) {
    const std::map<std::string, std::string> names = {
        {"personnel.heitie/AppraisalCycle", kMonth},
        {"personnel.heitie/Appraisal", kSheet},
        {"personnel.heitie/AppraisalPart", absl::StrCat(kSheet, "/parts/1")},
        {"personnel.heitie/AppraisalCalibration", absl::StrCat(kMonth, "/calibrations/boss")},
        {"personnel.heitie/AppraisalScheme", "positions/host/appraisalSchemes/one"},
        {"personnel.heitie/AppraisalPolicy", "appraisalPolicies/default"},
        {"personnel.heitie/Employee", "employees/li"},
        {"personnel.heitie/Position", "positions/host"},
    };
    const auto& r = *message.GetReflection();
    const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
    const std::string own = descriptor.options().GetExtension(google::api::resource).type();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const google::protobuf::FieldDescriptor* field = descriptor.field(i);
      const std::string& name = field->name();
      if (field->is_repeated()) continue;
      if (field->message_type() != nullptr) {
        const bool ours = absl::StartsWith(field->message_type()->full_name(), "heitie.");
        if (ours && r.HasField(message, field)) Aim(*r.MutableMessage(&message, field));
      } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
        if (name == "etag" || name == "request_id" || name == "page_token" || name == "filter" || name == "order_by") {
          r.ClearField(&message, field);
        }
        const auto type =
            names.find(name == "name" && !own.empty() ? own : field->options().GetExtension(google::api::resource_reference).type());
        if (type != names.end()) r.SetString(&message, field, type->second);
      }
    }
  }

  Suite suite_;
  const rpc::Arrival manager_ = With(options::v1::ROLE_OPERATIONS_MANAGER);
};

TEST_F(AppraisalOfFiguresTest, TheBuyersOfJuneMakeTheScoreAndLateOnesANotice) {
  CloseJune();
  EXPECT_EQ(Sheet().points(), 8148);
  const std::string etag = Sheet().etag();

  std::vector<std::pair<std::string, int>> late;
  for (int i = 0; i < 31; ++i) late.emplace_back(absl::StrCat("late", i), 30);
  Buy(3, late);
  ASSERT_THAT(suite_.RunJobs(absl::Hours(24)), test::IsOk());
  personnel::v1::ListAppraisalNoticesResponse notices;
  ASSERT_TRUE(notices.ParseFromString(Do(manager_, "ListAppraisalNotices", absl::StrCat("parent: '", kSheet, "'"))));
  ASSERT_EQ(notices.appraisal_notices_size(), 1);
  EXPECT_EQ(notices.appraisal_notices(0).points(), 8148);
  EXPECT_EQ(notices.appraisal_notices(0).restated_points(), 8225);
  EXPECT_EQ(notices.appraisal_notices(0).figures(0).restated_figure(), "2370");
  EXPECT_EQ(Sheet().points(), 8148);
  EXPECT_EQ(Sheet().etag(), etag);
}

// Whatever anybody asks of personnel, and however time goes on: the rows of a closed cycle stay as they are.
TEST_F(AppraisalOfFiguresTest, NoMethodOfAnyRoleChangesAClosedCycle) {
  CloseJune();
  const std::string stored = Stored();
  EXPECT_THAT(stored, ::testing::HasSubstr("STATE_CLOSED"));
  RequestGenerator generator(36);
  int asked = 0, accepted = 0;
  for (int round = 0; round < 3; ++round) {
    for (const MethodDescriptor* method : Methods()) {
      if (!absl::StartsWith(method->full_name(), "heitie.personnel.") || rpc::OnlyReads(*method)) continue;
      for (const rpc::Role role : TokenRoles()) {
        for (const char* who : {"employees/li", "employees/boss", "employees/a"}) {
          const std::unique_ptr<google::protobuf::Message> request = NewMessage(*method->input_type());
          generator.FillPlausible(*request);
          Aim(*request);
          ++asked;
          accepted += suite_.Ask(From(who, role, "departments/a"), *method, request->SerializeAsString()).ok();
        }
      }
    }
    EXPECT_EQ(Stored(), stored) << "after round " << round;
    ASSERT_THAT(suite_.RunJobs(absl::Hours(48)), test::IsOk());
    EXPECT_EQ(Stored(), stored) << "after the jobs of round " << round;
  }
  EXPECT_GT(asked, 3000);
  EXPECT_GT(accepted, 50) << "or all this shows nothing";
  personnel::v1::VerifyAppraisalCycleResponse verified;
  ASSERT_TRUE(verified.ParseFromString(Do(manager_, "VerifyAppraisalCycle", absl::StrCat("name: '", kMonth, "'"))));
  EXPECT_TRUE(verified.intact());
  EXPECT_EQ(verified.deviation_count(), 0);
}

}  // namespace
}  // namespace heitie::contract
