#ifndef HEITIE_SERVICES_PERSONNEL_STAFFING_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_STAFFING_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/staffing/staff_figure.h"
#include "services/personnel/staffing/staffing_gap.h"

namespace heitie::personnel {

struct RecruitmentChapter;
struct StaffChapter;
struct TrainingChapter;

// Where qualified people are missing (W9). Not to be moved: its concepts refer to each other. Thread-safe.
struct StaffingChapter {
  StaffingChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training, RecruitmentChapter& recruitment);
  StaffingChapter(const StaffingChapter&) = delete;
  StaffingChapter& operator=(const StaffingChapter&) = delete;

  void Bind(record::Methods& methods);

  StaffingGaps gaps;
  StaffFigures figures;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFFING_CHAPTER_H_
