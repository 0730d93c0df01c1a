#include "services/activity/shift/shift_book.h"

#include "common/status/macros.h"

namespace heitie::activity {

absl::StatusOr<ShiftBook> ShiftBooks::BookOf(sql::Session& session, const v1::Activity& activity) const {
  ShiftBook book;
  if (!activity.staffed_by_shifts()) return book;
  ASSIGN_OR_RETURN(book.shifts, shifts_.Children(session, activity.name()));
  ASSIGN_OR_RETURN(book.coverages, coverages_.Children(session, activity.name()));
  return book;
}

}  // namespace heitie::activity
