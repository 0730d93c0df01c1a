// Flags with the environment behind them: --db_port=3306, --db_port 3306 or HEITIE_DB_PORT=3306; the command line wins.
// Values are written as Abseil's flags write them (true, 42, 1m30s).
#ifndef HEITIE_COMMON_CONFIG_FLAGS_H_
#define HEITIE_COMMON_CONFIG_FLAGS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace heitie::config {

class Flags {
 public:
  // Reads a variable of the environment; nullptr when it is not set.
  using Environment = std::function<const char*(const char*)>;

  // `value` holds the default and is overwritten by Parse; it must outlive the flags. `name` in lower_snake_case.
  void Add(const std::string& name, std::string* value, const std::string& help);
  void Add(const std::string& name, bool* value, const std::string& help);
  // Whole numbers from `low` to `high`.
  void Add(const std::string& name, int* value, int low, int high, const std::string& help);
  // From zero to `high`.
  void Add(const std::string& name, absl::Duration* value, absl::Duration high, const std::string& help);

  // INVALID_ARGUMENT with one line that names the flag, or the variable, the value and what is expected. Sets help_asked() on --help and
  // version_asked() on --version, which have no variables. An empty variable counts as not set.
  absl::Status Parse(int argc, const char* const* argv, const Environment& environment);
  absl::Status Parse(int argc, const char* const* argv);  // with the process's environment

  bool help_asked() const { return help_asked_; }
  bool version_asked() const { return version_asked_; }
  // Everything that Parse found to be wrong, one line each, the first as its status.
  const std::vector<std::string>& problems() const { return problems_; }
  // A table in Markdown of all flags, their variables, defaults and meanings.
  std::string Help() const;

 private:
  struct Flag {
    std::string name;
    std::string default_text;
    std::string help;
    std::string expectation;  // "a duration from 0 to 10m"
    bool boolean = false;
    std::function<bool(const std::string&)> parse;  // false: not a value of this flag
  };
  template <typename T>
  void AddParsed(const std::string& name, T* value, const std::string& help, const std::string& expectation,
                 std::function<bool(const T&)> fits);
  const Flag* Find(const std::string& name) const;
  void ReadEnvironment(const Environment& environment);
  void ReadArguments(int argc, const char* const* argv);
  void Take(const Flag& flag, const std::string& source, const std::string& value);

  std::vector<Flag> flags_;
  std::vector<std::string> problems_;
  bool help_asked_ = false, version_asked_ = false;
};

// "db_port" → "HEITIE_DB_PORT".
std::string VariableOf(const std::string& flag);

}  // namespace heitie::config

#endif  // HEITIE_COMMON_CONFIG_FLAGS_H_
