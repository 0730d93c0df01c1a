// Risks that are known to few: who sees what is about them (policy R1).
//
// Each row that is about a restricted risk is marked (`restriction`), and says which one it is (`restricted_risk`). That a risk is
// restricted does not change, so that no row is marked anew but where it comes to be about other risks. By the mark alone a row is out of
// sight, from the instant of its commit and on every replica; who is a reader is looked up.
#ifndef HEITIE_SERVICES_RISK_REGISTER_RESTRICTION_H_
#define HEITIE_SERVICES_RISK_REGISTER_RESTRICTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/kind.h"
#include "common/record/rows.h"
#include "common/record/store.h"
#include "heitie/risk/v1/risk.pb.h"

namespace heitie::risk {

// Marks a row that is about this restricted risk, or about none.
template <typename T>
void Mark(const std::string& restricted_risk, T& row) {
  row.set_restricted_risk(restricted_risk);
  row.set_restriction(restricted_risk.empty() ? "" : "restricted");
}

// The readers of restricted risks are kept until this process commits a change of one, and for a second at most, and are read by a
// connection of its own: a rule is asked by threads that hold one of the pool already. While the database cannot be read nobody is known to
// be a reader, so that a rule shows too little, never too much. Thread-safe.
class Restriction {
 public:
  explicit Restriction(record::Store& store);

  // Managers and services see every row; others those that are about no restricted risk, and those about one that they own, whose
  // acceptance they monitor, or whose readers they are. The rule may be asked as long as the store exists.
  record::Rule Rows() const;
  // A transaction changes a restricted risk.
  void Changing() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Of risks that something is about, the one that is restricted: empty where none is, `risks/-` where several are, which managers see.
absl::StatusOr<std::string> RestrictedOf(sql::Session& session, const std::vector<std::string>& risks);

// A risk that a request names besides what it is about: NOT_FOUND also when the caller does not see it.
absl::StatusOr<v1::Risk> FindSeen(const record::Kind<v1::Risk>& risks, const rpc::Call& call, sql::Session& session,
                                  const std::string& name);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_RESTRICTION_H_
