// Rules as data: what the policy leaves open (weights, thresholds, terms, quotas) as versions of a rule set. A version is drafted, changed,
// and published with its reason; from then on it never changes. It is in force from an instant that is not before its publication until
// the next published version is, and the first one counts for all time before as well. A decision looks up the version in force at its
// instant and records which one it was.
//
//   RuleSet<v1::RiskMatrix> matrices(store, "riskMatrices/default", Check);       // one set; its first version is shipped
//   RuleSet<v1::CalendarVersion> versions(store, calendars, Check);               // a set below each calendar
//   matrices.Bind<v1::PublishRiskMatrixRequest>(methods);
//   ASSIGN_OR_RETURN(v1::RiskMatrix matrix, matrices.InForce(tx.sql, tx.call.now));
//
// The message T is a resource with what it rules and these fields:
//   State state                    STATE_DRAFT = 1, STATE_PUBLISHED = 2; output-only
//   string reason                  what the version is for; required
//   Timestamp start_time           from when it is in force; of a draft optional: from its publication when not set
//   Timestamp end_time             when the next published one is; output-only, STORAGE_COMPUTED
//   optional int32 version         number in the order of publication, from 1; output-only
//   string publisher, Timestamp publish_time, string creator, repeated string allowed_verbs (STORAGE_COMPUTED), string etag
// Its table has `guard` (Kind::Guard), or the table of the parents has, and what keeps the versions of a set apart whatever happens:
//   rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/versions/', 1)) STORED,   -- not where all rows are one set
//   in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
//   UNIQUE KEY (rule_set, in_force_from), UNIQUE KEY (rule_set, version)
// A shipped version is a row of the schema with start_time and publish_time at the beginning of 1970, so that every other one comes later.
//
// Publications of a set take their turns by a change of the row that stands for it (Kind::Guard), on every node of a cluster.
// A version that begins at its publication may be judged by only once its transaction has committed; what was judged in the milliseconds
// before rests on the version that it recorded. Thread-safe.
#ifndef HEITIE_COMMON_RECORD_RULE_SET_H_
#define HEITIE_COMMON_RECORD_RULE_SET_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/record/methods.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/instant.h"

namespace heitie::record {

extern const status::Reason kRulesImmutable;    // {name}: published, so it is neither changed nor deleted
extern const status::Reason kStartInThePast;    // {name} {start}
extern const status::Reason kStartTaken;        // {name} {start} {other}
extern const status::Reason kNoVersionInForce;  // {set}: nothing is published yet

// What of a rule set does not depend on its message.
namespace rules {

// The bounds of the names of a set's versions (ChildRange). `set` is the parent, "" for the set of all.
sql::Values RangeOf(const google::protobuf::Descriptor& version, const std::string& set);

// When versions of the set that are published are in force, in that order.
struct Start {
  std::string name;
  absl::Time time;
};
absl::StatusOr<std::vector<Start>> StartsOf(sql::Session& session, const google::protobuf::Descriptor& version, const std::string& set);

// The instant from which a draft that is published at `now` is in force: `now` for the first one of its set; for others `wanted` or, when
// that is not set, the first free instant from `now` on, and never before the first one is. START_IN_THE_PAST, START_TAKEN.
absl::StatusOr<absl::Time> StartOf(const std::string& name, const std::vector<Start>& published, std::optional<absl::Time> wanted,
                                   absl::Time now);

// Ends the process unless the table of the versions has the unique keys that keep them apart, and the table of `holder`, the resource that
// stands for a set, its guard.
void CheckTables(Store& store, const google::protobuf::Descriptor& version, const google::protobuf::Descriptor& holder);

// DRAFT to PUBLISHED, for the descriptor of a State with the two values.
const StateMachine& MachineOf(const google::protobuf::EnumDescriptor* states);

}  // namespace rules

template <typename T>
class RuleSet {
 public:
  // What is wrong with what a version says, every bad field of it (status::BadFields).
  using Check = std::function<absl::Status(const T& version)>;

  // One set of all rows. The version that the schema comes with stands for it.
  RuleSet(Store& store, const std::string& shipped, Check check)
      : RuleSet(store, std::move(check),
                [this, shipped](Transaction& tx, const std::string&) { return kind_.Guard(tx, shipped).status(); }) {
    rules::CheckTables(store, *T::descriptor(), *T::descriptor());
  }
  // A set below each resource of `parents`, which must outlive this.
  template <typename P>
  RuleSet(Store& store, const Kind<P>& parents, Check check)
      : RuleSet(store, std::move(check), [&parents](Transaction& tx, const std::string& set) { return parents.Guard(tx, set).status(); }) {
    rules::CheckTables(store, *T::descriptor(), *P::descriptor());
  }
  RuleSet(const RuleSet&) = delete;

  const Kind<T>& kind() const { return kind_; }
  static const StateMachine& Machine() { return rules::MachineOf(T::State_descriptor()); }

  // The version of the set in force at an instant. NO_VERSION_IN_FORCE while none is published.
  absl::StatusOr<T> InForce(sql::Session& session, absl::Time at, const std::string& set = "") const {
    const sql::Values range = rules::RangeOf(*T::descriptor(), set);
    sql::Values until = range;
    until.emplace_back(at);
    ASSIGN_OR_RETURN(std::vector<T> versions,
                     kind_.Select(session, absl::StrCat(kPublished, "AND start_time <= ? ORDER BY start_time DESC LIMIT 1"), until));
    if (versions.empty()) {
      ASSIGN_OR_RETURN(versions, kind_.Select(session, absl::StrCat(kPublished, "ORDER BY start_time LIMIT 1"), range));
    }
    if (versions.empty()) return status::Error(kNoVersionInForce, {{"set", set}});
    return std::move(versions.front());
  }

  // What must hold besides when a version is published, in the transaction that does it, while no other publication of the set is under
  // way. Set before the methods are bound.
  using Guarded = std::function<absl::Status(Transaction&, const T& version)>;
  void SetPublishCheck(Guarded check) { publish_check_ = std::move(check); }

  // The standard methods and Publish…, whose request is Req. What is published is RULES_IMMUTABLE; publishing is ILLEGAL_TRANSITION,
  // STALE_ETAG, START_IN_THE_PAST or START_TAKEN.
  template <typename Req>
  void Bind(Methods& methods) {
    methods.Reads(kind_);
    methods.Creates(kind_, this, &RuleSet::Create);
    methods.Updates(kind_, this, &RuleSet::Update);
    methods.Deletes(kind_, this, &RuleSet::Delete);
    methods.Bind("Publish" + Methods::Singular(kind_.collection()), this, &RuleSet::template Publish<Req>);
  }

 private:
  using Hold = std::function<absl::Status(Transaction&, const std::string& set)>;
  static constexpr char kPublished[] = "WHERE name > ? AND name < ? AND state = 'STATE_PUBLISHED' ";

  RuleSet(Store& store, Check check, Hold hold) : kind_(store, &Machine()), check_(std::move(check)), hold_(std::move(hold)) {
    kind_.SetDecorator([](sql::Session& session, T& version) { return Decorate(session, version); });
  }

  static absl::Status Decorate(sql::Session& session, T& version) {
    version.clear_end_time();
    if (version.state() != T::STATE_PUBLISHED) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<rules::Start> starts, rules::StartsOf(session, *T::descriptor(), ParentOf(version.name())));
    for (const rules::Start& start : starts) {
      if (start.time <= time::ToTime(version.start_time())) continue;
      *version.mutable_end_time() = time::ToTimestamp(start.time);
      break;
    }
    return absl::OkStatus();
  }

  static absl::Status CheckDraft(const T& version) {
    return version.state() == T::STATE_DRAFT ? absl::OkStatus() : status::Error(kRulesImmutable, {{"name", version.name()}});
  }

  absl::Status Create(Transaction& tx, T& version) {
    const std::string set = ParentOf(version.name());
    if (!set.empty()) RETURN_IF_ERROR(hold_(tx, set));  // NOT_FOUND
    version.set_state(T::STATE_DRAFT);
    return check_(version);
  }

  absl::Status Update(Transaction&, const T& before, T& after) {
    RETURN_IF_ERROR(CheckDraft(before));
    return check_(after);
  }

  absl::Status Delete(Transaction&, const T& version) { return CheckDraft(version); }

  template <typename Req>
  absl::StatusOr<T> Publish(Transaction& tx, const Req& request) {
    const std::string set = ParentOf(request.name());
    RETURN_IF_ERROR(hold_(tx, set));
    return kind_.Change(tx, request, "publish", [&](const T& before, T& after) -> absl::Status {
      RETURN_IF_ERROR(check_(before));  // It may have been drafted by older rules.
      ASSIGN_OR_RETURN(const std::vector<rules::Start> published, rules::StartsOf(tx.sql, *T::descriptor(), set));
      std::optional<absl::Time> wanted;
      if (before.has_start_time()) wanted = time::ToTime(before.start_time());
      ASSIGN_OR_RETURN(const absl::Time start, rules::StartOf(before.name(), published, wanted, tx.call.now));
      after.set_version(static_cast<int32_t>(published.size()) + 1);
      after.set_publisher(tx.call.principal.name);
      *after.mutable_publish_time() = time::ToTimestamp(tx.call.now);
      *after.mutable_start_time() = time::ToTimestamp(start);
      return publish_check_ ? publish_check_(tx, after) : absl::OkStatus();
    });
  }

  Kind<T> kind_;
  const Check check_;
  const Hold hold_;
  Guarded publish_check_;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_RULE_SET_H_
