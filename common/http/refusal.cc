#include "common/http/refusal.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/http/server.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::http {

const status::Phrase kManyConnections{"there are too many connections", "連線過多"};
const status::Phrase kMuchArriving{"too much is arriving, and this for the longest time", "同時傳入的內容過多，而此請求傳送最久"};
const status::Phrase kMuchUnsent{"too many answers are not taken by their clients", "尚未被用戶端取走的回應過多"};

namespace {

const status::Reason kBadHttp{absl::StatusCode::kInvalidArgument, "BAD_HTTP", "The request is not valid HTTP: {why}.",
                              "請求不是有效的 HTTP：{why}。"};
const status::Reason kBodyTooLarge{absl::StatusCode::kInvalidArgument, "BODY_TOO_LARGE", "The body has more than {most:count} bytes.",
                                   "內容超過 {most:count} 個位元組。"};
const status::Reason kTargetTooLong{absl::StatusCode::kInvalidArgument, "TARGET_TOO_LONG",
                                    "The path and the query have more than {most:count} bytes.", "路徑與查詢超過 {most:count} 個位元組。"};
const status::Reason kHeadTooLarge{absl::StatusCode::kInvalidArgument, "HEADERS_TOO_LARGE",
                                   "The headers have more than {most:count} bytes.", "標頭超過 {most:count} 個位元組。"};
const status::Reason kTooManyHeaders{absl::StatusCode::kInvalidArgument, "TOO_MANY_HEADERS", "There are more than {most:count} headers.",
                                     "標頭超過 {most:count} 個。"};
const status::Reason kTooSlow{absl::StatusCode::kDeadlineExceeded, "REQUEST_TOO_SLOW", "The request took too long to arrive.",
                              "請求傳送時間過長。"};
const status::Reason kUnknownCoding{absl::StatusCode::kUnimplemented, "UNKNOWN_TRANSFER_ENCODING", "The only Transfer-Encoding is chunked.",
                                    "Transfer-Encoding 只能是 chunked。"};
const status::Reason kNoTunnel{absl::StatusCode::kUnimplemented, "NO_TUNNEL", "This server is no proxy.", "此伺服器不是代理伺服器。"};
const status::Reason kNotJudged{absl::StatusCode::kInternal, "NOT_JUDGED", "The request could not be judged.", "無法判斷此請求。"};
const status::Reason kNotAnswered{absl::StatusCode::kInternal, "NOT_ANSWERED", "The request was not answered.", "請求未獲回應。"};
const status::Reason kBusy{absl::StatusCode::kUnavailable, "SERVER_BUSY", "The server is busy: {why}.", "伺服器忙碌中：{why}。"};

const status::Phrase kNoRequest{"this is not a request", "這不是一個請求"};

}  // namespace

Refused BadHttp(const status::Phrase& why) { return {400, status::Error(kBadHttp, {{"why", why}})}; }
Refused NoHttp() { return BadHttp(kNoRequest); }
Refused BodyTooLarge(uint64_t most) { return {413, status::Error(kBodyTooLarge, {{"most", most}})}; }
Refused TargetTooLong(uint64_t most) { return {414, status::Error(kTargetTooLong, {{"most", most}})}; }
Refused HeadTooLarge(uint64_t most) { return {431, status::Error(kHeadTooLarge, {{"most", most}})}; }
Refused TooManyHeaders(int most) { return {431, status::Error(kTooManyHeaders, {{"most", most}})}; }
Refused TooSlow() { return {408, status::Error(kTooSlow)}; }
Refused UnknownCoding() { return {501, status::Error(kUnknownCoding)}; }
Refused NoTunnel() { return {501, status::Error(kNoTunnel)}; }
Refused NotJudged() { return {500, status::Error(kNotJudged)}; }
Refused NotAnswered() { return {500, status::Error(kNotAnswered)}; }
Refused Busy(const status::Phrase& why) { return {503, status::RetryLater(kBusy, absl::Seconds(1), {{"why", why}})}; }

Response Refusal(int code, const char* status, const char* message) {
  Response response;
  response.status = code;
  response.headers = {{"Content-Type", "application/json"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = absl::StrCat(R"({"error":{"code":)", code, R"(,"status":")", status, R"(","message":")", message, R"("}})");
  return response;
}

Response Explained(const Request& head, const absl::Status& why, int code) {
  const google::rpc::Status proto = status::ToProto(why, status::ParseLanguage(head.headers.List("Accept-Language")));
  google::rpc::ErrorInfo info;
  google::rpc::LocalizedMessage message;
  for (const auto& detail : proto.details()) {
    if (!detail.UnpackTo(&info)) detail.UnpackTo(&message);
  }
  const std::string& sentence = message.message().empty() ? proto.message() : message.message();
  Response response = Refusal(code, absl::StatusCodeToString(why.code()).c_str(), sentence.c_str());
  response.body.resize(response.body.size() - 2);
  absl::StrAppend(&response.body, R"(,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":")", info.reason(),
                  R"(","domain":")", info.domain(), R"("}]}})");
  return response;
}

}  // namespace heitie::http
