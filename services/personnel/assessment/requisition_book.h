// What applications need to know of requisitions, channels and openings, and what they do about offers.
#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_REQUISITION_BOOK_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_REQUISITION_BOOK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/store.h"

namespace heitie::personnel {

struct RequisitionFacts {
  std::string name, position;
  // Who answers for it: employees/….
  std::string owner;
  bool takes_applications = false;
  // When it was approved; not set before.
  std::optional<absl::CivilDay> approved;
};

// What a channel cost for a position.
struct OpeningCost {
  std::string channel, position, currency;
  int64_t amount_minor = 0;
};

class RequisitionBook {
 public:
  virtual ~RequisitionBook() = default;
  // The requisition, which stays as it is until the transaction ends (Kind::Guard). NOT_FOUND.
  virtual absl::StatusOr<RequisitionFacts> Guard(record::Transaction& tx, const std::string& requisition) const = 0;
  virtual absl::StatusOr<RequisitionFacts> Find(sql::Session& session, const std::string& requisition) const = 0;
  // Those for which one of the people answers.
  virtual absl::StatusOr<std::vector<std::string>> OwnedBy(sql::Session& session, const std::vector<std::string>& owners) const = 0;
  // Those of a position, or all.
  virtual absl::StatusOr<std::vector<RequisitionFacts>> All(sql::Session& session, const std::string& position) const = 0;
  // What openings of the days cost.
  virtual absl::StatusOr<std::vector<OpeningCost>> CostsIn(sql::Session& session, absl::CivilDay first, absl::CivilDay last) const = 0;
  // NOT_FOUND.
  virtual absl::Status CheckChannel(sql::Session& session, const std::string& channel) const = 0;
};

class OfferBook {
 public:
  virtual ~OfferBook() = default;
  // Withdraws what is offered, or prepared to be, to an application that ends. The application is moved by who calls.
  virtual absl::Status Withdraw(record::Transaction& tx, const std::string& application, const std::string& reason) const = 0;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_REQUISITION_BOOK_H_
