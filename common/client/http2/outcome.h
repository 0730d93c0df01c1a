// How a call ended, by what its stream said, in gRPC's terms.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_OUTCOME_H_
#define HEITIE_COMMON_CLIENT_HTTP2_OUTCOME_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "grpcpp/support/status.h"

namespace heitie::client {

// Collects the headers and trailers of an answer.
class Outcome {
 public:
  // Of either; what does not matter is dropped. False when there are more than a connection of the suite carries.
  bool Take(std::string_view name, std::string_view value);
  // What the trailers say, or what is to be made of an answer that is none of gRPC's.
  grpc::Status Status() const;

 private:
  size_t bytes_ = 0;
  std::string http_status_, code_, message_, details_;
  bool is_grpc_ = false;
};

// Of a stream that was reset with this code of HTTP/2.
grpc::Status StatusOfReset(uint32_t error);

// The time that a call has, as the header grpc-timeout says it; never less than a millisecond.
std::string TimeoutText(int64_t millis);

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_OUTCOME_H_
