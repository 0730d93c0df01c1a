#include "services/planning/evidence/soundness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/time/day.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Citation;
using v1::EvidenceCause;
using v1::ResearchItem;

const status::Reason kEvidenceExpired{StatusCode::kFailedPrecondition, "EVIDENCE_EXPIRED", "{evidence} was valid until {date}.",
                                      "{evidence} 的效期至 {date} 為止。"};
const status::Reason kEvidenceRetracted{StatusCode::kFailedPrecondition, "EVIDENCE_RETRACTED", "{evidence} was taken back.",
                                        "{evidence} 已撤回。"};
const status::Reason kEvidenceRefuted{StatusCode::kFailedPrecondition, "EVIDENCE_REFUTED", "{evidence} is refuted: {by}.",
                                      "{evidence} 已被推翻：{by}。"};
const status::Reason kEvidenceContradicted{StatusCode::kFailedPrecondition, "EVIDENCE_CONTRADICTED",
                                           "{evidence} is contradicted, and nobody has decided yet: {count} contradiction(s).",
                                           "{evidence} 存在矛盾且尚未裁定：{count} 項。"};
const status::Reason kEvidenceMissing{StatusCode::kFailedPrecondition, "EVIDENCE_MISSING",
                                      "The plan rests on {count} sound piece(s) of evidence; {policy} wants {wanted}.",
                                      "計畫所依據的有效證據為 {count} 項；依 {policy} 須有 {wanted} 項。"};

namespace {

absl::CivilDay LastDayOf(const Cited& cited) {
  return time::ToDay(cited.item ? cited.item->last_valid_date() : cited.citation.last_valid_date());
}

std::string EvidenceOf(const Citation& citation) {
  if (!citation.research_item().empty()) return citation.research_item();
  if (!citation.need().empty()) return citation.need();
  if (!citation.survey_result().empty()) return citation.survey_result();
  return citation.report().empty() ? citation.figure().metric() : citation.report();
}

Defect DefectOf(const Cited& cited, EvidenceCause cause) {
  const std::string evidence = EvidenceOf(cited.citation);
  const std::string& subject = cited.citation.name();
  switch (cause) {
    case v1::EVIDENCE_CAUSE_RETRACTED:
      return {subject, &kEvidenceRetracted, {{"evidence", evidence}}};
    case v1::EVIDENCE_CAUSE_REFUTED:
      return {subject, &kEvidenceRefuted, {{"evidence", evidence}, {"by", cited.item->refuted_by()}}};
    case v1::EVIDENCE_CAUSE_CONTRADICTED:
      return {subject, &kEvidenceContradicted, {{"evidence", evidence}, {"count", cited.item->open_contradictions()}}};
    default:
      return {subject, &kEvidenceExpired, {{"evidence", evidence}, {"date", time::DayText(LastDayOf(cited))}}};
  }
}

bool Serves(const Cited& cited, absl::CivilDay day) { return IsReaffirmed(cited.citation, day) || CausesOf(cited, day).empty(); }

}  // namespace

std::string SubjectOf(const Citation& citation) {
  const std::string project = record::ParentOf(citation.name());
  if (citation.has_objective()) return absl::StrCat(project, "#objectives[", citation.objective(), "]");
  if (citation.scheme().empty()) return project;
  return citation.has_cash_flow() ? absl::StrCat(citation.scheme(), "#cash_flows[", citation.cash_flow(), "]") : citation.scheme();
}

bool SubjectExists(const Citation& citation, const v1::Project& project, const std::vector<v1::Scheme>& schemes) {
  if (citation.has_objective()) return citation.objective() < project.objectives_size();
  if (citation.scheme().empty()) return true;
  return std::any_of(schemes.begin(), schemes.end(), [&](const v1::Scheme& scheme) {
    return scheme.name() == citation.scheme() && scheme.state() != v1::Scheme::STATE_DISCARDED &&
           (!citation.has_cash_flow() || citation.cash_flow() < scheme.cash_flows_size());
  });
}

std::vector<EvidenceCause> CausesOf(const Cited& cited, absl::CivilDay day) {
  std::vector<EvidenceCause> causes;
  if (day > LastDayOf(cited)) causes.push_back(v1::EVIDENCE_CAUSE_EXPIRED);
  if (cited.need && cited.need->state() == v1::Need::STATE_DECLINED) causes.push_back(v1::EVIDENCE_CAUSE_RETRACTED);
  if (!cited.item) return causes;
  if (cited.item->state() == ResearchItem::STATE_RETRACTED) causes.push_back(v1::EVIDENCE_CAUSE_RETRACTED);
  if (!cited.item->refuted_by().empty()) causes.push_back(v1::EVIDENCE_CAUSE_REFUTED);
  if (cited.item->open_contradictions() > 0) causes.push_back(v1::EVIDENCE_CAUSE_CONTRADICTED);
  return causes;
}

bool IsReaffirmed(const Citation& citation, absl::CivilDay day) {
  return citation.has_reaffirm_date() && day <= time::ToDay(citation.reaffirm_date());
}

int32_t SoundCount(const Evidence& evidence, const v1::Project& project, const std::vector<v1::Scheme>& schemes) {
  return static_cast<int32_t>(std::count_if(evidence.cited.begin(), evidence.cited.end(), [&](const Cited& cited) {
    return Serves(cited, evidence.today) && SubjectExists(cited.citation, project, schemes);
  }));
}

Defects CheckEvidence(const Evidence& evidence, const v1::Project& project, const std::vector<v1::Scheme>& schemes) {
  Defects defects;
  for (const Cited& cited : evidence.cited) {
    if (Serves(cited, evidence.today)) continue;
    for (const EvidenceCause cause : CausesOf(cited, evidence.today)) defects.push_back(DefectOf(cited, cause));
  }
  const int32_t count = SoundCount(evidence, project, schemes);
  if (count < evidence.wanted) {
    defects.push_back({project.name(), &kEvidenceMissing, {{"count", count}, {"wanted", evidence.wanted}, {"policy", evidence.policy}}});
  }
  return defects;
}

}  // namespace heitie::planning
