#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rpc/door.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/text_format.h"

namespace heitie::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;

// A method with that access rule, which is text of the message Access; "" for a method without rule.
class Ruled {
 public:
  explicit Ruled(const std::string& rule) : pool_(DescriptorPool::generated_pool()) {
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
    if (!rule.empty()) {
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rule, method.mutable_options()->MutableExtension(options::v1::access)));
    }
    method_ = pool_.BuildFile(file)->service(0)->method(0);
  }
  const MethodDescriptor& method() const { return *method_; }

 private:
  DescriptorPool pool_;
  const MethodDescriptor* method_ = nullptr;
};

TEST(AccessRuleTest, SaysWhatIsMissing) {
  const auto why = [](const std::string& rule) { return WhyNoRule(Ruled(rule).method()); };
  EXPECT_EQ(why("authenticated: true"), "");
  EXPECT_EQ(why("roles: ROLE_DATA_ANALYST"), "");
  EXPECT_EQ(why("roles: ROLE_SERVICE services: 'activity' services: 'planning'"), "");
  EXPECT_THAT(why(""), HasSubstr("nobody"));
  EXPECT_THAT(why("roles: ROLE_SERVICE"), HasSubstr("names none"));
  EXPECT_THAT(why("authenticated: true roles: ROLE_SERVICE"), HasSubstr("names none"));
  EXPECT_THAT(why("roles: ROLE_DATA_ANALYST services: 'activity'"), HasSubstr("without ROLE_SERVICE"));
  EXPECT_THAT(why("roles: ROLE_SERVICE services: 'services/activity'"), HasSubstr("services/activity"));
  EXPECT_THAT(why("roles: ROLE_SERVICE services: ''"), HasSubstr("\"\""));
}

TEST(AccessRuleTest, ARoleOfServiceIsNotEnough) {
  Principal activity{"services/activity"}, risk{"services/risk"}, employee{"employees/activity"}, person{"services/activity"};
  for (Principal* principal : {&activity, &risk, &employee}) principal->Grant(options::v1::ROLE_SERVICE);
  person.Grant(options::v1::ROLE_DATA_ANALYST);  // whose token has a strange subject
  const Ruled named("roles: ROLE_SERVICE services: 'activity'"), unnamed("roles: ROLE_SERVICE"), open("authenticated: true");
  EXPECT_TRUE(CheckAccess(named.method(), activity).ok());
  for (const Principal& principal : {risk, employee, person}) EXPECT_FALSE(CheckAccess(named.method(), principal).ok()) << principal.name;
  EXPECT_FALSE(CheckAccess(unnamed.method(), activity).ok());
  EXPECT_FALSE(CheckAccess(open.method(), activity).ok()) << "it has no token";
  EXPECT_TRUE(CheckAccess(open.method(), person).ok());
}

}  // namespace
}  // namespace heitie::rpc
