#ifndef HEITIE_COMMON_WORK_PRIORITY_H_
#define HEITIE_COMMON_WORK_PRIORITY_H_

#include <string>

#include "google/protobuf/descriptor.h"
#include "heitie/options/v1/priority.pb.h"

namespace heitie::work {

using Priority = options::v1::Priority;

// As the contract declares it or, where it does not, by the method's form (options/v1/priority.proto).
Priority PriorityOf(const google::protobuf::MethodDescriptor& method);
// The same by `package.Service/Method`; NORMAL for what is no method, such as a job.
Priority PriorityOf(const std::string& method);

}  // namespace heitie::work

#endif  // HEITIE_COMMON_WORK_PRIORITY_H_
