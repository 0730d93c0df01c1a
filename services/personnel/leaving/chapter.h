#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/leaving/custody_steps.h"
#include "services/personnel/leaving/handover.h"
#include "services/personnel/leaving/handover_policy.h"
#include "services/personnel/leaving/purchase_steps.h"

namespace heitie::personnel {

struct StaffChapter;
struct TrainingChapter;

// Who takes over from somebody who leaves (W14). Not to be moved: its concepts refer to each other. Thread-safe.
struct LeavingChapter {
  LeavingChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training);
  LeavingChapter(const LeavingChapter&) = delete;
  LeavingChapter& operator=(const LeavingChapter&) = delete;

  void Bind(record::Methods& methods);

  HandoverPolicies handover_policies;
  Handovers handovers;
  CustodySteps custody_steps;
  PurchaseSteps purchase_steps;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_CHAPTER_H_
