// Somebody whose name stands all over the suite leaves and is erased: no table of any service holds a word of hers afterwards. And what
// else personal data must not get into.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/contract.h"
#include "common/seal/seal.h"
#include "common/test/fixture.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "tests/contract/suite.h"
#include "tests/story/player.h"

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

TEST(PrivacyTest, NoSchemaHoldsAWordOfWhoWasErased) {
  constexpr char kHer[] = "employees/chen-yi-jun-told", kName[] = "Chen Yi-jun", kWhy[] = "a-reason-of-hers";
  Suite suite;
  story::Player player(
      [&](const story::Person& who, const MethodDescriptor& method, const Message& request, Message* answer) {
        std::string response;
        const absl::Status status = suite.Ask(From(who.resource, who.role, who.department), method, request.SerializeAsString(), &response);
        if (!status.ok()) return status;
        EXPECT_TRUE(answer->ParseFromString(response));
        return suite.RunJobs();
      },
      "told", kSuiteTime);
  player.Play("", "");
  const auto ask = [&](const std::string& who, const std::string& method, const std::string& json) {
    for (const MethodDescriptor* each : Methods()) {
      if (each->full_name() != "heitie.personnel.v1." + method) continue;
      const std::unique_ptr<Message> request = NewMessage(*each->input_type());
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(json, request.get())) << json;
      EXPECT_THAT(suite.Ask(From(who, options::v1::ROLE_OPERATIONS_MANAGER, ""), *each, request->SerializeAsString()), test::IsOk())
          << method;
      EXPECT_THAT(suite.RunJobs(), test::IsOk());
      return;
    }
    ADD_FAILURE() << "there is no method " << method;
  };
  ask("employees/one", "StaffService.RecordAbsence",
      absl::StrCat("name: '", kHer,
                   "' request_id: 'absence' absence { start_date { year: 2025 month: 11 day: 3 } end_date { year: 2025 month: 11 "
                   "day: 4 } reason: '",
                   kWhy, "' }"));
  EXPECT_TRUE(absl::StrContains(suite.Dump(), kName)) << "a copy of the name stands in another service";
  ask("employees/one", "StaffService.TerminateEmployee", absl::StrCat("name: '", kHer, "' leave_date { year: 2025 month: 12 day: 30 }"));
  ask("employees/one", "PrivacyService.CreatePersonalFile",
      absl::StrCat("personal_file_id: 'hers' personal_file { person: '", kHer, "' }"));
  ask("employees/one", "PrivacyService.ProposeErasure", "name: 'personalFiles/hers' reason: 'asked for by letter'");
  ask("employees/two", "PrivacyService.ApproveErasure", "name: 'personalFiles/hers'");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(suite.RunJobs(), test::IsOk());
  const std::string dump = suite.Dump();
  EXPECT_TRUE(absl::StrContains(dump, kHer));
  for (const char* text : {kName, kWhy, "asked for by letter"}) {
    for (size_t at = dump.find(text); at != std::string::npos; at = dump.find(text, at + 1)) {
      const size_t begin = dump.rfind('\n', at) + 1;
      ADD_FAILURE() << text << " stands in " << dump.substr(begin, std::min<size_t>(dump.find('\n', at) - begin, 300));
    }
  }
}

}  // namespace
}  // namespace heitie::contract
