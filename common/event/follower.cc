#include "common/event/follower.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace heitie::event {
namespace {

// So that a long history neither outlives the call's deadline nor holds up the other jobs: the rest is the next run's.
constexpr absl::Duration kTurn = absl::Seconds(10);

}  // namespace

void Follow(job::Runner& jobs, const std::string& name, client::Client& source, const std::string& list_events, Consequence consequence) {
  jobs.Recur(
      name, kFollowInterval,
      [&source, list_events, consequence = std::move(consequence)](const rpc::Call& call, const job::Job& job) -> job::Outcome {
        int64_t position = 0;
        if (!job.payload.empty() && !absl::SimpleAtoi(job.payload, &position)) {
          return job::Outcome::Failed(absl::DataLossError(absl::StrCat(job.payload, " is not a position")));
        }
        const auto stop = [&](absl::Status status) { return job::Outcome{std::move(status), call.now, absl::StrCat(position)}; };
        const absl::Time end = absl::Now() + kTurn;
        while (true) {
          type::v1::ListEventsRequest request;
          request.set_after_position(position);
          type::v1::ListEventsResponse response;
          if (absl::Status asked = source.Call(call, list_events, request, &response); !asked.ok()) return stop(std::move(asked));
          for (const type::v1::Event& event : response.events()) {
            if (absl::Status status = consequence(call, event); !status.ok()) return stop(std::move(status));
            position = event.position();
            if (absl::Now() > end) return stop(absl::OkStatus());
          }
          if (response.events().empty()) return {absl::OkStatus(), absl::InfiniteFuture(), absl::StrCat(position)};
        }
      },
      job::Lane::kFollowers);
}

}  // namespace heitie::event
