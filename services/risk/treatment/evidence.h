// On what a residual rating may rest (policy R2, R3): measures that were verified, controls that were tested effective, instruments in
// force.
#ifndef HEITIE_SERVICES_RISK_TREATMENT_EVIDENCE_H_
#define HEITIE_SERVICES_RISK_TREATMENT_EVIDENCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/kind.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_control.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/risk/v1/transfer_instrument.pb.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

extern const status::Reason kOwnWork;       // {person}
extern const status::Reason kNotYoursToDo;  // {name}

// Whether the caller may do what waits for `owner`: the operations department does everything, of other departments each their own.
// NOT_YOURS_TO_DO of `name`. Pure.
absl::Status CheckDoes(const rpc::Call& call, const std::string& owner, const std::string& name);

const record::StateMachine& RiskMeasureMachine();
const record::StateMachine& TransferInstrumentMachine();
const record::StateMachine& RiskControlMachine();

// Something on which a residual rating may rest, and until when.
struct Evidence {
  std::string name;
  absl::Time until = absl::InfiniteFuture();
};

// Whether it stands at `at` for a treatment that was decided at `decided`. Pure.
bool Stands(const v1::RiskMeasure& measure, absl::Time decided);
bool Stands(const v1::RiskControl& control, absl::Time decided, absl::Time at);
bool Stands(const v1::TransferInstrument& instrument, absl::Time at);

// Whether nothing changed by which it stands. Pure.
bool SameStanding(const v1::RiskControl& before, const v1::RiskControl& after);
bool SameStanding(const v1::TransferInstrument& before, const v1::TransferInstrument& after);

// What of `named` does not stand any more. Pure.
std::vector<std::string> FallenOf(const google::protobuf::RepeatedPtrField<std::string>& named, const std::vector<Evidence>& standing);
// When the first of `named` ends by time, of those that stand. Pure.
absl::Time EndOf(const google::protobuf::RepeatedPtrField<std::string>& named, const std::vector<Evidence>& standing);

// What a change of a list of risks makes of the table by which it is asked from their side (risk_links). `resource` has the list.
absl::Status KeepLinks(record::Transaction& tx, const std::string& resource, const google::protobuf::RepeatedPtrField<std::string>& before,
                       const google::protobuf::RepeatedPtrField<std::string>& after);

// The measures, controls and instruments of risks. Thread-safe.
class EvidenceBook {
 public:
  EvidenceBook(record::Store& store, const Restriction& restriction)
      : measures_(store, &RiskMeasureMachine()),
        controls_(store, &RiskControlMachine()),
        instruments_(store, &TransferInstrumentMachine()) {
    measures_.RestrictRows(restriction.Rows() || record::Own("owner"));
    controls_.RestrictRows(restriction.Rows() || record::Own("owner"));
    instruments_.RestrictRows(restriction.Rows());
  }

  record::Kind<v1::RiskMeasure>& measures() { return measures_; }
  const record::Kind<v1::RiskMeasure>& measures() const { return measures_; }
  record::Kind<v1::RiskControl>& controls() { return controls_; }
  const record::Kind<v1::RiskControl>& controls() const { return controls_; }
  record::Kind<v1::TransferInstrument>& instruments() { return instruments_; }
  const record::Kind<v1::TransferInstrument>& instruments() const { return instruments_; }

  // What stands for the risk's treatment at `at`, by name.
  absl::StatusOr<std::vector<Evidence>> StandingOf(sql::Session& session, const v1::Risk& risk, absl::Time at) const;

 private:
  record::Kind<v1::RiskMeasure> measures_;
  record::Kind<v1::RiskControl> controls_;
  record::Kind<v1::TransferInstrument> instruments_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_EVIDENCE_H_
