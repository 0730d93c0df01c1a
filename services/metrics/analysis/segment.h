// Segments: saved sets of users (policy M2).
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_SEGMENT_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_SEGMENT_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/period.h"
#include "services/metrics/analysis/segment_rules.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

extern const status::Reason kBadSegment;    // {why}
extern const status::Reason kSegmentCycle;  // {way:list}
extern const status::Reason kSegmentInUse;  // {segment} {other}

// BAD_SEGMENT, BAD_SEGMENT_EXPRESSION, UNBOUNDED_SEGMENT and what is wrong with its events and periods, all at once.
absl::Status CheckSegment(const v1::Segment& segment, const absl::TimeZone& zone);

// Thread-safe.
class Segments {
 public:
  Segments(record::Store& store, absl::TimeZone zone) : segments_(store), zone_(zone) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Segment>& kind() const { return segments_; }

  // What rests on a segment; empty when nothing does. Whoever begins to rest on one guards its row first (Kind::Guard).
  using FindUse = std::function<absl::StatusOr<std::string>(record::Transaction& tx, const std::string& segment)>;
  // A segment on which something rests is not deleted (SEGMENT_IN_USE). Before Bind.
  void KeepWhile(FindUse find) { uses_.push_back(std::move(find)); }

  // What took part when the users of segments were found.
  struct Used {
    std::map<std::string, v1::Segment> segments;
    std::vector<v1::ExplainedSet> sets;
  };
  // The users of a segment, of one moment with the snapshot. NOT_FOUND.
  absl::StatusOr<Roaring> UsersOf(sql::Session& session, Snapshot& snapshot, const std::string& name, absl::Time closed_until,
                                  Used& used) const;
  // The same of a segment and all that it leads to in the versions that AddVersions found.
  absl::StatusOr<Roaring> UsersOf(const std::map<std::string, v1::Segment>& versions, Snapshot& snapshot, const std::string& name,
                                  absl::Time closed_until, Used& used) const;

  // Adds the segment and all that it leads to, in the versions of the session's moment. NOT_FOUND.
  absl::Status AddVersions(sql::Session& session, const std::string& name, std::map<std::string, v1::Segment>& versions) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Segment& segment);
  absl::Status Update(record::Transaction& tx, const v1::Segment& before, v1::Segment& after);
  absl::Status Delete(record::Transaction& tx, const v1::Segment& segment);
  absl::Status Check(record::Transaction& tx, const v1::Segment& segment) const;

  record::Kind<v1::Segment> segments_;
  std::vector<FindUse> uses_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_SEGMENT_H_
