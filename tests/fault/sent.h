// What robots have sent, as planning keeps it.
#ifndef HEITIE_TESTS_FAULT_SENT_H_
#define HEITIE_TESTS_FAULT_SENT_H_

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// What a manager asks is answered, or the test fails.
template <typename Response>
Response MustHave(const Staff& staff, const std::string& method, const std::string& request) {
  const auto response = e2e::Ask<Response>(staff.asker, staff.grpc.manager, method, request);
  EXPECT_TRUE(response.ok()) << method << ": " << response.status();
  return response.ok() ? *response : Response();
}

struct Sent {
  std::string text;
  // Attempts of which nobody knows whether the provider took the message.
  int unknown = 0;
};
// The deliveries of a robot that were attempted, by name.
std::map<std::string, Sent> SentBy(const Staff& staff, const std::string& robot);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_SENT_H_
