// Who sees which candidates, applications and scorecards: what the rules of their rows ask about a caller.
#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_ONLOOKERS_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_ONLOOKERS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/record/rows.h"
#include "common/service/main.h"
#include "services/personnel/assessment/requisition_book.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

// Kept for each caller until this process commits a change of it, and for a second at most. It has a connection of its own: a rule is asked
// by threads that hold one of the pool already, and would wait for each other there. While the database cannot be read nobody is known to
// be anything, so that a rule shows too little, never too much. Thread-safe.
class Onlookers {
 public:
  // What it gives out may be called as long as the store exists.
  Onlookers(const service::Context& context, std::shared_ptr<const RequisitionBook> book, const Teams& teams);

  // Operations managers; who answers for the requisition of the row's `requisition`, and who leads that person; the interviewers of the row
  // itself, whose name is an application's.
  record::Rule ForApplications() const;
  // The same of the candidates of these applications.
  record::Rule ForCandidates() const;
  // The interviewer's own; and of an application for which the caller is not to file one, all, for the first three and for who has filed.
  record::Rule ForScorecards() const;
  // The cards of others of applications for which the caller is to file one: what is said of them elsewhere is kept from the caller, too.
  // For record::Except.
  std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> VeiledCards() const;

  // A transaction changes cards, applications or requisitions of which this tells.
  void Changing() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_ONLOOKERS_H_
