// What the system knows of the process, by the names that Prometheus's own clients give it.
#ifndef HEITIE_COMMON_SERVICE_PROCESS_FIGURES_H_
#define HEITIE_COMMON_SERVICE_PROCESS_FIGURES_H_

namespace heitie::service {

// process_* (processor time, memory, files, threads, start) and heitie_build_info, from now on among the metrics.
void ShowProcess();

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_PROCESS_FIGURES_H_
