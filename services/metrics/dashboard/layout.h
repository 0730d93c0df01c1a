// What must hold of the tiles of a dashboard by themselves. Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_DASHBOARD_LAYOUT_H_
#define HEITIE_SERVICES_METRICS_DASHBOARD_LAYOUT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/dashboard.pb.h"
#include "heitie/metrics/v1/question.pb.h"

namespace heitie::metrics {

extern const status::Reason kBadTile;  // {why}

inline constexpr int kColumns = 12;

// For each place the first one before it that it overlaps.
std::vector<std::optional<int>> Overlaps(const google::protobuf::RepeatedPtrField<v1::Tile>& tiles);

// Whether answers to questions of the kind can be drawn so.
bool IsDrawnAs(v1::Question::KindCase kind, v1::Tile::Form form);
// Adds BAD_TILE where the form does not fit.
void CheckForm(const v1::Tile& tile, v1::Question::KindCase kind, const std::string& path, status::BadFields& bad);

// Adds every error of every tile below `path`, for example "dashboard.tiles": places, ids, what is asked, forms, and the errors of the
// tiles' own questions as AskQuestions tells them. Saved questions are not looked up.
void CheckTiles(const google::protobuf::RepeatedPtrField<v1::Tile>& tiles, const absl::TimeZone& zone, absl::Time now,
                const std::string& path, status::BadFields& bad);

// The question as the overrides have it. Segments apply where it is about events.
v1::Question WithOverrides(const v1::Question& question, const v1::DashboardOverrides& overrides);
// Adds what is wrong with overrides below `path`.
void CheckOverrides(const v1::DashboardOverrides& overrides, const absl::TimeZone& zone, absl::Time now, const std::string& path,
                    status::BadFields& bad);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DASHBOARD_LAYOUT_H_
