#include "services/metrics/plan/personal_data.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/status/macros.h"
#include "services/metrics/plan/plan.h"

namespace heitie::metrics {

const status::Reason kBadPattern{absl::StatusCode::kInvalidArgument, "BAD_PATTERN", "{pattern} is no expression of RE2: \"{error}\".",
                                 "{pattern} 不是 RE2 運算式：\"{error}\"。"};

namespace {

// The numbers of the letters A to Z, of the places where households were registered first, in the order of the places and not of the
// alphabet.
constexpr std::array<int, 26> kRocLetters = {10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21,
                                             22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33};
constexpr std::array<int, 17> kPrcWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
constexpr char kPrcChecks[] = "10X98765432";
constexpr int64_t kMatcherMemory = 8 << 20;  // bytes for the automaton; more is not needed by patterns of this size

bool PersonalDataAllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

RE2::Options MatcherOptions() {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kMatcherMemory);
  return options;
}

bool Fits(v1::PersonalDataPattern::Checksum checksum, absl::string_view found) {
  switch (checksum) {
    case v1::PersonalDataPattern::CHECKSUM_ROC_ID:
      return IsRocId(found);
    case v1::PersonalDataPattern::CHECKSUM_PRC_ID:
      return IsPrcId(found);
    default:
      return true;
  }
}

absl::Status CheckPatterns(const v1::PersonalDataPolicy& policy) { return PersonalData::Compile(policy).status(); }

}  // namespace

bool IsRocId(absl::string_view id) {
  if (id.size() != 10 || !absl::ascii_isalpha(id[0]) || !PersonalDataAllDigits(id.substr(1))) return false;
  if (id[1] != '1' && id[1] != '2' && id[1] != '8' && id[1] != '9') return false;
  const int letter = kRocLetters[absl::ascii_toupper(id[0]) - 'A'];
  int sum = letter / 10 + letter % 10 * 9 + (id[9] - '0');
  for (int i = 1; i <= 8; ++i) sum += (id[i] - '0') * (9 - i);
  return sum % 10 == 0;
}

bool IsPrcId(absl::string_view id) {
  if (id.size() != 18 || !PersonalDataAllDigits(id.substr(0, 17))) return false;
  int year = 0, month = 0, day = 0, sum = 0;
  if (!absl::SimpleAtoi(id.substr(6, 4), &year) || !absl::SimpleAtoi(id.substr(10, 2), &month) ||
      !absl::SimpleAtoi(id.substr(12, 2), &day)) {
    return false;
  }
  const absl::CivilDay birth(year, month, day);
  if (year < 1850 || birth.month() != month || birth.day() != day) return false;
  for (int i = 0; i < 17; ++i) sum += (id[i] - '0') * kPrcWeights[i];
  return absl::ascii_toupper(id[17]) == kPrcChecks[sum % 11];
}

absl::StatusOr<std::shared_ptr<const PersonalData>> PersonalData::Compile(const v1::PersonalDataPolicy& policy) {
  auto compiled = std::make_shared<PersonalData>();
  status::BadFields bad;
  for (int i = 0; i < policy.patterns_size(); ++i) {
    const v1::PersonalDataPattern& pattern = policy.patterns(i);
    auto expression = std::make_unique<RE2>(pattern.pattern(), MatcherOptions());
    if (!expression->ok()) {
      bad.Add(absl::StrCat("personal_data_policy.patterns[", i, "].pattern"), kBadPattern,
              {{"pattern", pattern.pattern()}, {"error", expression->error()}});
      continue;
    }
    compiled->patterns_.push_back({pattern.title(), std::move(expression), pattern.checksum()});
  }
  RETURN_IF_ERROR(bad.status());
  if (!compiled->patterns_.empty()) {
    auto any = std::make_unique<RE2::Set>(MatcherOptions(), RE2::UNANCHORED);
    bool added = true;
    for (const Pattern& pattern : compiled->patterns_) added = any->Add(pattern.expression->pattern(), nullptr) >= 0 && added;
    // Without the joint pass each pattern is tried by itself, which finds the same.
    if (added && any->Compile()) compiled->any_ = std::move(any);
  }
  return compiled;
}

const std::string* PersonalData::Find(const std::string& text) const {
  if (patterns_.empty() || text.empty()) return nullptr;
  if (any_ != nullptr) {
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    if (!any_->Match(text, nullptr, &error) && error.kind == RE2::Set::kNoError) return nullptr;
  }
  for (const Pattern& pattern : patterns_) {
    const bool grouped = pattern.expression->NumberOfCapturingGroups() > 0;
    re2::StringPiece rest(text), found[2];
    size_t from = 0;
    // A match whose checksum does not fit may be followed, or overlapped, by one whose does.
    while (from <= text.size() && pattern.expression->Match(rest, from, text.size(), RE2::UNANCHORED, found, grouped ? 2 : 1)) {
      const re2::StringPiece part = grouped && found[1].data() != nullptr ? found[1] : found[0];
      if (Fits(pattern.checksum, absl::string_view(part.data(), part.size()))) return &pattern.title;
      from = static_cast<size_t>(found[0].data() - text.data()) + 1;
    }
  }
  return nullptr;
}

PersonalDataPolicies::PersonalDataPolicies(record::Store& store) : versions_(store, "personalDataPolicies/default", &CheckPatterns) {
  versions_.SetPublishCheck([](record::Transaction& tx, const v1::PersonalDataPolicy&) { return RaisePlanVersion(tx); });
}

}  // namespace heitie::metrics
