#ifndef HEITIE_SERVICES_ACTIVITY_INQUIRY_CHAPTER_H_
#define HEITIE_SERVICES_ACTIVITY_INQUIRY_CHAPTER_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/activity/inquiry/erasures.h"
#include "services/activity/inquiry/inquiry.h"
#include "services/activity/inquiry/owners.h"
#include "services/activity/surge/surge.h"

namespace heitie::activity {

// Inquiries, complaints and their surges (policy A3, W11). Not to be moved: its concepts refer to each other. Thread-safe.
struct InquiryChapter {
  InquiryChapter(const service::Context& context, Activities& activities, const Employees& employees, const BusinessCalendars& calendars,
                 const Escalations& escalations, Clocks& clocks, Incidents& incidents)
      : owners(context, employees),
        surges(context, activities, owners, escalations, incidents),
        inquiries(context, activities, calendars, owners, clocks, surges),
        erasures(context, inquiries) {}
  InquiryChapter(const InquiryChapter&) = delete;
  InquiryChapter& operator=(const InquiryChapter&) = delete;

  void Bind(record::Methods& methods) {
    inquiries.Bind(methods);
    surges.Bind(methods);
  }

  InquiryOwners owners;
  Surges surges;
  Inquiries inquiries;
  CustomerErasures erasures;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INQUIRY_CHAPTER_H_
