#include "services/gateway/enveloped.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/rpc/bounds.h"
#include "common/rpc/bytes.h"
#include "common/status/macros.h"
#include "services/gateway/compression.h"
#include "services/gateway/transcode.h"

namespace heitie::gateway {
namespace {

const status::Reason kBadEnvelope{absl::StatusCode::kInvalidArgument, "BAD_ENVELOPE",
                                  "The messages of the body are framed wrongly: {what}.", "內容中訊息的封裝有誤：{what}。"};
const status::Phrase kUnknownFlags{"an envelope has flags that are not known", "封裝帶有未知的旗標"};
const status::Phrase kNoCoding{"an envelope is compressed, but no encoding was named", "封裝經過壓縮，但未指明編碼"};
const status::Phrase kCutOff{"the body ends within a message", "內容在訊息中途結束"};
const status::Phrase kNotBase64{"the text is not base64", "文字不是 base64"};

absl::Status BadEnvelope(const status::Phrase& what) { return status::Error(kBadEnvelope, {{"what", what}}); }

}  // namespace

EnvelopedProtocol::EnvelopedProtocol(Exchange& exchange, bool json) : Protocol(exchange), json_(json), reader_(rpc::kMaxMessageBytes) {}

void EnvelopedProtocol::Read(std::function<void(rpc::Incoming)> take) {
  rpc::Incoming incoming;
  if (Next(&incoming)) return take(std::move(incoming));
  exchange_.responder->ReadPiece(reader_.held(), [live = exchange_.shared_from_this(), this,
                                                  take = std::move(take)](absl::StatusOr<std::optional<std::string>> piece) mutable {
    if (!piece.ok()) return take(BodyError(piece.status()));
    if (!piece->has_value()) {
      ended_reading_ = true;
    } else {
      auto bytes = Decoded(**std::move(piece));
      if (!bytes.ok()) return take(BadEnvelope(kNotBase64));
      exchange_.request_bytes += bytes->size();
      reader_.Put(*bytes);
    }
    Read(std::move(take));
  });
}

bool EnvelopedProtocol::Next(rpc::Incoming* incoming) try {
  auto envelope = reader_.Take();
  if (!envelope.ok()) {
    size_t size = 0;
    *incoming = absl::SimpleAtoi(envelope.status().message(), &size) ? TooLarge(size) : envelope.status();
    return true;
  }
  if (envelope->has_value()) {
    *incoming = Message(**std::move(envelope));
    return true;
  }
  if (!ended_reading_) return false;
  *incoming = Last();
  return true;
} catch (...) {
  *incoming = exchange_.Thrown();
  return true;
}

rpc::Incoming EnvelopedProtocol::Last() const {
  if (reader_.held() > 0 || !DecodedAll()) return BadEnvelope(kCutOff);
  return std::optional<grpc::ByteBuffer>();
}

rpc::Incoming EnvelopedProtocol::Message(Envelope envelope) const {
  if ((envelope.flags & ~Envelope::kCompressed) != 0) return BadEnvelope(kUnknownFlags);
  if ((envelope.flags & Envelope::kCompressed) != 0) {
    if (!IsGzip(request_coding_)) return BadEnvelope(kNoCoding);
    ASSIGN_OR_RETURN(envelope.message, Inflated(envelope.message));
  }
  if (!json_) return std::optional<grpc::ByteBuffer>(BufferOf(envelope.message));
  Scratch scratch;
  google::protobuf::Message* const message = exchange_.NewRequest(scratch);
  RETURN_IF_ERROR(ParseRequest(envelope.message, message));
  return std::optional<grpc::ByteBuffer>(rpc::Serialize(*message));
}

absl::StatusOr<std::string> EnvelopedProtocol::Piece(const grpc::ByteBuffer& message) const {
  std::string bytes;
  if (json_) {
    ASSIGN_OR_RETURN(bytes, exchange_.AnswerJson(message));
  } else {
    bytes = BytesOf(message);
  }
  if (compresses_ && bytes.size() >= kWorthCompressing) {
    if (const std::string compressed = Gzip(bytes); !compressed.empty()) return Enveloped(Envelope::kCompressed, compressed);
  }
  return Enveloped(0, bytes);
}

void EnvelopedProtocol::Begin() {
  if (!std::exchange(begun_, true)) exchange_.responder->StartStream(exchange_.Adorned(Head()));
}

void EnvelopedProtocol::Send(const grpc::ByteBuffer& message, std::function<void()> next) {
  auto piece = Piece(message);
  if (!piece.ok()) return Finish(piece.status());
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    Begin();
  }
  exchange_.responder->Write(Encoded(*std::move(piece)), std::move(next));
}

void EnvelopedProtocol::Finish(const absl::Status& status) {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    if (!begun_ && !status.ok()) return exchange_.Send(Refusal(status));
    Begin();
  }
  End(status);
}

}  // namespace heitie::gateway
