// What an archive consists of and whether it is still that (policy A4), as plain functions.
#ifndef HEITIE_SERVICES_ACTIVITY_ARCHIVE_MANIFEST_H_
#define HEITIE_SERVICES_ACTIVITY_ARCHIVE_MANIFEST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/archive.pb.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {

extern const status::Reason kMissesUnexplained;  // {activity} {targets}
extern const status::Reason kMissUnexplained;    // {target}
extern const status::Reason kTargetNotMissed;    // {target}

// Data of an archive: JSON bytes under an id that is unique in it.
struct DataPart {
  std::string id, content;
};

using Manifest = google::protobuf::RepeatedPtrField<v1::ManifestEntry>;
// In the order of the ids.
Manifest ManifestOf(const std::vector<DataPart>& parts, const std::vector<v1::ActivityDocument>& documents);

// SHA-256 of the lines `digest size id`.
std::string DigestOf(const Manifest& manifest);

// The values that differ between two JSON texts, by JSON pointers. Elements of lists that all have a `name` are the same element when they
// have the same name, wherever they stand; what is new in a list stands at "-". At most `most` of them, and whether there are more.
struct Differences {
  std::vector<v1::PartDifference> found;
  bool truncated = false;
};
Differences DifferencesOf(const std::string& archived, const std::string& current, size_t most);

// The JSON of a report's snapshot without the versions of what its figures come from: they move with every change of a source, also where
// no figure did.
std::string WithoutVersions(const std::string& snapshot);

// The words on missed targets against a report of the activity: INVALID_FIELDS for those on others, MISSES_UNEXPLAINED when one is missing.
absl::Status CheckExplanations(const std::string& activity, const google::protobuf::RepeatedPtrField<v1::TargetResult>& results,
                               const google::protobuf::RepeatedPtrField<v1::MissExplanation>& explanations);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_ARCHIVE_MANIFEST_H_
