#include "tests/fault/helpdesk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/service_clock.pb.h"
#include "heitie/activity/v1/surge.pb.h"

namespace heitie::fault {
namespace {

using activity::v1::Escalation;
using activity::v1::Inquiry;
using activity::v1::ServiceClock;

constexpr int kCallTakers = 4;
constexpr int kCallSteps = 12;      // of a client in a round
constexpr int kSurgeThreshold = 4;  // different customers who complain
// Numbers of the calls that come in a round: odd ones complain, and each goes on with the client of its remainder.
constexpr int kCallNumbers = 16;

// Of what is urgent a clock is over within seconds, so that its ladder is climbed while processes die. Of the rest nothing becomes due.
constexpr char kDeskTerms[] = R"(
  terms { kind: SERVICE_KIND_INQUIRY calendar: 'calendars/default' first_response { seconds: 14400 } resolution { seconds: 57600 }
    reopening: REOPENING_CONTINUE reopen_within { seconds: 115200 } }
  terms { kind: SERVICE_KIND_INQUIRY priority: SERVICE_PRIORITY_URGENT calendar: '$0' first_response { seconds: 1 } resolution { seconds: 3 }
    ladder { point { target_bp: 5000 } owner: true in_closed_hours: true }
    ladder { point { target_bp: 10000 } owner: true managers: true in_closed_hours: true }
    ladder { point { after_due { seconds: 2 } } managers: true in_closed_hours: true }
    reopening: REOPENING_CONTINUE reopen_within { seconds: 86400 } }
  terms { kind: SERVICE_KIND_COMPLAINT calendar: 'calendars/default' first_response { seconds: 7200 } resolution { seconds: 28800 }
    reopening: REOPENING_CONTINUE reopen_within { seconds: 115200 } }
  terms { kind: SERVICE_KIND_INCIDENT calendar: 'calendars/default' first_response { seconds: 1800 } resolution { seconds: 14400 }
    reopening: REOPENING_CONTINUE reopen_within { seconds: 115200 } })";

class CallDesk {
 public:
  CallDesk(const Staff& staff, const e2e::World& world, const std::string& id) : staff_(staff), id_(id) {
    const e2e::Person &specialist = staff.grpc.specialist, &manager = staff.grpc.manager;
    specialist.Do("activity.CreateActivity",
                  absl::Substitute("activity_id: '$0' activity { title: 'Desk' project: '$1' scheme: '$2' owner: '$3' "
                                   "start_time $4 end_time $5 time_zone: 'Asia/Taipei' }",
                                   id, world.project(), world.scheme(), world.employee(), e2e::Instant(absl::Now() + absl::Hours(24)),
                                   e2e::Instant(absl::Now() + absl::Hours(48))));
    manager.Do(
        "activity.CreateSurgeRule",
        absl::Substitute("surge_rule_id: '$0' surge_rule { display_name: 'Desk' scope: SCOPE_ACTIVITY activity: 'activities/$0' window "
                         "{ seconds: 3600 } minimum: $1 alpha: 0.001 baseline { seconds: 86400 } }",
                         id, kSurgeThreshold));
  }

  void Work(const e2e::Team& team, int client, Random& random) {
    for (int step = 0; step < kCallSteps; ++step) {
      const int number = static_cast<int>(random() % kCallNumbers);
      const std::string name = Receive(team, number);
      if (!name.empty() && number % kCallTakers == client) GoOn(team, name, absl::StrCat(client, "-", step), random);
    }
  }

  void Check() const {
    for (const auto& [number, call] : calls_) CheckCall(number, call);
    CheckSurge();
  }

 private:
  // What was told of a call.
  struct Call {
    std::string name;
    Inquiry::State state = Inquiry::STATE_OPEN;
    std::set<std::string> said;
    int resolutions = 0;
  };

  static bool Complains(int number) { return number % 2 == 1; }

  // The same call by whoever hears of it.
  std::string Receive(const e2e::Team& team, int number) {
    const std::string about = Complains(number) ? absl::StrCat("kind: KIND_COMPLAINT activity: 'activities/", id_, "'")
                                                : "kind: KIND_INQUIRY priority: SERVICE_PRIORITY_URGENT";
    const auto taken = e2e::Ask<Inquiry>(
        staff_.asker, team.specialist, "activity.ReceiveInquiry",
        absl::Substitute("inquiry { $0 category: 'general' text: 'Where is it?' customer: '$1-$2' source: 'hotline' external_id: '$1-$2' }",
                         about, id_, number));
    if (!Well(taken.status())) return "";
    const std::lock_guard lock(mutex_);
    Call& call = calls_[number];
    EXPECT_TRUE(call.name.empty() || call.name == taken->name()) << "call " << number << " is " << call.name << " and " << taken->name();
    if (call.name.empty()) staff_.acknowledged->Note("activity", taken->name(), "receive");
    call.name = taken->name();
    return call.name;
  }

  // Only one client goes on with a call, so that what it was told is how the call stands.
  void GoOn(const e2e::Team& team, const std::string& name, const std::string& text, Random& random) {
    Call* call = nullptr;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [number, one] : calls_) {
        if (one.name == name) call = &one;
      }
    }
    const std::string request = absl::Substitute("name: '$0' text: '$1'", name, text);
    const unsigned choice = random() % 4;
    if (call->state == Inquiry::STATE_WAITING || call->state == Inquiry::STATE_RESOLVED) {
      if (choice == 0) return;
      if (Well(e2e::Put(staff_.asker, team.specialist, "activity.ReceiveCustomerMessage", request))) Said(*call, text, Inquiry::STATE_OPEN);
    } else if (choice < 2) {
      if (Well(e2e::Put(staff_.asker, team.specialist, "activity.AnswerInquiry", request + " asks: true"))) {
        Said(*call, text, Inquiry::STATE_WAITING);
      }
    } else if (choice == 2) {
      if (!Well(e2e::Put(staff_.asker, team.specialist, "activity.ResolveInquiry", request))) return;
      Said(*call, text, Inquiry::STATE_RESOLVED);
      ++call->resolutions;
    }
  }
  static void Said(Call& call, const std::string& text, Inquiry::State state) {
    call.said.insert(text);
    call.state = state;
  }

  void CheckCall(int number, const Call& call) const {
    SCOPED_TRACE(absl::StrCat("call ", number, ", ", call.name));
    const auto kept = Must<Inquiry>("activity.GetInquiry", absl::Substitute("name: '$0'", call.name));
    EXPECT_EQ(kept.state(), call.state);
    EXPECT_EQ(kept.resolution_count(), call.resolutions);
    EXPECT_EQ(kept.message_count(), static_cast<int>(call.said.size()));
    EXPECT_FALSE(kept.owner().empty());
    const auto messages = Must<activity::v1::ListInquiryMessagesResponse>("activity.ListInquiryMessages",
                                                                          absl::Substitute("parent: '$0' page_size: 1000", call.name));
    std::multiset<std::string> said;
    for (const auto& message : messages.inquiry_messages()) said.insert(message.text());
    EXPECT_EQ(said, std::multiset<std::string>(call.said.begin(), call.said.end()));
    const auto clocks = Must<activity::v1::ListServiceClocksResponse>("activity.ListServiceClocks",
                                                                      absl::Substitute("filter: 'subject = \"$0\"'", call.name));
    EXPECT_EQ(clocks.service_clocks_size(), 2);
    for (const ServiceClock& clock : clocks.service_clocks()) {
      if (!Complains(number)) CheckLadder(clock);
    }
  }

  // Each step once to each recipient; of a clock that runs on, the last one.
  void CheckLadder(const ServiceClock& clock) const {
    SCOPED_TRACE(clock.name());
    const auto told = [&] {
      return Must<activity::v1::ListEscalationsResponse>("activity.ListEscalations",
                                                         absl::Substitute("filter: 'clock = \"$0\"' page_size: 1000", clock.name()));
    };
    if (clock.state() == ServiceClock::STATE_RUNNING) {
      EXPECT_TRUE(Becomes([&] {
        const auto escalations = told();
        return std::any_of(escalations.escalations().begin(), escalations.escalations().end(),
                           [](const Escalation& one) { return one.point().has_after_due(); });
      })) << "the last step was not told";
    }
    std::map<std::string, int> times;
    const auto escalations = told();
    for (const Escalation& one : escalations.escalations()) ++times[absl::StrCat(one.point().ShortDebugString(), " to ", one.recipient())];
    for (const auto& [step, count] : times) EXPECT_EQ(count, 1) << step;
  }

  // As many complaints as customers: from the threshold on, one episode with one incident, to which all belong.
  void CheckSurge() const {
    const auto complaints = std::count_if(calls_.begin(), calls_.end(), [](const auto& call) { return Complains(call.first); });
    const auto episodes = Must<activity::v1::ListSurgeEpisodesResponse>("activity.ListSurgeEpisodes",
                                                                        absl::Substitute("filter: 'rule = \"surgeRules/$0\"'", id_));
    ASSERT_EQ(episodes.surge_episodes_size(), complaints >= kSurgeThreshold ? 1 : 0);
    if (complaints < kSurgeThreshold) return;
    const auto& episode = episodes.surge_episodes(0);
    EXPECT_EQ(episode.customer_count(), kSurgeThreshold);
    EXPECT_EQ(episode.complaint_count(), complaints);
    const auto incidents = Must<activity::v1::ListIncidentsResponse>("activity.ListIncidents",
                                                                     absl::Substitute("parent: 'activities/$0' page_size: 1000", id_));
    EXPECT_EQ(std::count_if(incidents.incidents().begin(), incidents.incidents().end(),
                            [&](const auto& incident) { return incident.source() == episode.rule(); }),
              1);
    const auto attached = Must<activity::v1::ListIncidentAttachmentsResponse>(
        "activity.ListIncidentAttachments", absl::Substitute("parent: '$0' page_size: 1000", episode.incident()));
    EXPECT_EQ(attached.incident_attachments_size(), complaints);
    const auto told = Must<activity::v1::ListEscalationsResponse>("activity.ListEscalations",
                                                                  absl::Substitute("filter: 'subject = \"$0\"'", episode.name()));
    std::set<std::string> recipients;
    for (const Escalation& one : told.escalations()) recipients.insert(one.recipient());
    EXPECT_GT(told.escalations_size(), 0);
    EXPECT_EQ(static_cast<int>(recipients.size()), told.escalations_size()) << "somebody was told twice";
  }

  template <typename Response>
  Response Must(const std::string& method, const std::string& request) const {
    const auto response = e2e::Ask<Response>(staff_.asker, staff_.grpc.manager, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  bool Well(const absl::Status& status) const {
    EXPECT_TRUE(status.ok()) << id_ << ": " << status;
    return status.ok();
  }

  const Staff& staff_;
  const std::string id_;
  std::mutex mutex_;
  std::map<int, Call> calls_;  // by number; entries stay where they are
};

class HelpdeskChapter final : public Chapter {
 public:
  HelpdeskChapter(const Staff& staff, const e2e::World& world) : staff_(staff), world_(world) {
    const e2e::Person& manager = staff.grpc.manager;
    const std::string calendar = "calendars/always-" + staff.run;
    manager.Do("personnel.CreateCalendar", absl::Substitute("calendar_id: 'always-$0' calendar { title: 'Around the clock' }", staff.run));
    manager.Do(
        "personnel.CreateCalendarVersion",
        absl::Substitute("parent: '$0' calendar_version_id: 'weeks' calendar_version { reason: 'The first' rules { time_zone: "
                         "'Asia/Taipei' week { days: MONDAY days: TUESDAY days: WEDNESDAY days: THURSDAY days: FRIDAY days: SATURDAY "
                         "days: SUNDAY windows { open: '00:00' close: '24:00' } } } }",
                         calendar));
    manager.Do("personnel.PublishCalendarVersion", absl::Substitute("name: '$0/versions/weeks'", calendar));
    manager.Do("activity.CreateServicePolicy", absl::Substitute("service_policy_id: 'desk-$0' service_policy { reason: 'Swift' $1 }",
                                                                staff.run, absl::Substitute(kDeskTerms, calendar)));
    manager.Do(
        "activity.CreateInquiryCategoryTree",
        absl::Substitute("inquiry_category_tree_id: 'desk-$0' inquiry_category_tree { reason: 'Somebody is there' categories { path: "
                         "'general' display_name: 'General' group: '$1' } calendar: 'calendars/default' remind_after { seconds: "
                         "57600 } close_after { seconds: 144000 } }",
                         staff.run, world.employee()));
    manager.Do("activity.PublishInquiryCategoryTree", absl::Substitute("name: 'inquiryCategoryTrees/desk-$0'", staff.run));
    // Once the calendar is known there.
    EXPECT_TRUE(Becomes(
        [&] { return manager.Try("activity.PublishServicePolicy", absl::Substitute("name: 'servicePolicies/desk-$0'", staff.run)).ok(); }));
  }

  void Prepare(int round, Random&) override {
    desk_ = std::make_unique<CallDesk>(staff_, world_, absl::StrCat("desk-", staff_.run, "-", round));
  }
  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kCallTakers; ++i) {
      clients.emplace_back([this, i](Random& random) { desk_->Work(i % 2 == 0 ? staff_.grpc : staff_.http, i, random); });
    }
    return clients;
  }
  void Check() override { desk_->Check(); }

 private:
  const Staff& staff_;
  const e2e::World& world_;
  std::unique_ptr<CallDesk> desk_;
};

}  // namespace

std::unique_ptr<Chapter> Helpdesk(const Staff& staff, const e2e::World& world) { return std::make_unique<HelpdeskChapter>(staff, world); }

}  // namespace heitie::fault
