// A parent, a filter, an order, a page token, each a line. What is accepted is a statement of the table's own words with a value for each
// place, and no word of the client's; what is refused names which of the three is to blame.
#include <algorithm>

#include "common/record/list.h"
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

// Only what the code itself writes: its words, the columns' names and question marks.
void RequireOwnWords(const std::string& sql) {
  Require(sql.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_` ,().<>=?") == std::string::npos,
          "no literal is in the statement");
  for (size_t open = sql.find('`'); open != std::string::npos; open = sql.find('`', open)) {
    const size_t close = sql.find('`', open + 1);
    Require(close != std::string::npos && Note::descriptor()->FindFieldByName(sql.substr(open + 1, close - open - 1)) != nullptr,
            "what is quoted is a column");
    open = close + 1;
  }
}

void Play(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (!IsUtf8(line)) return;
  }
  ListNotesRequest request;
  request.set_parent(lines[0]);
  request.set_filter(lines[1]);
  request.set_order_by(lines[2]);
  request.set_page_token(lines[3]);
  const auto query = record::MakeListQuery(Notes(), request);
  if (!query.ok()) return RequireRefusal(query.status(), {"parent", "filter", "order_by", "page_token"});
  RequireOwnWords(query->sql);
  Require(static_cast<size_t>(std::count(query->sql.begin(), query->sql.end(), '?')) == query->values.size(), "each place has its value");
  for (const auto& value : query->values) RequireStorable(value, record::ColumnType::kText);
  Require(!query->order.empty() && query->order.back().column->field->name() == "name", "the name breaks ties");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  heitie::fuzz::Play(heitie::fuzz::Lines(data, size, 4));
  return 0;
}
