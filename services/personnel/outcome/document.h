// Appraisal sheets, records of interviews and honour certificates as documents (policy H6, H7): Markdown in one language, and the page that
// readers get. What people wrote stands in them as text. Pure functions; the same input is the same document, byte for byte.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_DOCUMENT_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_DOCUMENT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/status/reason.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "heitie/personnel/v1/appraisal_scheme.pb.h"
#include "heitie/personnel/v1/outcome.pb.h"
#include "heitie/personnel/v1/outcome_release.pb.h"
#include "heitie/personnel/v1/performance_interview.pb.h"

namespace heitie::personnel {

// What people and positions are called, by their resource names; what is not in it is called by that.
using Called = std::map<std::string, std::string>;

// What a reader may see of a closed sheet.
struct SheetFacts {
  v1::AppraisalCycle cycle;
  v1::Appraisal sheet;
  std::vector<v1::AppraisalPart> parts;
  std::map<std::string, v1::AppraisalScheme> schemes;  // by name
};

struct Document {
  std::string title;     // plain text
  std::string markdown;  // with the title as its heading
};
Document SheetDocument(const SheetFacts& facts, const Called& called, status::Language language);
Document InterviewDocument(const v1::PerformanceInterview& interview, const Called& called, status::Language language);
Document CertificateDocument(const v1::Outcome& certificate, const v1::OutcomeRelease& release, absl::CivilDay issued, const Called& called,
                             status::Language language);

// As HTML.
v1::RenderedDocument Rendered(const Document& document, status::Language language);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_DOCUMENT_H_
