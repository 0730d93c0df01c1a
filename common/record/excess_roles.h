// The roles that tokens carried beyond the posts of their holders, as the door has written them down (people/doorkeeper.h).
#ifndef HEITIE_COMMON_RECORD_EXCESS_ROLES_H_
#define HEITIE_COMMON_RECORD_EXCESS_ROLES_H_

#include "common/record/store.h"
#include "common/rpc/service.h"

namespace heitie::record {

// Binds the service's ListExcessRoles. A page costs the rows of the table up to its end: people times roles, at most.
void BindExcessRoles(rpc::Service& service, Store& store);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_EXCESS_ROLES_H_
