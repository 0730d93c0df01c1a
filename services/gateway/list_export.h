// Lists as files: all pages of a list, one behind another, as CSV (RFC 4180) or as lines of JSON, for whoever asks for them by Accept.
// Filter, order and rights are those of the list.
//
// CSV: a line with the names of the resource's fields as JSON has them, then a line for each resource. A field that is a message or a list
// is JSON in its cell. A text that a spreadsheet would take for a formula has an apostrophe before it. A field that the first line names is
// in every line, so that a column is a column.
//
// The export begins where `page_token` says, goes on to the end of the list, and each page is a call of its own that is judged anew. An
// error after the head breaks the body off, so that nobody takes a part for the whole.
#ifndef HEITIE_SERVICES_GATEWAY_LIST_EXPORT_H_
#define HEITIE_SERVICES_GATEWAY_LIST_EXPORT_H_

#include <memory>
#include <string>

#include "common/rpc/door.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/gateway/protocol.h"
#include "services/gateway/read_mask.h"

namespace heitie::gateway {

enum class ListForm { kJson, kCsv, kLines };

// What a value of Accept asks for of a list; JSON unless another form has a greater quality, or is named and JSON is not.
ListForm ListFormOf(const std::string& accept);

// The rows of a list's answer; nullptr where the method is no list with pages.
const google::protobuf::FieldDescriptor* RowsOf(const google::protobuf::MethodDescriptor& method);

// With the line break.
std::string CsvHead(const google::protobuf::Descriptor& resource, const ReadMask& mask = {});
std::string CsvLine(const google::protobuf::Message& resource, const ReadMask& mask = {});
// A cell of CSV: quoted where it must be. `defused`: of a text that others wrote.
std::string CsvCell(std::string text, bool defused);

// `rest`, or an export that reads the request as it does.
std::unique_ptr<Protocol> ForList(Exchange& exchange, const http::Request& head, std::unique_ptr<Protocol> rest);

// One call after another, for a protocol that says so (Protocol::pages).
void CallPages(rpc::Door& door, const ExchangePtr& exchange, grpc::ByteBuffer request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_LIST_EXPORT_H_
