#include "common/config/flags.h"

#include <cstdlib>
#include <type_traits>
#include <utility>

#include "absl/flags/marshalling.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace heitie::config {

std::string VariableOf(const std::string& flag) { return absl::StrCat("HEITIE_", absl::AsciiStrToUpper(flag)); }

template <typename T>
void Flags::AddParsed(const std::string& name, T* value, const std::string& help, const std::string& expectation,
                      std::function<bool(const T&)> fits) {
  Flag flag{name, absl::UnparseFlag<T>(*value), help, expectation, std::is_same_v<T, bool>};
  flag.parse = [value, fits = std::move(fits)](const std::string& text) {
    T parsed;
    std::string error;
    if (!absl::ParseFlag<T>(text, &parsed, &error) || !fits(parsed)) return false;
    *value = parsed;
    return true;
  };
  flags_.push_back(std::move(flag));
}

void Flags::Add(const std::string& name, std::string* value, const std::string& help) {
  AddParsed<std::string>(name, value, help, "a text", [](const std::string&) { return true; });
}

void Flags::Add(const std::string& name, bool* value, const std::string& help) {
  AddParsed<bool>(name, value, help, "true or false", [](bool) { return true; });
}

void Flags::Add(const std::string& name, int* value, int low, int high, const std::string& help) {
  AddParsed<int>(name, value, help, absl::StrCat("a whole number from ", low, " to ", high),
                 [low, high](int v) { return v >= low && v <= high; });
}

void Flags::Add(const std::string& name, absl::Duration* value, absl::Duration high, const std::string& help) {
  AddParsed<absl::Duration>(name, value, help, absl::StrCat("a duration from 0 to ", absl::FormatDuration(high), ", for example 1m30s"),
                            [high](absl::Duration v) { return v >= absl::ZeroDuration() && v <= high; });
}

const Flags::Flag* Flags::Find(const std::string& name) const {
  for (const Flag& flag : flags_) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

void Flags::Take(const Flag& flag, const std::string& source, const std::string& value) {
  if (!flag.parse(value)) problems_.push_back(absl::StrCat(source, ": \"", value, "\" is not ", flag.expectation));
}

void Flags::ReadEnvironment(const Environment& environment) {
  for (const Flag& flag : flags_) {
    const std::string variable = VariableOf(flag.name);
    const char* value = environment(variable.c_str());
    if (value != nullptr && *value != '\0') Take(flag, variable, value);
  }
}

void Flags::ReadArguments(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "--version") {
      (argument == "--help" ? help_asked_ : version_asked_) = true;
      return;
    }
    if (!absl::StartsWith(argument, "--")) {
      problems_.push_back(absl::StrCat("\"", argument, "\" is not a flag (see --help)"));
      continue;
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    const Flag* flag = Find(name);
    if (flag == nullptr) {
      problems_.push_back(absl::StrCat("there is no flag --", name, " (see --help)"));
    } else if (equals != std::string::npos) {
      Take(*flag, absl::StrCat("--", name), argument.substr(equals + 1));
    } else if (flag->boolean) {
      Take(*flag, absl::StrCat("--", name), "true");
    } else if (i + 1 < argc) {
      Take(*flag, absl::StrCat("--", name), argv[++i]);
    } else {
      problems_.push_back(absl::StrCat("--", name, " needs a value"));
    }
  }
}

absl::Status Flags::Parse(int argc, const char* const* argv, const Environment& environment) {
  problems_.clear();
  ReadEnvironment(environment);
  ReadArguments(argc, argv);
  return help_asked_ || version_asked_ || problems_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(problems_.front());
}

absl::Status Flags::Parse(int argc, const char* const* argv) {
  return Parse(argc, argv, [](const char* name) { return std::getenv(name); });
}

std::string Flags::Help() const {
  std::string text = "| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n";
  for (const Flag& flag : flags_) {
    const std::string value = flag.default_text.empty() ? "" : absl::StrCat("`", flag.default_text, "`");
    absl::StrAppend(&text, "| `--", flag.name, "` | `", VariableOf(flag.name), "` | ", value, " | ",
                    absl::StrReplaceAll(flag.help, {{"|", "\\|"}}), " |\n");
  }
  return text;
}

}  // namespace heitie::config
