#include "services/activity/archive/manifest.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/text/markdown.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

using Json = nlohmann::json;
using v1::ManifestEntry;

const status::Reason kMissesUnexplained{absl::StatusCode::kFailedPrecondition, "MISSES_UNEXPLAINED",
                                        "{activity} missed targets on which nothing is said: {targets:list}.",
                                        "{activity} 有未達成的目標尚未說明：{targets:list}。"};
const status::Reason kMissUnexplained{absl::StatusCode::kFailedPrecondition, "MISS_UNEXPLAINED",
                                      "{target} was missed; a word on it is due.", "{target} 未達成，須予說明。"};
const status::Reason kTargetNotMissed{absl::StatusCode::kInvalidArgument, "TARGET_NOT_MISSED",
                                      "The latest report shows no missed target {target}.", "最新報告中沒有未達成的目標 {target}。"};

namespace {

// "CLICKS", or the metric.
std::string TargetName(v1::Target::Measure measure, const std::string& metric) {
  if (!metric.empty()) return metric;
  return v1::Target::Measure_Name(measure).substr(std::string("MEASURE_").size());
}

std::string PointerTo(const std::string& parent, const std::string& member) {
  return absl::StrCat(parent, "/", absl::StrReplaceAll(member, {{"~", "~0"}, {"/", "~1"}}));
}

// The elements by their names; nothing unless each has one of its own.
std::map<std::string, size_t> ByName(const Json& list) {
  std::map<std::string, size_t> names;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_object() || !list[i].contains("name") || !list[i]["name"].is_string()) return {};
    if (!names.emplace(list[i]["name"].get<std::string>(), i).second) return {};
  }
  return names;
}

class Differ {
 public:
  explicit Differ(size_t most) : most_(most) {}

  void Compare(const std::string& pointer, const Json& archived, const Json& current) {
    if (archived == current) return;
    if (archived.is_object() && current.is_object()) return CompareObjects(pointer, archived, current);
    if (archived.is_array() && current.is_array()) return CompareLists(pointer, archived, current);
    Add(pointer, &archived, &current);
  }
  Differences Take() { return std::move(out_); }

 private:
  void CompareObjects(const std::string& pointer, const Json& archived, const Json& current) {
    std::set<std::string> members;
    for (const auto& [member, value] : archived.items()) members.insert(member);
    for (const auto& [member, value] : current.items()) members.insert(member);
    for (const std::string& member : members) {
      const auto before = archived.find(member);
      const auto after = current.find(member);
      if (before != archived.end() && after != current.end()) {
        Compare(PointerTo(pointer, member), *before, *after);
      } else {
        Add(PointerTo(pointer, member), before == archived.end() ? nullptr : &*before, after == current.end() ? nullptr : &*after);
      }
    }
  }

  void CompareLists(const std::string& pointer, const Json& archived, const Json& current) {
    const std::map<std::string, size_t> before = ByName(archived);
    const std::map<std::string, size_t> after = ByName(current);
    const bool named = before.size() == archived.size() && after.size() == current.size();
    for (size_t i = 0; i < archived.size(); ++i) {
      const auto match = named ? after.find(archived[i]["name"].get<std::string>()) : after.end();
      const bool there = named ? match != after.end() : i < current.size();
      if (there) {
        Compare(absl::StrCat(pointer, "/", i), archived[i], current[named ? match->second : i]);
      } else {
        Add(absl::StrCat(pointer, "/", i), &archived[i], nullptr);
      }
    }
    for (size_t i = 0; i < current.size(); ++i) {
      const bool there = named ? before.count(current[i]["name"].get<std::string>()) > 0 : i < archived.size();
      if (!there) Add(pointer + "/-", nullptr, &current[i]);
    }
  }

  void Add(const std::string& pointer, const Json* archived, const Json* current) {
    if (out_.found.size() == most_) {
      out_.truncated = true;
      return;
    }
    v1::PartDifference& difference = out_.found.emplace_back();
    difference.set_pointer(pointer);
    if (archived != nullptr) difference.set_archived(archived->dump());
    if (current != nullptr) difference.set_current(current->dump());
  }

  const size_t most_;
  Differences out_;
};

}  // namespace

Manifest ManifestOf(const std::vector<DataPart>& parts, const std::vector<v1::ActivityDocument>& documents) {
  std::map<std::string, ManifestEntry> entries;
  for (const DataPart& part : parts) {
    ManifestEntry& entry = entries[part.id];
    entry.set_id(part.id);
    entry.set_kind(ManifestEntry::KIND_PART);
    entry.set_media_type("application/json");
    entry.set_size_bytes(static_cast<int64_t>(part.content.size()));
    entry.set_sha256(text::Sha256Hex(part.content));
  }
  for (const v1::ActivityDocument& document : documents) {
    ManifestEntry& entry = entries[document.name()];
    entry.set_id(document.name());
    entry.set_kind(ManifestEntry::KIND_DOCUMENT);
    entry.set_media_type(document.media_type());
    entry.set_size_bytes(document.size_bytes());
    entry.set_sha256(document.sha256());
    entry.set_place(document.place());
  }
  Manifest manifest;
  for (auto& [id, entry] : entries) *manifest.Add() = std::move(entry);
  return manifest;
}

std::string DigestOf(const Manifest& manifest) {
  std::string lines;
  for (const ManifestEntry& entry : manifest) absl::StrAppend(&lines, entry.sha256(), " ", entry.size_bytes(), " ", entry.id(), "\n");
  return text::Sha256Hex(lines);
}

Differences DifferencesOf(const std::string& archived, const std::string& current, size_t most) {
  Differ differ(most);
  differ.Compare("", Json::parse(archived, nullptr, false), Json::parse(current, nullptr, false));
  return differ.Take();
}

std::string WithoutVersions(const std::string& snapshot) {
  Json json = Json::parse(snapshot, nullptr, false);
  const auto forget = [&json](const char* list, const char* member) {
    if (!json.is_object() || !json.contains(list) || !json[list].is_array()) return;
    for (Json& element : json[list]) {
      if (element.is_object()) element.erase(member);
    }
  };
  forget("sources", "version");
  forget("forecasts", "sourceVersion");
  return json.dump();
}

absl::Status CheckExplanations(const std::string& activity, const google::protobuf::RepeatedPtrField<v1::TargetResult>& results,
                               const google::protobuf::RepeatedPtrField<v1::MissExplanation>& explanations) {
  std::set<std::string> missed;
  for (const v1::TargetResult& result : results) {
    if (!result.attained()) missed.insert(TargetName(result.target().measure(), result.target().metric()));
  }
  status::BadFields bad;
  std::set<std::string> explained;
  for (int i = 0; i < explanations.size(); ++i) {
    const std::string target = TargetName(explanations[i].measure(), explanations[i].metric());
    const std::string field = absl::StrCat("explanations[", i, "]");
    if (missed.count(target) == 0) bad.Add(field, kTargetNotMissed, {{"target", target}});
    if (!explained.insert(target).second) bad.Add(field, kValueTwice, {{"value", target}});
  }
  if (!bad.empty()) return bad.status();
  status::Unmet unmet;
  std::string names;
  for (const std::string& target : missed) {
    if (explained.count(target) > 0) continue;
    unmet.Add(target, kMissUnexplained, {{"target", target}});
    absl::StrAppend(&names, names.empty() ? "" : ", ", target);
  }
  return unmet.status(kMissesUnexplained, {{"activity", activity}, {"targets", names}});
}

}  // namespace heitie::activity
