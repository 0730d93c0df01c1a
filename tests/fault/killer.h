// Kills processes of the suite and the database without warning, and starts them again.
#ifndef HEITIE_TESTS_FAULT_KILLER_H_
#define HEITIE_TESTS_FAULT_KILLER_H_

#include <functional>
#include <map>
#include <random>
#include <string>

#include "tests/fault/chapter.h"

namespace heitie::fault {

class Killer {
 public:
  // `folder` has mariadbd.pid and `restart`, a script that starts the server again and ends once it answers.
  explicit Killer(std::string folder) : folder_(std::move(folder)) {}

  // SIGKILL at random moments until `done`; at the end everything is up. Stays in the thread that calls, which must outlive the processes.
  void Run(Random& random, const std::function<bool()>& done);
  // How often each was killed, "personnel 2, database 1".
  std::string Toll() const;

 private:
  void KillDatabase() const;
  void RestartDatabase() const;

  const std::string folder_;
  std::map<std::string, int> killed_;
};

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_KILLER_H_
