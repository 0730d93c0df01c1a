#include "services/risk/control/controls.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

using v1::ControlTest;
using v1::RiskControl;

namespace {

const status::Reason kControlRetired{absl::StatusCode::kFailedPrecondition, "CONTROL_RETIRED", "{name} is no longer there.",
                                     "{name} 已停用。"};

// When the next test is due: at `otherwise` while there was none.
void SetDue(RiskControl& control, absl::Time otherwise) {
  const absl::Time due =
      control.has_test_time() ? time::ToTime(control.test_time()) + absl::Hours(24) * control.interval_days() : otherwise;
  *control.mutable_test_due_time() = time::ToTimestamp(due);
}

}  // namespace

Controls::Controls(record::Store& store, const record::Kind<v1::Risk>& risks, EvidenceBook& book, const Standing& standing,
                   const Signals& signals, const Restriction& restriction)
    : risks_(risks), signals_(signals), controls_(book.controls()), tests_(store) {
  tests_.RestrictRows(restriction.Rows());
  controls_.SetFollow([&standing](record::Transaction& tx, const RiskControl* before, const RiskControl* after) {
    return FollowLinks(tx, standing, before, *after);
  });
}

absl::Status Controls::CheckRisks(record::Transaction& tx, const RiskControl& before, RiskControl& after) const {
  for (const std::string& risk : after.risks()) {
    if (std::find(before.risks().begin(), before.risks().end(), risk) != before.risks().end()) continue;
    RETURN_IF_ERROR(FindSeen(risks_, tx.call, tx.sql, risk).status());
  }
  ASSIGN_OR_RETURN(const std::string restricted, RestrictedOf(tx.sql, {after.risks().begin(), after.risks().end()}));
  Mark(restricted, after);
  return absl::OkStatus();
}

absl::Status Controls::Create(record::Transaction& tx, RiskControl& control) {
  control.set_state(RiskControl::STATE_ACTIVE);
  SetDue(control, tx.call.now);
  return CheckRisks(tx, {}, control);
}

absl::Status Controls::Update(record::Transaction& tx, const RiskControl& before, RiskControl& after) {
  if (before.state() != RiskControl::STATE_ACTIVE) return status::Error(kControlRetired, {{"name", before.name()}});
  SetDue(after, time::ToTime(before.test_due_time()));
  return CheckRisks(tx, before, after);
}

absl::StatusOr<RiskControl> Controls::Retire(record::Transaction& tx, const v1::RetireRiskControlRequest& request) {
  return controls_.Change(tx, request, "retire", [](RiskControl& after) { after.clear_test_due_time(); });
}

absl::Status Controls::Test(record::Transaction& tx, ControlTest& test) {
  ASSIGN_OR_RETURN(record::Step<RiskControl> step, controls_.Begin(tx, record::Target(record::ParentOf(test.name()))));
  if (step.before.state() != RiskControl::STATE_ACTIVE) return status::Error(kControlRetired, {{"name", step.before.name()}});
  if (tx.call.principal.name == step.before.owner()) return status::Error(kOwnWork, {{"person", step.before.owner()}});
  Mark(step.before.restricted_risk(), test);
  step.after.set_effective(test.outcome() == ControlTest::OUTCOME_EFFECTIVE);
  step.after.set_test(test.name());
  *step.after.mutable_test_time() = time::ToTimestamp(tx.call.now);
  SetDue(step.after, tx.call.now);
  step.verb = "test";
  RETURN_IF_ERROR(controls_.Finish(tx, step).status());
  // What is about a restricted risk is no signal for everybody; those who see the risk see the test.
  if (step.after.effective() || !step.after.restriction().empty()) return absl::OkStatus();
  v1::PostRiskSignalRequest failed;
  failed.set_kind(v1::SIGNAL_KIND_CONTROL_FAILED);
  failed.set_subject(step.after.name());
  failed.set_key(test.name());
  failed.set_source(test.name());
  failed.set_severity(v1::SIGNAL_SEVERITY_HIGH);
  failed.set_text(step.after.title());
  return signals_.Tell(tx, failed).status();
}

void Controls::Bind(record::Methods& methods) {
  methods.Reads(controls_);
  methods.Creates(controls_, this, &Controls::Create);
  methods.Updates(controls_, this, &Controls::Update);
  methods.Bind("RetireRiskControl", this, &Controls::Retire);
  methods.Reads(tests_);
  methods.Creates(tests_, this, &Controls::Test);
}

}  // namespace heitie::risk
