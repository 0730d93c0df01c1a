#include "services/resource/budgeting/alert_terms.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace heitie::resource {

namespace {

constexpr int kBudgetsPerRefresh = 50;

}  // namespace

AlertTerms::AlertTerms(record::Store& store, const Budgets& budgets, const MoneyPolicies& policies, job::Runner& jobs)
    : store_(store), budgets_(budgets), policies_(policies) {
  jobs.Recur("take-alert-thresholds", absl::Hours(1), [this](const rpc::Call& call, const job::Job&) {
    const absl::Status status = Run(call);
    return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
  });
}

absl::Status AlertTerms::Run(const rpc::Call& call) {
  for (std::string last;;) {
    std::vector<std::string> names;
    RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(session, call.now));
      return session.Query(
          absl::StrCat("SELECT name FROM budgets WHERE state = 'STATE_APPROVED' AND policy <> ? AND name > ? ORDER BY name "
                       "LIMIT ",
                       kBudgetsPerRefresh),
          sql::Bind(policy.name(), last), [&](const sql::Row& row) { names.push_back(row.Text(0)); });
    }));
    for (const std::string& name : names) {
      RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(tx));
        ASSIGN_OR_RETURN(const v1::Budget before, budgets_.kind().Lock(tx, name));
        v1::Budget after = before;
        if (before.state() != v1::Budget::STATE_APPROVED || !budgets_.TakeThresholds(policy, after)) return absl::OkStatus();
        return budgets_.Update(tx, before, after, "take_thresholds");
      }));
    }
    if (names.size() < kBudgetsPerRefresh) return absl::OkStatus();
    last = names.back();
  }
}

}  // namespace heitie::resource
