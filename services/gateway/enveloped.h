// What the streaming protocols have in common: messages in envelopes both ways, in binary or as JSON, compressed or not.
#ifndef HEITIE_SERVICES_GATEWAY_ENVELOPED_H_
#define HEITIE_SERVICES_GATEWAY_ENVELOPED_H_

#include <mutex>
#include <string>

#include "services/gateway/envelope.h"
#include "services/gateway/protocol.h"

namespace heitie::gateway {

class EnvelopedProtocol : public Protocol {
 public:
  Body body() const override { return Body::kPieces; }
  void Read(std::function<void(rpc::Incoming)> take) override;
  void Send(const grpc::ByteBuffer& message, std::function<void()> next) override;
  void Finish(const absl::Status& status) override;

 protected:
  EnvelopedProtocol(Exchange& exchange, bool json);

  // --- What a protocol says itself

  // The head of an answer that has a body.
  virtual http::Response Head() const = 0;
  // The bytes of a piece of the request's body, and of a piece of the answer's.
  virtual absl::StatusOr<std::string> Decoded(std::string piece) { return piece; }
  virtual std::string Encoded(std::string piece) const { return piece; }
  // Whether the client may stop where it is: nothing of a piece is missing.
  virtual bool DecodedAll() const { return true; }
  // The end of an answer whose head is out.
  virtual void End(const absl::Status& status) = 0;

  // What was negotiated by the head.
  std::string request_coding_;
  bool compresses_ = false;

 private:
  rpc::Incoming Message(Envelope envelope) const;
  rpc::Incoming Last() const;
  // What the pieces that are here make. False: nothing yet.
  bool Next(rpc::Incoming* incoming);
  absl::StatusOr<std::string> Piece(const grpc::ByteBuffer& message) const;
  void Begin();

  const bool json_;
  EnvelopeReader reader_;
  bool ended_reading_ = false;
  std::mutex mutex_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_ENVELOPED_H_
