#ifndef HEITIE_SERVICES_PERSONNEL_ONBOARDING_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_ONBOARDING_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/onboarding/handbook.h"
#include "services/personnel/onboarding/onboarding.h"
#include "services/personnel/onboarding/onboarding_template.h"
#include "services/personnel/onboarding/sharing_series.h"

namespace heitie::personnel {

struct StaffChapter;
struct TrainingCatalogue;
struct TrainingChapter;

// How newcomers begin and what colleagues share (H3). Not to be moved: its concepts refer to each other. Thread-safe.
struct OnboardingChapter {
  OnboardingChapter(const service::Context& context, TrainingCatalogue& catalogue, StaffChapter& staff, TrainingChapter& training);
  OnboardingChapter(const OnboardingChapter&) = delete;
  OnboardingChapter& operator=(const OnboardingChapter&) = delete;

  void Bind(record::Methods& methods);

  Handbook handbook;
  OnboardingTemplates templates;
  Onboardings onboardings;
  SharingSeriesBook sharing_series;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ONBOARDING_CHAPTER_H_
