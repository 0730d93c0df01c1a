#include "tests/contract/told.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/contract.h"
#include "common/rpc/services.h"
#include "common/test/matchers.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/options/v1/person.pb.h"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "tests/contract/witness.h"
#include "tests/story/player.h"
#include "tests/story/robot_group.h"
#include "tests/story/shop_page.h"

namespace heitie::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

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

// Plays the story on a suite.
class Teller {
 public:
  Teller(Suite& suite, Telling& telling) : suite_(suite), telling_(telling), witness_(suite) {}
  void Tell() {
    story::Player player([this](const auto&... arguments) { return Send(arguments...); }, "told", kSuiteTime);
    const story::ShopPage page(player);
    const story::RobotGroup group(
        player, [this] { return suite_.Now(); }, [this] { EXPECT_THAT(suite_.RunJobs(absl::Seconds(1)), test::IsOk()); });
    player.Keep([this] { return suite_.Now(); });
    player.At("DAYS_LATER", [this] { EXPECT_THAT(suite_.RunJobs(absl::Hours(72)), test::IsOk()); });
    player.Play("", "");
  }

 private:
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
    ASSERT_TRUE(witness_.Ask(caller_, *get, *request, &response).ok()) << name;
    ASSERT_TRUE(read->ParseFromString(response));
    EXPECT_THAT(*read, test::EqualsProto(answer)) << method.full_name() << " answers otherwise than " << get->name();
    ++telling_.compared;
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
    EXPECT_THAT(witness_.Ask(caller_, method, *request), test::HasReason("NOT_FOUND"))
        << method.full_name() << " below " << name << "'s missing sibling";
  }

  // The paths of a request, as violations tell them, at which it names an employee who has to answer for something; there it names somebody
  // of whom nobody knows from now on. Fields of a resource that the mask leaves out are as they were.
  void NameStrangers(Message& message, const std::string& prefix, std::map<std::string, std::string>& fields) {
    std::vector<const google::protobuf::FieldDescriptor*> set;
    const auto& r = *message.GetReflection();
    r.ListFields(message, &set);
    for (const auto* field : set) {
      if (field->is_map() || rpc::Behaves(*field, google::api::OUTPUT_ONLY)) continue;
      const bool answers = !field->options().GetExtension(options::v1::person).open().empty();
      for (int i = 0; i < (field->is_repeated() ? r.FieldSize(message, field) : 1); ++i) {
        const std::string path = absl::StrCat(prefix, field->name(), field->is_repeated() ? absl::StrCat("[", i, "]") : "");
        if (field->message_type() != nullptr) {
          NameStrangers(field->is_repeated() ? *r.MutableRepeatedMessage(&message, field, i) : *r.MutableMessage(&message, field),
                        path + ".", fields);
        } else if (answers) {
          const std::string stranger = absl::StrCat("employees/stranger-", sent_, "-", fields.size());
          field->is_repeated() ? r.SetRepeatedString(&message, field, i, stranger) : r.SetString(&message, field, stranger);
          fields[path] = field->full_name();
        }
      }
    }
  }

  // The same request with strangers in place of everybody who has to answer for something; nothing is there afterwards. Returns the
  // refusal, OK where it names nobody or nothing was to be written anyway.
  absl::Status AskWithStrangers(const MethodDescriptor& method, const Message& told, std::map<std::string, std::string>& fields) {
    if (rpc::OnlyReads(method) || method.client_streaming()) return absl::OkStatus();
    const std::unique_ptr<Message> request(told.New());
    request->CopyFrom(told);
    NameStrangers(*request, "", fields);
    if (fields.empty()) return absl::OkStatus();
    const auto* request_id = request->GetDescriptor()->FindFieldByName("request_id");
    if (request_id != nullptr) request->GetReflection()->SetString(request.get(), request_id, absl::StrCat("story-", sent_++));
    const int64_t events = suite_.Events();
    absl::Status refused = witness_.Ask(caller_, method, *request);
    EXPECT_EQ(suite_.Events(), events) << method.full_name() << " has named strangers: " << request->ShortDebugString();
    return refused;
  }

  // Of a request that was right but for those whom it named: each is told at its field, by whatever reason, unless something else stands in
  // the way before.
  void ExpectStrangersTold(const MethodDescriptor& method, const std::map<std::string, std::string>& fields, const absl::Status& refused) {
    if (!absl::IsInvalidArgument(refused)) return;
    for (const auto& [path, field] : fields) {
      EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(absl::StrCat(path, ": "))) << method.full_name();
      telling_.refused_strangers.insert(field);
    }
  }

  // One request of the story. A change is asked for again, and what it answers is compared with what can be read.
  absl::Status Send(const story::Person& who, const MethodDescriptor& method, const Message& told, Message* answer) {
    caller_ = From(who.resource, who.role, who.department);
    const std::unique_ptr<Message> request(told.New());
    request->CopyFrom(told);
    AddNanoseconds(*request);
    const auto* request_id = request->GetDescriptor()->FindFieldByName("request_id");
    if (request_id != nullptr && request->GetReflection()->GetString(*request, request_id).empty()) {
      request->GetReflection()->SetString(request.get(), request_id, absl::StrCat("story-", sent_++));
    }
    std::map<std::string, std::string> strangers;
    const absl::Status refused = AskWithStrangers(method, *request, strangers);
    std::string response;
    const absl::Status status = witness_.Ask(caller_, method, *request, &response);
    if (status.ok()) ExpectStrangersTold(method, strangers, refused);
    if (status.ok()) EXPECT_TRUE(answer->ParseFromString(response));
    answers_.Keep(method, status, answer);
    if (!status.ok()) return status;
    telling_.succeeded.insert(method.full_name());
    if (!rpc::OnlyReads(method)) {
      (void)witness_.AskAgain(caller_, method, *request, response);
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

  Suite& suite_;
  Telling& telling_;
  Witness witness_;
  Answers answers_;
  rpc::Arrival caller_;
  int sent_ = 0;
  std::string asked_;  // the last question
};

struct ToldStory {
  Suite suite;
  Telling telling;
};

std::unique_ptr<ToldStory>& Told() {
  static std::unique_ptr<ToldStory> told;
  return told;
}

ToldStory& TellOnce() {
  if (Told() != nullptr) return *Told();
  Told() = std::make_unique<ToldStory>();
  Teller(Told()->suite, Told()->telling).Tell();
  return *Told();
}

class Forget final : public ::testing::Environment {
  void TearDown() override { Told().reset(); }
};
[[maybe_unused]] const auto* const kForget = ::testing::AddGlobalTestEnvironment(new Forget);

}  // namespace

Suite& ToldSuite() { return TellOnce().suite; }
const Telling& TheTelling() { return TellOnce().telling; }

}  // namespace heitie::contract
