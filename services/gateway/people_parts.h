// The people of a composite, each once and as personnel knows them.
#ifndef HEITIE_SERVICES_GATEWAY_PEOPLE_PARTS_H_
#define HEITIE_SERVICES_GATEWAY_PEOPLE_PARTS_H_

#include <set>
#include <string>

#include "common/client/gather.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/gateway/v1/missing_part.pb.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::gateway {

// Asks for those of these names that are not empty, the first hundred by name. Who does not fit, and whom personnel does not know, is named
// as missing of `field`.
void AskAboutPeople(const std::string& field, std::set<std::string> names, client::Gather& round,
                    google::protobuf::RepeatedPtrField<personnel::v1::Employee>* people,
                    google::protobuf::RepeatedPtrField<v1::MissingPart>* missing);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_PEOPLE_PARTS_H_
