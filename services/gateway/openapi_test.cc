#include "services/gateway/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/services.h"
#include "nlohmann/json.hpp"
#include "services/gateway/contracts.h"
#include "services/gateway/route.h"

namespace heitie::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::vector<const google::protobuf::ServiceDescriptor*>& Services() {
  static const auto* const all = [] {
    auto* services = new std::vector<const google::protobuf::ServiceDescriptor*>;
    for (const auto* service : rpc::ServicesOf()) services->push_back(CommentedContracts().FindServiceByName(service->full_name()));
    return services;
  }();
  return *all;
}

const json& Document() {
  static const json* const document = [] {
    auto text = GenerateOpenApi(Services());
    EXPECT_TRUE(text.ok()) << text.status();
    return new json(json::parse(*text));
  }();
  return *document;
}

void Walk(const json& value, const std::function<void(const json&)>& visit) {
  visit(value);
  if (value.is_structured()) {
    for (const auto& child : value) Walk(child, visit);
  }
}

TEST(OpenApiTest, EveryRpcIsThere) {
  int expected = 0;
  for (const auto* service : Services()) {
    ASSERT_NE(service, nullptr);
    expected += static_cast<int>(BindingsOf(*service)->size());
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string id = absl::StrCat(service->name(), "_", service->method(i)->name());
      bool found = false;
      for (const auto& [path, item] : Document()["paths"].items()) {
        for (const auto& [method, operation] : item.items()) found = found || operation["operationId"] == id;
      }
      EXPECT_TRUE(found) << id;
    }
  }
  int operations = 0;
  for (const auto& item : Document()["paths"]) operations += static_cast<int>(item.size());
  EXPECT_EQ(operations, expected + 2);  // and /healthz, /openapi.json
}

TEST(OpenApiTest, EveryReferenceResolves) {
  int count = 0;
  Walk(Document(), [&](const json& value) {
    if (!value.is_object() || !value.contains("$ref")) return;
    const std::string reference = value["$ref"];
    ASSERT_EQ(reference.substr(0, 2), "#/");
    EXPECT_TRUE(Document().contains(json::json_pointer(reference.substr(1)))) << reference;
    ++count;
  });
  EXPECT_GT(count, 500);
}

TEST(OpenApiTest, OperationsAreValid) {
  std::set<std::string> ids;
  for (const auto& [path, item] : Document()["paths"].items()) {
    std::set<std::string> in_path;
    const std::regex parameter("\\{([^}]*)\\}");
    for (auto it = std::sregex_iterator(path.begin(), path.end(), parameter); it != std::sregex_iterator(); ++it) {
      EXPECT_TRUE(in_path.insert((*it)[1]).second) << path;
    }
    for (const auto& [method, operation] : item.items()) {
      EXPECT_TRUE(ids.insert(operation["operationId"]).second) << operation["operationId"];
      EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << operation["operationId"];
      EXPECT_TRUE(operation["responses"].contains("200")) << operation["operationId"];
      std::set<std::string> declared;
      std::set<std::pair<std::string, std::string>> names;
      for (const auto& each : operation.value("parameters", json::array())) {
        EXPECT_TRUE(names.emplace(each["in"], each["name"]).second) << operation["operationId"] << " " << each["name"];
        EXPECT_TRUE(each.contains("schema"));
        if (each["in"] == "path") {
          declared.insert(each["name"].get<std::string>());
          EXPECT_EQ(each["required"], true);
        }
      }
      EXPECT_EQ(declared, in_path) << path;
      const bool may_have_body = method != "get" && method != "delete";
      EXPECT_TRUE(may_have_body || !operation.contains("requestBody")) << operation["operationId"];
    }
  }
}

TEST(OpenApiTest, PathsThatDifferInNamesOnlyAreOne) {
  std::set<std::string> shapes;
  for (const auto& [path, item] : Document()["paths"].items()) {
    EXPECT_TRUE(shapes.insert(std::regex_replace(path, std::regex("\\{[^}]*\\}"), "{}")).second) << path;
  }
}

TEST(OpenApiTest, EverythingIsSecuredButHealth) {
  EXPECT_EQ(Document()["security"], json::parse(R"([{"bearerAuth":[]}])"));
  for (const auto& [path, item] : Document()["paths"].items()) {
    for (const auto& operation : item) EXPECT_EQ(operation.contains("security"), path == "/healthz") << path;
  }
}

TEST(OpenApiTest, CarriesCommentsConstraintsAndRoles) {
  const json& project = Document()["components"]["schemas"]["heitie.planning.v1.Project"];
  EXPECT_THAT(project["description"].get<std::string>(), HasSubstr("P2"));
  EXPECT_EQ(project["properties"]["title"]["maxLength"], 200);
  EXPECT_EQ(project["properties"]["title"]["minLength"], 1);
  EXPECT_EQ(project["properties"]["state"]["readOnly"], true);
  EXPECT_EQ(project["properties"]["owner"]["x-resource-reference"], "personnel.heitie/Employee");
  EXPECT_EQ(project["properties"]["createTime"]["format"], "date-time");
  EXPECT_THAT(project["required"], ::testing::Contains("planPeriod"));
  const json& get = Document()["paths"]["/v1/projects/{project}"]["get"];
  EXPECT_THAT(get["x-roles"], ::testing::Contains("OPERATIONS_MANAGER"));
  EXPECT_EQ(get["tags"][0], "PlanService");
  const json& state = Document()["components"]["schemas"]["heitie.planning.v1.Project.State"];
  EXPECT_THAT(state["enum"], ::testing::Contains("STATE_DRAFT"));
  EXPECT_THAT(state["description"].get<std::string>(), HasSubstr("STATE_APPROVED: Approved"));
}

TEST(OpenApiTest, EveryPropertyHasADescription) {
  for (const auto& [name, schema] : Document()["components"]["schemas"].items()) {
    if (name.rfind("heitie.", 0) != 0 || !schema.contains("properties")) continue;
    for (const auto& [field, property] : schema["properties"].items()) {
      EXPECT_FALSE(property.value("description", "").empty()) << name << "." << field;
    }
  }
}

TEST(OpenApiTest, ShapesOfRequests) {
  const json& paths = Document()["paths"];
  // A field as the body: the rest by query, with dates and masks as text.
  const json& update = paths["/v1/projects/{project}"]["patch"];
  EXPECT_EQ(update["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/heitie.planning.v1.Project");
  std::set<std::string> names;
  for (const auto& each : update["parameters"]) names.insert(each["name"].get<std::string>());
  EXPECT_EQ(names, (std::set<std::string>{"project", "updateMask", "requestId"}));
  // The whole request as the body: without what the path gives.
  const json& submit = paths["/v1/projects/{project}:submit"]["post"]["requestBody"]["content"]["application/json"]["schema"];
  EXPECT_FALSE(submit["properties"].contains("name"));
  EXPECT_TRUE(submit["properties"].contains("etag"));
  // A stream.
  EXPECT_TRUE(paths["/v1/activities/{activity}/counters:watch"]["get"]["responses"]["200"]["content"].contains("text/event-stream"));
  const json& batches = paths["/v1/batches:stream"]["post"];
  EXPECT_TRUE(batches["requestBody"]["content"]["application/x-ndjson"]["schema"]["properties"].contains("measurements"));
  EXPECT_EQ(batches["requestBody"]["content"].size(), 1u) << "which no other form has";
  EXPECT_TRUE(batches["responses"]["200"]["content"].contains("application/x-ndjson"));
}

}  // namespace
}  // namespace heitie::gateway
