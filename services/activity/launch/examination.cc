#include "services/activity/launch/examination.h"

#include <string>

#include "heitie/activity/v1/launch_gate_examination.pb.h"

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

template <typename Answer, typename Add>
void AddAnswer(const char* part, const char* service, const absl::StatusOr<Answer>& answer, v1::LaunchGateExamination* examination,
               const Add& add) {
  answer.ok() ? add(*answer) : AddMissing(part, service, answer.status(), examination);
}

}  // namespace

v1::LaunchGateExamination ExaminationOf(const GateFacts& facts) {
  v1::LaunchGateExamination examination;
  *examination.mutable_activity() = facts.activity;
  AddAll("preparation_items", "activity", facts.items, examination.mutable_preparation_items(), &examination);
  AddAll("support_commitments", "activity", facts.commitments, examination.mutable_support_commitments(), &examination);
  AddAll("waivers", "activity", facts.waivers, examination.mutable_waivers(), &examination);
  if (NeedsMaterials(facts.activity)) {
    AddAnswer("materials", "resource", facts.stock, &examination,
              [&](const auto& stock) { AddAll("materials", "resource", stock.lines(), examination.mutable_materials(), &examination); });
  }
  if (NeedsMoney(facts.activity)) {
    AddAnswer("budget", "resource", facts.budget, &examination, [&](const auto& budget) { *examination.mutable_budget() = budget; });
  }
  if (HasStaff(facts.activity)) {
    AddAnswer("staff", "personnel", facts.qualification, &examination, [&](const auto& staff) { *examination.mutable_staff() = staff; });
  }
  if (facts.activity.staffed_by_shifts()) {
    AddAnswer("shifts", "personnel", facts.shift_qualification, &examination,
              [&](const auto& answer) { *examination.mutable_shifts() = JudgeShifts(facts.activity, facts.shifts, facts.moment, answer); });
  }
  AddAnswer("risks", "risk", facts.risks, &examination, [&](const auto& answer) {
    AddAll("risks", "risk", answer.risks(), examination.mutable_risks(), &examination);
    // Which restricted risk it is, this service is told to act on it and tells nobody.
    for (auto& risk : *examination.mutable_risks()) {
      if (risk.restricted()) risk.clear_risk();
    }
    AddAll("obligations", "risk", answer.obligations(), examination.mutable_obligations(), &examination);
  });
  return examination;
}

}  // namespace heitie::activity
