// What every method of every contract owes its callers, read from the contracts alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/validate.h"
#include "common/test/matchers.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
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

bool HasBehavior(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  for (int i = 0; i < field.options().ExtensionSize(google::api::field_behavior); ++i) {
    if (field.options().GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

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
  template <typename D>
  void Require(const D& descriptor, const std::string& name) {
    google::protobuf::SourceLocation location;
    if (!descriptor.GetSourceLocation(&location) || location.leading_comments.find_first_not_of(" \n") == std::string::npos)
      missing_.insert(name);
  }
  void Visit(const Descriptor& message) {
    if (!IsOurs(message.full_name()) || message.options().map_entry() || !seen_.insert(message.full_name()).second) return;
    Require(message, message.full_name());
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      Require(field, field.full_name());
      if (field.message_type() != nullptr) Visit(*field.message_type());
      if (field.enum_type() != nullptr) Visit(*field.enum_type());
    }
  }
  void Visit(const EnumDescriptor& type) {
    if (!IsOurs(type.full_name()) || !seen_.insert(type.full_name()).second) return;
    Require(type, type.full_name());
    for (int i = 0; i < type.value_count(); ++i) Require(*type.value(i), type.value(i)->full_name());
  }

  std::set<std::string> seen_, missing_;
};

TEST(Contract, EverythingHasAComment) {
  CommentWalk walk;
  for (const auto* service : Services()) {
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
    const auto& access = method->options().GetExtension(options::v1::access);
    EXPECT_TRUE(access.authenticated() || !access.roles().empty()) << method->full_name();
    std::set<int> roles;
    for (const int role : access.roles()) {
      EXPECT_TRUE(options::v1::Role_IsValid(role) && role != options::v1::ROLE_UNSPECIFIED) << method->full_name();
      EXPECT_TRUE(roles.insert(role).second) << method->full_name() << " names a role twice";
    }
  }
}

// The platform engineer runs the suite, reads everything and decides nothing; producers deliver and do nothing else.
TEST(Contract, PlatformEngineersOnlyReadAndProducersOnlyDeliver) {
  for (const auto* method : Methods()) {
    std::set<int> roles;
    const auto& access = method->options().GetExtension(options::v1::access);
    roles.insert(access.roles().begin(), access.roles().end());
    if (IsMutation(*method)) {
      EXPECT_EQ(roles.count(options::v1::ROLE_PLATFORM_ENGINEER), 0u) << method->full_name();
    } else {
      EXPECT_EQ(roles.count(options::v1::ROLE_PLATFORM_ENGINEER), 1u) << method->full_name();
    }
    if (roles.count(options::v1::ROLE_PRODUCER) == 1) {
      EXPECT_TRUE(absl::StartsWith(method->name(), "Ingest") || absl::EndsWith(method->name(), "Producer")) << method->full_name();
    }
  }
}

TEST(Contract, EveryMethodHasAnHttpRouteOfItsOwn) {
  std::vector<gateway::Binding> all;
  for (const auto* service : Services()) {
    auto bindings = gateway::BindingsOf(*service);
    ASSERT_TRUE(bindings.ok()) << bindings.status();
    std::set<std::string> bound;
    for (const auto& binding : *bindings) bound.insert(binding.method->full_name());
    EXPECT_EQ(bound.size(), static_cast<size_t>(service->method_count())) << service->full_name();
    all.insert(all.end(), bindings->begin(), bindings->end());
  }
  for (const auto& binding : all) {
    // Caches and crawlers take a GET for harmless.
    EXPECT_FALSE(binding.http_method == "GET" && IsMutation(*binding.method)) << binding.method->full_name();
    ASSERT_FALSE(binding.path.segments.empty()) << binding.method->full_name();
    EXPECT_EQ(binding.path.segments[0].literal, "v1") << binding.method->full_name();
  }
  EXPECT_TRUE(gateway::RouteTable::Make(std::move(all)).ok());
}

TEST(Contract, EveryMutationHasARequestId) {
  for (const auto* method : Methods()) {
    const FieldDescriptor* field = method->input_type()->FindFieldByName("request_id");
    if (!IsMutation(*method)) {
      EXPECT_EQ(field, nullptr) << method->full_name() << " changes nothing";
      continue;
    }
    ASSERT_NE(field, nullptr) << method->full_name();
    EXPECT_EQ(field->type(), FieldDescriptor::TYPE_STRING) << method->full_name();
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
    if (HasBehavior(field, google::api::OUTPUT_ONLY)) continue;
    zones.insert(field.full_name());
    if (!field.options().GetExtension(options::v1::rules).string().time_zone()) free.insert(field.full_name());
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
    EXPECT_EQ(field->options().GetExtension(options::v1::rules).string().max_len(), 8192u) << field->full_name();
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
      if (HasBehavior(*field, google::api::OUTPUT_ONLY) || field->is_map()) continue;
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
    EXPECT_THAT(testing::Violations(status), Contains(StartsWith(path + " "))) << method_.full_name() << " takes any size of " << path;
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
