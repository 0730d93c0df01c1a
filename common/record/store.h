// The one function through which every change goes, and what a change may use.
#ifndef HEITIE_COMMON_RECORD_STORE_H_
#define HEITIE_COMMON_RECORD_STORE_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/rows.h"
#include "common/record/write_group.h"
#include "common/rpc/call.h"
#include "common/rpc/service.h"
#include "common/sql/database.h"
#include "common/work/workers.h"
#include "google/protobuf/message.h"

namespace heitie::type::v1 {
class HandoverReport;
}  // namespace heitie::type::v1
namespace heitie::seal {
class MasterKeys;
class PersonKeys;
class Writer;
}  // namespace heitie::seal

namespace heitie::record {

class Strangers;

// A transaction in progress on behalf of a call. What is done through `sql` and what is recorded commits together or not at all.
struct Transaction {
  const rpc::Call& call;
  sql::Session& sql;
  // Seals personal data; nullptr outside of Store::Write.
  seal::Writer* seals = nullptr;
  // Whom the request may not name (strangers.h); nullptr: no request, or one that may name anybody.
  Strangers* strangers = nullptr;

  // Appends to the event table (audit trail, history and outbox at once). Kind::Insert, Update and Delete do it themselves.
  // `before` or `after` may be null. Revision is the resource's after the change.
  absl::Status Record(const std::string& action, const std::string& subject, const std::string& subject_type, int64_t revision,
                      const google::protobuf::Message* before, const google::protobuf::Message* after);
};

// What the kit is told about the people whom resources name (common/people). Without them nobody has left, and nobody is a stranger.
struct Owners {
  // Whether the last day of somebody is over at an instant. Quick: writes ask. Who is not known yet has not left.
  std::function<bool(const std::string& employee, absl::Time at)> left;
  // Whether somebody is or was employed; of everybody while nobody is known. Quick: writes ask.
  std::function<bool(const std::string& employee)> known;
  // Asks personnel which of them it knows: `known` may be behind. `done` is called once, from any thread, perhaps before this returns.
  std::function<void(const rpc::Call&, std::vector<std::string> employees, std::function<void(absl::StatusOr<std::set<std::string>>)> done)>
      ask;
  // Plans to hand over what has come to be open in the name of somebody who left, though no write named anybody.
  std::function<absl::Status(Transaction&, const std::string& employee)> sweep;
  // Takes a report in place of an event: of the service that keeps the handovers.
  std::function<absl::Status(Transaction&, const type::v1::HandoverReport& report)> report;
};

// Thread-safe.
class Store {
 public:
  // `keys` wrap the keys of persons. A store without them has no kind with personal data.
  explicit Store(sql::Database& database, std::shared_ptr<seal::MasterKeys> keys = nullptr);
  ~Store();
  Store(const Store&) = delete;

  using Work = std::function<absl::Status(Transaction&)>;

  // Whether a request only tries (`validate_only`, AIP-163): then the functions below do all that `work` does, undo it, and answer what it
  // would have answered. Nothing is remembered of its request_id.
  static bool OnlyTries(const google::protobuf::Message& request);

  // Runs `work` in one transaction with the idempotency record of `request.request_id` (AIP-155) and the events it records. The same
  // request_id of the same principal returns the first answer; with another body it is INVALID_ARGUMENT, REQUEST_ID_REUSED. A request
  // without the field or with an empty one has no such protection. `work` may run several times.
  absl::Status Write(const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response,
                     const Work& work);
  // The same for an exchange, which it finishes, without holding the caller's thread; the transaction is shared with the writes of the same
  // method that wait beside it (write_group.h).
  void Write(const std::shared_ptr<rpc::Exchange>& exchange, Work work);
  // As above, for a change that first asks other services. `prepare` runs once, outside of the transaction. It does not run when the
  // request was answered before, because the other services may have moved on since. Costs one more read for a request that has a
  // request_id.
  absl::Status Write(const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response,
                     const std::function<absl::Status()>& prepare, const Work& work);
  // Forgets that the request was answered with `response`, because that answer led to no outcome: a repetition is a first request. Does
  // nothing when the answer on record is another one.
  absl::Status Forget(const rpc::Call& call, const google::protobuf::Message& request, const google::protobuf::Message& response);

  // For what no request asked for, such as a job.
  absl::Status Write(const rpc::Call& call, const Work& work);
  // The same of a handler that returns its answer.
  template <typename Req, typename F>
  auto Write(const rpc::Call& call, const Req& request, F work) -> std::invoke_result_t<F, Transaction&> {
    typename std::invoke_result_t<F, Transaction&>::value_type answer;
    absl::Status status = Write(call, request, &answer, Work([&](Transaction& tx) {
                                  auto result = work(tx);
                                  if (result.ok()) answer = *std::move(result);
                                  return result.status();
                                }));
    if (!status.ok()) return status;
    return answer;
  }

  // Autocommit reads, of what `work` returns: a status, or a value or a status.
  template <typename F>
  auto Read(const rpc::Call& call, F work) -> std::invoke_result_t<F, sql::Session&> {
    using Result = std::invoke_result_t<F, sql::Session&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return database_.Read(call.deadline, work);
    } else {
      std::optional<typename Result::value_type> value;
      absl::Status status = database_.Read(call.deadline, [&](sql::Session& session) {
        Result result = work(session);
        if (result.ok()) value.emplace(*std::move(result));
        return result.status();
      });
      if (!status.ok()) return status;
      return *std::move(value);
    }
  }
  sql::Database& database() { return database_; }
  // `listener` is called after each commit of a write, by the thread that wrote, so it must be quick. Before the first write only.
  void OnCommit(std::function<void()> listener) { commit_listeners_.push_back(std::move(listener)); }
  // Who sees what of the kinds (rows.h).
  Sights& sights() { return sights_; }
  // Changed before the first write only.
  Owners& owners() { return owners_; }
  const Owners& owners() const { return owners_; }
  // Of kinds whose fields hold personal data (common/seal), by their types: who makes such a kind declares it, before the first request.
  void DeclareSealed(const google::protobuf::Descriptor& kind);
  const std::map<std::string, const google::protobuf::Descriptor*>& sealed_kinds() const { return sealed_kinds_; }
  // Stops the process where the store was given no keys.
  seal::PersonKeys& person_keys();
  // The key of the service's page tokens (list.h), read once. UNAVAILABLE while the database is away.
  absl::StatusOr<std::string> PageKey(absl::Time deadline);
  // The threads of coalesced reads (loader.h), of all tables.
  work::Workers& readers() { return readers_; }

  // Makes a typed member function `absl::StatusOr<Resp> F(Transaction&, const Req&)` a handler that runs inside Write:
  //   server.Bind("SubmitProject", store.Mutation(this, &Projects::Submit));
  template <typename C, typename Resp, typename Req>
  rpc::TypedHandler Mutation(C* self, absl::StatusOr<Resp> (C::*function)(Transaction&, const Req&)) {
    const auto run = [this, self, function](std::shared_ptr<rpc::Exchange> exchange) {
      Write(exchange, [self, function, &exchange = *exchange](Transaction& tx) {
        absl::StatusOr<Resp> result = (self->*function)(tx, static_cast<const Req&>(*exchange.request));
        const absl::Status outcome = result.status();
        if (outcome.ok()) *static_cast<Resp*>(exchange.response) = *std::move(result);
        return outcome;
      });
    };
    return {Req::descriptor(), Resp::descriptor(), {run, false, true}};
  }

 private:
  class Attempt;
  class Trial;
  class Resumption;
  static constexpr int kReaders = 4, kReadersQueue = 64;
  // Writers and readers together are fewer than the connections (--db_pool), because lists and jobs need some as well.
  static constexpr int kWriters = 12, kWritersQueue = 256;

  absl::Status Run(Attempt& attempt, const rpc::Call& call);
  void Enter(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<rpc::Exchange>& exchange);
  // Nothing where no kind has personal data.
  std::optional<seal::Writer> SealsOf(sql::Session& session, const rpc::Call& call);
  absl::Status OpenAnswer(sql::Session& session, const std::string& bytes, google::protobuf::Message* answer);
  void Committed() const {
    for (const auto& listener : commit_listeners_) listener();
  }
  // The requests of one method share commits.
  WriteGroup& GroupOf(const std::string& method, const google::protobuf::Message& request);

  sql::Database& database_;
  std::unique_ptr<seal::PersonKeys> person_keys_;
  std::map<std::string, const google::protobuf::Descriptor*> sealed_kinds_;
  std::vector<std::function<void()>> commit_listeners_;
  Sights sights_;
  Owners owners_;
  work::Workers readers_{kReaders, kReadersQueue};
  work::Workers writers_{kWriters, kWritersQueue};
  std::mutex mutex_;
  std::string page_key_;                                                               // guarded by mutex_
  std::map<const google::protobuf::Descriptor*, std::unique_ptr<WriteGroup>> groups_;  // guarded by mutex_
};

// A new identifier: 26 lower-case Crockford base-32 digits (ULID), ordered by time of creation within a process.
std::string NewId(absl::Time now);

// When a row last changed, by its update_time; InfinitePast where it has none.
absl::Time UpdateTimeOf(const google::protobuf::Message& row);

// "projects/spring/tasks/copy" → parent "projects/spring", id "copy". Empty parent for a top-level name.
std::string ParentOf(const std::string& name);
std::string IdOf(const std::string& name);
// "tasks" of the pattern "projects/{project}/tasks/{task}".
std::string CollectionOf(const std::string& pattern);
// The bounds between which the names of a parent's children of one collection are ("projects/spring", "tasks"), a range of the primary key:
// "name > ? AND name < ?". The parent "" has the resources at the top.
sql::Values ChildRange(const std::string& parent, const std::string& collection);
// Whether `name` fits `pattern`, for example "projects/{project}/tasks/{task}"; ids are [a-z0-9][a-z0-9-]{0,62}.
bool MatchesPattern(const std::string& name, const std::string& pattern);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_STORE_H_
