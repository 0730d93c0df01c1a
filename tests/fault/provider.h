// A provider of chat robots that counts as the real ones do: within windows as it sees them, and who sends more is blocked for long. It
// outlives the processes that are killed.
#ifndef HEITIE_TESTS_FAULT_PROVIDER_H_
#define HEITIE_TESTS_FAULT_PROVIDER_H_

#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/web/server_testing.h"
#include "heitie/planning/v1/robot.pb.h"

namespace heitie::fault {

// What a robot of a kind may get, and for how long who sends more is blocked. Minutes are two seconds long here, those of the block as
// well.
struct Limit {
  int count;
  absl::Duration window;
};
std::vector<Limit> LimitsOf(planning::v1::Robot::Kind kind);
inline constexpr absl::Duration kBlock = absl::Seconds(20);

// Of a robot policy: the providers as this one is, and a schedule that is over soon.
std::string PolicyOfProvider();

// Thread-safe.
class Provider {
 public:
  struct Message {
    absl::Time time;
    std::string id;  // `webhook-id`, which other kinds do not have
    std::string text;
  };

  // One request in `trouble` meets with a passing fault, said in an answer of 200 or as a status, and counts all the same; 0: none.
  explicit Provider(int trouble) : trouble_(trouble) {}
  Provider(const Provider&) = delete;

  // The robot of this number is of the kind.
  std::string AddressOf(int robot, planning::v1::Robot::Kind kind);
  // What was taken, in the order in which it came.
  std::vector<Message> MessagesOf(int robot) const;
  // How often a robot was over its limit.
  int RefusalsOf(int robot) const;

 private:
  struct Robot {
    planning::v1::Robot::Kind kind;
    std::vector<absl::Time> arrivals;  // all, ascending
    absl::Time blocked_until = absl::InfinitePast();
    int refusals = 0;
    std::vector<Message> messages;
  };
  void Take(const std::string& request, web::Peer& peer);
  // The answer to a request that has come whole.
  std::string Answer(int robot, const std::string& request);
  static bool IsOver(const Robot& robot, absl::Time now);

  const int trouble_;
  mutable std::mutex mutex_;
  std::mt19937 random_{7};
  std::map<int, Robot> robots_;
  // Last, so that nothing is asked of what is gone.
  web::TestServer server_{[this](const std::string& request, web::Peer& peer) { Take(request, peer); }};
};

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_PROVIDER_H_
