#include "services/metrics/plan/chapter.h"

namespace heitie::metrics {

PlanChapter::PlanChapter(const service::Context& context, const record::Kind<v1::Producer>& producers, Intake& intake, absl::TimeZone zone)
    : schemas(context.store),
      personal_data(context.store),
      plans(schemas.kind(), personal_data.kind()),
      sieve(context.store, context.jobs, plans),
      accounts(context.store),
      dead_letters(context.store, plans, sieve, intake, zone),
      watermarks(context.store, producers, plans),
      control_totals(context.store, producers) {}

void PlanChapter::Bind(record::Methods& methods) {
  schemas.Bind(methods);
  personal_data.Bind(methods);
  accounts.Bind(methods);
  dead_letters.Bind(methods);
  watermarks.Bind(methods);
  control_totals.Bind(methods);
}

}  // namespace heitie::metrics
