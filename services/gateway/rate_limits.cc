#include "services/gateway/rate_limits.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/observe/files.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/status/status.h"

namespace heitie::gateway {
namespace {

const status::Reason kTooManyRequests{absl::StatusCode::kResourceExhausted, "TOO_MANY_REQUESTS",
                                      "{caller} may make {rate} requests a second; come again in {wait}.",
                                      "{caller} 每秒最多可發出 {rate} 個請求，請於 {wait} 後再試。"};
const status::Phrase kMilliseconds{"{count} ms", "{count} 毫秒"};

const std::string kGuestPrefix = absl::StrCat(rpc::kGuests, "/");
constexpr char kRulesKind[] = "rate_limits";
constexpr absl::Duration kRulesLook = absl::Seconds(1);
constexpr double kGreatestRate = 1e6;

constexpr char kNoRate[] = "names no numbers above 0, up to a million, of which at once at least one";

bool IsRate(const std::string& text, double* rate) { return absl::SimpleAtod(text, rate) && *rate > 0 && *rate <= kGreatestRate; }

// "" when the line is fine.
std::string ParseLine(const std::vector<std::string>& words, RateRules& rules) {
  Rate rate;
  if (words[0] == "guest" && words.size() == 3) {
    if (!IsRate(words[1], &rate.per_second) || !IsRate(words[2], &rate.burst) || rate.burst < 1) return kNoRate;
    rules.guest = rate;
    return "";
  }
  if (words.size() != 4) return "is not: role or caller and a name, or guest, then requests a second, how many at once";
  if (!IsRate(words[2], &rate.per_second) || !IsRate(words[3], &rate.burst) || rate.burst < 1) {
    return kNoRate;
  }
  if (words[0] == "caller") return rules.callers.emplace(words[1], rate).second ? "" : "names a caller of an earlier line";
  if (words[0] != "role") return "begins neither with role nor with caller";
  rpc::Role role = options::v1::ROLE_UNSPECIFIED;
  options::v1::Role_Parse(absl::StrCat("ROLE_", words[1]), &role);
  if (role == options::v1::ROLE_UNSPECIFIED) return "names a role that is none";
  return rules.roles.emplace(role, rate).second ? "" : "names a role of an earlier line";
}

absl::StatusOr<std::string> TextOf(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) return absl::FailedPreconditionError(absl::StrCat(file, " cannot be read"));
  return text.str();
}

std::atomic<uint64_t>& Limited() {
  static auto& count = observe::Counter("heitie_rate_limited_total", "Requests that were refused because their caller makes too many.");
  return count;
}

}  // namespace

std::optional<Rate> RateRules::Of(const rpc::Principal& principal) const {
  if (absl::StartsWith(principal.name, kGuestPrefix)) return guest;
  if (const auto own = callers.find(principal.name); own != callers.end()) return own->second;
  std::optional<Rate> most;
  for (int role = options::v1::Role_MIN; role <= options::v1::Role_MAX; ++role) {
    if (!options::v1::Role_IsValid(role) || !principal.Has(static_cast<rpc::Role>(role))) continue;
    const auto rule = roles.find(static_cast<rpc::Role>(role));
    if (rule == roles.end()) return std::nullopt;
    if (!most || rule->second.per_second > most->per_second) most = rule->second;
  }
  return most;
}

absl::StatusOr<RateRules> ParseRateRules(const std::string& text) {
  RateRules rules;
  std::vector<std::string> wrong;
  int number = 0;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    ++number;
    const std::vector<std::string> words = absl::StrSplit(line.substr(0, line.find('#')), absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty()) continue;
    const std::string why = ParseLine(words, rules);
    if (!why.empty()) wrong.push_back(absl::StrCat("line ", number, " ", why));
  }
  if (!wrong.empty()) return absl::InvalidArgumentError(absl::StrJoin(wrong, "; "));
  return rules;
}

absl::StatusOr<RateRules> ReadRateRules(const std::string& file) {
  const absl::StatusOr<std::string> text = TextOf(file);
  if (!text.ok()) return text.status();
  absl::StatusOr<RateRules> rules = ParseRateRules(*text);
  if (!rules.ok()) return absl::InvalidArgumentError(absl::StrCat(file, ": ", rules.status().message()));
  return rules;
}

RateLimits::RateLimits(RateRules rules, std::string file, const time::Clock& clock)
    : file_(std::move(file)), clock_(clock), rules_(std::move(rules)), next_look_(clock.Now() + kRulesLook) {
  Limited();  // is there from the beginning
  if (file_.empty()) return;
  read_ = TextOf(file_).value_or("");
  observe::NoteFileRead(kRulesKind);
}

absl::Status RateLimits::Take(const rpc::Principal& principal) {
  const absl::Time now = clock_.Now();
  Rate rate;
  absl::Duration wait;
  {
    const std::lock_guard lock(mutex_);
    if (!file_.empty() && now >= next_look_) Reread(now);
    const std::optional<Rate> limit = rules_.Of(principal);
    if (!limit) return absl::OkStatus();
    rate = *limit;
    if (buckets_.size() >= kMostCallers) ForgetFull(now);
    const auto [bucket, fresh] = buckets_.try_emplace(principal.name, Bucket{rate.burst, now});
    Bucket& mine = bucket->second;
    if (!fresh && now > mine.filled) {
      mine.left = std::min(rate.burst, mine.left + absl::ToDoubleSeconds(now - mine.filled) * rate.per_second);
      mine.filled = now;
    }
    if (mine.left >= 1) {
      --mine.left;
      return absl::OkStatus();
    }
    wait = absl::Seconds((1 - mine.left) / rate.per_second);
  }
  ++Limited();
  const int64_t milliseconds = absl::ToInt64Milliseconds(wait) + 1;
  return status::RetryLater(kTooManyRequests, absl::Milliseconds(milliseconds),
                            {{"caller", absl::StartsWith(principal.name, kGuestPrefix) ? rpc::kGuests : principal.name},
                             {"rate", absl::StrCat(rate.per_second)},
                             {"wait", status::Say(kMilliseconds, {{"count", milliseconds}})}});
}

void RateLimits::Reread(absl::Time now) {
  next_look_ = now + kRulesLook;
  const absl::StatusOr<std::string> text = TextOf(file_);
  if (text.ok() && *text == read_) {
    if (!std::exchange(complaint_, "").empty()) observe::NoteFileFine(kRulesKind);
    return;
  }
  absl::StatusOr<RateRules> rules = text.ok() ? ParseRateRules(*text) : absl::StatusOr<RateRules>(text.status());
  if (!rules.ok()) {
    if (complaint_ == rules.status().message()) return;
    complaint_ = std::string(rules.status().message());
    observe::NoteFileRefused(kRulesKind);
    observe::Log(observe::Severity::kWarning, "the limits of rates cannot be used, those before stay in force", {{"why", complaint_}});
    return;
  }
  complaint_.clear();
  read_ = *text;
  rules_ = *std::move(rules);
  observe::NoteFileRead(kRulesKind);
  observe::Log(observe::Severity::kInfo, "limits of rates read");
}

void RateLimits::ForgetFull(absl::Time now) {
  // What a caller may lack after so long nobody can tell.
  absl::erase_if(buckets_, [&](const auto& bucket) { return bucket.second.filled + absl::Minutes(1) < now; });
  if (buckets_.size() >= kMostCallers) buckets_.clear();
}

}  // namespace heitie::gateway
