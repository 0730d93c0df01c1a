#include "services/activity/template/templates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"

namespace heitie::activity {

using v1::ActivityTemplate;
using v1::ActivityTemplateVersion;
using v1::TemplateInstance;

namespace {

const status::Reason kVersionNotPublished{absl::StatusCode::kFailedPrecondition, "VERSION_NOT_PUBLISHED",
                                          "{version} is not published, so nothing is made of it.", "{version} 尚未發布，不可使用。"};

// As the contract says.
constexpr int kMostReviewed = 100;

}  // namespace

Templates::Templates(Activities& activities, const PreparationItems& items, const SupportCommitments& commitments, Pages& pages,
                     Guardrails& guardrails, const Calendars& calendars)
    : activities_(activities),
      items_(items),
      commitments_(commitments),
      pages_(pages),
      guardrails_(guardrails),
      calendars_(calendars),
      templates_(activities.store()),
      versions_(activities.store(), templates_, CheckTemplateVersion),
      reports_(activities.store()) {
  versions_.SetPublishCheck([this](record::Transaction& tx, const ActivityTemplateVersion& version) {
    return calendars_.Named(tx.sql, version.calendar()).status();
  });
}

absl::StatusOr<ActivityTemplateVersion> Templates::VersionOf(sql::Session& session, absl::Time now, const std::string& name,
                                                             const std::string& version) const {
  RETURN_IF_ERROR(templates_.Find(session, name).status());
  if (version.empty()) return versions_.InForce(session, now, name);
  if (record::ParentOf(version) != name) return status::NotFound(version);
  ASSIGN_OR_RETURN(ActivityTemplateVersion found, versions_.kind().Find(session, version));
  if (found.state() != ActivityTemplateVersion::STATE_PUBLISHED) return status::Error(kVersionNotPublished, {{"version", version}});
  return found;
}

absl::StatusOr<std::map<std::string, std::vector<v1::TargetResult>>> Templates::ResultsOf(sql::Session& session,
                                                                                          const std::string& name) const {
  const sql::Values range = record::ChildRange(name, "versions");
  ASSIGN_OR_RETURN(
      const std::vector<v1::Activity> reviewed,
      activities_.kind().Select(session,
                                absl::StrCat("WHERE template_version > ? AND template_version < ? AND state IN ('STATE_REVIEWED',"
                                             " 'STATE_ARCHIVED') ORDER BY launch_time DESC, name LIMIT ",
                                             kMostReviewed),
                                range));
  std::map<std::string, std::vector<v1::TargetResult>> results;
  for (const v1::Activity& activity : reviewed) {
    ASSIGN_OR_RETURN(const std::vector<v1::Report> last,
                     reports_.Select(session, "WHERE name > ? AND name < ? ORDER BY create_time DESC, name DESC LIMIT 1",
                                     record::ChildRange(activity.name(), "reports")));
    for (const v1::Report& report : last) {
      results[report.name()] = {report.snapshot().results().begin(), report.snapshot().results().end()};
    }
  }
  return results;
}

template <typename Request>
absl::StatusOr<TemplateInstance> Templates::Make(sql::Session& session, absl::Time now, const Request& request) const {
  ASSIGN_OR_RETURN(const ActivityTemplateVersion version, VersionOf(session, now, request.name(), request.version()));
  const std::string activity = absl::StrCat("activities/", request.activity_id());
  const absl::Status there = activities_.kind().Find(session, activity).status();
  if (there.ok()) return status::Error(status::kAlreadyExists, {{"name", activity}});
  if (!absl::IsNotFound(there)) return there;
  ASSIGN_OR_RETURN(const std::shared_ptr<const time::NamedCalendar> calendar, calendars_.Named(session, version.calendar()));
  ExpansionFacts facts{calendar->arithmetic, {}, nullptr};
  const bool medians = std::any_of(version.targets().begin(), version.targets().end(),
                                   [](const v1::TemplateTarget& target) { return target.rule() == v1::TemplateTarget::RULE_MEDIAN; });
  if (medians) {
    ASSIGN_OR_RETURN(facts.results, ResultsOf(session, request.name()));
  }
  const auto& left = activities_.store().owners().left;
  if (left) facts.left = [&left, now](const std::string& employee) { return left(employee, now); };
  return Expand(version, request.activity_id(), request.order(), facts);
}

absl::Status Templates::Write(record::Transaction& tx, TemplateInstance& instance) {
  RETURN_IF_ERROR(activities_.kind().Insert(tx, *instance.mutable_activity()));
  for (v1::PreparationItem& item : *instance.mutable_preparation_items()) RETURN_IF_ERROR(items_.kind().Insert(tx, item));
  for (v1::SupportCommitment& commitment : *instance.mutable_support_commitments()) {
    RETURN_IF_ERROR(commitments_.kind().Insert(tx, commitment));
  }
  for (v1::Page& page : *instance.mutable_pages()) RETURN_IF_ERROR(pages_.Add(tx, page));
  for (v1::ActivityGuardrail& guardrail : *instance.mutable_activity_guardrails()) RETURN_IF_ERROR(guardrails_.Add(tx, guardrail));
  return absl::OkStatus();
}

absl::StatusOr<TemplateInstance> Templates::Preview(const rpc::Call& call, const v1::PreviewActivityTemplateRequest& request) {
  TemplateInstance instance;
  bool made = false;
  const absl::Status undone = activities_.store().Write(call, [&](record::Transaction& tx) -> absl::Status {
    made = false;
    ASSIGN_OR_RETURN(instance, Make(tx.sql, tx.call.now, request));
    TemplateInstance written = instance;
    RETURN_IF_ERROR(Write(tx, written));
    made = true;
    return absl::CancelledError("a preview");
  });
  if (made && absl::IsCancelled(undone)) return instance;
  return undone;
}

absl::StatusOr<TemplateInstance> Templates::Instantiate(record::Transaction& tx, const v1::InstantiateActivityTemplateRequest& request) {
  ASSIGN_OR_RETURN(TemplateInstance instance, Make(tx.sql, tx.call.now, request));
  if (!request.preview_digest().empty() && request.preview_digest() != instance.digest()) {
    return status::Error(kPreviewOutdated, {{"name", instance.activity().name()}});
  }
  RETURN_IF_ERROR(Write(tx, instance));
  return instance;
}

void Templates::Bind(record::Methods& methods) {
  methods.Reads(templates_);
  methods.Creates(templates_);
  methods.Updates(templates_);
  record::DeletesUnused(methods, templates_);
  versions_.Bind<v1::PublishActivityTemplateVersionRequest>(methods);
  methods.Bind("PreviewActivityTemplate", this, &Templates::Preview);
  methods.Bind("InstantiateActivityTemplate", this, &Templates::Instantiate);
}

}  // namespace heitie::activity
