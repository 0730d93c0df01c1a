// What preparation has beyond items, support and waivers: templates, shifts, the ladder of what is late, trials of the gate (policy A1,
// A2).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_CHAPTER_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_CHAPTER_H_

#include <memory>

#include "common/record/methods.h"
#include "common/service/main.h"

namespace heitie::activity {

class Activities;
class Escalations;
class Guardrails;
class Pages;
class PreparationItems;
class Readiness;
class SupportCommitments;
struct BusinessCalendars;

// Thread-safe.
class PreparationChapter {
 public:
  PreparationChapter(const service::Context& context, Activities& activities, const PreparationItems& items,
                     const SupportCommitments& commitments, Pages& pages, Guardrails& guardrails, const Readiness& readiness,
                     const BusinessCalendars& calendars, const Escalations& escalations);
  ~PreparationChapter();
  void Bind(record::Methods& methods);

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_CHAPTER_H_
