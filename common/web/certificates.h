// What servers show of themselves while TLS connections are made.
#ifndef HEITIE_COMMON_WEB_CERTIFICATES_H_
#define HEITIE_COMMON_WEB_CERTIFICATES_H_

#include <optional>

#include "common/web/client.h"

struct ssl_ctx_st;

namespace heitie::web {

// Of one connection or several, one after the other.
struct Shown {
  // The one that expires first.
  std::optional<Certificate> first;
  // Why the last connection was refused: because a certificate has expired.
  bool expired = false;
};

// Notes what is shown to connections of the context; `shown` outlives them. Who is trusted stays as it is.
void Watch(ssl_ctx_st& context, Shown& shown);

}  // namespace heitie::web

#endif  // HEITIE_COMMON_WEB_CERTIFICATES_H_
