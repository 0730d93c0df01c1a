// What the contracts say of the people whom fields name (heitie/options/v1/person.proto).
#ifndef HEITIE_TESTS_CONTRACT_PEOPLE_H_
#define HEITIE_TESTS_CONTRACT_PEOPLE_H_

#include <functional>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace heitie::contract {

// What is wrong with the declarations of a resource, each with the field; empty: nothing.
std::vector<std::string> WrongDeclarations(const google::protobuf::Descriptor& resource);

// Calls `each` for every text of a message that is an employee's name and lies in a field that may name a person; the resource's own `name`
// and references to any type do not. `declared` is false when the field neither declares what it is nor is a record by convention.
void ForEachEmployee(const google::protobuf::Message& message,
                     const std::function<void(const google::protobuf::FieldDescriptor& field, bool declared)>& each);

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_PEOPLE_H_
