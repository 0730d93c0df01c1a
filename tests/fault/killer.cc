#include "tests/fault/killer.h"

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/e2e/suite.h"

namespace heitie::fault {
namespace {

constexpr int kLongestCalm = 900, kLongestOutage = 600;  // ms
// Where the machine is busy, nothing may come to its end in so short a calm: each time that a round has lasted so long, calms may last once
// more as long.
constexpr absl::Duration kLongRound = absl::Seconds(10);
constexpr absl::Duration kGlance = absl::Milliseconds(10);

void Pause(Random& random, int most) { absl::SleepFor(absl::Milliseconds(random() % most)); }

}  // namespace

void Killer::Run(Random& random, const std::function<bool()>& done) {
  killed_.clear();
  const absl::Time begin = absl::Now();
  while (true) {
    Pause(random, kLongestCalm * (1 + static_cast<int>((absl::Now() - begin) / kLongRound)));
    if (done()) return;
    const std::set<std::string>& victims = victims_[random() % victims_.size()];
    for (const std::string& victim : victims) {
      ++killed_[victim];
      if (victim[0] == kFaultMark) {
        Fault("begin", victim);
      } else if (victim == kDatabase) {
        KillDatabase();
      } else {
        e2e::Suite::Get().Stop(victim, SIGKILL);
      }
    }
    Pause(random, kLongestOutage);
    // A service without its database would not start.
    if (victims.count(kDatabase) > 0) RestartDatabase();
    for (const std::string& victim : victims) {
      if (victim[0] == kFaultMark) {
        Fault("end", victim);
      } else if (victim != kDatabase) {
        e2e::Suite::Get().Start(victim);
      }
    }
  }
}

std::string Killer::Toll() const { return absl::StrJoin(killed_, ", ", absl::PairFormatter(" ")); }

int Killer::kills() const {
  return std::accumulate(killed_.begin(), killed_.end(), 0, [](int sum, const auto& one) { return sum + one.second; });
}

void Killer::KillDatabase() const {
  pid_t pid = 0;
  if (!(std::ifstream(folder_ + "/mariadbd.pid") >> pid)) throw std::runtime_error("no database in " + folder_);
  kill(pid, SIGKILL);
  // Somebody else's child: it is gone when it has no files any more.
  while (std::ifstream(absl::StrCat("/proc/", pid, "/maps")).peek() != std::ifstream::traits_type::eof()) absl::SleepFor(kGlance);
}

void Killer::Fault(const std::string& verb, const std::string& victim) const {
  const std::string command = absl::StrCat(folder_, "/fault ", verb, " ", victim.substr(1));
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void Killer::RestartDatabase() const {
  if (std::system((folder_ + "/restart").c_str()) != 0) throw std::runtime_error("the database did not come back");
}

}  // namespace heitie::fault
