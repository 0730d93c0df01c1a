// Why somebody was absent or was moved, asked of every method by every role: nothing that leaves the suite tells it to those who may not
// know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/contract.h"
#include "common/status/status.h"
#include "common/test/fixture.h"
#include "google/api/resource.pb.h"
#include "google/type/date.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/contract/request_generator.h"
#include "tests/contract/suite.h"
#include "tests/services.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using personnel::v1::Employee;

constexpr char kMarker[] = "an-illness-of-hers";
constexpr char kHer[] = "employees/li";
constexpr int kAskings = 4;

const MethodDescriptor& MethodOf(const std::string& name) {
  for (const MethodDescriptor* method : Methods()) {
    if (method->full_name() == "heitie.personnel.v1." + name) return *method;
  }
  ADD_FAILURE() << "there is no method " << name;
  std::abort();
}

bool MayHold(const Descriptor& message, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&message).second) return false;
  if (&message == Employee::descriptor() || &message == type::v1::Event::descriptor()) return true;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->message_type() != nullptr && MayHold(*message.field(i)->message_type(), seen)) return true;
  }
  return false;
}

// Of personnel, whose answers may hold an employee, alone or in an event.
bool Reveals(const MethodDescriptor& method) {
  std::set<const Descriptor*> seen;
  return absl::StartsWith(method.full_name(), "heitie.personnel.") && MayHold(*method.output_type(), seen);
}

google::type::Date Day(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

class ContractRowsTest : public ::testing::Test {
 protected:
  ContractRowsTest() {
    Do("StaffService.CreatePosition", "position { title: 'Host' responsibilities: 'Hosts' } position_id: 'host'");
    Do("StaffService.CreateEmployee",
       "employee { display_name: 'Li Ming' position: 'positions/host' department: 'operations' hire_date { year: 2020 month: 1 day: 1 } } "
       "employee_id: 'li'");
    Record(5);
    Record(6);
  }

  void Do(const std::string& name, const std::string& text) {
    const MethodDescriptor& method = MethodOf(name);
    const std::unique_ptr<Message> request = NewMessage(*method.input_type());
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get())) << text;
    const absl::Status status = suite_.Ask(With(options::v1::ROLE_OPERATIONS_MANAGER), method, request->SerializeAsString());
    ASSERT_TRUE(status.ok()) << name << " " << status;
  }
  // One absence in 2026, again if it was cancelled; that it exists already is as good.
  void Record(int month) {
    personnel::v1::RecordAbsenceRequest request;
    request.set_name(kHer);
    request.mutable_absence()->set_reason(kMarker);
    *request.mutable_absence()->mutable_start_date() = Day(2026, month, 1);
    *request.mutable_absence()->mutable_end_date() = Day(2026, month, 4);
    (void)suite_.Ask(With(options::v1::ROLE_OPERATIONS_MANAGER), MethodOf("StaffService.RecordAbsence"), request.SerializeAsString());
  }

  // Makes a plausible request one about her.
  void Aim(Message& message) {
    const auto& r = *message.GetReflection();
    const Descriptor& descriptor = *message.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor* field = descriptor.field(i);
      const bool hers = field->options().GetExtension(google::api::resource_reference).type() == "personnel.heitie/Employee";
      const std::string& name = field->name();
      if (field->type() == FieldDescriptor::TYPE_STRING && field->is_repeated()) {
        if (hers) r.ClearField(&message, field), r.AddString(&message, field, kHer);
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        if (hers || name == "subject" || (name == "name" && &descriptor == Employee::descriptor())) r.SetString(&message, field, kHer);
        if (name == "filter" || name == "order_by" || name == "page_token" || name == "etag" || name == "request_id")
          r.ClearField(&message, field);
        if (name == "position") r.SetString(&message, field, "positions/host");
        if (name == "superior" || name == "deputy" || name == "kind") r.ClearField(&message, field);  // She is neither of herself.
      } else if (name == "page_size" || name == "after_position") {
        r.ClearField(&message, field);
      } else if (field->message_type() == google::type::Date::descriptor() && !field->is_repeated()) {
        auto& date = static_cast<google::type::Date&>(*r.MutableMessage(&message, field));
        date = name == "leave_date" ? Day(2030, 1, 1) : name == "hire_date" ? Day(2020, 1, 1) : Day(2026, 5, name == "end_date" ? 4 : 1);
      } else if (field->message_type() != nullptr && !field->is_repeated() &&
                 (r.HasField(message, field) || field->message_type() == Employee::descriptor() || name == "absence")) {
        if (!absl::StartsWith(field->message_type()->full_name(), "google.")) Aim(*r.MutableMessage(&message, field));
      }
    }
  }

  std::unique_ptr<Message> RequestFor(const MethodDescriptor& method) {
    std::unique_ptr<Message> request = NewMessage(*method.input_type());
    generator_.FillPlausible(*request);
    Aim(*request);
    if (method.name() == "RecordAbsence") {
      auto& absence = *static_cast<personnel::v1::RecordAbsenceRequest&>(*request).mutable_absence();
      const int day = 1 + static_cast<int>(generator_.Below(28));
      *absence.mutable_start_date() = *absence.mutable_end_date() = Day(2027, 1 + static_cast<int>(generator_.Below(12)), day);
      absence.set_reason(kMarker);
    }
    if (method.name() == "TransferEmployee") static_cast<personnel::v1::TransferEmployeeRequest&>(*request).set_reason(kMarker);
    if (method.name() == "UpdateEmployee") static_cast<personnel::v1::UpdateEmployeeRequest&>(*request).clear_update_mask();
    return request;
  }

  // What comes back: the answer, or the error with all its details.
  std::string Ask(const rpc::Arrival& arrival, const MethodDescriptor& method, const Message& request) {
    std::string response;
    const absl::Status status = suite_.Ask(arrival, method, request.SerializeAsString(), &response);
    if (!status.ok()) return status::ToProto(status, status::Language::kEnglish).SerializeAsString();
    if (absl::StrContains(response, kMarker)) told_.insert(method.full_name());
    return response;
  }

  RequestGenerator generator_{11};
  Suite suite_;
  std::set<std::string> told_;  // methods that told somebody
};

TEST_F(ContractRowsTest, NoMethodTellsARoleWhatARuleKeepsFromIt) {
  std::set<std::string> revealing;
  int asked = 0;
  for (const MethodDescriptor* method : Methods()) {
    const bool reveals = Reveals(*method);
    if (reveals && method->name() != "CreateEmployee") revealing.insert(method->full_name());
    if (!reveals && !rpc::OnlyReads(*method)) continue;
    for (int round = 0; round < kAskings; ++round) {
      for (const rpc::Role role : TokenRoles()) {
        for (const std::string who : {"employees/a", kHer}) {
          if (!rpc::OnlyReads(*method)) Record(5);  // CancelAbsence
          const std::unique_ptr<Message> request = RequestFor(*method);
          const std::string answer = Ask(From(who, role, "departments/a"), *method, *request);
          ++asked;
          const bool may = role == options::v1::ROLE_OPERATIONS_MANAGER || who == kHer;
          EXPECT_FALSE(!may && absl::StrContains(answer, kMarker))
              << method->full_name() << " tells " << who << " as " << options::v1::Role_Name(role) << ": " << request->ShortDebugString();
        }
      }
      for (const std::string& service : Services()) {
        rpc::Arrival arrival;
        arrival.peer_service = service;
        EXPECT_FALSE(absl::StrContains(Ask(arrival, *method, *RequestFor(*method)), kMarker)) << method->full_name() << " " << service;
      }
    }
  }
  EXPECT_GT(asked, 2000);
  // The gateway's stream of all events tells as much of it as the cursor of a random request leaves.
  told_.erase("heitie.gateway.v1.GatewayService.WatchEvents");
  // Or all this shows nothing.
  EXPECT_EQ(told_, revealing);
}

TEST_F(ContractRowsTest, TheFirstAnswerIsNotRepeatedToAnother) {
  const MethodDescriptor& record = MethodOf("StaffService.RecordAbsence");
  personnel::v1::RecordAbsenceRequest request;
  request.set_name(kHer);
  request.set_request_id("once");
  request.mutable_absence()->set_reason(kMarker);
  *request.mutable_absence()->mutable_start_date() = *request.mutable_absence()->mutable_end_date() = Day(2027, 3, 1);
  const rpc::Arrival manager = With(options::v1::ROLE_OPERATIONS_MANAGER);
  const std::string first = Ask(manager, record, request);
  ASSERT_TRUE(absl::StrContains(first, kMarker));
  EXPECT_EQ(Ask(manager, record, request), first);
  for (const rpc::Role role : TokenRoles()) {
    if (role == options::v1::ROLE_OPERATIONS_MANAGER) continue;
    for (const char* who : {"employees/a", "employees/b"}) {
      EXPECT_FALSE(absl::StrContains(Ask(From(who, role, "departments/a"), record, request), kMarker))
          << who << " " << options::v1::Role_Name(role);
    }
  }
}

// The overview of a project holds its owner as personnel answers, and the gateway asks with its caller's token.
TEST_F(ContractRowsTest, ACompositeKnowsWhatItsCallerMayKnow) {
  const MethodDescriptor* overview = nullptr;
  for (const MethodDescriptor* method : Methods()) {
    if (method->name() == "GetProjectOverview") overview = method;
  }
  ASSERT_NE(overview, nullptr);
  const auto make = [&](const std::string& name, const std::string& text) {
    for (const MethodDescriptor* method : Methods()) {
      if (method->name() != name) continue;
      const std::unique_ptr<Message> request = NewMessage(*method->input_type());
      ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get())) << text;
      const absl::Status status = suite_.Ask(With(options::v1::ROLE_OPERATIONS_MANAGER), *method, request->SerializeAsString());
      ASSERT_TRUE(status.ok()) << status;
    }
  };
  make("CreatePlanPeriod",
       "plan_period { title: 'Quarter' cadence: CADENCE_QUARTERLY start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 3 "
       "day: 31 } } plan_period_id: '2026-q1'");
  make("CreateProject",
       "project { title: 'Spring' plan_period: 'planPeriods/2026-q1' owner: 'employees/li' start_date { year: 2026 month: 1 day: 1 } "
       "end_date { year: 2026 month: 2 day: 27 } currency_code: 'TWD' } project_id: 'spring'");
  const std::unique_ptr<Message> request = NewMessage(*overview->input_type());
  request->GetReflection()->SetString(request.get(), request->GetDescriptor()->FindFieldByName("name"), "projects/spring");
  int answered = 0;
  for (const rpc::Role role : TokenRoles()) {
    for (const std::string who : {"employees/a", kHer}) {
      const std::string answer = Ask(From(who, role, "departments/a"), *overview, *request);
      if (!absl::StrContains(answer, "Li Ming")) continue;  // of a role that may not call it
      ++answered;
      const bool may = role == options::v1::ROLE_OPERATIONS_MANAGER || who == kHer;
      EXPECT_EQ(absl::StrContains(answer, kMarker), may) << who << " " << options::v1::Role_Name(role);
    }
  }
  EXPECT_GE(answered, 6);
}

}  // namespace
}  // namespace heitie::contract
