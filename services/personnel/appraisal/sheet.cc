#include "services/personnel/appraisal/sheet.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/personnel/appraisal/scheme.h"
#include "services/personnel/staff/approval.h"

namespace heitie::personnel {

const status::Reason kNotYourSheet{absl::StatusCode::kPermissionDenied, "NOT_YOUR_SHEET",
                                   "Only the person concerned may do this to {name}.", "僅本人可對 {name} 執行此操作。"};
const status::Reason kNotTheRater{absl::StatusCode::kPermissionDenied, "NOT_THE_RATER", "{name} is rated by {rater} and nobody else.",
                                  "{name} 由 {rater} 評分，其他人不得評分。"};
const status::Reason kSelfReviewAwaited{absl::StatusCode::kFailedPrecondition, "SELF_REVIEW_AWAITED",
                                        "{employee} may still send a review of the month, until {due}.",
                                        "{employee} 尚可於 {due} 前提交自評，屆時再評分。"};
const status::Reason kBadRater{absl::StatusCode::kInvalidArgument, "BAD_RATER",
                               "{rater} cannot rate this: it takes an employee of today other than the person who is rated.",
                               "{rater} 不能評分：評分人須為在職人員，且不得為受評人本人。"};
const status::Reason kUnknownIndicator{absl::StatusCode::kInvalidArgument, "UNKNOWN_INDICATOR", "Nothing named {indicator} is rated here.",
                                       "此處沒有以評分衡量的指標 {indicator}。"};
const status::Reason kUnknownLevelOfIndicator{absl::StatusCode::kInvalidArgument, "UNKNOWN_LEVEL_OF_INDICATOR",
                                              "{indicator} has {most} levels.", "{indicator} 只有 {most} 個等級。"};
const status::Reason kNotRatedYet{absl::StatusCode::kInvalidArgument, "NOT_RATED_YET", "{indicator} is to be rated as well.",
                                  "{indicator} 也須評分。"};
const status::Reason kUnknownPart{absl::StatusCode::kInvalidArgument, "UNKNOWN_PART",
                                  "The sheet has no part {part}, or several to choose from.",
                                  "考核表沒有 {part} 這一段，或有多段而未指明。"};

namespace {

using v1::Appraisal;
using v1::AppraisalPart;
using v1::AppraisalScheme;

constexpr char kReviewAction[] = "self_review";
constexpr char kRateAction[] = "rate";

const v1::AppraisalIndicator* RatedIndicator(const AppraisalScheme& scheme, const std::string& id) {
  for (const v1::AppraisalIndicator& indicator : scheme.indicators()) {
    if (indicator.id() == id && !indicator.has_measure()) return &indicator;
  }
  return nullptr;
}

absl::Status CheckNotConcerned(const rpc::Call& call, const AppraisalPart& part) {
  if (call.principal.name != part.employee()) return absl::OkStatus();
  return status::Error(kOwnProposal, {{"name", call.principal.name}});
}

}  // namespace

void CheckLevelOf(const AppraisalScheme& scheme, const std::string& indicator, int level, const std::string& path,
                  std::set<std::string>& seen, status::BadFields& bad) {
  const v1::AppraisalIndicator* rated = RatedIndicator(scheme, indicator);
  if (rated == nullptr) return bad.Add(path + ".indicator", kUnknownIndicator, {{"indicator", indicator}});
  if (!seen.insert(indicator).second) bad.Add(path + ".indicator", kDuplicateIndicator, {{"indicator", indicator}});
  if (level > rated->levels_size()) {
    bad.Add(path + ".level", kUnknownLevelOfIndicator, {{"indicator", indicator}, {"most", rated->levels_size()}});
  }
}

absl::StatusOr<Appraisal> AppraisalSheets::Review(record::Transaction& tx, const v1::SubmitSelfReviewRequest& request) {
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, rows_.GuardOpen(tx, request.name()));
  ASSIGN_OR_RETURN(record::Step<Appraisal> step, rows_.sheets.Begin(tx, request, "review"));
  if (step.before.employee() != tx.call.principal.name) return status::Error(kNotYourSheet, {{"name", step.before.name()}});
  ASSIGN_OR_RETURN(std::vector<AppraisalPart> parts, rows_.PartsBelow(tx.sql, request.name()));
  step.after.clear_self_scores();
  std::map<std::string, std::set<std::string>> seen;
  status::BadFields bad;
  for (int i = 0; i < request.self_scores_size(); ++i) {
    const v1::SelfScoreEntry& entry = request.self_scores(i);
    const std::string path = absl::StrCat("self_scores[", i, "]");
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const AppraisalPart& one) {
      return entry.part().empty() ? parts.size() == 1 : one.name() == entry.part();
    });
    if (part == parts.end()) {
      bad.Add(path + ".part", kUnknownPart, {{"part", entry.part().empty() ? "?" : entry.part()}});
      continue;
    }
    ASSIGN_OR_RETURN(const AppraisalScheme scheme, rows_.Scheme(tx.sql, cycle, part->scheme()));
    CheckLevelOf(scheme, entry.indicator(), entry.level(), path, seen[part->name()], bad);
    v1::AppraisalSelfScore& score = *step.after.add_self_scores();
    score.set_part(part->name());
    score.set_indicator(entry.indicator());
    score.set_level(entry.level());
    if (!entry.words().empty()) *score.mutable_words() = TextOf(entry.words());
  }
  RETURN_IF_ERROR(bad.status());
  *step.after.mutable_summary() = TextOf(request.summary());
  *step.after.mutable_review_time() = time::ToTimestamp(tx.call.now);
  // Each rater reads the summary and what concerns the part.
  for (const AppraisalPart& part : parts) {
    ASSIGN_OR_RETURN(const AppraisalPart before, rows_.parts.Lock(tx, part.name()));
    AppraisalPart after = before;
    *after.mutable_summary() = step.after.summary();
    after.clear_self_scores();
    for (const v1::AppraisalSelfScore& score : step.after.self_scores()) {
      if (score.part() == part.name()) *after.add_self_scores() = score;
    }
    RETURN_IF_ERROR(rows_.parts.Update(tx, before, after, "review"));
  }
  RETURN_IF_ERROR(steps_.Done(tx, request.name(), kReviewAction));
  return rows_.sheets.Finish(tx, step);
}

absl::StatusOr<AppraisalPart> AppraisalSheets::Rate(record::Transaction& tx, const v1::RateAppraisalPartRequest& request) {
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, rows_.cycles.Guard(tx, CycleOf(request.name())));
  ASSIGN_OR_RETURN(record::Step<AppraisalPart> step, rows_.parts.Begin(tx, request));
  if (cycle.state() != v1::AppraisalCycle::STATE_OPEN) return status::Error(kCycleNotOpen, {{"name", cycle.name()}});
  AppraisalPart& after = step.after;
  if (after.rater() != tx.call.principal.name) {
    return status::Error(kNotTheRater, {{"name", after.name()}, {"rater", after.rater().empty() ? "?" : after.rater()}});
  }
  RETURN_IF_ERROR(rows_.parts.Advance(after, "rate"));
  step.verb = "rate";
  if (!after.has_summary() && tx.call.now <= time::ToTime(cycle.review_due_time())) {
    return status::Error(kSelfReviewAwaited, {{"employee", after.employee()},
                                              {"due", time::LocalText(time::ToTime(cycle.review_due_time()), rows_.zone().name())}});
  }
  ASSIGN_OR_RETURN(const AppraisalScheme scheme, rows_.Scheme(tx.sql, cycle, after.scheme()));
  after.clear_ratings();
  ASSIGN_OR_RETURN(const bool erased, rows_.IsErased(tx.sql, after.employee()));
  std::set<std::string> seen;
  status::BadFields bad;
  for (int i = 0; i < request.ratings_size(); ++i) {
    const v1::RatingEntry& entry = request.ratings(i);
    CheckLevelOf(scheme, entry.indicator(), entry.level(), absl::StrCat("ratings[", i, "]"), seen, bad);
    const v1::AppraisalIndicator* indicator = RatedIndicator(scheme, entry.indicator());
    if (indicator == nullptr || entry.level() > indicator->levels_size()) continue;
    v1::AppraisalRating& rating = *after.add_ratings();
    rating.set_indicator(entry.indicator());
    rating.set_level(entry.level());
    rating.set_points(indicator->levels(entry.level() - 1).points());
    if (!erased) *rating.mutable_words() = TextOf(entry.words());
  }
  for (const v1::AppraisalIndicator& indicator : scheme.indicators()) {
    if (!indicator.has_measure() && seen.count(indicator.id()) == 0) bad.Add("ratings", kNotRatedYet, {{"indicator", indicator.id()}});
  }
  RETURN_IF_ERROR(bad.status());
  *after.mutable_rate_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(steps_.Done(tx, after.name(), kRateAction));
  return rows_.parts.Finish(tx, step);
}

absl::StatusOr<AppraisalPart> AppraisalSheets::ReplaceRater(record::Transaction& tx, const v1::ReplaceRaterRequest& request) {
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, rows_.GuardOpen(tx, request.name()));
  return rows_.parts.Change(tx, request, "replace_rater", [&](const AppraisalPart& before, AppraisalPart& after) -> absl::Status {
    RETURN_IF_ERROR(CheckNotConcerned(tx.call, before));
    const absl::StatusOr<v1::Employee> rater = employees_.kind().Find(tx.sql, request.rater());
    if (!rater.ok() && !absl::IsNotFound(rater.status())) return rater.status();
    if (!rater.ok() || request.rater() == before.employee() || !EmployedOn(*rater, rows_.DayOf(tx.call.now))) {
      status::BadFields bad;
      bad.Add("rater", kBadRater, {{"rater", request.rater()}});
      return bad.status();
    }
    v1::AppraisalReplacement& replacement = *after.add_replacements();
    replacement.set_rater(before.rater());
    replacement.set_cause(v1::AppraisalReplacement::CAUSE_DECIDED);
    ASSIGN_OR_RETURN(*replacement.mutable_reason(), rows_.WordsAbout(tx.sql, before.employee(), request.reason()));
    *replacement.mutable_replace_time() = time::ToTimestamp(tx.call.now);
    after.set_rater(request.rater());
    ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, cycle));
    ASSIGN_OR_RETURN(const absl::Time extended, rows_.After(tx.sql, tx.call.now, terms.replacement));
    *after.mutable_due_time() = time::ToTimestamp(std::max(extended, time::ToTime(before.due_time())));
    return steps_.Open(tx, {after.name(), kRateAction, after.rater(), time::ToTime(after.due_time())});
  });
}

absl::StatusOr<AppraisalPart> AppraisalSheets::Excuse(record::Transaction& tx, const v1::ExcuseAppraisalPartRequest& request) {
  RETURN_IF_ERROR(rows_.GuardOpen(tx, request.name()).status());
  return rows_.parts.Change(tx, request, "excuse", [&](const AppraisalPart& before, AppraisalPart& after) -> absl::Status {
    RETURN_IF_ERROR(CheckNotConcerned(tx.call, before));
    ASSIGN_OR_RETURN(*after.mutable_excuse_reason(), rows_.WordsAbout(tx.sql, before.employee(), request.reason()));
    after.set_excuse_decider(tx.call.principal.name);
    return steps_.DoneAll(tx, after.name());
  });
}

void AppraisalSheets::Bind(record::Methods& methods) {
  methods.Reads(rows_.sheets);
  methods.Reads(rows_.parts);
  methods.Bind("SubmitSelfReview", this, &AppraisalSheets::Review);
  methods.Bind("RateAppraisalPart", this, &AppraisalSheets::Rate);
  methods.Bind("ReplaceRater", this, &AppraisalSheets::ReplaceRater);
  methods.Bind("ExcuseAppraisalPart", this, &AppraisalSheets::Excuse);
}

}  // namespace heitie::personnel
