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
#include "tests/story/player.h"
#include "tests/story/shop_page.h"

namespace heitie::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kRounds = 5;
constexpr int kPopulatingRounds = 3;
constexpr int kBetweenJobs = 40;  // requests of the story

// "" when a client can do something with the answer.
std::string Complaint(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return "";
    case absl::StatusCode::kInvalidArgument: {
      const std::string reason = status::ReasonOf(status);
      const bool about_no_field = reason == "MALFORMED" || reason == "REQUEST_ID_REUSED";
      return about_no_field || !test::Violations(status).empty() ? "" : "INVALID_ARGUMENT that names no field";
    }
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kDeadlineExceeded:
      return "a failure of the service";
    case absl::StatusCode::kUnavailable: {
      // What comes or goes on by itself is no failure: a calendar that a service does not know yet, events to come, a launch whose page
      // does not answer.
      static const std::set<std::string> kByItself = {"CALENDAR_UNKNOWN", "EVENTS_BEHIND", "LAUNCH_CONTINUES", "LAUNCH_GIVEN_UP",
                                                      "FACTS_MISSING"};
      return kByItself.count(status::ReasonOf(status)) > 0 ? "" : "a failure of the service";
    }
    default:
      return status::ReasonOf(status).empty() ? "an error without a reason" : "";
  }
}

// Titles are quoted and stay in their own language.
std::string WithoutQuoted(const std::string& sentence) {
  const std::vector<std::string> parts = absl::StrSplit(sentence, '"');
  std::string rest;
  for (size_t i = 0; i < parts.size(); i += 2) absl::StrAppend(&rest, parts[i], "、");
  return rest;
}

// English prose in what Chinese readers are told; but what the request itself holds comes back as it is.
std::string ProseFor(const absl::Status& status, const std::string& shown) {
  for (const status::Language language : {status::Language::kTraditionalChinese, status::Language::kSimplifiedChinese}) {
    std::vector<std::string> sentences;
    const google::rpc::Status proto = status::ToProto(status, language);
    for (const auto& detail : proto.details()) {
      google::rpc::BadRequest bad;
      google::rpc::PreconditionFailure failure;
      google::rpc::LocalizedMessage message;
      if (detail.UnpackTo(&message)) sentences.push_back(message.message());
      if (detail.UnpackTo(&bad)) {
        for (const auto& violation : bad.field_violations()) sentences.push_back(violation.description());
      }
      if (detail.UnpackTo(&failure)) {
        for (const auto& violation : failure.violations()) sentences.push_back(violation.description());
      }
    }
    for (const std::string& sentence : sentences) {
      const std::string prose = ProseIn(WithoutQuoted(sentence));
      if (!prose.empty() && !absl::StrContains(shown, prose)) return sentence;
    }
  }
  return "";
}

class HostileTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  HostileTest() : generator_(GetParam()) {}

  absl::Status Ask(const MethodDescriptor& method, const std::string& bytes, const std::string& shown, std::string* response = nullptr) {
    const absl::Status status = suite_.Ask(arrival_, method, bytes, response);
    const std::string complaint = Complaint(status);
    EXPECT_EQ(complaint, "") << method.full_name() << ": " << absl::StatusCodeToString(status.code()) << " " << status.message() << "\n"
                             << shown.substr(0, 2000);
    EXPECT_EQ(ProseFor(status, shown), "") << method.full_name() << ": " << status.message();
    return status;
  }
  absl::Status Ask(const MethodDescriptor& method, const Message& request, std::string* response = nullptr) {
    return Ask(method, request.SerializeAsString(), request.ShortDebugString(), response);
  }

  void AskPlausible(const MethodDescriptor& method) {
    const std::unique_ptr<Message> request = NewMessage(*method.input_type());
    generator_.FillPlausible(*request);
    std::string response;
    if (AskWell(method, *request, &response).ok() && !rpc::OnlyReads(method)) AskAgain(method, *request, response);
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

  // The same request_id with the same request repeats the answer, with another it is refused (AIP-155).
  void AskAgain(const MethodDescriptor& method, Message& request, const std::string& first) {
    const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
    if (field == nullptr || request.GetReflection()->GetString(request, field).empty()) return;
    if (method.options().GetExtension(options::v1::discreet)) return;  // What a repetition means is its own.
    ++repeated_;
    std::string second;
    EXPECT_TRUE(Ask(method, request, &second).ok());
    // The entries of a map stand in any order.
    const std::unique_ptr<Message> before = NewMessage(*method.output_type()), after = NewMessage(*method.output_type());
    ASSERT_TRUE(before->ParseFromString(first) && after->ParseFromString(second)) << method.full_name();
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*before, *after))
        << method.full_name() << " answers a repeated request otherwise: " << request.ShortDebugString() << "\n"
        << before->ShortDebugString() << "\n"
        << after->ShortDebugString();
    request.GetReflection()->MutableUnknownFields(&request)->AddVarint(15000, 1);
    EXPECT_EQ(status::ReasonOf(Ask(method, request)), "REQUEST_ID_REUSED") << method.full_name() << " " << request.ShortDebugString();
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

// A GET, and what claims NO_SIDE_EFFECTS, is taken for harmless: by caches, crawlers and clients that ask again.
TEST_P(ReadTest, WhatOnlyReadsChangesNothing) {
  constexpr int kTries = 20;
  PopulateWith(Methods());
  succeeded_.clear();
  const int64_t before = suite_.Events();
  EXPECT_GT(before, 0);
  size_t reading = 0;
  for (const auto* method : Methods()) {
    if (!rpc::OnlyReads(*method)) continue;
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

class StoryTest : public HostileTest {
 protected:
  // Every time in the story is finer than what the database keeps.
  static void AddNanoseconds(Message& message) {
    if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor())
      return static_cast<google::protobuf::Timestamp&>(message).set_nanos(789);
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    const auto& r = *message.GetReflection();
    r.ListFields(message, &fields);
    for (const auto* field : fields) {
      if (field->message_type() == nullptr || field->is_map()) continue;
      if (!field->is_repeated()) AddNanoseconds(*r.MutableMessage(&message, field));
      for (int i = 0; field->is_repeated() && i < r.FieldSize(message, field); ++i)
        AddNanoseconds(*r.MutableRepeatedMessage(&message, field, i));
    }
  }

  // What a change answers is what can be read afterwards.
  void CompareWithGet(const MethodDescriptor& method, const Message& answer) {
    const auto* get = rpc::FindMethod(rpc::ProcessOf(*method.service()), absl::StrCat("Get", method.output_type()->name()));
    if (get == nullptr || get->output_type() != method.output_type()) return;
    const std::unique_ptr<Message> request = NewMessage(*get->input_type()), read = NewMessage(*get->output_type());
    const std::string name = answer.GetReflection()->GetString(answer, answer.GetDescriptor()->FindFieldByName("name"));
    request->GetReflection()->SetString(request.get(), request->GetDescriptor()->FindFieldByName("name"), name);
    std::string response;
    ASSERT_TRUE(Ask(*get, *request, &response).ok()) << name;
    ASSERT_TRUE(read->ParseFromString(response));
    EXPECT_THAT(*read, test::EqualsProto(answer)) << method.full_name() << " answers otherwise than " << get->name();
    ++compared_;
  }

  // What is created below something is not created below nothing.
  void AskBelowNobody(const MethodDescriptor& method, const Message& told) {
    const auto* parent = told.GetDescriptor()->FindFieldByName("parent");
    if (!absl::StartsWith(method.name(), "Create") || parent == nullptr) return;
    const std::unique_ptr<Message> request(told.New());
    request->CopyFrom(told);
    const auto& r = *request->GetReflection();
    const std::string name = r.GetString(*request, parent);
    r.SetString(request.get(), parent, absl::StrCat(name.substr(0, name.rfind('/') + 1), "nobody"));
    r.SetString(request.get(), request->GetDescriptor()->FindFieldByName("request_id"), absl::StrCat("story-", sent_++));
    EXPECT_THAT(Ask(method, *request), test::HasReason("NOT_FOUND")) << method.full_name() << " below " << name << "'s missing sibling";
  }

  // One request of the story. A change is asked for again, and what it answers is compared with what can be read.
  absl::Status Send(const story::Person& who, const MethodDescriptor& method, const Message& told, Message* answer) {
    arrival_ = From(who.resource, who.role, who.department);
    const std::unique_ptr<Message> request(told.New());
    request->CopyFrom(told);
    AddNanoseconds(*request);
    const auto* request_id = request->GetDescriptor()->FindFieldByName("request_id");
    if (request_id != nullptr && request->GetReflection()->GetString(*request, request_id).empty()) {
      request->GetReflection()->SetString(request.get(), request_id, absl::StrCat("story-", sent_++));
    }
    std::string response;
    const absl::Status status = Ask(method, *request, &response);
    if (!status.ok()) return status;
    succeeded_.insert(method.full_name());
    EXPECT_TRUE(answer->ParseFromString(response));
    if (!rpc::OnlyReads(method)) {
      AskAgain(method, *request, response);
      AskBelowNobody(method, *request);
      CompareWithGet(method, *answer);
      EXPECT_THAT(suite_.RunJobs(), test::IsOk());
    } else if (std::string question = method.full_name() + request->SerializeAsString(); question == asked_) {
      EXPECT_THAT(suite_.RunJobs(), test::IsOk());  // the story waits for something
    } else {
      asked_ = std::move(question);
    }
    return status;
  }

  // Everything that the services have written down: whoever is named stands in a field that is declared.
  void LookForPeople() {
    std::map<std::string, int> named;
    for (const auto* method : Methods()) {
      if (method->name() != "ListEvents") continue;
      std::map<std::string, const google::protobuf::Descriptor*> resources = {
          {"type.heitie/HandoverReport", type::v1::HandoverReport::descriptor()}};
      for (const auto* resource : record::ResourcesOf(method->file()->package()))
        resources[resource->options().GetExtension(google::api::resource).type()] = resource;
      type::v1::ListEventsRequest request;
      request.set_page_size(1000);
      type::v1::ListEventsResponse page;
      do {
        std::string response;
        ASSERT_TRUE(Ask(*method, request, &response).ok());
        ASSERT_TRUE(page.ParseFromString(response));
        for (const auto& event : page.events()) {
          if (event.after_json().empty()) continue;
          if (event.subject_type() == "type.heitie/Follower") continue;  // names nobody
          ASSERT_EQ(resources.count(event.subject_type()), 1u) << event.subject_type();
          const std::unique_ptr<Message> resource = NewMessage(*resources[event.subject_type()]);
          ASSERT_TRUE(record::FromJson(event.after_json(), resource.get()));
          ForEachEmployee(*resource, [&](const google::protobuf::FieldDescriptor& field, bool declared) {
            ++named[field.full_name()];
            EXPECT_TRUE(declared) << field.full_name() << " names an employee and does not say what that means";
          });
        }
        request.set_after_position(page.last_position());
      } while (page.events_size() > 0);
    }
    EXPECT_GT(named.size(), 20u);
  }

  int sent_ = 0, compared_ = 0;
  std::string asked_;  // the last question
};

// Every method is called by somebody who may, every change succeeds where it should and happens once however often it is asked for, and
// what the story says of each answer is so.
TEST_P(StoryTest, IsTrueAndKnowsEveryMethod) {
  story::Player player([this](const auto&... arguments) { return Send(arguments...); }, "told", kSuiteTime);
  const story::ShopPage page(player);
  player.At("DAYS_LATER", [this] { EXPECT_THAT(suite_.RunJobs(absl::Hours(72)), test::IsOk()); });
  player.Play("", "");
  for (const auto* method : Methods()) {
    // They take an event that nobody can digest, which no request makes, and a mirror, which not every service keeps: common/event tries
    // them.
    if (method->name() == "StepOverEvent" || method->name() == "RebuildMirror") continue;
    // It takes a simulation that is under way, and here all jobs are done before the next request: services/risk tries it.
    if (method->name() == "CancelLossSimulation") continue;
    // They take a robot that has reached its provider, and the story leaves the world alone: services/planning tries them.
    if (method->name() == "GetDeliveryAttempt" || method->name() == "ResendDelivery") continue;
    // Of a service in which nobody answers for anything there is nothing to hand over.
    const auto resources = record::ResourcesOf(method->file()->package());
    const bool answers = std::any_of(resources.begin(), resources.end(),
                                     [](const auto* resource) { return !record::ResponsibilitiesOf(*resource).empty(); });
    if (method->name() == "HandOver" && !answers) continue;
    EXPECT_EQ(succeeded_.count(method->full_name()), 1u) << "no line of the story calls " << method->full_name()
                                                         << ": add one to the file of its chapter, tests/story/*.story, in a section "
                                                         << "[aside] unless the story needs it (tests/story/player.h tells the form)";
  }
  EXPECT_GT(compared_, 30);
  LookForPeople();
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
INSTANTIATE_TEST_SUITE_P(Seed, StoryTest, ::testing::Values(1u));
INSTANTIATE_TEST_SUITE_P(Seeds, HostileTest, ::testing::Range(1u, 5u));

}  // namespace
}  // namespace heitie::contract
