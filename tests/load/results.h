// What a part of the comparison measured. A part says each thing once: it is printed as a table and as lines `ratio NAME VALUE`, and
// written to a file for the report.
#ifndef HEITIE_TESTS_LOAD_RESULTS_H_
#define HEITIE_TESTS_LOAD_RESULTS_H_

#include <string>
#include <vector>

#include "common/config/flags.h"
#include "tests/load/measure.h"

namespace heitie::load {

// What a figure should be.
struct Aim {
  enum class Kind { kNone, kAtLeast, kAtMost } kind = Kind::kNone;
  double bound = 0;
};
constexpr Aim AtLeast(double bound) { return {Aim::Kind::kAtLeast, bound}; }
constexpr Aim AtMost(double bound) { return {Aim::Kind::kAtMost, bound}; }

class Results {
 public:
  struct Flags {
    std::string folder, revision;
    void Register(config::Flags& flags);
  };

  // `part` names the file. `about` says what was done, in whole sentences.
  Results(Flags flags, std::string part, std::string about);

  // An operation done in one way. `operation` is empty in a part that has one only; `in_flight` is 0 when requests came at a rate.
  // `rate` a second; 0 when it is nobody's, because several took turns in one loop.
  void AddRow(const std::string& operation, const std::string& way, int in_flight, double rate, const Samples& latencies);
  // A figure in its unit. With an aim its ratio to the bound is printed as well.
  void AddFigure(const std::string& name, const std::string& meaning, double value, const std::string& unit, Aim aim = {});
  // `meaning` says what was divided by what.
  void AddRatio(const std::string& name, double value, const std::string& meaning, Aim aim = {});

  // Prints all, and writes it to PART.json in the folder of the flag, if there is one. Dies when it cannot.
  void Publish() const;
  std::string Json() const;

 private:
  struct Row {
    std::string operation, way;
    int in_flight;
    double rate;
    Samples latencies;
  };
  struct Figure {
    std::string name, meaning, unit;
    double value;
    Aim aim;
  };

  void Print() const;
  void PrintRows() const;
  void PrintFigures() const;

  const Flags flags_;
  const std::string part_, about_;
  std::vector<Row> rows_;
  std::vector<Figure> figures_, ratios_;
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_RESULTS_H_
