#include "services/metrics/plan/plan.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/collection/batch.h"

namespace heitie::metrics {

absl::Status RaisePlanVersion(record::Transaction& tx) {
  return tx.sql.Execute("UPDATE plan_version SET version = version + 1 WHERE id = 1").status();
}

Plan::Plan(int64_t version, const std::vector<v1::EventSchema>& active, std::vector<Patterns> patterns, FirstDays first_kept)
    : version_(version), patterns_(std::move(patterns)), first_kept_(std::move(first_kept)) {
  for (const v1::EventSchema& schema : active) {
    const bool of_measurements = !schema.measurement_name().empty();
    schemas_[{of_measurements ? kMeasurementKind : kEventKind, of_measurements ? schema.measurement_name() : schema.event_name()}] =
        std::make_unique<Judgement>(schema);
  }
}

const Judgement* Plan::Find(const std::string& kind, const std::string& name) const {
  const auto it = schemas_.find(std::make_pair(kind, name));
  return it == schemas_.end() ? nullptr : it->second.get();
}

std::optional<absl::CivilDay> Plan::FirstKept(const std::string& kind, const std::string& name) const {
  const auto it = first_kept_.find(std::make_pair(kind, name));
  return it == first_kept_.end() ? std::nullopt : std::optional(it->second);
}

const PersonalData& Plan::PatternsAt(absl::Time time) const {
  auto later =
      std::upper_bound(patterns_.begin(), patterns_.end(), time, [](absl::Time t, const Patterns& patterns) { return t < patterns.start; });
  if (later != patterns_.begin()) --later;
  return *later->personal;
}

absl::StatusOr<std::shared_ptr<const Plan>> Plans::Of(sql::Session& session, int64_t version) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (plan_ != nullptr && plan_->version() == version) return plan_;
  }
  ASSIGN_OR_RETURN(const std::vector<v1::EventSchema> active, schemas_.Select(session, "WHERE state = 'STATE_ACTIVE'"));
  ASSIGN_OR_RETURN(const std::vector<v1::PersonalDataPolicy> policies,
                   policies_.Select(session, "WHERE state = 'STATE_PUBLISHED' ORDER BY start_time"));
  std::vector<Plan::Patterns> patterns;
  for (const v1::PersonalDataPolicy& policy : policies) {
    Plan::Patterns& one = patterns.emplace_back();
    one.start = time::ToTime(policy.start_time());
    ASSIGN_OR_RETURN(one.personal, PersonalData::Compile(policy));
  }
  Plan::FirstDays first_kept;
  RETURN_IF_ERROR(session.Query("SELECT kind, name, raw_since FROM series WHERE raw_since IS NOT NULL", {}, [&](const sql::Row& row) {
    first_kept[{row.Text(0), row.Text(1)}] = *time::ParseDay(row.Text(2));
  }));
  auto plan = std::make_shared<const Plan>(version, active, std::move(patterns), std::move(first_kept));
  std::lock_guard<std::mutex> lock(mutex_);
  if (plan_ == nullptr || plan_->version() < version) plan_ = plan;
  return plan;
}

absl::StatusOr<std::shared_ptr<const Plan>> Plans::Current(sql::Session& session) {
  int64_t version = 0;
  RETURN_IF_ERROR(session.Query("SELECT version FROM plan_version WHERE id = 1", {}, [&](const sql::Row& row) { version = row.Int(0); }));
  return Of(session, version);
}

}  // namespace heitie::metrics
