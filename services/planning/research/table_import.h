// Rows of tables that people deliver as files. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_TABLE_IMPORT_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_TABLE_IMPORT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/reason.h"
#include "google/protobuf/descriptor.h"
#include "google/type/date.pb.h"
#include "heitie/planning/v1/research_item.pb.h"

namespace heitie::planning {

extern const status::Reason kCellUnreadable;  // {column} {values}

// What is wrong with rows, in the caller's language.
class ImportDefects {
 public:
  explicit ImportDefects(status::Language language) : language_(language) {}
  void Add(int line, int column, const status::Reason& reason, const status::Args& args = {});
  size_t size() const { return defects_.size(); }
  // In the order of their places.
  std::vector<v1::ResearchImportDefect> Sorted() const;

 private:
  const status::Language language_;
  std::vector<v1::ResearchImportDefect> defects_;
};

// How many characters a cell may have, and whether it must say something.
struct ImportColumn {
  size_t most;
  bool required;
};
using ImportColumns = std::map<std::string, ImportColumn>;

struct ImportCell {
  std::string text;
  int line = 0, column = 0;
};
// The cells that say something, by the titles of their columns.
struct ImportRow {
  int line = 0;
  bool sound = true;  // Nothing of what follows was found wrong.
  std::map<std::string, ImportCell> cells;
};

// The rows, also those of which a cell has no place, is too long or is missing. What is wrong with the titles is an error (`content`):
// COLUMN_UNKNOWN, COLUMN_TWICE, COLUMN_MISSING, TOO_MANY_ROWS above a thousand.
absl::StatusOr<std::vector<ImportRow>> ReadRows(const std::string& content, const ImportColumns& columns, ImportDefects& defects);

// The value of an enum of which the cell holds the name without its prefix, in whichever case; 0 where the row says nothing, and,
// CELL_UNREADABLE, for other texts.
int ReadEnum(const ImportRow& row, const std::string& title, const google::protobuf::EnumDescriptor& type, const std::string& prefix,
             ImportDefects& defects);
// A day such as 2026-03-31, BAD_DATE for other texts; false when the row does not say one.
bool ReadDate(const ImportRow& row, const std::string& title, google::type::Date* day, ImportDefects& defects);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_TABLE_IMPORT_H_
