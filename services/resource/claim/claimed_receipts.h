// What has been claimed (policy S5): the receipts and the amounts by day of the claims that are neither rejected nor withdrawn, across all
// claimants. Every submission that may stand in another one's way takes its turn by a change of a row for each thing that they share, on
// every node of a cluster, and unique keys keep the same file, and the same vendor and number, apart whatever happens.
#ifndef HEITIE_SERVICES_RESOURCE_CLAIM_CLAIMED_RECEIPTS_H_
#define HEITIE_SERVICES_RESOURCE_CLAIM_CLAIMED_RECEIPTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/store.h"
#include "services/resource/claim/claim_rules.h"

namespace heitie::resource {

// What is claimed of one account for one business date.
using ClaimedDays = std::map<std::pair<std::string, absl::CivilDay>, int64_t>;

// Two receipts that are alike: of a line of the claim that was asked about, and of a line of this or another one, from 1, with what that
// one says of it.
struct LikelyDuplicate {
  int line = 0;
  std::string claim;
  int other_line = 0;
  std::string claimant, vendor, number;
  int64_t total_minor = 0;
};

// Takes turns with all others that submit a claim of this person or with one of these numbers of receipts. Before anything is read.
absl::Status TakeTurn(record::Transaction& tx, const std::string& claimant, const std::vector<ClaimedReceipt>& receipts);

// Takes the receipts for the claim, in place of those that it had. The places of lines whose receipt is another claim's already; then
// nothing is taken. Costs some looks into indexes for each receipt.
absl::StatusOr<std::vector<int>> TakeReceipts(record::Transaction& tx, const v1::ExpenseClaim& claim, std::vector<ClaimedReceipt> receipts);

// What other claims of the person claim for these days on these accounts.
absl::StatusOr<ClaimedDays> OthersOf(record::Transaction& tx, const std::string& claim, const std::string& claimant,
                                     const ClaimedDays& days);
// Writes what the claim claims, in place of what it did.
absl::Status TakeDays(record::Transaction& tx, const std::string& claim, const std::string& claimant, const ClaimedDays& days);

// The claim claims nothing any more.
absl::Status FreeClaim(record::Transaction& tx, const std::string& claim);

// What is alike of the receipts that a claim has taken, in order. Of two in the claim itself the later line is told with the earlier one.
absl::StatusOr<std::vector<LikelyDuplicate>> LikelyDuplicatesOf(sql::Session& session, const std::string& claim);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CLAIM_CLAIMED_RECEIPTS_H_
