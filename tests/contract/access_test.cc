// Every method × every role through the door, with the services behind it.
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "tests/contract/suite.h"
#include "tests/services.h"

namespace heitie::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

class AccessTest : public ::testing::Test {
 protected:
  Suite suite_;
};

bool Admits(const MethodDescriptor& method, rpc::Role role) {
  const options::v1::Access access = rpc::AccessOf(method);
  return access.authenticated() || access.without_login() ||
         std::find(access.roles().begin(), access.roles().end(), role) != access.roles().end();
}

TEST_F(AccessTest, ExactlyTheRolesOfTheRuleAreAdmitted) {
  for (const auto* method : Methods()) {
    for (const rpc::Role role : TokenRoles()) {
      const absl::Status status = suite_.Ask(With(role), *method, "");
      EXPECT_EQ(absl::IsPermissionDenied(status), !Admits(*method, role))
          << method->full_name() << " " << options::v1::Role_Name(role) << " " << status;
      EXPECT_FALSE(absl::IsUnauthenticated(status)) << method->full_name() << " " << status;
    }
  }
}

bool Names(const MethodDescriptor& method, const std::string& service) {
  const options::v1::Access access = rpc::AccessOf(method);
  const auto& services = access.services();
  return std::find(services.begin(), services.end(), service) != services.end();
}

TEST_F(AccessTest, AServiceIsAdmittedByItsCertificateWhereTheRuleNamesIt) {
  std::vector<std::string> services = Services();
  services.push_back("nobody");
  for (const std::string& service : services) {
    rpc::Arrival arrival;
    arrival.peer_service = service;
    for (const auto* method : Methods()) {
      const absl::Status status = suite_.Ask(arrival, *method, "");
      // Whoever has no token is a guest where guests may be.
      const bool admitted = Names(*method, service) || rpc::AccessOf(*method).without_login();
      EXPECT_EQ(absl::IsPermissionDenied(status), !admitted) << method->full_name() << " " << service << " " << status;
    }
  }
}

// The gateway asks with its callers' tokens only.
TEST_F(AccessTest, TheGatewayHasNoRightsOfItsOwn) {
  int named = 0;
  for (const auto* method : Methods()) {
    EXPECT_EQ(rpc::WhyNoRule(*method), "") << method->full_name();
    EXPECT_FALSE(Names(*method, "gateway")) << method->full_name();
    named += Names(*method, "activity");
  }
  EXPECT_GT(named, 15);
}

TEST_F(AccessTest, WithoutAGoodTokenNothingIsAnswered) {
  rpc::Arrival stranger;
  rpc::Arrival forger;
  forger.token = "OPERATIONS_MANAGER.forged";
  // A bad token is not made good by a certificate.
  rpc::Arrival forging_service = forger;
  forging_service.peer_service = "activity";
  for (const auto* method : Methods()) {
    for (const rpc::Arrival& arrival : {stranger, forger, forging_service}) {
      if (arrival.token.empty() && rpc::AccessOf(*method).without_login()) {
        EXPECT_FALSE(absl::IsUnauthenticated(suite_.Ask(arrival, *method, ""))) << method->full_name();
        continue;
      }
      EXPECT_TRUE(absl::IsUnauthenticated(suite_.Ask(arrival, *method, ""))) << method->full_name();
      EXPECT_TRUE(absl::IsUnauthenticated(suite_.Ask(arrival, *method, "\xFF\xFF"))) << method->full_name();
    }
  }
}

// The paths of the required fields of `message`, which are all missing.
std::vector<std::string> Required(const google::protobuf::Descriptor& message, const std::string& prefix) {
  std::vector<std::string> paths;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (rpc::Behaves(field, google::api::REQUIRED) && field.real_containing_oneof() == nullptr) paths.push_back(prefix + field.name());
  }
  return paths;
}

TEST_F(AccessTest, EmptyRequestsAreToldEveryFieldThatIsMissing) {
  int refused = 0;
  for (const auto* method : Methods()) {
    const std::vector<std::string> missing = Required(*method->input_type(), "");
    if (missing.empty()) continue;
    const absl::Status status = suite_.Ask(WithEveryRole(), *method, "");
    ++refused;
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << method->full_name() << " " << status;
    for (const std::string& path : missing) EXPECT_THAT(status, test::HasViolation(path, "REQUIRED")) << method->full_name();
  }
  EXPECT_GT(refused, 100);
}

TEST_F(AccessTest, AnEmptyResourceIsToldEveryFieldThatIsMissing) {
  int refused = 0;
  for (const auto* method : Methods()) {
    if (method->name().rfind("Create", 0) != 0) continue;
    const FieldDescriptor* resource = nullptr;
    for (int i = 0; i < method->input_type()->field_count() && resource == nullptr; ++i) {
      if (method->input_type()->field(i)->message_type() != nullptr) resource = method->input_type()->field(i);
    }
    if (resource == nullptr) continue;
    std::unique_ptr<Message> request = NewMessage(*method->input_type());
    request->GetReflection()->MutableMessage(request.get(), resource);
    const absl::Status status = suite_.Ask(WithEveryRole(), *method, request->SerializeAsString());
    for (const std::string& path : Required(*resource->message_type(), resource->name() + ".")) {
      ++refused;
      EXPECT_THAT(status, test::HasViolation(path, "REQUIRED")) << method->full_name();
    }
  }
  EXPECT_GT(refused, 40);
}

}  // namespace
}  // namespace heitie::contract
