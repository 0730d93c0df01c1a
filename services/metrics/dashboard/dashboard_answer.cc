#include "services/metrics/dashboard/dashboard_answer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "google/rpc/status.pb.h"
#include "services/metrics/analysis/question_plan.h"
#include "services/metrics/dashboard/layout.h"

namespace heitie::metrics {
namespace {

// The part of a call's time in which tiles are answered; the rest is for the answer's way.
constexpr double kTimeForTiles = 0.9;

// Whether an error is about one tile. Others are about the database or the program, and concern all tiles.
bool IsOfTile(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::string WatchDigestOf(const v1::Answer& answer) {
  std::string text = absl::StrCat(answer.digest(), "\n", answer.closedness());
  for (const std::string& producer : answer.open_producers()) absl::StrAppend(&text, "\n", producer);
  return text::Sha256Hex(text);
}

std::string DigestOf(const BoardAnswer& board) {
  std::string text = absl::StrCat(board.dashboard.name(), "\n", board.dashboard.owner(), "\n", board.dashboard.readership());
  for (const TileOutcome& one : board.tiles) {
    const std::string outcome = one.answer.ok() ? WatchDigestOf(*one.answer)
                                                : absl::StrCat(one.answer.status().raw_code(), " ", status::ReasonOf(one.answer.status()));
    absl::StrAppend(&text, "\n", one.tile.id(), " ", text::Sha256Hex(one.tile.SerializeAsString()), " ", outcome);
  }
  return text::Sha256Hex(text);
}

v1::AnswerDashboardResponse ToResponse(const BoardAnswer& board, status::Language language) {
  v1::AnswerDashboardResponse response;
  *response.mutable_dashboard() = board.dashboard;
  for (const TileOutcome& one : board.tiles) {
    v1::TileAnswer& tile = *response.add_tiles();
    tile = one.tile;
    if (one.answer.ok()) {
      *tile.mutable_answer() = *one.answer;
    } else {
      *tile.mutable_status() = status::ToProto(one.answer.status(), language);
    }
  }
  response.set_digest(DigestOf(board));
  *response.mutable_compute_time() = time::ToTimestamp(board.compute_time);
  return response;
}

absl::StatusOr<v1::DashboardVersion> DashboardAnswers::FindVersion(sql::Session& session, const std::string& name, int64_t version) const {
  ASSIGN_OR_RETURN(const v1::Dashboard dashboard, dashboards_.kind().Find(session, name));
  return dashboards_.versions().Find(session, VersionName(dashboard, version == 0 ? dashboard.version() : version));
}

absl::StatusOr<v1::Question> DashboardAnswers::QuestionOf(sql::Session& session, const v1::Tile& tile, v1::TileAnswer& answer) const {
  if (tile.saved_question().empty()) return tile.question();
  ASSIGN_OR_RETURN(const v1::SavedQuestion saved, saved_.kind().Find(session, tile.saved_question()));
  const int64_t number = tile.question_version() == 0 ? saved.version() : tile.question_version();
  ASSIGN_OR_RETURN(const v1::SavedQuestionVersion version, saved_.versions().Find(session, VersionName(saved, number)));
  if (tile.title().empty()) answer.set_title(version.title());
  answer.set_saved_question_version(version.name());
  return version.question();
}

TileOutcome DashboardAnswers::TileOf(const rpc::Call& call, sql::Session& session, const v1::Tile& tile,
                                     const v1::DashboardOverrides& overrides) const {
  TileOutcome outcome{{}, v1::Answer()};
  outcome.tile.set_id(tile.id());
  outcome.tile.set_title(tile.title());
  const absl::StatusOr<v1::Question> said = QuestionOf(session, tile, outcome.tile);
  if (!said.ok()) {
    outcome.answer = said.status();
    return outcome;
  }
  *outcome.tile.mutable_question() = WithOverrides(*said, overrides);
  status::BadFields bad;  // What the tile says was checked; with another period or a longer condition it may not fit.
  analysis::PlanOf(outcome.tile.question(), zone_, call.now, "question", bad);
  if (!bad.empty()) outcome.answer = bad.status();
  return outcome;
}

absl::StatusOr<BoardAnswer> DashboardAnswers::Read(const rpc::Call& caller, const std::string& name, int64_t version,
                                                   const v1::DashboardOverrides& overrides, const More& more) const {
  rpc::Call call = caller;
  const absl::Time begin = absl::Now();
  if (call.deadline > begin) call.deadline = begin + kTimeForTiles * (call.deadline - begin);
  BoardAnswer board;
  bool complete = false;
  const auto find = [&](sql::Session& session) -> absl::StatusOr<std::vector<v1::Question>> {
    complete = false;
    board = {{}, {}, call.now};
    ASSIGN_OR_RETURN(board.dashboard, FindVersion(session, name, version));
    std::vector<v1::Question> questions;
    for (const v1::Tile& tile : board.dashboard.tiles()) {
      board.tiles.push_back(TileOf(call, session, tile, overrides));
      if (board.tiles.back().answer.ok()) questions.push_back(board.tiles.back().tile.question());
    }
    return questions;
  };
  const absl::Status status = questions_.AskEach(call, find, [&](sql::Session& session, Questions::Outcomes outcomes) -> absl::Status {
    auto next = outcomes.begin();
    for (TileOutcome& one : board.tiles) {
      if (one.answer.ok()) one.answer = std::move(*next++);
      if (!one.answer.ok() && !IsOfTile(one.answer.status())) return one.answer.status();
    }
    if (more) RETURN_IF_ERROR(more(session, board));
    complete = true;
    return absl::OkStatus();
  });
  // When the time of the tiles is over, the moment cannot be closed in time either, and what was read of it is as good.
  if (!status.ok() && !complete) return status;
  return board;
}

absl::Status DashboardAnswers::Check(const rpc::Call& call, const v1::DashboardOverrides& overrides) const {
  status::BadFields bad;
  CheckOverrides(overrides, zone_, call.now, "overrides", bad);
  return bad.status();
}

absl::StatusOr<v1::AnswerDashboardResponse> DashboardAnswers::Answer(const rpc::Call& call, const v1::AnswerDashboardRequest& request) {
  RETURN_IF_ERROR(dashboards_.kind().Get(call, request.name()).status());  // Others do not see it.
  RETURN_IF_ERROR(Check(call, request.overrides()));
  ASSIGN_OR_RETURN(const BoardAnswer board, Read(call, request.name(), request.version(), request.overrides()));
  return ToResponse(board, call.language);
}

void DashboardAnswers::Bind(record::Methods& methods) { methods.Bind("AnswerDashboard", this, &DashboardAnswers::Answer); }

}  // namespace heitie::metrics
