#include "common/client/http2/messages.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace heitie::client {

size_t MessageReader::Put(std::string_view bytes) {
  size_t used = 0;
  if (error_ != Error::kNone || whole()) return used;
  if (head_size_ < kHeadBytes) {
    used = std::min(kHeadBytes - head_size_, bytes.size());
    std::memcpy(head_ + head_size_, bytes.data(), used);
    head_size_ += used;
    if (head_size_ < kHeadBytes) return used;
    ReadHead();
    if (error_ != Error::kNone) return used;
  }
  const size_t count = std::min<size_t>(size_ - filled_, bytes.size() - used);
  if (count == 0) return used;
  if (message_.size() == 0) message_ = grpc::Slice(size_);
  std::memcpy(const_cast<uint8_t*>(message_.begin()) + filled_, bytes.data() + used, count);
  filled_ += count;
  return used + count;
}

void MessageReader::ReadHead() {
  const auto byte = [this](int i) { return static_cast<uint32_t>(static_cast<unsigned char>(head_[i])); };
  size_ = byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
  if (head_[0] != 0) error_ = Error::kCompressed;
  if (size_ > most_) error_ = Error::kTooLarge;
}

std::optional<grpc::ByteBuffer> MessageReader::Take() {
  if (error_ != Error::kNone || !whole()) return std::nullopt;
  std::optional<grpc::ByteBuffer> message(std::in_place, &message_, 1);
  message_ = grpc::Slice();
  head_size_ = filled_ = 0;
  size_ = 0;
  return message;
}

std::string Enveloped(const grpc::ByteBuffer& message) {
  const auto size = static_cast<uint32_t>(message.Length());
  std::string bytes;
  bytes.reserve(5 + size);
  bytes.push_back(0);
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift));
  grpc::Slice single;
  if (message.TrySingleSlice(&single).ok()) return bytes.append(reinterpret_cast<const char*>(single.begin()), single.size());
  std::vector<grpc::Slice> slices;
  (void)message.Dump(&slices);
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace heitie::client
