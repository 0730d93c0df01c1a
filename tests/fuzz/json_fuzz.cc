// A method's name, then a JSON body as the gateway gets it. What is accepted survives being written and read again, and is what protobuf's
// own parser makes of it where that accepts it too.
#include "google/protobuf/util/json_util.h"
#include "services/gateway/json.h"
#include "services/gateway/transcode.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

void Play(const google::protobuf::Descriptor& type, const std::string& body) {
  const auto request = New(type);
  const absl::Status status = gateway::ParseRequest(body, request.get());
  if (!status.ok()) return RequireRefusal(status);
  ClearMask(*request);
  const std::string bytes = Canonical(*request);

  const auto again = New(type);
  Require(gateway::ParseRequest(gateway::ToJson(*request), again.get()).ok(), "what is written can be read");
  RequireEqual(Canonical(*again), bytes, "what is written and read again is the same");

  const auto theirs = New(type);
  if (body.empty() || !google::protobuf::util::JsonStringToMessage(body, theirs.get()).ok()) return;
  ClearMask(*theirs);
  RequireEqual(Canonical(*theirs), bytes, "protobuf reads the same");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 2);
  heitie::fuzz::Play(*heitie::fuzz::MethodOf(lines[0]).input_type(), lines[1]);
  return 0;
}
