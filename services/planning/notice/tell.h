// By this the other chapters of planning tell somebody something, in the transaction of its cause:
//
//   notices_.Tell(tx, {.cause = round.name() + " open", .recipient = duty.owner(), .subject = round.name(), .wording = "round-opened",
//                      .phrase = kRoundOpened, .args = {{"topic", duty.topic()}}});
//   notices_.End(tx, round.name(), kRoundDone);          // what is pending about it is told no more
//
// There is one notice for each cause and recipient, whoever tells it how often: name a happening always in the same way, and another one
// in another way.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_TELL_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_TELL_H_

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/people/directory.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "common/status/reason.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/notice_preference.pb.h"
#include "services/planning/notice/audience.h"
#include "services/planning/notice/notice_policy.h"

namespace heitie::planning {

const record::StateMachine& NoticeMachine();

// What is said to whom.
struct Telling {
  // What happened: at most 500 bytes, the same for the same happening ("planDuties/x escalate 2").
  std::string cause;
  // `employees/…`. Nothing is told to somebody who has left.
  std::string recipient = {};
  // The name of the resource that it is about, of any service. End takes its pending notices away.
  std::string subject;
  v1::Notice::Urgency urgency = v1::Notice::URGENCY_NORMAL;
  // The id of the sentence, in small letters and hyphens, and the sentence as it is shipped.
  std::string wording;
  const status::Phrase& phrase;
  status::Args args = {};
  // Not before this instant, for reminders of what is to come.
  absl::Time not_before = absl::InfinitePast();
  // Whether nobody can switch it off, whatever the policy says of its wording.
  bool mandatory = false;
  // Whether it waits for the recipient to act: while they are away, whoever stands in is told as well.
  bool waits = false;
  // In place of the phrase: a sentence in English and one in Chinese that somebody wrote as data.
  struct Written {
    std::string en, zh;
  };
  std::optional<Written> written = {};
  // The unconfirmed notice of somebody else of which this is a step of the ladder, or for whom the recipient stands in.
  std::string escalates = {};
  // The person who is away and for whom the recipient stands in.
  std::string instead_of = {};
  // `robots/…` in place of a recipient: it tells its whole group.
  std::string robot = {};
  // Its subject comes to be in this transaction, and the cause is named after it: nobody was told of it before, and nothing is pending
  // about it.
  bool begins = false;
};

// Thread-safe. One for the service; the chapters share it.
class Notices {
 public:
  explicit Notices(const service::Context& context);
  Notices(const Notices&) = delete;

  // Queues the notice, or finds that the recipient was told.
  absl::Status Tell(record::Transaction& tx, const Telling& telling) const;
  // Several things, in their order and in few statements.
  absl::Status TellEach(record::Transaction& tx, const std::vector<Telling>& tellings) const;
  // The same to several people.
  absl::Status TellAll(record::Transaction& tx, Telling telling, const std::vector<std::string>& recipients) const;
  // The subject is closed, cancelled or gone: what is pending about it is SUPPRESSED, for this reason.
  absl::Status End(record::Transaction& tx, const std::string& subject, const status::Phrase& why) const;

  // A robot has it, or has taken or lost it ("send", "deliver", "bury"); nothing is done where its state does not allow that any more.
  absl::Status Settle(record::Transaction& tx, const std::string& name, const char* verb) const;
  // The same of many, in few statements.
  absl::Status SettleAll(record::Transaction& tx, const std::set<std::string>& names, const char* verb) const;
  bool HasLeft(const std::string& employee, absl::Time now) const { return people_.HasLeft(employee, now); }

  // It is told to nobody else.
  absl::Status StopClimbing(record::Transaction& tx, const std::string& name) const;

  const record::Kind<v1::Notice>& kind() const { return notices_; }
  record::Kind<v1::Notice>& kind() { return notices_; }
  NoticePolicies& policies() { return policies_; }
  record::Kind<v1::NoticePreference>& preferences() { return preferences_; }

 private:
  struct Draft {
    const Telling& telling;
    v1::Notice notice;
    const std::string& addressee() const { return notice.robot().empty() ? notice.recipient() : notice.robot(); }
    // Whether it comes to a person, who may have more pressing things to do, or others less so.
    bool waits_with_others() const {
      return notice.robot().empty() && !notice.subject().empty() && notice.state() == v1::Notice::STATE_QUEUED;
    }
  };
  // Those of `tellings` from `begin` to `end`.
  absl::Status TellSome(record::Transaction& tx, const std::vector<Telling>& tellings, size_t begin, size_t end) const;
  // What was told to its addressee before is taken out.
  absl::Status Claim(record::Transaction& tx, std::vector<Draft>& drafts) const;
  static void Write(const Audience& audience, absl::Time now, Draft& draft);
  // What whoever stands in for a recipient is told besides.
  static std::vector<Telling> ForStandIns(const rpc::Call& call, const Audience& audience, const std::vector<Draft>& drafts);
  // Makes those SUPPRESSED that their recipients are not told.
  absl::Status Silence(record::Transaction& tx, const Audience& audience, std::vector<Draft>& drafts) const;
  // Holds back what presses less than one of the drafts, and those for which something more pressing waits.
  absl::Status Yield(record::Transaction& tx, std::vector<Draft>& drafts) const;

  record::Kind<v1::Notice> notices_;
  record::Kind<v1::NoticePreference> preferences_;
  NoticePolicies policies_;
  Audiences audiences_;
  const people::Directory& people_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_TELL_H_
