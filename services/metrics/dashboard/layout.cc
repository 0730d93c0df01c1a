#include "services/metrics/dashboard/layout.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "services/metrics/analysis/filter.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {

const status::Reason kBadTile{absl::StatusCode::kInvalidArgument, "BAD_TILE", "The tile does not fit: {why}.", "圖磚不適用：{why}。"};

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Tile;
using Tiles = google::protobuf::RepeatedPtrField<Tile>;

const status::Phrase kIdOfAnother{"another tile has the same id", "另一個圖磚使用相同代碼"};
const status::Phrase kOneQuestion{"either a saved question or a question of its own is set", "須設定已儲存的問題或自有的問題，且只能擇一"};
const status::Phrase kVersionAlone{"only a saved question has versions", "只有已儲存的問題才有版本"};
const status::Phrase kOtherForm{"this question is not drawn so", "此類問題不適用這種呈現方式"};
const status::Phrase kOutsideGrid{"it ends within the 12 columns", "須在 12 欄之內"};
const status::Phrase kOverlap{"it overlaps a tile before it", "與前面的圖磚重疊"};

bool Touch(int a, int a_size, int b, int b_size) { return a < b + b_size && b < a + a_size; }

// Whatever holds a message that says which events count is visited, the figures of metrics included.
template <typename Visit>
void VisitSelections(Message& message, const Visit& visit) {
  if (message.GetDescriptor() == v1::Figure::descriptor()) {
    auto& figure = static_cast<v1::Figure&>(message);
    return visit(*figure.mutable_events());
  }
  if (message.GetDescriptor() == v1::EventSelection::descriptor()) return visit(static_cast<v1::EventSelection&>(message));
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      VisitSelections(*r.MutableMessage(&message, field), visit);
      continue;
    }
    for (int i = 0; i < r.FieldSize(message, field); ++i) VisitSelections(*r.MutableRepeatedMessage(&message, field, i), visit);
  }
}

// Users of events, or of a metric, which may be one of events.
bool HasEvents(const v1::Question& question) {
  v1::Question copy = question;
  bool has = false;
  VisitSelections(copy, [&](v1::EventSelection& events) { has |= events.measurement_name().empty(); });
  return has;
}

void CheckTile(const Tile& tile, const absl::TimeZone& zone, absl::Time now, const std::string& path, status::BadFields& bad) {
  const bool saved = !tile.saved_question().empty();
  if (saved == tile.has_question()) bad.Add(absl::StrCat(path, ".question"), kBadTile, {{"why", kOneQuestion}});
  if (!saved && tile.question_version() != 0) bad.Add(absl::StrCat(path, ".question_version"), kBadTile, {{"why", kVersionAlone}});
  if (tile.has_question()) {
    analysis::PlanOf(tile.question(), zone, now, absl::StrCat(path, ".question"), bad);
    CheckForm(tile, tile.question().kind_case(), path, bad);
  }
  if (tile.column() + tile.width() > kColumns) bad.Add(absl::StrCat(path, ".width"), kBadTile, {{"why", kOutsideGrid}});
}

}  // namespace

std::vector<std::optional<int>> Overlaps(const Tiles& tiles) {
  std::vector<std::optional<int>> overlaps(tiles.size());
  for (int i = 0; i < tiles.size(); ++i) {
    for (int j = 0; j < i && !overlaps[i].has_value(); ++j) {
      const bool both = Touch(tiles[i].column(), tiles[i].width(), tiles[j].column(), tiles[j].width()) &&
                        Touch(tiles[i].row(), tiles[i].height(), tiles[j].row(), tiles[j].height());
      if (both) overlaps[i] = j;
    }
  }
  return overlaps;
}

bool IsDrawnAs(v1::Question::KindCase kind, Tile::Form form) {
  switch (form) {
    case Tile::FORM_NUMBER:
      return kind == v1::Question::kFigures;
    case Tile::FORM_LINE:
      return kind == v1::Question::kFigures || kind == v1::Question::kActiveUsers || kind == v1::Question::kGrowth;
    case Tile::FORM_BAR:
      return kind == v1::Question::kFigures || kind == v1::Question::kActiveUsers || kind == v1::Question::kGrowth ||
             kind == v1::Question::kContribution;
    case Tile::FORM_FUNNEL:
      return kind == v1::Question::kFunnel;
    case Tile::FORM_COHORT:
      return kind == v1::Question::kRetention;
    default:
      return true;
  }
}

void CheckForm(const Tile& tile, v1::Question::KindCase kind, const std::string& path, status::BadFields& bad) {
  if (kind == v1::Question::KIND_NOT_SET || IsDrawnAs(kind, tile.form())) return;
  bad.Add(absl::StrCat(path, ".form"), kBadTile, {{"why", kOtherForm}});
}

void CheckTiles(const Tiles& tiles, const absl::TimeZone& zone, absl::Time now, const std::string& path, status::BadFields& bad) {
  const std::vector<std::optional<int>> overlaps = Overlaps(tiles);
  std::map<std::string, int> ids;
  for (int i = 0; i < tiles.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    if (!ids.emplace(tiles[i].id(), i).second) bad.Add(absl::StrCat(at, ".id"), kBadTile, {{"why", kIdOfAnother}});
    CheckTile(tiles[i], zone, now, at, bad);
    if (overlaps[i].has_value()) bad.Add(absl::StrCat(at, ".row"), kBadTile, {{"why", kOverlap}});
  }
}

v1::Question WithOverrides(const v1::Question& question, const v1::DashboardOverrides& overrides) {
  v1::Question asked = question;
  if (overrides.has_period()) *asked.mutable_period() = overrides.period();
  if (!overrides.condition().empty()) {
    VisitSelections(asked, [&](v1::EventSelection& events) {
      events.set_condition(events.condition().empty() ? overrides.condition()
                                                      : absl::StrCat("(", events.condition(), ") AND (", overrides.condition(), ")"));
    });
  }
  if (!HasEvents(asked)) return asked;
  for (const std::string& segment : overrides.segments()) {
    const auto& segments = asked.segments();
    if (std::find(segments.begin(), segments.end(), segment) == segments.end()) asked.add_segments(segment);
  }
  return asked;
}

void CheckOverrides(const v1::DashboardOverrides& overrides, const absl::TimeZone& zone, absl::Time now, const std::string& path,
                    status::BadFields& bad) {
  if (overrides.has_period()) analysis::ToWindow(overrides.period(), {zone}, now, absl::StrCat(path, ".period"), bad);
  if (!overrides.condition().empty()) analysis::Filter::Parse(overrides.condition(), absl::StrCat(path, ".condition"), bad);
}

}  // namespace heitie::metrics
