#include "tests/e2e/patience.h"

#include <atomic>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/outage.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/story/player.h"

namespace heitie::e2e {
namespace {

constexpr absl::Duration kNoAdvice = absl::Milliseconds(50);  // before a repetition when no answer came that says how long

// How long the answer tells to wait.
absl::Duration AdviceOf(const absl::Status& status) {
  const google::rpc::Status proto = status::ToProto(status, status::Language::kEnglish);
  for (const auto& detail : proto.details()) {
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&retry)) return absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
  }
  return kNoAdvice;
}

}  // namespace

absl::Status Insist(const std::function<absl::Status()>& ask, absl::Duration patience,
                    const std::function<bool(const absl::Status&)>& again) {
  const absl::Time end = absl::Now() + patience;
  absl::Status status = ask();
  while (again(status) && absl::Now() < end) {
    absl::SleepFor(AdviceOf(status));
    status = ask();
  }
  return status;
}

Asker Once() {
  return [](const Person& who, const std::string& method, const std::string& request, google::protobuf::Message* response) {
    return who.Call(method, request, response);
  };
}

Asker Insistent(const std::string& prefix, absl::Duration patience) {
  const auto count = std::make_shared<std::atomic<int>>(0);
  return [=](const Person& who, const std::string& method, const std::string& request, google::protobuf::Message* response) {
    const bool changes =
        story::MethodNamed(method).input_type()->FindFieldByName("request_id") != nullptr && !absl::StrContains(request, "request_id:");
    const std::string text = changes ? absl::StrCat(request, " request_id: '", prefix, "-", (*count)++, "'") : request;
    return Insist([&] { return who.Call(method, text, response); }, patience, status::IsOutage);
  };
}

absl::Status Put(const Asker& asker, const Person& who, const std::string& method, const std::string& request) {
  const google::protobuf::Descriptor* type = story::MethodNamed(method).output_type();
  const std::unique_ptr<google::protobuf::Message> response(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  return asker(who, method, request, response.get());
}

}  // namespace heitie::e2e
