// A simulation of the suite against vectorised NumPy of the same model, which a script plays: in turns, with figures that differ by chance
// only.
#ifndef HEITIE_TESTS_LOAD_NUMPY_H_
#define HEITIE_TESTS_LOAD_NUMPY_H_

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/config/flags.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {

struct NumpyFlags {
  Results::Flags results;
  std::string python = "/usr/bin/python3", script, file;

  void Register(config::Flags& flags) {
    results.Register(flags);
    flags.Add("python", &python, "The Python that has NumPy.");
    flags.Add("script", &script, "The model in NumPy.");
    flags.Add("file", &file, "Where what is simulated is written for it.");
  }
};

// One simulation: how long it took, and what it says.
struct Played {
  double seconds = 0;
  std::vector<double> figures;
};

// As many threads as a process of the suite takes for one.
inline int PlayingThreads(unsigned most) { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, most)); }

// A line for each part of the model.
inline void WriteModel(const NumpyFlags& flags, const std::vector<std::string>& lines) {
  std::ofstream file(flags.file);
  for (const std::string& line : lines) file << line << "\n";
  if (!file.flush()) Die("cannot write " + flags.file);
}

inline Played PlayByNumpy(const NumpyFlags& flags, int count, int seed, size_t figures) {
  const std::string command = absl::Substitute("$0 $1 $2 $3 $4", flags.python, flags.script, flags.file, count, seed);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) Die("cannot run " + command);
  Played played;
  bool read = fscanf(pipe, "%lf", &played.seconds) == 1;
  for (size_t i = 0; i < figures; ++i) {
    double figure = 0;
    read = fscanf(pipe, "%lf", &figure) == 1 && read;
    played.figures.push_back(figure);
  }
  if (pclose(pipe) != 0 || !read) Die("no figures from " + command);
  return played;
}

// Who plays how often, and by how much figures may differ.
struct Contest {
  const char* row;    // of the results; its ratio is <row>_vs_numpy
  int count, rounds;  // years or plays
  double apart;       // relative
  std::vector<const char*> figures;
  double least;  // ratio
};

inline double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// `ours` simulates with a seed. Dies where the two do not say the same.
inline void Compete(const NumpyFlags& flags, const Contest& contest, const std::function<Played(int seed)>& ours, Results& results) {
  std::vector<double> own_seconds, numpy_seconds;
  Samples own, numpy;
  for (int round = 0; round < contest.rounds; ++round) {
    const Played theirs = PlayByNumpy(flags, contest.count, round, contest.figures.size()), played = ours(round);
    for (size_t i = 0; i < contest.figures.size(); ++i) {
      if (std::abs(played.figures[i] / theirs.figures[i] - 1) <= contest.apart) continue;
      Die(absl::StrCat("another ", contest.figures[i], ": ", played.figures[i], " and ", theirs.figures[i]));
    }
    own_seconds.push_back(played.seconds);
    numpy_seconds.push_back(theirs.seconds);
    own.Add(played.seconds * 1e6);
    numpy.Add(theirs.seconds * 1e6);
  }
  results.AddRow(contest.row, "service", 1, 1 / MedianOf(own_seconds), own);
  results.AddRow(contest.row, "NumPy", 1, 1 / MedianOf(numpy_seconds), numpy);
  results.AddRatio(absl::StrCat(contest.row, "_vs_numpy"), MedianOf(numpy_seconds) / MedianOf(own_seconds),
                   "time of NumPy / of the service's simulation", AtLeast(contest.least));
}

// The main function of such a program.
inline int RunContest(int argc, char** argv, const std::function<void(const NumpyFlags& flags)>& measure) {
  NumpyFlags values;
  config::Flags flags;
  values.Register(flags);
  ParseOrDie(flags, argc, argv);
  measure(values);
  return 0;
}

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_NUMPY_H_
