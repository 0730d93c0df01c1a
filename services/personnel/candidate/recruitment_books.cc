#include "services/personnel/candidate/recruitment_books.h"

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::personnel {

RequisitionFacts RecruitmentBook::FactsOf(const v1::Requisition& requisition) const {
  RequisitionFacts facts{requisition.name(), requisition.position(), requisition.owner(),
                         requisition.state() == v1::Requisition::STATE_APPROVED, std::nullopt};
  const bool approved = requisition.state() != v1::Requisition::STATE_PENDING && requisition.state() != v1::Requisition::STATE_REJECTED;
  if (approved && requisition.has_decide_time()) facts.approved = absl::ToCivilDay(time::ToTime(requisition.decide_time()), zone_);
  return facts;
}

absl::StatusOr<RequisitionFacts> RecruitmentBook::Guard(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Requisition requisition, requisitions_.Guard(tx, name));
  return FactsOf(requisition);
}

absl::StatusOr<RequisitionFacts> RecruitmentBook::Find(sql::Session& session, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Requisition requisition, requisitions_.Find(session, name));
  return FactsOf(requisition);
}

absl::StatusOr<std::vector<std::string>> RecruitmentBook::OwnedBy(sql::Session& session, const std::vector<std::string>& owners) const {
  std::vector<std::string> names;
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name FROM requisitions WHERE owner IN (", sql::Placeholders(owners.size()), ")"),
                                sql::Values(owners.begin(), owners.end()), [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  return names;
}

absl::StatusOr<std::vector<RequisitionFacts>> RecruitmentBook::All(sql::Session& session, const std::string& position) const {
  ASSIGN_OR_RETURN(
      const std::vector<v1::Requisition> requisitions,
      position.empty() ? requisitions_.Select(session, "") : requisitions_.Select(session, "WHERE position = ?", sql::Bind(position)));
  std::vector<RequisitionFacts> all;
  for (const v1::Requisition& requisition : requisitions) all.push_back(FactsOf(requisition));
  return all;
}

absl::StatusOr<std::vector<OpeningCost>> RecruitmentBook::CostsIn(sql::Session& session, absl::CivilDay first, absl::CivilDay last) const {
  std::vector<OpeningCost> costs;
  RETURN_IF_ERROR(session.Query(
      "SELECT o.channel, r.position, r.currency_code, SUM(o.cost_minor) FROM openings o JOIN requisitions r ON "
      "r.name = SUBSTRING_INDEX(o.name, '/openings/', 1) WHERE o.publish_time >= ? AND o.publish_time < ? AND o.cost_minor > 0 "
      "GROUP BY o.channel, r.position, r.currency_code",
      sql::Bind(absl::FromCivil(first, zone_), absl::FromCivil(last + 1, zone_)), [&](const sql::Row& row) {
        costs.push_back({row.Text(0), row.Text(1), row.Text(2), row.Int(3)});
      }));
  return costs;
}

absl::StatusOr<Applied> Pipeline::Lock(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Application application, applications_.Lock(tx, name));
  ASSIGN_OR_RETURN(const v1::Candidate candidate, candidates_.kind().Find(tx.sql, application.candidate()));
  return Applied{application.state() == v1::Application::STATE_INTERVIEW, application.requisition(), application.candidate(),
                 candidate.display_name()};
}

}  // namespace heitie::personnel
