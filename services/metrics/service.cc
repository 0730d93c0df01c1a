#include "services/metrics/service.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/event/event_log.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/analysis/activity_figures.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/analysis/segment.h"
#include "services/metrics/closing/chapter.h"
#include "services/metrics/collection/business_day.h"
#include "services/metrics/collection/counters.h"
#include "services/metrics/collection/ingestion.h"
#include "services/metrics/collection/ingestion_stream.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/correction/user_erasure.h"
#include "services/metrics/correction/withdrawal.h"
#include "services/metrics/definition/active_user_definition.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/engine.h"
#include "services/metrics/engine/readers.h"
#include "services/metrics/engine/retention.h"
#include "services/metrics/export/exports.h"
#include "services/metrics/import/import.h"
#include "services/metrics/optimisation/evaluation_policy.h"
#include "services/metrics/optimisation/measure.h"
#include "services/metrics/optimisation/statistics_calls.h"
#include "services/metrics/plan/chapter.h"
#include "services/metrics/quality/book_retention.h"
#include "services/metrics/quality/chapter.h"
#include "services/metrics/warning/chapter.h"
#include "services/metrics/warning/series_score.h"
#include "services/metrics/watch/chapter.h"
#include "services/metrics/watch/hub.h"
#include "services/metrics/watch/limits.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kStartDeadline = absl::Seconds(30);
constexpr absl::Duration kHubDeadline = absl::Seconds(5);  // of a query for streams

absl::TimeZone BusinessZone(const service::Context& context) {
  const absl::Status kept = KeepTimeZone(context.store.database(), absl::Now() + kStartDeadline, context.time_zone);
  if (!kept.ok()) status::Die("metrics", "--time_zone: " + std::string(kept.message()));
  return context.time_zone;
}

// The counters of an activity rest on its version alone.
Hub::Source HubSource(const service::Context& context, const Counters& counters) {
  const time::Clock& clock = context.clock;
  return {[&](const std::string& activity) -> absl::StatusOr<WatchedState> {
            v1::WatchActivityCountersResponse response;
            ASSIGN_OR_RETURN(*response.mutable_counters(), counters.Read(absl::Now() + kHubDeadline, activity, clock.Now()));
            const std::string version = absl::StrCat(response.counters().version());
            return WatchedState{
                version, {std::make_shared<const v1::WatchActivityCountersResponse>(std::move(response))}, {{activity, version}}};
          },
          [&](const std::vector<std::string>& activities) -> absl::StatusOr<std::map<std::string, std::string>> {
            ASSIGN_OR_RETURN(const auto numbers, counters.Versions(absl::Now() + kHubDeadline, activities));
            std::map<std::string, std::string> versions;
            for (const std::string& activity : activities) versions[activity] = "0";
            for (const auto& [activity, number] : numbers) versions[activity] = absl::StrCat(number);
            return versions;
          }};
}

FindClosing ClosingBy(const Watermarks& watermarks) {
  return [&watermarks](sql::Session& session, const Series& series) { return watermarks.ClosedThrough(session, series.kind, series.name); };
}

std::function<absl::StatusOr<Closing>(sql::Session&, const Series&)> ClosingOf(const Watermarks& watermarks) {
  return [&watermarks](sql::Session& session, const Series& series) -> absl::StatusOr<Closing> {
    ASSIGN_OR_RETURN(Closed closed, watermarks.ClosedThrough(session, series.kind, series.name));
    return Closing{closed.through, std::move(closed.because_of)};
  };
}

QuestionSources SourcesOfQuestions(const service::Context& context, Readers& readers, const Watermarks& watermarks) {
  return {[&readers, memory = context.reading.memory_bytes](const rpc::Call& call, const std::optional<std::string>& min_version,
                                                            const QuestionSources::Work& work) {
            const auto look = [&](sql::Session& session, int64_t position) {
              DatabaseSnapshot snapshot(session);
              snapshot.LimitMemory(memory);
              return work(session, snapshot, VersionText(position));
            };
            return min_version.has_value() ? readers.Read(call, *min_version, look) : readers.ReadOwn(call, look);
          },
          ReadSource, ClosingOf(watermarks)};
}

}  // namespace

// Each on those above it.
struct Service::Concepts {
  Concepts(rpc::Service& rpc, service::Context its_context, LookAt look, WatchLimits limits);
  void WatchActivityCounters(std::shared_ptr<rpc::Stream> stream);

  service::Context context_;
  const absl::TimeZone zone_;
  Engine engine_;
  Readers readers_;
  const LookAt look_;
  Retention retention_;
  Producers producers_;
  MetricDefinitions definitions_;
  Counters counters_;
  Queries queries_;
  Segments segments_;
  ActiveUserDefinitions active_users_;
  Questions questions_;
  Hub hub_;
  PlanChapter plan_;
  ActivityFigures activity_figures_;
  Ingestion ingestion_;
  ClosingChapter closing_;
  Withdrawals withdrawals_;
  UserErasures erasures_;
  IngestionStreams streams_{ingestion_};
  Imports imports_;
  EvaluationPolicies evaluation_policies_;
  StatisticsCalls statistics_;
  Measures measures_;
  WarningChapter warning_;
  QualityChapter quality_;
  BookRetention book_retention_;
  WatchChapter watch_;
  SeriesScoring scoring_{zone_};
  Exports exports_;
};

Service::Concepts::Concepts(rpc::Service& rpc, service::Context its_context, LookAt look, WatchLimits limits)
    : context_(std::move(its_context)),
      zone_(BusinessZone(context_)),
      engine_(context_),
      readers_(context_.store.database(), context_.reading.replicas),
      look_(look != nullptr ? std::move(look) : engine_.look()),
      retention_(context_),
      producers_(context_.store),
      definitions_(context_.store),
      counters_(context_.store),
      queries_(context_.store, definitions_.kind(), zone_),
      segments_(context_.store, zone_),
      active_users_(context_.store),
      questions_(context_.store, definitions_.kind(), active_users_, segments_, SourcesOfQuestions(context_, readers_, plan_.watermarks),
                 zone_),
      hub_(HubSource(context_, counters_)),
      plan_(context_, producers_.kind(), ingestion_, zone_),
      activity_figures_(context_.store, counters_, definitions_.kind(), ClosingBy(plan_.watermarks), zone_),
      ingestion_(context_.store, producers_, engine_.directory(), plan_.sieve, zone_,
                 [this](const std::vector<std::string>& activities) { hub_.Changed(activities); }),
      closing_(context_, definitions_.kind(), questions_),
      withdrawals_(context_, producers_, plan_.dead_letters),
      erasures_(context_),
      imports_(context_.store, context_.jobs, plan_.plans, plan_.sieve, ingestion_, zone_),
      evaluation_policies_(context_.store),
      statistics_(context_.store, evaluation_policies_),
      measures_(context_, definitions_.kind(), evaluation_policies_, look_, ClosingBy(plan_.watermarks)),
      warning_(context_, definitions_.kind(), segments_, look_, SourceStates(context_.store, ClosingBy(plan_.watermarks))),
      quality_(context_, warning_.tables.calendars),
      book_retention_(context_, retention_.versions(), plan_.dead_letters),
      watch_(context_, questions_, warning_, imports_, limits),
      exports_(context_) {
  using When = UserErasures::When;
  erasures_.OnErase(When::kBefore, [this](record::Transaction& tx, const std::string& user) { return imports_.ForgetUser(tx, user); });
  erasures_.OnErase(When::kWithLeaving,
                    [this](record::Transaction& tx, const std::string& user) { return plan_.dead_letters.DiscardOf(tx, user); });
  erasures_.OnErase(When::kAtTheEnd,
                    [this](record::Transaction& tx, const std::string& user) { return plan_.dead_letters.ForgetUser(tx, user); });
  definitions_.KeepWhile([this](record::Transaction& tx, const std::string& metric) { return warning_.rules.UseOf(tx, metric); });
  definitions_.KeepWhile([this](record::Transaction& tx, const std::string& metric) { return measures_.UseOf(tx, metric); });
  definitions_.KeepWhile([this](record::Transaction& tx, const std::string& metric) { return closing_.metrics.UseOf(tx, metric); });
  segments_.KeepWhile([this](record::Transaction& tx, const std::string& segment) { return warning_.rules.UseOfSegment(tx, segment); });
  record::Methods methods(rpc, context_.store);
  producers_.Bind(methods);
  retention_.Bind(methods);
  ingestion_.Bind(methods);
  streams_.Bind(methods);
  plan_.Bind(methods);
  imports_.Bind(methods);
  definitions_.Bind(methods);
  queries_.Bind(methods);
  segments_.Bind(methods);
  active_users_.Bind(methods);
  questions_.Bind(methods);
  closing_.Bind(methods);
  counters_.Bind(methods);
  activity_figures_.Bind(methods);
  withdrawals_.Bind(methods);
  erasures_.Bind(methods);
  evaluation_policies_.Bind(methods);
  statistics_.Bind(methods);
  measures_.Bind(methods);
  warning_.Bind(methods);
  quality_.Bind(methods);
  watch_.Bind(methods);
  scoring_.Bind(methods);
  exports_.Bind(methods);
  methods.BindStream("WatchActivityCounters", this, &Concepts::WatchActivityCounters);
  event::Bind(rpc, context_.store);
}

void Service::Concepts::WatchActivityCounters(std::shared_ptr<rpc::Stream> stream) {
  const auto& request = static_cast<const v1::WatchActivityCountersRequest&>(stream->request());
  hub_.Watch(stream, request.activity());
}

Service::Service(service::Context context, WatchLimits limits) : Service(std::move(context), nullptr, limits) {}

Service::Service(service::Context context, LookAt look, WatchLimits limits)
    : concepts_(std::make_unique<Concepts>(rpc_, std::move(context), std::move(look), limits)) {}

Service::~Service() = default;

Hub& Service::hub() { return concepts_->hub_; }
const Readers& Service::readers() const { return concepts_->readers_; }

}  // namespace heitie::metrics
