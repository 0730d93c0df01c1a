// Messages to and from the bytes of the wire, copied once.
#ifndef HEITIE_COMMON_RPC_BYTES_H_
#define HEITIE_COMMON_RPC_BYTES_H_

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace heitie::rpc {

// False when the bytes are not such a message. No bytes at all are the empty message.
bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

grpc::ByteBuffer Serialize(const google::protobuf::Message& message);

// What `from` had. gRPC's buffers can only be copied, which is dear, or exchanged.
grpc::ByteBuffer TakenFrom(grpc::ByteBuffer& from);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_BYTES_H_
