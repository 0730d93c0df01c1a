#include "tests/contract/told.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "common/rpc/contract.h"
#include "google/rpc/status.pb.h"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "tests/story/player.h"
#include "tests/story/shop_page.h"

namespace heitie::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::unique_ptr<Suite>& Told() {
  static std::unique_ptr<Suite> told;
  return told;
}

// Every answer of the story as the gateway words it, a line for each, for whoever holds it against the documentation (tests/openapi). Kept
// in the file that HEITIE_STORY_ANSWERS names.
class Answers {
 public:
  Answers() {
    if (const char* const path = std::getenv("HEITIE_STORY_ANSWERS"); path != nullptr) out_.open(path, std::ios::trunc);
  }
  void Keep(const MethodDescriptor& method, const absl::Status& status, const Message* answer) {
    if (!out_.is_open()) return;
    out_ << "{\"method\":\"" << FullName(method) << "\",";
    if (status.ok()) {
      out_ << "\"answer\":" << gateway::ToJson(*answer) << "}\n";
    } else {
      out_ << "\"error\":"
           << gateway::ErrorJson(status::ToProto(status, status::Language::kTraditionalChinese), gateway::HttpCode(status.code())) << "}\n";
    }
  }

 private:
  std::ofstream out_;
};

class Forget final : public ::testing::Environment {
  void TearDown() override { Told().reset(); }
};
[[maybe_unused]] const auto* const kForget = ::testing::AddGlobalTestEnvironment(new Forget);

}  // namespace

Suite& ToldSuite() {
  if (Told() != nullptr) return *Told();
  Told() = std::make_unique<Suite>();
  Suite& suite = *Told();
  std::string asked;  // the last question
  Answers answers;
  story::Player player(
      [&](const story::Person& who, const MethodDescriptor& method, const Message& request, Message* answer) -> absl::Status {
        std::string response;
        const std::string bytes = request.SerializeAsString();
        const absl::Status status = suite.Ask(From(who.resource, who.role, who.department), method, bytes, &response);
        if (status.ok()) EXPECT_TRUE(answer->ParseFromString(response));
        answers.Keep(method, status, answer);
        if (!status.ok()) return status;
        // What only reads moves nothing, unless the story waits for something and asks again.
        if (std::string question = method.full_name() + bytes; rpc::OnlyReads(method) && question != asked) {
          asked = std::move(question);
          return status;
        }
        return suite.RunJobs();
      },
      "told", kSuiteTime);
  const story::ShopPage page(player);
  player.At("DAYS_LATER", [&] { EXPECT_TRUE(suite.RunJobs(absl::Hours(72)).ok()); });
  player.Play("", "");
  return suite;
}

}  // namespace heitie::contract
