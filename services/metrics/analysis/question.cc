#include "services/metrics/analysis/question.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/record/list.h"
#include "common/record/page_token.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/question_answer.h"
#include "services/metrics/analysis/question_plan.h"
#include "services/metrics/closing/kept.h"
#include "services/metrics/closing/snapshot_until.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {

const status::Reason kDisclosureOwned{absl::StatusCode::kPermissionDenied, "DISCLOSURE_OWNED",
                                      "{disclosure} was not made by {caller}: whoever looks at users says why.",
                                      "{disclosure} 並非由 {caller} 建立：查看使用者須由本人說明理由。"};

// What the period's figures are until: the earliest of its names, or now where nobody can tell.
struct QuestionClosing {
  absl::Time until = absl::InfiniteFuture();
  bool known = true;
  std::vector<std::string> waiting_for;
};

namespace {

using analysis::QuestionPlan;

constexpr int kDefaultUserPage = 100;
constexpr KeptTable kKeptAnswers{"answer_snapshots", "question, answer"};

// How often a call waits for another one's answer before it computes all by itself.
constexpr int kMostWaits = 4;

absl::StatusOr<QuestionClosing> ClosedOf(const QuestionSources& sources, sql::Session& session, const v1::Question& question,
                                         absl::Time time) {
  QuestionClosing closed;
  // To the second: what is asked within one has the same answer.
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
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

void FillClosedness(const QuestionClosing& closed, const v1::AnswerBody& body, v1::Answer& answer) {
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

// Texts that make a key, each apart from the next one.
class AnswerKey {
 public:
  void Add(const std::string& text) { absl::StrAppend(&text_, text.size(), ":", text); }
  std::string text() const { return text::Sha256Hex(text_); }

 private:
  std::string text_;
};

// Until when everything has to be known so that more time changes nothing of the answer.
absl::Time NeededUntil(const QuestionPlan& plan) {
  constexpr int kDaysOfMonth = 31;
  if (plan.kind == v1::Question::kFunnel) return plan.window.end + absl::Microseconds(plan.funnel.rules.window + 1);
  if (plan.kind == v1::Question::kRetention) return plan.window.end + absl::Hours(24) * kDaysOfMonth * (plan.retention.horizon + 2);
  return plan.window.end;
}

// What closedness, and with it the clock, does to an answer: it resolves relative periods, those of segments too; it cuts what an open
// period is compared with, and tells what is complete.
void AddClosing(const QuestionPlan& plan, const QuestionClosing& closed, bool segments, AnswerKey& key) {
  key.Add(absl::StrCat(closed.known, ",", plan.window.end <= closed.until, ",", absl::ToUnixMicros(plan.window.start), ",",
                       absl::ToUnixMicros(plan.window.end)));
  for (const std::string& producer : closed.waiting_for) key.Add(producer);
  const bool cut = plan.comparison.has_value() || plan.kind == v1::Question::kRetention || plan.kind == v1::Question::kFunnel ||
                   plan.kind == v1::Question::kContribution || plan.kind == v1::Question::kWhatChanged;
  if (segments || (cut && closed.until < NeededUntil(plan))) key.Add(absl::StrCat(absl::ToUnixMicros(closed.until)));
}

// Whether everybody who asks the same of the same versions gets this error.
bool IsOfTheQuestion(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) || absl::IsOutOfRange(status);
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

Questions::Questions(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, const ActiveUserDefinitions& active,
                     const Segments& segments, QuestionSources sources, absl::TimeZone zone)
    : store_(store),
      definitions_(definitions),
      active_(active),
      segments_(segments),
      sources_(std::move(sources)),
      zone_(zone),
      snapshots_(store),
      disclosures_(store) {
  snapshots_.SetDecorator([](sql::Session& session, v1::AnswerSnapshot& kept) { return CheckSeal(session, kKeptAnswers, kept.name()); });
}

absl::StatusOr<v1::Question> Questions::Resolve(sql::Session& session, const v1::Question& question, absl::Time now,
                                                Definitions& used) const {
  v1::Question resolved = question;
  const auto note = [&](const std::string& name, const std::string& etag, int32_t version) {
    v1::DefinitionVersion& definition = used[name];
    definition.set_name(name);
    definition.set_etag(etag);
    definition.set_version(version);
  };
  for (v1::Figure* const figure : analysis::FiguresIn(resolved)) {
    if (figure->metric().empty()) continue;
    ASSIGN_OR_RETURN(const v1::MetricDefinition definition, definitions_.Find(session, figure->metric()));
    analysis::ApplyMetric(definition, *figure);
    note(definition.name(), definition.etag(), 0);
  }
  for (const analysis::DefinedPlace& place : analysis::TakeDefinitions(resolved)) {
    ASSIGN_OR_RETURN(const v1::ActiveUserDefinition definition, active_.Named(session, place.definition));
    *place.events = definition.events();
    note(definition.name(), definition.etag(), definition.version());
  }
  if (!used.empty()) RETURN_IF_ERROR(CheckQuestion(resolved, zone_, now, "question"));
  return resolved;
}

absl::Status Questions::CheckNames(sql::Session& session, const v1::Question& question, absl::Time now) const {
  Definitions used;
  RETURN_IF_ERROR(Resolve(session, question, now, used).status());
  return absl::OkStatus();
}

struct Questions::Prepared {
  v1::Question asked;
  // With what its metric definitions say.
  v1::Question question;
  Definitions definitions;
  std::vector<v1::FigureSource> sources;  // by analysis::SeriesOf(question)
  QuestionClosing closed;
  // What relative periods count back from, and what is complete.
  absl::Time closed_until;
  QuestionPlan plan;
  // Of everything that the answer depends on.
  std::string key;
};

absl::StatusOr<Questions::Prepared> Questions::Prepare(const rpc::Call& call, sql::Session& session, const v1::Question& asked) const {
  Prepared prepared;
  prepared.asked = asked;
  ASSIGN_OR_RETURN(prepared.question, Resolve(session, asked, call.now, prepared.definitions));
  ASSIGN_OR_RETURN(prepared.closed, ClosedOf(sources_, session, prepared.question, call.now));
  prepared.closed_until = prepared.closed.until;
  status::BadFields checked;
  prepared.plan = analysis::PlanOf(prepared.question, zone_, prepared.closed_until, "question", checked);
  AnswerKey key;
  key.Add(asked.SerializeAsString());
  key.Add(prepared.question.SerializeAsString());
  for (const auto& [name, definition] : prepared.definitions) key.Add(definition.SerializeAsString());
  std::vector<Series> series = analysis::SeriesOf(prepared.question);
  const size_t own = series.size();
  std::map<std::string, v1::Segment> segments;
  for (const std::string& name : asked.segments()) RETURN_IF_ERROR(segments_.AddVersions(session, name, segments));
  for (const auto& [name, segment] : segments) {
    key.Add(name);
    key.Add(segment.etag());
    for (const auto& condition : segment.conditions()) series.push_back({kEventKind, condition.events().event_name()});
  }
  for (size_t i = 0; i < series.size(); ++i) {
    ASSIGN_OR_RETURN(v1::FigureSource source, sources_.source(session, series[i]));
    ASSIGN_OR_RETURN(const std::string kept, RawSince(session, series[i]));
    key.Add(series[i].kind);
    key.Add(series[i].name);
    key.Add(source.SerializeAsString());
    key.Add(kept);
    if (i < own) prepared.sources.push_back(std::move(source));
  }
  AddClosing(prepared.plan, prepared.closed, !segments.empty(), key);
  prepared.key = key.text();
  return prepared;
}

absl::StatusOr<v1::Answer> Questions::AnswerOne(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                const v1::Question& asked) const {
  ASSIGN_OR_RETURN(const Prepared prepared, Prepare(call, session, asked));
  return Compute(call, session, snapshot, prepared);
}

absl::StatusOr<v1::Answer> Questions::Compute(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                              const Prepared& prepared) const {
  const v1::Question& question = prepared.question;
  const absl::Time closed_until = prepared.closed_until;
  QuestionPlan plan = prepared.plan;
  v1::Answer answer;
  Segments::Used segments;
  ASSIGN_OR_RETURN(const std::optional<Roaring> among, AmongOf(segments_, session, snapshot, question, closed_until, segments));
  ASSIGN_OR_RETURN(*answer.mutable_body(), analysis::BodyOf(snapshot, plan, PointerTo(among), closed_until));
  FillClosedness(prepared.closed, answer.body(), answer);
  const bool is_change = plan.kind == v1::Question::kContribution || plan.kind == v1::Question::kWhatChanged;
  if (plan.comparison.has_value() && !is_change) {
    plan.window = analysis::ComparedWindow(plan, closed_until);
    ASSIGN_OR_RETURN(*answer.mutable_compared(), analysis::BodyOf(snapshot, plan, PointerTo(among), closed_until));
  }
  const std::vector<Series> series = analysis::SeriesOf(question);
  for (size_t i = 0; i < series.size(); ++i) {
    v1::SeriesSource& source = *answer.add_sources();
    source.set_series(series[i].name);
    *source.mutable_source() = prepared.sources[i];
    *source.mutable_source()->mutable_compute_time() = time::ToTimestamp(call.now);
  }
  Definitions used = prepared.definitions;
  for (const auto& [name, segment] : segments.segments) {
    used[name].set_name(name);
    used[name].set_etag(segment.etag());
  }
  for (const auto& [name, definition] : used) *answer.add_definitions() = definition;
  if (question.explain()) {
    ASSIGN_OR_RETURN(const std::vector<v1::ExplainedSet> events, analysis::Explain(snapshot, question, prepared.plan, PointerTo(among)));
    for (const v1::ExplainedSet& set : segments.sets) *answer.add_why() = set;
    for (const v1::ExplainedSet& set : events) *answer.add_why() = set;
  }
  answer.set_time_zone(zone_.name());
  answer.set_digest(DigestOf(prepared.asked, answer));
  return answer;
}

absl::StatusOr<Questions::Frozen> Questions::AnswerAsOf(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                        const v1::Question& asked, absl::CivilDay last_day) const {
  Prepared prepared;
  ASSIGN_OR_RETURN(prepared.question, Resolve(session, asked, call.now, prepared.definitions));
  ASSIGN_OR_RETURN(prepared.closed, ClosedOf(sources_, session, prepared.question, call.now));
  prepared.asked = prepared.question;
  prepared.closed_until = analysis::StartOf(last_day + 1, analysis::Calendar{zone_});
  status::BadFields checked;
  prepared.plan = analysis::PlanOf(prepared.question, zone_, prepared.closed_until, "question", checked);
  for (const Series& series : analysis::SeriesOf(prepared.question)) {
    ASSIGN_OR_RETURN(v1::FigureSource source, sources_.source(session, series));
    prepared.sources.push_back(std::move(source));
  }
  SnapshotUntil until(snapshot, last_day);
  Frozen frozen;
  frozen.question = prepared.question;
  ASSIGN_OR_RETURN(frozen.answer, Compute(call, session, until, prepared));
  return frozen;
}

absl::StatusOr<v1::Question> Questions::WithDefinitions(sql::Session& session, const v1::Question& question, absl::Time now,
                                                        std::set<std::string>& names) const {
  Definitions used;
  absl::StatusOr<v1::Question> resolved = Resolve(session, question, now, used);
  for (const auto& [name, definition] : used) names.insert(name);
  return resolved;
}

Questions::Outcomes Questions::AnswerAll(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                         const std::vector<v1::Question>& questions, Mode mode,
                                         std::shared_ptr<AnswerCache::Flight>& other) {
  std::vector<absl::StatusOr<Prepared>> prepared;
  std::vector<std::string> keys;
  for (const v1::Question& question : questions) {
    prepared.push_back(Prepare(call, session, question));
    if (prepared.back().ok()) keys.push_back(prepared.back()->key);
    if (!prepared.back().ok() && !mode.each) return {prepared.back().status()};
  }
  AnswerCache::Begun begun = cache_.Begin(keys, mode.alone);
  other = begun.other;
  Outcomes outcomes;
  if (other != nullptr) return outcomes;
  for (const absl::StatusOr<Prepared>& one : prepared) {
    if (!one.ok()) {
      outcomes.push_back(one.status());
      continue;
    }
    AnswerCache::Answer& known = begun.known[one->key];
    if (known == nullptr) {
      absl::StatusOr<v1::Answer> answer = Compute(call, session, snapshot, *one);
      if (!answer.ok()) {
        if (IsOfTheQuestion(answer.status())) begun.lead.Give(one->key, answer.status());
        outcomes.push_back(answer.status());
        if (!mode.each) return outcomes;
        continue;
      }
      known = std::make_shared<const v1::Answer>(*std::move(answer));
      begun.lead.Give(one->key, known);
    }
    outcomes.push_back(*known);
  }
  return outcomes;
}

absl::Status Questions::AskEach(const rpc::Call& call, const Find& find, const std::function<absl::Status(sql::Session&, Outcomes)>& take) {
  for (int waits = 0;; ++waits) {
    std::shared_ptr<AnswerCache::Flight> other;
    RETURN_IF_ERROR(sources_.open(call, std::nullopt, [&](sql::Session& session, Snapshot& snapshot, const std::string&) -> absl::Status {
      ASSIGN_OR_RETURN(const std::vector<v1::Question> questions, find(session));
      Outcomes outcomes = AnswerAll(call, session, snapshot, questions, {.each = true, .alone = waits == kMostWaits}, other);
      return other == nullptr ? take(session, std::move(outcomes)) : absl::OkStatus();
    }));
    if (other == nullptr) return absl::OkStatus();
    other->Wait(call.deadline);  // without a connection
    if (absl::Now() >= call.deadline) return status::Error(status::kDeadline);
  }
}

absl::StatusOr<v1::AskQuestionsResponse> Questions::Ask(const rpc::Call& call, const v1::AskQuestionsRequest& request) {
  status::BadFields bad;
  for (int i = 0; i < request.questions_size(); ++i) {
    analysis::PlanOf(request.questions(i), zone_, call.now, absl::StrCat("questions[", i, "]"), bad);
  }
  RETURN_IF_ERROR(bad.status());
  for (int waits = 0;; ++waits) {
    v1::AskQuestionsResponse response;
    std::shared_ptr<AnswerCache::Flight> other;
    RETURN_IF_ERROR(sources_.open(
        call, request.min_version(), [&](sql::Session& session, Snapshot& snapshot, const std::string& version) -> absl::Status {
          response.Clear();
          response.set_version(version);
          Outcomes outcomes = AnswerAll(call, session, snapshot, {request.questions().begin(), request.questions().end()},
                                        {.each = false, .alone = waits == kMostWaits}, other);
          for (absl::StatusOr<v1::Answer>& outcome : outcomes) {
            ASSIGN_OR_RETURN(*response.add_answers(), std::move(outcome));
          }
          return absl::OkStatus();
        }));
    if (other == nullptr) return response;
    // Without a connection. All answers are of one moment, so that only one that is asked for alone is taken as it comes.
    const std::optional<absl::StatusOr<AnswerCache::Answer>> result = other->Wait(call.deadline);
    if (absl::Now() >= call.deadline) return status::Error(status::kDeadline);
    if (!result.has_value() || request.questions_size() > 1) continue;
    if (!result->ok()) return result->status();
    *response.add_answers() = ***result;
    return response;
  }
}

absl::StatusOr<v1::AnswerSnapshot> Questions::Keep(const rpc::Call& call, const v1::CreateAnswerSnapshotRequest& request) {
  RETURN_IF_ERROR(CheckQuestion(request.answer_snapshot().question(), zone_, call.now, "answer_snapshot.question"));
  v1::AnswerSnapshot response;
  v1::Answer answer;
  const auto compute = [&] {
    return sources_.open(call, std::nullopt, [&](sql::Session& session, Snapshot& snapshot, const std::string&) -> absl::Status {
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
    RETURN_IF_ERROR(CheckSize(response));
    RETURN_IF_ERROR(snapshots_.Insert(tx, response));
    return Seal(tx.sql, kKeptAnswers, response.name());
  }));
  return response;
}

absl::StatusOr<Roaring> Questions::UsersOf(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                           const v1::UserDisclosure& disclosure) const {
  Definitions used;
  ASSIGN_OR_RETURN(const v1::Question question, Resolve(session, disclosure.question(), call.now, used));
  ASSIGN_OR_RETURN(const QuestionClosing closed, ClosedOf(sources_, session, question, call.now));
  status::BadFields checked;
  const QuestionPlan plan = analysis::PlanOf(question, zone_, closed.until, "question", checked);
  Segments::Used segments;
  ASSIGN_OR_RETURN(const std::optional<Roaring> among, AmongOf(segments_, session, snapshot, question, closed.until, segments));
  return analysis::UsersBehind(snapshot, plan, disclosure.selection(), PointerTo(among), closed.until);
}

absl::StatusOr<v1::UserDisclosure> Questions::Disclose(const rpc::Call& call, const v1::CreateUserDisclosureRequest& request) {
  RETURN_IF_ERROR(CheckQuestion(request.user_disclosure().question(), zone_, call.now, "user_disclosure.question"));
  v1::UserDisclosure response;
  int64_t count = 0;
  const auto compute = [&] {
    return sources_.open(call, std::nullopt, [&](sql::Session& session, Snapshot& snapshot, const std::string&) -> absl::Status {
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

absl::StatusOr<v1::ListQuestionUsersResponse> Questions::ListUsers(const rpc::Call& call, const v1::ListQuestionUsersRequest& sealed) {
  ASSIGN_OR_RETURN(const v1::ListQuestionUsersRequest request, record::WithOpenToken(store_, call, sealed));
  ASSIGN_OR_RETURN(const v1::UserDisclosure disclosure, disclosures_.Get(call, request.disclosure()));
  if (disclosure.creator() != call.principal.name) {
    return status::Error(kDisclosureOwned, {{"disclosure", disclosure.name()}, {"caller", call.principal.name}});
  }
  ASSIGN_OR_RETURN(const uint32_t first, FirstOf(request));
  const auto size = static_cast<size_t>(request.page_size() > 0 ? request.page_size() : kDefaultUserPage);
  v1::ListQuestionUsersResponse response;
  RETURN_IF_ERROR(sources_.open(call, std::nullopt, [&](sql::Session& session, Snapshot& snapshot, const std::string&) -> absl::Status {
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
  RETURN_IF_ERROR(record::SealToken(store_, call, sealed, &response));
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
