// Puts away what was created by mistake and may be named by other services, which keep the name, so that it cannot be deleted.
//
//   record::Archives<v1::ArchiveCourseRequest, v1::RestoreCourseRequest>(methods, courses_);       // ArchiveCourse, RestoreCourse
//
// The resource says so in a field `bool archived`, which is output only. Kind::Find and Kind::Guard do not find what is archived: nothing
// new names it wherever a name is looked up before it is kept. Get, BatchGet and List answer it, and Update changes it.
#ifndef HEITIE_COMMON_RECORD_ARCHIVED_H_
#define HEITIE_COMMON_RECORD_ARCHIVED_H_

#include <deque>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/record/methods.h"

namespace heitie::record {

// FAILED_PRECONDITION: STILL_REFERRED as CheckUnused (unused.h) says, but for the versions of a rule set, which are what it says itself;
// ALWAYS_NEEDED for what came with the suite.
absl::Status CheckArchivable(Transaction& tx, const Store& store, const google::protobuf::Message& row);

template <typename ArchiveRequest, typename RestoreRequest, typename T>
void Archives(Methods& methods, Kind<T>& kind) {
  struct Shelf {
    Kind<T>* kind;
    absl::StatusOr<T> Archive(Transaction& tx, const ArchiveRequest& request) {
      absl::StatusOr<Step<T>> step = kind->Begin(tx, request);
      if (!step.ok()) return step.status();
      if (absl::Status free = CheckArchivable(tx, kind->collection().store(), step->before); !free.ok()) return free;
      return Set(tx, *step, true, "archive");
    }
    absl::StatusOr<T> Restore(Transaction& tx, const RestoreRequest& request) {
      absl::StatusOr<Step<T>> step = kind->Begin(tx, request);
      if (!step.ok()) return step.status();
      return Set(tx, *step, false, "restore");
    }
    absl::StatusOr<T> Set(Transaction& tx, Step<T>& step, bool archived, const char* verb) {
      step.after.set_archived(archived);
      step.verb = verb;
      return kind->Finish(tx, step);
    }
  };
  // Outlives the methods that are bound to it.
  static std::mutex mutex;
  static auto& shelves = *new std::deque<Shelf>;
  const std::lock_guard lock(mutex);
  shelves.push_back({&kind});
  const std::string singular = Methods::Singular(kind.collection());
  methods.Bind(absl::StrCat("Archive", singular), &shelves.back(), &Shelf::Archive);
  methods.Bind(absl::StrCat("Restore", singular), &shelves.back(), &Shelf::Restore);
}

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_ARCHIVED_H_
