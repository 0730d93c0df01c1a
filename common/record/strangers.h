// Keeps requests from naming people of whom personnel knows nothing where somebody has to answer for something: one rule for all kinds,
// beside the one for those who have left (store.h, Owners).
//
// Writes look into the service's copy, in memory. Whoever is not there may have been employed a moment ago; so a write that would be
// refused is undone first, personnel is asked, and the work runs again with what it said. While personnel cannot be asked, who names a
// stranger is told to try again. Nobody is a stranger while the copy knows nobody at all: then personnel is not in use yet.
//
// It is about what a request says. What a service does by itself, and what follows from rows, nobody could put right.
#ifndef HEITIE_COMMON_RECORD_STRANGERS_H_
#define HEITIE_COMMON_RECORD_STRANGERS_H_

#include <functional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "common/record/store.h"
#include "common/rpc/call.h"
#include "common/status/status.h"
#include "google/protobuf/message.h"

namespace heitie::record {

extern const status::Reason kPersonUnknown;      // {employee}: of a field
extern const status::Reason kPersonUnconfirmed;  // {employee}: UNAVAILABLE

// Those whom one request names. Used by one thread at a time; what is given must outlive it.
class Strangers {
 public:
  Strangers(const Owners& owners, const rpc::Call& call, const google::protobuf::Message& request)
      : owners_(owners), call_(call), request_(request) {}

  // The work begins, perhaps once more.
  void Begin() { missed_.clear(); }
  // Whether somebody whom a row names is an employee of whom nothing is known. Callers know themselves.
  bool IsStranger(const std::string& name) const;
  // INVALID_ARGUMENT with each field of the request that names one of `strangers`, or where the contract declares a responsibility another
  // who is not `named` already. OK when the request names none of them.
  absl::Status Refuse(const std::set<std::string>& strangers, const std::set<std::string>& named);
  // Whether personnel is to be asked about those who were refused.
  bool doubts() const { return !missed_.empty() && owners_.ask; }
  // Asks. `done` is called once, from any thread: OK when the work is to run again, else UNAVAILABLE.
  void Ask(std::function<void(const absl::Status&)> done);

 private:
  const Owners& owners_;
  const rpc::Call& call_;
  const google::protobuf::Message& request_;
  std::set<std::string> missed_;           // about whom to ask
  std::set<std::string> asked_, vouched_;  // personnel's answers
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_STRANGERS_H_
