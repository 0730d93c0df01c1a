#include "services/planning/cooperation/together_then.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/plan/rows_then.h"

namespace heitie::planning {

using v1::CooperationRequest;
using v1::Meeting;
using v1::MeetingSeries;

absl::StatusOr<WorkingTogether> TogetherThen(sql::Session& session, absl::Time begin, absl::Time end, absl::Time at) {
  WorkingTogether together;
  ASSIGN_OR_RETURN(const RowsThen requests, AllThen(session, *CooperationRequest::descriptor(), at));
  for (const CooperationRequest& one : RowsOf<CooperationRequest>(requests)) {
    if (!one.has_send_time()) continue;
    const absl::Time sent = time::ToTime(one.send_time());
    if (sent >= begin && sent < end) together.requests.push_back(one);
  }
  ASSIGN_OR_RETURN(const RowsThen series, AllThen(session, *MeetingSeries::descriptor(), at));
  for (const MeetingSeries& one : RowsOf<MeetingSeries>(series)) {
    if (one.state() != MeetingSeries::STATE_ACTIVE || one.kind() != MeetingSeries::KIND_CROSS_DEPARTMENT) continue;
    together.series.push_back(one);
    ASSIGN_OR_RETURN(const RowsThen meetings, ChildrenThen(session, *Meeting::descriptor(), absl::StrCat(one.name(), "/meetings"), at));
    for (const Meeting& meeting : RowsOf<Meeting>(meetings)) {
      const bool held = meeting.state() == Meeting::STATE_HELD || meeting.state() == Meeting::STATE_CLOSED;
      if (!held || time::ToTime(meeting.start_time()) > at) continue;
      const auto [found, is_new] = together.last_held.insert({one.name(), meeting});
      if (!is_new && time::ToTime(found->second.start_time()) < time::ToTime(meeting.start_time())) found->second = meeting;
    }
  }
  return together;
}

}  // namespace heitie::planning
