// Versions of what candidates for a position are assessed by (policy H2): a rule set below each position.
#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_SCORECARD_TEMPLATE_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_SCORECARD_TEMPLATE_H_

#include "common/record/rule_set.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/scorecard_template.pb.h"
#include "services/personnel/assessment/assessment.h"

namespace heitie::personnel {

// Thread-safe.
class ScorecardTemplates {
 public:
  ScorecardTemplates(record::Store& store, const record::Kind<v1::Position>& positions) : versions_(store, positions, CheckTemplate) {}
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishScorecardTemplateRequest>(methods); }
  const record::RuleSet<v1::ScorecardTemplate>& versions() const { return versions_; }

 private:
  record::RuleSet<v1::ScorecardTemplate> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_SCORECARD_TEMPLATE_H_
