#include "common/rpc/services.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor_database.h"

namespace heitie::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;

// Contracts of tests only.
constexpr const char* kTestProcess = "test";

std::vector<const ServiceDescriptor*> AllServices() {
  std::vector<std::string> files;
  // Protobuf offers no other list of what is linked in.
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& file : files) {
    if (!absl::StartsWith(file, "heitie/")) continue;
    const auto* descriptor = DescriptorPool::generated_pool()->FindFileByName(file);
    for (int i = 0; i < descriptor->service_count(); ++i) services.push_back(descriptor->service(i));
  }
  std::sort(services.begin(), services.end(), [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
  return services;
}

}  // namespace

std::string ProcessOf(const ServiceDescriptor& service) {
  const std::vector<std::string> parts = absl::StrSplit(service.file()->package(), '.');
  return parts.size() == 3 && parts[0] == "heitie" ? parts[1] : "";
}

std::vector<const ServiceDescriptor*> ServicesOf(const std::string& scope) {
  static const auto* const kAll = new std::vector<const ServiceDescriptor*>(AllServices());
  std::vector<const ServiceDescriptor*> services;
  for (const ServiceDescriptor* service : *kAll) {
    const bool in_scope =
        scope.empty() ? ProcessOf(*service) != kTestProcess : service->file()->package() == scope || service->full_name() == scope;
    if (in_scope) services.push_back(service);
  }
  return services;
}

const google::protobuf::MethodDescriptor* FindMethod(const std::string& process, const std::string& name) {
  for (const ServiceDescriptor* service : ServicesOf(absl::StrCat("heitie.", process, ".v1"))) {
    if (const auto* method = service->FindMethodByName(name)) return method;
  }
  return nullptr;
}

std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

}  // namespace heitie::rpc
