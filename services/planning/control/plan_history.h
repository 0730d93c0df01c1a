// A project as its events tell it, up to a position: what was planned and reported later has no part. So an answer that states the position
// can be asked for again (P2).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_PLAN_HISTORY_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_PLAN_HISTORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/json.h"
#include "common/time/business_calendar.h"
#include "google/api/resource.pb.h"
#include "google/type/date.pb.h"
#include "heitie/planning/v1/answer_basis.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/control/forecast.h"
#include "services/planning/control/progress.h"
#include "services/planning/plan/defect.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kPositionToCome;  // A field; {last}

// What a computed answer about a project rests on.
struct ProjectView {
  v1::Project project;
  v1::PlanPeriod period;
  std::vector<v1::Task> tasks;  // without the cancelled ones, by name
  std::map<std::string, std::vector<v1::ProgressReport>> reports;
  std::optional<v1::Baseline> baseline;
  std::optional<time::BusinessCalendar> calendar;  // the period's
  // Tasks that wait for an issue, each with the last of the days by which those are to be solved.
  std::map<std::string, absl::CivilDay> held_until;
  absl::CivilDay day;
  v1::AnswerBasis basis;

  // A task at the end of the day. One that was begun or done before there were reports is as it says itself, on its planned days.
  Progress ProgressOf(const v1::Task& task) const;
};

struct ViewRequest {
  std::string project;
  std::optional<google::type::Date> as_of;
  int64_t position = 0;
  std::string baseline;
};

// A request with these four fields.
template <typename Req>
ViewRequest ViewOf(const std::string& project, const Req& request) {
  ViewRequest view{project, std::nullopt, request.position(), request.baseline()};
  if (request.has_as_of()) view.as_of = request.as_of();
  return view;
}

// Up to where events are heard: as it is asked (POSITION_TO_COME), or, for 0, all that happened so far.
absl::StatusOr<int64_t> PositionFor(const Tables& tables, const rpc::Call& call, int64_t asked, status::BadFields& bad);

// The last events up to a position, as JSON: of one resource (NOT_FOUND also of one that was not there yet, or not any more), and of each
// of a collection, by name.
absl::StatusOr<std::string> PayloadAt(sql::Session& session, const std::string& name, int64_t position);
absl::StatusOr<std::vector<std::string>> PayloadsAt(sql::Session& session, const std::string& collection, int64_t position);
// Of a collection those that a query for `name` finds today, and those of the type that have changed since; by name.
absl::StatusOr<std::vector<std::string>> ChosenPayloadsAt(sql::Session& session, const std::string& type, const std::string& collection,
                                                          const std::string& names, sql::Values values, int64_t position);

template <typename T>
absl::StatusOr<T> FindAt(sql::Session& session, const std::string& name, int64_t position) {
  T found;
  const absl::StatusOr<std::string> payload = PayloadAt(session, name, position);
  if (!payload.ok()) return payload.status();
  if (!record::FromJson(*payload, &found)) return absl::DataLossError("an event of " + name);
  return found;
}
// `collection` with its parent, for example `projects/spring/citations`.
template <typename T>
absl::StatusOr<std::vector<T>> ChildrenAt(sql::Session& session, const std::string& collection, int64_t position) {
  std::vector<T> found;
  const absl::StatusOr<std::vector<std::string>> payloads = PayloadsAt(session, collection, position);
  if (!payloads.ok()) return payloads.status();
  for (const std::string& payload : *payloads) {
    if (!record::FromJson(payload, &found.emplace_back())) return absl::DataLossError("an event of " + collection);
  }
  return found;
}

// As ChildrenAt, where it is enough to look at those that `names` finds, a query for `name`: it finds by what resources are today, so
// whoever asks leaves out what was not so at the position.
template <typename T>
absl::StatusOr<std::vector<T>> ChosenAt(sql::Session& session, const std::string& collection, const std::string& names, sql::Values values,
                                        int64_t position) {
  std::vector<T> found;
  const std::string& type = T::descriptor()->options().GetExtension(google::api::resource).type();
  const auto payloads = ChosenPayloadsAt(session, type, collection, names, std::move(values), position);
  if (!payloads.ok()) return payloads.status();
  for (const std::string& payload : *payloads) {
    if (!record::FromJson(payload, &found.emplace_back())) return absl::DataLossError("an event of " + collection);
  }
  return found;
}

// Without a baseline in the request: the one in force then. INVALID_FIELDS with POSITION_TO_COME; NOT_FOUND also of a project that was not
// there yet.
absl::StatusOr<ProjectView> LoadView(const Tables& tables, const rpc::Call& call, const ViewRequest& request);

// The network of the tasks without parts, at the end of the day, with the tasks in its order.
struct StatusPlan {
  std::vector<v1::Task> tasks;
  std::vector<Progress> progress;
  std::vector<StatusTask> network;
  absl::CivilDay origin;  // working day 0
  int64_t next = 0;       // the first one after the day
};
// What keeps a view from being scheduled: tasks without dates, cycles.
Defects CheckView(const ProjectView& view);
// Of a view without defects.
StatusPlan StatusPlanOf(const ProjectView& view);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_PLAN_HISTORY_H_
