// What may be wrong with a table that people deliver as a file, of whichever service.
#ifndef HEITIE_COMMON_STATUS_TABLE_H_
#define HEITIE_COMMON_STATUS_TABLE_H_

#include "common/status/reason.h"

namespace heitie::status::table {

extern const Reason kColumnMissing;  // {column}
extern const Reason kColumnUnknown;  // {line} {place}
extern const Reason kColumnTwice;    // {column}
extern const Reason kTooManyRows;    // {count} {most}
extern const Reason kStrayQuote;
extern const Reason kOpenQuote;
extern const Reason kCellTooMany;  // {count}
extern const Reason kCellEmpty;    // {column}
extern const Reason kCellTooLong;  // {column} {most}
extern const Reason kBadDate;

}  // namespace heitie::status::table

#endif  // HEITIE_COMMON_STATUS_TABLE_H_
