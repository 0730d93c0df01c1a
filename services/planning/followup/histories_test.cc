// Random histories of series, meetings, items and those who leave, beside a notebook in which the same is kept by hand: after every step
// the service says what the notebook says, each open item has one living owner and is on a list, and the audit finds nothing (W12, W14).
// HEITIE_HISTORY_STEPS makes them longer, HEITIE_HISTORY_SEED others.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/people/handovers.h"
#include "common/record/json.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/decision.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::IsOk;
using ::testing::IsEmpty;
using v1::ActionItem;
using v1::AgendaEntry;
using v1::Meeting;
using v1::MeetingSeries;

constexpr int kMostPostponements = 2;  // as shipped
constexpr char kBoss[] = "employees/boss";
constexpr char kProjectOwner[] = "employees/li";  // of the fixture

int NumberFrom(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

// What the notebook knows of an item.
struct Noted {
  std::string owner, owed_to, series, department, task;
  ActionItem::State state = ActionItem::STATE_OPEN;
  absl::CivilDay due;
  int postponed = 0, carried = 0;
  absl::Time since;

  bool ToDo() const { return state == ActionItem::STATE_OPEN || state == ActionItem::STATE_IN_PROGRESS; }
  bool Open() const { return ToDo() || state == ActionItem::STATE_DONE; }
};
struct NotedSeries {
  std::string department, chair, secretary, project;
  bool standing = false, active = true;
  // Its project is over: it ends once what it leaves open has another list.
  bool ending = false;
};

class HistoriesTest : public PlanningTest {
 protected:
  HistoriesTest() : random_(static_cast<unsigned>(NumberFrom("HEITIE_HISTORY_SEED", 18))) {
    personnel_.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.personnel.v1.RecordService/ListEvents",
        [this](const rpc::Call&, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
          if (request.has_wait()) return absl::CancelledError();
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : departures_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(static_cast<int64_t>(departures_.size()));
          return response;
        });
    Know(kBoss, std::nullopt);
    for (int i = 0; i < 5; ++i) Hire();
  }

  int Below(size_t count) { return static_cast<int>(random_() % count); }
  template <typename T>
  const T& AnyOf(const std::vector<T>& all) {
    return all[static_cast<size_t>(Below(all.size()))];
  }
  rpc::Call As(const std::string& who) const { return test::By(who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  absl::CivilDay Today() const { return absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone()); }
  static std::string Dated(const std::string& field, absl::CivilDay day) {
    return absl::StrCat(field, " { year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } ");
  }

  void Know(const std::string& name, std::optional<absl::CivilDay> last) {
    people::EmployeeFact fact;
    fact.hired = absl::CivilDay(2020, 1, 1);
    fact.last = last;
    fact.posts = {{fact.hired, "positions/x", "operations"}};
    people::Directory::Changes changes;
    changes.employees[name] = fact;
    people_.Take(changes);
  }
  void Hire() {
    people_here_.push_back(absl::StrCat("employees/p", hired_++));
    Know(people_here_.back(), std::nullopt);
  }

  // What is due by the jobs of planning and of its handovers, and of tasks that close with items.
  void Settle() {
    if (clock_.Now() >= next_run_) {
      next_run_ = clock_.Now() + absl::Seconds(15);
      EXPECT_THAT(jobs_.RunDue(), IsOk());
    }
    for (int i = 0; i < 4; ++i) {
      clock_.Advance(absl::Seconds(1));
      const auto own = own_jobs_.RunDue();
      ASSERT_THAT(own, IsOk());
      if (*own == 0) break;
    }
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }

  std::vector<std::string> ActiveSeries() const {
    std::vector<std::string> names;
    for (const auto& [name, one] : series_) {
      if (one.active) names.push_back(name);
    }
    return names;
  }
  std::string StandingOf(const std::string& department) const {
    for (const auto& [name, one] : series_) {
      if (one.active && one.standing && one.department == department) return name;
    }
    return "";
  }
  std::string AnyItem() {
    std::vector<std::string> names;
    for (const auto& [name, one] : items_) {
      if (one.Open() || Below(8) == 0) names.push_back(name);
    }
    return names.empty() ? "" : AnyOf(names);
  }

  void BeginSeries() {
    const std::string name = absl::StrCat("meetingSeries/s", series_.size());
    NotedSeries noted{AnyOf(departments_), AnyOf(people_here_), AnyOf(people_here_), "", Below(3) == 0};
    if (Below(3) == 0) noted.project = CreateProject(absl::StrCat("of-", projects_++)).name();
    const bool taken = noted.standing && !StandingOf(noted.department).empty();
    const auto made = Call<MeetingSeries>(
        "CreateMeetingSeries", Specialist(),
        test::Proto<v1::CreateMeetingSeriesRequest>(absl::StrCat(
            "meeting_series_id: '", record::IdOf(name),
            "' meeting_series { title: 'Weekly' kind: ", noted.project.empty() ? "KIND_TEAM_WEEKLY" : "KIND_PROJECT_COORDINATION",
            " project: '", noted.project, "' chair: '", noted.chair, "' secretary: '", noted.secretary, "' departments: '",
            noted.department, "' standing: ", noted.standing ? "true" : "false",
            " schedule { start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY' day_off_policy: "
            "DAY_OFF_POLICY_NEXT ",
            Dated("start_date", Today() + 1), "} }")));
    EXPECT_EQ(made.ok(), !taken) << made.status();
    if (made.ok()) series_[name] = noted;
  }

  void Note(const std::string& name, const ActionItem& item) {
    items_[name] = {.owner = item.owner(),
                    .owed_to = item.owed_to(),
                    .series = item.series(),
                    .department = item.department(),
                    .due = time::ToDay(item.due_date()),
                    .since = clock_.Now()};
  }
  void GiveItem() {
    const std::string name = absl::StrCat("actionItems/i", items_.size());
    ActionItem item;
    item.set_title("Ask");
    item.set_owner(Below(6) == 0 && !people_gone_.empty() ? AnyOf(people_gone_) : AnyOf(people_here_));
    if (Below(2) == 0) item.set_owed_to(AnyOf(people_here_));
    *item.mutable_due_date() = time::ToDate(Today() + Below(9));
    std::string series;
    if (Below(2) == 0 && !series_.empty()) {
      std::vector<std::string> all;
      for (const auto& [one, noted] : series_) all.push_back(one);
      series = AnyOf(all);
      item.set_series(series);
    } else {
      item.set_department(AnyOf(departments_));
      series = StandingOf(item.department());
    }
    v1::CreateActionItemRequest request;
    request.set_action_item_id(record::IdOf(name));
    *request.mutable_action_item() = item;
    const auto made = Call<ActionItem>("CreateActionItem", Specialist(), request);
    EXPECT_EQ(made.ok(), !series.empty() && series_[series].active && people_here_.end() != Find(item.owner())) << made.status();
    if (!made.ok()) return;
    EXPECT_EQ(made->series(), series);
    EXPECT_EQ(made->owed_to(), item.owed_to().empty() ? series_[series].chair : item.owed_to());
    Note(name, *made);
  }
  std::vector<std::string>::const_iterator Find(const std::string& who) const {
    return std::find(people_here_.begin(), people_here_.end(), who);
  }

  template <typename Req>
  bool Act(const char* method, const rpc::Call& call, const std::string& item, const std::string& more = "") {
    const auto done = Call<ActionItem>(method, call, test::Proto<Req>(absl::StrCat("name: '", item, "' ", more)));
    return done.ok();
  }

  // Somebody does something to an item, who may or may not.
  void Touch() {
    const std::string name = AnyItem();
    if (name.empty()) return;
    Noted& item = items_[name];
    const int who = Below(4);
    const std::string actor = who == 0 ? item.owner : who == 1 ? item.owed_to : who == 2 ? AnyOf(people_here_) : kBoss;
    const bool manages = actor == kBoss;
    rpc::Call call = manages ? test::By(kBoss, {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()) : As(actor);
    call.principal.department = item.department;
    const bool owns = actor == item.owner, owed = manages || actor == item.owed_to;
    const auto agree = [&](bool did, bool may, const char* what) {
      EXPECT_EQ(did, may) << what << " of " << name << " by " << actor;
      return did && may;
    };
    switch (Below(7)) {
      case 0:
        if (agree(Act<v1::StartActionItemRequest>("StartActionItem", call, name), owns && item.state == ActionItem::STATE_OPEN, "start"))
          item.state = ActionItem::STATE_IN_PROGRESS;
        break;
      case 1:
        if (agree(Act<v1::FinishActionItemRequest>("FinishActionItem", call, name), owns && item.ToDo() && item.task.empty(), "finish"))
          item.state = ActionItem::STATE_DONE;
        break;
      case 2:
        if (agree(Act<v1::VerifyActionItemRequest>("VerifyActionItem", call, name), owed && item.state == ActionItem::STATE_DONE, "verify"))
          item.state = ActionItem::STATE_VERIFIED;
        break;
      case 3:
        if (agree(Act<v1::SendBackActionItemRequest>("SendBackActionItem", call, name, "reason: 'Not yet'"),
                  owed && item.state == ActionItem::STATE_DONE, "send back")) {
          item.state = ActionItem::STATE_IN_PROGRESS;
          // Who said that it was done may have gone meanwhile.
          if (Find(item.owner) == people_here_.end() && item.owner != kBoss) item.owner = series_[item.series].chair;
        }
        break;
      case 4:
        if (agree(Act<v1::CancelActionItemRequest>("CancelActionItem", call, name, "reason: 'Enough'"),
                  (manages || actor == series_[item.series].chair) && item.Open() && item.task.empty(), "cancel"))
          item.state = ActionItem::STATE_CANCELLED;
        break;
      case 5: {
        const absl::CivilDay due = item.due + Below(4);
        const bool may = item.ToDo() && due > item.due && (manages || (owns && item.postponed < kMostPostponements));
        if (!agree(Act<v1::PostponeActionItemRequest>("PostponeActionItem", call, name,
                                                      absl::StrCat("reason: 'No answer' ", Dated("due_date", due))),
                   may, "postpone"))
          break;
        item.due = due;
        ++item.postponed;
        break;
      }
      default:
        MoveItem(name, item);
    }
  }
  // To another series, which may have ended.
  void MoveItem(const std::string& name, Noted& item) {
    std::vector<std::string> all;
    for (const auto& [one, noted] : series_) all.push_back(one);
    const std::string series = AnyOf(all);
    v1::UpdateActionItemRequest request;
    request.mutable_action_item()->set_name(name);
    request.mutable_action_item()->set_series(series);
    request.mutable_update_mask()->add_paths("series");
    const auto moved = Call<ActionItem>("UpdateActionItem", Specialist(), request);
    EXPECT_EQ(moved.ok(), item.Open() && (series == item.series || series_[series].active)) << moved.status();
    if (moved.ok()) item.series = series;
  }
  void MakeTask() {
    const std::string name = AnyItem();
    if (name.empty()) return;
    Noted& item = items_[name];
    const auto made =
        Call<ActionItem>("MakeTaskOfActionItem", Specialist(),
                         test::Proto<v1::MakeTaskOfActionItemRequest>(absl::StrCat("name: '", name, "' project: 'projects/spring'")));
    EXPECT_EQ(made.ok(), item.ToDo() && item.task.empty()) << made.status();
    if (made.ok()) item.task = made->task();
  }
  void CancelTask() {
    for (auto& [name, item] : items_) {
      if (item.task.empty() || !item.ToDo() || Below(2) == 0) continue;
      Do<v1::Task, v1::CancelTaskRequest>("CancelTask", Specialist(), absl::StrCat("name: '", item.task, "'"));
      item.state = ActionItem::STATE_CANCELLED;
      return;
    }
  }

  // Somebody answers for a task and somebody does it, or others do from now on; never is it nobody.
  void Share() {
    if (shared_ < 4) {
      const std::string id = absl::StrCat("shared", shared_++);
      CreateTask("projects/spring", id, absl::StrCat("owner: '", AnyOf(people_here_), "'"));
      Do<v1::RaciEntry, v1::CreateRaciEntryRequest>(
          "CreateRaciEntry", Specialist(),
          absl::StrCat("parent: 'projects/spring' raci_entry_id: '", id, "' raci_entry { task: 'projects/spring/tasks/", id,
                       "' accountable: '", AnyOf(people_here_), "' responsible: '", AnyOf(people_here_), "' }"));
      return;
    }
    const bool somebody = Below(3) > 0;
    v1::UpdateRaciEntryRequest request;
    request.mutable_raci_entry()->set_name(absl::StrCat("projects/spring/raciEntries/shared", Below(4)));
    if (somebody) request.mutable_raci_entry()->add_responsible(AnyOf(people_here_));
    request.mutable_update_mask()->add_paths("responsible");
    const auto changed = Call<v1::RaciEntry>("UpdateRaciEntry", Specialist(), request);
    EXPECT_EQ(changed.ok(), somebody) << changed.status();
  }
  bool IsGone(const std::string& who) const { return std::find(people_gone_.begin(), people_gone_.end(), who) != people_gone_.end(); }

  // One meeting of a series goes one step on.
  void Meet() {
    const std::vector<std::string> active = ActiveSeries();
    if (active.empty()) return;
    const std::string& series = AnyOf(active);
    const auto page = Do<v1::ListMeetingsResponse, v1::ListMeetingsRequest>("ListMeetings", Analyst(),
                                                                            absl::StrCat("page_size: 1000 parent: '", series, "'"));
    for (const Meeting& meeting : page.meetings()) {
      const std::string named = absl::StrCat("name: '", meeting.name(), "' ");
      if (meeting.state() == Meeting::STATE_CANCELLED || meeting.state() == Meeting::STATE_CLOSED) continue;
      if (Below(12) == 0 && meeting.state() != Meeting::STATE_HELD) {
        Do<Meeting, v1::CancelMeetingRequest>("CancelMeeting", Specialist(), named + "reason: 'A holiday'");
        return;
      }
      if (meeting.state() == Meeting::STATE_PLANNED) {
        Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", Specialist(), named);
      } else if (meeting.state() == Meeting::STATE_AGENDA_PUBLISHED) {
        Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", Specialist(), named);
        OpenItemsAreOn(meeting.name(), series);
      } else {
        Conclude(meeting, series);
      }
      agendas_.insert(meeting.name());
      return;
    }
  }
  // Whatever the series has open is on the agenda of what is held.
  void OpenItemsAreOn(const std::string& meeting, const std::string& series) {
    std::set<std::string> subjects;
    for (const AgendaEntry& entry : EntriesOf(meeting)) {
      EXPECT_TRUE(entry.subject().empty() || subjects.insert(entry.subject()).second) << entry.subject() << " twice on " << meeting;
    }
    for (const auto& [name, item] : items_) {
      if (!item.Open() || item.series != series) continue;
      EXPECT_EQ(subjects.count(name), 1u) << name << " is not on " << meeting;
    }
  }
  std::vector<AgendaEntry> EntriesOf(const std::string& meeting) {
    const auto page = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>(
        "ListAgendaEntries", Analyst(), absl::StrCat("page_size: 1000 order_by: 'place' parent: '", meeting, "'"));
    return {page.agenda_entries().begin(), page.agenda_entries().end()};
  }
  void Conclude(const Meeting& meeting, const std::string& series) {
    for (const AgendaEntry& entry : EntriesOf(meeting.name())) {
      if (entry.state() != AgendaEntry::STATE_OPEN) continue;
      std::string how = "outcome: OUTCOME_NOTED text: 'It goes on'";
      const int outcome = Below(6);
      const std::string owner = AnyOf(people_here_);
      if (outcome == 0)
        how = absl::StrCat("outcome: OUTCOME_ACTION actions { title: 'Do' owner: '", owner, "' ", Dated("due_date", Today() + 3), "}");
      if (outcome == 1) {
        how = absl::StrCat("outcome: OUTCOME_DECIDED decision { text: 'We go' reason: 'It pays' owner: '", owner, "' ",
                           Dated("due_date", Today() + 20), "}");
      }
      if (outcome == 2) {
        const absl::CivilDay held = absl::ToCivilDay(time::ToTime(meeting.start_time()), service::DefaultTimeZone());
        how = absl::StrCat("outcome: OUTCOME_DEFERRED text: 'No time' ", Dated("defer_date", held + 7));
      }
      const auto done = Do<AgendaEntry, v1::ConcludeAgendaEntryRequest>("ConcludeAgendaEntry", Specialist(),
                                                                        absl::StrCat("name: '", entry.name(), "' ", how));
      for (const std::string& name : done.action_items()) {
        Note(name, Do<ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), absl::StrCat("name: '", name, "'")));
        EXPECT_EQ(items_[name].series, series);
        EXPECT_EQ(items_[name].owner, owner);
      }
      if (!done.decision().empty()) decisions_[done.decision()] = {series, owner};
    }
    Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", Specialist(), absl::StrCat("name: '", meeting.name(), "'"));
    for (auto& [name, item] : items_) {
      if (item.Open() && item.series == series && item.since < time::ToTime(meeting.hold_time())) ++item.carried;
    }
  }

  void EndSeries() {
    const std::vector<std::string> active = ActiveSeries();
    if (active.size() < 2) return;
    const std::string series = AnyOf(active);
    NotedSeries& noted = series_[series];
    const bool leaves = Leaves(series);
    const auto deferred = DeferredIn(series);
    noted.active = false;
    const std::string heir = StandingOf(noted.department);
    const auto ended = Call<MeetingSeries>("EndMeetingSeries", Manager(),
                                           test::Proto<v1::EndMeetingSeriesRequest>(absl::StrCat("name: '", series, "' reason: 'Enough'")));
    EXPECT_EQ(ended.ok(), !leaves || !heir.empty()) << ended.status();
    noted.active = !ended.ok();
    if (!ended.ok()) return;
    TakeOn(series, heir);
    for (const auto& [name, entry] : deferred) {
      const auto now = Do<AgendaEntry, v1::GetAgendaEntryRequest>("GetAgendaEntry", Analyst(), absl::StrCat("name: '", name, "'"));
      EXPECT_EQ(now.carried_to(), heir) << name;
    }
  }
  void TakeOn(const std::string& series, const std::string& heir) {
    for (auto& [name, item] : items_) {
      if (item.Open() && item.series == series) item.series = heir;
    }
    for (auto& [name, decision] : decisions_) {
      if (decision.first == series) decision.first = heir;
    }
  }
  bool Leaves(const std::string& series) {
    const bool items =
        std::any_of(items_.begin(), items_.end(), [&](const auto& one) { return one.second.Open() && one.second.series == series; });
    return items || std::any_of(decisions_.begin(), decisions_.end(), [&](const auto& one) { return one.second.first == series; }) ||
           !DeferredIn(series).empty();
  }
  // What was deferred in a series or carried to it and has not come back: entries by name, as a plain look at all agendas finds them.
  std::map<std::string, AgendaEntry> DeferredIn(const std::string& series) {
    std::vector<std::pair<Meeting, std::vector<AgendaEntry>>> all;
    for (const auto& [name, noted] : series_) {
      const auto page = Do<v1::ListMeetingsResponse, v1::ListMeetingsRequest>("ListMeetings", Analyst(),
                                                                              absl::StrCat("page_size: 1000 parent: '", name, "'"));
      for (const Meeting& meeting : page.meetings()) {
        const bool planned = meeting.state() == Meeting::STATE_PLANNED || !meeting.has_publish_time();
        all.push_back({meeting, planned ? std::vector<AgendaEntry>() : EntriesOf(meeting.name())});
      }
    }
    std::map<std::string, AgendaEntry> deferred;
    for (const auto& [meeting, entries] : all) {
      for (const AgendaEntry& entry : entries) {
        const bool put_off = entry.outcome() == AgendaEntry::OUTCOME_DEFERRED;
        const bool left = entry.state() == AgendaEntry::STATE_OPEN && entry.kind() == AgendaEntry::KIND_CARRIED_OVER &&
                          meeting.state() != Meeting::STATE_HELD;
        const std::string list = entry.carried_to().empty() ? record::ParentOf(meeting.name()) : entry.carried_to();
        if (list != series || (!put_off && !left)) continue;
        const bool back = std::any_of(all.begin(), all.end(), [&](const auto& other) {
          const Meeting& held = other.first;
          if (record::ParentOf(held.name()) != list || !held.has_hold_time()) return false;
          const bool since = !entry.has_carry_time() || time::ToTime(held.hold_time()) >= time::ToTime(entry.carry_time());
          if (put_off) {
            return since && absl::ToCivilDay(time::ToTime(held.start_time()), absl::UTCTimeZone()) >= time::ToDay(entry.defer_date());
          }
          return entry.has_carry_time() ? since : held.name() > meeting.name();
        });
        if (!back) deferred[entry.name()] = entry;
      }
    }
    return deferred;
  }

  // A project is over, and with it the series that coordinates it, at once or when it can.
  void EndProject() {
    for (auto& [name, one] : series_) {
      if (!one.active || one.project.empty() || one.ending || Below(2) == 0) continue;
      Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), absl::StrCat("name: '", one.project, "' reason: 'Enough'"));
      one.ending = !one.standing;
      return;
    }
  }
  void FollowEnding() {
    for (auto& [name, one] : series_) {
      if (!one.active || !one.ending) continue;
      const auto now = Do<MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), absl::StrCat("name: '", name, "'"));
      const std::string heir = StandingOf(one.department);
      if (now.state() == MeetingSeries::STATE_ACTIVE) continue;
      one.active = false;
      EXPECT_TRUE(!Leaves(name) || !heir.empty()) << name << " ended and left something without a list";
      TakeOn(name, heir);
    }
  }

  // Somebody leaves with the day that is over; nothing was agreed, so that everything has its fallback.
  void Leave() {
    if (people_here_.size() < 4) Hire();
    const absl::Time midnight = absl::FromCivil(Today() + 1, service::DefaultTimeZone());
    Pass(midnight - clock_.Now() + absl::Seconds(1));
    const std::string who = AnyOf(people_here_);
    people_here_.erase(Find(who));
    people_gone_.push_back(who);
    Know(who, Today() - 1);
    audits_[clock_.Now()] = AuditText();  // names what still is that person's
    auto handover = test::Proto<personnel::v1::Handover>(absl::StrCat("name: 'handovers/", record::IdOf(who), "' employee: '", who, "' ",
                                                                      Dated("leave_date", Today() - 1),
                                                                      "state: STATE_DUE etag: '1' fallback: '", kBoss, "'"));
    *handover.mutable_due_time() = time::ToTimestamp(clock_.Now());
    type::v1::Event& event = departures_.emplace_back();
    event.set_position(static_cast<int64_t>(departures_.size()));
    event.set_subject_type("personnel.heitie/Handover");
    event.set_subject(handover.name());
    event.set_action("advance");
    event.set_revision(1);
    event.set_after_json(record::ToJson(handover));
    for (int i = 0; i < 20; ++i) {
      clock_.Advance(absl::Seconds(1));
      const auto run = own_jobs_.RunDue();
      ASSERT_THAT(run, IsOk());
      if (*run == 0) break;
    }
    for (auto& [name, one] : series_) {
      if (!one.active) continue;
      const bool leads = one.chair == who, writes = one.secretary == who;
      if (leads) one.chair = writes ? kBoss : one.secretary;
      if (writes) one.secretary = leads ? kBoss : one.chair;
    }
    for (auto& [name, item] : items_) {
      // Whoever leads its series by now, and of a task whoever owns its project.
      if (item.ToDo() && item.owner == who) item.owner = item.task.empty() ? series_[item.series].chair : kProjectOwner;
      if (item.Open() && item.owed_to == who) item.owed_to = kBoss;
    }
    for (auto& [name, decision] : decisions_) {
      if (decision.second == who) decision.second = kBoss;
    }
    if (Below(2) == 0) Hire();
  }

  std::string AuditText(const std::string& as_of = "") {
    const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), as_of);
    return audit.DebugString();
  }

  // The service says what the notebook says, and all that must hold does.
  void Agree() {
    const auto page = Do<v1::ListActionItemsResponse, v1::ListActionItemsRequest>("ListActionItems", Analyst(), "page_size: 1000");
    EXPECT_EQ(static_cast<size_t>(page.action_items_size()), items_.size());
    for (const ActionItem& item : page.action_items()) {
      const Noted& noted = items_[item.name()];
      EXPECT_EQ(item.state(), noted.state) << item.DebugString();
      EXPECT_EQ(item.owner(), noted.owner) << item.DebugString();
      EXPECT_EQ(item.owed_to(), noted.owed_to) << item.DebugString();
      EXPECT_EQ(item.series(), noted.series) << item.DebugString();
      EXPECT_EQ(item.task(), noted.task) << item.DebugString();
      EXPECT_EQ(item.postponement_count(), noted.postponed) << item.DebugString();
      EXPECT_EQ(item.carry_count(), noted.carried) << item.DebugString();
      EXPECT_EQ(time::ToDay(item.due_date()), noted.due) << item.DebugString();
      if (!noted.Open()) continue;
      EXPECT_TRUE(series_[item.series()].active) << item.DebugString();
      const bool stays = item.owner() == kBoss || item.owner() == kProjectOwner;
      EXPECT_TRUE(!noted.ToDo() || stays || Find(item.owner()) != people_here_.end()) << item.DebugString();
    }
    for (const auto& [name, noted] : series_) {
      const auto one = Do<MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), absl::StrCat("name: '", name, "'"));
      EXPECT_EQ(one.state() == MeetingSeries::STATE_ACTIVE, noted.active) << name;
      if (!noted.active) continue;
      EXPECT_EQ(one.chair(), noted.chair) << name;
      EXPECT_EQ(one.secretary(), noted.secretary) << name;
    }
    for (const auto& [name, noted] : decisions_) {
      const auto one = Do<v1::Decision, v1::GetDecisionRequest>("GetDecision", Analyst(), absl::StrCat("name: '", name, "'"));
      EXPECT_EQ(one.series(), noted.first) << name;
      EXPECT_EQ(one.owner(), noted.second) << name;
    }
    const auto shared =
        Do<v1::ListRaciEntriesResponse, v1::ListRaciEntriesRequest>("ListRaciEntries", Analyst(), "parent: 'projects/spring'");
    EXPECT_EQ(shared.raci_entries_size(), shared_);
    for (const v1::RaciEntry& entry : shared.raci_entries()) {
      EXPECT_FALSE(entry.accountable().empty() || IsGone(entry.accountable())) << entry.DebugString();
      EXPECT_FALSE(entry.responsible().empty()) << entry.DebugString();
      for (const std::string& who : entry.responsible()) EXPECT_FALSE(IsGone(who)) << entry.DebugString();
    }
    const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), "");
    EXPECT_THAT(audit.violations(), IsEmpty()) << audit.DebugString();
  }

  std::mt19937 random_;
  const std::vector<std::string> departments_{"operations", "technology"};
  std::vector<std::string> people_here_, people_gone_;
  int hired_ = 0, projects_ = 0, shared_ = 0;
  std::map<std::string, NotedSeries> series_;
  std::map<std::string, Noted> items_;
  // Series and owner of each that is open.
  std::map<std::string, std::pair<std::string, std::string>> decisions_;
  std::set<std::string> agendas_;
  std::map<absl::Time, std::string> audits_;
  std::vector<type::v1::Event> departures_;
  absl::Time next_run_ = clock_.Now();
  test::FakeClient personnel_;
  job::Runner own_jobs_{store_, clock_, "services/planning"};
  people::Handovers handovers_{store_, own_jobs_, personnel_, "planning", people_};
};

TEST_F(HistoriesTest, WhatTwoSeriesLeaveThatEndAtOnceHasAList) {
  constexpr int kRounds = 25;
  for (int round = 0; round < kRounds; ++round) {
    const std::string department = absl::StrCat("d", round);
    const auto begin = [&](const std::string& id, const std::string& standing) {
      Do<MeetingSeries, v1::CreateMeetingSeriesRequest>(
          "CreateMeetingSeries", Specialist(),
          absl::StrCat("meeting_series_id: '", id, round, "' meeting_series { title: 'Weekly' kind: KIND_SINGLE chair: '", kBoss,
                       "' departments: '", department, "' standing: ", standing,
                       " schedule { start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 day_off_policy: "
                       "DAY_OFF_POLICY_NEXT ",
                       Dated("start_date", Today() + 1), "} }"));
    };
    begin("a", "false");
    begin("s", "true");
    Do<ActionItem, v1::CreateActionItemRequest>("CreateActionItem", Specialist(),
                                                absl::StrCat("action_item { title: 'Ask' owner: '", kBoss, "' series: 'meetingSeries/a",
                                                             round, "' ", Dated("due_date", Today()), "}"));
    std::vector<std::thread> threads;
    std::atomic<int> ready{0};
    for (const char* id : {"a", "s"}) {
      threads.emplace_back([&, id] {
        ++ready;
        while (ready < 2) std::this_thread::yield();
        Call<MeetingSeries>("EndMeetingSeries", Manager(),
                            test::Proto<v1::EndMeetingSeriesRequest>(absl::StrCat("name: 'meetingSeries/", id, round, "' reason: 'x'")))
            .status()
            .IgnoreError();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), "");
  EXPECT_THAT(audit.violations(), IsEmpty()) << audit.DebugString();
}

TEST_F(HistoriesTest, WhatATaskTakesUpAgainIsOnTheListOfWhoTookOn) {
  CreateQuarter();
  CreateApproved("spring");
  clock_.Advance(absl::Hours(24 * 5));
  const auto begin = [&](const std::string& id, const std::string& standing) {
    Do<MeetingSeries, v1::CreateMeetingSeriesRequest>(
        "CreateMeetingSeries", Specialist(),
        absl::StrCat("meeting_series_id: '", id, "' meeting_series { title: 'Weekly' kind: KIND_TEAM_WEEKLY chair: '", kBoss,
                     "' departments: 'operations' standing: ", standing,
                     " schedule { start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY' day_off_policy: "
                     "DAY_OFF_POLICY_NEXT ",
                     Dated("start_date", Today()), "} }"));
  };
  begin("weekly", "false");
  const std::string name = "name: 'actionItems/ask'", task = "name: 'projects/spring/tasks/ask'";
  Do<ActionItem, v1::CreateActionItemRequest>(
      "CreateActionItem", Specialist(),
      absl::StrCat("action_item_id: 'ask' action_item { title: 'Ask' owner: 'employees/wang' series: 'meetingSeries/weekly' ",
                   Dated("due_date", Today() + 8), "}"));
  Do<ActionItem, v1::MakeTaskOfActionItemRequest>("MakeTaskOfActionItem", Specialist(),
                                                  name + " project: 'projects/spring' task_id: 'ask' estimate_hours: 4");
  Submit("spring");
  Approve("spring");
  const rpc::Call wang = test::By("employees/wang", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  Do<v1::Task, v1::StartTaskRequest>("StartTask", wang, task);
  Do<v1::Task, v1::CompleteTaskRequest>("CompleteTask", wang, task);
  Do<MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(), "name: 'meetingSeries/weekly' reason: 'Enough'");
  EXPECT_THAT((Refused<v1::Task, v1::ReopenTaskRequest>("ReopenTask", wang, task)), test::HasReason("NO_STANDING_MEETING"));
  begin("monthly", "true");
  Do<v1::Task, v1::ReopenTaskRequest>("ReopenTask", wang, task);
  const auto item = Do<ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), name);
  EXPECT_EQ(item.state(), ActionItem::STATE_IN_PROGRESS);
  EXPECT_EQ(item.series(), "meetingSeries/monthly");
  const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), "");
  EXPECT_THAT(audit.violations(), IsEmpty()) << audit.DebugString();
}

TEST_F(HistoriesTest, EachOpenItemHasOneLivingOwnerAndIsOnAList) {
  CreateQuarter();
  CreateProject("spring");
  std::map<std::pair<std::string, absl::Time>, std::vector<AgendaEntry>> shown;
  const int steps = NumberFrom("HEITIE_HISTORY_STEPS", 100);
  for (int step = 0; step < steps && !HasFailure(); ++step) {
    SCOPED_TRACE(absl::StrCat("step ", step));
    clock_.Advance(absl::Seconds(1));
    agendas_.clear();
    const int what = Below(20);
    if (what < 2 || series_.empty()) {
      BeginSeries();
    } else if (what < 7) {
      GiveItem();
    } else if (what < 11) {
      Touch();
    } else if (what < 15) {
      Meet();
    } else if (what < 16) {
      EndSeries();
    } else if (what < 17) {
      Leave();
    } else if (what < 18) {
      const int which = Below(4);
      which == 0 ? MakeTask() : which == 1 ? CancelTask() : which == 2 ? EndProject() : Share();
    } else {
      Pass(absl::Hours(Below(60)));
    }
    Settle();
    FollowEnding();
    Agree();
    audits_[clock_.Now()] = AuditText();
    for (const std::string& meeting : agendas_) shown[{meeting, clock_.Now()}] = EntriesOf(meeting);
  }
  EXPECT_GT(items_.size(), 5u);
  // What was so is told later as it was.
  const auto as_of = [](absl::Time at) { return absl::StrCat("as_of { ", time::ToTimestamp(at).ShortDebugString(), " }"); };
  const absl::Time before = audits_.begin()->first - absl::Hours(1);
  clock_.Advance(absl::Hours(1));
  for (const auto& [at, audit] : audits_) EXPECT_EQ(AuditText(as_of(at)), audit) << at;
  for (const auto& [of, entries] : shown) {
    EXPECT_THAT((Refused<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", Analyst(),
                                                                              absl::StrCat("name: '", of.first, "' ", as_of(before)))),
                test::HasReason("NOT_FOUND"));
    const auto then = Call<v1::ComputeAgendaResponse>(
        "ComputeAgenda", Analyst(), test::Proto<v1::ComputeAgendaRequest>(absl::StrCat("name: '", of.first, "' ", as_of(of.second))));
    const auto now = Do<Meeting, v1::GetMeetingRequest>("GetMeeting", Analyst(), absl::StrCat("name: '", of.first, "'"));
    if (!now.has_publish_time() || time::ToTime(now.publish_time()) > of.second) {
      EXPECT_THAT(then.status(), test::HasReason("AGENDA_NOT_KEPT"));
      continue;
    }
    ASSERT_THAT(then, IsOk());
    ASSERT_EQ(static_cast<size_t>(then->agenda_entries_size()), entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      AgendaEntry told = then->agenda_entries(static_cast<int>(i)), kept = entries[i];
      told.clear_allowed_verbs();
      kept.clear_allowed_verbs();
      EXPECT_EQ(told.DebugString(), kept.DebugString());
    }
  }
  EXPECT_THAT(
      (Refused<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), as_of(clock_.Now() + absl::Seconds(1)))),
      test::HasViolation("as_of", "MEASURED_LATER"));
}

}  // namespace
}  // namespace heitie::planning
