// The events that a question is about, and how it reads them: by columns and in slices of users, so that its memory does not grow with its
// period. Reads a snapshot; no database of its own.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_SELECTION_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_SELECTION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/filter.h"
#include "services/metrics/analysis/period.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics::analysis {

// Events or measurements of a name.
struct Selection {
  Series series;
  // Empty: whatever the activity.
  std::string activity;
  Filter filter;

  // The parts of rows by which it is decided.
  unsigned parts() const;
};

// What becomes of the memory that a question may have (Snapshot::memory). All are at least what the smallest useful portion needs.
//
// Rows of a slice of users, by their estimate: a history holds them twice at 24 bytes while it is put in order, and at most a quarter more
// of them than estimated (HistoryQuery); what is told of users is in what remains.
int64_t SliceRows(const Snapshot& snapshot);
// Rows of a slice when they are counted in groups or intervals, each of which has a set of users of its own.
int64_t SliceGroupRows(const Snapshot& snapshot);
// Bytes of sets of users, and how many sets of a whole range of ordinals fit into them.
int64_t SetBytes(const Snapshot& snapshot);
int64_t SetsInMemory(const Snapshot& snapshot);
// Amounts that quantiles are taken of, 8 bytes each and as many again while their vector grows.
int64_t MostSamples(const Snapshot& snapshot);

// The names without repetition.
std::vector<Series> SeriesOf(const std::vector<Selection>& selections);
// From the first to the last day that has any of them; `none` when there is none.
absl::StatusOr<std::optional<Days>> ExtentOf(Snapshot& snapshot, const std::vector<Selection>& selections);

extern const status::Reason kQuestionTooGreat;  // {limit}

// Calls once for each slice of users, in their order, with about `rows` rows. Figures of users add up over slices. A slice of which `each`
// finds that it has more rows than are held (ReadHistories, before it has told anything of it) is cut and read again; QUESTION_TOO_GREAT
// when a single user has more.
absl::Status ForEachSlice(Snapshot& snapshot, const std::vector<Selection>& selections, Days days, int64_t rows,
                          const std::function<absl::Status(Users)>& each);
// The same for what reads sets of users, `sets` of which it holds at the same time.
absl::Status ForEachCellSlice(Snapshot& snapshot, const std::vector<Snapshot::CellQuery>& queries, int64_t sets,
                              const std::function<absl::Status(Users)>& each);
std::vector<Snapshot::CellQuery> CellQueriesOf(const std::vector<Selection>& selections, Days days);

// Rows of the window in portions, with a mask of those that lie inside it.
absl::Status ScanWindow(Snapshot& snapshot, const Series& series, const Window& window, const Calendar& calendar, Users users,
                        unsigned parts, const std::function<absl::Status(const Rows&, const Mask& inside)>& take);

// Clears the places of rows that the selection does not have.
void Choose(const Selection& selection, const Rows& rows, Mask& mask);
// Clears the places of rows of other users.
void ChooseUsers(const Roaring& among, const Rows& rows, Mask& mask);

// Users by interval: those with an event of any of the selections. The intervals are of whole days and follow one another. From daily
// figures where no filter asks for rows.
absl::StatusOr<std::vector<Roaring>> UsersByInterval(Snapshot& snapshot, const std::vector<Selection>& selections,
                                                     const std::vector<Window>& intervals, const Calendar& calendar, Users users);

// An event as histories need it.
struct Moment {
  uint32_t user = 0;
  // A bit for each selection that has it.
  uint32_t matches = 0;
  int64_t time = 0;  // microseconds
  // 0 when it lacks the key that was asked for, else 1 + the index of its value in `tags`.
  uint32_t tag = 0;
};

inline constexpr size_t kMaxSelections = 32;

struct Histories {
  // By user and time.
  std::vector<Moment> moments;
  std::vector<std::string> tags;
};

struct HistoryQuery {
  std::vector<Selection> selections;  // at most kMaxSelections
  Window window;
  Users users;
  // Only of these users; nullptr: of all.
  const Roaring* among = nullptr;
  // Whose value becomes the tag; empty: none.
  std::string tag;
  // Also events of the names that no selection has.
  bool everything = false;
};
// What users did, an event once even if several selections have it. O(rows × log of portions). QUESTION_TOO_GREAT for ForEachSlice when
// there are more rows than a question may hold.
absl::StatusOr<Histories> ReadHistories(Snapshot& snapshot, const HistoryQuery& query, const Calendar& calendar);

// Calls for each user with the events of that user.
template <typename F>
void ForEachUser(const std::vector<Moment>& moments, F each) {
  for (size_t begin = 0; begin < moments.size();) {
    size_t end = begin + 1;
    while (end < moments.size() && moments[end].user == moments[begin].user) ++end;
    each(moments.data() + begin, moments.data() + end);
    begin = end;
  }
}

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_SELECTION_H_
