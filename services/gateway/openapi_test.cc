#include "services/gateway/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/services.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "services/gateway/contracts.h"
#include "services/gateway/docs.h"
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
    auto text = GenerateOpenApi(Services(), ToldByTheBuild());
    EXPECT_TRUE(text.ok()) << text.status();
    return new json(json::parse(*text));
  }();
  return *document;
}

const json& Resolved(const json& value) {
  return value.contains("$ref") ? Document()[json::json_pointer(value["$ref"].get<std::string>().substr(1))] : value;
}

void Walk(const json& value, const std::function<void(const json&)>& visit) {
  visit(value);
  if (value.is_structured()) {
    for (const auto& child : value) Walk(child, visit);
  }
}

TEST(OpenApiTest, EveryRpcIsThere) {
  ASSERT_THAT(Services(), ::testing::Each(::testing::NotNull()));
  std::set<std::string> ids;
  int operations = 0, expected = 0;
  for (const auto& item : Document()["paths"]) {
    for (const auto& operation : item) ids.insert(operation["operationId"].get<std::string>());
    operations += static_cast<int>(item.size());
  }
  for (const auto* service : Services()) {
    expected += static_cast<int>(BindingsOf(*service)->size());
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string id = absl::StrCat(service->name(), "_", service->method(i)->name());
      // With the process before it where several services are called so.
      const std::string own = absl::StrCat(rpc::ProcessOf(*service), "_", id);
      EXPECT_EQ(ids.count(id) + ids.count(own), 1u) << id;
    }
  }
  EXPECT_EQ(operations, expected + 7);  // and those of the gateway itself
  // Tools read all of it: a method costs 4.3 KB with its messages and examples.
  EXPECT_LT(Document().dump().size(), operations * 5000u);
}

TEST(OpenApiTest, EveryReferenceResolves) {
  // For tests/openapi.
  if (const char* const path = std::getenv("HEITIE_OPENAPI_FILE"); path != nullptr) std::ofstream(path) << Document().dump();
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
      const std::string code = path.rfind("/v1/", 0) == 0 ? "400" : "4XX";
      EXPECT_TRUE(operation["responses"].contains(code)) << operation["operationId"];
      std::set<std::string> declared;
      std::set<std::pair<std::string, std::string>> names;
      for (const auto& any : operation.value("parameters", json::array())) {
        const json& each = Resolved(any);
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

TEST(OpenApiTest, EverythingIsSecuredButWhatIsForEverybody) {
  EXPECT_EQ(Document()["security"], json::parse(R"([{"bearerAuth":[]}])"));
  for (const auto& [path, item] : Document()["paths"].items()) {
    for (const auto& operation : item) {
      const bool open =
          path.rfind("/v1/", 0) != 0 || absl::StrContains(operation["description"].get<std::string>(), "also without a token");
      EXPECT_EQ(operation.contains("security"), open) << path;
      EXPECT_NE(operation["responses"].contains("401"), open) << path;
    }
  }
}

// Of a field without presence answers always have a value; requests need not; a change needs nothing.
TEST(OpenApiTest, WhatIsRequiredOfWhom) {
  const json& schemas = Document()["components"]["schemas"];
  const json& answer = schemas["heitie.planning.v1.Project"];
  EXPECT_THAT(answer["required"], ::testing::IsSupersetOf({"name", "title", "state", "etag", "allowedVerbs"}));
  EXPECT_THAT(answer["required"], ::testing::Not(::testing::Contains("createTime"))) << "a message may be missing";
  EXPECT_FALSE(answer["properties"]["title"].contains("minLength")) << "what was never given is answered as well";
  const json& given = schemas["heitie.planning.v1.ProjectInput"];
  EXPECT_THAT(given["required"], ::testing::Contains("title"));
  EXPECT_EQ(given["properties"]["title"]["maxLength"], 200);
  EXPECT_FALSE(given["properties"].contains("state"));
  EXPECT_TRUE(given["properties"].contains("etag"));
  EXPECT_FALSE(given["properties"]["etag"].value("readOnly", false));
  const json& change = schemas["heitie.planning.v1.ProjectPatch"];
  EXPECT_FALSE(change.contains("required"));
  EXPECT_EQ(change["properties"]["title"]["maxLength"], 200);
  EXPECT_EQ(schemas["google.type.DateInput"]["anyOf"][0]["format"], "date");
}

TEST(OpenApiTest, ExamplesOfTheStory) {
  const json& create = Document()["paths"]["/v1/risks"]["post"];
  const json& body = create["requestBody"]["content"]["application/json"]["example"];
  EXPECT_EQ(body["category"], "CATEGORY_TECHNOLOGY");
  EXPECT_EQ(body["title"], "The sign-up page fails under load");
  int placeholders = 0, examples = 0;
  for (const auto& [path, item] : Document()["paths"].items()) {
    for (const auto& operation : item) {
      if (!operation.contains("requestBody")) continue;
      const auto content = operation["requestBody"]["content"].front();
      EXPECT_TRUE(content.contains("example")) << path;
      placeholders += absl::StrContains(content["example"].dump(), "${");
      ++examples;
    }
  }
  EXPECT_EQ(placeholders, 0);
  EXPECT_GT(examples, 500);
}

// Each is an answer of its type, with all that answers always hold.
TEST(OpenApiTest, ExamplesOfAnswers) {
  const json& examples = Document()["components"]["examples"];
  google::protobuf::DynamicMessageFactory factory;
  for (const auto& [name, example] : examples.items()) {
    const auto* type = CommentedContracts().FindMessageTypeByName(name);
    ASSERT_NE(type, nullptr) << name;
    const std::unique_ptr<google::protobuf::Message> message(factory.GetPrototype(type)->New());
    const auto read = google::protobuf::util::JsonStringToMessage(example["value"].dump(), message.get());
    EXPECT_TRUE(read.ok()) << name << ": " << read << " " << example;
    for (const auto& field : Document()["components"]["schemas"][name].value("required", json::array())) {
      EXPECT_TRUE(example["value"].contains(field.get<std::string>())) << name << " has no " << field;
    }
    EXPECT_FALSE(absl::StrContains(example.dump(), "${")) << example;
    EXPECT_LT(example.dump().size(), 10000u) << name;
  }
  const json& risk = examples["heitie.risk.v1.Risk"]["value"];
  EXPECT_EQ(risk["title"], "The sign-up page fails under load");
  EXPECT_THAT(risk["name"].get<std::string>(), ::testing::StartsWith("risks/"));
  EXPECT_EQ(examples["heitie.risk.v1.ListRisksResponse"]["value"]["risks"][0]["category"], "CATEGORY_TECHNOLOGY");
  const json& get = Document()["paths"]["/v1/risks/{risk}"]["get"]["responses"]["200"]["content"]["application/json"];
  EXPECT_EQ(get["examples"]["story"]["$ref"], "#/components/examples/heitie.risk.v1.Risk");
}

// Made of nothing but the contract are only those of methods that the story does not call (tests/contract says why).
TEST(OpenApiTest, EveryMethodHasAnExampleOfTheStory) {
  const std::set<std::string> excused = {"StepOverEvent", "RebuildMirror", "CancelLossSimulation"};
  const json told = ToldByTheBuild()["examples"];
  std::set<std::string> lacking;
  int methods = 0;
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string& name = service->method(i)->name();
      ++methods;
      if (!told.contains(name) && !told.contains(absl::StrCat(rpc::ProcessOf(*service), ".", name))) lacking.insert(name);
    }
  }
  EXPECT_EQ(lacking, excused) << "a line of tests/story makes the example; what has one needs no excuse";
  EXPECT_GT(methods, 1500);
}

TEST(OpenApiTest, ReasonsOfAMethod) {
  const json& assess = Document()["paths"]["/v1/risks/{risk}:assess"]["post"];
  EXPECT_THAT(assess["x-reasons"], ::testing::IsSupersetOf({"NOT_FOUND", "STALE_ETAG", "INVALID_FIELDS"}));
  EXPECT_THAT(assess["responses"]["409"]["description"].get<std::string>(), HasSubstr("`STALE_ETAG`"));
  std::set<std::string> known;
  for (const json& reason : json::parse(ReasonsJson(ToldByTheBuild()))) {
    EXPECT_TRUE(known.insert(reason["id"]).second);
    for (const char* name : {"code", "en", "zhTw", "zhCn", "todo"}) EXPECT_NE(reason[name], "") << reason["id"];
  }
  for (const auto& item : Document()["paths"]) {
    for (const auto& operation : item) {
      for (const auto& reason : operation.value("x-reasons", json::array())) EXPECT_EQ(known.count(reason), 1u) << reason;
    }
  }
}

TEST(OpenApiTest, HeadersOfAMethod) {
  const json& update = Document()["paths"]["/v1/projects/{project}"]["patch"];
  const auto has = [](const json& operation, const char* name) {
    const json reference = {{"$ref", absl::StrCat("#/components/parameters/", name)}};
    return std::count(operation["parameters"].begin(), operation["parameters"].end(), reference) == 1;
  };
  EXPECT_TRUE(has(update, "If-Match") && has(update, "Idempotency-Key") && has(update, "Accept-Language"));
  EXPECT_TRUE(update["responses"]["200"]["headers"].contains("ETag"));
  EXPECT_TRUE(update["responses"].contains("412"));
  const json& get = Document()["paths"]["/v1/projects/{project}"]["get"];
  EXPECT_TRUE(has(get, "If-None-Match") && !has(get, "If-Match") && get["responses"].contains("304"));
}

TEST(OpenApiTest, CarriesCommentsConstraintsAndRoles) {
  const json& project = Document()["components"]["schemas"]["heitie.planning.v1.Project"];
  EXPECT_THAT(project["description"].get<std::string>(), HasSubstr("P2"));
  EXPECT_EQ(project["properties"]["state"]["readOnly"], true);
  EXPECT_EQ(project["properties"]["owner"]["x-resource-reference"], "personnel.heitie/Employee");
  EXPECT_EQ(project["properties"]["createTime"]["format"], "date-time");
  EXPECT_THAT(Document()["components"]["schemas"]["heitie.planning.v1.ProjectInput"]["required"], ::testing::Contains("planPeriod"));
  const json& get = Document()["paths"]["/v1/projects/{project}"]["get"];
  EXPECT_THAT(get["x-roles"], ::testing::Contains("OPERATIONS_MANAGER"));
  EXPECT_EQ(get["tags"][0], "planning_PlanService") << "metrics has another one";
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
  EXPECT_EQ(update["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/heitie.planning.v1.ProjectPatch");
  std::set<std::string> names;
  for (const auto& each : update["parameters"]) {
    const json& parameter = Resolved(each);
    if (parameter["in"] != "header") names.insert(parameter["name"].get<std::string>());
  }
  EXPECT_EQ(names, (std::set<std::string>{"project", "updateMask", "requestId", "validateOnly", "readMask"}));
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
