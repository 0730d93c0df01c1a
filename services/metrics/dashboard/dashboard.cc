#include "services/metrics/dashboard/dashboard.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/metrics/dashboard/layout.h"

namespace heitie::metrics {
namespace {

using v1::Dashboard;
using v1::SavedQuestion;
using v1::Tile;

const status::Phrase kNoSavedQuestion{"there is no such saved question", "沒有這個已儲存的問題"};
const status::Phrase kNoSavedVersion{"the saved question has no such version", "此已儲存的問題沒有這個版本"};

// So many dashboards are named by who cannot delete a question.
constexpr int kNamedDashboards = 20;

std::set<std::string> SavedIn(const Dashboard* dashboard) {
  std::set<std::string> names;
  if (dashboard == nullptr) return names;
  for (const Tile& tile : dashboard->tiles()) {
    if (!tile.saved_question().empty()) names.insert(tile.saved_question());
  }
  return names;
}

}  // namespace

Dashboards::Dashboards(record::Store& store, const SavedQuestions& questions, absl::TimeZone zone)
    : questions_(questions), zone_(zone), dashboards_(store), versions_(store) {
  dashboards_.RestrictRows(SharedRows());
  dashboards_.SetFollow(
      [this](record::Transaction& tx, const Dashboard* before, const Dashboard* after) { return Follow(tx, before, after); });
}

// Every saved question that is named is changed (Kind::Guard), and so is one that is deleted: of both at the same time one sees the other.
absl::Status Dashboards::CheckSaved(record::Transaction& tx, const Dashboard& dashboard, status::BadFields& bad) const {
  std::map<std::string, SavedQuestion> saved;
  for (const std::string& name : SavedIn(&dashboard)) {  // in the order of the names, so that no two wait for each other
    absl::StatusOr<SavedQuestion> found = questions_.kind().Guard(tx, name);
    if (absl::IsNotFound(found.status())) continue;
    RETURN_IF_ERROR(found.status());
    if (questions_.kind().Sees(tx.call, *found)) saved[name] = *std::move(found);
  }
  for (int i = 0; i < dashboard.tiles_size(); ++i) {
    const Tile& tile = dashboard.tiles(i);
    if (tile.saved_question().empty()) continue;
    const std::string path = absl::StrCat("dashboard.tiles[", i, "]");
    const auto found = saved.find(tile.saved_question());
    if (found == saved.end()) {
      bad.Add(absl::StrCat(path, ".saved_question"), kBadTile, {{"why", kNoSavedQuestion}});
    } else if (tile.question_version() > found->second.version()) {
      bad.Add(absl::StrCat(path, ".question_version"), kBadTile, {{"why", kNoSavedVersion}});
    } else if (tile.question_version() == 0) {
      CheckForm(tile, found->second.question().kind_case(), path, bad);
    } else {
      ASSIGN_OR_RETURN(const v1::SavedQuestionVersion version,
                       questions_.versions().Find(tx.sql, VersionName(found->second, tile.question_version())));
      CheckForm(tile, version.question().kind_case(), path, bad);
    }
  }
  return absl::OkStatus();
}

absl::Status Dashboards::Settle(record::Transaction& tx, const Dashboard* before, Dashboard& after) const {
  status::BadFields bad;
  RETURN_IF_ERROR(SettleSharing(tx, before, "dashboard", after, bad));
  CheckTiles(after.tiles(), zone_, tx.call.now, "dashboard.tiles", bad);
  RETURN_IF_ERROR(CheckSaved(tx, after, bad));
  RETURN_IF_ERROR(bad.status());
  return versions_.Number(tx.call, before, after);
}

absl::Status Dashboards::Create(record::Transaction& tx, Dashboard& dashboard) { return Settle(tx, nullptr, dashboard); }

absl::Status Dashboards::Update(record::Transaction& tx, const Dashboard& before, Dashboard& after) { return Settle(tx, &before, after); }

absl::Status Dashboards::Delete(record::Transaction& tx, const Dashboard& dashboard) {
  return CheckOwner(tx.call, dashboard.name(), dashboard.owner());
}

absl::Status Dashboards::Follow(record::Transaction& tx, const Dashboard* before, const Dashboard* after) const {
  const std::set<std::string> old = SavedIn(before), now = SavedIn(after);
  const std::string& name = after != nullptr ? after->name() : before->name();
  for (const std::string& question : old) {
    if (now.count(question) > 0) continue;
    RETURN_IF_ERROR(
        tx.sql.Execute("DELETE FROM dashboard_question WHERE saved_question = ? AND dashboard = ?", sql::Bind(question, name)).status());
  }
  for (const std::string& question : now) {
    if (old.count(question) > 0) continue;
    RETURN_IF_ERROR(
        tx.sql.Execute("INSERT INTO dashboard_question (saved_question, dashboard) VALUES (?, ?)", sql::Bind(question, name)).status());
  }
  return versions_.Follow(tx, before, after);
}

absl::StatusOr<SavedQuestions::Use> Dashboards::UseOf(record::Transaction& tx, const std::string& question) const {
  ASSIGN_OR_RETURN(
      const std::vector<Dashboard> dashboards,
      dashboards_.Select(tx.sql, "WHERE name IN (SELECT dashboard FROM dashboard_question WHERE saved_question = ?) ORDER BY name",
                         sql::Bind(question)));
  SavedQuestions::Use use;
  for (const Dashboard& dashboard : dashboards) {
    const bool sees = dashboards_.Sees(tx.call, dashboard);
    use.others |= !sees;
    if (sees && use.dashboards.size() < kNamedDashboards) use.dashboards.push_back(dashboard.name());
  }
  return use;
}

void Dashboards::Bind(record::Methods& methods) {
  methods.Reads(dashboards_);
  methods.Creates(dashboards_, this, &Dashboards::Create);
  methods.Updates(dashboards_, this, &Dashboards::Update);
  methods.Deletes(dashboards_, this, &Dashboards::Delete);
  methods.Reads(versions_.kind());
}

}  // namespace heitie::metrics
