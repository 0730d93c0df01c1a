// What a service does about changes in another one, typed:
//
//   absl::Status RiskWatch::OnRisk(const rpc::Call& call, const event::Change<risk::v1::Risk>& change);
//
//   event::Reactions reactions(context, "risk", "risk-watch");
//   reactions.On(this, &RiskWatch::OnRisk);                           // whatever was done to a risk
//   reactions.On(this, &RiskWatch::OnAssessment, {"assess", "treat"});   // these actions only
//   reactions.On<risk::v1::Risk>({"close"}, [](const rpc::Call& call, const event::Change<risk::v1::Risk>& change) { … });
//
// A change has its consequence at least once, within 100 ms of its commit; the changes of one resource have theirs in order. follower.h
// says how, and what happens when a consequence fails. A reaction must do no harm when it is repeated. A follower with a new name reads the
// history from its first event.
#ifndef HEITIE_COMMON_EVENT_REACTIONS_H_
#define HEITIE_COMMON_EVENT_REACTIONS_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/follower.h"

namespace heitie::event {

// A change of a resource. `before` is missing of a creation, `after` of a deletion.
template <typename T>
struct Change {
  std::string action;  // "create", "update", "delete" or the verb (type/v1/event.proto)
  std::string subject;
  int64_t revision = 0;
  std::string principal;
  absl::Time occur_time;
  int64_t position = 0;
  std::optional<T> before, after;
  // As it is now, or was last.
  const T& latest() const { return after ? *after : *before; }
};

// Registers with the jobs; this object may go when everything is registered, before the jobs start.
class Reactions {
 public:
  using Actions = std::vector<std::string>;

  // `name` is the follower's, for good: a new name reads all of the history again.
  Reactions(record::Store& store, job::Runner& jobs, client::Client& client, const std::string& source, const std::string& name);
  // From what a service's code is given (service::Context).
  template <typename Context>
  Reactions(const Context& context, const std::string& source, const std::string& name)
      : Reactions(context.store, context.jobs, context.client(source), source, name) {}

  // For the changes of T with one of these actions; none: with any.
  template <typename T>
  void On(const Actions& actions, std::function<absl::Status(const rpc::Call&, const Change<T>&)> reaction) {
    Add(*T::descriptor(), actions, [reaction = std::move(reaction)](const rpc::Call& call, const type::v1::Event& event) -> absl::Status {
      absl::StatusOr<Change<T>> change = ChangeOf<T>(event);
      return change.ok() ? reaction(call, *change) : change.status();
    });
  }
  // The same of several changes at once, in their order: one transaction for all that come together. It must do all of them or none; where
  // it fails each is given to it by itself.
  template <typename T>
  void OnTogether(std::function<absl::Status(const rpc::Call&, const std::vector<Change<T>>&)> reaction) {
    const UntypedPortion portion = [reaction = std::move(reaction)](const rpc::Call& call,
                                                                    const std::vector<const type::v1::Event*>& events) -> absl::Status {
      std::vector<Change<T>> changes;
      for (const type::v1::Event* event : events) {
        absl::StatusOr<Change<T>> change = ChangeOf<T>(*event);
        if (!change.ok()) return change.status();
        changes.push_back(*std::move(change));
      }
      return reaction(call, changes);
    };
    Add(
        *T::descriptor(), {}, [portion](const rpc::Call& call, const type::v1::Event& event) { return portion(call, {&event}); }, portion);
  }
  template <typename C, typename T>
  void On(C* self, absl::Status (C::*reaction)(const rpc::Call&, const Change<T>&), const Actions& actions = {}) {
    On<T>(actions, [self, reaction](const rpc::Call& call, const Change<T>& change) { return (self->*reaction)(call, change); });
  }

 private:
  using Untyped = Follower::Consequence;
  struct Table;

  using UntypedPortion = std::function<absl::Status(const rpc::Call& call, const std::vector<const type::v1::Event*>& events)>;

  void Add(const google::protobuf::Descriptor& resource, const Actions& actions, Untyped reaction, UntypedPortion portion = nullptr);
  // DATA_LOSS when `json` is no `out`.
  static absl::Status ParseOne(const type::v1::Event& event, const std::string& json, google::protobuf::Message* out);
  template <typename T>
  static absl::Status Parse(const type::v1::Event& event, std::optional<T>* before, std::optional<T>* after) {
    absl::Status status;
    if (!event.before_json().empty()) status = ParseOne(event, event.before_json(), &before->emplace());
    if (status.ok() && !event.after_json().empty()) status = ParseOne(event, event.after_json(), &after->emplace());
    return status.ok() && !*before && !*after ? ParseOne(event, "", nullptr) : status;
  }
  template <typename T>
  static absl::StatusOr<Change<T>> ChangeOf(const type::v1::Event& event) {
    Change<T> change;
    absl::Status status = Parse(event, &change.before, &change.after);
    if (!status.ok()) return status;
    Describe(event, change.action, change.subject, change.revision, change.principal, change.occur_time, change.position);
    return change;
  }
  static void Describe(const type::v1::Event& event, std::string& action, std::string& subject, int64_t& revision, std::string& principal,
                       absl::Time& occur_time, int64_t& position);

  Follower follower_;
  std::shared_ptr<Table> table_;
};

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_REACTIONS_H_
