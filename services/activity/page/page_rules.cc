#include "services/activity/page/page_rules.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/time/instant.h"

namespace heitie::activity {

using v1::Page;
using v1::PageCheck;

const status::Reason kBadUrl{absl::StatusCode::kInvalidArgument, "BAD_URL",
                             "This is no address of a page: http or https, a host, at most a port, a path, and no user or fragment.",
                             "這不是網頁位址：應為 http 或 https、主機、至多一個連接埠與路徑，且不含使用者與片段。"};
const status::Reason kHostNotAllowed{absl::StatusCode::kInvalidArgument, "HOST_NOT_ALLOWED",
                                     "The allow list names no {host} with this scheme and port.",
                                     "允許清單沒有以此協定與連接埠列出 {host}。"};
const status::Reason kBodyWithoutPost{absl::StatusCode::kInvalidArgument, "BODY_WITHOUT_POST", "Something is sent only by POST.",
                                      "僅 POST 可傳送內容。"};
const status::Reason kCheckWithoutContent{absl::StatusCode::kInvalidArgument, "CHECK_WITHOUT_CONTENT", "HEAD brings no content to check.",
                                          "HEAD 不會取得可檢查的內容。"};
const status::Reason kCheckNotOne{absl::StatusCode::kInvalidArgument, "CHECK_NOT_ONE",
                                  "A check is a text, a pattern or a JSON value, and only the first two may be absent.",
                                  "檢查須為文字、樣式或 JSON 值之一，且僅前兩者可要求不存在。"};
const status::Reason kPatternRefused{absl::StatusCode::kInvalidArgument, "PATTERN_REFUSED", "RE2 refuses the pattern: {why}.",
                                     "RE2 不接受此樣式：{why}。"};
const status::Reason kBadPointer{absl::StatusCode::kInvalidArgument, "BAD_POINTER", "This is no JSON pointer.", "這不是 JSON 指標。"};
const status::Reason kBadJson{absl::StatusCode::kInvalidArgument, "BAD_JSON", "This is no JSON.", "這不是 JSON。"};
const status::Reason kBadDuration{absl::StatusCode::kInvalidArgument, "BAD_DURATION", "It is {least} to {most}.",
                                  "應介於 {least} 與 {most} 之間。"};
const status::Reason kBadHost{absl::StatusCode::kInvalidArgument, "BAD_HOST",
                              "This is no host in small letters, none below a domain, and no address.",
                              "這不是小寫的主機名稱、網域之下的主機或位址。"};
const status::Reason kBadAddressRange{
    absl::StatusCode::kInvalidArgument, "BAD_ADDRESS_RANGE",
    "This is no range of loopback, private, link-local, shared or unique local addresses, /8 or /16 of IPv6 at most.",
    "這不是迴路、私有、鏈路本地、共用或唯一本地位址的範圍（至多 /8，IPv6 至多 /16）。"};

namespace {

constexpr absl::Duration kLeastInterval = absl::Seconds(10), kMostInterval = absl::Hours(1);
constexpr absl::Duration kLeastTimeout = absl::Milliseconds(100), kMostTimeout = absl::Seconds(30);
constexpr absl::Duration kLeastLatency = absl::Milliseconds(1), kMostGrace = absl::Hours(1);
// What an expression may take of memory, compiled and while it searches.
constexpr int64_t kPatternBytes = int64_t{1} << 20;

using Json = nlohmann::json;

RE2::Options PatternOptions() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytes);
  return options;
}

std::optional<Json::json_pointer> ParsePointer(const std::string& text) {
  try {
    return Json::json_pointer(text);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

// Nothing when there is none.
const Json* At(const Json& document, const Json::json_pointer& pointer) {
  try {
    return &document.at(pointer);
  } catch (const Json::exception&) {
    return nullptr;
  }
}

void CheckRange(const std::string& field, absl::Duration value, absl::Duration least, absl::Duration most, status::BadFields& bad) {
  if (value >= least && value <= most) return;
  bad.Add(field, kBadDuration, {{"least", absl::FormatDuration(least)}, {"most", absl::FormatDuration(most)}});
}

void CheckCheck(const std::string& field, const PageCheck& check, status::BadFields& bad) {
  switch (check.check_case()) {
    case PageCheck::kText:
      if (check.text().empty()) bad.Add(field, kCheckNotOne);
      break;
    case PageCheck::kPattern: {
      const RE2 pattern(check.pattern(), PatternOptions());
      if (check.pattern().empty()) bad.Add(field, kCheckNotOne);
      if (!pattern.ok()) bad.Add(field + ".pattern", kPatternRefused, {{"why", pattern.error()}});
      break;
    }
    case PageCheck::kJson:
      if (check.absent()) bad.Add(field, kCheckNotOne);
      if (!ParsePointer(check.json().pointer()).has_value()) bad.Add(field + ".json.pointer", kBadPointer);
      if (Json::parse(check.json().value(), nullptr, false).is_discarded()) bad.Add(field + ".json.value", kBadJson);
      break;
    case PageCheck::CHECK_NOT_SET:
      bad.Add(field, kCheckNotOne);
  }
}

bool Holds(const PageCheck& check, const std::string& body) {
  switch (check.check_case()) {
    case PageCheck::kText:
      return absl::StrContains(body, check.text()) != check.absent();
    case PageCheck::kPattern: {
      const RE2 pattern(check.pattern(), PatternOptions());
      return pattern.ok() && RE2::PartialMatch(body, pattern) != check.absent();
    }
    case PageCheck::kJson: {
      const std::optional<Json::json_pointer> pointer = ParsePointer(check.json().pointer());
      const Json document = Json::parse(body, nullptr, false), wanted = Json::parse(check.json().value(), nullptr, false);
      if (!pointer.has_value() || document.is_discarded() || wanted.is_discarded()) return false;
      const Json* const found = At(document, *pointer);
      return found != nullptr && *found == wanted;
    }
    case PageCheck::CHECK_NOT_SET:
      return false;
  }
  return false;
}

Page::Cause CauseOf(web::Failure failure) {
  switch (failure) {
    case web::Failure::kDns:
      return Page::CAUSE_DNS;
    case web::Failure::kTimeout:
      return Page::CAUSE_TIMEOUT;
    case web::Failure::kTls:
      return Page::CAUSE_TLS;
    case web::Failure::kExpired:
      return Page::CAUSE_EXPIRED;
    case web::Failure::kTooLarge:
      return Page::CAUSE_TOO_LARGE;
    case web::Failure::kRedirect:
      return Page::CAUSE_REDIRECT;
    case web::Failure::kBlocked:
      return Page::CAUSE_BLOCKED;
    case web::Failure::kConnect:
    case web::Failure::kStopped:
      return Page::CAUSE_CONNECT;
    case web::Failure::kNone:
      break;
  }
  return Page::CAUSE_UNSPECIFIED;
}

bool IsWanted(const Page& page, int status) {
  if (page.statuses().empty()) return status >= 200 && status <= 299;
  return std::find(page.statuses().begin(), page.statuses().end(), status) != page.statuses().end();
}

// What is wrong with an answer, in the order in which one would find it.
Page::Cause CauseOf(const Page& page, const web::Answer& answer) {
  if (answer.failure != web::Failure::kNone) return CauseOf(answer.failure);
  if (!IsWanted(page, answer.status)) return Page::CAUSE_STATUS;
  for (const PageCheck& check : page.checks()) {
    if (!Holds(check, answer.body)) return Page::CAUSE_CONTENT;
  }
  if (page.has_latency_limit() && answer.latency > ToDuration(page.latency_limit())) return Page::CAUSE_SLOW;
  return Page::CAUSE_UNSPECIFIED;
}

// What of a page decides what its looks mean.
std::string Looked(const Page& page) {
  Page part = page;
  for (const int number : {Page::kNameFieldNumber, Page::kTitleFieldNumber, Page::kCertificateDaysFieldNumber, Page::kStateFieldNumber,
                           Page::kCauseFieldNumber, Page::kStateTimeFieldNumber, Page::kCertificateStartTimeFieldNumber,
                           Page::kCertificateExpireTimeFieldNumber, Page::kWarnedCertificateFieldNumber, Page::kWarnTimeFieldNumber,
                           Page::kLastLookFieldNumber, Page::kNextLookTimeFieldNumber, Page::kAllowedVerbsFieldNumber,
                           Page::kEtagFieldNumber, Page::kCreateTimeFieldNumber, Page::kUpdateTimeFieldNumber, Page::kCreatorFieldNumber}) {
    part.GetReflection()->ClearField(&part, Page::descriptor()->FindFieldByNumber(number));
  }
  return part.SerializeAsString();
}

// Adds [start, end) to what is known, as one with the last where it is the same.
void Append(Availability& availability, const Stretch& part) {
  if (part.start >= part.end) return;
  const absl::Duration length = part.end - part.start;
  (part.state == Page::STATE_UP ? availability.up : part.state == Page::STATE_DOWN ? availability.down : availability.unknown) += length;
  if (!availability.stretches.empty()) {
    Stretch& last = availability.stretches.back();
    if (last.state == part.state && last.cause == part.cause) {
      last.end = part.end;
      return;
    }
  }
  availability.stretches.push_back(part);
}

}  // namespace

const record::StateMachine& PageMachine() {
  static const auto& machine = *new record::StateMachine(
      Page::State_descriptor(),
      {
          {Page::STATE_UNKNOWN, "come_up", Page::STATE_UP, "enough good looks in a row", record::kConsequence},
          {Page::STATE_UNKNOWN, "go_down", Page::STATE_DOWN, "enough bad looks in a row", record::kConsequence},
          {Page::STATE_UP, "go_down", Page::STATE_DOWN, "enough bad looks in a row", record::kConsequence},
          {Page::STATE_DOWN, "come_up", Page::STATE_UP, "enough good looks in a row", record::kConsequence},
          {Page::STATE_UNKNOWN, "reset", Page::STATE_UNKNOWN, "something else is asked of it", record::kConsequence},
          {Page::STATE_UP, "reset", Page::STATE_UNKNOWN, "something else is asked of it", record::kConsequence},
          {Page::STATE_DOWN, "reset", Page::STATE_UNKNOWN, "something else is asked of it", record::kConsequence},
          {Page::STATE_UNKNOWN, "warn", Page::STATE_UNKNOWN, "a certificate expires soon", record::kConsequence},
          {Page::STATE_UP, "warn", Page::STATE_UP, "a certificate expires soon", record::kConsequence},
          {Page::STATE_DOWN, "warn", Page::STATE_DOWN, "a certificate expires soon", record::kConsequence},
      });
  return machine;
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Duration ToProtoDuration(absl::Duration duration) {
  google::protobuf::Duration out;
  out.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return out;
}

absl::Status CheckPage(const Page& page, const web::AllowList& allowed) {
  status::BadFields bad;
  const std::optional<web::Url> url = web::ParseUrl(page.url());
  if (!url.has_value()) {
    bad.Add("page.url", kBadUrl);
  } else if (!allowed.Permits(*url)) {
    bad.Add("page.url", kHostNotAllowed, {{"host", url->Authority()}});
  }
  if (page.method() != Page::METHOD_POST) {
    if (!page.body().empty()) bad.Add("page.body", kBodyWithoutPost);
    if (!page.content_type().empty()) bad.Add("page.content_type", kBodyWithoutPost);
  }
  if (page.method() == Page::METHOD_HEAD && !page.checks().empty()) bad.Add("page.checks", kCheckWithoutContent);
  for (int i = 0; i < page.checks_size(); ++i) CheckCheck(absl::StrCat("page.checks[", i, "]"), page.checks(i), bad);
  const absl::Duration interval = ToDuration(page.look_interval()), timeout = ToDuration(page.timeout());
  CheckRange("page.look_interval", interval, kLeastInterval, kMostInterval, bad);
  CheckRange("page.timeout", timeout, kLeastTimeout, std::min(kMostTimeout, std::max(interval, kLeastInterval)), bad);
  if (page.has_latency_limit()) {
    CheckRange("page.latency_limit", ToDuration(page.latency_limit()), kLeastLatency, std::max(timeout, kLeastTimeout), bad);
  }
  if (page.has_grace()) {
    CheckRange("page.grace", ToDuration(page.grace()), absl::ZeroDuration(),
               page.requirement() == Page::REQUIREMENT_AFTER_LAUNCH ? kMostGrace : absl::ZeroDuration(), bad);
  }
  return bad.status();
}

absl::Status CheckAllowedHost(const v1::AllowedHost& host) {
  status::BadFields bad;
  if (!web::IsAllowedHost(host.host())) bad.Add("allowed_host.host", kBadHost);
  for (int i = 0; i < host.private_ranges_size(); ++i) {
    const std::optional<web::Range> range = web::Range::Parse(host.private_ranges(i));
    if (!range.has_value() || !web::MayBeOpened(*range)) bad.Add(absl::StrCat("allowed_host.private_ranges[", i, "]"), kBadAddressRange);
  }
  return bad.status();
}

web::Allowed ToAllowed(const v1::AllowedHost& host) {
  web::Allowed allowed;
  allowed.host = host.host();
  for (const int scheme : host.schemes()) {
    (scheme == v1::AllowedHost::SCHEME_HTTPS ? allowed.https : allowed.http) = true;
  }
  allowed.ports.insert(host.ports().begin(), host.ports().end());
  for (const std::string& text : host.private_ranges()) {
    if (const std::optional<web::Range> range = web::Range::Parse(text)) allowed.inside.push_back(*range);
  }
  return allowed;
}

bool ChangesLooks(const Page& before, const Page& after) { return Looked(before) != Looked(after); }

bool IsLookedAt(const Page& page, const v1::Activity& activity) {
  switch (activity.state()) {
    case v1::Activity::STATE_DRAFT:
    case v1::Activity::STATE_PREPARING:
    case v1::Activity::STATE_READY:
      return page.requirement() != Page::REQUIREMENT_AFTER_LAUNCH;
    case v1::Activity::STATE_LIVE:
    case v1::Activity::STATE_PAUSED:
      return true;
    default:
      return false;
  }
}

bool IsInGrace(const Page& page, const v1::Activity& activity, absl::Time at) {
  return page.requirement() == Page::REQUIREMENT_AFTER_LAUNCH && activity.has_launch_time() &&
         at < time::ToTime(activity.launch_time()) + ToDuration(page.grace());
}

absl::Time NextLook(absl::Time anchor, absl::Duration interval, absl::Time after) {
  if (after < anchor) return anchor;
  absl::Duration rest;
  const int64_t done = absl::IDivDuration(after - anchor, interval, &rest);
  return anchor + interval * (done + 1);
}

web::Request RequestOf(const Page& page) {
  web::Request request;
  request.url = page.url();
  switch (page.method()) {
    case Page::METHOD_HEAD:
      request.method = web::Request::Method::kHead;
      break;
    case Page::METHOD_POST:
      request.method = web::Request::Method::kPost;
      request.body = page.body();
      request.content_type = page.content_type();
      break;
    default:
      request.method = web::Request::Method::kGet;
  }
  request.max_redirects = page.max_redirects();
  request.final_statuses.assign(page.statuses().begin(), page.statuses().end());
  request.timeout = ToDuration(page.timeout());
  return request;
}

Look JudgeAnswer(const Page& page, const web::Answer& answer, absl::Time time) {
  Look look;
  look.time = time;
  look.cause = CauseOf(page, answer);
  look.good = look.cause == Page::CAUSE_UNSPECIFIED;
  look.status = answer.status;
  look.latency = absl::Trunc(answer.latency, absl::Microseconds(1));
  look.redirects = answer.redirects;
  look.certificate = answer.certificate;
  return look;
}

int CountLooks(const Page& page, int before, std::optional<absl::Time> last_look, const Look& look, bool in_grace) {
  if (!look.good && in_grace) return 0;
  const bool in_a_row = last_look.has_value() && look.time - *last_look <= 2 * ToDuration(page.look_interval());
  if (!in_a_row) before = 0;
  // Beyond what decides they need not be counted.
  if (look.good) return std::min(std::max(before, 0) + 1, 1000);
  return std::max(std::min(before, 0) - 1, -1000);
}

Page::State StateAfter(const Page& page, Page::State state, int looks) {
  if (looks >= page.successes_to_up()) return Page::STATE_UP;
  if (-looks >= page.failures_to_down()) return Page::STATE_DOWN;
  return state;
}

bool IsCertificateRunningOut(const Page& page, const Look& look) {
  return page.certificate_days() > 0 && look.certificate.has_value() &&
         look.certificate->end - look.time < absl::Hours(24) * page.certificate_days();
}

void AddLook(std::vector<Stretch>& stretches, const Look& look, absl::Duration interval, bool in_grace) {
  const Page::State state = look.good ? Page::STATE_UP : Page::STATE_DOWN;
  const absl::Time reach = look.time + 2 * interval;
  const bool passes = !look.good && in_grace;
  if (!stretches.empty() && stretches.back().end >= look.time) {
    Stretch& last = stretches.back();
    if (!passes && last.state == state && last.cause == look.cause) {
      last.end = reach;
      return;
    }
    last.end = look.time;
  }
  if (!passes) stretches.push_back({look.time, reach, state, look.cause});
}

std::optional<double> Availability::share() const {
  if (up + down == absl::ZeroDuration()) return std::nullopt;
  return absl::FDivDuration(up, up + down);
}

Availability AvailabilityOf(const std::vector<Stretch>& stretches, const std::vector<std::pair<absl::Time, absl::Time>>& pauses,
                            absl::Time from, absl::Time to) {
  Availability availability;
  absl::Time at = from;
  auto pause = pauses.begin();
  auto stretch = stretches.begin();
  while (at < to) {
    while (pause != pauses.end() && pause->second <= at) ++pause;
    while (stretch != stretches.end() && stretch->end <= at) ++stretch;
    const bool paused = pause != pauses.end() && pause->first <= at;
    const bool known = stretch != stretches.end() && stretch->start <= at;
    absl::Time end = to;
    if (pause != pauses.end()) end = std::min(end, paused ? pause->second : pause->first);
    if (stretch != stretches.end() && !paused) end = std::min(end, known ? stretch->end : stretch->start);
    Stretch part{at, end};
    if (known && !paused) {
      part.state = stretch->state;
      part.cause = stretch->cause;
    }
    Append(availability, part);
    at = end;
  }
  return availability;
}

}  // namespace heitie::activity
