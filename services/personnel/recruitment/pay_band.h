// What a position is paid, by versions (policy H2): rules as data, a set below each position.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_PAY_BAND_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_PAY_BAND_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/pay_band.pb.h"
#include "heitie/personnel/v1/position.pb.h"

namespace heitie::personnel {

extern const status::Reason kPayBandReversed;  // {position}
extern const status::Reason kPayOutsideBand;   // {band}: the limits are not told, for not everybody may read them

// PAY_BAND_REVERSED.
absl::Status CheckBand(const v1::PayBand& band);
// Whether a month's pay is within the band, both ends included.
bool IsWithin(const v1::PayBand& band, int64_t pay_minor);

// Thread-safe.
class PayBands {
 public:
  PayBands(record::Store& store, const record::Kind<v1::Position>& positions);
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishPayBandRequest>(methods); }
  // The band of a position at an instant. NO_VERSION_IN_FORCE while none is published.
  absl::StatusOr<v1::PayBand> InForce(sql::Session& session, const std::string& position, absl::Time at) const {
    return versions_.InForce(session, at, position);
  }

 private:
  record::RuleSet<v1::PayBand> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_PAY_BAND_H_
