// A provider of chat robots on a port of 127.0.0.1 that takes whatever it is sent. One thread, for it shares the machine with the service
// that is measured.
#ifndef HEITIE_TESTS_LOAD_PROVIDER_H_
#define HEITIE_TESTS_LOAD_PROVIDER_H_

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "tests/load/measure.h"

namespace heitie::load {

class Provider {
 public:
  // Called in the provider's thread for each message, before it is answered: the number of the robot, and the whole request.
  using Heard = std::function<void(int robot, const std::string& request, Clock::time_point at)>;

  explicit Provider(Heard heard);
  ~Provider();
  Provider(const Provider&) = delete;

  std::string AddressOf(int robot) const;
  // From now on what this robot is sent is taken and never answered. kNobody: everybody is answered, and who still waits is hung up on.
  static constexpr int kNobody = -1;
  void Hang(int robot) { hanging_ = robot; }

 private:
  struct Connection {
    std::string request;
    int unanswered = kNobody;  // the robot, of a request that is whole and got no answer
  };
  void Run();
  // False when the connection is over.
  bool Read(int socket, Connection& connection);

  const Heard heard_;
  int listener_ = -1, port_ = 0;
  std::atomic<int> hanging_ = kNobody;
  std::atomic<bool> stopping_ = false;
  std::map<int, Connection> connections_;  // by socket; the thread's own
  std::thread thread_;
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_PROVIDER_H_
