// Messages to and from the bytes of the wire, copied once.
#pragma once

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace heitie::rpc {

// False when the bytes are not such a message. No bytes at all are the empty message.
bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

grpc::ByteBuffer Serialize(const google::protobuf::Message& message);

}  // namespace heitie::rpc
