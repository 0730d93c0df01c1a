#include "services/metrics/analysis/segment.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {

const status::Reason kBadSegment{absl::StatusCode::kInvalidArgument, "BAD_SEGMENT", "The condition does not fit: {why}.",
                                 "條件不適用：{why}。"};
const status::Reason kSegmentCycle{absl::StatusCode::kFailedPrecondition, "SEGMENT_CYCLE", "The segment leads back to itself: {way:list}.",
                                   "此分群會引用回自身：{way:list}。"};
const status::Reason kSegmentInUse{absl::StatusCode::kFailedPrecondition, "SEGMENT_IN_USE", "{other} names {segment}.",
                                   "{other} 引用了 {segment}。"};

namespace {

using analysis::Calendar;
using analysis::SegmentCondition;
using analysis::SegmentExpression;
using Condition = v1::Segment::Condition;

const status::Phrase kIdTwice{"another one has the same id", "另一個條件使用相同代碼"};
const status::Phrase kPropertyAlone{"of the latest value property and value are set, of others neither",
                                    "「最新值」條件須設定屬性與值，其他條件則不設定"};
const status::Phrase kSegmentOfEvents{"it is about events", "條件須針對事件"};

// The period of a condition without one is that of all days with figures; set by whoever reads it.
SegmentCondition ToCondition(const Condition& condition, const Calendar& calendar, absl::Time closed_until, const std::string& path,
                             status::BadFields& bad) {
  SegmentCondition out;
  out.events = analysis::ToSelection(condition.events(), absl::StrCat(path, ".events"), bad);
  if (condition.has_period())
    out.window = analysis::ToWindow(condition.period(), calendar, closed_until, absl::StrCat(path, ".period"), bad);
  out.least = condition.least() > 0 ? condition.least() : 1;
  out.key = condition.property();
  out.value = condition.value();
  out.kind = condition.kind() == Condition::KIND_DAYS     ? SegmentCondition::kDays
             : condition.kind() == Condition::KIND_FIRST  ? SegmentCondition::kFirst
             : condition.kind() == Condition::KIND_LATEST ? SegmentCondition::kLatest
                                                          : SegmentCondition::kTimes;
  return out;
}

std::set<std::string> IdsOf(const v1::Segment& segment) {
  std::set<std::string> ids;
  for (const Condition& condition : segment.conditions()) ids.insert(condition.id());
  return ids;
}

SegmentExpression ExpressionOf(const v1::Segment& segment) {
  status::BadFields checked;
  return SegmentExpression::Parse(segment.expression(), IdsOf(segment), "segment.expression", checked);
}

}  // namespace

absl::Status CheckSegment(const v1::Segment& segment, const absl::TimeZone& zone) {
  status::BadFields bad;
  std::set<std::string> ids;
  for (int i = 0; i < segment.conditions_size(); ++i) {
    const Condition& condition = segment.conditions(i);
    const std::string path = absl::StrCat("segment.conditions[", i, "]");
    if (!ids.insert(condition.id()).second) bad.Add(absl::StrCat(path, ".id"), kBadSegment, {{"why", kIdTwice}});
    const SegmentCondition read = ToCondition(condition, {zone}, absl::UnixEpoch() + absl::Hours(24) * 36500, path, bad);
    const bool latest = read.kind == SegmentCondition::kLatest;
    if (read.key.empty() == latest || read.value.empty() == latest)
      bad.Add(absl::StrCat(path, ".property"), kBadSegment, {{"why", kPropertyAlone}});
    if (read.events.series.kind == kMeasurementKind) {
      bad.Add(absl::StrCat(path, ".events.measurement_name"), kBadSegment, {{"why", kSegmentOfEvents}});
    }
  }
  SegmentExpression::Parse(segment.expression(), ids, "segment.expression", bad);
  return bad.status();
}

// Locks every segment that this one leads to, so that of two changes that would close a circle together the second one sees the first.
absl::Status Segments::Check(record::Transaction& tx, const v1::Segment& segment) const {
  RETURN_IF_ERROR(CheckSegment(segment, zone_));
  std::map<std::string, std::set<std::string>> named;
  std::vector<std::string> open = {segment.name()};
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (named.count(name) > 0) continue;
    v1::Segment other = segment;
    if (name != segment.name()) {
      ASSIGN_OR_RETURN(other, segments_.Lock(tx, name));
    }
    named[name] = ExpressionOf(other).segments();
    open.insert(open.end(), named[name].begin(), named[name].end());
  }
  const std::vector<std::string> way = analysis::FindSegmentCycle(named, segment.name());
  if (way.empty()) return absl::OkStatus();
  return status::Error(kSegmentCycle, {{"way", absl::StrJoin(way, ", ")}});
}

absl::Status Segments::Create(record::Transaction& tx, v1::Segment& segment) { return Check(tx, segment); }

absl::Status Segments::Update(record::Transaction& tx, const v1::Segment&, v1::Segment& after) { return Check(tx, after); }

absl::Status Segments::Delete(record::Transaction& tx, const v1::Segment& segment) {
  ASSIGN_OR_RETURN(const std::vector<v1::Segment> others,
                   segments_.Select(tx.sql, "WHERE name <> ? ORDER BY name FOR UPDATE", sql::Bind(segment.name())));
  for (const v1::Segment& other : others) {
    if (ExpressionOf(other).segments().count(segment.name()) == 0) continue;
    return status::Error(kSegmentInUse, {{"segment", segment.name()}, {"other", other.name()}});
  }
  for (const FindUse& find : uses_) {
    ASSIGN_OR_RETURN(const std::string other, find(tx, segment.name()));
    if (!other.empty()) return status::Error(kSegmentInUse, {{"segment", segment.name()}, {"other", other}});
  }
  return absl::OkStatus();
}

absl::Status Segments::AddVersions(sql::Session& session, const std::string& name, std::map<std::string, v1::Segment>& versions) const {
  if (versions.contains(name)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Segment segment, segments_.Find(session, name));
  versions[name] = segment;
  for (const std::string& other : ExpressionOf(segment).segments()) RETURN_IF_ERROR(AddVersions(session, other, versions));
  return absl::OkStatus();
}

absl::StatusOr<Roaring> Segments::UsersOf(sql::Session& session, Snapshot& snapshot, const std::string& name, absl::Time closed_until,
                                          Used& used) const {
  std::map<std::string, v1::Segment> versions;
  RETURN_IF_ERROR(AddVersions(session, name, versions));
  return UsersOf(versions, snapshot, name, closed_until, used);
}

absl::StatusOr<Roaring> Segments::UsersOf(const std::map<std::string, v1::Segment>& versions, Snapshot& snapshot, const std::string& name,
                                          absl::Time closed_until, Used& used) const {
  const v1::Segment& segment = versions.at(name);
  used.segments[name] = segment;
  const SegmentExpression expression = ExpressionOf(segment);
  const std::set<std::string> words = expression.conditions();
  std::map<std::string, Roaring> sets;
  const auto note = [&](const std::string& what, const v1::EventSelection* events, const Roaring& users) {
    v1::ExplainedSet& set = used.sets.emplace_back();
    set.set_segment(what);
    if (events != nullptr) *set.mutable_events() = *events;
    set.set_users(static_cast<int64_t>(users.cardinality()));
  };
  for (const Condition& condition : segment.conditions()) {
    if (words.count(condition.id()) == 0) continue;
    status::BadFields checked;
    const Calendar calendar{zone_};
    SegmentCondition read = ToCondition(condition, calendar, closed_until, "", checked);
    if (!condition.has_period()) {
      ASSIGN_OR_RETURN(const auto extent, snapshot.Extent(read.events.series));
      if (extent.has_value()) read.window = analysis::WindowOf(*extent, calendar);
    }
    ASSIGN_OR_RETURN(sets[condition.id()], analysis::UsersOfCondition(snapshot, read, calendar));
    note(absl::StrCat(name, " ", condition.id()), &condition.events(), sets[condition.id()]);
  }
  for (const std::string& other : expression.segments()) {
    ASSIGN_OR_RETURN(sets[other], UsersOf(versions, snapshot, other, closed_until, used));
  }
  Roaring users = expression.Evaluate(sets);
  note(name, nullptr, users);
  return users;
}

void Segments::Bind(record::Methods& methods) {
  methods.Reads(segments_);
  methods.Creates(segments_, this, &Segments::Create);
  methods.Updates(segments_, this, &Segments::Update);
  methods.Deletes(segments_, this, &Segments::Delete);
}

}  // namespace heitie::metrics
