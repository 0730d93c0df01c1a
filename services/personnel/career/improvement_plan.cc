#include "services/personnel/career/improvement_plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/career/improvement_rule.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {

const status::Reason kNoHeldInterview{absl::StatusCode::kFailedPrecondition, "NO_HELD_INTERVIEW",
                                      "{interview} was not held with {employee}; without an interview there is no plan.",
                                      "{interview} 不是已與 {employee} 舉行的面談；未經面談不得訂定計劃。"};
const status::Reason kInterviewTooOld{absl::StatusCode::kFailedPrecondition, "INTERVIEW_TOO_OLD",
                                      "{interview} was held on {date}; a plan begins within {most} days.",
                                      "{interview} 於 {date} 舉行；計劃須於 {most} 天內開始。"};
const status::Reason kInterviewFollowed{absl::StatusCode::kFailedPrecondition, "INTERVIEW_FOLLOWED",
                                        "{interview} has led to {plan} already.", "{interview} 已有計劃 {plan}。"};
const status::Reason kMentorThemselves{absl::StatusCode::kInvalidArgument, "MENTOR_THEMSELVES", "{name} cannot be their own mentor.",
                                       "{name} 不能擔任自己的輔導人。"};
const status::Reason kReviewerThemselves{absl::StatusCode::kInvalidArgument, "REVIEWER_THEMSELVES", "{name} cannot review their own plan.",
                                         "{name} 不能檢討自己的計劃。"};
const status::Reason kImprovementPlanOpen{absl::StatusCode::kFailedPrecondition, "IMPROVEMENT_PLAN_OPEN",
                                          "{employee} has an open improvement plan: {plan}.", "{employee} 已有進行中的改進計劃 {plan}。"};
const status::Reason kNotThePerson{absl::StatusCode::kPermissionDenied, "NOT_THE_PERSON", "{employee} alone acknowledges this plan.",
                                   "此計劃僅能由 {employee} 本人確認。"};
const status::Reason kNotAWitness{absl::StatusCode::kPermissionDenied, "NOT_A_WITNESS",
                                  "{name} cannot witness this: that is for neither the person nor whoever presented the plan.",
                                  "{name} 不能見證：見證人不得為當事人或提出計劃者。"};
const status::Reason kNoReviewLeft{absl::StatusCode::kFailedPrecondition, "NO_REVIEW_LEFT", "All reviews of {name} are recorded.",
                                   "{name} 的檢討均已記錄。"};
const status::Reason kPlanNotOver{absl::StatusCode::kFailedPrecondition, "PLAN_NOT_OVER", "{name} is decided from its last day on, {end}.",
                                  "{name} 自最後一日 {end} 起始得決定。"};
const status::Reason kReviewsOutstanding{absl::StatusCode::kFailedPrecondition, "REVIEWS_OUTSTANDING",
                                         "The review of {name} on {date} is not recorded yet.", "{name} 於 {date} 的檢討尚未記錄。"};
const status::Reason kExtendedBefore{absl::StatusCode::kFailedPrecondition, "EXTENDED_BEFORE",
                                     "{name} was extended to {end} before, and is extended once only.",
                                     "{name} 已延長至 {end}，僅得延長一次。"};

namespace {

using v1::ImprovementPlan;
using v1::ImprovementReview;

constexpr char kAcknowledge[] = "acknowledge";
constexpr char kReviewPlan[] = "review";
constexpr char kDecidePlan[] = "decide";
constexpr char kPlanField[] = "improvement_plan.";

bool IsOpen(const ImprovementPlan& plan) {
  return plan.state() == ImprovementPlan::STATE_PRESENTED || plan.state() == ImprovementPlan::STATE_ACTIVE;
}

// Reviews after `first` as far apart as allowed, until the plan's end.
void AddReviews(ImprovementPlan& plan, absl::CivilDay first, int most) {
  for (const absl::CivilDay day : ReviewDays(first, time::ToDay(plan.end_date()), most)) {
    *plan.add_reviews()->mutable_due_date() = time::ToDate(day);
  }
}

}  // namespace

const record::StateMachine& ImprovementPlanMachine() {
  using State = ImprovementPlan;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(), {
                                     {State::STATE_PRESENTED, kAcknowledge, State::STATE_ACTIVE},
                                     {State::STATE_PRESENTED, "witness_refusal", State::STATE_ACTIVE},
                                     {State::STATE_ACTIVE, "record_review", State::STATE_ACTIVE, "one is left"},
                                     {State::STATE_ACTIVE, "pass", State::STATE_SUCCEEDED, "from the last day on, after all reviews"},
                                     {State::STATE_ACTIVE, "fail", State::STATE_FAILED, "from the last day on, after all reviews"},
                                     {State::STATE_ACTIVE, "extend", State::STATE_ACTIVE, "once, from the last day on, after all reviews"},
                                     {State::STATE_PRESENTED, "withdraw", State::STATE_WITHDRAWN},
                                     {State::STATE_ACTIVE, "withdraw", State::STATE_WITHDRAWN},
                                 });
  return machine;
}

ImprovementPlans::ImprovementPlans(const service::Context& context, const CareerPolicies& policies, const Leaders& leaders,
                                   const PerformanceInterviews& interviews, const record::Kind<v1::Employee>& employees,
                                   const record::Kind<v1::Course>& courses, const Approvals& approvals, const Steps& steps)
    : plans_(context.store, &ImprovementPlanMachine()),
      policies_(policies),
      leaders_(leaders),
      interviews_(interviews),
      employees_(employees),
      courses_(courses),
      approvals_(approvals),
      steps_(steps) {
  plans_.RestrictRows(leaders.Rows() || leaders.MadeBelow() || record::Own("mentor") || record::Own("reviewer"));
  plans_.SetFollow([this](record::Transaction& tx, const Plan* before, const Plan* after) { return KeepSteps(tx, before, after); });
  plans_.SetAllows([](const Plan& plan, const std::string& verb) {
    const bool all_reviewed = NextReview(plan) == plan.reviews_size();
    if (verb == "record_review") return !all_reviewed;
    if (verb == "extend") return all_reviewed && !plan.has_first_end_date();
    return all_reviewed || (verb != "pass" && verb != "fail");
  });
}

absl::Status ImprovementPlans::CheckTerms(record::Transaction& tx, const v1::CareerPolicy& policy, const Plan& plan) const {
  status::BadFields bad;
  CheckPlanDays(plan, policy, kPlanField, bad);
  const absl::CivilDay start = time::ToDay(plan.start_date()), end = std::max(start, time::ToDay(plan.end_date()));
  for (int i = 0; i < plan.courses_size(); ++i) {
    const absl::Status course = courses_.Find(tx.sql, plan.courses(i)).status();
    if (absl::IsNotFound(course)) {
      bad.Add(absl::StrCat(kPlanField, "courses[", i, "]"), kUnknownCourse, {{"course", plan.courses(i)}});
    } else {
      RETURN_IF_ERROR(course);
    }
  }
  const auto check = [&](const std::string& name, const char* field, const status::Reason& themselves) -> absl::Status {
    if (name != plan.employee()) return CheckEmployed(tx.sql, employees_, name, start, end, absl::StrCat(kPlanField, field), bad);
    bad.Add(absl::StrCat(kPlanField, field), themselves, {{"name", name}});
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(check(plan.mentor(), "mentor", kMentorThemselves));
  RETURN_IF_ERROR(check(plan.reviewer(), "reviewer", kReviewerThemselves));
  RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_, plan.employee(), start, start, absl::StrCat(kPlanField, "start_date"), bad));
  return bad.status();
}

absl::Status ImprovementPlans::CheckInterview(record::Transaction& tx, const v1::CareerPolicy& policy, const Plan& plan) const {
  const absl::StatusOr<v1::PerformanceInterview> interview = interviews_.kind().Find(tx.sql, plan.interview());
  if (!interview.ok() && !absl::IsNotFound(interview.status())) return interview.status();
  if (!interview.ok() || interview->employee() != plan.employee() || interview->state() != v1::PerformanceInterview::STATE_HELD) {
    return status::Error(kNoHeldInterview, {{"interview", plan.interview()}, {"employee", plan.employee()}});
  }
  const absl::CivilDay held = time::ToDay(interview->held_date()), start = time::ToDay(plan.start_date());
  if (start < held) {
    status::BadFields bad;
    bad.Add(absl::StrCat(kPlanField, "start_date"), status::kDatesReversed,
            {{"start", time::DayText(held)}, {"end", time::DayText(start)}});
    return bad.status();
  }
  if (start - held > policy.interview_days()) {
    return status::Error(kInterviewTooOld,
                         {{"interview", plan.interview()}, {"date", time::DayText(held)}, {"most", policy.interview_days()}});
  }
  ASSIGN_OR_RETURN(const std::vector<Plan> others,
                   plans_.Select(tx.sql, "WHERE interview = ? AND state <> 'STATE_WITHDRAWN'", sql::Bind(plan.interview())));
  if (others.empty()) return absl::OkStatus();
  return status::Error(kInterviewFollowed, {{"interview", plan.interview()}, {"plan", others.front().name()}});
}

absl::Status ImprovementPlans::Create(record::Transaction& tx, Plan& plan) {
  RETURN_IF_ERROR(leaders_.Check(tx.call, plan.employee()));
  // Whoever presents another plan to the same person, or promotes the person, waits here.
  RETURN_IF_ERROR(employees_.Guard(tx, plan.employee()).status());
  ASSIGN_OR_RETURN(const v1::CareerPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  if (plan.reviewer().empty()) plan.set_reviewer(tx.call.principal.name);
  for (ImprovementReview& review : *plan.mutable_reviews()) {
    ImprovementReview planned;
    *planned.mutable_due_date() = review.due_date();
    review = std::move(planned);
  }
  const absl::CivilDay start = time::ToDay(plan.start_date());
  if (plan.reviews().empty() && time::ToDay(plan.end_date()) - start < policy.most_plan_days()) {
    AddReviews(plan, start, policy.review_days());
  }
  RETURN_IF_ERROR(CheckTerms(tx, policy, plan));
  ASSIGN_OR_RETURN(const std::vector<Plan> open,
                   plans_.Select(tx.sql, absl::StrCat("WHERE employee = ? AND ", kOpenPlans), sql::Bind(plan.employee())));
  if (!open.empty()) return status::Error(kImprovementPlanOpen, {{"employee", plan.employee()}, {"plan", open.front().name()}});
  RETURN_IF_ERROR(CheckInterview(tx, policy, plan));
  plan.set_policy(policy.name());
  plan.set_state(Plan::STATE_PRESENTED);
  return absl::OkStatus();
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::Acknowledge(record::Transaction& tx,
                                                              const v1::AcknowledgeImprovementPlanRequest& request) {
  return plans_.Change(tx, request, kAcknowledge, [&](Plan& after) -> absl::Status {
    if (after.employee() != tx.call.principal.name) return status::Error(kNotThePerson, {{"employee", after.employee()}});
    *after.mutable_acknowledge_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::Witness(record::Transaction& tx, const v1::WitnessRefusalRequest& request) {
  return plans_.Change(tx, request, "witness_refusal", [&](Plan& after) -> absl::Status {
    const std::string& witness = tx.call.principal.name;
    if (witness == after.employee() || witness == after.creator()) return status::Error(kNotAWitness, {{"name", witness}});
    after.set_refusal(request.refusal());
    after.set_witness(witness);
    *after.mutable_witness_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::RecordReview(record::Transaction& tx, const v1::RecordImprovementReviewRequest& request) {
  return plans_.Change(tx, request, "record_review", [&](Plan& after) -> absl::Status {
    RETURN_IF_ERROR(leaders_.Check(tx.call, after.employee(), after.reviewer()));
    const int next = NextReview(after);
    if (next == after.reviews_size()) return status::Error(kNoReviewLeft, {{"name", after.name()}});
    ImprovementReview& review = *after.mutable_reviews(next);
    review.set_record(request.record());
    review.set_on_track(request.on_track());
    review.set_recorder(tx.call.principal.name);
    *review.mutable_record_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::Status ImprovementPlans::CheckDecision(record::Transaction& tx, const Plan& plan) const {
  RETURN_IF_ERROR(approvals_.Check(tx, plan.creator(), {plan.employee()}));
  const absl::CivilDay end = time::ToDay(plan.end_date());
  if (policies_.DayOf(tx.call.now) < end) return status::Error(kPlanNotOver, {{"name", plan.name()}, {"end", time::DayText(end)}});
  const int next = NextReview(plan);
  if (next == plan.reviews_size()) return absl::OkStatus();
  return status::Error(kReviewsOutstanding, {{"name", plan.name()}, {"date", time::DayText(time::ToDay(plan.reviews(next).due_date()))}});
}

template <typename Req>
absl::StatusOr<ImprovementPlan> ImprovementPlans::Decide(record::Transaction& tx, const Req& request, const char* verb) {
  return plans_.Change(tx, request, verb, [&](Plan& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecision(tx, after));
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::Pass(record::Transaction& tx, const v1::PassImprovementPlanRequest& request) {
  return Decide(tx, request, "pass");
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::Fail(record::Transaction& tx, const v1::FailImprovementPlanRequest& request) {
  return Decide(tx, request, "fail");
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::Extend(record::Transaction& tx, const v1::ExtendImprovementPlanRequest& request) {
  ASSIGN_OR_RETURN(const v1::CareerPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  return plans_.Change(tx, request, "extend", [&](Plan& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecision(tx, after));
    const absl::CivilDay old_end = time::ToDay(after.end_date()), end = time::ToDay(request.end_date());
    if (after.has_first_end_date()) return status::Error(kExtendedBefore, {{"name", after.name()}, {"end", time::DayText(old_end)}});
    status::BadFields bad;
    if (end <= old_end) {
      bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(old_end)}, {"end", time::DayText(end)}});
    } else if (end - old_end > policy.most_plan_days()) {
      bad.Add("end_date", kPlanTooLong, {{"days", end - old_end}, {"most", policy.most_plan_days()}});
    }
    RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_, after.employee(), end, end, "end_date", bad));
    RETURN_IF_ERROR(bad.status());
    *after.mutable_first_end_date() = after.end_date();
    *after.mutable_end_date() = request.end_date();
    after.set_extension_reason(request.reason());
    after.set_extender(tx.call.principal.name);
    AddReviews(after, old_end, policy.review_days());
    return absl::OkStatus();
  });
}

absl::StatusOr<ImprovementPlan> ImprovementPlans::Withdraw(record::Transaction& tx, const v1::WithdrawImprovementPlanRequest& request) {
  return plans_.Change(tx, request, "withdraw", [&](Plan& after) -> absl::Status {
    RETURN_IF_ERROR(approvals_.Check(tx, after.creator(), {after.employee()}));
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::Status ImprovementPlans::KeepSteps(record::Transaction& tx, const Plan* before, const Plan* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  if (!IsOpen(*after)) return steps_.DoneAll(tx, after->name());
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  if (after->state() == Plan::STATE_ACTIVE) {
    RETURN_IF_ERROR(steps_.Done(tx, after->name(), kAcknowledge));
    const int next = NextReview(*after);
    if (next < after->reviews_size()) {
      RETURN_IF_ERROR(
          steps_.Open(tx, {after->name(), kReviewPlan, after->reviewer(), policies_.EndOf(time::ToDay(after->reviews(next).due_date()))}));
    } else {
      RETURN_IF_ERROR(steps_.Done(tx, after->name(), kReviewPlan));
    }
  } else if (before == nullptr) {
    ASSIGN_OR_RETURN(const v1::CareerPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    RETURN_IF_ERROR(steps_.Open(tx, {after->name(), kAcknowledge, after->employee(), policies_.EndOf(today + policy.acknowledge_days())}));
  }
  // The decision waits from the beginning, so that it is overdue on the day after the last one whatever became of the plan.
  const absl::CivilDay end = time::ToDay(after->end_date());
  if (before != nullptr && time::ToDay(before->end_date()) == end) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, after->creator(), today, {after->employee()}));
  return steps_.Open(tx, {after->name(), kDecidePlan, approver, policies_.EndOf(end)});
}

void ImprovementPlans::Bind(record::Methods& methods) {
  methods.Reads(plans_);
  methods.Creates(plans_, this, &ImprovementPlans::Create);
  methods.Bind("AcknowledgeImprovementPlan", this, &ImprovementPlans::Acknowledge);
  methods.Bind("WitnessRefusal", this, &ImprovementPlans::Witness);
  methods.Bind("RecordImprovementReview", this, &ImprovementPlans::RecordReview);
  methods.Bind("PassImprovementPlan", this, &ImprovementPlans::Pass);
  methods.Bind("FailImprovementPlan", this, &ImprovementPlans::Fail);
  methods.Bind("ExtendImprovementPlan", this, &ImprovementPlans::Extend);
  methods.Bind("WithdrawImprovementPlan", this, &ImprovementPlans::Withdraw);
}

}  // namespace heitie::personnel
