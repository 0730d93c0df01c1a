#include "common/test/matchers.h"

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::test {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

std::vector<std::string> Violations(const absl::Status& status) {
  std::vector<std::string> violations;
  const google::rpc::Status wire = status::ToProto(status, status::Language::kEnglish);
  for (const auto& detail : wire.details()) {
    google::rpc::BadRequest bad;
    google::rpc::PreconditionFailure unmet;
    if (detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) violations.push_back(violation.field() + " " + violation.reason());
    }
    if (detail.UnpackTo(&unmet)) {
      for (const auto& violation : unmet.violations()) violations.push_back(violation.subject() + " " + violation.type());
    }
  }
  return violations;
}

EqualsProto::EqualsProto(const Message& expected) {
  std::shared_ptr<Message> copy(expected.New());
  copy->CopyFrom(expected);
  expected_ = std::move(copy);
}

bool EqualsProto::MatchAndExplain(const Message& actual, ::testing::MatchResultListener* listener) const {
  std::shared_ptr<const Message> expected = expected_;
  if (expected == nullptr) {
    std::shared_ptr<Message> parsed(actual.New());
    if (!google::protobuf::TextFormat::ParseFromString(text_, parsed.get())) {
      *listener << "the expected text is no " << actual.GetDescriptor()->full_name();
      return false;
    }
    expected = std::move(parsed);
  }
  if (expected->GetDescriptor() != actual.GetDescriptor()) {
    *listener << "a " << actual.GetDescriptor()->full_name() << " is no " << expected->GetDescriptor()->full_name();
    return false;
  }
  MessageDifferencer differencer;
  if (partially_) differencer.set_scope(MessageDifferencer::PARTIAL);
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(*expected, actual)) return true;
  *listener << "which differs:\n" << differences;
  return false;
}

void EqualsProto::DescribeTo(std::ostream* out) const {
  *out << (partially_ ? "has " : "equals ") << (expected_ == nullptr ? text_ : expected_->ShortDebugString());
}

void EqualsProto::DescribeNegationTo(std::ostream* out) const {
  *out << (partially_ ? "has not " : "differs from ") << (expected_ == nullptr ? text_ : expected_->ShortDebugString());
}

}  // namespace heitie::test
