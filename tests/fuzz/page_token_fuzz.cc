// A filter, an order, then a stored row as bytes: the token of the page after that row is accepted, and leads behind exactly that row.
#include "common/record/list.h"
#include "common/rpc/validate.h"
#include "heitie/test/v1/note.pb.h"
#include "tests/fuzz/fake_session.h"
#include "tests/fuzz/value.h"

namespace heitie::fuzz {
namespace {

using test::v1::ListNotesRequest;
using test::v1::Note;

const record::Table& Notes() {
  static const auto& table = *[] {
    FakeSession session(*Note::descriptor());
    return new record::Table(*record::ReadTable(session, *Note::descriptor()));
  }();
  return table;
}

void Play(const std::string& filter, const std::string& order_by, const std::string& row) {
  Note last;
  // What the door refuses is never stored.
  if (!IsUtf8(filter) || !IsUtf8(order_by) || !last.ParseFromString(row) || !rpc::Validate(last).ok()) return;
  rpc::KeepMicroseconds(last);
  // These are the store's.
  *last.mutable_create_time() = *last.mutable_update_time() = google::protobuf::Timestamp();
  ListNotesRequest request;
  request.set_filter(filter);
  request.set_order_by(order_by);
  const auto first = record::MakeListQuery(Notes(), request);
  if (!first.ok()) return;
  request.set_page_token(record::MakePageToken(last, *first));
  const auto next = record::MakeListQuery(Notes(), request);
  if (!next.ok()) std::fprintf(stderr, "%s\n", next.status().ToString().c_str());
  Require(next.ok(), "an own token is accepted");

  sql::Values key;
  for (const auto& term : next->order) key.push_back(record::ReadField(last, *term.column));
  // The last alternative compares all of the order's columns.
  Require(next->values.size() > key.size(), "the token's row is in the query");
  const sql::Values tail(next->values.end() - 1 - static_cast<ptrdiff_t>(key.size()), next->values.end() - 1);
  Require(tail == key, "the token holds the row's values");

  request.set_filter(filter + " ");
  Require(!record::MakeListQuery(Notes(), request).ok(), "the token of another query is refused");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 3);
  heitie::fuzz::Play(lines[0], lines[1], lines[2]);
  return 0;
}
