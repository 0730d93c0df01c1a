// What every method of every contract owes its callers, read from the contracts alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/services.h"
#include "common/rpc/validate.h"
#include "common/test/matchers.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/options/v1/rules.pb.h"
#include "services/gateway/contracts.h"
#include "services/gateway/route.h"
#include "tests/contract/suite.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::StartsWith;

bool IsOurs(const std::string& full_name) { return absl::StartsWith(full_name, "heitie."); }

// Comments that are missing on what a contract says, each by its full name.
class CommentWalk {
 public:
  void Visit(const MethodDescriptor& method) {
    Require(method, method.full_name());
    Visit(*method.input_type());
    Visit(*method.output_type());
  }
  const std::set<std::string>& missing() const { return missing_; }
  size_t seen() const { return seen_.size(); }

 private:
  // `convention`: what stands in place of a comment.
  template <typename D>
  void Require(const D& descriptor, const std::string& name, const std::string& convention = "") {
    google::protobuf::SourceLocation location;
    const bool said = descriptor.GetSourceLocation(&location) && location.leading_comments.find_first_not_of(" \n") != std::string::npos;
    if (!said && convention.empty()) missing_.insert(name);
  }
  void Visit(const Descriptor& message) {
    if (!IsOurs(message.full_name()) || message.options().map_entry() || !seen_.insert(message.full_name()).second) return;
    Require(message, message.full_name(), rpc::ConventionalComment(message));
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      Require(field, field.full_name(), rpc::ConventionalComment(field));
      if (field.message_type() != nullptr) Visit(*field.message_type());
      if (field.enum_type() != nullptr) Visit(*field.enum_type());
    }
  }
  void Visit(const EnumDescriptor& type) {
    if (!IsOurs(type.full_name()) || !seen_.insert(type.full_name()).second) return;
    Require(type, type.full_name());
    for (int i = 0; i < type.value_count(); ++i) {
      Require(*type.value(i), type.value(i)->full_name(), rpc::ConventionalComment(*type.value(i)));
    }
  }

  std::set<std::string> seen_, missing_;
};

TEST(Contract, EverythingHasAComment) {
  CommentWalk walk;
  for (const auto* service : rpc::ServicesOf()) {
    ASSERT_NE(service, nullptr);
    const auto* commented = gateway::CommentedContracts().FindServiceByName(service->full_name());
    ASSERT_NE(commented, nullptr) << service->full_name();
    google::protobuf::SourceLocation location;
    EXPECT_TRUE(commented->GetSourceLocation(&location) && !location.leading_comments.empty()) << service->full_name();
    for (int i = 0; i < commented->method_count(); ++i) walk.Visit(*commented->method(i));
  }
  EXPECT_THAT(walk.missing(), IsEmpty());
  EXPECT_GT(walk.seen(), 200u);
}

TEST(Contract, EveryMethodHasAnAccessRuleOfKnownRoles) {
  for (const auto* method : Methods()) {
    EXPECT_EQ(rpc::WhyNoRule(*method), "") << method->full_name();
    const options::v1::Access access = rpc::AccessOf(*method);
    EXPECT_TRUE(access.authenticated() || access.without_login() || !access.roles().empty()) << method->full_name();
    std::set<int> roles;
    for (const int role : access.roles()) {
      EXPECT_TRUE(options::v1::Role_IsValid(role) && role != options::v1::ROLE_UNSPECIFIED) << method->full_name();
      EXPECT_TRUE(roles.insert(role).second) << method->full_name() << " names a role twice";
    }
  }
}

// What the platform engineer does to the machinery, and nobody else: no decision of the department's.
bool IsOperation(const MethodDescriptor& method) {
  return method.name() == "StepOverEvent" || method.name() == "RebuildMirror" ||
         (absl::EndsWith(method.name(), "AllowedHost") && !rpc::OnlyReads(method));
}

// Robots are machinery too, which managers may run as well, and everybody is told things and says by which rules and that they know (C2).
bool IsOfNotices(const MethodDescriptor& method) {
  return method.service()->name() == "RobotService" || method.service()->name() == "NoticeService";
}

// The platform engineer runs the suite, reads everything and decides nothing; producers deliver, say what they have delivered, and read
// what became of it.
TEST(Contract, PlatformEngineersOnlyReadAndProducersOnlyDeliver) {
  for (const auto* method : Methods()) {
    std::set<int> roles;
    const options::v1::Access access = rpc::AccessOf(*method);
    roles.insert(access.roles().begin(), access.roles().end());
    if (access.without_login()) continue;
    if (IsOperation(*method)) {
      EXPECT_EQ(roles, std::set<int>{options::v1::ROLE_PLATFORM_ENGINEER}) << method->full_name();
    } else if (!rpc::OnlyReads(*method)) {
      EXPECT_EQ(roles.count(options::v1::ROLE_PLATFORM_ENGINEER), IsOfNotices(*method) ? 1u : 0u) << method->full_name();
    } else {
      EXPECT_EQ(roles.count(options::v1::ROLE_PLATFORM_ENGINEER), 1u) << method->full_name();
    }
    if (roles.count(options::v1::ROLE_PRODUCER) == 1) {
      const bool delivers = absl::StartsWith(method->name(), "Ingest") || absl::StartsWith(method->name(), "Stream") ||
                            absl::StartsWith(method->name(), "Declare") || absl::StartsWith(method->name(), "Receive");
      EXPECT_TRUE(delivers || rpc::OnlyReads(*method)) << method->full_name();
    }
  }
}

TEST(Contract, EveryMethodHasAnHttpRouteOfItsOwn) {
  std::vector<gateway::Binding> all;
  for (const auto* service : rpc::ServicesOf()) {
    auto bindings = gateway::BindingsOf(*service);
    ASSERT_TRUE(bindings.ok()) << bindings.status();
    std::set<std::string> bound;
    for (const auto& binding : *bindings) bound.insert(binding.method->full_name());
    EXPECT_EQ(bound.size(), static_cast<size_t>(service->method_count())) << service->full_name();
    all.insert(all.end(), bindings->begin(), bindings->end());
  }
  for (const auto& binding : all) {
    ASSERT_FALSE(binding.path.segments.empty()) << binding.method->full_name();
    EXPECT_EQ(binding.path.segments[0].literal, "v1") << binding.method->full_name();
  }
  EXPECT_TRUE(gateway::RouteTable::Make(std::move(all)).ok());
}

TEST(Contract, EveryMutationHasARequestId) {
  for (const auto* method : Methods()) {
    const FieldDescriptor* field = method->input_type()->FindFieldByName("request_id");
    if (rpc::OnlyReads(*method)) {
      EXPECT_EQ(field, nullptr) << method->full_name() << " changes nothing";
      continue;
    }
    // Each message of a stream is protected by what it holds.
    if (method->client_streaming()) continue;
    ASSERT_NE(field, nullptr) << method->full_name();
    EXPECT_EQ(field->type(), FieldDescriptor::TYPE_STRING) << method->full_name();
  }
}

// ---- Conventions

void VisitFields(const Descriptor& message, std::set<const Descriptor*>& seen, const std::function<void(const FieldDescriptor&)>& visit) {
  if (!seen.insert(&message).second || !IsOurs(message.full_name())) return;
  for (int i = 0; i < message.field_count(); ++i) {
    visit(*message.field(i));
    if (message.field(i)->message_type() != nullptr) VisitFields(*message.field(i)->message_type(), seen, visit);
  }
}

// What a conventional name means: the behaviors that differ from OPTIONAL, and the rules.
std::string MeaningOf(const FieldDescriptor& field) {
  std::string meaning = rpc::RulesOf(field).ShortDebugString();
  for (const auto behavior : {google::api::REQUIRED, google::api::IDENTIFIER, google::api::IMMUTABLE, google::api::OUTPUT_ONLY}) {
    if (rpc::Behaves(field, behavior)) absl::StrAppend(&meaning, meaning.empty() ? "" : " ", google::api::FieldBehavior_Name(behavior));
  }
  return meaning;
}

TEST(Contract, ConventionalFieldsMeanTheSameEverywhere) {
  const std::map<std::string, std::string> in_requests = {
      {"name", "REQUIRED"},
      {"parent", "REQUIRED"},
      {"request_id", "string { max_len: 64 }"},
      {"etag", "string { max_len: 20 }"},
      {"page_size", "integer { gte: 0 lte: 1000 }"},
      {"page_token", "string { max_len: 8192 }"},
      {"filter", "string { max_len: 1000 }"},
      {"order_by", "string { max_len: 200 }"},
      {"update_mask", ""},
  };
  const std::map<std::string, std::string> in_resources = {
      {"name", "IDENTIFIER"},         {"etag", "OUTPUT_ONLY"},    {"create_time", "OUTPUT_ONLY"},
      {"update_time", "OUTPUT_ONLY"}, {"creator", "OUTPUT_ONLY"}, {"allowed_verbs", "OUTPUT_ONLY"},
  };
  // What activity asks for all of its subjects at once; and a follower is no resource, so that its name has no pattern but its field's own.
  const std::set<std::string> exceptions = {"heitie.resource.v1.ListEncumbrancesRequest.filter",
                                            "heitie.resource.v1.ListReservationsRequest.filter", "heitie.type.v1.StepOverEventRequest.name",
                                            "heitie.type.v1.RebuildMirrorRequest.name"};
  std::map<std::string, int> seen;
  const auto expect = [&](const FieldDescriptor& field, const std::map<std::string, std::string>& meanings) {
    const auto it = meanings.find(field.name());
    if (it == meanings.end() || exceptions.count(field.full_name()) == 1) return;
    EXPECT_EQ(MeaningOf(field), it->second) << field.full_name();
    ++seen[field.name()];
  };
  std::set<const Descriptor*> messages;
  const auto visit = [&](const FieldDescriptor& field) {
    const Descriptor& message = *field.containing_type();
    if (message.options().HasExtension(google::api::resource)) expect(field, in_resources);
    if (field.name() == "allowed_verbs") {
      EXPECT_TRUE(rpc::IsComputed(field)) << field.full_name();
    }
    if (field.name() == "next_page_token") {
      EXPECT_EQ(MeaningOf(field), "OUTPUT_ONLY") << field.full_name();
    }
  };
  for (const auto* method : Methods()) {
    const Descriptor& request = *method->input_type();
    EXPECT_TRUE(absl::EndsWith(request.name(), "Request")) << request.full_name() << " has no conventional fields";
    for (int i = 0; i < request.field_count(); ++i) {
      const FieldDescriptor& field = *request.field(i);
      expect(field, in_requests);
      if (absl::StartsWith(request.name(), "Create") && field.name() != "request_id" && absl::EndsWith(field.name(), "_id")) {
        EXPECT_EQ(rpc::RulesOf(field).string().pattern(), "[a-z0-9][a-z0-9-]{0,62}") << field.full_name();
      }
    }
    VisitFields(request, messages, visit);
    VisitFields(*method->output_type(), messages, visit);
  }
  for (const auto& meanings : {in_requests, in_resources}) {
    for (const auto& [name, meaning] : meanings) EXPECT_GT(seen[name], 10) << name;
  }
}

// ---- Every text has a bound

// The fields of requests whose names say that they name a time zone, each by its full name; those that any text may stand in are `free`.
void FindZones(const Descriptor& message, std::set<const Descriptor*>& seen, std::set<std::string>& zones, std::set<std::string>& free) {
  if (!seen.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.message_type() != nullptr) FindZones(*field.message_type(), seen, zones, free);
    if (field.type() != FieldDescriptor::TYPE_STRING || !absl::EndsWith(field.name(), "time_zone")) continue;
    if (rpc::Behaves(field, google::api::OUTPUT_ONLY)) continue;
    zones.insert(field.full_name());
    if (!rpc::RulesOf(field).string().time_zone()) free.insert(field.full_name());
  }
}

TEST(Contract, EveryTimeZoneIsAName) {
  std::set<const Descriptor*> seen;
  std::set<std::string> zones, free;
  for (const auto* method : Methods()) FindZones(*method->input_type(), seen, zones, free);
  EXPECT_THAT(free, IsEmpty());
  EXPECT_GE(zones.size(), 2u);
}

// A list must not refuse its own token: five texts of 255 characters and a name.
TEST(Contract, EveryPageTokenHasRoom) {
  for (const auto* method : Methods()) {
    const FieldDescriptor* field = method->input_type()->FindFieldByName("page_token");
    if (field == nullptr) continue;
    EXPECT_EQ(rpc::RulesOf(*field).string().max_len(), 8192u) << field->full_name();
  }
}

class BoundWalk {
 public:
  explicit BoundWalk(const MethodDescriptor& method) : method_(method), request_(NewMessage(*method.input_type())) {}
  // How many fields were tried.
  int Run() {
    Visit(*request_, "");
    return count_;
  }

 private:
  // Longer than the bytes of any rule; sizes of repeated fields are bounded as well.
  static constexpr size_t kTooLong = 5 << 20;
  static constexpr int kTooMany = 20'000;

  void Visit(Message& message, const std::string& prefix) {
    if (std::count(path_.begin(), path_.end(), message.GetDescriptor()) > 1) return;
    path_.push_back(message.GetDescriptor());
    const auto& r = *message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      if (rpc::Behaves(*field, google::api::OUTPUT_ONLY) || field->is_map()) continue;
      const std::string path = absl::StrCat(prefix, field->name());
      if (field->is_repeated()) {
        TryMany(message, *field, path);
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && IsOurs(field->message_type()->full_name())) {
          Visit(*r.AddMessage(&message, field), absl::StrCat(path, "[0]."));
          r.ClearField(&message, field);
        }
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && IsOurs(field->message_type()->full_name())) {
        Visit(*r.MutableMessage(&message, field), absl::StrCat(path, "."));
        r.ClearField(&message, field);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        r.SetString(&message, field, std::string(kTooLong, 'x'));
        Refused(path);
        r.ClearField(&message, field);
      }
    }
    path_.pop_back();
  }

  void TryMany(Message& message, const FieldDescriptor& field, const std::string& path) {
    const auto& r = *message.GetReflection();
    for (int i = 0; i < kTooMany; ++i) {
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          r.AddMessage(&message, &field);
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          r.AddString(&message, &field, "x");
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          r.AddEnumValue(&message, &field, 1);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          r.AddInt64(&message, &field, 1);
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          r.AddInt32(&message, &field, 1);
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          r.AddDouble(&message, &field, 1);
          break;
        default:
          ADD_FAILURE() << "teach this test the type of " << field.full_name();
          return;
      }
    }
    Refused(path);
    r.ClearField(&message, &field);
  }

  void Refused(const std::string& path) {
    ++count_;
    const absl::Status status = rpc::Validate(*request_);
    EXPECT_THAT(test::Violations(status), Contains(StartsWith(path + " "))) << method_.full_name() << " takes any size of " << path;
  }

  const MethodDescriptor& method_;
  const std::unique_ptr<Message> request_;
  std::vector<const Descriptor*> path_;
  int count_ = 0;
};

TEST(Contract, EveryTextAndEveryListIsBounded) {
  int count = 0;
  for (const auto* method : Methods()) count += BoundWalk(*method).Run();
  EXPECT_GT(count, 500);
}

}  // namespace
}  // namespace heitie::contract
