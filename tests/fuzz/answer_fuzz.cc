// What another process answers over gRPC: messages, however their body is cut, and what the trailers make of the end. The first byte says
// how the body is cut, the second where the trailers begin; these are lines `name: value`.
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/client/http2/messages.h"
#include "common/client/http2/outcome.h"
#include "common/rpc/bounds.h"
#include "common/rpc/wire_status.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

constexpr size_t kMost = 200;

std::string Messages(std::string_view body, size_t piece) {
  client::MessageReader reader(kMost);
  std::string seen;
  for (size_t at = 0; at < body.size(); at += piece) {
    std::string_view rest = body.substr(at, piece);
    while (true) {
      const size_t used = reader.Put(rest);
      Require(used <= rest.size(), "no more is used than there is");
      rest.remove_prefix(used);
      const auto message = reader.Take();
      if (!message.has_value()) break;
      Require(message->Length() <= kMost, "a message is within its limit");
      seen += client::Enveloped(*message);
    }
    if (reader.error() != client::MessageReader::Error::kNone) return seen + "!";
    Require(rest.empty(), "what is no error is read");
  }
  return seen + (reader.between() ? "." : "?");
}

void PlayTrailers(const std::string& text) {
  client::Outcome outcome;
  size_t taken = 0;
  for (const auto& line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.find(": ", 1);  // of :status the first is its name's
    if (colon == absl::string_view::npos) continue;
    const std::string_view name(line.data(), colon), value(line.data() + colon + 2, line.size() - colon - 2);
    if (outcome.Take(name, value)) taken += line.size();
  }
  Require(taken <= rpc::kChannelMetadataBytes, "heads have a bound");
  const grpc::Status status = outcome.Status();
  const absl::Status known = rpc::FromGrpc(status);
  Require(known.ok() == status.ok(), "what failed has failed");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace heitie::fuzz;
  if (size < 2) return 0;
  const size_t piece = 1 + data[0] % 40;
  const std::string rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string body = rest.substr(0, data[1]);
  const std::string whole = Messages(body, body.size() + 1);
  RequireEqual(Messages(body, piece), whole, "however a body is cut, it says the same");
  Require(body.compare(0, whole.size() - 1, whole, 0, whole.size() - 1) == 0, "what is read is what was there");
  PlayTrailers(rest.substr(std::min<size_t>(data[1], rest.size())));
  return 0;
}
