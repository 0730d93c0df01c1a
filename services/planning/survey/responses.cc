#include "services/planning/survey/responses.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/planning/survey/survey.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::SurveyQuestion;
using v1::SurveyReceipt;

const status::Reason kSurveyNotOpen{StatusCode::kFailedPrecondition, "SURVEY_NOT_OPEN", "{name} takes no answers now.",
                                    "{name} 目前不接受作答。"};
// One reason whatever is wrong, so that nobody learns which keys there are.
const status::Reason kKeyInvalid{StatusCode::kPermissionDenied, "KEY_INVALID", "The survey is not answered with this key.",
                                 "無法以此金鑰填答本問卷。"};
const status::Reason kOneKey{StatusCode::kInvalidArgument, "ONE_KEY", "Give the key of an invitation or the ticket of a form.",
                             "請提供邀請的金鑰或表單的憑證其中之一。"};
const status::Reason kNotAsked{StatusCode::kPermissionDenied, "NOT_ASKED", "{name} does not ask you.", "{name} 並未邀請您作答。"};
const status::Reason kNoSuchVersion{StatusCode::kInvalidArgument, "NO_SUCH_VERSION", "No version {version} was published.",
                                    "第 {version} 版並未發布。"};
const status::Reason kAlreadyAnswered{StatusCode::kAlreadyExists, "SURVEY_ANSWERED", "{name} was answered already.", "{name} 已作答過。"};
const status::Reason kQuotaFull{StatusCode::kFailedPrecondition, "QUOTA_FULL",
                                "There is no room any more for such an answer; the earlier one stays.",
                                "此類答卷名額已滿，先前的答卷予以保留。"};
const status::Reason kTooManyGuests{StatusCode::kResourceExhausted, "TOO_MANY_GUESTS",
                                    "The survey takes {rate} calls a second; come again in a moment.",
                                    "本問卷每秒最多處理 {rate} 個請求，請稍後再試。"};

namespace {

constexpr absl::Duration kGuestWait = absl::Seconds(1);
constexpr char kTicketPrefix[] = "ticket:", kInvitationPrefix[] = "invitation:", kUserPrefix[] = "user:";

std::string TicketKey(const std::string& ticket) { return absl::StrCat(kTicketPrefix, DigestOf(ticket)); }
std::string InvitationKey(const std::string& key) { return absl::StrCat(kInvitationPrefix, DigestOf(key)); }

absl::Status OneKey(const v1::SubmitSurveyRequest& request) {
  if (request.invitation_key().empty() != request.ticket().empty()) return absl::OkStatus();
  status::BadFields bad;
  bad.Add("invitation_key", kOneKey);
  return bad.status();
}

// What is wrong, field by field, in words.
void AddDefects(const absl::Status& status, status::Language language, v1::SurveyRowOutcome& outcome) {
  const google::rpc::Status wire = status::ToProto(status, language);
  for (const auto& detail : wire.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      v1::SurveyRowDefect& defect = *outcome.add_defects();
      defect.set_field(violation.field());
      defect.set_reason(violation.reason());
      defect.set_message(violation.description());
    }
  }
}

}  // namespace

absl::Status GuestLimits::Take(const std::string& survey, absl::Time now) {
  const std::lock_guard lock(mutex_);
  const auto known = buckets_.find(survey);
  Bucket& bucket = known == buckets_.end() ? buckets_[""] : known->second;
  const double most = bucket.rate;
  bucket.left = bucket.filled == absl::InfinitePast()
                    ? most
                    : std::min(most, bucket.left + absl::ToDoubleSeconds(std::max(absl::ZeroDuration(), now - bucket.filled)) * most);
  bucket.filled = std::max(bucket.filled, now);
  if (bucket.left < 1) return status::RetryLater(kTooManyGuests, kGuestWait, {{"rate", bucket.rate}});
  --bucket.left;
  return absl::OkStatus();
}

void GuestLimits::Learn(const std::string& survey, int rate) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMost) buckets_.clear();
  buckets_[survey].rate = rate > 0 ? rate : kDefaultRate;
}

absl::StatusOr<SurveyResponses::Gate> SurveyResponses::Read(sql::Session& session, const std::string& survey, absl::Time now, bool hold) {
  static const std::string& kSelect = *new std::string(
      "SELECT state, version, anonymous, replaceable, for_employees, for_invited, by_link, producers, close_time, guest_calls_per_second, "
      "title, description FROM surveys WHERE name = ?");
  static const std::string& kHold = *new std::string(kSelect + " LOCK IN SHARE MODE");
  Gate gate;
  RETURN_IF_ERROR(session.Query(hold ? kHold : kSelect, sql::Bind(survey), [&](const sql::Row& row) {
    gate.name = survey;
    gate.open = row.Text(0) == "STATE_OPEN" && (row.IsNull(8) || now < row.Time(8));
    gate.version = static_cast<int32_t>(row.Int(1));
    gate.anonymous = row.Int(2) != 0;
    gate.replaceable = row.Int(3) != 0;
    gate.for_employees = row.Int(4) != 0;
    gate.for_invited = row.Int(5) != 0;
    gate.by_link = row.Int(6) != 0;
    gate.producers = row.Text(7);
    gate.guest_rate = static_cast<int32_t>(row.Int(9));
    gate.title = row.Text(10);
    gate.description = row.Text(11);
  }));
  if (gate.name.empty()) return status::NotFound(survey);
  return gate;
}

absl::StatusOr<std::string> SurveyResponses::Invitation(sql::Session& session, const std::string& survey, const std::string& key,
                                                        absl::Time now) const {
  std::string found;
  RETURN_IF_ERROR(session.Query(
      "SELECT i.name, i.state, i.expire_time FROM survey_invitation_keys AS k JOIN survey_invitations AS i ON i.name = k.invitation "
      "WHERE k.digest = ? LOCK IN SHARE MODE",
      sql::Bind(DigestOf(key)), [&](const sql::Row& row) {
        const bool good = record::ParentOf(row.Text(0)) == survey && row.Text(1) == "STATE_ISSUED" && now < row.Time(2);
        if (good) found = row.Text(0);
      }));
  if (found.empty()) return status::Error(kKeyInvalid);
  return found;
}

absl::StatusOr<bool> SurveyResponses::TakeQuotas(record::Transaction& tx, const std::string& survey,
                                                 const std::vector<std::string>& quotas) const {
  // In the order of their ids, so that answers wait for each other and not in circles.
  static const std::string& kTake =
      *new std::string("UPDATE survey_quotas_used SET used = used + 1 WHERE survey = ? AND quota = ? AND used < quota_limit");
  static const std::string& kGiveBack = *new std::string("UPDATE survey_quotas_used SET used = used - 1 WHERE survey = ? AND quota = ?");
  for (size_t i = 0; i < quotas.size(); ++i) {
    ASSIGN_OR_RETURN(const int64_t taken, tx.sql.Execute(kTake, sql::Bind(survey, quotas[i])));
    if (taken == 1) continue;
    while (i-- > 0) RETURN_IF_ERROR(tx.sql.Execute(kGiveBack, sql::Bind(survey, quotas[i])).status());
    return false;
  }
  return true;
}

absl::Status SurveyResponses::Participate(record::Transaction& tx, const Gate& gate, const Given& given, const std::string& response,
                                          std::string* replaced) const {
  // Of an anonymous survey the row must not lead to the response.
  const sql::Value link = gate.anonymous ? sql::Value() : sql::Value(response);
  if (gate.replaceable) {
    bool found = false, same = false;
    RETURN_IF_ERROR(tx.sql.Query("SELECT request_id, response FROM survey_participations WHERE survey = ? AND respondent = ? FOR UPDATE",
                                 sql::Bind(gate.name, given.key), [&](const sql::Row& row) {
                                   found = true;
                                   same = !given.request_id.empty() && row.Text(0) == given.request_id;
                                   *replaced = row.Text(1);
                                 }));
    // Repeated() tells what became of it.
    if (same) return status::Error(kAlreadyAnswered, {{"name", gate.name}});
    // Its row is changed once the new answer has its place.
    if (found) return absl::OkStatus();
  }
  const sql::Values row = {gate.name, given.key, given.request_id, link};
  if (given.who == Respondent::kProducer || gate.replaceable) {
    const absl::Status added =
        tx.sql.Execute("INSERT INTO survey_participations (survey, respondent, request_id, response) VALUES (?, ?, ?, ?)", row).status();
    if (absl::IsAlreadyExists(added)) return status::Error(kAlreadyAnswered, {{"name", gate.name}});
    return added;
  }
  static const std::string& kInsert = *new std::string("INSERT INTO survey_participations (survey, respondent, request_id, response)");
  return tx.sql.Append(kInsert, row, sql::Session::ReadBy::kNobody);
}

absl::StatusOr<bool> SurveyResponses::Replace(record::Transaction& tx, const Gate& gate, const std::string& replaced,
                                              const std::vector<std::string>& quotas) const {
  bool counted = false;
  v1::NamedSurveyResponse old;
  RETURN_IF_ERROR(tx.sql.Query("SELECT counted, answers FROM survey_responses WHERE survey = ? AND response = ? FOR UPDATE",
                               sql::Bind(gate.name, replaced), [&](const sql::Row& row) {
                                 counted = row.Int(0) != 0;
                                 old.ParseFromString(row.Text(1));
                               }));
  ASSIGN_OR_RETURN(const SurveyTables::Version current, tables_.VersionOf(tx.sql, gate.name, gate.version));
  const std::vector<std::string> held = counted ? QuotasOf(current->quotas(), old.answers()) : std::vector<std::string>();
  std::vector<std::string> wanted, freed;
  std::set_difference(quotas.begin(), quotas.end(), held.begin(), held.end(), std::back_inserter(wanted));
  std::set_difference(held.begin(), held.end(), quotas.begin(), quotas.end(), std::back_inserter(freed));
  ASSIGN_OR_RETURN(const bool room, TakeQuotas(tx, gate.name, wanted));
  // Who had a place keeps it, with the earlier answer.
  if (!room && counted) return status::Error(kQuotaFull);
  for (const std::string& quota : freed) {
    RETURN_IF_ERROR(
        tx.sql.Execute("UPDATE survey_quotas_used SET used = used - 1 WHERE survey = ? AND quota = ?", sql::Bind(gate.name, quota))
            .status());
  }
  RETURN_IF_ERROR(
      tx.sql.Execute("UPDATE survey_responses SET replaced = TRUE WHERE survey = ? AND response = ?", sql::Bind(gate.name, replaced))
          .status());
  RETURN_IF_ERROR(
      tx.sql.Execute("UPDATE survey_texts SET hidden = TRUE WHERE response = ? AND survey = ?", sql::Bind(replaced, gate.name)).status());
  return room;
}

absl::Status SurveyResponses::Store(record::Transaction& tx, const Gate& gate, const Given& given, const v1::SurveyVersion& version,
                                    const std::string& response, bool counted) const {
  static const std::string& kResponse =
      *new std::string("INSERT INTO survey_responses (survey, response, version, counted, replaced, respondent, submit_time, answers)");
  static const std::string& kText =
      *new std::string("INSERT INTO survey_texts (name, question, text, codes, coder, etag, response, hidden, feedback_channel)");
  v1::NamedSurveyResponse stored;
  *stored.mutable_answers() = *given.answers;
  for (v1::SurveyAnswer& answer : *stored.mutable_answers()) {
    const SurveyQuestion* question = QuestionOf(version.questions(), answer.question());
    const std::string& written = answer.text().empty() ? answer.other_text() : answer.text();
    if (question == nullptr || written.empty()) continue;
    // A text lies apart: what somebody writes may tell who wrote, and must not tell what else was answered.
    const std::string name = absl::StrCat(gate.name, "/surveyTexts/", RandomKey());
    const sql::Value link = gate.anonymous ? sql::Value() : sql::Value(response);
    const bool feeds = counted && question->feedback_channel() != v1::FeedbackEntry::CHANNEL_UNSPECIFIED;
    const sql::Value channel = feeds ? sql::Value(v1::FeedbackEntry::Channel_Name(question->feedback_channel())) : sql::Value();
    RETURN_IF_ERROR(tx.sql.Append(kText, {name, answer.question(), written, sql::Value(), "", "1", link, sql::V(!counted), channel},
                                  sql::Session::ReadBy::kNobody));
    if (!gate.anonymous) continue;
    answer.clear_text();
    answer.clear_other_text();
  }
  const sql::Value respondent = gate.anonymous ? sql::Value() : sql::Value(given.shown);
  const sql::Value time = gate.anonymous ? sql::Value() : sql::Value(tx.call.now);
  return tx.sql.Append(
      kResponse, {gate.name, response, sql::V(given.version), sql::V(counted), sql::V(false), respondent, time, stored.SerializeAsString()},
      sql::Session::ReadBy::kNobody);
}

absl::StatusOr<v1::SurveyOutcome> SurveyResponses::Take(record::Transaction& tx, const Gate& gate, const Given& given) const {
  if (!gate.open) return status::Error(kSurveyNotOpen, {{"name", gate.name}});
  status::BadFields bad;
  if (given.version < 1 || given.version > gate.version) {
    bad.Add("version", kNoSuchVersion, {{"version", given.version}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const SurveyTables::Version version, tables_.VersionOf(tx.sql, gate.name, given.version));
  ASSIGN_OR_RETURN(const SurveyTables::Version current, tables_.VersionOf(tx.sql, gate.name, gate.version));
  CheckAnswers(version->questions(), *given.answers, given.who, given.prefix, bad);
  RETURN_IF_ERROR(bad.status());
  const std::string response = RandomKey();
  std::string replaced;
  RETURN_IF_ERROR(Participate(tx, gate, given, response, &replaced));
  const std::vector<std::string> quotas = QuotasOf(current->quotas(), *given.answers);
  bool counted = false;
  if (replaced.empty()) {
    ASSIGN_OR_RETURN(counted, TakeQuotas(tx, gate.name, quotas));
  } else {
    ASSIGN_OR_RETURN(counted, Replace(tx, gate, replaced, quotas));
    RETURN_IF_ERROR(tx.sql
                        .Execute("UPDATE survey_participations SET request_id = ?, response = ? WHERE survey = ? AND respondent = ?",
                                 sql::Bind(given.request_id, response, gate.name, given.key))
                        .status());
  }
  RETURN_IF_ERROR(Store(tx, gate, given, *version, response, counted));
  return counted ? v1::SURVEY_OUTCOME_COUNTED : v1::SURVEY_OUTCOME_SCREENED_OUT;
}

absl::StatusOr<v1::GetSurveyFormResponse> SurveyResponses::GetForm(const rpc::Call& call, const v1::GetSurveyFormRequest& request) {
  RETURN_IF_ERROR(guests_.Take(request.name(), call.now));
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::GetSurveyFormResponse> {
    ASSIGN_OR_RETURN(const Gate gate, Read(session, request.name(), call.now, false));
    guests_.Learn(gate.name, gate.guest_rate);
    if (request.invitation_key().empty() ? !gate.by_link : !gate.for_invited) return status::Error(kKeyInvalid);
    v1::GetSurveyFormResponse response;
    if (request.invitation_key().empty()) {
      response.set_ticket(RandomKey());
    } else {
      RETURN_IF_ERROR(Invitation(session, gate.name, request.invitation_key(), call.now).status());
    }
    if (!gate.open) return status::Error(kSurveyNotOpen, {{"name", gate.name}});
    ASSIGN_OR_RETURN(const SurveyTables::Version version, tables_.VersionOf(session, gate.name, gate.version));
    response.set_title(gate.title);
    response.set_description(gate.description);
    response.set_anonymous(gate.anonymous);
    response.set_replaceable(gate.replaceable);
    response.set_version(gate.version);
    for (const SurveyQuestion& question : version->questions()) {
      if (question.kind() != SurveyQuestion::KIND_ATTRIBUTE) *response.add_questions() = question;
    }
    return response;
  });
}

absl::Status SurveyResponses::Submit(record::Transaction& tx, const v1::SubmitSurveyRequest& request, SurveyReceipt* receipt) {
  RETURN_IF_ERROR(OneKey(request));
  ASSIGN_OR_RETURN(const Gate gate, Read(tx.sql, request.name(), tx.call.now, true));
  guests_.Learn(gate.name, gate.guest_rate);
  Given given;
  if (request.invitation_key().empty()) {
    if (!gate.by_link) return status::Error(kKeyInvalid);
    given.key = given.shown = TicketKey(request.ticket());
  } else {
    if (!gate.for_invited) return status::Error(kKeyInvalid);
    ASSIGN_OR_RETURN(const std::string invitation, Invitation(tx.sql, gate.name, request.invitation_key(), tx.call.now));
    given.key = InvitationKey(request.invitation_key());
    given.shown = absl::StrCat(kInvitationPrefix, record::IdOf(invitation));
  }
  given.version = request.version();
  given.answers = &request.answers();
  given.request_id = request.request_id();
  ASSIGN_OR_RETURN(const v1::SurveyOutcome outcome, Take(tx, gate, given));
  receipt->set_outcome(outcome);
  return absl::OkStatus();
}

absl::Status SurveyResponses::Answer(record::Transaction& tx, const v1::AnswerSurveyRequest& request, SurveyReceipt* receipt) {
  ASSIGN_OR_RETURN(const Gate gate, Read(tx.sql, request.name(), tx.call.now, true));
  if (!gate.for_employees) return status::Error(kNotAsked, {{"name", gate.name}});
  Given given;
  given.key = given.shown = tx.call.principal.name;
  given.version = request.version();
  given.answers = &request.answers();
  given.request_id = request.request_id();
  ASSIGN_OR_RETURN(const v1::SurveyOutcome outcome, Take(tx, gate, given));
  receipt->set_outcome(outcome);
  return absl::OkStatus();
}

absl::Status SurveyResponses::Repeated(const rpc::Call& call, const std::string& survey, const std::string& key,
                                       const std::string& request_id, const absl::Status& failure, SurveyReceipt* receipt) const {
  const bool answered = absl::IsAlreadyExists(failure);
  if (request_id.empty()) return answered ? status::Error(kAlreadyAnswered, {{"name", survey}}) : failure;
  bool same = false;
  receipt->Clear();
  const absl::Status looked = tables_.store.Read(call, [&](sql::Session& session) {
    return session.Query(
        "SELECT p.request_id, r.counted FROM survey_participations AS p LEFT JOIN survey_responses AS r "
        "ON r.survey = p.survey AND r.response = p.response WHERE p.survey = ? AND p.respondent = ?",
        sql::Bind(survey, key), [&](const sql::Row& row) {
          same = row.Text(0) == request_id;
          if (same && !row.IsNull(1)) {
            receipt->set_outcome(row.Int(1) != 0 ? v1::SURVEY_OUTCOME_COUNTED : v1::SURVEY_OUTCOME_SCREENED_OUT);
          }
        });
  });
  if (!looked.ok()) return absl::IsUnavailable(failure) ? failure : looked;
  receipt->set_repeated_request(same);
  if (same) return absl::OkStatus();
  return answered ? status::Error(kAlreadyAnswered, {{"name", survey}}) : failure;
}

absl::Status SurveyResponses::Ingest(record::Transaction& tx, const v1::IngestSurveyResponsesRequest& request,
                                     v1::IngestSurveyResponsesResponse* response) {
  ASSIGN_OR_RETURN(const Gate gate, Read(tx.sql, request.name(), tx.call.now, true));
  // Names have no characters that JSON writes in another way.
  if (!absl::StrContains(gate.producers, absl::StrCat("\"", tx.call.principal.name, "\""))) {
    return status::Error(kNotAsked, {{"name", gate.name}});
  }
  if (!gate.open) return status::Error(kSurveyNotOpen, {{"name", gate.name}});
  if (request.version() > gate.version) {
    status::BadFields bad;
    bad.Add("version", kNoSuchVersion, {{"version", request.version()}});
    return bad.status();
  }
  int32_t counted = 0;
  for (int i = 0; i < request.rows_size(); ++i) {
    v1::SurveyRowOutcome& outcome = *response->add_outcomes();
    Given given;
    given.key = given.shown = absl::StrCat(kUserPrefix, tx.call.principal.name, "/", request.rows(i).user());
    given.who = Respondent::kProducer;
    given.version = request.version();
    given.answers = &request.rows(i).answers();
    const absl::StatusOr<v1::SurveyOutcome> taken = Take(tx, gate, given);
    if (taken.ok()) {
      outcome.set_outcome(*taken);
      counted += *taken == v1::SURVEY_OUTCOME_COUNTED ? 1 : 0;
    } else if (absl::IsAlreadyExists(taken.status())) {
      outcome.set_already_answered(true);
    } else if (status::ReasonOf(taken.status()) == kQuotaFull.id) {
      v1::SurveyRowDefect& defect = *outcome.add_defects();
      defect.set_field(given.prefix + "answers");
      defect.set_reason(kQuotaFull.id);
      defect.set_message(status::Sentence(kQuotaFull, {}, tx.call.language));
    } else if (absl::IsInvalidArgument(taken.status())) {
      AddDefects(taken.status(), tx.call.language, outcome);
    } else {
      return taken.status();
    }
  }
  response->set_counted(counted);
  return absl::OkStatus();
}

void SurveyResponses::Bind(record::Methods& methods, rpc::Service& service) {
  methods.Bind("GetSurveyForm", this, &SurveyResponses::GetForm);
  service.Bind(
      "SubmitSurvey",
      WithoutRecord<v1::SubmitSurveyRequest, SurveyReceipt>(
          tables_.store,
          {.take = [this](record::Transaction& tx, const v1::SubmitSurveyRequest& request,
                          SurveyReceipt* receipt) { return Submit(tx, request, receipt); },
           .repeated =
               [this](const rpc::Call& call, const v1::SubmitSurveyRequest& request, const absl::Status& failure, SurveyReceipt* receipt) {
                 const std::string key = request.ticket().empty() ? InvitationKey(request.invitation_key()) : TicketKey(request.ticket());
                 return Repeated(call, request.name(), key, request.request_id(), failure, receipt);
               },
           .admit = [this](const rpc::Call& call,
                           const v1::SubmitSurveyRequest& request) { return guests_.Take(request.name(), call.now); }}));
  service.Bind("AnswerSurvey", WithoutRecord<v1::AnswerSurveyRequest, SurveyReceipt>(
                                   tables_.store, {.take = [this](record::Transaction& tx, const v1::AnswerSurveyRequest& request,
                                                                  SurveyReceipt* receipt) { return Answer(tx, request, receipt); },
                                                   .repeated =
                                                       [this](const rpc::Call& call, const v1::AnswerSurveyRequest& request,
                                                              const absl::Status& failure, SurveyReceipt* receipt) {
                                                         return Repeated(call, request.name(), call.principal.name, request.request_id(),
                                                                         failure, receipt);
                                                       }}));
  service.Bind("IngestSurveyResponses",
               WithoutRecord<v1::IngestSurveyResponsesRequest, v1::IngestSurveyResponsesResponse>(
                   tables_.store, {.take = [this](record::Transaction& tx, const v1::IngestSurveyResponsesRequest& request,
                                                  v1::IngestSurveyResponsesResponse* response) { return Ingest(tx, request, response); }}));
}

}  // namespace heitie::planning
