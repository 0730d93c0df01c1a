#include "services/personnel/onboarding/onboarding_template.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "heitie/personnel/v1/onboarding_template.pb.h"
#include "services/personnel/staff/position.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {

const status::Reason kDuplicateTask{absl::StatusCode::kInvalidArgument, "DUPLICATE_TASK", "The task {id} stands in the list twice.",
                                    "工作 {id} 在清單中重複。"};
const status::Reason kTaskIncomplete{absl::StatusCode::kInvalidArgument, "TASK_INCOMPLETE", "The task {id} needs this to say what is done.",
                                     "工作 {id} 缺少此項，無法說明如何完成。"};
const status::Reason kTaskMixed{absl::StatusCode::kInvalidArgument, "TASK_MIXED", "This belongs to a task of another kind than {id}.",
                                "此項屬於另一類工作，與 {id} 的類別不符。"};
const status::Reason kUnknownDocument{absl::StatusCode::kInvalidArgument, "UNKNOWN_DOCUMENT", "No version of {document} is in force.",
                                      "{document} 沒有生效中的版本。"};

namespace {

using v1::OnboardingTask;

std::string TaskField(int i, const std::string& field) { return absl::StrCat("onboarding_template.tasks[", i, "].", field); }

}  // namespace

absl::Status CheckTasks(const v1::OnboardingTemplate& version) {
  status::BadFields bad;
  std::set<std::string> ids;
  for (int i = 0; i < version.tasks_size(); ++i) {
    const OnboardingTask& task = version.tasks(i);
    if (!ids.insert(task.id()).second) bad.Add(TaskField(i, "id"), kDuplicateTask, {{"id", task.id()}});
    const auto belongs = [&](bool needed, bool there, const std::string& field) {
      if (needed != there) bad.Add(TaskField(i, field), needed ? kTaskIncomplete : kTaskMixed, {{"id", task.id()}});
    };
    const bool confirmed = task.kind() == OnboardingTask::KIND_CONFIRM;
    belongs(task.kind() == OnboardingTask::KIND_READ, !task.document().empty(), "document");
    belongs(task.kind() == OnboardingTask::KIND_COURSE, !task.course().empty(), "course");
    belongs(confirmed, task.confirmer() != OnboardingTask::CONFIRMER_UNSPECIFIED, "confirmer");
    belongs(confirmed && task.confirmer() == OnboardingTask::CONFIRMER_DUTY, !task.duty().empty(), "duty");
  }
  return bad.status();
}

OnboardingTemplates::OnboardingTemplates(record::Store& store, const record::Kind<v1::Position>& positions,
                                         const record::Kind<v1::Course>& courses, const record::Kind<v1::Duty>& duties,
                                         const Handbook& handbook)
    : courses_(courses), duties_(duties), handbook_(handbook), versions_(store, positions, CheckTasks) {
  versions_.SetPublishCheck([this](record::Transaction& tx, const v1::OnboardingTemplate& version) { return CheckNames(tx, version); });
}

absl::Status OnboardingTemplates::CheckNames(record::Transaction& tx, const v1::OnboardingTemplate& version) const {
  status::BadFields bad;
  for (int i = 0; i < version.tasks_size(); ++i) {
    const OnboardingTask& task = version.tasks(i);
    if (!task.document().empty()) {
      const absl::Status text = handbook_.InForce(tx.sql, tx.call.now, task.document()).status();
      if (status::ReasonOf(text) == record::kNoVersionInForce.id) {
        bad.Add(TaskField(i, "document"), kUnknownDocument, {{"document", task.document()}});
      } else {
        RETURN_IF_ERROR(text);
      }
    }
    if (!task.course().empty()) {
      const absl::Status course = courses_.Find(tx.sql, task.course()).status();
      if (absl::IsNotFound(course)) {
        bad.Add(TaskField(i, "course"), kUnknownCourse, {{"course", task.course()}});
      } else {
        RETURN_IF_ERROR(course);
      }
    }
    if (!task.duty().empty()) {
      const absl::Status duty = duties_.Find(tx.sql, task.duty()).status();
      if (absl::IsNotFound(duty)) {
        bad.Add(TaskField(i, "duty"), kUnknownDuty, {{"duty", task.duty()}});
      } else {
        RETURN_IF_ERROR(duty);
      }
    }
  }
  return bad.status();
}

absl::StatusOr<std::optional<v1::OnboardingTemplate>> OnboardingTemplates::InForce(sql::Session& sql, absl::Time at,
                                                                                   const std::string& position) const {
  absl::StatusOr<v1::OnboardingTemplate> version = versions_.InForce(sql, at, position);
  if (status::ReasonOf(version.status()) == record::kNoVersionInForce.id) return std::nullopt;
  RETURN_IF_ERROR(version.status());
  return *std::move(version);
}

void OnboardingTemplates::Bind(record::Methods& methods) { versions_.Bind<v1::PublishOnboardingTemplateRequest>(methods); }

}  // namespace heitie::personnel
