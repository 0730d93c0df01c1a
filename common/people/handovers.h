// What every service does about those who leave (policy W14). Personnel says who takes over what (personnel/v1/handover.proto); each
// service follows its handovers, gives away what it keeps itself, and reports each responsibility by an event (record/hand_over.h), which
// personnel follows. Nobody calls anybody, so that whoever is away finds its part when it is back.
//
// A job carries a handover out: in portions, each responsibility in the transaction that records it, so that a repetition finds only what
// is left. Somebody who cannot have one is passed over for the fallback, and what nobody can have is reported and tried again; nothing else
// waits for it. After the last day the job looks again after a minute, an hour and a day, for what a write has named that did not know yet.
#ifndef HEITIE_COMMON_PEOPLE_HANDOVERS_H_
#define HEITIE_COMMON_PEOPLE_HANDOVERS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/client/client.h"
#include "common/job/runner.h"
#include "common/people/directory.h"
#include "common/record/hand_over.h"
#include "common/record/store.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"

namespace heitie::people {

// Who takes over a responsibility, as things are: by the narrowest succession that is about it (its field, its resource, its kind), else
// the successor of the whole. Nothing while it stays where it is: before the last day is over until its day has come, and of a handover
// that was withdrawn. "": it moves, and nobody is named. Pure.
std::optional<std::string> WhoTakes(const personnel::v1::Handover& handover, const type::v1::Holding& holding);

// When somebody looks again for what is left since `due`; nothing: never. Pure.
std::optional<absl::Time> NextLook(absl::Time due, absl::Time now);

// Thread-safe.
class Handovers {
 public:
  // Registers the follower of personnel, "followers/handovers", and the job, and tells the store who has left. `service` is the name of
  // the own one, "planning". Everything given must live as long as the jobs run.
  Handovers(record::Store& store, job::Runner& jobs, client::Client& personnel, const std::string& service, const Directory& directory);

 private:
  // What was refused, by resource and field, each time.
  using Refusals = std::map<std::string, std::vector<absl::Status>>;
  struct Plan;
  struct Moved {
    int moved = 0;
    int left = 0;  // could not be
  };

  absl::Status Take(record::Transaction& tx, const personnel::v1::Handover& handover) const;
  job::Outcome CarryOut(const rpc::Call& call, const job::Job& job) const;
  absl::StatusOr<std::optional<Plan>> Load(const rpc::Call& call, const std::string& name) const;
  // Gives away what moves of some holdings.
  absl::StatusOr<Moved> MoveAll(const rpc::Call& call, const Plan& plan, const std::vector<type::v1::Holding>& holdings) const;
  absl::Status Move(record::LockedRows& locked, const Plan& plan, const type::v1::Holding& holding,
                    const std::vector<absl::Status>& refusals, Moved* all) const;
  absl::Status Finish(const rpc::Call& call, const Plan& plan) const;

  record::Store& store_;
  const std::string package_;
  const Directory& directory_;
};

}  // namespace heitie::people

#endif  // HEITIE_COMMON_PEOPLE_HANDOVERS_H_
