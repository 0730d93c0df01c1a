// Offers, and how an accepted one becomes an employee (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_OFFER_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_OFFER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "services/personnel/recruitment/application_book.h"
#include "services/personnel/recruitment/decisions.h"
#include "services/personnel/recruitment/pay_band.h"
#include "services/personnel/recruitment/requisition.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

extern const status::Reason kOfferAlive;      // {application} {offer}
extern const status::Reason kNotToBeOffered;  // {application}
extern const status::Reason kOfferFixed;      // {name}
extern const status::Reason kSeatsTaken;      // {requisition} {seats}
extern const status::Reason kOfferTermPast;   // {name} {time}
extern const status::Reason kStartDayPast;    // {date}
extern const status::Reason kAlreadyStarted;  // {employee} {date}

const record::StateMachine& OfferMachine();

// Whether an offer is alive: drafted, approved, extended, accepted or hired.
bool IsAlive(const v1::Offer& offer);

// Thread-safe once made.
class Offers {
 public:
  // Handles the jobs of the kinds "expire_offer" and "start_employment".
  Offers(service::Context context, const Decisions& decisions, Requisitions& requisitions, const PayBands& bands, Employees& employees);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Offer>& kind() const { return offers_; }
  // Before the first call.
  void SetApplications(const ApplicationBook& applications) { applications_ = &applications; }
  // For an application that ends: its offer that is alive and nobody's employment is withdrawn. The caller moves the application.
  absl::Status WithdrawOf(record::Transaction& tx, const std::string& application, const std::string& reason) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Offer& offer);
  absl::Status Update(record::Transaction& tx, const v1::Offer& before, v1::Offer& after);
  absl::StatusOr<v1::Offer> Approve(record::Transaction& tx, const v1::ApproveOfferRequest& request);
  absl::StatusOr<v1::Offer> Extend(record::Transaction& tx, const v1::ExtendOfferRequest& request);
  absl::StatusOr<v1::Offer> Accept(const rpc::Call& call, const v1::AcceptOfferRequest& request);
  absl::StatusOr<v1::Offer> Decline(record::Transaction& tx, const v1::DeclineOfferRequest& request);
  absl::StatusOr<v1::Offer> Withdraw(record::Transaction& tx, const v1::WithdrawOfferRequest& request);
  absl::StatusOr<v1::Offer> MoveStart(record::Transaction& tx, const v1::MoveStartRequest& request);
  absl::StatusOr<v1::Offer> StartEmployment(const rpc::Call& call, const v1::StartEmploymentRequest& request);

  // The requisition of an offer, which the caller must be able to see. NOT_FOUND.
  absl::StatusOr<std::string> RequisitionOf(record::Transaction& tx, const std::string& offer) const;
  // Superior and pay; sets currency and band. UNKNOWN_SUPERIOR, PAY_OUTSIDE_BAND, NO_VERSION_IN_FORCE.
  absl::Status CheckTerms(record::Transaction& tx, v1::Offer& offer) const;
  // Of a locked offer; the application stays where it is.
  absl::Status TakeBack(record::Transaction& tx, const v1::Offer& before, const std::string& reason) const;
  // In one step that may be repeated; `id` empty: as the offer says.
  absl::StatusOr<v1::Offer> Start(record::Transaction& tx, const record::Target& offer, const std::string& id);
  absl::Status Expire(record::Transaction& tx, const std::string& name) const;
  absl::Status KeepJobs(record::Transaction& tx, const v1::Offer* before, const v1::Offer* after) const;
  // Of a requisition that ends: what nobody has accepted is withdrawn, and the applications are closed.
  absl::Status EndAll(record::Transaction& tx, const v1::Requisition& requisition) const;
  absl::Status FollowOwner(record::Transaction& tx, const v1::Requisition& requisition) const;
  const ApplicationBook& applications() const { return *applications_; }
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, context_.time_zone); }

  const service::Context context_;
  const Decisions& decisions_;
  Requisitions& requisitions_;
  const PayBands& bands_;
  Employees& employees_;
  record::Kind<v1::Offer> offers_;
  const ApplicationBook* applications_ = nullptr;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_OFFER_H_
