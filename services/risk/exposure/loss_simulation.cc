#include "services/risk/exposure/loss_simulation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::risk {

using v1::LossEstimate;
using v1::LossSimulation;

namespace {

const status::Reason kCurrencyRateMissing{absl::StatusCode::kInvalidArgument, "CURRENCY_RATE_MISSING",
                                          "{name} is estimated in {currency}, for which there is no rate.",
                                          "{name} 以 {currency} 估計，但未提供該幣別的匯率。"};
const status::Reason kCurrencyRateTwice{absl::StatusCode::kInvalidArgument, "CURRENCY_RATE_TWICE",
                                        "What {currency} is worth is told twice, or it is the currency of the figures.",
                                        "{currency} 的匯率重複，或即為結果的幣別。"};
const status::Reason kNotInSimulation{absl::StatusCode::kInvalidArgument, "NOT_IN_SIMULATION", "{name} is not simulated.",
                                      "{name} 不在模擬的風險之中。"};
const status::Reason kRiskHasOtherCause{absl::StatusCode::kInvalidArgument, "RISK_HAS_OTHER_CAUSE", "{name} has another cause already.",
                                        "{name} 已屬於另一個共同原因。"};
const status::Reason kRiskHasOtherLimit{absl::StatusCode::kInvalidArgument, "RISK_HAS_OTHER_LIMIT", "{name} has another limit already.",
                                        "{name} 已屬於另一個總額上限。"};
const status::Reason kCommonCauseImpossible{absl::StatusCode::kInvalidArgument, "COMMON_CAUSE_IMPOSSIBLE",
                                            "With this cause {name} cannot occur with the probability that is estimated.",
                                            "依此共同原因，{name} 的發生機率無法與其估計相符。"};
const status::Reason kSimulationTooLarge{absl::StatusCode::kInvalidArgument, "SIMULATION_TOO_LARGE",
                                         "{count:count} occurrences would be drawn, and {most:count} are the most; take fewer years.",
                                         "預計須抽取 {count:count} 次事件，上限為 {most:count} 次，請減少年數。"};
const status::Reason kTooManySimulations{absl::StatusCode::kFailedPrecondition, "TOO_MANY_SIMULATIONS",
                                         "{count} simulations of yours are being drawn; wait for one of them, or give it up.",
                                         "您有 {count} 個模擬仍在進行，請待其完成或取消。"};

constexpr const char* kDrawJob = "simulate-losses";
// Of one caller at a time.
constexpr int kRunningPerCaller = 2;
// What one simulation draws at most: about a minute of two processors.
constexpr double kMostOccurrences = 1e9;
// A run holds 16 bytes a year, and as much again while its figures are made: 320 MB for ten million years.
constexpr size_t kHeldRuns = 1;
// A portion takes about so long, so that a process that ends does not wait for more.
constexpr std::chrono::seconds kPortion{2};
constexpr double kOccurrencesAtATime = 1e7;

int ThreadsOfRun() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u)); }

std::string DrawJobOf(const std::string& simulation) { return absl::StrCat(simulation, "/draw"); }

YearlyLoss Converted(YearlyLoss loss, double rate) {
  loss.shape.mu += std::log(rate);
  loss.cover.deductible *= rate;
  loss.cover.cover *= rate;
  return loss;
}

// What one minor unit of each currency is worth.
std::map<std::string, double> RatesOf(const LossSimulation& simulation, status::BadFields& bad) {
  std::map<std::string, double> rates = {{simulation.currency_code(), 1}};
  for (int i = 0; i < simulation.rates_size(); ++i) {
    const v1::LossRate& rate = simulation.rates(i);
    if (rates.emplace(rate.currency_code(), static_cast<double>(rate.rate_nanos()) / 1e9).second) continue;
    bad.Add(absl::StrCat("loss_simulation.rates[", i, "].currency_code"), kCurrencyRateTwice, {{"currency", rate.currency_code()}});
  }
  return rates;
}

// Puts the members of the i-th group into `of`, a member of PortfolioRisk.
void Join(const google::protobuf::RepeatedPtrField<std::string>& members, int group, const std::string& field,
          const std::map<std::string, size_t>& places, const status::Reason& other, int PortfolioRisk::*of, Portfolio& portfolio,
          status::BadFields& bad) {
  for (int i = 0; i < members.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", group, "].risks[", i, "]");
    const auto place = places.find(members[i]);
    if (place == places.end()) {
      bad.Add(path, kNotInSimulation, {{"name", members[i]}});
    } else if (int& joined = portfolio.risks[place->second].*of; joined >= 0 && joined != group) {
      bad.Add(path, other, {{"name", members[i]}});
    } else {
      joined = group;
    }
  }
}

int64_t ErrorOf(const Measured& measured) { return ToMinor(measured.error); }

v1::PortfolioLoss LossOf(const PortfolioFigures& figures, const LossSimulation& simulation) {
  v1::PortfolioLoss loss;
  loss.set_annual_loss_minor(ToMinor(figures.annual_loss.value));
  loss.set_annual_loss_error_minor(ErrorOf(figures.annual_loss));
  loss.set_no_loss_probability(figures.no_loss.value);
  loss.set_no_loss_probability_error(figures.no_loss.error);
  for (const PortfolioFigures::Level& level : figures.levels) {
    v1::LossAtLevel& to = *loss.add_levels();
    to.set_level_ppm(static_cast<int32_t>(level.level_ppm));
    to.set_value_at_risk_minor(ToMinor(level.value_at_risk.value));
    to.set_value_at_risk_error_minor(ErrorOf(level.value_at_risk));
    to.set_expected_shortfall_minor(ToMinor(level.expected_shortfall.value));
    to.set_expected_shortfall_error_minor(ErrorOf(level.expected_shortfall));
  }
  for (const PortfolioFigures::Exceedance& point : figures.curve) {
    v1::LossExceedance& to = *loss.add_exceedances();
    to.set_loss_minor(ToMinor(point.loss));
    to.set_probability(point.probability.value);
    to.set_probability_error(point.probability.error);
  }
  for (size_t i = 0; i < figures.shares.size(); ++i) {
    v1::LossShare& to = *loss.add_shares();
    to.set_risk(simulation.risks(static_cast<int>(i)));
    to.set_share_minor(ToMinor(figures.shares[i].value));
    to.set_share_error_minor(ErrorOf(figures.shares[i]));
  }
  return loss;
}

// The savings are in the order of PortfolioOf's changes.
void AddReturns(const std::vector<LossEstimate>& estimates, const std::vector<Measured>& savings, LossSimulation& simulation) {
  status::BadFields bad;
  const std::map<std::string, double> rates = RatesOf(simulation, bad);
  size_t next = 0;
  for (size_t i = 0; i < estimates.size(); ++i) {
    const auto rate = rates.find(estimates[i].currency_code());
    for (const v1::MeasureLoss& measure : estimates[i].measures()) {
      if (next == savings.size()) return;
      const Measured& saving = savings[next++];
      *simulation.add_measures() =
          ReturnOf(simulation.risks(static_cast<int>(i)), measure, rate == rates.end() ? 1 : rate->second, saving.value, saving.error);
    }
  }
}

}  // namespace

const record::StateMachine& LossSimulationMachine() {
  static const auto& machine = *new record::StateMachine(
      LossSimulation::State_descriptor(),
      {
          {LossSimulation::STATE_RUNNING, "draw", LossSimulation::STATE_RUNNING, "some of the years are drawn", record::kConsequence},
          {LossSimulation::STATE_RUNNING, "finish", LossSimulation::STATE_DONE, "all years are drawn", record::kConsequence},
          {LossSimulation::STATE_RUNNING, "cancel", LossSimulation::STATE_CANCELLED},
      });
  return machine;
}

absl::StatusOr<Portfolio> PortfolioOf(const LossSimulation& simulation, const std::vector<LossEstimate>& estimates) {
  status::BadFields bad;
  Portfolio portfolio;
  portfolio.seed = static_cast<uint64_t>(simulation.seed());
  portfolio.years = simulation.years();
  const std::map<std::string, double> rates = RatesOf(simulation, bad);
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < estimates.size(); ++i) {
    places[simulation.risks(static_cast<int>(i))] = i;
    const auto rate = rates.find(estimates[i].currency_code());
    if (rate == rates.end()) {
      bad.Add("loss_simulation.rates", kCurrencyRateMissing,
              {{"name", simulation.risks(static_cast<int>(i))}, {"currency", estimates[i].currency_code()}});
    }
    const double worth = rate == rates.end() ? 1 : rate->second;
    portfolio.risks.push_back({Converted(Untreated(estimates[i]), worth), Converted(Treated(estimates[i]), worth)});
    for (const v1::MeasureLoss& measure : estimates[i].measures()) {
      portfolio.changes.push_back({i, Converted(YearlyLossOf(measure.figures(), {}), worth)});
    }
  }
  for (int i = 0; i < simulation.causes_size(); ++i) {
    const v1::CommonCause& cause = simulation.causes(i);
    portfolio.causes.push_back({cause.probability_ppm(), cause.member_probability_ppm()});
    Join(cause.risks(), i, "loss_simulation.causes", places, kRiskHasOtherCause, &PortfolioRisk::cause, portfolio, bad);
  }
  for (int i = 0; i < simulation.limits_size(); ++i) {
    portfolio.limits.push_back(static_cast<double>(simulation.limits(i).limit_minor()));
    Join(simulation.limits(i).risks(), i, "loss_simulation.limits", places, kRiskHasOtherLimit, &PortfolioRisk::limit, portfolio, bad);
  }
  for (size_t i = 0; i < portfolio.risks.size(); ++i) {
    const PortfolioRisk& risk = portfolio.risks[i];
    if (risk.cause < 0 || IsPossible(risk, portfolio.causes[static_cast<size_t>(risk.cause)])) continue;
    bad.Add(absl::StrCat("loss_simulation.causes[", risk.cause, "].probability_ppm"), kCommonCauseImpossible,
            {{"name", simulation.risks(static_cast<int>(i))}});
  }
  for (const PortfolioChange& change : portfolio.changes) {
    PortfolioRisk with = portfolio.risks[change.risk];
    if (with.cause < 0 || !IsPossible(with, portfolio.causes[static_cast<size_t>(with.cause)])) continue;
    with.treated = change.with;
    if (IsPossible(with, portfolio.causes[static_cast<size_t>(with.cause)])) continue;
    bad.Add(absl::StrCat("loss_simulation.causes[", with.cause, "].probability_ppm"), kCommonCauseImpossible,
            {{"name", simulation.risks(static_cast<int>(change.risk))}});
  }
  if (const double occurrences = ExpectedOccurrences(portfolio); occurrences > kMostOccurrences) {
    bad.Add("loss_simulation.years", kSimulationTooLarge, {{"count", ToMinor(occurrences)}, {"most", ToMinor(kMostOccurrences)}});
  }
  RETURN_IF_ERROR(bad.status());
  return portfolio;
}

struct LossSimulations::Held {
  std::mutex mutex;
  std::optional<PortfolioRun> run;
  std::vector<Measured> savings;                                                  // of the changes so far
  int64_t portion = 0;                                                            // years at a time
  std::chrono::steady_clock::time_point used = std::chrono::steady_clock::now();  // guarded by mutex_ of the whole
};

LossSimulations::LossSimulations(record::Store& store, const LossEstimates& estimates, const Restriction& restriction)
    : store_(store), estimates_(estimates), simulations_(store, &LossSimulationMachine()) {
  simulations_.RestrictRows(restriction.Rows());
  simulations_.SetDecorator([this](sql::Session& session, LossSimulation& simulation) { return MarkStale(session, simulation); });
}

absl::Status LossSimulations::MarkStale(sql::Session& session, LossSimulation& simulation) const {
  std::string later = "SELECT 1 FROM loss_estimates WHERE FALSE";
  sql::Values values;
  for (const std::string& estimate : simulation.loss_estimates()) {
    absl::StrAppend(&later, " OR (name > ? AND name < ?)");
    values.emplace_back(estimate);
    values.push_back(record::ChildRange(record::ParentOf(estimate), "lossEstimates")[1]);
  }
  return session.Query(later + " LIMIT 1", values, [&](const sql::Row&) { simulation.set_stale(true); });
}

absl::Status LossSimulations::Create(record::Transaction& tx, LossSimulation& simulation) {
  int64_t running = 0;
  RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM loss_simulations WHERE creator = ? AND state = 'STATE_RUNNING'",
                               sql::Bind(tx.call.principal.name), [&](const sql::Row& row) { running = row.Int(0); }));
  if (running >= kRunningPerCaller) return status::Error(kTooManySimulations, {{"count", running}});
  std::vector<LossEstimate> estimates;
  for (const std::string& risk : simulation.risks()) {
    ASSIGN_OR_RETURN(const std::optional<LossEstimate> latest, estimates_.LatestOf(tx.sql, risk));
    if (!latest.has_value()) return status::Error(kNoLossEstimate, {{"name", risk}});
    if (!estimates_.kind().Sees(tx.call, *latest)) return status::NotFound(risk);
    simulation.add_loss_estimates(latest->name());
    estimates.push_back(*latest);
  }
  ASSIGN_OR_RETURN(const std::string restricted, RestrictedOf(tx.sql, {simulation.risks().begin(), simulation.risks().end()}));
  Mark(restricted, simulation);
  if (simulation.levels_ppm().empty()) {
    simulation.add_levels_ppm(950'000);
    simulation.add_levels_ppm(990'000);
  }
  std::sort(simulation.mutable_levels_ppm()->begin(), simulation.mutable_levels_ppm()->end());
  RETURN_IF_ERROR(PortfolioOf(simulation, estimates).status());
  simulation.set_state(LossSimulation::STATE_RUNNING);
  simulation.set_generator(kPortfolioModel);
  return job::Schedule(tx, {DrawJobOf(simulation.name()), kDrawJob, simulation.name(), tx.call.now});
}

absl::StatusOr<LossSimulation> LossSimulations::Cancel(record::Transaction& tx, const v1::CancelLossSimulationRequest& request) {
  return simulations_.Change(tx, request, "cancel", [&](LossSimulation& after) {
    *after.mutable_done_time() = time::ToTimestamp(tx.call.now);
    return job::Cancel(tx, DrawJobOf(after.name()));
  });
}

absl::StatusOr<std::vector<LossEstimate>> LossSimulations::EstimatesOf(sql::Session& session, const LossSimulation& simulation) const {
  std::vector<LossEstimate> estimates;
  for (const std::string& name : simulation.loss_estimates()) {
    ASSIGN_OR_RETURN(LossEstimate estimate, estimates_.kind().Find(session, name));
    estimates.push_back(std::move(estimate));
  }
  return estimates;
}

std::shared_ptr<LossSimulations::Held> LossSimulations::Hold(const std::string& name) {
  // Another process has gone on with it, and will end it.
  constexpr std::chrono::minutes kAbandoned{1};
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  for (auto entry = held_.begin(); entry != held_.end();) {
    entry = now - entry->second->used > kAbandoned ? held_.erase(entry) : std::next(entry);
  }
  const auto found = held_.find(name);
  if (found == held_.end() && held_.size() >= kHeldRuns) return nullptr;
  std::shared_ptr<Held>& held = held_[name];
  if (held == nullptr) held = std::make_shared<Held>();
  held->used = now;
  return held;
}

void LossSimulations::Forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  held_.erase(name);
}

job::Outcome LossSimulations::Draw(const rpc::Call& call, const job::Job& job) {
  const std::string& name = job.payload;
  const std::shared_ptr<Held> held = Hold(name);
  if (held == nullptr) return job::Outcome::Again(call.now + absl::Seconds(1));
  const std::unique_lock lock(held->mutex, std::try_to_lock);
  if (!lock.owns_lock()) return job::Outcome::Again(call.now + absl::Seconds(1));
  absl::StatusOr<LossSimulation> simulation = store_.Read(call, [&](sql::Session& session) { return simulations_.Find(session, name); });
  if (!simulation.ok()) return job::Outcome::Failed(simulation.status());
  if (simulation->state() != LossSimulation::STATE_RUNNING) {
    Forget(name);
    return job::Outcome::Done();
  }
  if (!held->run.has_value()) {
    const auto estimates = store_.Read(call, [&](sql::Session& session) { return EstimatesOf(session, *simulation); });
    if (!estimates.ok()) return job::Outcome::Failed(estimates.status());
    absl::StatusOr<Portfolio> portfolio = PortfolioOf(*simulation, *estimates);
    if (!portfolio.ok()) return job::Outcome::Failed(portfolio.status());
    const double occurrences = ExpectedOccurrences(*portfolio);
    const double years = static_cast<double>(portfolio->years);
    held->portion = static_cast<int64_t>(years * std::min(1.0, kOccurrencesAtATime / std::max(occurrences, 1.0)));
    held->run.emplace(*std::move(portfolio));
  }
  const int threads = ThreadsOfRun();
  const auto until = std::chrono::steady_clock::now() + kPortion;
  while (!held->run->done() && std::chrono::steady_clock::now() < until) held->run->Draw(held->portion, threads);
  std::vector<Measured>& savings = held->savings;
  while (held->run->done() && savings.size() < held->run->changes() && std::chrono::steady_clock::now() < until) {
    const size_t count = held->run->ChangesFor(savings.size(), kOccurrencesAtATime);
    const std::vector<Measured> next = held->run->Savings(savings.size(), savings.size() + count, threads);
    savings.insert(savings.end(), next.begin(), next.end());
  }
  std::optional<PortfolioAnswer> answer;
  if (held->run->done() && savings.size() == held->run->changes()) {
    const std::vector<int64_t> levels(simulation->levels_ppm().begin(), simulation->levels_ppm().end());
    const std::vector<double> thresholds(simulation->thresholds_minor().begin(), simulation->thresholds_minor().end());
    answer = held->run->Answer(levels, thresholds, threads);
  }
  const absl::Status written = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<LossSimulation> step, simulations_.Begin(tx, record::Target(name)));
    // Somebody may have given it up, or another process may have done it.
    if (step.before.state() != LossSimulation::STATE_RUNNING) return absl::OkStatus();
    RETURN_IF_ERROR(simulations_.Advance(step.after, step.verb = answer.has_value() ? "finish" : "draw"));
    step.after.set_years_done(static_cast<int32_t>(held->run->years_done()));
    if (answer.has_value()) {
      *step.after.mutable_untreated() = LossOf((*answer)[0], step.after);
      *step.after.mutable_treated() = LossOf((*answer)[1], step.after);
      ASSIGN_OR_RETURN(const std::vector<LossEstimate> estimates, EstimatesOf(tx.sql, step.after));
      AddReturns(estimates, savings, step.after);
      *step.after.mutable_done_time() = time::ToTimestamp(tx.call.now);
    }
    return simulations_.Finish(tx, step).status();
  });
  if (!written.ok()) return job::Outcome::Failed(written);
  if (!answer.has_value()) return job::Outcome::Again(call.now);
  Forget(name);
  return job::Outcome::Done();
}

void LossSimulations::Handle(job::Runner& jobs) {
  jobs.Handle(
      kDrawJob, [this](const rpc::Call& call, const job::Job& job) { return Draw(call, job); }, job::Lane::kLongWork);
}

void LossSimulations::Bind(record::Methods& methods) {
  methods.Reads(simulations_);
  methods.Creates(simulations_, this, &LossSimulations::Create);
  methods.Bind("CancelLossSimulation", this, &LossSimulations::Cancel);
}

}  // namespace heitie::risk
