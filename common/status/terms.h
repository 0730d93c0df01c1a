// What is called by an identifier in contracts and sentences, in the words of people: states, verbs, preconditions, levels.
#ifndef HEITIE_COMMON_STATUS_TERMS_H_
#define HEITIE_COMMON_STATUS_TERMS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/status/reason.h"

namespace heitie::status {

// The Chinese of "STATE_READY" or "READY", "scheduleLaunch", "STAFF_QUALIFIED" or "HIGH"; empty for what is none of them.
std::string TermOf(absl::string_view identifier, Language language);

// Whether an argument of this name is such an identifier, or several joined by ", ". Sentence() puts the words in its place, each in
// quotation marks, and without the blanks that set off Latin letters; what has no words stays as it is. ErrorInfo keeps the identifiers.
bool NamesTerms(absl::string_view argument);

// "「已就緒」、「上線中」" for "READY, LIVE"; empty when one of them has no words.
std::string TermsOf(absl::string_view identifiers, Language language);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_TERMS_H_
