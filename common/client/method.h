// A method of another service, as the compiler knows it. The constants are generated from the contracts (proto/methods.cc).
#ifndef HEITIE_COMMON_CLIENT_METHOD_H_
#define HEITIE_COMMON_CLIENT_METHOD_H_

namespace heitie::client {

template <typename Request, typename Response>
struct Method {
  const char* process;  // "risk"
  const char* path;     // "heitie.risk.v1.RegisterService/SummarizeRisks"
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_METHOD_H_
