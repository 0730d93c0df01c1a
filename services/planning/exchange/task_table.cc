#include "services/planning/exchange/task_table.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/record/store.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/day.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "re2/re2.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task.h"
#include "services/planning/plan/task_tree.h"
#include "services/planning/research/table_import.h"

namespace heitie::planning {

using v1::Dependency;
using v1::ExchangeFinding;
using v1::Task;

namespace {

const status::Reason kExchangeIdTwice{absl::StatusCode::kInvalidArgument, "EXCHANGE_ID_TWICE", "{id} is in the file already.",
                                      "檔案中已有 {id}。"};
const status::Reason kExchangeOfParts{absl::StatusCode::kInvalidArgument, "EXCHANGE_OF_PARTS",
                                      "Figures of a task with parts come from its parts; {column} is not taken.",
                                      "有子任務者的資料來自子任務，不採用 {column}。"};
const status::Reason kExchangeProgressStays{absl::StatusCode::kInvalidArgument, "EXCHANGE_PROGRESS_STAYS",
                                            "The file does not hold how far it is: {percent} %.", "檔案不含進度：{percent} %。"};
const status::Reason kExchangeBlanksGo{absl::StatusCode::kInvalidArgument, "EXCHANGE_BLANKS_GO",
                                       "Blanks around the text of {column} are not read again.", "{column} 首尾的空白不會再讀入。"};

// In the order of the file.
constexpr std::pair<const char*, size_t> kColumns[] = {
    {"id", 63},
    {"title", 200},
    {"description", 4000},
    {"parent", 63},
    {"owner", 190},
    {"start_date", 10},
    {"end_date", 10},
    {"estimate_hours", 6},
    {"planned_cost_minor", 15},
    {"milestone", 3},
    {"optimistic_days", 24},
    {"likely_days", 24},
    {"pessimistic_days", 24},
    {"measurement_rule", 20},
    {"links", 20000},
    {"roles", 20000},
};
constexpr const char* kOfParts[] = {"start_date",         "end_date",         "estimate_hours",
                                    "planned_cost_minor", "milestone",        "optimistic_days",
                                    "likely_days",        "pessimistic_days", "links"};

constexpr std::pair<const char*, Dependency::Type> kLinkTypes[] = {{"FS", Dependency::TYPE_FINISH_TO_START},
                                                                   {"SS", Dependency::TYPE_START_TO_START},
                                                                   {"FF", Dependency::TYPE_FINISH_TO_FINISH},
                                                                   {"SF", Dependency::TYPE_START_TO_FINISH}};

constexpr int kMostRoles = 50;

// Whether a spreadsheet would run it, or it looks as if it had been kept from it.
bool IsRun(const std::string& text) {
  const size_t first = text.find_first_not_of('\'');
  return first != std::string::npos && absl::string_view("=+-@\t\r").find(text[first]) != absl::string_view::npos;
}

std::string CellFor(const std::string& text) {
  const std::string shown = IsRun(text) ? "'" + text : text;
  if (shown.find_first_of(",\"\r\n") == std::string::npos) return shown;
  return absl::StrCat("\"", absl::StrReplaceAll(shown, {{"\"", "\"\""}}), "\"");
}

// The shortest text that reads as the number.
std::string Written(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

std::string LinkText(const Dependency& link) {
  std::string text = record::IdOf(link.predecessor());
  const auto type = link.type() == Dependency::TYPE_UNSPECIFIED ? Dependency::TYPE_FINISH_TO_START : link.type();
  if (type == Dependency::TYPE_FINISH_TO_START && link.lag_days() == 0) return text;
  for (const auto& [name, value] : kLinkTypes) {
    if (value == type) absl::StrAppend(&text, " ", name);
  }
  if (link.lag_days() != 0) absl::StrAppend(&text, link.lag_days() > 0 ? "+" : "", link.lag_days());
  return text;
}

std::map<std::string, std::string> CellsOf(const Task& task) {
  std::map<std::string, std::string> cells = {{"id", record::IdOf(task.name())},
                                              {"title", task.title()},
                                              {"description", task.description()},
                                              {"parent", task.parent_task().empty() ? "" : record::IdOf(task.parent_task())},
                                              {"owner", task.owner()}};
  if (task.measurement_rule() != Task::MEASUREMENT_RULE_UNSPECIFIED) {
    cells["measurement_rule"] = std::string(absl::StripPrefix(Task::MeasurementRule_Name(task.measurement_rule()), "MEASUREMENT_RULE_"));
  }
  std::vector<std::string> links;
  cells["roles"] = RolesText(task);
  if (HasParts(task)) return cells;
  if (task.has_start_date()) cells["start_date"] = time::DayText(time::ToDay(task.start_date()));
  if (task.has_end_date()) cells["end_date"] = time::DayText(time::ToDay(task.end_date()));
  if (task.has_estimate_hours()) cells["estimate_hours"] = absl::StrCat(task.estimate_hours());
  if (task.planned_cost_minor() != 0) cells["planned_cost_minor"] = absl::StrCat(task.planned_cost_minor());
  if (task.milestone()) cells["milestone"] = "yes";
  if (task.has_duration_estimate()) {
    cells["optimistic_days"] = Written(task.duration_estimate().optimistic_days());
    cells["likely_days"] = Written(task.duration_estimate().likely_days());
    cells["pessimistic_days"] = Written(task.duration_estimate().pessimistic_days());
  }
  for (const Dependency& link : task.dependencies()) links.push_back(LinkText(link));
  cells["links"] = absl::StrJoin(links, "; ");
  return cells;
}

const ImportColumns& TaskColumns() {
  static const auto& columns = *[] {
    auto* made = new ImportColumns;
    for (const auto& [title, most] : kColumns) {
      const std::string name = title;
      made->emplace(name, ImportColumn{most, name == "id" || name == "title"});
    }
    return made;
  }();
  return columns;
}

// Reads one row after another into tasks.
class TaskReader {
 public:
  TaskReader(const std::string& project, ImportDefects& defects) : project_(project), defects_(defects) {}

  Task Read(const ImportRow& row, bool has_parts) {
    row_ = &row;
    Task task;
    task.set_name(NameOf(Text("id")));
    if (!RE2::FullMatch(Text("id"), "[a-z0-9][a-z0-9-]{0,62}")) Unreadable("id", "a-z, 0-9, -");
    task.set_title(Undefused("title"));
    task.set_description(Undefused("description"));
    if (!Text("parent").empty()) task.set_parent_task(NameOf(Text("parent")));
    task.set_owner(Text("owner"));
    if (!task.owner().empty() && !record::MatchesPattern(task.owner(), "employees/{employee}")) Unreadable("owner", "employees/…");
    task.set_state(Task::STATE_OPEN);
    task.set_measurement_rule(static_cast<Task::MeasurementRule>(
        ReadEnum(row, "measurement_rule", *Task::MeasurementRule_descriptor(), "MEASUREMENT_RULE_", defects_)));
    ReadRoles(task);
    if (has_parts) return task;
    google::type::Date day;
    if (ReadDate(row, "start_date", &day, defects_)) *task.mutable_start_date() = day;
    if (ReadDate(row, "end_date", &day, defects_)) *task.mutable_end_date() = day;
    if (const auto hours = Whole("estimate_hours", 100000)) task.set_estimate_hours(static_cast<int32_t>(*hours));
    if (const auto cost = Whole("planned_cost_minor", 100000000000000)) task.set_planned_cost_minor(*cost);
    if (!Text("milestone").empty() && absl::AsciiStrToLower(Text("milestone")) != "yes") Unreadable("milestone", "yes");
    task.set_milestone(absl::AsciiStrToLower(Text("milestone")) == "yes");
    ReadDurations(task);
    ReadLinks(task);
    return task;
  }

 private:
  std::string NameOf(const std::string& id) const { return absl::StrCat(project_, "/tasks/", id); }
  std::string Text(const std::string& title) const {
    const auto cell = row_->cells.find(title);
    return cell == row_->cells.end() ? std::string() : cell->second.text;
  }
  std::string Undefused(const std::string& title) const {
    const std::string text = Text(title);
    return !text.empty() && text[0] == '\'' && IsRun(text) ? text.substr(1) : text;
  }
  void Unreadable(const std::string& title, const std::string& values) {
    const ImportCell& cell = row_->cells.at(title);
    defects_.Add(cell.line, cell.column, kCellUnreadable, {{"column", title}, {"values", values}});
  }
  std::optional<int64_t> Whole(const std::string& title, int64_t most) {
    if (Text(title).empty()) return std::nullopt;
    int64_t value = 0;
    if (absl::SimpleAtoi(Text(title), &value) && value >= 0 && value <= most) return value;
    Unreadable(title, absl::StrCat("0–", most));
    return std::nullopt;
  }
  void ReadDurations(Task& task) {
    double days[3] = {};
    int known = 0;
    for (const auto& [title, place] : {std::pair("optimistic_days", 0), std::pair("likely_days", 1), std::pair("pessimistic_days", 2)}) {
      if (Text(title).empty()) continue;
      ++known;
      if (!absl::SimpleAtod(Text(title), &days[place]) || !(days[place] >= 0 && days[place] <= 2000)) Unreadable(title, "0–2000");
    }
    if (known == 0) return;
    task.mutable_duration_estimate()->set_optimistic_days(days[0]);
    task.mutable_duration_estimate()->set_likely_days(days[1]);
    task.mutable_duration_estimate()->set_pessimistic_days(days[2]);
  }
  void ReadLinks(Task& task) {
    static const RE2& pattern = *new RE2("([a-z0-9][a-z0-9-]{0,62})(?: (FS|SS|FF|SF)([+-][0-9]{1,3})?)?");
    for (const absl::string_view part : absl::StrSplit(Text("links"), ';', absl::SkipWhitespace())) {
      std::string predecessor, type, lag;
      const std::string link(absl::StripAsciiWhitespace(part));
      int32_t days = 0;
      if (!RE2::FullMatch(link, pattern, &predecessor, &type, &lag) ||
          (!lag.empty() && (!absl::SimpleAtoi(lag, &days) || days < -365 || days > 365))) {
        Unreadable("links", "id FS|SS|FF|SF±365");
        return;
      }
      Dependency& dependency = *task.add_dependencies();
      dependency.set_predecessor(NameOf(predecessor));
      dependency.set_type(Dependency::TYPE_FINISH_TO_START);
      for (const auto& [name, value] : kLinkTypes) {
        if (type == name) dependency.set_type(value);
      }
      dependency.set_lag_days(days);
    }
    if (task.dependencies_size() > 100) Unreadable("links", "100");
  }
  void ReadRoles(Task& task) {
    if (!ReadRolesText(Text("roles"), task)) Unreadable("roles", "employees/… RESPONSIBLE|CONSULTED|INFORMED");
  }

  const std::string& project_;
  ImportDefects& defects_;
  const ImportRow* row_ = nullptr;
};

ExchangeFinding FindingOf(const std::string& subject, const status::Reason& reason, const status::Args& args, status::Language language,
                          bool blocking) {
  ExchangeFinding finding;
  finding.set_subject(subject);
  finding.set_reason(reason.id);
  finding.set_statement(status::Sentence(reason, args, language));
  finding.set_blocking(blocking);
  return finding;
}

}  // namespace

std::string RolesText(const Task& task) {
  std::vector<std::string> roles;
  for (const v1::TaskRole& role : task.roles()) {
    roles.push_back(absl::StrCat(role.employee(), " ", absl::StripPrefix(v1::TaskRole::Kind_Name(role.kind()), "KIND_")));
  }
  return absl::StrJoin(roles, "; ");
}

bool ReadRolesText(const std::string& text, Task& task) {
  for (const absl::string_view part : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
    const std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(part), ' ', absl::SkipEmpty());
    v1::TaskRole::Kind kind = v1::TaskRole::KIND_UNSPECIFIED;
    if (words.size() != 2 || !record::MatchesPattern(words[0], "employees/{employee}") ||
        !v1::TaskRole::Kind_Parse("KIND_" + words[1], &kind) || kind == v1::TaskRole::KIND_UNSPECIFIED) {
      return false;
    }
    v1::TaskRole& role = *task.add_roles();
    role.set_employee(words[0]);
    role.set_kind(kind);
  }
  return task.roles_size() <= kMostRoles;
}

void CheckReadTasks(const std::vector<Task>& tasks, const std::map<std::string, int>& lines, status::Language language,
                    std::vector<ExchangeFinding>& findings) {
  const auto add = [&](const std::string& task, const std::string& reason, const std::string& statement) {
    ExchangeFinding& finding = findings.emplace_back();
    finding.set_subject(record::IdOf(task));
    const auto line = lines.find(task);
    finding.set_line(line == lines.end() ? 0 : line->second);
    finding.set_column(line == lines.end() ? 0 : 1);
    finding.set_reason(reason);
    finding.set_statement(statement);
    finding.set_blocking(true);
  };
  std::set<std::string> known;
  for (const Task& task : tasks) known.insert(task.name());
  for (const Task& task : tasks) {
    status::BadFields bad;
    CheckFields(task, bad);
    for (const Dependency& dependency : task.dependencies()) {
      if (!known.contains(dependency.predecessor()))
        bad.Add("task.dependencies", kUnknownPredecessor, {{"predecessor", dependency.predecessor()}});
    }
    const absl::Status placed = CheckPlace(task, tasks, bad);
    if (!placed.ok()) add(task.name(), status::ReasonOf(placed), status::ToProto(placed, language).message());
    const google::rpc::Status wire = status::ToProto(bad.status(), language);
    for (const auto& detail : wire.details()) {
      google::rpc::BadRequest violations;
      if (!detail.UnpackTo(&violations)) continue;
      for (const auto& violation : violations.field_violations()) add(task.name(), violation.reason(), violation.description());
    }
  }
  for (const Defect& cycle : CheckCycles(tasks))
    add(cycle.subject, cycle.reason->id, status::Sentence(*cycle.reason, cycle.args, language));
}

bool ReadTasks::Blocks() const {
  return std::any_of(findings.begin(), findings.end(), [](const ExchangeFinding& finding) { return finding.blocking(); });
}

TaskTable WriteTaskTable(const std::vector<Task>& tasks, status::Language language) {
  TaskTable table;
  std::vector<std::string> titles;
  for (const auto& [title, most] : kColumns) titles.emplace_back(title);
  table.content = absl::StrJoin(titles, ",") + "\r\n";
  for (const TreeRow& place : InTreeOrder(tasks)) {
    const Task& task = tasks[place.task];
    std::map<std::string, std::string> cells = CellsOf(task);
    const std::string id = cells["id"];
    std::vector<std::string> row;
    for (const std::string& title : titles) {
      const std::string& text = cells[title];
      row.push_back(CellFor(text));
      if (absl::StripAsciiWhitespace(text) != text)
        table.findings.push_back(FindingOf(id, kExchangeBlanksGo, {{"column", title}}, language, false));
    }
    absl::StrAppend(&table.content, absl::StrJoin(row, ","), "\r\n");
    if (task.state() != Task::STATE_OPEN && !HasParts(task)) {
      table.findings.push_back(FindingOf(id, kExchangeProgressStays, {{"percent", task.progress_percent()}}, language, false));
    }
  }
  return table;
}

absl::StatusOr<ReadTasks> ReadTaskTable(const std::string& content, const std::string& project, status::Language language) {
  ImportDefects defects(language);
  ASSIGN_OR_RETURN(const std::vector<ImportRow> rows, ReadRows(content, TaskColumns(), defects));
  const auto cell = [](const ImportRow& row, const std::string& title) {
    const auto found = row.cells.find(title);
    return found == row.cells.end() ? std::string() : found->second.text;
  };
  std::map<std::string, int32_t> parts;
  for (const ImportRow& row : rows) ++parts[cell(row, "parent")];
  ReadTasks result;
  TaskReader reader(project, defects);
  std::vector<Task> read;
  std::map<std::string, int> lines;
  for (const ImportRow& row : rows) {
    const std::string id = cell(row, "id");
    if (id.empty()) continue;  // A defect says so.
    const auto count = parts.find(id);
    const bool has_parts = count != parts.end();
    Task task = reader.Read(row, has_parts);
    if (has_parts) task.set_part_count(count->second);
    const auto note = [&](const ImportCell& at, ExchangeFinding finding) {
      finding.set_line(at.line);
      finding.set_column(at.column);
      result.findings.push_back(std::move(finding));
    };
    for (const char* title : kOfParts) {
      const auto found = row.cells.find(title);
      if (has_parts && found != row.cells.end()) note(found->second, FindingOf(id, kExchangeOfParts, {{"column", title}}, language, false));
    }
    if (!lines.emplace(task.name(), row.line).second) {
      note(row.cells.at("id"), FindingOf(id, kExchangeIdTwice, {{"id", id}}, language, true));
      continue;
    }
    read.push_back(std::move(task));
  }
  for (const v1::ResearchImportDefect& defect : defects.Sorted()) {
    ExchangeFinding& finding = result.findings.emplace_back();
    finding.set_line(defect.line());
    finding.set_column(defect.column());
    finding.set_reason(defect.reason());
    finding.set_statement(defect.statement());
    finding.set_blocking(true);
  }
  if (!result.Blocks()) CheckReadTasks(read, lines, language, result.findings);
  std::stable_sort(result.findings.begin(), result.findings.end(), [](const ExchangeFinding& a, const ExchangeFinding& b) {
    return std::make_pair(a.line(), a.column()) < std::make_pair(b.line(), b.column());
  });
  for (const TreeRow& place : InTreeOrder(read)) result.tasks.push_back(read[place.task]);
  return result;
}

}  // namespace heitie::planning
