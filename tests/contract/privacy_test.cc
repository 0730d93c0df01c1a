// Somebody whose name stands all over the suite leaves and is erased, and so is a candidate: no table of any service holds a word of theirs
// afterwards. And what else personal data must not get into.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/rpc/contract.h"
#include "common/seal/seal.h"
#include "common/test/fixture.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/candidate.pb.h"
#include "heitie/personnel/v1/personal_file.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/contract/suite.h"
#include "tests/contract/told.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// In the messages below, where no resource would tell whose it is.
bool HoldsWithoutResource(const Descriptor& message, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&message).second || message.options().HasExtension(google::api::resource)) return false;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!seal::PersonalOf(field).empty()) return true;
    if (field.message_type() != nullptr && HoldsWithoutResource(*field.message_type(), seen)) return true;
  }
  return false;
}

TEST(PrivacyTest, AnswersThatAreKeptHoldPersonalDataInItsResourceOnly) {
  int kept = 0;
  for (const MethodDescriptor* method : Methods()) {
    if (method->input_type()->FindFieldByName("request_id") == nullptr) continue;
    ++kept;
    std::set<const Descriptor*> seen;
    EXPECT_FALSE(HoldsWithoutResource(*method->output_type(), seen)) << method->full_name();
  }
  EXPECT_GT(kept, 50);
}

// Where it is named in a URL, a log would have it.
TEST(PrivacyTest, NothingPersonalIsNamedInAUrl) {
  for (const MethodDescriptor* method : Methods()) {
    const auto& http = method->options().GetExtension(google::api::http);
    if (http.get().empty() && http.delete_().empty()) continue;
    EXPECT_FALSE(seal::HoldsPersonal(*method->input_type())) << method->full_name() << " has personal data in its query";
  }
}

// The story told to its end, and whatever is asked for afterwards.
class ToldTest : public ::testing::Test {
 protected:
  // By a manager; `request` is a text proto.
  std::unique_ptr<Message> Ask(const std::string& who, const std::string& method, const std::string& request_text) {
    for (const MethodDescriptor* each : Methods()) {
      if (each->full_name() != "heitie.personnel.v1." + method) continue;
      const std::unique_ptr<Message> request = NewMessage(*each->input_type());
      std::unique_ptr<Message> answer = NewMessage(*each->output_type());
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(request_text, request.get())) << request_text;
      std::string response;
      EXPECT_THAT(suite_.Ask(From(who, options::v1::ROLE_OPERATIONS_MANAGER, ""), *each, request->SerializeAsString(), &response),
                  test::IsOk())
          << method;
      EXPECT_TRUE(answer->ParseFromString(response));
      EXPECT_THAT(suite_.RunJobs(), test::IsOk());
      return answer;
    }
    ADD_FAILURE() << "there is no method " << method;
    return nullptr;
  }
  // By the file that the job has opened, or by a new one.
  void Erase(const std::string& person) {
    personnel::v1::ListPersonalFilesResponse files;
    ASSERT_TRUE(
        files.ParseFromString(Ask("employees/one", "PrivacyService.ListPersonalFiles", absl::StrCat("filter: 'person = \"", person, "\"'"))
                                  ->SerializeAsString()));
    const std::string id = absl::StrCat("of-", record::IdOf(person));
    std::string name = "personalFiles/" + id;
    if (files.personal_files().empty()) {
      Ask("employees/one", "PrivacyService.CreatePersonalFile",
          absl::StrCat("personal_file_id: '", id, "' personal_file { person: '", person, "' }"));
    } else {
      name = files.personal_files(0).name();
    }
    Ask("employees/one", "PrivacyService.ProposeErasure", absl::StrCat("name: '", name, "' reason: 'asked for by letter'"));
    Ask("employees/two", "PrivacyService.ApproveErasure", absl::StrCat("name: '", name, "'"));
    for (int i = 0; i < 3; ++i) EXPECT_THAT(suite_.RunJobs(), test::IsOk());
  }
  // All that managers read of personnel's events.
  std::string History() {
    std::string history;
    int64_t after = 0;
    while (true) {
      const std::unique_ptr<Message> answer =
          Ask("employees/one", "RecordService.ListEvents", absl::StrCat("page_size: 1000 after_position: ", after));
      if (answer == nullptr) return history;
      type::v1::ListEventsResponse page;
      EXPECT_TRUE(page.ParseFromString(answer->SerializeAsString()));
      if (page.events().empty()) return history;
      for (const type::v1::Event& event : page.events()) absl::StrAppend(&history, event.before_json(), "\n", event.after_json(), "\n");
      after = page.last_position();
    }
  }
  static void ExpectWithout(const std::string& dump, const std::vector<std::string>& told) {
    for (const std::string& text : told) {
      for (size_t at = dump.find(text); at != std::string::npos; at = dump.find(text, at + 1)) {
        const size_t begin = dump.rfind('\n', at) + 1;
        ADD_FAILURE() << text << " stands in " << dump.substr(begin, std::min<size_t>(dump.find('\n', at) - begin, 300));
      }
    }
  }

  template <typename Answer>
  Answer Get(const std::string& method, const std::string& request) {
    Answer answer;
    EXPECT_TRUE(answer.ParseFromString(Ask("employees/one", method, request)->SerializeAsString()));
    return answer;
  }

  void EraseEmployee();
  void EraseCandidate();
  void EraseJudged();

  Suite& suite_ = ToldSuite();
};

void ToldTest::EraseEmployee() {
  SCOPED_TRACE("an employee");
  constexpr char kHer[] = "employees/chen-yi-jun-told", kName[] = "Chen Yi-jun", kWhy[] = "a-reason-of-hers";
  Ask("employees/one", "StaffService.RecordAbsence",
      absl::StrCat("name: '", kHer,
                   "' request_id: 'absence' absence { start_date { year: 2025 month: 11 day: 3 } end_date { year: 2025 month: 11 "
                   "day: 4 } reason: '",
                   kWhy, "' }"));
  EXPECT_TRUE(absl::StrContains(suite_.Dump(), kName)) << "a copy of the name stands in another service";
  Ask("employees/one", "StaffService.TerminateEmployee", absl::StrCat("name: '", kHer, "' leave_date { year: 2025 month: 12 day: 30 }"));
  Erase(kHer);
  const std::string dump = suite_.Dump();
  EXPECT_TRUE(absl::StrContains(dump, kHer));
  ExpectWithout(dump, {kName, kWhy, "asked for by letter"});
}

// The candidate who became an employee: applied twice under different addresses, went through interviews, declined once. And the one who
// came by a list and was erased in the story.
void ToldTest::EraseCandidate() {
  SCOPED_TRACE("a candidate");
  const std::vector<std::string> told = {"Mei@Example.com",
                                         "mei.wang@example.com",
                                         "+886912345678",
                                         "Mei Wang",
                                         "Hosted at a fair",
                                         "Carries a room",
                                         "Heard once more",
                                         "Seen at the fair",
                                         "Papers are missing",
                                         "The pay is too low",
                                         "To be worded anew",
                                         "5001713",
                                         "5202719",
                                         "5907131"};
  const std::unique_ptr<Message> listed = Ask("employees/one", "CandidateService.ListCandidates", "page_size: 1000");
  personnel::v1::ListCandidatesResponse candidates;
  ASSERT_TRUE(candidates.ParseFromString(listed->SerializeAsString()));
  std::string person;
  for (const personnel::v1::Candidate& each : candidates.candidates()) {
    if (each.phone() == "+886912345678") person = each.name();
  }
  ASSERT_NE(person, "");
  ExpectWithout(suite_.Dump(), told);
  const std::string before = History();
  for (const std::string& text : told) EXPECT_TRUE(absl::StrContains(before, text)) << text << " was told";
  EXPECT_FALSE(absl::StrContains(before, "ho.li@example.com"));
  Erase(person);
  const std::string after = History();
  EXPECT_TRUE(absl::StrContains(after, person));
  ExpectWithout(after, told);
  const std::string dump = suite_.Dump();
  ExpectWithout(dump, told);
  ExpectWithout(dump, {"ho.li@example.com", "asked for by letter"});
}

// What the story says of people in appraisals, interviews, plans and promotions is sealed wherever it lies; after one of them is erased,
// the cycle that was closed is still proven.
void ToldTest::EraseJudged() {
  SCOPED_TRACE("somebody who was judged");
  constexpr char kGuide[] = "employees/ma-told";
  const auto cycles = Get<personnel::v1::ListAppraisalCyclesResponse>("AppraisalCycleService.ListAppraisalCycles",
                                                                      "filter: 'department = \"guides-told\"'");
  ASSERT_EQ(cycles.appraisal_cycles_size(), 1);
  const std::string cycle = cycles.appraisal_cycles(0).name();
  const auto summary = [&] {
    const auto sheet =
        Get<personnel::v1::Appraisal>("AppraisalSheetService.GetAppraisal", absl::StrCat("name: '", cycle, "/appraisals/ma-told'"));
    EXPECT_TRUE(sheet.has_points());
    return sheet.summary().text();
  };
  EXPECT_EQ(summary(), "Forty tours.");
  ExpectWithout(suite_.Dump(), {"Forty tours.", "Nobody waited.", "Took over twice.", "Two tours are missing", "Two tours were missing",
                                "Nobody leads Yu Wei", "The first month as a leader", "The figures say so", "The guides say otherwise",
                                "Three sessions without material", "Too many sessions in a week", "All five had material", "Begins on time",
                                "The trains are late", "An hour late"});
  Ask("employees/one", "StaffService.TerminateEmployee", absl::StrCat("name: '", kGuide, "' leave_date { year: 2025 month: 12 day: 30 }"));
  Erase(kGuide);
  EXPECT_EQ(summary(), "");
  const auto verified =
      Get<personnel::v1::VerifyAppraisalCycleResponse>("AppraisalCycleService.VerifyAppraisalCycle", absl::StrCat("name: '", cycle, "'"));
  EXPECT_TRUE(verified.intact());
  EXPECT_EQ(verified.sha256(), cycles.appraisal_cycles(0).sha256());
  EXPECT_EQ(verified.deviation_count(), 0);
}

TEST_F(ToldTest, NoSchemaHoldsAWordOfWhoWasErased) {
  EraseJudged();
  EraseEmployee();
  EraseCandidate();
}

}  // namespace
}  // namespace heitie::contract
