#include "services/activity/preparation/chapter.h"

#include "services/activity/preparation/gate_trial.h"
#include "services/activity/preparation/lateness.h"
#include "services/activity/preparation/preparation_policy.h"
#include "services/activity/shift/shifts.h"
#include "services/activity/template/templates.h"

namespace heitie::activity {

struct PreparationChapter::Parts {
  Parts(const service::Context& context, Activities& activities, const PreparationItems& items, const SupportCommitments& commitments,
        Pages& pages, Guardrails& guardrails, const Readiness& readiness, const BusinessCalendars& calendars,
        const Escalations& escalations)
      : policies(context.store, calendars),
        lateness(context, activities, items, commitments, policies, calendars, escalations),
        trials(context, activities, readiness, policies),
        templates(activities, items, commitments, pages, guardrails, calendars.by_name),
        shifts(context, activities) {}

  PreparationPolicies policies;
  Lateness lateness;
  GateTrials trials;
  Templates templates;
  Shifts shifts;
};

PreparationChapter::PreparationChapter(const service::Context& context, Activities& activities, const PreparationItems& items,
                                       const SupportCommitments& commitments, Pages& pages, Guardrails& guardrails,
                                       const Readiness& readiness, const BusinessCalendars& calendars, const Escalations& escalations)
    : parts_(std::make_unique<Parts>(context, activities, items, commitments, pages, guardrails, readiness, calendars, escalations)) {}

PreparationChapter::~PreparationChapter() = default;

void PreparationChapter::Bind(record::Methods& methods) {
  parts_->policies.Bind(methods);
  parts_->trials.Bind(methods);
  parts_->templates.Bind(methods);
  parts_->shifts.Bind(methods);
}

}  // namespace heitie::activity
