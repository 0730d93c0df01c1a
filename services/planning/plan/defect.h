// Something that stands in the way of carrying out a plan, as the rules find it.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_DEFECT_H_
#define HEITIE_SERVICES_PLANNING_PLAN_DEFECT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "heitie/planning/v1/defect.pb.h"

namespace heitie::planning {

struct Defect {
  std::string subject;
  const status::Reason* reason;
  status::Args args;
};
using Defects = std::vector<Defect>;

// As an answer, in the caller's language.
google::protobuf::RepeatedPtrField<v1::Defect> ToProto(const Defects& defects, status::Language language);

// OK when there is none; otherwise FAILED_PRECONDITION with the summary's reason and all of them. The summary's sentence may use {name} and
// {count}.
absl::Status Refusal(const Defects& defects, const status::Reason& summary, const std::string& name);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_DEFECT_H_
