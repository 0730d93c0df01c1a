#include "services/resource/stock/lot_stages.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::resource {

using v1::Lot;

namespace {

constexpr char kStageJob[] = "lot-stage";

const char* StageEvent(Lot::Stage stage) { return stage == Lot::STAGE_EXPIRED ? "expire" : "expire_soon"; }

}  // namespace

StageOn StageOf(absl::CivilDay expiry, absl::CivilDay today, int expiring_days) {
  if (expiry < today) return {Lot::STAGE_EXPIRED, std::nullopt};
  if (expiry - today <= expiring_days) return {Lot::STAGE_EXPIRING, expiry + 1};
  return {Lot::STAGE_FINE, expiry - expiring_days};
}

LotStages::LotStages(record::Store& store, const Stocks& stocks, job::Runner& jobs)
    : store_(store),
      stocks_(stocks),
      lots_(store),
      policies_(store, "stockPolicies/default", [](const v1::StockPolicy&) { return absl::OkStatus(); }) {
  jobs.Handle(kStageJob, [this](const rpc::Call& call, const job::Job& job) {
    const absl::Status status = store_.Write(call, [&](record::Transaction& tx) { return Look(tx, job.payload); });
    return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
  });
}

void LotStages::Bind(record::Methods& methods) { policies_.Bind<v1::PublishStockPolicyRequest>(methods); }

// Each look has a job of its own: one that schedules itself would be taken for done.
absl::Status LotStages::LookOn(record::Transaction& tx, const std::string& lot, absl::CivilDay day) const {
  return job::Schedule(tx, {.name = absl::StrCat(lot, "/stage-", time::DayText(day)),
                            .kind = kStageJob,
                            .payload = lot,
                            .run_time = absl::FromCivil(day, stocks_.zone())});
}

absl::Status LotStages::Follow(record::Transaction& tx, const Lot& lot) const {
  if (!lot.has_expiry_date()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::StockPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  const absl::CivilDay today = stocks_.Today(tx.call);
  const StageOn on = StageOf(time::ToDay(lot.expiry_date()), today, policy.expiring_days());
  // What comes when it is about to expire is reported at once, by the job as well.
  return LookOn(tx, lot.name(), on.stage == Lot::STAGE_FINE ? *on.next : today);
}

absl::Status LotStages::Look(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<Lot> step, lots_.Begin(tx, record::Target(name)));
  ASSIGN_OR_RETURN(const v1::StockPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  const absl::CivilDay expiry = time::ToDay(step.before.expiry_date());
  const StageOn on = StageOf(expiry, stocks_.Today(tx.call), policy.expiring_days());
  if (on.next) RETURN_IF_ERROR(LookOn(tx, name, *on.next));
  if (on.stage <= step.before.stage()) return absl::OkStatus();
  int64_t on_hand = 0;
  RETURN_IF_ERROR(tx.sql.Query("SELECT CAST(COALESCE(SUM(on_hand), 0) AS SIGNED) FROM stock_balances WHERE lot = ?", sql::Bind(name),
                               [&](const sql::Row& row) { on_hand = row.Int(0); }));
  if (on_hand == 0) return absl::OkStatus();  // Nobody has to do anything about it.
  step.after.set_stage(on.stage);
  step.verb = StageEvent(on.stage);
  RETURN_IF_ERROR(lots_.Finish(tx, step).status());
  return on.stage == Lot::STAGE_EXPIRED ? stocks_.BlockExpired(tx, step.before.item()) : absl::OkStatus();
}

}  // namespace heitie::resource
