// Requests and answers of the story as examples of the documentation: in the form of the API, and whole where the story leaves something
// open.
#ifndef HEITIE_SERVICES_GATEWAY_EXAMPLE_H_
#define HEITIE_SERVICES_GATEWAY_EXAMPLE_H_

#include <functional>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"

namespace heitie::gateway {

// `told`: a request as the story words it, or null. What only the service writes is left out, dates are texts, and what is a placeholder or
// is missing although it is required gets a value that the contract takes.
nlohmann::ordered_json ExampleOf(const google::protobuf::Descriptor& message, const nlohmann::json& told);

// `told`: what the story says of an answer, of whose values "*" is any; or null. What else an answer always holds is as it is when nobody
// has given it. Of a list of resources that is not told one is shown, as `resource` tells it.
nlohmann::ordered_json AnswerOf(const google::protobuf::Descriptor& message, const nlohmann::json& told,
                                const std::function<nlohmann::json(const google::protobuf::Descriptor&)>& resource);

// What is told of a resource, by the request that creates it and by parts of answers; either may be null.
nlohmann::json ToldOfResource(const google::protobuf::Descriptor& resource, const nlohmann::json& request,
                              const std::vector<nlohmann::json>& answers);

// "risks/risk-1" for "risks/{risk}".
std::string NameLike(const std::string& pattern);
// A name by the first pattern of the resource that the field refers to, "risks/risk-1"; "" when it refers to none.
std::string ExampleName(const google::protobuf::FieldDescriptor& field);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_EXAMPLE_H_
