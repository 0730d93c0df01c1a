#include "common/work/priority.h"

#include "absl/strings/str_replace.h"

namespace heitie::work {

Priority PriorityOf(const google::protobuf::MethodDescriptor& method) {
  const Priority declared = method.options().GetExtension(options::v1::priority);
  if (declared != options::v1::PRIORITY_UNSPECIFIED) return declared;
  return method.input_type()->FindFieldByName("page_size") != nullptr ? options::v1::PRIORITY_LOW : options::v1::PRIORITY_NORMAL;
}

Priority PriorityOf(const std::string& method) {
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrReplaceAll(method, {{"/", "."}}));
  return descriptor == nullptr ? options::v1::PRIORITY_NORMAL : PriorityOf(*descriptor);
}

}  // namespace heitie::work
