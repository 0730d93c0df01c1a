#include "services/planning/research/research_subject.h"

#include <map>
#include <set>
#include <tuple>

#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/control/plan_history.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ComparedValue;
using v1::Observation;

const status::Reason kOneValue{StatusCode::kInvalidArgument, "ONE_VALUE", "Give either a number or a text.", "請填數值或文字其中之一。"};
const status::Reason kObservedLater{StatusCode::kInvalidArgument, "OBSERVED_LATER", "{date} is still to come.", "{date} 尚未到來。"};

namespace {

// Later ones come behind.
auto RecencyOf(const Observation& one) { return std::tuple(time::ToDay(one.observe_date()), time::ToTime(one.create_time()), one.name()); }

bool ValidOn(const Observation& one, absl::CivilDay day) { return time::ToDay(one.last_valid_date()) >= day; }

// Which observations there were. They never change.
absl::StatusOr<std::set<std::string>> KnownAt(sql::Session& session, const std::string& subject, int64_t position) {
  std::set<std::string> known;
  const std::string observations = subject + "/observations";
  RETURN_IF_ERROR(session.Query("SELECT DISTINCT aggregateid FROM event WHERE aggregateid > ? AND aggregateid < ? AND position <= ?",
                                sql::Bind(observations + "/", observations + "0", position),
                                [&](const sql::Row& row) { known.insert(row.Text(0)); }));
  return known;
}

}  // namespace

ComparedValue LatestOf(const std::string& subject, const std::vector<Observation>& seen, absl::CivilDay as_of) {
  ComparedValue value;
  value.set_subject(subject);
  value.set_outcome(ComparedValue::OUTCOME_MISSING);
  const Observation* best = nullptr;
  for (const Observation& one : seen) {
    if (time::ToDay(one.observe_date()) > as_of) continue;
    const bool better =
        best == nullptr || std::tuple(ValidOn(one, as_of), RecencyOf(one)) > std::tuple(ValidOn(*best, as_of), RecencyOf(*best));
    if (better) best = &one;
  }
  if (best == nullptr) return value;
  value.set_outcome(ValidOn(*best, as_of) ? ComparedValue::OUTCOME_VALID : ComparedValue::OUTCOME_EXPIRED);
  *value.mutable_observation() = *best;
  value.set_age_days(static_cast<int32_t>(as_of - time::ToDay(best->observe_date())));
  return value;
}

absl::Status ResearchSubjects::Observe(record::Transaction& tx, Observation& observation) {
  RETURN_IF_ERROR(tables_.research_subjects.Guard(tx, record::ParentOf(observation.name())).status());
  status::BadFields bad;
  if (observation.has_number() == !observation.text().empty()) bad.Add("observation.number", kOneValue);
  const absl::CivilDay seen = time::ToDay(observation.observe_date()), last = time::ToDay(observation.last_valid_date());
  if (seen > absl::ToCivilDay(tx.call.now, tables_.zone))
    bad.Add("observation.observe_date", kObservedLater, {{"date", time::DayText(seen)}});
  if (last < seen) {
    bad.Add("observation.last_valid_date", status::kDatesReversed, {{"start", time::DayText(seen)}, {"end", time::DayText(last)}});
  }
  RETURN_IF_ERROR(bad.status());
  if (observation.research_item().empty()) return absl::OkStatus();
  return tables_.research_items.Find(tx.sql, observation.research_item()).status();
}

absl::StatusOr<v1::CompareResearchSubjectsResponse> ResearchSubjects::Compare(const rpc::Call& call,
                                                                              const v1::CompareResearchSubjectsRequest& request) {
  const absl::CivilDay as_of = request.has_as_of() ? time::ToDay(request.as_of()) : absl::ToCivilDay(call.now, tables_.zone);
  status::BadFields bad;
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables_, call, request.position(), bad));
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::CompareResearchSubjectsResponse> {
    // By attribute, then by subject.
    std::map<std::string, std::map<std::string, std::vector<Observation>>> seen;
    for (const std::string& name : request.subjects()) {
      RETURN_IF_ERROR(tables_.research_subjects.Find(session, name).status());
      ASSIGN_OR_RETURN(const std::vector<Observation> all, tables_.observations.Children(session, name));
      ASSIGN_OR_RETURN(const std::set<std::string> known, KnownAt(session, name, position));
      for (const Observation& one : all) {
        if (known.count(one.name()) > 0 && time::ToDay(one.observe_date()) <= as_of) seen[one.attribute()][name].push_back(one);
      }
    }
    std::vector<std::string> attributes(request.attributes().begin(), request.attributes().end());
    if (attributes.empty()) {
      for (const auto& [attribute, by_subject] : seen) attributes.push_back(attribute);
    }
    v1::CompareResearchSubjectsResponse response;
    *response.mutable_as_of() = time::ToDate(as_of);
    response.set_position(position);
    for (const std::string& attribute : attributes) {
      v1::ComparedAttribute& row = *response.add_attributes();
      row.set_attribute(attribute);
      for (const std::string& name : request.subjects()) *row.add_values() = LatestOf(name, seen[attribute][name], as_of);
    }
    return response;
  });
}

void ResearchSubjects::Bind(record::Methods& methods) {
  methods.Reads(tables_.research_subjects);
  methods.Creates(tables_.research_subjects);
  methods.Updates(tables_.research_subjects);
  record::DeletesUnused(methods, tables_.research_subjects);
  methods.Reads(tables_.observations);
  methods.Creates(tables_.observations, this, &ResearchSubjects::Observe);
  methods.Bind("CompareResearchSubjects", this, &ResearchSubjects::Compare);
}

}  // namespace heitie::planning
