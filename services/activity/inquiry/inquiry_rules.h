// Inquiries as plain functions (policy A3): their stages, the tree of categories, and who gets what comes in.
#ifndef HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_RULES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/inquiry_category.pb.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::activity {

extern const status::Reason kUnknownCategory;  // {category}
extern const status::Reason kCategoryClosed;   // {category}
extern const status::Reason kUnknownActivity;  // {activity}

// How far back a receipt may lie.
inline constexpr absl::Duration kLongestReceipt = absl::Hours(24 * 7);

const record::StateMachine& InquiryMachine();

// Whether the owner has to do something about it, or waits for the customer: what counts as open.
bool IsOpenInquiry(const v1::Inquiry& inquiry);

// What is wrong with a version of the categories: CATEGORY_TWICE, CATEGORY_WITHOUT_PARENT, OWNER_LEFT, CLOSED_BEFORE_REMINDED,
// NOT_POSITIVE. `left` tells who has left.
void CheckCategories(const v1::InquiryCategoryTree& tree, const std::function<bool(const std::string& employee)>& left,
                     status::BadFields& bad);
// nullptr when the tree has none of this path.
const v1::InquiryCategoryTree::Category* FindCategory(const v1::InquiryCategoryTree& tree, const std::string& path);
// UNKNOWN_INQUIRY_CATEGORY, CATEGORY_CLOSED at `field`.
void CheckCategory(const v1::InquiryCategoryTree& tree, const std::string& path, const std::string& field, status::BadFields& bad);
// The category itself, or the nearest one above it, under which something may be taken in; empty when there is none.
std::string NearestCategory(const v1::InquiryCategoryTree& tree, const std::string& path);
// Who sees to what comes in under the category: its group, or that of the nearest one above it that has any.
std::vector<std::string> GroupOf(const v1::InquiryCategoryTree& tree, const std::string& path);

// RECEIVED_IN_FUTURE, RECEIVED_TOO_EARLY at `field`.
void CheckReceiveTime(absl::Time receive_time, absl::Time now, const std::string& field, status::BadFields& bad);

// Employed on the day, and not absent.
bool WorksOn(const personnel::v1::Employee& employee, absl::CivilDay day);

// Somebody to whom an inquiry may come.
struct Candidate {
  std::string name;
  int64_t open = 0;  // inquiries
  // When one came last; nothing when none ever did.
  std::optional<absl::Time> last;
};
// The one with the fewest that are open; of several the one that has been longest without a new one, then the first by name. Empty for
// none.
std::string ChooseOwner(const std::vector<Candidate>& candidates);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_RULES_H_
