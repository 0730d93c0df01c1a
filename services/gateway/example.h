// Requests of the story as examples of the documentation: in the form of the API, and whole where the story leaves something to an answer.
#ifndef HEITIE_SERVICES_GATEWAY_EXAMPLE_H_
#define HEITIE_SERVICES_GATEWAY_EXAMPLE_H_

#include <string>

#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"

namespace heitie::gateway {

// `told`: a request as the story words it, or null. What only the service writes is left out, dates are texts, and what is a placeholder or
// is missing although it is required gets a value that the contract takes.
nlohmann::ordered_json ExampleOf(const google::protobuf::Descriptor& message, const nlohmann::json& told);

// A name by the first pattern of the resource that the field refers to, "risks/risk-1"; "" when it refers to none.
std::string ExampleName(const google::protobuf::FieldDescriptor& field);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_EXAMPLE_H_
