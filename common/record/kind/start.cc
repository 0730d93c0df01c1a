#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/record/kind/impl.h"
#include "common/rpc/services.h"
#include "common/seal/seal.h"
#include "common/status/die.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

// How the methods of a machine's verbs are called, by verb: `recordResult` of `:recordResult` on the resource, or of the method
// RecordResult, or of one that says this of the resource, as ProposeMonthClosing does. A verb that no method bears is not offered, for
// nobody could call it.
std::map<std::string, std::string> CallsOf(const Descriptor& resource, const StateMachine& machine) {
  std::set<std::string> verbs, names;
  std::string pattern;
  for (const auto& part : absl::StrSplit(resource.options().GetExtension(google::api::resource).pattern(0), '/'))
    absl::StrAppend(&pattern, pattern.empty() ? "" : "/", absl::StartsWith(std::string(part), "{") ? "*" : std::string(part));
  for (const auto* service : rpc::ServicesOf(resource.file()->package())) {
    for (int i = 0; i < service->method_count(); ++i) {
      names.insert(service->method(i)->name());
      const auto& http = service->method(i)->options().GetExtension(google::api::http);
      const std::string path = http.post().empty() ? http.get() : http.post();
      const size_t end = path.rfind("}:");
      if (end != std::string::npos && absl::EndsWith(path.substr(0, end), absl::StrCat("=", pattern))) verbs.insert(path.substr(end + 2));
    }
  }
  std::map<std::string, std::string> calls;
  for (int i = 0; i < machine.states().value_count(); ++i) {
    for (const std::string& verb : machine.AllowedVerbs(machine.states().value(i)->number())) {
      const std::string call = CallName(verb);
      std::string name = call;
      name[0] = absl::ascii_toupper(static_cast<unsigned char>(name[0]));
      if (verbs.count(call) > 0 || names.count(name) > 0 || names.count(name + resource.name()) > 0) calls[verb] = call;
      // `waiveProvisionalFigures` of "waive", where nothing else begins so.
      std::vector<std::string> longer;
      for (const std::string& each : verbs) {
        if (each.size() > call.size() && absl::StartsWith(each, call) && absl::ascii_isupper(static_cast<unsigned char>(each[call.size()])))
          longer.push_back(each);
      }
      if (calls.count(verb) == 0 && longer.size() == 1) calls[verb] = longer[0];
    }
  }
  return calls;
}

// What is done at start, while the database may be away for a moment.
absl::Status Patiently(const std::function<absl::Status(absl::Time)>& attempt) {
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  absl::Status status;
  do {
    status = attempt(patience);
    if (absl::IsUnavailable(status)) absl::SleepFor(absl::Milliseconds(100));
  } while (absl::IsUnavailable(status) && absl::Now() < patience);
  return status;
}

}  // namespace

Collection::Impl::Impl(Store& s, const Message& p, const StateMachine* m)
    : store(s),
      machine(m),
      prototype(p),
      descriptor(*p.GetDescriptor()),
      table(TableOfSchema()),
      type(descriptor.options().GetExtension(google::api::resource).type()),
      select(SelectOf(table)),
      sight(s.sights().Of(p, table.pattern)),
      responsibilities(ResponsibilitiesOf(descriptor)),
      loader(s.readers(), [this](const auto& batch) { return LoadBatch(batch); }) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    names.push_back(Quoted(column));
    if (column.field->name() == "name") name_column = static_cast<int>(names.size()) - 1;
  }
  if (name_column < 0) status::Die("schema", absl::StrCat(descriptor.full_name(), " has no field name"));
  state_field = descriptor.FindFieldByName("state");
  verbs_field = descriptor.FindFieldByName("allowed_verbs");
  archived_field = descriptor.FindFieldByName("archived");
  if (machine != nullptr) {
    if (state_field == nullptr || state_field->enum_type() != &machine->states())
      status::Die("schema", absl::StrCat(descriptor.full_name(), " has other states than its machine"));
    RegisterMachine(type, *machine);
    calls = CallsOf(descriptor, *machine);
  }
  for (const Column& column : table.columns) sealed.push_back(seal::HoldsPersonal(*column.field));
  seals = std::find(sealed.begin(), sealed.end(), true) != sealed.end();
  if (seals) PrepareSeals();
  if (seals) person_fields = seal::PersonFieldsOf(descriptor);
  collection = CollectionOf(table.pattern);
  insert = absl::StrCat("INSERT INTO ", table.name, " (", absl::StrJoin(names, ", "), ")");
}

Table Collection::Impl::TableOfSchema() {
  absl::StatusOr<Table> read;
  const absl::Status status = Patiently([&](absl::Time patience) {
    return store.database().Read(patience, [&](sql::Session& session) {
      read = ReadTable(session, descriptor);
      return read.status();
    });
  });
  if (!status.ok()) status::Die("schema", absl::StrCat("the table of ", descriptor.full_name(), ": ", status.message()));
  return *std::move(read);
}

void Collection::Impl::PrepareSeals() {
  const std::string mistake = seal::MistakeIn(descriptor);
  if (!mistake.empty()) status::Die("seal", absl::StrCat(descriptor.full_name(), ": ", mistake));
  seal::PersonKeys& keys = store.person_keys();
  const absl::Status status = Patiently([&](absl::Time patience) { return keys.Prepare(store.database(), patience); });
  if (!status.ok()) status::Die("seal", absl::StrCat("the keys of persons: ", status.message()));
  store.DeclareSealed(descriptor);
}

}  // namespace heitie::record
