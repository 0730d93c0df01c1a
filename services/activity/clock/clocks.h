// The clocks of what customers and activities wait for (policy A3): kept in rows, told of by ladders, moved when a calendar changes. The
// arithmetic is clockwork.h's.
//
// How a chapter has clocks for its inquiries, complaints or incidents:
//
//   clocks.Serves<v1::Inquiry>(inquiries_, [](v1::Inquiry& inquiry, const ClockStanding& standing) {     // once, in the constructor
//     SetQueueTime(inquiry, standing.next_due());
//   });
//   …
//   ASSIGN_OR_RETURN(const ClockStanding standing, clocks.Start(tx, {name, kind, category, priority, owner, activity}, receive_time, now));
//   SetQueueTime(inquiry, standing.next_due());
//   RETURN_IF_ERROR(inquiries_.Insert(tx, inquiry));
//
// Every method is called in the transaction that changes the subject, while that holds the subject's row locked (Kind::Lock, Begin or
// Change; an Insert is as good), and before the subject is written, so that what it answers can be written along. The instant is the
// caller's, taken under that lock: usually tx.call.now, never before an earlier one of the same subject; what runs backwards all the same
// counts as the last instant before. All of them are right for a subject without clocks, for which they do nothing and answer an empty
// standing.
//
// What happens without a request (breach, ladder, a calendar's new version) is done by jobs, which lock the subject's row first and then
// write what `Serves` was given, with the verb "move_due": a kind whose machine knows all verbs needs none for it, since the state stays.
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCKS_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCKS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/kind.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "common/sql/placeholders.h"
#include "common/status/status.h"
#include "heitie/activity/v1/service_attainment.pb.h"
#include "heitie/activity/v1/service_clock.pb.h"
#include "heitie/activity/v1/service_policy.pb.h"
#include "heitie/activity/v1/service_simulation.pb.h"
#include "services/activity/clock/business_calendars.h"
#include "services/activity/clock/clockwork.h"
#include "services/activity/clock/course.h"
#include "services/activity/clock/escalations.h"

namespace heitie::activity {

extern const status::Reason kLoweringNeedsReason;  // a priority is lowered without a reason
extern const status::Reason kReopenTooLate;        // {subject}

inline constexpr char kShippedServicePolicy[] = "servicePolicies/default";

// Thread-safe.
class Clocks {
 public:
  // Registers the jobs "keep-clocks" and "move-clocks".
  Clocks(const service::Context& context, const BusinessCalendars& calendars, const Escalations& escalations);
  Clocks(const Clocks&) = delete;
  Clocks& operator=(const Clocks&) = delete;
  void Bind(record::Methods& methods);

  // Resources of the kind have clocks. `set` writes into a resource what it keeps of them. Before the jobs start; `kind` must outlive this.
  template <typename T>
  void Serves(const record::Kind<T>& kind, std::function<void(T&, const ClockStanding&)> set) {
    Serve(*T::descriptor(), [&kind, set](record::Transaction& tx, const std::map<std::string, ClockStanding>& standings) -> absl::Status {
      sql::Values names;
      for (const auto& [name, standing] : standings) names.emplace_back(name);
      const std::string tail = absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ") ORDER BY name FOR UPDATE");
      const absl::StatusOr<std::vector<T>> before = kind.Select(tx.sql, tail, names);
      if (!before.ok()) return before.status();
      std::vector<T> after = *before;
      for (T& subject : after) set(subject, standings.at(subject.name()));
      return kind.UpdateAll(tx, *before, after, "move_due");
    });
  }

  // The receipt: both clocks run from `receive_time`, which may lie back, by the terms in force then. What is over by `now`
  // is breached at once. Where no terms fit there are no clocks, and the managers are told. UNAVAILABLE, CALENDAR_UNKNOWN.
  absl::StatusOr<ClockStanding> Start(record::Transaction& tx, const ClockSubject& subject, absl::Time receive_time, absl::Time now);
  // A person has given a public answer (no note, no receipt, no robot): the clock of the first response stops. Later answers change
  // nothing.
  absl::StatusOr<ClockStanding> FirstAnswer(record::Transaction& tx, const std::string& subject, absl::Time at);
  // The customer is waited for, since a public answer that asks (FirstAnswer is the caller's). The first response never pauses.
  absl::StatusOr<ClockStanding> Pause(record::Transaction& tx, const std::string& subject, absl::Time at);
  // The customer has written.
  absl::StatusOr<ClockStanding> Continue(record::Transaction& tx, const std::string& subject, absl::Time at);
  // Resolved with a public answer: both clocks stop, also out of a pause.
  absl::StatusOr<ClockStanding> Resolve(record::Transaction& tx, const std::string& subject, absl::Time at);
  // Whether Reopen is possible at `at`; true of a subject without clocks.
  absl::StatusOr<bool> MayReopen(record::Transaction& tx, const std::string& subject, absl::Time at);
  // By its terms the clock of the resolution goes on, or a new one begins, for whoever answers for the subject now. FAILED_PRECONDITION,
  // REOPEN_TOO_LATE.
  absl::StatusOr<ClockStanding> Reopen(record::Transaction& tx, const std::string& subject, const std::string& owner, absl::Time at);
  // Priority or category are others now. What was consumed stays, the rest runs by the terms that fit in the version of the receipt; where
  // none do, by those before, and the managers are told. Of an open subject: of one that was reopened, after Reopen. INVALID_FIELDS,
  // LOWERING_NEEDS_REASON at the field `reason` when the priority is lowered without a reason.
  absl::StatusOr<ClockStanding> Retarget(record::Transaction& tx, const std::string& subject, v1::ServicePriority priority,
                                         const std::string& category, const std::string& reason, absl::Time at);
  // Merged into another one, or given up: what runs is cancelled and in no attainment.
  absl::StatusOr<ClockStanding> Stop(record::Transaction& tx, const std::string& subject, absl::Time at);
  // Somebody else answers for it, or it is about another activity. No clock changes. Also for a hand-over: call it from Kind::SetFollow
  // whenever the owner differs.
  absl::Status Reassign(record::Transaction& tx, const std::string& subject, const std::string& owner, const std::string& activity);
  // As they stand.
  absl::StatusOr<ClockStanding> StandingOf(sql::Session& session, const std::string& subject);
  // How well the terms were kept in a period. Reads by itself.
  absl::StatusOr<v1::ComputeServiceAttainmentResponse> ComputeAttainment(const rpc::Call& call,
                                                                         const v1::ComputeServiceAttainmentRequest& request);

 private:
  using Note = std::function<absl::Status(record::Transaction&, const std::map<std::string, ClockStanding>& standings)>;
  struct Served {
    std::string table, pattern;
    Note note;
  };
  using ClocksOfSubject = std::vector<v1::ServiceClock>;

  void Serve(const google::protobuf::Descriptor& resource, Note note);
  Clockwork WorkOf(sql::Session& session) const;
  absl::StatusOr<std::shared_ptr<const v1::ServicePolicy>> PolicyNamed(sql::Session& session, const std::string& name) const;
  absl::StatusOr<std::shared_ptr<const v1::ServicePolicy>> PolicyAt(sql::Session& session, absl::Time at) const;
  absl::StatusOr<ClocksOfSubject> Locked(record::Transaction& tx, const std::string& subject) const;
  // Writes what differs. The machine allows the verb and leads to the state that the clockwork set.
  absl::Status Save(record::Transaction& tx, const v1::ServiceClock& before, v1::ServiceClock& after, const char* verb) const;
  // What a turn of the course makes of the clocks of the subject.
  absl::StatusOr<ClockStanding> Change(record::Transaction& tx, const std::string& subject, const char* verb,
                                       const std::function<absl::Status(Course&)>& turn);
  absl::Status SaveAll(record::Transaction& tx, const ClocksOfSubject& before, ClocksOfSubject& after, const char* verb) const;
  absl::StatusOr<v1::ServiceClock> Excuse(record::Transaction& tx, const v1::ExcuseServiceClockRequest& request);
  absl::StatusOr<v1::SimulateServiceClocksResponse> Simulate(const rpc::Call& call, const v1::SimulateServiceClocksRequest& request);

  // The jobs: `work` in portions on the subjects of the clocks that `where` selects and nobody else has locked; it must leave no clock as
  // it was selected.
  using Work = std::function<absl::Status(record::Transaction&, const std::set<std::string>& subjects)>;
  job::Outcome Sweep(const rpc::Call& call, const std::string& where, const sql::Values& values, const Work& work) const;
  job::Outcome KeepClocks(const rpc::Call& call);
  job::Outcome MoveClocks(const rpc::Call& call);
  // Locks the subjects' rows, those that nobody else has locked.
  absl::StatusOr<std::set<std::string>> LockFree(record::Transaction& tx, const std::set<std::string>& subjects) const;
  absl::StatusOr<std::map<std::string, ClocksOfSubject>> LockedOf(record::Transaction& tx, const std::set<std::string>& subjects) const;
  absl::Status Keep(record::Transaction& tx, const std::set<std::string>& subjects) const;
  absl::Status Move(record::Transaction& tx, const std::set<std::string>& subjects) const;
  // Writes into the subjects how their clocks stand.
  absl::Status NoteStandings(record::Transaction& tx, const std::map<std::string, ClockStanding>& standings) const;
  absl::Status TellStep(record::Transaction& tx, const v1::ServiceClock& clock, const TakenStep& step) const;
  absl::Status TellNoPolicy(record::Transaction& tx, const std::string& subject, const std::string& activity, absl::Time at) const;

  record::Store& store_;
  const people::Directory& people_;
  const BusinessCalendars& calendars_;
  const Escalations& escalations_;
  record::RuleSet<v1::ServicePolicy> policies_;
  record::Kind<v1::ServiceClock> clocks_;
  const time::Clock& clock_;
  std::vector<Served> served_;
  mutable std::mutex mutex_;
  // Published versions never change. Guarded by mutex_.
  mutable std::map<std::string, std::shared_ptr<const v1::ServicePolicy>> known_policies_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCKS_H_
