// Requests of every kind against every method: whatever comes, the answer is one that the contract knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "common/rpc/services.h"
#include "common/status/status.h"
#include "common/test/matchers.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/options/v1/discretion.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/handover.pb.h"
#include "tests/contract/people.h"
#include "tests/contract/prose.h"
#include "tests/contract/request_generator.h"
#include "tests/contract/suite.h"
#include "tests/contract/witness.h"
#include "tests/story/player.h"

namespace heitie::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kRounds = 5;
constexpr int kPopulatingRounds = 3;
constexpr int kBetweenJobs = 40;  // requests of the story

class HostileTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  HostileTest() : generator_(GetParam()) {}

  absl::Status Ask(const MethodDescriptor& method, const std::string& bytes, const std::string& shown) {
    return witness_.Ask(arrival_, method, bytes, shown);
  }
  absl::Status Ask(const MethodDescriptor& method, const Message& request, std::string* response = nullptr) {
    return witness_.Ask(arrival_, method, request, response);
  }

  void AskPlausible(const MethodDescriptor& method) {
    const std::unique_ptr<Message> request = NewMessage(*method.input_type());
    generator_.FillPlausible(*request);
    std::string response;
    if (AskWell(method, *request, &response).ok() && !rpc::OnlyReads(method)) {
      repeated_ += witness_.AskAgain(arrival_, method, *request, response);
    }
  }

  absl::Status AskWell(const MethodDescriptor& method, const Message& request, std::string* response) {
    const absl::Status status = Ask(method, request, response);
    if (!absl::IsInvalidArgument(status) && !absl::IsPermissionDenied(status)) reached_.insert(method.full_name());
    if (!status.ok()) return status;
    succeeded_.insert(method.full_name());
    const std::unique_ptr<Message> answer = NewMessage(*method.output_type());
    EXPECT_TRUE(answer->ParseFromString(*response));
    generator_.Remember(*answer);
    return status;
  }

  // So that what comes after finds resources in its way: what the story makes as far as it can without its answers, and some others.
  void PopulateWith(const std::vector<const MethodDescriptor*>& methods) {
    int asked = 0;
    for (const story::Sketch& sketch : story::Player(nullptr, "told", kSuiteTime).SketchAll()) {
      if (rpc::OnlyReads(*sketch.method)) continue;
      arrival_ = From(sketch.who.resource, sketch.who.role, sketch.who.department);
      generator_.Complete(*sketch.request);
      std::string response;
      (void)AskWell(*sketch.method, *sketch.request, &response);
      if (++asked % kBetweenJobs == 0) {
        EXPECT_THAT(suite_.RunJobs(), test::IsOk());
      }
    }
    arrival_ = WithEveryRole();
    for (int round = 0; round < kPopulatingRounds; ++round) {
      for (const auto* method : methods) {
        if (absl::StartsWith(method->name(), "Create") || absl::StartsWith(method->name(), "Approve")) AskPlausible(*method);
      }
    }
  }

  void AskSpoiled(const MethodDescriptor& method) {
    const std::unique_ptr<Message> request = NewMessage(*method.input_type());
    generator_.FillPlausible(*request);
    generator_.Spoil(*request);
    (void)Ask(method, *request);
  }

  void AskGarbled(const MethodDescriptor& method) {
    const std::unique_ptr<Message> request = NewMessage(*method.input_type());
    generator_.FillPlausible(*request);
    (void)Ask(method, generator_.Garble(request->SerializeAsString()), "(garbled)");
  }

  RequestGenerator generator_;
  Suite suite_;
  Witness witness_{suite_};
  rpc::Arrival arrival_ = WithEveryRole();  // who asks
  std::set<std::string> reached_;           // methods whose handlers have been asked, whatever they answered
  std::set<std::string> succeeded_;
  int repeated_ = 0;
};

TEST_P(HostileTest, EveryAnswerIsOneOfTheContracts) {
  const std::vector<const MethodDescriptor*> methods = Methods();
  PopulateWith(methods);
  for (int round = 0; round < kRounds; ++round) {
    for (const auto* method : methods) {
      AskPlausible(*method);
      AskSpoiled(*method);
      AskSpoiled(*method);
      AskGarbled(*method);
      if (HasFailure()) return;
    }
  }
  // The plausible requests must reach the handlers, or all this shows nothing. What stands far on in its life few of them find.
  EXPECT_GT(reached_.size(), methods.size() * 49 / 50) << reached_.size() << " of " << methods.size();
  EXPECT_GT(succeeded_.size(), methods.size() * 4 / 5) << succeeded_.size() << " of " << methods.size();
  EXPECT_GT(repeated_, 50);
}

class ReadTest : public HostileTest {};

// They change nothing but the audit trail, which keeps who asked and why.
const std::set<std::string> kKeepWhoAsked = {"heitie.metrics.v1.QualityService.VerifyFigures",
                                             "heitie.resource.v1.MoneyService.VerifyLedgers"};

// A GET, and what claims NO_SIDE_EFFECTS, is taken for harmless: by caches, crawlers and clients that ask again.
TEST_P(ReadTest, WhatOnlyReadsChangesNothing) {
  constexpr int kTries = 20;
  PopulateWith(Methods());
  succeeded_.clear();
  const int64_t before = suite_.Events();
  EXPECT_GT(before, 0);
  size_t reading = 0;
  for (const auto* method : Methods()) {
    if (!rpc::OnlyReads(*method) || kKeepWhoAsked.count(method->full_name()) > 0) continue;
    ++reading;
    for (int i = 0; i < kTries; ++i) AskPlausible(*method);
    ASSERT_EQ(suite_.Events(), before) << method->full_name() << " has changed something";
  }
  EXPECT_GT(succeeded_.size(), reading * 3 / 4) << succeeded_.size() << " of " << reading;
}

// The paths that masks can name in a resource, also those that lead into its messages.
std::vector<std::string> PathsOf(const google::protobuf::Descriptor& message, int depth = 0) {
  std::vector<std::string> paths;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto* field = message.field(i);
    paths.push_back(field->name());
    if (field->is_repeated() || field->message_type() == nullptr || depth == 3) continue;
    for (const std::string& below : PathsOf(*field->message_type(), depth + 1)) paths.push_back(absl::StrCat(field->name(), ".", below));
  }
  return paths;
}

class MaskTest : public HostileTest {};

// Whatever a mask leads into and whatever stands there afterwards, an update is done or refused by name.
TEST_P(MaskTest, EveryUpdateSurvivesEveryMask) {
  constexpr int kTries = 6;
  PopulateWith(Methods());
  std::map<std::string, int> done;
  for (const auto* method : Methods()) {
    if (method->input_type()->FindFieldByName("update_mask") == nullptr) continue;
    done[method->name()] = 0;
    for (const std::string& path : PathsOf(*method->output_type())) {
      for (int i = 0; i < kTries; ++i) {
        const std::unique_ptr<Message> request = NewMessage(*method->input_type());
        generator_.FillUpdate(*request, path);
        done[method->name()] += Ask(*method, *request).ok();
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(done.size(), 12u);
  int updated = 0;
  for (const auto& [name, count] : done) updated += count > 0;
  EXPECT_GT(updated, 5) << "most updates must reach their rows";
}

// The resource that a List method answers with; nullptr of other methods.
const google::protobuf::Descriptor* Listed(const MethodDescriptor& method) {
  if (method.input_type()->FindFieldByName("filter") == nullptr) return nullptr;
  for (int i = 0; i < method.output_type()->field_count(); ++i) {
    const auto* field = method.output_type()->field(i);
    if (field->is_repeated() && field->message_type() != nullptr) return field->message_type();
  }
  return nullptr;
}

class ListTest : public HostileTest {
 protected:
  void AskList(const MethodDescriptor& method, const char* field, const std::string& value) {
    const std::unique_ptr<Message> request = NewMessage(*method.input_type());
    generator_.FillPlausible(*request);
    const auto* descriptor = method.input_type()->FindFieldByName(field);
    ASSERT_NE(descriptor, nullptr) << method.full_name() << " has no " << field;
    request->GetReflection()->SetString(request.get(), descriptor, value);
    taken_ += Ask(method, *request).ok();
  }
  int taken_ = 0;
};

// Whatever a field is called and holds, a filter or an order that names it is understood or refused.
TEST_P(ListTest, EveryFieldMayBeNamedInFiltersAndOrders) {
  for (const auto* method : Methods()) {
    const auto* resource = Listed(*method);
    for (int i = 0; resource != nullptr && i < resource->field_count(); ++i) {
      const std::string field = resource->field(i)->name();
      for (const char* condition :
           {" = a", " = \"價格\"", " : \"價格%_\"", " != \"\"", " < 1", " = 99999999999999999999", " = true", " >= \"2026-01-01\"",
            " > \"2026-01-01T00:00:00Z\"", " = \"0000-00-00\"", " = -1e999", " = STATE_UNSPECIFIED"}) {
        AskList(*method, "filter", field + condition);
      }
      AskList(*method, "order_by", field);
      AskList(*method, "order_by", field + " desc");
    }
  }
  EXPECT_GT(taken_, 1000);
}

INSTANTIATE_TEST_SUITE_P(Seed, MaskTest, ::testing::Values(1u));
INSTANTIATE_TEST_SUITE_P(Seed, ListTest, ::testing::Values(1u));
INSTANTIATE_TEST_SUITE_P(Seed, ReadTest, ::testing::Values(1u));
INSTANTIATE_TEST_SUITE_P(Seeds, HostileTest, ::testing::Range(1u, 5u));

}  // namespace
}  // namespace heitie::contract
