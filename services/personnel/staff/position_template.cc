#include "services/personnel/staff/position_template.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"

namespace heitie::personnel {

absl::StatusOr<v1::Position> PositionTemplates::Adopt(record::Transaction& tx, const v1::AdoptPositionTemplateRequest& request) {
  ASSIGN_OR_RETURN(const v1::PositionTemplate found, templates_.Find(tx.sql, request.name()));
  v1::Position position;
  position.set_name(absl::StrCat("positions/", request.position_id().empty() ? record::NewId(tx.call.now) : request.position_id()));
  position.set_title(found.title());
  *position.mutable_responsibilities() = found.responsibilities();
  *position.mutable_roles() = found.roles();
  *position.mutable_duties() = found.duties();
  RETURN_IF_ERROR(positions_.Insert(tx, position));
  return position;
}

void PositionTemplates::Bind(record::Methods& methods) {
  methods.Reads(templates_);
  methods.Bind("AdoptPositionTemplate", this, &PositionTemplates::Adopt);
}

}  // namespace heitie::personnel
