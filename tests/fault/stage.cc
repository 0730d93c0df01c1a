#include "tests/fault/stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "common/time/instant.h"
#include "common/web/server_testing.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/amendment.pb.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/page.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::fault {
namespace {

using activity::v1::Activity;
using activity::v1::ActivityScope;
using activity::v1::Amendment;
using activity::v1::Incident;
using activity::v1::Page;

constexpr int kLaunched = 2;    // activities, one client each
constexpr int kTroubles = 2;    // of each, that people report
constexpr int kAmenders = 2;    // clients who want the same activity otherwise
constexpr int kAmendments = 3;  // of each
constexpr int kOutages = 2;     // of the page

// What is looked at: up or down, as the test wants it.
class Shop {
 public:
  int port() const { return server_.port(); }
  void Set(bool up) { up_ = up; }

 private:
  std::atomic<bool> up_ = true;
  web::TestServer server_{[this](const std::string&, web::Peer& peer) {
    peer.Send(up_ ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" : "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n");
  }};
};

class Show {
 public:
  Show(const Staff& staff, const e2e::World& world, Shop& shop, const std::string& id) : staff_(staff), shop_(shop), id_(id) {
    for (int i = 0; i < kLaunched; ++i) launched_.push_back(world.Ready(absl::StrCat(id, "-", i)));
    amended_ = world.Ready(id + "-amended");
    watched_ = world.Ready(id + "-watched");
    for (const std::string& name : {amended_, watched_}) {
      staff.grpc.manager.Do("activity.LaunchActivity", absl::Substitute("name: '$0'", name));
    }
    shop_.Set(true);
    staff.grpc.specialist.Do(
        "activity.CreatePage",
        absl::Substitute("parent: '$0' page_id: 'shop' page { title: 'Shop' url: 'http://127.0.0.1:$1/' look_interval { seconds: 3600 } "
                         "timeout { seconds: 1 } failures_to_down: 1 successes_to_up: 1 requirement: REQUIREMENT_BEFORE_LAUNCH }",
                         watched_, shop.port()));
    EXPECT_TRUE(Becomes([&] { return PageNow().state() == Page::STATE_UP; }));
    staff.grpc.analyst.Do(
        "activity.CreateActivityGuardrail",
        absl::Substitute("parent: '$0' activity_guardrail_id: 'shop' activity_guardrail { display_name: 'The shop is "
                         "there' signal: SIGNAL_PAGE source: '$0/pages/shop' action: ACTION_PAUSE resume_by_itself: true }",
                         watched_));
  }

  std::vector<std::function<void(Random&)>> Clients() {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kLaunched; ++i) clients.emplace_back([this, i](Random&) { Run(TeamOf(i), launched_[static_cast<size_t>(i)]); });
    for (int i = 0; i < kAmenders; ++i) clients.emplace_back([this, i](Random& random) { AmendIt(TeamOf(i), i, random); });
    clients.emplace_back([this](Random&) { BreakShop(staff_.grpc); });
    return clients;
  }

  void Check() const {
    for (const std::string& name : launched_) {
      SCOPED_TRACE(name);
      e2e::ExpectTakenOnce(staff_.grpc, name);
      CheckStops(name, Incident::CAUSE_PERSON, kTroubles);
    }
    CheckStops(watched_, Incident::CAUSE_PAGE, kOutages);
    const auto rule = Must<activity::v1::ActivityGuardrail>("activity.GetActivityGuardrail",
                                                            absl::Substitute("name: '$0/activityGuardrails/shop'", watched_));
    EXPECT_EQ(rule.run().episodes(), kOutages);
    EXPECT_FALSE(rule.run().open());
    CheckAmended();
  }

 private:
  const e2e::Team& TeamOf(int client) const { return client % 2 == 0 ? staff_.grpc : staff_.http; }

  // Launched, then stopped by people and let go on again.
  void Run(const e2e::Team& team, const std::string& name) {
    const std::string this_one = absl::Substitute("name: '$0'", name);
    if (!Well(e2e::Put(staff_.asker, team.manager, "activity.LaunchActivity", this_one))) return;
    staff_.acknowledged->Note("activity", name, "launch");
    for (int i = 0; i < kTroubles; ++i) {
      const auto incident = e2e::Ask<Incident>(
          staff_.asker, team.specialist, "activity.ReportIncident",
          absl::Substitute("parent: '$0' title: 'Trouble $1' severity: SEVERITY_MINOR description: 'Seen' pause: true", name, i));
      if (!Well(incident.status())) return;
      const std::string it = absl::Substitute("name: '$0'", incident->name());
      if (!Well(e2e::Put(staff_.asker, team.specialist, "activity.AcknowledgeIncident", it))) return;
      staff_.acknowledged->Note("activity", incident->name(), "acknowledge");
      if (!Well(e2e::Put(staff_.asker, team.specialist, "activity.MitigateIncident", it + " mitigation: 'Switched off'"))) return;
      staff_.acknowledged->Note("activity", incident->name(), "mitigate");
      if (!Well(e2e::Put(staff_.asker, team.manager, "activity.ResumeActivity", this_one))) return;
    }
  }

  // The page breaks, which pauses the activity, and comes back, which lets it go on.
  void BreakShop(const e2e::Team& team) {
    for (int i = 0; i < kOutages; ++i) {
      for (const bool up : {false, true}) {
        shop_.Set(up);
        if (!Well(e2e::Put(staff_.asker, team.specialist, "activity.LookAtPage", absl::Substitute("name: '$0/pages/shop'", watched_))))
          return;
        const auto wanted = up ? Activity::STATE_LIVE : Activity::STATE_PAUSED;
        EXPECT_TRUE(Becomes([&] { return ActivityNow(watched_).state() == wanted; })) << "the shop is " << (up ? "up" : "down");
      }
    }
  }

  void AmendIt(const e2e::Team& team, int client, Random& random) {
    for (int i = 0; i < kAmendments; ++i) {
      const Activity now = ActivityNow(amended_);
      activity::v1::CreateAmendmentRequest request;
      request.set_parent(amended_);
      request.set_amendment_id(absl::StrCat("change-", client, "-", i));
      request.mutable_amendment()->set_reason("Another size");
      ActivityScope& scope = *request.mutable_amendment()->mutable_scope();
      scope = ScopeOf(now);
      scope.mutable_bill_of_materials(0)->set_quantity(1 + static_cast<int64_t>(random() % (2 * e2e::kNeeded)));
      scope.set_budget_amount_minor(1 + static_cast<int64_t>(random() % (2 * e2e::kCost)));
      scope.mutable_end_time()->set_seconds(scope.end_time().seconds() + 60);
      const auto proposed = e2e::Ask<Amendment>(staff_.asker, team.specialist, "activity.CreateAmendment", request.ShortDebugString());
      if (IsOthersTurn(proposed.status())) continue;
      if (!Well(proposed.status())) return;
      const auto applied =
          e2e::Ask<Amendment>(staff_.asker, team.manager, "activity.ApproveAmendment", absl::Substitute("name: '$0'", proposed->name()));
      if (IsOthersTurn(applied.status())) continue;
      if (!Well(applied.status())) return;
      staff_.acknowledged->Note("activity", applied->name(), "apply");
      const std::lock_guard lock(mutex_);
      applied_.insert(applied->name());
    }
  }

  // The other client was first.
  static bool IsOthersTurn(const absl::Status& status) {
    const std::string reason = status::ReasonOf(status);
    return reason == "AMENDMENT_IN_PROGRESS" || reason == "SCOPE_CHANGED";
  }

  static ActivityScope ScopeOf(const Activity& activity) {
    ActivityScope scope;
    scope.set_scheme(activity.scheme());
    *scope.mutable_start_time() = activity.start_time();
    *scope.mutable_end_time() = activity.end_time();
    scope.set_time_zone(activity.time_zone());
    scope.set_budget(activity.budget());
    scope.set_budget_amount_minor(activity.budget_amount_minor());
    *scope.mutable_bill_of_materials() = activity.bill_of_materials();
    for (const auto& one : activity.staff()) {
      auto& member = *scope.add_staff();
      member.set_employee(one.employee());
      member.set_role(one.role());
    }
    *scope.mutable_training_requirement() = activity.training_requirement();
    return scope;
  }

  // So many incidents of this cause, each of which stopped the activity once; then it went on.
  void CheckStops(const std::string& name, Incident::Cause cause, int times) const {
    SCOPED_TRACE(name);
    const Activity activity = ActivityNow(name);
    EXPECT_EQ(activity.state(), Activity::STATE_LIVE);
    EXPECT_TRUE(activity.launch().empty());
    const auto incidents =
        Must<activity::v1::ListIncidentsResponse>("activity.ListIncidents", absl::Substitute("parent: '$0' page_size: 1000", name));
    EXPECT_EQ(incidents.incidents_size(), times);
    for (const Incident& incident : incidents.incidents()) {
      EXPECT_EQ(incident.cause(), cause);
      EXPECT_EQ(incident.state(), Incident::STATE_MITIGATED);
      EXPECT_TRUE(incident.has_pause_time());
      EXPECT_EQ(incident.reopen_count(), 0);
    }
    const auto events = Must<type::v1::ListEventsResponse>("activity.ListEvents", absl::Substitute("subject: '$0' page_size: 1000", name));
    for (const char* action : {"pause", "resume"}) {
      EXPECT_EQ(std::count_if(events.events().begin(), events.events().end(), [&](const auto& event) { return event.action() == action; }),
                times)
          << action;
    }
  }

  // Every amendment is applied whole or not at all, and held is what the scope says.
  void CheckAmended() const {
    SCOPED_TRACE(amended_);
    EXPECT_TRUE(Becomes([&] { return ActivityNow(amended_).amendment().empty(); })) << "it is not carried out";
    const auto listed =
        Must<activity::v1::ListAmendmentsResponse>("activity.ListAmendments", absl::Substitute("parent: '$0' page_size: 1000", amended_));
    const Amendment* last = nullptr;
    for (const Amendment& one : listed.amendments()) {
      if (one.state() == Amendment::STATE_APPLIED) {
        if (last == nullptr || time::ToTime(last->apply_time()) < time::ToTime(one.apply_time())) last = &one;
      } else {
        EXPECT_EQ(one.state(), Amendment::STATE_PROPOSED) << one.name();
        EXPECT_EQ(applied_.count(one.name()), 0) << one.name() << " was acknowledged";
      }
    }
    const Activity activity = ActivityNow(amended_);
    EXPECT_EQ(activity.state(), Activity::STATE_LIVE);
    if (last != nullptr) {
      EXPECT_EQ(ScopeOf(activity).DebugString(), last->scope().DebugString());
    }
    const e2e::Holdings held = e2e::HoldingsOf(staff_.grpc, amended_);
    EXPECT_EQ(held.reservations, 1);
    EXPECT_EQ(held.encumbrances, 1);
    EXPECT_EQ(held.stock, activity.bill_of_materials(0).quantity());
    EXPECT_EQ(held.money, activity.budget_amount_minor());
  }

  Activity ActivityNow(const std::string& name) const {
    return Must<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
  }
  Page PageNow() const { return Must<Page>("activity.GetPage", absl::Substitute("name: '$0/pages/shop'", watched_)); }

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
  Shop& shop_;
  const std::string id_;
  std::vector<std::string> launched_;
  std::string amended_, watched_;
  std::mutex mutex_;
  std::set<std::string> applied_;  // as somebody was told
};

class StageChapter final : public Chapter {
 public:
  StageChapter(const Staff& staff, const e2e::World& world) : staff_(staff), world_(world) {
    staff.grpc.engineer.Do("activity.CreateAllowedHost",
                           absl::Substitute("allowed_host_id: 'shop-$0' allowed_host { host: '127.0.0.1' schemes: SCHEME_HTTP ports: $1 "
                                            "private_ranges: '127.0.0.0/8' reason: 'The shop' }",
                                            staff.run, shop_.port()));
  }

  void Prepare(int round, Random&) override {
    show_ = std::make_unique<Show>(staff_, world_, shop_, absl::StrCat("show-", staff_.run, "-", round));
  }
  std::vector<std::function<void(Random&)>> Clients() override { return show_->Clients(); }
  void Check() override { show_->Check(); }

 private:
  const Staff& staff_;
  const e2e::World& world_;
  Shop shop_;
  std::unique_ptr<Show> show_;
};

}  // namespace

std::unique_ptr<Chapter> Stage(const Staff& staff, const e2e::World& world) { return std::make_unique<StageChapter>(staff, world); }

}  // namespace heitie::fault
