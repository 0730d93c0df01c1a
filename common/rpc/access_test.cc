#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/rpc/contract.h"
#include "common/rpc/door.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/text_format.h"

namespace heitie::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;

// A method with these options, in the text form of MethodOptions.
class Ruled {
 public:
  explicit Ruled(const std::string& options) : pool_(DescriptorPool::generated_pool()) {
    google::protobuf::Empty::descriptor();
    google::protobuf::FileDescriptorProto file;
    file.set_name("ruled.proto");
    file.add_dependency("google/protobuf/empty.proto");
    auto& service = *file.add_service();
    service.set_name("Ruled");
    auto& method = *service.add_method();
    method.set_name("Do");
    method.set_input_type(".google.protobuf.Empty");
    method.set_output_type(".google.protobuf.Empty");
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(absl::StrReplaceAll(options, {{"audience:", "[heitie.options.v1.audience]:"},
                                                                                            {"role:", "[heitie.options.v1.role]:"},
                                                                                            {"service:", "[heitie.options.v1.service]:"}}),
                                                              method.mutable_options()));
    method_ = pool_.BuildFile(file)->service(0)->method(0);
  }
  const MethodDescriptor& method() const { return *method_; }

 private:
  DescriptorPool pool_;
  const MethodDescriptor* method_ = nullptr;
};

TEST(AccessRuleTest, SaysWhatIsMissing) {
  const auto why = [](const std::string& options) { return WhyNoRule(Ruled(options).method()); };
  EXPECT_EQ(why("audience: AUDIENCE_ANYBODY"), "");
  EXPECT_EQ(why("role: ROLE_DATA_ANALYST"), "");
  EXPECT_EQ(why("audience: AUDIENCE_MANAGERS role: ROLE_PRODUCER service: 'activity'"), "");
  EXPECT_EQ(why("service: 'activity' service: 'planning'"), "");
  EXPECT_THAT(why(""), HasSubstr("nobody"));
  EXPECT_THAT(why("audience: AUDIENCE_UNSPECIFIED"), HasSubstr("nobody"));
  EXPECT_THAT(why("role: ROLE_UNSPECIFIED"), HasSubstr("unknown role"));
  EXPECT_THAT(why("role: ROLE_SERVICE"), HasSubstr("names none"));
  EXPECT_THAT(why("role: ROLE_SERVICE service: 'activity'"), HasSubstr("names none"));
  EXPECT_THAT(why("audience: AUDIENCE_MANAGERS role: ROLE_OPERATIONS_MANAGER"), HasSubstr("ROLE_OPERATIONS_MANAGER twice"));
  EXPECT_THAT(why("service: 'services/activity'"), HasSubstr("services/activity"));
  EXPECT_THAT(why("service: ''"), HasSubstr("\"\""));
  EXPECT_THAT(why("service: 'activity' service: 'activity'"), HasSubstr("twice"));
}

TEST(AccessRuleTest, EveryAudienceAdmitsWhomItNames) {
  const auto* audiences = options::v1::Audience_descriptor();
  for (int i = 0; i < audiences->value_count(); ++i) {
    const auto& admits = audiences->value(i)->options().GetExtension(options::v1::admits);
    EXPECT_TRUE(admits.services().empty()) << "an audience is of people";
    const Ruled made_for(absl::StrCat("audience: ", audiences->value(i)->name()));
    for (int role = options::v1::Role_MIN + 1; role <= options::v1::Role_MAX; ++role) {
      if (!options::v1::Role_IsValid(role) || role == options::v1::ROLE_SERVICE) continue;
      Principal person{"employees/a"};
      person.Grant(static_cast<Role>(role));
      const auto& roles = admits.roles();
      const bool named = admits.authenticated() || admits.without_login() || std::find(roles.begin(), roles.end(), role) != roles.end();
      EXPECT_EQ(CheckAccess(made_for.method(), person).ok(), named) << audiences->value(i)->name() << " " << role;
    }
  }
}

TEST(AccessRuleTest, ARoleOfServiceIsNotEnough) {
  Principal activity{"services/activity"}, risk{"services/risk"}, employee{"employees/activity"}, person{"services/activity"};
  for (Principal* principal : {&activity, &risk, &employee}) principal->Grant(options::v1::ROLE_SERVICE);
  person.Grant(options::v1::ROLE_DATA_ANALYST);  // whose token has a strange subject
  const Ruled named("service: 'activity'"), unnamed("role: ROLE_SERVICE"), open("audience: AUDIENCE_ANYBODY"), closed("");
  EXPECT_TRUE(CheckAccess(named.method(), activity).ok());
  for (const Principal& principal : {risk, employee, person}) EXPECT_FALSE(CheckAccess(named.method(), principal).ok()) << principal.name;
  EXPECT_FALSE(CheckAccess(unnamed.method(), activity).ok());
  for (const Principal& principal : {activity, risk, employee, person}) EXPECT_FALSE(CheckAccess(closed.method(), principal).ok());
  EXPECT_FALSE(CheckAccess(open.method(), activity).ok()) << "it has no token";
  EXPECT_TRUE(CheckAccess(open.method(), person).ok());
}

TEST(AccessRuleTest, GuestsEnterNothingButWhatIsPublic) {
  const Principal guest{kGuests};
  EXPECT_TRUE(CheckAccess(Ruled("audience: AUDIENCE_PUBLIC").method(), guest).ok());
  const auto* audiences = options::v1::Audience_descriptor();
  for (int i = 0; i < audiences->value_count(); ++i) {
    if (audiences->value(i)->number() == options::v1::AUDIENCE_PUBLIC) continue;
    if (audiences->value(i)->number() == options::v1::AUDIENCE_ANYBODY) continue;  // never asked: the door wants a token
    const Ruled closed(absl::StrCat("audience: ", audiences->value(i)->name()));
    EXPECT_FALSE(CheckAccess(closed.method(), guest).ok()) << audiences->value(i)->name();
  }
}

}  // namespace
}  // namespace heitie::rpc
