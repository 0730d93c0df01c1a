// Tests of what risk makes of the events of activity and planning.
#ifndef HEITIE_SERVICES_RISK_TOLD_FIXTURE_H_
#define HEITIE_SERVICES_RISK_TOLD_FIXTURE_H_

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/record/json.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {

class ToldFixture : public RiskFixture {
 protected:
  ToldFixture() {
    for (const std::string source : {"activity", "planning"}) {
      clients_[source].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", source, ".v1.RecordService/ListEvents"),
          [this, source](const rpc::Call&, const type::v1::ListEventsRequest& request) {
            const std::vector<type::v1::Event>& events = told_[source];
            type::v1::ListEventsResponse response;
            for (const type::v1::Event& event : events) {
              const auto& types = request.subject_types();
              const bool asked = types.empty() || std::find(types.begin(), types.end(), event.subject_type()) != types.end();
              if (asked && event.position() > request.after_position()) *response.add_events() = event;
            }
            response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events.size())));
            return response;
          });
    }
  }

  // Tells what a resource is now, as a change of what it was when it was told last.
  template <typename T>
  void Tell(const std::string& action, const T& resource) {
    const std::string type = T::descriptor()->options().GetExtension(google::api::resource).type();
    std::vector<type::v1::Event>& events = told_[type.substr(0, type.find('.'))];
    std::string& last = last_[resource.name()];
    type::v1::Event& event = events.emplace_back();
    event.set_position(static_cast<int64_t>(events.size()));
    event.set_subject_type(type);
    event.set_subject(resource.name());
    event.set_action(action);
    event.set_revision(event.position());
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    event.set_before_json(last);
    event.set_after_json(last = record::ToJson(resource));
    Later(absl::Minutes(2));
  }
  void Later(absl::Duration step) {
    clock_.Advance(step);
    for (int i = 0; i < 3; ++i) RunJobs();
  }
  // A sale from 2026-01-10 to 2026-02-20, the world being at 2026-01-01 00:00 UTC at first.
  static activity::v1::Activity Sale(const std::string& kind = "flash-sale", const std::string& state = "STATE_READY") {
    return test::Proto<activity::v1::Activity>(absl::StrCat(
        "name: 'activities/sale' title: 'Sale' project: 'projects/spring' scheme: 'projects/spring/schemes/s' kind: '", kind,
        "' state: ", state, " owner: 'employees/li-ming' start_time { seconds: 1768003200 } end_time { seconds: 1771545600 }"));
  }
  std::vector<std::string> ActionsOn(const std::string& subject) {
    const auto events =
        Try<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", Manager(), absl::StrCat("subject: '", subject, "'"));
    EXPECT_TRUE(events.ok()) << events.status();
    std::vector<std::string> actions;
    if (events.ok()) {
      for (const auto& event : events->events()) actions.push_back(event.action());
    }
    return actions;
  }
  static constexpr absl::Duration kDay = absl::Hours(24);

  std::map<std::string, std::vector<type::v1::Event>> told_;  // by service
  std::map<std::string, std::string> last_;                   // by name
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TOLD_FIXTURE_H_
