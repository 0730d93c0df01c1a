#include "services/metrics/closing/restatement.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/closing/difference.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {
namespace {

using v1::FigureAdjustment;

constexpr absl::Duration kLookInterval = absl::Seconds(5);
// A look that found nothing is noted after so long, so that the next one asks for what happened since then only.
constexpr absl::Duration kNoteInterval = absl::Hours(1);
// Of a turn's time, for the last month.
constexpr absl::Duration kLastLook = absl::Seconds(12);
constexpr int kMostCauses = 100;
constexpr int kMostDifferences = 200;

template <typename List, typename Item>
void AddSome(const std::vector<Item>& all, int most, List* to) {
  for (int i = 0; i < std::min(most, static_cast<int>(all.size())); ++i) *to->Add() = all[static_cast<size_t>(i)];
}

}  // namespace

Restatements::Restatements(const service::Context& context, const Questions& questions, const MonthClosings& months)
    : store_(context.store), questions_(questions), months_(months) {
  context.jobs.Recur("restate-closed-months", kLookInterval, [this](const rpc::Call& call, const job::Job&) { return LookAtAll(call); });
}

absl::StatusOr<std::string> Restatements::BooksThrough(sql::Session& session, const std::string& series, absl::CivilDay last) {
  const auto version = versions_.find(series);
  const int64_t now = version == versions_.end() ? 0 : version->second;
  auto known = known_books_.find(series);
  if (known == known_books_.end() || known->second.first != now) {
    ASSIGN_OR_RETURN(Books books, BooksOf(session, series));
    known = known_books_.insert_or_assign(series, std::pair(now, std::move(books))).first;
  }
  return known->second.second.Through(last);
}

absl::StatusOr<std::optional<FigureAdjustment>> Restatements::Restate(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                                      const std::string& name, const std::vector<Happening>& happenings,
                                                                      const ClosingLook& before, ClosingLook::Figure& figure) const {
  ASSIGN_OR_RETURN(const v1::OfficialFigure official, months_.figures().Find(session, name));
  const absl::CivilDay last = DaysOfMonth(record::IdOf(before.closing)).last;
  absl::StatusOr<Questions::Frozen> now = questions_.AnswerAsOf(call, session, snapshot, official.question(), last);
  // Nobody can tell any more; the figure stays as it is.
  if (status::ReasonOf(now.status()) == kRawExpired.id) return std::nullopt;
  RETURN_IF_ERROR(now.status());
  if (now->answer.digest() == figure.digest) return std::nullopt;
  v1::Answer earlier = official.answer();
  ASSIGN_OR_RETURN(const std::vector<FigureAdjustment> latest,
                   months_.adjustments().Select(session, "WHERE figure = ? ORDER BY number DESC LIMIT 1", sql::Bind(name)));
  if (!latest.empty()) earlier = latest.front().answer();
  const std::vector<v1::FigureDifference> differences = DifferencesOf(earlier, now->answer);
  if (differences.empty() || IsLessExact(differences)) return std::nullopt;
  const std::vector<v1::AdjustmentCause> causes = CausesOf(happenings, before.seen, figure.series, last);
  FigureAdjustment adjustment;
  adjustment.set_name(absl::StrCat(before.closing, "/adjustments/", record::NewId(call.now)));
  adjustment.set_figure(name);
  adjustment.set_number(figure.number + 1);
  AddSome(causes, kMostCauses, adjustment.mutable_causes());
  adjustment.set_cause_count(static_cast<int32_t>(causes.size()));
  AddSome(differences, kMostDifferences, adjustment.mutable_differences());
  adjustment.set_difference_count(static_cast<int32_t>(differences.size()));
  adjustment.set_before_digest(figure.digest);
  *adjustment.mutable_answer() = std::move(now->answer);
  RETURN_IF_ERROR(CheckSize(adjustment));
  figure.digest = adjustment.answer().digest();
  figure.number = adjustment.number();
  return adjustment;
}

absl::StatusOr<std::optional<Restatements::Found>> Restatements::Find(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                                      const ClosingLook& before) {
  const absl::CivilDay last = DaysOfMonth(record::IdOf(before.closing)).last;
  Found found{before, {}};
  std::set<std::string> changed;
  for (auto& [series, books] : found.look.books) {
    ASSIGN_OR_RETURN(std::string now, BooksThrough(session, series, last));
    if (now == books) continue;
    books = std::move(now);
    changed.insert(series);
  }
  if (changed.empty() && call.now - before.time < kNoteInterval) return std::nullopt;
  ASSIGN_OR_RETURN(const std::vector<Happening> happenings, HappeningsAfter(session, before.time - kLongestWrite));
  for (auto& [name, figure] : found.look.figures) {
    const auto is_changed = [&](const std::string& series) { return changed.contains(series); };
    if (std::none_of(figure.series.begin(), figure.series.end(), is_changed)) continue;
    ASSIGN_OR_RETURN(std::optional<FigureAdjustment> adjustment, Restate(call, session, snapshot, name, happenings, before, figure));
    if (adjustment.has_value()) found.adjustments.push_back(*std::move(adjustment));
  }
  found.look.look = before.look + 1;
  found.look.time = call.now;
  found.look.seen = SeenOf(happenings, call.now);
  return found;
}

// A month that cannot be looked at does not keep others from it.
absl::Status Restatements::FindAll(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, std::vector<Found>& found) {
  ASSIGN_OR_RETURN(const bool running, IsCorrectionRunning(session));
  if (running) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<ClosingLook> looks, ReadLooks(session));
  if (looks.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(versions_, VersionsOf(session));
  absl::Status failure;
  for (const ClosingLook& look : looks) {
    if (absl::Now() + kLastLook >= call.deadline) break;
    absl::StatusOr<std::optional<Found>> one = Find(call, session, snapshot, look);
    if (!one.ok()) {
      failure.Update(one.status());
    } else if (one->has_value()) {
      found.push_back(**std::move(one));
    }
  }
  return found.empty() ? failure : absl::OkStatus();
}

absl::Status Restatements::Keep(const rpc::Call& call, Found& found) {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool next, AdvanceLook(tx.sql, found.look));
    if (!next) return absl::OkStatus();
    for (const FigureAdjustment& adjustment : found.adjustments) {
      FigureAdjustment kept = adjustment;
      RETURN_IF_ERROR(months_.adjustments().Insert(tx, kept, "restate"));
      RETURN_IF_ERROR(Seal(tx.sql, kKeptAdjustments, kept.name()));
    }
    return absl::OkStatus();
  });
}

job::Outcome Restatements::LookAtAll(const rpc::Call& call) {
  const std::lock_guard lock(mutex_);
  std::vector<Found> found;
  absl::Status status = questions_.sources().open(call, std::nullopt, [&](sql::Session& session, Snapshot& snapshot, const std::string&) {
    found.clear();
    return FindAll(call, session, snapshot, found);
  });
  for (Found& one : found) status.Update(Keep(call, one));
  return job::Outcome{status};
}

}  // namespace heitie::metrics
