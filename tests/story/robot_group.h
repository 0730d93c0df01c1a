// The group of a chat robot in the story: a server on this machine that counts what it gets as providers do, and a reader of calendars that
// is none of ours.
#ifndef HEITIE_TESTS_STORY_ROBOT_GROUP_H_
#define HEITIE_TESTS_STORY_ROBOT_GROUP_H_

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/web/server_testing.h"
#include "tests/story/player.h"

namespace heitie::story {

// As long as it lives `player` finds the group. It must live as long as the player plays, and fails the test for what should not come.
class RobotGroup {
 public:
  // `now` is the time by which the suite sends; `pass` lets a second pass where it does not by itself.
  RobotGroup(
      Player& player, std::function<absl::Time()> now, std::function<void()> pass = [] {});
  RobotGroup(const RobotGroup&) = delete;

 private:
  struct Message {
    absl::Time time;
    std::string body;
  };
  void Take(const std::string& request, web::Peer& peer);
  // A ladder whose steps are due in the next seconds, before the end of a day.
  Json LadderBefore(const Json& day) const;
  void ExpectHeard() const;
  void ExpectReadable(const std::string& calendar) const;

  Player& player_;
  const std::function<absl::Time()> now_;
  std::atomic<bool> broken_ = false;
  mutable std::mutex mutex_;
  std::vector<Message> messages_;  // guarded by mutex_
  web::TestServer server_{[this](const std::string& request, web::Peer& peer) { Take(request, peer); }};
};

}  // namespace heitie::story

#endif  // HEITIE_TESTS_STORY_ROBOT_GROUP_H_
