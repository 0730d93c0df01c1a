#include "services/activity/launch/launch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/argument.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/status/shared.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/resource/v1/allotment_service.methods.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "services/activity/launch/allotting.h"
#include "services/activity/launch/fault_point.h"
#include "services/activity/launch/settlement.h"
#include "services/activity/launch/tracking.h"
#include "services/activity/preparation/staff_judgement.h"

namespace heitie::activity {

using status::Reason;
using v1::Activity;
using v1::Launch;
using v1::LaunchStep;

const status::Reason kLaunchContinues{absl::StatusCode::kUnavailable, "LAUNCH_CONTINUES",
                                      "{launch} is not finished yet; it goes on by itself: {why}", "{launch} 尚未完成，將自動繼續：{why}"};
const status::Reason kLaunchGivenUp{
    absl::StatusCode::kUnavailable, "LAUNCH_GIVEN_UP",
    "{launch} was given up, and what it took was given back, because a service did not answer for too long. Launch again.",
    "因服務過久未回應，{launch} 已放棄並歸還所取用的資源，請重新上線。"};
const status::Reason kLaunchTimeOutsideSchedule{absl::StatusCode::kInvalidArgument, "LAUNCH_TIME_OUTSIDE_SCHEDULE",
                                                "{launch_time} is past, or not between the start {start} and the end {end}.",
                                                "{launch_time} 已過，或不在開始 {start} 與結束 {end} 之間。"};
const status::Reason kNotScheduled{absl::StatusCode::kFailedPrecondition, "NOT_SCHEDULED", "{activity} has no scheduled launch.",
                                   "{activity} 沒有預定的上線。"};

namespace {

// Of launches that take goods and money one by one, which a process of the version before may finish as well.
constexpr char kResumeOldJob[] = "launch";
constexpr char kResumeJob[] = "launch-by-allotment";
constexpr char kScheduledJob[] = "scheduled-launch";
// How long the caller's own request has before the job looks after the launch. Both at once are harmless.
constexpr absl::Duration kResumeAfter = absl::Seconds(2);

// How long after a scheduled launch was given up the next one begins.
constexpr absl::Duration kRelaunchAfter = absl::Seconds(10);

// Whether it failed because somebody did not answer for too long, which is no verdict.
bool TimedOut(const Launch& launch) {
  return launch.state() == Launch::STATE_FAILED && launch.verdicts_size() == 1 && launch.verdicts(0).reason() == kLaunchTimedOut.id;
}

absl::Status Continues(const Launch& launch, const absl::Status& outage) {
  const status::Arg why = status::ReasonOf(outage).empty() ? status::Arg("why", absl::StatusCodeToString(outage.code()))
                                                           : status::Arg("why", status::Say(outage));
  return status::RetryLater(kLaunchContinues, kResumeAfter, {{"launch", launch.name()}, why});
}

absl::Status PlanScheduled(record::Transaction& tx, const std::string& activity, absl::Time time) {
  job::Job job;
  job.name = ScheduledLaunchJob(activity);
  job.kind = kScheduledJob;
  job.payload = activity;
  job.run_time = time;
  return job::Schedule(tx, job);
}

std::string ResumeJobOf(const Launch& launch) { return launch.name() + "/resume"; }

resource::v1::CreateReservationRequest ReservationFor(const Launch& launch, const Activity& activity) {
  resource::v1::CreateReservationRequest request;
  auto* reservation = request.mutable_reservation();
  reservation->set_subject(activity.name());
  for (const auto& line : activity.bill_of_materials()) {
    auto* reserved = reservation->add_lines();
    reserved->set_item(line.item());
    reserved->set_quantity(line.quantity());
  }
  *reservation->mutable_expire_time() = launch.expire_time();
  request.set_reservation_id(record::IdOf(launch.reservation()));
  return request;
}

resource::v1::CreateEncumbranceRequest EncumbranceFor(const Launch& launch, const Activity& activity) {
  resource::v1::CreateEncumbranceRequest request;
  auto* encumbrance = request.mutable_encumbrance();
  encumbrance->set_budget(activity.budget());
  encumbrance->set_subject(activity.name());
  encumbrance->set_amount_minor(activity.budget_amount_minor());
  *encumbrance->mutable_expire_time() = launch.expire_time();
  request.set_encumbrance_id(record::IdOf(launch.encumbrance()));
  return request;
}

}  // namespace

v1::PreconditionVerdict RefusedStep(LaunchStep::Kind kind, const Activity& activity, const absl::Status& refusal,
                                    status::Language language) {
  const std::string reason = status::ReasonOf(refusal);
  const bool of_money = reason == status::kBudgetShort.id || reason == status::kOutsideBudgetPeriod.id;
  const v1::Precondition precondition = of_money ? v1::PRECONDITION_BUDGET : PreconditionOf(kind);
  if (reason == status::kStockShort.id)
    return Unmet(precondition, status::kStockShort, {{"items", status::ArgumentOf(refusal, "items")}}, language);
  if (reason == status::kBudgetShort.id) {
    const status::Args args = {{"budget", activity.budget()},
                               {"available", status::ArgumentOf(refusal, "available")},
                               {"asked", activity.budget_amount_minor()},
                               {"currency", status::ArgumentOf(refusal, "currency")}};
    return Unmet(precondition, status::kBudgetShort, args, language);
  }
  if (reason == status::kOutsideBudgetPeriod.id) {
    status::Args args;
    for (const char* name : {"budget", "day", "start", "end"}) args.push_back({name, status::ArgumentOf(refusal, name)});
    return Unmet(precondition, status::kOutsideBudgetPeriod, args, language);
  }
  return Unmet(precondition, kFactsRefused, {{"service", "resource"}, {"why", status::Say(refusal)}}, language);
}

Launches::Launches(service::Context context, Activities& activities, Readiness& readiness)
    : context_(context), activities_(activities), readiness_(readiness), launches_(context.store) {
  for (const char* job : {kResumeOldJob, kResumeJob}) {
    context_.jobs.Handle(
        job, [this](const rpc::Call& call, const job::Job& job) { return job::Outcome::Failed(Drive(call, job.payload).status()); });
  }
  context_.jobs.Handle(kScheduledJob, [this](const rpc::Call& call, const job::Job& job) { return RunScheduled(call, job.payload); });
}

absl::StatusOr<Activity> Launches::LaunchActivity(const rpc::Call& call, const v1::LaunchActivityRequest& request) {
  ASSIGN_OR_RETURN(const Launch launch, context_.store.Write(call, request, [&](record::Transaction& tx) -> absl::StatusOr<Launch> {
    ASSIGN_OR_RETURN(const record::Step<Activity> step, activities_.kind().Begin(tx, request, "launch"));
    return Begin(tx, step.before, call.principal.name, false);
  }));
  FaultPoint("launch.begun");
  const absl::StatusOr<Launch> outcome = Drive(call, launch.name());
  if (!outcome.ok()) return Continues(launch, outcome.status());
  if (TimedOut(*outcome)) {
    // The same request begins anew.
    RETURN_IF_ERROR(context_.store.Forget(call, request, launch));
    return status::RetryLater(kLaunchGivenUp, kResumeAfter, {{"launch", launch.name()}});
  }
  if (outcome->state() == Launch::STATE_FAILED) return Refusal(request.name(), {outcome->verdicts().begin(), outcome->verdicts().end()});
  return activities_.kind().Get(call, request.name());
}

absl::StatusOr<Launch> Launches::Begin(record::Transaction& tx, const Activity& before, const std::string& launcher, bool scheduled) {
  const absl::Time now = context_.clock.Now();
  Launch launch = NewLaunch(before, record::NewId(now), launcher, scheduled, now);
  RETURN_IF_ERROR(launches_.Insert(tx, launch, "begin"));
  Activity after = before;
  after.set_launch(launch.name());
  after.clear_scheduled_launch_time();
  after.clear_launch_scheduler();
  RETURN_IF_ERROR(activities_.kind().Update(tx, before, after, "begin_launch"));
  RETURN_IF_ERROR(job::Cancel(tx, ScheduledLaunchJob(before.name())));
  job::Job resume;
  resume.name = ResumeJobOf(launch);
  resume.kind = kResumeJob;
  resume.payload = launch.name();
  resume.run_time = now + kResumeAfter;
  RETURN_IF_ERROR(job::Schedule(tx, resume));
  return launch;
}

absl::StatusOr<Launch> Launches::Drive(const rpc::Call& call, const std::string& name) {
  for (;;) {
    ASSIGN_OR_RETURN(const Launch launch, launches_.Get(call, name));
    if (IsOver(launch)) return launch;
    const LaunchStep::Kind kind = *NextStep(launch);
    const bool forward = launch.state() == Launch::STATE_RUNNING;
    ASSIGN_OR_RETURN(const Note note, forward ? Forward(call, launch, kind) : GiveBack(call, launch, kind));
    FaultPoint(absl::StrCat("launch.", StepName(kind), forward ? ".done" : ".given_back"));
    RETURN_IF_ERROR(Record(call, launch, absl::StrCat(forward ? "" : "give_back_", StepName(kind)), note));
    if (forward) FaultPoint(absl::StrCat("launch.", StepName(kind), ".noted"));
  }
}

bool Launches::IsTooLate(const Launch& launch) const { return context_.clock.Now() >= time::ToTime(launch.expire_time()); }

Launches::Note Launches::TimeOut(const rpc::Call& call, LaunchStep::Kind kind) {
  const auto verdict = Unmet(PreconditionOf(kind), kLaunchTimedOut, {{"step", StepName(kind)}}, call.language);
  return [verdict](Launch& l, absl::Time now) { NoteUncertain(l, {verdict}, now); };
}

absl::StatusOr<Launches::Note> Launches::Forward(const rpc::Call& call, const Launch& launch, LaunchStep::Kind kind) {
  if (IsTooLate(launch)) return TimeOut(call, kind);
  if (kind == LaunchStep::KIND_CHECK_GATE || kind == LaunchStep::KIND_RECHECK_GATE) return Gate(call, launch);
  if (kind == LaunchStep::KIND_GO_LIVE) return Note(NoteDone);
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Get(call, record::ParentOf(launch.name())));
  if (kind == LaunchStep::KIND_TAKE_ALLOTMENT) return TakeAllotment(call, launch, activity);
  const absl::Status taken = Take(AsService(call), launch, activity, kind);
  if (taken.ok()) return Note(NoteDone);
  if (status::IsOutage(taken)) return taken;
  // What it took has expired meanwhile, for which somebody waited too long, and which is no verdict either.
  if (IsTooLate(launch)) return TimeOut(call, kind);
  const auto verdict = RefusedStep(kind, activity, taken, call.language);
  return Note([verdict](Launch& l, absl::Time now) { NoteRefused(l, {verdict}, now); });
}

// A job's time is the database's; a clock that is a moment behind must not find that its launch has not come yet.
absl::Time Launches::Now(const rpc::Call& call) const { return std::max(call.now, context_.clock.Now()); }

absl::StatusOr<Launches::Note> Launches::Gate(const rpc::Call& call, const Launch& launch) {
  const std::string activity = record::ParentOf(launch.name());
  ASSIGN_OR_RETURN(const Readiness::Verdicts gate,
                   readiness_.Evaluate(call, activity, Now(call), TakenReservation(launch), TakenEncumbrance(launch)));
  const absl::Status open = CheckOpen(activity, gate.verdicts);
  if (absl::IsUnavailable(open)) return open;
  if (!open.ok()) return Note([verdicts = gate.verdicts](Launch& l, absl::Time now) { NoteRefused(l, verdicts, now); });
  return Note([activity = gate.activity, verdicts = gate.verdicts](Launch& l, absl::Time now) { NoteGate(l, activity, verdicts, now); });
}

absl::StatusOr<Launches::Note> Launches::TakeAllotment(const rpc::Call& call, const Launch& launch, const Activity& activity) {
  const Wanted wanted = WantedBy(launch, activity);
  resource::v1::CreateAllotmentRequest request;
  *request.mutable_allotment() = AllotmentFor(activity, wanted, context_.time_zone);
  *request.mutable_allotment()->mutable_expire_time() = launch.expire_time();
  request.set_allotment_id(record::IdOf(launch.allotment()));
  request.set_request_id(RequestIdOf(launch, LaunchStep::KIND_TAKE_ALLOTMENT, false));
  const auto taken = context_.Call(AsService(call), resource::v1::method::CreateAllotment, request);
  if (taken.ok()) {
    return Note([reservation = taken->reservation(), encumbrance = EncumbranceOf(*taken)](Launch& l, absl::Time now) {
      NoteTaken(l, reservation, encumbrance, now);
    });
  }
  if (status::IsOutage(taken.status())) return taken.status();
  if (IsTooLate(launch)) return TimeOut(call, LaunchStep::KIND_TAKE_ALLOTMENT);
  // What the gate says of what was taken by others meanwhile; where it cannot be asked, the refusal speaks for itself.
  const auto gate = readiness_.Evaluate(call, activity.name(), Now(call));
  const auto verdicts =
      RefusedAllotment(taken.status(), wanted, gate.ok() ? gate->verdicts : std::vector<v1::PreconditionVerdict>(), call.language);
  return Note([verdicts](Launch& l, absl::Time now) { NoteRefused(l, verdicts, now); });
}

absl::Status Launches::Take(const rpc::Call& call, const Launch& launch, const Activity& activity, LaunchStep::Kind kind) {
  const std::string request_id = RequestIdOf(launch, kind, false);
  switch (kind) {
    case LaunchStep::KIND_RESERVE_MATERIALS: {
      resource::v1::CreateReservationRequest request = ReservationFor(launch, activity);
      request.set_request_id(request_id);
      return context_.Call(call, resource::v1::method::CreateReservation, request).status();
    }
    case LaunchStep::KIND_PRE_COMMIT_MONEY: {
      resource::v1::CreateEncumbranceRequest request = EncumbranceFor(launch, activity);
      request.set_request_id(request_id);
      return context_.Call(call, resource::v1::method::CreateEncumbrance, request).status();
    }
    case LaunchStep::KIND_COMMIT_MONEY: {
      resource::v1::CommitEncumbranceRequest request;
      request.set_name(launch.encumbrance());
      request.set_amount_minor(activity.budget_amount_minor());
      request.set_request_id(request_id);
      return context_.Call(call, resource::v1::method::CommitEncumbrance, request).status();
    }
    case LaunchStep::KIND_CONFIRM_RESERVATION: {
      resource::v1::ConfirmReservationRequest request;
      request.set_name(launch.reservation());
      request.set_request_id(request_id);
      return context_.Call(call, resource::v1::method::ConfirmReservation, request).status();
    }
    case LaunchStep::KIND_CONFIRM_ALLOTMENT: {
      resource::v1::ConfirmAllotmentRequest request;
      request.set_name(launch.allotment());
      request.set_request_id(request_id);
      return context_.Call(call, resource::v1::method::ConfirmAllotment, request).status();
    }
    default:
      return absl::InternalError(absl::StrCat("takes nothing: ", StepName(kind)));
  }
}

absl::StatusOr<Launches::Note> Launches::GiveBack(const rpc::Call& call, const Launch& launch, LaunchStep::Kind kind) {
  const std::string request_id = RequestIdOf(launch, kind, true);
  if (kind == LaunchStep::KIND_TAKE_ALLOTMENT) {
    RETURN_IF_ERROR(ReleaseAllotment(context_, AsService(call), launch.allotment(), request_id, absl::StrCat(launch.name(), " failed.")));
    return Note(NoteGivenBack);
  }
  const bool materials = kind == LaunchStep::KIND_RESERVE_MATERIALS;
  RETURN_IF_ERROR(materials ? ReleaseReservation(context_, AsService(call), launch.reservation(), request_id)
                            : ReleaseEncumbrance(context_, AsService(call), launch.encumbrance(), request_id));
  return Note(NoteGivenBack);
}

absl::Status Launches::Record(const rpc::Call& call, const Launch& seen, const std::string& action, const Note& note) {
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Launch before, launches_.Lock(tx, seen.name()));
    if (before.etag() != seen.etag()) return absl::OkStatus();  // Another process has noted this step.
    Launch after = before;
    note(after, context_.clock.Now());
    RETURN_IF_ERROR(launches_.Update(tx, before, after, action));
    return IsOver(after) ? Finish(tx, after) : absl::OkStatus();
  });
}

absl::Status Launches::Finish(record::Transaction& tx, const Launch& launch) {
  ASSIGN_OR_RETURN(const Activity before, activities_.kind().Lock(tx, record::ParentOf(launch.name())));
  Activity after = before;
  after.clear_launch();
  if (launch.state() == Launch::STATE_SUCCEEDED) {
    RETURN_IF_ERROR(activities_.kind().Advance(after, "launch"));
    after.set_reservation(TakenReservation(launch));
    after.set_encumbrance(TakenEncumbrance(launch));
    after.set_allotment(TakenAllotment(launch));
    *after.mutable_launch_time() = time::ToTimestamp(context_.clock.Now());
    after.clear_last_launch_error();
    RETURN_IF_ERROR(DropStaffJudgement(tx, after));
    RETURN_IF_ERROR(ScheduleTracking(tx, after, context_.clock.Now()));
  } else {
    after.set_last_launch_error(Explain(before.name(), {launch.verdicts().begin(), launch.verdicts().end()}));
    if (launch.scheduled() && TimedOut(launch)) {
      const absl::Time next = context_.clock.Now() + kRelaunchAfter;
      *after.mutable_scheduled_launch_time() = time::ToTimestamp(next);
      after.set_launch_scheduler(launch.launcher());
      RETURN_IF_ERROR(PlanScheduled(tx, before.name(), next));
    }
  }
  RETURN_IF_ERROR(activities_.kind().Update(tx, before, after, launch.state() == Launch::STATE_SUCCEEDED ? "launch" : "fail_launch"));
  return job::Cancel(tx, ResumeJobOf(launch));
}

absl::StatusOr<Activity> Launches::Schedule(record::Transaction& tx, const v1::ScheduleLaunchRequest& request) {
  return activities_.kind().Change(tx, request, "schedule_launch", [&](const Activity& before, Activity& after) -> absl::Status {
    const absl::Time time = time::ToTime(request.launch_time());
    const absl::Time start = time::ToTime(before.start_time()), end = time::ToTime(before.end_time());
    if (time <= tx.call.now || time < start || time >= end) {
      const std::string& zone = before.time_zone();
      status::BadFields bad;
      bad.Add("launch_time", kLaunchTimeOutsideSchedule,
              {{"launch_time", time::LocalText(time, zone)}, {"start", time::LocalText(start, zone)}, {"end", time::LocalText(end, zone)}});
      return bad.status();
    }
    *after.mutable_scheduled_launch_time() = time::ToTimestamp(time);
    after.set_launch_scheduler(tx.call.principal.name);
    return PlanScheduled(tx, before.name(), time);
  });
}

absl::StatusOr<Activity> Launches::Unschedule(record::Transaction& tx, const v1::UnscheduleLaunchRequest& request) {
  return activities_.kind().Change(tx, request, "unschedule_launch", [&](const Activity& before, Activity& after) -> absl::Status {
    if (!before.has_scheduled_launch_time()) return status::Error(kNotScheduled, {{"activity", before.name()}});
    after.clear_scheduled_launch_time();
    after.clear_launch_scheduler();
    return job::Cancel(tx, ScheduledLaunchJob(before.name()));
  });
}

// Begins the launch for the one who scheduled it, once the gate can be asked. From then on the launch's own job answers for it.
job::Outcome Launches::RunScheduled(const rpc::Call& call, const std::string& activity) {
  const absl::StatusOr<Readiness::Verdicts> gate = readiness_.Evaluate(call, activity, Now(call));
  if (!gate.ok()) return job::Outcome::Failed(gate.status());
  if (const absl::Status open = CheckOpen(activity, gate->verdicts); absl::IsUnavailable(open)) return job::Outcome::Failed(open);
  Launch launch;
  absl::Time again = absl::InfiniteFuture();
  const absl::Status begun = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    launch.Clear();
    again = absl::InfiniteFuture();
    ASSIGN_OR_RETURN(record::Step<Activity> step, activities_.kind().Begin(tx, record::Target(activity)));
    if (!step.before.has_scheduled_launch_time()) return absl::OkStatus();
    if (const absl::Time time = time::ToTime(step.before.scheduled_launch_time()); time > Now(call)) {
      again = time;
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(activities_.kind().Advance(step.after, "launch"));
    ASSIGN_OR_RETURN(launch, Begin(tx, step.before, step.before.launch_scheduler(), true));
    return absl::OkStatus();
  });
  if (!begun.ok()) return job::Outcome::Failed(begun);
  if (again != absl::InfiniteFuture()) return job::Outcome::Again(again);
  FaultPoint("launch.begun");
  if (!launch.name().empty()) Drive(call, launch.name()).IgnoreError();
  return job::Outcome::Done();
}

void Launches::Bind(record::Methods& methods) {
  methods.Reads(launches_);
  methods.Bind("LaunchActivity", this, &Launches::LaunchActivity);
  methods.Bind("ScheduleLaunch", this, &Launches::Schedule);
  methods.Bind("UnscheduleLaunch", this, &Launches::Unschedule);
}

}  // namespace heitie::activity
