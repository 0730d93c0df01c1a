#include "services/personnel/appraisal/policy.h"

#include <numeric>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace heitie::personnel {

const status::Reason kGradesGap{absl::StatusCode::kInvalidArgument, "GRADES_GAP",
                                "Nobody with points between {points} and {next} would have a grade; {grade} is to begin or end elsewhere.",
                                "{points} 分至 {next} 分之間沒有等級，請調整 {grade} 的起訖分數。"};
const status::Reason kGradesOverlap{absl::StatusCode::kInvalidArgument, "GRADES_OVERLAP",
                                    "{grade} ends at {points} and overlaps the better grade, which begins at {next}.",
                                    "{grade} 的上限為 {points} 分，與自 {next} 分起的較佳等級重疊。"};
const status::Reason kEmptyGrade{absl::StatusCode::kInvalidArgument, "EMPTY_GRADE", "{grade} ends before it begins: nobody could have it.",
                                 "{grade} 的上限不高於下限，沒有人能取得。"};
const status::Reason kDuplicateGrade{absl::StatusCode::kInvalidArgument, "DUPLICATE_GRADE", "There are two grades {grade}.",
                                     "等級 {grade} 重複。"};
const status::Reason kSharesNotWhole{absl::StatusCode::kInvalidArgument, "SHARES_NOT_WHOLE", "The shares add to {sum} instead of 10000.",
                                     "各等級的比例合計為 {sum}，應為 10000。"};
const status::Reason kBadCaps{absl::StatusCode::kInvalidArgument, "BAD_CAPS",
                              "{grade} cannot have a cap: the best grades have caps, and the last one has none, where those who fall end.",
                              "{grade} 不可設名額：名額只設於最佳的等級，最後一級不設，以容納遞補下來的人。"};

namespace {

constexpr char kGrades[] = "appraisal_policy.grades";

std::string PathOf(int i, const char* field) { return absl::StrCat(kGrades, "[", i, "].", field); }

void CheckPoints(const v1::AppraisalPolicy& policy, status::BadFields& bad) {
  int64_t end = kMostPoints;
  for (int i = 0; i < policy.grades_size(); ++i) {
    const v1::Grade& grade = policy.grades(i);
    const status::Arg name{"grade", grade.grade()};
    if (grade.from_points() >= grade.to_points()) bad.Add(PathOf(i, "to_points"), kEmptyGrade, {name});
    if (grade.to_points() < end) bad.Add(PathOf(i, "to_points"), kGradesGap, {name, {"points", grade.to_points()}, {"next", end}});
    if (grade.to_points() > end) bad.Add(PathOf(i, "to_points"), kGradesOverlap, {name, {"points", grade.to_points()}, {"next", end}});
    end = grade.from_points();
  }
  if (end > 0) {
    const int last = policy.grades_size() - 1;
    bad.Add(PathOf(last, "from_points"), kGradesGap, {{"grade", policy.grades(last).grade()}, {"points", 0}, {"next", end}});
  }
}

void CheckSharesAndCaps(const v1::AppraisalPolicy& policy, status::BadFields& bad) {
  std::set<std::string> names;
  int64_t sum = 0;
  bool capped = true;
  for (int i = 0; i < policy.grades_size(); ++i) {
    const v1::Grade& grade = policy.grades(i);
    if (!names.insert(grade.grade()).second) bad.Add(PathOf(i, "grade"), kDuplicateGrade, {{"grade", grade.grade()}});
    if (grade.capped() && (!capped || i + 1 == policy.grades_size())) bad.Add(PathOf(i, "capped"), kBadCaps, {{"grade", grade.grade()}});
    capped = capped && grade.capped();
    sum += grade.share();
  }
  if (sum != kAllWeight) bad.Add(kGrades, kSharesNotWhole, {{"sum", sum}});
}

}  // namespace

absl::Status CheckPolicy(const v1::AppraisalPolicy& policy) {
  status::BadFields bad;
  CheckPoints(policy, bad);
  CheckSharesAndCaps(policy, bad);
  return bad.status();
}

std::vector<GradeRange> GradesOf(const v1::AppraisalPolicy& policy) {
  std::vector<GradeRange> grades;
  for (const v1::Grade& grade : policy.grades()) grades.push_back({grade.grade(), grade.from_points(), grade.to_points()});
  return grades;
}

QuotaRules QuotasOf(const v1::AppraisalPolicy& policy) {
  QuotaRules rules;
  for (const v1::Grade& grade : policy.grades()) {
    rules.shares.push_back(grade.share());
    rules.capped += grade.capped();
  }
  rules.least_group = policy.least_group();
  rules.ties_rise = policy.tie_rule() == v1::TIE_RULE_HIGHER;
  return rules;
}

YearRules YearRulesOf(const v1::AppraisalPolicy& policy) {
  return {policy.months_weight(), kAllWeight - policy.months_weight(), policy.least_months()};
}

v1::TryAppraisalPolicyResponse Try(const v1::AppraisalPolicy& policy, const v1::TryAppraisalPolicyRequest& request) {
  const std::vector<GradeRange> grades = GradesOf(policy);
  const QuotaRules quotas = QuotasOf(policy);
  const YearRules years = YearRulesOf(policy);
  v1::TryAppraisalPolicyResponse response;
  std::vector<Candidate> group;
  std::vector<v1::TriedResult*> of_group;
  for (const v1::TriedPerson& person : request.people()) {
    v1::TriedResult& result = *response.add_results();
    const std::optional<int64_t> score = ScoreYear({person.months().begin(), person.months().end()}, person.own_points(), years);
    if (!score) continue;
    result.set_score(static_cast<int32_t>(*score));
    group.push_back({*score, person.own_points(), person.measured_points(), GradeOf(grades, *score)});
    of_group.push_back(&result);
  }
  const std::vector<Graded> graded = ApplyQuotas(group, quotas);
  for (size_t i = 0; i < group.size(); ++i) {
    of_group[i]->set_score_grade(grades[group[i].natural].grade);
    of_group[i]->set_grade(grades[graded[i].grade].grade);
    of_group[i]->set_rank(static_cast<int32_t>(graded[i].rank));
  }
  if (static_cast<int64_t>(group.size()) < quotas.least_group) return response;
  for (const int64_t seats : Seats(static_cast<int64_t>(group.size()), quotas)) response.add_seats(static_cast<int32_t>(seats));
  return response;
}

// Version 1 comes with the schema.
AppraisalPolicies::AppraisalPolicies(record::Store& store) : versions_(store, "appraisalPolicies/default", CheckPolicy) {}

absl::StatusOr<v1::TryAppraisalPolicyResponse> AppraisalPolicies::TryVersion(const rpc::Call& call,
                                                                             const v1::TryAppraisalPolicyRequest& request) {
  ASSIGN_OR_RETURN(const v1::AppraisalPolicy policy, versions_.kind().Get(call, request.name()));
  return Try(policy, request);
}

void AppraisalPolicies::Bind(record::Methods& methods) {
  versions_.Bind<v1::PublishAppraisalPolicyRequest>(methods);
  methods.Bind("TryAppraisalPolicy", this, &AppraisalPolicies::TryVersion);
}

}  // namespace heitie::personnel
