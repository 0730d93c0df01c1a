#include "services/planning/plan/defect.h"

#include "heitie/planning/v1/defect.pb.h"

namespace heitie::planning {

google::protobuf::RepeatedPtrField<v1::Defect> ToProto(const Defects& defects, status::Language language) {
  google::protobuf::RepeatedPtrField<v1::Defect> result;
  for (const Defect& defect : defects) {
    v1::Defect& proto = *result.Add();
    proto.set_subject(defect.subject);
    proto.set_reason(defect.reason->id);
    proto.set_description(status::Sentence(*defect.reason, defect.args, language));
  }
  return result;
}

absl::Status Refusal(const Defects& defects, const status::Reason& summary, const std::string& name) {
  status::Unmet unmet;
  for (const Defect& defect : defects) unmet.Add(defect.subject, *defect.reason, defect.args);
  return unmet.status(summary, {{"name", name}, {"count", defects.size()}});
}

}  // namespace heitie::planning
