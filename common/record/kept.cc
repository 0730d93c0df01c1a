#include "common/record/kept.h"

#include "absl/strings/str_cat.h"
#include "common/record/columns.h"
#include "common/record/kept_write.h"
#include "common/seal/seal.h"
#include "common/sql/kept_rows.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

std::string KeyOf(const Descriptor& kind, const std::string& name) { return absl::StrCat(kind.full_name(), " ", name); }

std::shared_ptr<const Message> CopyOf(const Message& row) {
  std::shared_ptr<Message> copy(row.New());
  copy->CopyFrom(row);
  return copy;
}

}  // namespace

std::shared_ptr<const Message> FindKept(const Transaction& tx, const Descriptor& kind, const std::string& name) {
  sql::KeptRows* kept = sql::KeptRowsOf(tx.sql);
  return kept == nullptr ? nullptr : kept->Find(KeyOf(kind, name));
}

void Keep(const Transaction& tx, const Message& row) {
  const Descriptor& kind = *row.GetDescriptor();
  sql::KeptRows* kept = sql::KeptRowsOf(tx.sql);
  if (kept == nullptr || kind.FindFieldByName("etag") == nullptr || seal::HoldsPersonal(kind)) return;
  kept->Keep(KeyOf(kind, TextOf(row, "name")), CopyOf(row));
}

bool WriteKept(const Transaction& tx, const std::string& table, const Message& before, const Message& after, sql::KeptRows::Write write) {
  const Descriptor& kind = *before.GetDescriptor();
  const std::string name = TextOf(before, "name");
  const auto kept = FindKept(tx, kind, name);
  if (kept == nullptr || TextOf(*kept, "etag") != TextOf(before, "etag")) return false;
  sql::KeptRowsOf(tx.sql)->Replace(table, KeyOf(kind, name), CopyOf(after), std::move(write));
  return true;
}

}  // namespace heitie::record
