// What joins candidates and recruitment: each knows the other by an interface of its own.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_RECRUITMENT_BOOKS_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_RECRUITMENT_BOOKS_H_

#include <set>
#include <string>
#include <vector>

#include "common/record/kind.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/opening.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "services/personnel/assessment/requisition_book.h"
#include "services/personnel/candidate/application.h"
#include "services/personnel/recruitment/application_book.h"
#include "services/personnel/recruitment/offer.h"

namespace heitie::personnel {

// Thread-safe, as those below.
class RecruitmentBook : public RequisitionBook {
 public:
  explicit RecruitmentBook(const service::Context& context)
      : zone_(context.time_zone), requisitions_(context.store), channels_(context.store) {}

  absl::StatusOr<RequisitionFacts> Guard(record::Transaction& tx, const std::string& requisition) const override;
  absl::StatusOr<RequisitionFacts> Find(sql::Session& session, const std::string& requisition) const override;
  absl::StatusOr<std::vector<std::string>> OwnedBy(sql::Session& session, const std::vector<std::string>& owners) const override;
  absl::StatusOr<std::vector<RequisitionFacts>> All(sql::Session& session, const std::string& position) const override;
  absl::StatusOr<std::vector<OpeningCost>> CostsIn(sql::Session& session, absl::CivilDay first, absl::CivilDay last) const override;
  absl::Status CheckChannel(sql::Session& session, const std::string& channel) const override {
    return channels_.Find(session, channel).status();
  }

 private:
  RequisitionFacts FactsOf(const v1::Requisition& requisition) const;

  const absl::TimeZone zone_;
  record::Kind<v1::Requisition> requisitions_;
  record::Kind<v1::RecruitmentChannel> channels_;
};

class RecruitmentOffers : public OfferBook {
 public:
  explicit RecruitmentOffers(const Offers& offers) : offers_(offers) {}
  absl::Status Withdraw(record::Transaction& tx, const std::string& application, const std::string& reason) const override {
    return offers_.WithdrawOf(tx, application, reason);
  }

 private:
  const Offers& offers_;
};

class Pipeline : public ApplicationBook {
 public:
  Pipeline(const Applications& applications, const Candidates& candidates) : applications_(applications), candidates_(candidates) {}
  absl::StatusOr<Applied> Lock(record::Transaction& tx, const std::string& name) const override;
  absl::Status Advance(record::Transaction& tx, const std::string& name, const char* verb) const override {
    return applications_.Advance(tx, name, verb);
  }
  absl::Status CloseAll(record::Transaction& tx, const std::string& requisition, bool filled,
                        const std::set<std::string>& except) const override {
    return applications_.CloseAll(tx, requisition, filled, except);
  }

 private:
  const Applications& applications_;
  const Candidates& candidates_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_RECRUITMENT_BOOKS_H_
