// Templates of activities and what is made of them (policy 一, standardisation; A1).
#ifndef HEITIE_SERVICES_ACTIVITY_TEMPLATE_TEMPLATES_H_
#define HEITIE_SERVICES_ACTIVITY_TEMPLATE_TEMPLATES_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/record/calendars.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/activity/v1/activity_template.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "services/activity/guardrail/guardrails.h"
#include "services/activity/page/pages.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/preparation/preparation_item.h"
#include "services/activity/preparation/support_commitment.h"
#include "services/activity/template/expansion.h"

namespace heitie::activity {

// Thread-safe.
class Templates {
 public:
  using Calendars = record::Calendars<personnel::v1::CalendarVersion>;

  Templates(Activities& activities, const PreparationItems& items, const SupportCommitments& commitments, Pages& pages,
            Guardrails& guardrails, const Calendars& calendars);
  Templates(const Templates&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::TemplateInstance> Preview(const rpc::Call& call, const v1::PreviewActivityTemplateRequest& request);
  absl::StatusOr<v1::TemplateInstance> Instantiate(record::Transaction& tx, const v1::InstantiateActivityTemplateRequest& request);

  // What is made of an order, by preview and creation alike.
  template <typename Request>
  absl::StatusOr<v1::TemplateInstance> Make(sql::Session& session, absl::Time now, const Request& request) const;
  // Writes it; what stands in the way only now is told as well.
  absl::Status Write(record::Transaction& tx, v1::TemplateInstance& instance);
  absl::StatusOr<v1::ActivityTemplateVersion> VersionOf(sql::Session& session, absl::Time now, const std::string& name,
                                                        const std::string& version) const;
  // The results of the last report of each reviewed activity of the template.
  absl::StatusOr<std::map<std::string, std::vector<v1::TargetResult>>> ResultsOf(sql::Session& session, const std::string& name) const;

  Activities& activities_;
  const PreparationItems& items_;
  const SupportCommitments& commitments_;
  Pages& pages_;
  Guardrails& guardrails_;
  const Calendars& calendars_;
  record::Kind<v1::ActivityTemplate> templates_;
  record::RuleSet<v1::ActivityTemplateVersion> versions_;
  record::Kind<v1::Report> reports_;  // to be read
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_TEMPLATE_TEMPLATES_H_
