// How a kind writes rows that are kept (kept.h).
#ifndef HEITIE_COMMON_RECORD_KEPT_WRITE_H_
#define HEITIE_COMMON_RECORD_KEPT_WRITE_H_

#include "common/record/store.h"
#include "common/sql/kept_rows.h"
#include "google/protobuf/message.h"

namespace heitie::record {

// Whether `before` is a row that is kept: then it becomes `after`, and is written later.
bool WriteKept(const Transaction& tx, const std::string& table, const google::protobuf::Message& before,
               const google::protobuf::Message& after, sql::KeptRows::Write write);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_KEPT_WRITE_H_
