#include "services/planning/survey/survey.h"

#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/seal/cipher.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/planning/survey/questionnaire.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Survey;
using v1::SurveyInvitation;
using v1::SurveyVersion;

const status::Reason kAnonymousIsFinal{StatusCode::kInvalidArgument, "ANONYMOUS_IS_FINAL",
                                       "Nobody knows which answer of an anonymous survey to replace.",
                                       "匿名問卷無從得知要取代哪一份答卷。"};
const status::Reason kClosesBeforeItOpens{StatusCode::kInvalidArgument, "CLOSES_BEFORE_IT_OPENS", "It closes after it opens.",
                                          "關閉時間須晚於開放時間。"};
const status::Reason kSurveyFixed{StatusCode::kInvalidArgument, "SURVEY_FIXED", "{field} does not change once a version is published.",
                                  "發布版本後，{field} 不得變更。"};
const status::Reason kSurveyClosed{StatusCode::kFailedPrecondition, "SURVEY_CLOSED", "{name} is closed.", "{name} 已關閉。"};
const status::Reason kNothingAsked{StatusCode::kFailedPrecondition, "SURVEY_ASKS_NOTHING", "{name} asks no question yet.",
                                   "{name} 尚無任何題目。"};
const status::Reason kNothingPublished{StatusCode::kFailedPrecondition, "NOTHING_PUBLISHED", "No version of {name} is published yet.",
                                       "{name} 尚未發布任何版本。"};
const status::Reason kQuotaChanged{StatusCode::kFailedPrecondition, "QUOTA_CHANGED",
                                   "{quota} was published with other conditions: give another id to what counts something else.",
                                   "{quota} 已以其他條件發布：若計算對象不同，請使用另一個代碼。"};
const status::Reason kNotInviting{StatusCode::kFailedPrecondition, "NOT_INVITING", "{name} is not answered by invitation.",
                                  "{name} 並非以邀請作答。"};
const status::Reason kExpiryOutOfRange{StatusCode::kInvalidArgument, "EXPIRY_OUT_OF_RANGE", "Invitations expire from now on until {last}.",
                                       "邀請的到期時間須介於現在與 {last} 之間。"};
const status::Reason kInvitationsTold{StatusCode::kFailedPrecondition, "INVITATIONS_TOLD",
                                      "This request has made its invitations, and their keys are told once. Revoke them and make others.",
                                      "此請求已建立邀請，而金鑰僅告知一次。請撤銷後另行建立。"};
namespace {

// How late a survey opens or closes by itself at most; answers are judged by its times exactly.
constexpr absl::Duration kTimesInterval = absl::Seconds(5);
constexpr int64_t kSurveysAtOnce = 200;
constexpr absl::Duration kLongestInvitation = absl::Hours(24 * 366);

void CheckSurvey(const Survey& survey, status::BadFields& bad) {
  if (survey.anonymous() && survey.replaceable()) bad.Add("survey.replaceable", kAnonymousIsFinal);
  if (survey.has_open_time() && survey.has_close_time() && time::ToTime(survey.close_time()) <= time::ToTime(survey.open_time())) {
    bad.Add("survey.close_time", kClosesBeforeItOpens);
  }
  CheckQuestionnaire(survey.questions(), survey.quotas(), "survey.", bad);
}

// What clients say of it is nothing that is kept.
void ForgetUsed(Survey& survey) {
  for (v1::SurveyQuota& quota : *survey.mutable_quotas()) quota.clear_used();
}

absl::Status FillUsed(sql::Session& session, Survey& survey) {
  if (survey.version() == 0 || survey.quotas().empty()) return absl::OkStatus();
  std::map<std::string, int64_t> used;
  RETURN_IF_ERROR(session.Query("SELECT quota, used FROM survey_quotas_used WHERE survey = ?", sql::Bind(survey.name()),
                                [&](const sql::Row& row) { used[row.Text(0)] = row.Int(1); }));
  for (v1::SurveyQuota& quota : *survey.mutable_quotas()) {
    if (const auto it = used.find(quota.quota_id()); it != used.end()) quota.set_used(static_cast<int32_t>(it->second));
  }
  return absl::OkStatus();
}

bool SameConditions(const v1::SurveyQuota& one, const v1::SurveyQuota& other) {
  v1::SurveyQuota a = one, b = other;
  for (v1::SurveyQuota* quota : {&a, &b}) {
    quota->clear_limit();
    quota->clear_used();
  }
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

const v1::SurveyQuota* QuotaOf(const SurveyQuotas& quotas, const std::string& id) {
  const auto it = std::find_if(quotas.begin(), quotas.end(), [&](const v1::SurveyQuota& quota) { return quota.quota_id() == id; });
  return it == quotas.end() ? nullptr : &*it;
}

}  // namespace

const record::StateMachine& SurveyMachine() {
  static const auto& machine = *new record::StateMachine(Survey::State_descriptor(),
                                                         {
                                                             {Survey::STATE_DRAFT, "publish", Survey::STATE_DRAFT, "it asks something"},
                                                             {Survey::STATE_OPEN, "publish", Survey::STATE_OPEN, "it asks something"},
                                                             {Survey::STATE_PAUSED, "publish", Survey::STATE_PAUSED, "it asks something"},
                                                             {Survey::STATE_DRAFT, "open", Survey::STATE_OPEN, "a version is published"},
                                                             {Survey::STATE_OPEN, "pause", Survey::STATE_PAUSED},
                                                             {Survey::STATE_PAUSED, "resume", Survey::STATE_OPEN},
                                                             {Survey::STATE_DRAFT, "close", Survey::STATE_CLOSED},
                                                             {Survey::STATE_OPEN, "close", Survey::STATE_CLOSED},
                                                             {Survey::STATE_PAUSED, "close", Survey::STATE_CLOSED},
                                                         });
  return machine;
}

const record::StateMachine& SurveyInvitationMachine() {
  static const auto& machine = *new record::StateMachine(SurveyInvitation::State_descriptor(),
                                                         {{SurveyInvitation::STATE_ISSUED, "revoke", SurveyInvitation::STATE_REVOKED}});
  return machine;
}

std::string DigestOf(const std::string& text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return absl::BytesToHexString(digest);
}

std::string RandomKey() { return absl::BytesToHexString(seal::RandomBytes(16)); }

std::string VersionName(const std::string& survey, int32_t version) { return absl::StrCat(survey, "/surveyVersions/", version); }

Surveys::Surveys(const service::Context& context, SurveyTables& tables) : tables_(tables) {
  tables_.surveys.SetDecorator(FillUsed);
  tables_.surveys.SetAllows([](const Survey& survey, const std::string& verb) {
    if (verb == "publish") return !survey.questions().empty();
    return verb != "open" || survey.version() > 0;
  });
  context.jobs.Recur("open-and-close-surveys", kTimesInterval,
                     [this](const rpc::Call& call, const job::Job&) { return OpenAndClose(call); });
}

absl::Status Surveys::Create(record::Transaction&, Survey& survey) {
  status::BadFields bad;
  CheckSurvey(survey, bad);
  RETURN_IF_ERROR(bad.status());
  ForgetUsed(survey);
  survey.set_state(Survey::STATE_DRAFT);
  return absl::OkStatus();
}

absl::Status Surveys::Update(record::Transaction&, const Survey& before, Survey& after) {
  if (before.state() == Survey::STATE_CLOSED) return status::Error(kSurveyClosed, {{"name", before.name()}});
  status::BadFields bad;
  CheckSurvey(after, bad);
  if (before.version() > 0) {
    if (after.anonymous() != before.anonymous()) bad.Add("survey.anonymous", kSurveyFixed, {{"field", "anonymous"}});
    if (after.replaceable() != before.replaceable()) bad.Add("survey.replaceable", kSurveyFixed, {{"field", "replaceable"}});
  }
  RETURN_IF_ERROR(bad.status());
  ForgetUsed(after);
  return absl::OkStatus();
}

absl::Status Surveys::KeepQuotas(record::Transaction& tx, const SurveyVersion& version, const SurveyVersion* before) const {
  const std::string survey = record::ParentOf(version.name());
  SurveyQuotas fresh;
  for (const v1::SurveyQuota& quota : version.quotas()) {
    const v1::SurveyQuota* earlier = before == nullptr ? nullptr : QuotaOf(before->quotas(), quota.quota_id());
    if (earlier != nullptr && !SameConditions(quota, *earlier)) return status::Error(kQuotaChanged, {{"quota", quota.quota_id()}});
    if (earlier == nullptr) {
      *fresh.Add() = quota;
    } else {
      RETURN_IF_ERROR(tx.sql
                          .Execute("UPDATE survey_quotas_used SET quota_limit = ? WHERE survey = ? AND quota = ?",
                                   sql::Bind(quota.limit(), survey, quota.quota_id()))
                          .status());
    }
  }
  if (fresh.empty()) return absl::OkStatus();
  // What was answered before counts for what is limited only now. Nobody answers meanwhile: the row of the survey is held.
  std::map<std::string, int64_t> used;
  if (before != nullptr) {
    RETURN_IF_ERROR(tx.sql.Query("SELECT answers FROM survey_responses WHERE survey = ? AND counted AND NOT replaced", sql::Bind(survey),
                                 [&](const sql::Row& row) {
                                   v1::NamedSurveyResponse response;
                                   if (!response.ParseFromString(row.Text(0))) return;
                                   for (const std::string& id : QuotasOf(fresh, response.answers())) ++used[id];
                                 }));
  }
  for (const v1::SurveyQuota& quota : fresh) {
    RETURN_IF_ERROR(
        tx.sql.Execute("DELETE FROM survey_quotas_used WHERE survey = ? AND quota = ?", sql::Bind(survey, quota.quota_id())).status());
    RETURN_IF_ERROR(tx.sql
                        .Execute("INSERT INTO survey_quotas_used (survey, quota, used, quota_limit) VALUES (?, ?, ?, ?)",
                                 sql::Bind(survey, quota.quota_id(), used[quota.quota_id()], quota.limit()))
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Survey> Surveys::Publish(record::Transaction& tx, const v1::PublishSurveyRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Survey> step, tables_.surveys.Begin(tx, request, "publish"));
  if (step.before.questions().empty()) return status::Error(kNothingAsked, {{"name", request.name()}});
  SurveyVersion before;
  if (step.before.version() > 0) {
    ASSIGN_OR_RETURN(before, tables_.survey_versions.Find(tx.sql, VersionName(request.name(), step.before.version())));
  } else {
    ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.planning.policies.InForce(tx.sql, tx.call.now));
    step.after.set_minimum_group(policy.survey_minimum_group() == 0 ? kShippedMinimumGroup : policy.survey_minimum_group());
    step.after.set_planning_policy(policy.name());
  }
  SurveyVersion version;
  version.set_version(step.before.version() + 1);
  version.set_name(VersionName(request.name(), version.version()));
  *version.mutable_questions() = step.before.questions();
  *version.mutable_quotas() = step.before.quotas();
  version.set_publisher(tx.call.principal.name);
  RETURN_IF_ERROR(tables_.survey_versions.Insert(tx, version, "publish"));
  RETURN_IF_ERROR(KeepQuotas(tx, version, step.before.version() > 0 ? &before : nullptr));
  step.after.set_version(version.version());
  return tables_.surveys.Finish(tx, step);
}

absl::StatusOr<Survey> Surveys::Open(record::Transaction& tx, const v1::OpenSurveyRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Survey> step, tables_.surveys.Begin(tx, request, "open"));
  if (step.before.version() == 0) return status::Error(kNothingPublished, {{"name", request.name()}});
  return tables_.surveys.Finish(tx, step);
}

absl::StatusOr<Survey> Surveys::Pause(record::Transaction& tx, const v1::PauseSurveyRequest& request) {
  return tables_.surveys.Change(tx, request, "pause");
}

absl::StatusOr<Survey> Surveys::Resume(record::Transaction& tx, const v1::ResumeSurveyRequest& request) {
  return tables_.surveys.Change(tx, request, "resume");
}

absl::StatusOr<Survey> Surveys::Close(record::Transaction& tx, const v1::CloseSurveyRequest& request) {
  return tables_.surveys.Change(tx, request, "close");
}

absl::Status Surveys::Invite(record::Transaction& tx, const v1::InviteRespondentsRequest& request,
                             v1::InviteRespondentsResponse* response) {
  ASSIGN_OR_RETURN(const Survey survey, tables_.surveys.Guard(tx, request.parent()));
  if (survey.state() == Survey::STATE_CLOSED) return status::Error(kSurveyClosed, {{"name", survey.name()}});
  if (!survey.for_invited()) return status::Error(kNotInviting, {{"name", survey.name()}});
  const absl::Time expiry = time::ToTime(request.expire_time());
  if (expiry <= tx.call.now || expiry > tx.call.now + kLongestInvitation) {
    status::BadFields bad;
    bad.Add("expire_time", kExpiryOutOfRange,
            {{"last", absl::FormatTime("%Y-%m-%d", tx.call.now + kLongestInvitation, tables_.planning.zone)}});
    return bad.status();
  }
  // Names follow from the request, so that it makes its invitations once.
  const std::string batch =
      request.request_id().empty() ? RandomKey() : DigestOf(absl::StrCat(tx.call.principal.name, "\n", request.request_id())).substr(0, 32);
  if (!request.request_id().empty()) {
    const std::string first = absl::StrCat(request.parent(), "/surveyInvitations/", batch, "-0");
    const absl::Status found = tables_.survey_invitations.Find(tx.sql, first).status();
    if (found.ok()) return status::Error(kInvitationsTold);
    if (!absl::IsNotFound(found)) return found;
  }
  return tx.sql.Together([&]() -> absl::Status {
    for (int i = 0; i < request.labels_size(); ++i) {
      SurveyInvitation invitation;
      invitation.set_name(absl::StrCat(request.parent(), "/surveyInvitations/", batch, "-", i));
      invitation.set_label(request.labels(i));
      *invitation.mutable_expire_time() = request.expire_time();
      invitation.set_state(SurveyInvitation::STATE_ISSUED);
      RETURN_IF_ERROR(tables_.survey_invitations.Insert(tx, invitation, "invite"));
      const std::string key = RandomKey();
      RETURN_IF_ERROR(tx.sql.Append("INSERT INTO survey_invitation_keys (digest, invitation)", sql::Bind(DigestOf(key), invitation.name()),
                                    sql::Session::ReadBy::kNobody));
      v1::IssuedInvitation& issued = *response->add_invitations();
      issued.set_invitation(invitation.name());
      issued.set_label(invitation.label());
      issued.set_key(key);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<SurveyInvitation> Surveys::Revoke(record::Transaction& tx, const v1::RevokeSurveyInvitationRequest& request) {
  return tables_.survey_invitations.Change(tx, request, "revoke");
}

job::Outcome Surveys::OpenAndClose(const rpc::Call& call) {
  absl::Status failure;
  const auto move = [&](const std::string& condition, const char* verb) {
    const auto due = tables_.store.Read(call, [&](sql::Session& session) {
      return tables_.surveys.Select(session, absl::StrCat("WHERE ", condition, " ORDER BY name LIMIT ?"),
                                    sql::Bind(call.now, kSurveysAtOnce));
    });
    if (!due.ok()) return failure.Update(due.status());
    for (const Survey& survey : *due) {
      failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const Survey now, tables_.surveys.Lock(tx, survey.name()));
        // Somebody may have been quicker.
        if (now.state() != survey.state()) return absl::OkStatus();
        return tables_.surveys.Change(tx, record::Target(survey.name()), verb).status();
      }));
    }
  };
  move("state = 'STATE_DRAFT' AND version > 0 AND open_time <= ?", "open");
  move("state IN ('STATE_OPEN', 'STATE_PAUSED') AND close_time <= ?", "close");
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void Surveys::Bind(record::Methods& methods, rpc::Service& service) {
  methods.Reads(tables_.surveys);
  methods.Creates(tables_.surveys, this, &Surveys::Create);
  methods.Updates(tables_.surveys, this, &Surveys::Update);
  methods.Bind("PublishSurvey", this, &Surveys::Publish);
  methods.Bind("OpenSurvey", this, &Surveys::Open);
  methods.Bind("PauseSurvey", this, &Surveys::Pause);
  methods.Bind("ResumeSurvey", this, &Surveys::Resume);
  methods.Bind("CloseSurvey", this, &Surveys::Close);
  methods.Reads(tables_.survey_versions);
  // Of keys no record is kept, not even the one of the answer that told them.
  service.Bind("InviteRespondents",
               WithoutRecord<v1::InviteRespondentsRequest, v1::InviteRespondentsResponse>(
                   tables_.store, {.take = [this](record::Transaction& tx, const v1::InviteRespondentsRequest& request,
                                                  v1::InviteRespondentsResponse* response) { return Invite(tx, request, response); }}));
  methods.Reads(tables_.survey_invitations);
  methods.Bind("RevokeSurveyInvitation", this, &Surveys::Revoke);
}

}  // namespace heitie::planning
