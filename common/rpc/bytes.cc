#include "common/rpc/bytes.h"

#include "grpcpp/support/proto_buffer_reader.h"

namespace heitie::rpc {

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  if (!bytes.Valid() || bytes.Length() == 0) return true;
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  grpc::ByteBuffer shared(bytes);  // the reader wants a buffer that it may change; this shares the slices
  grpc::ProtoBufferReader reader(&shared);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

grpc::ByteBuffer Serialize(const google::protobuf::Message& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer TakenFrom(grpc::ByteBuffer& from) {
  grpc::ByteBuffer taken;
  taken.Swap(&from);
  return taken;
}

}  // namespace heitie::rpc
