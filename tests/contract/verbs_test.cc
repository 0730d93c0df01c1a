// What answers offer in `allowed_verbs` can be done: each verb is tried, without doing it, on rows of every kind and state that the whole
// story leaves. A row may need something that it does not tell, of another row, of who asks or of the clock; nothing of its own is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "tests/contract/request_generator.h"
#include "tests/contract/suite.h"
#include "tests/contract/told.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Rows of a kind in one state that are tried.
constexpr size_t kRowsOfAState = 3;

// Reasons for which an offered verb may be refused: what decides is not of the row.
const std::map<std::string, std::string>& BeyondTheRow() {
  static const auto& reasons = *new std::map<std::string, std::string>{
      {"CUSTODY_EXCEEDED", "how much the request names"},
      {"MEETING_NOT_HELD", "its meeting"},
      {"MERGE_OF_ACTIVITIES", "the other one, which the request names"},
      {"NOT_ACTIONABLE", "tasks, schemes and citations of the project"},
      {"NO_BUDGET", "budgets of the cost center that the request names"},
      {"NO_SUCH_ABSENCE", "the day that the request names"},
      {"NO_SUCH_ASSIGNMENT", "the day that the request names"},
      {"OWNER_LEFT", "whether who is named is still employed"},
      {"PLAN_RESTS_ON_IT", "its project"},
      {"PREPARATION_OVER", "its activity"},
      {"PROJECT_CLOSED", "its project"},
      {"ROBOT_ENDED", "its robot"},
      {"SESSION_AHEAD", "the day of today"},
      {"SUPERIOR_NOT_EMPLOYED", "the superior"},
      {"TASKS_UNFINISHED", "tasks of the project"},
      {"TREATMENT_NOT_PERMITTED", "the treatment that the request names"},
  };
  return reasons;
}

class VerbsTest : public ::testing::Test {
 protected:
  // The method that a verb of `resource` names, where it can be tried; nullptr otherwise.
  static const MethodDescriptor* MethodOf(const Descriptor& resource, const std::string& verb) {
    for (const auto* method : Methods()) {
      if (method->file()->package() != resource.file()->package()) continue;
      const FieldDescriptor* name = method->input_type()->FindFieldByName("name");
      if (name == nullptr || method->input_type()->FindFieldByName("validate_only") == nullptr) continue;
      const std::string& type = resource.options().GetExtension(google::api::resource).type();
      if (name->options().GetExtension(google::api::resource_reference).type() != type) continue;
      if (absl::EndsWith(method->options().GetExtension(google::api::http).post(), ":" + verb)) return method;
    }
    return nullptr;
  }

  absl::Status Ask(const MethodDescriptor& method, const Message& request, Message* answer) {
    std::string bytes;
    const absl::Status status = suite_.Ask(WithEveryRole(), method, request.SerializeAsString(), &bytes);
    if (status.ok()) EXPECT_TRUE(answer->ParseFromString(bytes));
    return status;
  }

  void TryAll(const Message& row) {
    const auto& r = *row.GetReflection();
    const Descriptor& resource = *row.GetDescriptor();
    const FieldDescriptor* verbs = resource.FindFieldByName("allowed_verbs");
    for (int i = 0; i < r.FieldSize(row, verbs); ++i) {
      const std::string verb = r.GetRepeatedString(row, verbs, i);
      const MethodDescriptor* method = MethodOf(resource, verb);
      if (method == nullptr) continue;
      const auto request = NewMessage(*method->input_type());
      const auto set = [&](const char* field) { return request->GetDescriptor()->FindFieldByName(field); };
      request->GetReflection()->SetString(request.get(), set("name"), r.GetString(row, resource.FindFieldByName("name")));
      // The same for every row, so that another line of the story does not make other requests.
      RequestGenerator(1).Complete(*request);
      request->GetReflection()->SetBool(request.get(), set("validate_only"), true);
      const auto answer = NewMessage(*method->output_type());
      const absl::Status status = Ask(*method, *request, answer.get());
      ++tried_;
      done_ += status.ok();
      if (!absl::IsFailedPrecondition(status)) continue;
      const std::string reason = status::ReasonOf(status);
      if (BeyondTheRow().count(reason) > 0) continue;
      refused_.emplace(absl::StrCat(resource.name(), " ", verb, " ", reason),
                       absl::StrCat(status.message(), " by ", request->ShortDebugString(), " of ", row.ShortDebugString()));
    }
  }

  Suite& suite_ = ToldSuite();
  std::map<std::string, std::string> refused_;  // an example for each verb and reason
  int tried_ = 0, done_ = 0;
};

TEST_F(VerbsTest, WhatIsOfferedCanBeDone) {
  for (const auto* get : Methods()) {
    const Descriptor& resource = *get->output_type();
    if (get->name() != absl::StrCat("Get", resource.name()) || resource.FindFieldByName("allowed_verbs") == nullptr) continue;
    if (resource.file()->package() == "heitie.gateway.v1") continue;
    const FieldDescriptor* state = resource.FindFieldByName("state");
    std::map<int, std::vector<std::string>> names;  // by state
    for (const auto& row : suite_.Rows(resource)) {
      names[state == nullptr ? 0 : row->GetReflection()->GetEnumValue(*row, state)].push_back(
          row->GetReflection()->GetString(*row, resource.FindFieldByName("name")));
    }
    for (const auto& [value, all] : names) {
      // From first to last, so that they are as various as the story made them.
      const size_t step = std::max<size_t>(1, (all.size() + kRowsOfAState - 1) / kRowsOfAState);
      for (size_t i = 0; i < all.size(); i += step) {
        const auto request = NewMessage(*get->input_type());
        request->GetReflection()->SetString(request.get(), request->GetDescriptor()->FindFieldByName("name"), all[i]);
        const auto row = NewMessage(resource);
        if (Ask(*get, *request, row.get()).ok()) TryAll(*row);
      }
    }
  }
  for (const auto& [what, example] : refused_) ADD_FAILURE() << what << ": " << example;
  EXPECT_GT(tried_, 200);
  EXPECT_GT(done_, 100);
}

}  // namespace
}  // namespace heitie::contract
