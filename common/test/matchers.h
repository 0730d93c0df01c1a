// Matchers of what services answer: statuses with their reasons and violations, and messages as a whole or in part.
//
//   EXPECT_THAT(project, IsOk());
//   EXPECT_THAT(refused, HasReason("STOCK_SHORT"));
//   EXPECT_THAT(refused, HasViolations("project.end_date DATES_REVERSED"));
//   EXPECT_THAT(project, EqualsProto(before));
//   EXPECT_THAT(project, Partially(EqualsProto("title: 'Spring' objectives { metric: 'customers' }")));
#ifndef HEITIE_COMMON_TEST_MATCHERS_H_
#define HEITIE_COMMON_TEST_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "google/protobuf/message.h"

namespace heitie::test {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// The violations of a refusal as a client gets them, in their order: "field REASON" of bad fields, "subject REASON" of unmet conditions.
std::vector<std::string> Violations(const absl::Status& status);

MATCHER(IsOk, "") {
  *result_listener << StatusOf(arg).ToString();
  return arg.ok();
}

MATCHER_P(HasReason, reason, "") {
  *result_listener << StatusOf(arg).ToString();
  return status::ReasonOf(StatusOf(arg)) == reason;
}

// Exactly these violations in this order, as of Violations: texts or matchers of texts.
template <typename... Expected>
auto HasViolations(const Expected&... expected) {
  return ::testing::ResultOf(
      "violations", [](const auto& result) { return Violations(StatusOf(result)); }, ::testing::ElementsAre(expected...));
}

// This violation among others.
MATCHER_P2(HasViolation, subject, reason, "") {
  *result_listener << StatusOf(arg).ToString();
  return ::testing::Matches(::testing::Contains(std::string(subject) + " " + reason))(Violations(StatusOf(arg)));
}

// A message that equals another one, which is given as a message or in text form. Explains what differs.
class EqualsProto {
 public:
  using is_gtest_matcher = void;

  EqualsProto(const google::protobuf::Message& expected);
  EqualsProto(std::string text) : text_(std::move(text)) {}
  EqualsProto(const char* text) : text_(text) {}

  bool MatchAndExplain(const google::protobuf::Message& actual, ::testing::MatchResultListener* listener) const;
  void DescribeTo(std::ostream* out) const;
  void DescribeNegationTo(std::ostream* out) const;

 private:
  friend EqualsProto Partially(EqualsProto whole);

  std::shared_ptr<const google::protobuf::Message> expected_;  // null: parsed from text_ as what it is compared with
  std::string text_;
  bool partially_ = false;
};

// As far as the expected message says anything: fields that it does not set may be anything; its lists are compared as a whole.
inline EqualsProto Partially(EqualsProto whole) {
  whole.partially_ = true;
  return whole;
}

}  // namespace heitie::test

#endif  // HEITIE_COMMON_TEST_MATCHERS_H_
