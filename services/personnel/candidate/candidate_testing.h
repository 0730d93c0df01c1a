// What tests of candidates, applications and scorecards share: a position with a scorecard, people of several roles, and a requisition.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_TESTING_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_TESTING_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/candidate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/opening.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "heitie/personnel/v1/scorecard_template.pb.h"
#include "services/personnel/candidate/application.h"
#include "services/personnel/service.h"

namespace heitie::personnel {

// employees/owner answers for requisitions/host, employees/lead leads this person; i1 and i2 interview, employees/stranger does nothing.
class CandidateFixture : public test::ServiceTest<Service> {
 protected:
  CandidateFixture() : ServiceTest("personnel") {
    EXPECT_THAT((Ask<v1::Position, v1::CreatePositionRequest>("CreatePosition", Manager(),
                                                              "position_id: 'host' position { title: 'host' responsibilities: 'hosts' }")),
                test::IsOk());
    for (const char* id : {"manager", "lead", "i1", "i2", "stranger"}) AddEmployee(id, "");
    AddEmployee("owner", "superior: 'employees/lead'");
    AddRequisition("host");
    PublishTemplate();
  }

  rpc::Call Person(const std::string& id) const {
    return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const rpc::Call& call, const std::string& request) {
    return Call<Resp>(method, call, test::Proto<Req>(request));
  }
  void AddEmployee(const std::string& id, const std::string& more) {
    const std::string request = absl::StrCat("employee_id: '", id,
                                             "' employee { display_name: 'x' position: 'positions/host' department: 'operations' "
                                             "hire_date { year: 2020 month: 1 day: 1 } ",
                                             more, " }");
    EXPECT_THAT((Ask<v1::Employee, v1::CreateEmployeeRequest>("CreateEmployee", Manager(), request)), test::IsOk()) << request;
  }
  // Rows as they stand after approval; how they come about is recruitment's.
  template <typename T>
  void Put(T row) {
    EXPECT_THAT(store_.Write(Manager(), [&](record::Transaction& tx) { return record::Kind<T>(store_).Insert(tx, row); }), test::IsOk());
  }
  void AddRequisition(const std::string& id, const std::string& position = "positions/host") {
    auto requisition = test::Proto<v1::Requisition>(
        "department: 'operations' seats: 3 requirements: 'speaks' ground: GROUND_GAP reason: 'a gap' owner: 'employees/owner' "
        "state: STATE_APPROVED currency_code: 'TWD' need_date { year: 2026 month: 3 day: 1 } expire_time { seconds: 1800000000 }");
    requisition.set_name("requisitions/" + id);
    requisition.set_position(position);
    *requisition.mutable_decide_time() = time::ToTimestamp(absl::FromCivil(absl::CivilDay(2025, 12, 1), service::DefaultTimeZone()));
    Put(requisition);
  }
  void HoldRequisition(const std::string& id) {
    EXPECT_THAT(store_.Write(Manager(),
                             [&](record::Transaction& tx) -> absl::Status {
                               const record::Kind<v1::Requisition> requisitions(store_);
                               ASSIGN_OR_RETURN(const v1::Requisition before, requisitions.Lock(tx, "requisitions/" + id));
                               v1::Requisition after = before;
                               after.set_state(v1::Requisition::STATE_ON_HOLD);
                               return requisitions.Update(tx, before, after, "hold");
                             }),
                test::IsOk());
  }
  void PublishTemplate() {
    std::string criteria;
    for (const auto& [id, weight] : std::map<std::string, int>{{"a", 5000}, {"b", 3000}, {"c", 2000}}) {
      absl::StrAppend(&criteria, "criteria { criterion: '", id, "' title: '", id, "' weight: ", weight,
                      " levels: '1' levels: '2' levels: '3' levels: '4' levels: '5' } ");
    }
    const std::string draft =
        absl::StrCat("parent: 'positions/host' scorecard_template_id: 'one' scorecard_template { reason: 'the first' ", criteria, " }");
    EXPECT_THAT((Ask<v1::ScorecardTemplate, v1::CreateScorecardTemplateRequest>("CreateScorecardTemplate", Manager(), draft)),
                test::IsOk());
    EXPECT_THAT((Ask<v1::ScorecardTemplate, v1::PublishScorecardTemplateRequest>("PublishScorecardTemplate", Manager(),
                                                                                 "name: 'positions/host/scorecardTemplates/one'")),
                test::IsOk());
  }

  // ---- Applications
  absl::StatusOr<v1::Application> Receive(const rpc::Call& call, const std::string& applicant, const std::string& more = "") {
    return Ask<v1::Application, v1::ReceiveApplicationRequest>(
        "ReceiveApplication", call,
        absl::StrCat("application { requisition: 'requisitions/host' channel: 'recruitmentChannels/job-board' ", more,
                     " } applicant { display_name: 'Lin Mei' ", applicant, " }"));
  }
  std::string MustReceive(const std::string& email, const std::string& more = "") {
    const auto received = Receive(Manager(), absl::StrCat("email: '", email, "'"), more);
    EXPECT_THAT(received, test::IsOk());
    return received.ok() ? received->name() : "";
  }
  absl::StatusOr<v1::Application> Advance(const rpc::Call& call, const std::string& application) {
    return Ask<v1::Application, v1::AdvanceApplicationRequest>("AdvanceApplication", call, absl::StrCat("name: '", application, "'"));
  }
  // As an offer does.
  absl::Status Move(const rpc::Call& call, const std::string& application, const char* verb) {
    return store_.Write(call, [&](record::Transaction& tx) { return service_->applications().Advance(tx, application, verb); });
  }
  absl::Status CloseAll(bool filled, const std::set<std::string>& except) {
    return store_.Write(
        Manager(), [&](record::Transaction& tx) { return service_->applications().CloseAll(tx, "requisitions/host", filled, except); });
  }
  std::string InInterview(const std::string& email) {
    const std::string application = MustReceive(email);
    EXPECT_THAT(Advance(Manager(), application), test::IsOk());
    EXPECT_THAT(Advance(Manager(), application), test::IsOk());
    return application;
  }
  absl::StatusOr<v1::Application> Get(const rpc::Call& call, const std::string& application) {
    return Ask<v1::Application, v1::GetApplicationRequest>("GetApplication", call, absl::StrCat("name: '", application, "'"));
  }
  absl::StatusOr<v1::Candidate> GetCandidate(const rpc::Call& call, const std::string& candidate) {
    return Ask<v1::Candidate, v1::GetCandidateRequest>("GetCandidate", call, absl::StrCat("name: '", candidate, "'"));
  }
  std::string CandidateOf(const std::string& application) { return Get(Manager(), application)->candidate(); }

  // ---- Scorecards
  absl::StatusOr<v1::Scorecard> Assign(const rpc::Call& call, const std::string& application, const std::string& interviewer) {
    return Ask<v1::Scorecard, v1::AssignInterviewerRequest>(
        "AssignInterviewer", call,
        absl::StrCat("name: '", application, "' interviewer: 'employees/", interviewer,
                     "' due_time { seconds: ", absl::ToUnixSeconds(clock_.Now() + absl::Hours(48)), " }"));
  }
  // Levels of the criteria a, b and c; 0: not rated.
  static std::string Ratings(const std::vector<int>& levels) {
    std::string ratings;
    for (size_t i = 0; i < levels.size(); ++i) {
      if (levels[i] > 0)
        absl::StrAppend(&ratings, "ratings { criterion: '", std::string(1, static_cast<char>('a' + i)), "' level: ", levels[i], " } ");
    }
    return ratings;
  }
  absl::StatusOr<v1::Scorecard> File(const rpc::Call& call, const std::string& card, const std::vector<int>& levels) {
    return Ask<v1::Scorecard, v1::FileScorecardRequest>("FileScorecard", call,
                                                        absl::StrCat("name: '", card, "' remarks: 'a remark' ", Ratings(levels)));
  }
  // The names of the cards that the caller sees.
  std::vector<std::string> Cards(const rpc::Call& call, const std::string& application) {
    const auto list =
        Ask<v1::ListScorecardsResponse, v1::ListScorecardsRequest>("ListScorecards", call, absl::StrCat("parent: '", application, "'"));
    // Who sees no card may not see the application either.
    if (absl::IsNotFound(list.status())) return {};
    EXPECT_THAT(list, test::IsOk());
    std::vector<std::string> names;
    if (list.ok()) {
      for (const v1::Scorecard& card : list->scorecards()) names.push_back(card.name());
    }
    return names;
  }
  absl::StatusOr<v1::ComputeAssessmentResponse> Assessment(const rpc::Call& call, const std::string& application) {
    return Ask<v1::ComputeAssessmentResponse, v1::ComputeAssessmentRequest>("ComputeAssessment", call,
                                                                            absl::StrCat("name: '", application, "'"));
  }
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CANDIDATE_TESTING_H_
