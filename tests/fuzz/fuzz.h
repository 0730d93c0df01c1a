// What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput, which plays one input and ends the process where something
// does not hold that must hold. Inputs are text wherever what they stand for is text, so that the corpus can be read and written by hand.
#ifndef HEITIE_TESTS_FUZZ_FUZZ_H_
#define HEITIE_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace heitie::fuzz {

// Ends the process, which libFuzzer reports with the input, unless `holds`.
void Require(bool holds, const char* what);
void RequireEqual(const std::string& one, const std::string& other, const char* what);

// INVALID_ARGUMENT with a stable reason and, where fields are to blame, the name of each and a sentence in every language; nothing that
// would tell of the inside. `fields`: those that may be named; empty: any.
void RequireRefusal(const absl::Status& status, std::initializer_list<const char*> fields = {});

// The input as so many lines; the last takes the rest, what is missing is empty.
std::vector<std::string> Lines(const uint8_t* data, size_t size, size_t count);

// What a string field of a request can hold at all.
bool IsUtf8(const std::string& text);

// Every method of the contracts.
const std::vector<const google::protobuf::MethodDescriptor*>& Methods();
// Every message that is a resource.
const std::vector<const google::protobuf::Descriptor*>& Resources();
// The method of that name, "CreateRisk" or "heitie.risk.v1.RegisterService/CreateRisk"; for any other text any method, always the same.
const google::protobuf::MethodDescriptor& MethodOf(const std::string& text);

std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor& type);
// Equal for equal messages; NaN equals itself.
std::string Canonical(const google::protobuf::Message& message);

// Whether a caller's value of the field counts for nothing (AIP-203).
bool IsOutputOnly(const google::protobuf::FieldDescriptor& field);
// Clears such fields at every depth.
void ClearOutputOnly(google::protobuf::Message& message);
// Clears the mask of an Update. The JSON form of masks cannot hold every path (a_.b), and protobuf reads some as others (aBC as a_bc):
// where JSON is compared, they are left to time_fuzz.
void ClearMask(google::protobuf::Message& request);

}  // namespace heitie::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif  // HEITIE_TESTS_FUZZ_FUZZ_H_
