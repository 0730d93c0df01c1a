// Who gets the free threads of a lane.
#ifndef HEITIE_COMMON_JOB_ALLOTMENT_H_
#define HEITIE_COMMON_JOB_ALLOTMENT_H_

#include <map>
#include <string>

namespace heitie::job {

// A thread is kept free for each kind of the lane of which nothing runs; what is left beyond goes to any kind. Kinds that hang, however
// many and however often, thus leave every other kind a thread, as long as the lane has one for each kind.
class Allotment {
 public:
  // `running`: how many jobs of each of the lane's kinds are running, also of those of which none is.
  Allotment(int threads, std::map<std::string, int> running);

  // How many more jobs of a kind may begin when no other kind's do.
  int MostOf(const std::string& kind) const;
  // Takes a thread for a job of the kind, if there is one for it.
  bool Take(const std::string& kind);
  int free() const { return free_; }

 private:
  std::map<std::string, int> running_;
  int free_;
  int idle_ = 0;  // kinds of which nothing runs
};

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_ALLOTMENT_H_
