#include "services/personnel/assessment/onlookers.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/sql/database.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"

namespace heitie::personnel {
namespace {

constexpr auto kGreatestAge = std::chrono::seconds(1);
constexpr absl::Duration kLongestLook = absl::Seconds(2);
// Callers who are kept; beyond it all are read anew.
constexpr size_t kMostCallers = 10000;

sql::Options OneConnection(sql::Options options) {
  options.pool_size = 1;
  return options;
}

}  // namespace

struct Onlookers::State : std::enable_shared_from_this<Onlookers::State> {
  struct Insight {
    bool known = false;
    // The caller, or somebody whom the caller leads, answers for them.
    std::vector<std::string> requisitions;
    // The caller interviews or has interviewed.
    std::vector<std::string> applications;
    // Of both.
    std::vector<std::string> candidates;
    // Applications for which the caller is to file a card, and those for which the caller has filed all.
    std::vector<std::string> to_file, filed;
    // Cards of others of those to file.
    std::vector<std::string> veiled;
  };
  struct Kept {
    std::shared_ptr<const Insight> insight;
    std::chrono::steady_clock::time_point read_time;
  };

  State(const service::Context& context, std::shared_ptr<const RequisitionBook> requisitions, const Teams& teams)
      : database(OneConnection(context.store.database().options())), book(std::move(requisitions)), below(teams.Below()) {}

  std::shared_ptr<const Insight> Of(const rpc::Principal& principal);
  record::Rule Among(const std::string& field, std::vector<std::string> Insight::*names) {
    return record::Among(field,
                         [self = shared_from_this(), names](const rpc::Principal& principal) { return (*self->Of(principal)).*names; });
  }
  absl::Status Read(const rpc::Principal& principal, Insight& insight);
  absl::Status ReadCards(sql::Session& session, const std::string& caller, Insight& insight, std::set<std::string>& candidates);

  sql::Database database;
  const std::shared_ptr<const RequisitionBook> book;
  const Teams::AskedBy below;
  std::atomic<bool> changing{false}, stale{false};
  std::mutex mutex;
  std::map<std::pair<std::string, bool>, Kept> kept;  // guarded by mutex; by the caller, who is a manager or not
};

absl::Status Onlookers::State::ReadCards(sql::Session& session, const std::string& caller, Insight& insight,
                                         std::set<std::string>& candidates) {
  std::set<std::string> applications, to_file, filed;
  RETURN_IF_ERROR(session.Query("SELECT application, candidate, state FROM scorecards WHERE interviewer = ? AND state <> 'STATE_RELEASED'",
                                sql::Bind(caller), [&](const sql::Row& row) {
                                  applications.insert(row.Text(0));
                                  candidates.insert(row.Text(1));
                                  (row.Text(2) == "STATE_DUE" ? to_file : filed).insert(row.Text(0));
                                }));
  insight.applications.assign(applications.begin(), applications.end());
  insight.to_file.assign(to_file.begin(), to_file.end());
  for (const std::string& application : to_file) filed.erase(application);
  insight.filed.assign(filed.begin(), filed.end());
  if (to_file.empty()) return absl::OkStatus();
  sql::Values values(to_file.begin(), to_file.end());
  values.emplace_back(caller);
  return session.Query(
      absl::StrCat("SELECT name FROM scorecards WHERE application IN (", sql::Placeholders(to_file.size()), ") AND interviewer <> ?"),
      values, [&](const sql::Row& row) { insight.veiled.push_back(row.Text(0)); });
}

absl::Status Onlookers::State::Read(const rpc::Principal& principal, Insight& read) {
  // Managers see by their role what others see by these.
  std::vector<std::string> owners;
  if (!principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    owners = below(principal);
    owners.push_back(principal.name);
  }
  return database.Read(absl::Now() + kLongestLook, [&](sql::Session& session) -> absl::Status {
    Insight insight;
    std::set<std::string> candidates;
    RETURN_IF_ERROR(ReadCards(session, principal.name, insight, candidates));
    if (!owners.empty()) {
      ASSIGN_OR_RETURN(insight.requisitions, book->OwnedBy(session, owners));
    }
    if (!insight.requisitions.empty()) {
      const sql::Values names(insight.requisitions.begin(), insight.requisitions.end());
      RETURN_IF_ERROR(session.Query(
          absl::StrCat("SELECT DISTINCT candidate FROM applications WHERE requisition IN (", sql::Placeholders(names.size()), ")"), names,
          [&](const sql::Row& row) { candidates.insert(row.Text(0)); }));
    }
    insight.candidates.assign(candidates.begin(), candidates.end());
    insight.known = true;
    read = std::move(insight);
    return absl::OkStatus();
  });
}

std::shared_ptr<const Onlookers::State::Insight> Onlookers::State::Of(const rpc::Principal& principal) {
  const std::lock_guard lock(mutex);
  if (stale.exchange(false) || kept.size() > kMostCallers) kept.clear();
  const auto now = std::chrono::steady_clock::now();
  Kept& of_caller = kept[{principal.name, principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)}];
  if (of_caller.insight != nullptr && now - of_caller.read_time < kGreatestAge) return of_caller.insight;
  auto insight = std::make_shared<Insight>();
  if (!Read(principal, *insight).ok()) return std::make_shared<Insight>();
  of_caller = {insight, now};
  return insight;
}

Onlookers::Onlookers(const service::Context& context, std::shared_ptr<const RequisitionBook> book, const Teams& teams)
    : state_(std::make_shared<State>(context, std::move(book), teams)) {
  // As Teams: of two transactions that commit beside each other the first may take the mark of the second, which costs a second at most.
  context.store.OnCommit([state = state_] {
    if (state->changing.load(std::memory_order_relaxed) && state->changing.exchange(false)) state->stale = true;
  });
}

void Onlookers::Changing() const { state_->changing = true; }

std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> Onlookers::VeiledCards() const {
  return [state = state_](const rpc::Principal& principal) -> std::optional<std::vector<std::string>> {
    const auto insight = state->Of(principal);
    if (!insight->known) return std::nullopt;
    return insight->veiled;
  };
}

record::Rule Onlookers::ForApplications() const {
  return record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || state_->Among("requisition", &State::Insight::requisitions) ||
         state_->Among("name", &State::Insight::applications);
}

record::Rule Onlookers::ForCandidates() const {
  return record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || state_->Among("name", &State::Insight::candidates);
}

record::Rule Onlookers::ForScorecards() const {
  const auto to_file = [state = state_](const rpc::Principal& principal) -> std::optional<std::vector<std::string>> {
    const auto insight = state->Of(principal);
    if (!insight->known) return std::nullopt;
    return insight->to_file;
  };
  const record::Rule all = record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                           state_->Among("requisition", &State::Insight::requisitions) ||
                           state_->Among("application", &State::Insight::filed);
  return record::Own("interviewer") || (record::Except("application", to_file) && all);
}

}  // namespace heitie::personnel
