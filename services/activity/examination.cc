#include "services/activity/examination.h"

#include <string>

namespace heitie::activity {
namespace {

// As the contract says.
constexpr size_t kMost = 1000;

void AddMissing(const char* part, const char* service, const absl::Status& status, v1::LaunchGateExamination* examination) {
  v1::MissingEvidence* missing = examination->add_missing();
  missing->set_part(part);
  missing->set_service(service);
  missing->set_code(absl::StatusCodeToString(status.code()));
  missing->set_reason(status::ReasonOf(status));
  missing->set_message(std::string(status.message()));
}

template <typename T, typename All>
void AddAll(const char* part, const char* service, const All& all, google::protobuf::RepeatedPtrField<T>* out,
            v1::LaunchGateExamination* examination) {
  size_t count = 0;
  for (const T& element : all) {
    if (++count > kMost) return AddMissing(part, service, status::Error(status::kTruncated, {{"count", kMost}}), examination);
    *out->Add() = element;
  }
}

}  // namespace

v1::LaunchGateExamination ExaminationOf(const GateFacts& facts) {
  v1::LaunchGateExamination examination;
  *examination.mutable_activity() = facts.activity;
  AddAll("preparation_items", "activity", facts.items, examination.mutable_preparation_items(), &examination);
  AddAll("support_commitments", "activity", facts.commitments, examination.mutable_support_commitments(), &examination);
  AddAll("waivers", "activity", facts.waivers, examination.mutable_waivers(), &examination);
  if (NeedsMaterials(facts.activity)) {
    if (facts.stock.ok()) {
      AddAll("materials", "resource", facts.stock->lines(), examination.mutable_materials(), &examination);
    } else {
      AddMissing("materials", "resource", facts.stock.status(), &examination);
    }
  }
  if (NeedsMoney(facts.activity)) {
    if (facts.budget.ok()) {
      *examination.mutable_budget() = *facts.budget;
    } else {
      AddMissing("budget", "resource", facts.budget.status(), &examination);
    }
  }
  if (HasStaff(facts.activity)) {
    if (facts.qualification.ok()) {
      *examination.mutable_staff() = *facts.qualification;
    } else {
      AddMissing("staff", "personnel", facts.qualification.status(), &examination);
    }
  }
  if (facts.risks.ok()) {
    AddAll("risks", "risk", facts.risks->risks(), examination.mutable_risks(), &examination);
  } else {
    AddMissing("risks", "risk", facts.risks.status(), &examination);
  }
  return examination;
}

}  // namespace heitie::activity
