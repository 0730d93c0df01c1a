// Errors as callers of the suite see them: a canonical code, a stable reason, and a sentence in three languages.
//
//   return status::Error(kStockShort, {{"item", name}, {"available", n}, {"asked", m}});
//
// The status carries google.rpc details as payloads (ErrorInfo with the reason and the arguments as metadata, LocalizedMessage
// in every language, BadRequest, PreconditionFailure, RetryInfo); the door keeps the caller's language and sends the rest.
// Thread safety: everything here is a value or a pure function.
#ifndef HEITIE_COMMON_STATUS_STATUS_H_
#define HEITIE_COMMON_STATUS_STATUS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/reason.h"

namespace google::rpc {
class Status;
}

namespace heitie::status {

// The best language of an Accept-Language value by qualities, then by order; English when none fits. `zh` and what is written in
// Traditional characters (zh-Hant, zh-HK, zh-MO) is zh-TW; zh-Hans, zh-SG and zh-MY are zh-CN. A malformed entry is skipped.
Language ParseLanguage(const std::string& accept_language);

// A status of the reason's code whose message is the English sentence, with ErrorInfo and LocalizedMessage.
absl::Status Error(const Reason& reason, const Args& args = {});

// UNAVAILABLE or RESOURCE_EXHAUSTED with RetryInfo.
absl::Status RetryLater(const Reason& reason, absl::Duration delay, const Args& args = {});

// A list of violations that was cut says in its last one, which has nothing but this description, how many are left out: "… +57".
std::string LeftOut(int64_t count);
// The count in such a description; 0 of any other.
int64_t LeftOutIn(const std::string& description);

// Collects every bad field of a request, so that the caller learns of all at once. Beyond the first hundred they are only counted.
class BadFields {
 public:
  // `field` is the path in the request, for example "project.objectives[2].target". The reason's code is ignored.
  void Add(const std::string& field, const Reason& reason, const Args& args = {});
  bool empty() const { return violations_.empty(); }
  // OK when nothing was added; otherwise INVALID_ARGUMENT, reason INVALID_FIELDS, with BadRequest.
  absl::Status status() const;

 private:
  struct Violation {
    std::string field;
    const Reason* reason;
    Args args;
  };
  std::vector<Violation> violations_;
  int64_t count_ = 0;
};

// Collects every unmet condition of an operation, likewise.
class Unmet {
 public:
  // `subject` names what is not as it should be, for example a resource name. The violation's type is the reason's id.
  void Add(const std::string& subject, const Reason& reason, const Args& args = {});
  bool empty() const { return violations_.empty(); }
  // OK when nothing was added; otherwise FAILED_PRECONDITION with PreconditionFailure and the summary's reason and sentences.
  absl::Status status(const Reason& summary, const Args& args = {}) const;

 private:
  struct Violation {
    std::string subject;
    const Reason* reason;
    Args args;
  };
  std::vector<Violation> violations_;
  int64_t count_ = 0;
};

// The reason id of an error made here, or "" of any other status.
std::string ReasonOf(const absl::Status& status);

// The wire form: details in the caller's language, violations included. Errors without a reason of the suite keep their code, but
// INTERNAL, UNKNOWN and DATA_LOSS lose their text (it may hold SQL), so log before calling.
google::rpc::Status ToProto(const absl::Status& status, Language language);
// The status of another service, its details kept as payloads.
absl::Status FromProto(const google::rpc::Status& proto);

// Reasons that belong to no domain.
extern const Reason kNotFound;           // {name}
extern const Reason kAlreadyExists;      // {name}
extern const Reason kStaleEtag;          // {name} {etag} {current}: ABORTED
extern const Reason kIllegalTransition;  // {name} {verb} {state}: FAILED_PRECONDITION
extern const Reason kRequestIdReused;    // {request_id}: the id came before with another body
extern const Reason kUnauthenticated;    // {why}
extern const Reason kPermissionDenied;   // {method} {roles}
extern const Reason kMalformed;          // {what}: the message cannot be parsed
extern const Reason kRequired;           // a field is missing
extern const Reason kBadValue;           // {rule}: a field breaks a rule, which is a phrase
extern const Reason kUnknownTimeZone;    // {time_zone}: a field names no IANA time zone
extern const Reason kTruncated;          // {count}: there is more than the answer holds
extern const Reason kOverloaded;         // the queue is full
extern const Reason kUnavailable;        // {what} cannot be reached
extern const Reason kDeadline;           // the deadline passed
extern const Reason kInternal;           // {trace}

absl::Status NotFound(const std::string& name);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_STATUS_H_
