#include "services/personnel/recruitment/pay_band.h"

namespace heitie::personnel {

const status::Reason kPayBandReversed{absl::StatusCode::kInvalidArgument, "PAY_BAND_REVERSED", "The most is less than the least.",
                                      "上限低於下限。"};
const status::Reason kPayOutsideBand{absl::StatusCode::kInvalidArgument, "PAY_OUTSIDE_BAND", "The pay is outside {band}.",
                                     "薪資不在 {band} 的範圍內。"};

absl::Status CheckBand(const v1::PayBand& band) {
  status::BadFields bad;
  if (band.highest_minor() < band.lowest_minor()) bad.Add("pay_band.highest_minor", kPayBandReversed);
  return bad.status();
}

bool IsWithin(const v1::PayBand& band, int64_t pay_minor) { return band.lowest_minor() <= pay_minor && pay_minor <= band.highest_minor(); }

PayBands::PayBands(record::Store& store, const record::Kind<v1::Position>& positions) : versions_(store, positions, CheckBand) {
  record::Kind<v1::PayBand>(store).RestrictRows(record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
}

}  // namespace heitie::personnel
