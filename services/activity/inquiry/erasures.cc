#include "services/activity/inquiry/erasures.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/correction_service.methods.h"
#include "services/activity/launch/facts.h"

namespace heitie::activity {
namespace {

constexpr char kAskJob[] = "ask-for-erased-customers";
constexpr char kAskAgainJob[] = "ask-for-erased-customers-again";
constexpr absl::Duration kAskInterval = absl::Hours(1);
// Inquiries of a question; metrics answers about a thousand users at once.
constexpr int kAtOnce = 500;
// Names are made when a request comes, and commit later, but no later than this: what is older has no earlier names to come.
constexpr absl::Duration kSettled = absl::Minutes(10);

struct Checked {
  std::string name;
  int64_t guard = -1;
};

absl::StatusOr<Checked> ReadChecked(sql::Session& session) {
  Checked checked;
  RETURN_IF_ERROR(session.Query("SELECT checked, guard FROM customer_checks WHERE id = 1", {}, [&](const sql::Row& row) {
    checked = {row.Text(0), row.Int(1)};
  }));
  if (checked.guard < 0) return absl::DataLossError("the row of customer_checks is missing");
  return checked;
}

}  // namespace

CustomerErasures::CustomerErasures(const service::Context& context, Inquiries& inquiries)
    : context_(context), store_(context.store), inquiries_(inquiries) {
  event::Reactions reactions(context, "metrics", "erasure-watch");
  reactions.On(this, &CustomerErasures::OnErasure, {"approve"});
  const auto ask = [this](const rpc::Call& call, const job::Job&) { return Ask(call); };
  context.jobs.Handle(kAskJob, ask, job::Lane::kLongWork);
  context.jobs.Recur(kAskAgainJob, kAskInterval, ask);
}

absl::Status CustomerErasures::OnErasure(const rpc::Call& call, const event::Change<metrics::v1::UserErasure>&) {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.sql.Execute("UPDATE customer_checks SET checked = '', guard = guard + 1 WHERE id = 1").status());
    return job::Schedule(tx, {kAskJob, kAskJob, "", tx.call.now});
  });
}

job::Outcome CustomerErasures::Ask(const rpc::Call& call) {
  const absl::StatusOr<Checked> checked = store_.Read(call, ReadChecked);
  if (!checked.ok()) return job::Outcome::Failed(checked.status());
  for (std::string name = checked->name;;) {
    if (absl::Now() + absl::Seconds(10) >= call.deadline) return job::Outcome::Again(call.now);
    const absl::StatusOr<std::vector<v1::Inquiry>> next = store_.Read(call, [&](sql::Session& session) {
      return inquiries_.kind().Select(session, absl::StrCat("WHERE name > ? ORDER BY name LIMIT ", kAtOnce), sql::Bind(name));
    });
    if (!next.ok()) return job::Outcome::Failed(next.status());
    if (next->empty()) return job::Outcome::Done();
    const absl::Status asked = AskAbout(call, *next);
    if (!asked.ok()) return job::Outcome::Failed(asked);
    name = next->back().name();
    std::string settled;
    for (const v1::Inquiry& inquiry : *next) {
      if (time::ToTime(inquiry.create_time()) > call.now - kSettled) break;
      settled = inquiry.name();
    }
    if (settled.empty()) continue;
    // An erasure that has come meanwhile begins from the start.
    const absl::Status noted = store_.Write(call, [&](record::Transaction& tx) {
      return tx.sql
          .Execute("UPDATE customer_checks SET checked = ? WHERE id = 1 AND guard = ? AND checked < ?",
                   sql::Bind(settled, checked->guard, settled))
          .status();
    });
    if (!noted.ok()) return job::Outcome::Failed(noted);
  }
}

absl::Status CustomerErasures::AskAbout(const rpc::Call& call, const std::vector<v1::Inquiry>& inquiries) {
  std::set<std::string> customers;
  for (const v1::Inquiry& inquiry : inquiries) {
    if (!inquiry.customer().empty()) customers.insert(inquiry.customer());
  }
  if (customers.empty()) return absl::OkStatus();
  metrics::v1::FindErasedUsersRequest request;
  *request.mutable_users() = {customers.begin(), customers.end()};
  ASSIGN_OR_RETURN(const auto answer, context_.Call(AsService(call), metrics::v1::method::FindErasedUsers, request));
  for (const metrics::v1::ErasedUser& erased : answer.erased_users()) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) {
      return inquiries_.Blank(tx, erased.user(), time::ToTime(erased.erase_time()), erased.reference()).status();
    }));
  }
  return absl::OkStatus();
}

}  // namespace heitie::activity
