#include "common/service/memory.h"

#ifdef HEITIE_TCMALLOC
#include <gperftools/malloc_extension.h>
#endif

namespace heitie::service {

#ifdef HEITIE_TCMALLOC

size_t UnusedMemory() {
  size_t bytes = 0;
  MallocExtension::instance()->GetNumericProperty("tcmalloc.pageheap_free_bytes", &bytes);
  return bytes;
}

void ReleaseMemory() {
  const size_t unused = UnusedMemory();
  if (unused > kKeptBytes) MallocExtension::instance()->ReleaseToSystem((unused - kKeptBytes) / 2);
}

#else  // a sanitizer's allocator, which keeps what it likes

size_t UnusedMemory() { return 0; }
void ReleaseMemory() {}

#endif

}  // namespace heitie::service
