#include "services/metrics/export/exports.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/observe/survive.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kReadDeadline = absl::Seconds(30);

}  // namespace

Exports::Exports(const service::Context& context, ExportLimits limits)
    : database_(context.store.database()), limits_(limits), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Exports::~Exports() {
  thread_.request_stop();
  thread_.join();
  for (const Reader& reader : readers_) {
    reader.stream->Close(status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "metrics"}}));
  }
}

void Exports::Export(std::shared_ptr<rpc::Stream> stream) {
  const auto& request = static_cast<const v1::ExportRowsRequest&>(stream->request());
  const std::optional<int64_t> position = PositionOf(request.cursor());
  if (!position.has_value()) {
    status::BadFields bad;
    bad.Add("cursor", kBadCursor, {{"cursor", request.cursor()}});
    return stream->Close(bad.status());
  }
  if (++count_ > kMostStreams) {
    --count_;
    return stream->Close(status::RetryLater(status::kOverloaded, absl::Seconds(5)));
  }
  auto ended = std::make_shared<std::atomic<bool>>(false);
  stream->OnEnd([ended] { *ended = true; });
  // Whoever waits for rows that are still to come sees that the stream stands.
  v1::ExportRowsResponse begin;
  const std::string incarnation = IncarnationOf(request.cursor());
  begin.set_cursor(CursorOf(*position, incarnation));
  stream->Send(begin);
  {
    const std::lock_guard lock(mutex_);
    readers_.push_back({std::move(stream), std::move(ended), *position, incarnation});
  }
  wake_.notify_one();
}

void Exports::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (readers_.empty()) {
      wake_.wait(lock, stop, [this] { return !readers_.empty(); });
      continue;
    }
    std::list<Reader> serving;
    serving.swap(readers_);
    lock.unlock();
    for (auto it = serving.begin(); it != serving.end();) {
      bool goes_on = false;
      observe::Survive("rows could not be exported", [&] { goes_on = !*it->ended && Serve(*it); });
      if (!goes_on) --count_;
      it = goes_on ? std::next(it) : serving.erase(it);
    }
    lock.lock();
    readers_.splice(readers_.begin(), serving);
    // A stream that is new does not wait for the next look.
    const size_t known = readers_.size();
    if (known > 0) wake_.wait_for(lock, stop, absl::ToChronoMilliseconds(kLook), [&] { return readers_.size() > known; });
  }
}

bool Exports::Serve(Reader& reader) {
  ExportPortion portion;
  const absl::Time deadline = absl::Now() + kReadDeadline;
  absl::Status status = PlaceBatches(database_, deadline);
  if (status.ok()) {
    status = database_.Snapshot(deadline, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(portion, ReadExport(session, reader.position, limits_, reader.incarnation));
      return absl::OkStatus();
    });
  }
  if (!status.ok()) {
    reader.stream->Close(status);
    return false;
  }
  for (const v1::ExportRowsResponse& message : portion.messages) {
    if (!reader.stream->Send(message)) return false;
  }
  reader.position = portion.position;
  reader.incarnation = portion.incarnation;
  if (!portion.more) return true;
  // The reader takes it at its own pace, and asks for the rest.
  reader.stream->Close(absl::OkStatus());
  return false;
}

}  // namespace heitie::metrics
