// The policy's posts as templates of positions (policy H1). They come with the schema.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_POSITION_TEMPLATE_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_POSITION_TEMPLATE_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"

namespace heitie::personnel {

// Thread-safe.
class PositionTemplates {
 public:
  PositionTemplates(record::Store& store, const record::Kind<v1::Position>& positions) : templates_(store), positions_(positions) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Position> Adopt(record::Transaction& tx, const v1::AdoptPositionTemplateRequest& request);

  record::Kind<v1::PositionTemplate> templates_;
  const record::Kind<v1::Position>& positions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_POSITION_TEMPLATE_H_
