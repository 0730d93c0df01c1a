#include "common/status/status.h"

#include <algorithm>
#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/merge.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::status {
namespace {

constexpr char kDomain[] = "heitie";
constexpr char kTypePrefix[] = "type.googleapis.com/";
constexpr char kLeftOut[] = "… +";
// More than these nobody reads; they are counted.
constexpr int64_t kMostViolations = 100;
constexpr std::array kLanguages = {Language::kEnglish, Language::kTraditionalChinese, Language::kSimplifiedChinese};

std::string TypeUrl(const google::protobuf::Message& message) { return absl::StrCat(kTypePrefix, message.GetTypeName()); }

// Equal details have equal bytes: else the entries of a map come in any order.
absl::Cord Bytes(const google::protobuf::Message& detail) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    detail.SerializeToCodedStream(&coded);
  }
  return absl::Cord(std::move(bytes));
}

void Attach(absl::Status& status, const google::protobuf::Message& detail) { status.SetPayload(TypeUrl(detail), Bytes(detail)); }

// A payload key holds one message, so each language has a key of its own; the wire form drops the suffix.
std::string LanguageSuffix(Language language) { return absl::StrCat("#", LanguageTag(language)); }

void AttachIn(absl::Status& status, Language language, const google::protobuf::Message& detail) {
  status.SetPayload(absl::StrCat(TypeUrl(detail), LanguageSuffix(language)), Bytes(detail));
}

google::rpc::ErrorInfo Info(const Reason& reason, const Args& args) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason.id);
  info.set_domain(kDomain);
  for (const Arg& arg : args) (*info.mutable_metadata())[arg.name] = arg.value;
  return info;
}

const status::Reason kInvalidFields{absl::StatusCode::kInvalidArgument, "INVALID_FIELDS", "{count} field(s) of the request are not valid.",
                                    "請求有 {count} 個欄位不正確。"};

}  // namespace

const char* LanguageTag(Language language) {
  switch (language) {
    case Language::kTraditionalChinese:
      return "zh-TW";
    case Language::kSimplifiedChinese:
      return "zh-CN";
    case Language::kEnglish:
      break;
  }
  return "en";
}

absl::Status Error(const Reason& reason, const Args& args) {
  absl::Status status(reason.code, Sentence(reason, args, Language::kEnglish));
  Attach(status, Info(reason, args));
  for (Language language : kLanguages) {
    google::rpc::LocalizedMessage message;
    message.set_locale(LanguageTag(language));
    message.set_message(Sentence(reason, args, language));
    AttachIn(status, language, message);
  }
  return status;
}

absl::Status RetryLater(const Reason& reason, absl::Duration delay, const Args& args) {
  absl::Status status = Error(reason, args);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
  Attach(status, retry);
  return status;
}

std::string LeftOut(int64_t count) { return absl::StrCat(kLeftOut, count); }

int64_t LeftOutIn(const std::string& description) {
  absl::string_view text = description;
  int64_t count = 0;
  return absl::ConsumePrefix(&text, kLeftOut) && absl::SimpleAtoi(text, &count) ? count : 0;
}

void BadFields::Add(const std::string& field, const Reason& reason, const Args& args) {
  if (++count_ <= kMostViolations) violations_.push_back({field, &reason, args});
}

absl::Status BadFields::status() const {
  if (violations_.empty()) return absl::OkStatus();
  const int64_t left_out = count_ - static_cast<int64_t>(violations_.size());
  const Args summary = {{"count", count_}};
  absl::Status status = Error(kInvalidFields, summary);
  std::string text = absl::StrCat(status.message());
  for (Language language : kLanguages) {
    google::rpc::BadRequest bad;
    for (const Violation& v : violations_) {
      auto* violation = bad.add_field_violations();
      violation->set_field(v.field);
      violation->set_reason(v.reason->id);
      violation->set_description(Sentence(*v.reason, v.args, language));
      violation->mutable_localized_message()->set_locale(LanguageTag(language));
      violation->mutable_localized_message()->set_message(violation->description());
      if (language == Language::kEnglish) absl::StrAppend(&text, " ", v.field, ": ", violation->description());
    }
    if (left_out > 0) bad.add_field_violations()->set_description(LeftOut(left_out));
    AttachIn(status, language, bad);
  }
  absl::Status full(status.code(), text);
  status.ForEachPayload([&](auto url, const absl::Cord& payload) { full.SetPayload(url, payload); });
  return full;
}

void Unmet::Add(const std::string& subject, const Reason& reason, const Args& args) {
  if (++count_ <= kMostViolations) violations_.push_back({subject, &reason, args});
}

absl::Status Unmet::status(const Reason& summary, const Args& args) const {
  if (violations_.empty()) return absl::OkStatus();
  const int64_t left_out = count_ - static_cast<int64_t>(violations_.size());
  absl::Status status = Error(summary, args);
  for (Language language : kLanguages) {
    google::rpc::PreconditionFailure failure;
    for (const Violation& v : violations_) {
      auto* violation = failure.add_violations();
      violation->set_type(v.reason->id);
      violation->set_subject(v.subject);
      violation->set_description(Sentence(*v.reason, v.args, language));
    }
    if (left_out > 0) failure.add_violations()->set_description(LeftOut(left_out));
    AttachIn(status, language, failure);
  }
  return status;
}

absl::Status Retell(const std::vector<ToldCondition>& conditions, const Reason& summary, const Args& args) {
  absl::Status status = Error(summary, args);
  for (Language language : kLanguages) {
    google::rpc::PreconditionFailure failure;
    for (const ToldCondition& condition : conditions) {
      auto* violation = failure.add_violations();
      violation->set_type(condition.type);
      violation->set_subject(condition.subject);
      violation->set_description(condition.description.In(language));
    }
    AttachIn(status, language, failure);
  }
  return status;
}

absl::Status Merge(const std::vector<Refusal>& refusals, const Reason& summary, const Args& args) {
  if (refusals.empty()) return absl::OkStatus();
  absl::Status merged = Error(summary, args);
  for (Language language : kLanguages) {
    google::rpc::PreconditionFailure all;
    for (const Refusal& refusal : refusals) {
      google::rpc::PreconditionFailure own;
      auto payload = refusal.status.GetPayload(absl::StrCat(TypeUrl(own), LanguageSuffix(language)));
      if (!payload) payload = refusal.status.GetPayload(TypeUrl(own));
      if (payload && own.ParseFromString(std::string(*payload))) {
        all.MergeFrom(own);
        continue;
      }
      auto* violation = all.add_violations();
      violation->set_type(ReasonOf(refusal.status));
      violation->set_subject(refusal.subject);
      violation->set_description(Say(refusal.status).In(language));
    }
    AttachIn(merged, language, all);
  }
  return merged;
}

std::string ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload(TypeUrl(info));
  if (!payload || !info.ParseFromString(std::string(*payload))) return "";
  return info.reason();
}

Words Say(const absl::Status& status) {
  const std::string english(status.message().data(), status.message().size());
  Words words{english, english, english};
  google::rpc::LocalizedMessage message;
  status.ForEachPayload([&](auto url, const absl::Cord& payload) {
    if (!absl::StartsWith(url, TypeUrl(message)) || !message.ParseFromString(std::string(payload))) return;
    if (message.locale() == LanguageTag(Language::kTraditionalChinese)) words.zh_tw = message.message();
    if (message.locale() == LanguageTag(Language::kSimplifiedChinese)) words.zh_cn = message.message();
  });
  return words;
}

google::rpc::Status ToProto(const absl::Status& status, Language language) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  const bool ours = !ReasonOf(status).empty();
  const bool masked = !ours && (absl::IsInternal(status) || absl::IsUnknown(status) || absl::IsDataLoss(status));
  proto.set_message(masked ? std::string("internal error") : absl::StrCat(status.message()));
  const std::string suffix = LanguageSuffix(language);
  status.ForEachPayload([&](auto url_view, const absl::Cord& payload) {
    std::string url(url_view.data(), url_view.size());
    if (!absl::StartsWith(url, kTypePrefix)) return;  // Notes of the process for itself.
    const size_t hash = url.find('#');
    if (hash != std::string::npos) {
      if (url.substr(hash) != suffix) return;
      url.resize(hash);
    }
    auto* detail = proto.add_details();
    detail->set_type_url(url);
    detail->set_value(std::string(payload));
  });
  // Payloads come in any order.
  std::sort(proto.mutable_details()->begin(), proto.mutable_details()->end(),
            [](const auto& a, const auto& b) { return a.type_url() < b.type_url(); });
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), proto.message());
  for (const auto& detail : proto.details()) status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  return status;
}

const status::Reason kNotFound{absl::StatusCode::kNotFound, "NOT_FOUND", "{name} does not exist.", "{name} 不存在。"};
const status::Reason kAlreadyExists{absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS", "{name} exists already.", "{name} 已經存在。"};
const status::Reason kStaleEtag{absl::StatusCode::kAborted, "STALE_ETAG",
                                "{name} has changed: its etag is {current}, the request has {etag}. Read it again.",
                                "{name} 已變更：目前的 etag 為 {current}，請求為 {etag}。請重新讀取。"};
const status::Reason kIllegalTransition{absl::StatusCode::kFailedPrecondition, "ILLEGAL_TRANSITION",
                                        "{name} is {state}; it does not allow {verb}. Allowed: {allowed:list}.",
                                        "{name} 的狀態為 {state}，不允許 {verb}。允許：{allowed:list}。"};
const status::Reason kRequestIdReused{absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED",
                                      "request_id {request_id} came before with another request.",
                                      "request_id {request_id} 已用於另一個請求。"};
const status::Reason kUnauthenticated{absl::StatusCode::kUnauthenticated, "UNAUTHENTICATED", "A valid bearer token is required: {why}.",
                                      "需要有效的權杖：{why}。"};
const status::Reason kPermissionDenied{absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "{method} is reserved for {roles:list}.",
                                       "{method} 僅限以下角色：{roles:list}。"};
const status::Reason kMalformed{absl::StatusCode::kInvalidArgument, "MALFORMED", "{what} cannot be parsed.", "{what} 無法解析。"};
const status::Reason kRequired{absl::StatusCode::kInvalidArgument, "REQUIRED", "A value is required.", "此欄位必填。"};
const status::Reason kBadValue{absl::StatusCode::kInvalidArgument, "BAD_VALUE", "The value must be {rule}.", "值不符合要求：{rule}。"};
const status::Reason kUnknownTimeZone{absl::StatusCode::kInvalidArgument, "UNKNOWN_TIME_ZONE", "{time_zone} is not an IANA time zone.",
                                      "{time_zone} 不是 IANA 時區。"};
const status::Reason kTruncated{absl::StatusCode::kOutOfRange, "TRUNCATED", "There are more than {count}; list them for the rest.",
                                "超過 {count} 筆，請以清單方法取得其餘。"};
const status::Reason kOverloaded{absl::StatusCode::kResourceExhausted, "OVERLOADED", "The service is at its limit; try again shortly.",
                                 "服務已達上限，請稍後再試。"};
const status::Reason kUnavailable{absl::StatusCode::kUnavailable, "UNAVAILABLE", "{what} cannot be reached at present.",
                                  "目前無法連線至 {what}。"};
const status::Reason kDeadline{absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", "The deadline passed before the work was done.",
                               "已超過時限。"};
const status::Reason kInternal{absl::StatusCode::kInternal, "INTERNAL", "Something went wrong inside; quote trace {trace}.",
                               "系統內部錯誤，請提供追蹤碼 {trace}。"};

absl::Status NotFound(const std::string& name) { return Error(kNotFound, {{"name", name}}); }

}  // namespace heitie::status
