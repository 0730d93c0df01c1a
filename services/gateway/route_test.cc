#include "services/gateway/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/services.h"
#include "common/test/fixture.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.pb.h"

namespace heitie::gateway {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A contract of methods with these annotations, each a text proto of google.api.HttpRule.
class Contract {
 public:
  explicit Contract(const std::vector<std::string>& rules) : pool_(DescriptorPool::generated_pool()) {
    auto file = test::Proto<google::protobuf::FileDescriptorProto>(R"pb(
      name: "t.proto"
      package: "t"
      syntax: "proto3"
      dependency: "google/api/annotations.proto"
      message_type {
        name: "Inner"
        field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      }
      message_type {
        name: "Request"
        field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "other" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "inner" number: 3 type: TYPE_MESSAGE type_name: ".t.Inner" label: LABEL_OPTIONAL }
        field { name: "count" number: 4 type: TYPE_INT32 label: LABEL_OPTIONAL }
        field { name: "tags" number: 5 type: TYPE_STRING label: LABEL_REPEATED }
      }
      service { name: "S" })pb");
    for (size_t i = 0; i < rules.size(); ++i) {
      auto* method = file.mutable_service(0)->add_method();
      method->set_name(absl::StrCat("M", i));
      method->set_input_type(".t.Request");
      method->set_output_type(".t.Request");
      *method->mutable_options()->MutableExtension(google::api::http) = test::Proto<google::api::HttpRule>(rules[i]);
    }
    file_ = pool_.BuildFile(file);
  }
  const ServiceDescriptor& service() const { return *file_->service(0); }
  absl::StatusOr<RouteTable> Table() const {
    auto bindings = BindingsOf(service());
    if (!bindings.ok()) return bindings.status();
    return RouteTable::Make(*std::move(bindings));
  }

 private:
  DescriptorPool pool_;
  const google::protobuf::FileDescriptor* file_ = nullptr;
};

class RouteTest : public ::testing::Test {
 protected:
  // "M0 name=projects/a", or "" for no such path, or "allowed: GET".
  std::string Find(const std::string& method, const std::string& path) {
    if (!table_) table_.emplace(std::move(*contract_.Table()));
    const RouteTable::Match match = table_->Find(method, path);
    if (match.binding == nullptr) return match.allowed.empty() ? "" : absl::StrCat("allowed: ", absl::StrJoin(match.allowed, ","));
    std::string text = match.binding->method->name();
    for (const auto& [variable, value] : match.values) absl::StrAppend(&text, " ", variable->field.back()->name(), "=", value);
    return text;
  }
  Contract contract_{{
      R"(get: "/v1/{name=projects/*}")",
      R"(get: "/v1/projects")",
      R"(post: "/v1/{name=projects/*}:submit" body: "*")",
      R"(patch: "/v1/{inner.name=projects/*}" body: "inner")",
      R"(get: "/v1/{name=projects/*}/tasks/{other}")",
      R"(get: "/v1/{name=projects/special}/tasks/{other}:check")",
      R"(get: "/v1/{name=files/**}")",
      R"(get: "/v1/projects:summarize" additional_bindings { post: "/v1/projects:summarize" body: "*" })",
      R"(get: "/v1/{other=planning}/events")",
      R"(delete: "/v1/{name=projects/special}")",
  }};
  std::optional<RouteTable> table_;
};

TEST_F(RouteTest, FindsTheRouteAndItsVariables) {
  EXPECT_EQ(Find("GET", "/v1/projects"), "M1");
  EXPECT_EQ(Find("GET", "/v1/projects/a"), "M0 name=projects/a");
  EXPECT_EQ(Find("POST", "/v1/projects/a:submit"), "M2 name=projects/a");
  EXPECT_EQ(Find("PATCH", "/v1/projects/a"), "M3 name=projects/a");
  EXPECT_EQ(Find("GET", "/v1/projects/a/tasks/t"), "M4 name=projects/a other=t");
  EXPECT_EQ(Find("GET", "/v1/planning/events"), "M8 other=planning");
}

TEST_F(RouteTest, VerbsSeparateMethods) {
  EXPECT_EQ(Find("GET", "/v1/projects:summarize"), "M7");
  EXPECT_EQ(Find("POST", "/v1/projects:summarize"), "M7");
  EXPECT_EQ(Find("POST", "/v1/projects/a:other"), "");
  EXPECT_EQ(Find("GET", "/v1/projects/a:submit"), "allowed: POST");
}

TEST_F(RouteTest, TellsWrongMethodsFromUnknownPaths) {
  EXPECT_EQ(Find("POST", "/v1/projects/a"), "allowed: GET,PATCH");
  for (const char* path : {"", "/", "/v1", "/v1/", "/v1/projects/", "/v1//projects", "/v1/projects/a/b", "/v2/projects", "v1/projects", "*",
                           "/v1/projects/%zz"}) {
    EXPECT_EQ(Find("GET", path), "") << path;
  }
}

TEST_F(RouteTest, ALiteralGoesFirstUnlessItLacksTheMethod) {
  EXPECT_EQ(Find("DELETE", "/v1/projects/special"), "M9 name=projects/special");
  EXPECT_EQ(Find("GET", "/v1/projects/special"), "M0 name=projects/special");
  EXPECT_EQ(Find("GET", "/v1/projects/special/tasks/t"), "M4 name=projects/special other=t");
  EXPECT_EQ(Find("GET", "/v1/projects/special/tasks/t:check"), "M5 name=projects/special other=t");
}

TEST_F(RouteTest, DecodesVariablesSegmentBySegment) {
  EXPECT_EQ(Find("GET", "/v1/projects/a%20b"), "M0 name=projects/a b");
  EXPECT_EQ(Find("GET", "/v1/projects/a%2Ftasks%2Fb"), "M0 name=projects/a%2Ftasks%2Fb");
  EXPECT_EQ(Find("GET", "/v1/projects/a/tasks/x%2Fy"), "M4 name=projects/a other=x/y");
  EXPECT_EQ(Find("GET", "/v1/files/a/b/c"), "M6 name=files/a/b/c");
  EXPECT_EQ(Find("GET", "/v1/project%73/a"), "M0 name=projects/a");
}

TEST(RouteTableTest, AmbiguousRoutesAreAnError) {
  for (const auto& rules :
       std::vector<std::vector<std::string>>{{R"(get: "/v1/{name=projects/*}")", R"(get: "/v1/projects/{other}")"},
                                             {R"(get: "/v1/a")", R"(get: "/v1/a")"},
                                             {R"(post: "/v1/{name=a/*}:go")", R"(post: "/v1/a/{name}:go" body: "*")"}}) {
    const auto table = Contract(rules).Table();
    EXPECT_EQ(table.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(table.status().message()), HasSubstr("t.S/M0 and t.S/M1"));
  }
  EXPECT_TRUE(Contract({R"(get: "/v1/a")", R"(post: "/v1/a")", R"(get: "/v1/a:b")", R"(get: "/v1/{name}")"}).Table().ok());
}

TEST(RouteTableTest, WrongAnnotationsAreErrorsThatNameTheMethod) {
  for (const char* rule : {R"(get: "v1/a")", R"(get: "/v1/{name")", R"(get: "/v1/{nobody}")", R"(get: "/v1/{count}")",
                           R"(get: "/v1/{tags}")", R"(get: "/v1/{inner}")", R"(get: "/v1/")", R"(get: "/")", R"(get: "/v1//a")",
                           R"(get: "/v1/a:")", R"(get: "/v1/{name=**}/a")", R"(get: "/v1/{name}x")", R"(post: "/v1/a" body: "nobody")",
                           R"(post: "/v1/a" body: "name")", R"(get: "/v1/a" response_body: "name")", ""}) {
    const auto table = Contract({rule}).Table();
    EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument) << rule;
    EXPECT_THAT(std::string(table.status().message()), HasSubstr("t.S/M0: ")) << rule;
  }
}

TEST(RouteTableTest, TheContractsOfTheSuiteHaveUniqueRoutes) {
  std::vector<Binding> all;
  for (const ServiceDescriptor* service : rpc::ServicesOf()) {
    auto bindings = BindingsOf(*service);
    ASSERT_TRUE(bindings.ok()) << bindings.status();
    all.insert(all.end(), bindings->begin(), bindings->end());
  }
  EXPECT_GT(all.size(), 100u);
  const auto table = RouteTable::Make(all);
  ASSERT_TRUE(table.ok()) << table.status();
  // Each is found by its own path.
  for (const Binding& binding : all) {
    std::string path;
    for (const Segment& segment : binding.path.segments)
      absl::StrAppend(&path, "/", segment.kind == Segment::kLiteral ? segment.literal : "x");
    if (!binding.path.verb.empty()) absl::StrAppend(&path, ":", binding.path.verb);
    const RouteTable::Match match = table->Find(binding.http_method, path);
    ASSERT_NE(match.binding, nullptr) << path;
    EXPECT_EQ(match.binding->method, binding.method) << binding.http_method << " " << path;
  }
}

}  // namespace
}  // namespace heitie::gateway
