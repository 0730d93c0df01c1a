#include "services/planning/exchange/ms_project.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/record/store.h"
#include "common/status/macros.h"
#include "common/text/figure.h"
#include "common/time/day.h"
#include "re2/re2.h"
#include "services/planning/exchange/xml_tree.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using v1::Dependency;
using v1::ExchangeFinding;
using v1::Task;

namespace {

const status::Reason kExchangeNoProject{absl::StatusCode::kInvalidArgument, "EXCHANGE_NO_PROJECT", "It is no project of Microsoft Project.",
                                        "不是 Microsoft Project 的專案。"};
const status::Reason kExchangeElementLeft{absl::StatusCode::kInvalidArgument, "EXCHANGE_ELEMENT_LEFT", "{element} ({value}) is not taken.",
                                          "不採用 {element}（{value}）。"};
const status::Reason kExchangeRounded{absl::StatusCode::kInvalidArgument, "EXCHANGE_ROUNDED", "{element} ({value}) is taken as {taken}.",
                                      "{element}（{value}）以 {taken} 採用。"};
const status::Reason kExchangeUnreadable{absl::StatusCode::kInvalidArgument, "EXCHANGE_UNREADABLE", "{element} ({value}) cannot be read.",
                                         "無法讀取 {element}（{value}）。"};

constexpr char kProjectNamespace[] = "http://schemas.microsoft.com/project";
constexpr int kMinutesPerDay = 480;
constexpr int kTenthsPerMinute = 10;
constexpr int64_t kMinutesPerElapsedDay = 1440;
constexpr size_t kMostProjectTasks = 1000;
constexpr int kMostTaskRoles = 50;

// Custom fields of Microsoft Project in which stands what it has no element for, known again by their aliases.
struct CustomField {
  const char* id;
  const char* name;
  const char* alias;
};
constexpr CustomField kIdField{"188743731", "Text1", "heitie id"}, kRuleField{"188743734", "Text2", "heitie measurement rule"},
    kRolesField{"188743737", "Text3", "heitie roles"}, kOptimisticField{"188743767", "Number1", "heitie optimistic days"},
    kLikelyField{"188743768", "Number2", "heitie likely days"}, kPessimisticField{"188743769", "Number3", "heitie pessimistic days"};
constexpr const CustomField* kCustomFields[] = {&kIdField, &kRuleField, &kRolesField, &kOptimisticField, &kLikelyField, &kPessimisticField};

// Its types of links are 0 to 3.
constexpr Dependency::Type kProjectLinkTypes[] = {Dependency::TYPE_FINISH_TO_FINISH, Dependency::TYPE_FINISH_TO_START,
                                                  Dependency::TYPE_START_TO_FINISH, Dependency::TYPE_START_TO_START};

// In what lags are told, by LagFormat; from 32 on the same as estimates.
enum class LagUnit { kWorking, kElapsed, kPercent };
std::optional<LagUnit> LagUnitOf(int format) {
  const int base = format >= 35 ? format - 32 : format;
  if (base == 19) return LagUnit::kPercent;
  if (base < 3 || base > 12) return std::nullopt;
  return base % 2 == 1 ? LagUnit::kWorking : LagUnit::kElapsed;
}

// The shortest text that reads as the number.
std::string Shortest(double number) {
  std::string text = absl::StrFormat("%.15g", number);
  double read = 0;
  return absl::SimpleAtod(text, &read) && read == number ? text : absl::StrFormat("%.17g", number);
}

// ---- Out.

class ProjectWriter {
 public:
  ProjectWriter(const v1::Project& project, const std::vector<Task>& tasks, const time::BusinessCalendar& calendar)
      : project_(project), tasks_(tasks), calendar_(calendar) {
    for (const TreeRow& row : InTreeOrder(tasks)) {
      order_.push_back(row);
      uids_.emplace(tasks[row.task].name(), static_cast<int>(order_.size()));
      if (!tasks[row.task].owner().empty()) people_.emplace(tasks[row.task].owner(), 0);
    }
    int uid = 0;
    for (auto& [person, number] : people_) number = ++uid;
  }

  std::string Write() {
    out_ = absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Project xmlns=\"", kProjectNamespace, "\">\n");
    Put(1, "Name", record::IdOf(project_.name()));
    Put(1, "Title", project_.title());
    Put(1, "StartDate", Moment(project_.start_date(), "09:00:00"));
    Put(1, "FinishDate", Moment(project_.end_date(), "18:00:00"));
    Put(1, "CurrencyCode", project_.currency_code());
    Put(1, "DefaultStartTime", "09:00:00");
    Put(1, "DefaultFinishTime", "18:00:00");
    Put(1, "MinutesPerDay", absl::StrCat(kMinutesPerDay));
    out_ += "  <ExtendedAttributes>\n";
    for (const CustomField* field : kCustomFields) {
      out_ += "    <ExtendedAttribute>\n";
      Put(3, "FieldID", field->id);
      Put(3, "FieldName", field->name);
      Put(3, "Alias", field->alias);
      out_ += "    </ExtendedAttribute>\n";
    }
    out_ += "  </ExtendedAttributes>\n  <Tasks>\n";
    std::vector<int> numbers;
    for (const TreeRow& row : order_) {
      numbers.resize(static_cast<size_t>(row.level), 0);
      ++numbers.back();
      WriteTask(tasks_[row.task], row.level, absl::StrJoin(numbers, "."));
    }
    out_ += "  </Tasks>\n  <Resources>\n";
    for (const auto& [person, uid] : people_) {
      out_ += "    <Resource>\n";
      Put(3, "UID", absl::StrCat(uid));
      Put(3, "ID", absl::StrCat(uid));
      Put(3, "Name", person);
      Put(3, "Type", "1");
      out_ += "    </Resource>\n";
    }
    out_ += "  </Resources>\n  <Assignments>\n";
    int uid = 0;
    for (const TreeRow& row : order_) {
      const Task& task = tasks_[row.task];
      if (task.owner().empty()) continue;
      out_ += "    <Assignment>\n";
      Put(3, "UID", absl::StrCat(++uid));
      Put(3, "TaskUID", absl::StrCat(uids_[task.name()]));
      Put(3, "ResourceUID", absl::StrCat(people_[task.owner()]));
      Put(3, "Units", "1");
      out_ += "    </Assignment>\n";
    }
    out_ += "  </Assignments>\n</Project>\n";
    return std::move(out_);
  }

 private:
  void Put(int depth, const char* element, absl::string_view text) {
    absl::StrAppend(&out_, std::string(static_cast<size_t>(depth) * 2, ' '), "<", element, ">", XmlText(text), "</", element, ">\n");
  }
  static std::string Moment(const google::type::Date& date, const char* time) {
    return absl::StrCat(time::DayText(time::ToDay(date)), "T", time);
  }
  void PutField(const CustomField& field, const std::string& value) {
    if (value.empty()) return;
    out_ += "      <ExtendedAttribute>\n";
    Put(4, "FieldID", field.id);
    Put(4, "Value", value);
    out_ += "      </ExtendedAttribute>\n";
  }

  void WriteTask(const Task& task, int level, const std::string& number) {
    const bool whole = HasParts(task);
    out_ += "    <Task>\n";
    const std::string uid = absl::StrCat(uids_[task.name()]);
    Put(3, "UID", uid);
    Put(3, "ID", uid);
    Put(3, "Name", task.title());
    Put(3, "OutlineNumber", number);
    Put(3, "OutlineLevel", absl::StrCat(level));
    if (task.has_start_date()) Put(3, "Start", Moment(task.start_date(), "09:00:00"));
    if (task.has_end_date()) Put(3, "Finish", Moment(task.end_date(), task.milestone() ? "09:00:00" : "18:00:00"));
    if (task.has_start_date() && task.has_end_date()) {
      const Span span = SpanOf(task, project_, calendar_);
      const int64_t days = task.milestone() ? 0 : span.end - span.begin;
      Put(3, "Duration", absl::StrCat("PT", days * kMinutesPerDay / 60, "H0M0S"));
      Put(3, "DurationFormat", "7");
    }
    if (task.has_estimate_hours()) Put(3, "Work", absl::StrCat("PT", task.estimate_hours(), "H0M0S"));
    Put(3, "Milestone", task.milestone() ? "1" : "0");
    Put(3, "Summary", whole ? "1" : "0");
    Put(3, "PercentComplete", absl::StrCat(task.progress_percent()));
    if (task.planned_cost_minor() != 0) {
      // Hundredths of the currency's unit.
      const double hundredths =
          static_cast<double>(task.planned_cost_minor()) * 100 / std::pow(10, text::MinorDigits(project_.currency_code()));
      Put(3, "Cost", Shortest(hundredths));
    }
    if (!task.description().empty()) Put(3, "Notes", task.description());
    for (const Dependency& link : task.dependencies()) {
      const auto type = link.type() == Dependency::TYPE_UNSPECIFIED ? Dependency::TYPE_FINISH_TO_START : link.type();
      const auto place = std::find(std::begin(kProjectLinkTypes), std::end(kProjectLinkTypes), type) - std::begin(kProjectLinkTypes);
      out_ += "      <PredecessorLink>\n";
      Put(4, "PredecessorUID", absl::StrCat(uids_[link.predecessor()]));
      Put(4, "Type", absl::StrCat(place));
      Put(4, "LinkLag", absl::StrCat(link.lag_days() * kMinutesPerDay * kTenthsPerMinute));
      Put(4, "LagFormat", "7");
      out_ += "      </PredecessorLink>\n";
    }
    PutField(kIdField, record::IdOf(task.name()));
    if (task.measurement_rule() != Task::MEASUREMENT_RULE_UNSPECIFIED)
      PutField(kRuleField, std::string(absl::StripPrefix(Task::MeasurementRule_Name(task.measurement_rule()), "MEASUREMENT_RULE_")));
    PutField(kRolesField, RolesText(task));
    if (task.has_duration_estimate()) {
      PutField(kOptimisticField, Shortest(task.duration_estimate().optimistic_days()));
      PutField(kLikelyField, Shortest(task.duration_estimate().likely_days()));
      PutField(kPessimisticField, Shortest(task.duration_estimate().pessimistic_days()));
    }
    out_ += "    </Task>\n";
  }

  const v1::Project& project_;
  const std::vector<Task>& tasks_;
  const time::BusinessCalendar& calendar_;
  std::vector<TreeRow> order_;
  std::map<std::string, int> uids_, people_;
  std::string out_;
};

// ---- In.

// Elements of a task that follow from others, or say how it is shown.
bool ElementFollows(const std::string& element) {
  static const auto& known = *new std::set<std::string>{"UID",
                                                        "ID",
                                                        "GUID",
                                                        "Name",
                                                        "Active",
                                                        "IsNull",
                                                        "CreateDate",
                                                        "WBS",
                                                        "WBSLevel",
                                                        "OutlineNumber",
                                                        "OutlineLevel",
                                                        "Start",
                                                        "Finish",
                                                        "Duration",
                                                        "ManualStart",
                                                        "ManualFinish",
                                                        "ManualDuration",
                                                        "DurationFormat",
                                                        "Work",
                                                        "ResumeValid",
                                                        "EffortDriven",
                                                        "OverAllocated",
                                                        "Estimated",
                                                        "Milestone",
                                                        "Summary",
                                                        "DisplayAsSummary",
                                                        "Critical",
                                                        "EarlyStart",
                                                        "EarlyFinish",
                                                        "LateStart",
                                                        "LateFinish",
                                                        "StartVariance",
                                                        "FinishVariance",
                                                        "WorkVariance",
                                                        "FreeSlack",
                                                        "StartSlack",
                                                        "FinishSlack",
                                                        "TotalSlack",
                                                        "Cost",
                                                        "CV",
                                                        "ACWP",
                                                        "BCWS",
                                                        "BCWP",
                                                        "RemainingDuration",
                                                        "RemainingCost",
                                                        "RemainingWork",
                                                        "RegularWork",
                                                        "EarnedValueMethod",
                                                        "LevelingCanSplit",
                                                        "LevelAssignments",
                                                        "LevelingDelayFormat",
                                                        "IgnoreResourceCalendar",
                                                        "HideBar",
                                                        "Rollup",
                                                        "Type",
                                                        "FixedCostAccrual",
                                                        "Notes",
                                                        "PredecessorLink",
                                                        "ExtendedAttribute",
                                                        "TimephasedData",
                                                        "CommitmentType",
                                                        "IsPublished",
                                                        "Stop",
                                                        "Resume"};
  return known.contains(element);
}

// What others hold when nobody has touched them.
bool ElementUntouched(const std::string& element, const std::string& value) {
  static const auto& defaults = *new std::map<std::string, std::string>{{"Priority", "500"}, {"CalendarUID", "-1"}};
  const auto known = defaults.find(element);
  if (known != defaults.end()) return value == known->second;
  return value.empty() || value == "0" || value == "PT0H0M0S" || value == "0.00" || value == "NA";
}

class ProjectReader {
 public:
  ProjectReader(const XmlElement& root, const v1::Project& project, const time::BusinessCalendar& calendar, status::Language language)
      : root_(root), project_(project), calendar_(calendar), language_(language) {}

  ReadTasks Read() {
    if (!absl::SimpleAtoi(root_.Text("MinutesPerDay"), &minutes_per_day_) || minutes_per_day_ <= 0) minutes_per_day_ = kMinutesPerDay;
    start_time_ = root_.Text("DefaultStartTime").empty() ? "08:00:00" : root_.Text("DefaultStartTime");
    finish_time_ = root_.Text("DefaultFinishTime").empty() ? "17:00:00" : root_.Text("DefaultFinishTime");
    ReadFields();
    ReadPeople();
    if (const std::string currency = root_.Text("CurrencyCode"); !currency.empty() && currency != project_.currency_code()) {
      Note("Project", *root_.Find("CurrencyCode"), kExchangeElementLeft, {{"element", "CurrencyCode"}, {"value", currency}}, true);
    }
    std::vector<const XmlElement*> tasks;
    if (const XmlElement* listed = root_.Find("Tasks")) {
      for (const XmlElement& element : listed->children) {
        if (element.name == "Task" && element.Text("IsNull") != "1" && element.Text("OutlineLevel") != "0") tasks.push_back(&element);
      }
    }
    Name(tasks);
    for (size_t i = 0; i < tasks.size(); ++i) ReadTask(*tasks[i], read_[i]);
    for (size_t i = 0; i < tasks.size(); ++i) ReadLinks(*tasks[i], read_[i]);
    if (!result_.Blocks()) CheckReadTasks(read_, lines_, language_, result_.findings);
    std::stable_sort(result_.findings.begin(), result_.findings.end(),
                     [](const ExchangeFinding& a, const ExchangeFinding& b) { return a.line() < b.line(); });
    for (const TreeRow& row : InTreeOrder(read_)) result_.tasks.push_back(read_[row.task]);
    return std::move(result_);
  }

 private:
  static int LevelOf(const XmlElement& task) {
    int level = 1;
    return absl::SimpleAtoi(task.Text("OutlineLevel"), &level) ? level : 1;
  }

  void Note(const std::string& subject, const XmlElement& at, const status::Reason& reason, const status::Args& args, bool blocking) {
    ExchangeFinding& finding = result_.findings.emplace_back();
    finding.set_subject(subject);
    finding.set_line(at.line);
    finding.set_column(1);
    finding.set_reason(reason.id);
    finding.set_statement(status::Sentence(reason, args, language_));
    finding.set_blocking(blocking);
  }
  void Unreadable(const std::string& subject, const XmlElement& at, const std::string& value) {
    Note(subject, at, kExchangeUnreadable, {{"element", at.name}, {"value", value}}, true);
  }

  void ReadFields() {
    const XmlElement* fields = root_.Find("ExtendedAttributes");
    if (fields == nullptr) return;
    for (const XmlElement& field : fields->children) {
      for (const CustomField* known : kCustomFields) {
        if (field.Text("Alias") == known->alias) fields_[field.Text("FieldID")] = known;
      }
    }
  }

  // Who is assigned to which task: employees by their names.
  void ReadPeople() {
    std::map<std::string, std::string> names;
    if (const XmlElement* resources = root_.Find("Resources")) {
      for (const XmlElement& resource : resources->children) names[resource.Text("UID")] = resource.Text("Name");
    }
    const XmlElement* assignments = root_.Find("Assignments");
    if (assignments == nullptr) return;
    for (const XmlElement& assignment : assignments->children) {
      const std::string name = names[assignment.Text("ResourceUID")];
      if (!name.empty()) assigned_[assignment.Text("TaskUID")].emplace_back(&assignment, name);
    }
  }

  std::string FieldOf(const XmlElement& task, const CustomField& field) const {
    for (const XmlElement& each : task.children) {
      if (each.name != "ExtendedAttribute") continue;
      const auto known = fields_.find(each.Text("FieldID"));
      if (known != fields_.end() && known->second == &field) return each.Text("Value");
    }
    return "";
  }

  // Ids are those that were given here, else `task-` and the number that Microsoft Project gave.
  void Name(const std::vector<const XmlElement*>& tasks) {
    std::vector<std::string> above;
    for (const XmlElement* element : tasks) {
      std::string id = FieldOf(*element, kIdField);
      if (id.empty()) id = absl::StrCat("task-", element->Text("UID"));
      const std::string name = absl::StrCat(project_.name(), "/tasks/", id);
      if (!RE2::FullMatch(id, "[a-z0-9][a-z0-9-]{0,62}")) Unreadable(id, *element, id);
      if (!lines_.emplace(name, element->line).second) Unreadable(id, *element, id);
      names_[element->Text("UID")] = name;
      Task& task = read_.emplace_back();
      task.set_name(name);
      task.set_state(Task::STATE_OPEN);
      const auto level = static_cast<size_t>(std::max(1, LevelOf(*element)));
      above.resize(std::min(above.size(), level - 1));
      if (!above.empty()) task.set_parent_task(above.back());
      above.push_back(name);
    }
    for (const Task& task : read_) {
      if (!task.parent_task().empty()) ++parts_[task.parent_task()];
    }
  }

  void ReadTask(const XmlElement& element, Task& task) {
    const std::string id = record::IdOf(task.name());
    const auto parts = parts_.find(task.name());
    task.set_title(element.Text("Name"));
    if (task.title().empty() || task.title().size() > 800) Unreadable(id, element, "Name");
    task.set_description(element.Text("Notes"));
    ReadOwner(element, id, task);
    ReadCustom(element, id, task);
    for (const XmlElement& each : element.children) {
      // What has elements of its own is told by them.
      const std::string value = each.children.empty() ? each.text : absl::StrCat(each.children.size());
      if (ElementFollows(each.name) || ElementUntouched(each.name, value)) continue;
      Note(id, each, kExchangeElementLeft, {{"element", each.name}, {"value", value}}, false);
    }
    for (const XmlElement& each : element.children) {
      if (each.name == "ExtendedAttribute" && fields_.count(each.Text("FieldID")) == 0)
        Note(id, each, kExchangeElementLeft,
             {{"element", absl::StrCat("ExtendedAttribute ", each.Text("FieldID"))}, {"value", each.Text("Value")}}, false);
    }
    if (parts != parts_.end()) {
      task.set_part_count(parts->second);
      return;
    }
    task.set_milestone(element.Text("Milestone") == "1");
    // A milestone may be reached at any moment of its day.
    if (const auto day = DayOf(element, id, "Start", task.milestone() ? "" : start_time_)) *task.mutable_start_date() = *day;
    if (const auto day = DayOf(element, id, "Finish", task.milestone() ? "" : finish_time_)) *task.mutable_end_date() = *day;
    ReadWork(element, id, task);
    ReadCost(element, id, task);
  }

  // The day of a moment; one at another time of day than is usual is told.
  std::optional<google::type::Date> DayOf(const XmlElement& task, const std::string& id, const char* name, const std::string& usual) {
    const XmlElement* element = task.Find(name);
    if (element == nullptr || element->text.empty()) return std::nullopt;
    const std::pair<std::string, std::string> parts = absl::StrSplit(element->text, absl::MaxSplits('T', 1));
    const std::optional<absl::CivilDay> day = time::ParseDay(parts.first);
    if (!day || !time::IsValid(time::ToDate(*day))) {
      Unreadable(id, *element, element->text);
      return std::nullopt;
    }
    if (!usual.empty() && !parts.second.empty() && parts.second != usual) {
      Note(id, *element, kExchangeRounded, {{"element", name}, {"value", element->text}, {"taken", parts.first}}, false);
    }
    return time::ToDate(*day);
  }

  // PT32H30M0S, in minutes.
  static std::optional<double> MinutesOf(const std::string& text) {
    int64_t hours = 0, minutes = 0, seconds = 0;
    static const RE2& pattern = *new RE2("PT([0-9]{1,9})H([0-9]{1,2})M([0-9]{1,2})(?:\\.0+)?S");
    if (!RE2::FullMatch(text, pattern, &hours, &minutes, &seconds)) return std::nullopt;
    return static_cast<double>(hours * 60 + minutes) + static_cast<double>(seconds) / 60;
  }

  void ReadWork(const XmlElement& element, const std::string& id, Task& task) {
    const XmlElement* work = element.Find("Work");
    if (work == nullptr) return;
    const std::optional<double> minutes = MinutesOf(work->text);
    if (!minutes || *minutes > 100000 * 60) return Unreadable(id, *work, work->text);
    const double hours = *minutes / 60;
    task.set_estimate_hours(static_cast<int32_t>(std::llround(hours)));
    if (hours != std::round(hours)) {
      Note(id, *work, kExchangeRounded, {{"element", "Work"}, {"value", work->text}, {"taken", absl::StrCat(task.estimate_hours(), " h")}},
           false);
    }
  }

  void ReadCost(const XmlElement& element, const std::string& id, Task& task) {
    const XmlElement* cost = element.Find("Cost");
    if (cost == nullptr) return;
    double hundredths = 0;
    if (!absl::SimpleAtod(cost->text, &hundredths) || !(hundredths >= 0 && hundredths <= 1e14)) return Unreadable(id, *cost, cost->text);
    const double minor = hundredths / 100 * std::pow(10, text::MinorDigits(project_.currency_code()));
    task.set_planned_cost_minor(std::llround(minor));
    if (std::abs(minor - std::round(minor)) > 1e-6) {
      Note(id, *cost, kExchangeRounded,
           {{"element", "Cost"}, {"value", cost->text}, {"taken", text::Money(task.planned_cost_minor(), project_.currency_code())}},
           false);
    }
  }

  // The first employee who is assigned owns it, the others do the work as well.
  void ReadOwner(const XmlElement& element, const std::string& id, Task& task) {
    const auto found = assigned_.find(element.Text("UID"));
    if (found == assigned_.end()) return;
    for (const auto& [assignment, name] : found->second) {
      if (!record::MatchesPattern(name, "employees/{employee}")) {
        Note(id, *assignment, kExchangeElementLeft, {{"element", "Assignment"}, {"value", name}}, false);
      } else if (task.owner().empty()) {
        task.set_owner(name);
      } else if (task.roles_size() < kMostTaskRoles) {
        v1::TaskRole& role = *task.add_roles();
        role.set_employee(name);
        role.set_kind(v1::TaskRole::KIND_RESPONSIBLE);
      }
    }
  }

  void ReadCustom(const XmlElement& element, const std::string& id, Task& task) {
    if (const std::string rule = FieldOf(element, kRuleField); !rule.empty()) {
      Task::MeasurementRule value = Task::MEASUREMENT_RULE_UNSPECIFIED;
      if (!Task::MeasurementRule_Parse("MEASUREMENT_RULE_" + rule, &value)) Unreadable(id, element, rule);
      task.set_measurement_rule(value);
    }
    if (const std::string roles = FieldOf(element, kRolesField); !roles.empty() && !ReadRolesText(roles, task))
      Unreadable(id, element, roles);
    const std::string points[] = {FieldOf(element, kOptimisticField), FieldOf(element, kLikelyField), FieldOf(element, kPessimisticField)};
    if (points[0].empty() && points[1].empty() && points[2].empty()) return;
    double days[3] = {};
    for (int i = 0; i < 3; ++i) {
      if (!absl::SimpleAtod(points[i], &days[i]) || !(days[i] >= 0 && days[i] <= 2000)) return Unreadable(id, element, points[i]);
    }
    task.mutable_duration_estimate()->set_optimistic_days(days[0]);
    task.mutable_duration_estimate()->set_likely_days(days[1]);
    task.mutable_duration_estimate()->set_pessimistic_days(days[2]);
  }

  void ReadLinks(const XmlElement& element, Task& task) {
    const std::string id = record::IdOf(task.name());
    for (const XmlElement& link : element.children) {
      if (link.name != "PredecessorLink") continue;
      const auto predecessor = names_.find(link.Text("PredecessorUID"));
      int type = 1;
      const bool typed = link.Text("Type").empty() || absl::SimpleAtoi(link.Text("Type"), &type);
      if (predecessor == names_.end() || link.Text("CrossProject") == "1" || !typed || type < 0 || type > 3) {
        Unreadable(id, link, absl::StrCat(link.Text("PredecessorUID"), " ", link.Text("Type")));
        continue;
      }
      Dependency& dependency = *task.add_dependencies();
      dependency.set_predecessor(predecessor->second);
      dependency.set_type(kProjectLinkTypes[type]);
      ReadLag(link, id, predecessor->second, dependency);
    }
  }

  const Task* TaskNamed(const std::string& name) const {
    const auto found = std::find_if(read_.begin(), read_.end(), [&](const Task& task) { return task.name() == name; });
    return found == read_.end() ? nullptr : &*found;
  }

  void ReadLag(const XmlElement& link, const std::string& id, const std::string& predecessor, Dependency& dependency) {
    const std::string text = link.Text("LinkLag");
    if (text.empty() || text == "0") return;
    double lag = 0;
    int format = 7;
    const bool formatted = link.Text("LagFormat").empty() || absl::SimpleAtoi(link.Text("LagFormat"), &format);
    const std::optional<LagUnit> unit = LagUnitOf(format);
    if (!absl::SimpleAtod(text, &lag) || !formatted || !unit) return Unreadable(id, link, absl::StrCat(text, " ", link.Text("LagFormat")));
    double days = 0;
    const Task* before = TaskNamed(predecessor);
    const bool dated = before != nullptr && before->has_start_date() && before->has_end_date();
    if (*unit == LagUnit::kWorking) {
      days = lag / kTenthsPerMinute / minutes_per_day_;
    } else if (!dated) {
      return Unreadable(id, link, text);
    } else if (*unit == LagUnit::kPercent) {
      days = lag / 100 *
             static_cast<double>(calendar_.WorkingDaysBetween(time::ToDay(before->start_date()), time::ToDay(before->end_date()) + 1));
    } else {
      // So many days by the clock from the end of the predecessor, of which some are no working days.
      const absl::CivilDay from = time::ToDay(before->end_date()) + 1;
      const auto elapsed = std::llround(lag / kTenthsPerMinute / kMinutesPerElapsedDay);
      days = static_cast<double>(calendar_.WorkingDaysBetween(from, from + elapsed));
    }
    const double whole = std::round(days);
    if (std::abs(whole) > 365) return Unreadable(id, link, text);
    dependency.set_lag_days(static_cast<int32_t>(whole));
    if (*unit != LagUnit::kWorking || std::abs(days - whole) > 1e-9) {
      Note(id, link, kExchangeRounded,
           {{"element", "LinkLag"}, {"value", absl::StrCat(text, " ", link.Text("LagFormat"))}, {"taken", absl::StrCat(whole, " d")}},
           false);
    }
  }

  const XmlElement& root_;
  const v1::Project& project_;
  const time::BusinessCalendar& calendar_;
  const status::Language language_;
  int minutes_per_day_ = kMinutesPerDay;
  std::string start_time_, finish_time_;
  std::map<std::string, const CustomField*> fields_;
  std::map<std::string, std::vector<std::pair<const XmlElement*, std::string>>> assigned_;
  std::map<std::string, std::string> names_;  // by UID
  std::map<std::string, int> lines_, parts_;
  std::vector<Task> read_;
  ReadTasks result_;
};

}  // namespace

TaskTable WriteMsProject(const v1::Project& project, const std::vector<Task>& tasks, const time::BusinessCalendar& calendar,
                         status::Language) {
  TaskTable table;
  table.content = ProjectWriter(project, tasks, calendar).Write();
  return table;
}

absl::StatusOr<ReadTasks> ReadMsProject(const std::string& content, const v1::Project& project, const time::BusinessCalendar& calendar,
                                        status::Language language) {
  ASSIGN_OR_RETURN(const XmlElement root, ParseXml(content));
  const XmlElement* tasks = root.Find("Tasks");
  if (root.name != "Project" || (tasks != nullptr && tasks->children.size() > kMostProjectTasks)) {
    status::BadFields bad;
    bad.Add("content", kExchangeNoProject);
    return bad.status();
  }
  return ProjectReader(root, project, calendar, language).Read();
}

}  // namespace heitie::planning
