#include "services/risk/quantity/rating.h"

#include <array>

#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

const status::Reason kBadMatrixCells{absl::StatusCode::kInvalidArgument, "BAD_MATRIX_CELLS",
                                     "Likelihood {likelihood} and impact {impact} have {count} cells instead of one.",
                                     "可能性 {likelihood}、影響 {impact} 有 {count} 格，應為一格。"};
const status::Reason kMatrixNotMonotone{absl::StatusCode::kInvalidArgument, "MATRIX_NOT_MONOTONE",
                                        "The level falls when {axis} rises to {value} (likelihood {likelihood}, impact {impact}).",
                                        "{axis} 升至 {value} 時等級反而下降（可能性 {likelihood}、影響 {impact}）。"};

namespace {

const status::Phrase kLikelihood{"likelihood", "可能性"};
const status::Phrase kImpact{"impact", "影響"};

// Indexed by likelihood and impact, from 1.
template <typename T>
using Grid = std::array<std::array<T, kScale + 1>, kScale + 1>;

constexpr const char* kField = "risk_matrix.cells";

absl::Status CheckEachPairOnce(const google::protobuf::RepeatedPtrField<v1::RiskMatrixCell>& cells) {
  Grid<int> counts{};
  for (const v1::RiskMatrixCell& cell : cells) ++counts[cell.likelihood()][cell.impact()];
  status::BadFields bad;
  for (int l = 1; l <= kScale; ++l) {
    for (int i = 1; i <= kScale; ++i) {
      if (counts[l][i] != 1) bad.Add(kField, kBadMatrixCells, {{"likelihood", l}, {"impact", i}, {"count", counts[l][i]}});
    }
  }
  return bad.status();
}

}  // namespace

absl::Status CheckCells(const google::protobuf::RepeatedPtrField<v1::RiskMatrixCell>& cells) {
  if (absl::Status status = CheckEachPairOnce(cells); !status.ok()) return status;
  Grid<v1::Level> levels{};
  for (const v1::RiskMatrixCell& cell : cells) levels[cell.likelihood()][cell.impact()] = cell.level();
  status::BadFields bad;
  const auto falls = [&](const status::Phrase& axis, int value, int likelihood, int impact) {
    bad.Add(kField, kMatrixNotMonotone, {{"axis", axis}, {"value", value}, {"likelihood", likelihood}, {"impact", impact}});
  };
  for (int l = 1; l <= kScale; ++l) {
    for (int i = 1; i <= kScale; ++i) {
      if (l > 1 && levels[l][i] < levels[l - 1][i]) falls(kLikelihood, l, l, i);
      if (i > 1 && levels[l][i] < levels[l][i - 1]) falls(kImpact, i, l, i);
    }
  }
  return bad.status();
}

v1::Rating Rate(const v1::RiskMatrix& matrix, const v1::Rating& rating) {
  v1::Rating rated = rating;
  rated.clear_level();
  for (const v1::RiskMatrixCell& cell : matrix.cells()) {
    if (cell.likelihood() == rating.likelihood() && cell.impact() == rating.impact()) rated.set_level(cell.level());
  }
  return rated;
}

bool Exceeds(const v1::Rating& a, const v1::Rating& b) {
  return a.level() > b.level() || a.likelihood() * a.impact() > b.likelihood() * b.impact();
}

}  // namespace heitie::risk
