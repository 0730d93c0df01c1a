// What recruitment needs of applications: who applied, and that the pipeline follows the offers.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_APPLICATION_BOOK_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_APPLICATION_BOOK_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/store.h"

namespace heitie::personnel {

// What an offer is made to.
struct Applied {
  // Whether the application is in interviews, so that something may be offered.
  bool in_interviews = false;
  std::string requisition;
  std::string candidate;     // candidates/…
  std::string display_name;  // the person's
};

class ApplicationBook {
 public:
  virtual ~ApplicationBook() = default;

  // As it stays until the transaction ends. NOT_FOUND.
  virtual absl::StatusOr<Applied> Lock(record::Transaction& tx, const std::string& name) const = 0;
  // `make_offer` leads from interviews to the offer; `decline_offer` back, and it was made; `retract_offer` back, as if none had been made;
  // `accept_offer` stays; `hire` leads from the offer to the employment. ILLEGAL_TRANSITION.
  virtual absl::Status Advance(record::Transaction& tx, const std::string& name, const char* verb) const = 0;
  // Ends every application of a requisition that is not over, because the requisition is filled or, otherwise, cancelled; but not those
  // `except`, who have accepted.
  virtual absl::Status CloseAll(record::Transaction& tx, const std::string& requisition, bool filled,
                                const std::set<std::string>& except) const = 0;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_APPLICATION_BOOK_H_
