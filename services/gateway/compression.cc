#include "services/gateway/compression.h"

#include <zlib.h>

#include <algorithm>

namespace heitie::gateway {
namespace {

// Windows of 15 bits; zlib is told by 16 more that the form is gzip's.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr size_t kStep = 16 << 10;

Bytef* Input(const std::string& bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

class Inflater {
 public:
  explicit Inflater(const std::string& bytes) {
    stream_.next_in = Input(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;

  absl::StatusOr<std::string> All(size_t most) {
    if (!ready_) return absl::InternalError("zlib has no memory");
    std::string out;
    while (true) {
      const size_t before = out.size();
      out.resize(before + std::min(kStep, most + 1 - before));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = static_cast<uInt>(out.size() - before);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      out.resize(out.size() - stream_.avail_out);
      if (out.size() > most) return absl::OutOfRangeError("too much is inflated");
      if (result == Z_STREAM_END) {
        if (stream_.avail_in == 0) return out;
        if (inflateReset(&stream_) != Z_OK) return Bad();  // the next member
      } else if (result != Z_OK || (stream_.avail_in == 0 && stream_.avail_out > 0)) {
        return Bad();
      }
    }
  }

 private:
  static absl::Status Bad() { return absl::InvalidArgumentError("this is not gzip, or not all of it"); }

  z_stream stream_ = {};
  bool ready_ = false;
};

}  // namespace

std::string Gzip(const std::string& bytes, Effort effort) {
  z_stream stream = {};
  const int level = effort == Effort::kFast ? Z_BEST_SPEED : Z_BEST_COMPRESSION;
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) return "";
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = Input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return whole && out.size() < bytes.size() ? out : "";
}

absl::StatusOr<std::string> Gunzip(const std::string& bytes, size_t most) {
  return Inflater(bytes).All(std::min(most, std::max(kFreeInflation, bytes.size() * kMostRatio)));
}

}  // namespace heitie::gateway
