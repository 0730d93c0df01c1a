// Candidates: one for each person, over all channels and years (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/candidate.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "services/personnel/assessment/onlookers.h"
#include "services/personnel/candidate/contact.h"
#include "services/personnel/privacy/data_subjects.h"
#include "services/personnel/recruitment/recruitment_policy.h"

namespace heitie::personnel {

extern const status::Reason kBadEmail;
extern const status::Reason kBadPhone;
extern const status::Reason kUnknownRegion;  // {region}
extern const status::Reason kNoContact;
extern const status::Reason kContactTaken;      // {candidate}
extern const status::Reason kCandidateMerged;   // {name} {merged_into}
extern const status::Reason kMergedWithItself;  // {name}

const record::StateMachine& CandidateMachine();

// What is wrong with a field of an applicant or candidate.
struct Fault {
  std::string field;
  const status::Reason* reason;
  status::Args args;
};
// How somebody can be reached: the hashes by which people are recognized, and the number in normal form; empty where there is none.
struct Contacts {
  std::string email_digest, phone_digest, phone;
  std::vector<Fault> faults;
};
// BAD_EMAIL, BAD_PHONE, UNKNOWN_REGION, NO_CONTACT.
Contacts ReadContacts(const Digest& digest, const std::string& email, const std::string& phone, const std::string& region);
void AddFaults(const Contacts& contacts, const std::string& prefix, status::BadFields& bad);

// Thread-safe.
class Candidates {
 public:
  Candidates(const service::Context& context, const RecruitmentPolicies& policies, const Onlookers& onlookers);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Candidate>& kind() const { return candidates_; }

  // The region in which a telephone number is one where nobody says another.
  absl::StatusOr<std::string> PhoneRegion(record::Transaction& tx) const;
  Contacts ContactsOf(const v1::Applicant& applicant, const std::string& phone_region) const {
    return ReadContacts(digest_, applicant.email(), applicant.phone(),
                        applicant.phone_region().empty() ? phone_region : applicant.phone_region());
  }
  // The candidate who the applicant is: the one with the e-mail address, else the one with the telephone number, else a new one. Of two
  // transactions that bring one new person at the same moment the second waits here for the first.
  absl::StatusOr<std::string> Recognize(record::Transaction& tx, const v1::Applicant& applicant, const Contacts& contacts) const;
  // As whose data is held: whose applications have all ended.
  DataSubjects Subjects() const;
  // What else is done when an application of somebody has begun or ended, in that transaction, and when a candidate was merged into another
  // one. Declared before the first change.
  void OnPurpose(std::function<absl::Status(record::Transaction&, const std::string& candidate)> follow) {
    on_purpose_ = std::move(follow);
  }
  void OnMerge(std::function<absl::Status(record::Transaction&, const std::string& from, const std::string& to)> follow) {
    on_merge_ = std::move(follow);
  }
  absl::Status PurposeChanged(record::Transaction& tx, const std::string& candidate) const { return on_purpose_(tx, candidate); }

 private:
  // The last day of the person's applications; nothing while one is live. The candidate and its applications stay as they are until the
  // transaction ends, and nobody applies as this candidate meanwhile. CANDIDATE_MERGED.
  absl::StatusOr<std::optional<absl::CivilDay>> RecruitedUntil(sql::Session& session, const std::string& candidate) const;
  // Those that were merged into it, and into those.
  absl::StatusOr<std::vector<std::string>> MergedInto(sql::Session& session, const std::string& candidate) const;
  // Contacts too: by none of them the person is recognized.
  absl::Status Erase(record::Transaction& tx, const std::string& candidate) const;
  absl::Status Update(record::Transaction& tx, const v1::Candidate& before, v1::Candidate& after);
  absl::StatusOr<v1::Candidate> Merge(record::Transaction& tx, const v1::MergeCandidatesRequest& request);
  // Offers, applications, scorecards and contacts.
  absl::Status MoveRows(record::Transaction& tx, const std::string& from, const std::string& to) const;

  const absl::TimeZone zone_;
  const RecruitmentPolicies& policies_;
  const Digest digest_;
  const Onlookers& onlookers_;
  std::function<absl::Status(record::Transaction&, const std::string&)> on_purpose_ = [](auto&, auto&) { return absl::OkStatus(); };
  std::function<absl::Status(record::Transaction&, const std::string&, const std::string&)> on_merge_ = [](auto&, auto&, auto&) {
    return absl::OkStatus();
  };
  record::Kind<v1::Candidate> candidates_;
  record::Kind<v1::Offer> offers_;
  record::Kind<v1::Application> applications_;
  record::Kind<v1::Scorecard> scorecards_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_H_
