#include "services/metrics/plan/control_total.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/plan/accounts.h"
#include "services/metrics/plan/judge.h"

namespace heitie::metrics {

using v1::ControlTotal;

namespace {

// What arrived is in the account of the same day and name.
absl::Status Compare(sql::Session& session, ControlTotal& total) {
  const std::string account = absl::StrCat(total.producer(), "/deliveryAccounts/", record::IdOf(total.name()));
  total.clear_arrived_count();
  total.clear_arrived_sum_minor();
  RETURN_IF_ERROR(session.Query("SELECT delivered_count - duplicate_count, sum_minor FROM delivery_accounts WHERE name = ?",
                                sql::Bind(account), [&](const sql::Row& row) {
                                  total.set_arrived_count(row.Int(0));
                                  total.set_arrived_sum_minor(row.Int(1));
                                }));
  total.set_agrees(total.declared_count() == total.arrived_count() &&
                   (!total.has_declared_sum_minor() || total.declared_sum_minor() == total.arrived_sum_minor()));
  return absl::OkStatus();
}

absl::Status CheckTotals(const v1::DeclareControlTotalsRequest& request) {
  status::BadFields bad;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < request.totals_size(); ++i) {
    const ControlTotal& total = request.totals(i);
    const std::string path = absl::StrCat("totals[", i, "].event_name");
    if (total.event_name().empty() == total.measurement_name().empty()) {
      bad.Add(path, kBadMetricSource, {{"fields", "event_name, measurement_name"}});
    } else if (!seen.emplace(total.event_name(), total.measurement_name()).second) {
      bad.Add(path, kDuplicateKey, {{"key", total.event_name() + total.measurement_name()}});
    }
  }
  return bad.status();
}

}  // namespace

ControlTotals::ControlTotals(record::Store& store, const record::Kind<v1::Producer>& producers) : producers_(producers), totals_(store) {
  totals_.RestrictRows(StaffOrOwnProducer());
  totals_.SetDecorator(&Compare);
}

void ControlTotals::Bind(record::Methods& methods) {
  methods.Lists(totals_);
  methods.Bind("DeclareControlTotals", this, &ControlTotals::Declare);
}

absl::StatusOr<v1::DeclareControlTotalsResponse> ControlTotals::Declare(record::Transaction& tx,
                                                                        const v1::DeclareControlTotalsRequest& request) {
  RETURN_IF_ERROR(
      CheckOwnProducer(tx.call.principal, request.name(), {options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_OPERATIONS_MANAGER}));
  RETURN_IF_ERROR(CheckTotals(request));
  RETURN_IF_ERROR(producers_.Find(tx.sql, request.name()).status());
  v1::DeclareControlTotalsResponse response;
  for (const ControlTotal& said : request.totals()) {
    ControlTotal& total = *response.add_control_totals();
    total = said;
    const bool events = said.measurement_name().empty();
    const std::string id = DayAccountId(time::ToDay(request.date()), events ? kEventKind : kMeasurementKind,
                                        events ? said.event_name() : said.measurement_name());
    total.set_name(absl::StrCat(request.name(), "/controlTotals/", id));
    total.set_producer(request.name());
    *total.mutable_date() = request.date();
    *total.mutable_declare_time() = time::ToTimestamp(tx.call.now);
    const sql::Value sum = said.has_declared_sum_minor() ? sql::Value(said.declared_sum_minor()) : sql::Value();
    RETURN_IF_ERROR(
        tx.sql
            .Execute("INSERT INTO control_totals (name, producer, date, event_name, measurement_name, declared_count, declared_sum_minor, "
                     "declare_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE declared_count = VALUES(declared_count), "
                     "declared_sum_minor = VALUES(declared_sum_minor), declare_time = VALUES(declare_time)",
                     sql::Bind(total.name(), total.producer(), time::DayText(time::ToDay(request.date())), total.event_name(),
                               total.measurement_name(), total.declared_count(), sum, tx.call.now))
            .status());
    RETURN_IF_ERROR(Compare(tx.sql, total));
  }
  return response;
}

}  // namespace heitie::metrics
