// Clients that do not give up: what came to no verdict is asked again, after the time that the answer names.
#ifndef HEITIE_TESTS_E2E_PATIENCE_H_
#define HEITIE_TESTS_E2E_PATIENCE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tests/e2e/suite.h"

namespace heitie::e2e {

// Asks until the answer is none that `again` wants asked again, or the patience ends; the last answer.
absl::Status Insist(const std::function<absl::Status()>& ask, absl::Duration patience,
                    const std::function<bool(const absl::Status&)>& again);

// How somebody's request, a text proto, is put.
using Asker = std::function<absl::Status(const Person& who, const std::string& method, const std::string& request,
                                         google::protobuf::Message* response)>;
// Once.
Asker Once();
// Until there is a verdict, with the request's request_id or one of its own that stays the same: what outages leave open is asked again.
// `prefix` begins the own ids, which no other asker may have. Thread-safe.
Asker Insistent(const std::string& prefix, absl::Duration patience);

template <typename Response>
absl::StatusOr<Response> Ask(const Asker& asker, const Person& who, const std::string& method, const std::string& request) {
  Response response;
  const absl::Status status = asker(who, method, request, &response);
  if (!status.ok()) return status;
  return response;
}
// The outcome alone.
absl::Status Put(const Asker& asker, const Person& who, const std::string& method, const std::string& request);

}  // namespace heitie::e2e

#endif  // HEITIE_TESTS_E2E_PATIENCE_H_
