#include "services/activity/surge/surge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/statistics/distributions.h"
#include "common/status/macros.h"
#include "common/text/excerpt.h"
#include "common/time/instant.h"
#include "services/activity/clock/clockwork.h"
#include "services/activity/incident/live_spans.h"
#include "services/activity/inquiry/inquiry_rules.h"

namespace heitie::activity {

using v1::Incident;
using v1::Inquiry;
using v1::SurgeComplaint;
using v1::SurgeEpisode;
using v1::SurgeRule;

namespace {

constexpr char kCloseJob[] = "close-surge";
constexpr size_t kTitleLetters = 100;

// The complaints of a scope that count, received after an instant: an index holds them.
struct CountedWhere {
  std::string sql;
  sql::Values values;
};
CountedWhere WhereOf(const std::string& activity, const std::string& category, absl::Time after) {
  CountedWhere where{"WHERE complaint_time > ?", {after}};
  if (!activity.empty()) {
    absl::StrAppend(&where.sql, " AND activity = ?");
    where.values.emplace_back(activity);
  }
  if (!category.empty()) {
    // What is below it begins with it and a slash, after which comes the digit 0.
    absl::StrAppend(&where.sql, " AND (category = ? OR (category > ? AND category < ?))");
    for (const char* next : {"", "/", "0"}) where.values.emplace_back(absl::StrCat(category, next));
  }
  return where;
}

// Of the inquiry as one of the episode's complaints.
std::string NameOf(const SurgeEpisode& episode, const std::string& inquiry) {
  return absl::StrCat(episode.name(), "/complaints/", record::IdOf(inquiry));
}
std::string CloseJobOf(const std::string& episode) { return absl::StrCat(episode, "/close"); }

}  // namespace

const record::StateMachine& SurgeRuleMachine() {
  static const auto& machine =
      *new record::StateMachine(SurgeRule::State_descriptor(), {{SurgeRule::STATE_ACTIVE, "retire", SurgeRule::STATE_RETIRED}});
  return machine;
}

const record::StateMachine& SurgeEpisodeMachine() {
  static const auto& machine = *new record::StateMachine(
      SurgeEpisode::State_descriptor(), {{SurgeEpisode::STATE_OPEN, "close", SurgeEpisode::STATE_CLOSED,
                                          "N was below half of the opening number for a whole window", record::kConsequence}});
  return machine;
}

Surges::Surges(const service::Context& context, Activities& activities, const InquiryOwners& owners, const Escalations& escalations,
               Incidents& incidents)
    : context_(context),
      store_(context.store),
      activities_(activities),
      owners_(owners),
      escalations_(escalations),
      incidents_(incidents),
      rules_(context.store, &SurgeRuleMachine()),
      episodes_(context.store, &SurgeEpisodeMachine()),
      complaints_(context.store) {
  episodes_.SetDecorator([this](sql::Session& session, SurgeEpisode& episode) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t count, complaints_.CountChildren(session, episode.name()));
    episode.set_complaint_count(static_cast<int32_t>(count));
    return absl::OkStatus();
  });
  context.jobs.Handle(kCloseJob, [this](const rpc::Call& call, const job::Job& job) { return CloseWhenOver(call, job.payload); });
}

void Surges::Bind(record::Methods& methods) {
  methods.Reads(rules_);
  methods.Creates(rules_, this, &Surges::Create);
  methods.Updates(rules_, this, &Surges::Update);
  methods.Bind("RetireSurgeRule", this, &Surges::Retire);
  methods.Bind("ComputeSurge", this, &Surges::Compute);
  methods.Reads(episodes_);
  methods.Lists(complaints_);
}

// ---- Rules

absl::Status Surges::CheckRule(record::Transaction& tx, const SurgeRule& rule) const {
  status::BadFields bad;
  CheckSurgeRule(rule, bad);
  if (!rule.activity().empty()) {
    const absl::Status found = activities_.kind().Find(tx.sql, rule.activity()).status();
    if (absl::IsNotFound(found)) {
      bad.Add("surge_rule.activity", kUnknownActivity, {{"activity", rule.activity()}});
    } else {
      RETURN_IF_ERROR(found);
    }
  }
  return bad.status();
}

absl::Status Surges::Create(record::Transaction& tx, SurgeRule& rule) {
  rule.set_state(SurgeRule::STATE_ACTIVE);
  rule.set_version(1);
  rule.set_author(tx.call.principal.name);
  return CheckRule(tx, rule);
}

absl::Status Surges::Update(record::Transaction& tx, const SurgeRule& before, SurgeRule& after) {
  if (before.state() != SurgeRule::STATE_ACTIVE) return SurgeRuleMachine().Next(before.name(), before.state(), "update").status();
  after.set_version(before.version() + 1);
  after.set_author(tx.call.principal.name);
  return CheckRule(tx, after);
}

absl::StatusOr<SurgeRule> Surges::Retire(record::Transaction& tx, const v1::RetireSurgeRuleRequest& request) {
  return rules_.Change(tx, request, "retire", [&](SurgeRule& after) {
    after.set_version(after.version() + 1);
    after.set_author(tx.call.principal.name);
  });
}

Surges::Scope Surges::ScopeOf(const SurgeRule& rule, const std::string& activity) {
  return {rule.name(), rule.scope() == SurgeRule::SCOPE_CATEGORY ? "" : activity, rule.category()};
}

// ---- Counting

absl::StatusOr<int64_t> Surges::CustomersOf(sql::Session& session, const Scope& scope, absl::Time after) const {
  const CountedWhere where = WhereOf(scope.activity, scope.category, after);
  int64_t count = 0;
  RETURN_IF_ERROR(session.Query("SELECT COUNT(DISTINCT customer_key) FROM inquiries " + where.sql, where.values,
                                [&](const sql::Row& row) { count = row.Int(0); }));
  return count;
}

absl::StatusOr<SurgeBaseline> Surges::Baseline(sql::Session& session, const SurgeRule& rule, const Scope& scope, absl::Time end) const {
  const absl::Duration window = ToLength(rule.window()), period = ToLength(rule.baseline());
  const CountedWhere where = WhereOf(scope.activity, scope.category, end - period - absl::Microseconds(1));
  sql::Values values = {absl::ToInt64Seconds(window)};
  values.insert(values.end(), where.values.begin(), where.values.end());
  values.emplace_back(end);
  std::map<int64_t, int64_t> counts;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat(
          "SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', complaint_time) DIV ? AS number, COUNT(DISTINCT customer_key) FROM inquiries ",
          where.sql, " AND complaint_time < ? GROUP BY number"),
      values, [&](const sql::Row& row) { counts[row.Int(0)] = row.Int(1); }));
  std::vector<SurgeSpan> surges;
  std::string of_scope = "WHERE rule = ?";
  sql::Values scope_values = sql::Bind(scope.rule);
  if (!scope.activity.empty()) {
    absl::StrAppend(&of_scope, " AND activity = ?");
    scope_values.emplace_back(scope.activity);
  }
  RETURN_IF_ERROR(session.Query("SELECT open_time, close_time FROM surge_episodes " + of_scope, scope_values, [&](const sql::Row& row) {
    surges.push_back({row.Time(0), row.IsNull(1) ? absl::InfiniteFuture() : row.Time(1)});
  }));
  if (scope.activity.empty()) return BaselineOf(end, period, window, counts, surges, nullptr);
  ASSIGN_OR_RETURN(const std::vector<LiveSpan> spans, LiveSpansOf(session, scope.activity));
  std::vector<SurgeSpan> live;
  for (const LiveSpan& span : spans) live.push_back({span.start, span.end});
  return BaselineOf(end, period, window, counts, surges, &live);
}

// ---- Opening

absl::Status Surges::Received(record::Transaction& tx, const Inquiry& complaint, bool fresh) {
  ASSIGN_OR_RETURN(const std::vector<SurgeRule> rules, rules_.Select(tx.sql, "WHERE state = 'STATE_ACTIVE' ORDER BY name"));
  for (const SurgeRule& rule : rules) {
    if (InScope(rule, complaint.activity(), complaint.category())) RETURN_IF_ERROR(Judge(tx, rule, complaint, fresh));
  }
  return absl::OkStatus();
}

absl::Status Surges::Judge(record::Transaction& tx, const SurgeRule& rule, const Inquiry& complaint, bool fresh) {
  const Scope scope = ScopeOf(rule, complaint.activity());
  const absl::Time now = tx.call.now, receive_time = time::ToTime(complaint.receive_time());
  const absl::Duration window = ToLength(rule.window());
  RETURN_IF_ERROR(tx.sql
                      .Execute("INSERT INTO surge_scopes (rule, activity) VALUES (?, ?) ON DUPLICATE KEY UPDATE guard = guard + 1",
                               sql::Bind(scope.rule, scope.activity))
                      .status());
  std::string open_episode;
  int64_t rule_version = 0, opening_count = 0, spare = 0, since = 0, guard = 0;
  std::optional<absl::Time> base_time, check_time, count_time;
  SurgeBaseline baseline;
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT episode, rule_version, base_time, baseline_window_count, customer_sum, opening_count, check_time, spare, guard - "
      "count_guard, count_time, guard FROM surge_scopes WHERE rule = ? AND activity = ?",
      sql::Bind(scope.rule, scope.activity), [&](const sql::Row& row) {
        open_episode = row.Text(0);
        rule_version = row.Int(1);
        if (!row.IsNull(2)) base_time = row.Time(2);
        baseline = {row.Int(3), row.Int(4)};
        opening_count = row.Int(5);
        if (!row.IsNull(6)) check_time = row.Time(6);
        spare = row.Int(7);
        since = row.Int(8);
        if (!row.IsNull(9)) count_time = row.Time(9);
        guard = row.Int(10);
      }));
  if (!open_episode.empty()) {
    ASSIGN_OR_RETURN(const SurgeEpisode episode, episodes_.Find(tx.sql, open_episode));
    std::optional<absl::Time> check = check_time;
    // It may be over and the job late. The complaint itself, which counts already, is none of it then.
    if (!check || *check <= now) {
      ASSIGN_OR_RETURN(check, Settle(tx, episode, scope));
    }
    if (check) {
      if (receive_time <= time::ToTime(episode.open_time()) - ToLength(episode.window())) return absl::OkStatus();
      // One that was given another category and gets the first one back is there already.
      if (!fresh) {
        const absl::Status there = complaints_.Find(tx.sql, NameOf(episode, complaint.name())).status();
        if (there.ok() && !episode.incident().empty()) return incidents_.Attach(tx, episode.incident(), complaint.name());
        if (!absl::IsNotFound(there)) return there;
      }
      return Attach(tx, episode, complaint.name(), receive_time);
    }
    base_time.reset();
  }
  if (receive_time <= now - window) return absl::OkStatus();
  const absl::Time base = AlignedStart(now, window);
  if (rule_version != rule.version() || base_time != base) {
    ASSIGN_OR_RETURN(baseline, Baseline(tx.sql, rule, scope, base));
    opening_count = OpeningCount(baseline.expected(), rule.minimum(), rule.alpha());
    RETURN_IF_ERROR(
        tx.sql
            .Execute("UPDATE surge_scopes SET rule_version = ?, base_time = ?, baseline_window_count = ?, customer_sum = ?, "
                     "opening_count = ? WHERE rule = ? AND activity = ?",
                     sql::Bind(rule.version(), base, baseline.windows, baseline.customers, opening_count, scope.rule, scope.activity))
            .status());
  } else if (since <= spare && count_time && *count_time <= now) {
    // Each complaint since the last count is one more customer at most, and what was received before that leaves the window.
    return absl::OkStatus();
  }
  // No upper bound: what another replica took in by a clock that is ahead is there all the same.
  ASSIGN_OR_RETURN(const int64_t customers, CustomersOf(tx.sql, scope, now - window));
  if (customers >= opening_count) return Open(tx, rule, scope, customers, baseline);
  const int64_t left = opening_count - customers - 1;
  if (left == 0 && spare == 0) return absl::OkStatus();
  return tx.sql
      .Execute("UPDATE surge_scopes SET spare = ?, count_guard = ?, count_time = ? WHERE rule = ? AND activity = ?",
               sql::Bind(left, guard, now, scope.rule, scope.activity))
      .status();
}

absl::Status Surges::Open(record::Transaction& tx, const SurgeRule& rule, const Scope& scope, int64_t customers,
                          const SurgeBaseline& baseline) {
  const absl::Time now = tx.call.now;
  struct Found {
    std::string inquiry;
    absl::Time time;
  };
  std::vector<Found> found;
  std::map<std::string, int> by_activity;
  const CountedWhere where = WhereOf(scope.activity, scope.category, now - ToLength(rule.window()));
  RETURN_IF_ERROR(tx.sql.Query("SELECT name, complaint_time, activity FROM inquiries " + where.sql + " ORDER BY name", where.values,
                               [&](const sql::Row& row) {
                                 found.push_back({row.Text(0), row.Time(1)});
                                 if (!row.Text(2).empty()) ++by_activity[row.Text(2)];
                               }));
  SurgeEpisode episode;
  episode.set_name(absl::StrCat("surgeEpisodes/", record::NewId(now)));
  episode.set_rule(rule.name());
  episode.set_rule_version(rule.version());
  episode.set_activity(scope.activity);
  if (scope.activity.empty() && !by_activity.empty()) {
    const auto most =
        std::max_element(by_activity.begin(), by_activity.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    episode.set_activity(most->first);
  }
  episode.set_category(scope.category);
  *episode.mutable_window() = rule.window();
  episode.set_customer_count(static_cast<int32_t>(customers));
  episode.set_baseline_window_count(static_cast<int32_t>(baseline.windows));
  if (const std::optional<double> expected = baseline.expected()) {
    episode.set_expected_count(*expected);
    episode.set_probability(statistics::PoissonTail(customers, *expected));
  }
  *episode.mutable_open_time() = time::ToTimestamp(now);
  episode.set_state(SurgeEpisode::STATE_OPEN);
  std::string activity_owner;
  if (!episode.activity().empty()) {
    ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Find(tx.sql, episode.activity()));
    activity_owner = activity.owner();
  }
  ASSIGN_OR_RETURN(*episode.mutable_owner(), owners_.Choose(tx, {}, activity_owner));
  const std::string title = absl::StrCat(text::Excerpt(rule.display_name(), kTitleLetters), " (", customers, ")");
  if (!episode.activity().empty()) {
    Episode raised{episode.activity(), Incident::CAUSE_SURGE, episode.name()};
    raised.title = title;
    raised.severity = Incident::SEVERITY_MAJOR;
    raised.source = rule.name();
    raised.begin = now;
    ASSIGN_OR_RETURN(const Opened opened, incidents_.Open(tx, raised));
    episode.set_incident(opened.incident.name());
  }
  RETURN_IF_ERROR(episodes_.Insert(tx, episode, "open"));
  RETURN_IF_ERROR(tx.sql.Together([&]() -> absl::Status {
    for (const Found& complaint : found) RETURN_IF_ERROR(Attach(tx, episode, complaint.inquiry, complaint.time));
    return absl::OkStatus();
  }));
  v1::Escalation escalation;
  escalation.set_cause(v1::Escalation::CAUSE_SURGE);
  escalation.set_subject(episode.name());
  escalation.set_activity(episode.activity());
  *escalation.mutable_reach_time() = episode.open_time();
  escalation.set_detail(title);
  Escalations::Recipients recipients;
  recipients.activity_owner = !episode.activity().empty();
  recipients.managers = true;
  RETURN_IF_ERROR(escalations_.Tell(tx, escalation, recipients));
  ASSIGN_OR_RETURN(const absl::Time end, EndOf(tx.sql, episode, scope));
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE surge_scopes SET episode = ?, check_time = ? WHERE rule = ? AND activity = ?",
                               sql::Bind(episode.name(), end, scope.rule, scope.activity))
                      .status());
  return job::Schedule(tx, {CloseJobOf(episode.name()), kCloseJob, episode.name(), end});
}

absl::Status Surges::Attach(record::Transaction& tx, const SurgeEpisode& episode, const std::string& inquiry,
                            absl::Time receive_time) const {
  SurgeComplaint complaint;
  complaint.set_name(NameOf(episode, inquiry));
  complaint.set_inquiry(inquiry);
  *complaint.mutable_receive_time() = time::ToTimestamp(receive_time);
  RETURN_IF_ERROR(complaints_.Insert(tx, complaint, "attach"));
  return episode.incident().empty() ? absl::OkStatus() : incidents_.Attach(tx, episode.incident(), inquiry);
}

// ---- Closing

absl::Status Surges::Left(record::Transaction& tx, const Inquiry& complaint) {
  std::vector<std::string> open;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT SUBSTRING_INDEX(c.name, '/complaints/', 1) FROM surge_complaints c JOIN surge_episodes e ON e.name = "
                   "SUBSTRING_INDEX(c.name, '/complaints/', 1) WHERE c.inquiry = ? AND e.state = 'STATE_OPEN' ORDER BY 1",
                   sql::Bind(complaint.name()), [&](const sql::Row& row) { open.push_back(row.Text(0)); }));
  for (const std::string& name : open) {
    ASSIGN_OR_RETURN(const SurgeEpisode episode, episodes_.Find(tx.sql, name));
    if (!episode.incident().empty()) RETURN_IF_ERROR(incidents_.Detach(tx, episode.incident(), complaint.name()));
    // It may be over earlier now.
    RETURN_IF_ERROR(tx.sql.Execute("UPDATE surge_scopes SET check_time = NULL WHERE episode = ?", sql::Bind(name)).status());
    RETURN_IF_ERROR(job::Schedule(tx, {CloseJobOf(name), kCloseJob, name, tx.call.now}));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> Surges::EndOf(sql::Session& session, const SurgeEpisode& episode, const Scope& scope) const {
  const absl::Duration window = ToLength(episode.window());
  const absl::Time open = time::ToTime(episode.open_time());
  const CountedWhere where = WhereOf(scope.activity, scope.category, open - window);
  std::vector<CountedComplaint> complaints;
  RETURN_IF_ERROR(session.Query("SELECT complaint_time, customer_key FROM inquiries " + where.sql, where.values, [&](const sql::Row& row) {
    complaints.push_back({row.Time(0), row.Text(1)});
  }));
  return SurgeEnd(std::move(complaints), open, episode.customer_count(), window);
}

absl::StatusOr<std::optional<absl::Time>> Surges::Settle(record::Transaction& tx, const SurgeEpisode& found, const Scope& scope) {
  ASSIGN_OR_RETURN(const absl::Time end, EndOf(tx.sql, found, scope));
  if (end > tx.call.now) {
    RETURN_IF_ERROR(tx.sql
                        .Execute("UPDATE surge_scopes SET check_time = ? WHERE rule = ? AND activity = ? AND episode = ?",
                                 sql::Bind(end, scope.rule, scope.activity, found.name()))
                        .status());
    return end;
  }
  RETURN_IF_ERROR(incidents_.Clear(tx, found.name(), end, "The complaints have abated."));
  ASSIGN_OR_RETURN(const SurgeEpisode before, episodes_.Lock(tx, found.name()));
  if (before.state() != SurgeEpisode::STATE_OPEN) return std::nullopt;
  SurgeEpisode after = before;
  RETURN_IF_ERROR(episodes_.Advance(after, "close"));
  *after.mutable_close_time() = time::ToTimestamp(end);
  RETURN_IF_ERROR(episodes_.Update(tx, before, after, "close"));
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE surge_scopes SET episode = '', check_time = NULL, base_time = NULL WHERE rule = ? AND activity = ? "
                               "AND episode = ?",
                               sql::Bind(scope.rule, scope.activity, found.name()))
                      .status());
  return std::nullopt;
}

job::Outcome Surges::CloseWhenOver(const rpc::Call& call, const std::string& name) {
  std::optional<absl::Time> again;
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again.reset();
    ASSIGN_OR_RETURN(const SurgeEpisode episode, episodes_.Find(tx.sql, name));
    ASSIGN_OR_RETURN(const SurgeRule rule, rules_.Find(tx.sql, episode.rule()));
    const Scope scope = ScopeOf(rule, episode.activity());
    ASSIGN_OR_RETURN(const int64_t open,
                     tx.sql.Execute("UPDATE surge_scopes SET guard = guard + 1 WHERE rule = ? AND activity = ? AND episode = ?",
                                    sql::Bind(scope.rule, scope.activity, name)));
    if (open == 0) return absl::OkStatus();
    ASSIGN_OR_RETURN(again, Settle(tx, episode, scope));
    return absl::OkStatus();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return again ? job::Outcome::Again(*again) : job::Outcome::Done();
}

// ---- At present

absl::StatusOr<v1::ComputeSurgeResponse> Surges::Compute(const rpc::Call& call, const v1::ComputeSurgeRequest& request) {
  ASSIGN_OR_RETURN(const SurgeRule rule, rules_.Get(call, request.name()));
  const bool each = rule.scope() != SurgeRule::SCOPE_CATEGORY && rule.activity().empty();
  if (each == request.activity().empty()) {
    status::BadFields bad;
    bad.Add("activity", kScopeMismatch);
    return bad.status();
  }
  const Scope scope = ScopeOf(rule, each ? request.activity() : rule.activity());
  const absl::Duration window = ToLength(rule.window());
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeSurgeResponse> {
    v1::ComputeSurgeResponse response;
    ASSIGN_OR_RETURN(const SurgeBaseline baseline, Baseline(session, rule, scope, AlignedStart(call.now, window)));
    ASSIGN_OR_RETURN(const int64_t customers, CustomersOf(session, scope, call.now - window));
    response.set_customer_count(static_cast<int32_t>(customers));
    response.set_baseline_window_count(static_cast<int32_t>(baseline.windows));
    if (const std::optional<double> expected = baseline.expected()) response.set_expected_count(*expected);
    response.set_opening_count(static_cast<int32_t>(OpeningCount(baseline.expected(), rule.minimum(), rule.alpha())));
    RETURN_IF_ERROR(session.Query("SELECT episode FROM surge_scopes WHERE rule = ? AND activity = ?", sql::Bind(scope.rule, scope.activity),
                                  [&](const sql::Row& row) { response.set_surge_episode(row.Text(0)); }));
    return response;
  });
}

}  // namespace heitie::activity
