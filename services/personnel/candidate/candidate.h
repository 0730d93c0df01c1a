// Candidates: one for each person, over all channels and years (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/candidate.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "services/personnel/candidate/contact.h"
#include "services/personnel/candidate/onlookers.h"

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
// BAD_EMAIL, BAD_PHONE, UNKNOWN_REGION, NO_CONTACT. An empty region is the default one.
Contacts ReadContacts(const Digest& digest, const std::string& email, const std::string& phone, const std::string& region);
void AddFaults(const Contacts& contacts, const std::string& prefix, status::BadFields& bad);

// Thread-safe.
class Candidates {
 public:
  Candidates(record::Store& store, Digest digest, const Onlookers& onlookers);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Candidate>& kind() const { return candidates_; }

  Contacts ContactsOf(const v1::Applicant& applicant) const {
    return ReadContacts(digest_, applicant.email(), applicant.phone(), applicant.phone_region());
  }
  // The candidate who the applicant is: the one with the e-mail address, else the one with the telephone number, else a new one. Of two
  // transactions that bring one new person at the same moment the second waits here for the first.
  absl::StatusOr<std::string> Recognize(record::Transaction& tx, const v1::Applicant& applicant, const Contacts& contacts) const;
  // Forgets by what the person was recognized; for an erasure.
  absl::Status ForgetContacts(record::Transaction& tx, const std::string& candidate) const;

 private:
  absl::Status Update(record::Transaction& tx, const v1::Candidate& before, v1::Candidate& after);
  absl::StatusOr<v1::Candidate> Merge(record::Transaction& tx, const v1::MergeCandidatesRequest& request);
  // Offers, applications, scorecards and contacts.
  absl::Status MoveRows(record::Transaction& tx, const std::string& from, const std::string& to) const;

  const Digest digest_;
  const Onlookers& onlookers_;
  record::Kind<v1::Candidate> candidates_;
  record::Kind<v1::Offer> offers_;
  record::Kind<v1::Application> applications_;
  record::Kind<v1::Scorecard> scorecards_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_H_
