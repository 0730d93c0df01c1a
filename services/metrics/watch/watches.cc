#include "services/metrics/watch/watches.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/watch.pb.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {
namespace {

// What a topic is of: the first byte of its name. The rest is the request without what differs between its watchers.
constexpr char kOfQuestion = 'q', kOfDashboard = 'd', kOfAlerts = 'a', kOfImport = 'i';

constexpr absl::Duration kWatchRead = absl::Seconds(30), kWatchLook = absl::Seconds(5);
// What passes with the time alone is seen so soon.
constexpr absl::Duration kWatchRefresh = absl::Minutes(1);
constexpr size_t kWatchedAlerts = 200;
constexpr char kOpenAlerts[] = "state IN ('STATE_OPEN', 'STATE_ACKNOWLEDGED')";

template <typename Request>
const Request& RequestOf(const rpc::Stream& stream) {
  return static_cast<const Request&>(stream.request());
}

template <typename Response>
std::vector<std::shared_ptr<const google::protobuf::Message>> OneForAll(Response response) {
  return {std::make_shared<const Response>(std::move(response))};
}

bool ComesFirst(const v1::Alert& a, const v1::Alert& b) {
  if (a.severity() != b.severity()) return a.severity() > b.severity();
  const absl::Time a_time = time::ToTime(a.episode_time()), b_time = time::ToTime(b.episode_time());
  return a_time != b_time ? a_time < b_time : a.name() < b.name();
}

bool IsOver(const v1::Import& import) {
  return import.state() == v1::Import::STATE_DONE || import.state() == v1::Import::STATE_FAILED ||
         import.state() == v1::Import::STATE_CANCELLED;
}

}  // namespace

Watches::Watches(const service::Context& context, Watched watched, WatchLimits limits, Hub::Pace pace)
    : store_(context.store),
      clock_(context.clock),
      zone_(context.time_zone),
      watched_(std::move(watched)),
      count_(limits),
      hub_({[this](const std::string& topic) { return Read(topic); },
            [this](const std::vector<std::string>& keys) { return Versions(keys); }},
           pace) {
  store_.OnCommit(hub_.Bell());
}

rpc::Call Watches::OwnCall() const {
  rpc::Call call;
  call.principal.name = "services/metrics";
  call.now = clock_.Now();
  call.deadline = absl::Now() + kWatchRead;
  return call;
}

absl::StatusOr<WatchedState> Watches::Read(const std::string& topic) const {
  const rpc::Call call = OwnCall();
  const std::string what = topic.substr(1);
  switch (topic.front()) {
    case kOfQuestion:
      return ReadQuestion(call, what);
    case kOfDashboard:
      return ReadDashboard(call, what);
    case kOfAlerts:
      return ReadAlerts(call, what);
    default:
      return ReadImport(call, what);
  }
}

absl::StatusOr<std::map<std::string, std::string>> Watches::Versions(const std::vector<std::string>& keys) const {
  std::map<std::string, std::string> versions;
  RETURN_IF_ERROR(store_.database().Snapshot(absl::Now() + kWatchLook, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(versions, watched_.bases.VersionsOf(session, keys));
    return absl::OkStatus();
  }));
  return versions;
}

absl::Status Watches::SetBasis(sql::Session& session, const std::vector<std::string>& keys, WatchedState& state) const {
  ASSIGN_OR_RETURN(state.basis, watched_.bases.VersionsOf(session, keys));
  for (const std::string& key : keys) state.basis.try_emplace(key);
  return absl::OkStatus();
}

// --- Questions ----------------------------------------------------------------------------------------------------------

void Watches::WatchQuestion(std::shared_ptr<rpc::Stream> stream) {
  const auto& request = RequestOf<v1::WatchQuestionRequest>(*stream);
  v1::Question question = request.question();
  question.clear_explain();
  status::BadFields bad;
  analysis::PlanOf(question, zone_, stream->call().now, "question", bad);
  if (!bad.empty()) return stream->Close(bad.status());
  if (count_.Enter(*stream)) hub_.Watch(stream, kOfQuestion + question.SerializeAsString(), request.last_digest());
}

absl::StatusOr<WatchedState> Watches::ReadQuestion(const rpc::Call& call, const std::string& request) const {
  v1::Question question;
  question.ParseFromString(request);
  WatchedState state;
  v1::Answer answer;
  const auto find = [&](sql::Session&) { return std::vector<v1::Question>{question}; };
  RETURN_IF_ERROR(watched_.questions.AskEach(call, find, [&](sql::Session& session, Questions::Outcomes outcomes) -> absl::Status {
    ASSIGN_OR_RETURN(answer, std::move(outcomes.front()));
    std::set<std::string> keys;
    RETURN_IF_ERROR(watched_.bases.Add(session, question, call.now, keys));
    return SetBasis(session, {keys.begin(), keys.end()}, state);
  }));
  state.digest = WatchDigestOf(answer);
  if (ChangesWithTime(question, answer)) state.refresh = kWatchRefresh;
  v1::WatchQuestionResponse response;
  *response.mutable_answer() = std::move(answer);
  response.set_digest(state.digest);
  state.messages = OneForAll(std::move(response));
  return state;
}

// --- Dashboards ---------------------------------------------------------------------------------------------------------

void Watches::WatchDashboard(std::shared_ptr<rpc::Stream> stream) {
  v1::WatchDashboardRequest request = RequestOf<v1::WatchDashboardRequest>(*stream);
  const std::string digest = request.last_digest();
  request.clear_last_digest();
  // Each message passes the rules of rows again.
  absl::Status status = watched_.dashboards.kind().Get(stream->call(), request.name()).status();
  if (status.ok()) status = watched_.answers.Check(stream->call(), request.overrides());
  if (!status.ok()) return stream->Close(status);
  if (count_.Enter(*stream)) hub_.Watch(stream, kOfDashboard + request.SerializeAsString(), digest);
}

absl::StatusOr<WatchedState> Watches::ReadDashboard(const rpc::Call& call, const std::string& text) const {
  v1::WatchDashboardRequest request;
  request.ParseFromString(text);
  WatchedState state;
  const auto rest_on = [&](sql::Session& session, const BoardAnswer& board) -> absl::Status {
    std::set<std::string> keys = {request.name()};
    for (const v1::Tile& tile : board.dashboard.tiles()) {
      if (!tile.saved_question().empty()) keys.insert(tile.saved_question());
    }
    for (const TileOutcome& one : board.tiles) RETURN_IF_ERROR(watched_.bases.Add(session, one.tile.question(), call.now, keys));
    return SetBasis(session, {keys.begin(), keys.end()}, state);
  };
  ASSIGN_OR_RETURN(const BoardAnswer board, watched_.answers.Read(call, request.name(), 0, request.overrides(), rest_on));
  const bool constant = std::all_of(board.tiles.begin(), board.tiles.end(), [](const TileOutcome& one) {
    return one.answer.ok() && !ChangesWithTime(one.tile.question(), *one.answer);
  });
  if (!constant) state.refresh = kWatchRefresh;
  state.digest = DigestOf(board);
  // Who reads it is a part of the digest, so that a change of that reaches everybody.
  state.admits = [&versions = watched_.dashboards.versions(), row = board.dashboard](const rpc::Call& watcher) {
    return versions.Sees(watcher, row) ? absl::OkStatus() : status::NotFound(record::ParentOf(row.name()));
  };
  // The words of tiles that failed are in the language of whoever watches.
  const bool has_words = std::any_of(board.tiles.begin(), board.tiles.end(), [](const TileOutcome& one) { return !one.answer.ok(); });
  for (const auto language : {status::Language::kEnglish, status::Language::kTraditionalChinese, status::Language::kSimplifiedChinese}) {
    v1::WatchDashboardResponse response;
    *response.mutable_answer() = ToResponse(board, language);
    response.set_digest(state.digest);
    state.messages.push_back(std::make_shared<const v1::WatchDashboardResponse>(std::move(response)));
    if (!has_words) break;
  }
  return state;
}

// --- Alerts -------------------------------------------------------------------------------------------------------------

// Those who see every alert share a topic; of others each has an own one, and its alerts are those that the rule of rows gives to the name.
void Watches::WatchAlerts(std::shared_ptr<rpc::Stream> stream) {
  const rpc::Principal& who = stream->call().principal;
  const bool everything = watched_.warning.alerts.collection().sight().ShowsEverything(who);
  if (!count_.Enter(*stream)) return;
  hub_.Watch(stream, kOfAlerts + (everything ? std::string() : who.name), RequestOf<v1::WatchAlertsRequest>(*stream).last_digest());
}

absl::StatusOr<WatchedState> Watches::ReadAlerts(const rpc::Call& call, const std::string& person) const {
  const record::Kind<v1::Alert>& kind = watched_.warning.alerts;
  std::string where = absl::StrCat("WHERE ", kOpenAlerts);
  sql::Values values;
  if (!person.empty()) {
    rpc::Principal who;
    who.name = person;
    absl::StrAppend(&where, " AND ", watched_.warning.alerts.collection().sight().BoundsOf(who).rows.Condition(&values));
  }
  WatchedState state;
  v1::WatchAlertsResponse response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(std::vector<v1::Alert> alerts, kind.Select(session, where, values));
    response.set_total_size(static_cast<int32_t>(alerts.size()));
    std::sort(alerts.begin(), alerts.end(), ComesFirst);
    if (alerts.size() > kWatchedAlerts) alerts.resize(kWatchedAlerts);
    for (v1::Alert& alert : alerts) {
      ASSIGN_OR_RETURN(*response.add_alerts(), kind.Decorated(session, std::move(alert)));
    }
    return SetBasis(session, {kAlertsKey}, state);
  }));
  state.digest = text::Sha256Hex(response.SerializeAsString());
  response.set_digest(state.digest);
  state.messages = OneForAll(std::move(response));
  return state;
}

// --- Imports ------------------------------------------------------------------------------------------------------------

void Watches::WatchImport(std::shared_ptr<rpc::Stream> stream) {
  const auto& request = RequestOf<v1::WatchImportRequest>(*stream);
  if (absl::Status status = watched_.imports.Get(stream->call(), request.name()).status(); !status.ok()) return stream->Close(status);
  if (count_.Enter(*stream)) hub_.Watch(stream, kOfImport + request.name(), request.last_digest());
}

absl::StatusOr<WatchedState> Watches::ReadImport(const rpc::Call& call, const std::string& name) const {
  WatchedState state;
  v1::WatchImportResponse response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(v1::Import import, watched_.imports.Find(session, name));
    ASSIGN_OR_RETURN(*response.mutable_import(), watched_.imports.Decorated(session, std::move(import)));
    return SetBasis(session, {name}, state);
  }));
  state.last = IsOver(response.import());
  state.digest = text::Sha256Hex(response.import().SerializeAsString());
  response.set_digest(state.digest);
  state.messages = OneForAll(std::move(response));
  return state;
}

void Watches::Bind(record::Methods& methods) {
  methods.BindStream("WatchQuestion", this, &Watches::WatchQuestion);
  methods.BindStream("WatchDashboard", this, &Watches::WatchDashboard);
  methods.BindStream("WatchAlerts", this, &Watches::WatchAlerts);
  methods.BindStream("WatchImport", this, &Watches::WatchImport);
}

}  // namespace heitie::metrics
