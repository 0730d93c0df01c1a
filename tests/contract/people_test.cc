// Whoever is named in a contract: declared, and found by what is declared.
#include "tests/contract/people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/record/columns.h"
#include "common/record/holdings.h"
#include "common/record/list.h"
#include "common/rpc/service.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/type/date.pb.h"
#include "heitie/options/v1/person.pb.h"
#include "heitie/options/v1/storage.pb.h"
#include "tests/contract/suite.h"
#include "tests/services.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using type::v1::Holding;
using type::v1::ListHoldingsRequest;
using type::v1::ListHoldingsResponse;

std::string PackageOf(const std::string& service) { return absl::StrCat("heitie.", service, ".v1"); }

// ---- Declarations

TEST(PeopleTest, EveryFieldThatNamesAnEmployeeSaysWhatThatMeans) {
  size_t resources = 0, responsibilities = 0;
  for (const std::string& service : Stores()) {
    for (const Descriptor* resource : record::ResourcesOf(PackageOf(service))) {
      ++resources;
      responsibilities += record::ResponsibilitiesOf(*resource).size();
      EXPECT_THAT(WrongDeclarations(*resource), IsEmpty());
    }
  }
  EXPECT_GE(resources, 30u);
  EXPECT_GE(responsibilities, 9u);
}

// A resource with states OPEN and DONE, an owner, and these fields.
class WrongContract {
 public:
  WrongContract() {
    file_.set_name("wrong.proto");
    file_.set_package("heitie.wrong.v1");
    thing_ = file_.add_message_type();
    thing_->set_name("Thing");
    auto* states = thing_->add_enum_type();
    states->set_name("State");
    for (const char* name : {"STATE_UNSPECIFIED", "STATE_OPEN", "STATE_DONE"}) {
      auto* value = states->add_value();
      value->set_name(name);
      value->set_number(states->value_size() - 1);
    }
    auto* state = Add("state");
    state->set_type(google::protobuf::FieldDescriptorProto::TYPE_ENUM);
    state->set_type_name(".heitie.wrong.v1.Thing.State");
    Declare(Employee("owner"), "open: 'OPEN'");
    Reference("other", "wrong.heitie/Thing");
  }

  google::protobuf::FieldDescriptorProto* Reference(const std::string& name, const std::string& type) {
    auto* field = Add(name);
    field->mutable_options()->MutableExtension(google::api::resource_reference)->set_type(type);
    return field;
  }
  google::protobuf::FieldDescriptorProto* Employee(const std::string& name) { return Reference(name, "personnel.heitie/Employee"); }
  void Declare(google::protobuf::FieldDescriptorProto* field, const std::string& person) {
    *field->mutable_options()->MutableExtension(options::v1::person) = test::Proto<options::v1::Person>(person);
  }
  std::vector<std::string> Wrong() {
    google::protobuf::DescriptorPool pool;
    return WrongDeclarations(*pool.BuildFile(file_)->message_type(0));
  }

 private:
  google::protobuf::FieldDescriptorProto* Add(const std::string& name) {
    auto* field = thing_->add_field();
    field->set_name(name);
    field->set_number(thing_->field_size());
    field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    field->set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
    return field;
  }

  google::protobuf::FileDescriptorProto file_;
  google::protobuf::DescriptorProto* thing_;
};

TEST(PeopleTest, WhatIsWrongIsSeen) {
  EXPECT_THAT(WrongContract().Wrong(), IsEmpty());
  WrongContract silent;
  silent.Employee("keeper");
  EXPECT_THAT(silent.Wrong(), ElementsAre(HasSubstr("Thing.keeper of Thing names an employee and declares nothing")));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"open: 'OPEN'", ""},
      {"open: '*' stand_in: 'owner'", ""},
      {"record: true", ""},
      {"", "either"},
      {"open: 'OPEN' record: true", "either"},
      {"open: 'OPEN CLOSED'", "\"CLOSED\", which is no state"},
      {"open: 'UNSPECIFIED'", "no state"},
      {"open: 'OPEN  DONE'", "\"\", which is no state"},
      {"open: 'OPEN OPEN'", "twice"},
      {"open: 'OPEN DONE'", "every state"},
      {"open: '*' stand_in: 'nobody'", "nobody, which is no field"},
      {"open: '*' stand_in: 'state'", "state, which is no field"},
      {"open: '*' stand_in: 'keeper'", "for itself"},
      {"record: true stand_in: 'owner'", "no responsibility"},
      {"open: '*' fallback: 'owner'", ""},
      {"open: '*' fallback: 'keeper'", "keeper, which is no other field"},
      {"open: '*' fallback: 'state'", "state, which is no other field"},
      {"open: '*' fallback: 'parent.owner'", "is at the top"},
      {"open: '*' fallback: 'other.owner'", ""},
      {"open: '*' fallback: 'other.state'", "other.state, which names no employee"},
      {"open: '*' fallback: 'other.nobody'", "other.nobody, which names no employee"},
      {"open: '*' fallback: 'owner.owner'", "owner.owner, which names no employee"},
      {"open: '*' fallback: 'nothing.owner'", "nothing.owner, which names no employee"},
      {"record: true fallback: 'owner'", "no responsibility"},
      {"open: '*' once: true", "no responsibility in a list"},
  };
  for (const auto& [person, wrong] : cases) {
    WrongContract contract;
    contract.Declare(contract.Employee("keeper"), person);
    if (wrong.empty()) {
      EXPECT_THAT(contract.Wrong(), IsEmpty()) << person;
    } else {
      EXPECT_THAT(contract.Wrong(), ElementsAre(HasSubstr(wrong))) << person;
    }
  }
}

// ---- Holdings of random rows, compared with a look at every row

constexpr int kRowsOfAKind = 60;
// One is another's beginning, and one holds nothing.
const std::vector<std::string> kEmployees = {"employees/a", "employees/ab", "employees/a-b", "employees/li"};
constexpr char kNobody[] = "employees/a-";

// Everything of a holding but its order.
using ToldHolding = std::tuple<std::string, std::string, std::string, std::string, std::string, bool, std::string, std::string>;
ToldHolding ToldOf(const Holding& h) {
  return {h.resource_type(), h.resource(), h.field(), h.title(), h.state(), h.open(), h.stand_in(), h.etag()};
}

class HoldingsTest : public ::testing::TestWithParam<std::string> {
 protected:
  HoldingsTest() : database_(GetParam()), store_(database_.get()), service_(PackageOf(GetParam())) {
    record::BindHoldings(service_, store_);
  }

  void Do(const std::function<absl::Status(sql::Session&)>& work) {
    const absl::Status status = database_.get().Read(absl::Now() + absl::Seconds(60), work);
    ASSERT_TRUE(status.ok()) << status;
  }

  uint32_t Below(uint32_t bound) { return random_() % bound; }
  template <typename T>
  const T& Pick(const std::vector<T>& values) {
    return values[Below(static_cast<uint32_t>(values.size()))];
  }

  // Where people may stand, people, and in other texts what looks like them.
  std::string RandomText(const FieldDescriptor& field) {
    if (field.options().HasExtension(options::v1::person)) return Below(5) == 0 ? "" : Pick(kEmployees);
    if (absl::EndsWith(field.name(), "_code")) return "TWD";
    switch (Below(4)) {
      case 0:
        return Pick(kEmployees);
      case 1:
        return absl::StrCat("\"", Pick(kEmployees), "\"");
      default:
        return absl::StrCat("t", Below(5));
    }
  }

  void FillValue(Message& message, const FieldDescriptor* field, int depth) {
    const auto& r = *message.GetReflection();
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return many ? r.AddString(&message, field, RandomText(*field)) : r.SetString(&message, field, RandomText(*field));
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value = field->enum_type()->value(1 + static_cast<int>(Below(field->enum_type()->value_count() - 1)));
        return many ? r.AddEnum(&message, field, value) : r.SetEnum(&message, field, value);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& inner = *(many ? r.AddMessage(&message, field) : r.MutableMessage(&message, field));
        if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(&inner)) {
          time->set_seconds(1767225600 + Below(1000000));
        } else if (auto* date = dynamic_cast<google::type::Date*>(&inner)) {
          date->set_year(2026);
          date->set_month(1 + static_cast<int>(Below(12)));
          date->set_day(1 + static_cast<int>(Below(28)));
        } else {
          FillRandom(inner, depth + 1);
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_INT64:
        return many ? r.AddInt64(&message, field, Below(1000)) : r.SetInt64(&message, field, Below(1000));
      case FieldDescriptor::CPPTYPE_INT32:
        return many ? r.AddInt32(&message, field, static_cast<int>(Below(1000)))
                    : r.SetInt32(&message, field, static_cast<int>(Below(1000)));
      default:  // whatever else stays as it is
        return;
    }
  }

  void FillRandom(Message& message, int depth) {
    for (const record::Column& column : record::ColumnsOf(*message.GetDescriptor())) {
      const FieldDescriptor* field = column.field;
      if (field->is_map()) continue;
      const bool ours = column.type == record::ColumnType::kJson && field->message_type() != nullptr;
      const uint32_t times = field->is_repeated() ? Below(4) : ours && depth > 0 ? Below(3) : 1;
      for (uint32_t i = 0; i < times && depth < 6 && (i == 0 || field->is_repeated()); ++i) FillValue(message, field, depth);
    }
  }

  static std::string NameOf(const Descriptor& resource, int i) {
    std::vector<std::string> segments = absl::StrSplit(resource.options().GetExtension(google::api::resource).pattern(0), '/');
    for (std::string& segment : segments) {
      if (segment[0] == '{') segment = absl::StrCat("r", &segment == &segments.back() ? i : i % 7);
    }
    return absl::StrJoin(segments, "/");
  }

  // Generated rows have the form that the schema asks for and need not make sense together.
  absl::Status DropConstraints(sql::Session& session) {
    std::vector<std::pair<std::string, std::string>> checks;
    RETURN_IF_ERROR(
        session.Query("SELECT table_name, constraint_name FROM information_schema.table_constraints "
                      "WHERE table_schema = DATABASE() AND constraint_type IN ('CHECK', 'FOREIGN KEY')",
                      {}, [&](const sql::Row& row) { checks.emplace_back(row.Text(0), row.Text(1)); }));
    for (const auto& [table, check] : checks) {
      RETURN_IF_ERROR(session.Execute(absl::StrCat("ALTER TABLE ", table, " DROP CONSTRAINT ", check)).status());
    }
    return absl::OkStatus();
  }

  absl::Status FillTable(sql::Session& session, const Descriptor& resource) {
    const auto columns = record::ColumnsOf(resource);
    std::vector<std::string> names;
    for (const record::Column& column : columns) names.push_back(record::Quoted(column));
    const std::string insert = absl::StrCat("INSERT INTO ", record::TableOf(resource), " (", absl::StrJoin(names, ", "), ") VALUES (",
                                            absl::StrJoin(std::vector<std::string>(names.size(), "?"), ", "), ")");
    for (int i = 0; i < kRowsOfAKind; ++i) {
      std::unique_ptr<Message> row = NewMessage(resource);
      FillRandom(*row, 0);
      row->GetReflection()->SetString(row.get(), resource.FindFieldByName("name"), NameOf(resource, i));
      sql::Values values;
      for (const record::Column& column : columns) values.push_back(record::ReadField(*row, column));
      const absl::Status inserted = session.Execute(insert, values).status();
      if (absl::IsAlreadyExists(inserted)) continue;  // another key of the table is unique as well
      RETURN_IF_ERROR(inserted);
      rows_.push_back(std::move(row));
    }
    return absl::OkStatus();
  }

  // What is declared of each value in a row, by a walk of its own.
  void LookAt(const Message& row, const Message& message, const std::string& prefix, const std::string& employee,
              std::set<ToldHolding>& found) {
    std::vector<const FieldDescriptor*> fields;
    const auto& r = *message.GetReflection();
    r.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int count = field->is_repeated() ? r.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        const std::string path = absl::StrCat(prefix, field->name(), field->is_repeated() ? absl::StrCat("[", i, "]") : "");
        if (field->is_map()) continue;
        if (field->message_type() != nullptr) {
          if (field->message_type()->options().HasExtension(google::api::resource)) continue;  // a copy
          LookAt(row, field->is_repeated() ? r.GetRepeatedMessage(message, field, i) : r.GetMessage(message, field), path + ".", employee,
                 found);
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          const auto& person = field->options().GetExtension(options::v1::person);
          const std::string value = field->is_repeated() ? r.GetRepeatedString(message, field, i) : r.GetString(message, field);
          if (value == employee && !person.open().empty()) found.insert(Expected(row, path, person, employee));
        }
      }
    }
  }
  static ToldHolding Expected(const Message& row, const std::string& path, const options::v1::Person& person, const std::string& employee) {
    const Descriptor& d = *row.GetDescriptor();
    // A state that is computed is kept by no row.
    const FieldDescriptor* state_field = d.FindFieldByName("state");
    const bool kept = state_field != nullptr && state_field->options().GetExtension(options::v1::storage) != options::v1::STORAGE_COMPUTED;
    const std::string state = kept ? row.GetReflection()->GetEnum(row, state_field)->name() : "";
    const std::vector<std::string> states = absl::StrSplit(person.open(), ' ');
    bool open = person.open() == "*";
    for (const std::string& name : states) open |= "STATE_" + name == state;
    std::string stand_in = person.stand_in().empty() ? "" : record::TextOf(row, person.stand_in());
    if (stand_in == employee) stand_in.clear();
    const std::string title = record::TextOf(row, d.FindFieldByName("title") == nullptr ? "display_name" : "title");
    return {d.options().GetExtension(google::api::resource).type(),
            record::TextOf(row, "name"),
            path,
            title,
            state,
            open,
            stand_in,
            record::TextOf(row, "etag")};
  }

  absl::StatusOr<ListHoldingsResponse> Ask(const ListHoldingsRequest& request) {
    const rpc::Call call = test::By("services/personnel", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::FromUnixSeconds(1767225600));
    return service_.Invoke<ListHoldingsResponse>("ListHoldings", call, request);
  }

  std::vector<ToldHolding> AllPages(const std::string& employee, bool open_only, int page_size) {
    std::vector<ToldHolding> all;
    ListHoldingsRequest request;
    request.set_employee(employee);
    request.set_open_only(open_only);
    request.set_page_size(page_size);
    do {
      const auto page = Ask(request);
      if (!page.ok()) {
        ADD_FAILURE() << page.status();
        return all;
      }
      EXPECT_LE(page->holdings_size(), page_size);
      EXPECT_TRUE(page->next_page_token().empty() || page->holdings_size() == page_size) << "only the last page may be short";
      for (const Holding& holding : page->holdings()) all.push_back(ToldOf(holding));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  }

  std::mt19937 random_{7};
  test::TestDatabase database_;
  record::Store store_;
  rpc::Service service_;
  std::vector<std::unique_ptr<Message>> rows_;
};

TEST_P(HoldingsTest, AreThoseThatALookAtEveryRowFinds) {
  size_t responsibilities = 0, compared = 0;
  Do([&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(DropConstraints(session));
    for (const Descriptor* resource : record::ResourcesOf(PackageOf(GetParam()))) {
      RETURN_IF_ERROR(FillTable(session, *resource));
      responsibilities += record::ResponsibilitiesOf(*resource).size();
    }
    return absl::OkStatus();
  });
  EXPECT_GT(rows_.size(), 50u);
  std::vector<std::string> employees = kEmployees;
  employees.emplace_back(kNobody);
  for (const std::string& employee : employees) {
    std::set<ToldHolding> found;
    for (const auto& row : rows_) LookAt(*row, *row, "", employee, found);
    if (employee == kNobody) {
      EXPECT_TRUE(found.empty());
    }
    std::set<ToldHolding> open;
    std::copy_if(found.begin(), found.end(), std::inserter(open, open.end()), [](const ToldHolding& told) { return std::get<5>(told); });
    for (const int page_size : {1, 7, 1000}) {
      for (const bool open_only : {false, true}) {
        SCOPED_TRACE(absl::StrCat(employee, " ", page_size, open_only ? " open" : ""));
        const std::vector<ToldHolding> told = AllPages(employee, open_only, page_size);
        EXPECT_TRUE(std::is_sorted(told.begin(), told.end(), [](const ToldHolding& a, const ToldHolding& b) {
          return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
        }));
        const std::set<ToldHolding> once(told.begin(), told.end());
        EXPECT_EQ(once.size(), told.size()) << "something is told twice";
        EXPECT_EQ(once, open_only ? open : found);
        compared += told.size();
      }
    }
  }
  // Personnel and metrics hold records only.
  EXPECT_EQ(compared > 0, responsibilities > 0);
}

TEST_P(HoldingsTest, EveryColumnHasAnIndex) {
  Do([&](sql::Session& session) -> absl::Status {
    for (const Descriptor* resource : record::ResourcesOf(PackageOf(GetParam()))) {
      for (const record::Responsibility& responsibility : record::ResponsibilitiesOf(*resource)) {
        const FieldDescriptor& column = *responsibility.path.front();
        if (responsibility.path.size() > 1 || column.is_repeated()) continue;  // JSON
        ASSIGN_OR_RETURN(const record::Table table, record::ReadTable(session, *resource));
        EXPECT_EQ(table.indexed.count(column.name()), 1u) << table.name << " needs KEY (" << column.name() << ", name)";
      }
    }
    return absl::OkStatus();
  });
}

INSTANTIATE_TEST_SUITE_P(Services, HoldingsTest, ::testing::ValuesIn(Stores()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace heitie::contract
