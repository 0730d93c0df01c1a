#include "common/status/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "common/status/outage.h"
#include "common/status/status.h"

namespace heitie::status {
namespace {

TEST(Line, IsASentenceWithoutDetails) {
  EXPECT_EQ(Line(absl::OkStatus()), "OK");
  EXPECT_EQ(Line(absl::AbortedError("MySQL 1213: deadlock")), "ABORTED: MySQL 1213: deadlock");
  EXPECT_EQ(Line(RetryLater(kUnavailable, absl::Seconds(1), {{"what", "metrics"}})), "UNAVAILABLE: metrics cannot be reached at present.");
  EXPECT_EQ(Line(NotFound("projects/p")), "NOT_FOUND: projects/p does not exist.");
  EXPECT_EQ(Line(Error(kStaleEtag, {{"name", "projects/p"}, {"etag", "1"}, {"current", "2"}})),
            "ABORTED STALE_ETAG: projects/p has changed: its etag is 2, the request has 1. Read it again.");
  absl::Status foreign = absl::InternalError("two\nlines\x1b[31m");
  foreign.SetPayload("type.googleapis.com/x", absl::Cord(std::string("\0\1\2", 3)));
  EXPECT_EQ(Line(foreign), "INTERNAL: two lines [31m");
}

TEST(Line, IsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 3000) text += "數";
  const std::string line = Line(absl::InternalError(text));
  EXPECT_LE(line.size(), 2000u);
  EXPECT_GT(line.size(), 1990u);
  EXPECT_EQ((line.size() - std::string("INTERNAL: ").size()) % 3, 0u);
}

TEST(IsOutage, IsWhatSaysNothingAboutTheQuestion) {
  using absl::StatusCode;
  for (const StatusCode code : {StatusCode::kUnavailable, StatusCode::kDeadlineExceeded, StatusCode::kResourceExhausted,
                                StatusCode::kAborted, StatusCode::kCancelled, StatusCode::kInternal, StatusCode::kUnknown,
                                StatusCode::kDataLoss, StatusCode::kUnauthenticated, StatusCode::kUnimplemented}) {
    EXPECT_TRUE(IsOutage(absl::Status(code, ""))) << absl::StatusCodeToString(code);
  }
  for (const StatusCode code : {StatusCode::kOk, StatusCode::kInvalidArgument, StatusCode::kNotFound, StatusCode::kAlreadyExists,
                                StatusCode::kPermissionDenied, StatusCode::kFailedPrecondition, StatusCode::kOutOfRange}) {
    EXPECT_FALSE(IsOutage(absl::Status(code, ""))) << absl::StatusCodeToString(code);
  }
}

}  // namespace
}  // namespace heitie::status
