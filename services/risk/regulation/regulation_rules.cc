#include "services/risk/regulation/regulation_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/store.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::risk {

using v1::Obligation;
using v1::ObligationCase;
using v1::Regulation;
using v1::RegulationComparison;

namespace {

using NameList = google::protobuf::RepeatedPtrField<std::string>;

void AddAllTo(const NameList& names, std::set<std::string>& out) {
  for (const std::string& name : names) out.insert(absl::AsciiStrToLower(name));
}

void AddScope(const std::string& subject, const SubjectFacts& facts, BoundSubject& bound) {
  const auto scope = facts.scopes.find(subject);
  if (scope == facts.scopes.end()) return;
  AddAllTo(scope->second.markets(), bound.markets);
  AddAllTo(scope->second.categories(), bound.categories);
}

void AddChannels(const planning::v1::Scheme& scheme, BoundSubject& bound) {
  for (const planning::v1::Channel& channel : scheme.channels()) bound.channels.insert(absl::AsciiStrToLower(channel.title()));
}

void AddTypeOf(const std::string& project, const SubjectFacts& facts, BoundSubject& bound) {
  const auto found = facts.projects.find(project);
  if (found != facts.projects.end() && !found->second.project_type().empty()) {
    bound.kinds.insert(absl::AsciiStrToLower(found->second.project_type()));
  }
}

// A list that says nothing is met by everything.
bool Fits(const NameList& wanted, const std::set<std::string>& has) {
  return wanted.empty() ||
         std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) { return has.count(absl::AsciiStrToLower(one)) > 0; });
}

bool NamesIt(const NameList& names, const std::string& name) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

absl::Time StartOfDay(const google::type::Date& day, absl::TimeZone zone) { return absl::FromCivil(time::ToDay(day), zone); }

std::vector<std::string> LinesOf(const std::string& text) {
  if (text.empty()) return {};
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

const record::StateMachine& RegulationMachine() {
  static const auto& machine = *new record::StateMachine(
      Regulation::State_descriptor(),
      {
          {Regulation::STATE_PROPOSED, "enact", Regulation::STATE_ENACTED},
          {Regulation::STATE_ENACTED, "take_effect", Regulation::STATE_IN_FORCE, "its effective date has begun", record::kConsequence},
          {Regulation::STATE_IN_FORCE, "postpone", Regulation::STATE_ENACTED, "its effective date was moved ahead", record::kConsequence},
          {Regulation::STATE_PROPOSED, "repeal", Regulation::STATE_REPEALED},
          {Regulation::STATE_ENACTED, "repeal", Regulation::STATE_REPEALED},
          {Regulation::STATE_IN_FORCE, "repeal", Regulation::STATE_REPEALED},
      });
  return machine;
}

const record::StateMachine& ObligationMachine() {
  static const auto& machine =
      *new record::StateMachine(Obligation::State_descriptor(), {{Obligation::STATE_ACTIVE, "retire", Obligation::STATE_RETIRED}});
  return machine;
}

const record::StateMachine& ObligationCaseMachine() {
  constexpr auto kOpen = ObligationCase::STATE_OPEN, kFulfilled = ObligationCase::STATE_FULFILLED,
                 kConfirmed = ObligationCase::STATE_CONFIRMED, kDropped = ObligationCase::STATE_DROPPED;
  constexpr const char* kUnbound = "the regulation does not bind the subject any more";
  static const auto& machine =
      *new record::StateMachine(ObligationCase::State_descriptor(),
                                {
                                    {kOpen, "fulfill", kFulfilled},
                                    {kFulfilled, "confirm", kConfirmed, "somebody else has fulfilled it, as it is demanded now"},
                                    {kFulfilled, "reopen", kOpen},
                                    {kConfirmed, "reopen", kOpen},
                                    {kFulfilled, "demand_anew", kOpen, "something else is demanded now", record::kConsequence},
                                    {kConfirmed, "demand_anew", kOpen, "something else is demanded now", record::kConsequence},
                                    {kOpen, "drop", kDropped, kUnbound, record::kConsequence},
                                    {kFulfilled, "drop", kDropped, kUnbound, record::kConsequence},
                                    {kDropped, "list_again", kOpen, "the regulation binds the subject again", record::kConsequence},
                                });
  return machine;
}

BoundSubject SubjectOf(const activity::v1::Activity& activity, const SubjectFacts& facts) {
  using activity::v1::Activity;
  BoundSubject bound;
  bound.name = activity.name();
  bound.title = activity.title();
  bound.owner = activity.owner();
  bound.project = activity.project();
  bound.open = activity.state() == Activity::STATE_DRAFT || activity.state() == Activity::STATE_PREPARING ||
               activity.state() == Activity::STATE_READY || activity.state() == Activity::STATE_LIVE ||
               activity.state() == Activity::STATE_PAUSED;
  bound.start = time::ToTime(activity.start_time());
  bound.end = time::ToTime(activity.end_time());
  if (!activity.kind().empty()) bound.kinds.insert(activity.kind());
  AddTypeOf(activity.project(), facts, bound);
  AddScope(activity.name(), facts, bound);
  AddScope(activity.project(), facts, bound);
  const auto schemes = facts.schemes.find(activity.project());
  if (schemes == facts.schemes.end()) return bound;
  for (const planning::v1::Scheme& scheme : schemes->second) {
    if (scheme.name() == activity.scheme()) AddChannels(scheme, bound);
  }
  return bound;
}

BoundSubject SubjectOf(const planning::v1::Project& project, const SubjectFacts& facts, absl::TimeZone zone) {
  using planning::v1::Project;
  using planning::v1::Scheme;
  BoundSubject bound;
  bound.name = project.name();
  bound.title = project.title();
  bound.owner = project.owner();
  bound.open =
      project.state() == Project::STATE_DRAFT || project.state() == Project::STATE_SUBMITTED || project.state() == Project::STATE_APPROVED;
  bound.start = StartOfDay(project.start_date(), zone);
  bound.end = absl::FromCivil(time::ToDay(project.end_date()) + 1, zone);
  AddTypeOf(project.name(), facts, bound);
  AddScope(project.name(), facts, bound);
  const auto schemes = facts.schemes.find(project.name());
  if (schemes == facts.schemes.end()) return bound;
  for (const Scheme& scheme : schemes->second) {
    if (scheme.state() == Scheme::STATE_DRAFT || scheme.state() == Scheme::STATE_APPROVED) AddChannels(scheme, bound);
  }
  return bound;
}

bool SaysWhatItBinds(const v1::Applicability& applicability) {
  return applicability.everything() || !applicability.kinds().empty() || !applicability.channels().empty() ||
         !applicability.categories().empty() || !applicability.markets().empty() || !applicability.subjects().empty();
}

bool Binds(const v1::Applicability& applicability, const BoundSubject& subject) {
  if (applicability.everything()) return true;
  if (NamesIt(applicability.subjects(), subject.name) || NamesIt(applicability.subjects(), subject.project)) return true;
  const bool lists = !applicability.kinds().empty() || !applicability.channels().empty() || !applicability.categories().empty() ||
                     !applicability.markets().empty();
  return lists && Fits(applicability.kinds(), subject.kinds) && Fits(applicability.channels(), subject.channels) &&
         Fits(applicability.categories(), subject.categories) && Fits(applicability.markets(), subject.markets);
}

std::optional<InForceSpan> SpanOf(const Regulation& regulation, absl::TimeZone zone) {
  if (!regulation.has_enact_time() || !regulation.has_effective_date()) return std::nullopt;
  InForceSpan span{StartOfDay(regulation.effective_date(), zone)};
  if (regulation.has_repeal_date()) span.end = StartOfDay(regulation.repeal_date(), zone);
  // Repealed before it came into force.
  if (span.end <= span.start) return std::nullopt;
  return span;
}

absl::Time NextTurnOf(const Regulation& regulation, absl::TimeZone zone, absl::Time at) {
  const std::optional<InForceSpan> span = SpanOf(regulation, zone);
  if (!span.has_value()) return absl::InfiniteFuture();
  return at < span->start ? span->start : at < span->end ? span->end : absl::InfiniteFuture();
}

InForceSpan ExpectedSpanOf(const Regulation& regulation, absl::TimeZone zone, absl::Time now) {
  InForceSpan span{regulation.has_effective_date() ? StartOfDay(regulation.effective_date(), zone) : now};
  if (regulation.has_repeal_date()) span.end = StartOfDay(regulation.repeal_date(), zone);
  return span;
}

bool Meets(const Regulation& regulation, const InForceSpan& span, const BoundSubject& subject, absl::Time at) {
  if (!subject.open || !Binds(regulation.applicability(), subject)) return false;
  const absl::Time end = std::max(subject.end, at + absl::Microseconds(1));
  return std::max(subject.start, span.start) < std::min(end, span.end) && at < span.end;
}

bool IsConfirmed(const ObligationCase* found, const Obligation& obligation) {
  return found != nullptr && found->state() == ObligationCase::STATE_CONFIRMED &&
         found->requirement_version() == obligation.requirement_version();
}

absl::CivilDay DueDayOf(const Obligation& obligation, absl::Time effective, absl::TimeZone zone) {
  return std::min(time::ToDay(obligation.due_date()), absl::ToCivilDay(effective, zone) - 1);
}

std::string CaseOf(const std::string& obligation, const std::string& subject) {
  return absl::StrCat("obligationCases/", text::Sha256Hex(absl::StrCat(obligation, " ", subject)).substr(0, 32));
}

int32_t LeadToTell(const std::vector<int32_t>& lead_days, absl::Time effective, int32_t told, absl::Time at) {
  if (at >= effective) return 0;
  int32_t least = 0;
  for (const int32_t days : lead_days) {
    if (at >= effective - absl::Hours(24) * days && (least == 0 || days < least)) least = days;
  }
  return told == 0 || least < told ? least : 0;
}

absl::Time NextLead(const std::vector<int32_t>& lead_days, absl::Time effective, absl::Time at) {
  absl::Time next = absl::InfiniteFuture();
  for (const int32_t lead : lead_days) {
    const absl::Time reached = effective - absl::Hours(24) * lead;
    if (reached > at) next = std::min(next, reached);
  }
  return next;
}

int RankOfLead(const std::vector<int32_t>& lead_days, int32_t lead) {
  return static_cast<int>(std::count_if(lead_days.begin(), lead_days.end(), [&](int32_t days) { return days < lead; }));
}

int32_t OverdueDays(absl::Time due, absl::Time at) {
  if (at < due) return 0;
  return static_cast<int32_t>((at - due) / absl::Hours(24)) + 1;
}

v1::SignalSeverity SeverityOfLead(const std::vector<int32_t>& lead_days, int32_t lead) {
  const int rank = RankOfLead(lead_days, lead);
  return rank == 0 ? v1::SIGNAL_SEVERITY_HIGH : rank == 1 ? v1::SIGNAL_SEVERITY_MEDIUM : v1::SIGNAL_SEVERITY_LOW;
}

std::string KeyOfLead(const std::string& regulation, int32_t lead, const std::string& day) {
  return absl::StrCat(regulation, "@", lead, "@", day);
}

int32_t OverdueDays(absl::CivilDay due, absl::TimeZone zone, absl::Time at) { return OverdueDays(absl::FromCivil(due + 1, zone), at); }

RegulationComparison CompareTexts(const std::string& earlier, const std::string& later) {
  const std::vector<std::string> a = LinesOf(earlier), b = LinesOf(later);
  RegulationComparison comparison;
  const auto add = [&](RegulationComparison::Line::Kind kind, const std::string& text) {
    RegulationComparison::Line& line = *comparison.add_lines();
    line.set_kind(kind);
    line.set_text(text);
    if (kind == RegulationComparison::Line::KIND_REMOVED) comparison.set_removed_count(comparison.removed_count() + 1);
    if (kind == RegulationComparison::Line::KIND_ADDED) comparison.set_added_count(comparison.added_count() + 1);
  };
  // What is alike at both ends is most of a text that was changed a little, and costs nothing.
  size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail + head < a.size() && tail + head < b.size() && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const size_t n = a.size() - head - tail, m = b.size() - head - tail;
  // common[i][j]: the longest common sequence of what follows line i of the one and line j of the other. 50,000 characters have at most as
  // many lines; beyond some thousand by some thousand the middle is told as replaced.
  constexpr size_t kMostCells = 16'000'000;
  const bool fits = n * m <= kMostCells;
  std::vector<std::vector<uint16_t>> common(fits ? n + 1 : 1, std::vector<uint16_t>(fits ? m + 1 : 1, 0));
  if (fits) {
    for (size_t i = n; i-- > 0;) {
      for (size_t j = m; j-- > 0;) {
        const bool same = a[head + i] == b[head + j];
        common[i][j] = same ? static_cast<uint16_t>(common[i + 1][j + 1] + 1) : std::max(common[i + 1][j], common[i][j + 1]);
      }
    }
  }
  for (size_t i = 0; i < head; ++i) add(RegulationComparison::Line::KIND_SAME, a[i]);
  size_t i = 0, j = 0;
  while (i < n || j < m) {
    if (fits && i < n && j < m && a[head + i] == b[head + j]) {
      add(RegulationComparison::Line::KIND_SAME, a[head + i]);
      ++i, ++j;
    } else if (i < n && (j == m || !fits || common[i + 1][j] >= common[i][j + 1])) {
      add(RegulationComparison::Line::KIND_REMOVED, a[head + i++]);
    } else {
      add(RegulationComparison::Line::KIND_ADDED, b[head + j++]);
    }
  }
  for (size_t k = 0; k < tail; ++k) add(RegulationComparison::Line::KIND_SAME, a[a.size() - tail + k]);
  return comparison;
}

}  // namespace heitie::risk
