#include "common/record/strangers.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/contract.h"
#include "google/api/field_behavior.pb.h"
#include "heitie/options/v1/person.pb.h"

namespace heitie::record {

const status::Reason kPersonUnknown{absl::StatusCode::kInvalidArgument, "PERSON_UNKNOWN", "{employee} is nobody whom personnel knows.",
                                    "人事資料中沒有 {employee}。"};
const status::Reason kPersonUnconfirmed{absl::StatusCode::kUnavailable, "PERSON_UNCONFIRMED",
                                        "Nothing is known here of {employee} yet, and personnel cannot be asked at present. Try again.",
                                        "此處尚無 {employee} 的資料，目前也無法查詢人事資料，請稍後再試。"};

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kEmployees[] = "employees/";
// Of one question; the rest is asked about with the next run.
constexpr size_t kAskedAtOnce = 200;
constexpr absl::Duration kPause = absl::Seconds(1);

using FoundPerson = std::function<void(const std::string& value, const FieldDescriptor& field, const std::string& path)>;

// The texts of a request that a caller may set, with their paths.
void ForEachText(const Message& message, const std::string& prefix, const FoundPerson& found) {
  std::vector<const FieldDescriptor*> fields;
  const auto& r = *message.GetReflection();
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if ((!text && field->message_type() == nullptr) || rpc::Behaves(*field, google::api::OUTPUT_ONLY)) continue;
    const int count = field->is_repeated() ? r.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string path = absl::StrCat(prefix, field->name(), field->is_repeated() ? absl::StrCat("[", i, "]") : "");
      if (text) {
        found(field->is_repeated() ? r.GetRepeatedString(message, field, i) : r.GetString(message, field), *field, path);
      } else {
        ForEachText(field->is_repeated() ? r.GetRepeatedMessage(message, field, i) : r.GetMessage(message, field), path + ".", found);
      }
    }
  }
}

}  // namespace

bool Strangers::IsStranger(const std::string& name) const {
  return absl::StartsWith(name, kEmployees) && !owners_.known(name) && name != call_.principal.name && vouched_.count(name) == 0;
}

absl::Status Strangers::Refuse(const std::set<std::string>& strangers, const std::set<std::string>& named) {
  status::BadFields bad;
  std::set<std::string> refused;
  bool certain = false;
  ForEachText(request_, "", [&](const std::string& value, const FieldDescriptor& field, const std::string& path) {
    const auto& person = field.options().GetExtension(options::v1::person);
    const bool answers = !person.open().empty() && named.count(value) == 0 && IsStranger(value);
    if (!answers && strangers.count(value) == 0) return;
    bad.Add(path, kPersonUnknown, {{"employee", value}});
    refused.insert(value);
    certain |= asked_.count(value) > 0;
  });
  // One whom personnel does not know decides: nobody else is asked about, however many a request names.
  if (!certain) missed_.insert(refused.begin(), refused.end());
  return bad.status();
}

void Strangers::Ask(std::function<void(const absl::Status&)> done) {
  std::vector<std::string> names;
  for (auto it = missed_.begin(); it != missed_.end() && names.size() < kAskedAtOnce; ++it) names.push_back(*it);
  asked_.insert(names.begin(), names.end());
  const std::string first = names.front();
  owners_.ask(call_, std::move(names), [this, first, done = std::move(done)](absl::StatusOr<std::set<std::string>> known) {
    if (!known.ok()) return done(status::RetryLater(kPersonUnconfirmed, kPause, {{"employee", first}}));
    vouched_.insert(known->begin(), known->end());
    done(absl::OkStatus());
  });
}

}  // namespace heitie::record
