// What keeps personal data sealed (common/seal) besides the writes themselves.
#ifndef HEITIE_COMMON_JOB_SEALING_H_
#define HEITIE_COMMON_JOB_SEALING_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/store.h"

namespace heitie::job {

// Registers two recurring jobs where kinds of the store hold personal data; does nothing elsewhere.
//
// `seal-history` seals what was written before a field was declared personal, or by a replica that did not know it yet: events, in the
// order of their positions, and with each the row of its resource, and once the first answers that are such a resource. It remembers how
// far it came (table sealing) and begins anew when declarations change. Events are append-only but for this: what they say stays as it was,
// sealed, and of a person who was erased it is left out.
//
// `rewrap-person-keys` wraps with the first master key what others have wrapped.
void KeepSealed(Runner& jobs, record::Store& store);

// Shows at each scrape how many keys are left to wrap (heitie_person_keys_of_other_master_keys). The store lives as long as the process.
void ShowSealing(record::Store& store);

// Seals at once what is yet to be sealed of one person, events and rows: those of the person, of what lies below, and of what names the
// person as whose its data is. Before the person is erased.
absl::Status SealHistoryOf(record::Transaction& tx, record::Store& store, const std::string& person);

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_SEALING_H_
