// Whether stored bytes are a bitmap of Roaring, looked at before the library reads them: release 0.2.66, which Debian ships, believes what
// containers say of themselves and then writes beyond its memory. Pure.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_BITMAP_BYTES_H_
#define HEITIE_SERVICES_METRICS_ENGINE_BITMAP_BYTES_H_

#include "absl/strings/string_view.h"

namespace heitie::metrics {

// True for exactly the portable format (RoaringFormatSpec, github.com/RoaringBitmap) of a set: keys and values ascend, runs do not overlap,
// numbers of values are true, and nothing follows. Linear in the bytes.
bool IsBitmap(absl::string_view bytes);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_BITMAP_BYTES_H_
