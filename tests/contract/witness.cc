#include "tests/contract/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/store.h"
#include "common/status/status.h"
#include "common/test/matchers.h"
#include "google/protobuf/unknown_field_set.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/options/v1/discretion.pb.h"
#include "tests/contract/prose.h"

namespace heitie::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// "" when a client can do something with the answer.
std::string Complaint(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return "";
    case absl::StatusCode::kInvalidArgument: {
      const std::string reason = status::ReasonOf(status);
      const bool about_no_field = reason == "MALFORMED" || reason == "REQUEST_ID_REUSED";
      return about_no_field || !test::Violations(status).empty() ? "" : "INVALID_ARGUMENT that names no field";
    }
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kDeadlineExceeded:
      return "a failure of the service";
    case absl::StatusCode::kUnavailable: {
      // What comes or goes on by itself is no failure: a calendar that a service does not know yet, events to come, a launch whose page
      // does not answer.
      static const std::set<std::string> kByItself = {"CALENDAR_UNKNOWN", "EVENTS_BEHIND", "LAUNCH_CONTINUES", "LAUNCH_GIVEN_UP",
                                                      "FACTS_MISSING"};
      return kByItself.count(status::ReasonOf(status)) > 0 ? "" : "a failure of the service";
    }
    default:
      return status::ReasonOf(status).empty() ? "an error without a reason" : "";
  }
}

// Titles are quoted and stay in their own language.
std::string WithoutQuoted(const std::string& sentence) {
  const std::vector<std::string> parts = absl::StrSplit(sentence, '"');
  std::string rest;
  for (size_t i = 0; i < parts.size(); i += 2) absl::StrAppend(&rest, parts[i], "、");
  return rest;
}

// English prose in what Chinese readers are told; but what the request itself holds comes back as it is.
std::string ProseFor(const absl::Status& status, const std::string& shown) {
  for (const status::Language language : {status::Language::kTraditionalChinese, status::Language::kSimplifiedChinese}) {
    std::vector<std::string> sentences;
    const google::rpc::Status proto = status::ToProto(status, language);
    for (const auto& detail : proto.details()) {
      google::rpc::BadRequest bad;
      google::rpc::PreconditionFailure failure;
      google::rpc::LocalizedMessage message;
      if (detail.UnpackTo(&message)) sentences.push_back(message.message());
      if (detail.UnpackTo(&bad)) {
        for (const auto& violation : bad.field_violations()) sentences.push_back(violation.description());
      }
      if (detail.UnpackTo(&failure)) {
        for (const auto& violation : failure.violations()) sentences.push_back(violation.description());
      }
    }
    for (const std::string& sentence : sentences) {
      const std::string prose = ProseIn(WithoutQuoted(sentence));
      if (!prose.empty() && !absl::StrContains(shown, prose)) return sentence;
    }
  }
  return "";
}

}  // namespace

absl::Status Witness::Ask(const rpc::Arrival& caller, const MethodDescriptor& method, const std::string& bytes, const std::string& shown,
                          std::string* response) {
  const absl::Status status = suite_.Ask(caller, method, bytes, response);
  const std::string complaint = Complaint(status);
  EXPECT_EQ(complaint, "") << method.full_name() << ": " << absl::StatusCodeToString(status.code()) << " " << status.message() << "\n"
                           << shown.substr(0, 2000);
  EXPECT_EQ(ProseFor(status, shown), "") << method.full_name() << ": " << status.message();
  return status;
}

absl::Status Witness::Ask(const rpc::Arrival& caller, const MethodDescriptor& method, const Message& request, std::string* response) {
  return Ask(caller, method, request.SerializeAsString(), request.ShortDebugString(), response);
}

bool Witness::AskAgain(const rpc::Arrival& caller, const MethodDescriptor& method, Message& request, const std::string& first) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || request.GetReflection()->GetString(request, field).empty()) return false;
  if (method.options().GetExtension(options::v1::discreet)) return false;  // What a repetition means is its own.
  if (record::Store::OnlyTries(request)) return false;                     // Nothing is remembered.
  std::string second;
  EXPECT_TRUE(Ask(caller, method, request, &second).ok());
  // The entries of a map stand in any order.
  const std::unique_ptr<Message> before = NewMessage(*method.output_type()), after = NewMessage(*method.output_type());
  if (!before->ParseFromString(first) || !after->ParseFromString(second)) {
    ADD_FAILURE() << method.full_name() << " answers what cannot be read";
    return true;
  }
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*before, *after))
      << method.full_name() << " answers a repeated request otherwise: " << request.ShortDebugString() << "\n"
      << before->ShortDebugString() << "\n"
      << after->ShortDebugString();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(15000, 1);
  EXPECT_EQ(status::ReasonOf(Ask(caller, method, request)), "REQUEST_ID_REUSED") << method.full_name() << " " << request.ShortDebugString();
  return true;
}

}  // namespace heitie::contract
