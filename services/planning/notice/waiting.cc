#include "services/planning/notice/waiting.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace heitie::planning {

using v1::Notice;
using v1::Project;

namespace {

const status::Phrase kProjectSubmitted{"{title} ({project}) waits for approval.", "「{title}」（{project}）待核准。"};
const status::Phrase kProjectBack{"{title} ({project}) is a draft again.", "「{title}」（{project}）已退回草稿。"};
const status::Phrase kProjectDecided{"It is decided.", "已有決定。"};

}  // namespace

absl::Status TellOfProject(record::Transaction& tx, const Notices& notices, const Recipients& recipients, const Project* before,
                           const Project* after) {
  if (after == nullptr || (before != nullptr && before->state() == after->state())) return absl::OkStatus();
  Telling telling{.cause = absl::StrCat(after->name(), " ", Project::State_Name(after->state()), " ", after->etag()),
                  .subject = after->name(),
                  .wording = "project-submitted",
                  .phrase = kProjectSubmitted,
                  .args = {{"title", after->title()}, {"project", after->name()}}};
  if (after->state() == Project::STATE_SUBMITTED) {
    ASSIGN_OR_RETURN(const std::vector<std::string> managers,
                     recipients.WithRole(tx.sql, options::v1::ROLE_OPERATIONS_MANAGER, tx.call.now));
    return notices.TellAll(tx, telling, managers);
  }
  if (before == nullptr || before->state() != Project::STATE_SUBMITTED) return absl::OkStatus();
  RETURN_IF_ERROR(notices.End(tx, after->name(), kProjectDecided));
  if (after->state() != Project::STATE_DRAFT) return absl::OkStatus();
  const Telling back{.cause = telling.cause,
                     .recipient = after->owner(),
                     .subject = telling.subject,
                     .wording = "project-back",
                     .phrase = kProjectBack,
                     .args = telling.args};
  return notices.Tell(tx, back);
}

}  // namespace heitie::planning
