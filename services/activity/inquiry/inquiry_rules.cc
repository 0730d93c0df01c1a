#include "services/activity/inquiry/inquiry_rules.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/record/hand_over.h"
#include "common/time/day.h"
#include "services/activity/clock/clockwork.h"

namespace heitie::activity {

using status::Reason;
using v1::Inquiry;
using v1::InquiryCategoryTree;

const status::Reason kUnknownCategory{absl::StatusCode::kInvalidArgument, "UNKNOWN_INQUIRY_CATEGORY", "There is no category {category}.",
                                      "沒有類別 {category}。"};
const status::Reason kCategoryClosed{absl::StatusCode::kInvalidArgument, "CATEGORY_CLOSED", "Nothing new is taken in under {category}.",
                                     "類別 {category} 不再受理。"};
const status::Reason kUnknownActivity{absl::StatusCode::kInvalidArgument, "UNKNOWN_ACTIVITY", "There is no activity {activity}.",
                                      "沒有活動 {activity}。"};

namespace {

const status::Reason kCategoryTwice{absl::StatusCode::kInvalidArgument, "CATEGORY_TWICE", "{category} is there already.",
                                    "類別 {category} 已存在。"};
const status::Reason kCategoryWithoutParent{absl::StatusCode::kInvalidArgument, "CATEGORY_WITHOUT_PARENT",
                                            "Above {category} there is no category.", "類別 {category} 沒有上層類別。"};
const status::Reason kClosedBeforeReminded{absl::StatusCode::kInvalidArgument, "CLOSED_BEFORE_REMINDED",
                                           "Who does not answer is reminded before the inquiry is closed.", "未回覆者須先提醒，再結案。"};
const status::Reason kReceivedInFuture{absl::StatusCode::kInvalidArgument, "RECEIVED_IN_FUTURE", "It cannot have been received after now.",
                                       "接收時間不得晚於現在。"};
const status::Reason kReceivedTooEarly{absl::StatusCode::kInvalidArgument, "RECEIVED_TOO_EARLY", "A receipt lies at most {days} days back.",
                                       "接收時間最多可追溯 {days} 天。"};
const status::Reason kNotPositive{absl::StatusCode::kInvalidArgument, "NOT_POSITIVE", "The time must be longer than nothing.",
                                  "時間必須大於零。"};

// "payment" of "payment/refund", "" of "payment".
std::string AboveOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

const record::StateMachine& InquiryMachine() {
  static const auto& machine = *new record::StateMachine(
      Inquiry::State_descriptor(),
      {
          {Inquiry::STATE_OPEN, "answer", Inquiry::STATE_OPEN},
          {Inquiry::STATE_OPEN, "ask", Inquiry::STATE_WAITING, "the answer asks the customer", record::kConsequence},
          {Inquiry::STATE_OPEN, "resolve", Inquiry::STATE_RESOLVED},
          {Inquiry::STATE_OPEN, "receive_customer_message", Inquiry::STATE_OPEN},
          {Inquiry::STATE_OPEN, "reclassify", Inquiry::STATE_OPEN},
          {Inquiry::STATE_OPEN, "reassign", Inquiry::STATE_OPEN},
          {Inquiry::STATE_OPEN, "merge", Inquiry::STATE_MERGED, "the other one is not over"},
          {Inquiry::STATE_OPEN, "retract", Inquiry::STATE_CLOSED},
          {Inquiry::STATE_WAITING, "answer", Inquiry::STATE_WAITING},
          {Inquiry::STATE_WAITING, "ask", Inquiry::STATE_WAITING, "the answer asks the customer", record::kConsequence},
          {Inquiry::STATE_WAITING, "resolve", Inquiry::STATE_RESOLVED},
          {Inquiry::STATE_WAITING, "receive_customer_message", Inquiry::STATE_OPEN},
          {Inquiry::STATE_WAITING, "reclassify", Inquiry::STATE_WAITING},
          {Inquiry::STATE_WAITING, "reassign", Inquiry::STATE_WAITING},
          {Inquiry::STATE_WAITING, "merge", Inquiry::STATE_MERGED, "the other one is not over"},
          {Inquiry::STATE_WAITING, "retract", Inquiry::STATE_CLOSED},
          {Inquiry::STATE_WAITING, "remind", Inquiry::STATE_WAITING, "the customer says nothing", record::kConsequence},
          {Inquiry::STATE_WAITING, "close", Inquiry::STATE_CLOSED, "the customer says nothing", record::kConsequence},
          {Inquiry::STATE_RESOLVED, "receive_customer_message", Inquiry::STATE_OPEN, "it may still be reopened"},
          {Inquiry::STATE_RESOLVED, "reassign", Inquiry::STATE_RESOLVED},
          {Inquiry::STATE_RESOLVED, "merge", Inquiry::STATE_MERGED, "the other one is not over"},
          {Inquiry::STATE_RESOLVED, "retract", Inquiry::STATE_CLOSED},
          {Inquiry::STATE_RESOLVED, "close", Inquiry::STATE_CLOSED, "the customer says nothing", record::kConsequence},
      });
  return machine;
}

bool IsOpenInquiry(const Inquiry& inquiry) { return inquiry.state() == Inquiry::STATE_OPEN || inquiry.state() == Inquiry::STATE_WAITING; }

void CheckCategories(const InquiryCategoryTree& tree, const std::function<bool(const std::string& employee)>& left,
                     status::BadFields& bad) {
  std::set<std::string> paths, seen;
  for (const auto& category : tree.categories()) paths.insert(category.path());
  for (int i = 0; i < tree.categories_size(); ++i) {
    const InquiryCategoryTree::Category& category = tree.categories(i);
    const std::string field = absl::StrCat("inquiry_category_tree.categories[", i, "]");
    if (!seen.insert(category.path()).second) bad.Add(field + ".path", kCategoryTwice, {{"category", category.path()}});
    const std::string above = AboveOf(category.path());
    if (!above.empty() && paths.count(above) == 0) bad.Add(field + ".path", kCategoryWithoutParent, {{"category", category.path()}});
    for (int j = 0; j < category.group_size(); ++j) {
      if (!left(category.group(j))) continue;
      bad.Add(absl::StrCat(field, ".group[", j, "]"), record::kOwnerLeft, {{"employee", category.group(j)}, {"name", category.path()}});
    }
  }
  const absl::Duration remind = ToLength(tree.remind_after()), close = ToLength(tree.close_after());
  if (remind <= absl::ZeroDuration()) bad.Add("inquiry_category_tree.remind_after", kNotPositive);
  if (close <= remind) bad.Add("inquiry_category_tree.close_after", kClosedBeforeReminded);
}

const InquiryCategoryTree::Category* FindCategory(const InquiryCategoryTree& tree, const std::string& path) {
  const auto found =
      std::find_if(tree.categories().begin(), tree.categories().end(), [&](const auto& category) { return category.path() == path; });
  return found == tree.categories().end() ? nullptr : &*found;
}

void CheckCategory(const InquiryCategoryTree& tree, const std::string& path, const std::string& field, status::BadFields& bad) {
  const InquiryCategoryTree::Category* category = FindCategory(tree, path);
  if (category == nullptr) {
    bad.Add(field, kUnknownCategory, {{"category", path}});
  } else if (category->closed()) {
    bad.Add(field, kCategoryClosed, {{"category", path}});
  }
}

std::string NearestCategory(const InquiryCategoryTree& tree, const std::string& path) {
  for (std::string at = path; !at.empty(); at = AboveOf(at)) {
    const InquiryCategoryTree::Category* category = FindCategory(tree, at);
    if (category != nullptr && !category->closed()) return at;
  }
  return "";
}

std::vector<std::string> GroupOf(const InquiryCategoryTree& tree, const std::string& path) {
  for (std::string at = path; !at.empty(); at = AboveOf(at)) {
    const InquiryCategoryTree::Category* category = FindCategory(tree, at);
    if (category != nullptr && category->group_size() > 0) return {category->group().begin(), category->group().end()};
  }
  return {};
}

void CheckReceiveTime(absl::Time receive_time, absl::Time now, const std::string& field, status::BadFields& bad) {
  if (receive_time > now) bad.Add(field, kReceivedInFuture);
  if (receive_time < now - kLongestReceipt) {
    bad.Add(field, kReceivedTooEarly, {{"days", absl::StrCat(absl::ToInt64Hours(kLongestReceipt) / 24)}});
  }
}

bool WorksOn(const personnel::v1::Employee& employee, absl::CivilDay day) {
  if (employee.has_hire_date() && day < time::ToDay(employee.hire_date())) return false;
  if (employee.has_leave_date() && time::ToDay(employee.leave_date()) < day) return false;
  return std::none_of(employee.absences().begin(), employee.absences().end(), [&](const auto& absence) {
    return time::ToDay(absence.start_date()) <= day && day <= time::ToDay(absence.end_date());
  });
}

std::string ChooseOwner(const std::vector<Candidate>& candidates) {
  const auto order = [](const Candidate& a) { return std::make_tuple(a.open, a.last.value_or(absl::InfinitePast()), a.name); };
  const auto first =
      std::min_element(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) { return order(a) < order(b); });
  return first == candidates.end() ? "" : first->name;
}

}  // namespace heitie::activity
