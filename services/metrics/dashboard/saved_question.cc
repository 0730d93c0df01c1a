#include "services/metrics/dashboard/saved_question.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {

const status::Reason kSavedQuestionInUse{absl::StatusCode::kFailedPrecondition, "SAVED_QUESTION_IN_USE",
                                         "{name} stands on {dashboards:list}.", "{dashboards:list} 使用了 {name}。"};
const status::Reason kSavedQuestionInUseUnseen{absl::StatusCode::kFailedPrecondition, "SAVED_QUESTION_IN_USE_UNSEEN",
                                               "{name} stands on dashboards that are not shared with you; operations managers see them.",
                                               "有未與您分享的儀表板使用了 {name}；運營經理可以查看這些儀表板。"};

using v1::SavedQuestion;

SavedQuestions::SavedQuestions(record::Store& store, absl::TimeZone zone, FindUse use)
    : zone_(zone), use_(std::move(use)), questions_(store), versions_(store) {
  questions_.RestrictRows(SharedRows());
  questions_.SetFollow([this](record::Transaction& tx, const SavedQuestion* before, const SavedQuestion* after) {
    return versions_.Follow(tx, before, after);
  });
}

absl::Status SavedQuestions::Settle(record::Transaction& tx, const SavedQuestion* before, SavedQuestion& after) const {
  status::BadFields bad;
  RETURN_IF_ERROR(SettleSharing(tx, before, "saved_question", after, bad));
  analysis::PlanOf(after.question(), zone_, tx.call.now, "saved_question.question", bad);
  RETURN_IF_ERROR(bad.status());
  return versions_.Number(tx.call, before, after);
}

absl::Status SavedQuestions::Create(record::Transaction& tx, SavedQuestion& question) { return Settle(tx, nullptr, question); }

absl::Status SavedQuestions::Update(record::Transaction& tx, const SavedQuestion& before, SavedQuestion& after) {
  return Settle(tx, &before, after);
}

absl::Status SavedQuestions::Delete(record::Transaction& tx, const SavedQuestion& question) {
  RETURN_IF_ERROR(CheckOwner(tx.call, question.name(), question.owner()));
  ASSIGN_OR_RETURN(const Use use, use_(tx, question.name()));
  if (!use.dashboards.empty()) {
    return status::Error(kSavedQuestionInUse, {{"name", question.name()}, {"dashboards", absl::StrJoin(use.dashboards, ", ")}});
  }
  return use.others ? status::Error(kSavedQuestionInUseUnseen, {{"name", question.name()}}) : absl::OkStatus();
}

void SavedQuestions::Bind(record::Methods& methods) {
  methods.Reads(questions_);
  methods.Creates(questions_, this, &SavedQuestions::Create);
  methods.Updates(questions_, this, &SavedQuestions::Update);
  methods.Deletes(questions_, this, &SavedQuestions::Delete);
  methods.Reads(versions_.kind());
}

}  // namespace heitie::metrics
