// Kills processes of the suite and the database without warning, and starts them again.
#ifndef HEITIE_TESTS_FAULT_KILLER_H_
#define HEITIE_TESTS_FAULT_KILLER_H_

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// Among those who die: the database server.
inline constexpr char kDatabase[] = "database";
// What begins so, as "@freeze-1", is a fault that the script `fault` of the folder brings about: `fault begin freeze-1`, which lasts as
// long as the fault is to, and `fault end freeze-1`, which ends once all is as it was.
inline constexpr char kFaultMark = '@';

class Killer {
 public:
  // `folder` has mariadbd.pid and `restart`, a script that starts the server again and ends once it answers. `victims`: who dies together,
  // each time one of the sets, all of them equally often.
  Killer(std::string folder, std::vector<std::set<std::string>> victims) : folder_(std::move(folder)), victims_(std::move(victims)) {}

  // SIGKILL at random moments until `done`; at the end everything is up. Stays in the thread that calls, which must outlive the processes.
  void Run(Random& random, const std::function<bool()>& done);
  // How often each was killed, "personnel 2, database 1", and all together.
  std::string Toll() const;
  int kills() const;

 private:
  void KillDatabase() const;
  void RestartDatabase() const;
  void Fault(const std::string& verb, const std::string& victim) const;

  const std::string folder_;
  const std::vector<std::set<std::string>> victims_;
  std::map<std::string, int> killed_;
};

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_KILLER_H_
