// What every list owes its callers, read from the contracts and the migrated schemas: a page costs what it shows, however much the table
// holds. A new resource or field is covered as soon as it is there.
#include "common/record/list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "google/api/resource.pb.h"
#include "services/gateway/contracts.h"
#include "tests/contract/suite.h"
#include "tests/services.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using record::Column;
using record::ColumnType;
using record::ListQuery;
using record::Table;

constexpr int kRows = 4000;
// Values of a reference, and parents: each has kRows / kValues rows.
constexpr int kValues = 40;
constexpr int kPage = 10;
// The row after the page, and the look at where it begins and ends.
constexpr int64_t kPageReads = kPage + 3;

// Tables that stay small, whatever a department does: they may be read as a whole.
const std::map<std::string, std::string> kSmall = {
    {"absence_kinds", "some kinds of absence"},
    {"access_policies", "a version in years"},
    {"active_user_definitions", "some versions of some dozens of definitions"},
    {"activity_template_versions", "some in a year for each template"},
    {"activity_templates", "some dozens of kinds of activities"},
    {"alert_rules", "some dozens in a department"},
    {"allowed_hosts", "some dozens of hosts"},
    {"appraisal_policies", "a version in years"},
    {"calendars", "one for a region or a shift"},
    {"career_paths", "some dozens in a department"},
    {"career_policies", "a version in years"},
    {"collaboration_policies", "a version in years"},
    {"collection_duties", "some dozens of topics"},
    {"cooperation_form_versions", "some in a year for each form"},
    {"cooperation_forms", "some dozens of what departments ask for"},
    {"cost_centers", "some dozens of parts of the company"},
    {"count_policies", "a version in years"},
    {"courses", "some dozens of trainings"},
    {"currency_policies", "a version in years"},
    {"custody_policies", "a version in years"},
    {"development_policies", "a version in years"},
    {"duties", "some dozens of what a department answers for"},
    {"evaluation_policies", "a version in years"},
    {"event_schemas", "some versions of some dozens of names"},
    {"expense_accounts", "some dozens of what money is spent on"},
    {"expense_policies", "a version in years"},
    {"handbook_documents", "some dozens of texts"},
    {"handbook_versions", "some in a year for each document"},
    {"handover_policies", "a version in years"},
    {"headcount_plans", "one for each position of a department"},
    {"inquiry_category_trees", "a version in years"},
    {"inspection_templates", "some dozens in a department"},
    {"item_categories", "some dozens of kinds of material"},
    {"liaisons", "some for each department"},
    {"locations", "some dozens of rooms and sites"},
    {"metric_definitions", "some dozens of figures"},
    {"money_policies", "a version in years"},
    {"month_closings", "12 in a year"},
    {"movement_policies", "a version in years"},
    {"notice_policies", "a version in years"},
    {"notice_rules", "some dozens of rules"},
    {"official_metric_lists", "a version in years"},
    {"onboarding_templates", "some in a year for each position"},
    {"outcome_policies", "a version in years"},
    {"pay_bands", "a version of a position in years"},
    {"personal_data_policies", "a version in years"},
    {"plan_deviations", "some for each name of a producer"},
    {"plan_periods", "17 in a year: the year, its quarters and months"},
    {"meeting_policies", "a version in years"},
    {"meeting_series", "some dozens in a department"},
    {"planning_policies", "a version in years"},
    {"position_templates", "those of the policy"},
    {"positions", "some dozens in a department"},
    {"preparation_policies", "a version in years"},
    {"producers", "the systems that deliver events"},
    {"project_templates", "some versions of some dozens of kinds of projects"},
    {"project_types", "some dozens of kinds of projects"},
    {"purchase_policies", "a version in years"},
    {"quality_checks", "some dozens in a department"},
    {"recruitment_channels", "some dozens of ways to seek people"},
    {"recruitment_policies", "a version in years"},
    {"rejection_reasons", "some dozens of reasons"},
    {"reorder_policies", "a version in years"},
    {"research_subjects", "some dozens of competitors and markets"},
    {"retention_policies", "a version in years"},
    {"review_policies", "a version in years"},
    {"risk_indicators", "some dozens in a department"},
    {"risk_matrices", "a version in years"},
    {"risk_policies", "a version in years"},
    {"robot_policies", "a version in years"},
    {"robots", "some dozens of chats and departments"},
    {"rotas", "some in a year for each duty"},
    {"row_retentions", "a version in years"},
    {"scorecard_templates", "a version in years for each position"},
    {"segments", "some hundreds of sets that analysts save"},
    {"service_policies", "a version in years"},
    {"sharing_series", "some dozens in a department"},
    {"signal_policies", "a version in years"},
    {"staff_policies", "a version in years"},
    {"stock_closings", "twelve in a year"},
    {"stock_policies", "a version in years"},
    {"subject_scopes", "some of the activities and projects, one for each"},
    {"surge_rules", "some dozens in a department"},
    {"warning_policies", "a version in years"},
};

// Fields that are asked for by another one.
const std::map<std::string, std::string> kAskedOtherwise = {
    {"activities.amendment", "an amendment is below its activity"},
    {"activities.launch", "a launch is below its activity"},
    {"activity_trackings.end_date", "the activity's end is what is watched"},
    {"applications.end_reason", "why applications ended is counted, not looked up"},
    {"applications.scorecard_template", "a template's applications are those of its position"},
    {"certificates.enrollment", "an enrollment names its certificate"},
    {"inquiries.activity_owner", "its inquiries are those of the activity, which has an index"},
    {"inquiries.category_tree", "a version's inquiries are those of its time"},
    {"encumbrances.expire_time", "only those in STATE_PRE_COMMITTED expire, which are few"},
    {"projects.approval", "an approval is below its project"},
    {"projects.approved_baseline", "a baseline is below its project"},
    {"reservations.expire_time", "only those in STATE_HELD expire, which are few"},
    {"risks.assessment", "an assessment is below its risk"},
    {"service_clocks.calendar", "a calendar's clocks are asked for with their state, by a job"},
    {"service_clocks.policy", "a version's clocks are those of its time"},
};

const std::set<std::string> kDeadlines = {"due_time", "end_date", "erase_date", "end_time", "expire_time", "valid_until"};

// One value for each row that a generated column makes unique, alone or with others.
const std::set<std::string> kDistinct = {"certificates.enrollment",        "custody_counts.item",    "offers.application",
                                         "quality_findings.quality_check", "reorder_proposals.item", "risk_occurrences.incident",
                                         "training_plans.position"};

struct List {
  const MethodDescriptor* method;
  const Descriptor* resource;
  bool has_parent() const { return method->input_type()->FindFieldByName("parent") != nullptr; }
};

// The lists of a service, or of all.
std::vector<List> Lists(const std::string& service = "") {
  std::vector<List> lists;
  for (const MethodDescriptor* method : Methods()) {
    if (method->input_type()->FindFieldByName("filter") == nullptr) continue;
    if (!service.empty() && !absl::StartsWith(method->full_name(), absl::StrCat("heitie.", service, "."))) continue;
    for (int i = 0; i < method->output_type()->field_count(); ++i) {
      const FieldDescriptor* field = method->output_type()->field(i);
      if (field->is_repeated() && field->message_type() != nullptr) lists.push_back({method, field->message_type()});
    }
  }
  return lists;
}

std::vector<std::string> SegmentsOf(const Descriptor& resource) {
  return absl::StrSplit(resource.options().GetExtension(google::api::resource).pattern(0), '/');
}

// "courses/p00/sessions/p00" for enrollments.
std::string FirstParent(const Descriptor& resource) {
  std::vector<std::string> segments = SegmentsOf(resource);
  segments.resize(segments.size() - 2);
  for (std::string& segment : segments) {
    if (segment[0] == '{') segment = "p00";
  }
  return absl::StrJoin(segments, "/");
}

// A subject is a resource of any kind.
bool IsReference(const Column& column) {
  return column.type == ColumnType::kText &&
         (column.field->options().HasExtension(google::api::resource_reference) || column.field->name() == "subject");
}
bool IsState(const Column& column) { return column.type == ColumnType::kEnum && column.field->name() == "state"; }
bool IsDeadline(const Column& column) { return kDeadlines.count(column.field->name()) > 0; }

std::string ColumnName(const Table& table, const Column& column) { return absl::StrCat(table.name, ".", column.field->name()); }

// ---- Rows

// The rows' values are spread over their names: neighbours in one order are none in another. kRows and 1009 have no common divisor.
const std::string kSpread = absl::StrCat("(i * 1009 % ", kRows, ")");

std::string NameExpression(const Descriptor& resource) {
  std::vector<std::string> segments = SegmentsOf(resource);
  std::vector<std::string> parts;
  const auto last = std::find_if(segments.rbegin(), segments.rend(), [](const std::string& s) { return s[0] == '{'; });
  for (std::string& segment : segments) {
    if (segment[0] != '{') {
      parts.push_back(absl::StrCat("'", segment, "'"));
    } else if (&segment == &*last) {
      parts.push_back("LPAD(i, 5, '0')");
    } else {
      parts.push_back(absl::StrCat("'p', LPAD(", kSpread, " % ", kValues, ", 2, '0')"));
    }
  }
  return absl::StrCat("CONCAT(", absl::StrJoin(parts, ", '/', "), ")");
}

// The first value is rare, as what waits for somebody is beside what is over.
std::string EnumExpression(const FieldDescriptor& field) {
  std::vector<std::string> values;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    if (field.enum_type()->value(i)->number() != 0) values.push_back(absl::StrCat("'", field.enum_type()->value(i)->name(), "'"));
  }
  return absl::StrCat("ELT(IF(", kSpread, " % 50 = 0, 1, ", values.size(), " - ", kSpread, " % ", std::max<size_t>(1, values.size() - 1),
                      "), ", absl::StrJoin(values, ", "), ")");
}

std::string Expression(const Descriptor& resource, const Column& column, bool distinct) {
  if (column.field->name() == "name") return NameExpression(resource);
  const std::string few = distinct ? kSpread : absl::StrCat("(", kSpread, " % ", kValues, ")");
  switch (column.type) {
    case ColumnType::kText:
      return IsReference(column) ? absl::StrCat("CONCAT('things/', ", few, ")") : absl::StrCat("CONCAT('t', ", few, ")");
    case ColumnType::kEnum:
      return EnumExpression(*column.field);
    case ColumnType::kTimestamp:
      return absl::StrCat("TIMESTAMPADD(MINUTE, ", kSpread, ", '2026-01-01')");
    case ColumnType::kDate:
      return absl::StrCat("DATE(TIMESTAMPADD(DAY, ", kSpread, ", '2026-01-01'))");
    case ColumnType::kBoolean:
      return absl::StrCat(kSpread, " % 2");
    case ColumnType::kJson:
      return "'{}'";
    case ColumnType::kBytes:
      return "''";
    case ColumnType::kInteger:
    case ColumnType::kDouble:
      return kSpread;
  }
  return "NULL";
}

// One value of a reference or a state, or a time before which 1 % of the rows lie.
std::string Filter(const Column& column) {
  if (IsReference(column)) return absl::StrCat(column.field->name(), " = \"things/7\"");
  if (IsState(column)) return absl::StrCat(column.field->name(), " = ", column.field->enum_type()->value(1)->name());
  if (column.type == ColumnType::kDate) return absl::StrCat(column.field->name(), " < \"2026-02-10\"");
  return absl::StrCat(column.field->name(), " < \"2026-01-01T00:40:00Z\"");
}
// A few values of a reference.
std::string AnyOf(const Column& column) {
  const std::string& name = column.field->name();
  return absl::StrCat(name, " = \"things/7\" OR ", name, " = \"things/8\" OR ", name, " = \"things/9\"");
}
constexpr int64_t kDeadlineMatches = kRows / 100;

// ---- What statements read

// Rows that the session has read so far, one way or another.
int64_t ReadsOf(sql::Session& session) {
  int64_t sum = 0;
  EXPECT_TRUE(session
                  .Query("SHOW SESSION STATUS LIKE 'Handler_read%'", {},
                         [&](const sql::Row& row) {
                           if (!absl::EndsWithIgnoreCase(row.Text(0), "_deleted")) sum += std::stoll(row.Text(1));
                         })
                  .ok());
  return sum;
}

class ListIndexTest : public ::testing::TestWithParam<std::string> {
 protected:
  ListIndexTest() : database_(GetParam()) {}

  void Do(const std::function<absl::Status(sql::Session&)>& work) {
    const absl::Status status = database_.get().Read(absl::Now() + absl::Minutes(5), work);
    ASSERT_TRUE(status.ok()) << status;
  }

  // Generated rows have the form that the schema asks for and need not make sense together.
  absl::Status Prepare(sql::Session& session) {
    const int64_t before = ReadsOf(session);
    asking_ = ReadsOf(session) - before;
    std::vector<std::pair<std::string, std::string>> checks;
    RETURN_IF_ERROR(
        session.Query("SELECT table_name, constraint_name FROM information_schema.table_constraints "
                      "WHERE table_schema = DATABASE() AND constraint_type IN ('CHECK', 'FOREIGN KEY')",
                      {}, [&](const sql::Row& row) { checks.emplace_back(row.Text(0), row.Text(1)); }));
    for (const auto& [table, check] : checks) {
      RETURN_IF_ERROR(session.Execute(absl::StrCat("ALTER TABLE ", table, " DROP CONSTRAINT ", check)).status());
    }
    RETURN_IF_ERROR(session.Execute("CREATE TABLE digit (d INT PRIMARY KEY)").status());
    return session.Execute("INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)").status();
  }

  // The last columns of unique indexes.
  absl::StatusOr<std::set<std::string>> UniqueOf(sql::Session& session, const Table& table) {
    std::map<std::string, std::string> last;
    RETURN_IF_ERROR(session.Query(
        "SELECT index_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? "
        "AND non_unique = 0 ORDER BY index_name, seq_in_index",
        sql::Bind(table.name), [&](const sql::Row& row) { last[row.Text(0)] = row.Text(1); }));
    std::set<std::string> unique;
    for (const auto& [index, column] : last) unique.insert(column);
    return unique;
  }

  absl::Status Fill(sql::Session& session, const Descriptor& resource, const Table& table) {
    ASSIGN_OR_RETURN(const std::set<std::string> unique, UniqueOf(session, table));
    std::vector<std::string> columns, values;
    for (const Column& column : table.columns) {
      columns.push_back(record::Quoted(column));
      values.push_back(
          Expression(resource, column, unique.count(column.field->name()) > 0 || kDistinct.count(ColumnName(table, column)) > 0));
    }
    RETURN_IF_ERROR(
        session
            .Execute(absl::StrCat("INSERT INTO ", table.name, " (", absl::StrJoin(columns, ", "), ") SELECT ", absl::StrJoin(values, ", "),
                                  " FROM (SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d AS i FROM digit a, digit b, digit c, "
                                  "digit e) AS number WHERE i < ",
                                  kRows))
            .status());
    return session.Query(absl::StrCat("ANALYZE TABLE ", table.name), {}, [](const sql::Row&) {});
  }

  // What List sends to the database for the request.
  // Rows that it reads, by the server's counters: whatever way it finds them, through an index, by a scan or for a sort.
  absl::StatusOr<int64_t> Run(sql::Session& session, const ListQuery& query) {
    const int64_t before = ReadsOf(session);
    RETURN_IF_ERROR(session.Query(query.sql, query.values, [](const sql::Row&) {}));
    return ReadsOf(session) - before - asking_;
  }
  // How the server explains it, each in its own words.
  std::string Explained(sql::Session& session, const ListQuery& query) {
    std::string plan;
    EXPECT_TRUE(session.Query("EXPLAIN FORMAT=JSON " + query.sql, query.values, [&](const sql::Row& row) { plan = row.Text(0); }).ok());
    return plan;
  }

  // Requests for the first page, one in the middle and the last.
  absl::StatusOr<std::vector<std::unique_ptr<Message>>> PagesOf(sql::Session& session, const Table& table, const Message& first) {
    ASSIGN_OR_RETURN(ListQuery query, record::MakeListQuery(table, first));
    int64_t rows = 0;
    RETURN_IF_ERROR(session.Query(query.count_sql, query.count_values, [&](const sql::Row& row) { rows = row.Int(0); }));
    std::vector<std::string> wanted = {""};
    if (rows > 2 * kPage) {
      query.values.back() = int64_t{1};
      for (const int64_t last : {rows / 2, rows - 1 - kPage}) {
        RETURN_IF_ERROR(session.Query(absl::StrCat(query.sql, " OFFSET ", last), query.values,
                                      [&](const sql::Row& row) { wanted.push_back(TokenOf(row, table, query)); }));
      }
    }
    const FieldDescriptor* page_token = first.GetDescriptor()->FindFieldByName("page_token");
    std::vector<std::unique_ptr<Message>> pages;
    for (const std::string& token : wanted) {
      pages.emplace_back(first.New())->CopyFrom(first);
      first.GetReflection()->SetString(pages.back().get(), page_token, token);
    }
    return pages;
  }
  std::string TokenOf(const sql::Row& row, const Table& table, const ListQuery& query) {
    const std::unique_ptr<Message> message = NewMessage(*table.columns[0].field->containing_type());
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].type == ColumnType::kJson) continue;
      EXPECT_TRUE(record::WriteField(row, static_cast<int>(i), table.columns[i], message.get()).ok());
    }
    return record::MakePageToken(*message, query);
  }

  std::unique_ptr<Message> Request(const List& list, const std::string& filter, const std::string& order_by) {
    std::unique_ptr<Message> request = NewMessage(*list.method->input_type());
    const auto& r = *request->GetReflection();
    const auto set = [&](const char* field, const std::string& value) {
      r.SetString(request.get(), request->GetDescriptor()->FindFieldByName(field), value);
    };
    set("filter", filter);
    set("order_by", order_by);
    if (list.has_parent()) set("parent", FirstParent(*list.resource));
    r.SetInt32(request.get(), request->GetDescriptor()->FindFieldByName("page_size"), kPage);
    return request;
  }

  // Looks at pages all over the list.
  void Look(sql::Session& session, const List& list, const Table& table, const std::string& filter, const std::string& order_by,
            const std::function<void(int64_t reads)>& check) {
    const auto pages = PagesOf(session, table, *Request(list, filter, order_by));
    ASSERT_TRUE(pages.ok()) << pages.status();
    for (const auto& request : *pages) {
      const auto query = record::MakeListQuery(table, *request);
      ASSERT_TRUE(query.ok()) << query.status() << request->DebugString();
      const auto reads = Run(session, *query);
      ASSERT_TRUE(reads.ok()) << reads.status();
      SCOPED_TRACE(absl::StrCat(list.method->name(), " ", request->ShortDebugString(), "\n", query->sql));
      ++looks_;
      const auto failures = [] { return ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count(); };
      const int before = failures();
      check(*reads);
      if (failures() > before) ADD_FAILURE() << Explained(session, *query);
    }
  }

  void LookAtWholeTable(sql::Session& session, const List& list, const Table& table) {
    for (const Column& column : table.columns) {
      const std::string full_name = ColumnName(table, column);
      if (!IsReference(column) && !IsState(column) && !IsDeadline(column)) continue;
      if (kAskedOtherwise.count(full_name) > 0) {
        excused_.insert(full_name);
        EXPECT_EQ(table.indexed.count(column.field->name()), 0u) << full_name << " has an index that nothing needs";
        continue;
      }
      SCOPED_TRACE(full_name + " needs an index (it, name)");
      // Those before a deadline are sorted by name; nothing else is read.
      const int64_t most = IsDeadline(column) ? 3 * kDeadlineMatches : kPageReads;
      Look(session, list, table, Filter(column), "", [&](int64_t reads) { EXPECT_LE(reads, most); });
    }
    for (const Column& column : table.columns) {
      if (!IsReference(column) || kAskedOtherwise.count(ColumnName(table, column)) > 0) continue;
      Look(session, list, table, AnyOf(column), "", [&](int64_t reads) {
        // The rows of these values are read and sorted by name, or where they are many, the names are walked until a page is full.
        EXPECT_LE(reads, 3 * 2 * (kRows / kValues) + kPageReads);
      });
    }
    for (const std::string& field : table.indexed) {
      if (table.sortable.count(field) == 0) continue;
      for (const char* direction : {"", " desc"}) {
        // Where hardly more than a page is left, that may be fetched and sorted.
        Look(session, list, table, "", field + direction, [&](int64_t reads) { EXPECT_LE(reads, 3 * kPageReads); });
      }
    }
  }

  void LookAtChildren(sql::Session& session, const List& list, const Table& table) {
    Look(session, list, table, "", "", [](int64_t reads) { EXPECT_LE(reads, kPageReads); });
    // Whatever is asked and in whatever order, other parents' children are not read.
    for (const Column& column : table.columns) {
      const bool asked = IsReference(column) || IsState(column) || IsDeadline(column);
      const std::string order = table.sortable.count(column.field->name()) > 0 ? column.field->name() : "";
      if (!asked && order.empty()) continue;
      Look(session, list, table, asked ? Filter(column) : "", order,
           [](int64_t reads) { EXPECT_LE(reads, 2 * (kRows / kValues) + kPageReads); });
    }
  }

  test::TestDatabase database_;
  std::set<std::string> excused_;
  int looks_ = 0;
  // What asking for the counters reads.
  int64_t asking_ = 0;
};

TEST_P(ListIndexTest, EveryPageIsARangeOfAnIndex) {
  const std::vector<List> lists = Lists(GetParam());
  ASSERT_FALSE(lists.empty());
  Do([&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(Prepare(session));
    for (const List& list : lists) {
      ASSIGN_OR_RETURN(const Table table, record::ReadTable(session, *list.resource));
      if (kSmall.count(table.name) > 0) continue;
      RETURN_IF_ERROR(Fill(session, *list.resource, table));
      list.has_parent() ? LookAtChildren(session, list, table) : LookAtWholeTable(session, list, table);
    }
    return absl::OkStatus();
  });
  EXPECT_GT(looks_, 0);
  for (const auto& [field, reason] : kAskedOtherwise) {
    const std::string table = field.substr(0, field.find('.'));
    const bool own = std::any_of(lists.begin(), lists.end(), [&](const List& l) { return record::TableOf(*l.resource) == table; });
    EXPECT_EQ(excused_.count(field), own ? 1u : 0u) << "there is no " << field << " to excuse: " << reason;
  }
}

// Of two keys (x) and (y) MySQL reads all rows of both values and intersects them; by (x, name) it reads a page. Both servers end a key
// with the primary key anyway.
TEST_P(ListIndexTest, NoKeyIsOfOneColumn) {
  Do([&](sql::Session& session) -> absl::Status {
    for (const List& list : Lists(GetParam())) {
      RETURN_IF_ERROR(session.Query(
          "SELECT index_name, MAX(column_name) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? "
          "AND non_unique = 1 GROUP BY index_name HAVING COUNT(*) = 1",
          sql::Bind(record::TableOf(*list.resource)), [&](const sql::Row& row) {
            ADD_FAILURE() << "KEY " << row.Text(0) << " (" << row.Text(1) << ") must be (" << row.Text(1) << ", name)";
          }));
    }
    return absl::OkStatus();
  });
}

using MissingIndexTest = ListIndexTest;

// What the test above rests on: a lack of an index shows in what is read.
TEST_P(MissingIndexTest, IsSeen) {
  const std::vector<List> lists = Lists(GetParam());
  const List list = *std::find_if(lists.begin(), lists.end(), [](const List& each) { return each.resource->name() == "Activity"; });
  Do([&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(Prepare(session));
    ASSIGN_OR_RETURN(const Table table, record::ReadTable(session, *list.resource));
    RETURN_IF_ERROR(Fill(session, *list.resource, table));
    EXPECT_EQ(table.name, "activities");
    RETURN_IF_ERROR(session.Execute("ALTER TABLE activities DROP KEY activities_owner").status());
    Look(session, list, table, "owner = \"things/7\"", "", [](int64_t reads) { EXPECT_GT(reads, 10 * kPageReads); });
    return absl::OkStatus();
  });
}

INSTANTIATE_TEST_SUITE_P(Activities, MissingIndexTest, ::testing::Values("activity"));
INSTANTIATE_TEST_SUITE_P(Services, ListIndexTest, ::testing::ValuesIn(Stores()), [](const auto& info) { return info.param; });

// ---- Examples

// What a field's comment shows between backticks.
std::vector<std::string> ExamplesOf(const MethodDescriptor& method, const std::string& field) {
  const Descriptor* request = gateway::CommentedContracts().FindMessageTypeByName(method.input_type()->full_name());
  google::protobuf::SourceLocation location;
  EXPECT_TRUE(request->FindFieldByName(field)->GetSourceLocation(&location));
  const std::vector<std::string> parts = absl::StrSplit(location.leading_comments, '`');
  std::vector<std::string> examples;
  for (size_t i = 1; i < parts.size(); i += 2) examples.push_back(parts[i]);
  // What OpenAPI shows by convention.
  if (location.leading_comments.empty() && field == "order_by") examples.emplace_back("name desc");
  return examples;
}

TEST(ListExampleTest, EveryExampleOfAFilterOrOrderIsTaken) {
  Suite suite;
  for (const List& list : Lists()) {
    for (const char* field : {"filter", "order_by"}) {
      const std::vector<std::string> examples = ExamplesOf(*list.method, field);
      EXPECT_FALSE(examples.empty()) << list.method->full_name() << " " << field;
      for (const std::string& example : examples) {
        const std::unique_ptr<Message> request = NewMessage(*list.method->input_type());
        const auto* descriptor = list.method->input_type();
        const auto& r = *request->GetReflection();
        r.SetString(request.get(), descriptor->FindFieldByName(field), example);
        if (list.has_parent()) r.SetString(request.get(), descriptor->FindFieldByName("parent"), FirstParent(*list.resource));
        const absl::Status status = suite.Ask(WithEveryRole(), *list.method, request->SerializeAsString());
        // The parent is looked for when the query has been understood.
        EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << list.method->name() << " " << field << " `" << example << "`: " << status;
      }
    }
  }
}

}  // namespace
}  // namespace heitie::contract
