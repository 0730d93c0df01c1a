// A letter for the form and a text: times, durations and masks as clients write them.
#include "common/time/instant.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/type/date.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/json.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

// `text` as JSON of the message: written and read again, it stays the same, and protobuf reads the same.
template <typename T>
void PlayJson(const std::string& text, bool compared = true) {
  if (!IsUtf8(text)) return;
  T message, again, theirs;
  std::string json;
  gateway::AppendJsonString(text, &json);
  nlohmann::json value = text;
  gateway::FieldErrors errors;
  gateway::MergeJson(value, "field", &message, &errors);
  if (!errors.empty()) return RequireRefusal(errors.status(), {"field"});
  const std::string written = gateway::ToJson(message);
  gateway::MergeJson(nlohmann::json::parse(written), "field", &again, &errors);
  Require(errors.empty(), "what is written can be read");
  RequireEqual(gateway::ToJson(again), written, "what is written and read again is the same");
  if (!compared || !google::protobuf::util::JsonStringToMessage(json, &theirs).ok()) return;
  RequireEqual(Canonical(theirs), Canonical(message), "protobuf reads the same");
}

void PlayTime(const std::string& text) {
  PlayJson<google::protobuf::Timestamp>(text);
  const auto timestamp = time::ParseTimestamp(text);
  if (!timestamp || timestamp->seconds() < 0) return;  // the door lets through 1970 to 9999
  const absl::Time instant = time::ToTime(*timestamp);
  RequireEqual(Canonical(time::ToTimestamp(time::ToTime(time::ToTimestamp(instant)))), Canonical(time::ToTimestamp(instant)),
               "a time of the database stays the same");
  const auto again = time::ParseTimestamp(time::InstantText(instant));
  Require(again && time::ToTime(*again) == instant, "a time that is written can be read");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace heitie::fuzz;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 't':
      PlayTime(text);
      break;
    case 'd':
      PlayJson<google::protobuf::Duration>(text);
      break;
    case 'm':
      // Underscores are taken, though the form has none and cannot give all of them back; and protobuf reads aBC as a_bc.
      if (text.find('_') == std::string::npos) PlayJson<google::protobuf::FieldMask>(text, false);
      break;
    default:
      break;
  }
  return 0;
}
