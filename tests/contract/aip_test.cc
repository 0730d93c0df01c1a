// What users of other APIs by AIP (aip.dev) take for granted, of every kind and method of the suite. New ones are covered as soon as they
// are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/record/list.h"
#include "common/record/state_machine.h"
#include "common/rpc/services.h"
#include "common/test/fixture.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "tests/contract/suite.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using ::testing::IsEmpty;

// Lists whose rows the kit reads.
bool IsList(const MethodDescriptor& method) {
  return absl::StartsWith(method.name(), "List") && method.input_type()->FindFieldByName("return_total_size") != nullptr;
}

std::string HttpPathOf(const MethodDescriptor& method) {
  const auto& http = method.options().GetExtension(google::api::http);
  return absl::StrCat(http.get(), http.post(), http.patch(), http.put(), http.delete_());
}

// A parent that nobody has made; "" where the list has none, "-" in each id where `all`.
std::string ParentOf(const MethodDescriptor& method, bool all) {
  const FieldDescriptor* parent = method.input_type()->FindFieldByName("parent");
  if (parent == nullptr) return "";
  for (int i = 0; i < method.output_type()->field_count(); ++i) {
    const FieldDescriptor* field = method.output_type()->field(i);
    if (!field->is_repeated() || field->message_type() == nullptr) continue;
    std::vector<std::string> parts = absl::StrSplit(field->message_type()->options().GetExtension(google::api::resource).pattern(0), '/');
    parts.resize(parts.size() < 2 ? 0 : parts.size() - 2);
    for (std::string& part : parts) {
      if (absl::StartsWith(part, "{")) part = all ? "-" : "nobody-has-this";
    }
    return absl::StrJoin(parts, "/");
  }
  return "";
}

TEST(AipContract, ListsSayHowManyThereAre) {
  int lists = 0;
  for (const auto* method : Methods()) {
    if (!IsList(*method)) continue;
    ++lists;
    for (const char* field : {"total_size", "total_size_capped"}) {
      const FieldDescriptor* found = method->output_type()->FindFieldByName(field);
      ASSERT_NE(found, nullptr) << method->full_name() << " " << field;
      EXPECT_TRUE(found->has_optional_keyword()) << found->full_name() << " is not there unless it was asked for";
    }
  }
  EXPECT_GT(lists, 150);
}

TEST(AipContract, WhatCanBeTriedHasARequestId) {
  int methods = 0;
  for (const auto* method : Methods()) {
    const FieldDescriptor* field = method->input_type()->FindFieldByName("validate_only");
    if (field == nullptr) continue;
    ++methods;
    EXPECT_EQ(field->type(), FieldDescriptor::TYPE_BOOL) << field->full_name();
    EXPECT_FALSE(rpc::OnlyReads(*method)) << method->full_name();
    EXPECT_NE(method->input_type()->FindFieldByName("request_id"), nullptr) << method->full_name();
  }
  EXPECT_GT(methods, 400);
}

TEST(AipContract, SeveralAreHadAsOneIs) {
  int batches = 0;
  for (const auto* method : Methods()) {
    if (!absl::StartsWith(method->name(), "BatchGet")) continue;
    ++batches;
    const auto* rows = method->output_type()->field(0);
    const std::string get = absl::StrCat("Get", rows->message_type()->name());
    const auto* one = method->service()->FindMethodByName(get);
    ASSERT_NE(one, nullptr) << method->full_name() << " without " << get;
    EXPECT_EQ(rpc::AccessOf(*one).DebugString(), rpc::AccessOf(*method).DebugString())
        << method->full_name() << " is for whom " << get << " is";
    EXPECT_TRUE(absl::EndsWith(HttpPathOf(*method), ":batchGet")) << HttpPathOf(*method);
  }
  EXPECT_GT(batches, 10);
}

// Beginnings of the names of methods after which a resource is gone or over.
constexpr const char* kEnds[] = {"Delete", "Archive", "Cancel",  "Close",  "Discard", "Drop",      "End",
                                 "Merge",  "Reject",  "Release", "Retire", "Revoke",  "Terminate", "Withdraw"};

// Kinds that people create and that neither go nor end by a method, and why.
const std::map<std::string, std::string>& WhatStays() {
  static const auto& kinds = *new std::map<std::string, std::string>{
      // What was said, seen, counted or decided once. It is corrected by what comes after it.
      {"activity.LessonAnswer", "what a plan makes of a lesson"},
      {"activity.Report", "figures that others have read; a later one follows"},
      {"metrics.AnswerSnapshot", "an answer as it was"},
      {"metrics.UserDisclosure", "who was given what"},
      {"metrics.Withdrawal", "what was taken back"},
      {"personnel.AppraisalAdjustment", "decided by a second person, who may reject it"},
      {"personnel.AppraisalObjection", "answered by the cycle's owner"},
      {"personnel.HeadcountPlan", "its versions are decided; a later one follows"},
      {"personnel.PersonalFile", "it is what is kept of a person; erasure ends it"},
      {"planning.AgendaEntry", "concluded, or carried over to another meeting"},
      {"planning.CooperationForm", "requests name its version; a later one follows"},
      {"planning.EvidenceRelation", "proposed by one and decided by another, who may reject it"},
      {"planning.FeedbackEntry", "what a customer has said"},
      {"planning.NoticePreference", "one for each person, who changes it"},
      {"planning.Observation", "what was seen on a day"},
      {"planning.ProgressReport", "what was reported; a later one follows"},
      {"planning.SurveyResult", "an answer as it was"},
      {"planning.SurveyWeighting", "what results rest on"},
      {"resource.Delivery", "a paper of the books; what is wrong goes back"},
      {"resource.GoodsReceipt", "a paper of the books, which a write-off or a return corrects"},
      {"resource.StockClosing", "a month of the books"},
      {"resource.StockTransfer", "a paper of the books; what did not arrive is settled"},
      {"resource.SupplierPrice", "orders were made by it; its last day ends it"},
      {"resource.SupplierReturn", "a paper of the books"},
      {"risk.ControlTest", "what was tested on a day"},
      {"risk.InstrumentClaim", "what was claimed"},
      {"risk.LossEstimate", "what was estimated; a later one follows"},
  };
  return kinds;
}

// Deleted, or led to an end by a verb of its own.
TEST(AipContract, WhatWasCreatedByMistakeGoes) {
  std::set<std::string> names;  // "risk.CloseRisk"
  for (const auto* method : Methods()) names.insert(absl::StrCat(rpc::ProcessOf(*method->service()), ".", method->name()));
  std::vector<std::string> stays;
  int kinds = 0;
  for (const std::string& name : names) {
    const size_t create = name.find(".Create");
    if (create == std::string::npos) continue;
    ++kinds;
    const std::string process = name.substr(0, create), kind = name.substr(create + std::strlen(".Create"));
    const bool goes = std::any_of(std::begin(kEnds), std::end(kEnds),
                                  [&, &all = names](const char* verb) { return all.count(absl::StrCat(process, ".", verb, kind)) > 0; });
    if (!goes) stays.push_back(absl::StrCat(process, ".", kind));
  }
  std::vector<std::string> excused;
  for (const auto& [kind, why] : WhatStays()) excused.push_back(kind);
  EXPECT_THAT(stays, ::testing::UnorderedElementsAreArray(excused)) << "a kind without Delete or an end, or one that needs no excuse";
  EXPECT_GT(kinds, 150);
}

class AipSuiteTest : public ::testing::Test {
 protected:
  absl::Status Ask(const MethodDescriptor& method, const Message& request, Message* answer) {
    std::string bytes;
    const absl::Status status = suite_.Ask(WithEveryRole(), method, request.SerializeAsString(), &bytes);
    if (status.ok() && !answer->ParseFromString(bytes)) return absl::DataLossError(method.full_name());
    return status;
  }
  static void Set(Message& message, const char* field, const std::string& value) {
    message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName(field), value);
  }

  Suite suite_;
};

TEST_F(AipSuiteTest, EveryListKeepsTheRules) {
  std::vector<std::string> unknown_parents;
  int parents = 0;
  for (const auto* method : Methods()) {
    if (!IsList(*method)) continue;
    SCOPED_TRACE(method->full_name());
    const auto request = NewMessage(*method->input_type());
    const auto answer = NewMessage(*method->output_type());
    const auto& r = *request->GetReflection();
    const std::string all = ParentOf(*method, true);
    if (!all.empty()) Set(*request, "parent", all);
    r.SetInt32(request.get(), request->GetDescriptor()->FindFieldByName("page_size"), 1'000'000);
    r.SetBool(request.get(), request->GetDescriptor()->FindFieldByName("return_total_size"), true);
    // Above the greatest, of all parents, counted.
    EXPECT_THAT(Ask(*method, *request, answer.get()), test::IsOk());
    const FieldDescriptor* total = answer->GetDescriptor()->FindFieldByName("total_size");
    EXPECT_TRUE(answer->GetReflection()->HasField(*answer, total));
    // JSON's names in filter and order.
    Set(*request, "filter", "name:*");
    EXPECT_THAT(Ask(*method, *request, answer.get()), test::IsOk());
    Set(*request, "filter", "name = \"nobody*\"");
    EXPECT_THAT(Ask(*method, *request, answer.get()), test::IsOk());
    EXPECT_EQ(answer->GetReflection()->GetInt32(*answer, total), 0);
    Set(*request, "filter", "");
    // Nobody makes a token.
    Set(*request, "page_token", "CgMaATE");
    EXPECT_THAT(Ask(*method, *request, answer.get()), test::HasViolation("page_token", "BAD_VALUE"));
    Set(*request, "page_token", "");
    const std::string nobody = ParentOf(*method, false);
    if (nobody.empty()) continue;
    ++parents;
    Set(*request, "parent", nobody);
    const absl::Status status = Ask(*method, *request, answer.get());
    if (status::ReasonOf(status) != "NOT_FOUND") unknown_parents.push_back(method->full_name());
  }
  EXPECT_GT(parents, 40);
  // Those whose parents are another service's, which this one does not know.
  EXPECT_THAT(unknown_parents, IsEmpty());
}

// Verbs of machines whose methods bear other names, so that no answer offers them by theirs, and why.
const std::map<std::string, std::string>& OtherNames() {
  static const auto& names = *new std::map<std::string, std::string>{
      {"personnel.heitie/Application interview", "advance"},
      {"personnel.heitie/Application return_to_applied", "return"},
      {"personnel.heitie/Application return_to_screening", "return"},
      {"personnel.heitie/Application screen", "advance"},
      {"personnel.heitie/AppraisalAdjustment approve", "decide"},
      {"personnel.heitie/AppraisalAdjustment reject", "decide"},
      {"personnel.heitie/AppraisalObjection reject", "answer"},
      {"personnel.heitie/AppraisalObjection uphold", "answer"},
      // Nobody causes these: jobs and other verbs do.
      {"personnel.heitie/PendingStep escalate", ""},
      {"personnel.heitie/PendingStep finish", ""},
      {"personnel.heitie/PersonalFile expire", ""},
      {"personnel.heitie/StaffingGap hire", "decide"},
      {"personnel.heitie/StaffingGap train", "decide"},
  };
  return names;
}

// A verb that a method causes is called by its own name on the resource; others are known here.
TEST_F(AipSuiteTest, AllowedVerbsAreMethods) {
  std::set<std::string> names, called;
  for (const auto* method : Methods()) {
    const std::string path = HttpPathOf(*method);
    const size_t colon = path.rfind(':');
    names.insert(method->name());
    if (colon != std::string::npos && path.find('}', colon) == std::string::npos) called.insert(path.substr(colon + 1));
  }
  std::vector<std::string> uncalled;
  for (const auto& [type, machine] : record::Machines()) {
    for (int i = 0; i < machine->states().value_count(); ++i) {
      for (const std::string& verb : machine->AllowedVerbs(machine->states().value(i)->number())) {
        const std::string key = absl::StrCat(type, " ", verb);
        const auto other = OtherNames().find(key);
        if (other != OtherNames().end() && other->second.empty()) continue;
        const std::string call = other == OtherNames().end() ? record::CallName(verb) : other->second;
        std::string name = call;
        name[0] = absl::ascii_toupper(static_cast<unsigned char>(name[0]));
        const bool begins =
            std::any_of(called.begin(), called.end(), [&](const std::string& each) { return absl::StartsWith(each, call); });
        if (!begins && names.count(name) == 0) uncalled.push_back(key);
      }
    }
  }
  EXPECT_THAT(uncalled, IsEmpty());
}

}  // namespace
}  // namespace heitie::contract
