#include "common/observe/files.h"

#include "common/observe/metrics.h"

namespace heitie::observe {
namespace {

std::atomic<double>& Unusable(const std::string& file) {
  return Gauge("heitie_file_unusable", "1 while the newest content of a file cannot be used and what was read before stays in force.",
               {{"file", file}});
}

std::atomic<uint64_t>& Reads(const std::string& file) {
  return Counter("heitie_file_reads_total", "How often a file was read and its content taken into use.", {{"file", file}});
}

std::atomic<uint64_t>& Refusals(const std::string& file) {
  return Counter("heitie_file_refusals_total", "How often the content of a file was found that cannot be used.", {{"file", file}});
}

}  // namespace

void NoteFileRead(const std::string& file) {
  ++Reads(file);
  Refusals(file);  // is there from the beginning
  Unusable(file) = 0;
}

void NoteFileRefused(const std::string& file) {
  ++Refusals(file);
  Reads(file);
  Unusable(file) = 1;
}

void NoteFileFine(const std::string& file) { Unusable(file) = 0; }

}  // namespace heitie::observe
