#include "services/gateway/people_parts.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/staff_service.methods.h"
#include "services/gateway/missing.h"

namespace heitie::gateway {
namespace {

using google::protobuf::RepeatedPtrField;
using personnel::v1::Employee;

// As the contracts say.
constexpr size_t kPeopleLimit = 100;

// Those that personnel does not know are named.
void UsePeople(const std::string& field, std::set<std::string> asked, personnel::v1::ListEmployeesResponse& answer,
               RepeatedPtrField<Employee>* people, RepeatedPtrField<v1::MissingPart>* missing) {
  for (const Employee& employee : answer.employees()) asked.erase(employee.name());
  for (const std::string& name : asked) *missing->Add() = Missing({field, name, "personnel"}, status::NotFound(name));
  people->Swap(answer.mutable_employees());
}

}  // namespace

void AskAboutPeople(const std::string& field, std::set<std::string> names, client::Gather& round, RepeatedPtrField<Employee>* people,
                    RepeatedPtrField<v1::MissingPart>* missing) {
  names.erase("");
  if (names.empty()) return;
  if (names.size() > kPeopleLimit) {
    *missing->Add() = Missing({field, "", "personnel"}, status::Error(status::kTruncated, {{"count", kPeopleLimit}}));
    names.erase(std::next(names.begin(), kPeopleLimit), names.end());
  }
  personnel::v1::ListEmployeesRequest request;
  request.set_filter(
      absl::StrJoin(names, " OR ", [](std::string* out, const std::string& name) { absl::StrAppend(out, "name = \"", name, "\""); }));
  request.set_page_size(kPeopleLimit);
  round.Ask({field}, personnel::v1::method::ListEmployees, request,
            [=](personnel::v1::ListEmployeesResponse& answer) { UsePeople(field, names, answer, people, missing); });
}

}  // namespace heitie::gateway
