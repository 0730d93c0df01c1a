#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/correction.h"
#include "services/personnel/appraisal/cycle.h"
#include "services/personnel/appraisal/figure.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/appraisal/scheme.h"
#include "services/personnel/appraisal/sheet.h"

namespace heitie::personnel {

struct StaffChapter;
struct TrainingChapter;

// How work is judged, month by month and over the year (H4 to H6, W10). Not to be moved: its concepts refer to each other. Thread-safe.
struct AppraisalChapter {
  AppraisalChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training);
  AppraisalChapter(const AppraisalChapter&) = delete;
  AppraisalChapter& operator=(const AppraisalChapter&) = delete;

  void Bind(record::Methods& methods);

  AppraisalPolicies policies;
  AppraisalSchemes schemes;
  FigureSources figure_sources;
  AppraisalRows rows;
  AppraisalCycles cycles;
  AppraisalSheets sheets;
  AppraisalCorrections corrections;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_CHAPTER_H_
