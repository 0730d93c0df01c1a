// What people do with what they were told (policy C2): list, confirm, be told again later.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_INBOX_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_INBOX_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kNotYourNotice;     // {name}
extern const status::Reason kSnoozeOutOfRange;  // {days}

// Thread-safe.
class Inbox {
 public:
  explicit Inbox(Notices& notices);
  Inbox(const Inbox&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Notice> Acknowledge(record::Transaction& tx, const v1::AcknowledgeNoticeRequest& request);
  absl::StatusOr<v1::Notice> Snooze(record::Transaction& tx, const v1::SnoozeNoticeRequest& request);

  Notices& notices_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_INBOX_H_
