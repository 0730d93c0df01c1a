// Surges of complaints (policy A3, W11): rules as data, and one episode, with one incident and one escalation, for each surge.
#ifndef HEITIE_SERVICES_ACTIVITY_SURGE_SURGE_H_
#define HEITIE_SERVICES_ACTIVITY_SURGE_SURGE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/surge.pb.h"
#include "services/activity/clock/escalations.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/inquiry/owners.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/surge/surge_rules.h"

namespace heitie::activity {

const record::StateMachine& SurgeRuleMachine();
const record::StateMachine& SurgeEpisodeMachine();

// Complaints of one scope are judged one after the other, by changes of the scope's row, on every node of a cluster: of any number of them
// at once exactly one finds that it makes a surge. Rows are locked in this order: scopes by their keys, activity, incident, episode.
// Thread-safe.
class Surges {
 public:
  Surges(const service::Context& context, Activities& activities, const InquiryOwners& owners, const Escalations& escalations,
         Incidents& incidents);
  Surges(const Surges&) = delete;
  void Bind(record::Methods& methods);

  // A complaint counts from now on, `fresh`: it has just been made, or counts for another scope; its row is written. It joins the surges of
  // its scopes that are open, or opens them.
  absl::Status Received(record::Transaction& tx, const v1::Inquiry& complaint, bool fresh);
  // A complaint that counted does so no longer.
  absl::Status Left(record::Transaction& tx, const v1::Inquiry& complaint);

 private:
  using Rule = v1::SurgeRule;
  using SurgeEpisode = v1::SurgeEpisode;

  // What counts together: a rule's category, if it has one, and one activity, or "" for all.
  struct Scope {
    std::string rule, activity, category;
  };
  static Scope ScopeOf(const Rule& rule, const std::string& activity);

  absl::Status CheckRule(record::Transaction& tx, const Rule& rule) const;
  absl::Status Create(record::Transaction& tx, Rule& rule);
  absl::Status Update(record::Transaction& tx, const Rule& before, Rule& after);
  absl::StatusOr<Rule> Retire(record::Transaction& tx, const v1::RetireSurgeRuleRequest& request);
  absl::StatusOr<v1::ComputeSurgeResponse> Compute(const rpc::Call& call, const v1::ComputeSurgeRequest& request);

  absl::Status Judge(record::Transaction& tx, const Rule& rule, const v1::Inquiry& complaint, bool fresh);
  absl::StatusOr<SurgeBaseline> Baseline(sql::Session& session, const Rule& rule, const Scope& scope, absl::Time end) const;
  absl::StatusOr<int64_t> CustomersOf(sql::Session& session, const Scope& scope, absl::Time after) const;
  absl::Status Open(record::Transaction& tx, const Rule& rule, const Scope& scope, int64_t customers, const SurgeBaseline& baseline);
  absl::Status Attach(record::Transaction& tx, const SurgeEpisode& episode, const std::string& inquiry, absl::Time receive_time) const;
  // When the surge is over as far as is known now.
  absl::StatusOr<absl::Time> EndOf(sql::Session& session, const SurgeEpisode& episode, const Scope& scope) const;
  // Closes the surge if it is over; else the time when to look again. The scope is locked.
  absl::StatusOr<std::optional<absl::Time>> Settle(record::Transaction& tx, const SurgeEpisode& found, const Scope& scope);
  job::Outcome CloseWhenOver(const rpc::Call& call, const std::string& name);

  const service::Context context_;
  record::Store& store_;
  Activities& activities_;
  const InquiryOwners& owners_;
  const Escalations& escalations_;
  Incidents& incidents_;
  record::Kind<Rule> rules_;
  record::Kind<SurgeEpisode> episodes_;
  record::Kind<v1::SurgeComplaint> complaints_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SURGE_SURGE_H_
