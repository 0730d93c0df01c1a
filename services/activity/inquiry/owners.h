// Who gets an inquiry (policy A3): of the category's group who is at work, by what each has.
#ifndef HEITIE_SERVICES_ACTIVITY_INQUIRY_OWNERS_H_
#define HEITIE_SERVICES_ACTIVITY_INQUIRY_OWNERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/people/directory.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "services/activity/review/report.h"

namespace heitie::activity {

// Choices that share candidates take their turns by changes of their rows in `inquiry_loads`, on every node of a cluster, so that of many
// inquiries at once each sees those before. Thread-safe.
class InquiryOwners {
 public:
  InquiryOwners(const service::Context& context, const Employees& employees) : context_(context), employees_(employees) {}

  // Of the group who is at work the one with the fewest open inquiries; else the activity's owner, if there is one who has not left, else a
  // manager, of those at work first. Empty when nobody of these is known.
  absl::StatusOr<std::string> Choose(record::Transaction& tx, const std::vector<std::string>& group,
                                     const std::string& activity_owner) const;

  // Keeps the count of who has how many, with each change of an inquiry.
  absl::Status Count(record::Transaction& tx, const v1::Inquiry* before, const v1::Inquiry* after) const;

 private:
  // Of these people those who are neither absent nor off their shifts, and have not left.
  absl::StatusOr<std::vector<std::string>> AtWork(sql::Session& session, const std::vector<std::string>& people, absl::Time now) const;
  absl::StatusOr<std::vector<std::string>> Managers(sql::Session& session, absl::Time now) const;
  // The one with the fewest, under the locks of all of them.
  absl::StatusOr<std::string> Least(record::Transaction& tx, std::vector<std::string> people) const;

  const service::Context context_;
  const Employees& employees_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INQUIRY_OWNERS_H_
