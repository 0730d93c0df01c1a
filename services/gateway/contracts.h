// The contracts with their comments, which generated descriptors lack.
#ifndef HEITIE_SERVICES_GATEWAY_CONTRACTS_H_
#define HEITIE_SERVICES_GATEWAY_CONTRACTS_H_

#include "google/protobuf/descriptor.h"

namespace heitie::gateway {

// Every file of the suite's contracts with its comments, embedded in the program. Lives as long as the process.
const google::protobuf::DescriptorPool& CommentedContracts();

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_CONTRACTS_H_
