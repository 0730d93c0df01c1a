#include "services/metrics/service.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/event/event_log.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/collection/business_day.h"
#include "services/metrics/engine/database_snapshot.h"

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

QuestionSources SourcesOfQuestions(const service::Context& context, const Watermarks& watermarks) {
  record::Store& store = context.store;
  return {[&store](const rpc::Call& call, const std::function<absl::Status(sql::Session&, Snapshot&)>& work) {
            return store.database().Snapshot(call.deadline, [&](sql::Session& session) {
              DatabaseSnapshot snapshot(session);
              return work(session, snapshot);
            });
          },
          ReadSource,
          [&watermarks](sql::Session& session, const Series& series) -> absl::StatusOr<Closing> {
            ASSIGN_OR_RETURN(Closed closed, watermarks.ClosedThrough(session, series.kind, series.name));
            return Closing{closed.through, std::move(closed.because_of)};
          }};
}

}  // namespace

Service::Service(service::Context context) : Service(std::move(context), nullptr) {}

Service::Service(service::Context context, LookAt look)
    : context_(std::move(context)),
      zone_(BusinessZone(context_)),
      engine_(context_),
      look_(look != nullptr ? std::move(look) : engine_.look()),
      retention_(context_),
      producers_(context_.store),
      definitions_(context_.store),
      counters_(context_.store),
      queries_(context_.store, definitions_.kind(), zone_),
      segments_(context_.store, zone_),
      questions_(context_.store, definitions_.kind(), segments_, SourcesOfQuestions(context_, plan_.watermarks), zone_),
      hub_(HubSource(context_, counters_)),
      plan_(context_, producers_.kind(), ingestion_, zone_),
      ingestion_(context_.store, producers_, engine_.directory(), plan_.sieve, zone_,
                 [this](const std::vector<std::string>& activities) { hub_.Changed(activities); }),
      withdrawals_(context_, producers_, plan_.dead_letters),
      erasures_(context_),
      imports_(context_.store, context_.jobs, plan_.plans, plan_.sieve, ingestion_, zone_),
      evaluation_policies_(context_.store),
      statistics_(context_.store, evaluation_policies_),
      measures_(context_, definitions_.kind(), evaluation_policies_, look_),
      warning_(context_, definitions_.kind(), look_, SourceStates(context_.store)),
      rpc_("heitie.metrics.v1") {
  erasures_.OnErase([this](record::Transaction& tx, const std::string& user) { return plan_.dead_letters.ForgetUser(tx, user); });
  erasures_.OnErase([this](record::Transaction& tx, const std::string& user) { return imports_.ForgetUser(tx, user); });
  record::Methods methods(rpc_, context_.store);
  producers_.Bind(methods);
  retention_.Bind(methods);
  ingestion_.Bind(methods);
  streams_.Bind(methods);
  plan_.Bind(methods);
  imports_.Bind(methods);
  definitions_.Bind(methods);
  queries_.Bind(methods);
  segments_.Bind(methods);
  questions_.Bind(methods);
  counters_.Bind(methods);
  withdrawals_.Bind(methods);
  erasures_.Bind(methods);
  evaluation_policies_.Bind(methods);
  statistics_.Bind(methods);
  measures_.Bind(methods);
  warning_.Bind(methods);
  scoring_.Bind(methods);
  methods.BindStream("WatchActivityCounters", this, &Service::WatchActivityCounters);
  event::Bind(rpc_, context_.store);
}

void Service::WatchActivityCounters(std::shared_ptr<rpc::Stream> stream) {
  const auto& request = static_cast<const v1::WatchActivityCountersRequest&>(stream->request());
  hub_.Watch(stream, request.activity());
}

}  // namespace heitie::metrics
