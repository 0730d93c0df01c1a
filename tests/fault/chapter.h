// What people do while processes die, and what must be true of it once everything is up again.
#ifndef HEITIE_TESTS_FAULT_CHAPTER_H_
#define HEITIE_TESTS_FAULT_CHAPTER_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/patience.h"
#include "tests/e2e/suite.h"

namespace heitie::fault {

using Random = std::mt19937;

// For an answer, and for what goes on by itself: longer than any pause of a follower or a job after failures.
inline constexpr absl::Duration kPatience = absl::Seconds(120);

// The steps that somebody was told are done: each is to be in the trail of its service once. Thread-safe.
class Acknowledged {
 public:
  // `action` of the subject's event, "accept".
  void Note(const std::string& service, const std::string& subject, const std::string& action);
  // How many were noted since the last check; fails the test for each that is missing or there twice.
  int Check(const e2e::Asker& asker, const e2e::Person& auditor);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> actions_;  // by service and subject
};

// Who works, and how.
struct Staff {
  e2e::Asker asker;  // repeats what outages leave open
  e2e::Team grpc, http;
  std::string run;  // in the names of everything, so that runs on one database do not meet
  Acknowledged* acknowledged;
};

class Chapter {
 public:
  virtual ~Chapter() = default;
  // Makes what the round works on, while nothing fails.
  virtual void Prepare(int round, Random& random) = 0;
  // The clients of the round; each runs in a thread of its own while processes are killed.
  virtual std::vector<std::function<void(Random&)>> Clients() = 0;
  // Fails the test for each invariant that is broken.
  virtual void Check() = 0;
};
// Seats, places and money while people are hired (policy H2, S5).
std::unique_ptr<Chapter> Hires(const Staff& staff);
// Months that are closed for good (H4, H5).
std::unique_ptr<Chapter> Closings(const Staff& staff);
// Nothing left without an owner (W14).
std::unique_ptr<Chapter> Handovers(const Staff& staff);

// People of operations with these ids, who can be named afterwards. Those who are there already stay as they are.
void Employ(const Staff& staff, const std::vector<std::string>& ids);

// Whether something is so within kPatience.
bool Becomes(const std::function<bool()>& is_so);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_CHAPTER_H_
