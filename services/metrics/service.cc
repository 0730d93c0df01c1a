#include "services/metrics/service.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/event/event_log.h"
#include "common/status/macros.h"
#include "services/metrics/metric_definition.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kStartDeadline = absl::Seconds(30);
constexpr absl::Duration kHubDeadline = absl::Seconds(5);  // of a query for streams

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "metrics: %s\n", why.c_str());
  std::exit(70);
}

// The zone that the schema was begun with; `name` when it is new.
absl::StatusOr<std::string> StoredZone(sql::Database& database, const std::string& name) {
  std::string stored;
  RETURN_IF_ERROR(database.Write(absl::Now() + kStartDeadline, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Execute("INSERT IGNORE INTO setting (name, value) VALUES ('business_time_zone', ?)", sql::Bind(name)).status());
    return session.Query("SELECT value FROM setting WHERE name = 'business_time_zone'", {}, [&](const sql::Row& row) { stored = row.Text(0); });
  }));
  return stored;
}

// Daily figures cannot be moved to other days: the zone of the first start stays.
absl::TimeZone BusinessZone(const service::Context& context) {
  const std::string name = context.time_zone.name();
  const absl::StatusOr<std::string> stored = StoredZone(context.store.database(), name);
  if (!stored.ok()) Die("business time zone: " + stored.status().ToString());
  if (*stored != name) Die("--time_zone is " + name + ", but the stored figures are by the days of " + *stored);
  return context.time_zone;
}

CounterHub::Source HubSource(const service::Context& context, const Counters& counters) {
  const time::Clock& clock = context.clock;
  return {[&](const std::string& activity) { return counters.Read(absl::Now() + kHubDeadline, activity, clock.Now()); },
          [&](const std::vector<std::string>& activities) { return counters.Versions(absl::Now() + kHubDeadline, activities); }};
}

}  // namespace

Service::Service(service::Context context)
    : context_(std::move(context)), zone_(BusinessZone(context_)), producers_(context_.store), definitions_(context_.store),
      counters_(context_.store), queries_(context_.store, definitions_, zone_), hub_(HubSource(context_, counters_)),
      ingestion_(context_.store, producers_, zone_, [this](const std::vector<std::string>& activities) { hub_.Changed(activities); }),
      rpc_("heitie.metrics.v1.MetricsService") {
  Bind();
}

void Service::Bind() {
  producers_.Bind(rpc_);
  ingestion_.Bind(rpc_);
  BindMetricDefinitions(rpc_, definitions_);
  queries_.Bind(rpc_);
  counters_.Bind(rpc_);
  rpc_.BindStream("WatchActivityCounters", [this](std::shared_ptr<rpc::Stream> stream) {
    const auto& request = static_cast<const v1::WatchActivityCountersRequest&>(stream->request());
    hub_.Watch(stream, request.activity());
  });
  event::Bind(rpc_, context_.store);
}

}  // namespace heitie::metrics
