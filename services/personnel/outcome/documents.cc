#include "services/personnel/outcome/documents.h"

#include <utility>

#include "absl/strings/match.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/personnel/career/interview.h"

namespace heitie::personnel {

const status::Reason kNoCertificate{absl::StatusCode::kFailedPrecondition, "NO_CERTIFICATE", "{name} is no certificate that was released.",
                                    "{name} 不是已頒發的榮譽證書。"};

OutcomeDocuments::OutcomeDocuments(const service::Context& context, AppraisalRows& appraisals, OutcomeRows& rows,
                                   const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions)
    : store_(context.store),
      appraisals_(appraisals),
      rows_(rows),
      interviews_(context.store, &PerformanceInterviewMachine()),
      employees_(employees),
      positions_(positions) {}

absl::StatusOr<Called> OutcomeDocuments::CalledOf(sql::Session& sql, const std::set<std::string>& names) const {
  Called called;
  for (const std::string& name : names) {
    if (absl::StartsWith(name, "employees/")) {
      const absl::StatusOr<v1::Employee> employee = employees_.Find(sql, name);
      if (employee.ok() && !employee->display_name().empty()) called[name] = employee->display_name();
      if (!employee.ok() && !absl::IsNotFound(employee.status())) return employee.status();
    } else if (absl::StartsWith(name, "positions/")) {
      const absl::StatusOr<v1::Position> position = positions_.Find(sql, name);
      if (position.ok()) called[name] = position->title();
      if (!position.ok() && !absl::IsNotFound(position.status())) return position.status();
    }
  }
  return called;
}

absl::StatusOr<v1::RenderedDocument> OutcomeDocuments::RenderAppraisal(const rpc::Call& call, const v1::RenderAppraisalRequest& request) {
  SheetFacts facts;
  Called called;
  ASSIGN_OR_RETURN(facts.sheet, appraisals_.sheets.Get(call, request.name()));
  if (facts.sheet.state() != v1::Appraisal::STATE_CLOSED) return status::Error(kCycleNotClosed, {{"name", CycleOf(request.name())}});
  appraisals_.sheets.collection().sight().Show(call.principal, facts.sheet);
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    ASSIGN_OR_RETURN(facts.cycle, appraisals_.cycles.Find(sql, CycleOf(request.name())));
    ASSIGN_OR_RETURN(std::vector<v1::AppraisalPart> parts, appraisals_.PartsBelow(sql, request.name()));
    std::set<std::string> names = {facts.sheet.employee()};
    for (const v1::AppraisalSpan& span : facts.sheet.spans()) names.insert(span.position());
    facts.parts.clear();
    for (v1::AppraisalPart& part : parts) {
      if (!appraisals_.parts.collection().sight().Show(call.principal, part)) continue;
      names.insert(part.rater());
      names.insert(record::ParentOf(part.scheme()));
      ASSIGN_OR_RETURN(facts.schemes[part.scheme()], appraisals_.Scheme(sql, facts.cycle, part.scheme()));
      facts.parts.push_back(std::move(part));
    }
    ASSIGN_OR_RETURN(called, CalledOf(sql, names));
    return absl::OkStatus();
  }));
  return Rendered(SheetDocument(facts, called, call.language), call.language);
}

absl::StatusOr<v1::RenderedDocument> OutcomeDocuments::RenderInterview(const rpc::Call& call,
                                                                       const v1::RenderPerformanceInterviewRequest& request) {
  ASSIGN_OR_RETURN(v1::PerformanceInterview interview, interviews_.Get(call, request.name()));
  interviews_.collection().sight().Show(call.principal, interview);
  ASSIGN_OR_RETURN(const Called called, store_.Read(call, [&](sql::Session& sql) {
    return CalledOf(sql, {interview.employee(), interview.interviewer()});
  }));
  return Rendered(InterviewDocument(interview, called, call.language), call.language);
}

absl::StatusOr<v1::RenderedDocument> OutcomeDocuments::RenderCertificate(const rpc::Call& call,
                                                                         const v1::RenderHonourCertificateRequest& request) {
  ASSIGN_OR_RETURN(v1::Outcome certificate, rows_.outcomes.Get(call, request.name()));
  if (certificate.certificate_number().empty()) return status::Error(kNoCertificate, {{"name", request.name()}});
  rows_.outcomes.collection().sight().Show(call.principal, certificate);
  ASSIGN_OR_RETURN(const v1::OutcomeRelease release, rows_.releases.Get(call, record::ParentOf(request.name())));
  ASSIGN_OR_RETURN(const Called called, store_.Read(call, [&](sql::Session& sql) { return CalledOf(sql, {certificate.employee()}); }));
  const absl::CivilDay issued = rows_.DayOf(time::ToTime(certificate.release_time()));
  return Rendered(CertificateDocument(certificate, release, issued, called, call.language), call.language);
}

void OutcomeDocuments::Bind(record::Methods& methods) {
  methods.Bind("RenderAppraisal", this, &OutcomeDocuments::RenderAppraisal);
  methods.Bind("RenderPerformanceInterview", this, &OutcomeDocuments::RenderInterview);
  methods.Bind("RenderHonourCertificate", this, &OutcomeDocuments::RenderCertificate);
}

}  // namespace heitie::personnel
