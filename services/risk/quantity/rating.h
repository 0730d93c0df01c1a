// Ratings: likelihood × impact and the level that a matrix gives them (policy R2). Pure functions.
#ifndef HEITIE_SERVICES_RISK_QUANTITY_RATING_H_
#define HEITIE_SERVICES_RISK_QUANTITY_RATING_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

extern const status::Reason kBadMatrixCells;     // {likelihood} {impact} {count}
extern const status::Reason kMatrixNotMonotone;  // {axis} {value} {likelihood} {impact}

// Likelihood and impact go from 1 to this.
inline constexpr int kScale = 5;

// Whether the cells are each pair once and the level never falls when likelihood or impact rises. BAD_MATRIX_CELLS, MATRIX_NOT_MONOTONE.
absl::Status CheckCells(const google::protobuf::RepeatedPtrField<v1::RiskMatrixCell>& cells);

// The rating with the level that `matrix`, whose cells were checked, gives it.
v1::Rating Rate(const v1::RiskMatrix& matrix, const v1::Rating& rating);

// Whether `a` is worse than `b`: by level, or by likelihood × impact.
bool Exceeds(const v1::Rating& a, const v1::Rating& b);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_QUANTITY_RATING_H_
