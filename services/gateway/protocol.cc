#include "services/gateway/protocol.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/bounds.h"
#include "common/work/overloaded.h"
#include "services/gateway/compression.h"
#include "services/gateway/json.h"

namespace heitie::gateway {

const status::Reason kUnknownCoding{absl::StatusCode::kUnimplemented, "UNKNOWN_CODING",
                                    "The encoding {coding} is not supported; supported are {known:list}.",
                                    "不支援編碼 {coding}，支援的有 {known:list}。"};
const status::Reason kInflatedTooLarge{
    absl::StatusCode::kResourceExhausted, "INFLATED_TOO_LARGE",
    "Inflated, the message has more than {most:count} bytes, or more than {ratio:count} times what was sent.",
    "解壓縮後的訊息超過 {most:count} 個位元組，或超過傳送大小的 {ratio:count} 倍。"};
const status::Reason kUnsupportedMedia{absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA", "The body must be {expected}.",
                                       "內容不符合要求：{expected}。"};
const status::Reason kBadHeader{absl::StatusCode::kInvalidArgument, "BAD_HEADER", "The header {header} must be {expected}.",
                                "標頭 {header} 不符合要求：{expected}。"};
const status::Reason kWrongMethod{absl::StatusCode::kUnimplemented, "WRONG_METHOD", "{path} allows {allowed:list}, not {method}.",
                                  "{path} 允許 {allowed:list}，不允許 {method}。"};

namespace {

const status::Reason kLineTooLong{absl::StatusCode::kInvalidArgument, "LINE_TOO_LONG", "A line has more than {most:count} bytes.",
                                  "有一行超過 {most:count} 個位元組。"};
const status::Reason kBadGzip{absl::StatusCode::kInvalidArgument, "BAD_GZIP", "What was sent as gzip is not, or not all of it.",
                              "以 gzip 傳送的內容不是 gzip，或不完整。"};
const status::Phrase kFramedBody{"body that is framed as its head says", "符合標頭所述格式的內容"};

}  // namespace

absl::Status BadHeader(const std::string& header, const status::Phrase& expected) {
  return status::Error(kBadHeader, {{"header", header}, {"expected", expected}});
}

absl::Status Unsupported(const status::Phrase& expected) { return status::Error(kUnsupportedMedia, {{"expected", expected}}); }

bool IsGzip(const std::string& coding) {
  const std::string name = absl::AsciiStrToLower(coding);
  return name == "gzip" || name == "x-gzip";
}

absl::Status CheckCoding(const std::string& coding) {
  if (coding.empty() || absl::AsciiStrToLower(coding) == "identity" || IsGzip(coding)) return absl::OkStatus();
  return status::Error(kUnknownCoding, {{"coding", Excerpt(coding)}, {"known", "gzip, identity"}});
}

absl::StatusOr<std::string> Inflated(const std::string& bytes) {
  absl::StatusOr<std::string> inflated = Gunzip(bytes, rpc::kMaxMessageBytes);
  if (inflated.ok()) return inflated;
  if (!absl::IsOutOfRange(inflated.status())) return status::Error(kBadGzip);
  return status::Error(kInflatedTooLarge, {{"most", rpc::kMaxMessageBytes}, {"ratio", kMostRatio}});
}

absl::Status BodyError(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOutOfRange:
      return status::Error(kLineTooLong, {{"most", rpc::kMaxMessageBytes}});
    case absl::StatusCode::kResourceExhausted:
      return work::Overloaded();
    case absl::StatusCode::kDeadlineExceeded:
      return status::Error(status::kDeadline);
    default:
      return status::Error(status::kMalformed, {{"what", kFramedBody}});
  }
}

absl::Status TooLarge(size_t bytes) {
  // The door's, which judges the size of what is here whole.
  static const status::Reason& reason = *status::FindReason("MESSAGE_TOO_LARGE");
  return status::Error(reason, {{"size", bytes}, {"most", rpc::kMaxMessageBytes}});
}

}  // namespace heitie::gateway
