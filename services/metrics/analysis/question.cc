#include "services/metrics/analysis/question.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/list.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/question_answer.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {

const status::Reason kDisclosureOwned{absl::StatusCode::kPermissionDenied, "DISCLOSURE_OWNED",
                                      "{disclosure} was not made by {caller}: whoever looks at users says why.",
                                      "{disclosure} 並非由 {caller} 建立：查看使用者須由本人說明理由。"};

namespace {

using analysis::QuestionPlan;

constexpr int kDefaultUserPage = 100;

// What the period's figures are until: the earliest of its names, or now where nobody can tell.
struct Closed {
  absl::Time until = absl::InfiniteFuture();
  bool known = true;
  std::vector<std::string> waiting_for;
};

absl::StatusOr<Closed> ClosedOf(const QuestionSources& sources, sql::Session& session, const v1::Question& question, absl::Time now) {
  Closed closed;
  for (const Series& series : analysis::SeriesOf(question)) {
    ASSIGN_OR_RETURN(const Closing one, sources.closing(session, series));
    closed.known &= one.until.has_value();
    const absl::Time until = std::min(one.until.value_or(now), now);
    if (until < closed.until) closed.waiting_for = one.waiting_for;
    closed.until = std::min(closed.until, until);
  }
  closed.until = std::min(closed.until, now);
  return closed;
}

void FillClosedness(const Closed& closed, const v1::AnswerBody& body, v1::Answer& answer) {
  const bool over = time::ToTime(body.end_time()) <= closed.until;
  if (!closed.known) {
    answer.set_closedness(v1::Answer::CLOSEDNESS_UNKNOWN);
  } else if (over) {
    answer.set_closedness(v1::Answer::CLOSEDNESS_CLOSED);
  } else {
    answer.set_closedness(v1::Answer::CLOSEDNESS_OPEN);
    for (const std::string& producer : closed.waiting_for) answer.add_open_producers(producer);
  }
}

absl::Status CheckQuestion(const v1::Question& question, const absl::TimeZone& zone, absl::Time now, const std::string& path) {
  status::BadFields bad;
  analysis::PlanOf(question, zone, now, path, bad);
  return bad.status();
}

// Who is in all of the segments; nothing without any.
absl::StatusOr<std::optional<Roaring>> AmongOf(const Segments& segments, sql::Session& session, Snapshot& snapshot,
                                               const v1::Question& question, absl::Time closed_until, Segments::Used& used) {
  std::optional<Roaring> among;
  for (const std::string& name : question.segments()) {
    ASSIGN_OR_RETURN(Roaring users, segments.UsersOf(session, snapshot, name, closed_until, used));
    among = among.has_value() ? *among & users : std::move(users);
  }
  return among;
}

const Roaring* PointerTo(const std::optional<Roaring>& set) { return set.has_value() ? &*set : nullptr; }

std::string TokenAfter(const std::string& disclosure, uint32_t ordinal) {
  return absl::WebSafeBase64Escape(absl::StrCat(disclosure, "\n", ordinal));
}

// The first ordinal of the page.
absl::StatusOr<uint32_t> FirstOf(const v1::ListQuestionUsersRequest& request) {
  if (request.page_token().empty()) return 0;
  std::string text;
  uint32_t last = 0;
  const bool decoded = absl::WebSafeBase64Unescape(request.page_token(), &text);
  const std::vector<std::string> parts = absl::StrSplit(text, '\n');
  if (decoded && parts.size() == 2 && parts[0] == request.disclosure() && absl::SimpleAtoi(parts[1], &last)) return last + 1;
  status::BadFields bad;
  bad.Add("page_token", status::kBadValue, {{"rule", record::kPageTokenRule}});
  return bad.status();
}

}  // namespace

std::string DigestOf(const v1::Question& asked, const v1::Answer& answer) {
  v1::Question question = asked;
  question.clear_explain();
  return text::Sha256Hex(absl::StrCat(text::Sha256Hex(question.SerializeAsString()), text::Sha256Hex(answer.body().SerializeAsString()),
                                      text::Sha256Hex(answer.compared().SerializeAsString())));
}

Questions::Questions(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, const Segments& segments,
                     QuestionSources sources, absl::TimeZone zone)
    : store_(store),
      definitions_(definitions),
      segments_(segments),
      sources_(std::move(sources)),
      zone_(zone),
      snapshots_(store),
      disclosures_(store) {}

absl::StatusOr<v1::Question> Questions::Resolve(sql::Session& session, const v1::Question& question, absl::Time now,
                                                std::vector<v1::MetricDefinition>& used) const {
  v1::Question resolved = question;
  for (v1::Figure* const figure : analysis::FiguresIn(resolved)) {
    if (figure->metric().empty()) continue;
    ASSIGN_OR_RETURN(v1::MetricDefinition definition, definitions_.Find(session, figure->metric()));
    analysis::ApplyMetric(definition, *figure);
    used.push_back(std::move(definition));
  }
  if (!used.empty()) RETURN_IF_ERROR(CheckQuestion(resolved, zone_, now, "question"));
  return resolved;
}

absl::StatusOr<v1::Answer> Questions::AnswerOne(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                const v1::Question& asked) const {
  std::vector<v1::MetricDefinition> metrics;
  ASSIGN_OR_RETURN(const v1::Question question, Resolve(session, asked, call.now, metrics));
  ASSIGN_OR_RETURN(const Closed closed, ClosedOf(sources_, session, question, call.now));
  status::BadFields checked;
  const QuestionPlan whole = analysis::PlanOf(question, zone_, closed.until, "question", checked);
  QuestionPlan plan = whole;
  v1::Answer answer;
  Segments::Used used;
  ASSIGN_OR_RETURN(const std::optional<Roaring> among, AmongOf(segments_, session, snapshot, question, closed.until, used));
  ASSIGN_OR_RETURN(*answer.mutable_body(), analysis::BodyOf(snapshot, plan, PointerTo(among), closed.until));
  FillClosedness(closed, answer.body(), answer);
  const bool is_change = plan.kind == v1::Question::kContribution || plan.kind == v1::Question::kWhatChanged;
  if (plan.comparison.has_value() && !is_change) {
    plan.window = analysis::ComparedWindow(plan, closed.until);
    ASSIGN_OR_RETURN(*answer.mutable_compared(), analysis::BodyOf(snapshot, plan, PointerTo(among), closed.until));
  }
  for (const Series& series : analysis::SeriesOf(question)) {
    v1::SeriesSource& source = *answer.add_sources();
    source.set_series(series.name);
    ASSIGN_OR_RETURN(*source.mutable_source(), sources_.source(session, series));
    *source.mutable_source()->mutable_compute_time() = time::ToTimestamp(call.now);
  }
  std::map<std::string, std::string> etags;
  for (const v1::MetricDefinition& metric : metrics) etags[metric.name()] = metric.etag();
  for (const auto& [name, segment] : used.segments) etags[name] = segment.etag();
  for (const auto& [name, etag] : etags) {
    v1::DefinitionVersion& definition = *answer.add_definitions();
    definition.set_name(name);
    definition.set_etag(etag);
  }
  if (question.explain()) {
    ASSIGN_OR_RETURN(const std::vector<v1::ExplainedSet> events, analysis::Explain(snapshot, question, whole, PointerTo(among)));
    for (const v1::ExplainedSet& set : used.sets) *answer.add_why() = set;
    for (const v1::ExplainedSet& set : events) *answer.add_why() = set;
  }
  answer.set_time_zone(zone_.name());
  answer.set_digest(DigestOf(asked, answer));
  return answer;
}

absl::StatusOr<v1::AskQuestionsResponse> Questions::Ask(const rpc::Call& call, const v1::AskQuestionsRequest& request) {
  status::BadFields bad;
  for (int i = 0; i < request.questions_size(); ++i) {
    analysis::PlanOf(request.questions(i), zone_, call.now, absl::StrCat("questions[", i, "]"), bad);
  }
  RETURN_IF_ERROR(bad.status());
  v1::AskQuestionsResponse response;
  RETURN_IF_ERROR(sources_.open(call, [&](sql::Session& session, Snapshot& snapshot) -> absl::Status {
    response.Clear();
    for (const v1::Question& question : request.questions()) {
      ASSIGN_OR_RETURN(*response.add_answers(), AnswerOne(call, session, snapshot, question));
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::AnswerSnapshot> Questions::Keep(const rpc::Call& call, const v1::CreateAnswerSnapshotRequest& request) {
  RETURN_IF_ERROR(CheckQuestion(request.answer_snapshot().question(), zone_, call.now, "answer_snapshot.question"));
  v1::AnswerSnapshot response;
  v1::Answer answer;
  const auto compute = [&] {
    return sources_.open(call, [&](sql::Session& session, Snapshot& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(answer, AnswerOne(call, session, snapshot, request.answer_snapshot().question()));
      return absl::OkStatus();
    });
  };
  RETURN_IF_ERROR(store_.Write(call, request, &response, compute, [&](record::Transaction& tx) {
    const std::string id = request.answer_snapshot_id().empty() ? record::NewId(call.now) : request.answer_snapshot_id();
    response.Clear();
    response.set_name(absl::StrCat("answerSnapshots/", id));
    response.set_title(request.answer_snapshot().title());
    *response.mutable_question() = request.answer_snapshot().question();
    *response.mutable_answer() = answer;
    return snapshots_.Insert(tx, response);
  }));
  return response;
}

absl::StatusOr<Roaring> Questions::UsersOf(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                           const v1::UserDisclosure& disclosure) const {
  std::vector<v1::MetricDefinition> metrics;
  ASSIGN_OR_RETURN(const v1::Question question, Resolve(session, disclosure.question(), call.now, metrics));
  ASSIGN_OR_RETURN(const Closed closed, ClosedOf(sources_, session, question, call.now));
  status::BadFields checked;
  const QuestionPlan plan = analysis::PlanOf(question, zone_, closed.until, "question", checked);
  Segments::Used used;
  ASSIGN_OR_RETURN(const std::optional<Roaring> among, AmongOf(segments_, session, snapshot, question, closed.until, used));
  return analysis::UsersBehind(snapshot, plan, disclosure.selection(), PointerTo(among), closed.until);
}

absl::StatusOr<v1::UserDisclosure> Questions::Disclose(const rpc::Call& call, const v1::CreateUserDisclosureRequest& request) {
  RETURN_IF_ERROR(CheckQuestion(request.user_disclosure().question(), zone_, call.now, "user_disclosure.question"));
  v1::UserDisclosure response;
  int64_t count = 0;
  const auto compute = [&] {
    return sources_.open(call, [&](sql::Session& session, Snapshot& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(const Roaring users, UsersOf(call, session, snapshot, request.user_disclosure()));
      count = static_cast<int64_t>(users.cardinality());
      return absl::OkStatus();
    });
  };
  RETURN_IF_ERROR(store_.Write(call, request, &response, compute, [&](record::Transaction& tx) {
    const std::string id = request.user_disclosure_id().empty() ? record::NewId(call.now) : request.user_disclosure_id();
    response.Clear();
    response.set_name(absl::StrCat("userDisclosures/", id));
    *response.mutable_question() = request.user_disclosure().question();
    *response.mutable_selection() = request.user_disclosure().selection();
    response.set_reason(request.user_disclosure().reason());
    response.set_user_count(count);
    return disclosures_.Insert(tx, response);
  }));
  return response;
}

absl::StatusOr<v1::ListQuestionUsersResponse> Questions::ListUsers(const rpc::Call& call, const v1::ListQuestionUsersRequest& request) {
  ASSIGN_OR_RETURN(const v1::UserDisclosure disclosure, disclosures_.Get(call, request.disclosure()));
  if (disclosure.creator() != call.principal.name) {
    return status::Error(kDisclosureOwned, {{"disclosure", disclosure.name()}, {"caller", call.principal.name}});
  }
  ASSIGN_OR_RETURN(const uint32_t first, FirstOf(request));
  const auto size = static_cast<size_t>(request.page_size() > 0 ? request.page_size() : kDefaultUserPage);
  v1::ListQuestionUsersResponse response;
  RETURN_IF_ERROR(sources_.open(call, [&](sql::Session& session, Snapshot& snapshot) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const Roaring users, UsersOf(call, session, snapshot, disclosure));
    std::vector<uint32_t> page;
    auto at = users.begin();
    for (at.equalorlarger(first); at != users.end() && page.size() < size; ++at) page.push_back(*at);
    if (at != users.end()) response.set_next_page_token(TokenAfter(disclosure.name(), page.back()));
    response.set_total_size(static_cast<int32_t>(users.cardinality()));
    std::map<uint32_t, std::string> ids;
    RETURN_IF_ERROR(snapshot.UserIds(page, [&](uint32_t ordinal, const std::string& id) { ids[ordinal] = id; }));
    for (const auto& [ordinal, id] : ids) response.add_users(id);
    return absl::OkStatus();
  }));
  return response;
}

void Questions::Bind(record::Methods& methods) {
  methods.Bind("AskQuestions", this, &Questions::Ask);
  methods.Reads(snapshots_);
  methods.Bind("CreateAnswerSnapshot", this, &Questions::Keep);
  methods.Reads(disclosures_);
  methods.Bind("CreateUserDisclosure", this, &Questions::Disclose);
  methods.Bind("ListQuestionUsers", this, &Questions::ListUsers);
}

}  // namespace heitie::metrics
