#include "services/metrics/service.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/event/event_log.h"
#include "common/status/die.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/collection/business_day.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kStartDeadline = absl::Seconds(30);
constexpr absl::Duration kHubDeadline = absl::Seconds(5);  // of a query for streams

absl::TimeZone BusinessZone(const service::Context& context) {
  const absl::Status kept = KeepTimeZone(context.store.database(), absl::Now() + kStartDeadline, context.time_zone);
  if (!kept.ok()) status::Die("metrics", "--time_zone: " + std::string(kept.message()));
  return context.time_zone;
}

CounterHub::Source HubSource(const service::Context& context, const Counters& counters) {
  const time::Clock& clock = context.clock;
  return {[&](const std::string& activity) { return counters.Read(absl::Now() + kHubDeadline, activity, clock.Now()); },
          [&](const std::vector<std::string>& activities) { return counters.Versions(absl::Now() + kHubDeadline, activities); }};
}

}  // namespace

Service::Service(service::Context context)
    : context_(std::move(context)),
      zone_(BusinessZone(context_)),
      engine_(context_),
      producers_(context_.store),
      definitions_(context_.store),
      counters_(context_.store),
      queries_(context_.store, definitions_.kind(), zone_),
      hub_(HubSource(context_, counters_)),
      ingestion_(context_.store, producers_, engine_.directory(), zone_,
                 [this](const std::vector<std::string>& activities) { hub_.Changed(activities); }),
      rpc_("heitie.metrics.v1") {
  record::Methods methods(rpc_, context_.store);
  producers_.Bind(methods);
  ingestion_.Bind(methods);
  definitions_.Bind(methods);
  queries_.Bind(methods);
  counters_.Bind(methods);
  methods.BindStream("WatchActivityCounters", this, &Service::WatchActivityCounters);
  event::Bind(rpc_, context_.store);
}

void Service::WatchActivityCounters(std::shared_ptr<rpc::Stream> stream) {
  const auto& request = static_cast<const v1::WatchActivityCountersRequest&>(stream->request());
  hub_.Watch(stream, request.activity());
}

}  // namespace heitie::metrics
