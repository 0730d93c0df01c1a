// Files as themselves over HTTP/JSON: a method whose request has `bytes data` and `string media_type` takes, besides JSON, a body of any
// other media type, which is the file; its other fields are parameters then. A method whose request and answer have `media_type`, and the
// answer `data` and `content`, answers the file itself to whom Accept wants it of one of kFileTypes. Thread safety: pure functions.
#ifndef HEITIE_SERVICES_GATEWAY_FILE_BODY_H_
#define HEITIE_SERVICES_GATEWAY_FILE_BODY_H_

#include <optional>
#include <string>

#include "common/http/server.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace heitie::gateway {

inline constexpr const char* kFileTypes[] = {"text/csv", "application/xml", "text/xml", "text/calendar"};

// The field that takes the file; nullptr where the method takes none.
const google::protobuf::FieldDescriptor* FileFieldOf(const google::protobuf::MethodDescriptor& method);

// Whether the answer of the method may be a file.
bool GivesFile(const google::protobuf::MethodDescriptor& method);

// What a value of Accept wants of a method that gives files, with its charset; "" for JSON, which it is unless something else is wanted
// more.
std::string FileTypeOf(const std::string& accept);

// The file of an answer, with its media type; `X-Findings` says how many findings the answer has besides, which JSON tells.
http::Response FileResponse(const google::protobuf::Message& answer);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_FILE_BODY_H_
