// The contracts with their comments, which generated descriptors lack.
#pragma once

#include "google/protobuf/descriptor.h"

namespace heitie::gateway {

// Every file of the suite's contracts with its comments, embedded in the program. Lives as long as the process.
const google::protobuf::DescriptorPool& CommentedContracts();

}  // namespace heitie::gateway
