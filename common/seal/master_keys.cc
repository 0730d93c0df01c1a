#include "common/seal/master_keys.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/observe/files.h"
#include "common/observe/log.h"
#include "common/seal/cipher.h"
#include "common/status/line.h"
#include "common/status/macros.h"

namespace heitie::seal {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
constexpr size_t kLongestId = 64;
constexpr char kFileKind[] = "personal_keys";

bool IsId(const std::string& text) {
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
}

bool Same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

absl::StatusOr<std::vector<MasterKeys::Key>> MasterKeys::Parse(const std::string& text) {
  std::vector<Key> keys;
  int number = 0;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, "\n"))) {
    ++number;
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    const bool hex = words.size() == 2 && words[1].size() == 2 * kKeyBytes && std::all_of(words[1].begin(), words[1].end(), [](char c) {
                       return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                     });
    if (!hex || !IsId(words[0])) return absl::InvalidArgumentError(absl::StrCat("line ", number, " is no id and 64 hex digits"));
    if (std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.id == words[0]; }))
      return absl::InvalidArgumentError(absl::StrCat("line ", number, " has the id of an earlier one"));
    keys.push_back({words[0], absl::HexStringToBytes(words[1])});
  }
  if (keys.empty()) return absl::InvalidArgumentError("there is no key");
  return keys;
}

absl::StatusOr<std::shared_ptr<MasterKeys>> MasterKeys::Open(const std::string& file) {
  const std::shared_ptr<MasterKeys> keys(new MasterKeys(std::string(file)));
  const std::lock_guard lock(keys->mutex_);
  RETURN_IF_ERROR(keys->Read());
  keys->next_ = absl::Now() + kLookInterval;
  return keys;
}

// Under the lock. What is looked at before it is read is looked at once more if it changes meanwhile.
absl::Status MasterKeys::Read() {
  struct stat now;
  if (stat(file_.c_str(), &now) != 0) return absl::InvalidArgumentError(absl::StrCat(file_, " cannot be read"));
  if (!keys_.empty() && Same(now, seen_)) return absl::OkStatus();
  std::ifstream in(file_, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return absl::InvalidArgumentError(absl::StrCat(file_, " cannot be read"));
  absl::StatusOr<std::vector<Key>> keys = Parse(text.str());
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(file_, ": ", keys.status().message()));
  keys_ = *std::move(keys);
  seen_ = now;
  observe::NoteFileRead(kFileKind);
  return absl::OkStatus();
}

void MasterKeys::Refresh(bool now) {
  if (file_.empty() || (!now && absl::Now() < next_)) return;
  const absl::Status read = Read();
  if (read.ok()) {
    observe::NoteFileFine(kFileKind);
  } else {
    observe::NoteFileRefused(kFileKind);
    observe::Log(observe::Severity::kError, "the keys that wrap stay as they were", {{"error", status::Line(read)}});
  }
  next_ = absl::Now() + kLookInterval;
}

MasterKeys::Key MasterKeys::First() {
  const std::lock_guard lock(mutex_);
  Refresh(false);
  return keys_.front();
}

std::optional<MasterKeys::Key> MasterKeys::Find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (const bool again : {false, true}) {
    Refresh(again);
    const auto it = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == id; });
    if (it != keys_.end()) return *it;
  }
  return std::nullopt;
}

}  // namespace heitie::seal
