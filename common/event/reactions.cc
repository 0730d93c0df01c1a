#include "common/event/reactions.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::event {

struct Reactions::Table {
  struct Entry {
    Actions actions;
    Untyped reaction;
    UntypedPortion portion;  // of several at once, if it can
  };
  std::map<std::string, std::vector<Entry>> by_type;

  absl::Status React(const rpc::Call& call, const type::v1::Event& event) const {
    const auto entries = by_type.find(event.subject_type());
    if (entries == by_type.end()) return absl::OkStatus();
    for (const Entry& entry : entries->second) {
      const bool asked =
          entry.actions.empty() || std::find(entry.actions.begin(), entry.actions.end(), event.action()) != entry.actions.end();
      if (asked) RETURN_IF_ERROR(entry.reaction(call, event));
    }
    return absl::OkStatus();
  }

  // What takes several events of a kind at once; nullptr where nothing does, or something else wants them as well.
  const UntypedPortion* PortionOf(const type::v1::Event& event) const {
    const auto entries = by_type.find(event.subject_type());
    const bool only = entries != by_type.end() && entries->second.size() == 1 && entries->second.front().portion;
    return only ? &entries->second.front().portion : nullptr;
  }
};

Reactions::Reactions(record::Store& store, job::Runner& jobs, client::Client& client, const std::string& source, const std::string& name)
    : follower_(store, jobs, {name, source, client}, type::v1::Follower::KIND_REACTIONS), table_(std::make_shared<Table>()) {
  follower_.SetConsequence([table = table_](const rpc::Call& call, const type::v1::Event& event) { return table->React(call, event); });
  // A portion is of one kind: what two reactions have done could not be undone together.
  follower_.SetPortions(
      {[table = table_](const type::v1::Event& event) { return table->by_type.size() == 1 && table->PortionOf(event) != nullptr; },
       [table = table_](const rpc::Call& call, const std::vector<const type::v1::Event*>& events) {
         return (*table->PortionOf(*events.front()))(call, events);
       }});
}

void Reactions::Add(const google::protobuf::Descriptor& resource, const Actions& actions, Untyped reaction, UntypedPortion portion) {
  follower_.Follow(resource);
  table_->by_type[SubjectTypeOf(resource)].push_back({actions, std::move(reaction), std::move(portion)});
}

absl::Status Reactions::ParseOne(const type::v1::Event& event, const std::string& json, google::protobuf::Message* out) {
  if (out != nullptr && record::FromJson(json, out)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("event ", event.position(), " of ", event.subject(), " holds no ", event.subject_type()));
}

void Reactions::Describe(const type::v1::Event& event, std::string& action, std::string& subject, int64_t& revision, std::string& principal,
                         absl::Time& occur_time, int64_t& position) {
  action = event.action();
  subject = event.subject();
  revision = event.revision();
  principal = event.principal();
  occur_time = time::ToTime(event.occur_time());
  position = event.position();
}

}  // namespace heitie::event
