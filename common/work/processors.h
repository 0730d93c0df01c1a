// How many processors this process may use, by which pools of threads and bounds are sized.
#ifndef HEITIE_COMMON_WORK_PROCESSORS_H_
#define HEITIE_COMMON_WORK_PROCESSORS_H_

#include <string>

namespace heitie::work {

// Those of the machine that the process may run on, or what the quotas of its control groups allow, rounded up, if that is less; at
// least 1. A pod with one processor of a machine of 64 must not make threads for 64. Looked up once.
int Processors();

// The same by the files of a machine. `membership` is the text of /proc/self/cgroup, `root` the folder where control groups are mounted
// (version 2 itself, or version 1 with a folder for each controller), `machine` the number without quotas. A quota of any group above
// counts.
int ProcessorsOf(const std::string& membership, const std::string& root, int machine);

}  // namespace heitie::work

#endif  // HEITIE_COMMON_WORK_PROCESSORS_H_
