// Treatments and what the policy permits at which level (policy R3). Pure functions.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/treatment.pb.h"

namespace heitie::risk {

inline constexpr status::Reason kTreatmentMissing{absl::StatusCode::kInvalidArgument, "TREATMENT_MISSING",
                                                  "Choose avoidance, reduction, transfer or acceptance.", "請選擇規避、降低、轉移或接受。",
                                                  "请选择规避、降低、转移或接受。"};
inline constexpr status::Reason kJustificationMissing{absl::StatusCode::kInvalidArgument, "JUSTIFICATION_MISSING",
                                                      "Say why the risk can be controlled.", "請說明風險可有效控制的理由。",
                                                      "请说明风险可有效控制的理由。"};
inline constexpr status::Reason kAlreadyPast{absl::StatusCode::kInvalidArgument, "ALREADY_PAST", "{time} is past.", "{time} 已過。",
                                             "{time} 已过。"};
inline constexpr status::Reason kTimesReversed{absl::StatusCode::kInvalidArgument, "TIMES_REVERSED", "The end is not after the beginning.",
                                               "結束不晚於開始。", "结束不晚于开始。"};
inline constexpr status::Reason kTreatmentNotPermitted{absl::StatusCode::kFailedPrecondition, "TREATMENT_NOT_PERMITTED",
                                                       "{strategy} is not permitted for {name} at level {level}: {permitted}.",
                                                       "{name} 為 {level} 級，不可採 {strategy}；可採：{permitted}。",
                                                       "{name} 为 {level} 级，不可采 {strategy}；可采：{permitted}。"};

// UNSPECIFIED when no plan is set.
v1::Strategy StrategyOf(const v1::Treatment& treatment);

// "AVOID", "HIGH": names without their prefix.
std::string StrategyText(v1::Strategy strategy);
std::string LevelText(v1::Level level);

// When the treatment ceases to hold: the end of an acceptance or of an instrument; nullopt for avoidance and reduction.
std::optional<absl::Time> ExpiryOf(const v1::Treatment& treatment);

// Whether R3 permits the treatment at `level`: HIGH avoid, or reduce or transfer when controllable; MEDIUM reduce or transfer; LOW accept
// or reduce.
bool Permitted(const v1::Treatment& treatment, v1::Level level);

// Whether the treatment is complete and lies ahead of `now`; due dates are days of `zone`. TREATMENT_MISSING, JUSTIFICATION_MISSING,
// ALREADY_PAST, TIMES_REVERSED.
absl::Status CheckTreatment(const v1::Treatment& treatment, absl::Time now, absl::TimeZone zone);

// TREATMENT_NOT_PERMITTED, naming what is permitted for the risk `name`.
absl::Status CheckPermitted(const std::string& name, const v1::Treatment& treatment, v1::Level level);

}  // namespace heitie::risk
