// What it takes to hire somebody: a position with pay band, scorecard template, headcount plan and money, and the way from a requisition to
// an employee through the gateway.
#ifndef HEITIE_TESTS_E2E_HIRING_H_
#define HEITIE_TESTS_E2E_HIRING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "tests/e2e/patience.h"
#include "tests/e2e/suite.h"

namespace heitie::e2e {

// Thread-safe when the asker is.
class Hiring {
 public:
  // A position of its own in the department `operations`, named after `id`, with `places` in its headcount plan from this month on, and a
  // budget of `money_minor`. Throws when it cannot be had.
  Hiring(const Team& team, Asker asker, const std::string& id, int places, int64_t money_minor);

  const std::string& position() const { return position_; }
  const std::string& budget() const { return budget_; }

  // The specialist requests, runs and offers; the manager decides. Names are the service's.
  absl::StatusOr<personnel::v1::Requisition> Request(int seats, int64_t seat_amount_minor) const;
  absl::Status Approve(const std::string& requisition) const;
  absl::Status Reject(const std::string& requisition) const;
  absl::Status Cancel(const std::string& requisition) const;
  // Somebody new, who has been interviewed; the application's name. `person` is of nobody else.
  absl::StatusOr<std::string> Apply(const std::string& requisition, const std::string& person) const;
  // An approved offer from a day on.
  absl::StatusOr<personnel::v1::Offer> Offer(const std::string& application, const std::string& start_date) const;
  absl::Status Extend(const std::string& offer) const;
  absl::Status Accept(const std::string& offer) const;
  absl::Status Decline(const std::string& offer) const;
  absl::StatusOr<personnel::v1::Offer> Start(const std::string& offer) const;

 private:
  absl::Status Do(const Person& who, const std::string& method, const std::string& request) const;
  void Must(const Person& who, const std::string& method, const std::string& request) const;

  const Team team_;
  const Asker asker_;
  const std::string position_, budget_, interviewer_;
  const Person interviews_;
};

}  // namespace heitie::e2e

#endif  // HEITIE_TESTS_E2E_HIRING_H_
