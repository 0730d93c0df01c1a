// Ratings: likelihood × impact and the level that a matrix gives them (policy R2). Pure functions.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

inline constexpr status::Reason kBadMatrixCells{absl::StatusCode::kInvalidArgument, "BAD_MATRIX_CELLS",
                                                "Likelihood {likelihood} and impact {impact} have {count} cells instead of one.",
                                                "可能性 {likelihood}、影響 {impact} 有 {count} 格，應為一格。",
                                                "可能性 {likelihood}、影响 {impact} 有 {count} 格，应为一格。"};
inline constexpr status::Reason kMatrixNotMonotone{
    absl::StatusCode::kInvalidArgument, "MATRIX_NOT_MONOTONE",
    "The level falls when {axis} rises to {value} (likelihood {likelihood}, impact {impact}).",
    "{axis} 升至 {value} 時等級反而下降（可能性 {likelihood}、影響 {impact}）。",
    "{axis} 升至 {value} 时等级反而下降（可能性 {likelihood}、影响 {impact}）。"};

// Likelihood and impact go from 1 to this.
inline constexpr int kScale = 5;

// Whether the cells are each pair once and the level never falls when likelihood or impact rises. BAD_MATRIX_CELLS, MATRIX_NOT_MONOTONE.
absl::Status CheckCells(const google::protobuf::RepeatedPtrField<v1::RiskMatrixCell>& cells);

// The rating with the level that `matrix`, whose cells were checked, gives it.
v1::Rating Rate(const v1::RiskMatrix& matrix, const v1::Rating& rating);

// Whether `a` is worse than `b`: by level, or by likelihood × impact.
bool Exceeds(const v1::Rating& a, const v1::Rating& b);

}  // namespace heitie::risk
