#include "services/gateway/activity_watch.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/client/gather.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/clock_service.methods.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/activity/v1/guardrail_service.methods.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/page.pb.h"
#include "heitie/activity/v1/page_service.methods.h"
#include "heitie/activity/v1/preparation_service.methods.h"
#include "heitie/activity/v1/service_clock.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/activity/v1/shift_service.methods.h"
#include "heitie/activity/v1/watch_service.methods.h"
#include "heitie/gateway/v1/activity_watch.pb.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/gateway/missing.h"
#include "services/gateway/people_parts.h"

namespace heitie::gateway {
namespace {

using activity::v1::Activity;
using activity::v1::ActivityGuardrail;
using activity::v1::Incident;
using activity::v1::Page;
using activity::v1::ServiceClock;
using activity::v1::Shift;
using google::protobuf::RepeatedPtrField;

// As the contract says: of each part, and how far ahead clocks are looked for. Three days reach from a Friday evening over the weekend.
constexpr int kWatchRows = 200;
constexpr absl::Duration kClocksAhead = absl::Hours(72);

void RequireActivity(const std::string& name, client::Gather& round, v1::ActivityWatch* out) {
  activity::v1::GetActivityRequest request;
  request.set_name(name);
  round.Require({"activity"}, activity::v1::method::GetActivity, request,
                [out](Activity& answer) { out->mutable_activity()->Swap(&answer); });
}

// What the activity service keeps of a running activity.
void AskWhatIsWatched(const std::string& name, client::Gather& round, v1::ActivityWatch* out) {
  activity::v1::ListActivityGuardrailsRequest guardrails;
  guardrails.set_parent(name);
  guardrails.set_filter("state = STATE_ACTIVE");
  round.AskPages({"guardrails"}, activity::v1::method::ListActivityGuardrails, guardrails, kWatchRows,
                 &activity::v1::ListActivityGuardrailsResponse::mutable_activity_guardrails, out->mutable_guardrails());
  activity::v1::ListPagesRequest pages;
  pages.set_parent(name);
  round.AskPages({"pages"}, activity::v1::method::ListPages, pages, kWatchRows, &activity::v1::ListPagesResponse::mutable_pages,
                 out->mutable_pages());
  activity::v1::ListIncidentsRequest incidents;
  incidents.set_parent(name);
  incidents.set_filter("state != STATE_CLOSED AND state != STATE_MERGED");
  round.AskPages({"incidents"}, activity::v1::method::ListIncidents, incidents, kWatchRows,
                 &activity::v1::ListIncidentsResponse::mutable_incidents, out->mutable_incidents());
}

void AskWhatIsDue(const std::string& name, absl::Time now, client::Gather& round, v1::ActivityWatch* out) {
  activity::v1::ListServiceClocksRequest clocks;
  clocks.set_filter(
      absl::StrCat("activity = \"", name, "\" AND state = STATE_RUNNING AND due_time <= \"", time::InstantText(now + kClocksAhead), "\""));
  round.AskPages({"clocks"}, activity::v1::method::ListServiceClocks, clocks, kWatchRows,
                 &activity::v1::ListServiceClocksResponse::mutable_service_clocks, out->mutable_clocks());
}

void AskWhoIsThere(const std::string& name, absl::Time now, client::Gather& round, v1::ActivityWatch* out) {
  const std::string instant = time::InstantText(now);
  activity::v1::ListShiftsRequest shifts;
  shifts.set_parent(name);
  shifts.set_filter(absl::StrCat("state = STATE_PLANNED AND start_time <= \"", instant, "\" AND end_time > \"", instant, "\""));
  round.AskPages({"shifts"}, activity::v1::method::ListShifts, shifts, kWatchRows, &activity::v1::ListShiftsResponse::mutable_shifts,
                 out->mutable_shifts());
}

void AskForCountersOf(const Activity& activity, client::Gather& round, v1::ActivityWatch* out) {
  if (!activity.has_launch_time()) return;
  metrics::v1::GetActivityCountersRequest request;
  request.set_activity(activity.name());
  round.Ask({"counters"}, metrics::v1::method::GetActivityCounters, request,
            [out](metrics::v1::ActivityCounters& answer) { out->mutable_counters()->Swap(&answer); });
}

std::set<std::string> OnDuty(const v1::ActivityWatch& watch) {
  std::set<std::string> names = {watch.activity().owner()};
  for (const Shift& shift : watch.shifts()) {
    for (const auto& person : shift.people()) names.insert(person.employee());
  }
  if (watch.activity().staffed_by_shifts()) return names;
  for (const auto& person : watch.activity().staff()) names.insert(person.employee());
  return names;
}

template <typename T, typename Rank>
void SortBy(RepeatedPtrField<T>* rows, Rank rank) {
  std::stable_sort(rows->begin(), rows->end(), [rank](const T& a, const T& b) { return rank(a) < rank(b); });
}

int RankOf(const Page& page) { return page.state() == Page::STATE_DOWN ? 0 : page.state() == Page::STATE_UP ? 2 : 1; }

int RankOf(const Incident& incident) {
  return incident.severity() == Incident::SEVERITY_UNSPECIFIED ? Incident::Severity_ARRAYSIZE : static_cast<int>(incident.severity());
}

// What is to be looked at first comes first; the lists were by name.
void PutInOrder(v1::ActivityWatch* out) {
  SortBy(out->mutable_guardrails(), [](const ActivityGuardrail& guardrail) { return !guardrail.run().open(); });
  SortBy(out->mutable_pages(), [](const Page& page) { return RankOf(page); });
  SortBy(out->mutable_incidents(), [](const Incident& incident) { return RankOf(incident); });
  SortBy(out->mutable_clocks(),
         [](const ServiceClock& clock) { return std::make_tuple(clock.due_time().seconds(), clock.due_time().nanos()); });
}

}  // namespace

absl::StatusOr<v1::ActivityWatch> GetActivityWatch(const client::Clients& clients, const rpc::Call& call,
                                                   const v1::GetActivityWatchRequest& request) {
  v1::ActivityWatch watch;
  const absl::Time end = client::ShareOfDeadline(call, 0.9);
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.5));
  RequireActivity(request.name(), round, &watch);
  AskWhoIsThere(request.name(), call.now, round, &watch);
  round.Then([&] {
    round.set_deadline(end);
    AskForCountersOf(watch.activity(), round, &watch);
    AskAboutPeople("people", OnDuty(watch), round, watch.mutable_people(), watch.mutable_missing());
  });
  AskWhatIsWatched(request.name(), round, &watch);
  AskWhatIsDue(request.name(), call.now, round, &watch);
  RETURN_IF_ERROR(round.Run(AddTo(watch.mutable_missing())));
  PutInOrder(&watch);
  *watch.mutable_compute_time() = time::ToTimestamp(call.now);
  return watch;
}

}  // namespace heitie::gateway
