// Surveys 問卷調查: what is drafted, published, opened and closed, and who is invited (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/rpc/service.h"
#include "heitie/planning/v1/survey.pb.h"
#include "services/planning/survey/survey_tables.h"

namespace heitie::planning {

extern const status::Reason kAnonymousIsFinal;     //
extern const status::Reason kClosesBeforeItOpens;  //
extern const status::Reason kSurveyFixed;          // {field}
extern const status::Reason kSurveyClosed;         // {name}
extern const status::Reason kNothingAsked;         // {name}
extern const status::Reason kNothingPublished;     // {name}
extern const status::Reason kQuotaChanged;         // {quota}
extern const status::Reason kNotInviting;          // {name}
extern const status::Reason kExpiryOutOfRange;     // {last}
extern const status::Reason kInvitationsTold;      //

const record::StateMachine& SurveyMachine();
const record::StateMachine& SurveyInvitationMachine();

// SHA-256 in 64 hex digits.
std::string DigestOf(const std::string& text);
// 128 random bits in 32 hex digits.
std::string RandomKey();
// The name of a version.
std::string VersionName(const std::string& survey, int32_t version);

// Runs a handler of a change without a record of the request: what is kept of a request tells who sent what. `take` sees the request with
// its id, and `repeated` may turn a failure into the answer that was given before.
template <typename Req, typename Resp>
struct Unrecorded {
  std::function<absl::Status(record::Transaction&, const Req&, Resp*)> take;
  std::function<absl::Status(const rpc::Call&, const Req&, const absl::Status&, Resp*)> repeated;
  // Before anything else, and without the database.
  std::function<absl::Status(const rpc::Call&, const Req&)> admit;
};
template <typename Req, typename Resp>
rpc::TypedHandler WithoutRecord(record::Store& store, Unrecorded<Req, Resp> handler) {
  const auto run = [&store, handler = std::move(handler)](std::shared_ptr<rpc::Exchange> exchange) {
    const auto& request = static_cast<const Req&>(*exchange->request);
    if (handler.admit) {
      if (const absl::Status admitted = handler.admit(exchange->call, request); !admitted.ok()) return exchange->finish(admitted);
    }
    struct Stripped : rpc::Exchange {
      Req bare;
    };
    auto inner = std::make_shared<Stripped>();
    inner->call = exchange->call;
    inner->bare = request;
    inner->bare.clear_request_id();
    inner->request = &inner->bare;
    inner->response = exchange->response;
    inner->cancelled = exchange->cancelled;
    auto* response = static_cast<Resp*>(exchange->response);
    inner->finish = [exchange, handler, response](const absl::Status& status) {
      const auto& asked = static_cast<const Req&>(*exchange->request);
      exchange->finish(status.ok() || !handler.repeated ? status : handler.repeated(exchange->call, asked, status, response));
    };
    store.Write(std::static_pointer_cast<rpc::Exchange>(inner), [exchange, handler, response](record::Transaction& tx) {
      response->Clear();
      return handler.take(tx, static_cast<const Req&>(*exchange->request), response);
    });
  };
  return {Req::descriptor(), Resp::descriptor(), {run, /*blocking=*/false, /*tries=*/true}};
}

// Thread-safe. Publishing, opening and closing hold the row of the survey, which every answer reads in share mode, so that none is taken
// after it was closed.
class Surveys {
 public:
  Surveys(const service::Context& context, SurveyTables& tables);
  Surveys(const Surveys&) = delete;
  void Bind(record::Methods& methods, rpc::Service& service);

 private:
  absl::Status Create(record::Transaction& tx, v1::Survey& survey);
  absl::Status Update(record::Transaction& tx, const v1::Survey& before, v1::Survey& after);
  absl::StatusOr<v1::Survey> Publish(record::Transaction& tx, const v1::PublishSurveyRequest& request);
  absl::StatusOr<v1::Survey> Open(record::Transaction& tx, const v1::OpenSurveyRequest& request);
  absl::StatusOr<v1::Survey> Pause(record::Transaction& tx, const v1::PauseSurveyRequest& request);
  absl::StatusOr<v1::Survey> Resume(record::Transaction& tx, const v1::ResumeSurveyRequest& request);
  absl::StatusOr<v1::Survey> Close(record::Transaction& tx, const v1::CloseSurveyRequest& request);
  absl::Status Invite(record::Transaction& tx, const v1::InviteRespondentsRequest& request, v1::InviteRespondentsResponse* response);
  absl::StatusOr<v1::SurveyInvitation> Revoke(record::Transaction& tx, const v1::RevokeSurveyInvitationRequest& request);
  absl::Status KeepQuotas(record::Transaction& tx, const v1::SurveyVersion& version, const v1::SurveyVersion* before) const;
  job::Outcome OpenAndClose(const rpc::Call& call);

  SurveyTables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_H_
