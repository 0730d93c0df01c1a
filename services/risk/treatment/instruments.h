// Insurances and contracts that carry risks, and what they pay (policy R3).
#ifndef HEITIE_SERVICES_RISK_TREATMENT_INSTRUMENTS_H_
#define HEITIE_SERVICES_RISK_TREATMENT_INSTRUMENTS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/transfer_instrument.pb.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/standing.h"

namespace heitie::risk {

// What an instrument pays of one loss: min(max(loss − deductible, 0), cover), and no more than is left of the cover for all events. Pure.
int64_t PaidOf(const v1::TransferInstrument& instrument, int64_t loss_minor);

// Thread-safe.
class Instruments {
 public:
  Instruments(record::Store& store, const record::Kind<v1::Risk>& risks, EvidenceBook& book, const Standing& standing,
              const Restriction& restriction);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::TransferInstrument& instrument);
  absl::Status Update(record::Transaction& tx, const v1::TransferInstrument& before, v1::TransferInstrument& after);
  absl::StatusOr<v1::TransferInstrument> Cancel(record::Transaction& tx, const v1::CancelTransferInstrumentRequest& request);
  absl::Status Claim(record::Transaction& tx, v1::InstrumentClaim& claim);
  // The risks of which `after` speaks and `before` did not are there.
  absl::Status CheckRisks(record::Transaction& tx, const v1::TransferInstrument& before, v1::TransferInstrument& after) const;

  const record::Kind<v1::Risk>& risks_;
  record::Kind<v1::TransferInstrument>& instruments_;
  record::Kind<v1::InstrumentClaim> claims_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_INSTRUMENTS_H_
