#ifndef HEITIE_SERVICES_METRICS_PLAN_CHAPTER_H_
#define HEITIE_SERVICES_METRICS_PLAN_CHAPTER_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/metrics/plan/accounts.h"
#include "services/metrics/plan/control_total.h"
#include "services/metrics/plan/dead_letter.h"
#include "services/metrics/plan/event_schema.h"
#include "services/metrics/plan/personal_data.h"
#include "services/metrics/plan/plan.h"
#include "services/metrics/plan/sieve.h"
#include "services/metrics/plan/watermark.h"

namespace heitie::metrics {

// What is collected by plan, and what becomes of what is delivered against it (M1). Not to be moved: its concepts refer to each other.
// Thread-safe.
struct PlanChapter {
  // `intake` may come to be later than this, before the first request.
  PlanChapter(const service::Context& context, const record::Kind<v1::Producer>& producers, Intake& intake, absl::TimeZone zone);
  PlanChapter(const PlanChapter&) = delete;
  PlanChapter& operator=(const PlanChapter&) = delete;

  void Bind(record::Methods& methods);

  EventSchemas schemas;
  PersonalDataPolicies personal_data;
  Plans plans;
  Sieve sieve;
  Accounts accounts;
  DeadLetters dead_letters;
  Watermarks watermarks;
  ControlTotals control_totals;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_CHAPTER_H_
