#include "services/planning/meeting/rule.h"

#include <libical/ical.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/time/day.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kRuleUnreadable{StatusCode::kInvalidArgument, "RULE_UNREADABLE", "{part} is no part of a recurrence rule (RFC 5545).",
                                     "{part} 不是重複規則（RFC 5545）的一部分。"};
const status::Reason kRuleFormRefused{StatusCode::kInvalidArgument, "RULE_FORM_REFUSED", "Meetings do not recur by {part}.",
                                      "會議不支援以 {part} 重複。"};
const status::Reason kRuleWithoutInstance{StatusCode::kInvalidArgument, "RULE_WITHOUT_INSTANCE", "{rule} never comes true.",
                                          "{rule} 永遠不會發生。"};
const status::Reason kStartNotInRule{StatusCode::kInvalidArgument, "START_NOT_IN_RULE",
                                     "The rule does not meet on {date}; the next day on which it does is {next}.",
                                     "規則不包含 {date}；其後符合的日期為 {next}。"};

namespace {

using RuleParts = std::map<std::string, std::string>;

constexpr int kLastYear = 2200;
// In so many weeks of a rule every month comes.
constexpr int kMostWeeks = 400;

bool IsWeekday(absl::string_view text) {
  return text == "MO" || text == "TU" || text == "WE" || text == "TH" || text == "FR" || text == "SA" || text == "SU";
}

bool IsNumber(absl::string_view text, int least, int most) {
  int number = 0;
  return absl::SimpleAtoi(text, &number) && number >= least && number <= most;
}

// A number of either sign, but not 0.
bool IsOrdinal(absl::string_view text, int most) { return IsNumber(text, -most, most) && !IsNumber(text, 0, 0); }

template <typename F>
bool All(absl::string_view list, F holds) {
  for (const absl::string_view one : absl::StrSplit(list, ',')) {
    if (!holds(one)) return false;
  }
  return true;
}

// Whether a list names something twice, however it writes it: libical counts it twice.
bool Repeats(absl::string_view list) {
  std::set<std::pair<int, std::string>> seen;
  for (const absl::string_view one : absl::StrSplit(list, ',')) {
    const size_t digits = std::min(one.find_first_not_of("+-0123456789"), one.size());
    int number = 0;
    if (digits > 0 && !absl::SimpleAtoi(one.substr(0, digits), &number)) return false;
    if (!seen.insert({number, std::string(one.substr(digits))}).second) return true;
  }
  return false;
}

bool IsUntil(const std::string& text) {
  if (text.size() != 8) return false;
  return time::ParseDay(absl::StrCat(text.substr(0, 4), "-", text.substr(4, 2), "-", text.substr(6))).has_value();
}

// nullptr: it is well formed; else why not.
const status::Reason* FaultOf(const std::string& key, const std::string& value, const RuleParts& parts) {
  const auto found = parts.find("FREQ");
  const std::string frequency = found == parts.end() ? "" : found->second;
  const auto readable = [](bool holds) { return holds ? nullptr : &kRuleUnreadable; };
  if (key == "FREQ") {
    if (value == "SECONDLY" || value == "MINUTELY" || value == "HOURLY") return &kRuleFormRefused;
    return readable(value == "DAILY" || value == "WEEKLY" || value == "MONTHLY" || value == "YEARLY");
  }
  if (key == "INTERVAL") return readable(IsNumber(value, 1, 400));
  if (key == "COUNT") return parts.count("UNTIL") > 0 ? &kRuleFormRefused : readable(IsNumber(value, 1, 10000));
  if (key == "UNTIL") return readable(IsUntil(value));
  // libical skips instances where weeks begin on other days.
  if (key == "WKST") return value == "MO" ? nullptr : IsWeekday(value) ? &kRuleFormRefused : &kRuleUnreadable;
  if (key == "BYMONTH") return readable(All(value, [](absl::string_view one) { return IsNumber(one, 1, 12); }));
  if (key == "BYMONTHDAY") {
    if (!All(value, [](absl::string_view one) { return IsOrdinal(one, 31); })) return &kRuleUnreadable;
    // libical keeps a yearly one to the month of the start and passes over daily ones that count from the end.
    const bool errs = (frequency == "YEARLY" && parts.count("BYMONTH") == 0) || (frequency == "DAILY" && absl::StrContains(value, "-"));
    // Of a set to choose from it counts a day twice that is named from both ends of the month.
    const bool twice = parts.count("BYSETPOS") > 0 && absl::StrContains(value, "-") &&
                       !All(value, [](absl::string_view one) { return absl::StartsWith(one, "-"); });
    return frequency == "WEEKLY" || errs || twice ? &kRuleFormRefused : nullptr;
  }
  if (key == "BYDAY") {
    bool numbered = false;
    const bool weekdays = All(value, [&](absl::string_view one) {
      if (one.size() < 2 || !IsWeekday(one.substr(one.size() - 2))) return false;
      const absl::string_view ordinal = one.substr(0, one.size() - 2);
      numbered = numbered || !ordinal.empty();
      return ordinal.empty() || IsOrdinal(ordinal, 53);
    });
    if (!weekdays) return &kRuleUnreadable;
    // Numbered days that are days of the month as well are another thing to libical.
    const bool errs = (frequency != "MONTHLY" && frequency != "YEARLY") || parts.count("BYMONTHDAY") > 0;
    return numbered && errs ? &kRuleFormRefused : nullptr;
  }
  if (key == "BYSETPOS") {
    if (frequency != "MONTHLY" || (parts.count("BYDAY") == 0 && parts.count("BYMONTHDAY") == 0)) return &kRuleFormRefused;
    return readable(All(value, [](absl::string_view one) { return IsOrdinal(one, 366); }));
  }
  const bool known = key == "BYWEEKNO" || key == "BYYEARDAY" || key == "BYHOUR" || key == "BYMINUTE" || key == "BYSECOND" ||
                     key == "RSCALE" || key == "SKIP";
  return known ? &kRuleFormRefused : &kRuleUnreadable;
}

int NumberOf(absl::string_view text) {
  int number = 0;
  return absl::SimpleAtoi(text, &number) ? std::abs(number) : 0;
}

std::vector<absl::string_view> ListOf(const RuleParts& parts, const std::string& key) {
  const auto found = parts.find(key);
  if (found == parts.end()) return {};
  return absl::StrSplit(absl::string_view(found->second), ',');
}

// Whether the parts by themselves say that a rule never comes true, which libical finds out by looking at all years.
bool IsImpossible(const RuleParts& parts) {
  static constexpr int kLongest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int longest = parts.count("BYMONTH") > 0 ? 0 : 31;
  for (const absl::string_view month : ListOf(parts, "BYMONTH")) longest = std::max(longest, kLongest[NumberOf(month) - 1]);
  const std::vector<absl::string_view> month_days = ListOf(parts, "BYMONTHDAY"), days = ListOf(parts, "BYDAY");
  const auto within = [](const std::vector<absl::string_view>& list, int most) {
    return list.empty() || std::any_of(list.begin(), list.end(), [most](absl::string_view one) { return NumberOf(one) <= most; });
  };
  if (!within(month_days, longest)) return true;
  const bool of_year = parts.at("FREQ") == "YEARLY" && parts.count("BYMONTH") == 0;
  std::vector<absl::string_view> ordinals;
  int in_set = month_days.empty() ? 31 : static_cast<int>(month_days.size());
  int by_day = 0;
  for (absl::string_view day : days) {
    day.remove_suffix(2);
    ordinals.push_back(day);
    by_day += day.empty() ? 5 : 1;
  }
  if (!within(ordinals, of_year ? 53 : 5)) return true;
  if (!days.empty()) in_set = std::min(in_set, by_day);
  return !within(ListOf(parts, "BYSETPOS"), in_set);
}

// At noon on a clock of no zone, for of bare dates libical repeats the first one.
icaltimetype NoonOf(absl::CivilDay day) {
  icaltimetype noon = icaltime_null_time();
  noon.year = static_cast<int>(day.year());
  noon.month = day.month();
  noon.day = day.day();
  noon.hour = 12;
  return noon;
}

icalrecurrencetype RecurrenceOf(const std::string& rule) {
  icalrecurrencetype recurrence = icalrecurrencetype_from_string(rule.c_str());
  if (!icaltime_is_null_time(recurrence.until)) {
    recurrence.until.is_date = 0;
    recurrence.until.hour = 23;
  }
  return recurrence;
}

struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

}  // namespace

void CheckRule(const std::string& rule, const std::string& path, status::BadFields& bad) {
  if (rule.empty()) return;
  RuleParts parts;
  for (const absl::string_view one : absl::StrSplit(rule, ';')) {
    const std::string part(one);
    const std::pair<std::string, std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (!parts.insert(pair).second) return bad.Add(path, kRuleUnreadable, {{"part", part}});
  }
  if (parts.count("FREQ") == 0) return bad.Add(path, kRuleUnreadable, {{"part", rule}});
  for (const auto& [key, value] : parts) {
    const status::Reason* fault = FaultOf(key, value, parts);
    if (fault == nullptr && Repeats(value)) fault = &kRuleFormRefused;
    if (fault != nullptr) return bad.Add(path, *fault, {{"part", absl::StrCat(key, "=", value)}});
  }
  if (IsImpossible(parts)) bad.Add(path, kRuleWithoutInstance, {{"rule", rule}});
}

std::optional<absl::CivilDay> FirstInstanceOf(const std::string& rule, absl::CivilDay start) {
  const auto first_from = [](const std::string& of, absl::CivilDay begin, absl::CivilDay until) -> std::optional<absl::CivilDay> {
    const std::vector<absl::CivilDay> first = InstancesOf(of, begin, begin, until, 1);
    if (first.empty()) return std::nullopt;
    return first.front();
  };
  std::string weekly;
  int interval = 1;
  for (const absl::string_view part : absl::StrSplit(rule, ';')) {
    if (absl::StartsWith(part, "INTERVAL=")) interval = NumberOf(absl::StripPrefix(part, "INTERVAL="));
    if (!absl::StartsWith(part, "COUNT=")) absl::StrAppend(&weekly, weekly.empty() ? "" : ";", part);
  }
  if (!absl::StrContains(rule, "FREQ=WEEKLY") || !absl::StrContains(rule, "BYDAY=")) {
    return first_from(rule, start, absl::CivilDay(kLastYear, 12, 31));
  }
  // Of a week whose first day is no instance libical passes over the Sunday. So each day of the weeks is tried as the first one.
  const absl::CivilDay monday = absl::PrevWeekday(start + 1, absl::Weekday::monday);
  for (int week = 0; week < kMostWeeks; ++week) {
    for (int day = 0; day < 7; ++day) {
      const absl::CivilDay tried = monday + (7 * interval * week + day);
      if (tried >= start && first_from(weekly, tried, tried)) return tried;
    }
  }
  return std::nullopt;
}

std::vector<absl::CivilDay> InstancesOf(const std::string& rule, absl::CivilDay start, absl::CivilDay from, absl::CivilDay until,
                                        size_t most) {
  std::vector<absl::CivilDay> days;
  if (rule.empty()) {
    if (start >= from && start <= until && most > 0) days.push_back(start);
    return days;
  }
  const std::unique_ptr<icalrecur_iterator, FreeIterator> iterator(icalrecur_iterator_new(RecurrenceOf(rule), NoonOf(start)));
  while (iterator != nullptr && days.size() < most) {
    const icaltimetype next = icalrecur_iterator_next(iterator.get());
    if (icaltime_is_null_time(next) || next.year > kLastYear) break;
    const absl::CivilDay day(next.year, next.month, next.day);
    if (day > until) break;
    if (day >= from) days.push_back(day);
  }
  return days;
}

}  // namespace heitie::planning
