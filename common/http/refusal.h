// What the server itself refuses: why, with its reason and HTTP's code.
#ifndef HEITIE_COMMON_HTTP_REFUSAL_H_
#define HEITIE_COMMON_HTTP_REFUSAL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/status/reason.h"

namespace heitie::http {

struct Refused {
  int code = 500;
  absl::Status why;
};

// 400: what a proxy might understand in another way, or nobody at all.
Refused BadHttp(const status::Phrase& why);
Refused NoHttp();
Refused BodyTooLarge(uint64_t most);
Refused TargetTooLong(uint64_t most);
Refused HeadTooLarge(uint64_t most);
Refused TooManyHeaders(int most);
Refused TooSlow();
// A Transfer-Encoding besides chunked.
Refused UnknownCoding();
// A method that has no path: CONNECT.
Refused NoTunnel();
// The judge threw.
Refused NotJudged();
// The handler has let go of its Responder.
Refused NotAnswered();
// 503, come again in a second.
Refused Busy(const status::Phrase& why);

extern const status::Phrase kManyConnections;
extern const status::Phrase kMuchArriving;
extern const status::Phrase kMuchUnsent;

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_REFUSAL_H_
