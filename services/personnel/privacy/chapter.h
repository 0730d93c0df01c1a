#ifndef HEITIE_SERVICES_PERSONNEL_PRIVACY_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_PRIVACY_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/privacy/export.h"
#include "services/personnel/privacy/personal_file.h"
#include "services/personnel/privacy/retention_policy.h"

namespace heitie::personnel {

struct CandidateChapter;
struct StaffChapter;

// How long personal data of employees and candidates is held, and how it ends. Not to be moved: its concepts refer to each other.
// Thread-safe.
struct PrivacyChapter {
  PrivacyChapter(const service::Context& context, StaffChapter& staff, CandidateChapter& candidate);
  PrivacyChapter(const PrivacyChapter&) = delete;
  PrivacyChapter& operator=(const PrivacyChapter&) = delete;

  void Bind(record::Methods& methods);

  RetentionPolicies retention_policies;
  PersonalFiles personal_files;
  Exports exports;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_PRIVACY_CHAPTER_H_
