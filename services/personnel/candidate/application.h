// Applications: how they come in and move (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_APPLICATION_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_APPLICATION_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/application_import.pb.h"
#include "services/personnel/assessment/handler.h"
#include "services/personnel/assessment/onlookers.h"
#include "services/personnel/assessment/requisition_book.h"
#include "services/personnel/assessment/scorecard.h"
#include "services/personnel/candidate/candidate.h"
#include "services/personnel/candidate/pipeline.h"
#include "services/personnel/candidate/rejection_reason.h"

namespace heitie::personnel {

extern const status::Reason kAppliedLater;        // {date}
extern const status::Reason kRequisitionNotOpen;  // {requisition}
extern const status::Reason kNotBack;             // {application}

// Thread-safe.
class Applications {
 public:
  Applications(const service::Context& context, const RequisitionBook& book, const OfferBook& offers, const Candidates& candidates,
               const RejectionReasons& reasons, const ScorecardTemplates& templates, const Scorecards& scorecards, const Handlers& handlers,
               const Onlookers& onlookers);
  void Bind(record::Methods& methods);

  // For offers and requisitions. The application, which stays as it is until the transaction ends.
  absl::StatusOr<v1::Application> Lock(record::Transaction& tx, const std::string& application) const {
    return applications_.Lock(tx, application);
  }
  // Moves it by make_offer, accept_offer, hire, decline_offer or retract_offer. ILLEGAL_TRANSITION; for an offer NOT_DECIDABLE, or
  // CARD_NOT_FILED for a caller who is to file a card.
  absl::Status Advance(record::Transaction& tx, const std::string& application, const char* verb) const;
  // Ends those of a requisition that are live, but not those `except`, because it is filled or, otherwise, cancelled.
  absl::Status CloseAll(record::Transaction& tx, const std::string& requisition, bool filled, const std::set<std::string>& except) const;

 private:
  absl::StatusOr<v1::Application> Receive(record::Transaction& tx, const v1::ReceiveApplicationRequest& request);
  absl::StatusOr<v1::ImportApplicationsResponse> Import(record::Transaction& tx, const v1::ImportApplicationsRequest& request);
  absl::StatusOr<v1::Application> AdvanceOne(record::Transaction& tx, const v1::AdvanceApplicationRequest& request);
  absl::StatusOr<v1::Application> Return(record::Transaction& tx, const v1::ReturnApplicationRequest& request);
  absl::StatusOr<v1::Application> Reject(record::Transaction& tx, const v1::RejectApplicationRequest& request);
  absl::StatusOr<v1::Application> Withdraw(record::Transaction& tx, const v1::WithdrawApplicationRequest& request);
  absl::StatusOr<v1::Application> Waive(record::Transaction& tx, const v1::WaiveCriterionRequest& request);
  absl::StatusOr<v1::ComputeAssessmentResponse> ComputeAssessment(const rpc::Call& call, const v1::ComputeAssessmentRequest& request);

  // The requisition, which the caller decides about, and the channel.
  absl::StatusOr<RequisitionFacts> GuardRequisition(record::Transaction& tx, const std::string& requisition,
                                                    const std::string& channel) const;
  // The application that comes of one whose requisition, channel, id and day are set, or that an earlier delivery has made.
  struct Taken {
    v1::Application application;
    bool known = false;
  };
  absl::StatusOr<Taken> Take(record::Transaction& tx, const RequisitionFacts& requisition, v1::Application application,
                             const v1::Applicant& applicant, const Contacts& contacts) const;
  // Whether an offer may be made.
  absl::Status CheckOffer(record::Transaction& tx, const v1::Application& application) const;
  // Moves the step by a verb, with its history and what else follows.
  absl::Status Move(record::Transaction& tx, record::Step<v1::Application>& step, const char* verb) const;
  template <typename Req>
  absl::StatusOr<record::Step<v1::Application>> Begin(record::Transaction& tx, const Req& request) const;
  template <typename Req>
  absl::StatusOr<v1::Application> End(record::Transaction& tx, const Req& request, const char* verb, v1::RejectionReason::Side side) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  const RequisitionBook& book_;
  const OfferBook& offers_;
  const Candidates& candidates_;
  const RejectionReasons& reasons_;
  const ScorecardTemplates& templates_;
  const Scorecards& scorecards_;
  const Handlers& handlers_;
  const Onlookers& onlookers_;
  record::Kind<v1::Application> applications_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_APPLICATION_H_
