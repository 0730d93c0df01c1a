// Rows that writes of one commit have locked and keep for those after them (sql/kept_rows.h). Kind::Lock, Update and the transitions do it
// by themselves; these are for rows that a hand-written statement has locked (`… FOR UPDATE`).
#ifndef HEITIE_COMMON_RECORD_KEPT_H_
#define HEITIE_COMMON_RECORD_KEPT_H_

#include <memory>
#include <string>
#include <vector>

#include "common/record/store.h"
#include "google/protobuf/message.h"

namespace heitie::record {

// The row as this transaction has left it; nullptr when it is not kept.
std::shared_ptr<const google::protobuf::Message> FindKept(const Transaction& tx, const google::protobuf::Descriptor& kind,
                                                          const std::string& name);
// A row as it is stored, which the transaction has locked. Does nothing where rows are not kept, for one without an etag, by which a change
// knows the row again, and for personal data, which lies sealed.
void Keep(const Transaction& tx, const google::protobuf::Message& row);

// All of them in this order, or none.
template <typename T>
std::vector<T> KeptOf(const Transaction& tx, const std::vector<std::string>& names) {
  std::vector<T> rows;
  for (const std::string& name : names) {
    const auto row = FindKept(tx, *T::descriptor(), name);
    if (row == nullptr) return {};
    rows.push_back(static_cast<const T&>(*row));
  }
  return rows;
}
template <typename T>
void KeepAll(const Transaction& tx, const std::vector<T>& rows) {
  for (const T& row : rows) Keep(tx, row);
}

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_KEPT_H_
