#include "services/gateway/contracts.h"

#include <cstdio>
#include <cstdlib>

#include "google/protobuf/descriptor.pb.h"
#include HEITIE_STAMP_FILE

// What is embedded is in the text of this file, for ccache.
[[maybe_unused]] static constexpr char kStamp[] = HEITIE_EMBEDDED;

// The file that protoc --include_source_info wrote (CMakeLists.txt), as it is.
__asm__(
    ".section .rodata\n"
    ".global kHeitieContractsBegin\n"
    "kHeitieContractsBegin:\n"
    ".incbin \"" HEITIE_CONTRACTS_FILE
    "\"\n"
    ".global kHeitieContractsEnd\n"
    "kHeitieContractsEnd:\n"
    ".previous\n");

extern "C" const char kHeitieContractsBegin[], kHeitieContractsEnd[];

namespace heitie::gateway {

const google::protobuf::DescriptorPool& CommentedContracts() {
  static const auto* const kContracts = [] {
    google::protobuf::FileDescriptorSet files;
    auto* pool = new google::protobuf::DescriptorPool;
    bool good = files.ParseFromArray(kHeitieContractsBegin, static_cast<int>(kHeitieContractsEnd - kHeitieContractsBegin));
    for (const auto& file : files.file()) good = good && pool->BuildFile(file) != nullptr;
    if (!good) {
      std::fputs("the embedded contracts cannot be read\n", stderr);
      std::abort();
    }
    return pool;
  }();
  return *kContracts;
}

}  // namespace heitie::gateway
