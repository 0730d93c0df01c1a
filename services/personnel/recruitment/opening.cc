#include "services/personnel/recruitment/opening.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/recruitment/money.h"

namespace heitie::personnel {

const status::Reason kUnknownChannel{absl::StatusCode::kInvalidArgument, "UNKNOWN_CHANNEL", "There is no channel {channel}.",
                                     "沒有招聘管道 {channel}。"};
const status::Reason kAdvertisingShort{absl::StatusCode::kFailedPrecondition, "ADVERTISING_SHORT",
                                       "Of what openings of {requisition} may cost, {available:money} is left; {asked:money} is needed.",
                                       "{requisition} 的招聘廣告費尚餘 {available:money}，需要 {asked:money}。"};

namespace {

using v1::Opening;

constexpr char kEndJob[] = "end_opening";

std::string EndJobOf(const std::string& opening) { return absl::StrCat(opening, "/end"); }

void Close(record::Transaction& tx, Opening& after) { *after.mutable_close_time() = time::ToTimestamp(tx.call.now); }

}  // namespace

const record::StateMachine& OpeningMachine() {
  static const auto& machine = *new record::StateMachine(
      Opening::State_descriptor(),
      {
          {Opening::STATE_PLANNED, "publish", Opening::STATE_PUBLISHED, "the requisition is approved, and its cost is within what is left"},
          {Opening::STATE_PLANNED, "end", Opening::STATE_ENDED},
          {Opening::STATE_PUBLISHED, "end", Opening::STATE_ENDED},
      });
  return machine;
}

Openings::Openings(service::Context context, Requisitions& requisitions)
    : context_(context), requisitions_(requisitions), channels_(context.store), openings_(context.store, &OpeningMachine()) {
  openings_.RestrictField("cost_minor", record::Own("creator") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
  // An opening ends after its last day.
  openings_.SetFollow([zone = context.time_zone](record::Transaction& tx, const Opening* before, const Opening* after) {
    if (after != nullptr && after->state() == Opening::STATE_PUBLISHED && after->has_end_date()) {
      const absl::Time end = absl::FromCivil(time::ToDay(after->end_date()) + 1, zone);
      return job::Schedule(tx, {.name = EndJobOf(after->name()), .kind = kEndJob, .payload = after->name(), .run_time = end});
    }
    const bool ended = before != nullptr && before->state() == Opening::STATE_PUBLISHED;
    return ended ? job::Cancel(tx, EndJobOf(before->name())) : absl::OkStatus();
  });
  requisitions_.OnEnd([this](record::Transaction& tx, const v1::Requisition& requisition) { return EndAll(tx, requisition); });
  context_.jobs.Handle(kEndJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(record::Step<Opening> step, openings_.Begin(tx, record::Target(job.payload)));
      if (step.before.state() != Opening::STATE_PUBLISHED) return absl::OkStatus();
      RETURN_IF_ERROR(openings_.Advance(step.after, step.verb = "end"));
      Close(tx, step.after);
      return openings_.Finish(tx, step).status();
    }));
  });
}

absl::Status Openings::Create(record::Transaction& tx, const v1::CreateOpeningRequest& request, Opening& opening) {
  RETURN_IF_ERROR(requisitions_.GuardToRun(tx, request.parent()).status());
  const absl::Status channel = channels_.Find(tx.sql, opening.channel()).status();
  if (absl::IsNotFound(channel)) {
    status::BadFields bad;
    bad.Add("opening.channel", kUnknownChannel, {{"channel", opening.channel()}});
    return bad.status();
  }
  opening.set_state(Opening::STATE_PLANNED);
  return channel;
}

absl::StatusOr<Opening> Openings::Publish(const rpc::Call& call, const v1::PublishOpeningRequest& request) {
  const std::string parent = record::ParentOf(request.name());
  const auto publish = [&](record::Transaction& tx) -> absl::StatusOr<Opening> {
    ASSIGN_OR_RETURN(const v1::Requisition requisition, requisitions_.GuardOpen(tx, parent));
    return openings_.Change(tx, request, "publish", [&](Opening& after) -> absl::Status {
      if (const int64_t left = AdvertisingLeft(requisition); after.cost_minor() > left) {
        return status::Error(
            kAdvertisingShort,
            {{"requisition", parent}, {"available", left}, {"asked", after.cost_minor()}, {"currency", requisition.currency_code()}});
      }
      *after.mutable_publish_time() = time::ToTimestamp(tx.call.now);
      return requisitions_.PayOpening(tx, requisition, after.name(), after.cost_minor());
    });
  };
  ASSIGN_OR_RETURN(Opening published, context_.store.Write(call, request, publish));
  requisitions_.Drive(call, parent).IgnoreError();  // The job repeats it.
  return published;
}

absl::StatusOr<Opening> Openings::End(record::Transaction& tx, const v1::EndOpeningRequest& request) {
  RETURN_IF_ERROR(requisitions_.GuardToRun(tx, record::ParentOf(request.name())).status());
  return openings_.Change(tx, request, "end", [&](Opening& after) { Close(tx, after); });
}

absl::Status Openings::EndAll(record::Transaction& tx, const v1::Requisition& requisition) const {
  ASSIGN_OR_RETURN(const std::vector<Opening> openings, openings_.Children(tx.sql, requisition.name()));
  for (const Opening& opening : openings) {
    if (opening.state() == Opening::STATE_ENDED) continue;
    ASSIGN_OR_RETURN(record::Step<Opening> step, openings_.Begin(tx, record::Target(opening.name()), "end"));
    Close(tx, step.after);
    RETURN_IF_ERROR(openings_.Finish(tx, step).status());
  }
  return absl::OkStatus();
}

void Openings::Bind(record::Methods& methods) {
  methods.Reads(channels_);
  methods.Creates(channels_);
  methods.Updates(channels_);
  record::DeletesUnused(methods, channels_);
  methods.Reads(openings_);
  methods.Creates(openings_, this, &Openings::Create);
  methods.Bind("PublishOpening", this, &Openings::Publish);
  methods.Bind("EndOpening", this, &Openings::End);
}

}  // namespace heitie::personnel
