#include "services/personnel/leaving/plan.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/status/shared.h"
#include "common/time/day.h"

namespace heitie::personnel {
namespace {

using v1::Handover;
using v1::Succession;

const status::Reason kSuccessionTwice{absl::StatusCode::kInvalidArgument, "SUCCESSION_TWICE", "Another succession is about the same.",
                                      "已有另一項交接針對相同對象。"};
const status::Phrase kKindOrResource{"set where `resource` is not, and only there", "須於未指定 `resource` 時填寫，且僅限該情形"};

}  // namespace

absl::CivilDay MoveDayOf(const Succession& succession, absl::CivilDay leave) {
  return succession.has_start_date() ? time::ToDay(succession.start_date()) : leave + 1;
}

void ShowInForce(Handover& handover, absl::CivilDay today) {
  const absl::CivilDay leave = time::ToDay(handover.leave_date());
  for (Succession& succession : *handover.mutable_successions()) succession.set_in_force(MoveDayOf(succession, leave) <= today);
}

std::optional<absl::CivilDay> NextDay(const Handover& handover, absl::CivilDay today) {
  const absl::CivilDay leave = time::ToDay(handover.leave_date());
  std::optional<absl::CivilDay> next;
  const auto consider = [&](absl::CivilDay day) {
    if (day > today && (!next || day < *next)) next = day;
  };
  consider(leave + 1);
  for (const Succession& succession : handover.successions()) consider(std::min(MoveDayOf(succession, leave), leave + 1));
  return next;
}

void CheckForm(const Handover& handover, status::BadFields& bad) {
  const absl::CivilDay leave = time::ToDay(handover.leave_date());
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (int i = 0; i < handover.successions_size(); ++i) {
    const Succession& s = handover.successions(i);
    const std::string path = absl::StrCat("handover.successions[", i, "]");
    if (s.resource().empty() == s.resource_type().empty()) bad.Add(path + ".resource_type", status::kBadValue, {{"rule", kKindOrResource}});
    if (!seen.emplace(s.resource_type(), s.resource(), s.field()).second) bad.Add(path, kSuccessionTwice);
    if (s.has_start_date() && time::ToDay(s.start_date()) > leave + 1) {
      bad.Add(path + ".start_date", status::kDatesReversed,
              {{"start", time::DayText(time::ToDay(s.start_date()))}, {"end", time::DayText(leave + 1)}});
    }
  }
}

}  // namespace heitie::personnel
