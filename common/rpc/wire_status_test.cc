#include "common/rpc/wire_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/rpc/bounds.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const status::Reason kShort{absl::StatusCode::kFailedPrecondition, "STOCK_SHORT", "{item} is short.", "{item} 短缺。"};

template <typename Detail>
Detail DetailOf(const google::rpc::Status& proto) {
  Detail detail;
  for (const auto& any : proto.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name();
  return detail;
}

google::rpc::Status Wire(const grpc::Status& status) {
  google::rpc::Status proto;
  EXPECT_TRUE(proto.ParseFromString(status.error_details()));
  return proto;
}

absl::Status Unmet(int count) {
  status::Unmet unmet;
  for (int i = 0; i < count; ++i) unmet.Add(absl::StrCat("items/", i), kShort, {{"item", i}});
  return unmet.status(kShort, {{"item", "items/0"}});
}

TEST(WireStatusTest, ComesBackWithItsReasonInTheCallersLanguage) {
  const grpc::Status sent = ToGrpc(status::Error(kShort, {{"item", "A4"}}), status::Language::kTraditionalChinese, kPublicDetailBytes);
  EXPECT_EQ(sent.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailOf<google::rpc::LocalizedMessage>(Wire(sent)).message(), "A4 短缺。");
  const absl::Status received = FromGrpc(sent);
  EXPECT_EQ(received.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status::ReasonOf(received), "STOCK_SHORT");
  // A gateway sends it on: nothing is lost.
  const google::rpc::Status again = Wire(ToGrpc(received, status::Language::kTraditionalChinese, kPublicDetailBytes));
  EXPECT_EQ(again.details_size(), 2);
  EXPECT_EQ(DetailOf<google::rpc::LocalizedMessage>(again).message(), "A4 短缺。");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(again).metadata().at("item"), "A4");
}

TEST(WireStatusTest, AStatusWithoutDetailsKeepsCodeAndMessage) {
  const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));
  EXPECT_EQ(status, absl::UnavailableError("connection refused"));
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(WireStatusTest, ManyViolationsAreCutAndCounted) {
  const google::rpc::Status proto = Wire(ToGrpc(Unmet(1000), status::Language::kEnglish, kPublicDetailBytes));
  EXPECT_LE(proto.ByteSizeLong(), kPublicDetailBytes);
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(proto);
  ASSERT_GT(failure.violations_size(), 10);
  EXPECT_EQ(failure.violations(0).subject(), "items/0");
  const int kept = failure.violations_size() - 1;
  EXPECT_EQ(failure.violations(kept).description(), absl::StrCat("… +", 1000 - kept));
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(proto).reason(), "STOCK_SHORT");
}

// A service tells the gateway in its terms and the gateway the client in its own: what is cut at each is counted together.
TEST(WireStatusTest, WhatIsLeftOutIsCountedOverEveryHop) {
  for (const int count : {1, 17, 99, 100, 101, 1000, 5000}) {
    status::BadFields bad;
    for (int i = 0; i < count; ++i) bad.Add(absl::StrCat("events[", i, "].event_time"), status::kRequired);
    for (const absl::Status& status : {bad.status(), Unmet(count)}) {
      absl::Status passed = status;
      for (const size_t limit :
           {kInternalDetailBytes, kInternalDetailBytes, 2 * kPublicDetailBytes, kPublicDetailBytes, kPublicDetailBytes}) {
        passed = FromGrpc(ToGrpc(passed, status::Language::kEnglish, limit));
      }
      const google::rpc::Status proto = status::ToProto(passed, status::Language::kEnglish);
      EXPECT_LE(proto.ByteSizeLong(), kPublicDetailBytes);
      std::vector<std::string> told;
      if (absl::IsInvalidArgument(status)) {
        const auto detail = DetailOf<google::rpc::BadRequest>(proto);
        for (const auto& violation : detail.field_violations()) told.push_back(violation.description());
      } else {
        const auto detail = DetailOf<google::rpc::PreconditionFailure>(proto);
        for (const auto& violation : detail.violations()) told.push_back(violation.description());
      }
      const int64_t left_out = status::LeftOutIn(told.back());
      EXPECT_EQ(static_cast<int64_t>(told.size()) - (left_out > 0) + left_out, count) << told.back();
      for (size_t i = 0; i + 1 < told.size(); ++i) EXPECT_EQ(status::LeftOutIn(told[i]), 0) << told[i];
    }
  }
}

TEST(WireStatusTest, FewViolationsAreAllThere) {
  const google::rpc::Status proto = Wire(ToGrpc(Unmet(10), status::Language::kEnglish, kPublicDetailBytes));
  EXPECT_EQ(DetailOf<google::rpc::PreconditionFailure>(proto).violations_size(), 10);
}

TEST(WireStatusTest, FieldViolationsAreCutAndTheMessageStaysText) {
  status::BadFields bad;
  for (int i = 0; i < 1000; ++i) bad.Add(absl::StrCat("目標[", i, "]"), status::kRequired);
  const grpc::Status sent = ToGrpc(bad.status(), status::Language::kEnglish, kPublicDetailBytes);
  const google::rpc::Status proto = Wire(sent);
  EXPECT_LE(proto.ByteSizeLong(), kPublicDetailBytes);
  EXPECT_GT(DetailOf<google::rpc::BadRequest>(proto).field_violations_size(), 5);
  EXPECT_LE(sent.error_message().size(), kPublicDetailBytes / 8 + 3);
  EXPECT_THAT(sent.error_message(), StartsWith("1000 field(s)"));
  EXPECT_THAT(sent.error_message(), HasSubstr("…"));
}

TEST(WireStatusTest, OneHugeDetailGoesBeforeTheReason) {
  google::rpc::Status proto = status::ToProto(status::Error(kShort, {{"item", "A4"}}), status::Language::kEnglish);
  google::rpc::DebugInfo debug;
  debug.set_detail(std::string(10'000, 'x'));
  proto.add_details()->PackFrom(debug);
  Fit(proto, kPublicDetailBytes);
  EXPECT_LE(proto.ByteSizeLong(), kPublicDetailBytes);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(proto).reason(), "STOCK_SHORT");
}

}  // namespace
}  // namespace heitie::rpc
