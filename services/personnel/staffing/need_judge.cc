#include "services/personnel/staffing/need_judge.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/personnel/staffing/need.h"

namespace heitie::personnel {
namespace {

using v1::StaffingGap;

absl::Status UnlessNotFound(const absl::Status& status) { return absl::IsNotFound(status) ? absl::OkStatus() : status; }

}  // namespace

absl::Status NeedJudge::Note(record::Transaction& tx, const std::string& subject, const std::optional<StaffingGap>& need) const {
  if (!need) return tx.sql.Execute("DELETE FROM staffing_needs WHERE subject = ?", sql::Bind(subject)).status();
  std::string waits_for = absl::StrCat(" ", absl::StrJoin(need->staff(), " "), " ");
  if (!need->position().empty()) absl::StrAppend(&waits_for, need->position(), " ");
  return tx.sql
      .Execute(
          "INSERT INTO staffing_needs (subject, need, people, last_day) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
          " need = VALUES(need), people = VALUES(people), last_day = VALUES(last_day), guard = guard + 1",
          {subject, need->SerializeAsString(), waits_for, time::DayText(time::ToDay(need->end_date()))})
      .status();
}

absl::StatusOr<std::vector<std::string>> NeedJudge::Awaiting(record::Transaction& tx, const std::string& employee,
                                                             const std::set<std::string>& positions) const {
  // A name holds nothing that LIKE would read otherwise. The table has what is still to come or under way.
  std::string condition = "people LIKE ?";
  sql::Values values = sql::Bind(absl::StrCat("% ", employee, " %"));
  for (const std::string& position : positions) {
    condition += " OR people LIKE ?";
    values.push_back(absl::StrCat("% ", position, " %"));
  }
  std::vector<std::string> subjects;
  RETURN_IF_ERROR(tx.sql.Query(absl::StrCat("SELECT subject FROM staffing_needs WHERE ", condition, " ORDER BY subject"), values,
                               [&](const sql::Row& row) { subjects.push_back(row.Text(0)); }));
  return subjects;
}

absl::Status NeedJudge::GuardPosts(record::Transaction& tx, const std::set<std::string>& positions) const {
  for (const std::string& position : positions) RETURN_IF_ERROR(UnlessNotFound(positions_.Guard(tx, position).status()));
  return absl::OkStatus();
}

absl::StatusOr<Judgement> NeedJudge::JudgeNoted(record::Transaction& tx, const std::string& subject) const {
  RETURN_IF_ERROR(tx.sql.Execute("UPDATE staffing_needs SET guard = guard + 1 WHERE subject = ?", sql::Bind(subject)).status());
  Judgement judgement;
  RETURN_IF_ERROR(tx.sql.Query("SELECT need FROM staffing_needs WHERE subject = ?", sql::Bind(subject), [&](const sql::Row& row) {
    judgement.need.emplace();
    if (!judgement.need->ParseFromString(row.Text(0))) judgement.need.reset();
  }));
  if (!judgement.need) return judgement;
  StaffingGap& need = *judgement.need;
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  std::optional<v1::CheckQualificationRequest> question = QuestionOf(need, today);
  if (!question) {
    judgement.need.reset();
    return judgement;
  }
  if (!need.position().empty()) {
    RETURN_IF_ERROR(GuardPosts(tx, {need.position()}));
    ASSIGN_OR_RETURN(const People holders, employees_.HoldersOf(tx.sql, {need.position()}));
    for (const std::string& name : PoolOf(need, holders, today)) question->add_employees(name);
  }
  for (const std::string& employee : std::set<std::string>(question->employees().begin(), question->employees().end())) {
    RETURN_IF_ERROR(UnlessNotFound(employees_.kind().Guard(tx, employee).status()));
  }
  v1::CheckQualificationResponse answer = NobodyFor(need);
  if (!question->employees().empty()) {
    ASSIGN_OR_RETURN(answer, qualifications_.Judge(tx.sql, *question));
  }
  TakeAnswer(answer, need);
  judgement.gapes = !answer.qualified();
  return judgement;
}

absl::StatusOr<std::optional<HeadcountShortage>> NeedJudge::ShortageOf(sql::Session& session, const v1::HeadcountPlan& plan,
                                                                       absl::Time now) const {
  const absl::CivilDay today = policies_.DayOf(now);
  ASSIGN_OR_RETURN(const v1::DevelopmentPolicy policy, policies_.InForce(session, now));
  return plans_.ShortageOf(session, plan, today, HorizonOf(today, policy.gap_horizon_months()));
}

absl::StatusOr<std::optional<HeadcountShortage>> NeedJudge::ShortageOf(sql::Session& session, const StaffingGap& gap,
                                                                       absl::Time now) const {
  if (gap.source() != StaffingGap::SOURCE_HEADCOUNT_PLAN) return std::nullopt;
  ASSIGN_OR_RETURN(const v1::HeadcountPlan plan, plans_.kind().Find(session, gap.subject()));
  return ShortageOf(session, plan, now);
}

absl::StatusOr<Judgement> NeedJudge::JudgePlan(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::HeadcountPlan plan, plans_.kind().Guard(tx, name));
  ASSIGN_OR_RETURN(const std::optional<HeadcountShortage> shortage, ShortageOf(tx.sql, plan, tx.call.now));
  Judgement judgement;
  judgement.gapes = shortage.has_value();
  if (!shortage) {
    ASSIGN_OR_RETURN(const v1::ComputeHeadcountResponse headcount,
                     plans_.HeadcountOf(tx.sql, plan.position(), plan.department(), policies_.DayOf(tx.call.now)));
    judgement.need = NeedOf(plan, {{}, {}, headcount});
    judgement.need->clear_start_date();
    judgement.need->clear_end_date();
  } else {
    judgement.need = NeedOf(plan, *shortage);
    ASSIGN_OR_RETURN(const std::string proposer, plans_.ProposerOf(tx.sql, shortage->worst.version()));
    if (absl::StartsWith(proposer, "employees/")) judgement.need->set_requester(proposer);
  }
  const absl::StatusOr<v1::Position> position = positions_.Find(tx.sql, plan.position());
  RETURN_IF_ERROR(UnlessNotFound(position.status()));
  judgement.need->set_title(position.ok() ? position->title() : plan.position());
  return judgement;
}

absl::StatusOr<Judgement> NeedJudge::Judge(record::Transaction& tx, const std::string& subject) const {
  return absl::StartsWith(subject, "headcountPlans/") ? JudgePlan(tx, subject) : JudgeNoted(tx, subject);
}

absl::Status NeedJudge::Forget(record::Transaction& tx, absl::CivilDay today) const {
  return tx.sql.Execute("DELETE FROM staffing_needs WHERE last_day < ?", sql::Bind(time::DayText(today))).status();
}

}  // namespace heitie::personnel
