// What changes in other services are facts that may be signs of a risk (policy R1). Pure functions.
#ifndef HEITIE_SERVICES_RISK_SIGNAL_FACTS_H_
#define HEITIE_SERVICES_RISK_SIGNAL_FACTS_H_

#include <vector>

#include "absl/types/span.h"
#include "common/event/reactions.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "heitie/planning/v1/citation.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/schedule_variance.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"

namespace heitie::risk {

// What a change with an action says, and how bad that is; not set where the resource itself tells.
struct FactRow {
  const char* action;
  v1::SignalSeverity severity;
};
using FactRows = absl::Span<const FactRow>;

// A fact has the kind, the subject, a key that is the same however often the change is told, its source, how bad it is and when it came up.
using Facts = std::vector<v1::PostRiskSignalRequest>;

// An alert that is not HIGH; one that is proposes a risk by itself. On its activity, or else its metric.
FactRows FactRowsOf(const metrics::v1::Alert& prototype);
Facts FactsOf(const event::Change<metrics::v1::Alert>& change);
// A breach that is told and opens no incident, which would propose a risk by its own severity. On the activity.
FactRows FactRowsOf(const activity::v1::ActivityGuardrail& prototype);
Facts FactsOf(const event::Change<activity::v1::ActivityGuardrail>& change);
// A launch that has failed. On the activity.
FactRows FactRowsOf(const activity::v1::Activity& prototype);
Facts FactsOf(const event::Change<activity::v1::Activity>& change);
// A project or a task that is forecast to be late. On the project; twice the days that are allowed and more is grave.
FactRows FactRowsOf(const planning::v1::ScheduleVariance& prototype);
Facts FactsOf(const event::Change<planning::v1::ScheduleVariance>& change);
// Evidence that is no longer sound. On the project.
FactRows FactRowsOf(const planning::v1::EvidenceFlag& prototype);
Facts FactsOf(const event::Change<planning::v1::EvidenceFlag>& change);
// An issue that somebody takes for a risk. On the project.
FactRows FactRowsOf(const planning::v1::Issue& prototype);
Facts FactsOf(const event::Change<planning::v1::Issue>& change);
// Stock that has run low or out. On the item.
FactRows FactRowsOf(const resource::v1::Stock& prototype);
Facts FactsOf(const event::Change<resource::v1::Stock>& change);
// A reservation that has expired, or that a count took goods from. On what it was for.
FactRows FactRowsOf(const resource::v1::Reservation& prototype);
Facts FactsOf(const event::Change<resource::v1::Reservation>& change);
// An order that is overdue. On its supplier: several of one supplier are one matter.
FactRows FactRowsOf(const resource::v1::PurchaseOrder& prototype);
Facts FactsOf(const event::Change<resource::v1::PurchaseOrder>& change);
// A budget of which a share is taken from which on it tells. On the budget.
FactRows FactRowsOf(const resource::v1::Budget& prototype);
Facts FactsOf(const event::Change<resource::v1::Budget>& change);
// People who are missing, and certificates that end before they are needed no more. On what needs the people; nobody is named.
FactRows FactRowsOf(const personnel::v1::StaffingGap& prototype);
Facts FactsOf(const event::Change<personnel::v1::StaffingGap>& change);
// What somebody who has left answered for and nobody was named for. On that.
FactRows FactRowsOf(const personnel::v1::HandoverItem& prototype);
Facts FactsOf(const event::Change<personnel::v1::HandoverItem>& change);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_FACTS_H_
