// Inquiries and complaints (policy A3): intake, answers, what customers say, silence, satisfaction and erasure.
#ifndef HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_H_
#define HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/inquiry_category.pb.h"
#include "services/activity/clock/business_calendars.h"
#include "services/activity/clock/clocks.h"
#include "services/activity/inquiry/owners.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/surge/surge.h"

namespace heitie::activity {

// Rows are locked in this order: fingerprint of the intake, inquiries by their names, clocks, loads of owners, scopes of surges, and what
// surges lock. Thread-safe.
class Inquiries {
 public:
  Inquiries(const service::Context& context, Activities& activities, const BusinessCalendars& calendars, const InquiryOwners& owners,
            Clocks& clocks, Surges& surges);
  Inquiries(const Inquiries&) = delete;
  void Bind(record::Methods& methods);

  const record::Kind<v1::Inquiry>& kind() const { return inquiries_; }
  // Blanks what is held of a customer of whom inquiries were received by `until`; how many these are.
  absl::StatusOr<int32_t> Blank(record::Transaction& tx, const std::string& customer, absl::Time until, const std::string& reference);

 private:
  using Inquiry = v1::Inquiry;
  using Message = v1::InquiryMessage;

  absl::StatusOr<Inquiry> Receive(record::Transaction& tx, const v1::ReceiveInquiryRequest& request);
  absl::StatusOr<Inquiry> Answer(record::Transaction& tx, const v1::AnswerInquiryRequest& request);
  absl::StatusOr<Inquiry> Resolve(record::Transaction& tx, const v1::ResolveInquiryRequest& request);
  absl::StatusOr<Inquiry> ReceiveMessage(record::Transaction& tx, const v1::ReceiveCustomerMessageRequest& request);
  absl::StatusOr<Message> Note(record::Transaction& tx, const v1::NoteOnInquiryRequest& request);
  absl::StatusOr<Inquiry> Reassign(record::Transaction& tx, const v1::ReassignInquiryRequest& request);
  absl::StatusOr<Inquiry> Reclassify(record::Transaction& tx, const v1::ReclassifyInquiryRequest& request);
  absl::StatusOr<Inquiry> Merge(record::Transaction& tx, const v1::MergeInquiryRequest& request);
  absl::StatusOr<Inquiry> Retract(record::Transaction& tx, const v1::RetractInquiryRequest& request);
  absl::StatusOr<v1::EraseCustomerResponse> Erase(record::Transaction& tx, const v1::EraseCustomerRequest& request);
  absl::StatusOr<v1::InquiryResolution> Rate(record::Transaction& tx, const v1::ReceiveRatingRequest& request);
  absl::StatusOr<v1::ComputeSatisfactionResponse> Satisfaction(const rpc::Call& call, const v1::ComputeSatisfactionRequest& request);

  // The tree in force.
  absl::StatusOr<std::shared_ptr<const v1::InquiryCategoryTree>> TreeAt(sql::Session& session, absl::Time at) const;
  // The caller's side of an intake: department, producer and source. SOURCE_MISSING, SOURCE_OWNED, DEPARTMENT_MISSING.
  absl::Status TakeSource(const rpc::Call& call, Inquiry& inquiry, status::BadFields& bad) const;
  // Notes the activity's owner. UNKNOWN_ACTIVITY at `field`.
  absl::Status TakeActivity(record::Transaction& tx, const std::string& activity, const std::string& field, Inquiry& inquiry,
                            status::BadFields& bad) const;
  // Takes an inquiry in whose fields are checked: owner, clocks, row, surges.
  absl::Status TakeIn(record::Transaction& tx, const v1::InquiryCategoryTree& tree, absl::Time receive_time, Inquiry& inquiry);
  // The inquiry that goes on with what a customer says of one that is over.
  absl::StatusOr<Inquiry> Follow(record::Transaction& tx, const Inquiry& previous, const std::string& text);
  // What is done about each change of an inquiry.
  absl::Status Changed(record::Transaction& tx, const Inquiry* before, const Inquiry* after);
  absl::Status Add(record::Transaction& tx, Inquiry& inquiry, Message message, const std::string& text) const;
  // A person has answered in public.
  absl::Status FirstAnswer(record::Transaction& tx, Inquiry& after);
  // From now on silence is counted, or no longer.
  absl::Status BeginSilence(record::Transaction& tx, Inquiry& after) const;
  absl::Status EndSilence(record::Transaction& tx, Inquiry& after) const;
  // When the customer is reminded, and when the inquiry is closed, if nothing is said.
  struct SilenceTimes {
    absl::Time remind, close;
  };
  absl::StatusOr<SilenceTimes> SilenceOf(sql::Session& session, const Inquiry& inquiry) const;
  job::Outcome EndOfSilence(const rpc::Call& call, const std::string& name);
  absl::StatusOr<absl::Time> TreatSilence(record::Transaction& tx, const std::string& name);
  job::Outcome OwnAll(const rpc::Call& call);
  absl::StatusOr<std::string> OwnerFor(record::Transaction& tx, const Inquiry& inquiry) const;
  std::string KeyOf(const std::string& customer) const;

  const service::Context context_;
  record::Store& store_;
  Activities& activities_;
  const BusinessCalendars& calendars_;
  Clocks& clocks_;
  Surges& surges_;
  const InquiryOwners& owners_;
  record::RuleSet<v1::InquiryCategoryTree> trees_;
  record::Kind<Inquiry> inquiries_;
  record::Kind<Message> messages_;
  record::Kind<v1::InquiryResolution> resolutions_;
  mutable std::mutex mutex_;
  // The tree that was asked for last, which is published and so never changes. Guarded by mutex_.
  mutable std::shared_ptr<const v1::InquiryCategoryTree> known_tree_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_H_
