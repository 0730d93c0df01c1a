// Implementation schemes 實施方案 of a project, in versions (P3).
#ifndef HEITIE_SERVICES_PLANNING_SCHEME_SCHEME_H_
#define HEITIE_SERVICES_PLANNING_SCHEME_SCHEME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/scheme_judgement.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kSchemeNotDraft;  // {name} {state}
extern const status::Reason kSchemeNotReady;  // {name} {count}
extern const status::Reason kItemTwice;       // A field; {item}

const record::StateMachine& SchemeMachine();

// The scheme by itself.
void CheckFields(const v1::Scheme& scheme, status::BadFields& bad);

// Approves the scheme by which a project is carried out together with the project, unless it is approved already. The answer carries its
// feasibility. The project is locked.
absl::StatusOr<v1::Scheme> ApproveWithProject(record::Transaction& tx, const Tables& tables, const v1::Scheme& scheme,
                                              const std::string& approver);

// Effect, and cost against benefit, by the policy in force.
absl::StatusOr<v1::SchemeJudgement> JudgeBesidesMeans(sql::Session& session, const Tables& tables, const v1::Project& project,
                                                      const v1::Scheme& scheme, absl::Time now);

class Schemes {
 public:
  Schemes(const service::Context& context, Tables& tables);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Scheme& scheme);
  absl::Status Update(record::Transaction& tx, const v1::Scheme& before, v1::Scheme& after);
  absl::StatusOr<v1::Scheme> Approve(record::Transaction& tx, const v1::ApproveSchemeRequest& request);
  absl::StatusOr<v1::SchemeJudgement> Judge(const rpc::Call& call, const v1::JudgeSchemeRequest& request);
  absl::StatusOr<v1::AnalyzeSchemesResponse> Analyze(const rpc::Call& call, const v1::AnalyzeSchemesRequest& request);
  absl::StatusOr<v1::Scheme> Discard(record::Transaction& tx, const v1::DiscardSchemeRequest& request);

  service::Context context_;
  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SCHEME_SCHEME_H_
